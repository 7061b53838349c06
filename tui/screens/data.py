"""View 6: what is loaded, what was left out and why, and what each missing export would bring."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Container

from kpi_core.pages import DataPage
from kpi_core.render.data import data_summary, source_lines
from kpi_core.view import ViewState
from tui.context import Page
from tui.drawing import data_content, rule_of
from tui.runs import Runs
from tui.screens.view import View
from tui.widgets.grid import GridView
from tui.widgets.lines import Lines


class DataView(View):
    """A line a file; beside it (120 columns) or below it everything about the file under the cursor."""

    def compose(self) -> ComposeResult:
        with Container(id="data-split"):
            yield self.new_grid("sources")
            yield self.new_lines("source")

    def on_mount(self) -> None:
        self._page: DataPage | None = None

    @property
    def grid(self) -> GridView:
        return self.query_one("#sources", GridView)

    def show(self, page: Page, state: ViewState, at: str | None) -> None:
        if isinstance(page, DataPage):
            self._page = page
            self.grid.show(lambda width: data_content(page, self.look, state.search, state.sort, width), at)
            self.moved(self.grid.cursor_key)

    def moved(self, key: str | None) -> None:
        """Draw what is known of the file; of all files when the cursor is on none."""
        page, look = self._page, self.look
        if page is None:
            return
        source = next((source for source in page.sources if str(source.load_id) == key), None)

        def draw(width: int, height: int) -> Sequence[Runs]:
            beside = self.size.width >= 120
            room = width - 2
            lines = source_lines(source, look.fmt, room) if source is not None else data_summary(page, look.fmt, room)
            top: list[Runs] = [] if beside else [(rule_of(look, width),)]
            fits = height - len(top)
            if len(lines) > fits > 0:
                left = len(lines) - fits + 1
                lines = [*lines[: fits - 1], ((look.fmt.t("… {count} more lines", count=left), "muted"),)]
            return [*top, *(((" ", ""), *line) for line in lines)]

        self.query_one("#source", Lines).show(draw)
