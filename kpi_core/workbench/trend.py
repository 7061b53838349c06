"""One KPI over the periods around the one shown: values, targets, comparisons, what is expected, and what happened."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from kpi_core.engine import calendar
from kpi_core.engine.result import NO_DATA, Answer, Period, Question, Status
from kpi_core.objectives import delta, gap
from kpi_core.pages import NoteLine, Projection
from kpi_core.pages.trend import ACTION, EVENT, NOTE, Bucket, Mark, TrendPage
from kpi_core.view import ViewState
from kpi_core.workbench.actions import actions_of, note_lines
from kpi_core.workbench.desk import Desk
from kpi_core.workbench.frame import TREND_POINTS, Frame, frame, header
from kpi_core.workbench.guests import too_few
from kpi_core.workbench.projection import following, projection

DAYS_A_MARK = 7  # an event is marked where it takes at least one day in so many of the bucket


def page(desk: Desk, state: ViewState) -> TrendPage:
    """The KPI of the state (default: the first one) by the grain of its period. Raises UsageError for names that do not exist."""
    kpi = state.kpi or desk.catalogue.groups[0].kpis[0]
    state = replace(state, kpi=kpi, view="trend")
    at = frame(desk, state)
    notes = note_lines(desk, kpi, state.where)
    found = _known(buckets(desk, at, kpi, window(at.period, at.watermark), judged=True), at.period)
    ahead = _ahead(desk, at, kpi, found)
    if ahead is not None and ahead[0] is not None:
        found = (*found, ahead[0])
    marks = _marks(desk, at, kpi, found, notes)
    found = tuple(replace(bucket, marks=_within(marks, bucket.period)) for bucket in found)
    shown = next(bucket for bucket in found if bucket.period == at.period)
    return TrendPage(header(desk, at, {shown.gap.status: 1}), desk.info(kpi), found, ahead[1] if ahead else None, notes)


def answered(desk: Desk, state: ViewState) -> tuple[Frame, Answer]:
    """The answer that the page stands on."""
    kpi = state.kpi or desk.catalogue.groups[0].kpis[0]
    at = frame(desk, replace(state, kpi=kpi, view="trend"))
    return at, _asked(desk, at, kpi, window(at.period, at.watermark))[0]


def window(period: Period, last: date | None) -> tuple[Period, ...]:
    """The periods to show, oldest first: up to the newest one with data where `period` is among the last, else with `period` in their middle."""
    count = TREND_POINTS.get(calendar.kind(period.grain), TREND_POINTS["range"])
    after = 0
    while last is not None and after < count and calendar.step(period, after + 1).start <= last:
        after += 1
    return calendar.trailing(calendar.step(period, after if after < count else count // 2), count)


def _asked(desk: Desk, at: Frame, kpi: str, points: Sequence[Period]) -> tuple[Answer, dict[int, int]]:
    """One question for all points and what they are compared with; at which place the comparison of a point stands."""
    others: list[Period] = []
    places: dict[int, int] = {}
    for index, point in enumerate(points):
        other = calendar.compared(point, at.state.compare)
        if other is not None:
            places[index] = len(points) + len(others)
            others.append(other)
    pairs: tuple[int | None, ...] = (*(places.get(index) for index in range(len(points))), *(None for _ in others))
    floors = {target.floor_kpi for point in points if (target := desk.target(kpi, at.state.where, point)) is not None and target.floor_kpi}
    return desk.engine.ask(Question((kpi, *sorted(floors - {kpi})), (*points, *others), None, at.state.where, None, pairs)), places


def buckets(desk: Desk, at: Frame, kpi: str, points: Sequence[Period], judged: bool = False) -> tuple[Bucket, ...]:
    """Each point against its own target and its own comparison. One statement.

    `judged`: where kpis.yaml says `min_coverage`, each bucket is asked how many of its customers are known, as Explore asks of its period.
    """
    answer, places = _asked(desk, at, kpi, points)
    info, values = desk.info(kpi), answer.cells[None][kpi]
    found = []
    for index, point in enumerate(points):
        value = values[index]
        if judged and None in too_few(desk, replace(at, period=point), kpi):
            value = replace(value, enough=False)
        target = desk.target(kpi, at.state.where, point)
        floor = answer.cells[None][target.floor_kpi][index] if target is not None and target.floor_kpi else None
        place = places.get(index)
        found.append(
            Bucket(
                period=point,
                value=value,
                target=target,
                gap=gap(value, target, info, floor),
                delta=None if place is None else delta(value, values[place], info),
                compare=None if place is None else answer.question.periods[place],
                partial=value.status is Status.PARTIAL,
            )
        )
    return tuple(found)


def _known(found: Sequence[Bucket], shown: Period) -> tuple[Bucket, ...]:
    """Without what lies before the first data, down to the period shown."""
    start = next((place for place, bucket in enumerate(found) if bucket.value.number is not None or bucket.period == shown), 0)
    return tuple(found[start:])


def _ahead(desk: Desk, at: Frame, kpi: str, found: Sequence[Bucket]) -> tuple[Bucket | None, Projection] | None:
    """Where the last bucket will end if it is in progress; else the next one, when the data end with the last day of the last bucket.

    No further: the forecast is checked on past stretches that follow what was known, and on no others.
    """
    last = replace(at, period=found[-1].period)
    known = projection(desk, last, kpi)
    if known is not None:
        return None, known
    after = calendar.step(last.period, 1)
    soon = following(desk, replace(at, period=after), kpi) if after.grain != "range" else None
    if soon is None:
        return None
    return Bucket(after, NO_DATA, soon.target, gap(NO_DATA, soon.target, desk.info(kpi)), None), soon


def _marks(desk: Desk, at: Frame, kpi: str, found: Sequence[Bucket], notes: Iterable[NoteLine]) -> tuple[Mark, ...]:
    """Events, beginnings of actions and notes between the first and the last bucket."""
    first, last = found[0].period.start, found[-1].period.end
    days = max(bucket.period.days for bucket in found)
    events = [
        Mark(EVENT, item.start, item.end, item.name.in_(desk.lang))
        for item in desk.calendar.events.events_in(first, last)
        if item.days * DAYS_A_MARK >= days
    ]
    actions = [Mark(ACTION, line.start, line.start, line.name) for line in actions_of(desk, kpi, at.state.where) if line.start is not None]
    written = [Mark(NOTE, line.note.at.date(), line.note.at.date(), line.note.text) for line in notes]
    return (*actions, *written, *events)


def _within(marks: Sequence[Mark], period: Period) -> tuple[Mark, ...]:
    return tuple(mark for mark in marks if mark.start <= period.end and period.start <= mark.end)
