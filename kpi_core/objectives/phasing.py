"""Phasing: an amount laid over the days of its range by a curve, by the shape of another year and by weekday, exactly.

Each step divides what the step before gave: a curve divides the range, the other year's shape divides each piece of the curve, and
weekdays divide the weeks, months or pieces that come out. A group without any weight is spread evenly. Shares are fractions,
so the days of a range sum to its amount.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property
from itertools import accumulate

from kpi_core.engine.events import Events
from kpi_core.errors import Message, said
from kpi_core.objectives.ranges import Range
from kpi_core.objectives.shapes import Scope, Shapes, pairs

UNITS = {"iso_week": said("ISO week"), "month": said("month"), "day": said("day")}
_Groups = list[tuple[list[date], Fraction]]


@dataclass(frozen=True)
class Like:
    """The shape of `year` (None: of the year before each day); `events` are those whose days are held against each other."""

    year: int | None
    by: str
    events: Events = Events(())  # noqa: RUF009 (frozen)

    def told(self, start: date, end: date) -> Message:
        """In words, with those events that a day of start..end belongs to."""
        year: object = said("last year") if self.year is None else str(self.year)
        names = list(dict.fromkeys(event.name for event in self.events.events_in(start, end)))
        if not names:
            return said("phased like {year} by {unit}", year=year, unit=UNITS[self.by])
        return said("phased like {year} by {unit}, {events} moved", year=year, unit=UNITS[self.by], events=_listed(names))


@dataclass(frozen=True)
class Told:
    """The words of a shape; `own` is False where that of the whole stands in."""

    like: Like
    own: bool

    def on(self, start: date, end: date) -> Message:
        phased = self.like.told(start, end)
        return phased if self.own else said("{phased}, as the whole: no data of its own", phased=phased)


@dataclass(frozen=True)
class Phasing:
    """What a `phase:` says. `curve`: ranges with their shares; `weekday`: weights, Monday first."""

    like: Like | None = None
    curve: tuple[tuple[Range, Fraction], ...] = ()
    weekday: tuple[Fraction, ...] = ()


@dataclass(frozen=True)
class Shares:
    """The days of a range: `upto[i]` is the share of its first i days, 0 to 1; `notes` say where they come from."""

    range: Range
    upto: tuple[Fraction, ...]
    notes: tuple[Message | Told, ...]

    def note(self, start: date, end: date) -> Message:
        """Where the share of start..end comes from."""
        return _listed([item.on(start, end) if isinstance(item, Told) else item for item in self.notes])

    def over(self, start: date, end: date) -> Fraction:
        """The share of start..end, as far as it lies in the range."""
        first, last = max(start, self.range.start), min(end, self.range.end)
        if last < first:
            return Fraction(0)
        return self.upto[(last - self.range.start).days + 1] - self.upto[(first - self.range.start).days]


@dataclass(frozen=True)
class Shape:
    """The shape of one target: its phasing and the actual days behind it. `scopes`: its own, then those it may stand in for."""

    phasing: Phasing
    kpi: str
    scopes: tuple[Scope, ...]
    shapes: Shapes = field(compare=False)

    @cached_property
    def _known(self) -> dict[Range, Shares]:
        return {}

    def shares(self, range_: Range) -> Shares:
        """How `range_` lies over its days; computed once."""
        found = self._known.get(range_)
        if found is None:
            found = self._known[range_] = self._shares(range_)
        return found

    def _shares(self, range_: Range) -> Shares:
        phasing = self.phasing
        notes: list[Message | Told] = []
        steps: list[Callable[[list[date]], _Groups]] = []
        if phasing.curve:
            steps.append(lambda days: _by_curve(days, phasing.curve))
            notes.append(said("phased by the curve of {range}", range=range_.text))
        if phasing.like is not None:
            weights, note = self._weights(range_, phasing.like)
            notes.append(note)
            if weights:
                by = phasing.like.by
                steps.append(lambda days: _by_unit(days, by, weights))
        if phasing.weekday:
            steps.append(lambda days: [([day], phasing.weekday[day.weekday()]) for day in days])
            notes.append(said("by weekday") if notes else said("phased by weekday"))
        days = [range_.start + timedelta(days=offset) for offset in range(range_.days)]
        shares = dict.fromkeys(days, Fraction(0))
        _divide(days, Fraction(1), steps, shares)
        return Shares(range_, (Fraction(0), *accumulate(shares[day] for day in days)), tuple(notes))

    def _weights(self, range_: Range, like: Like) -> tuple[dict[date, Fraction], Message | Told]:
        """Weight of each day, and the note; no weights when there is nothing to take a shape from. More returns than sales count as none."""
        found = pairs(range_, like.year, like.by, like.events)
        others = [other for days in found.values() for other in days]
        year: object = said("last year") if like.year is None else str(like.year)
        even = said("no data of {year} to phase by, so spread evenly over the days of {range}", year=year, range=range_.text)
        if not others:
            return {}, even
        for number, scope in enumerate(self.scopes):
            actual = self.shapes.daily(self.kpi, scope, min(others), max(others))
            if actual is None:
                break
            weights = {day: sum((max(actual.get(other, Fraction(0)), Fraction(0)) for other in days), Fraction(0)) for day, days in found.items()}
            if any(weights.values()):
                return weights, Told(like, number == 0)
        return {}, even


def _divide(days: list[date], amount: Fraction, steps: Sequence[Callable[[list[date]], _Groups]], shares: dict[date, Fraction]) -> None:
    if not steps or not days:
        for day in days:
            shares[day] = amount / len(days)
        return
    groups = steps[0](days)
    total = sum((weight for _, weight in groups), Fraction(0))
    for group, weight in groups:
        _divide(group, amount * (weight / total if total else Fraction(len(group), len(days))), steps[1:], shares)


def _by_curve(days: list[date], curve: Sequence[tuple[Range, Fraction]]) -> _Groups:
    return [([day for day in days if range_.covers(day, day)], share) for range_, share in curve]


def _by_unit(days: list[date], by: str, weights: Mapping[date, Fraction]) -> _Groups:
    groups: dict[object, list[date]] = {}
    for day in days:
        groups.setdefault({"iso_week": day.isocalendar()[:2], "month": (day.year, day.month)}.get(by, day), []).append(day)
    return [(group, sum((weights[day] for day in group), Fraction(0))) for group in groups.values()]


def _listed(items: Sequence[object]) -> Message:
    """One after the other, as a message that is said in the reader's language."""
    text = said("{text}", text=items[0]) if not isinstance(items[0], Message) else items[0]
    for item in items[1:]:
        text = said("{first}, {second}", first=text, second=item)
    return text
