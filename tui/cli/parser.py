"""The option parser of the commands: only the command that runs is loaded, the others lend their names and help texts to `--help`."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from tui.cli import open as cli_open
from tui.cli.common import t
from tui.cli.keys import KeymapOption
from tui.cli.options import Ascii, CompareOption, Lang, NoColor, NoMouse, PeriodOption, PlotOption, ShowCursor, ThemeOption, WorkspaceOption

TEXTS = {
    "open": t("Open the screen on a workspace (what `omnigap [DIR]` does)."),
    "init": t("Make a workspace: a folder for exports and the commented configuration."),
    "load": t("Load exports: every file of the workspace's exports folder, or the paths given."),
    "learn": t("Learn the layout of an unknown export: point at its columns, write a profile for it."),
    "account": t("What became of every row of the loaded files: used, left out, refused, with reasons and lines."),
    "loads": t("What was loaded, by number: file, format, period, rows, when, and whether it counts."),
    "undo": t("Take loads back: they count no longer, nothing is deleted."),
    "redo": t("Bring loads back that were undone: the same numbers as before."),
    "verify": t("Read every file of the warehouse and name those that are not what was written (exit 3)."),
    "rebuild": t("Build the numbers anew from what was loaded: after damage, or with a new version of omnigap."),
    "forget": t("Erase one customer from the loaded rows: sales stay, as a guest's; it is logged without a name."),
    "glance": t("One screen: what is red, by how much, since when, why, and what to do."),
    "explain": t("Why a KPI is off its target or other than before: exact parts of the gap, and the first cause."),
    "report": t("Print a view, as the app shows it or for other programs."),
    "query": t("KPIs as a table: by period and any dimensions, filtered, sorted."),
    "sql": t("The SQL that ran for a view, as a script for DuckDB's own shell."),
    "check": t("Exit 1 when a target is missed: for cron and CI."),
    "whatif": t("What if the drivers of a KPI moved: the KPI, its gap, and which driver would close it."),
    "actions": t("Who does what about which KPI, and the KPI before and after."),
    "note": t("Write something down about a KPI, or read what is noted."),
    "customers": t("Who is who across channels: identifiers linked, shared ones dropped, and how many orders have a person."),
    "claims": t("What platforms claim (GA4, ads, payments) beside the source that owns the figure: compared, never added."),
    "targets": t("Import targets from a table (CSV or workbook) into a file of their own."),
    "export-db": t("Write the numbers into one database file, for DuckDB's shell, notebooks and other programs."),
    "doctor": t("Is all well? Versions, terminal, permissions, disk, settings in force, sources that are late, and what to do."),
    "serve": t("The app in a browser of this machine, read-only."),
    "keys": t("The keys: as documented, of a preset, or of your own keymap.yaml."),
    "kpis": t("List the KPIs with their formulas."),
    "demo": t("Try it: a made-up retailer and its sales channels."),
    "bookmarks": t("Bookmarks: list, add or remove them."),
    "profiles": t("The export formats that are known, one of them, or the check of one that you wrote."),
    "config": t("Check or show the configuration."),
}


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
    return cli_open.open_screen(**locals())


def application(places: dict[str, str], name: str) -> typer.Typer:
    """The parser that knows the command `name` (see `tui.cli.PLACES`), or, where there is none of that name, all of them by name and text."""
    app = typer.Typer(
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        pretty_exceptions_show_locals=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        help=t("Where every sales channel stands against its objectives, and why. `omnigap [DIR]` opens the screen on a workspace."),
        epilog=t("Exit codes: 0 done, 1 a target is missed (check), 2 a mistake in a command, link or YAML file, 3 data that cannot be read."),
    )
    app.callback()(_top)
    if name not in places:
        for known in places:
            app.command(known, help=TEXTS[known])(_named)
        return app
    module, _, attribute = places[name].partition(":")
    found: Callable[..., Any] = getattr(import_module(module), attribute)
    if attribute == "group":
        app.add_typer(found(TEXTS[name]), name=name)
    else:
        app.command(name, help=TEXTS[name])(found)
    return app


def _top(version: Annotated[bool, typer.Option("--version", help=t("Show the version."), is_eager=True)] = False) -> None:
    pass


def _named() -> None:
    """Stands for a command in the list of commands."""
