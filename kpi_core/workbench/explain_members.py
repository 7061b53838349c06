"""Parts of a gap by the members of a dimension, and of a ratio by its members' rates and weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from kpi_core.engine.result import Answer, Status
from kpi_core.errors import Message, said
from kpi_core.explain import CannotExplain, Explanation, Part, PartKind, RateMixExplanation, change, pairs, power, rank, rate_mix, surprise, to_target
from kpi_core.explain.contributions import Pair
from kpi_core.explain.explain import AGREES
from kpi_core.objectives import SplitTargets
from kpi_core.objectives.exact import exact
from kpi_core.pages import ExplainPart, Section, SectionKind
from kpi_core.workbench.cause import cut_question, own_targets, since
from kpi_core.workbench.explain_prices import ARTICLE, articles_question
from kpi_core.workbench.explore import FINEST, fixed
from kpi_core.workbench.held import Held

LEAST_REVERSAL = Fraction(1, 10)  # a rate effect smaller than this against the gap is no paradox worth a word


@dataclass(frozen=True)
class Broken:
    """The gap broken down by one dimension. `score` orders dimensions; `rates` is there for ratios over a partition, `refused` says why not."""

    dim: str
    section: Section
    score: float
    overlaps: bool
    rates: RateMixExplanation | None
    refused: Message | None
    answer: Answer
    bridged: bool = False  # parts of the change since the comparison period, because the target is not split


def broken_down(held: Held, first: str | None) -> list[Broken]:
    """Every dimension the KPI may be cut by, `first` first, then the most telling; those without parts last."""
    desk, kpi = held.desk, held.info.id
    done = fixed(held.at.state)
    order = [*desk.catalogue.drill, *(dim for dim in desk.catalogue.dimensions if dim not in desk.catalogue.drill)]
    dims = [dim for dim in order if dim not in done and desk.catalogue.refused(kpi, dim) is None and (dim == first or _worth(held, dim))]
    found = [_broken(held, dim) for dim in dims]
    shown = [item for item in found if item is not None]
    return sorted(shown, key=lambda item: (item.dim != first, not item.section.parts, item.overlaps, item.bridged, -item.score))


def _worth(held: Held, dim: str) -> bool:
    """Articles and customers are too many to look at, unless asked for: articles only where each thing is one of them."""
    if held.desk.catalogue.dimension(dim).fine:
        return False
    return dim not in FINEST or (dim == ARTICLE and not held.desk.catalogue.overlaps(held.info.id, dim))


def _broken(held: Held, dim: str) -> Broken | None:
    """None for a dimension with nothing to choose between."""
    desk, kpi, shape = held.desk, held.info.id, held.shape
    assert shape is not None
    answer = held.ask(articles_question(held) if dim == ARTICLE else cut_question(desk, held.at, kpi, dim))
    members = [member for member in answer.cells if member is not None and _known(answer, kpi, member)]
    if len(members) < 2:
        return None
    overlaps = desk.catalogue.overlaps(kpi, dim)
    title = desk.dim_title(dim)
    split = _split(held, dim, members)
    rates, refused = _rates(held, answer, overlaps)
    try:
        explanation, bridged = _explanation(held, answer, split)
    except CannotExplain as error:
        return Broken(dim, held.none(SectionKind.CONTRIBUTION, title, error.what, dim), -1.0, overlaps, rates, refused, answer)
    rows = _member_rows(held, answer, dim, explanation, split)
    note = said("the target is not split by {dim}: parts of the change, and what was there before", dim=title) if bridged else None
    if bridged:
        rows = [*held.bridge(), *rows]
    section = held.section(SectionKind.CONTRIBUTION, title, rows, by=dim, note=note)
    return Broken(dim, section, _score(held, answer, explanation, split, bridged), overlaps, rates, refused, answer, bridged)


def _split(held: Held, dim: str, members: Sequence[str]) -> SplitTargets:
    """Targets of the members; where nothing is written for this dimension only the whole has one."""
    desk, kpi = held.desk, held.info.id
    if not held.to_target:
        return SplitTargets(None)
    written = any(dim in entry.scope for entry in desk.objectives.entries.get(kpi, ()))
    return desk.split(kpi, held.at.state.where, dim, held.at.period, members if written else ())


def _known(answer: Answer, kpi: str, member: str) -> bool:
    return any(value.number is not None or any(value.measures.values()) for value in answer.cells[member].get(kpi, ()))


def _explanation(held: Held, answer: Answer, split: SplitTargets) -> tuple[Explanation, bool]:
    """Parts of the gap; True: parts of the change since the comparison period, because the target has none."""
    kpi, shape = held.info.id, held.shape
    assert shape is not None
    if not held.to_target:
        return change(answer, kpi, shape), False
    try:
        found = to_target(answer, kpi, shape, split)
        if found.gap == held.gap:
            return found, False
        raise CannotExplain(said("the target of the whole and those of its members do not agree"))
    except CannotExplain:
        if held.base is None:
            raise
        moved = change(answer, kpi, shape)
        if moved.gap != held.end - held.base:
            raise
        return moved, True


def _member_rows(held: Held, answer: Answer, dim: str, explanation: Explanation, split: SplitTargets) -> list[ExplainPart]:
    desk = held.desk
    parts = dict(explanation.members())
    rest = _rest(held, dim, explanation, split)
    if rest is not None:
        parts = {member: amount for member, amount in parts.items() if member in split.members}
    rows = [
        held.part("member", member, desk.label(dim, member), amount, note=_moved(held, answer, member, split), drill=held.below(dim, member))
        for member, amount in parts.items()
    ]
    words = {PartKind.OVERLAP: desk.fmt.t("Overlap (counted in several)"), PartKind.UNALLOCATED: desk.fmt.t("Unallocated")}
    loose = [
        held.part(part.kind.value, "", words[part.kind], part.amount, drill=held.beside(held.info.id, dim))
        for part in explanation.parts
        if part.kind in words and not (rest is not None and part.kind is PartKind.UNALLOCATED) and not _noise(held, part)
    ]
    last = [row for part in explanation.parts if _noise(held, part) for row in held.rounding(part.amount)]
    return [*held.folded(held.ordered(rows), dim), *([rest] if rest is not None else []), *loose, *last]


def _noise(held: Held, part: Part) -> bool:
    """An overlap that is none: what doubles leave over between members and whole."""
    return part.kind is PartKind.OVERLAP and held.noise(part.amount)


def _rest(held: Held, dim: str, explanation: Explanation, split: SplitTargets) -> ExplainPart | None:
    """Members without a target of their own, together against what the target gives to no member: apart, two large numbers would cancel out."""
    loose = explanation.amount(PartKind.UNALLOCATED)
    others = [member for member in explanation.members() if member not in split.members]
    if loose is None or not others or not held.to_target or split.unallocated is None:
        return None
    reached = sum((explanation.members()[member] for member in others), Fraction(0))
    note = said("{value}, target {target}", value=held.quantity(reached), target=held.quantity(split.unallocated))
    return held.part("unallocated", "", held.desk.fmt.t("Others and the rest of the target"), reached + loose, note=note, drill=held.beside(held.info.id, dim))


def _moved(held: Held, answer: Answer, member: str, split: SplitTargets) -> Message | None:
    """The member's own value against what it is held against: its own target, or its value before."""
    values = answer.cells.get(member, {}).get(held.info.id, ())
    now = values[0].number if values else None
    target = split.members.get(member)
    if target is not None:
        shown = said("no data") if now is None else held.quantity(exact(now))
        return said("{value}, target {target}", value=shown, target=held.quantity(target.amount))
    if held.to_target and split.members and now is not None:
        return said("{value}, no target", value=held.quantity(exact(now)))
    if len(values) > 1 and now is not None and values[1].number is not None:
        return held.moved(exact(values[1].number), exact(now))
    return None if now is None else said("{value}", value=held.quantity(exact(now)))


