"""`omnigap`: the commands. stdout is data, stderr narration; Textual is loaded only by the command that opens the app.

Exit codes: 0 done, 1 a target is missed (`check`), 2 a mistake in a command, link or YAML file, 3 data that cannot be read,
75 another load is running, 70 a fault of omnigap's own, 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from kpi_core.errors import OmnigapError, UsageError, Where, said
from kpi_core.i18n import Translator, choose_language
from tui import (
    cli_actions,
    cli_bookmarks,
    cli_config,
    cli_explain,
    cli_keys,
    cli_query,
    cli_report,
    cli_serve,
    cli_setup,
    cli_sql,
    cli_targets,
    cli_whatif,
    settings,
)
from tui.cli_common import (
    EXIT_FAULT,
    EXIT_INTERRUPTED,
    EXIT_OK,
    Ascii,
    CompareOption,
    Lang,
    NoColor,
    NoMouse,
    PeriodOption,
    PlotOption,
    ReaderGone,
    ShowCursor,
    ThemeOption,
    WorkspaceOption,
    look,
    option_in,
    state_and_told,
    t,
    tell,
    tell_error,
    tell_usage,
    workspace_dir,
    workspace_language,
    write,
)
from tui.cli_keys import KeymapOption
from tui.options import SERVED
from tui.session import Session

_VALUED = ("--lang", "--workspace", "-w", "--period", "-p", "--compare", "-c", "--theme", "--plot")
_FLAGS = ("--no-color", "--ascii")

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    pretty_exceptions_show_locals=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=t("Where every sales channel stands against its objectives, and why. `omnigap [DIR]` opens the screen on a workspace."),
    epilog=t("Exit codes: 0 done, 1 a target is missed (check), 2 a mistake in a command, link or YAML file, 3 data that cannot be read."),
)


@app.callback()
def _top(version: Annotated[bool, typer.Option("--version", help=t("Show the version."), is_eager=True)] = False) -> None:
    pass


def open_screen(
    directory: Annotated[Path | None, typer.Argument(metavar="[DIR]", show_default=False, help=t("Workspace folder."))] = None,
    workspace: WorkspaceOption = None,
    link: Annotated[str | None, typer.Option("--open", metavar="LINK", help=t("Open at this omnigap:// link or @bookmark."), show_default=False)] = None,
    period: PeriodOption = None,
    compare: CompareOption = None,
    lang: Lang = None,
    no_color: NoColor = False,
    ascii: Ascii = False,
    keymap: KeymapOption = None,
    theme: ThemeOption = None,
    plot: PlotOption = None,
    no_mouse: NoMouse = False,
    show_cursor: ShowCursor = False,
    no_live: Annotated[bool, typer.Option("--no-live", help=t("Do not show new data as they come: r does."))] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help=t("Begin at the workspace's opening view, not where you left it."))] = False,
    read_only: Annotated[bool, typer.Option("--read-only", help=t("Write nothing: no notes, no bookmarks, no editor."))] = False,
) -> int:
    if directory is not None and workspace is None and not directory.is_dir():
        known = ", ".join(sorted(command_names() - {"open"}))
        raise UsageError(said("there is no folder or command {name}", name=str(directory)), hint=said("commands: {names}", names=known))
    folder = directory or workspace_dir(workspace)
    how = look(lang, ascii, no_color, workspace_language(folder), plot)
    plain = not (link or period or compare)
    state, told = (None, ()) if plain else state_and_told(folder, link, period, compare)
    served = bool(os.environ.get(SERVED))
    if not served and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(said("the screen needs a terminal"), where=Where(str(folder)), hint=said("use omnigap glance, omnigap report or omnigap check"))
    options = settings.options(how, theme=theme, no_color=no_color, no_mouse=no_mouse, show_cursor=show_cursor, read_only=read_only or served, served=served)
    if not served:
        options = replace(options, keymap=cli_setup.keymap_of(keymap), live=options.live and not no_live)
    if plain and not (served or fresh):
        state = Session.of(folder).read()
    return cli_setup.show_screen(folder, state, options, told)


def _add() -> None:
    for function, name, text in (
        (open_screen, "open", t("Open the screen on a workspace (what `omnigap [DIR]` does).")),
        (cli_setup.init, "init", t("Make a workspace: a folder for exports and the commented configuration.")),
        (cli_setup.load, "load", t("Load exports: every file of the workspace's exports folder, or the paths given.")),
        (cli_report.glance, "glance", t("One screen: what is red, by how much, since when, why, and what to do.")),
        (cli_explain.explain, "explain", t("Why a KPI is off its target or other than before: exact parts of the gap, and the first cause.")),
        (cli_report.report, "report", t("Print a view, as the app shows it or for other programs.")),
        (cli_query.query, "query", t("KPIs as a table: by period and any dimensions, filtered, sorted.")),
        (cli_sql.sql, "sql", t("The SQL that ran for a view, as a script for DuckDB's own shell.")),
        (cli_report.check, "check", t("Exit 1 when a target is missed: for cron and CI.")),
        (cli_whatif.whatif, "whatif", t("What if the drivers of a KPI moved: the KPI, its gap, and which driver would close it.")),
        (cli_actions.actions, "actions", t("Who does what about which KPI, and the KPI before and after.")),
        (cli_actions.note, "note", t("Write something down about a KPI, or read what is noted.")),
        (cli_targets.targets, "targets", t("Import targets from a table (CSV or workbook) into a file of their own.")),
        (cli_serve.serve, "serve", t("The app in a browser of this machine, read-only.")),
        (cli_keys.keys, "keys", t("The keys: as documented, of a preset, or of your own keymap.yaml.")),
        (cli_report.kpis, "kpis", t("List the KPIs with their formulas.")),
        (cli_setup.demo, "demo", t("Try it: a made-up retailer and its sales channels.")),
    ):
        app.command(name, help=text)(function)
    app.add_typer(cli_bookmarks.group(), name="bookmarks")
    config = typer.Typer(rich_markup_mode=None, no_args_is_help=True, help=t("Check or show the configuration."))
    config.command("validate", help=t("Check every YAML file; exit 2 with file, line and key of a mistake."))(cli_config.config_validate)
    config.command("show", help=t("Print each value with the file and line it comes from."))(cli_config.config_show)
    app.add_typer(config, name="config")


_add()


def command_names() -> set[str]:
    return {command.name or "" for command in app.registered_commands} | {group.name or "" for group in app.registered_groups}


def group_names() -> set[str]:
    """Commands with commands of their own."""
    return {group.name or "" for group in app.registered_groups}


def arrange(arguments: Sequence[str]) -> list[str]:
    """Arguments as the parser wants them: `omnigap [DIR]` becomes `open [DIR]`, and common options before a command go after it."""
    early: list[str] = []
    rest = list(arguments)
    while rest:
        word = rest[0]
        if word in _VALUED and len(rest) > 1:
            early += [rest.pop(0), rest.pop(0)]
        elif word in _FLAGS or word.startswith(tuple(f"{name}=" for name in _VALUED if name.startswith("--"))):
            early.append(rest.pop(0))
        else:
            break
    if rest and rest[0] in ("--help", "-h", "--version"):
        return rest
    if rest and rest[0] in command_names():
        # a group has commands of its own: options go after the innermost one
        depth = 2 if rest[0] in group_names() and len(rest) > 1 and not rest[1].startswith("-") else 1
        return [*rest[:depth], *early, *rest[depth:]]
    return ["open", *early, *rest]


def run(arguments: Sequence[str]) -> int:
    """Run one command line; the exit code. Errors are told on stderr, never as a traceback."""
    say = Translator(choose_language(option_in(arguments, "--lang")))
    if "--version" in arguments and arguments[0] == "--version":
        from kpi_core import __version__

        write(f"omnigap {__version__}\n")
        return EXIT_OK
    try:
        done = app(arrange(arguments), prog_name="omnigap", standalone_mode=False)
        sys.stdout.flush()
        return done if isinstance(done, int) else EXIT_OK
    except OmnigapError as error:
        tell_error(error, _saying(say, arguments))
        return error.exit_code
    except (ReaderGone, BrokenPipeError):
        # What is still buffered must not raise again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_OK
    except KeyboardInterrupt:
        tell(say("interrupted"))
        return EXIT_INTERRUPTED
    except Exception as error:
        if hasattr(error, "format_message"):  # the option parser's own errors, whichever parser typer brings
            tell_usage(str(error.format_message()), say)
            return getattr(error, "exit_code", 2)
        if type(error).__name__ == "Abort":
            return EXIT_INTERRUPTED
        return _fault(error, say, next((word for word in arguments if word.startswith("omnigap://")), ""))


def _saying(say: Translator, arguments: Sequence[str]) -> Translator:
    """The language of the workspace's settings also counts for its errors, unless --lang says otherwise."""
    if option_in(arguments, "--lang"):
        return say
    folder = option_in(arguments, "--workspace") or option_in(arguments, "-w")
    return Translator(choose_language(None, workspace_language(workspace_dir(Path(folder) if folder else None))))


def _fault(error: Exception, say: Translator, link: str = "") -> int:
    """A fault of omnigap's own: the traceback goes to a private file, because it may quote data."""
    if os.environ.get("OMNIGAP_DEBUG"):
        raise error
    place = ""
    try:
        from tui.crash import write_log

        place = str(write_log(error, link=link))
    except OSError:
        pass
    where = Where(place) if place else None
    tell_error(OmnigapError(said("omnigap stopped because of a fault of its own ({kind})", kind=type(error).__name__), where=where), say)
    return EXIT_FAULT


def main() -> None:
    """The console script."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")  # a letter the terminal lacks must not stop a report
    code = run(sys.argv[1:])
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)


if __name__ == "__main__":
    main()
