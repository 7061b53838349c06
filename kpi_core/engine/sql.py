"""One statement for a plan: every fact aggregated alone, joined only on (period, member), KPI columns last.

The subset of SQL is the one other engines share: grouping sets, CASE for FILTER, NULLIF under every division. Values are bound as
parameters; names come from the catalogue; dates are literals computed here.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from kpi_core.engine import expression, predicate
from kpi_core.engine.catalogue import Catalogue
from kpi_core.engine.coverage import PROVEN_BY, Loaded
from kpi_core.engine.expression import Ref
from kpi_core.engine.plan import CARRIED, UNSCOPED, Column, Plan, PlannedKpi, Stream, pick_table, resolve, rows_of, undone, witnesses
from kpi_core.engine.predicate import Operation, identifier
from kpi_core.engine.slots import slots_of
from kpi_core.engine.write import (
    STALE,
    STILL_COUNTS,
    Statement,
    Writer,
    among,
    carried_columns,
    carried_joins,
    condition,
    day,
    indent,
    latest_sql,
    source_of,
)
from kpi_core.view import Filter


def render(catalogue: Catalogue, loaded: Loaded, plan: Plan, rollups: Collection[str], held: str = "") -> Statement:
    """The statement that answers `plan`. Columns: slot, member, whole, measures as m_<name>, then one column per KPI.

    `held`: very many slots stand in a table of that name already (see `slot_rows`), and by day in `<held>_days`.
    """
    writer = Writer(held=held, whole=loaded.whole)
    _slots(writer, plan)
    branches = _branches(writer, catalogue, plan, rollups)
    if plan.question.by:
        keys = " union ".join(f"select member, whole from {branch.name}" for branch in branches)
        members = f"cross join ({keys} union select '' as member, 1 as whole) as m"
        writer.add("grid", f"select s.slot, s.start_day, s.settled_day, s.days, s.compare_slot, m.member, m.whole\nfrom slots as s {members}")
    else:
        writer.add("grid", "select s.slot, s.start_day, s.settled_day, s.days, s.compare_slot, '' as member, 1 as whole\nfrom slots as s")
    counted = _filled(writer, catalogue, loaded, plan, branches)
    return final(writer, catalogue, plan, counted)


@dataclass(frozen=True)
class _Branch:
    """One select of a stream, for the parts, the total or both."""

    name: str
    stream: int
    columns: tuple[str, ...]


SLOTS = "slot, start_day, end_day, settled_day, days, compare_slot, next_start, next_end, previous_start, previous_end"


def _slots(writer: Writer, plan: Plan) -> None:
    if writer.held:
        writer.add("slots", f"select * from {writer.held}")
    else:
        writer.add(f"slots({SLOTS})", slot_rows(plan))


def slot_rows(plan: Plan) -> str:
    """The slots of a plan as rows of `SLOTS`."""
    numbers = {(slot.start, slot.end): index for index, slot in reversed(list(enumerate(plan.slots)))}
    rows = []
    for index, slot in enumerate(plan.slots):
        compare = "null" if slot.compare is None else str(numbers.get(slot.compare, "null"))
        near = ", ".join(day(value) for value in (*slot.following, *slot.preceding))
        rows.append(f"({index}, {day(slot.start)}, {day(slot.end)}, {day(slot.settled)}, {slot.days}, {compare}, {near})")
    return "values\n  " + ",\n  ".join(rows)


def _branches(writer: Writer, catalogue: Catalogue, plan: Plan, rollups: Collection[str]) -> list[_Branch]:
    """Write one select per fact and level."""
    found: list[_Branch] = []
    by = plan.question.by
    spans: dict[tuple[str, ...], str] = {}
    moved: dict[tuple[object, ...], str] = {}
    for number, (stream, columns) in enumerate(plan.streams.items()):
        levels = ["whole"] if stream.member is None else ["both"] if stream.member == stream.whole and stream.kind != "exact" else ["member", "whole"]
        for level in levels:
            fact = stream.whole if level == "whole" else stream.member
            if fact is None:
                continue
            cut = None if level == "whole" else by
            name = f"{catalogue.file.facts[fact].table or fact}_{len(found) + 1}"
            slots = slots_of(writer, catalogue, plan, stream, moved)
            body = _branch(writer, catalogue, plan, stream, columns, fact, cut, level, number, rollups, spans, slots)
            writer.add(name, body)
            found.append(_Branch(name, number, tuple(plan.names[column] for column in columns)))
    return found


def _branch(
    writer: Writer,
    catalogue: Catalogue,
    plan: Plan,
    stream: Stream,
    columns: tuple[Column, ...],
    fact: str,
    cut: str | None,
    level: str,
    number: int,
    rollups: Collection[str],
    spans: dict[tuple[str, ...], str],
    slots: tuple[str, date, date],
) -> str:
    spec = catalogue.file.facts[fact]
    dims = {item.dim for item in stream.filters} | ({cut} if cut else set())
    table, rolled = pick_table(catalogue, fact, dims, rollups) if stream.rolled else (spec.table, False)
    goes_by = spec.date if fact != (stream.whole or fact) else stream.date or spec.date
    date_column = "f." + identifier(goes_by)
    slots_table, first, last = slots
    carry = catalogue.measures[stream.measure].spec.carry_forward if stream.kind in CARRIED else None
    outputs: list[str] = []
    needed: dict[str, None] = {}
    for column in columns:
        source = resolve(catalogue, column, plan.question, cut is not None)
        if source is None:
            continue
        if rolled:
            value = f"sum(r.{identifier(column.measure)})"
            needed[column.measure] = None
        else:
            where = source.where if carry is None else STILL_COUNTS if source.where is None else Operation("and", (STILL_COUNTS, source.where))
            value = predicate.aggregate_sql(source.agg, where, "r.")
            needed.update(dict.fromkeys([*predicate.columns(source.agg), *predicate.columns(source.where)]))
        if stream.kind in ("mean_of_days", "carry_mean"):
            value = f"cast({value} as double) / nullif(max(r.known_days), 0)"
        elif stream.kind == "exact":
            value = f"case when count(*) = 1 then {value} end"
        outputs.append(f"{value} as {plan.names[column]}")
    inner = ["s.slot as slot"]
    if cut:
        inner.append(f"coalesce(f.{identifier(cut)}, '') as member")
    inner += [f"f.{identifier(name)} as {identifier(name)}" for name in needed]
    more = {"period_start", "period_end", "scope"} if stream.kind == "exact" else set(carry.per) if carry else {stream.key} - {""}
    used = {*needed, *dims, goes_by, *more}
    item = identifier(table) if rolled else source_of(catalogue, fact, stream.measure, used)
    joins = [f"from {item} as f"]
    wheres: list[str] = []
    if stream.kind == "exact":
        joins.append(f"join {slots_table} as s on f.period_start = s.start_day and f.period_end = s.end_day")
        wheres.append(f"f.scope = '{','.join(sorted(dim for dim in dims if dim not in UNSCOPED))}'")
    elif carry is not None:
        latest = f"latest_{number}_{level}"
        writer.add(latest, latest_sql(catalogue, stream.measure, item, slots_table, date_column, carry.per))
        joins += carried_joins(latest, slots_table, date_column, carry.per)
        inner += carried_columns(date_column, carry.per)
        if stream.kind == "carry_mean":
            days = f"(select slot, count(*) as known_days from {slots_table} group by slot)"
            joins.append(f"join {days} as d on d.slot = s.slot")
            inner.append("d.known_days as known_days")
        counted = [f"sum(case when r.place = 1 then {value} else 0 end)" for value in (f"r.{STALE}", "1")]
        outputs += [f"{counted[0]} as stale_{number}", f"{counted[1]} as keys_{number}"]
    elif stream.kind == "to_date":
        joins.append(f"join {slots_table} as s on {date_column} <= s.end_day")
        wheres.append(f"{date_column} <= {day(last)}")
    else:
        joins.append(_days_of(writer, slots_table, date_column))
        wheres.append(f"{date_column} between {day(first)} and {day(last)}")
    if stream.kind in ("mean_of_days", "first", "last"):
        kept = _first_of(writer, catalogue, stream) if stream.kind == "first" else ""
        known_item = item if kept else ""
        joins.append(f"join {_known_days(writer, catalogue, fact, goes_by, rollups, spans, slots_table, known_item, kept)} as d on d.slot = s.slot")
        inner.append("d.known_days as known_days")
        if stream.kind != "mean_of_days":
            wheres.append(f"{date_column} = d.{stream.kind}_day")
    if stream.kind in ("next", "previous"):
        seen = _seen(writer, catalogue, stream, fact, number, level, plan, slots_table, used)
        joins.append(f"join {seen} as e on e.slot = s.slot and e.{identifier(stream.key)} = f.{identifier(stream.key)}")
    wheres += condition(stream.filters, "f.", writer.parameters)
    body = f"select {', '.join(inner)}\n" + "\n".join(joins) + (f"\nwhere {' and '.join(wheres)}" if wheres else "")
    keys = {
        "both": ("coalesce(r.member, '') as member, grouping(r.member) as whole", "grouping sets ((r.slot, r.member), (r.slot))"),
        "member": ("r.member as member, 0 as whole", "r.slot, r.member"),
        "whole": ("'' as member, 1 as whole", "r.slot"),
    }[level]
    columns_sql = ",\n  ".join([f"select r.slot as slot, {keys[0]}", f"count(*) as rows_{number}", *outputs])
    return f"{columns_sql}\nfrom (\n{indent(body)}\n) as r\ngroup by {keys[1]}"


def _days_of(writer: Writer, slots: str, column: str) -> str:
    """Rows of the days of each slot; where very many slots are held by day, one look-up a row instead of a comparison with each."""
    if writer.held and slots == "slots":
        return f"join {writer.held}_days as s on s.day = {column}"
    return f"join {slots} as s on {column} between s.start_day and s.end_day"


def _first_of(writer: Writer, catalogue: Catalogue, stream: Stream) -> str:
    """What the rows must satisfy among which the first day is sought: those that count."""
    where = catalogue.measures[stream.measure].where if stream.measure else None
    wheres = [f"({predicate.condition_sql(where, 'f.')})"] if where is not None else []
    wheres += condition(stream.filters, "f.", writer.parameters)
    return f"\nwhere {' and '.join(wheres)}" if wheres else ""


def _known_days(
    writer: Writer,
    catalogue: Catalogue,
    fact: str,
    goes_by: str,
    rollups: Collection[str],
    spans: dict[tuple[str, ...], str],
    slots: str,
    item: str = "",
    where: str = "",
) -> str:
    """Days of each slot on which the fact is known at all, whatever the filters: parts then share one divisor and add up.

    With `where` only rows that satisfy it, in `item`; such a table is never shared, for its parameters stand where it is written.
    """
    key, column = (fact, goes_by, slots, *([str(len(spans))] if where else [])), f"f.{identifier(goes_by)}"
    if key not in spans:
        table, rolled = pick_table(catalogue, fact, (), rollups) if goes_by == catalogue.file.facts[fact].date else ("", False)
        item = item or (identifier(table) if rolled else source_of(catalogue, fact, "", {goes_by}))
        spans[key] = f"known_{len(spans)}"
        writer.add(
            spans[key],
            f"select s.slot as slot, count(distinct {column}) as known_days, min({column}) as first_day, max({column}) as last_day\n"
            f"from {writer.all_of(item)} as f {_days_of(writer, slots, column)}{where}\ngroup by s.slot",
        )
    return spans[key]


def _seen(
    writer: Writer, catalogue: Catalogue, stream: Stream, fact: str, number: int, level: str, plan: Plan, slots: str, used: Collection[str]
) -> str:
    """Keys seen in the neighbouring period, anywhere within the KPI's own scope: who comes back may come back elsewhere."""
    spec = catalogue.file.facts[fact]
    scope = next(iter(plan.streams[stream])).scope
    column, name = "f." + identifier(spec.date), f"seen_{number}_{level}"
    key = "f." + identifier(stream.key)
    wheres = [f"{key} is not null", *condition(scope, "f.", writer.parameters)]
    item = writer.all_of(source_of(catalogue, fact, "", {*used, *(item.dim for item in scope)}))
    writer.add(
        name,
        f"select distinct s.slot as slot, {key} as {identifier(stream.key)}\n"
        f"from {item} as f join {slots} as s on {column} between s.{stream.kind}_start and s.{stream.kind}_end\n"
        f"where {' and '.join(wheres)}",
    )
    return name


