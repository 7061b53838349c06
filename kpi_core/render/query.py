"""A table of KPIs as lines, CSV and JSON."""

from __future__ import annotations

from typing import Any

from kpi_core.pages.query import QueryPage, QueryRow
from kpi_core.render.clean import clean
from kpi_core.render.format import Formatter
from kpi_core.render.json_text import json_text
from kpi_core.render.report import machine, number
from kpi_core.render.table import Cell, Column, Row, Table, csv_text, fit

VERSION = 1
PERIOD = "period"


def query_table(page: QueryPage, fmt: Formatter, width: int) -> Table:
    """Periods and cuts on the left, a column per KPI; an unfinished period says so in its cell."""
    columns = [Column(PERIOD, fmt.t("PERIOD"))] if page.grain else []
    columns += [Column(dim, clean(title).upper(), shrink=12) for dim, title in page.by]
    columns += [Column(kpi.id, clean(kpi.short or kpi.name), "decimal", shrink=10) for kpi in page.kpis]
    return fit(columns, [_row(row, page, fmt) for row in page.rows], width, decimal_mark=fmt.decimal_mark, ascii=fmt.ascii)


def _row(row: QueryRow, page: QueryPage, fmt: Formatter) -> Row:
    cells = []
    if page.grain:
        text = fmt.period(row.period) if row.period else ""
        cells.append(Cell(f"{text} ({fmt.t(row.partial)})" if row.partial else text, "muted" if row.partial else ""))
    cells += [Cell(clean(label)) for label in row.labels]
    for value, kpi in zip(row.numbers, page.kpis, strict=True):
        cells.append(Cell(fmt.kpi(value, kpi)) if value is not None else Cell(fmt.t("no data"), "muted"))
    return Row(tuple(cells))


def _columns(page: QueryPage) -> list[str]:
    return [*([PERIOD] if page.grain else []), *(dim for dim, _ in page.by), *(kpi.id for kpi in page.kpis), *(["partial"] if page.grain else [])]


def _values(row: QueryRow, page: QueryPage, fmt: Formatter) -> list[object]:
    first: list[object] = [row.period.start if row.period else None] if page.grain else []
    last: list[object] = [fmt.t(row.partial) if row.partial else None] if page.grain else []
    return [*first, *row.keys, *(number(value) for value in row.numbers), *last]


def query_csv(page: QueryPage, fmt: Formatter) -> str:
    """One line a row; numbers raw, a period by its first day, no data an empty cell."""
    names, rows = query_values(page, fmt)
    return csv_text(names, rows, machine)


def query_values(page: QueryPage, fmt: Formatter) -> tuple[list[str], list[list[object]]]:
    """Names for programs, and the values of every row."""
    return _columns(page), [_values(row, page, fmt) for row in page.rows]


def query_json(page: QueryPage, fmt: Formatter) -> str:
    """Rows, notes and the SQL that ran, as indented JSON text."""
    out: dict[str, Any] = {
        "version": VERSION,
        "grain": page.grain,
        "by": [dim for dim, _ in page.by],
        "kpis": [{"id": kpi.id, "name": kpi.name, "unit": kpi.unit} for kpi in page.kpis],
        "rows": [dict(zip(_columns(page), _values(row, page, fmt), strict=True)) for row in page.rows],
        "notes": [fmt.t(note) for note in page.notes],
        "sql": page.sql,
        "parameters": list(page.parameters),
    }
    return json_text(out)
