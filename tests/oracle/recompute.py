"""KPIs over a period and the one it is compared with, from plain rows and formulas alone: what is read, what is cut to the last loaded day,
and where no row means zero. Nothing here asks the engine; the calendar only moves to the following period.

A cell without a row is 0 where the exports that hold it are loaded for all of its days (also those of the channel or store in question), else
it has no value; levels (stock, followers), users and sums since the first day are never 0 for want of rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from kpi_core.engine import calendar
from kpi_core.engine.result import Period
from tests.oracle.formulas import KPIS, MEASURES, Cell, Exact
from tests.oracle.test_oracle import Oracle, split

COVERED_BY = {"returns": "sale", "returns_by_sale": "sale", "customers": "orders", "customer_orders": "orders", "conversions": "orders", "attributed": "orders"}
JOINED = {"interactions": ("sessions", "footfall", "touches")}  # complete only where all that they are made of is loaded
OWN_DAYS = ("channel", "store")  # dimensions whose members are loaded each up to a day of their own
TOTAL_ONLY_OVER = {"ab_uplift": "variant"}  # `total(...)` there undoes this cut and no other
CLOSED = timedelta(days=2)  # a shop may be closed for that long at the end of a period

Span = tuple[date, date]


class _Told(Cell):
    """Says which measures a formula reads."""

    def __call__(self, name: str) -> Fraction:
        self[name] = 1
        return Fraction(1)


def inputs(kpi: str) -> tuple[str, ...]:
    """Measures of a KPI, those of other periods or of the whole as 'compare(x)' and 'total(x)'."""
    told = _Told()
    KPIS[kpi].of(told, 1)
    return tuple(told)


def facts_of(kpi: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(MEASURES[split(name)[1]].fact for name in inputs(kpi)))


class Loaded:
    """First and last day of every fact, of its channels and of its stores."""

    def __init__(self, facts: Any) -> None:
        self.facts = facts
        self.spans: dict[str, dict[tuple[str, str], Span]] = {}
        self._sides: dict[tuple[object, ...], Side] = {}
        for fact, rows in facts.tables.items():
            found = self.spans.setdefault(fact, {})
            for row in rows:
                last = getattr(row, "end", row.day)
                for key in (("", ""), *((dim, getattr(row, dim)) for dim in OWN_DAYS if getattr(row, dim, None))):
                    was = found.get(key, (row.day, last))
                    found[key] = min(was[0], row.day), max(was[1], last)
        for fact, parts in JOINED.items():
            if fact in self.spans:
                whole = [self.spans[part]["", ""] for part in parts]
                end = min(last for _, last in whole)
                self.spans[fact]["", ""] = min(max(first for first, _ in whole), end), end

    def span(self, fact: str) -> Span | None:
        return self.spans.get(COVERED_BY.get(fact, fact), {}).get(("", ""))

    def reach(self, kpi: str) -> Span | None:
        """From the day on which every input is there to the last day of the slowest; None without one of them."""
        spans = [self.span(fact) if fact in self.facts.tables or fact in COVERED_BY else None for fact in facts_of(kpi)]
        known = [span for span in spans if span is not None]
        return (max(first for first, _ in known), min(last for _, last in known)) if len(known) == len(spans) else None

    def whole(self, fact: str, start: date, end: date, scope: Mapping[str, tuple[str, ...]]) -> bool:
        """Whether all of start..end is loaded, also for the channels of the scope that exist."""
        span = self.span(fact)
        if span is None or start < span[0] or end > span[1]:
            return False
        spans = self.spans[COVERED_BY.get(fact, fact)]
        for dim, values in scope.items():
            named = [spans[dim, value] for value in values if (dim, value) in spans]
            if not named or any(start < first or last < max(start, end - CLOSED) for first, last in named):
                return False
        return True

    def side(self, period: Period, asked: Period, by: str | None, scope: Mapping[str, tuple[str, ...]]) -> Side:
        """What is read of a period, worked out once for all KPIs."""
        key = (period.start, period.end, asked.text, by, tuple(scope.items()))
        if key not in self._sides:
            self._sides[key] = Side(self, period, asked, by, scope)
        return self._sides[key]

    def part(self, fact: str, start: date, end: date, dim: str, member: str) -> bool:
        span = self.spans[COVERED_BY.get(fact, fact)].get((dim, member))
        return span is not None and span[0] <= start and span[1] >= max(start, end - CLOSED)


def clamped(period: Period, other: Period | None, last: date) -> tuple[Period | None, Period | None]:
    """Like for like: the period up to its last loaded day, and as many days of the other one."""
    part = None if period.start > last else period if period.end <= last else replace(period, end=last)
    if other is None or other.start > last:
        return part, None
    held = other if other.end <= last else replace(other, end=last)
    if part is not None and part.days < period.days and held.days > part.days:
        held = replace(held, end=held.start + timedelta(days=part.days - 1))
    return part, held


class _Oracle(Oracle):
    """Rows of a period as far as it is read; who comes back does so in the period after the one asked."""

    def __init__(self, facts: Any, period: Period, asked: Period, by: str | None, scope: Mapping[str, tuple[str, ...]]) -> None:
        super().__init__(facts, period, by, dict(scope))
        self.asked = asked

    def after(self) -> Period:
        return calendar.step(self.asked, 1)


@dataclass(frozen=True)
class Side:
    """Measures over one period as read, cut by `by`, within a scope: values by member, None being the whole."""

    loaded: Loaded
    period: Period
    asked: Period
    by: str | None
    scope: Mapping[str, tuple[str, ...]]
    known: dict[str, dict[str | None, Exact]] = field(default_factory=dict)
    sellers: dict[str, set[str]] = field(default_factory=dict)

    @property
    def oracle(self) -> _Oracle:
        return _Oracle(self.loaded.facts, self.period, self.asked, self.by, self.scope)

    def groups(self, name: str) -> dict[str | None, Exact]:
        if name not in self.known:
            self.known[name] = self.oracle.groups(name)
        return self.known[name]

    def measure(self, name: str, member: str | None) -> Exact:
        found = self.groups(name)
        if member in found:
            return found[member]
        return 0 if self._nothing(name, member) else None

    def _nothing(self, name: str, member: str | None) -> bool:
        """Whether a cell without rows is known to be empty."""
        measure, start, end = MEASURES[name], self.period.start, self.period.end
        if measure.how not in ("sum", "next"):
            return False
        until = self.oracle.after().end if measure.how == "next" else end  # who comes back may come back elsewhere
        if member is None:
            return self.loaded.whole(measure.fact, start, until, self.scope)
        assert self.by is not None
        if self.by in self.scope and member not in self.scope[self.by]:
            return False
        if measure.how == "sum" and measure.fact in COVERED_BY and self._sold(COVERED_BY[measure.fact], member):
            return True
        if self.by in OWN_DAYS and any(key[0] == self.by for key in self.loaded.spans[COVERED_BY.get(measure.fact, measure.fact)]):
            others = {dim: values for dim, values in self.scope.items() if dim != self.by}
            return self.loaded.whole(measure.fact, start, until, others) and self.loaded.part(measure.fact, start, end, self.by, member)
        return self.loaded.whole(measure.fact, start, until, self.scope)

    def _sold(self, fact: str, member: str) -> bool:
        """What is sold there is loaded, so are its returns."""
        if fact not in self.sellers:
            rows = self.loaded.facts.rows(fact, self.period.start, self.period.end)
            self.sellers[fact] = {getattr(row, self.by or "") or "" for row in rows if hasattr(row, self.by or "") and self.oracle.inside(row)}
        return member in self.sellers[fact]


class Both:
    """A KPI over a period, compared with another: `value(member)`, `base(member)`, and the members that have rows on either side."""

    def __init__(self, loaded: Loaded, kpi: str, period: Period, other: Period | None, by: str | None) -> None:
        self.kpi, self.by = kpi, by
        reach = loaded.reach(kpi)
        part, held = clamped(period, other, reach[1]) if reach else (None, None)
        self.first = reach[0] if reach else None
        self.here = loaded.side(part, period, by, KPIS[kpi].scope) if part else None
        self.there = loaded.side(held, other, by, KPIS[kpi].scope) if held and other else None

    def members(self) -> set[str]:
        names = {split(name)[1] for name in inputs(self.kpi)}
        return {
            member for side in (self.here, self.there) if side for name in names for member, value in side.groups(name).items() if member is not None and value
        }

    def value(self, member: str | None) -> Fraction | None:
        return self._value(self.here, self.there, member)

    def base(self, member: str | None) -> Fraction | None:
        return self._value(self.there, None, member)

    def _value(self, here: Side | None, there: Side | None, member: str | None) -> Fraction | None:
        if here is None or self.first is None or here.period.end < self.first:
            return None
        cell = Cell()
        for key in inputs(self.kpi):
            context, name = split(key)
            whole = context == "total" and self.by in (TOTAL_ONLY_OVER.get(self.kpi, self.by),)
            side = there if context == "compare" else here
            cell[key] = None if side is None else side.measure(name, None if whole else member)
        try:
            return KPIS[self.kpi].of(cell, here.period.days)
        except (LookupError, ZeroDivisionError):
            return None


def same(found: object, expected: Fraction) -> bool:
    """Counts and decimals exactly; doubles to nine digits."""
    if isinstance(found, float):
        return abs(found - float(expected)) <= max(1e-9 * abs(float(expected)), 1e-12)
    return Fraction(found) == expected  # type: ignore[arg-type]
