"""B counts the other way, the header says so, and ranked lists are reached by name."""

from __future__ import annotations

import asyncio

from tui_driver import opened

from kpi_core.links import to_link
from kpi_core.view import ViewState


def test_b_goes_through_the_ways_of_counting_and_the_header_says_which() -> None:
    async def journey() -> None:
        async with opened() as ui:
            ui.refuse("returns by sale date")
            await ui.press("B")
            ui.expect("returns by sale date")
            assert ui.state.basis == ("by_sale",) and "basis=by_sale" in to_link(ui.state)
            await ui.press("enter")
            ui.expect("by [", "Revenue")
            assert ui.state.basis == ("by_sale",)  # it goes on into Explore
            await ui.press("q", "B")
            ui.expect("credit to the last touch").refuse("returns by sale date")
            await ui.press("B")
            ui.refuse("credit to the last touch")
            assert ui.state.basis == ()

    asyncio.run(journey())


def test_a_kpi_that_is_counted_in_one_way_says_so() -> None:
    async def journey() -> None:
        async with opened(state=ViewState(view="explore", kpi="revenue")) as ui:
            await ui.press("B")
            ui.expect("counted in one way only")
            assert ui.state.basis == ()

    asyncio.run(journey())


def test_the_header_keeps_a_basis_on_a_narrow_screen() -> None:
    async def journey() -> None:
        async with opened(state=ViewState(basis=("by_sale",))) as ui:
            await ui.resize(80, 24)
            ui.expect("returns by sale date")

    asyncio.run(journey())


def test_ranked_lists_are_reached_by_name() -> None:
    async def journey() -> None:
        async with opened() as ui:
            await ui.press("colon")
            await ui.type("best pro")
            await ui.press("enter")
            assert (ui.state.kpi, ui.state.by) == ("revenue", "product")

    asyncio.run(journey())
