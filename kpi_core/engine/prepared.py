"""Prepared cells: what screens ask most is computed once, when the mart is built, by the very statements that would run live.

For every whole week, month, quarter and year, each KPI and its measures stand in small tables: over all, by every dimension of few
members, and by store or category within a channel. A question about such cells is one short select from one of them; everything else
is asked live. The tables hold what a live statement returned, so both ways give the same numbers (tests ask both). `prepare` fills
them; what of them still means the same is said by `meanings`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import msgspec

from kpi_core.engine import calendar
from kpi_core.engine.carried import carry, inputs
from kpi_core.engine.catalogue import Catalogue
from kpi_core.engine.coverage import Reader
from kpi_core.engine.meanings import meanings
from kpi_core.engine.plan import Column, Plan, PlannedKpi, Stream
from kpi_core.engine.predicate import identifier
from kpi_core.engine.prepare import ALL, GRAINS, META, PAIRS, TABLE, VERSION, prepare, rows_of, stored, table_of
from kpi_core.engine.result import Period, Question
from kpi_core.engine.sql import final
from kpi_core.engine.write import Statement, Writer, day
from kpi_core.store.rollup import Preparation

COLUMNS_SQL = (
    "select table_name, column_name from duckdb_columns() "
    "where database_name = current_database() and schema_name = current_schema() and starts_with(table_name, ?)"
)
ROWS = "n_"  # of a stream: there were rows at all


@dataclass(frozen=True)
class Recalled:
    """A select from a prepared table, with the KPIs it answers. Rows are (slot, member, whole, …), or start with the first day instead of the slot."""

    kpis: tuple[str, ...]
    statement: Statement
    slots: Mapping[date, Sequence[int]] | None = None  # by first day: a period may be asked by itself and as a comparison
    streams: tuple[str, ...] = ()  # columns that say whether a member had rows: one that never had is not listed

    def rows(self, found: Sequence[Sequence[object]]) -> dict[tuple[int, str, bool], dict[str, object]]:
        """Rows by (slot, member, whole), as those of a live statement."""
        names = self.statement.columns[3:]
        rows: dict[tuple[int, str, bool], dict[str, object]] = {}
        listed: set[str] = set()
        for first, member, whole, *values in found:
            row = dict(zip(names, values, strict=True))
            for slot in self.slots[first] if self.slots is not None else (first,):  # type: ignore[index]
                rows[(slot, str(member), whole == 1)] = row  # type: ignore[index]
            if whole != 1 and any(row[name] is not None for name in self.streams):
                listed.add(str(member))
        return {key: row for key, row in rows.items() if key[2] or key[1] in listed}


@dataclass(frozen=True)
class Prepared:
    """What of a mart was prepared and still means the same: the columns of each table; none when nothing was."""

    tables: Mapping[str, frozenset[str]] = field(default_factory=dict)
    inside: Mapping[str, frozenset[str]] = field(default_factory=dict)  # table of a pair -> the channels it holds
    stale: Mapping[str, Mapping[str, date]] = field(default_factory=dict)  # column -> by grain the first unit that is told by the star alone

    @classmethod
    def read(cls, reader: Reader, catalogue: Catalogue) -> Prepared:
        rows = reader.execute("select value from meta where key = ?", (META,))
        try:
            kept = msgspec.json.decode(str(rows[0][0])) if rows else None
        except msgspec.DecodeError:  # a mart of an earlier version
            return cls()
        if not isinstance(kept, dict) or kept.get("version") != VERSION:
            return cls()
        now = meanings(catalogue)
        same = {name for name, (meaning, digest) in kept["columns"].items() if now.get(meaning) == digest}
        tables: dict[str, set[str]] = {}
        for table, column in reader.execute(COLUMNS_SQL, (TABLE,)):
            if column in same or str(column).startswith(ROWS):
                tables.setdefault(str(table), set()).add(str(column))
        inside = {table: frozenset(channels) for table, channels in kept["inside"].items()}
        stale = {column: {grain: date.fromisoformat(day) for grain, day in units.items()} for column, units in kept.get("stale", {}).items()}
        return cls({table: frozenset(columns) for table, columns in tables.items()}, inside, stale)

    def recall(self, catalogue: Catalogue, plan: Plan) -> list[Recalled]:
        """The selects that answer KPIs of the plan; those that none of them names are asked live."""
        question = plan.question
        table = self._table(question)
        if table is None:
            return []
        columns = self.tables[table]
        plain: list[PlannedKpi] = []
        composed: list[PlannedKpi] = []
        for item in plan.kpis:
            if self._holds(plan, item, columns):
                (plain if item.kpi in columns and not _contexts(item) else composed).append(item)
        found = []
        if plain:
            found.append(_plain(plan, plain, table, columns))
        if composed:
            found.append(_composed(catalogue, plan, composed, table, columns))
        return [item for item in found if item is not None]

    def _holds(self, plan: Plan, item: PlannedKpi, columns: frozenset[str]) -> bool:
        asked = {step.dim: step.values for step in plan.question.where}
        needed = (*item.columns.values(), *item.counts.values())
        # A filter outside the KPI's own scope leaves nothing: live says so with its reason.
        outside = any(scope.dim in asked and not set(asked[scope.dim]) <= set(scope.values) for column in needed for scope in column.scope)
        whole = all(slot is None or _is(plan, slot, place) for place, slot in enumerate(item.slots))
        plain = not any(column.time or column.zero or column.unfiltered for column in needed)
        names = {stored(column) for column in needed}
        return item.reason is None and whole and plain and not outside and names <= columns and self._fresh(plan, item, names | {item.kpi})

    def _fresh(self, plan: Plan, item: PlannedKpi, columns: Collection[str]) -> bool:
        """Nothing has changed since in the periods that the KPI reads, or is compared with."""
        limits = [units for column in columns if (units := self.stale.get(column))]
        if not limits:
            return True
        grain = plan.question.periods[0].grain
        read = [plan.slots[slot] for slot in item.slots if slot is not None]
        newest = max((day for slot in read for day in (slot.end, *((slot.compare[1],) if slot.compare else ()))), default=date.min)
        return all(newest < units.get(grain, date.max) for units in limits)

    def _table(self, question: Question) -> str | None:
        """The table of the question's dimensions: filtered to one member of each, over whole units of one grain of the calendar."""
        asked = {item.dim: item.values[0] for item in question.where}
        single = all(len(item.values) == 1 and not item.exclude for item in question.where)
        if not single or len(asked) < len(question.where) or question.by in asked:
            return None
        table = table_of((*asked, *([question.by] if question.by else [])))
        if table not in self.tables:
            return None
        if len(asked) + (question.by is not None) == 2 and asked.get("channel") not in self.inside.get(table, ()):
            return None
        grains = {period.grain for period in question.periods}
        units = len(grains) == 1 and grains <= set(GRAINS)
        return table if units and all(calendar.unit(period.start, period.grain) == period for period in question.periods) else None


