"""Row filter, sort and history: the parts of a state that ask nothing."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi_core.render.arrange import arranged
from kpi_core.render.table import Cell, Column, Row, fit
from kpi_core.view import Filter, Sort, ViewState
from tui.look.drawing import shared
from tui.look.tables import content
from tui.state.navigation import COMPARE_CYCLE, GRAINS, asked, into, next_compare, next_grain, parent, to_view


def table(*rows: tuple[str, str, object]) -> object:
    made = []
    for kind, name, number in rows:
        made.append(Row((Cell(name), Cell("" if number is None else str(number), raw=number)), kind, name if kind == "row" else None))
    return fit([Column("name", "NAME", grow=True), Column("amount", "AMOUNT", "right")], made, 40)


SALES = (
    ("section", "Sales", None),
    ("row", "Été à Lyon", Decimal(5)),
    ("row", "orders", 12),
    ("section", "Journey", None),
    ("row", "conversion", None),
    ("row", "Carts", 2.5),
    ("total", "Total", 99),
)


def names(found: object) -> list[str]:
    return [row.cells[0].text for row in found.rows]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("search", "kept"),
    [
        ("", ["Sales", "Été à Lyon", "orders", "Journey", "conversion", "Carts", "Total"]),
        ("ete", ["Sales", "Été à Lyon", "Total"]),
        ("CART", ["Journey", "Carts", "Total"]),
        ("!o", ["Journey", "Carts", "Total"]),
        ("> 4", ["Sales", "Été à Lyon", "orders", "Total"]),
        ("amount < 2,6", ["Journey", "Carts", "Total"]),
        ("nothing like it", ["Total"]),
        ("price > 5", ["Total"]),
    ],
)
def test_row_filter(search: str, kept: list[str]) -> None:
    assert names(arranged(table(*SALES), search, Sort())) == kept  # type: ignore[arg-type]


def test_sort_lifts_sections_and_keeps_rows_without_value_last() -> None:
    down = arranged(table(*SALES), "", Sort("amount", True))  # type: ignore[arg-type]
    assert names(down) == ["orders", "Été à Lyon", "Carts", "conversion", "Total"]
    up = arranged(table(*SALES), "", Sort("amount", False))  # type: ignore[arg-type]
    assert names(up) == ["Carts", "Été à Lyon", "orders", "conversion", "Total"]
    by_name = arranged(table(*SALES), "", Sort("name", False))  # type: ignore[arg-type]
    assert names(by_name)[:2] == ["Carts", "conversion"]


def test_totals_stay_and_the_sorted_title_has_its_arrow() -> None:
    shown = content(table(*SALES), Sort("amount", True), "empty")  # type: ignore[arg-type]
    assert [row.key for row in shown.rows] == [None, "Été à Lyon", "orders", None, "conversion", "Carts"]
    assert len(shown.totals) == 1
    assert "▾" in "".join(text for text, _ in shown.header)
    header = "".join(text for text, _ in shown.header)
    for column, title in zip(shown.columns, ("NAME", "AMOUNT"), strict=True):
        assert title[:4] in header[column.start : column.end]


STATES = st.builds(
    ViewState,
    view=st.sampled_from(("overview", "explore", "data")),
    kpi=st.none() | st.just("aov"),
    where=st.lists(st.builds(Filter, st.sampled_from(("channel", "store")), st.just(("x",))), max_size=3).map(tuple),
    search=st.text(max_size=3),
)


@given(STATES)
def test_going_up_ends_at_the_top(state: ViewState) -> None:
    steps = 0
    while (above := parent(state)) is not None:
        state, steps = above, steps + 1
        assert steps < 10
    assert state.view == "overview" and not state.where


@given(STATES, st.text(max_size=5))
def test_up_after_drilling_is_where_we_were(state: ViewState, key: str) -> None:
    if state.view != "overview" or state.where:
        return
    below = into(state, None, key)
    assert below is not None
    above = parent(below)
    assert above is not None and asked(above) == asked(ViewState(view="overview", kpi=key, period=state.period))
    assert above.at == key


def test_cycles_come_round() -> None:
    compare = seen = "last_year"
    for _ in COMPARE_CYCLE:
        compare = next_compare(compare)
    assert compare == seen and next_compare("last_year_date") == COMPARE_CYCLE[0]
    grain = "day"
    for _ in GRAINS:
        grain = next_grain(grain)
    assert grain == "day" and next_grain("range") == "week"


def test_another_view_keeps_crumb_and_period_only() -> None:
    state = ViewState(view="explore", kpi="aov", by="store", where=(Filter("channel", ("web",)),), period="2026-W44", search="x", at="y", sort=Sort("gap"))
    assert to_view(state, "data") == ViewState(view="data", kpi="aov", where=state.where, period="2026-W44")


@given(st.lists(st.integers(0, 30), max_size=5), st.integers(-3, 60))
def test_lines_are_shared_fairly(wanted: list[int], lines: int) -> None:
    given_out = shared(wanted, lines)
    assert all(has <= need for has, need in zip(given_out, wanted, strict=True))
    assert sum(given_out) == min(sum(wanted), max(0, lines))
    short = [has for has, need in zip(given_out, wanted, strict=True) if has < need]
    assert not short or max(given_out) - min(short) <= 1
