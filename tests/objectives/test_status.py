"""The verdict: direction x band x side, and differences that read in percent or in their own unit."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from objectives_shop import plan

from kpi_core.engine.calendar import parse as period
from kpi_core.engine.result import NO_DATA, Number, Status, Value
from kpi_core.objectives import ResolvedTarget, delta, gap
from kpi_core.pages import GapStatus, KpiInfo, Target


def value(number: Number, enough: bool = True) -> Value:
    return Value(number, Status.VALUE, enough=enough)


def info(good: str, unit: str = "EUR") -> KpiInfo:
    return KpiInfo("k", "K", unit, good, 2, "g", "f")


def target(number: int | float, near: int | None = None, floor: str | None = None) -> ResolvedTarget:
    exact = Fraction(str(number))
    return ResolvedTarget(number, "≥", "o", "f", 1, amount=exact, near=None if near is None else Fraction(near), floor_kpi=floor)


TABLE = [
    # good, near, actual, arrow, status
    ("up", 95, 101, 1, GapStatus.MET),
    ("up", 95, 100, 0, GapStatus.MET),
    ("up", 95, 99, -1, GapStatus.NEAR),
    ("up", 95, 95, -1, GapStatus.NEAR),
    ("up", 95, 94, -1, GapStatus.MISSED),
    ("up", None, 99, -1, GapStatus.MISSED),
    ("down", 105, 99, -1, GapStatus.MET),
    ("down", 105, 100, 0, GapStatus.MET),
    ("down", 105, 101, 1, GapStatus.NEAR),
    ("down", 105, 105, 1, GapStatus.NEAR),
    ("down", 105, 106, 1, GapStatus.MISSED),
    ("down", None, 101, 1, GapStatus.MISSED),
    ("none", 95, 94, -1, GapStatus.NONE),
]


@pytest.mark.parametrize(("good", "near", "actual", "arrow", "status"), TABLE)
@pytest.mark.parametrize("kind", [int, float, Decimal])
def test_status(good: str, near: int | None, actual: int, arrow: int, status: GapStatus, kind: type[int] | type[float] | type[Decimal]) -> None:
    found = gap(value(kind(actual)), target(100, near), info(good))
    assert (found.arrow, found.status) == (arrow, status)
    assert found.amount == actual - 100 and found.ratio == Decimal(actual - 100) / 100


@pytest.mark.parametrize(
    ("written", "near"),
    [
        ("{kpi: aov, value: 200, amber: -3%}", 194), ("{kpi: aov, value: 200, amber: 190}", 190), ("{kpi: aov, value: 200, amber: -3%, red: -8%}", 184),
        ("{kpi: aov, value: 200, red: -8%}", 184), ("{kpi: nps, value: 40, amber: -5pts}", 35), ("{kpi: nps, value: -10, amber: -50%}", -15),
        ("{kpi: cart_abandonment, value: 0.68, amber: +5pts}", Fraction(73, 100)), ("{kpi: cac, value: 20, amber: +10%}", 22),
        ("{kpi: aov, value: 200}", None),
    ],
)  # fmt: skip
def test_bands(written: str, near: Fraction | None) -> None:
    found = plan(f"- {written}")
    (kpi,) = found.entries
    resolved = found.target_for(kpi, (), period("2026"))
    assert resolved is not None and resolved.near == near


def test_a_band_in_percent_follows_a_spread_target() -> None:
    found = plan("- {kpi: revenue, total: 3650, range: 2026, amber: -10%}").target_for("revenue", (), period("2026-03-01"))
    assert found is not None and (found.amount, found.near) == (10, 9)
    assert gap(value(Decimal("9.00")), found, info("up")).status is GapStatus.NEAR
    assert gap(value(Decimal("8.99")), found, info("up")).status is GapStatus.MISSED


def test_too_few_to_judge_and_nothing_to_judge() -> None:
    few = gap(value(90, enough=False), target(100), info("up"))
    assert (few.status, few.amount, few.arrow) == (GapStatus.FEW, -10, -1)
    assert gap(NO_DATA, target(100), info("up")).status is GapStatus.NO_DATA
    assert gap(value(1), None, info("up")).status is GapStatus.NONE


def test_a_floor_never_lets_a_target_be_green() -> None:
    goal = target(320, near=300, floor="cac")
    assert gap(value(330), goal, info("up"), floor=value(331)).status is GapStatus.NEAR
    assert gap(value(330), goal, info("up"), floor=value(330)).status is GapStatus.MET
    assert gap(value(330), goal, info("up"), floor=NO_DATA).status is GapStatus.MET
    assert gap(value(200), goal, info("up"), floor=value(331)).status is GapStatus.MISSED


@pytest.mark.parametrize(("unit", "percent"), [("EUR", True), ("count", True), ("%", False), ("pts", False), ("days", False), ("x", False), ("score", False)])
def test_money_and_counts_differ_in_percent_rates_in_points(unit: str, percent: bool) -> None:
    assert (gap(value(99), target(100), info("up", unit)).ratio is not None) is percent
    assert (delta(value(99), value(100), info("up", unit)).ratio is not None) is percent


def test_a_target_of_zero_or_below_has_a_gap_that_is_never_infinite() -> None:
    assert gap(value(3), target(0), info("up")).ratio is None
    below = gap(value(-50), target(-100), info("up"))
    assert below.status is GapStatus.MET and below.ratio == Decimal("0.5")


def test_the_last_bits_of_a_double_decide_nothing() -> None:
    assert gap(value(0.1 + 0.2), target(0.3), info("down", "%")).status is GapStatus.MET
    assert gap(value(0.1 + 0.2), target(0.3), info("down", "%")).arrow == 0
    assert gap(value(0.3001), target(0.3), info("down", "%")).status is GapStatus.MISSED


def test_a_plain_target_has_no_band() -> None:
    assert gap(value(99), Target(100, "≥", "o", "f", 1), info("up")).status is GapStatus.MISSED


@pytest.mark.parametrize(
    ("good", "now", "before", "better"),
    [("up", 11, 10, True), ("up", 9, 10, False), ("down", 9, 10, True), ("down", 11, 10, False), ("up", 10, 10, None), ("none", 11, 10, None)],
)
def test_delta_says_whether_it_is_better(good: str, now: int, before: int, better: bool | None) -> None:
    found = delta(value(now), value(before), info(good))
    assert found.good is better and found.reason is None
    assert found.amount == now - before and found.ratio == Decimal(now - before) / 10


def test_a_missing_base_has_a_reason_and_no_number() -> None:
    found = delta(value(5), NO_DATA, info("up"))
    assert (found.amount, found.ratio, str(found.reason)) == (None, None, "no data for the comparison period")
    zero = delta(value(5), value(0), info("up"))
    assert (zero.amount, zero.ratio, str(zero.reason)) == (5, None, "the comparison value is zero")
    assert str(delta(NO_DATA, value(5), info("up")).reason) == "no data for this period"


def test_small_samples_are_neither_better_nor_worse() -> None:
    assert delta(value(5, enough=False), value(4), info("up")).good is None


@given(st.decimals(-(10**6), 10**6, places=2), st.decimals(-(10**6), 10**6, places=2), st.sampled_from(["up", "down"]))
def test_a_gap_is_exact_and_its_mirror_is_judged_alike(actual: Decimal, goal: Decimal, good: str) -> None:
    found = gap(value(actual), target(float(goal)), info(good))
    assert found.amount == actual - goal
    mirrored = gap(value(-actual), target(float(-goal)), info("down" if good == "up" else "up"))
    assert mirrored.status is found.status and mirrored.arrow == -found.arrow