def _score(held: Held, answer: Answer, explanation: Explanation, split: SplitTargets, bridged: bool) -> float:
    """Adtributor's surprise for sums. For ratios the same of shares of the gap (c_i / gap) against weights in the denominator.

    Members are blamed as for the first cause: for what they miss of their own target where they have one. Having no value is no cause.
    """
    kpi, shape = held.info.id, held.shape
    assert shape is not None
    after, _ = pairs(answer, kpi, shape, 0)
    parts = {member: explanation.own.get(member, amount) for member, amount in explanation.members().items() if member}
    if not shape.additive:
        if held.to_target and held.base is not None and not own_targets(split):
            parts = {member: amount for member, amount in since(answer, kpi, shape, explanation).own.items() if member}
        weights = {member: bottom for member, (_, bottom) in after.items()}
        way = held.way or 1
        return rank(power(parts), surprise(weights, {member: max(amount * way, Fraction(0)) for member, amount in parts.items()}))
    actual = {member: top / bottom for member, (top, bottom) in after.items() if member}
    if held.to_target and not bridged:
        expected: Mapping[str, Fraction] = {member: target.amount for member, target in split.members.items()}
        actual = {member: amount for member, amount in actual.items() if member in expected}
    else:
        expected = {member: actual.get(member, Fraction(0)) - amount for member, amount in parts.items()}
    return rank(power(parts), surprise(expected, actual))


# ---------------------------------------------------------------- rate and mix


