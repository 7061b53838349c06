"""The number of a target for any cell and period."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from objectives_shop import plan, read

from kpi_core.engine.calendar import between
from kpi_core.engine.calendar import parse as period
from kpi_core.objectives import Objectives, ResolvedTarget
from kpi_core.view import Filter


def only(**where: str) -> tuple[Filter, ...]:
    return tuple(Filter(dim, (value,)) for dim, value in where.items())


def ask(objectives: Objectives, kpi: str, text: str = "2026-10", where: tuple[Filter, ...] = ()) -> Fraction | None:
    target = objectives.target_for(kpi, where, period(text))
    return None if target is None else target.amount


RATES = plan(
    """
    - {kpi: aov, value: 62.5, split: {channel: {web: 75, store: 58}}}
    - {kpi: nps, value: 40}
    - {kpi: nps, value: 30, where: {timing: [cold]}}
    - {kpi: cart_abandonment, value: 0.68, range: 2026}
    - {kpi: cart_abandonment, values: {2025-Q3: 0.7, 2025-Q4: 0.72}}
    """
)


def test_a_rate_holds_for_any_period_and_any_member_without_a_narrower_one() -> None:
    for text in ("2026-10", "2026-10-03", "2019", "2026-W01"):
        assert ask(RATES, "aov", text) == Fraction(125, 2)
    assert ask(RATES, "aov", where=only(store="Lyon")) == Fraction(125, 2)
    assert ask(RATES, "aov", where=only(channel="web")) == 75
    assert ask(RATES, "aov", where=only(channel="store", store="Lyon")) == 58
    assert ask(RATES, "aov", where=only(channel="marketplace")) == Fraction(125, 2)


def test_a_rate_of_two_members_or_of_all_but_one_is_the_total_s() -> None:
    assert ask(RATES, "aov", where=(Filter("channel", ("web", "store")),)) == Fraction(125, 2)
    assert ask(RATES, "aov", where=(Filter("channel", ("web",), exclude=True),)) == Fraction(125, 2)


def test_where_narrows() -> None:
    assert ask(RATES, "nps") == 40
    assert ask(RATES, "nps", where=only(timing="cold")) == 30
    assert ask(RATES, "nps", where=only(timing="hot")) == 40


def test_a_rate_within_its_range() -> None:
    assert ask(RATES, "cart_abandonment", "2026-W20") == Fraction(17, 25)
    assert ask(RATES, "cart_abandonment", "2025-11") == Fraction(18, 25)
    assert ask(RATES, "cart_abandonment", "2025-Q3") == Fraction(7, 10)
    assert ask(RATES, "cart_abandonment", "2024-12") is None
    assert ask(RATES, "cart_abandonment", "2025-W40") is None  # lies across two quarters


AMOUNTS = plan(
    """
    - kpi: revenue
      total: 3_650_000
      range: 2026
      amber: -3%
      within: {store: {channel: store}}
      split:
        channel: {web: 1_460_000, store: 1_825_000}
        store: {Lyon: 730_000, Nice: 1_000_000}
    - kpi: orders
      values: {2025-10: 3100, 2025-11: 3000, 2025-12: 6200}
      split: {channel: {web: {2025-10: 1000, 2025-11: 900}, store: {2025-10: 2000}}}
    """
)


def test_a_total_is_spread_over_its_days_and_says_so() -> None:
    week = AMOUNTS.target_for("revenue", (), period("2026-W44"))
    assert week is not None
    assert (week.number, week.amount) == (Decimal(70_000), 70_000)
    assert str(week.note) == "spread evenly over the days of 2026"
    year = AMOUNTS.target_for("revenue", (), period("2026"))
    assert year is not None and (year.amount, year.note) == (3_650_000, None)
    assert ask(AMOUNTS, "revenue", "2025-12") is None
    assert ask(AMOUNTS, "revenue", "2026-W01") is None  # begins in 2025


def test_a_target_says_where_it_is_written() -> None:
    total = AMOUNTS.target_for("revenue", (), period("2026"))
    part = AMOUNTS.target_for("revenue", only(channel="store"), period("2026"))
    assert total is not None and (total.file, total.line, total.objective, total.bound) == ("objectives.yaml", 6, "plan", "≥")
    assert part is not None and part.line == 12


def test_an_amount_holds_for_its_own_scope_only() -> None:
    assert ask(AMOUNTS, "revenue", "2026", only(channel="web")) == 1_460_000
    assert ask(AMOUNTS, "revenue", "2026", only(channel="marketplace")) is None
    assert ask(AMOUNTS, "revenue", "2026", only(channel="web", country="FR")) is None
    assert ask(AMOUNTS, "revenue", "2026", (Filter("channel", ("web",), exclude=True),)) is None


def test_a_store_keeps_its_target_under_its_own_channel_and_no_other() -> None:
    assert ask(AMOUNTS, "revenue", "2026", only(store="Lyon")) == 730_000
    assert ask(AMOUNTS, "revenue", "2026", only(channel="store", store="Lyon")) == 730_000
    assert ask(AMOUNTS, "revenue", "2026", only(channel="web", store="Lyon")) is None


def test_filters_on_several_members_add_their_targets() -> None:
    both = AMOUNTS.target_for("revenue", (Filter("channel", ("web", "store")),), period("2026"))
    assert both is not None and both.amount == 3_285_000 and both.near == Fraction(97, 100) * 3_285_000
    assert str(both.note) == "sum of the targets of store, web"
    assert ask(AMOUNTS, "revenue", "2026", (Filter("channel", ("web", "marketplace")),)) is None


def test_values_per_period() -> None:
    assert ask(AMOUNTS, "orders", "2025-10") == 3100
    assert ask(AMOUNTS, "orders", "2025-10-07") == 100
    assert ask(AMOUNTS, "orders", "2025-W44") == 5 * 100 + 2 * 100  # across two months
    assert ask(AMOUNTS, "orders", "2025-Q4") == 12_300
    assert ask(AMOUNTS, "orders", "2025") is None
    assert ask(AMOUNTS, "orders", "2025-Q4", only(channel="web")) is None  # December has no part for the web
    quarter = AMOUNTS.target_for("orders", (), period("2025-Q4"))
    assert quarter is not None and str(quarter.note) == "sum of the targets 2025-10 to 2025-12"


def test_split_with_what_nobody_got() -> None:
    found = AMOUNTS.split_targets("revenue", (), "channel", period("2026"))
    assert {name: target.amount for name, target in found.members.items()} == {"web": 1_460_000, "store": 1_825_000}
    assert found.total is not None and found.total.amount == 3_650_000 and found.unallocated == 365_000
    stores = AMOUNTS.split_targets("revenue", only(channel="store"), "store", period("2026-W44"))
    assert stores.total is not None and stores.unallocated == stores.total.amount - sum(target.amount for target in stores.members.values()) > 0
    assert AMOUNTS.split_targets("revenue", only(channel="web"), "store", period("2026")).members == {}


def test_split_of_a_rate_gives_every_member_its_target_and_nothing_unallocated() -> None:
    found = RATES.split_targets("aov", (), "channel", period("2026"), ["web", "marketplace", ""])
    assert {name: target.amount for name, target in found.members.items()} == {"web": 75, "store": 58, "marketplace": Fraction(125, 2), "": Fraction(125, 2)}
    assert found.unallocated is None


def test_a_filter_keeps_its_members_of_a_split() -> None:
    found = RATES.split_targets("aov", (Filter("channel", ("web",)),), "channel", period("2026"), ["web", "store"])
    assert list(found.members) == ["web"]


def test_a_split_without_total_sums_itself() -> None:
    found = plan("- {kpi: revenue, range: 2026, split: {channel: {web: 100, store: 250}}}")
    assert ask(found, "revenue", "2026") == 350
    levels = plan("- {kpi: stock, split: {channel: {web: 100, store: 250}}}")
    assert ask(levels, "stock", "2026-10-03") == 350 and ask(levels, "stock", "2026", only(channel="web")) == 100


def test_a_rate_split_without_value_has_no_target_for_the_whole() -> None:
    found = plan("- {kpi: aov, split: {channel: {web: 75}}}")
    assert ask(found, "aov") is None and ask(found, "aov", where=only(channel="web")) == 75


def test_a_distinct_count_is_not_inherited() -> None:
    found = plan("- {kpi: buyers, value: 900, split: {channel: {web: 600, store: 700}}}")  # a customer may buy on both
    assert ask(found, "buyers", where=only(channel="web")) == 600
    assert ask(found, "buyers", where=only(channel="marketplace")) is None
    assert found.split_targets("buyers", (), "channel", period("2026")).unallocated is None


def test_the_range_of_the_objective_counts_for_totals() -> None:
    whole = "version: 1\nobjectives:\n  - id: a\n    name: {en: A}\n    range: 2026-Q4\n    targets:\n      - {kpi: orders, total: 92}\n"
    assert ask(read(whole), "orders", "2026-11-05") == 1


def test_a_yearly_pace_is_asked_its_share_of_the_days() -> None:
    found = plan("- {kpi: aov, value: 7.3, annualise: true, amber: -10%}")
    assert ask(found, "aov", "2026") == ask(found, "aov", "2024") == Fraction(73, 10)
    assert ask(found, "aov", "2026-W20") == Fraction(14, 100)
    assert ask(found, "aov", "2026-W01") == Fraction(14, 100)  # across two years of 365 days
    week = found.target_for("aov", only(channel="web"), period("2026-W20"))
    assert week is not None and str(week.note) == "7.3 a year, for the days of the period" and week.near == Fraction(126, 1000)


@given(
    st.integers(-(10**9), 10**9),
    st.dates(date(2020, 1, 1), date(2026, 1, 1)),
    st.integers(1, 400),
    st.lists(st.integers(1, 399), max_size=12),
)
def test_a_spread_total_is_exact_over_any_partition(total: int, start: date, days: int, cuts: list[int]) -> None:
    end = start + timedelta(days=days - 1)
    found = plan(f"- {{kpi: revenue, total: {total}, range: {start}..{end}}}")
    edges = sorted({0, days, *(cut for cut in cuts if cut < days)})
    parts: list[ResolvedTarget | None] = []
    for first, after in pairwise(edges):
        parts.append(found.target_for("revenue", (), between(start + timedelta(days=first), start + timedelta(days=after - 1))))
    assert sum((part.amount for part in parts if part is not None), Fraction(0)) == total
    assert all(part is not None for part in parts)


def test_owner_and_actions() -> None:
    whole = """version: 1
