"""`omnigap sql LINK`: the SQL that ran for a page's main question, as a script for DuckDB's own shell."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from tui.cli.common import EXIT_OK, look, open_workbench, state_of, t, tell, workspace_dir, workspace_language, write
from tui.cli.options import BasisOption, CompareOption, Lang, PeriodOption, WorkspaceOption
from tui.cli.page import LinkArgument
from tui.cli.report import OutputOption, save


def sql(
    link: LinkArgument = None,
    kpi: Annotated[str | None, typer.Option("--kpi", "-k", metavar="KPI", help=t("Only what ran for this KPI."), show_default=False)] = None,
    output: OutputOption = None,
    workspace: WorkspaceOption = None,
    period: PeriodOption = None,
    compare: CompareOption = None,
    basis: BasisOption = None,
    lang: Lang = None,
) -> int:
    folder = workspace_dir(workspace)
    how = look(lang, settings=workspace_language(folder))
    fmt = how.fmt
    state = state_of(folder, link, period, compare, fmt, basis)
    bench = open_workbench(folder, how.lang)
    try:
        text = bench.sql(replace(state, kpi=kpi or state.kpi))
    finally:
        bench.close()
    if output is None:
        write(text)
    else:
        save(text, output)
        tell(fmt.t("written: {file}", file=str(output)))
    return EXIT_OK
