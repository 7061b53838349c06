"""Where pages come from: the workbench, or in tests an object with fixed values."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from kpi_core.nearest import Changed
from kpi_core.pages import (
    DataPage,
    DefinitionCard,
    ExplainPage,
    ExplorePage,
    FileAccount,
    GapDetail,
    GapsPage,
    HeatPage,
    LoadedFile,
    Members,
    Names,
    Note,
    OverviewPage,
    RecordsPage,
    TrendPage,
    WhatIfPage,
)
from kpi_core.pages.question import LayoutQuestion
from kpi_core.view import ViewState


class PageSource(Protocol):
    """Answers states with pages, each call in a worker thread. Raises `OmnigapError` for what a user can put right."""

    def overview(self, state: ViewState) -> OverviewPage: ...

    def explore(self, state: ViewState) -> ExplorePage: ...

    def explain(self, state: ViewState) -> ExplainPage: ...

    def records(self, state: ViewState, offset: int, limit: int) -> RecordsPage: ...

    def definition(self, state: ViewState) -> DefinitionCard: ...

    def data(self, state: ViewState) -> DataPage: ...

    def account(self, load_id: int) -> FileAccount:
        """What became of every row of a loaded file."""

    def sql(self, state: ViewState) -> str:
        """What ran for the main question of a state, as a script for DuckDB's own shell."""

    def gaps(self, state: ViewState) -> GapsPage: ...

    def whatif(self, state: ViewState) -> WhatIfPage: ...

    def trend(self, state: ViewState) -> TrendPage: ...

    def heat(self, state: ViewState) -> HeatPage: ...

    def gap_detail(self, state: ViewState) -> GapDetail: ...

    def add_note(self, state: ViewState, text: str) -> Note:
        """Keeps a note on the KPI of the state under its filters."""

    def answer(self, question: LayoutQuestion, text: str) -> Path:
        """Keeps the answer to what a file left open in config/layouts.yaml."""

    def load(self, path: Path, progress: Callable[[float], None]) -> LoadedFile:
        """Loads a file; asks nothing of the data on screen, so that it runs beside other questions. `progress` gets 0 to 1."""

    def members(self, state: ViewState, dim: str, text: str, limit: int) -> Members:
        """Members of a dimension by a part of their name, at most `limit`, the likeliest first."""

    def anywhere(self, state: ViewState, text: str, limit: int) -> tuple[Members, ...]:
        """Members by a part of their name in any dimension that is drilled into, at most `limit` of each."""

    def names(self) -> Names:
        """What KPIs and dimensions are called. Asks nothing."""

    def nearest(self, state: ViewState) -> Changed:
        """The nearest state that opens to one that came from outside, and what had to be changed for that."""

    def config_file(self, name: str) -> Path:
        """Where a file of the configuration lies, by the name that targets and actions carry. Asks nothing."""

    def stale(self) -> bool:
        """Are there newer data than those shown? Reads one small file."""

    def reload(self) -> None:
        """Goes over to the newest data and configuration."""

    def renewed(self) -> AbstractContextManager[None]:
        """As `reload`, for the page that is asked meanwhile: where that fails or is interrupted, back to the data that are on screen."""

    def interrupt(self) -> None:
        """Ends the query that runs now; called from the screen's thread."""

    def close(self) -> None: ...
