"""How a workspace divides time: weeks, fiscal years, the retail year of 52 or 53 weeks, and its events. Pure dates, no clock, no time zone.

Units are numbered without gaps (`ordinal`), so that stepping is adding, and every unit has a text:

    2026-11-22  2026-W47  2026-11  2026-Q4  2026            civil; a week belongs to the year that most of its days lie in (ISO 8601)
    FY2026  FY2026-Q3                                       fiscal year and quarter
    R2026  R2026-Q2  R2026-P03  R2026-W12                   retail year, quarter, period of 4 or 5 weeks, week
"""

from __future__ import annotations

import calendar as _calendar
import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache

from kpi_core.engine.events import FRANCE, Events

CIVIL_GRAINS = ("day", "week", "month", "quarter", "year")
FISCAL_GRAINS = ("fiscal_quarter", "fiscal_year")
RETAIL_GRAINS = ("retail_week", "retail_period", "retail_quarter", "retail_year")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
PATTERNS = {"4-4-5": (4, 4, 5), "4-5-4": (4, 5, 4), "5-4-4": (5, 4, 4)}
FIRST_YEAR, LAST_YEAR = 1900, 2199

_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_WEEK = re.compile(r"(\d{4})-?[WS](\d{1,2})")
_MONTH = re.compile(r"(\d{4})-(\d{2})")
_QUARTER = re.compile(r"(\d{4})-?[QT]([1-4])")
_YEAR = re.compile(r"\d{4}")
_FISCAL = re.compile(r"(?:FY|EX)(\d{4})(?:-?[QT]([1-4]))?")
_RETAIL = re.compile(r"R(\d{4})(?:-?([QTPWS])(\d{1,2}))?")


@dataclass(frozen=True)
class Unit:
    """One whole unit of a grain, both ends included."""

    start: date
    end: date
    grain: str
    text: str


@dataclass(frozen=True)
class FiscalYear:
    """Twelve months from `month`-`day`; called by the civil year it starts in, or (`by_end`) the one it ends in."""

    month: int
    day: int = 1
    by_end: bool = True

    def start(self, label: int) -> date:
        moved = self.by_end and (self.month, self.day) != (1, 1)
        return date(label - 1 if moved else label, self.month, self.day)

    def label(self, day: date) -> int:
        label = day.year + 1
        while self.start(label) > day:
            label -= 1
        return label


@dataclass(frozen=True)
class RetailYear:
    """52 or 53 whole weeks that end on a `weekday`: the one nearest to `month`-`day`, or the last one up to it.

    Quarters have 13 weeks in three periods of `pattern`; a 53rd week goes to the last period. NRF's calendar is 4-5-4, Saturday
    nearest to 31 January, called by the year it starts in.
    """

    pattern: tuple[int, int, int]
    weekday: int
    month: int
    day: int
    nearest: bool = True
    by_end: bool = False
    shift_week_53: bool = True  # comparisons go back 52 weeks; False: to the week or period of the same number

    def end(self, label: int) -> date:
        last_day_of_year = (self.month, self.day) == (12, 31)
        year = label if self.by_end or last_day_of_year else label + 1
        anchor = date(year, self.month, min(self.day, _calendar.monthrange(year, self.month)[1]))
        ahead = (self.weekday - anchor.weekday()) % 7
        back = ahead > 3 if self.nearest else ahead > 0
        return anchor + timedelta(days=ahead - 7 if back else ahead)

    def start(self, label: int) -> date:
        return self.end(label - 1) + timedelta(days=1)

    def label(self, day: date) -> int:
        label = day.year + 2  # a year that ends around New Year's Day may carry the number of the one after
        while self.start(label) > day:
            label -= 1
        return label

    def weeks(self, label: int) -> int:
        """52 or 53."""
        return ((self.end(label) - self.start(label)).days + 1) // 7

    def period_weeks(self, label: int) -> tuple[int, ...]:
        """Weeks of the twelve periods."""
        weeks = list(self.pattern * 4)
        weeks[-1] += self.weeks(label) - 52
        return tuple(weeks)

    def period(self, label: int, number: int) -> tuple[date, date]:
        """First and last day of period `number`, from 0."""
        weeks = self.period_weeks(label)
        start = self.start(label) + timedelta(weeks=sum(weeks[:number]))
        return start, start + timedelta(weeks=weeks[number]) - timedelta(days=1)


