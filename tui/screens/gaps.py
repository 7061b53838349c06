"""View 3: every missed target over all levels, worst first, and all that is known of the one under the cursor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.app import ComposeResult

from kpi_core.pages import ExplainPage, GapDetail, GapRow, GapsPage
from kpi_core.render.arrange import page_table
from kpi_core.render.gaps import detail_lines, empty_text, summary_line
from kpi_core.render.panes import explain_pane, gap_title, words
from kpi_core.view import Sort, ViewState
from tui.context import Page
from tui.look.drawing import Look
from tui.look.rooms import FULL, Rooms, table_and_detail
from tui.look.runs import Runs
from tui.look.tables import content
from tui.questions.asking import Answered, Asker, Question
from tui.screens.panes import MAIN, PanesView
from tui.widgets.content import GridContent
from tui.widgets.grid import GridView
from tui.widgets.lines import Lines

WHY = 20  # lines of the pane from which the parts of the gap stand under the detail


class GapsView(PanesView):
    """A line a target; below it (beside it from 160 columns) cause, actions and notes of the row under the cursor, asked when the cursor rests."""

    PANES: ClassVar[Mapping[str, str]] = {MAIN: "gaps-table", "detail": "gap-detail"}

    def compose(self) -> ComposeResult:
        yield self.new_lines("gaps-summary")
        yield self.new_grid("gaps-table")
        yield self.new_scrolled("gap-detail")

    def arranged(self, width: int, height: int) -> Rooms:
        return table_and_detail(width, height, "detail", self.screen.size.height, FULL, 44)

    def edges(self, width: int, height: int) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
        return ([("gaps-summary", 1)] if self.screen.size.height >= 16 else []), []

    def on_mount(self) -> None:
        self._page: GapsPage | None = None
        self._detail: GapDetail | None = None
        self._explained: tuple[ViewState, ExplainPage] | None = None

    @property
    def grid(self) -> GridView:
        return self.query_one("#gaps-table", GridView)

    def show(self, page: Page, state: ViewState, at: str | None) -> None:
        if not isinstance(page, GapsPage):
            return
        if self._page is None or self._page.rows is not page.rows:
            self._detail = self._explained = None
        page = self._page = replace(page, header=replace(page.header, state=replace(page.header.state, near=state.near)))
        look = self.look
        self.entitle(MAIN, look.fmt.t("Missed targets"))
        self.query_one("#gaps-summary", Lines).show(lambda width, height: [summary_line(page, look.fmt, width)])
        self.grid.show(lambda width: gaps_content(page, look, state.search, state.sort, width), at)
        self.moved(self.grid.cursor_key)

    def row(self, key: str | None) -> GapRow | None:
        """The row of a key."""
        return row_of(self._page, key)

    def moved(self, key: str | None) -> None:
        """Draw what is known of the row, and ask for the rest."""
        self._draw(key)
        row = self.row(key)
        if row is None:
            return
        if self._detail is not None and self._detail.state == about(row):
            self._ask_why(row)
            return
        state = about(row)
        self.screen.query_one(Asker).ask(Question("detail", state, lambda source: source.gap_detail(state), self))

    @on(Answered)
    def _answered(self, message: Answered) -> None:
        row = self.row(self.grid.cursor_key)
        if row is None:
            return
        if isinstance(message.value, GapDetail) and message.state == about(row):
            self._detail = message.value
            self._draw(row.key)
            self._ask_why(row)
        elif isinstance(message.value, ExplainPage) and message.state == why(row):
            self._explained = (message.state, message.value)
            self._draw(row.key)

    def _ask_why(self, row: GapRow) -> None:
        """The parts of the gap, where the pane has lines for them."""
        room, state = self.room("detail"), why(row)
        if room is None or room.height < WHY or (self._explained is not None and self._explained[0] == state):
            return
        asked = replace(state, pane="")
        self.screen.query_one(Asker).ask(Question("detail", state, lambda source: source.explain(asked), self))

    def _draw(self, key: str | None) -> None:
        page, row, look = self._page, self.row(key), self.look
        if page is None:
            return
        known = self._detail if row is not None and self._detail is not None and self._detail.state == about(row) else None
        explained = self._explained[1] if row is not None and self._explained is not None and self._explained[0] == why(row) else None

        def draw(width: int, height: int) -> Sequence[Runs]:
            if row is None:
                return words(look.fmt.t("no row is chosen"), look.fmt, width)
            lines: list[Runs] = [((" ", ""), *line) for line in detail_lines(page, row, known, look.fmt, width - 2)]
            if explained is not None and height - len(lines) > WHY // 2:
                title: Runs = ((" " + gap_title(explained, look.fmt, brief=True), "title"),)
                lines += [(), look.fmt.fold(title), *explain_pane(explained, None, look.fmt, width, height - len(lines) - 2, causes=False)]
            return lines

        self.entitle("detail", look.fmt.t("Detail"))
        self.query_one("#gap-detail", Lines).show(draw)


def row_of(page: Page | None, key: str | None) -> GapRow | None:
    """The row of a Gaps page under a key; None for another page."""
    if not isinstance(page, GapsPage):
        return None
    return next((row for row in page.rows if row.key == key), None)


def about(row: GapRow) -> ViewState:
    """The state that a row's detail answers: its own, told from an Explore page of the same KPI."""
    return replace(row.state, view="gaps", at=row.key)


def why(row: GapRow) -> ViewState:
    """The state that the explanation of a row's gap answers, told from the Explore page of its KPI."""
    return replace(row.state, view="explore", at=row.key, pane="explain")


def gaps_content(page: GapsPage, look: Look, search: str, sort: Sort, width: int) -> GridContent:
    """The table of missed targets."""
    empty = look.fmt.t("no row holds {text} (Esc clears the filter)", text=search) if search else empty_text(page, look.fmt)
    return content(page_table(page, look.fmt, width, search, sort), sort, empty, look.ascii_only)
