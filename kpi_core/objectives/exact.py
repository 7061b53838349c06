"""Numbers without rounding: whatever the engine or a YAML file holds, as a fraction, and back."""

from __future__ import annotations

from decimal import Context, Decimal
from fractions import Fraction

from kpi_core.rounding import exact

__all__ = ["decimal", "exact"]
_WIDE = Context(prec=38)


def decimal(number: Fraction) -> Decimal:
    """The fraction as a decimal: exact when it has an end within 38 digits, else its first 38 digits."""
    return _WIDE.divide(Decimal(number.numerator), Decimal(number.denominator))
