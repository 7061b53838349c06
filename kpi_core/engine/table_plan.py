"""From a table question to what must be read: periods, cells, one leaf per measure and one stream per way of reading. No SQL here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from kpi_core.config.decode import did_you_mean
from kpi_core.engine import expression, predicate
from kpi_core.engine.catalogue import Catalogue, Source
from kpi_core.engine.coverage import Loaded
from kpi_core.engine.expression import Ref
from kpi_core.engine.moves import Days, Move, end_of, read_at, start_of
from kpi_core.engine.plan import CARRIED, reach, undone
from kpi_core.engine.predicate import Scalar
from kpi_core.engine.table import GRAINS, PART, PARTS, PERIOD, TableQuestion
from kpi_core.errors import NotAdditive, QueryError, UsageError, said
from kpi_core.view import Filter

MAX_CELLS = 40_000  # periods of one answer
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Cut:
    """One dimension of `by`. `grain` truncates a date; `part` is a part of the business date, known before any row is read."""

    text: str
    name: str = ""
    grain: str = ""
    part: str = ""


@dataclass(frozen=True)
class Shown:
    """A period of the answer: the days asked of it, and the whole it is a part of."""

    start: date
    end: date
    whole: Days


@dataclass(frozen=True)
class Cell:
    """A slot of the statement: a period, and the date parts of `days` (successive ranges of the days asked)."""

    period: int
    days: tuple[Days, ...]
    parts: tuple[int, ...] = ()


@dataclass(frozen=True)
class Stream:
    """Leaves that are read together. `keys` are the places of the cuts that it is grouped by; `limit` ends what may be read."""

    fact: str
    across: bool
    kind: str  # sum | first | last | mean_of_days | to_date | carry | carry_mean | exact | next | previous
    by_date: str
    time: tuple[Move, ...]
    scope: tuple[Filter, ...]
    keys: tuple[int, ...]
    limit: date | None
    measure: str = ""  # where a measure is read in a way of its own


@dataclass(frozen=True)
class Leaf:
    """A measure of one stream. `zero`: a loaded cell without rows is 0."""

    stream: Stream
    measure: str
    zero: bool = False


@dataclass(frozen=True)
class TablePlan:
    """`leaves[kpi]` says which leaf each name of the formula is; `bounds[stream]` is what is loaded of what it reads."""

    question: TableQuestion
    cuts: tuple[Cut, ...]
    condition: Scalar | None
    periods: tuple[Shown, ...]
    cells: tuple[Cell, ...]
    leaves: Mapping[str, Mapping[Ref, Leaf]]
    streams: Mapping[Stream, tuple[Leaf, ...]]
    bounds: Mapping[Stream, Days]
    days: Mapping[str, tuple[int, ...]] = field(default_factory=dict)  # KPIs that divide by days: how many each cell has
    last: date | None = None


Bounds = Callable[[str, str], Days | None]


def resolve(catalogue: Catalogue, plan: TablePlan, stream: Stream, measure: str) -> Source:
    """Where a leaf is read. Raises KeyError when nowhere (the plan has checked that it is somewhere)."""
    source = catalogue.source(measure, _used(plan.cuts, plan.condition, stream))
    if source is None:
        raise KeyError(measure)
    return source


def _used(cuts: Sequence[Cut], condition: Scalar | None, stream: Stream) -> set[str]:
    used = {cuts[place].name for place in stream.keys if cuts[place].name}
    return used | {item.dim for item in stream.scope}


def make_table_plan(catalogue: Catalogue, loaded: Loaded, question: TableQuestion, bounds: Bounds) -> TablePlan:
    """Check a question and plan it. `bounds` gives the first and last day of a fact by one of its dates.

    Raises UsageError for a name that does not exist, NotAdditive for a cut that a KPI does not have, QueryError for what is not loaded.
    """
    _check(catalogue, question)
    cuts = tuple(_cut(catalogue, question, text) for text in question.by)
    condition = predicate.both(_condition(question.where), predicate.of_filters(question.filters))
    streams: dict[Stream, list[Leaf]] = {}
    leaves: dict[str, dict[Ref, Leaf]] = {}
    known: dict[Stream, Days] = {}
    for kpi in question.kpis:
        _cuttable(catalogue, kpi, cuts, condition)
        limit = _limit(catalogue, loaded, kpi)
        leaves[kpi] = {}
        for ref in catalogue.refs(kpi):
            stream = _stream(catalogue, question, cuts, condition, kpi, ref, limit)
            if stream not in known:
                found = bounds(stream.fact, stream.by_date)
                if found is None:
                    raise QueryError(said("{kpi} needs {export}, which is not loaded", kpi=kpi, export=catalogue.file.facts[stream.fact].fed_by))
                known[stream] = found
            leaf = Leaf(stream, ref.name, ref.zero)
            leaves[kpi][ref] = leaf
            if leaf not in streams.setdefault(stream, []):
                streams[stream].append(leaf)
    _add_witnesses(catalogue, cuts, condition, streams, known, bounds)
    periods = _periods(question, known)
    cells = tuple(_cells(periods, cuts))
    days = {kpi: tuple(_days(catalogue, loaded, kpi, cell) for cell in cells) for kpi in question.kpis if expression.uses_days(catalogue.expression(kpi))}
    last = max((span[1] for span in known.values()), default=None)
    return TablePlan(question, cuts, condition, periods, cells, leaves, {s: tuple(items) for s, items in streams.items()}, known, days, last)


def _check(catalogue: Catalogue, question: TableQuestion) -> None:
    if not question.kpis:
        raise UsageError(said("a question needs a KPI"))
    for kpi in question.kpis:
        catalogue.kpi(kpi)
        if catalogue.needs_compare(kpi):
            raise UsageError(said("{kpi} needs a comparison period, which a table does not have", kpi=kpi), hint=said("shift(x, 1 year) compares in a formula"))
    if question.grain is not None and question.grain not in GRAINS:
        raise UsageError(said("{grain} is not a length of period", grain=question.grain), hint=did_you_mean(question.grain, GRAINS))
    if question.range and question.range[0] > question.range[1]:
        raise UsageError(said("the range ends before it begins"))
    if question.limit is not None and question.limit < 0:
        raise UsageError(said("a limit is not negative"))
    for text in (*question.kpis, *question.by):
        if (*question.kpis, *question.by).count(text) > 1:
            raise UsageError(said("{name} is asked twice", name=text))
    columns = (*([PERIOD] if question.grain else []), *question.by, *question.kpis)
    for text in question.order:
        if text.removeprefix("-") not in columns:
            raise UsageError(said("{name} is not a column of this table", name=text.removeprefix("-")), hint=did_you_mean(text.removeprefix("-"), columns))


def _cut(catalogue: Catalogue, question: TableQuestion, text: str) -> Cut:
    if text.startswith(PART):
        part = text.removeprefix(PART)
        if part not in PARTS:
            raise UsageError(said("{part} is not a part of a date", part=part), hint=did_you_mean(part, PARTS))
        return Cut(text, part=part)
    if text in catalogue.dimensions:
        return Cut(text, text)
    name, _, grain = text.rpartition(".")
    if grain in GRAINS and name in catalogue.dimensions:
        return Cut(text, name, grain)
    reached = [dim for dim in catalogue.dimensions if all(dim in catalogue.dims(kpi) for kpi in question.kpis)]
    raise UsageError(said("there is no dimension {dim}", dim=text), hint=did_you_mean(text, reached) or did_you_mean(text, catalogue.dimensions))


def _condition(text: str | None) -> Scalar | None:
    if text is None:
        return None
    try:
        return predicate.parse_condition(text)
    except predicate.PredicateError as error:
        hint = said("a filter is written like channel = 'web' and store is not null")
        raise UsageError(said("{text}: {why}", text=text, why=str(error)), hint=hint) from None


def _cuttable(catalogue: Catalogue, kpi: str, cuts: Sequence[Cut], condition: Scalar | None) -> None:
    for cut in cuts:
        why = catalogue.refused(kpi, cut.name) if cut.name else None
        if why is not None:
            raise NotAdditive(why, hint=said("{kpi} can be cut by: {names}", kpi=kpi, names=", ".join(catalogue.dims(kpi)) or "-"))
    for name in predicate.columns(condition):
        for ref in catalogue.refs(kpi):
            if name not in catalogue.measure_dims(ref.name) and name != catalogue.date(ref.name):
                known = catalogue.filters(kpi)
                what = said("{kpi} cannot be filtered by {dim}", kpi=kpi, dim=name)
                raise UsageError(what, hint=did_you_mean(name, known) or said("known: {names}", names=", ".join(known) or "-"))


def _limit(catalogue: Catalogue, loaded: Loaded, kpi: str) -> date | None:
    """The last day that every input of the KPI is known to be loaded for; None when that is not known of all."""
    spans = [reach(catalogue, loaded, fact) for fact in catalogue.facts(kpi)]
    known = [span[1] for span in spans if span is not None]
    return min(known) if len(known) == len(spans) and len(set(known)) > 1 else None


def _stream(
    catalogue: Catalogue, question: TableQuestion, cuts: Sequence[Cut], condition: Scalar | None, kpi: str, ref: Ref, limit: date | None
) -> Stream:
    compiled = catalogue.measures[ref.name]
    spec = compiled.spec
    scope = tuple(Filter(dim, values) for dim, values in catalogue.scope(kpi, ref.scope).items())
    total_over = catalogue.kpi(kpi).total_over
    keys = tuple(place for place, cut in enumerate(cuts) if cut.name and not (ref.context == "total" and undone(total_over, cut.name)))
    kind: str = "exact" if spec.cells == "exact" else spec.also_in or spec.over_time
    if spec.carry_forward:
        kind = "carry" if kind == "last" else "carry_mean"
    apart = compiled.conversion or spec.also_in or spec.carry_forward or (kind == "first" and compiled.where)
    own = ref.name if apart else ""
    stream = Stream(spec.fact, False, kind, catalogue.date(ref.name), ref.time, scope, keys, limit, own)
    used = _used(cuts, condition, stream) | (set(predicate.columns(condition)) & catalogue.measure_dims(ref.name))
    source = catalogue.source(ref.name, used)
    if source is None:
        raise NotAdditive(said("{measure} is not known by these dimensions together", measure=ref.name))
    if source.across:
        stream = replace(stream, fact=source.fact, across=True, by_date=catalogue.file.facts[source.fact].date)
    moving = kind not in ("sum", "to_date") or any(move.at_end for move in ref.time)
    if any(cut.part for cut in cuts) and (moving or kind == "to_date"):
        raise NotAdditive(said("{kpi} is known on the last day of a period, so it cannot be cut by parts of a date", kpi=kpi))
    _fine_enough(catalogue, question, cuts, stream, kpi)
    return stream


def _fine_enough(catalogue: Catalogue, question: TableQuestion, cuts: Sequence[Cut], stream: Stream, kpi: str) -> None:
    """A fact that is known by month cannot say anything of a week or a day."""
    known = catalogue.file.facts[stream.fact].date_grain
    asked = question.grain
    coarse = {"day": 0, "week": 1, "month": 2, "quarter": 3, "year": 4}
    if known != "day" and asked is not None and (coarse[asked] < coarse[known] or (known == "week" and asked != "week")):
        raise NotAdditive(said("{kpi} is known by {grain} only", kpi=kpi, grain=known), hint=said("ask by {grain} or longer", grain=known))


def _add_witnesses(
    catalogue: Catalogue, cuts: Sequence[Cut], condition: Scalar | None, streams: dict[Stream, list[Leaf]], known: dict[Stream, Days], bounds: Bounds
) -> None:
    """Beside a stream of a covered fact, one of the covering fact: its rows prove a cell loaded. See `plan._add_witnesses`."""
    for stream in list(streams):
        witness = witness_of(catalogue, stream)
        if witness is None or witness in streams:
            continue
        used = _used(cuts, condition, witness) | set(predicate.columns(condition))
        found = bounds(witness.fact, witness.by_date)
        if found is not None and used <= catalogue.fact_dims(witness.fact):
            streams[witness] = []
            known[witness] = found


def witness_of(catalogue: Catalogue, stream: Stream) -> Stream | None:
    """The stream of the covering fact for the same cells."""
    covering = catalogue.file.facts[stream.fact].covered_by
    if covering is None or stream.kind != "sum" or stream.across or not stream.keys:
        return None
    return replace(stream, fact=covering, by_date=catalogue.file.facts[covering].date, measure="")


# ---------------------------------------------------------------- periods and days


def _periods(question: TableQuestion, known: Mapping[Stream, Days]) -> tuple[Shown, ...]:
    first, last = min(span[0] for span in known.values()), max(span[1] for span in known.values())
    last += timedelta(days=max(_ahead(stream.time) for stream in known))
    start, end = question.range or (first, last)
    if question.grain is None:
        return (Shown(start, end, (start, end)),)
    if not question.dense:
        start, end = max(start, first), min(end, last)
    found: list[Shown] = []
    day = start
    while day <= end:
        whole = start_of(day, question.grain), end_of(day, question.grain)
        asked = question.range or whole
        found.append(Shown(max(whole[0], asked[0]), min(whole[1], asked[1]), whole))
        if len(found) > MAX_CELLS:
            raise UsageError(said("that are more than {count} periods", count=MAX_CELLS), hint=said("ask a shorter range or a longer grain"))
        if whole[1] == date.max:
            break
        day = whole[1] + _DAY
    return tuple(found)


def _ahead(time: Sequence[Move]) -> int:
    """How many days after the last one loaded a shifted figure still has values."""
    return sum(move.count * {"day": 1, "week": 7, "month": 31, "quarter": 92, "year": 366}[move.unit] for move in time if move.function == "shift")


def _cells(periods: Sequence[Shown], cuts: Sequence[Cut]) -> Iterator[Cell]:
    parts = [cut.part for cut in cuts if cut.part]
    for number, period in enumerate(periods):
        if not parts:
            yield Cell(number, ((period.start, period.end),))
            continue
        groups: dict[tuple[int, ...], list[date]] = {}
        day = period.start
        while day <= period.end:
            groups.setdefault(tuple(_part(day, part) for part in parts), []).append(day)
            day += _DAY
        for values, days in groups.items():
            yield Cell(number, tuple(_merged((day, day) for day in days)), values)


def _part(day: date, part: str) -> int:
    if part == "quarter":
        return (day.month + 2) // 3
    if part == "dow":
        return day.isoweekday()
    if part == "doy":
        return day.timetuple().tm_yday
    if part == "week":
        return day.isocalendar().week
    return {"year": day.year, "month": day.month, "day": day.day}[part]


def _merged(ranges: Iterator[Days]) -> Iterator[Days]:
    """Ranges without overlap: a day that is met twice counts once."""
    current: Days | None = None
    for start, end in sorted(ranges):
        if current is None:
            current = (start, end)
        elif start <= current[1] + _DAY:
            current = (current[0], max(current[1], end))
        else:
            yield current
            current = (start, end)
    if current is not None:
        yield current


def ranges_of(plan: TablePlan, stream: Stream, cell: Cell) -> tuple[Days, ...]:
    """The days that a stream reads for a cell: through its functions of time, and no further than its limit."""
    first, last = plan.bounds[stream]
    last = last if stream.limit is None else min(last, stream.limit)
    asked = cell.days
    if cell.parts and stream.time:
        asked = tuple((day, day) for start, end in cell.days for day in _each(start, end))
    found = []
    for days in asked:
        moved = read_at(stream.time, days, first, last)
        if moved is None:
            continue
        start, end = moved
        if stream.kind == "to_date":
            start = min(first, start)
        if stream.kind in ("to_date", "first", "last", "mean_of_days", *CARRIED):
            if start > last:
                continue
            end = min(end, last)
        if stream.limit is not None:
            end = min(end, stream.limit)
        if start <= end:
            found.append((start, end))
    return tuple(_merged(iter(found)))


def _each(start: date, end: date) -> Iterator[date]:
    day = start
    while day <= end:
        yield day
        day += _DAY


def neighbour(plan: TablePlan, cell: Cell, following: bool) -> Days:
    """The period after or before that of a cell; without a grain, as many days."""
    shown, grain = plan.periods[cell.period], plan.question.grain
    if following:
        start = shown.whole[1] + _DAY
        return start, (end_of(start, grain) if grain else start + (shown.end - shown.start))
    end = shown.whole[0] - _DAY
    return (start_of(end, grain) if grain else end - (shown.end - shown.start)), end


def _days(catalogue: Catalogue, loaded: Loaded, kpi: str, cell: Cell) -> int:
    """How many days of a cell are loaded for every input of a KPI."""
    lasts = [span[1] for fact in catalogue.facts(kpi) if (span := reach(catalogue, loaded, fact))]
    return sum(max(0, (min([end, *lasts]) - start).days + 1) for start, end in cell.days)
