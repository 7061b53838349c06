"""`x` by keys: the parts of a gap, what they are held against, what opens under them, and the way back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from tui_driver import opened
from tui_shop import HOSTILE, Shop, broken

from kpi_core.view import Filter, ViewState

EXPLORE = ViewState(view="explore", kpi="aov")


def run(journey: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(journey())  # type: ignore[arg-type]


def test_from_the_scorecard_into_a_part_and_back() -> None:
    async def journey() -> None:
        async with opened() as ui:
            await ui.press("down", "down", "x")
            ui.expect("Why · Total", "Average order value", "First cause: Lyon Part-Dieu", "[Channel]", "Σ parts = gap ✓", "6 of 7 days are loaded")
            ui.expect_row_in_box("web")
            await ui.press("down", "enter")
            assert ui.state.view == "explore" and ui.state.kpi == "aov" and ui.state.where == (Filter("channel", ("store",)),)
            ui.expect_crumb("Total › Channel: store").refuse("Σ parts")
            await ui.press("minus")
            assert ui.state.view == "overview"
            ui.expect_row("Average order value")

    run(journey)


def test_esc_closes_and_changes_nothing() -> None:
    async def journey() -> None:
        async with opened() as ui:
            before = ui.state
            await ui.press("x", "escape")
            ui.refuse("Σ parts").expect("Cart abandonment")
            assert ui.state == before

    run(journey)


def test_sections_follow_each_other_and_say_their_method() -> None:
    async def journey() -> None:
        async with opened() as ui:
            await ui.press("x", "d")
            ui.expect("[Rate and mix]", "Rates", "3 → 2")
            await ui.press("enter")
            ui.expect("this part has nothing below it")
            await ui.press("d")
            ui.expect("[Drivers]", "no data")
            await ui.press("d")
            ui.expect("[Channel]")
            await ui.press("D")
            ui.expect("[Drivers]")

    run(journey)


@pytest.mark.parametrize("key", ["a", "tab"])
def test_the_other_thing_to_hold_it_against(key: str) -> None:
    async def journey() -> None:
        shop = Shop()
        async with opened(shop) as ui:
            await ui.press("x")
            ui.expect("target 70", "OF GAP")
            await ui.press(key)
            ui.expect("Σ parts = change ✓", "OF CHANGE")
            await ui.press(key)
            ui.expect("Σ parts = gap ✓")
            assert [state.against for name, state in shop.calls if name == "explain"] == ["", "compare", "target"]

    run(journey)


def test_a_row_of_explore_and_the_whole_of_it() -> None:
    async def journey() -> None:
        shop = Shop()
        async with opened(shop, state=EXPLORE) as ui:
            await ui.press("down", "x")
            ui.expect("Why · Total › Channel: store")
            await ui.press("escape", "X")
            ui.expect("Why · Total · ")
            asked = [state for name, state in shop.calls if name == "explain"]
            assert [(state.where, state.by) for state in asked] == [((Filter("channel", ("store",)),), None), ((), "channel")]

    run(journey)


def test_the_list_of_commands_has_it_and_other_views_say_why_not() -> None:
    async def journey() -> None:
        async with opened() as ui:
            await ui.press("question_mark")
            await ui.type("why")
            ui.expect("Why: the gap of the row in parts")
            await ui.press("escape", "6", "x")
            ui.expect("choose a KPI first").refuse("Σ parts")

    run(journey)


def test_a_failure_is_a_line_and_hostile_names_are_text() -> None:
    async def journey() -> None:
        shop = Shop(hostile=True)
        async with opened(shop, size=(120, 36)) as ui:
            await ui.press("x")
            ui.expect("[red]markup[/red]")
            assert all("\x1b" not in line for line in ui.lines) and len(HOSTILE) > 9
            await ui.press("escape")
            shop.fail = broken()
            await ui.press("x")
            ui.expect("store cannot cut this KPI")
            await ui.press("escape")
            assert ui.app.is_running

    run(journey)


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (60, 20), (44, 16)])
@pytest.mark.parametrize(("lang", "ascii_only"), [("en", False), ("fr", True)])
def test_every_size(size: tuple[int, int], lang: str, ascii_only: bool) -> None:
    async def journey() -> None:
        async with opened(size=size, lang=lang, ascii_only=ascii_only) as ui:
            await ui.press("x")
            ui.expect("web", "popup")
            assert all(len(line) <= size[0] for line in ui.lines)
            assert not ascii_only or ui.text.isascii()
            await ui.resize(100, 30)
            ui.expect("web")

    run(journey)
