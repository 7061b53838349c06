"""Functions of time in formulas: which days a name is read at when a period is asked.

    shift(x, 14 days)    the days asked, moved back; months end with the month (31 March less one month is 29 February 2020)
    month_start(x)       the first day of the month
    rolling(x, 2 days)   the days up to the last one asked, as many as said: recomputed from the rows, so distinct stays distinct
    to_date(x, month)    from the start of the month to the last day asked; `all`: from the first day there is

A function maps a range of days to a range of days, so functions of functions need nothing more. Rolling and to-date figures of a longer
period are those of its last day, no later than the last day loaded. The range that is asked limits what is shown, never the history.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

FUNCTIONS: Mapping[str, str] = {"shift": "length", "month_start": "", "rolling": "length", "to_date": "unit"}
UNITS = ("day", "week", "month", "quarter", "year", "all")

Days = tuple[date, date]
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Move:
    """One function: its name, and the length or unit it was given."""

    function: str
    count: int = 0
    unit: str = ""

    def around(self, name: str) -> str:
        """The call as it is written: `shift(revenue, 14 days)`."""
        more = {"length": f", {self.count} {self.unit}{'s' if self.count > 1 else ''}", "unit": f", {self.unit}"}
        return f"{self.function}({name}{more.get(FUNCTIONS[self.function], '')})"

    @property
    def at_end(self) -> bool:
        """True when only the last day of what is asked counts."""
        return self.function != "shift"

    def days(self, asked: Days, first: date, last: date) -> Days | None:
        """Days to read for `asked`, where the fact is loaded from `first` to `last`; None when nothing can be known then."""
        start, end = asked
        if self.function == "shift":
            moved = back(start, self.count, self.unit)
            # the day after is moved too: successive periods then lie side by side, and every source day counts once
            return moved, (moved if start == end else max(moved, back(end + _DAY, self.count, self.unit) - _DAY))
        if start > last:
            return None
        day = min(end, last)
        if self.function == "month_start":
            return day.replace(day=1), day.replace(day=1)
        if self.function == "rolling":
            return back(day, self.count, self.unit) + _DAY, day
        return (min(first, day) if self.unit == "all" else start_of(day, self.unit)), day


def read_at(time: Iterable[Move], asked: Days, first: date, last: date) -> Days | None:
    """Days to read when `asked` goes through the functions, outermost first."""
    days: Days | None = asked
    for move in time:
        if days is None:
            return None
        days = move.days(days, first, last)
    return days


def back(day: date, count: int, unit: str) -> date:
    """`day` moved back by so many units. A month that lacks the day gives its last one; years before 1 are cut off."""
    if unit in ("day", "week"):
        return day - timedelta(days=min(count * (7 if unit == "week" else 1), day.toordinal() - 1))
    months = day.year * 12 + day.month - 1 - count * {"month": 1, "quarter": 3, "year": 12}[unit]
    if months < 12:
        return date.min
    year, month = divmod(months, 12)
    return date(year, month + 1, min(day.day, month_days(year, month + 1)))


def month_days(year: int, month: int) -> int:
    """Number of days of a month."""
    return 31 if month == 12 else (date(year, month + 1, 1) - _DAY).day


def start_of(day: date, unit: str) -> date:
    """First day of the day's week (from Monday), month, quarter or year."""
    if unit == "day":
        return day
    if unit == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1, month={"month": day.month, "quarter": (day.month - 1) // 3 * 3 + 1, "year": 1}[unit])


def end_of(day: date, unit: str) -> date:
    """Last day of the day's week, month, quarter or year."""
    if unit == "day":
        return day
    if unit == "week":
        return start_of(day, unit) + timedelta(days=6)
    month = {"month": day.month, "quarter": (day.month - 1) // 3 * 3 + 3, "year": 12}[unit]
    return date(day.year, month, month_days(day.year, month))
