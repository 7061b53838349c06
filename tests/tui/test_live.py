"""Newer data are shown in place, and what they changed is marked until the next key."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from tui_driver import Ui, opened
from tui_shop import Shop, broken

from kpi_core.view import Sort, ViewState
from tui.look.tables import put, with_changes
from tui.options import Options
from tui.questions.live import NOISE, changes
from tui.widgets.content import GridColumn, GridContent, GridRow, total_key

STORES = ViewState(view="explore", kpi="aov", by="store")


def run(journey: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(journey())


async def loaded(ui: Ui, shop: Shop, **moved: int) -> None:
    """New data: members of the average order value that moved by so much."""
    shop.moved |= {("aov", name.replace("_", " ")): Decimal(amount) for name, amount in moved.items()}
    shop.newer = True
    ui.app.main.asker.look()
    await ui.wait_idle()


# ---------------------------------------------------------------- what changed

CELLS = st.dictionaries(st.sampled_from("abcd"), st.tuples(*[st.none() | st.integers(-5, 5) | st.decimals(-5, 5, places=1)] * 2), max_size=4)


def grid(rows: dict[str, tuple[object, ...]], columns: str = "xy", total: tuple[object, ...] = (0, 0)) -> GridContent:
    found = tuple(GridColumn(name, 1 + 8 * place, 8 + 8 * place) for place, name in enumerate(columns))
    made = [GridRow(None, ()), *(GridRow(key, ((" " * 20, ""),), values) for key, values in rows.items())]
    return GridContent(columns=found, rows=made, totals=(GridRow(None, (), total),))


@given(CELLS, CELLS)
def test_changes_are_those_of_rows_that_stayed(before: dict[str, tuple[object, ...]], after: dict[str, tuple[object, ...]]) -> None:
    found = changes(grid(before), grid(dict(reversed(after.items()))))
    expected = {}
    for key in before.keys() & after.keys():
        for place, column in enumerate("xy"):
            old, new = before[key][place], after[key][place]
            if old != new:
                expected[key, column] = 0 if old is None or new is None else 1 if new > old else -1  # type: ignore[operator]
    assert dict(found.cells) == expected
    assert (found.new, found.gone) == (len(after.keys() - before.keys()), len(before.keys() - after.keys()))


def test_texts_columns_that_went_and_noise_are_no_changes() -> None:
    before = grid({"a": (1.0, "old")}, total=(3, None))
    assert changes(before, grid({"a": (1.0 + NOISE / 10, "new")}, total=(3, None))).cells == {}
    assert changes(before, grid({"a": (2.0,)}, "z", (3,))).cells == {}
    assert changes(before, grid({"a": (1.0, "old")}, total=(4, None))).cells == {(total_key(0), "x"): 1}


def test_marks_stand_before_the_number_and_never_on_it() -> None:
    columns = (GridColumn("name", 1, 8), GridColumn("a", 9, 16), GridColumn("b", 17, 21))
    row = GridRow("k", ((" Shoes  ", ""), ("    61.2", "bad"), (" 9999 ", "")))
    text = "".join(piece for piece, _ in with_changes(row, columns, {("k", "a"): 1, ("k", "b"): -1}, "k", False))
    assert text == " Shoes    Δ↑61.2Δ9999 "
    ascii_text = "".join(piece for piece, _ in with_changes(row, columns, {("k", "a"): -1}, "k", True))
    assert "*v61.2" in ascii_text


@given(st.lists(st.tuples(st.text("abc", max_size=4), st.sampled_from(["", "bad"])), max_size=5), st.integers(0, 12), st.text("XY", min_size=1, max_size=3))
def test_what_is_put_into_a_line_replaces_as_much(line: list[tuple[str, str]], at: int, text: str) -> None:
    before = "".join(piece for piece, _ in line)
    after = "".join(piece for piece, _ in put(tuple(line), at, text))
    if at + len(text) <= len(before):
        assert after == before[:at] + text + before[at + len(text) :]


# ---------------------------------------------------------------- on screen


def test_new_data_are_shown_in_place_and_marked_until_the_next_key() -> None:
    async def journey() -> None:
        shop = Shop()
        async with opened(shop, state=STORES) as ui:
            await ui.press("down", "down")
            ui.expect_row("Paris Rivoli")
            await loaded(ui, shop, Lille_Centre=50, Nice=-50)
            ui.expect("new data of 06:12: 6 numbers changed", "Δ↑1,065.00 €").refuse("new data · r")
            ui.expect_row("Paris Rivoli")
            assert shop.reloads == 1
            row = next(line for line in ui.lines if "Paris" in line)
            assert "Δ" not in row
            await ui.press("down")
            ui.refuse("Δ", "numbers changed").expect("1,065.00 €").expect_row("Nantes")

    run(journey)


def test_the_cursor_stays_on_its_row_where_the_order_changes() -> None:
    async def journey() -> None:
        shop = Shop()
        state = ViewState(view="explore", kpi="aov", by="product", sort=Sort("actual"))
        async with opened(shop, state=state, size=(80, 20)) as ui:
            await ui.press(*["pagedown"] * 3)
            grid = ui.app.main.view.grid
            key, top = grid.cursor_key, grid.scroll_offset.y
            assert key is not None and top > 0
            await loaded(ui, shop, **{str(ui.app.main.rows.keys()[-1]).replace(" ", "_"): 5000})
            assert grid.cursor_key == key
            assert abs(grid.scroll_offset.y - top) <= 1
            ui.expect("4 numbers changed", "Δ+52,040.00 €")  # three of the row, one of the total

    run(journey)


def test_live_waits_while_one_types_or_reads_a_pop_up() -> None:
    async def journey() -> None:
        shop = Shop()
        async with opened(shop, state=STORES) as ui:
            await ui.press("slash")
            await loaded(ui, shop, Nice=1)
            assert shop.reloads == 0
            await ui.press("enter", "i")
            await loaded(ui, shop)
            assert shop.reloads == 0
            await ui.press("escape")
            ui.expect("new data · r")
            await loaded(ui, shop)
            assert shop.reloads == 1
            ui.refuse("new data · r")

    run(journey)


def test_live_is_switched_off_and_on() -> None:
    async def journey() -> None:
        shop = Shop()
        async with opened(shop, state=STORES) as ui:
            await ui.press("R")
            ui.expect("live is off", "live off")
            await loaded(ui, shop, Nice=1)
            ui.expect("live off · new data · r")
            assert shop.reloads == 0
            await ui.press("R")
            assert shop.reloads == 1
            ui.refuse("live off")

    run(journey)


def test_a_reload_that_fails_keeps_the_page_and_is_not_tried_again_by_itself() -> None:
    async def journey() -> None:
        shop = Shop()
        async with opened(shop, state=STORES, options=Options(ascii_only=True)) as ui:
            shop.fail = broken()
            await loaded(ui, shop, Nice=1)
            ui.expect("store cannot cut this KPI", "Lyon Part-Dieu", "new data . r")
            calls = len(shop.calls)
            await loaded(ui, shop)
            assert len(shop.calls) == calls
            shop.fail = None
            await ui.press("r")
            ui.expect("4 numbers changed", "*^542.00 EUR")
            assert ui.text.isascii()

    run(journey)
