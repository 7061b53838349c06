"""What a command needs to know to say whether it can run now."""

from __future__ import annotations

from dataclasses import dataclass

from kpi_core.pages import DataPage, ExplorePage, GapsPage, HeatPage, OverviewPage, TrendPage, WhatIfPage
from kpi_core.view import ViewState

Page = OverviewPage | ExplorePage | GapsPage | TrendPage | HeatPage | WhatIfPage | DataPage


@dataclass(frozen=True)
class Context:
    """The state on screen, the page that answers it (None while it is asked), the row under the cursor, and the way back."""

    state: ViewState
    page: Page | None = None
    at: str | None = None
    ready: bool = False  # the workspace is open
    back: bool = False
    forward: bool = False
    undo: bool = False
    redo: bool = False
    read_only: bool = False
    served: bool = False  # drawn in a browser: no file is written
    pane: str = ""  # the pane that has the focus, '' for the view's own table
    panes: tuple[str, ...] = ("",)  # those that Tab goes through
    zoomable: bool = False  # the pane can be shown larger
    tour: bool = False  # the guided tour is running
    asking: bool = False  # the page is being asked for, or asked again
    searched: bool = False  # a row filter was typed in this session
    closed: bool = False  # the workspace could not be opened, or nothing is loaded yet

    @property
    def explore(self) -> ExplorePage | None:
        return self.page if isinstance(self.page, ExplorePage) else None

    @property
    def cut(self) -> ExplorePage | HeatPage | None:
        """The page where it is cut by a dimension that can be another."""
        page = self.page
        return page if isinstance(page, ExplorePage) or (isinstance(page, HeatPage) and page.shape == "periods") else None
