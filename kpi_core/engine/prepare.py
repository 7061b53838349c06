"""Filling the tables of prepared cells, when a mart is built; `prepared` reads them.

A table per set of dimensions: none, one of few members, or a channel with what lies below it. Its rows are whole periods of one grain,
each with every KPI that knows these dimensions, the measures of these KPIs, and how many rows stood behind each.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

import msgspec

from kpi_core.engine import calendar
from kpi_core.engine.catalogue import Catalogue
from kpi_core.engine.coverage import Loaded, Reader
from kpi_core.engine.meanings import meanings
from kpi_core.engine.plan import TOO_FINE, Column, Plan, make_plan, pick_table, reach, rows_of
from kpi_core.engine.predicate import identifier
from kpi_core.engine.result import Period, Question
from kpi_core.engine.sql import SLOTS, render, slot_rows
from kpi_core.engine.write import Statement
from kpi_core.view import Filter

__all__ = ["ALL", "GRAINS", "META", "PAIRS", "TABLE", "VERSION", "prepare", "rows_of", "stored", "table_of"]

GRAINS = ("week", "month", "quarter", "year")
PAIRS = tuple(("channel", inner) for inner in ("store", "category", "source", "device", "country"))  # one step down the drill path
EVERYWHERE = {"channel", "store"}  # by these even distinct counts are prepared
FEW = 64  # members that a dimension may have
VERSION = 2  # of this module's tables
TABLE = "prepared"
HELD = "held_slots"
ALL = "*"
CHUNK = 6  # KPIs a statement: planning one grows faster than its length
META = "prepared"  # key of `meta` that says what the columns mean


def table_of(dims: Collection[str]) -> str:
    """Name of the table whose cells are named by `dims`."""
    return "__".join((TABLE, *sorted(dims)))


def stored(column: Column) -> str:
    """Name of a measure's column: the measure, and its scope where it has one."""
    if not column.scope:
        return f"m_{column.measure}"
    scope = "_".join(f"{item.dim}_{'_'.join(value or 'none' for value in item.values)}" for item in column.scope)
    digest = hashlib.sha256(repr(column.scope).encode()).hexdigest()[:6]
    return f"m_{column.measure}__in_{re.sub(r'[^a-z0-9]+', '_', scope.lower())[:40]}_{digest}"


@dataclass(frozen=True)
class _Group:
    """KPIs that reach the same day, with the whole periods up to then."""

    kpis: tuple[str, ...]
    periods: tuple[Period, ...]


def prepare(reader: Reader, catalogue: Catalogue) -> None:
    """Create the tables in the current schema of `reader`, which must be writable; `coverage`, `meta` and the star stand there already."""
    loaded = Loaded.read(reader)
    names = {str(row[0]) for row in reader.execute("select distinct table_name from information_schema.tables")}
    rollups = frozenset(name for name in names if "__" in name)
    groups = _groups(catalogue, loaded)
    cuts = list(_cuts(reader, catalogue, names))
    parts: dict[str, list[str]] = {}
    columns: dict[str, str] = {}
    for group in groups:
        held: tuple[object, ...] = ()
        for dims, by, wheres in cuts:
            known = [kpi for kpi in group.kpis if set(dims) <= set(catalogue.filters(kpi)) and (set(dims) <= EVERYWHERE or _adds_up(catalogue, kpi))]
            for start in range(0, len(known), CHUNK):
                part = f"part_{len(columns)}_{len(parts)}_{start}"
                for place, where in enumerate(wheres):
                    plan = make_plan(catalogue, loaded, Question(tuple(known[start : start + CHUNK]), group.periods, by, where), rollups)
                    if not plan.slots or not plan.streams:
                        continue
                    if plan.slots != held:
                        _hold(reader, plan)
                        held = plan.slots
                    sql, parameters, made = _select(catalogue, plan, render(catalogue, loaded, plan, rollups, HELD), dims)
                    columns |= made
                    part = part if place else f"part_{sum(map(len, parts.values()))}"
                    reader.execute(f"insert into {part} by name {sql}" if place else f"create or replace temp table {part} as {sql}", parameters)
                    if not place:
                        parts.setdefault(table_of(dims), []).append(part)
    _join(reader, cuts, parts)
    inside = {table_of(dims): [where[0].values[0] for where in wheres] for dims, _, wheres in cuts if len(dims) == 2}
    now = meanings(catalogue)
    kept = {"version": VERSION, "inside": inside, "columns": {name: [meaning, now[meaning]] for name, meaning in columns.items() if meaning in now}}
    reader.execute("insert into meta values (?, ?)", (META, msgspec.json.encode(kept).decode()))


