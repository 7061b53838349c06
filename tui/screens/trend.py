"""View 4: one KPI over time, and its buckets as a table. The row of the table and the column of the plot are one cursor."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Container
from textual.widget import Widget

from kpi_core.pages import HeatPage, TrendPage
from kpi_core.render.trend import course_lines, reading_lines, title_line
from kpi_core.view import ViewState
from tui.context import Page
from tui.look.drawing import trend_content
from tui.screens.heat import HeatPane
from tui.screens.view import View
from tui.widgets.grid import GridView
from tui.widgets.lines import Lines

LEAST_ROWS = 4  # of the table, under a plot
LEAST_PLOT = 6  # lines under which a plot says nothing
LOW = 20  # lines of the screen under which the second line of the reading gives way
BESIDE = 140  # cells from which the table stands beside the plot
TABLE, SHARE = 80, 0.47  # cells of the table there, and the part of the screen that it takes at most


class TrendView(View):
    """Left and right go through time, down goes back in it."""

    def compose(self) -> ComposeResult:
        yield self.new_lines("trend-title")
        with Container(id="trend-split"):
            yield self.new_lines("course")
            yield self.new_grid("buckets")
        yield self.new_lines("reading")
        yield HeatPane(self.look)

    def on_mount(self) -> None:
        self._heat = False  # a heatmap is on screen
        self.query_one(HeatPane).display = False
        self._page: TrendPage | None = None

    @property
    def grid(self) -> GridView:
        return self.query_one(HeatPane).grid if self._heat else self.query_one("#buckets", GridView)

    def show(self, page: Page, state: ViewState, at: str | None) -> None:
        self._turn(isinstance(page, HeatPage))
        if isinstance(page, HeatPage):
            self.query_one(HeatPane).show(page, state, at)
        if not isinstance(page, TrendPage):
            return
        self._page = page
        look = self.look
        self.query_one("#trend-title", Lines).show(lambda width, height: [title_line(page, look.fmt, width)])
        key = at if page.at(at) is not None else page.header.period.text
        self.grid.show(lambda width: trend_content(page, look, state.search, state.sort, width), key)
        self._share()
        self._draw(key)

    def _turn(self, heat: bool) -> None:
        """The heatmap in place of the course and its table, or the other way round."""
        if heat == self._heat:
            return
        held, self._heat = self.grid.has_focus, heat
        self.query_one(HeatPane).display = heat
        for name in ("#trend-title", "#trend-split", "#reading"):
            self.query_one(name).display = not heat
        if held or self.screen.focused is None:
            self.grid.focus(scroll_visible=False)

    def moved(self, key: str | None) -> None:
        """The cursor rests on another bucket: the plot and the line that reads it follow; on another cell the course of its row."""
        self._draw(key)
        if self._heat:
            self.query_one(HeatPane).rested(key)

    def _draw(self, key: str | None) -> None:
        page, look = self._page, self.look
        if page is None or self._heat:
            return
        self.query_one("#course", Lines).show(lambda width, height: course_lines(page, look.fmt, width, height, key))
        self.query_one("#reading", Lines).show(lambda width, height: reading_lines(page, look.fmt, width, height, key))

    @on(GridView.Moved)
    def _follow(self, message: GridView.Moved) -> None:
        """At once, not when the cursor rests: nothing is asked."""
        self._draw(message.key)

    @on(GridView.Sideways)
    def _sideways(self, message: GridView.Sideways) -> None:
        message.stop()
        page = self._page
        here = None if page is None else page.at(message.key)
        if page is None or here is None:
            return
        place = here + message.step
        keys = {row.key: index for index, row in enumerate(self.grid.content.rows)}
        while 0 <= place < len(page.buckets):  # buckets that the row filter hides are passed over
            row = keys.get(page.buckets[place].key)
            if row is not None:
                self.grid.cursor = row
                return
            place += message.step

    def on_resize(self) -> None:
        self._share()

    def _share(self) -> None:
        """Room for the plot and for the table; a small screen keeps the table."""
        parent = self.parent  # whose size it will have, when it is shown for the first time: otherwise it would be drawn twice
        width, height = self.size or (parent.size if isinstance(parent, Widget) else self.size)
        page = self._page
        if page is None or self._heat or height <= 0 or width <= 0:
            return
        course, reading = (self.query_one(f"#{name}", Lines) for name in ("course", "reading"))
        split = self.query_one("#trend-split")
        tiny = self.screen.size.height < LOW
        reading.display = True
        reading.styles.height = 1 if tiny else 2
        room = height - (2 if tiny else 3)
        split.styles.layout = "horizontal" if (beside := width >= BESIDE) else "vertical"
        if beside:
            course.display = True
            course.styles.width, course.styles.height = "1fr", "1fr"
            self.grid.styles.width = min(TABLE, round(width * SHARE))
            self.grid.styles.margin = (0, 0, 0, 1)
            return
        self.grid.styles.width, self.grid.styles.margin = "1fr", 0
        plot = min(room - LEAST_ROWS - 1, max(LEAST_PLOT, round(room * 0.62)))
        course.display = plot >= LEAST_PLOT
        course.styles.width, course.styles.height = "1fr", max(1, plot)
