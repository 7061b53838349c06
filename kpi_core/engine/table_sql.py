"""One statement for a table plan: every fact aggregated alone over the days of each cell, joined null-safe on the cuts, KPIs last.

The same subset of SQL as `engine.sql`. Days are literals computed in Python, so that a function of time is only other days to read;
names come from the catalogue; literals of the filter were parsed and are written anew; values of scopes are parameters.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta

from kpi_core.engine import expression, predicate
from kpi_core.engine.catalogue import Catalogue
from kpi_core.engine.coverage import Loaded, settled
from kpi_core.engine.expression import Ref
from kpi_core.engine.plan import CARRIED, UNSCOPED, pick_table
from kpi_core.engine.predicate import Column, Operation, alike, identifier
from kpi_core.engine.table import PERIOD
from kpi_core.engine.table_plan import Leaf, Stream, TablePlan, neighbour, resolve
from kpi_core.engine.table_zero import Table, day_table, days_of, known_of, zero_where
from kpi_core.engine.write import (
    STALE,
    STILL_COUNTS,
    Statement,
    Writer,
    carried_columns,
    carried_joins,
    condition,
    day,
    indent,
    latest_sql,
    source_of,
)

_ONE = timedelta(days=1)


def render_table(catalogue: Catalogue, loaded: Loaded, plan: TablePlan, rollups: Collection[str]) -> Statement:
    """The statement. Columns: period (with a grain), the cuts, the KPIs, cell, and per carried leaf its stale keys and all keys."""
    table = Table(catalogue, loaded, plan, rollups, Writer(whole=loaded.whole))
    for number, (stream, leaves) in enumerate(plan.streams.items()):
        table.numbers[stream] = number
        for leaf in leaves:
            table.names[leaf] = f"m_{len(table.names)}"
        table.writer.add(f"read_{number}", _read(table, stream, leaves))
    _cells(table)
    _grid(table)
    _filled(table)
    return _final(table)


def carried(plan: TablePlan) -> list[Stream]:
    """Streams that know stale keys, in the order of their columns."""
    return [stream for stream in plan.streams if stream.kind in CARRIED]


# ---------------------------------------------------------------- reading one fact


def _read(table: Table, stream: Stream, leaves: Sequence[Leaf]) -> str:
    """The select of a stream: slot, its keys, the number of rows, one column per leaf."""
    catalogue, plan, spec = table.catalogue, table.plan, table.catalogue.file.facts[stream.fact]
    number = table.numbers[stream]
    days, single = days_of(table, stream)
    dims = {plan.cuts[place].name for place in stream.keys} | {item.dim for item in stream.scope}
    dims |= set(predicate.columns(plan.condition))
    rolled = stream.kind in ("sum", "to_date", "first", "last", "mean_of_days") and stream.by_date == spec.date and not stream.across
    rolled = rolled and all(catalogue.rolls_up(leaf.measure) for leaf in leaves) and bool(spec.table)
    name, rolled = pick_table(catalogue, stream.fact, dims, table.rollups) if rolled else (spec.table, False)
    needed: dict[str, None] = {}
    values: list[tuple[Leaf, str]] = []
    fresh = STILL_COUNTS if stream.kind in CARRIED else None
    for leaf in leaves:
        source = resolve(catalogue, plan, stream, leaf.measure)
        if rolled:
            needed[leaf.measure] = None
            values.append((leaf, f"sum(r.{identifier(leaf.measure)})"))
            continue
        where = source.where if fresh is None else fresh if source.where is None else Operation("and", (fresh, source.where))
        needed.update(dict.fromkeys([*predicate.columns(source.agg), *predicate.columns(source.where)]))
        values.append((leaf, predicate.aggregate_sql(source.agg, where, "r.")))
    per = _per(table, stream)
    used = {*needed, *dims, stream.by_date, *per, *(("scope", "period_start", "period_end") if stream.kind == "exact" else ())}
    item = identifier(name) if rolled else _source(table, stream, leaves, used | _key_column(table, stream))
    inner = ["s.slot as slot", *(f"{_key_sql(table, place)} as {table.key(place)}" for place in stream.keys)]
    inner += [f"f.{identifier(column)} as {identifier(column)}" for column in needed]
    column = f"f.{identifier(stream.by_date)}"
    joins, wheres = [f"from {item} as f"], []
    if stream.kind == "exact":
        joins.append(f"join {days} as s on f.period_start = s.start_day and f.period_end = s.end_day")
        wheres.append(f"f.scope = '{','.join(sorted(dim for dim in dims if dim not in UNSCOPED))}'")
    elif stream.kind in CARRIED:
        latest = f"latest_{number}"
        table.writer.add(latest, latest_sql(catalogue, stream.measure, item, days, column, per))
        joins += carried_joins(latest, days, column, per)
        inner += carried_columns(column, per)
    else:
        joins.append(f"join {days} as s on {column} = s.start_day" if single else f"join {days} as s on {column} between s.start_day and s.end_day")
    if stream.kind in ("first", "last", "mean_of_days"):
        joins.append(f"join {_known(table, stream, leaves, item, rolled, days, used)} as d on d.slot = s.slot")
        inner.append("d.known_days as known_days")
        if stream.kind != "mean_of_days":
            wheres.append(f"{column} = d.{stream.kind}_day")
    if stream.kind in ("next", "previous"):
        seen, key = _seen(table, stream, used), identifier(next(iter(_key_column(table, stream))))
        joins.append(f"join {seen} as e on e.slot = s.slot and e.{key} = f.{key}")
    if plan.condition is not None:
        wheres.append(f"({predicate.condition_sql(plan.condition, 'f.')})")
    wheres += condition(stream.scope, "f.", table.writer.parameters)
    body = f"select {', '.join(inner)}\n" + "\n".join(joins) + (f"\nwhere {' and '.join(wheres)}" if wheres else "")
    keys = ["r.slot", *(f"r.{table.key(place)}" for place in stream.keys)]
    outputs = [f"{key} as {key.removeprefix('r.')}" for key in keys] + [f"count(*) as rows_{number}"]
    if stream.kind in CARRIED:
        outputs += [f"sum(case when r.place = 1 then r.{STALE} else 0 end) as stale_{number}", f"sum(case when r.place = 1 then 1 else 0 end) as keys_{number}"]
    for leaf, value in values:
        if stream.kind == "mean_of_days":
            value = f"cast({value} as double) / nullif(max(r.known_days), 0)"
        elif stream.kind == "exact":
            value = f"case when count(*) = 1 then {value} end"
        elif stream.kind == "carry_mean":
            value = f"cast({value} as double) / nullif(max(w.known_days), 0)"
        outputs.append(f"{value} as {table.names[leaf]}")
    weigh = f" join (select slot, count(*) as known_days from {days} group by slot) as w on w.slot = r.slot" if stream.kind == "carry_mean" else ""
    return "select " + ",\n  ".join(outputs) + f"\nfrom (\n{indent(body)}\n) as r{weigh}\ngroup by {', '.join(keys)}"


def _source(table: Table, stream: Stream, leaves: Sequence[Leaf], needed: Collection[str]) -> str:
    return source_of(table.catalogue, stream.fact, stream.measure if leaves else "", needed)


def _known(table: Table, stream: Stream, leaves: Sequence[Leaf], item: str, rolled: bool, days: str, used: Collection[str]) -> str:
    if stream.kind != "first":
        return known_of(table, stream, item if rolled else _source(table, stream, leaves, {stream.by_date}), days)
    kept = [table.plan.condition, table.catalogue.measures[stream.measure].where if stream.measure else None]
    wheres = [f"({predicate.condition_sql(node, 'f.')})" for node in kept if node is not None]
    wheres += condition(stream.scope, "f.", table.writer.parameters)
    text = f"\nwhere {' and '.join(wheres)}" if wheres else ""
    return known_of(table, stream, item if rolled else _source(table, stream, leaves, used), days, text, str(table.numbers[stream]) if wheres else "")


def _key_sql(table: Table, place: int) -> str:
    cut = table.plan.cuts[place]
    column = f"f.{identifier(cut.name)}"
    return f"cast(date_trunc('{cut.grain}', {column}) as date)" if cut.grain else column


def _per(table: Table, stream: Stream) -> tuple[str, ...]:
    spec = table.catalogue.measures[stream.measure].spec.carry_forward if stream.kind in CARRIED else None
    return spec.per if spec else ()


def _key_column(table: Table, stream: Stream) -> set[str]:
    """The column of `also_in`."""
    of = table.catalogue.measures[stream.measure].agg.of if stream.kind in ("next", "previous") else None
    return {of.name} if isinstance(of, Column) else set()


def _seen(table: Table, stream: Stream, used: Collection[str]) -> str:
    """Keys seen in the neighbouring period, anywhere within the KPI's own scope: who comes back may come back elsewhere."""
    plan, name = table.plan, f"seen_{table.numbers[stream]}"
    near = [(number, *neighbour(plan, cell, stream.kind == "next")) for number, cell in enumerate(plan.cells)]
    days = day_table(table, near)
    (key,) = (f"f.{identifier(column)}" for column in _key_column(table, stream))
    column = f"f.{identifier(stream.by_date)}"
    wheres = [f"{key} is not null", *condition(stream.scope, "f.", table.writer.parameters)]
    item = table.writer.all_of(_source(table, stream, (), {*used, *_key_column(table, stream)}))
    table.writer.add(
        name,
        f"select distinct s.slot as slot, {key} as {key[2:]}\n"
        f"from {item} as f\njoin {days} as s on {column} between s.start_day and s.end_day\n"
        f"where {' and '.join(wheres)}",
    )
    return name


