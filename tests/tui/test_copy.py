"""`y` and `Y`: what reaches the clipboard from every view and pop-up, and what is said about it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from tui_driver import Ui, opened
from tui_shop import HOSTILE, Shop, broken

from kpi_core.links import from_link
from kpi_core.view import Filter, ViewState
from tui.options import Options


def run(journey: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(journey())  # type: ignore[arg-type]


async def chosen(ui: Ui, title: str) -> None:
    """Y, then the entry of the copy menu whose title this is."""
    await ui.press("Y")
    await ui.type(title)
    await ui.press("enter")


def test_y_copies_the_raw_number_under_the_cursor_or_the_row() -> None:
    async def journey() -> None:
        async with opened(size=(100, 30)) as ui:
            await ui.press("right", "y")
            assert ui.app.clipboard == "876"
            ui.expect("copied: 876")
            await ui.press("down", "down", "down", "y")
            assert ui.app.clipboard == "0.0699", "a rate is copied as the number it is"
            await ui.press("left", "y")
            assert ui.app.clipboard.split("\t")[:5] == ["Conversion rate", "0.0699", "0.084", "-0.167857142857", "missed"]
            ui.expect("copied: 1 row as TSV")

    run(journey)


def test_marked_rows_are_copied_together_in_the_order_of_the_screen() -> None:
    async def journey() -> None:
        async with opened(size=(100, 30), state=ViewState(marks=("returns", "revenue"))) as ui:
            await ui.press("y")
            assert [line.split("\t")[0] for line in ui.app.clipboard.split("\n")] == ["Revenue", "Return rate"]
            ui.expect("copied: 2 rows as TSV")

    run(journey)


def test_the_link_is_the_first_entry_and_leads_back() -> None:
    async def journey() -> None:
        state = ViewState("explore", "aov", "store", (Filter("channel", ("store",)),), search="l", at="Lille Centre")
        async with opened(size=(100, 30), state=state) as ui:
            await ui.press("Y", "enter")
            back, problems = from_link(ui.app.clipboard)
            assert not problems
            assert (back.view, back.kpi, back.by, back.where, back.search, back.at) == ("explore", "aov", "store", state.where, "l", "Lille Centre")
            ui.expect("copied: omnigap://explore")
            await ui.press("alt+y")
            assert from_link(ui.app.clipboard)[0] == back

    run(journey)


def test_the_menu_copies_table_sql_and_definition() -> None:
    async def journey() -> None:
        async with opened(size=(100, 30)) as ui:
            await chosen(ui, "TSV")
            lines = ui.app.clipboard.splitlines()
            assert lines[0].split("\t")[:4] == ["GROUP", "KPI", "ACTUAL", "TARGET"]
            assert len(lines) == 8
            ui.expect("copied: 7 rows as TSV")
            await chosen(ui, "Markdown")
            assert ui.app.clipboard.startswith("| KPI | ACTUAL |")
            assert "876 €" in ui.app.clipboard.replace("\u00a0", " "), "as it reads"
            await chosen(ui, "SQL")
            assert ui.app.clipboard == "select sum(net_amount)\nfrom sale;\n"
            await chosen(ui, "Definition")
            assert "revenue / orders" in ui.app.clipboard
            ui.expect("copied: the definition")

    run(journey)


def test_what_cannot_be_asked_is_said() -> None:
    async def journey() -> None:
        shop = Shop()
        async with opened(shop, size=(100, 30)) as ui:
            shop.fail = broken()
            await chosen(ui, "SQL")
            ui.expect("store cannot cut this KPI")
            assert ui.app.clipboard == ""

    run(journey)


def test_pop_ups_copy_their_own_content() -> None:
    async def journey() -> None:
        async with opened(size=(100, 30)) as ui:
            await ui.press("v", "down", "y")
            assert ui.app.clipboard == "order-1\t2026-10-26\t13.5\ttill_2026-10.csv\t3"
            await chosen(ui, "TSV")
            assert len(ui.app.clipboard.splitlines()) == 201
            await ui.press("escape", "x", "y")
            assert ui.app.clipboard.startswith("web\t-4")
            await chosen(ui, "link")
            assert ui.app.clipboard == "omnigap://explore?kpi=revenue"
            await ui.press("escape", "i", "down", "down", "y")
            assert ui.app.clipboard == "Formula  revenue / orders"
            await chosen(ui, "SQL")
            assert ui.app.clipboard.startswith("select sum(net_amount)")
            await ui.press("escape", "T", "escape")

    run(journey)


def test_a_hostile_name_reaches_the_clipboard_harmless() -> None:
    async def journey() -> None:
        async with opened(Shop(hostile=True), size=(100, 30), state=ViewState("explore", "revenue", "product")) as ui:
            for title in ("TSV", "Markdown"):
                await chosen(ui, title)
                lines = ui.app.clipboard.splitlines()
                assert len(lines) >= len(HOSTILE) + 1
                assert not any((ord(c) < 32 and c != "\t") or 0x7F <= ord(c) < 0xA0 or c in "\u202e\u200e" for line in lines for c in line)

    run(journey)


def test_too_much_for_the_terminal_goes_into_a_file_that_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMNIGAP_CLIPBOARD_LIMIT", "40")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))

    async def journey() -> None:
        async with opened(size=(140, 30)) as ui:
            await chosen(ui, "TSV")
            (found,) = (tmp_path / "omnigap").glob("copied-*.txt")
            ui.expect("7 rows as TSV: in", "copied-")
            assert found.read_text(encoding="utf-8").startswith("GROUP\tKPI")
            assert oct(found.stat().st_mode)[-3:] == "600"

    run(journey)


def test_a_clipboard_that_is_off_says_so_and_a_browser_gets_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    async def journey() -> None:
        monkeypatch.setenv("OMNIGAP_CLIPBOARD", "off")
        async with opened(size=(100, 30)) as ui:
            await ui.press("y")
            ui.expect("nothing is copied: OMNIGAP_CLIPBOARD is off")
        monkeypatch.setenv("OMNIGAP_CLIPBOARD", "file")
        async with opened(size=(100, 30), options=Options(served=True)) as ui:
            await ui.press("y")
            ui.expect("this is too long for the clipboard here")

    run(journey)