def _filled(writer: Writer, catalogue: Catalogue, loaded: Loaded, plan: Plan, branches: Sequence[_Branch]) -> tuple[str, ...]:
    """Every (slot, member), with 0 where no row stands but the coverage proves that the data were loaded; else null.

    Where slots are held, also how many rows stood in each stream: returns the names of these columns.
    """
    by = plan.question.by
    proofs: dict[str, str] = {}
    values = []
    for number, stream in enumerate(plan.streams):
        if stream.kind in CARRIED:
            values += [f"{_first(branches, number, f'{name}_{number}')} as {name}_{number}" for name in ("stale", "keys")]
        for column in plan.streams[stream]:
            name = plan.names[column]
            found = _first(branches, number, name)
            zero = _zero(writer, catalogue, loaded, plan, branches, stream, column, proofs)
            empty = (found if column.zero else _first(branches, number, f"rows_{number}")) + " is null"
            values.append(f"{found} as {name}" if zero is None else f"case when {empty} and {zero} then 0 else {found} end as {name}")
    counted = {rows_of(stream, plan.question): number for number, stream in enumerate(plan.streams)} if writer.held else {}
    values += [f"{_first(branches, number, f'rows_{number}')} as {name}" for name, number in counted.items()]
    joins = ["from grid as g"]
    joins += [f"left join {name} on {name}.slot = g.slot and {name}.member = g.member and {name}.whole = g.whole" for name in (b.name for b in branches)]
    joins += [
        f"left join coverage as {alias} on {alias}.\"table\" = '{table}' and {alias}.dim = '{by}' and {alias}.member = g.member"
        f' and {alias}."first" <= g.start_day and {alias}."last" >= g.settled_day'
        for table, alias in proofs.items()
    ]
    writer.add("filled", "select g.slot, g.member, g.whole, g.days, g.compare_slot,\n  " + ",\n  ".join(values) + "\n" + "\n".join(joins))
    return tuple(counted)


