"""Panes on every size: what stands where, the focus and the zoom that survive a resize, letters that jump."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from tui_driver import Ui, opened

from kpi_core.view import ViewState
from tui.look import rooms
from tui.look.rooms import MAIN, Rooms
from tui.screens.jump import codes
from tui.screens.overview import OverviewView

SIZES = [(20, 5), (40, 10), (59, 15), (60, 16), (79, 24), (80, 24), (100, 30), (119, 36), (120, 36), (159, 48), (160, 48), (200, 60)]
PANES = {  # of the Overview, in the order of Tab
    **dict.fromkeys(SIZES[:8], ("",)),
    (120, 36): ("", "trend", "explain"),
    (159, 48): ("", "trend", "breakdown", "explain"),
    (160, 48): ("", "breakdown", "trend", "explain"),
    (200, 60): ("", "breakdown", "trend", "explain"),
}
GOLDEN = Path(__file__).parent / "golden"


def run(journey: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(journey())  # type: ignore[arg-type]


def sound(ui: Ui, size: tuple[int, int]) -> None:
    """Nothing sticks out, and the row under the cursor is in sight."""
    width, height = size
    assert len(ui.lines) == height
    assert all(cell_len(line) <= width for line in ui.lines), ui.text
    assert any("▸" in line for line in ui.lines[2:]), ui.text


# ---------------------------------------------------------------- arithmetic


def overlaps(found: Rooms) -> bool:
    cells = [(x, y) for room in found for x in range(room.x, room.x + room.width) for y in range(room.y, room.y + room.height)]
    return len(cells) != len(set(cells))


LAYOUTS: list[Callable[[int, int, int, int], Rooms]] = [
    rooms.overview,
    rooms.explore,
    lambda width, height, rows, screen: rooms.table_and_detail(width, height, "detail", screen, 160, 54),
    lambda width, height, rows, screen: rooms.with_picture(width, height, "tornado", rows, screen),
]


@given(st.sampled_from(LAYOUTS), st.integers(1, 220), st.integers(1, 70), st.integers(0, 80), st.sampled_from(("", "half", "full")), st.integers(0, 4))
def test_rooms_fill_the_view_and_never_overlap(layout: Callable[..., Rooms], width: int, height: int, rows: int, zoom: str, place: int) -> None:
    usual = layout(width, height, rows, height + 4)
    panes = rooms.panes_of(usual)
    pane = panes[place % len(panes)]
    found = rooms.zoomed(usual, pane, zoom, width, height)
    assert not overlaps(found)
    assert sum(room.width * room.height for room in found) == width * height
    assert all(room.x >= 0 and room.y >= 0 and room.height > 0 and room.width > 0 for room in found)
    assert pane in rooms.panes_of(found)
    assert zoom == "full" or MAIN in rooms.panes_of(found) or height < rooms.HALVES


@given(st.integers(0, 400))
def test_no_letter_code_is_the_beginning_of_another(count: int) -> None:
    found = codes(count)
    assert len(found) == len(set(found)) == count
    assert not any(other != code and other.startswith(code) for code in found[:40] for other in found)


# ---------------------------------------------------------------- sizes


def test_every_size_shows_its_panes_and_keeps_cursor_and_focus() -> None:
    async def journey() -> None:
        async with opened(size=(160, 48)) as ui:
            await ui.press("down", "down", "tab")
            assert ui.state.pane == "breakdown" and ui.app.main.view.grid.cursor_key == "aov"
            for size in [*SIZES, *reversed(SIZES)]:
                await ui.resize(*size)
                sound(ui, size)
                view = ui.app.main.view
                assert view.order == PANES[size], size
                ui.expect("Average" if size[0] >= 60 else "Ave")
                assert ui.state.pane == "breakdown"
                assert view.pane == ("breakdown" if "breakdown" in PANES[size] else "")
                assert ui.app.main.focused is view.pane_widget(view.pane)  # type: ignore[attr-defined]
                if "explain" in PANES[size]:
                    ui.expect("Trend — Average order value", "Explain gap — Average" if view.room("explain").width > 50 else "Gap — Average")

    run(journey)


@pytest.mark.parametrize("view", ["explore", "gaps", "data", "trend", "whatif"])
def test_the_other_views_on_every_size(view: str) -> None:
    async def journey() -> None:
        async with opened(size=SIZES[0], state=ViewState(view=view, kpi="aov")) as ui:
            for size in SIZES[1::2]:
                await ui.resize(*size)
                assert all(cell_len(line) <= size[0] for line in ui.lines), ui.text
                assert len(ui.lines) == size[1]

    run(journey)


def test_small_screens_show_something_true() -> None:
    async def journey() -> None:
        async with opened(size=(20, 5)) as ui:
            ui.expect("876 €", "✓")
            await ui.resize(40, 10)
            ui.expect("Revenue", "876 €", "✓").refuse("+30.9 %", "669 €")
            await ui.resize(79, 24)
            ui.expect("+30.9 %", "Mostly thanks to").refuse("669 €")
            await ui.resize(80, 24)
            ui.expect("669 €")
            await ui.resize(80, 19)
            ui.refuse("Mostly thanks to")

    run(journey)


# ---------------------------------------------------------------- focus and zoom


def test_tab_goes_through_the_panes_and_enter_does_what_each_is_for() -> None:
    async def journey() -> None:
        async with opened(size=(160, 48)) as ui:
            await ui.press("tab")
            ui.expect("only this")
            await ui.press("down", "enter")
            assert ui.state.view == "explore" and ui.state.where[0].values == ("store",) and ui.state.pane == ""
            ui.expect_crumb("Total › Channel: store")
            await ui.press("1", "tab", "tab")
            assert ui.state.pane == "trend"
            ui.expect("open trend")
            await ui.press("enter")
            assert ui.state.view == "trend"
            await ui.press("1", "shift+tab")
            assert ui.state.pane == "explain"
            await ui.press("enter")
            ui.expect("Why · Total")
            await ui.press("escape", "escape")
            assert ui.state.pane == "" and ui.state.view == "overview"

    run(journey)


def test_the_break_down_opens_a_member_of_its_second_dimension_and_what_is_left_out() -> None:
    async def journey() -> None:
        async with opened(size=(160, 48)) as ui:
            await ui.press("tab", *["down"] * 4)
            await ui.press("enter")
            assert [(step.dim, step.values) for step in ui.state.where] == [("store", ("Lyon Part-Dieu",))]
            await ui.press("1", "backspace", "tab", "g", *["down"] * 7, "enter")
            assert ui.state.view == "explore" and ui.state.by == "store" and not ui.state.where

    run(journey)


def test_zoom_goes_half_full_and_back_and_escape_leaves_it_first() -> None:
    async def journey() -> None:
        async with opened(size=(160, 48)) as ui:
            await ui.press("slash")
            await ui.type("o")
            await ui.press("enter", "tab", "tab", "z")
            assert (ui.state.pane, ui.state.zoom) == ("trend", "half")
            view = ui.app.main.view
            assert isinstance(view, OverviewView) and {room.pane for room in view.rooms} == {"", "trend"}
            await ui.press("z")
            assert ui.state.zoom == "full" and [room.pane for room in view.rooms] == ["trend"]
            ui.refuse("Scorecard")
            for size in SIZES:
                await ui.resize(*size)
                assert [room.pane for room in view.rooms] == ["trend"] and ui.state.zoom == "full"
            await ui.press("tab")
            assert ui.state.pane == "explain" and ui.state.zoom == "full"
            ui.expect("Explain gap")
            await ui.press("escape")
            assert ui.state.zoom == "" and ui.state.search == "o"
            ui.expect("Scorecard")
            await ui.press("escape")
            assert ui.state.pane == "" and ui.state.search == "o"
            await ui.press("escape")
            assert ui.state.search == ""

    run(journey)


def test_a_link_opens_a_pane_in_its_size_and_an_unknown_pane_is_the_table() -> None:
    async def journey() -> None:
        async with opened(size=(80, 24), state=ViewState(pane="explain", zoom="full")) as ui:
            ui.expect("Explain gap — Revenue")
        async with opened(size=(80, 24), state=ViewState(pane="nonsense")) as ui:
            assert ui.app.main.view.pane == ""
            ui.expect_row("Revenue")

    run(journey)


def test_a_single_pane_says_why_tab_does_nothing() -> None:
    async def journey() -> None:
        async with opened() as ui:
            await ui.press("tab")
            ui.expect("room for one pane").expect_row("Revenue")

    run(journey)


def test_a_click_gives_a_pane_the_focus_and_the_wheel_scrolls_it() -> None:
    async def journey() -> None:
        async with opened(size=(120, 36)) as ui:
            await ui.pilot.click("#overview-explain", offset=(3, 3))
            await ui.wait_idle()
            assert ui.state.pane == "explain"
            await ui.pilot.click("#overview", offset=(5, 0))
            await ui.wait_idle()
            assert ui.state.pane == ""

    run(journey)


# ---------------------------------------------------------------- answers


def test_panes_ask_only_for_what_has_room_and_only_when_the_cursor_rests() -> None:
    async def journey() -> None:
        async with opened(size=(80, 24)) as ui:
            shop = ui.app.main.asker.source
            assert shop is not None and [what for what, _ in shop.calls] == ["overview", "explore"]  # type: ignore[attr-defined]
            await ui.resize(160, 48)
            assert [what for what, _ in shop.calls[2:]] == ["explore", "explore", "explain", "gap_detail"]  # type: ignore[attr-defined]
            await ui.press("down", "up")
            before = len(shop.calls)  # type: ignore[attr-defined]
            await ui.press("down")
            assert len(shop.calls) == before  # type: ignore[attr-defined]  # kept answers are not asked again

    run(journey)


def test_actions_stand_under_the_parts() -> None:
    async def journey() -> None:
        async with opened(size=(160, 48)) as ui:
            await ui.press("down", "down")
            ui.expect("Actions", "Cross-sell prompt", "Claire")

    run(journey)


# ---------------------------------------------------------------- jumping


@pytest.mark.parametrize("ascii_only", [False, True])
def test_letters_lead_to_rows_panes_and_views(ascii_only: bool) -> None:
    async def journey() -> None:
        async with opened(ascii_only=ascii_only) as ui:
            await ui.press("f")
            ui.expect("qRevenue", "sOrders")
            await ui.press("d")
            assert ui.app.main.view.grid.cursor_key == "aov"
            await ui.press("f", "escape")
            assert ui.app.main.view.grid.cursor_key == "aov" and len(ui.app.screen_stack) == 2
            await ui.press("f", "l")
            assert ui.state.view == "gaps"
            await ui.resize(160, 48)
            await ui.press("1", "f")
            await ui.press("k")
            assert ui.state.pane == "breakdown"

    run(journey)


# ---------------------------------------------------------------- golden


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_the_overview_with_all_panes(lang: str) -> None:
    async def journey() -> None:
        async with opened(size=(160, 48), lang=lang) as ui:
            await ui.press("down", "down")
            # the header has the age of the data, which is that of the day of the test; keys are tested elsewhere
            text = "\n".join(line.rstrip() for line in ui.lines[2:-1]) + "\n"
            path = GOLDEN / f"overview-160x48-{lang}.txt"
            if os.environ.get("OMNIGAP_GOLDEN") == "write":
                path.parent.mkdir(exist_ok=True)
                path.write_text(text, encoding="utf-8")
            assert text == path.read_text(encoding="utf-8")

    run(journey)
