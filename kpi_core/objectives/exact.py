"""Numbers without rounding: whatever the engine or a YAML file holds, as a fraction, and back."""

from __future__ import annotations

from decimal import Context, Decimal
from fractions import Fraction

from kpi_core.engine.result import Number

_WIDE = Context(prec=38)


def exact(number: Number | Fraction) -> Fraction:
    """The number as written: a float counts as the shortest decimal that names it (0.68 is 17/25). Raises ValueError for nan and inf."""
    if isinstance(number, float):
        return Fraction(repr(number))
    return Fraction(number)


def decimal(number: Fraction) -> Decimal:
    """The fraction as a decimal: exact when it has an end within 38 digits, else its first 38 digits."""
    return _WIDE.divide(Decimal(number.numerator), Decimal(number.denominator))