objectives:
  - id: loyalty
    name: {en: Loyalty, fr: Fidélité}
    owner: CRM
    targets: [{kpi: nps, value: 40, owner: Anna}, {kpi: clv, value: 320}]
    actions:
      - {id: done, name: {en: Done}, kpis: [nps], status: done}
      - {id: all, name: {en: For both}}
      - {id: next, name: {en: Next}, kpis: [nps], owner: Bea, due: 2026-12-01}
"""
    found = read(whole)
    assert (found.owner("nps"), found.owner("clv"), found.owner("aov")) == ("Anna", "CRM", "")
    assert [action.id for action in found.actions_for("nps")] == ["all", "next", "done"]
    assert [(action.id, action.owner, action.line) for action in found.actions_for("clv")] == [("all", "CRM", 9)]
    assert found.actions_for("nps")[1].due == "2026-12-01"


@pytest.mark.parametrize("text", ["2026-10", "2026-W44", "2026"])
def test_no_objectives_no_targets(text: str) -> None:
    empty = read("version: 1\n")
    assert ask(empty, "revenue", text) is None
    assert empty.split_targets("revenue", (), "channel", period(text)).members == {}


NESTED = plan(
    """
    - kpi: revenue
      total: 1000
      range: 2026
      within: {store: {channel: {store: [Lyon, Nice], marketplace: [Amazing]}}}
      split:
        channel: {web: 20%, store: 600, marketplace: 100}
        store: {Lyon: 50%, Nice: 250, Amazing: 90%}
    """
)


def test_members_of_several_parents_divide_each_their_own() -> None:
    assert ask(NESTED, "revenue", "2026", only(store="Lyon")) == 300
    assert ask(NESTED, "revenue", "2026", only(store="Amazing")) == 90
    assert ask(NESTED, "revenue", "2026", only(channel="store", store="Amazing")) is None
    for channel, rest in (("store", 50), ("marketplace", 10)):
        found = NESTED.split_targets("revenue", only(channel=channel), "store", period("2026"))
        assert found.unallocated == rest and len(found.members) == (2 if channel == "store" else 1)
    assert NESTED.split_targets("revenue", (), "channel", period("2026")).unallocated == 100
