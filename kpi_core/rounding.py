"""Rounding that keeps sums: what a reader adds up on screen is what the total says."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from math import floor

Exact = Fraction | Decimal | int | float


def exact(number: Exact) -> Fraction:
    """The number as written: a float counts as the shortest decimal that names it (0.68 is 17/25). Raises ValueError for nan and inf."""
    return Fraction(repr(number)) if isinstance(number, float) else Fraction(number)


def largest_remainder(parts: Sequence[Exact], decimals: int, total: Exact | None = None) -> list[Decimal]:
    """Each part to `decimals` digits, so that they sum to the rounded sum of the parts, or to `total`, rounded likewise, where one is shown.

    Every part is rounded down, then the units that are missing go to the largest remainders (the first of equals). No part moves by
    a whole unit or more unless `total` differs from their sum. Halves round to even; negative `decimals` round to tens, hundreds …
    """
    unit = Fraction(10) ** -decimals
    scaled = [exact(part) / unit for part in parts]
    whole = [floor(part) for part in scaled]
    missing = round(sum(scaled, Fraction(0)) if total is None else exact(total) / unit) - sum(whole)
    order = sorted(range(len(parts)), key=lambda index: (whole[index] - scaled[index], index))
    each, more = divmod(missing, len(order)) if order else (0, 0)
    for place, index in enumerate(order):
        whole[index] += each + (place < more)
    return [Decimal(units).scaleb(-decimals) for units in whole]


def allocate(total: int, weights: Sequence[Exact]) -> list[int]:
    """`total` units (cents) shared in proportion to the weights, summing exactly; equal shares when all weights are zero.

    Raises ValueError for a negative weight, or for no weights at all.
    """
    shares = [exact(weight) for weight in weights]
    if not shares or any(share < 0 for share in shares):
        raise ValueError(weights)
    whole = sum(shares, Fraction(0))
    if not whole:
        shares, whole = [Fraction(1)] * len(shares), Fraction(len(shares))
    return [int(part) for part in largest_remainder([total * share / whole for share in shares], 0)]
