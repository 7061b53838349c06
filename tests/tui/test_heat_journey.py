"""Heatmaps in the app: shapes, the cell cursor, what it reads, and where Enter leads."""

from __future__ import annotations

import asyncio

import pytest
from textual.geometry import Region
from tui_driver import Ui, opened
from tui_shop import Shop

from kpi_core.links import from_link, to_link
from kpi_core.view import Filter, ViewState
from tui.widgets.heat import HeatGrid

START = ViewState(view="trend", kpi="aov", period="2026-W43", shape="periods")


def cells(ui: Ui) -> HeatGrid:
    grid = ui.app.main.view.grid
    assert isinstance(grid, HeatGrid)
    return grid


def test_shapes_go_round_and_one_that_is_not_there_says_why() -> None:
    async def journey() -> None:
        async with opened(state=ViewState(view="trend", kpi="aov", period="2026-W43")) as ui:
            await ui.press("H")
            ui.expect("course  [periods]  hours", "by Store", "Lyon Part-Dieu")
            assert ui.state.shape == "periods" and cells(ui).has_focus
            await ui.press("H")
            ui.expect("[hours]", "HOUR OF DAY", "08", "day 1")
            await ui.press("H")
            ui.expect("this shop knows no customers", "by week").refuse("[hours]")
            assert ui.state.shape == "" and ui.app.main.view.grid.has_focus
            await ui.press("minus")
            ui.expect("[hours]")

    asyncio.run(journey())


def test_the_cursor_reads_cells_and_enter_opens_them() -> None:
    async def journey() -> None:
        async with opened(state=START) as ui:
            assert cells(ui).cursor_key == "Lyon Part-Dieu|2026-W43"  # the period of the state
            ui.expect("Lyon Part-Dieu · 2026-W43:")
            await ui.press("j", "h", "left")
            ui.expect("Lille Centre · 2026-W41:", "target", "✗" if "✗" in ui.text else "✓").expect_row("Lille")
            await ui.press("enter")
            assert (ui.state.view, ui.state.period, ui.state.where) == ("explore", "2026-W41", (Filter("store", ("Lille Centre",)),))
            await ui.press("minus")
            assert cells(ui).cursor_key == "Lille Centre|2026-W41"  # back, on the cell that was left
            await ui.press("G", "l", "l", "l", "l")
            ui.expect("Marseille · 2026-W43:")
            await ui.press("g", "pagedown", "v")
            ui.expect("order-0")
            assert isinstance(ui.app.main.asker.source, Shop)
            asked = ui.app.main.asker.source.calls[-1][1]
            assert (asked.period, asked.where) == ("2026-W43", (Filter("store", ("Marseille",)),))

    asyncio.run(journey())


def test_hours_open_their_crumbs_and_q_goes_back_to_the_course() -> None:
    async def journey() -> None:
        async with opened(state=START) as ui:
            await ui.press("H", "j", "l", "enter")
            assert ui.state.where == (Filter("hour", ("09",)), Filter("weekday", ("2",)))
            ui.expect_crumb("Total › Hour of day: 09 › Weekday: 2")
            await ui.press("minus", "q")
            assert (ui.state.view, ui.state.shape) == ("trend", "")

    asyncio.run(journey())


def test_a_link_holds_the_cell() -> None:
    async def journey() -> None:
        async with opened(state=START) as ui:
            await ui.press("j", "j", "left")
            link = to_link(ui.app.main.here())
            at = cells(ui).cursor_key
        state, problems = from_link(link)
        assert not problems and (state.shape, state.at) == ("periods", at)
        async with opened(state=state) as again:
            assert cells(again).cursor_key == at == "Paris Rivoli|2026-W42"

    asyncio.run(journey())


def test_dimension_filter_and_sort() -> None:
    async def journey() -> None:
        async with opened(state=START) as ui:
            await ui.press("d")
            ui.expect("by Category", "Outerwear")
            await ui.press("slash")
            await ui.type("bag")
            await ui.press("enter")
            ui.expect("Bags").refuse("Outerwear")
            await ui.press("escape", "s")
            assert ui.state.sort.column == "c_2026_w43"
            numbers = [float(line[-1].value.number or 0) for line in cells(ui).page.cells] if cells(ui).page else []
            assert numbers == sorted(numbers, reverse=True) and len(numbers) == 5
            await ui.press("slash")
            await ui.type("nothing like it")
            await ui.press("enter")
            ui.expect("no row holds")

    asyncio.run(journey())


@pytest.mark.parametrize("size", [(60, 20), (40, 12), (120, 40), (160, 48)])
def test_every_size_shows_the_cell_of_the_cursor(size: tuple[int, int]) -> None:
    async def journey() -> None:
        async with opened(state=START, size=size, ascii_only=size[0] == 60) as ui:
            for _ in range(9):
                await ui.press("left")
            assert cells(ui).cursor_key == "Lyon Part-Dieu|2026-W36"
            ui.expect("Lyon Part-Dieu", "W36")  # of the last one named in the line that reads it, where it has room by its whole name
            await ui.resize(80, 24)
            assert cells(ui).cursor_key == "Lyon Part-Dieu|2026-W36"
            assert cells(ui).layout_at is not None and cells(ui).layout_at.span(0) is not None  # type: ignore[union-attr]

    asyncio.run(journey())


def test_a_step_redraws_two_cells_and_no_line() -> None:
    async def journey() -> None:
        async with opened(state=START, size=(160, 48)) as ui:
            grid = cells(ui)
            drawn: list[Region] = []
            refresh = grid.refresh

            def counted(*regions: Region, **more: bool) -> HeatGrid:
                drawn.extend(regions)
                assert regions, "the whole table is drawn"
                refresh(*regions, **more)
                return grid

            grid.refresh = counted  # type: ignore[method-assign]
            await ui.press("left", "j")
            del grid.refresh
            at = grid.layout_at
            assert at is not None and drawn and sum(region.area for region in drawn) <= 4 * (at.cell + 1) + 2  # and the two marks

    asyncio.run(journey())


def test_a_click_puts_the_cursor_on_a_cell() -> None:
    async def journey() -> None:
        async with opened(state=START) as ui:
            grid = cells(ui)
            start, _ = grid.layout_at.span(3) if grid.layout_at else (0, 0)  # type: ignore[misc]
            await ui.pilot.click(grid, offset=(start + 1, 4))
            await ui.wait_idle()
            assert grid.cursor_key == "Nantes|2026-W39" and ui.state.view == "trend"
            await ui.pilot.click(grid, offset=(start + 1, 4))
            await ui.wait_idle()
            assert (ui.state.view, ui.state.period) == ("explore", "2026-W39")

    asyncio.run(journey())


def test_in_french_and_with_hostile_names() -> None:
    async def journey() -> None:
        async with opened(Shop(hostile=True), state=ViewState(view="trend", kpi="aov", shape="periods", by="channel", period="2026-W43"), lang="fr") as ui:
            ui.expect("courbe  [périodes]  heures", "objectif manqué")
            await ui.press("G", "k", "k")
            assert "\x1b" not in ui.text and "[@click" not in ui.text.replace("[@click=", "") and cells(ui).cursor_key is not None

    asyncio.run(journey())


def test_the_shape_is_left_with_the_view() -> None:
    async def journey() -> None:
        async with opened(state=START) as ui:
            await ui.press("1")
            assert ui.state.view == "overview" and not ui.state.shape
            await ui.press("enter", "backspace")
            assert ui.state.view == "overview"

    asyncio.run(journey())
