"""A heatmap as a table of numbers, for reports, copies and exports; and as data, one entry a cell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kpi_core.engine.result import Value
from kpi_core.pages.heat import HeatCell, HeatPage
from kpi_core.render.cells import value_cell
from kpi_core.render.clean import clean
from kpi_core.render.format import Formatter
from kpi_core.render.gap import ROLE_OF
from kpi_core.render.table import Cell, Column, Row, Table, fit


def heat_table(page: HeatPage, fmt: Formatter, width: int) -> Table:
    """A row a member, a column a period, weekday or age; totals where there are some."""
    t = fmt.t
    totals = any(row.total is not None for row in page.rows)
    columns = [Column("member", clean(page.title).upper(), shrink=8)]
    columns += [Column("lead", t(page.lead).upper(), "right")] if page.lead else []
    columns += [Column(column.id, clean(column.label), "right") for column in page.columns]
    columns += [Column("total", t("Total").upper(), "right", space=2)] if totals else []
    rows = []
    for row, line in zip(page.rows, page.cells, strict=True):
        cells = [Cell(clean(row.label), raw=clean(row.label))]
        cells += [Cell(fmt.number(row.lead or 0), "muted", raw=row.lead, exact=row.lead)] if page.lead else []
        cells += [_cell(cell, page, fmt) for cell in line]
        cells += [_value(row.total, page, fmt)] if totals else []
        rows.append(Row(tuple(cells), key=row.key))
    if any(column.total is not None for column in page.columns):
        cells = [Cell(t("Total"), "title"), *([Cell("")] if page.lead else []), *(_value(column.total, page, fmt) for column in page.columns)]
        rows.append(Row((*cells, *([_value(page.total, page, fmt)] if totals else [])), "total"))
    return fit(columns, rows, width, ascii=fmt.ascii)


def _cell(cell: HeatCell, page: HeatPage, fmt: Formatter) -> Cell:
    if not cell.known:
        return Cell("")
    found = value_cell(cell.value, page.kpi, fmt, compact=True)
    role = ROLE_OF.get(cell.gap.status, found.role)
    return Cell(found.text, role, raw=found.raw, exact=found.exact, unit=found.unit, decimals=found.decimals)


def _value(value: Value | None, page: HeatPage, fmt: Formatter) -> Cell:
    return Cell("") if value is None else value_cell(value, page.kpi, fmt, compact=True)


def heat_cells(page: HeatPage) -> Iterator[tuple[str, dict[str, Any], HeatCell]]:
    """Every cell row by row: the row's key, what names the cell, and the cell. Those of which nothing can be known yet are left out."""
    title = {"periods": page.by.id if page.by is not None else "member", "hours": "hour", "cohorts": "cohort"}.get(page.shape, "row")
    named = {"periods": "period", "hours": "weekday", "cohorts": "age"}.get(page.shape, "column")
    for row, line in zip(page.rows, page.cells, strict=True):
        for column, cell in zip(page.columns, line, strict=True):
            if cell.known:
                lead = {"size": row.lead} if row.lead is not None else {}
                yield row.key, {"shape": page.shape, title: row.key or None, "label": row.label, named: column.key, **lead}, cell
