"""From a question to what must be read: date slots, one column per measure and scope, one stream per fact. No SQL here."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

from kpi_core.engine import calendar, relation
from kpi_core.engine.catalogue import Catalogue, Source
from kpi_core.engine.coverage import Loaded, settled
from kpi_core.engine.expression import Ref, uses_days
from kpi_core.engine.moves import Days, Move, read_at
from kpi_core.engine.result import Period, Question
from kpi_core.errors import Message, said
from kpi_core.view import Filter

CARRIED = ("carry", "carry_mean")  # kinds of levels that are carried forward
UNSCOPED = ("channel",)  # columns of exact cells that are not part of their scope: a report belongs to one channel


@dataclass(frozen=True)
class Slot:
    """A range of days to read, with its neighbours for `also_in` and its comparison; index is its number in the statement."""

    start: date
    end: date
    following: tuple[date, date]
    preceding: tuple[date, date]
    compare: tuple[date, date] | None = None

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1

    @property
    def settled(self) -> date:
        """See `coverage.settled`."""
        return settled(self.start, self.end)


@dataclass(frozen=True)
class Column:
    """One measure under one scope. `unfiltered`: for `total(...)`, read without the filters on the cut's dimension.

    `time`: the functions of time it is read through. `zero`: a loaded cell without rows of it is 0 (`or_zero`).
    """

    measure: str
    scope: tuple[Filter, ...]
    unfiltered: bool = False
    time: tuple[Move, ...] = ()
    zero: bool = False


@dataclass(frozen=True)
class Stream:
    """Columns that are read together: the same facts, the same filters, the same way over time.

    `member` reads the parts (None without a cut), `whole` the total. They differ when the cut needs another fact.
    `date` is that of its measures where it is not the fact's; `measure` names one that is read in a way of its own.
    """

    member: str | None
    whole: str | None
    across: bool
    filters: tuple[Filter, ...]
    kind: str  # sum | mean_of_days | first | last | to_date | carry | carry_mean | exact | next | previous
    rolled: bool
    key: str = ""  # column of also_in
    time: tuple[Move, ...] = ()
    date: str = ""
    measure: str = ""


@dataclass(frozen=True)
class PlannedKpi:
    """`slots[i]` is the slot of period i, None when nothing of it is loaded. `reason` set: not computable at all, or not by the cut."""

    kpi: str
    reason: Message | None = None
    cut_reason: Message | None = None
    columns: Mapping[Ref, Column] = field(default_factory=dict)
    counts: Mapping[str, Column] = field(default_factory=dict)  # measures of min_n
    slots: tuple[int | None, ...] = ()
    watermark: date | None = None
    first: date | None = None
    days: bool = False  # the formula counts days
    carried: bool = False  # a measure carries levels forward


@dataclass(frozen=True)
class Plan:
    question: Question
    kpis: tuple[PlannedKpi, ...]
    slots: tuple[Slot, ...]
    streams: Mapping[Stream, tuple[Column, ...]]
    names: Mapping[Column, str]
    bounds: Mapping[str, Days] = field(default_factory=dict)  # what is loaded of each fact

    @cached_property
    def inputs(self) -> Mapping[str, tuple[tuple[Ref, str, str], ...]]:
        """Of each KPI its measures: the reference, its key, and the column of the statement."""
        return {item.kpi: tuple((ref, ref.key, "m_" + self.names[column]) for ref, column in item.columns.items()) for item in self.kpis}

    def carried(self, columns: Collection[Column]) -> list[int]:
        """Numbers of the streams behind these columns that know stale keys."""
        return [number for number, (stream, mine) in enumerate(self.streams.items()) if stream.kind in CARRIED and any(c in columns for c in mine)]

    def read_at(self, stream: Stream, asked: Days) -> Days | None:
        """The days that a stream reads for `asked`; None when nothing can be known of them."""
        bounds = self.bounds.get(stream.whole or stream.member or "")
        return read_at(stream.time, asked, *bounds) if bounds else asked


def resolve(catalogue: Catalogue, column: Column, question: Question, part: bool) -> Source | None:
    """Where the parts (`part`) or the total of a column is read."""
    used = {item.dim for item in filters_of(column, question)}
    if part and question.by:
        used.add(question.by)
    return catalogue.source(column.measure, used)


def filters_of(column: Column, question: Question) -> tuple[Filter, ...]:
    where = tuple(item for item in question.where if not (column.unfiltered and item.dim == question.by))
    return (*where, *column.scope)


def make_plan(catalogue: Catalogue, loaded: Loaded, question: Question, rollups: Collection[str]) -> Plan:
    """Plan a question. `rollups` names the rollup tables that exist."""
    slots: dict[Slot, int] = {}
    placed: dict[date, tuple[int | None, ...]] = {}
    planned = tuple(_plan_kpi(catalogue, loaded, question, kpi, slots, placed) for kpi in question.kpis)
    columns = dict.fromkeys(c for item in planned for c in (*item.columns.values(), *item.counts.values()))
    streams: dict[Stream, list[Column]] = {}
    for column in columns:
        streams.setdefault(_stream(catalogue, question, column, rollups), []).append(column)
    _add_witnesses(catalogue, question, streams, bool(rollups))
    names: dict[Column, str] = {}
    for column in sorted(columns, key=lambda item: (bool(item.scope), len(item.time), item.zero)):  # plain names for the plain ones
        same = sum(1 for other in names if other.measure == column.measure)
        names[column] = f"{column.measure}__{same + 1}" if same else column.measure
    facts = {fact for stream in streams for fact in (stream.member, stream.whole) if fact}
    bounds = {fact: span for fact in facts if (span := reach(catalogue, loaded, fact))}
    return Plan(question, planned, tuple(slots), {stream: tuple(items) for stream, items in streams.items()}, names, bounds)


def reach(catalogue: Catalogue, loaded: Loaded, fact: str) -> tuple[date, date] | None:
    """First and last day that a fact is known to be loaded for; None when it never was."""
    spans = [loaded.span(table) for table in relation.tables(catalogue.file, fact)]
    known = [span for span in spans if span is not None]
    if len(known) < len(spans) or not known:
        return None
    own = min(span[0] for span in known), min(span[1] for span in known)
    return loaded.span(catalogue.covering(fact)) or own


def _plan_kpi(
    catalogue: Catalogue, loaded: Loaded, question: Question, kpi: str, slots: dict[Slot, int], placed: dict[date, tuple[int | None, ...]]
) -> PlannedKpi:
    refs = catalogue.refs(kpi)
    spans = {fact: reach(catalogue, loaded, fact) for fact in catalogue.facts(kpi)}
    for fact, span in spans.items():
        if span is None:
            return PlannedKpi(kpi, said("needs {export}, which is not loaded", export=catalogue.file.facts[fact].fed_by))
    known = [span for span in spans.values() if span is not None]
    watermark, first = min(span[1] for span in known), max(span[0] for span in known)
    for item in question.where:
        if item.dim not in catalogue.filters(kpi):
            return PlannedKpi(kpi, said("cannot be filtered by {dim}", dim=catalogue.dimension(item.dim).name))
    if catalogue.needs_compare(kpi) and question.compare_index is None and not any(item is not None for item in question.compare_of):
        return PlannedKpi(kpi, said("needs a comparison period"))
    cut_reason = catalogue.refused(kpi, question.by) if question.by else None
    total_over = catalogue.kpi(kpi).total_over
    filtered = any(item.dim == question.by for item in question.where)
    columns = {
        ref: Column(ref.name, _scope(catalogue, kpi, ref.scope), ref.context == "total" and filtered and undone(total_over, question.by), ref.time, ref.zero)
        for ref in refs
    }
    counts = {measure: Column(measure, _scope(catalogue, kpi, ())) for measure in catalogue.kpi(kpi).min_n}
    for column in columns.values():
        if resolve(catalogue, column, question, False) is None:
            return PlannedKpi(kpi, said("{measure} is not known by these dimensions together", measure=column.measure))
        if cut_reason is None and resolve(catalogue, column, question, True) is None:
            cut_reason = said("{measure} is not known by these dimensions together", measure=column.measure)
    counts = {name: column for name, column in counts.items() if resolve(catalogue, column, question, False)}
    days = uses_days(catalogue.expression(kpi))
    carried = any(catalogue.measures[column.measure].spec.carry_forward for column in columns.values())
    if watermark not in placed:  # KPIs that reach the same day read the same days
        placed[watermark] = tuple(_slot(question, index, watermark, slots) for index in range(len(question.periods)))
    return PlannedKpi(kpi, None, cut_reason, columns, counts, placed[watermark], watermark, first, days, carried)


def undone(total_over: tuple[str, ...] | None, by: str | None) -> bool:
    """True when `total(...)` undoes a cut by `by`."""
    return by is not None and (total_over is None or by in total_over)


def _scope(catalogue: Catalogue, kpi: str, through: tuple[str, ...]) -> tuple[Filter, ...]:
    return tuple(Filter(dim, values) for dim, values in catalogue.scope(kpi, through).items())


def effective(question: Question, index: int, watermark: date | None) -> Period | None:
    """Period `index` as read: clamped to the watermark; a comparison is shortened to the days of what it is compared with."""
    part = calendar.clamped(question.periods[index], watermark)
    if part is None:
        return None
    for other in question.compared_by.get(index, ()):
        asked = calendar.clamped(question.periods[other], watermark)
        if asked is not None and asked.days < question.periods[other].days:
            part = calendar.shortened(part, asked.days)
    return part


def _slot(question: Question, index: int, watermark: date, slots: dict[Slot, int]) -> int | None:
    part = effective(question, index, watermark)
    if part is None:
        return None
    other_index = question.compared_with(index)
    other = None if other_index is None else effective(question, other_index, watermark)
    after, before = calendar.step(question.periods[index], 1), calendar.step(question.periods[index], -1)
    compare = None if other is None else (other.start, other.end)
    slot = Slot(part.start, part.end, (after.start, after.end), (before.start, before.end), compare)
    return slots.setdefault(slot, len(slots))


def _stream(catalogue: Catalogue, question: Question, column: Column, rollups: Collection[str]) -> Stream:
    spec = catalogue.measures[column.measure].spec
    whole = resolve(catalogue, column, question, False)
    part = resolve(catalogue, column, question, True) if question.by and not column.unfiltered else None
    filters = filters_of(column, question)
    across = bool((whole and whole.across) or (part and part.across))
    kind: str = "exact" if spec.cells == "exact" else spec.also_in or spec.over_time
    compiled, key = catalogue.measures[column.measure], ""
    if spec.also_in:
        key = getattr(compiled.agg.of, "name", "")
    if spec.carry_forward:
        kind = "carry" if kind == "last" else "carry_mean"
    rolled = not across and catalogue.rolls_up(column.measure) and kind in ("sum", "mean_of_days", "first", "last", "to_date")
    own = column.measure if spec.carry_forward or compiled.conversion or (kind == "first" and compiled.where) else ""
    parts = part.fact if part else None, whole.fact if whole else None
    return Stream(*parts, across, filters, kind, rolled and bool(rollups), key, column.time, "" if across else spec.date or "", own)


def rows_of(stream: Stream, question: Question) -> str:
    """Name of the column that counts the rows of a stream in what is prepared: the same for whatever member the question is filtered to."""
    own = replace(stream, filters=stream.filters[len(question.where) :])
    return f"n_{stream.member or stream.whole}_{hashlib.sha256(repr(own).encode()).hexdigest()[:8]}"


def _add_witnesses(catalogue: Catalogue, question: Question, streams: dict[Stream, list[Column]], rolled: bool) -> None:
    """Beside every stream of a covered fact, one of the covering fact: its rows prove a part loaded, whatever else is asked."""
    for stream in list(streams):
        covering = catalogue.file.facts[stream.member].covered_by if stream.member else None
        used = {item.dim for item in stream.filters} | {question.by}
        if covering is None or stream.kind != "sum" or not used <= catalogue.fact_dims(covering):
            continue
        if not any(witnesses(other, covering, stream) for other in streams):
            streams[Stream(covering, covering, False, stream.filters, "sum", rolled, time=stream.time)] = []


def witnesses(other: Stream, covering: str, stream: Stream) -> bool:
    """True when `other` reads the covering fact for the same cells as `stream`."""
    return other.member == other.whole == covering and (other.filters, other.time, other.kind) == (stream.filters, stream.time, "sum")


def pick_table(catalogue: Catalogue, fact: str, dims: Collection[str], rollups: Collection[str]) -> tuple[str, bool]:
    """The smallest table that knows `dims`: narrow rollup, wide rollup, else the detail table. (table, is a rollup)"""
    table = catalogue.file.facts[fact].table
    for name, known in rollup_dims(catalogue, fact).items():
        if name in rollups and set(dims) <= set(known):
            return name, True
    return table, False


NARROW = ("channel", "store")
TOO_FINE = ("product", "sku", "customer")


def rollup_dims(catalogue: Catalogue, fact: str) -> Mapping[str, tuple[str, ...]]:
    """Rollup tables of a fact, narrowest first, with their dimensions. Facts that read another date have none."""
    spec = catalogue.file.facts[fact]
    if spec.date != "day":
        return {}
    narrow = tuple(dim for dim in NARROW if dim in spec.dims)
    wide = tuple(dim for dim in spec.dims if dim not in TOO_FINE and not catalogue.dimensions[dim].fine)
    tables = {f"{spec.table}__narrow": narrow}
    if set(wide) != set(narrow):
        tables[f"{spec.table}__wide"] = wide
    return tables
