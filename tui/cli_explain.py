"""`omnigap explain LINK`: the gap of one KPI in parts that sum to it, as text, Markdown or JSON."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import Annotated

import typer

from kpi_core.errors import UsageError, said
from tui.cli_common import (
    EXIT_OK,
    Ascii,
    CompareOption,
    Lang,
    NoColor,
    PeriodOption,
    WorkspaceOption,
    look,
    open_workbench,
    screen_width,
    state_of,
    t,
    workspace_dir,
    workspace_language,
    write,
    write_lines,
)
from tui.cli_report import LinkArgument, OutputOption, save


class ExplainFormat(StrEnum):
    table = "table"
    md = "md"
    json = "json"


class Against(StrEnum):
    target = "target"
    compare = "compare"


def explain(
    link: LinkArgument = None,
    kpi: Annotated[str | None, typer.Option("--kpi", "-k", metavar="KPI", help=t("Id of the KPI, where the link names none."), show_default=False)] = None,
    against: Annotated[
        Against | None, typer.Option("--against", help=t("What the gap is held against (default: the target where there is one)."), show_default=False)
    ] = None,
    by: Annotated[str | None, typer.Option("--by", metavar="DIM", help=t("Dimension to break down by first."), show_default=False)] = None,
    format: Annotated[ExplainFormat, typer.Option("--format", "-f", help=t("How to write it."))] = ExplainFormat.table,
    output: OutputOption = None,
    workspace: WorkspaceOption = None,
    period: PeriodOption = None,
    compare: CompareOption = None,
    lang: Lang = None,
    no_color: NoColor = False,
    ascii: Ascii = False,
) -> int:
    from kpi_core.render.explain import explain_lines, explain_markdown
    from kpi_core.render.explain_data import explain_json
    from kpi_core.render.header import header_lines
    from kpi_core.render.table import as_text

    folder = workspace_dir(workspace)
    how = look(lang, ascii, no_color or output is not None, workspace_language(folder))
    fmt = how.fmt
    state = state_of(folder, link, period, compare, fmt)
    state = replace(state, kpi=kpi or state.kpi, by=by or state.by, against=against.value if against is not None else state.against)
    if state.kpi is None:
        raise UsageError(said("explain needs a KPI"), hint=said("give --kpi or a link such as omnigap://explore?kpi=aov; omnigap kpis lists them"))
    bench = open_workbench(folder, how.lang)
    try:
        page = bench.explain(state)
    finally:
        bench.close()
    width = screen_width()
    if output is not None or format is not ExplainFormat.table:
        text = explain_json(page, fmt) if format is ExplainFormat.json else explain_markdown(page, fmt)
        if format is ExplainFormat.table:
            text = as_text([*header_lines(page.header, fmt, width), (), *explain_lines(page, fmt, width)])
        write(text) if output is None else save(text, output)
    else:
        write_lines([*header_lines(page.header, fmt, width), (), *explain_lines(page, fmt, width)], how)
    return EXIT_OK
