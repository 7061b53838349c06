"""Every missed target: the whole, each channel and store that has or inherits one, and every other scope that objectives.yaml names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from kpi_core.engine.result import NO_DATA, Answer, Question, Value
from kpi_core.explain import CannotExplain, additive_to_target, pairs, ratio_to_target, to_target
from kpi_core.links import scope_text
from kpi_core.objectives import ResolvedTarget, SplitTargets, gap
from kpi_core.objectives.exact import decimal, exact
from kpi_core.objectives.model import Entry
from kpi_core.objectives.shape import Shape
from kpi_core.pages import Gap, GapDetail, GapRow, GapsPage, GapStatus, Note
from kpi_core.store.notes import read_notes
from kpi_core.view import Filter, Sort, ViewState
from kpi_core.workbench import overview
from kpi_core.workbench.actions import actions_of, note_lines, notes_of, scope_label
from kpi_core.workbench.cause import cause_of
from kpi_core.workbench.desk import Desk
from kpi_core.workbench.frame import Frame, frame, header, question
from kpi_core.workbench.streak import Streak, streaks

EVERYWHERE = ("channel", "store")  # the levels at which a rate's target is held against every member
EXPLAINED = 8  # causes are looked for as far as a first screen holds rows
Cut = tuple[tuple[Filter, ...], str | None]  # filters and dimension of a question
SHOWN = (GapStatus.MISSED, GapStatus.NEAR)


@dataclass(frozen=True)
class _Found:
    """A cell with a target, before causes and actions are looked up. `cut` and `member` say where its values are asked."""

    kpi: str
    where: tuple[Filter, ...]
    cut: Cut
    member: str | None
    value: Value
    target: ResolvedTarget
    gap: Gap
    contribution: Fraction | None
    whole: Fraction | None  # the gap that the contribution is a part of
    rank: float


def page(desk: Desk, state: ViewState, explained: int = EXPLAINED) -> GapsPage:
    """Missed targets, the worst first, then those that are near; the first `explained` with their cause. A few statements in all."""
    at = frame(desk, replace(state, view="gaps"))
    found = list(_everything(desk, at))
    counts = Counter(cell.gap.status for cell in found)
    shown = sorted((cell for cell in found if cell.gap.status in SHOWN), key=lambda cell: (SHOWN.index(cell.gap.status), -cell.rank, cell.kpi, _key(at, cell)))
    since: dict[tuple[Cut, str, str | None], Streak] = {}
    for cut in dict.fromkeys(cell.cut for cell in shown):
        missed = [(cell.kpi, cell.member) for cell in shown if cell.cut == cut and cell.gap.status is GapStatus.MISSED]
        since |= {(cut, *cell): streak for cell, streak in streaks(desk, at, cut[0], cut[1], missed).items()}
    notes = read_notes(desk.workspace)
    rows: list[GapRow] = []
    for cell in shown:
        row = _row(desk, at, cell, notes.all)
        streak = since.get((cell.cut, cell.kpi, cell.member))
        if streak is not None:
            row = replace(row, since=streak.periods, since_start=streak.start, at_least=streak.at_least)
        if cell.gap.status is GapStatus.MISSED and len(rows) < explained:
            row = replace(row, cause=cause_of(desk, _inside(at, cell.where), cell.kpi, cell.target), explained=True)
        rows.append(row)
    return GapsPage(header(desk, at, {}), tuple(rows), tuple(counts.items()), bool(desk.objectives.entries), notes.problems)


def detail(desk: Desk, state: ViewState) -> GapDetail:
    """Cause, actions and notes of the KPI of a state under its filters."""
    kpi = state.kpi or desk.catalogue.groups[0].kpis[0]
    at = frame(desk, replace(state, view="gaps"))
    cause = cause_of(desk, at, kpi, desk.target(kpi, state.where, at.period))
    return GapDetail(desk.info(kpi), state, cause, actions_of(desk, kpi, state.where, measured=True), note_lines(desk, kpi, state.where))


def _inside(at: Frame, where: tuple[Filter, ...]) -> Frame:
    return replace(at, state=replace(at.state, where=where))


def _key(at: Frame, cell: _Found) -> str:
    """Names the row in links: the KPI, and the filters that its row adds to those of the page."""
    added = scope_text(_added(at, cell))
    return f"{cell.kpi};{added}" if added else cell.kpi


def _added(at: Frame, cell: _Found) -> tuple[Filter, ...]:
    return tuple(step for step in cell.where if step not in at.state.where)


def _row(desk: Desk, at: Frame, cell: _Found, notes: tuple[Note, ...]) -> GapRow:
    added = _added(at, cell)
    actions = actions_of(desk, cell.kpi, cell.where)
    open_ones = [action for action in actions if action.open]
    return GapRow(
        key=_key(at, cell),
        kpi=desk.info(cell.kpi),
        objective=_objective(desk, cell.target.objective),
        level=" · ".join(desk.dim_title(step.dim) for step in added) or desk.fmt.t("Total"),
        scope=scope_label(desk, added),
        value=cell.value,
        target=cell.target,
        gap=cell.gap,
        contribution=None if cell.contribution is None else decimal(cell.contribution),
        whole_gap=None if cell.whole is None else decimal(cell.whole),
        rank=cell.rank,
        state=replace(at.state, view="explore", kpi=cell.kpi, by=None, where=cell.where, search="", at=None, sort=Sort(), near=False),
        owner=(open_ones[0].owner if open_ones else "") or cell.target.owner or desk.objectives.owner(cell.kpi),
        action=open_ones[0] if open_ones else None,
        actions=len(actions),
        notes=len(notes_of(desk, notes, cell.kpi, cell.where)),
    )


def _objective(desk: Desk, id: str) -> str:
    return next((item.name.in_(desk.lang) for item in desk.bundle.objectives.objectives if item.id == id), id)


# ---------------------------------------------------------------- cells with a target


def _everything(desk: Desk, at: Frame) -> Iterable[_Found]:
    """Every cell that a target is held against, each once. One statement a level, one more for each written scope that is no level."""
    kpis = tuple(desk.objectives.entries)
    if not kpis:
        return
    where = at.state.where
    answer = desk.engine.ask(_first_question(desk, at))
    wholes = {kpi: found for kpi in kpis if (found := _whole(desk, at, answer, kpi)) is not None}
    yield from wholes.values()
    for dim, cut in _cuts(desk, at).items():
        parts = desk.engine.ask(question(cut, at, by=dim))
        for kpi in cut:
            yield from _members(desk, at, parts, kpi, dim, wholes.get(kpi))
    for scope, names in _written_scopes(desk, where).items():
        inner = _inside(at, scope)
        values = desk.engine.ask(question(names, inner))
        for kpi in names:
            cell = _whole(desk, inner, values, kpi, (scope, None))
            if cell is not None:
                yield _as_part(desk, cell, answer, kpi, wholes.get(kpi))


def questions(desk: Desk, at: Frame) -> tuple[Question, ...]:
    """What the page asks before it looks for causes: the wholes, every level, and the written scopes that are no level."""
    if not desk.objectives.entries:
        return ()
    levels = [question(cut, at, by=dim) for dim, cut in _cuts(desk, at).items()]
    scopes = [question(names, _inside(at, scope)) for scope, names in _written_scopes(desk, at.state.where).items()]
    return (_first_question(desk, at), *levels, *scopes)


def _first_question(desk: Desk, at: Frame) -> Question:
    """Every KPI with a target, and those that a target must not fall below."""
    floors = [entry.floor_kpi for entries in desk.objectives.entries.values() for entry in entries if entry.floor_kpi]
    return question(dict.fromkeys((*desk.objectives.entries, *floors)), at)


def _cuts(desk: Desk, at: Frame) -> Mapping[str, tuple[str, ...]]:
    """The levels, each with the KPIs whose targets are held against its members."""
    found = {
        dim: tuple(kpi for kpi in desk.objectives.entries if _may_cut(desk, kpi, dim) and (dim in EVERYWHERE or _written(desk, kpi, dim)))
        for dim in _levels(desk, at)
    }
    return {dim: kpis for dim, kpis in found.items() if kpis}


def _levels(desk: Desk, at: Frame) -> list[str]:
    """Dimensions with a level of their own: channel and store, and every one by which a target is split; none that the crumb has settled."""
    settled = {step.dim for step in at.state.where if len(step.values) == 1 and not step.exclude}
    named = [dim for entries in desk.objectives.entries.values() for entry in entries for dim in entry.scope if len(entry.scope) == 1]
    return [dim for dim in dict.fromkeys((*EVERYWHERE, *named)) if dim in desk.catalogue.dimensions and dim not in settled]


def _may_cut(desk: Desk, kpi: str, dim: str) -> bool:
    return desk.catalogue.refused(kpi, dim) is None


def _written(desk: Desk, kpi: str, dim: str) -> frozenset[str]:
    """Members of a dimension that have a target of their own."""
    return frozenset(value for entry in desk.objectives.entries[kpi] if set(entry.scope) == {dim} and len(entry.scope[dim]) == 1 for value in entry.scope[dim])


def _written_scopes(desk: Desk, where: tuple[Filter, ...]) -> Mapping[tuple[Filter, ...], tuple[str, ...]]:
    """Scopes that no level shows (several dimensions, or several members taken together) inside the crumb, each with its KPIs."""
    found: dict[tuple[Filter, ...], tuple[str, ...]] = {}
    for kpi, entries in desk.objectives.entries.items():
        for entry in entries:
            scope = _scope_of(desk, kpi, entry, where)
            if scope is not None and kpi not in found.get(scope, ()):
                found[scope] = (*found.get(scope, ()), kpi)
    return found


def _scope_of(desk: Desk, kpi: str, entry: Entry, where: tuple[Filter, ...]) -> tuple[Filter, ...] | None:
    """The crumb narrowed to the scope of a target; None where a level shows it, or where the two have nothing in common."""
    single = [dim for dim, values in entry.scope.items() if len(values) == 1]
    if len(entry.scope) == 1 and single and _may_cut(desk, kpi, single[0]):
        return None
    steps = []
    for step in where:
        values = entry.scope.get(step.dim)
        if values is None:
            steps.append(step)
        elif step.exclude:
            return None
        else:
            both = tuple(value for value in step.values if (value or "") in values)
            if not both:
                return None
            steps.append(Filter(step.dim, both))
    crumbed = {step.dim for step in where}
    scope = (*steps, *(Filter(dim, tuple(sorted(values))) for dim, values in entry.scope.items() if dim not in crumbed))
    return scope if scope != where else None


def _whole(desk: Desk, at: Frame, answer: Answer, kpi: str, cut: Cut | None = None) -> _Found | None:
    row = overview.row(desk, at, answer, kpi)
    if not isinstance(row.target, ResolvedTarget):
        return None
    amount = None if row.gap.amount is None else exact(row.gap.amount)
    return _Found(kpi, at.state.where, cut or (at.state.where, None), None, row.value, row.target, row.gap, amount, amount, _share_missed(row.gap, row.target))


def _share_missed(verdict: Gap, target: ResolvedTarget) -> float:
    """The gap as a share of its target; a target of zero is missed altogether."""
    if verdict.amount is None:
        return 0.0
    return abs(float(verdict.amount)) / abs(float(target.amount)) if target.amount else float(bool(verdict.amount))


def _members(desk: Desk, at: Frame, answer: Answer, kpi: str, dim: str, whole: _Found | None) -> Iterable[_Found]:
    """The members of one level that have a target. A member that is all there is of the whole is not told twice."""
    where, info, shape = at.state.where, desk.info(kpi), desk.shape(kpi)
    names = [member for member in answer.cells if member is not None]
    split = desk.split(kpi, where, dim, at.period, names)
    chosen = split.members.keys() & _written(desk, kpi, dim)
    if dim in EVERYWHERE:  # what lies outside every store is nobody's place
        chosen |= split.members.keys() & {name for name in names if name}
    parts = _parts(answer, kpi, shape, split)
    weight = _weights(answer, kpi, shape, split, len(chosen))
    for member in sorted(chosen):
        target = split.members[member]
        value = answer.cells[member][kpi][0] if member in answer.cells else NO_DATA
        verdict = gap(value, target, info)
        if whole is not None and _same(value, target, whole):
            continue
        narrowed = (*(step for step in where if step.dim != dim or step.exclude), Filter(dim, (member or None,)))
        rank = _share_missed(verdict, target) * weight(member)
        of = whole.whole if whole is not None else None
        yield _Found(kpi, narrowed, (where, dim), member, value, target, verdict, parts.get(member), of, rank)


def _same(value: Value, target: ResolvedTarget, whole: _Found) -> bool:
    return value.number is not None and value.number == whole.value.number and value.measures == whole.value.measures and target.amount == whole.target.amount


def _parts(answer: Answer, kpi: str, shape: Shape | None, split: SplitTargets) -> Mapping[str, Fraction]:
    """Each member's exact part of the whole's gap to its target; empty where there is none."""
    if shape is None:
        return {}
    try:
        return to_target(answer, kpi, shape, split).members()
    except CannotExplain:
        return {}


def _weights(answer: Answer, kpi: str, shape: Shape | None, split: SplitTargets, count: int) -> Callable[[str], float]:
    """How much of the whole a member is: its part of the total's target (amounts) or of what the rate is taken over; else an equal part."""
    equal = 1 / max(1, count)
    if shape is None:
        return lambda member: equal
    if shape.additive:
        total = split.total
        if total is None or not total.amount:
            return lambda member: equal
        return lambda member: abs(float(split.members[member].amount / total.amount)) if member in split.members else equal
    try:
        members, (_, bottom) = pairs(answer, kpi, shape, 0)
    except CannotExplain:
        return lambda member: equal
    return lambda member: abs(float(members[member][1] / bottom)) if member in members and bottom else equal


def _as_part(desk: Desk, cell: _Found, answer: Answer, kpi: str, whole: _Found | None) -> _Found:
    """A written scope as a part of the whole: its contribution and its weight."""
    shape = desk.shape(kpi)
    days = answer.question.periods[0].days
    if shape is None or whole is None or cell.value.number is None or whole.value.number is None:
        return replace(cell, contribution=None, whole=None)
    own, all_of_it = shape.pair(cell.value.measures, days), shape.pair(whole.value.measures, days)
    if not own[1] or not all_of_it[1]:
        return replace(cell, contribution=None, whole=None)
    if shape.additive:
        asked = {"": own[0] / own[1]}
        part = additive_to_target(asked, {"": cell.target.amount}, whole.target.amount, all_of_it[0] / all_of_it[1]).members()[""]
        weight = float(cell.target.amount / whole.target.amount) if whole.target.amount else 1.0
    else:
        part = ratio_to_target({"": own}, whole.target.amount, all_of_it).members()[""]
        weight = float(own[1] / all_of_it[1])
    return replace(cell, contribution=part, whole=whole.whole, rank=cell.rank * abs(weight))
