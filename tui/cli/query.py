"""`omnigap query`: KPIs as a table, by period and any dimensions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tui.cli.common import EXIT_OK, look, open_workbench, screen_width, t, tell, workspace_dir, workspace_language, write
from tui.cli.formats import ReportFormat, ReportFormatOption, chosen, deliver
from tui.cli.options import Ascii, Lang, NoColor, WorkspaceOption
from tui.cli.report import OutputOption
from tui.output.formats import Content

if TYPE_CHECKING:
    from kpi_core.pages.query import QueryPage
    from kpi_core.render.format import Formatter

FILE_WIDTH = 240  # cells of a table in a file


def query(
    kpis: Annotated[str, typer.Argument(metavar="KPI[,KPI]", help=t("KPIs or measures of kpis.yaml (`omnigap kpis` lists them)."))],
    by: Annotated[str | None, typer.Option("--by", metavar="DIM[,DIM]", help=t("Cut by dimensions; also lookup.column and date_part.dow."))] = None,
    grain: Annotated[str | None, typer.Option("--grain", "-g", metavar="GRAIN", help=t("A row per day, week, month, quarter or year."))] = None,
    range: Annotated[str | None, typer.Option("--range", "-r", metavar="RANGE", help="2026-01..2026-10, 2026-W44, 2026-10-01..2026-10-07, ytd.")] = None,
    where: Annotated[str | None, typer.Option("--where", metavar="TEXT", help=t("Keep rows: channel = 'web' and store is not null."))] = None,
    order: Annotated[str | None, typer.Option("--order", metavar="COLUMN[,COLUMN]", help=t("Columns to sort by; - before one for descending."))] = None,
    limit: Annotated[int | None, typer.Option("--limit", "-n", metavar="N", min=0, help=t("At most so many rows."), show_default=False)] = None,
    dense: Annotated[bool, typer.Option("--dense", help=t("Show periods without rows too."))] = False,
    sql: Annotated[bool, typer.Option("--sql", help=t("Print the SQL that ran instead of the rows."))] = False,
    format: ReportFormatOption = None,
    output: OutputOption = None,
    workspace: WorkspaceOption = None,
    lang: Lang = None,
    no_color: NoColor = False,
    ascii: Ascii = False,
) -> int:
    from kpi_core.engine.table import TableQuestion
    from kpi_core.render.query import query_table
    from kpi_core.render.table import as_text

    folder = workspace_dir(workspace)
    how = look(lang, ascii, no_color, workspace_language(folder))
    fmt = how.fmt
    bench = open_workbench(folder, how.lang)
    try:
        question = TableQuestion(
            kpis=_listed(kpis),
            by=_listed(by),
            grain=grain,
            where=where,
            range=bench.days(range) if range else None,
            order=_listed(order),
            limit=limit,
            dense=dense,
        )
        if sql:
            write(bench.query_sql(question))
            return EXIT_OK
        page = bench.query(question)
    finally:
        bench.close()
    found = chosen(format, output)
    if found is not ReportFormat.table or output is not None:
        deliver(found.value, _content(page, fmt), output, fmt)
    else:
        table = query_table(page, fmt, screen_width())
        write(as_text(table.lines(), how.colour))
        if not page.rows:
            tell(fmt.t("no rows"))
    if found is not ReportFormat.json:
        for note in page.notes:
            tell(fmt.t(note))
    return EXIT_OK


def _content(page: QueryPage, fmt: Formatter) -> Content:
    """The table for files: values as in CSV, with their types."""
    from kpi_core.render.export import flat_sheet
    from kpi_core.render.html import plain_document
    from kpi_core.render.query import query_csv, query_json, query_table, query_values
    from kpi_core.render.spoken import spoken_table
    from kpi_core.render.table import markdown

    names, rows = query_values(page, fmt)
    title = ", ".join(kpi.name for kpi in page.kpis)
    table = query_table(page, fmt, FILE_WIDTH)
    return Content(
        flat_sheet(title, names, rows, [(fmt.t("SQL that ran"), page.sql)]),
        lambda: table,
        table.lines,
        lambda: plain_document(title, [(title, table)], fmt),
        json=lambda: query_json(page, fmt),
        csv=lambda: query_csv(page, fmt),
        md=lambda: markdown(table),
        spoken=lambda: spoken_table(table, fmt),
    )


def _listed(text: str | None) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip()) if text else ()