def _first(branches: Sequence[_Branch], stream: int, name: str) -> str:
    """A column of a stream: it stands in its branch for the parts or in that for the total, never in both."""
    found = [f"{branch.name}.{name}" for branch in branches if branch.stream == stream]
    return found[0] if len(found) == 1 else f"coalesce({', '.join(found)})"


def _zero(
    writer: Writer,
    catalogue: Catalogue,
    loaded: Loaded,
    plan: Plan,
    branches: Sequence[_Branch],
    stream: Stream,
    column: Column,
    proofs: dict[str, str],
) -> str | None:
    """The condition under which no row means zero; None when it never does."""
    agg = catalogue.measures[column.measure].agg
    if catalogue.measures[column.measure].conversion or stream.date or not (column.zero or agg.function in ("sum", "count")):
        return None
    if stream.kind not in ("sum", "next", "previous"):
        return None
    fact = stream.whole or stream.member
    if fact is None:
        return None
    table = catalogue.covering(fact)
    by = plan.question.by

    def proven(filters: Sequence[Filter]) -> str | None:
        numbers = []
        for index, slot in enumerate(plan.slots):
            moved = plan.read_at(stream, (slot.start, slot.end))
            if moved is None:
                continue
            start = slot.preceding[0] if stream.kind == "previous" else moved[0]
            end = slot.following[1] if stream.kind == "next" else moved[1]
            if loaded.proves(table, start, end, filters):
                numbers.append(index)
        return among(numbers, len(plan.slots)) if numbers else None

    whole = proven(stream.filters)
    if by is None or stream.member is None:
        return None if whole is None else f"g.whole = 1 and {whole}" if by else whole
    if by in PROVEN_BY and by in catalogue.file.facts[fact].dims:
        # the member has its own coverage row; the other filters must be proven as well
        others = proven([item for item in stream.filters if item.dim != by])
        part = None
        if others is not None:
            alias = proofs.setdefault(table, f"p{len(proofs) + 1}")
            part = f"g.whole = 0 and {alias}.member is not null and {others}{_inside(writer, column, by)}"
    else:
        part = None if whole is None else f"g.whole = 0 and {whole}{_inside(writer, column, by)}"
    # rows of the exports that also hold these prove the cell as well as they can: what is sold there is loaded, so are its returns
    companion = _companion(catalogue, plan, stream, fact)
    witness = None if companion is None else f"g.whole = 0 and {_first(branches, companion, f'rows_{companion}')} is not null{_inside(writer, column, by)}"
    options = [text for text in (None if whole is None else f"g.whole = 1 and {whole}", part, witness) if text]
    return None if not options else options[0] if len(options) == 1 else f"({' or '.join(options)})"


