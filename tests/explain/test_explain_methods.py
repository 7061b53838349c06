"""Ranking of dimensions, trees of drivers and margin by article: published examples, and identities over any numbers."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi_core.explain import CannotExplain, PartKind, grown, largest_remainder, margin_volume_mix, power, price_volume_mix, rank, surprise, tree
from kpi_core.explain.rank import suspects

# The running example of Adtributor: expected 100, found 50.
CENTRE = ({"X": 94, "Y": 6}, {"X": 47, "Y": 3})
ADVERTISER = ({"A1": 50, "A2": 20, "A3": 20, "A4": 10}, {"A1": 24, "A2": 21, "A3": 4, "A4": 1})
DEVICE = ({"PC": 50, "Mobile": 50}, {"PC": 49, "Mobile": 1})

AMOUNT = st.integers(-10_000, 10_000).map(lambda cents: Fraction(cents, 100))
SIZES = st.fixed_dictionaries({key: st.integers(0, 1000) for key in "ABCDE"})
SOLD = st.dictionaries(st.sampled_from("ABCDEFGH"), st.tuples(st.integers(0, 50), AMOUNT, AMOUNT), max_size=8)


def parts(expected: dict[str, int], actual: dict[str, int]) -> dict[str, Fraction]:
    return {key: Fraction(actual.get(key, 0) - expected.get(key, 0)) for key in (*expected, *actual)}


def test_explanatory_power_of_the_running_example() -> None:
    assert {key: float(share) for key, share in power(parts(*CENTRE)).items()} == {"X": 0.94, "Y": 0.06}
    assert [float(share) for share in power(parts(*ADVERTISER)).values()] == [0.52, -0.02, 0.32, 0.18]
    assert [float(share) for share in power(parts(*DEVICE)).values()] == [0.02, 0.98]


def test_surprise_of_the_running_example() -> None:
    totals = [round(sum(surprise(*table).values()), 4) for table in (CENTRE, ADVERTISER, DEVICE)]
    assert totals == [0, 0.0479, 0.1775]


def test_the_device_is_ranked_first_though_a_centre_has_94_percent() -> None:
    ranked = sorted((CENTRE, ADVERTISER, DEVICE), key=lambda table: -rank(power(parts(*table)), surprise(*table)))
    assert ranked[0] is DEVICE and ranked[-1] is CENTRE
    assert suspects(power(parts(*DEVICE)), surprise(*DEVICE)) == ["Mobile"]


def test_many_small_members_are_no_answer() -> None:
    expected = {str(place): 10 for place in range(50)}
    actual = {str(place): 10 if place % 2 else 4 + place % 7 for place in range(50)}
    assert suspects(power(parts(expected, actual)), surprise(expected, actual)) == []
    assert rank(power(parts(expected, actual)), surprise(expected, actual)) == 0


def test_no_gap_no_power_and_no_shares_no_surprise() -> None:
    assert power({"a": Fraction(1), "b": Fraction(-1)}) == {}
    assert surprise({"a": 0}, {"a": 5}) == {} and rank({}, {}) == 0


@given(SIZES, SIZES)
def test_surprise_is_never_negative_and_zero_for_equal_shares(expected: dict[str, int], actual: dict[str, int]) -> None:
    assert sum(surprise(expected, actual).values()) >= -1e-12
    doubled = {key: 2 * size for key, size in expected.items()}
    assert abs(sum(surprise(expected, doubled).values())) < 1e-12


# ---------------------------------------------------------------- trees


def fractions(*numbers: tuple[str, str]) -> list[tuple[Fraction, Fraction]]:
    return [(Fraction(was), Fraction(now)) for was, now in numbers]


DRIVERS = {"revenue": ["orders", "aov"], "aov": ["items", "price"]}


def test_a_tree_sums_its_leaves_and_every_node_its_own() -> None:
    orders, items, price = fractions(("100", "120"), ("2.5", "2"), ("30", "31"))
    aov = (items[0] * price[0], items[1] * price[1])
    values = {"revenue": (orders[0] * aov[0], orders[1] * aov[1]), "orders": orders, "aov": aov, "items": items, "price": price}
    found = tree(grown("revenue", values, DRIVERS))
    assert found.effects.gap == values["revenue"][1] - values["revenue"][0]
    assert [part.key for part in found.effects.parts] == ["orders", "items", "price"]
    assert found.amounts["revenue", "aov"] == found.amounts["revenue", "aov", "items"] + found.amounts["revenue", "aov", "price"]
    assert found.amounts["revenue",] == found.effects.gap


def test_a_driver_may_divide() -> None:
    clv, cac = fractions(("120", "130"), ("10", "13"))
    found = tree(grown("worth", {"worth": (Fraction(12), Fraction(10)), "clv": clv, "cac": cac}, {"worth": ["clv", "cac"]}))
    assert [(node.kpi, power) for node, power in found.root.leaves()] == [("clv", 1), ("cac", -1)]
    assert found.effects.gap == -2 and found.effects.parts[0].amount > 0 > found.effects.parts[1].amount


def test_drivers_that_do_not_make_up_the_kpi_are_no_tree() -> None:
    values = {"revenue": (Fraction(100), Fraction(90)), "orders": (Fraction(10), Fraction(9)), "aov": (Fraction(10), Fraction(11))}
    with pytest.raises(CannotExplain):
        tree(grown("revenue", values, DRIVERS))
    with pytest.raises(CannotExplain):
        tree(grown("revenue", {"revenue": values["revenue"]}, DRIVERS))


def test_what_doubles_leave_over_is_a_part_of_its_own() -> None:
    price, count = fractions(("0.1", "0.3"), ("3", "3"))
    found = tree(grown("sum", {"sum": (Fraction(3, 10) + Fraction(1, 10**14), Fraction(9, 10)), "a": price, "b": count}, {"sum": ["a", "b"]}))
    assert found.effects.amount(PartKind.EFFECT, "rounding") == -Fraction(1, 10**14)


@given(st.lists(st.tuples(AMOUNT, AMOUNT), min_size=3, max_size=3))
def test_any_tree_sums(numbers: list[tuple[Fraction, Fraction]]) -> None:
    (a, b, c) = numbers
    inner = (b[0] * c[0], b[1] * c[1])
    values = {"m": (a[0] * inner[0], a[1] * inner[1]), "a": a, "n": inner, "b": b, "c": c}
    found = tree(grown("m", values, {"m": ["a", "n"], "n": ["b", "c"]}))
    assert sum(part.amount for part in found.effects.parts) == prod((a[1], b[1], c[1])) - prod((a[0], b[0], c[0]))


# ---------------------------------------------------------------- margin by article


def test_margin_of_an_article_whose_cost_rose() -> None:
    found = margin_volume_mix({"A": (10, 100, 60)}, {"A": (10, 110, 66)})
    assert {part.key: part.amount for part in found.parts} == {"volume": 0, "mix": 0, "price": 10, "cost": -6, "new": 0, "discontinued": 0}


@given(SOLD, SOLD, st.sets(st.sampled_from("ABC")))
def test_margin_always_sums(before: dict[str, tuple[int, Fraction, Fraction]], after: dict[str, tuple[int, Fraction, Fraction]], odd: set[str]) -> None:
    found = margin_volume_mix(before, after, odd)
    assert found.gap == sum(r - c for _, r, c in after.values()) - sum(r - c for _, r, c in before.values())
    free = margin_volume_mix({k: (q, r, Fraction(0)) for k, (q, r, _) in before.items()}, {k: (q, r, Fraction(0)) for k, (q, r, _) in after.items()})
    plain = price_volume_mix({k: (q, r) for k, (q, r, _) in before.items()}, {k: (q, r) for k, (q, r, _) in after.items()})
    assert free.amount(PartKind.EFFECT, "cost") == 0
    assert all(free.amount(PartKind.EFFECT, part.key) == part.amount for part in plain.parts)


# ---------------------------------------------------------------- rounding to a total that a reader sees


@given(st.lists(AMOUNT, min_size=1, max_size=12), st.integers(0, 2), st.integers(-3, 3))
def test_parts_round_to_the_total_that_is_shown(amounts: list[Fraction], decimals: int, off: int) -> None:
    shown = largest_remainder([sum(amounts, Fraction(0))], decimals)[0] + Decimal(off).scaleb(-decimals)
    found = largest_remainder(amounts, decimals, shown)
    assert sum(found) == shown
    if not off:
        assert found == largest_remainder(amounts, decimals)
