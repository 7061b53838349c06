"""View 3 by keys: missed targets, what Enter opens, the way back, a note, and targets that are near."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from tui_driver import opened
from tui_shop import Shop

from kpi_core.pages import GapStatus
from kpi_core.view import ViewState

GAPS = ViewState(view="gaps")


def run(journey: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(journey())  # type: ignore[arg-type]


def test_from_a_gap_to_its_place_and_back_and_a_note() -> None:
    async def journey() -> None:
        shop = Shop()
        rows = [row for row in shop.gaps(GAPS).rows if row.gap.status is GapStatus.MISSED]
        at = next(place for place, row in enumerate(rows) if row.scope and row.action is not None)
        row = rows[at]
        async with opened(shop) as ui:
            await ui.press("3")
            ui.expect("targets missed", "KPI · WHERE", "SINCE").expect_row(rows[0].kpi.name)
            await ui.press(*["j"] * at)
            ui.expect(f"{row.kpi.name} · {row.scope}", "Cross-sell prompt (Claire, due 30 Oct 2020, running) ! overdue", "First cause: Nice")
            await ui.press("enter")
            assert ui.state.view == "explore" and ui.state.kpi == row.kpi.id and ui.state.where == row.state.where
            ui.expect_crumb(f"Total › Store: {row.scope}")
            await ui.press("minus")
            assert ui.state.view == "gaps"
            ui.expect_row(row.scope)
            await ui.press("A")
            ui.expect("Note", "notes.yaml")
            await ui.type("window [red]broken[/red]")
            await ui.press("enter")
            ui.expect("kept in notes.yaml", "2 Nov, anna: window [red]broken[/red]").expect_row(row.scope)
            assert [(note.kpi, note.where) for note in shop.notes] == [(row.kpi.id, row.state.where)]

    run(journey)


def test_an_empty_note_and_esc_keep_nothing() -> None:
    async def journey() -> None:
        shop = Shop()
        async with opened(shop, state=GAPS) as ui:
            await ui.press("A", "enter")
            ui.expect("write what you know")
            await ui.press("escape", "A")
            await ui.type("never mind")
            await ui.press("escape")
            assert shop.notes == [] and ui.state.view == "gaps"

    run(journey)


def test_near_targets_come_and_go_without_asking_again() -> None:
    async def journey() -> None:
        shop = Shop()
        rows = shop.gaps(GAPS).rows
        missed = sum(row.gap.status is GapStatus.MISSED for row in rows)
        assert 0 < missed < len(rows)
        async with opened(shop, size=(120, 60)) as ui:
            await ui.press("quotation_mark")  # the same key on a French keyboard
            asked = [what for what, _ in shop.calls].count("gaps")
            ui.refuse(" ~ ▼").refuse(" ~ ▲")
            assert len(ui.app.main.view.grid.content.rows) == missed
            await ui.press("a")
            assert len(ui.app.main.view.grid.content.rows) == len(rows)
            ui.expect("shown too (a)")
            await ui.press("a")
            assert len(ui.app.main.view.grid.content.rows) == missed
            assert [what for what, _ in shop.calls].count("gaps") == asked

    run(journey)


def test_filter_sort_and_the_pop_ups_are_about_the_row() -> None:
    async def journey() -> None:
        shop = Shop()
        async with opened(shop, state=GAPS) as ui:
            await ui.press("slash")
            await ui.type("lyon")
            await ui.press("enter")
            ui.expect_row("Lyon Part-Dieu")
            row = next(row for row in shop.gaps(GAPS).rows if row.key == ui.app.main.view.grid.cursor_key)
            await ui.press("v", "escape", "i", "escape")
            asked = {what: state for what, state in shop.calls if what in ("records", "definition")}
            assert all(state.kpi == row.kpi.id and state.where == row.state.where for state in asked.values()) and len(asked) == 2
            await ui.press("escape", "l", "s")
            assert ui.state.sort.column == "actual"
            await ui.press("q")
            assert ui.state.view == "overview"
            await ui.press("a")
            ui.expect("near targets are shown in Gaps")

    run(journey)


def test_hostile_names_do_nothing() -> None:
    async def journey() -> None:
        async with opened(Shop(hostile=True), state=GAPS, size=(160, 48)) as ui:
            await ui.press("G", "enter", "minus", "k", "k")
            assert ui.state.view == "gaps"
            assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 for line in ui.lines for c in line)

    run(journey)


def test_every_size_shows_rows_and_no_size_fails() -> None:
    async def journey() -> None:
        async with opened(state=GAPS) as ui:
            for size in ((40, 12), (60, 16), (80, 24), (120, 36), (160, 48), (80, 24)):
                await ui.resize(*size)
                ui.expect("✗")
                assert all(len(line) <= size[0] for line in ui.lines)

    run(journey)