def _companion(catalogue: Catalogue, plan: Plan, stream: Stream, fact: str) -> int | None:
    """Number of the stream of the covering fact with the same filters, when the question reads it too."""
    covering = catalogue.file.facts[fact].covered_by
    for number, other in enumerate(plan.streams):
        if covering and witnesses(other, covering, stream):
            return number
    return None


def _inside(writer: Writer, column: Column, by: str) -> str:
    """Members outside the KPI's own scope are not zero: the KPI does not speak of them."""
    values = [value for item in column.scope if item.dim == by for value in item.values if value]
    if not values:
        return ""
    writer.parameters.extend(values)
    return f" and g.member in ({', '.join('?' for _ in values)})"


def final(writer: Writer, catalogue: Catalogue, plan: Plan, more: Sequence[str] = ()) -> Statement:
    """The statement whose last step is the formulas of the plan's KPIs over `filled`; `more` names further columns of it to give."""
    by = plan.question.by
    names = list(plan.names.values())
    contexts = {ref.context for item in plan.kpis for ref in item.columns}
    outputs = ["f.slot as slot", "f.member as member", "f.whole as whole", *(f"f.{name} as m_{name}" for name in names)]
    labels = ["slot", "member", "whole", *(f"m_{name}" for name in names)]
    levels = [f"{name}_{number}" for number, stream in enumerate(plan.streams) if stream.kind in CARRIED for name in ("stale", "keys")]
    outputs += [f"f.{name} as {name}" for name in (*levels, *more)]
    labels += [*levels, *more]
    for item in plan.kpis:
        if item.reason is not None:
            continue
        formula = expression.to_sql(catalogue.expression(item.kpi), lambda ref, item=item: _place(catalogue, plan, item, ref, by), "f.days")  # type: ignore[misc]
        outputs.append(f"{formula} as {identifier(item.kpi)}")
        labels.append(item.kpi)
    lines = ["select", "  " + ",\n  ".join(outputs), "from filled as f"]
    if "compare" in contexts:
        lines.append("left join filled as c on c.slot = f.compare_slot and c.member = f.member and c.whole = f.whole")
    if "total" in contexts:
        lines.append("left join filled as t on t.slot = f.slot and t.whole = 1")
    lines.append("order by f.slot nulls last, f.whole desc nulls last, f.member nulls last")
    sql = "with " + ",\n".join(writer.parts) + "\n" + "\n".join(lines)
    return Statement(sql, tuple(writer.parameters), tuple(labels))


def _place(catalogue: Catalogue, plan: Plan, item: PlannedKpi, ref: Ref, by: str | None) -> str:
    name = plan.names[item.columns[ref]]
    if ref.context == "total" and undone(catalogue.kpi(item.kpi).total_over, by):
        return f"t.{name}"
    return f"c.{name}" if ref.context == "compare" else f"f.{name}"
