"""GridView: a table that draws only what is on screen, one strip per row, and moves its cursor by redrawing two rows.

It holds no data of its own: a layout function lays the rows out for a width and hands back runs of text with roles.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from rich.segment import Segment
from textual import events
from textual.geometry import Offset, Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from kpi_core.render.text import wrap_line
from tui.commands import bindings
from tui.look.runs import Runs, marked, strip_of
from tui.look.tables import pointed, with_changes
from tui.look.theme import DARK, Palette
from tui.widgets.content import GridColumn, GridContent, GridRow, Layout, total_key
from tui.widgets.laid import LaidOut

CACHED_STRIPS = 1000
UNSEEN = 80  # cells for which a table is laid out that is not on screen


@dataclass
class _Cache:
    """Strips already drawn, newest kept."""

    strips: OrderedDict[tuple[object, ...], Strip] = field(default_factory=OrderedDict)

    def get(self, key: tuple[object, ...], draw: Callable[[], Strip]) -> Strip:
        strip = self.strips.get(key)
        if strip is None:
            strip = self.strips[key] = draw()
            if len(self.strips) > CACHED_STRIPS:
                self.strips.popitem(last=False)
        return strip


class GridView(LaidOut, ScrollView, can_focus=True):
    """A table with a row cursor and a column cursor. Posts `Moved`, `Chosen` (a second click) and `HeaderClicked`."""

    BINDINGS = bindings("grid")
    DEFAULT_CSS = "GridView { height: 1fr; scrollbar-size: 0 0; overflow-x: hidden; }"

    cursor: reactive[int] = reactive(0, repaint=False)

    class Moved(Message):
        """The cursor is on another row (key None: on none)."""

        def __init__(self, grid: GridView, key: str | None) -> None:
            super().__init__()
            self.grid = grid
            self.key = key

        @property
        def control(self) -> GridView:
            return self.grid

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, GridView.Moved) and message.grid is self.grid

    class Chosen(Message):
        """The row under the cursor was clicked again."""

        def __init__(self, grid: GridView, key: str) -> None:
            super().__init__()
            self.grid = grid
            self.key = key

    class HeaderClicked(Message):
        """A column's title was clicked."""

        def __init__(self, grid: GridView, column: str) -> None:
            super().__init__()
            self.grid = grid
            self.column = column

    class Sideways(Message):
        """Left (-1) or right (1) was asked of a table whose columns cannot be chosen, on row `key`."""

        def __init__(self, grid: GridView, step: int) -> None:
            super().__init__()
            self.grid = grid
            self.step = step
            self.key = grid.cursor_key

    class Edge(Message):
        """The cursor was asked to move past the last (`step` 1) or first (-1) row."""

        def __init__(self, grid: GridView, step: int) -> None:
            super().__init__()
            self.grid = grid
            self.step = step

    class Resized(Message):
        """The table has room for more columns, or for fewer."""

    def __init__(self, *, palette: Palette = DARK, ascii_only: bool = False, id: str | None = None) -> None:
        super().__init__(id=id)
        self.palette = palette
        self.ascii_only = ascii_only
        self.pointed = True  # False: a table to look at, without a cursor
        self.content = GridContent()
        self.column_at = 0
        self.marks: frozenset[str] = frozenset()  # keys of the rows that are marked
        self.changed: Mapping[tuple[str, str], int] = {}  # numbers that newer data changed: (row, column) to 1, -1 or 0
        self._layout_rows: Layout | None = None
        self._laid_for = Size(0, 0)
        self._painted: dict[int, Strip] = {}  # lines as they stand on the screen
        self._wanted: str | None = None
        self._version = 0
        self._cache = _Cache()

    # ---------------------------------------------------------------- content

    def show(self, layout: Layout, at: str | None = None) -> None:
        """Show another table, the cursor on row `at`; near where it was when that row is gone, on the first row without `at`."""
        self._layout_rows = layout
        self._wanted = at
        self._lay_out(keep_near=at is not None)

    def mark(self, keys: Iterable[str]) -> None:
        """Other rows are marked: only those that change are drawn again."""
        before, self.marks = self.marks, frozenset(keys)
        for index, row in enumerate(self.content.rows):
            if row.key is not None and (row.key in before) != (row.key in self.marks):
                self._refresh_row(index)

    def show_changes(self, changed: Mapping[tuple[str, str], int]) -> None:
        """Mark the numbers that newer data changed; {} takes the marks away."""
        if changed == self.changed:
            return
        touched = {row for row, _ in (*changed, *self.changed)}
        self.changed = changed
        self._version += 1
        self._cache.strips.clear()
        for index, row in enumerate(self.content.rows):
            if row.key in touched:
                self._refresh_row(index)
        if any(total_key(place) in touched for place in range(len(self.content.totals))):
            self.refresh()

    def repaint(self, palette: Palette | None = None) -> None:
        """Draw everything again, in another palette if given."""
        if palette is not None:
            self.palette = palette
        self._version += 1
        self._cache.strips.clear()
        self.refresh()

    @property
    def cursor_key(self) -> str | None:
        """The key of the row under the cursor."""
        rows = self.content.rows
        return rows[self.cursor].key if 0 <= self.cursor < len(rows) else None

    @property
    def row_key(self) -> str | None:
        """The key of that row; where the cursor stands on a cell, `cursor_key` says which."""
        return self.cursor_key

    @property
    def cursor_spot(self) -> Offset:
        """Where on the screen the row under the cursor begins: the terminal's own cursor stands there."""
        return self.content_region.offset + Offset(0, 1 + self.cursor - self.scroll_offset.y)

    @property
    def column_id(self) -> str:
        """The id of the column under the column cursor; '' when nothing can be sorted."""
        columns = self._sortable()
        return columns[min(self.column_at, len(columns) - 1)].id if columns else ""

    @property
    def frame_lines(self) -> int:
        """Lines that do not scroll: header and totals."""
        return 1 + len(self.content.totals)

    @property
    def page_rows(self) -> int:
        return max(1, self.size.height - self.frame_lines)

    def _sortable(self) -> list[GridColumn]:
        return [column for column in self.content.columns if column.sortable]

    def _lay_out(self, keep_near: bool = True) -> None:
        if self._layout_rows is None:
            return
        width = self.size.width or UNSEEN  # behind a pane that fills the screen the cursor still stands on a row
        self.content = content = self._layout_rows(width)
        self._laid_for = self.size
        self._version += 1
        self._cache.strips.clear()
        # what the table could scroll to; it has no scrollbars, so nothing is laid out or drawn for it
        self.set_reactive(GridView.virtual_size, Size(width, len(content.rows) + self.frame_lines))
        near = self.cursor if keep_near else 0
        self._place(self._index_of(self._wanted), near)
        for y in range(self.size.height):  # over a slow line every line counts
            if self._line(y) != self._painted.get(y):
                self.refresh(Region(0, y, self.size.width, 1))

    def render_lines(self, crop: Region) -> list[Strip]:
        """In a size that is new, the rows are laid out before they are first drawn, so that nothing of the old size is sent."""
        if self._layout_rows is not None and self._laid_for != self.size:
            wanted = self.cursor_key or self._wanted
            self.content = self._layout_rows(self.size.width)
            self._laid_for = self.size
            self._version += 1
            self._cache.strips.clear()
            index = self._index_of(wanted)
            self.set_reactive(GridView.cursor, max(0, index if index is not None else self._selectable(self.cursor, 1)))
        return super().render_lines(crop)

    def _index_of(self, key: str | None) -> int | None:
        if key is None:
            return None
        rows = self.content.rows
        if 0 <= self.cursor < len(rows) and rows[self.cursor].key == key:
            return self.cursor
        return next((index for index, row in enumerate(rows) if row.key == key), None)

    def _place(self, index: int | None, near: int) -> None:
        if index is None:
            index = self._selectable(min(near, len(self.content.rows) - 1), 1)
        self.set_reactive(GridView.cursor, max(0, index))
        self._wanted = self.cursor_key
        if self.size.width:
            self._scroll_into_view()
        self.post_message(self.Moved(self, self.cursor_key))

    def _selectable(self, index: int, step: int) -> int:
        """The nearest row at or after `index` (in the direction of `step`) that the cursor may stand on, else on the other side, else -1."""
        rows = self.content.rows
        for direction in (step, -step):
            probe = index
            while 0 <= probe < len(rows):
                if rows[probe].key is not None:
                    return probe
                probe += direction
        return -1

    # ---------------------------------------------------------------- moving

    def move_to(self, index: int, step: int = 1) -> None:
        """Put the cursor on row `index`, or the nearest one it may stand on in the direction of `step`."""
        rows = self.content.rows
        if not rows:
            return
        found = self._selectable(max(0, min(len(rows) - 1, index)), step)
        if found >= 0 and found != self.cursor:
            self.cursor = found
        elif index < 0 or index >= len(rows):
            self.post_message(self.Edge(self, 1 if index > 0 else -1))

    def watch_cursor(self, before: int, after: int) -> None:
        self._wanted = self.cursor_key
        if not self._scroll_into_view():
            self._refresh_row(before)
            self._refresh_row(after)
        self.post_message(self.Moved(self, self.cursor_key))

    def _refresh_row(self, index: int) -> None:
        line = index - self.scroll_offset.y + 1
        if 1 <= line < self.size.height - len(self.content.totals):
            self.refresh(Region(0, line, self.size.width, 1))

    def _scroll_into_view(self) -> bool:
        """Scroll just enough to show the cursor (and the group title above the first row); whether it scrolled."""
        top, room = self.scroll_offset.y, self.page_rows
        wanted = top
        first = self.cursor
        while first > 0 and first == self.cursor and self.content.rows[first - 1].key is None:
            first -= 1
        if first < top:
            wanted = first if self.cursor - first < room else self.cursor
        elif self.cursor >= top + room:
            wanted = self.cursor - room + 1
        wanted = max(0, min(wanted, len(self.content.rows) - room))
        if wanted == top:
            return False
        self.scroll_to(y=wanted, animate=False, force=True)
        return True

    def action_move(self, step: int) -> None:
        self.move_to(self.cursor + step, step)

    def action_edge(self, side: int) -> None:
        self.move_to(0 if side < 0 else len(self.content.rows) - 1, -side)

    def action_page(self, side: int) -> None:
        self.move_to(self.cursor + side * self.page_rows, side)

    def action_half(self, side: int) -> None:
        self.move_to(self.cursor + side * max(1, self.page_rows // 2), side)

    def action_column(self, step: int) -> None:
        count = len(self._sortable())
        if not count:
            self.post_message(self.Sideways(self, step))
        else:
            self.column_at = max(0, min(count - 1, min(self.column_at, count - 1) + step))
            self.refresh(Region(0, 0, self.size.width, 1))

    # ---------------------------------------------------------------- events

    def on_resize(self) -> None:
        self.drawn_by_layout()  # the layout has drawn all of it; Textual would send it again with the next change
        if self._layout_rows is not None:
            self._wanted = self.cursor_key or self._wanted
            self._lay_out()
            self.post_message(self.Resized())

    def on_focus(self) -> None:
        self.repaint()

    def on_blur(self) -> None:
        self.repaint()

    def on_click(self, event: events.Click) -> None:
        position = event.get_content_offset(self)
        if position is None:
            return
        if position.y == 0:
            for index, column in enumerate(self._sortable()):
                if column.start <= position.x < column.end:
                    self.column_at = index
                    self.post_message(self.HeaderClicked(self, column.id))
            return
        index = position.y - 1 + self.scroll_offset.y
        if position.y >= self.size.height - len(self.content.totals) or index >= len(self.content.rows):
            return
        key = self.content.rows[index].key
        if key is not None and index == self.cursor:
            self.post_message(self.Chosen(self, key))
        elif key is not None:
            self.cursor = index

    # ---------------------------------------------------------------- drawing

    def render_line(self, y: int) -> Strip:
        strip = self._painted[y] = self._line(y)
        return strip

    def _line(self, y: int) -> Strip:
        width, height = self.size
        totals = self.content.totals
        if y == 0:
            return self._header(width)
        total = y - (height - len(totals))
        # totals stand under the last row when the rows leave room, else on the last lines
        empty = [] if self.content.rows else wrap_line(self.content.empty, max(8, width - 1), 1)  # why there are no rows
        free = 1 + (len(self.content.rows) or len(empty))
        if len(self.content.rows) <= self.page_rows:
            total = y - free
        if totals and 0 <= total < len(totals):
            row = totals[total]
            return self._cache.get((self._version, "total", total, width), lambda: strip_of(self._told(row, total_key(total)), width, self.palette, bold=True))
        index = y - 1 + self.scroll_offset.y
        if index >= len(self.content.rows) or index < 0:
            if 1 <= y <= len(empty):
                return strip_of(empty[y - 1], width, self.palette)
            return Strip([Segment(" " * width, self.palette.style())], width)
        return self._row(index, width)

    def _header(self, width: int) -> Strip:
        """Column titles; the column under the column cursor is lit, the sorted one carries its arrow."""
        titles = self.content.header
        if self.scroll_offset.y > 0:
            titles = marked(titles, "^" if self.ascii_only else "▴", "muted")
        runs = strip_of(titles, width, self.palette)
        columns = self._sortable()
        if not columns or not self.has_focus:
            return runs
        column = columns[min(self.column_at, len(columns) - 1)]
        start, end = column.start, min(column.end, width)
        before, lit, after = runs.crop(0, start), runs.crop(start, end), runs.crop(end, width)
        style = self.palette.style("lit")
        return Strip([*before, *(Segment(segment.text, style) for segment in lit), *after], width).simplify()

    def _row(self, index: int, width: int) -> Strip:
        row = self.content.rows[index]
        on = index == self.cursor and row.key is not None and self.pointed
        more = index < len(self.content.rows) - 1 and index == self.scroll_offset.y + self.page_rows - 1
        key = (self._version, index, row.key, width, on, on and self.has_focus, more, row.key in self.marks)
        return self._cache.get(key, lambda: self._draw(row, width, on, more))

    def _draw(self, row: GridRow, width: int, on: bool, more: bool) -> Strip:
        chosen = row.key is not None and row.key in self.marks
        runs = pointed(self._told(row, row.key), on, chosen, more, self.ascii_only)
        return strip_of(runs, width, self.palette, "selection" if on else "background", bold=on and self.has_focus)

    def _told(self, row: GridRow, key: str | None) -> Runs:
        """The row with what newer data changed in it."""
        if key is None or not self.changed:
            return row.runs
        return with_changes(row, self.content.columns, self.changed, key, self.ascii_only)
