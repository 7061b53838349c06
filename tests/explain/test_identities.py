"""The published worked examples to the cent, and the contract: parts make up their gap, whatever the numbers."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi_core.explain import (
    CannotExplain,
    Explanation,
    Part,
    PartKind,
    Unbalanced,
    additive,
    additive_to_target,
    price_volume_mix,
    product,
    rate_mix,
    ratio,
    ratio_of_whole,
    ratio_to_target,
)

Pair = tuple[Fraction, Fraction]


def pairs(numbers: dict[str, tuple[int, int]]) -> dict[str, Pair]:
    return {key: (Fraction(n), Fraction(d)) for key, (n, d) in numbers.items()}


def points(amount: Fraction | None) -> float:
    assert amount is not None
    return round(float(amount * 100), 3)


BEFORE = pairs({"web": (300, 10_000), "app": (100, 2_000), "social": (10, 1_000)})
AFTER = pairs({"web": (310, 10_000), "app": (102, 2_000), "social": (66, 6_000)})

AMOUNT = st.integers(-10_000, 10_000).map(lambda cents: Fraction(cents, 100))
COUNT = st.integers(0, 900).map(Fraction)
MEMBERS = st.dictionaries(st.sampled_from("ABCDEFGH"), AMOUNT, max_size=8)
RATIOS = st.dictionaries(st.sampled_from("ABCDEFGH"), st.tuples(AMOUNT, COUNT), min_size=1, max_size=8)
SALES = st.dictionaries(st.sampled_from("ABCDEFGH"), st.tuples(st.integers(0, 50), AMOUNT), max_size=8)


def divisible(members: dict[str, Pair]) -> bool:
    return sum(d for _, d in members.values()) != 0


def test_conversion_falls_though_it_rises_everywhere() -> None:
    found = rate_mix(BEFORE, AFTER)
    assert points(found.effects.amount(PartKind.EFFECT, "rate")) == 0.100
    assert points(found.effects.amount(PartKind.EFFECT, "mix")) == -0.598
    assert points(found.effects.gap) == -0.498
    assert found.reversal
    assert found.members["app"].rate > 0 > found.members["social"].mix
    by_member = ratio(BEFORE, AFTER)
    assert by_member.gap == found.effects.gap
    assert all(part.kind is PartKind.MEMBER for part in by_member.parts)


def test_revenue_as_visits_conversion_and_basket() -> None:
    found = product(["visits", "conversion", "aov"], [100_000, Fraction(3, 100), 80], [110_000, Fraction(26, 1000), 84])
    assert found.gap == 240
    assert [round(float(part.amount), 2) for part in found.parts] == [22_946.67, -34_453.33, 11_746.67]


def test_price_volume_and_mix() -> None:
    before = {"A": (100, 1000), "B": (50, 1500), "C": (10, 400)}
    after = {"A": (120, 1176), "B": (40, 1240), "D": (15, 300)}
    found = price_volume_mix(before, after)
    assert {part.key: round(float(part.amount), 2) for part in found.parts} == {"volume": 166.67, "mix": -266.67, "price": 16, "new": 300, "discontinued": -400}
    assert found.gap == -184


def test_price_volume_mix_of_a_second_published_example() -> None:
    before = {"A": (1000, 10_000), "B": (800, 12_000), "C": (500, 10_000)}
    after = {"A": (1000, 11_000), "B": (700, 10_500), "C": (800, 18_400)}
    found = price_volume_mix(before, after)
    assert {part.key: round(float(part.amount), 2) for part in found.parts if part.amount} == {"price": 3400, "volume": 2782.61, "mix": 1717.39}


def test_two_drivers_share_at_the_midpoint() -> None:
    found = product(["a", "b"], [2, 3], [5, 7])
    assert [part.amount for part in found.parts] == [15, 14]


def test_parts_that_do_not_add_up_cannot_be_built() -> None:
    with pytest.raises(Unbalanced):
        Explanation("broken", Fraction(3), (Part(PartKind.MEMBER, "a", Fraction(1)), Part(PartKind.MEMBER, "b", Fraction(1))))


@given(MEMBERS, MEMBERS, AMOUNT, AMOUNT)
def test_additive(before: dict[str, Fraction], after: dict[str, Fraction], was: Fraction, now: Fraction) -> None:
    plain = additive(before, after)
    assert plain.gap == sum(after.values()) - sum(before.values())
    assert plain.amount(PartKind.OVERLAP) is None
    for key, amount in plain.members().items():
        assert amount == after.get(key, 0) - before.get(key, 0)
    overlapping = additive(before, after, (was, now))
    assert overlapping.gap == now - was
    assert overlapping.members() == plain.members()
    assert (overlapping.amount(PartKind.OVERLAP) or 0) == (now - was) - plain.gap


@given(MEMBERS, MEMBERS, AMOUNT)
def test_additive_to_target(actual: dict[str, Fraction], targets: dict[str, Fraction], total: Fraction) -> None:
    found = additive_to_target(actual, targets, total)
    assert found.gap == sum(actual.values()) - total
    assert (found.amount(PartKind.UNALLOCATED) or 0) == sum(targets.values()) - total
    for key, amount in found.members().items():
        assert amount == actual.get(key, 0) - targets.get(key, 0)


@given(RATIOS.filter(divisible), RATIOS.filter(divisible))
def test_ratio_and_rate_mix(before: dict[str, Pair], after: dict[str, Pair]) -> None:
    def rate(members: dict[str, Pair]) -> Fraction:
        return sum((n for n, _ in members.values()), Fraction(0)) / sum((d for _, d in members.values()), Fraction(0))

    forward, backward = ratio(before, after), ratio(after, before)
    assert forward.gap == rate(after) - rate(before)
    assert forward.amount(PartKind.OVERLAP) is None  # a partition leaves nothing over
    assert {key: -amount for key, amount in backward.members().items()} == forward.members()
    split = rate_mix(before, after)
    assert split.effects.gap == forward.gap == sum(part.total for part in split.members.values())


@given(RATIOS.filter(divisible), AMOUNT)
def test_ratio_to_target(actual: dict[str, Pair], target: Fraction) -> None:
    found = ratio_to_target(actual, target)
    whole = ratio_of_whole(actual)
    assert found.gap == whole.gap - target
    assert found.amount(PartKind.OVERLAP) is None and whole.amount(PartKind.OVERLAP) is None
    for key, (n, d) in actual.items():
        assert (found.members()[key] > 0) == (n > target * d)  # a member above the target pulls up


@given(RATIOS.filter(divisible))
def test_a_period_against_itself_is_zero_everywhere(members: dict[str, Pair]) -> None:
    assert not any(ratio(members, members).members().values())
    assert all(part.rate == part.mix == part.orphan == 0 for part in rate_mix(members, members).members.values())
    tops = {key: n for key, (n, _) in members.items()}
    assert not any(additive(tops, tops).members().values())
    factors = [n for n, _ in members.values()][:5]
    assert not any(part.amount for part in product([str(i) for i in range(len(factors))], factors, factors).parts)


@given(st.lists(st.tuples(AMOUNT, AMOUNT), min_size=1, max_size=5))
def test_product_of_any_signs_and_zeros(factors: list[tuple[Fraction, Fraction]]) -> None:
    before, after = [was for was, _ in factors], [now for _, now in factors]
    names = [str(index) for index in range(len(factors))]
    found = product(names, before, after)
    turned = product(names, after, before)
    assert [-part.amount for part in turned.parts] == [part.amount for part in found.parts]
    for part, (was, now) in zip(found.parts, factors, strict=True):
        assert was != now or part.amount == 0


@given(SALES, SALES)
def test_price_volume_mix_always_sums(before: dict[str, tuple[int, Fraction]], after: dict[str, tuple[int, Fraction]]) -> None:
    found = price_volume_mix(before, after)
    assert found.gap == sum(r for _, r in after.values()) - sum(r for _, r in before.values())


def test_overlap_of_a_ratio_is_a_line_of_its_own() -> None:
    """One order lay in both categories before, none after."""
    before = pairs({"shoes": (100, 2), "bags": (80, 2)})
    after = pairs({"shoes": (120, 2), "bags": (60, 3)})
    whole = ((Fraction(180), Fraction(3)), (Fraction(180), Fraction(5)))
    found = ratio(before, after, whole)
    assert found.gap == 36 - 60
    assert found.amount(PartKind.OVERLAP) == found.gap - sum(found.members().values()) != 0
    with pytest.raises(CannotExplain):
        rate_mix(before, after, whole)


def test_nothing_to_divide_by_is_said() -> None:
    nothing = pairs({"web": (5, 0)})
    for method in (lambda: ratio(nothing, AFTER), lambda: rate_mix(BEFORE, nothing), lambda: ratio_to_target(nothing, 1)):
        with pytest.raises(CannotExplain):
            method()


def test_too_many_drivers_are_refused() -> None:
    with pytest.raises(CannotExplain):
        product(list("abcdef"), [1] * 6, [2] * 6)


def test_opposing_parts_are_flagged() -> None:
    assert additive({"a": 0, "b": 0}, {"a": 100, "b": -99}).opposing
    assert not additive({"a": 0, "b": 0}, {"a": 100, "b": 50}).opposing


def test_decimals_and_floats_are_taken_as_written() -> None:
    found = additive({"a": Decimal("0.1"), "b": 0.1}, {"a": Decimal("0.3"), "b": 0.3})
    assert found.gap == Fraction(2, 5)
