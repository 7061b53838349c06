"""When a command can run: None, or the reason why not now."""

from __future__ import annotations

from kpi_core.errors import Message, said
from kpi_core.pages import ExplorePage, GapsPage, OverviewPage, WhatIfPage, rows_of
from tui.context import Context
from tui.navigation import next_dimension, parent


def ready(context: Context) -> Message | None:
    return None if context.ready else said("the workspace is not open")


def drill(context: Context) -> Message | None:
    if not context.ready:
        return said("the workspace is not open")
    if context.state.view == "data":
        return said("this view has nothing to open")
    if context.page is None:
        return said("the page is still being asked")
    if isinstance(context.page, OverviewPage) and not rows_of(context.page):
        return said("there is no KPI to open")
    if isinstance(context.page, GapsPage) and context.at is None:
        return said("no target is missed here")
    if isinstance(context.page, ExplorePage) and context.at is None and context.page.by is not None:
        return said("this row has nothing below it")
    return None


def up(context: Context) -> Message | None:
    return None if parent(context.state) is not None else said("this is the top")


def escape(context: Context) -> Message | None:
    return None if context.state.search or context.state.where else said("there is nothing to undo here; q goes back")


def dimension(context: Context) -> Message | None:
    if context.state.view != "explore":
        return said("dimensions are chosen in Explore")
    if context.explore is None:
        return said("the page is still being asked")
    return None if next_dimension(context.explore) else said("this KPI has no other dimension here")


def dimensions(context: Context) -> Message | None:
    if context.state.view != "explore":
        return said("dimensions are chosen in Explore")
    return None if context.explore is not None else said("the page is still being asked")


def basis(context: Context) -> Message | None:
    if context.page is None:
        return said("the page is still being asked")
    return None if context.page.header.bases or context.state.basis else said("what is shown here is counted in one way only")


def kpi(context: Context) -> Message | None:
    if not context.ready:
        return said("the workspace is not open")
    if context.state.view == "data":
        return said("choose a KPI first (1 or 2)")
    if context.state.view in ("overview", "gaps") and context.at is None:
        return said("choose a KPI first (1 or 2)")
    return None


def driver(context: Context) -> Message | None:
    if context.state.view != "whatif":
        return said("drivers are moved in What-if (5)")
    if not isinstance(context.page, WhatIfPage):
        return said("the page is still being asked")
    return context.page.reason if context.page.tree is None else None


def near(context: Context) -> Message | None:
    return None if context.state.view == "gaps" else said("near targets are shown in Gaps (3)")


def back(context: Context) -> Message | None:
    return None if context.back else said("there is no earlier view")


def forward(context: Context) -> Message | None:
    return None if context.forward else said("there is no later view")
