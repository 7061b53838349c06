"""Where pages come from: the workbench, or in tests an object with fixed values."""

from __future__ import annotations

from typing import Protocol

from kpi_core.pages import DataPage, DefinitionCard, ExplainPage, ExplorePage, GapDetail, GapsPage, Note, OverviewPage, RecordsPage, WhatIfPage
from kpi_core.view import ViewState


class PageSource(Protocol):
    """Answers states with pages, each call in a worker thread. Raises `OmnigapError` for what a user can put right."""

    def overview(self, state: ViewState) -> OverviewPage: ...

    def explore(self, state: ViewState) -> ExplorePage: ...

    def explain(self, state: ViewState) -> ExplainPage: ...

    def records(self, state: ViewState, offset: int, limit: int) -> RecordsPage: ...

    def definition(self, state: ViewState) -> DefinitionCard: ...

    def data(self, state: ViewState) -> DataPage: ...

    def gaps(self, state: ViewState) -> GapsPage: ...

    def whatif(self, state: ViewState) -> WhatIfPage: ...

    def gap_detail(self, state: ViewState) -> GapDetail: ...

    def add_note(self, state: ViewState, text: str) -> Note:
        """Keeps a note on the KPI of the state under its filters."""

    def stale(self) -> bool:
        """Are there newer data than those shown? Reads one small file."""

    def reload(self) -> None:
        """Goes over to the newest data and configuration."""

    def interrupt(self) -> None:
        """Ends the query that runs now; called from the screen's thread."""

    def close(self) -> None: ...
