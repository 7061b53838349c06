"""From the renderers' tables to the grid: sort, row filter, and the split between rows that scroll and totals that stay."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from kpi_core.render.table import Row, Table
from kpi_core.render.text import Line, plain
from kpi_core.view import Sort
from tui.widgets.grid import GridColumn, GridContent, GridRow

_NUMERIC = re.compile(r"^\s*(?P<column>[^<>!]*?)\s*(?P<sign>[<>])\s*(?P<number>[-−]?\d+(?:[.,]\d+)?)\s*$")
_RULE = set("─-")


def folded(text: str) -> str:
    """For comparing what people type: case and accents do not matter."""
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))


def keeps(search: str, table: Table) -> Callable[[Row], bool]:
    """The row filter: `text` in the first cell, `!text` not in it, `column > 5` on the raw number of a column (part of its title or id)."""
    if not search.strip():
        return lambda row: True
    numeric = _NUMERIC.match(search)
    if numeric is not None:
        index = _column(table, numeric["column"])
        if index is not None:
            limit = Decimal(numeric["number"].replace("−", "-").replace(",", "."))
            above = numeric["sign"] == ">"
            return lambda row: _compares(row.cells[index].raw, limit, above)
    leave_out = search.startswith("!")
    wanted = folded(search[1:] if leave_out else search).strip()
    return lambda row: (wanted in folded(_first(row))) is not leave_out


def _compares(raw: object, limit: Decimal, above: bool) -> bool:
    if not isinstance(raw, int | float | Decimal):
        return False
    return raw > limit if above else raw < limit


def _column(table: Table, name: str) -> int | None:
    wanted = folded(name)
    if not wanted:
        return 1 if len(table.columns) > 1 else None
    for index, column in enumerate(table.columns):
        if folded(column.id) == wanted or folded(column.title).startswith(wanted):
            return index
    return None


def _first(row: Row) -> str:
    cell = row.cells[0]
    return plain(cell.runs) if cell.runs else cell.text


def arranged(table: Table, search: str, sort: Sort) -> Table:
    """The table with the rows that the filter keeps, in the order asked for. Sections stay only where rows under them stay; sorting lifts them."""
    keep = keeps(search, table)
    units: list[list[Row]] = []  # a row with the texts that belong to it
    rest: list[Row] = []  # sections of texts, totals, notes
    section: Row | None = None
    for row in table.rows:
        if row.kind == "section":
            section = row
        elif row.kind == "row":
            if keep(row):
                units.append([section, row] if section is not None else [row])
                section = None
        elif row.kind == "text" and section is None and units and not rest:
            if keep(units[-1][-1]) or units[-1][-1].kind == "text":
                units[-1].append(row)
        elif row.kind != "text":
            rest.append(row)
        elif not search or keep(row):
            rest += [section, row] if section is not None else [row]
            section = None
    index = next((i for i, column in enumerate(table.columns) if column.id == sort.column), None)
    if index is not None:
        bare = [[row for row in unit if row.kind != "section"] for unit in units]
        known = sorted((unit for unit in bare if _has(unit[0], index)), key=lambda unit: _sort_key(unit[0], index), reverse=sort.descending)
        # rows without a value stay last whichever way the column is sorted
        units = known + [unit for unit in bare if not _has(unit[0], index)]
    return replace(table, rows=tuple(row for unit in [*units, rest] for row in unit))


def _has(row: Row, index: int) -> bool:
    cell = row.cells[index]
    return cell.raw is not None or index == 0


def _sort_key(row: Row, index: int) -> tuple[int, float, str]:
    raw = row.cells[index].raw
    if isinstance(raw, int | float | Decimal) and not isinstance(raw, bool):
        return (0, float(raw), "")
    return (1, 0.0, folded(_first(row) if index == 0 else str(raw)))


def content(table: Table, sort: Sort, empty: str, ascii_only: bool = False) -> GridContent:
    """The table for the grid: totals and notes at its end stay put, the sorted column's title carries its arrow."""
    columns: list[GridColumn] = []
    at = 1
    for place, column in enumerate(table.columns):
        at += column.space if place else 0
        columns.append(GridColumn(column.id, at, at + column.width))
        at += column.width
    rows = list(table.rows)
    fixed: list[Row] = []
    while rows and rows[-1].kind in ("total", "note"):
        fixed.insert(0, rows.pop())
    return GridContent(
        header=_with_arrow(table.header(), columns, sort, ascii_only),
        columns=tuple(columns),
        rows=[GridRow(_key(row, index), quiet(table.line(row))) for index, row in enumerate(rows)],
        totals=tuple(GridRow(None, table.line(row)) for row in fixed),
        empty=((" " + empty, "muted"),),
    )


def _key(row: Row, index: int) -> str | None:
    """Rows of text have no key of their own; the cursor may still stand on them, to read on."""
    return f"#{index}" if row.kind == "text" else row.key if row.kind == "row" else None


def quiet(line: Line) -> Line:
    """Rules in the colour of lines, so that titles stand out."""
    return tuple((text, "line" if len(text) > 1 and set(text) <= _RULE and "─" in text else role) for text, role in line)


def _with_arrow(header: Line, columns: list[GridColumn], sort: Sort, ascii_only: bool) -> Line:
    column = next((c for c in columns if c.id == sort.column), None)
    if column is None:
        return header
    arrow = ("v" if sort.descending else "^") if ascii_only else ("▾" if sort.descending else "▴")
    text = plain(header)
    title = text[column.start : column.end]
    # the arrow stands in a blank beside the title, or in place of its last letter
    if title.endswith(" "):
        spot = column.start + len(title.rstrip())
    elif text[column.start - 1 : column.start] == " ":
        spot = column.start - 1
    else:
        spot = column.end - 1
    out: list[tuple[str, str]] = []
    seen = 0
    for piece, role in header:
        start, seen = seen, seen + len(piece)
        if start <= spot < seen:
            cut = spot - start
            out += [(piece[:cut], role), (arrow, "accent"), (piece[cut + 1 :], role)]
        else:
            out.append((piece, role))
    return tuple(run for run in out if run[0])
