"""`omnigap export-db FILE.duckdb`: the numbers as one database file, for DuckDB's shell, notebooks and other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tui.cli.common import EXIT_OK, gives_way, look, t, tell, workspace_dir, workspace_language, write
from tui.cli.options import Lang, WorkspaceOption


def export_db(
    file: Annotated[Path, typer.Argument(metavar="FILE.duckdb", help=t("The file to write; its table readme says what is in it."))],
    force: Annotated[bool, typer.Option("--force", help=t("Replace a file that is there."))] = False,
    workspace: WorkspaceOption = None,
    lang: Lang = None,
) -> int:
    from kpi_core.store.workspace import Workspace
    from kpi_core.workbench.exporting import export_workspace

    folder = workspace_dir(workspace)
    how = look(lang, settings=workspace_language(folder))
    gives_way(Workspace.open(folder))
    done = export_workspace(folder, file, how.lang, replace=force)
    fmt = how.fmt
    write(f"{done.path}\n")
    size = fmt.number(done.bytes / 1_000_000, 1)
    tell(fmt.t("generation {generation}: {tables} tables, {rows} rows, {size} MB", generation=done.generation, tables=done.tables, rows=done.rows, size=size))
    if done.scope:
        tell(fmt.t("limited to what you may see: {names}", names=done.scope))
    tell(fmt.t("open it with: duckdb -readonly {file}", file=str(done.path)))
    return EXIT_OK
