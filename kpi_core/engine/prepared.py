"""Prepared cells: what screens ask most is computed once, when the mart is built, by the very statements that would run live.

For every week, month, quarter and year, over all, by channel, by store and by store within a channel, each KPI and its measures
stand in a small table. A question about such cells is one short select; everything else is asked live. The table holds
what a live statement returned, so both ways give the same numbers (a test asks both).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

import msgspec

from kpi_core.engine import calendar
from kpi_core.engine.catalogue import Catalogue
from kpi_core.engine.coverage import Loaded, Reader
from kpi_core.engine.plan import Column, Plan, make_plan
from kpi_core.engine.plan import reach as reach_of
from kpi_core.engine.predicate import identifier
from kpi_core.engine.result import Period, Question
from kpi_core.engine.sql import render
from kpi_core.engine.write import Statement, day
from kpi_core.store.rollup import Preparation
from kpi_core.view import Filter

GRAINS = ("week", "month", "quarter", "year")
DIMS = ("channel", "store")
VERSION = 1  # of this module's tables
TABLE = "prepared"
KEYS = ("grain", "start_day", "channel", "store")
ALL = "*"
CHUNK = 6  # KPIs a statement: planning one grows faster than its length
STAMP = "prepared"  # key of `meta` that says which catalogue the table was prepared for


def chunks(catalogue: Catalogue, loaded: Loaded) -> tuple[tuple[str, ...], ...]:
    """KPIs that can be prepared, those that reach the same day and read the same facts together.

    A context function depends on the question, so KPIs with one are left out; so are those with an input that is not loaded.
    """
    reach: dict[str, tuple[date, tuple[str, ...]]] = {}
    for kpi in catalogue.kpis:
        facts = catalogue.facts(kpi)
        spans = [reach_of(catalogue, loaded, fact) for fact in facts]
        known = [span[1] for span in spans if span is not None]
        plain = not any(ref.context or ref.time or ref.zero or catalogue.measures[ref.name].spec.carry_forward for ref in catalogue.refs(kpi))
        if len(known) == len(spans) and plain:
            reach[kpi] = (min(known), facts)
    found: list[tuple[str, ...]] = []
    for _, group in groupby(sorted(reach, key=lambda kpi: (*reach[kpi], kpi)), key=lambda kpi: reach[kpi][0]):
        ordered = tuple(group)
        found += [ordered[start : start + CHUNK] for start in range(0, len(ordered), CHUNK)]
    return tuple(found)


def stamp(catalogue: Catalogue) -> str:
    """Changes with every change of kpis.yaml: tables prepared for another catalogue are not read."""
    return hashlib.sha256(msgspec.json.encode(catalogue.file)).hexdigest()[:16]


def stored(column: Column) -> str:
    """Name of a measure's column: the measure, and its scope where it has one."""
    scope = "_".join(f"{item.dim}_{'_'.join(value or 'none' for value in item.values)}" for item in column.scope)
    return f"m_{column.measure}" + (f"__{re.sub(r'[^a-z0-9]+', '_', scope.lower())}" if scope else "")


def prepare(reader: Reader, catalogue: Catalogue) -> None:
    """Create the table in the current schema of `reader`, which must be writable; `coverage`, `meta` and the star stand there already."""
    loaded = Loaded.read(reader)
    names = {str(row[0]) for row in reader.execute("select distinct table_name from information_schema.tables")}
    rollups = frozenset(name for name in names if "__" in name)
    inside = reader.execute("select channel from orders where store is not null and channel is not null group by channel order by channel")
    parts: list[tuple[str, list[str]]] = []
    for number, kpis in enumerate(chunks(catalogue, loaded)):
        part = f"{TABLE}_{number:02d}"
        for index, (sql, parameters) in enumerate(_parts(catalogue, loaded, kpis, [str(row[0]) for row in inside], rollups)):
            head = f"create or replace temp table {part} as" if index == 0 else f"insert into {part} by name"
            reader.execute(f"{head} {sql}", parameters)
            if index == 0:
                columns = reader.execute("select column_name from duckdb_columns() where table_name = ? order by column_index", (part,))
                parts.append((part, [str(row[0]) for row in columns if str(row[0]) not in KEYS]))
    if parts:
        reader.execute(f"create or replace table {TABLE} as {_joined(parts)}")
    for part, _ in parts:
        reader.execute(f"drop table {part}")
    reader.execute("insert into meta values (?, ?)", (STAMP, stamp(catalogue)))


