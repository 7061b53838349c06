"""When a command can run: None, or the reason why not now."""

from __future__ import annotations

from kpi_core.errors import Message, said
from kpi_core.pages import DataPage, ExplorePage, GapsPage, HeatPage, OverviewPage, TrendPage, WhatIfPage, rows_of
from kpi_core.render.unused import UNUSED
from tui.context import Context
from tui.state.navigation import next_dimension, parent


def ready(context: Context) -> Message | None:
    return None if context.ready else said("the workspace is not open")


def drill(context: Context) -> Message | None:
    if not context.ready:
        return said("the workspace is not open")
    if context.page is None:
        return said("the page is still being asked")
    if isinstance(context.page, DataPage) and (context.at is None or not (context.at.isdigit() or context.at.startswith(UNUSED))):
        return said("Enter opens the account of a file")
    if isinstance(context.page, OverviewPage) and not rows_of(context.page):
        return said("there is no KPI to open")
    if isinstance(context.page, GapsPage) and context.at is None:
        return said("no target is missed here")
    if isinstance(context.page, ExplorePage) and context.at is None and context.page.by is not None:
        return said("this row has nothing below it")
    return _cell(context)


def up(context: Context) -> Message | None:
    return None if parent(context.state) is not None else said("this is the top")


def escape(context: Context) -> Message | None:
    state = context.state
    newest = context.asking or state.zoom or context.pane or state.search or state.marks or state.where
    return None if newest else said("there is nothing to undo here; q goes back")


def mark(context: Context) -> Message | None:
    if context.page is None:
        return said("the page is still being asked")
    if isinstance(context.page, WhatIfPage | TrendPage | HeatPage):
        return said("rows are marked in Overview, Explore, Gaps and Data")
    if context.at is None or context.at.startswith("#"):
        return said("there is no row to mark")
    return None


def unmark(context: Context) -> Message | None:
    return None if context.state.marks else said("no row is marked")


def exclude(context: Context) -> Message | None:
    if context.state.view != "explore":
        return said("members are left out in Explore (2)")
    if context.explore is None:
        return said("the page is still being asked")
    if context.explore.by is None or (context.at is None and not context.state.marks):
        return said("there is no member to leave out")
    return None


def match(context: Context) -> Message | None:
    if context.page is None:
        return said("the page is still being asked")
    return None if context.searched or context.state.search else said("filter the rows first (/)")


def dimension(context: Context) -> Message | None:
    if (why := dimensions(context)) is not None or context.cut is None:
        return why
    return None if next_dimension(context.cut) else said("this KPI has no other dimension here")


def dimensions(context: Context) -> Message | None:
    if context.state.view != "explore" and (context.state.view, context.state.shape) != ("trend", "periods"):
        return said("dimensions are chosen in Explore")
    return None if context.cut is not None else said("the page is still being asked")


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


def trend_row(context: Context) -> Message | None:
    if context.state.view == "trend":
        return said("this is the trend")
    return kpi(context)


def shape(context: Context) -> Message | None:
    if context.state.view != "trend":
        return said("shapes are those of Trend (4)")
    return None if context.page is not None else said("the page is still being asked")


def _cell(context: Context) -> Message | None:
    """Nothing lies behind a cell of which nothing can be known."""
    page = context.page
    if not isinstance(page, HeatPage):
        return None
    cell = page.cell(context.at)
    return said("there is nothing behind this cell") if cell is None or cell.state is None else None


def records(context: Context) -> Message | None:
    return kpi(context) or _cell(context)


def sort(context: Context) -> Message | None:
    trend = context.state.view == "trend" and not context.state.shape
    return said("Trend stands in the order of time") if trend else None


def driver(context: Context) -> Message | None:
    if context.state.view != "whatif":
        return said("drivers are moved in What-if (5)")
    if not isinstance(context.page, WhatIfPage):
        return said("the page is still being asked")
    return context.page.reason if context.page.tree is None else None


def near(context: Context) -> Message | None:
    return None if context.state.view == "gaps" else said("near targets are shown in Gaps (3)")


def writing(context: Context) -> Message | None:
    """For everything that changes a file of the user's or of the workspace."""
    return said("omnigap is open read-only (--read-only): nothing is written") if context.read_only else None


def note(context: Context) -> Message | None:
    return writing(context) or kpi(context)


def bookmark(context: Context) -> Message | None:
    return writing(context) or ready(context)


def edit(context: Context) -> Message | None:
    return writing(context) or ready(context)


def learn(context: Context) -> Message | None:
    if context.served:
        return said("served to a browser, omnigap writes no file: use omnigap learn FILE")
    if (why := writing(context)) is not None:
        return why
    if context.state.view != "data":
        return said("layouts are learnt in Data (6)")
    return None if context.at is not None and context.at.startswith(UNUSED) else said("this is for files that the last load did not use")


def undo(context: Context) -> Message | None:
    return None if context.undo else said("there is no change to undo")


def redo(context: Context) -> Message | None:
    return None if context.redo else said("nothing was undone")


def copying(context: Context) -> Message | None:
    return said("the page is still being asked") if context.page is None else None


def exporting(context: Context) -> Message | None:
    if context.served:
        return said("served to a browser, omnigap writes no file: copy the link, and use omnigap report")
    return copying(context)


def panes(context: Context) -> Message | None:
    return None if len(context.panes) > 1 else said("this screen has room for one pane; t shows the trend, x the parts of the gap")


def zoom(context: Context) -> Message | None:
    return None if context.zoomable or context.state.zoom else said("this pane is as large as the screen already")


def jump(context: Context) -> Message | None:
    return None if context.page is not None else said("the page is still being asked")


def back(context: Context) -> Message | None:
    return None if context.back else said("there is no earlier view")


def forward(context: Context) -> Message | None:
    return None if context.forward else said("there is no later view")


def tour(context: Context) -> Message | None:
    return None if context.tour else said("no tour is running")
