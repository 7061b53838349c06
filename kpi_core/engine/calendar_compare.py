"""What a period is compared with: the one before, last year by date, by weekday, by retail number or by its events."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from kpi_core.engine.calendar_units import clamped, ends, moved, moved_days, over, shortened, step, unit
from kpi_core.engine.calendars import RETAIL_GRAINS, add_months
from kpi_core.engine.events import Occurrence
from kpi_core.engine.result import Period
from kpi_core.errors import Message, UsageError, said

YEAR_OF_WEEKS = 364  # 52 whole weeks: the same weekdays
SHORT = 14  # days up to which a period moves with an event in it
_UNITS_A_YEAR = {"month": 12, "quarter": 4, "year": 1, "fiscal_quarter": 4, "fiscal_year": 1, "retail_period": 12, "retail_quarter": 4, "retail_year": 1}


def compared(period: Period, how: str) -> Period | None:
    """The period that `how` compares with; None for 'none'.

    `previous`          the period before.
    `last_year`         the same weekdays (52 weeks back) for days, weeks and ranges of them; the same dates for months, quarters and
                        years, civil or fiscal; for retail periods what calendar.yaml's `week_53` says.
    `last_year_weekday` always 52 weeks back: as many days, the same weekdays.
    `last_year_date`    always the same dates; the unit of the same number for fiscal and retail periods.
    `last_year_events`  with the events of the period, see `aligned`.
    """
    if how == "none":
        return None
    if how == "previous":
        return step(period, -1)
    if how == "last_year":
        return _by_date(period) if _counted_by_date(period) else _by_weekday(period)
    if how == "last_year_weekday":
        return _by_weekday(period)
    if how == "last_year_date":
        return _by_date(period)
    if how == "last_year_events":
        return aligned(period)
    raise UsageError(said("{how} is not a comparison", how=how), hint=said("known: {names}", names=", ".join(_HOW)))


_HOW = ("none", "previous", "last_year", "last_year_weekday", "last_year_date", "last_year_events")


def aligned(period: Period, years: int = -1) -> Period:
    """As many days of another year, laid on the same events: Easter week on Easter week, the sales on the sales.

    A single day goes where `Events.like_day` says. A period that lies within an event, or is at most two weeks long, moves by as
    many whole weeks as the events in it did, when they agree. Anything else keeps its weekdays: 52 weeks a year.
    """
    if period.days == 1:
        return moved_days(period, (period.calendar.events.like_day(period.start, period.start.year + years) - period.start).days)
    days = _event_days(period, years)
    return moved_days(period, days if days is not None else YEAR_OF_WEEKS * years)


def comparison_note(period: Period, how: str) -> Message | None:
    """What a reader must know of this comparison beyond both date ranges; None where they say it all."""
    other = compared(period, how)
    if other is None or how == "previous":
        return None
    if how == "last_year_events":
        return _events_note(period)
    mine, its = ends(period), ends(other)
    if mine and its and mine[0] == mine[1] and mine[0].grain == its[0].grain and mine[0].grain in ("week", "retail_week"):
        if mine[0].text[-2:] == its[0].text[-2:]:
            return None
        back = (period.start - other.start).days == YEAR_OF_WEEKS
        if mine[0].text.endswith("-W53"):
            return said("week 53: 52 weeks back") if back else said("week 53: against week 52")
        return said("52 weeks back, by weekday") if back else None
    if period.grain in RETAIL_GRAINS and other.grain == "range":
        return said("52 weeks back, by weekday")
    if other.days != period.days:
        return said("{days} days against {others}", days=period.days, others=other.days)
    return None


def like_for_like(period: Period, other: Period | None, watermark: date | None) -> tuple[Period, Period | None]:
    """`period` up to the watermark and `other` cut to as many days; both unchanged when the period is complete or not begun."""
    part = clamped(period, watermark)
    if part is None or part.days == period.days:
        return period, other
    return part, None if other is None else shortened(other, part.days)


def _counted_by_date(period: Period) -> bool:
    found = ends(period)
    if found is None or found[0].grain in ("day", "week"):
        return False
    if found[0].grain in RETAIL_GRAINS:
        return period.calendar.retail is not None and not period.calendar.retail.shift_week_53
    return True


def _by_weekday(period: Period, years: int = -1) -> Period:
    """52 weeks a year away, in retail units where it meets them."""
    other = moved_days(period, YEAR_OF_WEEKS * years)
    found = ends(period)
    if found is None or found[0].grain not in RETAIL_GRAINS or other.grain != "range" or period.grain == "range":
        return other
    same = unit(other.start, period.grain, period.calendar)
    if (same.start, same.end) == (other.start, other.end):
        return same
    return over(unit(other.start, "retail_week", period.calendar), unit(other.end, "retail_week", period.calendar))


def _by_date(period: Period) -> Period:
    found = ends(period)
    grain = found[0].grain if found else ""
    if grain in _UNITS_A_YEAR:
        return moved(period, -_UNITS_A_YEAR[grain])
    if grain == "retail_week" and found:
        first, last = (_same_week_number(period, item.start) for item in found)
        return over(first, last)
    start, end = add_months(period.start, -12), add_months(period.end, -12)
    if grain == "day":
        return unit(start, "day", period.calendar)
    return over(unit(start, "day", period.calendar), unit(end, "day", period.calendar))


def _same_week_number(period: Period, start: date) -> Period:
    """The retail week of the same number a year before; week 52 for a week 53 that the year before did not have."""
    retail = period.calendar.retail
    assert retail is not None
    label = retail.label(start)
    number = (start - retail.start(label)).days // 7
    number = min(number, retail.weeks(label - 1) - 1)
    return unit(retail.start(label - 1) + timedelta(weeks=number), "retail_week", period.calendar)


# ---------------------------------------------------------------- events


def _movers(period: Period, years: int) -> Sequence[tuple[Occurrence, int]]:
    """Events in the period that keep their weekday from year to year, with the days they moved."""
    events = period.calendar.events
    found = []
    for item in events.events_in(period.start, period.end):
        other = events.occurrence(item.id, item.year + years)
        if other is not None and (other.start - item.start).days % 7 == 0:
            found.append((item, (other.start - item.start).days))
    return found


def _event_days(period: Period, years: int) -> int | None:
    """By how many days the events move the whole period; None: they do not, or disagree."""
    movers = _movers(period, years)
    around = [days for item, days in movers if item.start <= period.start and period.end <= item.end]
    if around:
        return around[0]
    shifts = {days for _, days in movers}
    return shifts.pop() if len(shifts) == 1 and period.days <= SHORT else None


def _events_note(period: Period) -> Message | None:
    events = period.calendar.events
    if period.days == 1:
        here = [item for item in events.on(period.start) if events.occurrence(item.id, item.year - 1)]
        return said("as {event}", event=here[0].name) if here else None
    movers = _movers(period, -1)
    days = _event_days(period, -1)
    if days is not None:
        names = [item.name for item, moved_by in movers if moved_by == days]
        return said("as {event}", event=names[0])
    apart = [item for item, moved_by in movers if moved_by != -YEAR_OF_WEEKS]
    if apart:
        return said("by weekday: {event} was on other days", event=apart[0].name)
    return said("by weekday")
