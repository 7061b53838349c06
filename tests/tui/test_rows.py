"""Keys on rows: marks, exclusions, several sort keys, the filter's language, matches."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from textual import events
from tui_driver import Ui, opened
from tui_shop import MEMBERS, Shop

from kpi_core.links import from_link, to_link
from kpi_core.render.filtering import LONGEST
from kpi_core.view import Filter, Sort, ViewState
from tui.widgets.filter import FilterInput

STORES = ViewState(view="explore", kpi="aov", by="store")
PRODUCTS = ViewState(view="explore", kpi="aov", by="product")


def run(journey: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(journey())


def keys(ui: Ui) -> list[str]:
    return ui.app.main.rows.keys()


def test_marked_members_are_kept_as_one_crumb_and_the_way_back_knows_them() -> None:
    async def journey() -> None:
        shop = Shop()
        async with opened(shop, state=STORES) as ui:
            asked = len(shop.calls)
            await ui.press("space", "down", "space")
            assert ui.state.marks == ("Lyon Part-Dieu", "Paris Rivoli")
            ui.expect_row("Nantes").expect("2 marked")
            assert sum(line.startswith("●") for line in ui.lines) == 2
            assert len(shop.calls) == asked  # nothing is asked for a mark
            await ui.press("up")
            assert any(line.startswith("◉Paris") for line in ui.lines)
            await ui.press("enter")
            assert ui.state.where == (Filter("store", ("Lyon Part-Dieu", "Paris Rivoli")),)
            assert keys(ui) == ["Lyon Part-Dieu", "Paris Rivoli"] and ui.state.marks == ()
            ui.expect_crumb("Total › Store: Lyon Part-Dieu, Paris Rivoli").expect_row("Lyon").refuse("marked")
            await ui.press("minus")
            assert ui.state.marks == ("Lyon Part-Dieu", "Paris Rivoli")
            ui.expect("2 marked").expect_row("Paris Rivoli")
            await ui.press("alt+right", "backspace")  # up from a crumb of several values
            assert ui.state.where == () and ui.state.by == "store"
            ui.expect_row("Lyon").refuse("marked")
            await ui.press("space")
            ui.expect("1 marked")
            await ui.press("U")
            ui.refuse("marked")

    run(journey)


def test_one_mark_is_gone_into_and_marks_of_elsewhere_are_dropped() -> None:
    async def journey() -> None:
        async with opened(state=STORES) as ui:
            await ui.press("space", "s")
            assert ui.state.marks == ("Lyon Part-Dieu",)  # survives a sort
            await ui.press("greater_than_sign", "less_than_sign")
            assert ui.state.marks == ("Lyon Part-Dieu",)  # and another period of the same rows
            await ui.press("enter")
            assert ui.state.where == (Filter("store", ("Lyon Part-Dieu",)),) and ui.state.by is None and not ui.state.marks
            await ui.press("space", "d")
            assert not ui.state.marks
            await ui.press("space", "1")
            assert not ui.state.marks

    run(journey)


def test_escape_takes_filter_then_marks_then_a_crumb() -> None:
    async def journey() -> None:
        async with opened(state=ViewState(view="explore", kpi="aov", by="store", where=(Filter("channel", ("web",)),))) as ui:
            await ui.press("space", "slash")
            await ui.type("nantes")
            ui.expect("1 of 8 rows", "1 marked (1 hidden by the filter)")
            await ui.press("enter")
            ui.expect("1 of 8 rows")
            await ui.press("escape")
            assert not ui.state.search and ui.state.marks
            await ui.press("escape")
            assert not ui.state.marks and ui.state.where
            await ui.press("escape")
            assert not ui.state.where

    run(journey)


def test_a_link_carries_marks_and_exclusions() -> None:
    async def journey() -> None:
        state = ViewState(view="explore", kpi="aov", by="store", where=(Filter("store", ("Nice",), True),), marks=("Lille Centre", "gone"), search="gap<500")
        assert from_link(to_link(state)) == (state, ())
        async with opened(state=state) as ui:
            ui.expect("2 marked (1 hidden by the filter)").expect_crumb("Total › Store")
            assert any(line.startswith("●Lille") for line in ui.lines)
            assert "Nice" not in keys(ui)

    run(journey)


def test_exclusions_gather_in_one_crumb_and_never_leave_nothing() -> None:
    async def journey() -> None:
        async with opened(state=STORES) as ui:
            await ui.press("down", "exclamation_mark")
            assert ui.state.where == (Filter("store", ("Lille Centre",), exclude=True),)
            ui.expect_row("Paris Rivoli")
            await ui.press("space", "space", "exclamation_mark")
            assert ui.state.where == (Filter("store", ("Lille Centre", "Paris Rivoli", "Nantes"), exclude=True),)
            assert keys(ui) == [name for name in MEMBERS["store"] if name not in ("Lille Centre", "Paris Rivoli", "Nantes")]
            ui.expect_row("Bordeaux")
            for _ in range(4):
                await ui.press("exclamation_mark")
            assert len(keys(ui)) == 1
            await ui.press("exclamation_mark")
            ui.expect("that would leave nothing")
            await ui.press("backspace")
            assert keys(ui) == list(MEMBERS["store"])
            await ui.press("g", "space", "space", "space", "enter", "exclamation_mark")  # of those kept, all but one
            assert ui.state.where == (Filter("store", ("Lille Centre", "Paris Rivoli")),) and keys(ui) == ["Lille Centre", "Paris Rivoli"]
            await ui.press("1", "exclamation_mark")
            ui.expect("members are left out in Explore (2)")

    run(journey)


def test_marked_members_stand_side_by_side() -> None:
    async def journey() -> None:
        async with opened(state=STORES, size=(120, 30)) as ui:
            await ui.press("space", "space")
            row = {line.split("  ")[0].strip("●▸◉│ "): line for line in ui.lines}
            assert "Lyon Part-Dieu" in " ".join(row)
            ui.expect("2 marked  ·  Lyon Part-Dieu", "·  Lille Centre")
            ui.refuse("together")  # averages are not added
            await ui.press("1", "space", "space", "enter")
            ui.expect_crumb("Total")
            assert ui.state.view == "explore" and ui.state.kpi == "aov"  # the KPI under the cursor

    run(journey)


def test_ascii_marks() -> None:
    async def journey() -> None:
        async with opened(state=STORES, ascii_only=True) as ui:
            await ui.press("space", "space", "up")
            assert any(line.startswith("*Lyon") for line in ui.lines) and any(line.startswith("#Lille") for line in ui.lines)
            assert ui.text.isascii()

    run(journey)


def test_a_second_key_decides_between_equals_and_the_titles_number_them() -> None:
    async def journey() -> None:
        async with opened(state=STORES) as ui:
            await ui.press("right", "s", "right", "alt+s")
            first = ui.app.main.view.grid.content.columns
            assert ui.state.sort.column == "actual" and len(ui.state.sort.then) == 1
            assert {"actual", ui.state.sort.then[0][0]} <= {column.id for column in first}
            ui.expect("▾1", "▾2")
            await ui.press("alt+s")
            ui.expect("▾1", "▴2")
            await ui.press("alt+s")
            assert ui.state.sort == Sort("actual")
            ui.expect("▾").refuse("▾1")

    run(journey)


def test_the_sort_of_a_view_is_there_again_on_coming_back() -> None:
    async def journey() -> None:
        async with opened(state=STORES) as ui:
            await ui.press("right", "s", "1")
            assert ui.state.sort == Sort()
            await ui.press("s")
            kpis = keys(ui)
            await ui.press("g", *["j"] * kpis.index("aov"), "enter")
            assert ui.state.kpi == "aov" and ui.state.sort == Sort("actual")
            await ui.press("s", "s")  # its own order again: that is remembered too
            assert ui.state.sort == Sort()
            await ui.press("1")
            assert ui.state.sort == Sort("kpi", False) and keys(ui) == kpis
            await ui.press("enter")
            assert ui.state.sort == Sort()

    run(journey)


def test_a_number_is_about_the_lit_column_and_the_link_says_which() -> None:
    async def journey() -> None:
        async with opened(state=STORES) as ui:
            await ui.press("right", "right", "slash")
            ui.expect("status:missed; a blank joins them")
            await ui.type("l <0")
            ui.expect("name with “l” · GAP < 0")
            assert ui.state.search == "l gap<0"
            every = dict(zip(MEMBERS["store"], range(8), strict=True))
            assert set(keys(ui)) < set(every)
            gaps = {row.key: row.values for row in ui.app.main.view.grid.content.rows}
            place = [column.id for column in ui.app.main.view.grid.content.columns].index("gap")
            assert all(values[place] < 0 for values in gaps.values())  # type: ignore[operator]
            await ui.press("enter")
            ui.expect("/l gap<0", f"{len(gaps)} of 8 rows")

    run(journey)


@pytest.mark.parametrize(
    ("lang", "typed", "said"), [("en", "gpa<3", "there is no column gpa; did you mean GAP?"), ("fr", "écrat<3", "vouliez-vous dire ÉCART")]
)
def test_a_filter_that_cannot_be_read_says_so_and_hides_nothing(lang: str, typed: str, said: str) -> None:
    async def journey() -> None:
        async with opened(state=STORES, lang=lang) as ui:
            await ui.press("slash")
            await ui.type(typed)
            ui.expect(said)
            assert len(keys(ui)) == 8
            await ui.press("enter")
            ui.expect(said)  # and still after the field is gone

    run(journey)


def test_next_match_goes_on_after_the_filter_is_cleared() -> None:
    async def journey() -> None:
        async with opened(state=PRODUCTS, size=(80, 20)) as ui:
            await ui.press("n")
            ui.expect("filter the rows first (/)")
            await ui.press("slash")
            await ui.type('"product 05"')
            await ui.press("enter", "escape", "n")
            ui.expect_row("Product 051").expect("match 2 of 10")
            await ui.press("N", "N")
            ui.expect_row("Product 059").expect("match 10 of 10")
            await ui.press("n")
            ui.expect_row("Product 050").expect("match 1 of 10")
            await ui.press("1", "n")
            ui.expect('no row holds "product 05"')

    run(journey)


def test_a_hundred_kilobytes_pasted_into_the_filter_are_cut_and_harmless() -> None:
    async def journey() -> None:
        async with opened(state=STORES) as ui:
            await ui.press("slash")
            hostile = "\n\x1b]52;c;AAAA\x07[red]" + "lyon " * 20_000 + "\nnext line"
            field = ui.app.main.query_one(FilterInput)
            field.post_message(events.Paste(hostile))
            await ui.wait_idle()
            assert len(field.value) <= LONGEST and "\x1b" not in field.value
            ui.expect("it was cut", "[red]")
            await ui.press("enter", "escape")
            assert len(keys(ui)) == 8 and not ui.state.search

    run(journey)


def test_keys_faster_than_the_screen_end_where_they_lead() -> None:
    async def journey() -> None:
        async with opened(state=PRODUCTS) as ui:
            for _ in range(60):
                ui.app.simulate_key("down")
            for _ in range(20):
                ui.app.simulate_key("space")
            await ui.wait_idle()
            assert ui.state.marks == tuple(f"Product {n:03d}" for n in range(60, 80))
            ui.expect_row("Product 080")

    run(journey)
