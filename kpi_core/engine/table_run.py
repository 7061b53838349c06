"""Running a table question: prove the lookups, plan, one statement, rows with what a reader must know about them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date

from kpi_core.engine import relation
from kpi_core.engine.catalogue import Catalogue
from kpi_core.engine.coverage import Loaded, Reader
from kpi_core.engine.moves import Days, end_of
from kpi_core.engine.plan import reach
from kpi_core.engine.predicate import columns, identifier
from kpi_core.engine.result import Number, finite
from kpi_core.engine.table import TableAnswer, TableQuestion, TableRow
from kpi_core.engine.table_plan import Shown, TablePlan, make_table_plan
from kpi_core.engine.table_sql import carried, render_table
from kpi_core.engine.write import Statement
from kpi_core.errors import Message, QueryError, said


@dataclass(frozen=True)
class Tables:
    """What a table question is asked of."""

    reader: Reader
    catalogue: Catalogue
    loaded: Loaded
    tables: frozenset[str]

    @property
    def rollups(self) -> Collection[str]:
        return frozenset(name for name in self.tables if "__" in name)

    def statement(self, question: TableQuestion) -> Statement:
        """The statement of a question, without running it."""
        return render_table(self.catalogue, self.loaded, self._plan(question), self.rollups)

    def ask(self, question: TableQuestion) -> TableAnswer:
        """Answer a question.

        Raises UsageError for a name that does not exist, NotAdditive for a cut that a KPI does not have, QueryError for what is not
        loaded and for a lookup whose key is not unique.
        """
        plan = self._plan(question)
        statement = render_table(self.catalogue, self.loaded, plan, self.rollups)
        answered = [dict(zip(statement.columns, row, strict=True)) for row in self.reader.execute(statement.sql, statement.parameters)]
        partial = _partial(plan)
        levels = carried(plan)
        rows = []
        stale = dict.fromkeys(question.kpis, (0, 0))
        for row in answered:
            counts = []
            for kpi in question.kpis:
                mine = [n for n, s in enumerate(plan.streams) if s in levels and any(leaf.stream == s for leaf in plan.leaves[kpi].values())]
                old, keys = (sum(_whole(row[f"{name}_{n}"]) for n in mine) for name in ("stale", "keys"))
                counts.append(old)
                stale[kpi] = (stale[kpi][0] + old, stale[kpi][1] + keys)
            period = row.get("period")
            first = period if isinstance(period, date) else None
            numbers: tuple[Number | None, ...] = tuple(finite(row[kpi]) for kpi in question.kpis)
            rows.append(TableRow(first, tuple(row[text] for text in question.by), numbers, partial(first), tuple(counts)))
        dims = [cut.name for cut in plan.cuts if cut.name]
        overlap = frozenset(kpi for kpi in question.kpis if any(self.catalogue.overlaps(kpi, dim) for dim in dims))
        known = {kpi: found for kpi, found in stale.items() if found[1]}
        return TableAnswer(question, tuple(rows), overlap, known, statement.sql, statement.parameters)

    def _plan(self, question: TableQuestion) -> TablePlan:
        plan = make_table_plan(self.catalogue, self.loaded, question, self._bounds)
        for stream, leaves in plan.streams.items():
            needed = {plan.cuts[place].name for place in stream.keys} | set(columns(plan.condition)) | {stream.by_date} | {item.dim for item in stream.scope}
            needed |= {name for leaf in leaves if not stream.across for name in self.catalogue.measures[leaf.measure].columns()}
            known = self.catalogue.names(stream.fact)
            relation.check(self.reader, self.catalogue.file, relation.used_lookups(self.catalogue.file, stream.fact, needed & known))
        return plan

    def _bounds(self, fact: str, column: str) -> Days | None:
        """First and last day of a fact: what its exports cover, else what its rows say."""
        spec = self.catalogue.file.facts[fact]
        for table in relation.tables(self.catalogue.file, fact):
            if table not in self.tables:
                raise QueryError(said("needs {export}, which is not loaded", export=spec.fed_by))
        covered = reach(self.catalogue, self.loaded, fact) if column == spec.date and spec.table else None
        if covered is None:
            source = relation.source(self.catalogue.file, fact, {column}, self.catalogue.columns)
            name = identifier(column)
            first, last = self.reader.execute(f"select cast(min(f.{name}) as date), cast(max(f.{name}) as date) from {source} as f")[0]
            if not isinstance(first, date) or not isinstance(last, date):
                return None
            covered = first, last
        return covered[0], end_of(covered[1], spec.date_grain)


def _whole(value: object) -> int:
    return int(value) if isinstance(value, int) else 0


def _partial(plan: TablePlan) -> Callable[[date | None], Message | None]:
    """Says of a period, by its first day, why it is not whole."""
    first, last = min(span[0] for span in plan.bounds.values()), min(span[1] for span in plan.bounds.values())
    shown: dict[date | None, Shown] = {item.whole[0] if plan.question.grain else None: item for item in plan.periods}

    def say(start: date | None) -> Message | None:
        item = shown.get(start)
        if item is None:
            return None
        asked, whole = (item.end - item.start).days + 1, (item.whole[1] - item.whole[0]).days + 1
        if asked < whole:
            return said("{days} of {all} days", days=asked, all=whole)
        if plan.question.grain and item.end > last:
            return said("loaded up to {day} only", day=last)
        if plan.question.grain and item.start < first:
            return said("loaded from {day} only", day=first)
        return None

    return say