def _contexts(item: PlannedKpi) -> bool:
    return any(ref.context for ref in item.columns)


def _is(plan: Plan, slot: int, place: int) -> bool:
    """The slot reads exactly the whole period at `place`."""
    period = plan.question.periods[place]
    return (plan.slots[slot].start, plan.slots[slot].end) == (period.start, period.end)


def _slots(plan: Plan, items: Sequence[PlannedKpi]) -> dict[int, Period]:
    return {slot: plan.question.periods[place] for item in items for place, slot in enumerate(item.slots) if slot is not None}


def _places(plan: Plan, starts: Sequence[date]) -> tuple[str, str, str, tuple[object, ...]]:
    """Member, whole and the conditions of the question's cells in its table `t`."""
    by = plan.question.by
    listed = ", ".join(day(start) for start in starts)
    tests, parameters = [f"t.grain = '{plan.question.periods[0].grain}'", f"t.start_day in ({listed})"], list[object]()
    for item in plan.question.where:
        tests.append(f"t.{identifier(item.dim)} = ?")
        parameters.append(item.values[0] or "")
    column = f"t.{identifier(by)}" if by else ""
    member = f"case when {column} = '{ALL}' then '' else {column} end" if by else "''"
    whole = f"case when {column} = '{ALL}' then 1 else 0 end" if by else "1"
    return member, whole, " and ".join(tests), tuple(parameters)


