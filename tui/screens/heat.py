"""The heatmaps of view 4: what is shown, the cells, what the shades mean, the cell under the cursor in words, and the course of its row."""

from __future__ import annotations

from dataclasses import replace

from textual import on
from textual.app import ComposeResult
from textual.containers import Container

from kpi_core.pages import HeatPage
from kpi_core.render.arrange import FULL, page_table, shown_heat
from kpi_core.render.heat import legend_line, note_line, reading_lines, title_line
from kpi_core.render.heat_course import LEAST, MOST, heat_course
from kpi_core.view import ViewState
from tui.look.drawing import Look
from tui.widgets.grid import GridView
from tui.widgets.heat import HeatGrid
from tui.widgets.lines import Lines

LOW = 20  # lines of the screen under which notes and the second line of the reading give way


class HeatPane(Container):
    """Shown in place of the course while the state has a shape."""

    DEFAULT_CSS = """
    HeatPane { height: 1fr; width: 1fr; }
    #heat-title, #heat-legend, #heat-note { height: 1; }
    #heat-reading { height: 2; }
    #heat-course { height: 1fr; }
    """

    def __init__(self, look: Look) -> None:
        super().__init__(id="heat")
        self.look = look
        self._page: HeatPage | None = None
        self._drawn: str | None = None  # the row whose course is drawn

    def compose(self) -> ComposeResult:
        look = self.look
        yield Lines(palette=look.palette, id="heat-title")
        yield HeatGrid(palette=look.palette, ascii_only=look.ascii_only, id="heat-cells")
        yield Lines(palette=look.palette, id="heat-legend")
        yield Lines(palette=look.palette, id="heat-note")
        yield Lines(palette=look.palette, id="heat-reading")
        yield Lines(palette=look.palette, id="heat-course")

    @property
    def grid(self) -> HeatGrid:
        return self.query_one("#heat-cells", HeatGrid)

    def show(self, page: HeatPage, state: ViewState, at: str | None) -> None:
        """Draw the page under the row filter and the sort of the state; nothing is asked."""
        fmt = self.look.fmt
        page = shown_heat(_under(page, state), fmt)
        self._page = page
        self.query_one("#heat-title", Lines).show(lambda width, height: [title_line(page, fmt, width)])
        empty = fmt.t(page.refused) if page.refused is not None else self._nothing(state)
        table = page_table(page, fmt, FULL, "") if page.rows else None
        self.grid.show_heat(page, fmt, at, table, empty)
        self.query_one("#heat-note", Lines).show(lambda width, height: [note_line(page, fmt, width)])
        self._share()
        self._read(self.grid.cursor_key)
        self.rested(self.grid.cursor_key)

    def _nothing(self, state: ViewState) -> str:
        t = self.look.fmt.t
        return t("no row holds {text} (Esc clears the filter)", text=state.search) if state.search else t("nothing to show for this period and filter")

    def _read(self, key: str | None) -> None:
        page, fmt = self._page, self.look.fmt
        if page is None:
            return
        at = self.grid.layout_at
        self.query_one("#heat-legend", Lines).show(lambda width, height: [legend_line(page, fmt, at)] if at is not None and at.width == width else [])
        self.query_one("#heat-reading", Lines).show(lambda width, height: reading_lines(page, fmt, width, height, key))

    @on(GridView.Moved)
    def _follow(self, message: GridView.Moved) -> None:
        """At once, not when the cursor rests: nothing is asked."""
        self._read(message.key)
        if message.key is not None and message.key.rpartition("|")[0] == self._drawn:
            self.rested(message.key)  # the point alone moves

    def rested(self, key: str | None) -> None:
        """The cursor rests: the course of its row is drawn. One for every row that is passed would be too much for a slow line."""
        page, fmt, at = self._page, self.look.fmt, self.grid.layout_at
        if page is None or at is None:
            return
        self._drawn = None if key is None else key.rpartition("|")[0]
        self.query_one("#heat-course", Lines).show(lambda width, height: heat_course(page, fmt, at, height, key) if at.width == width else [])

    def on_resize(self) -> None:
        self._share()

    def _share(self) -> None:
        """The cells take the lines that they need; what is left over goes to the course, if it is enough for one."""
        page, low = self._page, self.screen.size.height < LOW
        note, legend, reading = (self.query_one(f"#heat-{name}") for name in ("note", "legend", "reading"))
        note.display = not low and page is not None and bool(page.notes)
        legend.display = self.screen.size.height >= 12
        lines = 1 if low else 2
        reading.styles.height = lines
        room = self.size.height - 1 - note.display - legend.display - lines
        rows = 0 if page is None else len(page.rows)
        needed = 1 + rows + (page is not None and any(column.total is not None for column in page.columns))
        course = self.query_one("#heat-course")
        course.display = rows > 0 and room - needed >= LEAST
        course.styles.max_height = MOST
        self.grid.styles.height = needed if rows and needed < room else "1fr"


def _under(page: HeatPage, state: ViewState) -> HeatPage:
    return replace(page, header=replace(page.header, state=replace(page.header.state, search=state.search, sort=state.sort)))
