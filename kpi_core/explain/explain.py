"""From an engine answer to an explanation: the parts of a KPI's gap over the members of the question's cut."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import NamedTuple

from kpi_core.engine.result import Answer, Value
from kpi_core.errors import said
from kpi_core.explain.contributions import Pair, additive, additive_to_target, ratio, ratio_of_whole, ratio_to_target
from kpi_core.explain.parts import CannotExplain, Explanation
from kpi_core.objectives.exact import exact
from kpi_core.objectives.model import SplitTargets
from kpi_core.objectives.shape import Shape

# The value on screen is a double; further than this from the exact quotient, the parts would explain another number.
AGREES = Fraction(1, 10**9)


class Explained(NamedTuple):
    """An explanation and what its parts add up to: 'target', 'compare' or 'total'."""

    explanation: Explanation
    of: str


def contributions(answer: Answer, kpi: str, shape: Shape, split: SplitTargets | None = None, base: int | None = 1) -> Explained:
    """The best explanation there is: to the target, else to period `base`, else of the value itself. Raises CannotExplain when there is none."""
    if split is not None and split.total is not None:
        try:
            return Explained(to_target(answer, kpi, shape, split), "target")
        except CannotExplain:
            pass
    if base is not None and base < len(answer.question.periods):
        try:
            return Explained(change(answer, kpi, shape, base), "compare")
        except CannotExplain:
            pass
    return Explained(of_whole(answer, kpi, shape), "total")


def change(answer: Answer, kpi: str, shape: Shape, base: int = 1, now: int = 0) -> Explanation:
    """Parts of the change from period `base` to period `now`. Raises CannotExplain without a value in either."""
    before, whole_before = pairs(answer, kpi, shape, base)
    after, whole_after = pairs(answer, kpi, shape, now)
    if shape.additive:
        return additive(_quotients(before), _quotients(after), (_quotient(whole_before), _quotient(whole_after)))
    return ratio(before, after, (whole_before, whole_after))


def to_target(answer: Answer, kpi: str, shape: Shape, split: SplitTargets, now: int = 0) -> Explanation:
    """Parts of the gap to the total's target. Raises CannotExplain when a sum has a target that is not split over the members."""
    if split.total is None:
        raise CannotExplain(said("there is no target for this period"))
    members, whole = pairs(answer, kpi, shape, now)
    if not shape.additive:
        return ratio_to_target(members, split.total.amount, whole, {member: target.amount for member, target in split.members.items()})
    if not split.members:
        raise CannotExplain(said("the target is not split by this dimension"))
    targets = {member: target.amount for member, target in split.members.items()}
    return additive_to_target(_quotients(members), targets, split.total.amount, _quotient(whole))


def of_whole(answer: Answer, kpi: str, shape: Shape, now: int = 0) -> Explanation:
    """What each member brings to the value."""
    members, whole = pairs(answer, kpi, shape, now)
    return ratio_of_whole(members, whole)


def pairs(answer: Answer, kpi: str, shape: Shape, period: int) -> tuple[Mapping[str, Pair], Pair]:
    """Numerator and denominator of every member and of the whole. Raises CannotExplain when the whole has no value."""
    days = answer.question.periods[period].days
    whole = answer.cells[None][kpi][period]
    if whole.number is None:
        raise CannotExplain(said("there is no value to explain"))
    pair = shape.pair(whole.measures, days)
    _check(kpi, whole, pair)
    members = {}
    for member, row in answer.cells.items():
        value = row[kpi][period] if kpi in row else None
        if member is not None and value is not None:
            members[member] = shape.pair(value.measures, days)
    return members, pair


def _check(kpi: str, whole: Value, pair: Pair) -> None:
    top, bottom = pair
    shown = exact(whole.number or 0)
    if not bottom or abs(top / bottom - shown) > AGREES * max(abs(shown), Fraction(1)):
        raise CannotExplain(said("the measures of {kpi} do not make up its value", kpi=kpi))


def _quotient(pair: Pair) -> Fraction:
    return pair[0] / pair[1]


def _quotients(members: Mapping[str, Pair]) -> dict[str, Fraction]:
    return {member: _quotient(pair) for member, pair in members.items()}
