"""The shapes of Trend."""

from __future__ import annotations

from dataclasses import replace

from kpi_core.pages import HeatPage, TrendPage
from kpi_core.view import Sort
from tui.actions.base import Handlers


class Heat(Handlers):
    """From the course to the heatmaps that the KPI has, and back."""

    def shape(self) -> None:
        """The next shape; of one that the KPI does not have the reason is said."""
        main = self.main
        page = main.context.page
        if not isinstance(page, TrendPage | HeatPage):
            return
        names = [choice.id for choice in page.shapes]
        here = names.index(main.state.shape) if main.state.shape in names else 0
        ahead = [*page.shapes[here + 1 :], *page.shapes[: here + 1]]
        reach = next((place for place, choice in enumerate(ahead) if choice.refused is None), 0)
        refused = [choice.refused for choice in ahead[:reach] if choice.refused is not None]
        main.go(replace(main.state, shape=ahead[reach].id, by=None, at=None, search="", sort=Sort(), marks=()))
        if refused:
            main.say(refused[0])
