"""`omnigap explain LINK`: the gap of one KPI in parts that sum to it, as text, Markdown or JSON."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import Annotated

import typer

from kpi_core.errors import UsageError, said
from tui.cli.common import EXIT_OK, screen_width, t, write, write_lines
from tui.cli.page import Asked, about_a_page
from tui.cli.report import OutputOption, save


class ExplainFormat(StrEnum):
    table = "table"
    md = "md"
    json = "json"


class Against(StrEnum):
    target = "target"
    compare = "compare"


@about_a_page("basis")
def explain(
    asked: Asked,
    kpi: Annotated[str | None, typer.Option("--kpi", "-k", metavar="KPI", help=t("Id of the KPI, where the link names none."), show_default=False)] = None,
    against: Annotated[
        Against | None, typer.Option("--against", help=t("What the gap is held against (default: the target where there is one)."), show_default=False)
    ] = None,
    by: Annotated[str | None, typer.Option("--by", metavar="DIM", help=t("Dimension to break down by first."), show_default=False)] = None,
    format: Annotated[ExplainFormat, typer.Option("--format", "-f", help=t("How to write it."))] = ExplainFormat.table,
    output: OutputOption = None,
) -> int:
    from kpi_core.render.explain import explain_lines, explain_markdown
    from kpi_core.render.explain_data import explain_json
    from kpi_core.render.header import header_lines
    from kpi_core.render.table import as_text

    fmt, state = asked.fmt, asked.state()
    state = replace(state, kpi=kpi or state.kpi, by=by or state.by, against=against.value if against is not None else state.against)
    if state.kpi is None:
        raise UsageError(said("explain needs a KPI"), hint=said("give --kpi or a link such as omnigap://explore?kpi=aov; omnigap kpis lists them"))
    with asked.bench() as bench:
        page = bench.explain(state)
    width = screen_width()
    if output is not None or format is not ExplainFormat.table:
        text = explain_json(page, fmt) if format is ExplainFormat.json else explain_markdown(page, fmt)
        if format is ExplainFormat.table:
            text = as_text([*header_lines(page.header, fmt, width), (), *explain_lines(page, fmt, width)])
        write(text) if output is None else save(text, output)
    else:
        write_lines([*header_lines(page.header, fmt, width), (), *explain_lines(page, fmt, width)], asked.how)
    return EXIT_OK