# ---------------------------------------------------------------- cells


def _cells(table: Table) -> None:
    """The cells by number: first day of the period, parts of dates, days."""
    plan = table.plan
    parts = [place for place, cut in enumerate(plan.cuts) if cut.part]
    heads = ["slot", "period", *(table.key(place) for place in parts), *(f"days_of_{place}" for place, _ in enumerate(plan.days))]
    rows = []
    for number, cell in enumerate(plan.cells):
        numbers = [*cell.parts, *(days[number] for days in plan.days.values())]
        rows.append(f"({', '.join([str(number), day(plan.periods[cell.period].whole[0]), *map(str, numbers)])})")
    body = "values\n  " + ",\n  ".join(rows) if rows else f"select 0, {day(date.min)}{', 0' * (len(heads) - 2)} where 1 = 0"
    table.writer.add(f"cells({', '.join(heads)})", body)


def _grid(table: Table) -> None:
    """Every cell that has rows of any fact; with `dense`, every period for every key. Null keys are keys."""
    plan = table.plan
    places = [place for place, cut in enumerate(plan.cuts) if cut.name]
    keys = [table.key(place) for place in places]
    full = [number for stream, number in table.numbers.items() if list(stream.keys) == places]
    columns = ", ".join(["slot", *keys])
    found = " union ".join(f"select {columns} from read_{number}" for number in full) or "select slot from cells where 1 = 0"
    if plan.question.dense:
        some = " union ".join(f"select {', '.join(keys)} from read_{number}" for number in full)
        dense = f"select c.slot, {', '.join(f'k.{key}' for key in keys)} from cells as c cross join ({some}) as k" if keys else "select slot from cells"
        found = dense
    elif not plan.question.by and plan.question.grain is None:
        found = "select slot from cells"
    table.writer.add("grid", found)


