"""Each member's exact part of a gap, between two periods or to a target; all in fractions, nothing rounded.

Members need not be a partition: with the whole's own numbers given, what members count twice or miss becomes an overlap part.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from kpi_core.engine.result import Number
from kpi_core.errors import said
from kpi_core.explain.parts import CannotExplain, Explanation, Part, PartKind, rest
from kpi_core.objectives.exact import exact

Amount = Number | Fraction
Pair = tuple[Fraction, Fraction]  # numerator, denominator

_NONE: Pair = (Fraction(0), Fraction(0))


def additive(before: Mapping[str, Amount], after: Mapping[str, Amount], whole: tuple[Amount, Amount] | None = None) -> Explanation:
    """Change of a sum: each member's own change. `whole`: (before, after) of the total when members may overlap."""
    parts = tuple(Part(PartKind.MEMBER, key, exact(after.get(key, 0)) - exact(before.get(key, 0))) for key in _keys(after, before))
    found = _sum(parts)
    gap = found if whole is None else exact(whole[1]) - exact(whole[0])
    return Explanation("additive", gap, (*parts, *rest(PartKind.OVERLAP, gap - found)))


def additive_to_target(actual: Mapping[str, Amount], targets: Mapping[str, Amount], total: Amount, whole: Amount | None = None) -> Explanation:
    """A sum against its target: actual − target of each member (no target counts as 0), and what the total gives to no member."""
    parts = tuple(Part(PartKind.MEMBER, key, exact(actual.get(key, 0)) - exact(targets.get(key, 0))) for key in _keys(actual, targets))
    given = sum((exact(amount) for amount in targets.values()), Fraction(0))
    seen = sum((exact(amount) for amount in actual.values()), Fraction(0))
    reached = seen if whole is None else exact(whole)
    loose = rest(PartKind.OVERLAP, reached - seen) + rest(PartKind.UNALLOCATED, given - exact(total))
    without = {part.key: Fraction(0) for part in parts if part.key not in targets}  # nothing was asked of them
    return Explanation("additive to target", reached - exact(total), (*parts, *loose), without)


def ratio(before: Mapping[str, Pair], after: Mapping[str, Pair], whole: tuple[Pair, Pair] | None = None) -> Explanation:
    """Change of R = N / D: member i has (Δn_i − R̄ Δd_i) / D̄, bars being means of the two periods.

    Symmetric in time, and defined for members with a numerator only. Raises CannotExplain when a total denominator is zero.
    """
    (n0, d0), (n1, d1) = whole or (_total(before), _total(after))
    _need(d0, d1, d0 + d1)
    mean_rate, mean_base = (n0 / d0 + n1 / d1) / 2, (d0 + d1) / 2
    parts = []
    for key in _keys(after, before):
        was, now = before.get(key, _NONE), after.get(key, _NONE)
        parts.append(Part(PartKind.MEMBER, key, ((now[0] - was[0]) - mean_rate * (now[1] - was[1])) / mean_base))
    gap = n1 / d1 - n0 / d0
    return Explanation("ratio", gap, (*parts, *rest(PartKind.OVERLAP, gap - _sum(parts))))


def ratio_to_target(actual: Mapping[str, Pair], target: Amount, whole: Pair | None = None, own: Mapping[str, Amount] | None = None) -> Explanation:
    """R = N / D against a target T: member i has (n_i − T d_i) / D, what it adds to being off target at its own weight.

    `own` are members' own targets, for `Explanation.own`.
    """
    top, bottom = whole or _total(actual)
    _need(bottom)
    goal = exact(target)
    parts = [Part(PartKind.MEMBER, key, (n - goal * d) / bottom) for key, (n, d) in actual.items()]
    gap = top / bottom - goal
    blame = {key: (actual[key][0] - exact(aim) * actual[key][1]) / bottom for key, aim in (own or {}).items() if key in actual}
    return Explanation("ratio to target", gap, (*parts, *rest(PartKind.OVERLAP, gap - _sum(parts))), blame)


def ratio_of_whole(actual: Mapping[str, Pair], whole: Pair | None = None) -> Explanation:
    """R = N / D itself in parts n_i / D: what each member brings to the total when there is nothing to compare with."""
    top, bottom = whole or _total(actual)
    _need(bottom)
    parts = [Part(PartKind.MEMBER, key, n / bottom) for key, (n, _) in actual.items()]
    gap = top / bottom
    return Explanation("part of the whole", gap, (*parts, *rest(PartKind.OVERLAP, gap - _sum(parts))))


@dataclass(frozen=True)
class RateMix:
    """A member's part split up: its `rate` moved, its weight in the `mix` moved, or it has a numerator without a denominator (`orphan`)."""

    rate: Fraction
    mix: Fraction
    orphan: Fraction

    @property
    def total(self) -> Fraction:
        return self.rate + self.mix + self.orphan


@dataclass(frozen=True)
class RateMixExplanation:
    """Rate, mix and orphan per member, and their sums as an explanation of the gap."""

    members: Mapping[str, RateMix]
    effects: Explanation

    @property
    def reversal(self) -> bool:
        """Whether the total moves one way while the members' own rates move it the other (Simpson's paradox)."""
        rate = self.effects.amount(PartKind.EFFECT, "rate") or Fraction(0)
        return rate * self.effects.gap < 0


def rate_mix(before: Mapping[str, Pair], after: Mapping[str, Pair], whole: tuple[Pair, Pair] | None = None) -> RateMixExplanation:
    """Change of a ratio in rate and mix at the midpoint: w̄ Δr and (r̄ − R̄) Δw. A new or lost member is all mix.

    Only for a partition: with `whole` given and not the sum of the members, raises CannotExplain.
    """
    (n0, d0), (n1, d1) = _total(before), _total(after)
    if whole is not None and whole != ((n0, d0), (n1, d1)):
        raise CannotExplain(said("the members overlap: there is no rate and mix"))
    _need(d0, d1)
    mean_rate = (n0 / d0 + n1 / d1) / 2
    members = {}
    for key in _keys(after, before):
        (a0, b0), (a1, b1) = before.get(key, _NONE), after.get(key, _NONE)
        r0 = a0 / b0 if b0 else a1 / b1 if b1 else mean_rate
        r1 = a1 / b1 if b1 else r0
        w0, w1 = b0 / d0, b1 / d1
        orphan = (a1 / d1 if not b1 else Fraction(0)) - (a0 / d0 if not b0 else Fraction(0))
        members[key] = RateMix((w0 + w1) / 2 * (r1 - r0), ((r0 + r1) / 2 - mean_rate) * (w1 - w0), orphan)
    effects = (
        Part(PartKind.EFFECT, "rate", sum((part.rate for part in members.values()), Fraction(0))),
        Part(PartKind.EFFECT, "mix", sum((part.mix for part in members.values()), Fraction(0))),
        Part(PartKind.EFFECT, "orphan", sum((part.orphan for part in members.values()), Fraction(0))),
    )
    return RateMixExplanation(members, Explanation("rate and mix", n1 / d1 - n0 / d0, effects))


def _keys(first: Iterable[str], second: Iterable[str]) -> list[str]:
    return list(dict.fromkeys((*first, *second)))


def _sum(parts: Iterable[Part]) -> Fraction:
    return sum((part.amount for part in parts), Fraction(0))


def _total(members: Mapping[str, Pair]) -> Pair:
    return sum((n for n, _ in members.values()), Fraction(0)), sum((d for _, d in members.values()), Fraction(0))


def _need(*denominators: Fraction) -> None:
    if not all(denominators):
        raise CannotExplain(said("there is nothing to divide by in one of the periods"))
