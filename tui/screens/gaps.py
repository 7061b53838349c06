"""View 3: every missed target over all levels, worst first, and all that is known of the one under the cursor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from textual import on
from textual.app import ComposeResult

from kpi_core.pages import GapDetail, GapRow, GapsPage
from kpi_core.render.arrange import page_table
from kpi_core.render.gaps import detail_lines, empty_text, summary_line
from kpi_core.view import Sort, ViewState
from tui.asking import Answered, Asker, Failed, Question
from tui.context import Page
from tui.drawing import Look, rule_of
from tui.runs import Runs
from tui.screens.view import View
from tui.tables import content
from tui.widgets.content import GridContent
from tui.widgets.grid import GridView
from tui.widgets.lines import Lines


class GapsView(View):
    """A line a target; below it cause, actions and notes of the row under the cursor, asked when the cursor rests."""

    def compose(self) -> ComposeResult:
        yield self.new_lines("gaps-summary")
        yield self.new_grid("gaps-table")
        yield self.new_lines("gap-detail")

    def on_mount(self) -> None:
        self._page: GapsPage | None = None
        self._detail: GapDetail | None = None

    @property
    def grid(self) -> GridView:
        return self.query_one("#gaps-table", GridView)

    def show(self, page: Page, state: ViewState, at: str | None) -> None:
        if not isinstance(page, GapsPage):
            return
        if self._page is None or self._page.rows is not page.rows:
            self._detail = None
        page = self._page = replace(page, header=replace(page.header, state=replace(page.header.state, near=state.near)))
        look = self.look
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
        if row is None or (self._detail is not None and self._detail.state == about(row)):
            return
        state = about(row)
        self.screen.query_one(Asker).ask(Question("detail", state, lambda source: source.gap_detail(state), self))

    @on(Answered)
    def _answered(self, message: Answered) -> None:
        message.stop()
        row = self.row(self.grid.cursor_key)
        if isinstance(message.value, GapDetail) and row is not None and message.state == about(row):
            self._detail = message.value
            self._draw(row.key)

    @on(Failed)
    def _failed(self, message: Failed) -> None:
        message.stop()  # the row stays as it is; x says why there is no cause

    def _draw(self, key: str | None) -> None:
        page, row, look = self._page, self.row(key), self.look
        if page is None:
            return
        known = self._detail if row is not None and self._detail is not None and self._detail.state == about(row) else None

        def draw(width: int, height: int) -> Sequence[Runs]:
            lines: list[Runs] = [(rule_of(look, width),)]
            if row is None:
                return lines
            told = [((" ", ""), *line) for line in detail_lines(page, row, known, look.fmt, width - 2)]
            if len(told) > height - 1 > 0:
                left = len(told) - height + 2
                told = [*told[: height - 2], ((" ", ""), (look.fmt.t("… {count} more lines", count=left), "muted"))]
            return [*lines, *told]

        self.query_one("#gap-detail", Lines).show(draw)


def row_of(page: Page | None, key: str | None) -> GapRow | None:
    """The row of a Gaps page under a key; None for another page."""
    if not isinstance(page, GapsPage):
        return None
    return next((row for row in page.rows if row.key == key), None)


def about(row: GapRow) -> ViewState:
    """The state that a row's detail answers: its own, told from an Explore page of the same KPI."""
    return replace(row.state, view="gaps", at=row.key)


def gaps_content(page: GapsPage, look: Look, search: str, sort: Sort, width: int) -> GridContent:
    """The table of missed targets."""
    empty = look.fmt.t("no row holds {text} (Esc clears the filter)", text=search) if search else empty_text(page, look.fmt)
    return content(page_table(page, look.fmt, width, search, sort), sort, empty, look.ascii_only)
