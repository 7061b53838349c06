"""`omnigap account`: what became of the rows of loaded files, and of the files that the last load did not use."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kpi_core.errors import UsageError, said
from tui.cli.common import EXIT_OK, Look, look, open_workbench, screen_width, t, workspace_dir, workspace_language, write, write_lines
from tui.cli.options import Ascii, Lang, NoColor, WorkspaceOption

if TYPE_CHECKING:
    from kpi_core.pages import DataPage, FileAccount
    from kpi_core.workbench import Workbench


class AccountFormat(StrEnum):
    text = "text"
    json = "json"
    csv = "csv"


FileArgument = Annotated[
    str | None, typer.Argument(metavar="[FILE|N]", help=t("A loaded file by name or number (default: all of them, a line each)."), show_default=False)
]


def account(
    file: FileArgument = None,
    workspace: WorkspaceOption = None,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help=t("Only reasons that hold this text."), show_default=False)] = "",
    lines: Annotated[bool, typer.Option("--lines", help=t("Every line that is known of each reason, not the first ones only."))] = False,
    format: Annotated[AccountFormat, typer.Option("--format", "-f", help=t("How to write it; csv: a record a line."))] = AccountFormat.text,
    lang: Lang = None,
    ascii: Ascii = False,
    no_color: NoColor = False,
) -> int:
    folder = workspace_dir(workspace)
    how = look(lang, ascii, no_color, workspace_language(folder))
    from kpi_core.errors import NothingLoaded
    from kpi_core.view import ViewState

    try:
        bench = open_workbench(folder, how.lang)
    except NothingLoaded:
        _tell_unused(folder, how)
        raise
    with bench:
        page = bench.data(ViewState(view="data"))
        if file is not None:
            found = [bench.account(number) for number in _named(page, file)]
        elif format is AccountFormat.text and not reason and not lines:
            write_lines(_listed(page, how), how)
            return EXIT_OK
        else:
            found = _all(bench, page)
    _write(found, page if file is None else None, how, reason, lines, format)
    return EXIT_OK


def _tell_unused(folder: Path, how: Look) -> None:
    """A workspace without numbers: all the more why its files were not used."""
    from kpi_core.render.unused import unused_file_lines
    from kpi_core.store.last_load import read_last_load
    from kpi_core.store.workspace import Workspace
    from kpi_core.workbench.accounts import unused

    for file in unused(read_last_load(Workspace.open(folder))):
        write_lines(unused_file_lines(file, how.fmt, screen_width()), how)


def _all(bench: Workbench, page: DataPage) -> list[FileAccount]:
    return [bench.account(source.load_id) for source in page.sources if source.load_id is not None]


def _named(page: DataPage, text: str) -> list[int]:
    """The numbers of the files meant: a number, a whole name, or a part of one. Raises UsageError where none is."""
    if text.isdigit():
        return [int(text)]  # one that is not loaded is said by the account
    name = Path(text).name.casefold()
    loads = [(source.load_id, source.file.casefold()) for source in page.sources if source.load_id is not None]
    found = [number for number, file in loads if file == name] or [number for number, file in loads if name and name in file]
    if not found:
        raise UsageError(said("no loaded file is called {name}", name=text), hint=said("omnigap account lists the loaded files by number"))
    return found


def _listed(page: DataPage, how: Look) -> list[tuple[tuple[str, str], ...]]:
    """A line a file by number, then the files that were not used."""
    from kpi_core.render.clean import clean
    from kpi_core.render.data import status_cell, status_of
    from kpi_core.render.unused import unused_file_lines

    fmt, width = how.fmt, screen_width()
    size = max((len(str(source.load_id)) for source in page.sources), default=1)
    lines: list[tuple[tuple[str, str], ...]] = []
    for source in page.sources:
        role = status_of(source)
        counts = fmt.t("{read} rows read = {used} used + {dropped} left out + {rejected} rejected", read=source.rows_read, used=source.rows_used,
                       dropped=source.rows_dropped, rejected=source.rows_rejected)  # fmt: skip
        head = ((f"{source.load_id!s:>{size}}  ", "muted"), (f"{status_cell(role, fmt)}  ", role), (clean(source.file, 400), "title"))
        lines.append(fmt.fold((*head, ("  ", ""), (clean(source.title), "accent"), ("  ", ""), (counts, ""))))
    for item in page.refused:
        lines += [(), *unused_file_lines(item, fmt, width)]
    return lines


def _write(found: list[FileAccount], page: DataPage | None, how: Look, reason: str, lines: bool, format: AccountFormat) -> None:
    from kpi_core.render.file_account import CSV_COLUMNS, account_rows, account_values, file_account_lines

    fmt = how.fmt
    if format is AccountFormat.json:
        from kpi_core.render.json_text import json_text

        unused = [{"path": file.path, "status": file.status, "what": fmt.t(file.what), "hint": fmt.t(file.hint) if file.hint else None}
                  for file in (page.refused if page is not None else ())]  # fmt: skip
        write(json_text({"version": 1, "accounts": [account_values(item, fmt, reason) for item in found], "unused": unused}))
    elif format is AccountFormat.csv:
        from kpi_core.render.table import csv_text

        write(csv_text(CSV_COLUMNS, [row for item in found for row in account_rows(item, fmt, reason)]))
    else:
        for place, item in enumerate(found):
            write_lines([*([()] if place else []), *file_account_lines(item, fmt, screen_width(), only=reason, every=lines)], how)
