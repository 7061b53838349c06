"""Commands of view 4."""

from __future__ import annotations

from dataclasses import replace

from kpi_core.view import Sort, ViewState
from tui.actions.base import Handlers


class Trends(Handlers):
    """The course of a KPI."""

    def view_trend(self) -> None:
        """The KPI of the row under the cursor; in Explore and What-if the one on screen, under its filters."""
        main = self.main
        self._show(main.state if main.state.view in ("explore", "whatif", "data", "trend") else self.of_row())

    def trend_row(self) -> None:
        """Of a member where the cursor stands on one."""
        self._show(self.of_row())

    def _show(self, state: ViewState) -> None:
        if self.main.state.view != "trend":
            self.main.go(replace(state, view="trend", by=None, search="", at=None, sort=Sort(), marks=(), moves=(), pane="", zoom=""))
