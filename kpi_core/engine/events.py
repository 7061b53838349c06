"""Days that matter to a shop and move between years: sales seasons, Black Friday, Easter, public holidays. Pure dates.

Rules of France (code de commerce D310-15-2 for the sales; code du travail L3133-1 for the eleven public holidays), Easter by the
anonymous Gregorian computus (Meeus, Astronomical Algorithms, ch. 8). Dates that a user writes in calendar.yaml replace the rule.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from kpi_core.config.model import Text

Span = tuple[date, date]
WEEK = timedelta(days=7)
_NEAR = 6  # weeks that `like_day` looks to either side for a day of the same role


@dataclass(frozen=True)
class Occurrence:
    """One event in one year, both ends included."""

    id: str
    name: Text
    year: int
    start: date
    end: date

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1


@dataclass(frozen=True)
class EventRule:
    """When an event is: the dates written for a year, else its formula widened by `before` and `after` days. `fixed` wins."""

    id: str
    name: Text
    formula: str = ""  # key of FORMULAS; '' for an event that has written dates only
    before: int = 0
    after: int = 0
    fixed: tuple[tuple[int, date, date], ...] = ()

    def occurrence(self, year: int) -> Occurrence | None:
        """The event of a year; None when no rule and no date is known for it."""
        for written, start, end in self.fixed:
            if written == year:
                return Occurrence(self.id, self.name, year, start, end)
        if not self.formula:
            return None
        start, end = FORMULAS[self.formula](year)
        return Occurrence(self.id, self.name, year, start - timedelta(days=self.before), end + timedelta(days=self.after))


@dataclass(frozen=True, repr=False)
class Events:
    """The events of a workspace."""

    rules: tuple[EventRule, ...]
    _years: dict[int, tuple[Occurrence, ...]] = field(default_factory=dict, compare=False, repr=False)  # each year is worked out once

    def __repr__(self) -> str:
        return f"Events({', '.join(rule.id for rule in self.rules)})"

    def of_year(self, year: int) -> tuple[Occurrence, ...]:
        """The events that carry this year's number, in the order of their dates."""
        if year not in self._years:
            found = (rule.occurrence(year) for rule in self.rules)
            self._years[year] = tuple(sorted((item for item in found if item), key=lambda item: (item.start, item.end, item.id)))
        return self._years[year]

    def events_in(self, start: date, end: date) -> tuple[Occurrence, ...]:
        """The events of which a day lies in start..end, earliest first."""
        years = range(start.year - 1, end.year + 2)
        return tuple(item for year in years for item in self.of_year(year) if item.start <= end and start <= item.end)

    def on(self, day: date) -> tuple[Occurrence, ...]:
        """The events that hold a day, the shortest first: 14 July within the summer sales is 14 July."""
        return tuple(sorted(self.events_in(day, day), key=lambda item: item.days))

    def occurrence(self, name: str, year: int) -> Occurrence | None:
        return next((item for item in self.of_year(year) if item.id == name), None)

    def only(self, names: Collection[str]) -> Events:
        """These events alone."""
        return Events(tuple(rule for rule in self.rules if rule.id in names))

    def like_day(self, day: date, year: int) -> date:
        """The day of `year` that plays the part of `day`: always a day of that year.

        A day of an event (the shortest one that holds it) is the same day of the event: first day of the sales on first day, 11
        November on 11 November. Any other day is the same weekday nearest to the same date; from one year to the next that is 52
        weeks, and equals the same ISO week unless one of the years has a week 53. Where that day lies in other events than `day`
        does (the sales began a week earlier then), the nearest same weekday that agrees within six weeks is taken. Several days
        may be like one and the same day, so weights taken with it must be normalised.
        """
        here = tuple(item for item in self.on(day) if self.occurrence(item.id, item.year + year - day.year))
        likely = self._same_event_day(day, year, here) or _inside(nearest_weekday(day, year), year)
        role = {item.id for item in here}
        known = {item.id for item in self.of_year(day.year)}
        for weeks in (0, *(sign * count for count in range(1, _NEAR + 1) for sign in (1, -1))):
            other = likely + weeks * WEEK
            if other.year == year and {item.id for item in self.on(other)} & known == role:
                return other
        return likely

    def _same_event_day(self, day: date, year: int, here: tuple[Occurrence, ...]) -> date | None:
        for item in here:
            other = self.occurrence(item.id, item.year + year - day.year)
            if other is not None:
                same = other.start + (day - item.start)
                if same <= other.end and same.year == year:
                    return same
        return None


def like_day(day: date, year: int) -> date:
    """`Events.like_day` with the events of France."""
    return FRANCE.like_day(day, year)


def nearest_weekday(day: date, year: int) -> date:
    """The same weekday within three days of the same date in `year` (of 28 February for the 29th). It may lie just outside `year`."""
    same = same_date(day, year)
    ahead = (day.weekday() - same.weekday()) % 7
    return same + timedelta(days=ahead if ahead <= 3 else ahead - 7)


def same_date(day: date, year: int) -> date:
    """The date in another year; 28 February for the 29th where there is none."""
    try:
        return day.replace(year=year)
    except ValueError:
        return date(year, 2, 28)


def _inside(day: date, year: int) -> date:
    if day.year < year:
        return day + WEEK
    return day - WEEK if day.year > year else day


