"""View 2: one KPI broken down by one dimension, its trend below, and the first cause of its gap."""

from __future__ import annotations

from textual.app import ComposeResult

from kpi_core.pages import ExplorePage
from kpi_core.render.cells import cause_line, is_good
from kpi_core.render.explore import PACE_HEIGHT, choices_line
from kpi_core.render.forecast import pace_line
from kpi_core.render.gaps import newest_note
from kpi_core.view import ViewState
from tui.context import Page
from tui.drawing import explore_content, trend_drawing
from tui.runs import Runs
from tui.screens.view import View
from tui.widgets.grid import GridView
from tui.widgets.lines import Lines

LEAST_TREND = 8  # lines under which a trend says nothing
MOST_TREND = 30


class ExploreView(View):
    """The leaderboard takes the lines it needs, the trend what is left if that is enough to read."""

    def compose(self) -> ComposeResult:
        yield self.new_lines("cut")
        yield self.new_grid("leaderboard")
        yield self.new_lines("explore-trend")
        yield self.new_lines("explore-cause")
        yield self.new_lines("explore-note")

    def on_mount(self) -> None:
        self._page: ExplorePage | None = None
        self._pace = False  # the trend is too low to say where the period will end

    @property
    def grid(self) -> GridView:
        return self.query_one("#leaderboard", GridView)

    def show(self, page: Page, state: ViewState, at: str | None) -> None:
        if not isinstance(page, ExplorePage):
            return
        self._page = page
        look = self.look
        self.query_one("#cut", Lines).show(lambda width, height: [choices_line(page, look.fmt, width)])
        self.grid.show(lambda width: explore_content(page, look, state.search, state.sort, width), at)
        self.query_one("#explore-trend", Lines).show(trend_drawing(page, look, rule=True))
        cause: Runs = ((" ", ""), *cause_line(page.cause, look.fmt, is_good(page.total.gap, page.total.delta)))

        def below(width: int, height: int) -> list[Runs]:
            pace = [((" ", ""), *pace_line(page.projection, page.kpi, look.fmt, width - 2))] if page.projection is not None and self._pace else []
            return [*pace, cause][:height]

        self.query_one("#explore-cause", Lines).show(below)
        notes = page.notes
        self.query_one("#explore-note", Lines).show(lambda width, height: [newest_note(notes, look.fmt, width)])
        self._share()

    def on_resize(self) -> None:
        self._share()

    def _share(self) -> None:
        """Lines for the table and for the trend."""
        page = self._page
        height = self.size.height
        if page is None or height <= 0:
            return
        small = self.screen.size.height < 20
        others = 1 + (0 if small or page.cause is None else 1)
        wanted = len(page.rows) + 1 + max(1, len(self.grid.content.totals)) + 1
        noted = bool(page.notes) and not small
        self.query_one("#explore-note", Lines).display = noted
        room = height - others - noted
        trend = min(MOST_TREND, max(LEAST_TREND, room - wanted))
        if small or not page.trend or room - trend < min(wanted, 6):
            trend = 0
        self._pace = not small and page.projection is not None and trend - 1 < PACE_HEIGHT
        below = self.query_one("#explore-cause", Lines)
        below.display = others == 2 or self._pace
        below.styles.height = others - 1 + self._pace
        lines = self.query_one("#explore-trend", Lines)
        lines.display = trend > 0
        lines.styles.height = trend