def _streams(plan: Plan, measures: Mapping[Column, None], columns: frozenset[str]) -> tuple[str, ...]:
    """Columns that count the rows of the streams behind some measures, and of what proves them."""
    kept: list[Stream] = [stream for stream, mine in plan.streams.items() if not mine or any(column in measures for column in mine)]
    return tuple(dict.fromkeys(name for stream in kept if (name := rows_of(stream, plan.question)) in columns))


def _plain(plan: Plan, items: Sequence[PlannedKpi], table: str, columns: frozenset[str]) -> Recalled | None:
    """KPIs as they stand in the table."""
    slots = _slots(plan, items)
    if not slots:
        return None
    measures = dict.fromkeys(column for item in items for column in (*item.columns.values(), *item.counts.values()))
    streams = _streams(plan, measures, columns) if plan.question.by else ()
    starts: dict[date, list[int]] = {}
    for slot, period in slots.items():
        starts.setdefault(period.start, []).append(slot)
    member, whole, tests, parameters = _places(plan, sorted(starts))
    own = [item.kpi for item in items]
    picked = [*((f"m_{plan.names[column]}", stored(column)) for column in measures), *zip(own, own, strict=True), *zip(streams, streams, strict=True)]
    values = ",\n  ".join(f"t.{identifier(column)} as {identifier(name)}" for name, column in picked)
    sql = f"select t.start_day as start_day, {member} as member, {whole} as whole,\n  {values}\nfrom {identifier(table)} as t\nwhere {tests}"
    names = ("start_day", "member", "whole", *(name for name, _ in picked))
    return Recalled(tuple(item.kpi for item in items), Statement(sql, parameters, names), starts, streams)


def _composed(catalogue: Catalogue, plan: Plan, items: Sequence[PlannedKpi], table: str, columns: frozenset[str]) -> Recalled | None:
    """KPIs that compare or take shares of a total, and those that are not in the table themselves: their formulas over its measures."""
    slots = _slots(plan, items)
    if not slots:
        return None
    measures = dict.fromkeys(column for item in items for column in (*item.columns.values(), *item.counts.values()))
    streams = _streams(plan, measures, columns) if plan.question.by else ()
    numbers = {(slot.start, slot.end): index for index, slot in reversed(list(enumerate(plan.slots)))}
    rows = []
    for slot, period in sorted(slots.items()):
        compare = plan.slots[slot].compare
        rows.append(f"({slot}, {day(period.start)}, {period.days}, {'null' if compare is None else numbers.get(compare, 'null')})")
    member, whole, tests, parameters = _places(plan, sorted(period.start for period in slots.values()))
    values = [f"t.{identifier(stored(column))} as {plan.names[column]}" for column in measures] + [f"t.{identifier(name)} as {name}" for name in streams]
    writer = Writer(parameters=list(parameters))
    writer.add("slots(slot, start_day, days, compare_slot)", "values " + ", ".join(rows))
    writer.add(
        "filled",
        f"select s.slot as slot, {member} as member, {whole} as whole, s.days as days, s.compare_slot as compare_slot,\n  {', '.join(values)}\n"
        f"from {identifier(table)} as t join slots as s on s.start_day = t.start_day\nwhere {tests}",
    )
    some = replace(plan, kpis=tuple(items), names={column: plan.names[column] for column in measures}, streams={})
    return Recalled(tuple(item.kpi for item in items), final(writer, catalogue, some, streams), None, streams)


def preparation(catalogue: Catalogue) -> Preparation:
    """What `kpi_core.store.load` is given so that a new mart holds the prepared cells of this catalogue."""
    return Preparation(
        lambda asker: prepare(asker, catalogue),
        f"{VERSION}:{hash_of(catalogue)}",
        lambda mart, before, since: carry(mart, before, catalogue, since),
        inputs(catalogue),
    )


def hash_of(catalogue: Catalogue) -> str:
    """Changes with everything that prepared cells are made of."""
    import hashlib

    return hashlib.sha256(msgspec.json.encode([sorted(meanings(catalogue).items()), PAIRS])).hexdigest()[:16]
