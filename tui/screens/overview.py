"""View 1: the scorecard, with the break-down, trend and cause of the KPI under the cursor where there is room."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Horizontal

from kpi_core.pages import ExplorePage, KpiRow, OverviewPage, rows_of
from kpi_core.render.cells import cause_line, is_good
from kpi_core.render.forecast import pace_line
from kpi_core.render.overview import formula_line
from kpi_core.view import ViewState
from tui.context import Page
from tui.drawing import breakdown_content, overview_content, rule_of, side_drawing, titled, trend_drawing
from tui.runs import Runs
from tui.screens.view import View
from tui.widgets.grid import GridView
from tui.widgets.lines import Lines

MOST_CUTS = 3  # dimensions in the break-down pane


class OverviewView(View):
    """Scorecard alone on a small terminal; beside it trend (120 columns) and break-down (160 columns), all of the same KPI."""

    def compose(self) -> ComposeResult:
        with Horizontal(id="overview-top"):
            members = self.new_grid("members")
            members.can_focus = members.pointed = False
            yield members
            yield self.new_grid("scorecard")
            yield self.new_lines("trend-right")
        yield self.new_lines("trend-below")
        yield self.new_lines("overview-causes")

    def on_mount(self) -> None:
        self._page: OverviewPage | None = None
        self._detail: ExplorePage | None = None
        self._cuts: list[ExplorePage] = []

    @property
    def grid(self) -> GridView:
        return self.query_one("#scorecard", GridView)

    def show(self, page: Page, state: ViewState, at: str | None) -> None:
        if not isinstance(page, OverviewPage):
            return
        self._page = page
        # a period in progress has a line on where it will end
        self.query_one("#overview-causes", Lines).styles.height = 3 if page.header.partial is None else 4
        self.grid.show(lambda width: overview_content(page, self.look, state.search, state.sort, width), at)

    def row(self, key: str | None) -> KpiRow | None:
        """The scorecard's row of a KPI."""
        return next((row for row in rows_of(self._page) if row.kpi.id == key), None) if self._page is not None else None

    def moved(self, key: str | None) -> None:
        """The definition line follows the cursor at once when it rests; break-down and trend follow when their page is there."""
        self._causes(key)

    def show_detail(self, page: ExplorePage) -> None:
        """The Explore page of the KPI under the cursor: feeds the panes around the scorecard."""
        self._detail = page
        look = self.look
        self.query_one("#trend-right", Lines).show(titled(page.kpi.name, side_drawing(page, look), look))
        self.query_one("#trend-below", Lines).show(titled(page.kpi.name, trend_drawing(page, look, pace=False), look))
        self._cuts = [page]
        self._show_cuts()
        self._causes(page.kpi.id)

    def show_cut(self, page: ExplorePage) -> None:
        """The same KPI cut by one more dimension, under the others."""
        if self._detail is not None and page.kpi.id == self._detail.kpi.id:
            self._cuts.append(page)
            self._show_cuts()

    def next_cut(self) -> str | None:
        """The dimension to ask next for the break-down pane, while there is room for it."""
        page = self._detail
        if page is None or page.by is None or not self.query_one("#members").display or len(self._cuts) >= MOST_CUTS:
            return None
        settled = {step.dim for step in page.header.state.where if len(step.values) == 1 and not step.exclude}
        shown = {cut.by.id for cut in self._cuts if cut.by is not None}
        return next((c.id for c in page.choices if c.refused is None and c.id not in settled and c.id not in shown), None)

    def _show_cuts(self) -> None:
        pages, look = tuple(self._cuts), self.look
        grid = self.query_one("#members", GridView)
        grid.show(lambda width: breakdown_content(pages, look, width - 1, grid.size.height))

    def _causes(self, key: str | None) -> None:
        row = self.row(key)
        detail = self._detail if self._detail is not None and self._detail.kpi.id == key else None
        look = self.look

        def draw(width: int, height: int) -> Sequence[Runs]:
            if row is None:
                return ()
            lines: list[Runs] = [(rule_of(look, width),), ((" ", ""), *formula_line(row, look.fmt, width - 2))]
            if detail is not None and detail.projection is not None:
                lines.append(((" ", ""), *pace_line(detail.projection, detail.kpi, look.fmt, width - 2)))
            if detail is not None and detail.cause is not None:
                lines.append(((" ", ""), *cause_line(detail.cause, look.fmt, is_good(row.gap, row.delta))))
            return lines[:height]

        self.query_one("#overview-causes", Lines).show(draw)
