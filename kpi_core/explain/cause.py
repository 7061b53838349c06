"""The first cause of a gap, in one sentence: the member that stands out most, and the driver that moved most in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction

from kpi_core.engine.result import Answer, Value
from kpi_core.errors import Message, said
from kpi_core.explain.chain import product
from kpi_core.explain.contributions import rate_mix
from kpi_core.explain.explain import pairs
from kpi_core.explain.parts import CannotExplain, Explanation
from kpi_core.explain.quantity import Quantity
from kpi_core.objectives.exact import decimal, exact
from kpi_core.objectives.shape import Shape
from kpi_core.pages import Cause, KpiInfo
from kpi_core.view import ViewState

# A chain whose factors miss the KPI by more than this (rounding of doubles apart) is not a product of it.
_CHAIN_AGREES = Fraction(1, 10**6)
LEAST_SHIFT = Fraction(1, 100)  # of the whole: a weight that moved by less says nothing to a reader


@dataclass(frozen=True)
class Cut:
    """One dimension to look for the cause in: the answer cut by it (KPI and drivers asked) and the explanation of the gap.

    `late`: members whose data stop before the period does, with their last day.
    """

    dim: str
    answer: Answer
    explanation: Explanation
    late: Mapping[str, date] = field(default_factory=dict)


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
    hole = _hole(cuts, suspect)
    if hole is not None:
        last = hole.cut.late[hole.member]
        message = said("{member} {part} (loaded up to {day} only)", member=label(hole.cut.dim, hole.member), part=_part(kpi, hole), day=last)
        return Cause(message, _below(kpi, hole, state))
    if suspect is None:
        return _overall(kpi, cuts, drivers, base, state)
    moved = _driver(suspect.cut, suspect.member, kpi, drivers, base, way=1 if suspect.amount > 0 else -1)
    message = _sentence(kpi, suspect, label, moved) or _own_move(kpi, shape, suspect, label, base)
    return Cause(message, _below(kpi, suspect, state))


def _below(kpi: KpiInfo, suspect: Suspect, state: ViewState | None) -> ViewState | None:
    return None if state is None else replace(state, view="explore", kpi=kpi.id, by=None).only(suspect.cut.dim, suspect.member or None)


def _hole(cuts: Sequence[Cut], suspect: Suspect | None) -> Suspect | None:
    """A member whose data are not all there and that misses at least half of what the prime suspect does: what is not loaded is no
    shortfall of the shop, so it is named before any other cause."""
    least = abs(suspect.amount) / 2 if suspect is not None else Fraction(0)
    found: Suspect | None = None
    for cut in cuts:
        way = (cut.explanation.gap > 0) - (cut.explanation.gap < 0)
        for member, amount in cut.explanation.members().items():
            if member in cut.late and amount * way > 0 and abs(amount) >= least and (found is None or abs(amount) > abs(found.amount)):
                found = Suspect(cut, member, amount, amount)
    return found


def _overall(kpi: KpiInfo, cuts: Sequence[Cut], drivers: Sequence[KpiInfo], base: int, state: ViewState | None) -> Cause | None:
    """No member stands out: the driver that moved the whole most, if that is known."""
    for cut in cuts:
        gap = cut.explanation.gap
        moved = _driver(cut, None, kpi, drivers, base, way=(gap > 0) - (gap < 0))
        if moved is not None:
            driver, before, after = moved
            return Cause(said("{driver} {before} → {after}", driver=driver.name, before=before, after=after), state)
    return None


def _part(kpi: KpiInfo, suspect: Suspect) -> Quantity:
    return Quantity(decimal(suspect.amount), kpi.unit, "change", kpi.decimals)


def _sentence(kpi: KpiInfo, suspect: Suspect, label: Callable[[str, str], str], moved: tuple[KpiInfo, Quantity, Quantity] | None) -> Message | None:
    if moved is None:
        return None
    driver, before, after = moved
    member = label(suspect.cut.dim, suspect.member)
    return said("{member} {part} ({driver} {before} → {after})", member=member, part=_part(kpi, suspect), driver=driver.name, before=before, after=after)


def _own_move(kpi: KpiInfo, shape: Shape, suspect: Suspect, label: Callable[[str, str], str], base: int) -> Message:
    """Without a driver to name: whether the member's weight or its own rate moved it, where that is known."""
    member, part = label(suspect.cut.dim, suspect.member), _part(kpi, suspect)
    way = 1 if suspect.amount > 0 else -1
    plain = said("{member} {part}", member=member, part=part)
    if shape.additive or base >= len(suspect.cut.answer.question.periods):
        return plain
    try:
        before, whole_before = pairs(suspect.cut.answer, kpi.id, shape, base)
        after, whole_after = pairs(suspect.cut.answer, kpi.id, shape, 0)
        split = rate_mix(before, after, (whole_before, whole_after)).members[suspect.member]
    except (CannotExplain, KeyError):
        return plain
    (n0, d0), (n1, d1) = before.get(suspect.member, (Fraction(0), Fraction(0))), after.get(suspect.member, (Fraction(0), Fraction(0)))
    if split.mix * way > max(split.rate * way, Fraction(0)) and d0 and d1:
        was, now = (Quantity(decimal(one), "%", "value", 0) for one in (d0 / whole_before[1], d1 / whole_after[1]))
        if abs(d1 / whole_after[1] - d0 / whole_before[1]) < LEAST_SHIFT:
            return plain
        return said("{member} {part} (its weight {before} → {after})", member=member, part=part, before=was, after=now)
    if split.rate * way > 0 and d0 and d1:
        was, now = (Quantity(decimal(one), kpi.unit, "value", kpi.decimals) for one in (n0 / d0, n1 / d1))
        return said("{member} {part} ({before} → {after})", member=member, part=part, before=was, after=now)
    return plain


def prime_suspect(kpi: str, shape: Shape, cuts: Sequence[Cut]) -> Suspect | None:
    """The member whose part of the gap most exceeds its share of the whole; one that meets its own target is none, nor is having no value.

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
            if member and amount * way > 0 and blame[member] * way > 0 and excess * way > 0 and (best is None or abs(excess) > abs(best.excess)):
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
