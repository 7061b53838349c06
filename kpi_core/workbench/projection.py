"""The end of a period in progress, projected from the days of one KPI. Only for a KPI shown in detail: it costs a statement."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from fractions import Fraction

from kpi_core.engine.days import Rows, adds_up, by_day
from kpi_core.engine.expression import Expr, evaluate, is_linear, ratio, refs, uses_days
from kpi_core.engine.result import Question, Status, Value
from kpi_core.errors import Message, said
from kpi_core.objectives import gap, in_percent
from kpi_core.pages import NoProjection, Projection
from kpi_core.view import Filter
from kpi_core.workbench.desk import Desk
from kpi_core.workbench.frame import Frame

HISTORY = 800  # days looked back: two years, so that last year's course can be judged on the year before
MOST_KEPT = 256

Parts = tuple[Expr, Expr | None, Fraction]  # numerator, denominator, factor


def projected(desk: Desk, at: Frame, kpi: str, soon: bool = False) -> Projection | NoProjection:
    """The projection of a KPI over the period of a frame, or why there is none. Kept for as long as the generation is read.

    `soon`: also of a period that begins the day after the last one with data; the forecast is checked on just such stretches.
    """
    key = (kpi, at.state.where, at.period, at.state.basis, soon)
    kept = desk.projections
    if key not in kept:
        if len(kept) >= MOST_KEPT:
            kept.clear()
        kept[key] = _projected(desk, at, kpi, soon)
    return kept[key]


def projection(desk: Desk, at: Frame, kpi: str) -> Projection | None:
    """The projection where there is one."""
    found = projected(desk, at, kpi)
    return found if isinstance(found, Projection) else None


def following(desk: Desk, at: Frame, kpi: str) -> Projection | None:
    """The projection where there is one, also of a period that begins the day after the last one with data."""
    found = projected(desk, at, kpi, soon=True)
    return found if isinstance(found, Projection) else None


def in_progress(desk: Desk, at: Frame, kpi: str) -> bool:
    """Do the data of the KPI stop within the period?"""
    last = desk.engine.watermark([kpi])
    return last is not None and at.period.start <= last < at.period.end


def _projected(desk: Desk, at: Frame, kpi: str, soon: bool) -> Projection | NoProjection:
    last = desk.engine.watermark([kpi])
    next_day = soon and last is not None and at.period.start == last + timedelta(days=1)
    if last is None or not (next_day or in_progress(desk, at, kpi)):
        return NoProjection(said("the period is not in progress"))
    parts = _parts(desk, kpi)
    if parts is None:
        return NoProjection(said("its days do not add up to a period"))
    asked = desk.engine.plan(Question((kpi,), (at.period,), None, at.state.where)).kpis[0]
    if asked.reason is not None:  # a filter that the KPI does not know: it has no value either
        return NoProjection(asked.reason)
    late = _late(desk, kpi, at.state.where, last)
    if late is not None:
        return NoProjection(late)
    series = _series(desk, at, kpi, parts, last)
    return _ended(desk, at, kpi, parts, last, *series)


def _ended(desk: Desk, at: Frame, kpi: str, parts: Parts, last: date, over: list[float], under: list[float] | None) -> Projection | NoProjection:
    from kpi_core.analysis.forecast import LEAST_DAYS, Past, outlook

    period, info, spec = at.period, desk.info(kpi), desk.catalogue.kpi(kpi)
    if len(over) < LEAST_DAYS:
        return NoProjection(said("under 8 weeks of days are known"))
    elapsed, ahead = (last - period.start).days + 1, (period.end - last).days
    found = outlook(Past(over, under, under is None or in_percent(info.unit), _like(desk, last, len(over))), min(elapsed, len(over)), ahead)
    if found is None:
        return NoProjection(said("too little is known to check a forecast of {days} days", days=ahead))
    factor = float(parts[2])
    share = spec.unit == "%" and spec.interval == "wilson"

    def shown(number: float) -> float:
        return min(1.0, max(0.0, number * factor)) if share else number * factor

    low, high = sorted((shown(found.low), shown(found.high)))
    target = desk.objectives.target_for(kpi, at.state.where, period, desk.narrow(kpi))
    amount = shown(found.amount)
    verdict = gap(Value(amount, Status.VALUE, interval=(low, high)), target, info)
    chance = None
    if target is not None and info.good != "none":
        chance = found.chance(float(target.number) / factor, (info.good == "up") == (factor > 0))
    return Projection(period.end, amount, low, high, ahead, target, verdict, chance, found.held, found.of, len(found.errors), found.bend)


def _parts(desk: Desk, kpi: str) -> Parts | None:
    """Numerator and denominator whose days add up; None for levels, distinct counts, growth rates and shares of a total."""
    expr = desk.catalogue.expression(kpi)
    if not all(adds_up(desk.catalogue, ref) for ref in refs(expr)):
        return None
    if uses_days(expr):
        return None
    if is_linear(expr):
        return expr, None, Fraction(1)
    return ratio(expr)


def _late(desk: Desk, kpi: str, where: Sequence[Filter], last: date) -> Message | None:
    """The one member of a filter whose own data end earlier: its missing days are no zeros."""
    named = {value for step in where if not step.exclude and len(step.values) == 1 for value in step.values}
    for fact in desk.catalogue.facts(kpi):
        for member, day in desk.engine.coverage(fact).late:
            if member in named and day < last:
                return said("{member} is loaded up to {day} only", member=member, day=day)
    return None


def _series(desk: Desk, at: Frame, kpi: str, parts: Parts, last: date) -> tuple[list[float], list[float] | None]:
    """The days up to `last`, oldest first; a loaded day without rows is a day without sales. Days before the first row do not count."""
    starts = [day for fact in desk.catalogue.facts(kpi) if (day := desk.engine.coverage(fact).first) is not None]
    first = max([*starts, last - timedelta(days=HISTORY - 1)])
    rows = by_day(desk.engine, kpi, None, at.state.where, first, last)[None]
    first = min((day for found in rows.values() for day in found), default=last + timedelta(days=1))
    days = [first + timedelta(days=index) for index in range((last - first).days + 1)]
    over, under, _ = parts
    return _amounts(over, rows, days), None if under is None else _amounts(under, rows, days)


def _amounts(expr: Expr, rows: Rows, days: Sequence[date]) -> list[float]:
    found = {ref.key: rows.get(ref.key, {}) for ref in refs(expr)}
    return [float(evaluate(expr, {name: known.get(day, 0) for name, known in found.items()}) or 0) for day in days]


def _like(desk: Desk, last: date, count: int) -> Callable[[int], int | None]:
    """The day of the year before that plays the part of a day of the series: events that move between years on each other."""
    first = last - timedelta(days=count - 1)
    kept, events = desk.like_days, desk.calendar.events

    def like(index: int) -> int | None:
        day = first + timedelta(days=index)
        if day not in kept:
            kept[day] = events.like_day(day, day.year - 1)
        return (kept[day] - first).days

    return like
