"""The scorecard: KPI, actual, target, gap, change and spark, in as many columns as the width allows."""

from __future__ import annotations

from dataclasses import replace

from kpi_core.pages import KpiRow, OverviewPage
from kpi_core.render.cells import delta_cell, gap_cells, shorter, target_cell, value_cell
from kpi_core.render.clean import clean
from kpi_core.render.format import Formatter
from kpi_core.render.header import compare_text
from kpi_core.render.plot import spark, wrong_side
from kpi_core.render.table import Cell, Column, Row, Table, fit
from kpi_core.render.text import Line, Run, cell_width, cut, join, line_width, plain

LIST, NARROW, WIDE = 60, 80, 100
NAME = 28  # cells of a name that an owner is not worth


def overview_table(page: OverviewPage, fmt: Formatter, width: int) -> Table:
    """One row a KPI (key: its id) under a section row a group, `width` cells wide.

    Columns: under 60 KPI, actual and glyph; under 80 KPI, actual and gap; then target, change and 8 periods; from 100 on 12 periods
    and owner. When the numbers are too long they are shortened, then columns go from the right: never an overflow, never a cut number.
    """
    optional = ("target", "delta", "spark", "owner")
    shown = {c for c in optional if (width >= NARROW and c != "owner") or width >= WIDE}
    if page.header.compare is None:
        shown -= {"delta"}
    drops: list[set[str]] = [set(), {"owner"}, {"owner", "spark"}, {"owner", "spark", "delta"}, set(optional)]
    for dropped in drops:
        for compact in (width < 48, True):
            for cells in (12, 8) if width >= WIDE else (8,):
                tried = _table(page, fmt, width, shown - dropped, compact, width >= LIST, cells)
                # a name in full is worth more than four periods of a spark
                if tried.natural <= width and (cells == 8 or not _cut(tried)):
                    if width < NARROW:
                        return tried
                    return _aligned(tried, _table(page, fmt, width, shown - dropped, compact, True, cells, "decimal"), page)
    return _table(page, fmt, width, set(), True, False, 8)


def _cut(table: Table) -> bool:
    """Whether an owner is longer than the column."""
    last = table.columns[-1]
    return last.id == "owner" and any(row.kind == "row" and cell_width(row.cells[-1].text) > last.width for row in table.rows)


def _aligned(table: Table, decimal: Table, page: OverviewPage) -> Table:
    """The table with decimal marks under each other where that takes nothing from the names."""
    names = max((cell_width(clean(row.kpi.name)) for _, group in page.groups for row in group), default=0)
    whole = decimal.natural <= decimal.width and decimal.columns[0].width >= min(names, table.columns[0].width)
    return decimal if whole and _cut(decimal) <= _cut(table) else table


def _table(
    page: OverviewPage, fmt: Formatter, width: int, shown: set[str], compact: bool, amounts: bool, cells: int, align: str = "right"
) -> Table:
    t = fmt.t
    least = NAME if "owner" in shown else min(18, max(6, width // 5))
    columns = [Column("kpi", t("KPI"), shrink=least, grow=True, limit=36), Column("actual", t("ACTUAL"), align)]
    if "target" in shown:
        columns.append(Column("target", t("TARGET"), align))
    # a list of glyphs needs no title, and on the narrowest screens has no room for one
    columns.append(Column("gap", t("GAP") if amounts or width >= 30 else "", space=2 if width >= 30 else 1))
    if "delta" in shown:
        columns.append(Column("delta", compare_text(page.header, fmt) or t("CHANGE"), align, space=2))
    if "spark" in shown:
        columns.append(Column("spark", _spark_title(page, fmt, cells), width=cells, space=2))
    if "owner" in shown:
        columns.append(Column("owner", t("OWNER"), shrink=6, space=2))
    everyone = [row for _, group in page.groups for row in group]
    gaps = iter(gap_cells([(row.gap, row.kpi) for row in everyone], fmt, amounts))
    rows: list[Row] = []
    for title, group in page.groups:
        if group:
            rows.append(Row((Cell(clean(title), "title"), *(Cell("") for _ in columns[1:])), "section"))
        for row in group:
            rows.append(_row(row, [column.id for column in columns], next(gaps), fmt, compact, cells))
    table = fit(columns, rows, width, decimal_mark=fmt.decimal_mark, ascii=fmt.ascii)
    room = table.columns[0].width
    if all(cell_width(clean(row.kpi.name)) <= room for row in everyone):
        return table
    names = iter(shorter(row.kpi, room) for row in everyone)
    rows = [row if row.kind == "section" else replace(row, cells=(replace(row.cells[0], text=next(names)), *row.cells[1:])) for row in rows]
    return fit(columns, rows, width, decimal_mark=fmt.decimal_mark, ascii=fmt.ascii)


def _spark_title(page: OverviewPage, fmt: Formatter, cells: int) -> str:
    """The page names its 12 periods; a narrow column shows fewer and says so."""
    count = max((len(row.spark) for _, group in page.groups for row in group), default=cells)
    label = page.spark_label
    return clean(label.replace(str(count), str(min(count, cells)), 1) if str(count) in label else label, cells + 4)


def _row(row: KpiRow, ids: list[str], gap: Cell, fmt: Formatter, compact: bool, cells: int) -> Row:
    def cell(column: str) -> Cell:
        if column == "kpi":
            return Cell(clean(row.kpi.name))
        if column == "actual":
            return value_cell(row.value, row.kpi, fmt, compact)
        if column == "target":
            return target_cell(row.target, row.kpi, fmt, compact)
        if column == "gap":
            return gap
        if column == "delta":
            return delta_cell(row.delta, row.kpi, fmt)
        if column == "spark":
            values = [None if v is None else float(v) for v in row.spark]
            limit = None if row.spark_limit is None else float(row.spark_limit)
            drawn = spark(values, cells, fmt.symbols, limit, wrong_side(row.kpi.good))
            return Cell(plain(drawn), "accent", runs=drawn)
        return Cell(clean(row.owner), "muted")

    return Row(tuple(cell(column) for column in ids), key=row.kpi.id)


def formula_line(row: KpiRow, fmt: Formatter, width: int) -> Line:
    """What the number is and where its target is written: `Panier moyen = CA ÷ commandes · objectif: objectives.yaml:12`.

    In `width` cells: the formula gives way first, the reason why there is no number never does.
    """
    name, formula = clean(row.kpi.name), clean(row.kpi.formula, 400)
    text = name if formula.casefold() == name.casefold() else f"{name} = {formula}"
    runs: list[Run] = []
    if row.target is not None:
        place = f"{clean(row.target.file)}:{row.target.line}" if row.target.line else clean(row.target.file)
        runs.append((" · " + fmt.t("target: {place}", place=place), "muted"))
    reason = row.value.reason or (row.delta.reason if row.delta else None)
    if reason is not None:
        runs.append((" · " + fmt.t(reason), "warn" if row.value.reason else "muted"))
    while runs and line_width(runs) + min(cell_width(text), 24) > width:
        runs.pop(0)
    return fmt.fold(join((cut(text, max(8, width - line_width(runs)), fmt.ellipsis), ""), *runs))
