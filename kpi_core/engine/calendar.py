"""Periods: the range grammar, stepping, comparisons and like-for-like clamping. Pure dates, no clock, no time zone.

    2026-11-22   2026-W47   2026-11   2026-Q4   2026   2026-11-01..2026-11-15
    latest:week  the last week that the data cover to its end (also day, month, quarter, year)
    wtd mtd qtd ytd  the week, month, quarter, year in progress: the whole unit, clamped to the data where it is asked

Weeks are ISO weeks. `2026-S47` and `2026-T4` are read too. Every resolved period writes itself back (`Period.text`).
"""

from __future__ import annotations

import calendar as _calendar
import re
from datetime import date, timedelta

from kpi_core.engine.result import Period
from kpi_core.errors import UsageError, said

GRAINS = ("day", "week", "month", "quarter", "year")
GRAMMAR = "2026-11-22, 2026-W47, 2026-11, 2026-Q4, 2026, 2026-11-01..2026-11-15, latest:week, wtd, mtd, qtd, ytd"
TO_DATE = {"wtd": "week", "mtd": "month", "qtd": "quarter", "ytd": "year"}
YEAR_OF_WEEKS = 364  # 52 whole weeks: the same weekdays

_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_WEEK = re.compile(r"(\d{4})-?[WS](\d{1,2})")
_MONTH = re.compile(r"(\d{4})-(\d{2})")
_QUARTER = re.compile(r"(\d{4})-?[QT]([1-4])")
_YEAR = re.compile(r"\d{4}")


def unit(day: date, grain: str) -> Period:
    """The whole day, ISO week, month, quarter or year that holds `day`."""
    if grain == "day":
        return Period(day, day, "day", day.isoformat())
    if grain == "week":
        start = day - timedelta(days=day.weekday())
        year, week, _ = start.isocalendar()
        return Period(start, start + timedelta(days=6), "week", f"{year:04d}-W{week:02d}")
    if grain == "month":
        return Period(day.replace(day=1), _month_end(day.year, day.month), "month", f"{day.year:04d}-{day.month:02d}")
    if grain == "quarter":
        quarter = (day.month - 1) // 3 + 1
        return Period(date(day.year, quarter * 3 - 2, 1), _month_end(day.year, quarter * 3), "quarter", f"{day.year:04d}-Q{quarter}")
    if grain == "year":
        return Period(date(day.year, 1, 1), date(day.year, 12, 31), "year", f"{day.year:04d}")
    raise UsageError(said("{grain} is not a period", grain=grain), hint=said("known: {names}", names=", ".join(GRAINS)))


def between(start: date, end: date) -> Period:
    """The explicit range start..end, both included. Raises UsageError when it ends before it starts."""
    if end < start:
        raise UsageError(said("the period {text} ends before it starts", text=f"{start.isoformat()}..{end.isoformat()}"))
    return Period(start, end, "range", f"{start.isoformat()}..{end.isoformat()}")


def parse(text: str, watermark: date | None = None) -> Period:
    """Read a period. `watermark`, the last loaded day, is needed by `latest:` and the to-date words.

    Raises UsageError with the grammar as its hint.
    """
    clean = text.strip()
    if clean.lower() in TO_DATE:
        return unit(_known(watermark, text), TO_DATE[clean.lower()])
    if clean.lower().startswith("latest:"):
        grain = clean.lower().removeprefix("latest:")
        if grain in GRAINS:
            return latest(grain, _known(watermark, text))
    try:
        if ".." in clean:
            first, _, last = clean.partition("..")
            return between(_day(first.strip()), _day(last.strip()))
        return _unit_text(clean.upper())
    except (ValueError, OverflowError):
        raise UsageError(said("{text} is not a period", text=text), hint=said("write it like {grammar}", grammar=GRAMMAR)) from None


def latest(grain: str, watermark: date) -> Period:
    """The last period of `grain` that ends on or before `watermark`."""
    current = unit(watermark, grain)
    return current if current.end <= watermark else step(current, -1)