def _joined(parts: Sequence[tuple[str, list[str]]]) -> str:
    """The parts side by side; a measure that several of them hold is the same in each, where it is there."""
    holders: dict[str, list[str]] = {}
    for part, columns in parts:
        for column in columns:
            holders.setdefault(column, []).append(part)
    values = [f"coalesce({', '.join(f'{part}.{identifier(column)}' for part in found)}) as {identifier(column)}" for column, found in holders.items()]
    joins = "".join(f"\nfull join {part} using ({', '.join(KEYS)})" for part, _ in parts[1:])
    return f"select {', '.join(KEYS)}, {', '.join(values)}\nfrom {parts[0][0]}{joins}\norder by grain, channel, store, start_day"


def _parts(
    catalogue: Catalogue, loaded: Loaded, kpis: tuple[str, ...], channels: Sequence[str], rollups: frozenset[str]
) -> Iterator[tuple[str, tuple[object, ...]]]:
    periods = _periods(catalogue, loaded, kpis)
    if not periods:
        return
    cuts: list[tuple[str | None, tuple[Filter, ...]]] = [(None, ()), ("channel", ()), ("store", ())]
    cuts += [("store", (Filter("channel", (channel,)),)) for channel in channels]  # channels that have stores
    for by, where in cuts:
        plan = make_plan(catalogue, loaded, Question(kpis, periods, by, where), rollups)
        if by is not None and all(item.reason or item.cut_reason for item in plan.kpis):
            continue
        if plan.slots and plan.streams:
            yield _select(plan, render(catalogue, loaded, plan, rollups))


def _periods(catalogue: Catalogue, loaded: Loaded, kpis: tuple[str, ...]) -> tuple[Period, ...]:
    """Whole periods up to the last day that every loaded fact of these KPIs reaches."""
    spans = [reach_of(catalogue, loaded, fact) for kpi in kpis for fact in catalogue.facts(kpi)]
    known = [span for span in spans if span is not None]
    if not known:
        return ()
    first, last = min(span[0] for span in known), min(span[1] for span in known)
    found = []
    for grain in GRAINS:
        period = calendar.unit(first, grain)
        while period.end <= last:
            found.append(period)
            period = calendar.step(period, 1)
    return tuple(found)


def _select(plan: Plan, statement: Statement) -> tuple[str, tuple[object, ...]]:
    """The statement's rows keyed by grain, first day, channel and store ('*': over all, '': without a value)."""
    by, where = plan.question.by, {item.dim: item.values[0] for item in plan.question.where}
    slots: dict[int, Period] = {}
    for item in plan.kpis:
        for place, slot in enumerate(item.slots):
            if slot is not None:
                slots[slot] = plan.question.periods[place]
    rows = ", ".join(f"({slot}, '{period.grain}', {day(period.start)})" for slot, period in sorted(slots.items()))
    keys: list[str] = []
    parameters: list[object] = []
    for dim in DIMS:
        if dim == by:
            keys.append(f"r.member as {dim}")
        elif dim in where:
            keys.append(f"cast(? as varchar) as {dim}")
            parameters.append(where[dim])
        else:
            keys.append(f"'{ALL}' as {dim}")
    values = [f"r.{identifier('m_' + name)} as {identifier(stored(column))}" for column, name in plan.names.items()]
    values += [f"r.{identifier(item.kpi)} as {identifier(item.kpi)}" for item in plan.kpis if item.kpi in statement.columns]
    values = [text for text in values if text.split(" as ")[0].removeprefix("r.").strip('"') in statement.columns]
    sql = (
        f"select p.grain, p.start_day, {', '.join(keys)}, {', '.join(values)}\n"
        f"from (\n{statement.sql}\n) as r join (values {rows}) as p(slot, grain, start_day) on p.slot = r.slot where r.whole = {0 if by else 1}"
    )
    return sql, (*parameters, *statement.parameters)