def _groups(catalogue: Catalogue, loaded: Loaded) -> list[_Group]:
    """KPIs that can be prepared, those that read the same facts side by side.

    A comparison depends on the question, so of KPIs with one only the measures are prepared; KPIs with functions of time, levels carried
    forward or an input that is not loaded are left out.
    """
    days: dict[str, date] = {}
    for kpi in _candidates(catalogue):
        spans = [reach(catalogue, loaded, fact) for fact in catalogue.facts(kpi)]
        known = [span[1] for span in spans if span is not None]
        if known and len(known) == len(spans):
            days[kpi] = min(known)
    ordered = sorted(days, key=lambda kpi: (days[kpi], catalogue.facts(kpi), kpi))
    groups = [tuple(found) for _, found in groupby(ordered, key=lambda kpi: days[kpi])]
    return [_Group(kpis, periods) for kpis in groups if (periods := _periods(catalogue, loaded, kpis))]


def _candidates(catalogue: Catalogue) -> list[str]:
    found: dict[str, None] = {}
    for kpi in catalogue.kpis:
        refs = catalogue.refs(kpi)
        if any(ref.time or ref.zero or catalogue.measures[ref.name].spec.carry_forward for ref in refs):
            continue
        if any(ref.context == "compare" for ref in refs):
            scoped = bool(catalogue.scope(kpi)) or any(ref.scope for ref in refs)
            found |= {} if scoped else {ref.name: None for ref in refs}
        else:
            found[kpi] = None
    return list(found)


def _adds_up(catalogue: Catalogue, kpi: str) -> bool:
    """False for distinct counts: the rows of all years would be counted anew for every cut, for what is seldom asked."""
    specs = [catalogue.measures[ref.name].spec for ref in catalogue.refs(kpi)]
    return all((spec.additive != "none" or spec.cells == "exact") and spec.also_in is None for spec in specs)


def _periods(catalogue: Catalogue, loaded: Loaded, kpis: Sequence[str]) -> tuple[Period, ...]:
    """Whole periods up to the last day that every loaded fact of these KPIs reaches."""
    spans = [reach(catalogue, loaded, fact) for kpi in kpis for fact in catalogue.facts(kpi)]
    known = [span for span in spans if span is not None]
    first, last = min(span[0] for span in known), min(span[1] for span in known)
    found = []
    for grain in GRAINS:
        period = calendar.unit(first, grain)
        while period.end <= last:
            found.append(period)
            period = calendar.step(period, 1)
    return tuple(found)


_Cut = tuple[tuple[str, ...], str | None, list[tuple[Filter, ...]]]


def _cuts(reader: Reader, catalogue: Catalogue, tables: Collection[str]) -> Iterator[_Cut]:
    """Dimensions of a table, the one to cut by, and the filters of each statement that fills it."""
    yield (), None, [()]
    coarse = [dim for dim, spec in catalogue.dimensions.items() if dim not in TOO_FINE and spec.top is None and not spec.fine]
    few = [dim for dim in coarse if _few(reader, catalogue, dim, tables)]
    for dim in few:
        yield (dim,), dim, [()]
    for outer, inner in PAIRS:
        facts = [fact for fact in catalogue.file.facts if {outer, inner} <= set(catalogue.file.facts[fact].dims) and catalogue.file.facts[fact].table in tables]
        if outer not in few or inner not in few or not facts:
            continue
        table = identifier(pick_table(catalogue, facts[0], (outer, inner), tables)[0])
        sql = f"select {outer} from {table} where {outer} is not null and {inner} is not null group by {outer} order by {outer}"
        if found := [str(row[0]) for row in reader.execute(sql)]:
            yield (outer, inner), inner, [(Filter(outer, (member,)),) for member in found]


