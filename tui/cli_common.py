"""What the commands share: options, the language and look of the output, and how errors are told. Nothing here needs a screen or data."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kpi_core.errors import Message, OmnigapError, UsageError, said
from kpi_core.i18n import Translator, choose_language

if TYPE_CHECKING:
    from kpi_core.render.format import Formatter
    from kpi_core.render.text import Line
    from kpi_core.view import ViewState
    from kpi_core.workbench import Workbench

EXIT_OK, EXIT_MISSED, EXIT_USAGE, EXIT_DATA, EXIT_FAULT, EXIT_INTERRUPTED = 0, 1, 2, 3, 70, 130
WORKSPACE_VARIABLE = "OMNIGAP_WORKSPACE"


def option_in(arguments: Sequence[str], name: str) -> str | None:
    """The value of `--name value` or `--name=value` in raw arguments, before they are parsed."""
    for place, argument in enumerate(arguments):
        if argument == "--":
            return None
        if argument == name and place + 1 < len(arguments):
            return arguments[place + 1]
        if argument.startswith(f"{name}="):
            return argument.partition("=")[2]
    return None


# Help is said in the reader's language, which has to be known before the options are parsed.
t = Translator(choose_language(option_in(sys.argv[1:], "--lang")))

Lang = Annotated[str | None, typer.Option("--lang", metavar="fr|en", help=t("Language (default: settings, then the terminal's)."))]
WorkspaceOption = Annotated[
    Path | None, typer.Option("--workspace", "-w", metavar="DIR", help=t("Workspace folder (default: OMNIGAP_WORKSPACE, else here)."), show_default=False)
]
PeriodOption = Annotated[
    str | None, typer.Option("--period", "-p", metavar="PERIOD", help="2026-W44, 2026-10, 2026-10-01..2026-10-07, last 8 weeks, mtd, ytd as of complete.")
]
CompareOption = Annotated[
    str | None, typer.Option("--compare", "-c", metavar="COMPARISON", help="none, previous, last_year, last_year_weekday, last_year_date, last_year_events.")
]
BasisOption = Annotated[
    list[str] | None,
    typer.Option("--basis", "-b", metavar="BASIS", help=t("Another way of counting, as kpis.yaml names it: by_sale (returns by sale date), first_touch …")),
]
NoColor = Annotated[bool, typer.Option("--no-color", help=t("No colours (also: NO_COLOR)."))]
Ascii = Annotated[bool, typer.Option("--ascii", help=t("ASCII characters only."))]


@dataclass(frozen=True)
class Look:
    """How this run speaks: its language, symbols and colours."""

    lang: str
    ascii: bool
    colour: bool

    @property
    def fmt(self) -> Formatter:
        from kpi_core.render.format import Formatter

        return Formatter(self.lang, self.ascii)


def look(lang: str | None, ascii: bool = False, no_color: bool = False, settings: str | None = None) -> Look:
    """The look of the output: `settings` is the language of settings.yaml."""
    if lang is not None and lang.lower() not in ("fr", "en", "auto"):
        raise UsageError(said("{lang} is not a language of omnigap", lang=lang), hint=said("known: {names}", names="fr, en"))
    encoding = (sys.stdout.encoding or "ascii").lower().replace("-", "")
    plain = ascii or not encoding.startswith("utf")
    colour = not no_color and not os.environ.get("NO_COLOR") and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
    return Look(choose_language(lang, settings), plain, colour)


def workspace_dir(option: Path | None) -> Path:
    """The workspace meant: the option, OMNIGAP_WORKSPACE, else the current folder."""
    if option is not None:
        return option
    return Path(os.environ.get(WORKSPACE_VARIABLE) or ".")


def workspace_language(folder: Path) -> str | None:
    """`language` of the workspace's settings; None when it cannot be read (the error belongs to whoever needs the settings)."""
    from kpi_core.config.bundle import config_file
    from kpi_core.config.yaml import load_yaml

    try:
        value = load_yaml(config_file(folder / "config", "settings")).value
    except (OmnigapError, OSError):
        return None
    language = value.get("language") if isinstance(value, dict) else None
    return language if isinstance(language, str) else None


def open_workbench(folder: Path, lang: str) -> Workbench:
    from kpi_core.workbench import Workbench

    return Workbench.open(folder, lang=lang)


def opening_state(folder: Path) -> ViewState:
    """What opens first, by the workspace's calendar.yaml; the default when it cannot be read (the error belongs to whoever needs it)."""
    from kpi_core.config.bundle import config_file
    from kpi_core.config.decode import decode
    from kpi_core.config.model import CalendarFile
    from kpi_core.config.yaml import load_yaml
    from kpi_core.view import ViewState

    try:
        file = decode(load_yaml(config_file(folder / "config", "calendar")), CalendarFile)
    except (OmnigapError, OSError):
        return ViewState()
    return ViewState(period=f"latest:{file.default_grain}", compare=file.compare.default)


def state_of(
    folder: Path, link: str | None, period: str | None, compare: str | None, fmt: Formatter, basis: Sequence[str] | None = None
) -> ViewState:
    """The state of a link, else the one the workspace opens with, with options on top; what a link says wrongly is told on stderr."""
    from kpi_core.links import from_link
    from kpi_core.view import COMPARISONS

    state = opening_state(folder)
    if link:
        state, problems = from_link(link)
        for problem in problems:
            warn(fmt.t(problem), fmt)
    if period:
        state = replace(state, period=period)
    if compare:
        if compare not in COMPARISONS:
            raise UsageError(said("{value} is not a comparison; known: {names}", value=compare, names=", ".join(COMPARISONS)))
        state = replace(state, compare=compare)
    if basis:
        state = replace(state, basis=tuple(dict.fromkeys(basis)))
    return state


def screen_width(fallback: int = 100) -> int:
    """Columns of the terminal, or of COLUMNS, or `fallback` when the output goes into a file or pipe."""
    return max(20, shutil.get_terminal_size((fallback, 24)).columns)


def write_lines(lines: Iterable[Line], how: Look) -> None:
    from kpi_core.render.table import as_text

    write(as_text(lines, how.colour))


class ReaderGone(Exception):
    """Whoever read stdout has closed it (head, less): the command ends quietly."""


def write(text: str) -> None:
    """Data to stdout. Raises ReaderGone, and not BrokenPipeError, which the option parser would turn into exit code 1."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise ReaderGone from None


def tell(text: str) -> None:
    """Narration to stderr, cleaned: it may quote a file name."""
    from kpi_core.render.clean import clean_block

    sys.stderr.write(clean_block(text) + "\n")


def warn(text: str, fmt: Translator | Formatter) -> None:
    say = fmt if isinstance(fmt, Translator) else fmt.t
    tell(f"{say('warning')}: {text}")


def tell_error(error: OmnigapError, say: Translator) -> None:
    """`error: what`, where, and what to do, in the reader's language."""
    colon = " :" if say.lang == "fr" else ":"
    tell(f"{say('error')}{colon} {say(error.what)}")
    if error.where is not None:
        tell(f"  {say('where')}{colon} {error.where}")
    if error.hint is not None:
        tell(f"  {say('what to do')}{colon} {say(error.hint)}")


def tell_usage(what: str, say: Translator) -> None:
    tell_error(UsageError(Message("{text}", {"text": what}), hint=said("omnigap --help lists the commands and their options")), say)
