"""When nothing means zero in a table: where the coverage, or rows of the exports that also hold these, prove the days loaded."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from kpi_core.engine import predicate
from kpi_core.engine.catalogue import Catalogue
from kpi_core.engine.coverage import PROVEN_BY, Loaded
from kpi_core.engine.plan import CARRIED
from kpi_core.engine.predicate import Column, Literal, Operation, Scalar, identifier
from kpi_core.engine.table_plan import Leaf, Stream, TablePlan, neighbour, ranges_of, witness_of
from kpi_core.engine.write import Writer, among, day, source_of
from kpi_core.view import Filter

_ONE = timedelta(days=1)


@dataclass
class Table:
    """What is written while the statement grows."""

    catalogue: Catalogue
    loaded: Loaded
    plan: TablePlan
    rollups: Collection[str]
    writer: Writer = field(default_factory=Writer)
    days: dict[tuple[object, ...], str] = field(default_factory=dict)  # CTEs of days, by their rows
    known: dict[tuple[str, ...], str] = field(default_factory=dict)  # CTEs of what is known of a fact, by fact, date and days
    names: dict[Leaf, str] = field(default_factory=dict)
    numbers: dict[Stream, int] = field(default_factory=dict)

    def key(self, place: int) -> str:
        return f"key_{place}"


def days_of(table: Table, stream: Stream) -> tuple[str, bool]:
    """The CTE with the days of every cell: slot, start_day, end_day. For carried levels start_day is the oldest that still counts.

    True when every range is one day: an equality then joins faster than a range.
    """
    plan, rows = table.plan, []
    carry = table.catalogue.measures[stream.measure].spec.carry_forward if stream.kind in CARRIED else None
    for number, cell in enumerate(plan.cells):
        for start, end in ranges_of(plan, stream, cell):
            if carry is None:
                rows.append((number, start, end))
                continue
            first = max(start, plan.bounds[stream][0]) if stream.kind == "carry_mean" else end
            while first <= end:
                rows.append((number, date.fromordinal(max(1, first.toordinal() - carry.max_days)), first))
                first += _ONE
    return day_table(table, rows), carry is None and all(start == end for _, start, end in rows)


def day_table(table: Table, rows: Sequence[tuple[int, date, date]]) -> str:
    key = tuple(rows)
    if key not in table.days:
        table.days[key] = f"days_{len(table.days)}"
        if rows:
            body = "values\n  " + ",\n  ".join(f"({slot}, {day(start)}, {day(end)})" for slot, start, end in rows)
        else:
            body = f"select 0, {day(date.min)}, {day(date.min)} where 1 = 0"
        table.writer.add(f"{table.days[key]}(slot, start_day, end_day)", body)
    return table.days[key]


def known_of(table: Table, stream: Stream, item: str, days: str, where: str = "", own: str = "") -> str:
    """Days of each cell on which the fact is known at all, whatever the filters: parts then share one divisor and one last day.

    `where` keeps rows: a first day is the first of those that count. `own` sets apart what has parameters of its own.
    """
    key, column = (stream.fact, stream.by_date, days, where, own), f"f.{identifier(stream.by_date)}"
    if key not in table.known:
        table.known[key] = f"known_{len(table.known)}"
        table.writer.add(
            table.known[key],
            f"select s.slot as slot, count(*) as known_rows, count(distinct {column}) as known_days, min({column}) as first_day, max({column}) as last_day\n"
            f"from {table.writer.all_of(item)} as f join {days} as s on {column} between s.start_day and s.end_day{where}\ngroup by s.slot",
        )
    return table.known[key]


def zero_where(table: Table, leaf: Leaf, proofs: dict[tuple[str, int], str], joins: list[str]) -> str | None:
    """The condition under which no row means zero; None when it never does."""
    catalogue, plan, stream = table.catalogue, table.plan, leaf.stream
    compiled = catalogue.measures[leaf.measure]
    options: list[str] = []
    counts = compiled.agg.function in ("sum", "count") and stream.kind in ("sum", "next", "previous") and compiled.conversion is None
    if counts or leaf.zero:
        options += _proven(table, stream, proofs)
    if leaf.zero:
        # asked for as zero: the fact has rows in the cell's days, so they are loaded
        days, _ = days_of(table, stream)
        alias = f"z{len(joins)}"
        known = known_of(table, stream, source_of(catalogue, stream.fact, "", {stream.by_date}), days)
        joins.append(f"left join {known} as {alias} on {alias}.slot = g.slot")
        options.append(f"{alias}.known_rows is not null")
    witness = witness_of(catalogue, stream)
    if counts and witness is not None and witness in table.numbers:
        number = table.numbers[witness]
        options.append(f"read_{number}.rows_{number} is not null")
    if not options:
        return None
    text = options[0] if len(options) == 1 else f"({' or '.join(options)})"
    for item in stream.scope:  # members outside the KPI's own scope are not zero: the KPI does not speak of them
        places = [place for place in stream.keys if plan.cuts[place].name == item.dim]
        for place in places:
            values = [value for value in item.values if value]
            table.writer.parameters.extend(values)
            text += f" and g.{table.key(place)} in ({', '.join('?' for _ in values)})" if values else ""
    return text


def _proven(table: Table, stream: Stream, proofs: dict[tuple[str, int], str]) -> list[str]:
    """The cells whose days are all covered, also for the channels and stores that the question names or is cut by."""
    catalogue, plan = table.catalogue, table.plan
    covered = catalogue.covering(stream.fact)
    if table.loaded.span(covered) is None or stream.by_date != catalogue.file.facts[stream.fact].date:
        return []
    named = _named(plan.condition)
    if named is None:
        return []
    cut = [place for place in stream.keys if plan.cuts[place].name in PROVEN_BY and plan.cuts[place].name in catalogue.file.facts[stream.fact].dims]
    by = {plan.cuts[place].name for place in cut}
    filters = [item for item in (*named, *stream.scope) if item.dim not in by]
    numbers = []
    for number, cell in enumerate(plan.cells):
        ranges = ranges_of(plan, stream, cell)
        if stream.kind in ("next", "previous"):
            near = neighbour(plan, cell, stream.kind == "next")
            ranges = tuple((min(start, near[0]), max(end, near[1])) for start, end in ranges)
        if ranges and all(table.loaded.proves(covered, start, end, filters) for start, end in ranges):
            numbers.append(number)
    if not numbers:
        return []
    tests = [among(numbers, len(plan.cells))]
    for place in cut:
        alias = proofs.setdefault((covered, place), f"p{len(proofs)}")
        tests.append(f"{alias}.member is not null")
    return [tests[0] if len(tests) == 1 else f"({' and '.join(tests)})"]


def _named(node: Scalar | None) -> list[Filter] | None:
    """Channels and stores that a predicate asks for, as filters; None when it speaks of them in a way that proves nothing."""
    if node is None:
        return []
    parts = node.args if isinstance(node, Operation) and node.op == "and" else (node,)
    found = []
    for part in parts:
        if not set(predicate.columns(part)) & set(PROVEN_BY):
            continue
        if not isinstance(part, Operation) or part.op not in ("=", "in") or not isinstance(part.args[0], Column):
            return None
        values = [value for value in part.args[1:] if isinstance(value, Literal) and value.kind == "string"]
        if len(values) != len(part.args) - 1:
            return None
        found.append(Filter(part.args[0].name, tuple(value.text for value in values)))
    return found
