"""The row filter and the sort of a state, applied to a table: the same for the app and for reports."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from kpi_core.pages import DataPage, ExplorePage, GapsPage, OverviewPage, WhatIfPage
from kpi_core.render.data import data_table
from kpi_core.render.explore import explore_table
from kpi_core.render.format import Formatter
from kpi_core.render.gaps import gaps_table
from kpi_core.render.overview import overview_table
from kpi_core.render.table import Row, Table
from kpi_core.render.text import plain
from kpi_core.render.whatif import whatif_table
from kpi_core.view import Sort

_NUMERIC = re.compile(r"^\s*(?P<column>[^<>!]*?)\s*(?P<sign>[<>])\s*(?P<number>[-−]?\d+(?:[.,]\d+)?)\s*$")
Full = Callable[[], Table]
Page = OverviewPage | ExplorePage | GapsPage | WhatIfPage | DataPage
FULL = 400  # cells in which every column of a table has room


def page_table(page: Page, fmt: Formatter, width: int, search: str | None = None, sort: Sort | None = None) -> Table:
    """The table of a page, with the row filter and the sort of its state unless others are given."""
    state = page.header.state

    def made(cells: int) -> Table:
        if isinstance(page, OverviewPage):
            return overview_table(page, fmt, cells)
        if isinstance(page, GapsPage):
            return gaps_table(page, fmt, cells)
        if isinstance(page, WhatIfPage):
            return whatif_table(page, fmt, cells)
        return explore_table(page, fmt, cells) if isinstance(page, ExplorePage) else data_table(page, fmt, cells)

    return arranged(made(width), state.search if search is None else search, sort or state.sort, lambda: made(FULL))


def row_order(page: Page, fmt: Formatter) -> list[str] | None:
    """The keys of the rows that the state's filter keeps, in the order of its sort; None when it has neither."""
    state = page.header.state
    if not state.search.strip() and not state.sort.column:
        return None
    return [row.key for row in page_table(page, fmt, FULL).rows if row.kind == "row" and row.key is not None]


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
    if isinstance(cell.raw, str):  # a name that is cut on screen
        return cell.raw
    return plain(cell.runs) if cell.runs else cell.text


def _speaks_of_more(table: Table, search: str, sort: Sort) -> bool:
    """The sort or the filter names a column that this table has no room for."""
    if sort.column and all(column.id != sort.column for column in table.columns):
        return True
    numeric = _NUMERIC.match(search)
    return numeric is not None and bool(numeric["column"]) and _column(table, numeric["column"]) is None


def arranged(table: Table, search: str, sort: Sort, full: Full | None = None) -> Table:
    """The table with the rows that the filter keeps, in the order asked for. Sections stay only where rows under them stay; sorting lifts them.

    `full` makes the same table with every column: it decides when this one is too narrow for the column that filter or sort speak of.
    """
    if full is not None and _speaks_of_more(table, search, sort):
        wide = [row.key for row in arranged(full(), search, sort).rows if row.kind == "row"]
        place = {key: index for index, key in enumerate(wide)}
        kept = _arranged(table, lambda row: row.kind == "text" or row.key in place, None, sort.descending, bool(search))
        if not sort.column:
            return kept
        rows = sorted((row for row in kept.rows if row.kind == "row"), key=lambda row: place[row.key])
        return replace(table, rows=(*rows, *(row for row in kept.rows if row.kind in ("total", "note"))))
    index = next((i for i, column in enumerate(table.columns) if column.id == sort.column), None)
    return _arranged(table, keeps(search, table), index, sort.descending, bool(search))


def _arranged(table: Table, keep: Callable[[Row], bool], index: int | None, descending: bool, filtered: bool) -> Table:
    units: list[list[Row]] = []  # a row with the section above it
    rest: list[Row] = []  # sections of texts, totals, notes
    section: Row | None = None
    for row in table.rows:
        if row.kind == "section":
            section = row
        elif row.kind == "row":
            if keep(row):
                units.append([section, row] if section is not None else [row])
                section = None
        elif row.kind != "text":
            rest.append(row)
        elif not filtered or keep(row):
            rest += [section, row] if section is not None else [row]
            section = None
    if index is not None:
        bare = [row for unit in units for row in unit if row.kind == "row"]
        known = sorted((row for row in bare if _has(row, index)), key=lambda row: _sort_key(row, index), reverse=descending)
        # rows without a value stay last whichever way the column is sorted
        units = [known, [row for row in bare if not _has(row, index)]]
    return replace(table, rows=tuple(row for unit in [*units, rest] for row in unit))


def _has(row: Row, index: int) -> bool:
    return row.cells[index].raw is not None or index == 0


def _sort_key(row: Row, index: int) -> tuple[int, float, str]:
    raw = row.cells[index].raw
    if isinstance(raw, int | float | Decimal) and not isinstance(raw, bool):
        return (0, float(raw), "")
    return (1, 0.0, folded(_first(row) if index == 0 else str(raw)))
