"""What the commands share: the language and look of the output, and how errors are told. Nothing here needs a screen, data or the option parser."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from kpi_core.errors import ConfigError, Message, OmnigapError, StoreError, UsageError, Where, said
from kpi_core.i18n import Translator, choose_language
from tui.opening import opening_state
from tui.settings import ascii_locale, no_colour

if TYPE_CHECKING:
    from kpi_core.render.format import Formatter
    from kpi_core.render.text import Line
    from kpi_core.store import Workspace
    from kpi_core.view import ViewState
    from kpi_core.workbench import Workbench

own_process = False  # `main` sets it: what is changed of the process then changes nothing for anybody else
EXIT_OK, EXIT_MISSED, EXIT_USAGE, EXIT_DATA, EXIT_FAULT, EXIT_INTERRUPTED = 0, 1, 2, 3, 70, 130
WORKSPACE_VARIABLE = "OMNIGAP_WORKSPACE"
LONGEST_PLACE = 4000  # characters of the path that an error names


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



@dataclass(frozen=True)
class Look:
    """How this run speaks: its language, symbols and colours."""

    lang: str
    ascii: bool
    colour: bool
    plot: str = ""  # what plots are drawn in, where the command says so

    @property
    def fmt(self) -> Formatter:
        from kpi_core.render.format import Formatter

        return Formatter(self.lang, self.ascii, self.plot or "braille")


def look(lang: str | None, ascii: bool = False, no_color: bool = False, settings: str | None = None, plot: str | None = None) -> Look:
    """The look of the output: `settings` is the language of settings.yaml."""
    if lang is not None and lang.lower() not in ("fr", "en", "auto"):
        raise UsageError(said("{lang} is not a language of omnigap", lang=lang), hint=said("known: {names}", names="fr, en"))
    if plot is not None:
        check_plot(plot)
    encoding = (sys.stdout.encoding or "ascii").lower().replace("-", "")
    plain = ascii or not encoding.startswith("utf") or (sys.stdout.isatty() and ascii_locale(os.environ))
    colour = not no_color and not no_colour(os.environ) and sys.stdout.isatty()
    return Look(choose_language(lang, settings), plain, colour, plot or "")


def check_plot(name: str, where: Where | None = None) -> None:
    """Raises UsageError for a set of symbols that does not exist."""
    from kpi_core.render.plot_canvas import SYMBOLS

    if name not in SYMBOLS:
        raise UsageError(said("{name} is not a set of symbols for plots", name=name), where=where, hint=said("known: {names}", names=", ".join(SYMBOLS)))


def workspace_dir(option: Path | None) -> Path:
    """The workspace meant: the option, OMNIGAP_WORKSPACE, else the current folder."""
    if option is not None:
        return option
    return Path(os.environ.get(WORKSPACE_VARIABLE) or ".")


_LANGUAGE = re.compile(r"^language:[ \t]*[\"']?([A-Za-z_-]+)", re.MULTILINE)


def workspace_language(folder: Path) -> str | None:
    """`language` of the workspace's settings; None when it cannot be read (the error belongs to whoever needs the settings).

    Only that line is looked for: the whole of YAML would be loaded before anything can be said.
    """
    from kpi_core.config.shipped import config_file

    try:
        found = _LANGUAGE.search(config_file(folder / "config", "settings").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found[1] if found else None


def gives_way(workspace: Workspace) -> None:
    """A command that loads gives way to those who look at numbers, by what settings.yaml says; only where it has the process for itself (`main`)."""
    from kpi_core.config.bundle import load_settings
    from kpi_core.store.priority import give_way

    if own_process:
        with contextlib.suppress(ConfigError):  # the load itself says it
            give_way(load_settings(workspace.config_dir).limits.load.nice)


def open_workbench(folder: Path, lang: str) -> Workbench:
    from kpi_core.workbench import Workbench

    bench = Workbench.open(folder, lang=lang)
    other = bench.desk.reader.other_version()
    if other is not None:
        say = Translator(lang)
        warn(say(other), say)
    return bench


def state_of(
    folder: Path, link: str | None, period: str | None, compare: str | None, fmt: Formatter, basis: Sequence[str] | None = None
) -> ViewState:
    """As `state_and_told`; what a link says wrongly is told on stderr."""
    state, problems = state_and_told(folder, link, period, compare, basis)
    for problem in problems:
        warn(fmt.t(problem), fmt)
    return state


def state_and_told(
    folder: Path, link: str | None, period: str | None, compare: str | None, basis: Sequence[str] | None = None
) -> tuple[ViewState, tuple[Message, ...]]:
    """The state of a link or `@bookmark`, else the one the workspace opens with, with options on top; and what the link says wrongly.

    Raises UsageError for an option or bookmark that does not exist, ConfigError for a mistake in a file of bookmarks.
    """
    from kpi_core.links import from_link
    from kpi_core.view import COMPARISONS

    state = opening_state(folder)
    problems: tuple[Message, ...] = ()
    if link and link.startswith("@"):
        from tui.state.bookmarks import found

        link = found(folder, link).link
    if link:
        state, problems = from_link(link)
    if period:
        state = replace(state, period=period)
    if compare:
        if compare not in COMPARISONS:
            raise UsageError(said("{value} is not a comparison; known: {names}", value=compare, names=", ".join(COMPARISONS)))
        state = replace(state, compare=compare)
    if basis:
        state = replace(state, basis=tuple(dict.fromkeys(basis)))
    return state, problems


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
    from kpi_core.render.clean import guarded_output

    try:
        sys.stdout.write(guarded_output(text, sys.stdout.isatty()))
        sys.stdout.flush()
    except BrokenPipeError:
        raise ReaderGone from None
    except OSError as error:  # a full disk, say
        to_nowhere(sys.stdout)
        raise StoreError(said("the output cannot be written: {detail}", detail=error.strerror or type(error).__name__)) from error


def to_nowhere(stream: TextIO) -> None:
    """What is still buffered must not raise again at exit."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def tell(text: str) -> None:
    """Narration to stderr, cleaned: it may quote a file name."""
    from kpi_core.render.clean import clean_block

    try:
        sys.stderr.write(clean_block(text) + "\n")
    except OSError:  # nobody listens; that must not change how a command ends
        to_nowhere(sys.stderr)


def warn(text: str, fmt: Translator | Formatter) -> None:
    say = fmt if isinstance(fmt, Translator) else fmt.t
    tell(f"{say('warning')}: {text}")


def tell_error(error: OmnigapError, say: Translator) -> None:
    """`error: what`, where, and what to do, in the reader's language."""
    from kpi_core.render.clean import clean

    colon = " :" if say.lang == "fr" else ":"
    tell(f"{say('error')}{colon} {say(error.what)}")
    if error.where is not None:
        tell(f"  {say('where')}{colon} {clean(str(error.where), LONGEST_PLACE)}")
    if error.hint is not None:
        tell(f"  {say('what to do')}{colon} {say(error.hint)}")


def tell_usage(what: str, say: Translator) -> None:
    tell_error(UsageError(Message("{text}", {"text": what}), hint=said("omnigap --help lists the commands and their options")), say)
