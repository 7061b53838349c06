"""What is shown adds up: digit by digit."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi_core.explain import allocate, largest_remainder

PARTS = st.lists(st.fractions(min_value=-1000, max_value=1000, max_denominator=997), max_size=12)


@given(PARTS, st.integers(-2, 6))
def test_shown_parts_sum_to_the_shown_total(parts: list[Fraction], decimals: int) -> None:
    shown = largest_remainder(parts, decimals)
    unit = Fraction(10) ** -decimals
    assert sum(map(Fraction, shown)) == round(sum(parts, Fraction(0)) / unit) * unit
    assert all(abs(Fraction(one) - part) < unit for one, part in zip(shown, parts, strict=True))
    assert all(-one.as_tuple().exponent == decimals for one in shown if decimals >= 0)


def test_thirds() -> None:
    assert largest_remainder([Fraction(1, 3)] * 3, 2) == [Decimal("0.34"), Decimal("0.33"), Decimal("0.33")]
    assert largest_remainder([Fraction(-1, 3)] * 3, 2) == [Decimal("-0.33"), Decimal("-0.33"), Decimal("-0.34")]
    assert largest_remainder([], 2) == []


def test_exact_parts_stay() -> None:
    assert largest_remainder([Fraction(5, 4), Fraction(-1, 2)], 2) == [Decimal("1.25"), Decimal("-0.50")]


@given(st.integers(-100_000, 100_000), st.lists(st.integers(0, 1000), min_size=1, max_size=12))
def test_cents_are_never_lost(total: int, weights: list[int]) -> None:
    shares = allocate(total, weights)
    assert sum(shares) == total
    whole = sum(weights)
    if whole:
        assert all(abs(share - Fraction(total * weight, whole)) < 1 for share, weight in zip(shares, weights, strict=True))


@pytest.mark.parametrize("weights", [[], [1, -1]])
def test_impossible_weights(weights: list[int]) -> None:
    with pytest.raises(ValueError):
        allocate(100, weights)
