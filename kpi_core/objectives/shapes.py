"""What phasing takes from another year: its actual days, and which of them each day is held against.

Objectives never ask a database: whoever opens one hands a `Shapes` in.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from fractions import Fraction
from functools import lru_cache
from typing import Protocol

from kpi_core.engine.events import Events, nearest_weekday, same_date
from kpi_core.objectives.ranges import Range

Scope = Mapping[str, frozenset[str]]


class Shapes(Protocol):
    """Actual days of a KPI."""

    def daily(self, kpi: str, scope: Scope, start: date, end: date) -> Mapping[date, Fraction] | None:
        """The KPI's amount per day, both ends included; a day that is missing had none. None: not all of these days are loaded."""


class NoShapes:
    """Without data: every `like` falls back to an even spread, and says so."""

    def daily(self, kpi: str, scope: Scope, start: date, end: date) -> Mapping[date, Fraction] | None:
        return None


@lru_cache(maxsize=128)  # the members of a split ask for the same days
def pairs(range_: Range, like: int | None, by: str, events: Events) -> Mapping[date, tuple[date, ...]]:
    """For every day of the range the days of the other year whose amounts it is held against.

    `like` is the year that the first day of the range looks back to; None: the year before. Days of `events` meet the days of the
    same event. Any other day meets the same weekday of the same week, or by month the same date, and there the 29 February that only
    the other year has counts with the 28th.
    """
    back = 1 if like is None else range_.start.year - like
    days = (range_.start + timedelta(days=offset) for offset in range(range_.days))
    return {day: _by_month(day, day.year - back, events) if by == "month" else (_by_week(day, day.year - back, events),) for day in days}


def _by_week(day: date, year: int, events: Events) -> date:
    """At the ends of the year the same weekday may lie in its neighbour: then the same date, not Christmas for New Year's Eve."""
    found = events.like_day(day, year)
    near = nearest_weekday(day, year)
    outside = near.year != year and abs(found - near) == timedelta(days=7)
    return same_date(day, year) if outside else found


def _by_month(day: date, year: int, events: Events) -> tuple[date, ...]:
    same = same_date(day, year)
    if events.on(day) or events.on(same):
        return (events.like_day(day, year),)
    if (day.month, day.day) == (2, 29):
        return (same,) if _leap(year) else ()
    return (same, date(year, 2, 29)) if (day.month, day.day) == (2, 28) and _leap(year) and not _leap(day.year) else (same,)


def _leap(year: int) -> bool:
    return date(year, 12, 31).timetuple().tm_yday == 366
