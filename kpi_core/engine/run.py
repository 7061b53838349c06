"""The engine: asks the published star and says, for every number, what it is and why it is missing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Self

from kpi_core.engine import expression, older, predicate, records, relation
from kpi_core.engine.catalogue import Catalogue
from kpi_core.engine.coverage import WHOLE, Loaded, Reader
from kpi_core.engine.expression import Binary, DivisorIsZero, Expr, Ref
from kpi_core.engine.kept import Kept
from kpi_core.engine.limits import Limits
from kpi_core.engine.plan import Plan, PlannedKpi, Slot, make_plan, reach, undone
from kpi_core.engine.predicate import identifier
from kpi_core.engine.prepare import CHUNK
from kpi_core.engine.prepared import Prepared
from kpi_core.engine.records import Records
from kpi_core.engine.result import Answer, Coverage, Number, Period, Question, Status, Value, finite
from kpi_core.engine.scope import NO_SCOPE, Scope
from kpi_core.engine.sql import render
from kpi_core.engine.table import TableAnswer, TableQuestion
from kpi_core.engine.table_run import Tables
from kpi_core.engine.unrated import Unrated
from kpi_core.engine.write import Statement
from kpi_core.errors import Message, UsageError, said
from kpi_core.view import Filter

TABLES_SQL = "select distinct table_name from information_schema.tables where table_catalog = current_database() and table_schema = current_schema()"
MOST_VALUES = 60_000  # numbers that answers are kept of, some 20 MB
MEMBERS = "members__"  # a column of the engine's own

_Row = Mapping[str, object]


@dataclass(frozen=True)
class _Run:
    """One statement that ran: its plan, the KPIs it answers, and its rows by (slot, member, whole)."""

    plan: Plan
    kpis: frozenset[str]
    statement: Statement
    rows: Mapping[tuple[int, str, bool], _Row]


class Engine:
    """Answers questions over one published generation. Reads coverage once; safe to share between threads if the reader is."""

    def __init__(
        self, reader: Reader, catalogue: Catalogue, limits: Callable[[], Iterable[tuple[str, str, str]]] = tuple, scope: Scope = NO_SCOPE
    ) -> None:
        self.reader = reader
        self.catalogue = catalogue
        self.scope = scope
        self.loaded = replace(Loaded.read(reader), whole=WHOLE if scope else "")
        self._tables = frozenset(str(row[0]) for row in reader.execute(TABLES_SQL))
        self._rollups = frozenset(name for name in self._tables if "__" in name)
        self._prepared = Prepared.read(reader, catalogue) if "meta" in self._tables else Prepared()
        self.unrated = Unrated.read(reader) if "unrated" in self._tables else Unrated()
        self.limits = Limits(reader, self._tables, limits, self.loaded.whole)
        self._proven: set[str] = set()  # lookups found to hold one row per key
        self._answers: Kept[Answer] = Kept(MOST_VALUES)
        self._found: Kept[list[tuple[Any, ...]]] = Kept(MOST_VALUES)

    def under(self, catalogue: Catalogue) -> Self:
        """This engine for a catalogue in which some KPIs are defined otherwise: of what was prepared, only what means the same is read."""
        other = copy(self)
        other.catalogue = catalogue
        other._prepared = Prepared.read(self.reader, catalogue) if "meta" in self._tables else Prepared()
        other.forget()
        return other

    def forget(self) -> None:
        """Drop the answers that are kept, so that everything is asked anew: for measuring."""
        self._answers, self._found = Kept(MOST_VALUES), Kept(MOST_VALUES)

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Rows of a small statement, kept for as long as the generation is read: it does not change. Not to be changed by the caller."""
        key = (sql, tuple(parameters))
        kept = self._found.get(key)
        return kept if kept is not None else self._found.keep(key, self.reader.execute(sql, parameters), lambda rows: len(rows) + 1)

    @property
    def tables(self) -> frozenset[str]:
        return self._tables

    @property
    def rollups(self) -> frozenset[str]:
        return self._rollups

    # ------------------------------------------------------------ what is loaded

    def coverage(self, fact: str) -> Coverage:
        """First and last loaded day of a fact, and the channels and stores that are behind."""
        own = self.catalogue.file.facts[fact].table
        if not own:
            span = reach(self.catalogue, self.loaded, fact)
            return Coverage(fact, *(span or (None, None)))
        return self.loaded.describe(fact, own if self.loaded.span(own) is None else self.catalogue.covering(fact))

    def watermark(self, kpis: Sequence[str] = ()) -> date | None:
        """The last day loaded for every fact of `kpis`; without KPIs, of the first KPI of the first group. None: nothing is loaded.

        A workspace without sales is read too: without KPIs, the last day of anything loaded is then the one that counts.
        """
        anything = not kpis
        if not kpis:
            kpis = self.catalogue.groups[0].kpis[:1] if self.catalogue.groups else tuple(self.catalogue.kpis)[:1]
        days = [self.coverage(fact).last for kpi in kpis for fact in self.catalogue.facts(kpi)]
        known = [last for last in days if last is not None]
        if not known and anything:
            spans = [self.loaded.span(fact.table) for fact in self.catalogue.file.facts.values()]
            return max((span[1] for span in spans if span is not None), default=None)
        return min(known) if known else None

    def missing(self) -> dict[str, tuple[str, ...]]:
        """Facts that no export feeds yet, each with the KPIs it would bring."""
        found: dict[str, tuple[str, ...]] = {}
        for fact in self.catalogue.file.facts:
            if reach(self.catalogue, self.loaded, fact) is None:
                kpis = tuple(kpi for kpi in self.catalogue.kpis if fact in self.catalogue.facts(kpi))
                if kpis:
                    found[fact] = kpis
        return found

    # ------------------------------------------------------------ asking

    def plan(self, question: Question) -> Plan:
        """Check the names of a question and plan it. Raises UsageError with the nearest name."""
        for kpi in question.kpis:
            self.catalogue.kpi(kpi)
        dims = (*([question.by] if question.by else []), *(item.dim for item in question.where))
        older.check(self, question.kpis, dims)
        if not question.periods:
            raise UsageError(said("a question needs a period"))
        question = replace(question, kpis=tuple(dict.fromkeys(question.kpis)), where=self.scope.narrow(question.where))
        plan = make_plan(self.catalogue, self.loaded, question, self._rollups)
        return replace(plan, kpis=tuple(self._seen_in_part(item) for item in plan.kpis)) if self.scope else plan

    def _seen_in_part(self, item: PlannedKpi) -> PlannedKpi:
        """A KPI that the scope cannot be applied to says so; the figure of everybody is not that of a store."""
        dim = next((step.dim for step in self.scope.filters if step.dim not in self.catalogue.filters(item.kpi)), None)
        if item.reason is None or dim is None:
            return item
        name = self.catalogue.dimension(dim).name
        return replace(item, reason=said("you see a part of the data (config/access.yaml), and this KPI is not known by {dim}", dim=name))

    def statement(self, question: Question) -> Statement | None:
        """The SQL of a question; None when nothing of it can be computed."""
        plan = self.plan(question)
        return render(self.catalogue, self.loaded, plan, self._rollups) if plan.slots and plan.streams else None

    def ask(self, question: Question, *, live: bool = False) -> Answer:
        """Answer a question. Missing data become a status with a reason, never an error. Raises UsageError.

        Cells that were prepared with the mart are read from there, in one short select; `live` computes them anew. Long questions run
        as a few statements, because planning one grows faster than its length; `Answer.sql` has them all, as they ran. An answer is
        kept for as long as the generation is read and there is room: going back to a page asks nothing.
        """
        key = (question, tuple(id(period.calendar) for period in question.periods))  # what lies beside a period is the calendar's to say
        kept = None if live else self._answers.get(key)
        if kept is None:
            kept = self._asked(question, live)
            if not live:
                self._answers.keep(key, kept, lambda answer: len(answer.cells) * len(question.kpis) * len(question.periods))
        return kept

    def _asked(self, question: Question, live: bool) -> Answer:
        plan = self.plan(question)
        runs = list(self._runs(plan, live))
        members: list[str | None] = [None]
        if plan.question.by:
            members += sorted({member for run in runs for _, member, whole in run.rows if not whole})
        by_kpi = {item.kpi: (run, item) for run in runs for item in run.plan.kpis if item.kpi in run.kpis}
        cells = {member: {item.kpi: self._values(*by_kpi[item.kpi], member) for item in plan.kpis} for member in members}
        by = plan.question.by
        listed = max((number for run in runs for row in run.rows.values() if isinstance(number := row.get(MEMBERS), int)), default=0)
        overlap = frozenset(item.kpi for item in plan.kpis if by and not item.reason and not item.cut_reason and self.catalogue.overlaps(item.kpi, by))
        facts = dict.fromkeys(fact for item in plan.kpis for fact in self.catalogue.facts(item.kpi))
        sql = ";\n\n".join(run.statement.sql for run in runs if run.statement.sql)
        parameters = tuple(value for run in runs for value in run.statement.parameters)
        return Answer(plan.question, cells, overlap, {fact: self.coverage(fact) for fact in facts}, sql, parameters, max(0, listed - len(members) + 1))

    def _runs(self, plan: Plan, live: bool) -> Iterator[_Run]:
        """The statements of a question, each run, with the KPIs that it answers."""
        ready: set[str] = set()
        for recalled in [] if live else self._prepared.recall(self.catalogue, plan):
            rows = recalled.rows(self.reader.execute(recalled.statement.sql, recalled.statement.parameters))
            if plan.question.where and not self._complete(plan, recalled.kpis, rows):
                continue  # nobody ever had rows there: live says what that means
            ready.update(recalled.kpis)
            yield _Run(plan, frozenset(recalled.kpis), recalled.statement, rows)
        left = [item.kpi for item in plan.kpis if item.kpi not in ready]
        if not ready and len(left) <= CHUNK:
            yield self._live(plan)
            return
        left.sort(key=lambda kpi: (self.catalogue.facts(kpi), kpi))
        for start in range(0, len(left), CHUNK):
            yield self._live(self.plan(replace(plan.question, kpis=tuple(left[start : start + CHUNK]))))

    def _complete(self, plan: Plan, kpis: Collection[str], rows: Collection[tuple[int, str, bool]]) -> bool:
        """Whether the whole stands in the rows for every slot of these KPIs of which anything is loaded."""
        asked = [(slot, item.first) for item in plan.kpis if item.kpi in kpis for slot in item.slots if slot is not None]
        return all((slot, "", True) in rows for slot, first in asked if first is None or plan.slots[slot].end >= first)

    def _live(self, plan: Plan) -> _Run:
        statement = Statement("", (), ())
        if plan.slots and plan.streams:
            self._prove(plan)
            statement = self._largest(plan, render(self.catalogue, self.loaded, plan, self._rollups))
        return self._run(plan, frozenset(item.kpi for item in plan.kpis), statement)

    def _prove(self, plan: Plan) -> None:
        """Each lookup that the plan joins holds one row per key; looked at once. Raises QueryError for one that would multiply figures."""
        if not self.catalogue.file.lookups:
            return
        file, dims = self.catalogue.file, {plan.question.by} if plan.question.by else set()
        for stream, columns in plan.streams.items():
            needed = dims | {item.dim for item in stream.filters}
            for measure in (self.catalogue.measures[column.measure] for column in columns):
                needed |= {*measure.columns(), *predicate.columns(measure.across_agg), self.catalogue.date(measure.id)}
            for fact in (stream.member, stream.whole):
                names = self.catalogue.names(fact) if fact else frozenset()
                used = relation.used_lookups(file, fact, (needed | {file.facts[fact].date}) & names) if fact else ()
                relation.check(self.reader, file, [name for name in used if name not in self._proven])
                self._proven.update(used)

    def _largest(self, plan: Plan, statement: Statement) -> Statement:
        """A dimension of very many members (`top`) lists the largest of the first KPI only; the last column says how many there are."""
        top = self.catalogue.dimension(plan.question.by).top if plan.question.by else None
        first = plan.kpis[0]
        if top is None or first.slots[:1] in ((), (None,)) or first.kpi not in statement.columns:
            return statement
        slot = int(first.slots[0] or 0)
        columns = ", ".join(f"listed.{identifier(name)} as {identifier(name)}" for name in statement.columns)
        sql = (
            f"with listed as (\n{statement.sql}\n),\n"
            f"ranked as (select member from listed where whole = 0 and slot = {slot} "
            f"order by {identifier(first.kpi)} desc nulls last, member nulls last limit {int(top)})\n"
            f"select {columns}, (select count(distinct member) from listed where whole = 0) as {MEMBERS}\n"
            "from listed where whole = 1 or member in (select member from ranked)"
        )
        return replace(statement, sql=sql, columns=(*statement.columns, MEMBERS))

    def _run(self, plan: Plan, kpis: frozenset[str], statement: Statement) -> _Run:
        rows: dict[tuple[int, str, bool], _Row] = {}
        if statement.sql:
            for values in self.reader.execute(statement.sql, statement.parameters):
                rows[(_whole(values[0]), str(values[1]), _whole(values[2]) == 1)] = dict(zip(statement.columns[3:], values[3:], strict=True))
        return _Run(plan, kpis, statement, rows)

    def _values(self, run: _Run, item: PlannedKpi, member: str | None) -> tuple[Value, ...]:
        plan, rows = run.plan, run.rows
        count = len(plan.question.periods)
        reason = item.reason or (item.cut_reason if member is not None else None)
        if reason is None and member is not None and plan.question.by:
            reason = self.limits.of_cut(self.catalogue, item.kpi, plan.question.by)
        if reason is not None:
            return (Value(None, Status.NOT_COMPUTABLE, reason),) * count
        outside = self._outside(plan, item, member)
        return tuple(self._value(plan, item, member, rows, index, outside) for index in range(count))

    def _value(self, plan: Plan, item: PlannedKpi, member: str | None, rows: Mapping[tuple[int, str, bool], _Row], index: int, outside: bool) -> Value:
        number = item.slots[index]
        if number is None:
            return Value(None, Status.NO_DATA, said("loaded up to {day} only", day=item.watermark))
        if item.first is not None and plan.slots[number].end < item.first:
            return Value(None, Status.NO_DATA, said("loaded from {day} only", day=item.first))
        if outside:
            return Value(None, Status.NO_DATA, said("this KPI does not speak of {member}", member=member))
        lacking = self.unrated.lacking(self.catalogue, plan, item, number, index)
        if lacking is not None:
            return Value(None, Status.NOT_COMPUTABLE, lacking)
        row = rows.get((number, member or "", member is None), {})
        measures = {
            key: self._input(plan, item, ref, member, number, index, rows) if ref.context else finite(row.get(name))
            for ref, key, name in plan.inputs[item.kpi]
        }
        if item.days:
            measures["days"] = plan.slots[number].days
        enough, size = True, None
        if item.counts:
            counts = {name: finite(row.get("m_" + plan.names[column])) for name, column in item.counts.items()}
            least = self.catalogue.kpi(item.kpi).min_n
            enough = all((counts.get(name) or 0) >= bound for name, bound in least.items() if name in counts)
            size = next((None if value is None else int(value) for value in counts.values()), None)
        value = finite(row.get(item.kpi))
        if value is None:
            status, reason = self._absent(plan, item, measures, number, index)
        else:
            status, reason = self._reach(plan, item, member, number, index)
        if not item.carried:
            return Value(value, status, reason, size, enough, measures)
        old, keys = (sum(_whole(row.get(f"{name}_{stream}") or 0) for stream in plan.carried(item.columns.values())) for name in ("stale", "keys"))
        return Value(value, status, reason, size, enough, measures, stale=old, keys=keys)

    def _outside(self, plan: Plan, item: PlannedKpi, member: str | None) -> bool:
        """True when the member lies outside the scope of every measure of the KPI."""
        if member is None or not plan.question.by or not any(column.scope for column in item.columns.values()):
            return False
        scopes = [[f.values for f in column.scope if f.dim == plan.question.by] for column in item.columns.values()]
        return bool(scopes) and all(any(member not in values for values in found) for found in scopes)

    def _input(
        self, plan: Plan, item: PlannedKpi, ref: Ref, member: str | None, number: int, index: int, rows: Mapping[tuple[int, str, bool], _Row]
    ) -> Number | None:
        """The value of one measure behind a cell, as the formula saw it."""
        slot: int | None = number
        if ref.context == "total" and undone(self.catalogue.kpi(item.kpi).total_over, plan.question.by):
            member = None
        if ref.context == "compare":
            other = plan.question.compared_with(index)
            slot = None if other is None else item.slots[other]
        row = rows.get((slot, member or "", member is None), {}) if slot is not None else {}
        return finite(row.get("m_" + plan.names[item.columns[ref]]))

    def _reach(self, plan: Plan, item: PlannedKpi, member: str | None, number: int, index: int) -> tuple[Status, Message | None]:
        """Whether the data cover the whole period, also those of the channel or store in question."""
        period = plan.question.periods[index]
        end = period.end
        for ref in item.columns:
            if self.catalogue.measures[ref.name].spec.also_in == "next":
                end = plan.slots[item.slots[index] or 0].following[1]
        if item.watermark is not None and end > item.watermark:
            return Status.PARTIAL, said("loaded up to {day} only", day=item.watermark)
        to_date = all(self.catalogue.measures[ref.name].spec.over_time == "to_date" for ref in item.columns)
        if item.first is not None and period.start < item.first and not to_date:
            return Status.PARTIAL, said("loaded from {day} only", day=item.first)
        late = self._late(plan, item, member, plan.slots[number])
        if late is not None:
            return Status.PARTIAL, said("{member} is loaded up to {day} only", member=late[0], day=late[1])
        return Status.VALUE, None

    def _late(self, plan: Plan, item: PlannedKpi, member: str | None, slot: Slot) -> tuple[str, date] | None:
        """The channel or store of this cell whose own data end too early in the slot; (member, last day)."""
        named = [(f.dim, value) for f in plan.question.where if not f.exclude and len(f.values) == 1 for value in f.values]
        if member is not None and plan.question.by:
            named.append((plan.question.by, member))
        for fact in self.catalogue.facts(item.kpi):
            table = self.catalogue.covering(fact)
            for dim, value in named:
                span = self.loaded.spans.get((table, dim), {}).get(value or "")
                if span is not None and span[1] < slot.settled:
                    return value or "", span[1]
        return None

    def _absent(self, plan: Plan, item: PlannedKpi, measures: Mapping[str, Number | None], number: int, index: int) -> tuple[Status, Message | None]:
        """Why there is no number: a zero divisor, an input that cannot exist for this cell, or simply no data."""
        try:
            result = expression.evaluate(self.catalogue.expression(item.kpi), measures)
        except DivisorIsZero as error:
            return Status.NOT_COMPUTABLE, said("division by zero: {divisor} is 0", divisor=_called(error.divisor))
        if result is not None:
            return Status.NOT_COMPUTABLE, said("the result is too large")
        for ref in item.columns:
            spec = self.catalogue.measures[ref.name].spec
            if measures.get(ref.key) is not None:
                continue
            if ref.context == "compare" and plan.question.compared_with(index) is None:
                return Status.NOT_COMPUTABLE, said("needs a comparison period")
            if spec.cells == "exact":
                return Status.NOT_COMPUTABLE, said("{measure} does not add up: an export of exactly this period and cut is needed", measure=ref.name)
            if spec.also_in == "next" and item.watermark is not None and plan.slots[number].following[0] > item.watermark:
                return Status.NOT_COMPUTABLE, said("the period after it is not loaded yet")
            limit = self.limits.of_measure(self.catalogue, ref.name)
            if limit is not None:
                return Status.NO_DATA, limit
            if spec.missing is not None:
                return Status.NO_DATA, said("{why}", why=spec.missing)
        return Status.NO_DATA, None

    def table(self, question: TableQuestion) -> TableAnswer:
        """Answer a table question; see `Tables.ask` for what it raises. Raises QueryError too where amounts have no exchange rate."""
        self.unrated.check(self.catalogue, question)
        older.check(self, question.kpis, [dim for dim in question.by if dim in self.catalogue.dimensions])
        question = replace(question, filters=self.scope.narrow(question.filters))
        return Tables(self.reader, self.catalogue, self.loaded, self._tables).ask(question)

    def records(self, kpi: str, where: Sequence[Filter], period: Period, offset: int = 0, limit: int = 100, measure: str | None = None) -> Records:
        """Rows of the fact of the KPI's first measure (or of `measure`) that count in `period` under `where`, newest day last.

        Raises UsageError when the KPI cannot be filtered so, or the measure is not one of its own.
        """
        return records.records(self, kpi, self.scope.narrow(tuple(where)), period, offset, limit, measure)


def _whole(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError(f"a whole number was expected, not {type(value).__name__}")
    return value


def _called(expr: Expr) -> str:
    """A part of a formula as text, without needless parentheses."""
    text = expression.to_text(expr, lambda ref: ref.key)
    return text if not isinstance(expr, Binary) else f"({text})"