def _few(reader: Reader, catalogue: Catalogue, dim: str, tables: Collection[str]) -> bool:
    """Whether a dimension has members, and not too many for a table of its own."""
    counts = []
    for fact, spec in catalogue.file.facts.items():
        if dim in spec.dims and spec.table in tables:
            table = pick_table(catalogue, fact, (dim,), tables)[0]
            counts.append(reader.execute(f"select count(distinct {identifier(dim)}) from {identifier(table)}")[0][0])
    return bool(counts) and 0 < max(counts) <= FEW


def _hold(reader: Reader, plan: Plan) -> None:
    """The slots of the statements that follow, and the same by day: planned and joined much faster than written out."""
    reader.execute(f"create or replace temp table {HELD} as select * from ({slot_rows(plan)}) as s({SLOTS})")
    grains = {slot: plan.question.periods[place] for item in plan.kpis for place, slot in enumerate(item.slots) if slot is not None}
    rows = ", ".join(f"({slot}, '{period.grain}')" for slot, period in sorted(grains.items()))
    named = f"select s.slot, p.grain, s.start_day from (values {rows}) as p(slot, grain) join {HELD} as s using (slot)"
    reader.execute(f"create or replace temp table {HELD}_grains as {named}")
    days = "cast(unnest(generate_series(start_day, end_day, interval 1 day)) as date)"
    reader.execute(f"create or replace temp table {HELD}_days as select *, {days} as day from {HELD}")


def _select(catalogue: Catalogue, plan: Plan, statement: Statement, dims: Sequence[str]) -> tuple[str, tuple[object, ...], dict[str, str]]:
    """The statement's rows keyed by grain, first day and dimensions ('*': over all, '': without a value), and what its columns mean."""
    by, where = plan.question.by, {item.dim: item.values[0] for item in plan.question.where}
    keys = []
    for dim in dims:
        keys.append((f"case when r.whole = 1 then '{ALL}' else r.member end" if dim == by else "cast(? as varchar)") + f" as {identifier(dim)}")
    values: dict[str, str] = {}
    means: dict[str, str] = {}
    for column, name in plan.names.items():
        if f"m_{name}" in statement.columns:
            values[stored(column)] = f"m_{name}"
            means[stored(column)] = f"m {column.measure}"
    for item in plan.kpis:
        if item.kpi in statement.columns and item.kpi in catalogue.kpis and not any(ref.context for ref in item.columns):
            values[item.kpi] = item.kpi
            means[item.kpi] = f"k {item.kpi}"
    values |= {name: name for stream in plan.streams if (name := rows_of(stream, plan.question)) in statement.columns}
    picked = ", ".join(f"r.{identifier(name)} as {identifier(column)}" for column, name in values.items())
    sql = (
        f"select p.grain, p.start_day, {''.join(f'{key}, ' for key in keys)}{picked}\n"
        f"from (\n{statement.sql}\n) as r join {HELD}_grains as p on p.slot = r.slot"
    )
    return sql, (*(where[dim] for dim in dims if dim != by), *statement.parameters), means


def _join(reader: Reader, cuts: Sequence[_Cut], parts: dict[str, list[str]]) -> None:
    """The parts of each table side by side; a measure that several of them hold is the same in each, where it is there."""
    for dims, _, _ in cuts:
        mine = parts.get(table_of(dims), [])
        if not mine:
            continue
        keys = ["grain", "start_day", *map(identifier, dims)]
        holders: dict[str, list[str]] = {}
        for part in mine:
            for row in reader.execute("select column_name from duckdb_columns() where table_name = ? order by column_index", (part,)):
                if identifier(str(row[0])) not in keys and str(row[0]) not in keys:
                    holders.setdefault(str(row[0]), []).append(part)
        listed = ", ".join(keys)
        values = [f"coalesce({', '.join(f'{part}.{identifier(column)}' for part in found)}) as {identifier(column)}" for column, found in holders.items()]
        joins = "".join(f"\nfull join {part} using ({listed})" for part in mine[1:])
        sql = f"select {listed}, {', '.join(values)}\nfrom {mine[0]}{joins}\norder by {listed}"
        reader.execute(f"create or replace table {identifier(table_of(dims))} as {sql}")
        for part in mine:
            reader.execute(f"drop table {part}")
