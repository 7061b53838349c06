"""Prepared cells of a mart that is carried on: which of them a change leaves as they were.

A load that changes few rows keeps the cells of the mart before it. Each column then knows, by grain, the first whole period that may say
something else now: such a cell is asked live, until the cells are prepared anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property

import msgspec

from kpi_core.engine import calendar, relation
from kpi_core.engine.catalogue import Catalogue
from kpi_core.engine.coverage import CLOSED_DAYS, COVERAGE_SQL, PROVEN_BY, Loaded, Reader
from kpi_core.engine.plan import reach
from kpi_core.engine.prepare import GRAINS, META

Since = Mapping[str, date]  # by what `inputs` and the store call it: the first day on which it is not what it was


def inputs(catalogue: Catalogue) -> dict[str, tuple[str, frozenset[str] | None]]:
    """What prepared cells are made of, beside rollups: name -> (star table, its columns; None: all). `rows <table>` are its rows by dimensions."""
    found: dict[str, tuple[str, frozenset[str] | None]] = {}
    for spec in catalogue.file.facts.values():
        if spec.table:
            found[f"rows {spec.table}"] = (spec.table, frozenset(("day", *spec.dims)))
    for name, compiled in catalogue.measures.items():
        if catalogue.rolls_up(name) and not compiled.spec.across:
            continue
        plain = compiled.conversion is None and not any("." in column for column in compiled.columns())
        for fact in _facts(catalogue, name):
            for table in relation.tables(catalogue.file, fact):
                columns = frozenset(("day", *catalogue.file.facts[fact].dims, *compiled.columns(), *filter(None, [compiled.spec.date, compiled.spec.null_key])))
                across = compiled.spec.across is not None and fact == compiled.spec.across.fact
                plainly = plain and not across and not catalogue.file.facts[fact].union
                found[f"measure {name} {table}"] = (table, columns if plainly else None)
    return found


def _facts(catalogue: Catalogue, measure: str) -> tuple[str, ...]:
    compiled = catalogue.measures[measure]
    facts = [compiled.spec.fact]
    if compiled.spec.across:
        facts.append(compiled.spec.across.fact)
    if compiled.conversion:
        facts += [compiled.conversion.base, compiled.conversion.event]
    return tuple(dict.fromkeys(facts))


@dataclass(frozen=True)
class _Change:
    catalogue: Catalogue
    since: Since
    old: Loaded
    new: Loaded
    reached: dict[str, date | None] = field(default_factory=dict)  # of facts that were looked at

    def measure(self, name: str) -> date | None:
        """The first day on which a measure may be another than before."""
        days: list[date | None] = []
        for fact in _facts(self.catalogue, name):
            days.append(self._reach(fact))
            for table in relation.tables(self.catalogue.file, fact):
                days += [self.since.get(key) for key in (f"rows {table}", f"rollups {table}", f"measure {name} {table}")]
        # its periods are whole where all facts of the KPIs are loaded that it stands in
        days += [self._reach(fact) for kpi in self.users.get(name, ()) for fact in self.catalogue.facts(kpi)]
        first = _first(days)
        return date.min if first is not None and self.catalogue.date(name) != "day" else first

    def kpi(self, name: str) -> date | None:
        spec = self.catalogue.kpi(name)
        return _first(self.measure(measure) for measure in (*(ref.name for ref in self.catalogue.refs(name)), *spec.min_n))

    @cached_property
    def users(self) -> dict[str, list[str]]:
        """KPIs by the measures of their formulas."""
        found: dict[str, list[str]] = {}
        for kpi in self.catalogue.kpis:
            for ref in self.catalogue.refs(kpi):
                found.setdefault(ref.name, []).append(kpi)
        return found

    def _reach(self, fact: str) -> date | None:
        if fact not in self.reached:
            self.reached[fact] = self._reach_moved(fact)
        return self.reached[fact]

    def _reach_moved(self, fact: str) -> date | None:
        """Where what is loaded reaches further or less far, over all or of a channel or store: there nothing becomes zero, or zero nothing."""
        was, now = reach(self.catalogue, self.old, fact), reach(self.catalogue, self.new, fact)
        days = [_moved(was, now, 1)]
        for table in {self.catalogue.covering(fact), *relation.tables(self.catalogue.file, fact)}:
            for dim in PROVEN_BY:
                ended, ends = self.old.spans.get((table, dim), {}), self.new.spans.get((table, dim), {})
                days += [_moved(ended.get(member), ends.get(member), 1 + CLOSED_DAYS) for member in {*ended, *ends}]
        return _first(days)


def _moved(was: tuple[date, date] | None, now: tuple[date, date] | None, after: int) -> date | None:
    """The first day on which two spans differ; None for equal ones. Their end counts `after` days later."""
    if was == now:
        return None
    if was is None or now is None or was[0] != now[0]:
        return min(span[0] for span in (was, now) if span is not None)
    return min(was[1], now[1]) + timedelta(days=after)


def _first(days: Iterable[date | None]) -> date | None:
    return min((day for day in days if day is not None), default=None)


def carry(mart: Reader, before: str, catalogue: Catalogue, since: Since) -> bool:
    """Write into `meta` of the mart which cells of the one before (whose tables have `before` in front of their names) stay; False when all do."""
    rows = mart.execute(f"select value from {before}meta where key = ?", (META,))
    if not rows:
        return False
    kept = msgspec.json.decode(str(rows[0][0]))
    change = _Change(catalogue, since, Loaded.of(mart.execute(COVERAGE_SQL.replace("coverage", f"{before}coverage"))), Loaded.read(mart))
    stale: dict[str, dict[str, str]] = {}
    for column, (meaning, _) in kept.get("columns", {}).items():
        kind, name = meaning.split(" ", 1)
        known = name in (catalogue.measures if kind == "m" else catalogue.kpis)
        day = (change.measure(name) if kind == "m" else change.kpi(name)) if known else date.min
        measures = [name] if kind == "m" else [ref.name for ref in catalogue.refs(name)] if known else []
        early = any(catalogue.measures[measure].spec.also_in == "next" for measure in measures)
        starts = {} if day is None else {grain: _stale_from(day, grain, early) for grain in GRAINS}
        for grain, text in kept.get("stale", {}).get(column, {}).items():
            starts[grain] = min(starts.get(grain, date.max), date.fromisoformat(text))
        if starts:
            stale[column] = {grain: start.isoformat() for grain, start in starts.items()}
    mart.execute("insert into meta values (?, ?)", (META, msgspec.json.encode({**kept, "stale": stale}).decode()))
    return bool(stale)


def _stale_from(day: date, grain: str, early: bool) -> date:
    """First day of the first unit that a change on `day` reaches; `early`: a unit looks into the one after it."""
    if day.year <= 1:
        return date.min
    unit = calendar.unit(day, grain)
    return calendar.step(unit, -1).start if early else unit.start
