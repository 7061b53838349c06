"""Long work: it is said, it can be cancelled, what comes too late is dropped, and the first frame waits for nothing."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable

import pytest
from tui_driver import Ui, opened
from tui_shop import Shop

from kpi_core.view import ViewState

STORES = ViewState(view="explore", kpi="aov", by="store")


def run(journey: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(journey())


async def held(ui: Ui, *keys: str) -> None:
    """Press keys whose question is held back."""
    for key in keys:
        await ui.pilot.press(key)
    await ui.pilot.pause()


async def asking(ui: Ui) -> None:
    """As if a question had been running for long."""
    ui.app.main.patience.tick()
    await ui.pilot.pause()


@pytest.mark.fault(21)
def test_what_is_on_screen_stays_while_another_page_is_asked_and_esc_goes_back_to_it() -> None:
    async def journey() -> None:
        shop = Shop()
        async with opened(shop) as ui:
            await ui.press("down", "down")
            before = [line for line in ui.lines if "Revenue" in line or "Lead" in line]
            shop.hold()
            await held(ui, "3")
            assert ui.state.view == "gaps"
            await asking(ui)
            ui.expect("asking … 0.", "Esc cancels")
            assert [line for line in ui.lines if "Revenue" in line or "Lead" in line] == before  # the scorecard is still there
            await held(ui, "escape")
            await ui.wait_idle()
            assert ui.state.view == "overview" and ui.state.at == "aov"
            ui.expect("cancelled").expect_row("Average order value").refuse("asking", "cancelling")
            assert shop.interrupts == 1
            await ui.press("3")
            ui.expect("targets missed")
            await ui.press("minus")
            ui.expect_row("Average order value")

    run(journey)


@pytest.mark.fault(21)
def test_cancelling_is_said_until_the_query_has_ended() -> None:
    async def journey() -> None:
        shop = Shop()
        shop.interrupt = lambda: None  # type: ignore[method-assign]  # a query that takes its time to end
        async with opened(shop, state=STORES) as ui:
            shop.hold()
            await held(ui, "c")
            await asking(ui)
            await held(ui, "escape")
            ui.expect("cancelling …").expect("Lyon Part-Dieu")
            assert ui.state == ui.app.main.history.now and ui.state.compare == "last_year"
            shop.release()
            await ui.wait_idle()
            ui.refuse("cancelling").expect("vs LY")

    run(journey)


def test_an_answer_that_comes_too_late_is_dropped() -> None:
    async def journey() -> None:
        shop = Shop()
        shop.interrupt = lambda: None  # type: ignore[method-assign]
        async with opened(shop, state=STORES) as ui:
            shop.hold()
            await held(ui, "c")  # another comparison …
            await held(ui, "escape")  # … no …
            await held(ui, "less_than_sign")  # … the period before
            shop.release()
            await ui.wait_idle()
            assert ui.state.compare == "last_year" and ui.state.period == "2026-W43"
            ui.expect("W43", "vs LY")

    run(journey)


def test_a_reload_is_cancelled_and_offered_again() -> None:
    async def journey() -> None:
        shop = Shop()
        async with opened(shop, state=STORES) as ui:
            shop.hold()
            await held(ui, "r", "escape")
            await ui.wait_idle()
            ui.expect("cancelled; r asks again", "Lyon Part-Dieu", "new data · r")
            assert ui.state.by == "store" and not ui.state.where
            await ui.press("r")
            ui.refuse("new data · r").expect("no number changed")

    run(journey)


def test_the_first_page_is_cancelled_and_asked_again() -> None:
    async def journey() -> None:
        shop = Shop()
        shop.hold()
        async with opened(shop, state=STORES, idle=False) as ui:
            while not shop.calls:
                await ui.pilot.pause(0.01)
            await held(ui, "escape")
            await ui.wait_idle()
            ui.expect("cancelled; r asks again")
            await ui.press("r")
            ui.expect("Lyon Part-Dieu").refuse("new data")

    run(journey)


def test_marks_wait_for_the_page() -> None:
    async def journey() -> None:
        shop = Shop()
        async with opened(shop, state=STORES) as ui:
            shop.hold()
            await held(ui, "less_than_sign", "space")
            ui.expect("the page is still being asked")
            shop.release()
            await ui.wait_idle()
            assert not ui.state.marks

    run(journey)


def test_the_first_frame_does_not_wait_for_the_workspace() -> None:
    async def journey() -> None:
        gate = threading.Event()
        shop = Shop()

        def opener() -> Shop:
            gate.wait(20)
            return shop

        async with opened(opener=opener, idle=False) as ui:
            await ui.pilot.pause()
            ui.expect("/shop", "opening the workspace …")
            assert ui.app.main.asker.source is None
            gate.set()
            await ui.wait_idle()
            ui.expect("Revenue")

    run(journey)
