"""`omnigap doctor`: versions, terminal, permissions, disk, data and settings, each with what to do where it is not well."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated

import typer

from kpi_core.errors import OmnigapError, said
from kpi_core.pages.doctor import Finding
from tui.cli.common import EXIT_DATA, EXIT_OK, Look, look, screen_width, t, workspace_dir, workspace_language, write, write_lines
from tui.cli.options import Ascii, Lang, NoColor, WorkspaceOption

LEAST = (80, 24)


class DoctorFormat(StrEnum):
    text = "text"
    json = "json"


def doctor(
    workspace: WorkspaceOption = None,
    format: Annotated[DoctorFormat, typer.Option("--format", "-f", help=t("How to write it; json: for monitoring."))] = DoctorFormat.text,
    lang: Lang = None,
    ascii: Ascii = False,
    no_color: NoColor = False,
) -> int:
    """Exit 3 where something is in trouble, 0 where all is well or only to be looked at."""
    from kpi_core.pages.doctor import worst
    from kpi_core.render.doctor import doctor_lines, doctor_values
    from kpi_core.workbench.doctor import examine

    folder = workspace_dir(workspace)
    how = look(lang, ascii, no_color, workspace_language(folder))
    found = (*examine(folder, how.lang), *of_screen(how, os.environ))
    if format is DoctorFormat.json:
        from kpi_core.render.json_text import json_text

        write(json_text({"version": 1, **doctor_values(found, how.fmt)}))
    else:
        write_lines(doctor_lines(found, how.fmt, screen_width()), how)
    return EXIT_DATA if worst(found) == "trouble" else EXIT_OK


def of_screen(how: Look, environ: Mapping[str, str]) -> Iterator[Finding]:
    """The screen library, the terminal, and how the app would open on it. Textual itself is not loaded."""
    try:
        yield Finding("versions", "textual", "ok", said("Textual {version}", version=version("textual")))
    except PackageNotFoundError:
        what = said("Textual is not installed: the screen cannot open, the other commands work")
        yield Finding("versions", "textual", "trouble", what, said("install omnigap again from its wheel"))
    yield from _terminal(how, environ)
    yield from _theme(how, environ)


def _terminal(how: Look, environ: Mapping[str, str]) -> Iterator[Finding]:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        yield Finding("terminal", "terminal", "ok", said("none here: the screen needs one, the other commands do not"))
        return
    kind = environ.get("TERM", "")
    if kind in ("", "dumb", "unknown"):
        hint = said("set TERM to what the terminal is, such as xterm-256color")
        yield Finding("terminal", "term", "look", said("TERM is {kind}: no colours, no screen", kind=kind or "''"), hint)
    else:
        yield Finding("terminal", "term", "ok", said("TERM is {kind}", kind=kind))
    columns, rows = shutil.get_terminal_size()
    wide = columns >= LEAST[0] and rows >= LEAST[1]
    size = said("{columns} columns, {rows} rows", columns=columns, rows=rows)
    yield Finding("terminal", "size", "ok" if wide else "look", size, None if wide else said("the screen is made for 80 columns and 24 rows at least"))
    encoding = (sys.stdout.encoding or "ascii").lower()
    if how.ascii:
        hint = said("set LANG to a UTF-8 locale, such as C.UTF-8, for lines and plots")
        yield Finding("terminal", "encoding", "look", said("{encoding}: ASCII characters only", encoding=encoding), hint)
    else:
        yield Finding("terminal", "encoding", "ok", said("encoding {encoding}", encoding=encoding))
    true = environ.get("COLORTERM", "") in ("truecolor", "24bit")
    colours = said("16 million colours") if true else said("256 colours") if "256" in kind else said("16 colours")
    yield Finding("terminal", "colours", "ok", colours if how.colour else said("no colours"))


def _theme(how: Look, environ: Mapping[str, str]) -> Iterator[Finding]:
    """The look of the app: from the environment, app.yaml, or what fits the terminal."""
    from tui import settings
    from tui.state import places

    own = places.config_dir() / settings.FILE
    try:
        chosen = settings.options(how, environ)
        wishes = settings.read(places.config_dir())
    except OmnigapError as error:
        yield Finding("settings", "theme", "trouble", error.what, error.hint, str(error.where or own))
        return
    written = str(own) if wishes.theme not in (None, settings.AUTO) else ""
    origin = settings.THEME_VARIABLE if environ.get(settings.THEME_VARIABLE) else written
    yield Finding("settings", "theme", "ok", said("{name}: {value}", name="theme", value=chosen.theme), place=origin)
    yield Finding("settings", "language of this run", "ok", said("language of this run: {lang}", lang=how.lang))
