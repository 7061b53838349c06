"""What a command needs to know to say whether it can run now."""

from __future__ import annotations

from dataclasses import dataclass

from kpi_core.pages import DataPage, ExplorePage, GapsPage, OverviewPage, WhatIfPage
from kpi_core.view import ViewState

Page = OverviewPage | ExplorePage | GapsPage | WhatIfPage | DataPage


@dataclass(frozen=True)
class Context:
    """The state on screen, the page that answers it (None while it is asked), the row under the cursor, and the way back."""

    state: ViewState
    page: Page | None = None
    at: str | None = None
    ready: bool = False  # the workspace is open
    back: bool = False
    forward: bool = False

    @property
    def explore(self) -> ExplorePage | None:
        return self.page if isinstance(self.page, ExplorePage) else None