def step(period: Period, count: int) -> Period:
    """`count` periods later (earlier when negative): the next unit, or for a range the adjoining range of as many days."""
    if period.grain == "day":
        return unit(period.start + timedelta(days=count), "day")
    if period.grain == "week":
        return unit(period.start + timedelta(days=7 * count), "week")
    months = {"month": 1, "quarter": 3, "year": 12}.get(period.grain)
    if months is not None:
        return unit(_add_months(period.start, months * count), period.grain)
    shift = timedelta(days=period.days * count)
    return between(period.start + shift, period.end + shift)


def trailing(period: Period, count: int) -> tuple[Period, ...]:
    """The `count` periods that end with `period`, oldest first: the points of a sparkline."""
    return tuple(step(period, index - count + 1) for index in range(count))


def compared(period: Period, how: str) -> Period | None:
    """The period that `how` compares with; None for 'none'.

    `previous` the period before; `last_year` the same weekdays for days, weeks and ranges (52 weeks back), the same dates for
    months, quarters and years; `last_year_weekday` always 52 weeks back; `last_year_date` always the same dates.
    """
    if how == "none":
        return None
    if how == "previous":
        return step(period, -1)
    by_unit = period.grain in ("month", "quarter", "year")
    if how == "last_year":
        how = "last_year_date" if by_unit else "last_year_weekday"
    if how == "last_year_weekday":
        shift = timedelta(days=-YEAR_OF_WEEKS)
        if period.grain in ("day", "week"):
            return unit(period.start + shift, period.grain)
        return between(period.start + shift, period.end + shift)
    if how == "last_year_date":
        if by_unit:
            return unit(_add_months(period.start, -12), period.grain)
        if period.grain == "day":
            return unit(_add_months(period.start, -12), "day")
        return between(_add_months(period.start, -12), _add_months(period.end, -12))
    raise UsageError(
        said("{how} is not a comparison", how=how), hint=said("known: {names}", names="none, previous, last_year, last_year_weekday, last_year_date")
    )


def clamped(period: Period, watermark: date | None) -> Period | None:
    """The part of `period` up to the last loaded day; None when nothing of it is loaded. The text stays the period's own."""
    if watermark is None or period.start > watermark:
        return None
    if period.end <= watermark:
        return period
    return Period(period.start, watermark, period.grain, period.text)


def shortened(period: Period, days: int) -> Period:
    """The first `days` days of `period`: what a period to date is compared with."""
    if days >= period.days:
        return period
    return Period(period.start, period.start + timedelta(days=days - 1), period.grain, period.text)


def like_for_like(period: Period, other: Period | None, watermark: date | None) -> tuple[Period, Period | None]:
    """`period` up to the watermark and `other` cut to as many days; both unchanged when the period is complete or not begun."""
    part = clamped(period, watermark)
    if part is None or part.days == period.days:
        return period, other
    return part, None if other is None else shortened(other, part.days)


def _unit_text(text: str) -> Period:
    if _DAY.fullmatch(text):
        return unit(_day(text), "day")
    if found := _WEEK.fullmatch(text):
        return unit(date.fromisocalendar(int(found[1]), int(found[2]), 1), "week")
    if found := _MONTH.fullmatch(text):
        return unit(date(int(found[1]), int(found[2]), 1), "month")
    if found := _QUARTER.fullmatch(text):
        return unit(date(int(found[1]), int(found[2]) * 3, 1), "quarter")
    if _YEAR.fullmatch(text):
        return unit(date(int(text), 1, 1), "year")
    raise ValueError(text)


def _day(text: str) -> date:
    found = _DAY.fullmatch(text)
    if not found:
        raise ValueError(text)
    return date(int(found[1]), int(found[2]), int(found[3]))


def _known(watermark: date | None, text: str) -> date:
    if watermark is None:
        raise UsageError(said("{text} needs loaded data, and nothing is loaded yet", text=text), hint=said("load exports first: omnigap load"))
    return watermark


def _month_end(year: int, month: int) -> date:
    return date(year, month, _calendar.monthrange(year, month)[1])


def _add_months(day: date, months: int) -> date:
    """29 February becomes the 28th where there is none."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, _calendar.monthrange(year, month + 1)[1]))