def _filled(table: Table) -> None:
    """Every cell of the grid, with 0 where no row stands but the data are proven loaded; else null."""
    plan, writer = table.plan, table.writer
    proofs: dict[tuple[str, int], str] = {}
    outputs = ["g.slot", *(f"g.{table.key(place)}" for place, cut in enumerate(plan.cuts) if cut.name)]
    joins = ["from grid as g"]
    for stream, number in table.numbers.items():
        same = [f"read_{number}.slot = g.slot", *(alike(f"read_{number}.{table.key(place)}", f"g.{table.key(place)}") for place in stream.keys)]
        joins.append(f"left join read_{number} on {' and '.join(same)}")
        if stream.kind in CARRIED:
            outputs += [f"read_{number}.stale_{number}", f"read_{number}.keys_{number}"]
    more: list[str] = []
    for leaf, name in table.names.items():
        found, number = f"read_{table.numbers[leaf.stream]}.{name}", table.numbers[leaf.stream]
        zero = zero_where(table, leaf, proofs, more)
        empty = f"{found} is null" if leaf.zero else f"read_{number}.rows_{number} is null"
        outputs.append(f"{found} as {name}" if zero is None else f"case when {empty} and {zero} then 0 else {found} end as {name}")
    for (covered, place), alias in proofs.items():
        more.append(
            f"left join coverage as {alias} on {alias}.\"table\" = '{covered}' and {alias}.dim = '{plan.cuts[place].name}' "
            f'and {alias}.member = g.{table.key(place)} and {alias}."first" <= cell.start_day and {alias}."last" >= cell.settled_day'
        )
    if any("cell." in text for text in more):
        _proof_days(table)
        joins.append("left join proof_days as cell on cell.slot = g.slot")
    writer.add("filled", "select " + ",\n  ".join(outputs) + "\n" + "\n".join([*joins, *more]))


