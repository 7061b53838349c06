"""The row filter and the sort of a state, applied to a table: the same for the app and for reports."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal

from kpi_core.pages import DataPage, ExplorePage, GapsPage, HeatPage, OverviewPage, TrendPage, WhatIfPage
from kpi_core.render.data import data_table
from kpi_core.render.explore import explore_table
from kpi_core.render.filtering import Reading, first, keeps, read
from kpi_core.render.format import Formatter
from kpi_core.render.gaps import gaps_table
from kpi_core.render.heat_table import heat_table
from kpi_core.render.overview import overview_table
from kpi_core.render.table import Row, Table
from kpi_core.render.text import folded
from kpi_core.render.trend import trend_table
from kpi_core.render.whatif import whatif_table
from kpi_core.view import Sort

Full = Callable[[], Table]
Page = OverviewPage | ExplorePage | GapsPage | TrendPage | HeatPage | WhatIfPage | DataPage
FULL = 400  # cells in which every column of a table has room


def page_table(page: Page, fmt: Formatter, width: int, search: str | None = None, sort: Sort | None = None) -> Table:
    """The table of a page, with the row filter and the sort of its state unless others are given."""
    state = page.header.state
    given = state.search if search is None else search
    return arranged(bare_table(page, fmt, width), given, sort or state.sort, lambda: full_table(page, fmt))


def page_reading(page: Page, fmt: Formatter, search: str, lit: str = "") -> tuple[Reading, Table]:
    """How a row filter reads on a page, in whichever of its columns, and the table that has them all."""
    table = full_table(page, fmt)
    return read(search, table, lit), table


_full: tuple[Page, Formatter, Table] | None = None


def full_table(page: Page, fmt: Formatter) -> Table:
    """Every row and column of a page; that of the last page is kept, because a filter asks for it with every letter."""
    global _full
    if _full is None or _full[0] is not page or _full[1] is not fmt:
        _full = (page, fmt, bare_table(page, fmt, FULL))
    return _full[2]


def bare_table(page: Page, fmt: Formatter, cells: int) -> Table:
    """Every row of a page in the page's own order."""
    if isinstance(page, OverviewPage):
        return overview_table(page, fmt, cells)
    if isinstance(page, GapsPage):
        return gaps_table(page, fmt, cells)
    if isinstance(page, TrendPage):
        return trend_table(page, fmt, cells)
    if isinstance(page, HeatPage):
        return heat_table(page, fmt, cells)
    if isinstance(page, WhatIfPage):
        return whatif_table(page, fmt, cells)
    return explore_table(page, fmt, cells) if isinstance(page, ExplorePage) else data_table(page, fmt, cells)


def unseen_sorts(page: Page, fmt: Formatter, sort: Sort, width: int | None = None) -> tuple[str, ...]:
    """The sort keys that no title of the table carries at this width (None: it carries none at all), as `▾ GAP`."""
    if not sort.column:
        return ()
    whole = page_table(page, fmt, FULL, "", Sort()).columns
    seen = {column.id for column in page_table(page, fmt, width, "", Sort()).columns} if width else set()
    titles = {column.id: column.title for column in whole}
    marks = "^v" if fmt.ascii else "▴▾"
    keys = ((sort.column, sort.descending), *sort.then)
    return tuple(f"{marks[descending]} {titles.get(column, column)}" for column, descending in keys if column not in seen)


def row_order(page: Page, fmt: Formatter) -> list[str] | None:
    """The keys of the rows that the state's filter keeps, in the order of its sort; None when it has neither."""
    state = page.header.state
    if not state.search.strip() and not state.sort.column:
        return None
    return [row.key for row in page_table(page, fmt, FULL).rows if row.kind == "row" and row.key is not None]


def shown_heat(page: HeatPage, fmt: Formatter) -> HeatPage:
    """The heatmap with the rows that the filter of its state keeps, in the order of its sort."""
    order = row_order(page, fmt)
    return page if order is None else page.with_rows(order)


def understood(search: str, table: Table, full: Full | None = None) -> tuple[Reading, Table]:
    """How the row filter reads, and the table that judges it: the one with every column where this one has no room for those it speaks of."""
    reading = read(search, table)
    if full is None or (reading.problem is None and all(condition.kind == "text" for condition in reading.conditions)):
        return reading, table
    wide = full()
    reading = read(search, wide)
    own = {column.id for column in table.columns}
    plainly = all(condition.kind == "text" or condition.column in own for condition in reading.conditions)
    return reading, table if plainly else wide


def arranged(table: Table, search: str, sort: Sort, full: Full | None = None) -> Table:
    """The table with the rows that the filter keeps, in the order asked for. Sections stay only where rows under them stay; sorting lifts them.

    `full` makes the same table with every column: it decides when this one is too narrow for the columns that filter or sort speak of.
    Rows that are equal in every key of the sort keep their order. What the filter says that cannot be read keeps every row.
    """
    reading, judge = understood(search, table, full) if search.strip() else (Reading(), table)
    own = {column.id for column in table.columns}
    keys = [key for key in ((sort.column, sort.descending), *sort.then) if key[0]]
    if judge is table and full is not None and any(column not in own for column, _ in keys):
        judge = full()
    if judge is table:
        return _arranged(table, keeps(reading, table), _places(table, keys), bool(search))
    decided = _arranged(judge, keeps(reading, judge), _places(judge, keys), bool(search))
    place = {row.key: index for index, row in enumerate(row for row in decided.rows if row.kind == "row")}
    kept = _arranged(table, lambda row: row.kind == "text" or row.key in place, [], bool(search))
    if not _places(judge, keys):
        return kept
    rows = sorted((row for row in kept.rows if row.kind == "row"), key=lambda row: place[row.key])
    return replace(table, rows=(*rows, *(row for row in kept.rows if row.kind in ("total", "note"))))


def _places(table: Table, keys: Sequence[tuple[str, bool]]) -> list[tuple[int, bool]]:
    """(column, descending) of the keys that the table has."""
    index = {column.id: place for place, column in enumerate(table.columns)}
    return [(index[column], descending) for column, descending in keys if column in index]


def _arranged(table: Table, keep: Callable[[Row], bool], keys: Sequence[tuple[int, bool]], filtered: bool) -> Table:
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
    if keys:
        bare = [row for unit in units for row in unit if row.kind == "row"]
        for index, descending in reversed(keys):  # sorts are stable: the first key is sorted by last
            known = sorted((row for row in bare if _has(row, index)), key=lambda row: _sort_key(row, index), reverse=descending)
            # rows without a value stay last whichever way the column is sorted
            bare = [*known, *(row for row in bare if not _has(row, index))]
        units = [bare]
    return replace(table, rows=tuple(row for unit in [*units, rest] for row in unit))


def _has(row: Row, index: int) -> bool:
    return row.cells[index].raw is not None or index == 0


def _sort_key(row: Row, index: int) -> tuple[int, float, str]:
    raw = row.cells[index].raw
    if isinstance(raw, int | float | Decimal) and not isinstance(raw, bool):
        return (0, float(raw), "")
    return (1, 0.0, folded(first(row) if index == 0 else str(raw)))
