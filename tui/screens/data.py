"""View 6: what is loaded, what was left out and why, and what each missing export would bring."""

from __future__ import annotations

from textual.app import ComposeResult

from kpi_core.pages import DataPage
from kpi_core.view import ViewState
from tui.context import Page
from tui.drawing import data_content
from tui.screens.view import View
from tui.widgets.grid import GridView


class DataView(View):
    """One table: sources, left-out rows, missing exports, under section titles."""

    def compose(self) -> ComposeResult:
        yield self.new_grid("sources")

    @property
    def grid(self) -> GridView:
        return self.query_one("#sources", GridView)

    def show(self, page: Page, state: ViewState, at: str | None) -> None:
        if isinstance(page, DataPage):
            self.grid.show(lambda width: data_content(page, self.look, state.search, state.sort, width), at)
