"""`omnigap query`: KPIs as a table, by period and any dimensions."""

from __future__ import annotations

from typing import Annotated

import typer

from tui.cli_common import EXIT_OK, Ascii, Lang, NoColor, WorkspaceOption, look, open_workbench, screen_width, t, tell, workspace_dir, workspace_language, write
from tui.cli_report import Format, FormatOption


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
    format: FormatOption = Format.table,
    workspace: WorkspaceOption = None,
    lang: Lang = None,
    no_color: NoColor = False,
    ascii: Ascii = False,
) -> int:
    from kpi_core.engine.table import TableQuestion
    from kpi_core.render.query import query_csv, query_json, query_table
    from kpi_core.render.table import as_text, markdown

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
    if format is Format.json:
        write(query_json(page, fmt))
    elif format is Format.csv:
        write(query_csv(page, fmt))
    elif format is Format.md:
        write(markdown(query_table(page, fmt, 240)))
    else:
        table = query_table(page, fmt, screen_width())
        write(as_text(table.lines(), how.colour))
        if not page.rows:
            tell(fmt.t("no rows"))
    if format is not Format.json:
        for note in page.notes:
            tell(fmt.t(note))
    return EXIT_OK


def _listed(text: str | None) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip()) if text else ()