@dataclass(frozen=True)
class Calendar:
    """`week_start` is a weekday (0 is Monday). Without `fiscal` or `retail` those grains do not exist."""

    week_start: int = 0
    fiscal: FiscalYear | None = None
    retail: RetailYear | None = None
    events: Events = field(default=FRANCE, repr=False)

    @property
    def grains(self) -> tuple[str, ...]:
        """The grains that exist here, the order in which a reader goes through them."""
        return (*CIVIL_GRAINS, *(FISCAL_GRAINS if self.fiscal else ()), *(RETAIL_GRAINS if self.retail else ()))

    def unit(self, day: date, grain: str) -> Unit:
        """The whole unit that holds `day`. Raises ValueError for a grain that does not exist here."""
        return self.at(self.ordinal(day, grain), grain)

    def ordinal(self, day: date, grain: str) -> int:
        """The running number of the unit that holds `day`: neighbours differ by one."""
        if grain == "day":
            return day.toordinal()
        if grain == "week":
            return _week(day, self.week_start)
        if grain == "month":
            return day.year * 12 + day.month - 1
        if grain == "quarter":
            return day.year * 4 + (day.month - 1) // 3
        if grain == "year":
            return day.year
        if grain in FISCAL_GRAINS and self.fiscal:
            label = self.fiscal.label(day)
            if grain == "fiscal_year":
                return label
            start = self.fiscal.start(label)
            months = (day.year - start.year) * 12 + day.month - start.month - (day.day < start.day)
            return label * 4 + months // 3
        if grain in RETAIL_GRAINS and self.retail:
            if grain == "retail_week":
                return _week(day, self._retail_week_start)
            label = self.retail.label(day)
            number = 0
            while self.retail.period(label, number)[1] < day:
                number += 1
            return {"retail_period": label * 12 + number, "retail_quarter": label * 4 + number // 3, "retail_year": label}[grain]
        raise ValueError(grain)

    def at(self, ordinal: int, grain: str) -> Unit:
        """The unit of a running number. Raises ValueError outside the years 1900 to 2199."""
        return _at(self.week_start, self.fiscal, self.retail, ordinal, grain)

    def named(self, text: str) -> Unit | None:
        """The unit that a text such as `2026-W44` or `R2026-P03` names, also with French letters; None when it names none.

        Raises ValueError for a text of the right form that no unit has: `2025-W53`, `2026-13`, or a retail week where there is no
        retail year.
        """
        text = text.strip().upper()
        if found := _DAY.fullmatch(text):
            return self.unit(date(int(found[1]), int(found[2]), int(found[3])), "day")
        if found := _WEEK.fullmatch(text):
            return self._numbered_week(int(found[1]), int(found[2]))
        if found := _MONTH.fullmatch(text):
            return self.unit(date(int(found[1]), int(found[2]), 1), "month")
        if found := _QUARTER.fullmatch(text):
            return self.unit(date(int(found[1]), int(found[2]) * 3, 1), "quarter")
        if _YEAR.fullmatch(text):
            return self.unit(date(int(text), 1, 1), "year")
        if found := _FISCAL.fullmatch(text):
            label = int(found[1])
            return self.at(label * 4 + int(found[2]) - 1, "fiscal_quarter") if found[2] else self.at(label, "fiscal_year")
        if found := _RETAIL.fullmatch(text):
            return self._retail(int(found[1]), found[2] or "", int(found[3] or 0))
        return None

    @property
    def _retail_week_start(self) -> int:
        return (self.retail.weekday + 1) % 7 if self.retail else 0

    def _numbered_week(self, year: int, number: int) -> Unit:
        unit = self.at(_week(date(year, 1, 4), self.week_start) + number - 1, "week")
        if number < 1 or unit.text[:4] != f"{year:04d}":
            raise ValueError(number)
        return unit

    def _retail(self, label: int, letter: str, number: int) -> Unit:
        if self.retail is None or not letter:
            return self.at(label, "retail_year")
        if letter in "WS":
            limit, grain, ordinal = self.retail.weeks(label), "retail_week", self.ordinal(self.retail.start(label), "retail_week")
        elif letter == "P":
            limit, grain, ordinal = 12, "retail_period", label * 12
        else:
            limit, grain, ordinal = 4, "retail_quarter", label * 4
        if not 1 <= number <= limit:
            raise ValueError(number)
        return self.at(ordinal + number - 1, grain)


def kind(grain: str) -> str:
    """The word for a grain whatever its calendar: week for retail_week, quarter for fiscal_quarter, period for retail_period."""
    return grain.rpartition("_")[2]


def _week(day: date, start: int) -> int:
    return (day.toordinal() - 1 - start) // 7


@lru_cache(maxsize=4096)
def _at(week_start: int, fiscal: FiscalYear | None, retail: RetailYear | None, ordinal: int, grain: str) -> Unit:
    """See `Calendar.at`; kept apart from the events so that it can be remembered."""
    if grain in ("day", "week", "retail_week"):
        first = ordinal if grain == "day" else ordinal * 7 + 1 + (week_start if grain == "week" else (retail.weekday + 1) % 7 if retail else 0)
        _check_year(date.fromordinal(first).year if 1 <= first < date.max.toordinal() else 0)
        start = date.fromordinal(first)
        if grain == "day":
            return Unit(start, start, grain, start.isoformat())
        end = start + timedelta(days=6)
        if grain == "week":
            middle = start + timedelta(days=3)
            return Unit(start, end, grain, f"{middle.year:04d}-W{(middle.timetuple().tm_yday - 1) // 7 + 1:02d}")
        if retail is not None:
            label = retail.label(start)
            return Unit(start, end, grain, f"R{label:04d}-W{(start - retail.start(label)).days // 7 + 1:02d}")
    if grain in ("month", "quarter", "year"):
        parts = {"month": 12, "quarter": 4, "year": 1}[grain]
        year, number = divmod(ordinal, parts)
        _check_year(year)
        months = 12 // parts
        start, end = date(year, number * months + 1, 1), _month_end(year, number * months + months)
        return Unit(start, end, grain, f"{year:04d}" + {"month": f"-{number + 1:02d}", "quarter": f"-Q{number + 1}", "year": ""}[grain])
    if grain in FISCAL_GRAINS and fiscal is not None:
        label, number = divmod(ordinal, 4) if grain == "fiscal_quarter" else (ordinal, 0)
        _check_year(label)
        start = add_months(fiscal.start(label), 3 * number)
        end = add_months(start, 3 if grain == "fiscal_quarter" else 12) - timedelta(days=1)
        return Unit(start, end, grain, f"FY{label:04d}" + (f"-Q{number + 1}" if grain == "fiscal_quarter" else ""))
    if grain in RETAIL_GRAINS and retail is not None:
        parts = {"retail_period": 12, "retail_quarter": 4, "retail_year": 1}[grain]
        label, number = divmod(ordinal, parts)
        _check_year(label)
        length = 12 // parts
        start, end = retail.period(label, number * length)[0], retail.period(label, number * length + length - 1)[1]
        part = {"retail_period": f"-P{number + 1:02d}", "retail_quarter": f"-Q{number + 1}", "retail_year": ""}[grain]
        return Unit(start, end, grain, f"R{label:04d}{part}")
    raise ValueError(grain)


def _check_year(year: int) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(year)


def _month_end(year: int, month: int) -> date:
    return date(year, month, _calendar.monthrange(year, month)[1])


def add_months(day: date, months: int) -> date:
    """29 February becomes the 28th where there is none."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, _calendar.monthrange(year, month + 1)[1]))


CIVIL = Calendar()
