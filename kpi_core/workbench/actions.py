"""Who does what about a gap, and how the KPI stood before and after it began."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

from kpi_core.engine.calendar import YEAR_OF_WEEKS, between
from kpi_core.engine.result import NO_DATA, Question
from kpi_core.errors import Message, UsageError, said
from kpi_core.objectives import PlannedAction
from kpi_core.pages import ActionLine, ActionsPage, Effect, KpiInfo, Note, NoteLine
from kpi_core.store.notes import add_note, read_notes
from kpi_core.view import Filter, ViewState
from kpi_core.workbench.desk import Desk
from kpi_core.workbench.frame import frame, header

MOST_DAYS = 28  # four weeks: the same weekdays on both sides, and long enough to even out a promotion
LEAST_DAYS = 7


def actions_of(desk: Desk, kpi: str, where: tuple[Filter, ...], *, measured: bool = False) -> tuple[ActionLine, ...]:
    """Actions that bear on a KPI under these filters: open ones first, those written for exactly this scope before general ones.

    `measured` adds the effect of those that have begun, which asks the engine once for each.
    """
    fitting = [action for action in desk.objectives.actions_for(kpi) if action.bears_on(where)]
    fitting.sort(key=lambda action: (not action.open, -len(set(action.where) & set(where)), len(action.where)))
    return tuple(_line(desk, action, kpi if measured else None, where) for action in fitting)


def actions_page(desk: Desk, state: ViewState) -> ActionsPage:
    """Every action under the filters of the state, for the KPI of the state or for all: a row an action and KPI."""
    if state.kpi is not None:
        desk.catalogue.kpi(state.kpi)
    kpis = (state.kpi,) if state.kpi is not None else tuple(desk.objectives.actions)
    found: dict[tuple[str, str], list[tuple[ActionLine, KpiInfo | None]]] = {}
    for kpi in kpis:
        for line in actions_of(desk, kpi, state.where, measured=True):
            found.setdefault((line.file, f"{line.line:09d}"), []).append((line, desk.info(kpi)))
    ordered = sorted(found.items(), key=lambda item: (not item[1][0][0].open, item[0]))
    return ActionsPage(header(desk, frame(desk, state), {}), tuple(row for _, rows in ordered for row in rows))


def _line(desk: Desk, action: PlannedAction, kpi: str | None, where: tuple[Filter, ...]) -> ActionLine:
    line = ActionLine(
        id=action.id,
        name=action.name.in_(desk.lang),
        objective=action.objective.in_(desk.lang),
        kpis=action.kpis,
        owner=action.owner,
        start=date.fromisoformat(action.start) if action.start else None,
        due=date.fromisoformat(action.due) if action.due else None,
        status=action.status,
        file=action.file,
        line=action.line,
        where=action.where,
        scope=scope_label(desk, action.where),
        cause=action.cause.in_(desk.lang) if action.cause else "",
        note=action.note.in_(desk.lang) if action.note else "",
    )
    if kpi is None or line.start is None:
        return line
    own = [step for step in action.where if all(step.dim != other.dim or other.exclude for other in where)]
    return replace(line, effect=effect(desk, kpi, (*where, *own), line.start, scope_label(desk, own)))


def effect(desk: Desk, kpi: str, where: tuple[Filter, ...], start: date, scope: str = "") -> Effect:
    """The KPI over N days before `start` and N days from it on, N = min(28, days loaded since), and over the same days 52 weeks earlier."""
    last = desk.engine.watermark([kpi])
    days = 0 if last is None else (last - start).days + 1
    reason: Message | None = None
    if last is None or days <= 0:
        reason = said("starts {day}: no data of that time yet", day=start)
    elif days < LEAST_DAYS:
        reason = said("started {day}: too early, {count} days of data since", day=start, count=days)
    if reason is not None:
        return Effect(start, max(0, days), NO_DATA, NO_DATA, NO_DATA, NO_DATA, scope, reason)
    days = min(MOST_DAYS, days)
    year = timedelta(days=YEAR_OF_WEEKS)
    after = between(start, start + timedelta(days=days - 1))
    before = between(start - timedelta(days=days), start - timedelta(days=1))
    earlier = [between(period.start - year, period.end - year) for period in (before, after)]
    answer = desk.engine.ask(Question((kpi,), (before, after, *earlier), None, where))
    first, second, was, then = answer.cells[None][kpi][:4]
    return Effect(start, days, first, second, was, then, scope)


def scope_label(desk: Desk, where: Iterable[Filter]) -> str:
    """Filters as a reader names them: `Stores · Lyon Part-Dieu`; '' for none."""
    steps = []
    for step in where:
        values = ", ".join(desk.label(step.dim, value) for value in step.values)
        steps.append(desk.fmt.t("not {values}", values=values) if step.exclude else values)
    return " · ".join(steps)


# ---------------------------------------------------------------- notes


def within(inner: tuple[Filter, ...], outer: tuple[Filter, ...]) -> bool:
    """Whether a scope is `outer` or lies inside it, as far as their filters say so."""
    return all(any(mine.dim == step.dim and mine.exclude == step.exclude and set(mine.values) <= set(step.values) for mine in inner) for step in outer)


def notes_of(desk: Desk, notes: Iterable[Note], kpi: str, where: tuple[Filter, ...]) -> tuple[NoteLine, ...]:
    """Notes on a KPI at this scope or inside it, newest first."""
    found = [note for note in notes if note.kpi == kpi and within(note.where, where)]
    found.sort(key=lambda note: note.at, reverse=True)
    return tuple(NoteLine(note, _rest_label(desk, note.where, where)) for note in found)


def _rest_label(desk: Desk, inner: tuple[Filter, ...], outer: tuple[Filter, ...]) -> str:
    known = [step for step in inner if step not in outer and step.dim in desk.catalogue.dimensions]
    return scope_label(desk, known)


def note_lines(desk: Desk, kpi: str, where: tuple[Filter, ...]) -> tuple[NoteLine, ...]:
    """The notes on a KPI, read anew."""
    return notes_of(desk, read_notes(desk.workspace).all, kpi, where)


def notes(desk: Desk, state: ViewState) -> tuple[tuple[NoteLine, ...], tuple[Message, ...]]:
    """Notes on the KPI of a state at its filters and inside them, and the lines of the file that are none."""
    read = read_notes(desk.workspace)
    return notes_of(desk, read.all, known_kpi(desk, state), state.where), read.problems


def known_kpi(desk: Desk, state: ViewState) -> str:
    """The KPI of a state that somebody writes about. Raises UsageError without one and for names that do not exist."""
    if state.kpi is None:
        raise UsageError(said("a note belongs to a KPI: choose one first"), hint=said("a link names it: omnigap://explore?kpi=aov"))
    desk.catalogue.kpi(state.kpi)
    for step in state.where:
        desk.catalogue.dimension(step.dim)
    return state.kpi


def note(desk: Desk, state: ViewState, text: str) -> Note:
    """Keep a note on the KPI of a state under its filters. Raises UsageError for a state without KPI or with unknown names."""
    return add_note(desk.workspace, known_kpi(desk, state), state.where, text)