@dataclass(frozen=True)
class Prepared:
    """What of a mart was prepared for this catalogue: its columns, none when nothing was."""

    columns: frozenset[str] = frozenset()
    inside: frozenset[str] = frozenset()  # channels whose stores are prepared

    @classmethod
    def read(cls, reader: Reader, catalogue: Catalogue) -> Prepared:
        rows = reader.execute("select value from meta where key = ?", (STAMP,))
        if [str(row[0]) for row in rows] != [stamp(catalogue)]:
            return cls()
        columns = reader.execute("select column_name from information_schema.columns where table_name = ?", (TABLE,))
        if not columns:
            return cls()
        inside = reader.execute(f"select channel from {TABLE} where channel <> '{ALL}' and store <> '{ALL}' group by channel")
        return cls(frozenset(str(row[0]) for row in columns), frozenset(str(row[0]) for row in inside))

    def answers(self, plan: Plan) -> list[str]:
        """KPIs of the plan that the table answers whole."""
        if not self.columns or not self._plain(plan.question):
            return []
        asked = {item.dim: item.values for item in plan.question.where}
        found = []
        for item in plan.kpis:
            columns = (*item.columns.values(), *item.counts.values())
            # A filter outside the KPI's own scope leaves nothing: live says so with its reason.
            outside = any(scope.dim in asked and not set(asked[scope.dim]) <= set(scope.values) for column in columns for scope in column.scope)
            whole = all(slot is None or _is(plan, slot, place) for place, slot in enumerate(item.slots))
            if item.reason is None and whole and not outside and {stored(column) for column in columns} <= self.columns and item.kpi in self.columns:
                found.append(item.kpi)
        return found

    def statement(self, plan: Plan, kpis: Sequence[str]) -> Statement:
        """Rows as a live statement would give them for these KPIs: slot, member, whole, measures, KPIs."""
        by, where = plan.question.by, {item.dim: item.values[0] or "" for item in plan.question.where}
        items = [item for item in plan.kpis if item.kpi in kpis]
        slots: dict[int, Period] = {}
        for item in items:
            slots |= {slot: plan.question.periods[place] for place, slot in enumerate(item.slots) if slot is not None}
        if not slots:
            return Statement("", (), ())
        measures = dict.fromkeys(column for item in items for column in (*item.columns.values(), *item.counts.values()))
        columns = [(f"m_{plan.names[column]}", stored(column)) for column in measures] + [(kpi, kpi) for kpi in kpis]
        rows = ", ".join(f"({slot}, '{period.grain}', {day(period.start)})" for slot, period in sorted(slots.items()))
        parameters: list[object] = []
        tests = []
        for dim in DIMS:
            if dim in where:
                tests.append(f"t.{dim} = ?")
                parameters.append(where[dim])
            elif dim != by:
                tests.append(f"t.{dim} = '{ALL}'")
        member = f"case when t.{by} = '{ALL}' then '' else t.{by} end" if by else "''"
        whole = f"case when t.{by} = '{ALL}' then 1 else 0 end" if by else "1"
        picked = ",\n  ".join(f"t.{identifier(column)} as {identifier(name)}" for name, column in columns)
        sql = (
            f"select p.slot as slot, {member} as member, {whole} as whole,\n  {picked}\nfrom {TABLE} as t\n"
            f"join (values {rows}) as p(slot, grain, start_day) on p.grain = t.grain and p.start_day = t.start_day\n"
            f"where {' and '.join(tests) or '1 = 1'}"
        )
        return Statement(sql, tuple(parameters), ("slot", "member", "whole", *(name for name, _ in columns)))

    def _plain(self, question: Question) -> bool:
        """Cut by channel, store or nothing; filtered to one channel, one store, or one of each; over whole units of the calendar."""
        asked = {item.dim: item.values[0] for item in question.where}
        single = all(item.dim in DIMS and len(item.values) == 1 and not item.exclude for item in question.where)
        if not single or len(asked) < len(question.where) or question.by not in (None, *DIMS) or question.by in asked:
            return False
        pair = set(asked) | ({question.by} if question.by else set())
        if pair == set(DIMS) and asked.get("channel") not in self.inside:
            return False
        return all(period.grain in GRAINS and calendar.unit(period.start, period.grain) == period for period in question.periods)


def _is(plan: Plan, slot: int, place: int) -> bool:
    """The slot reads exactly the whole period at `place`."""
    period = plan.question.periods[place]
    return (plan.slots[slot].start, plan.slots[slot].end) == (period.start, period.end)


def preparation(catalogue: Catalogue) -> Preparation:
    """What `kpi_core.store.load` is given so that a new mart holds the prepared cells of this catalogue."""
    return Preparation(lambda asker: prepare(asker, catalogue), f"{VERSION}:{stamp(catalogue)}")
