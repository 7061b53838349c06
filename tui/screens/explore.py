"""View 2: one KPI broken down by one dimension, its trend, and why it stands where it stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult

from kpi_core.pages import ExplorePage
from kpi_core.render.cells import cause_line, is_good
from kpi_core.render.clean import clean
from kpi_core.render.explore import PACE_HEIGHT, choices_line
from kpi_core.render.forecast import pace_line
from kpi_core.render.gaps import newest_note
from kpi_core.render.panes import SENTENCE
from kpi_core.view import ViewState
from tui.context import Page
from tui.look import rooms
from tui.look.drawing import Look, explain_drawing, explain_title, explore_content, trend_drawing, trend_title
from tui.look.rooms import BOX, LOW, Rooms
from tui.look.runs import Runs
from tui.questions.asking import Answered, Asker, Failed
from tui.questions.details import Details
from tui.screens.panes import MAIN, PanesView
from tui.state.navigation import asked
from tui.widgets.grid import GridView
from tui.widgets.lines import Lines


class ExploreView(PanesView):
    """The leaderboard takes the lines it needs, the panes what is left if that is enough to read."""

    PANES: ClassVar[Mapping[str, str]] = {MAIN: "leaderboard", "trend": "explore-trend", "explain": "explore-explain"}

    def __init__(self, look: Look, id: str) -> None:
        super().__init__(look, id)
        self._page: ExplorePage | None = None
        self._state = ViewState()
        self.details = Details()

    def compose(self) -> ComposeResult:
        yield self.new_lines("cut")
        yield self.new_grid("leaderboard")
        yield self.new_scrolled("explore-trend")
        yield self.new_scrolled("explore-explain")
        yield self.new_lines("explore-foot")

    @property
    def grid(self) -> GridView:
        return self.query_one("#leaderboard", GridView)

    # ---------------------------------------------------------------- where things are

    def arranged(self, width: int, height: int) -> Rooms:
        page = self._page
        rows = len(page.rows) + 1 + (2 if page.hidden else 1) if page is not None else 10
        found = rooms.explore(width, height, rows, self.screen.size.height)
        return found if page is None or page.trend else tuple(room for room in found if room.pane == MAIN)

    def edges(self, width: int, height: int) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
        above = [("cut", 1)] if self.screen.size.height >= 16 else []
        if self.screen.size.height < LOW or (self._wanted[1] == "full" and self._wanted[0] != MAIN):
            return above, []
        lines = len(self._kinds(width, height))
        return above, [("explore-foot", lines)] if lines else []

    def _kinds(self, width: int, height: int) -> list[str]:
        """The lines under the panes: what these do not say already."""
        page = self._page
        if page is None:
            return []
        wide = {room.pane: room for room in self._inside(width, height - 3) if room.inner[2] >= SENTENCE}
        low = "trend" not in wide or wide["trend"].inner[3] < PACE_HEIGHT
        kinds = ["pace"] if page.projection is not None and low else []
        kinds += ["cause"] if page.cause is not None and "explain" not in wide else []
        return [*kinds, "note"] if page.notes else kinds

    # ---------------------------------------------------------------- drawing

    def show(self, page: Page, state: ViewState, at: str | None) -> None:
        if not isinstance(page, ExplorePage):
            return
        again = self._page is not None and self._page.rows is page.rows
        self._page, self._state = page, state
        look = self.look
        if not again:
            self.details.forget()
        self.entitle(MAIN, look.fmt.t("{kpi} by {dimension}", kpi=clean(page.kpi.name), dimension=clean(page.by.title)) if page.by else clean(page.kpi.name))
        self.entitle("trend", trend_title(page, look))
        self.re_lay()
        self.query_one("#cut", Lines).show(lambda width, height: [choices_line(page, look.fmt, width, self.room(MAIN) is None or self.rooms[0].frame != BOX)])
        self.grid.show(lambda width: explore_content(page, look, state.search, state.sort, width), at)
        self.query_one("#explore-trend", Lines).show(trend_drawing(page, look))
        self._draw_explain()
        self._foot(page)

    def _foot(self, page: ExplorePage) -> None:
        fmt = self.look.fmt

        def draw(width: int, height: int) -> Sequence[Runs]:
            lines: list[Runs] = []
            for kind in self._kinds(*self.size):
                if kind == "pace" and page.projection is not None:
                    lines.append(((" ", ""), *pace_line(page.projection, page.kpi, fmt, width - 2)))
                elif kind == "cause":
                    lines.append(((" ", ""), *cause_line(page.cause, fmt, is_good(page.total.gap, page.total.delta))))
                elif kind == "note":
                    lines.append(newest_note(page.notes, fmt, width))
            return lines[:height]

        self.query_one("#explore-foot", Lines).show(draw)

    def rested(self, key: str | None) -> None:
        page = self._page
        if page is None or self.room("explain") is None:
            return
        self.details.about(replace(asked(self._state), kpi=page.kpi.id, by=page.by.id if page.by else None))
        self.details.ask(self.screen.query_one(Asker), self, page=False, cuts=False, explain=True)

    @on(Answered)
    def _answered(self, message: Answered) -> None:
        if message.purpose == "detail" and self.details.answered(message) is not None:
            self._draw_explain()
            self.rested(self.grid.cursor_key)

    @on(Failed)
    def _failed(self, message: Failed) -> None:
        if message.purpose == "detail" and self.details.failed(message) is not None:
            self._draw_explain()
            self.rested(self.grid.cursor_key)

    def _draw_explain(self) -> None:
        self.entitle("explain", *explain_title(self.details, self.look))
        self.query_one("#explore-explain", Lines).show(explain_drawing(self.details, self.look))

    def on_resize(self, event: events.Resize) -> None:
        super().on_resize(event)
        if self._page is not None and self.display:
            self._foot(self._page)
