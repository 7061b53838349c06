"""The first cause of a gap, in one sentence: the member that stands out most, and the driver that moved most in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from kpi_core.engine.result import Answer, Value
from kpi_core.errors import Message, said
from kpi_core.explain.chain import product
from kpi_core.explain.explain import pairs
from kpi_core.explain.parts import Explanation
from kpi_core.explain.quantity import Quantity
from kpi_core.objectives.exact import decimal, exact
from kpi_core.objectives.shape import Shape
from kpi_core.pages import Cause, KpiInfo
from kpi_core.view import ViewState

# A chain whose factors miss the KPI by more than this (rounding of doubles apart) is not a product of it.
_CHAIN_AGREES = Fraction(1, 10**6)


@dataclass(frozen=True)
class Cut:
    """One dimension to look for the cause in: the answer cut by it (KPI and drivers asked) and the explanation of the gap."""

    dim: str
    answer: Answer
    explanation: Explanation


@dataclass(frozen=True)
class Suspect:
    """A member and its part of the gap; `excess` is what it misses beyond what its size alone would bring."""

    cut: Cut
    member: str
    amount: Fraction
    excess: Fraction


def first_cause(
    kpi: KpiInfo,
    shape: Shape,
    cuts: Sequence[Cut],
    *,
    label: Callable[[str, str], str],
    drivers: Sequence[KpiInfo] = (),
    base: int = 1,
    state: ViewState | None = None,
) -> Cause | None:
    """The member that explains most of the gap beyond its size, over all cuts, and its driver that moved most since period `base`.

    `label(dim, member)` names a member in the reader's language. None when there is no gap or nothing stands out.
    """
    suspect = prime_suspect(kpi.id, shape, cuts)
    if suspect is None:
        return _overall(kpi, cuts, drivers, base, state)
    moved = _driver(suspect.cut, suspect.member, kpi, drivers, base, way=1 if suspect.amount > 0 else -1)
    message = _sentence(kpi, suspect, label, moved)
    deeper = None if state is None else replace(state, view="explore", kpi=kpi.id).only(suspect.cut.dim, suspect.member or None)
    return Cause(message, deeper)


def _overall(kpi: KpiInfo, cuts: Sequence[Cut], drivers: Sequence[KpiInfo], base: int, state: ViewState | None) -> Cause | None:
    """No member stands out: the driver that moved the whole most, if that is known."""
    for cut in cuts:
        gap = cut.explanation.gap
        moved = _driver(cut, None, kpi, drivers, base, way=(gap > 0) - (gap < 0))
        if moved is not None:
            driver, before, after = moved
            return Cause(said("{driver} {before} → {after}", driver=driver.name, before=before, after=after), state)
    return None


def _sentence(kpi: KpiInfo, suspect: Suspect, label: Callable[[str, str], str], moved: tuple[KpiInfo, Quantity, Quantity] | None) -> Message:
    member = label(suspect.cut.dim, suspect.member)
    part = Quantity(decimal(suspect.amount), kpi.unit, "change", kpi.decimals)
    if moved is None:
        return said("{member} {part}", member=member, part=part)
    driver, before, after = moved
    return said("{member} {part} ({driver} {before} → {after})", member=member, part=part, driver=driver.name, before=before, after=after)


def prime_suspect(kpi: str, shape: Shape, cuts: Sequence[Cut]) -> Suspect | None:
    """The member whose part of the gap most exceeds its share of the whole; one that meets its own target is none.

    Parts alone would always point at the coarsest dimension, whose members are simply larger; a part beyond the member's size does not.
    """
    best: Suspect | None = None
    for cut in cuts:
        gap = cut.explanation.gap
        way = (gap > 0) - (gap < 0)
        weights = _weights(kpi, shape, cut)
        parts = cut.explanation.members()
        blame = {member: cut.explanation.own.get(member, amount) for member, amount in parts.items()}
        shared = sum(blame.values(), Fraction(0))
        for member, amount in parts.items():
            excess = blame[member] - weights.get(member, Fraction(0)) * shared
            if amount * way > 0 and blame[member] * way > 0 and excess * way > 0 and (best is None or abs(excess) > abs(best.excess)):
                best = Suspect(cut, member, amount, excess)
    return best


def _weights(kpi: str, shape: Shape, cut: Cut) -> Mapping[str, Fraction]:
    """Each member's share of the whole: of the denominator of a ratio, of the expected amount of a sum."""
    members, _ = pairs(cut.answer, kpi, shape, 0)
    if shape.additive:
        sizes = {member: top / bottom - cut.explanation.members().get(member, Fraction(0)) for member, (top, bottom) in members.items()}
    else:
        sizes = {member: bottom for member, (_, bottom) in members.items()}
    sizes = {member: max(size, Fraction(0)) for member, size in sizes.items()}
    whole = sum(sizes.values(), Fraction(0))
    return {member: size / whole for member, size in sizes.items()} if whole else {}


def _driver(cut: Cut, member: str | None, kpi: KpiInfo, drivers: Sequence[KpiInfo], base: int, *, way: int) -> tuple[KpiInfo, Quantity, Quantity] | None:
    """The driver that moved the member most in the direction `way` of the gap.

    None without a chain or a comparison, or when the member moved the other way: behind its target, yet better than before.
    """
    row = cut.answer.cells.get(member, {})
    values = [_two(row.get(driver.id), base) for driver in drivers]
    itself = _two(row.get(kpi.id), base)
    known = [value for value in values if value is not None]
    if itself is None or not known or len(known) < len(drivers):
        return None
    chain = product([driver.id for driver in drivers], [before for before, _ in known], [after for _, after in known])
    moved = itself[1] - itself[0]
    if abs(chain.gap - moved) > _CHAIN_AGREES * max(abs(itself[0]), abs(itself[1])) or moved * way <= 0:
        return None
    at = max(range(len(drivers)), key=lambda index: chain.parts[index].amount * way)  # positive: they sum to `moved`
    driver, (before, after) = drivers[at], known[at]
    return driver, Quantity(decimal(before), driver.unit, "value", driver.decimals), Quantity(decimal(after), driver.unit, "value", driver.decimals)


def _two(values: tuple[Value, ...] | None, base: int) -> tuple[Fraction, Fraction] | None:
    """(before, after) of a cell; None when either is missing."""
    if values is None or base >= len(values):
        return None
    before, after = values[base].number, values[0].number
    return None if before is None or after is None else (exact(before), exact(after))
