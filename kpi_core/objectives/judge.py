"""Actual against target and against another period: amounts, arrows and the verdict."""

from __future__ import annotations

from fractions import Fraction

from kpi_core.analysis.stats import difference
from kpi_core.engine.result import Number, Value
from kpi_core.errors import said
from kpi_core.objectives.exact import decimal, exact
from kpi_core.objectives.model import HasUnit, ResolvedTarget
from kpi_core.pages import Delta, Gap, GapStatus, Target

# Rates, points, days, ratios and scores change in their own unit; money and counts in percent.
_OWN_UNIT = frozenset({"%", "pts", "days", "x", "ratio", "score"})

_FLOAT_NOISE = Fraction(1, 10**12)


def in_percent(unit: str) -> bool:
    """Whether a difference of this unit reads best as a percentage of its base."""
    return unit not in _OWN_UNIT


def _difference(number: Number, base: Fraction) -> Fraction:
    """number − base; a float that misses the base only by its last bits is equal to it."""
    value = exact(number)
    amount = value - base
    if isinstance(number, float) and abs(amount) <= _FLOAT_NOISE * max(abs(value), abs(base)):
        return Fraction(0)
    return amount


def _sign(amount: Fraction) -> int:
    return (amount > 0) - (amount < 0)


def gap(value: Value, target: Target | None, kpi: HasUnit, floor: Value | None = None) -> Gap:
    """`value` against `target`. `floor` is the value of the target's `floor_kpi`: while it is above `value`, met becomes near.

    `amount` is in the KPI's unit; `ratio` is None for rates and the like, and for a target of zero. A sample whose interval holds the
    target is neither met nor missed: NOISE.
    """
    if value.number is None:
        return Gap(None, None, 0, GapStatus.NO_DATA)
    if target is None:
        return Gap(None, None, 0, GapStatus.NONE)
    goal = target.amount if isinstance(target, ResolvedTarget) else exact(target.number)
    amount = _difference(value.number, goal)
    ratio = decimal(amount / abs(goal)) if goal and in_percent(kpi.unit) else None
    return Gap(decimal(amount), ratio, _sign(amount), _status(value, target, kpi.good, amount, goal, floor))


def _status(value: Value, target: Target, good: str, amount: Fraction, goal: Fraction, floor: Value | None) -> GapStatus:
    if not value.enough:
        return GapStatus.FEW
    if good == "none":
        return GapStatus.NONE
    if value.interval is not None and value.interval[0] <= goal <= value.interval[1]:
        return GapStatus.NOISE
    way = 1 if good == "up" else -1
    if amount * way >= 0:
        number = value.number
        below_floor = floor is not None and floor.number is not None and number is not None and exact(floor.number) > exact(number)
        return GapStatus.NEAR if below_floor else GapStatus.MET
    near = target.near if isinstance(target, ResolvedTarget) else None
    if near is not None and value.number is not None and _difference(value.number, near) * way >= 0:
        return GapStatus.NEAR
    return GapStatus.MISSED


def delta(value: Value, base: Value, kpi: HasUnit) -> Delta:
    """`value` against `base`, the same cell over the comparison period. Without a base there is a reason, never an infinite change.

    Two samples that chance alone may have moved so far apart are neither better nor worse.
    """
    if base.number is None:
        return Delta(base, None, None, None, said("no data for the comparison period"))
    if value.number is None:
        return Delta(base, None, None, None, said("no data for this period"))
    before = exact(base.number)
    amount = _difference(value.number, before)
    way = {"up": 1, "down": -1}.get(kpi.good, 0) * _sign(amount)
    noise = _by_chance(value, base)
    good = None if way == 0 or noise or not (value.enough and base.enough) else way > 0
    if not in_percent(kpi.unit):
        return Delta(base, decimal(amount), None, good, noise=noise)
    if before == 0:
        return Delta(base, decimal(amount), None, good, said("the comparison value is zero"), noise)
    return Delta(base, decimal(amount), decimal(amount / abs(before)), good, noise=noise)


def _by_chance(value: Value, base: Value) -> bool:
    """Does the interval of the difference of two samples hold zero?"""
    if value.interval is None or base.interval is None or value.number is None or base.number is None:
        return False
    low, high = difference(float(value.number), value.interval, float(base.number), base.interval)
    return low <= 0 <= high
