"""The numbered views by name: the screen that draws each, and the page it asks for. A new view is a line in each table."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from kpi_core.view import ViewState
from tui.context import Page
from tui.questions.source import PageSource
from tui.screens.data import DataView
from tui.screens.explore import ExploreView
from tui.screens.gaps import GapsView
from tui.screens.overview import OverviewView
from tui.screens.trend import TrendView
from tui.screens.view import View
from tui.screens.whatif import WhatIfView

VIEW_CLASSES: Mapping[str, type[View]] = {
    "overview": OverviewView,
    "explore": ExploreView,
    "gaps": GapsView,
    "trend": TrendView,
    "whatif": WhatIfView,
    "data": DataView,
}
PAGES: Mapping[str, Callable[[PageSource, ViewState], Page]] = {
    "overview": lambda source, state: source.overview(state),
    "explore": lambda source, state: source.explore(state),
    "gaps": lambda source, state: source.gaps(state),
    "trend": lambda source, state: source.heat(state) if state.shape else source.trend(state),
    "whatif": lambda source, state: source.whatif(state),
    "data": lambda source, state: source.data(state),
}


def page_of(source: PageSource, state: ViewState, reload: bool = False) -> Page:
    """The page of a state, of the newest data if `reload`."""
    if reload:
        with source.renewed():
            return PAGES[state.view](source, state)
    return PAGES[state.view](source, state)
