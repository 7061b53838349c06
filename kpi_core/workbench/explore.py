"""One KPI by one dimension: members with target, gap and exact contribution, the trend, and the first cause."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from kpi_core.engine import calendar
from kpi_core.engine.result import NO_DATA, Answer, Number, Status, Value
from kpi_core.errors import Message, UsageError, said
from kpi_core.explain import CannotExplain, Explained, PartKind, contributions
from kpi_core.objectives import SplitTargets, delta, gap
from kpi_core.objectives.exact import decimal
from kpi_core.pages import Delta, DimensionChoice, ExplorePage, Gap, GapStatus, MemberRow, RowKind, TrendPoint
from kpi_core.view import ViewState
from kpi_core.workbench.actions import note_lines
from kpi_core.workbench.cause import cause_of
from kpi_core.workbench.desk import Desk
from kpi_core.workbench.frame import TREND_POINTS, Frame, frame, header, question
from kpi_core.workbench.guests import judged, note, stale_note
from kpi_core.workbench.overview import count
from kpi_core.workbench.overview import row as kpi_row
from kpi_core.workbench.projection import projection
from kpi_core.workbench.trend import buckets

MAX_MEMBERS = 500
FINEST = {"product", "customer"}  # below them are records


def page(desk: Desk, state: ViewState) -> ExplorePage:
    """The KPI of the state, cut by its dimension or by the next one of the drill path that still splits it."""
    kpi = state.kpi or desk.catalogue.groups[0].kpis[0]
    info = desk.info(kpi)
    state = replace(state, kpi=kpi, view="explore")
    at = frame(desk, state)
    choices = dimension_choices(desk, kpi, state)
    by, answer = _cut(desk, at, kpi, choices)
    answer = judged(desk, at, answer, kpi, by)
    asked = tuple(dict.fromkeys([kpi, *_floor(desk, kpi, at)]))
    whole = answer if set(asked) == {kpi} else desk.engine.ask(question(asked, at))
    total = kpi_row(desk, at, whole, kpi)
    split = desk.split(kpi, state.where, by, at.period, _members(answer)) if by else SplitTargets(None)
    explained = _explained(desk, answer, kpi, split, at) if by else None
    rows, cut_off = _rows(desk, answer, kpi, by, split, explained, at) if by else ((), 0)
    rows = _ordered(rows)
    total_row = MemberRow(RowKind.TOTAL, None, desk.fmt.t("Total"), total.value, total.target, total.gap, total.delta, _gap_of(explained))
    extra = tuple(row for row in rows if row.kind is not RowKind.MEMBER)
    members = tuple(row for row in rows if row.kind is RowKind.MEMBER)
    return ExplorePage(
        header=header(desk, at, count([total])),
        kpi=info,
        by=DimensionChoice(by, desk.dim_title(by)) if by else None,
        choices=choices,
        rows=(*members, *extra),
        total=total_row,
        contribution_of=explained.of if explained else "total",
        hidden=answer.hidden + cut_off,
        trend=trend(desk, at, kpi),
        cause=cause_of(desk, at, kpi, total.target),
        projection=projection(desk, at, kpi),
        note=stale_note(desk, at, kpi) or _old(total.value) or note(desk, at, kpi),
        notes=note_lines(desk, kpi, state.where),
        fed_by=tuple(dict.fromkeys(desk.catalogue.file.facts[fact].fed_by.in_(desk.lang) for fact in desk.catalogue.facts(kpi))),
    )


def _old(value: Value) -> Message | None:
    """Levels carried forward that are too old, for measures with `carry_forward`."""
    return said("{stale} of {keys} levels are too old and not counted", stale=value.stale, keys=value.keys) if value.stale else None


def answered(desk: Desk, state: ViewState) -> tuple[Frame, Answer]:
    """The answer that the rows of the page stand on."""
    kpi = state.kpi or desk.catalogue.groups[0].kpis[0]
    state = replace(state, kpi=kpi, view="explore")
    at = frame(desk, state)
    return at, _cut(desk, at, kpi, dimension_choices(desk, kpi, state))[1]


def _floor(desk: Desk, kpi: str, at: Frame) -> tuple[str, ...]:
    target = desk.target(kpi, at.state.where, at.period)
    return (target.floor_kpi,) if target is not None and target.floor_kpi else ()


def _floors(desk: Desk, by: str, split: SplitTargets, at: Frame) -> dict[str, Value]:
    """Values, by member, of the KPI below which no member is green; none where it cannot be cut so."""
    floor = next((target.floor_kpi for target in split.members.values() if target.floor_kpi), None)
    if floor is None or desk.catalogue.refused(floor, by) is not None:
        return {}
    answer = desk.engine.ask(question([floor], at, by=by))
    return {member: answer.cells[member][floor][0] for member in _members(answer)}


def dimension_choices(desk: Desk, kpi: str, state: ViewState) -> tuple[DimensionChoice, ...]:
    """Dimensions of the drill path first, then the others; those the KPI cannot be cut by come with the reason."""
    order = [*desk.catalogue.drill, *(dim for dim in desk.catalogue.dimensions if dim not in desk.catalogue.drill)]
    return tuple(DimensionChoice(dim, desk.dim_title(dim), _refused(desk, kpi, dim)) for dim in order)


def _refused(desk: Desk, kpi: str, dim: str) -> Message | None:
    """Why a KPI cannot be cut so: by its definition, or because no loaded export says it."""
    return desk.catalogue.refused(kpi, dim) or desk.engine.limits.of_cut(desk.catalogue, kpi, dim)


def fixed(state: ViewState) -> set[str]:
    """Dimensions that a filter has brought down to one member."""
    return {step.dim for step in state.where if len(step.values) == 1 and not step.exclude}


def _cut(desk: Desk, at: Frame, kpi: str, choices: tuple[DimensionChoice, ...]) -> tuple[str | None, Answer]:
    """The dimension to show and its answer. A level with nothing to choose between is skipped on the drill path; below an article are its records."""
    if at.state.by:
        reason = _refused(desk, kpi, at.state.by)
        if reason is not None:
            raise UsageError(said("{kpi} cannot be broken down by {dim}: {reason}", kpi=desk.info(kpi).name, dim=desk.dim_title(at.state.by), reason=reason))
        return at.state.by, desk.engine.ask(question([kpi], at, by=at.state.by))
    done = fixed(at.state)
    if done & FINEST:
        return None, desk.engine.ask(question([kpi], at))
    path = [choice.id for choice in choices if choice.refused is None and choice.id in desk.catalogue.drill and choice.id not in done]
    if not path and not at.state.where:
        path = [choice.id for choice in choices if choice.refused is None][:1]
    single: tuple[str, Answer] | None = None
    for dim in path:
        answer = desk.engine.ask(question([kpi], at, by=dim))
        known = [member for member in _members(answer) if member]
        if len(known) > 1:
            return dim, answer
        if known and single is None:
            single = dim, answer
    return single or (None, desk.engine.ask(question([kpi], at)))


def _members(answer: Answer) -> list[str]:
    return [member for member in answer.cells if member is not None]


def _explained(desk: Desk, answer: Answer, kpi: str, split: SplitTargets, at: Frame) -> Explained | None:
    shape = desk.shape(kpi)
    if shape is None:
        return None
    try:
        return contributions(answer, kpi, shape, split, 1 if at.compare is not None else None)
    except CannotExplain:
        return None


def _gap_of(explained: Explained | None) -> Number | None:
    return decimal(explained.explanation.gap) if explained else None


def _rows(desk: Desk, answer: Answer, kpi: str, by: str, split: SplitTargets, explained: Explained | None, at: Frame) -> tuple[tuple[MemberRow, ...], int]:
    """The rows of the largest members and of what makes the column add up, and how many members are left out."""
    info = desk.info(kpi)
    parts = explained.explanation.members() if explained else {}
    rows: list[MemberRow] = []
    floors = _floors(desk, by, split, at)
    owed = split.members if split.unallocated is not None else {}  # a part of an amount is owed even where nothing was sold
    found: list[tuple[str, tuple[Value, ...]]] = []
    for member in sorted({*_members(answer), *owed}):
        values = answer.cells.get(member, {}).get(kpi, (NO_DATA, NO_DATA))
        based = at.compare is not None and len(values) > 1 and values[1].number is not None
        silent = values[0].reason is None or member not in desk.catalogue.scope(kpi).get(by, (member,))
        unknown = values[0].number is None and not based and values[0].status is Status.NO_DATA and silent
        if not unknown or parts.get(member) or member in owed:
            found.append((member, values))
    if len(found) > MAX_MEMBERS:  # the order of `_ordered`: only what is shown is worked out
        found.sort(key=lambda pair: (pair[1][0].number is None, -float(pair[1][0].number or 0), desk.label(by, pair[0])))
    for member, values in found[:MAX_MEMBERS]:
        target = split.members.get(member)
        verdict = gap(values[0], target, info, floors.get(member))
        change = delta(values[0], values[1], info) if at.compare is not None and len(values) > 1 else None
        part = parts.get(member)
        rows.append(MemberRow(RowKind.MEMBER, member, desk.label(by, member), values[0], target, verdict, change, None if part is None else decimal(part)))
    rows += _extra(desk, answer, kpi, by, split, explained, at)
    return tuple(rows), max(0, len(found) - MAX_MEMBERS)


def _extra(desk: Desk, answer: Answer, kpi: str, by: str, split: SplitTargets, explained: Explained | None, at: Frame) -> list[MemberRow]:
    """The rows that make a column add up: what members count twice, and what the target gives to no member."""
    none = Gap(None, None, 0, GapStatus.NONE)
    rows: list[MemberRow] = []
    linear = (shape := desk.shape(kpi)) is not None and shape.additive
    part = explained.explanation.amount(PartKind.OVERLAP) if explained else None
    overlap = desk.fmt.t("Overlap (counted in several)")
    if answer.hidden:  # what the members shown lack belongs to those that are not
        return rows
    share = None if part is None else decimal(part)
    if kpi in answer.overlap and linear:
        rows.append(MemberRow(RowKind.OVERLAP, None, overlap, _overlap(answer, kpi, 0), None, none, _overlap_delta(answer, kpi, at), share))
    elif part:
        rows.append(MemberRow(RowKind.OVERLAP, None, overlap, NO_DATA, None, none, None, share))
    if split.unallocated:
        loose = explained.explanation.amount(PartKind.UNALLOCATED) if explained else None
        target = replace(split.total, number=decimal(split.unallocated), amount=split.unallocated, near=None) if split.total else None
        rows.append(MemberRow(RowKind.UNALLOCATED, None, desk.fmt.t("Unallocated"), NO_DATA, target, none, None, None if loose is None else decimal(loose)))
    return rows


def _overlap(answer: Answer, kpi: str, index: int) -> Value:
    """Total − sum of members: zero or negative when things lie in several members."""
    total = answer.cells[None][kpi][index].number
    if total is None:
        return NO_DATA
    parts = [answer.cells[member][kpi][index].number for member in _members(answer)]
    known = [Fraction(part) for part in parts if part is not None]
    return Value(decimal(Fraction(total) - sum(known, Fraction(0))), Status.VALUE)


def _overlap_delta(answer: Answer, kpi: str, at: Frame) -> Delta | None:
    if at.compare is None:
        return None
    return Delta(_overlap(answer, kpi, 1), None, None, None)


def _ordered(rows: tuple[MemberRow, ...]) -> tuple[MemberRow, ...]:
    """Worst contribution first where there is one, else the largest value first."""

    def key(row: MemberRow) -> tuple[int, float, str]:
        if row.kind is not RowKind.MEMBER:
            return (2, 0.0, row.label)
        if row.value.number is None:
            return (1, 0.0, row.label)
        return (0, -float(row.value.number), row.label)

    return tuple(sorted(rows, key=key))


def trend(desk: Desk, at: Frame, kpi: str) -> tuple[TrendPoint, ...]:
    """The KPI over the periods that end with the one shown, each against its own target and its own comparison."""
    points = calendar.trailing(at.period, TREND_POINTS.get(calendar.kind(at.period.grain), 12))
    return tuple(
        TrendPoint(found.period, found.value, found.target.number if found.target else None, found.base, found.partial, found.gap.status)
        for found in buckets(desk, at, kpi, points)
    )
