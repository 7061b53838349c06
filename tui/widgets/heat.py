"""HeatGrid: a grid whose cursor stands on a cell. A step redraws two cells and a mark; columns beyond the edge scroll in."""

from __future__ import annotations

from textual import events
from textual.geometry import Offset, Region
from textual.strip import Strip

from kpi_core.pages import HeatPage
from kpi_core.render.format import Formatter
from kpi_core.render.heat import HeatLayout, header_line, heat_layout, row_line, total_line
from kpi_core.render.table import Table
from tui.look.runs import Runs, marked, strip_of
from tui.widgets.content import GridColumn, GridContent, GridRow
from tui.widgets.grid import GridView


class HeatGrid(GridView):
    """Rows and cells of a heatmap. `cursor_key` is the key of a cell (`row|column`), `row_key` that of its row."""

    page: HeatPage | None = None
    fmt: Formatter
    column: int = 0  # of the cursor
    _first: int = 0
    _at: HeatLayout | None = None
    _table: Table | None = None
    _empty: str = ""

    def show_heat(self, page: HeatPage, fmt: Formatter, at: str | None, table: Table | None = None, empty: str = "") -> None:
        """Show another heatmap, the cursor on the cell `at`; on the newest column of the first row without one.

        `table`: the same numbers, for copies; `empty`: what is said when there is no row.
        """
        self.page, self.fmt, self._table = page, fmt, table
        place = page.place(at)
        self.column = place[1] if place is not None else min(self.column, len(page.columns) - 1) if at is not None else _newest(page)
        self.column_at = self.column + 1
        self._empty = empty
        self.show(self._laid, at if place is not None else page.key(0, self.column) if page.rows and page.columns else None)

    def _laid(self, width: int) -> GridContent:
        page, fmt = self.page, self.fmt
        assert page is not None
        at = heat_layout(page, fmt, width, self._first)
        if at.span(self.column) is None:
            self._first = self.column if self.column < at.first else self.column - at.count + 1
            at = heat_layout(page, fmt, width, self._first)
        self._at, self._first = at, at.first
        if not page.rows:
            return GridContent(empty=((" " + self._empty, "muted"),))
        columns = []
        for place in range(at.first, at.first + at.count):
            start, end = at.span(place) or (0, 0)
            columns.append(GridColumn(page.columns[place].id, start, end, sortable=False))
        total = total_line(page, fmt, at)
        return GridContent(
            header=header_line(page, fmt, at),
            columns=tuple(columns),
            rows=[GridRow(row.key, row_line(page, fmt, at, place)) for place, row in enumerate(page.rows)],
            totals=(GridRow(None, total),) if total is not None else (),
            table=self._table,
        )

    # ---------------------------------------------------------------- cursor

    @property
    def row_key(self) -> str | None:
        rows = self.content.rows
        return rows[self.cursor].key if 0 <= self.cursor < len(rows) else None

    @property
    def cursor_key(self) -> str | None:
        row = self.row_key
        return None if row is None or self.page is None else f"{row}|{self.page.columns[self.column].key}"

    @property
    def column_id(self) -> str:
        return self.page.columns[self.column].id if self.page is not None and self.page.columns else ""

    @property
    def cursor_spot(self) -> Offset:
        return super().cursor_spot + Offset(self._span[0], 0)

    @property
    def layout_at(self) -> HeatLayout | None:
        """How the columns on screen are laid out."""
        return self._at

    @property
    def _span(self) -> tuple[int, int]:
        """What the cursor's marks take: of a cell with a number also the blank after it."""
        span = self._at.span(self.column) if self._at is not None else None
        return (0, 0) if span is None or self._at is None else (span[0], span[1] + self._at.numbers)

    def _index_of(self, key: str | None) -> int | None:
        return super()._index_of(None if key is None else key.rpartition("|")[0])

    def action_column(self, step: int) -> None:
        if self.page is not None and self.content.rows:
            self.to_column(max(0, min(len(self.page.columns) - 1, self.column + step)))

    def to_column(self, column: int) -> None:
        """Put the cursor on a column of its row."""
        if column == self.column:
            return
        before, self.column, self.column_at = self._span, column, column + 1  # the first column is that of the names
        self._wanted = self.cursor_key
        if self._span == (0, 0):
            self._lay_out()
            return
        self._refresh_cell(self.cursor, before)
        self._refresh_cell(self.cursor, self._span)
        self.post_message(self.Moved(self, self.cursor_key))

    def _refresh_row(self, index: int) -> None:
        self._refresh_cell(index, (0, 1))
        self._refresh_cell(index, self._span)

    def _refresh_cell(self, index: int, span: tuple[int, int]) -> None:
        line = index - self.scroll_offset.y + 1
        if 1 <= line < self.size.height - len(self.content.totals):
            self.refresh(Region(span[0], line, span[1] - span[0], 1))

    def on_click(self, event: events.Click) -> None:
        """A click puts the cursor on a cell; on the one that has it, it opens it."""
        position = event.get_content_offset(self)
        if position is None or self._at is None:
            return
        event.prevent_default()
        index = position.y - 1 + self.scroll_offset.y
        at = self._at
        shown = range(at.first, at.first + at.count)
        column = next((place for place in shown if (span := at.span(place)) and span[0] <= position.x < span[1]), None)
        if position.y < 1 or position.y >= self.size.height - len(self.content.totals) or index >= len(self.content.rows):
            return
        if index == self.cursor and column in (None, self.column) and self.cursor_key is not None:
            self.post_message(self.Chosen(self, self.cursor_key))
            return
        self.cursor = index
        if column is not None:
            self.to_column(column)

    # ---------------------------------------------------------------- drawing

    def _row(self, index: int, width: int) -> Strip:
        if index != self.cursor or self.content.rows[index].key is None:
            return super()._row(index, width)
        row = self.content.rows[index]
        key = (self._version, "lit", index, self.column, width, self.has_focus, row.key in self.marks)
        return self._cache.get(key, lambda: self._lit(row, width))

    def _lit(self, row: GridRow, width: int) -> Strip:
        """The row with the cursor: the mark before it, and its cell on the ground of the selection between marks that read without colour."""
        mark = (">", "#") if self.ascii_only else ("▸", "◉")
        runs = marked(row.runs, mark[row.key in self.marks])
        plain = strip_of(runs, width, self.palette)
        start, end = self._span
        cell = strip_of(_pointed(runs, start, end, self.ascii_only), width, self.palette, "selection", bold=self.has_focus)
        return Strip([*plain.crop(0, start), *cell.crop(start, end), *plain.crop(end, width)], width)


def _newest(page: HeatPage) -> int:
    """The column of the state's period, else the last one with a number in it; the first of cohorts and hours."""
    shown = page.header.period.text
    place = next((place for place, column in enumerate(page.columns) if column.key == shown), None)
    return place if place is not None else len(page.columns) - 1 if page.shape == "periods" and page.columns else 0


def _pointed(runs: Runs, start: int, end: int, ascii_only: bool) -> Runs:
    """The runs with marks around the cell between `start` and `end`; a cell too narrow for both is a mark itself."""
    wide = end - start
    left, right, only = "[", "]", "O" if ascii_only else "◆"
    found: list[tuple[str, str]] = []
    at = 0
    for text, role in runs:
        for char in text:
            if at == start and wide < 3:
                found.append((only, "accent"))
            elif start < at < end and wide < 3:
                found.append((" ", role))
            elif at == start or at == end - 1:
                found.append((left if at == start else right, "accent"))
            else:
                found.append((char, role))
            at += 1
    return tuple(found)
