"""What the handlers of commands share: the app, the main screen, and the state of the row under the cursor."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from kpi_core.engine import calendar
from kpi_core.pages import HeatPage, KpiRow, OverviewPage, TrendPage, rows_of
from kpi_core.view import ViewState
from tui.screens.gaps import row_of
from tui.state import navigation

if TYPE_CHECKING:
    from tui.app import OmnigapApp
    from tui.screens.main import MainScreen


class Handlers:
    """Methods named as `handler` of commands; the app has already checked that the command is enabled."""

    def __init__(self, app: OmnigapApp, main: MainScreen) -> None:
        self.app = app
        self.main = main

    def of_row(self) -> ViewState:
        """The state whose numbers stand on the row under the cursor."""
        main = self.main
        key = main.view.grid.cursor_key
        state = navigation.asked(main.state)
        if main.state.view == "overview":
            return replace(state, kpi=key)
        trend = main.context.page
        if isinstance(trend, HeatPage):
            cell = trend.cell(key)
            return navigation.asked(cell.state) if cell is not None and cell.state is not None else state
        if isinstance(trend, TrendPage):
            return replace(state, kpi=trend.kpi.id, period=key or state.period)
        gap = row_of(main.context.page, key)
        if gap is not None:
            return navigation.asked(gap.state)
        page = main.context.explore
        if page is None or page.by is None or key is None:
            return state
        return replace(state.only(page.by.id, key or None), by=None)

    def kpis(self) -> list[KpiRow]:
        """The KPIs of the newest scorecard; none before the first."""
        return list(rows_of(self.app.scorecard)) if isinstance(self.app.scorecard, OverviewPage) else []

    def to_period(self, text: str) -> None:
        """The cursor stays on its row; in Trend it stands on the period."""
        at = None if self.main.state.view == "trend" else self.main.view.grid.cursor_key
        self.main.go(replace(self.main.state, period=text, at=at))

    def last_day(self) -> date | None:
        return self.main.header.freshness.last_day if self.main.header is not None else None

    def calendar(self) -> calendar.Calendar:
        """The workspace's, which every period of a page carries."""
        return self.main.header.period.calendar if self.main.header is not None else calendar.CIVIL