# ---------------------------------------------------------------- formulas


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (Meeus/Jones/Butcher)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (a + 11 * h) // 319
    r = (2 * e + 2 * i - k - h + m + 32) % 7
    month = (h - m + r + 90) // 25
    return date(year, month, (h - m + r + month + 19) % 32)


def _weekday(year: int, month: int, weekday: int, nth: int) -> date:
    """The nth weekday (0 is Monday) of a month; −1 the last one."""
    if nth > 0:
        first = date(year, month, 1)
        return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))
    last = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
    return last - timedelta(days=(last.weekday() - weekday) % 7)


def winter_sales(year: int) -> Span:
    """Four weeks from the second Wednesday of January, or from the first where the second is after the 12th (D310-15-2)."""
    start = _weekday(year, 1, 2, 2)
    start = start - WEEK if start.day > 12 else start
    return start, start + timedelta(days=27)


def summer_sales(year: int) -> Span:
    """Four weeks from the last Wednesday of June, or from the one before where the last is after the 28th (D310-15-2)."""
    start = _weekday(year, 6, 2, -1)
    start = start - WEEK if start.day > 28 else start
    return start, start + timedelta(days=27)


def black_friday(year: int) -> date:
    """The day after the fourth Thursday of November."""
    return _weekday(year, 11, 3, 4) + timedelta(days=1)


def mothers_day(year: int) -> date:
    """The last Sunday of May; the first of June where that is Whit Sunday (D215-1 of the code de l'action sociale)."""
    last = _weekday(year, 5, 6, -1)
    return last + WEEK if last == easter(year) + 7 * WEEK else last


def _one(rule: Callable[[int], date]) -> Callable[[int], Span]:
    def span(year: int) -> Span:
        day = rule(year)
        return day, day

    return span


def _on(month: int, day: int) -> Callable[[int], Span]:
    return _one(lambda year: date(year, month, day))


def _after_easter(days: int) -> Callable[[int], Span]:
    return _one(lambda year: easter(year) + timedelta(days=days))


FORMULAS: Mapping[str, Callable[[int], Span]] = {
    "soldes_hiver": winter_sales,
    "soldes_ete": summer_sales,
    "valentines_day": _on(2, 14),
    "easter": _after_easter(0),
    "mothers_day": _one(mothers_day),
    "fathers_day": _one(lambda year: _weekday(year, 6, 6, 3)),
    "black_friday": _one(black_friday),
    "cyber_monday": _one(lambda year: black_friday(year) + timedelta(days=3)),
    "year_end": lambda year: (date(year, 12, 24), date(year, 12, 31)),
    "new_year": _on(1, 1),
    "easter_monday": _after_easter(1),
    "labour_day": _on(5, 1),
    "victory_day": _on(5, 8),
    "ascension": _after_easter(39),
    "whit_monday": _after_easter(50),
    "bastille_day": _on(7, 14),
    "assumption": _on(8, 15),
    "all_saints": _on(11, 1),
    "armistice": _on(11, 11),
    "christmas": _on(12, 25),
}
NAMES: Mapping[str, Text] = {
    "soldes_hiver": Text(en="Winter sales", fr="Soldes d'hiver"),
    "soldes_ete": Text(en="Summer sales", fr="Soldes d'été"),
    "valentines_day": Text(en="Valentine's Day", fr="Saint-Valentin"),
    "easter": Text(en="Easter", fr="Pâques"),
    "mothers_day": Text(en="Mother's Day", fr="Fête des mères"),
    "fathers_day": Text(en="Father's Day", fr="Fête des pères"),
    "black_friday": Text(en="Black Friday", fr="Black Friday"),
    "cyber_monday": Text(en="Cyber Monday", fr="Cyber Monday"),
    "year_end": Text(en="Year-end holidays", fr="Fêtes de fin d'année"),
    "new_year": Text(en="New Year's Day", fr="Jour de l'an"),
    "easter_monday": Text(en="Easter Monday", fr="Lundi de Pâques"),
    "labour_day": Text(en="Labour Day", fr="Fête du travail"),
    "victory_day": Text(en="Victory Day", fr="Victoire 1945"),
    "ascension": Text(en="Ascension Day", fr="Ascension"),
    "whit_monday": Text(en="Whit Monday", fr="Lundi de Pentecôte"),
    "bastille_day": Text(en="Bastille Day", fr="Fête nationale"),
    "assumption": Text(en="Assumption", fr="Assomption"),
    "all_saints": Text(en="All Saints' Day", fr="Toussaint"),
    "armistice": Text(en="Armistice Day", fr="Armistice"),
    "christmas": Text(en="Christmas Day", fr="Noël"),
}
PUBLIC_HOLIDAYS = (
    "new_year",
    "easter_monday",
    "labour_day",
    "victory_day",
    "ascension",
    "whit_monday",
    "bastille_day",
    "assumption",
    "all_saints",
    "armistice",
    "christmas",
)
FRENCH_ONLY = ("soldes_hiver", "soldes_ete", "mothers_day", *(name for name in PUBLIC_HOLIDAYS if name not in ("new_year", "christmas")))
FRANCE = Events(tuple(EventRule(name, NAMES[name], name) for name in FORMULAS))
ANYWHERE = FRANCE.only([name for name in FORMULAS if name not in FRENCH_ONLY])


def public_holidays(year: int) -> Iterator[date]:
    """The eleven public holidays of France, in the order of the law; the day of solidarity counts as one."""
    return (FORMULAS[name](year)[0] for name in PUBLIC_HOLIDAYS)
