"""`omnigap bookmarks`: the links kept under a name, one's own and those of a workspace."""

from __future__ import annotations

from typing import Annotated

import typer

from kpi_core.errors import UsageError, said
from tui.cli.common import EXIT_OK, look, t, tell, warn, workspace_dir, workspace_language, write
from tui.cli.options import Ascii, Lang, NoColor, WorkspaceOption

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help=t("The bookmark's name."))]
Shared = Annotated[bool, typer.Option("--shared", help=t("In the workspace, for everybody who uses it (default: your own)."))]


def bookmarks(context: typer.Context, workspace: WorkspaceOption = None, lang: Lang = None, no_color: NoColor = False, ascii: Ascii = False) -> int:
    """List them: name, whose, link."""
    if context.invoked_subcommand is not None:
        return EXIT_OK
    from kpi_core.render.clean import clean
    from kpi_core.render.table import Cell, Column, Row, as_text, fit
    from tui.state.bookmarks import listed

    folder = workspace_dir(workspace)
    how = look(lang, ascii, no_color, workspace_language(folder))
    fmt = how.fmt
    known = listed(folder)
    if not known:
        tell(fmt.t("no bookmark yet: m keeps a view of the app, omnigap bookmarks add NAME LINK a link"))
        return EXIT_OK
    columns = [Column("name", fmt.t("NAME")), Column("whose", fmt.t("WHOSE")), Column("link", fmt.t("LINK"))]
    rows = []
    for item in known:
        whose = fmt.t("shared") if item.shared else fmt.t("yours")
        rows.append(Row((Cell(clean(item.name), "accent"), Cell(whose, "muted"), Cell(clean(item.link, 8000))), key=item.name))
    table = fit(columns, rows, 20_000, ascii=fmt.ascii)  # a link that is cut is no link
    write(as_text(fit(columns, rows, table.natural, ascii=fmt.ascii).lines(), how.colour))
    return EXIT_OK


def add(
    name: NameArgument,
    link: Annotated[str, typer.Argument(metavar="LINK", help=t("An omnigap:// link (Y copies one in the app)."))],
    shared: Shared = False,
    workspace: WorkspaceOption = None,
    lang: Lang = None,
) -> int:
    from kpi_core.links import from_link
    from tui.state.bookmarks import keep, path_of

    folder = workspace_dir(workspace)
    fmt = look(lang, settings=workspace_language(folder)).fmt
    for problem in from_link(link)[1]:
        warn(fmt.t(problem), fmt)
    replaced = keep(folder, name, link.strip(), shared)
    place = str(path_of(folder, shared))
    tell(fmt.t("bookmark replaced in {file}", file=place) if replaced else fmt.t("bookmark kept in {file}", file=place))
    return EXIT_OK


def remove(name: NameArgument, shared: Shared = False, workspace: WorkspaceOption = None, lang: Lang = None) -> int:
    from kpi_core.config.decode import did_you_mean
    from tui.state.bookmarks import drop, listed, path_of

    folder = workspace_dir(workspace)
    fmt = look(lang, settings=workspace_language(folder)).fmt
    if not drop(folder, name, shared):
        known = [item.name for item in listed(folder) if item.shared == shared]
        raise UsageError(said("there is no bookmark {name}", name=name), hint=did_you_mean(name, known) or said("omnigap bookmarks lists them"))
    tell(fmt.t("bookmark removed from {file}", file=str(path_of(folder, shared))))
    return EXIT_OK


def group(text: str) -> typer.Typer:
    """The command with those below it."""
    found = typer.Typer(rich_markup_mode=None, invoke_without_command=True, help=text)
    found.callback()(bookmarks)
    found.command("add", help=t("Keep a link under a name; one of that name is replaced."))(add)
    found.command("remove", help=t("Take a bookmark out."))(remove)
    return found