def _proof_days(table: Table) -> None:
    rows = []
    for number, cell in enumerate(table.plan.cells):
        start, end = cell.days[0][0], cell.days[-1][1]
        last = min(table.plan.last or end, end)
        rows.append(f"({number}, {day(start)}, {day(settled(start, max(start, last)))})")
    table.writer.add("proof_days(slot, start_day, settled_day)", "values\n  " + ",\n  ".join(rows))


# ---------------------------------------------------------------- the answer


def _final(table: Table) -> Statement:
    plan, catalogue = table.plan, table.catalogue
    outputs: list[str] = []
    labels: list[str] = []
    if plan.question.grain:
        outputs.append("c.period as period")
        labels.append(PERIOD)
    for place, cut in enumerate(plan.cuts):
        outputs.append(f"{'c' if cut.part else 'f'}.{table.key(place)} as {table.key(place)}")
        labels.append(cut.text)
    for kpi in plan.question.kpis:
        days = f"c.days_of_{list(plan.days).index(kpi)}" if kpi in plan.days else "null"
        formula = expression.to_sql(catalogue.expression(kpi), lambda ref, kpi=kpi: _place(table, kpi, ref), days)  # type: ignore[misc]
        outputs.append(f"{formula} as {identifier(kpi)}")
        labels.append(kpi)
    order = _order(plan, labels)
    for stream in carried(plan):
        number = table.numbers[stream]
        outputs += [f"coalesce(f.stale_{number}, 0) as stale_{number}", f"coalesce(f.keys_{number}, 0) as keys_{number}"]
        labels += [f"stale_{number}", f"keys_{number}"]
    body = "select\n  " + ",\n  ".join(outputs) + "\nfrom filled as f join cells as c on c.slot = f.slot\norder by " + order
    if plan.question.limit is not None:
        body += f"\nlimit {int(plan.question.limit)}"
    return Statement("with " + ",\n".join(table.writer.parts) + "\n" + body, tuple(table.writer.parameters), tuple(labels))


def _place(table: Table, kpi: str, ref: Ref) -> str:
    return f"f.{table.names[table.plan.leaves[kpi][ref]]}"


def _order(plan: TablePlan, labels: Sequence[str]) -> str:
    """What was asked first, then the period and the cuts, so that the order never depends on chance. Nulls stand last."""
    places = {label: place for place, label in enumerate(labels, start=1)}
    asked = [(places[text.removeprefix("-")], text.startswith("-")) for text in plan.question.order]
    rest = [place for place in range(1, len(labels) - len(plan.question.kpis) + 1) if place not in {place for place, _ in asked}]
    found = [f"{place} {'desc' if down else 'asc'} nulls last" for place, down in (*asked, *((place, False) for place in rest))]
    return ", ".join(found) or "1 asc nulls last"