def _rates(held: Held, answer: Answer, overlaps: bool) -> tuple[RateMixExplanation | None, Message | None]:
    kpi, shape = held.info.id, held.shape
    if shape is None or shape.additive:
        return None, None
    if overlaps:
        return None, said("the members overlap: there is no rate and mix")
    if held.base is None:
        return None, said("rate and mix are held against another period: choose a comparison")
    try:
        before, whole_before = pairs(answer, kpi, shape, 1)
        after, whole_after = pairs(answer, kpi, shape, 0)
        whole = None if _adds_up(before, whole_before) and _adds_up(after, whole_after) else (whole_before, whole_after)
        return rate_mix(before, after, whole), None
    except CannotExplain as error:
        return None, error.what


def _adds_up(members: Mapping[str, Pair], whole: Pair) -> bool:
    """Whether members sum to the whole but for the last digits of doubles."""
    sums = [sum((pair[side] for pair in members.values()), Fraction(0)) for side in (0, 1)]
    return all(abs(found - amount) <= AGREES * max(abs(amount), Fraction(1)) for found, amount in zip(sums, whole, strict=True))


def reversal(held: Held, rates: RateMixExplanation | None) -> bool:
    """Simpson's paradox, and not by a hair."""
    if rates is None or not rates.reversal:
        return False
    rate = rates.effects.amount(PartKind.EFFECT, "rate") or Fraction(0)
    return abs(rate) >= LEAST_REVERSAL * abs(rates.effects.gap)


def rate_mix_section(held: Held, found: Sequence[Broken], first: str | None) -> tuple[Section, Broken] | None:
    """Rate and mix over one dimension: the one asked for, else one where they work against each other, else the most telling. None for sums."""
    if held.shape is None or held.shape.additive or not found:
        return None
    usable = [item for item in found if item.rates is not None]
    chosen = next((item for item in usable if item.dim == first), None)
    if chosen is None and first is None:
        chosen = next((item for item in usable if reversal(held, item.rates)), None) or next(iter(usable), None)
    title = held.desk.fmt.t("Rate and mix")
    if chosen is None or chosen.rates is None:
        item = next((item for item in found if item.dim == first), found[0])
        return held.none(SectionKind.RATE_MIX, title, item.refused or said("there is no value to explain"), item.dim), item
    assert held.base is not None
    loose = held.end - held.base - chosen.rates.effects.gap
    if not held.noise(loose):
        return held.none(SectionKind.RATE_MIX, title, said("the members do not add up to the whole"), chosen.dim), chosen
    named = held.desk.fmt.t("Rate and mix by {dim}", dim=held.desk.dim_title(chosen.dim))
    rows = [*held.bridge(), *_rate_rows(held, chosen), *held.rounding(loose)]
    note = said("rate: each member's own rate moved; mix: its weight moved")
    return held.section(SectionKind.RATE_MIX, named, rows, by=chosen.dim, note=note), chosen


def _rate_rows(held: Held, item: Broken) -> list[ExplainPart]:
    kpi, shape, t = held.info.id, held.shape, held.desk.fmt.t
    assert shape is not None and item.rates is not None
    before, (_, d0) = pairs(item.answer, kpi, shape, 1)
    after, (_, d1) = pairs(item.answer, kpi, shape, 0)
    none: Pair = (Fraction(0), Fraction(0))
    rows: list[ExplainPart] = []
    for effect, label in (("rate", t("Rates")), ("mix", t("Mix (weights)")), ("orphan", t("Without denominator"))):
        amount = item.rates.effects.amount(PartKind.EFFECT, effect) or Fraction(0)
        if effect == "orphan" and not any(member.orphan for member in item.rates.members.values()):
            continue
        rows.append(held.part("effect", effect, label, amount, drill=held.beside(kpi, item.dim)))
        below = []
        for member, split in item.rates.members.items():
            (a0, b0), (a1, b1) = before.get(member, none), after.get(member, none)
            own: Fraction = getattr(split, effect)
            note: Message | None = None
            if effect == "rate" and b0 and b1:
                note = held.moved(a0 / b0, a1 / b1)
            elif effect == "mix":
                note = held.weight(b0 / d0, b1 / d1)
            below.append(held.part("member", member, held.desk.label(item.dim, member), own, level=1, note=note, drill=held.below(item.dim, member)))
        rows += [_at(row, 1) for row in held.folded(held.ordered(below), item.dim)]
    return rows


def _at(row: ExplainPart, level: int) -> ExplainPart:
    return row if row.level == level else ExplainPart(row.kind, row.key, row.label, row.amount, row.shown, row.share, level, row.note, row.drill)


def few(answer: Answer, kpi: str) -> bool:
    """Whether the sample behind the value is too small to judge."""
    value = answer.cells[None][kpi][0]
    return value.status in (Status.VALUE, Status.PARTIAL) and not value.enough
