"""Whole journeys through the app, by keys only, against fixed pages."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable

from tui_driver import opened
from tui_shop import HOSTILE, MEMBERS, Shop, broken

from kpi_core.view import Filter, Sort, ViewState
from tui.options import Options


def run(journey: Callable[[], Awaitable[None]]) -> None:
    """Journeys are coroutines; the tests need no plug-in."""
    asyncio.run(journey())  # type: ignore[arg-type]


def test_from_the_scorecard_down_to_the_records_and_back() -> None:
    async def journey() -> None:
        async with opened() as ui:
            ui.expect("Revenue", "Cart abandonment", "Sales").expect_crumb("Total").expect_row("Revenue")
            await ui.press("down", "down")
            ui.expect_row("Average order value")
            await ui.press("enter")
            ui.expect("Average order value by [Channel]", "marketplace", "Total (4)").expect_crumb("Total")
            await ui.press("down", "enter")
            ui.expect_crumb("Total › Channel: store").expect("[Store]", "Lyon Part-Dieu")
            await ui.press("enter")
            ui.expect_crumb("Total › Channel: store › Store: Lyon").expect("[Category]")
            await ui.press("enter", "enter")
            assert [f.dim for f in ui.state.where] == ["channel", "store", "category", "product"]
            await ui.press("enter")
            ui.expect("Orders · rows 1 to 200 of 430", "till_2026-10.csv", "FILE", "LINE")
            await ui.press("escape", "backspace")
            assert len(ui.state.where) == 3
            ui.expect_row("Product 000")
            await ui.press("backspace", "backspace", "backspace")
            ui.expect_row("store").expect_crumb("Total  ")
            await ui.press("backspace")
            ui.expect_row("Average order value")
            assert ui.state.view == "overview"

    run(journey)


def test_escape_undoes_one_thing_at_a_time_and_never_quits() -> None:
    async def journey() -> None:
        async with opened(state=ViewState(view="explore", kpi="aov", where=(Filter("channel", ("store",)),))) as ui:
            await ui.press("slash")
            await ui.type("LIL")
            ui.expect("/LIL", "Lille Centre").refuse("Paris Rivoli")
            await ui.press("enter", "question_mark")
            ui.expect("Commands", "Open the row under the cursor")
            await ui.press("escape")
            ui.refuse("Commands").expect("/LIL")
            await ui.press("escape")
            ui.expect("Paris Rivoli").refuse("/LIL")
            await ui.press("escape")
            ui.expect_crumb("Total  ")
            await ui.press("escape", "escape")
            assert ui.app.is_running
            ui.expect("nothing to undo")

    run(journey)


def test_q_goes_back_level_by_level_and_quits_at_the_top() -> None:
    async def journey() -> None:
        async with opened(state=ViewState(view="explore", kpi="aov", where=(Filter("channel", ("store",)),))) as ui:
            await ui.press("q")
            ui.expect_crumb("Total  ")
            await ui.press("q")
            assert ui.state.view == "overview"
            await ui.press("q")
            assert ui.app.return_code == 0 and not ui.app.is_running

    run(journey)


def test_views_by_number_on_both_keyboards() -> None:
    async def journey() -> None:
        async with opened() as ui:
            await ui.press("6")
            ui.expect("export_1.csv", "Left out")
            await ui.press("ampersand")
            ui.expect("Cart abandonment")
            await ui.press("down", "é")
            ui.expect("Orders by [Channel]")
            await ui.press("1", "2")
            assert ui.state.view == "explore"

    run(journey)


def test_period_comparison_and_grain_travel_with_the_state() -> None:
    async def journey() -> None:
        async with opened() as ui:
            ui.expect("W44").expect("vs LY")
            await ui.press("less_than_sign")
            ui.expect("W43")
            await ui.press("less_than_sign", "greater_than_sign", "greater_than_sign")
            ui.expect("W44")
            await ui.press("c")
            ui.expect("vs prev.")
            await ui.press("c")
            ui.refuse("vs prev.", "vs LY")
            await ui.press("P")
            ui.expect("October 2026")
            await ui.press("p")
            await ui.press(*["backspace"] * 10)
            await ui.type("2026-Q9")
            ui.expect("2026-Q9 is not a period")
            await ui.press("enter")
            ui.expect("2026-Q9 is not a period")
            await ui.press("backspace")
            await ui.type("3")
            await ui.press("enter")
            ui.expect("Q3 2026")
            assert ui.state.period == "2026-Q3"

    run(journey)


def test_back_and_forward_restore_cursor_and_filter() -> None:
    async def journey() -> None:
        async with opened() as ui:
            await ui.press("down", "down", "enter", "down", "down", "enter")
            ui.expect_crumb("Total › Channel: marketplace")
            await ui.press("minus")
            ui.expect_crumb("Total  ").expect_row("marketplace")
            await ui.press("alt+left")
            ui.expect_row("Average order value")
            await ui.press("alt+right", "alt+right")
            ui.expect_crumb("Total › Channel: marketplace")

    run(journey)


def test_dimension_by_key_and_by_list_with_the_reason_of_a_refused_one() -> None:
    async def journey() -> None:
        async with opened(state=ViewState(view="explore", kpi="aov")) as ui:
            await ui.press("d")
            ui.expect("[Store]", "Bordeaux")
            await ui.press("D")
            ui.expect("Device", "orders do not know the device")
            await ui.type("dev")
            await ui.press("enter")
            ui.expect("not now: orders do not know the device")
            await ui.press(*["backspace"] * 3)
            await ui.type("cat")
            await ui.press("enter")
            ui.expect("[Category]", "Outerwear")

    run(journey)


def test_sort_by_the_column_cursor_and_back() -> None:
    async def journey() -> None:
        async with opened(state=ViewState(view="explore", kpi="aov", by="store")) as ui:
            await ui.press("s")
            names = [re.split(r"\s{2,}", line[1:])[0] for line in ui.lines[4:12]]
            assert names == sorted(MEMBERS["store"])
            ui.expect("▴")
            await ui.press("S")
            names = [re.split(r"\s{2,}", line[1:])[0] for line in ui.lines[4:12]]
            assert names == sorted(MEMBERS["store"], reverse=True)
            await ui.press("right", "s")
            assert ui.state.sort == Sort("actual", True)
            await ui.press("s", "s")
            assert ui.state.sort == Sort()
            assert ui.lines[4].startswith(" Lyon") or ui.lines[4].startswith("▸Lyon")

    run(journey)


def test_go_to_a_kpi_and_to_a_period_by_name() -> None:
    async def journey() -> None:
        async with opened() as ui:
            await ui.press("colon")
            await ui.type("cart")
            await ui.press("enter")
            assert (ui.state.view, ui.state.kpi) == ("explore", "abandonment")
            await ui.press("colon")
            await ui.type("2026-09")
            await ui.press("enter")
            ui.expect("September 2026")

    run(journey)


def test_help_runs_a_command_and_says_why_another_cannot() -> None:
    async def journey() -> None:
        async with opened() as ui:
            await ui.press("f1")
            await ui.type("up one")
            await ui.press("enter")
            ui.expect("not now: this is the top")
            await ui.press(*["backspace"] * 6)
            await ui.type("comparison")
            await ui.press("enter")
            ui.expect("vs prev.")
            await ui.press("d")
            ui.expect("dimensions are chosen in Explore")

    run(journey)


def test_definition_card_scrolls_and_closes() -> None:
    async def journey() -> None:
        async with opened() as ui:
            await ui.press("down", "i")
            ui.expect("Formula", "revenue / orders", "select sum(net_amount)")
            await ui.press("G")
            ui.refuse("Formula")
            await ui.press("q")
            assert ui.app.screen is ui.app.main

    run(journey)


def test_records_turn_pages_at_their_ends() -> None:
    async def journey() -> None:
        async with opened() as ui:
            await ui.press("v")
            ui.expect("rows 1 to 200 of 430")
            await ui.press("G", "down")
            ui.expect("rows 201 to 400").expect_row_in_box("order-200")
            await ui.press("up")
            ui.expect("rows 1 to 200").expect_row_in_box("order-199")
            await ui.press("escape")
            ui.expect("Cart abandonment")

    run(journey)


def test_an_error_is_a_line_and_the_next_view_works() -> None:
    async def journey() -> None:
        shop = Shop()
        async with opened(shop) as ui:
            shop.fail = broken()
            await ui.press("less_than_sign")
            ui.expect("store cannot cut this KPI · choose another dimension with d").refuse("Traceback")
            shop.fail = None
            await ui.press("r")
            ui.expect("W43").refuse("cannot cut")

    run(journey)


def test_a_fault_of_omnigap_shows_no_data(tmp_path: object) -> None:
    from pathlib import Path

    folder = Path(str(tmp_path))

    async def journey() -> None:
        shop = Shop()
        async with opened(shop, log_dir=folder) as ui:
            shop.fail = ValueError("secret customer name")
            await ui.press("less_than_sign")
            ui.expect("ValueError").refuse("secret customer", "Traceback")

    run(journey)
    (log,) = folder.glob("crash-*.log")
    assert log.stat().st_mode & 0o777 == 0o600
    assert "secret customer name" in log.read_text(encoding="utf-8")


def test_the_first_frame_stands_before_the_workspace_is_open() -> None:
    import threading

    gate = threading.Event()

    def opener() -> Shop:
        gate.wait(20)
        return Shop()

    async def journey() -> None:
        async with opened(opener=opener, idle=False) as ui:
            await ui.pilot.pause()
            ui.expect("/shop", "opening the workspace", "help")
            await ui.pilot.press("enter")
            await ui.pilot.pause()
            assert ui.state.view == "overview"
            gate.set()
            await ui.wait_idle()
            ui.expect("Cart abandonment").refuse("opening the workspace")

    run(journey)


def test_a_workspace_that_cannot_open_is_said() -> None:
    def opener() -> Shop:
        raise broken()

    async def journey() -> None:
        async with opened(opener=opener) as ui:
            ui.expect("store cannot cut this KPI")
            await ui.press("Q")
            assert not ui.app.is_running

    run(journey)


def test_a_newer_question_ends_the_older_and_its_answer_is_dropped() -> None:
    async def journey() -> None:
        shop = Shop()
        async with opened(shop) as ui:
            shop.hold()
            await ui.pilot.press("less_than_sign")
            await ui.pilot.pause()
            assert shop.interrupts == 0, shop.calls
            await ui.pilot.press("less_than_sign")
            await ui.wait_idle()
            assert shop.interrupts >= 1
            ui.expect("W42")
            assert ui.state.period == "2026-W42"

    run(journey)


def test_moving_the_cursor_asks_nothing_twice_and_known_pages_come_back_at_once() -> None:
    async def journey() -> None:
        shop = Shop()
        async with opened(shop) as ui:
            await ui.press("enter", "backspace")
            asked = len(shop.calls)
            await ui.press("enter", "backspace")
            assert len(shop.calls) == asked

    run(journey)


def test_an_answer_that_comes_late_changes_nothing() -> None:
    class Stubborn(Shop):
        def interrupt(self) -> None:
            self.interrupts += 1  # a query that runs to its end all the same

    async def journey() -> None:
        shop = Stubborn()
        async with opened(shop) as ui:
            shop.hold()
            await ui.pilot.press("less_than_sign")
            await ui.pilot.press("6")
            shop.release()
            await ui.wait_idle()
            ui.expect("export_1.csv", "W43").refuse("Cart abandonment")

    run(journey)


def test_a_cursor_move_redraws_two_rows_and_asks_nothing() -> None:
    async def journey() -> None:
        shop = Shop()
        async with opened(shop, state=ViewState(view="explore", kpi="aov", by="product")) as ui:
            await ui.press("down")
            before, asked = ui.lines, len(shop.calls)
            await ui.press("down")
            changed = [index for index, (old, new) in enumerate(zip(before, ui.lines, strict=True)) if old != new]
            assert changed == [5, 6] and len(shop.calls) == asked

    run(journey)


def test_hostile_names_are_shown_and_do_nothing() -> None:
    async def journey() -> None:
        async with opened(Shop(hostile=True), size=(100, 30), state=ViewState(view="explore", kpi="aov")) as ui:
            ui.expect("[red]markup[/red]", "[/nope]", "[@click=app.bell]click[/]", "漢字かな")
            assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 or ord(c) == 0x202E for line in ui.lines for c in line)
            for name in HOSTILE:
                await ui.press("enter", "backspace", "down")
                assert ui.app.is_running, name
            await ui.press("question_mark", "escape", "D", "escape", "slash")
            await ui.type("[/no")
            ui.expect("[/nope]").refuse("[red]")

    run(journey)


def test_every_size_shows_something_useful() -> None:
    async def journey() -> None:
        async with opened() as ui:
            for width, height in ((40, 10), (60, 16), (120, 36), (200, 60), (20, 5), (80, 24)):
                for keys in ((), ("enter",), ("6",), ("question_mark",), ("escape",), ("1",)):
                    await ui.resize(width, height)
                    await ui.press(*keys)
                    assert all(len(line) <= width for line in ui.lines)
                await ui.press("home")
                if width >= 40:
                    ui.expect("Revenue").expect_row("Revenue")

    run(journey)


def test_small_screens_hide_the_cause_and_wide_ones_show_trend_and_break_down() -> None:
    async def journey() -> None:
        async with opened(size=(80, 18)) as ui:
            ui.refuse("First cause", "Mostly thanks to")
            await ui.resize(80, 24)
            ui.expect("Mostly thanks to").refuse("marketplace")
            await ui.press("j", "j", "j")
            ui.expect("First cause").refuse("marketplace")
            await ui.resize(160, 48)
            ui.expect("First cause", "marketplace", "actual", "W19")

    run(journey)


def test_ascii_only_draws_ascii_only() -> None:
    async def journey() -> None:
        async with opened(ascii_only=True, size=(160, 48)) as ui:
            await ui.press("down")
            assert ui.text.isascii(), [c for c in ui.text if not c.isascii()]
            await ui.press("enter")
            assert ui.text.isascii(), [c for c in ui.text if not c.isascii()]
            await ui.press("question_mark")
            assert {c for c in ui.text if not c.isascii()} <= set()

    run(journey)


def test_a_link_of_the_view_is_copied() -> None:
    async def journey() -> None:
        async with opened() as ui:
            await ui.press("enter", "Y", "enter")
            ui.expect("copied: omnigap://explore?kpi=revenue")
            assert ui.app.clipboard.startswith("omnigap://explore?kpi=revenue")

    run(journey)


def test_mouse_selects_opens_and_sorts() -> None:
    async def journey() -> None:
        async with opened() as ui:
            await ui.pilot.click(offset=(10, 5))
            await ui.wait_idle()
            ui.expect_row("Orders")
            await ui.pilot.click(offset=(10, 5))
            await ui.wait_idle()
            ui.expect("Orders by [Channel]")
            await ui.pilot.click(offset=(3, 3))
            await ui.wait_idle()
            assert ui.state.sort.column == "member"

    run(journey)


def test_with_live_off_newer_data_are_said_and_shown_only_on_r() -> None:
    async def journey() -> None:
        shop = Shop()
        async with opened(shop, options=Options(live=False)) as ui:
            asked = len(shop.calls)
            ui.expect("live off")
            ui.app.main.asker.look()
            await ui.wait_idle()
            ui.refuse("new data")
            shop.newer = True
            ui.app.main.asker.look()
            await ui.wait_idle()
            ui.expect("new data · r")
            assert len(shop.calls) == asked
            assert shop.reloads == 0
            await ui.press("r")
            ui.refuse("new data · r").expect("new data of 06:12: no number changed")
            assert shop.reloads == 1

    run(journey)


def test_the_data_view_tells_everything_about_the_file_under_the_cursor() -> None:
    async def journey() -> None:
        async with opened() as ui:
            await ui.press("6")
            ui.expect("Shopify orders · 8 files").expect_row("export_1.csv").expect("1,000 rows read = 990 used + 10 left out + 1 rejected")
            ui.expect("✗ line 7, Total: 12,x: not a number")
            await ui.press("G")
            ui.expect("8 files", "36,000 rows read")
            await ui.resize(120, 36)
            ui.expect("│ 8 files")

    run(journey)


def test_records_scroll_sideways_to_the_last_column() -> None:
    async def journey() -> None:
        async with opened(size=(36, 20)) as ui:
            await ui.press("v")
            ui.expect("ORDER_ID", "till_2026-10.csv:2").refuse("NET_AMOUNT")
            await ui.press("right")
            ui.expect("NET_AMOUNT", "LINE").refuse("ORDER_ID")
            await ui.press("right", "right", "left")
            ui.expect("ORDER_ID").expect_row_in_box("order-0")

    run(journey)
