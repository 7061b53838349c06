"""Periods of a calendar: whole units, ranges of units or days, what comes before and after them, and what of them is loaded."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from kpi_core.engine.calendars import CIVIL, Calendar, Unit
from kpi_core.engine.result import Period
from kpi_core.errors import UsageError, said


def unit(day: date, grain: str, of: Calendar = CIVIL) -> Period:
    """The whole unit of `of` that holds `day`. Raises UsageError for a grain that this calendar does not have."""
    if grain not in of.grains:
        raise UsageError(said("{grain} is not a period", grain=grain), hint=said("known: {names}", names=", ".join(of.grains)))
    try:
        return _period(of.unit(day, grain), of)
    except (ValueError, OverflowError):
        raise _beyond() from None


def between(start: date, end: date, of: Calendar = CIVIL) -> Period:
    """The explicit range start..end, both included. Raises UsageError when it ends before it starts."""
    text = f"{start.isoformat()}..{end.isoformat()}"
    if end < start:
        raise UsageError(said("the period {text} ends before it starts", text=text))
    return Period(start, end, "range", text, of)


def over(first: Period, last: Period) -> Period:
    """From the first day of `first` to the last of `last`: in units when both have the same grain (`2026-W44..2026-W47`), else in days."""
    if last.end < first.start:
        raise UsageError(said("the period {text} ends before it starts", text=f"{first.text}..{last.text}"))
    if first == last:
        return first
    if first.grain != last.grain or first.grain in ("day", "range") or last.start < first.start:
        return between(first.start, last.end, first.calendar)
    return Period(first.start, last.end, "range", f"{first.text}..{last.text}", first.calendar)


def ends(period: Period) -> tuple[Unit, Unit] | None:
    """First and last whole unit of a period; None for a range of days. A period cut short by the data counts as whole."""
    of = period.calendar
    try:
        if period.grain in of.grains:
            found = of.unit(period.start, period.grain)
            return found, found
        first, dots, last = period.text.partition("..")
        one, other = (of.named(first), of.named(last)) if dots else (None, None)
    except (ValueError, OverflowError):
        return None
    return (one, other) if one and other and one.grain == other.grain != "day" else None


def moved(period: Period, units: int) -> Period:
    """A period of whole units, `units` later. Raises UsageError where the calendar ends, ValueError for a range of days."""
    of, found = period.calendar, ends(period)
    if found is None:
        raise ValueError(period.text)
    grain = found[0].grain
    try:
        first, last = (_period(of.at(of.ordinal(item.start, grain) + units, grain), of) for item in found)
    except (ValueError, OverflowError):
        raise _beyond() from None
    return over(first, last)


def moved_days(period: Period, days: int) -> Period:
    """As many days, `days` later; in weeks where a period of weeks meets weeks again, else a range."""
    shift = timedelta(days=days)
    found = ends(period)
    if found is not None and found[0].grain == "day":
        return unit(period.start + shift, "day", period.calendar)
    if found is not None and found[0].grain in ("week", "retail_week") and days % 7 == 0:
        return moved(period, days // 7)
    try:
        return between(period.start + shift, period.end + shift, period.calendar)
    except OverflowError:
        raise _beyond() from None


def step(period: Period, count: int) -> Period:
    """`count` periods later (earlier when negative): the next unit, or for a range the adjoining range of as many units or days."""
    found = ends(period)
    if found is None:
        return moved_days(period, period.days * count)
    of, grain = period.calendar, found[0].grain
    return moved(period, count * (of.ordinal(found[1].start, grain) - of.ordinal(found[0].start, grain) + 1))


def trailing(period: Period, count: int) -> tuple[Period, ...]:
    """The `count` periods that end with `period`, oldest first: the points of a sparkline."""
    return tuple(step(period, index - count + 1) for index in range(count))


def latest(grain: str, watermark: date, of: Calendar = CIVIL) -> Period:
    """The last period of `grain` that ends on or before `watermark`."""
    current = unit(watermark, grain, of)
    return current if current.end <= watermark else step(current, -1)


def latest_of(grain: str, count: int, watermark: date, of: Calendar = CIVIL) -> Period:
    """The last `count` whole periods of `grain` as one range."""
    last = latest(grain, watermark, of)
    return over(step(last, 1 - count), last)


def clamped(period: Period, watermark: date | None) -> Period | None:
    """The part of `period` up to the last loaded day; None when nothing of it is loaded. The text stays the period's own."""
    if watermark is None or period.start > watermark:
        return None
    return period if period.end <= watermark else replace(period, end=watermark)


def shortened(period: Period, days: int) -> Period:
    """The first `days` days of `period`: what a period to date is compared with."""
    return period if days >= period.days else replace(period, end=period.start + timedelta(days=days - 1))


def _period(found: Unit, of: Calendar) -> Period:
    return Period(found.start, found.end, found.grain, found.text, of)


def _beyond() -> UsageError:
    return UsageError(said("the calendar covers the years {first} to {last}", first="1900", last="2199"))
