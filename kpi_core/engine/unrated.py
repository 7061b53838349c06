"""Amounts without an exchange rate: they are in no figure, so no figure of their days is shown as if it were whole."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from kpi_core.engine.catalogue import Catalogue
from kpi_core.engine.coverage import Reader
from kpi_core.engine.plan import Plan, PlannedKpi
from kpi_core.engine.table import TableQuestion
from kpi_core.errors import Message, QueryError, said

UNRATED_SQL = 'select "table", "first", "last", currency, "rows" from unrated order by "table", "first", currency'


@dataclass(frozen=True)
class Unrated:
    """Rows by star table: first and last day, currency, count."""

    rows: tuple[tuple[str, date, date, str, int], ...] = ()

    @classmethod
    def read(cls, reader: Reader) -> Unrated:
        return cls(tuple((str(table), first, last, str(currency), int(rows)) for table, first, last, currency, rows in reader.execute(UNRATED_SQL)))

    def reason(self, tables: Iterable[str], start: date, end: date) -> Message | None:
        """Why figures of these tables over start..end would lack something; None when they do not."""
        if not self.rows:
            return None
        wanted = set(tables)
        found = [item for item in self.rows if item[0] in wanted and item[1] <= end and item[2] >= start]
        if not found:
            return None
        # of an order both the head and its lines are there: the larger count is that of the lines
        counts: dict[str, int] = {}
        for table, _, _, _, rows in found:
            counts[table] = counts.get(table, 0) + rows
        return said(
            "{count} rows in {currencies} have no exchange rate ({first} to {last})",
            count=max(counts.values()),
            currencies=", ".join(sorted({item[3] for item in found})),
            first=min(item[1] for item in found),
            last=max(item[2] for item in found),
        )

    def lacking(self, catalogue: Catalogue, plan: Plan, item: PlannedKpi, number: int, index: int) -> Message | None:
        """Why a KPI over slot `number` (period `index`), or over the one it is compared with, would lack something."""
        if not self.rows:
            return None
        slots: list[int | None] = [number]
        if any(ref.context == "compare" for ref in item.columns) and (other := plan.question.compared_with(index)) is not None:
            slots.append(item.slots[other])
        to_date = any(catalogue.measures[ref.name].spec.over_time == "to_date" for ref in item.columns)
        spans = [(date.min if to_date else plan.slots[slot].start, plan.slots[slot].end) for slot in slots if slot is not None]
        tables = tables_of(catalogue, item.kpi)
        return next((reason for start, end in spans if (reason := self.reason(tables, start, end)) is not None), None)

    def check(self, catalogue: Catalogue, question: TableQuestion) -> None:
        """Raises QueryError where a table question would show figures that lack something."""
        start, end = question.range or (date.min, date.max)
        for kpi in question.kpis if self.rows else ():
            reason = self.reason(tables_of(catalogue, kpi), start, end) if kpi in catalogue.kpis else None
            if reason is not None:
                raise QueryError(reason, hint=said("load the missing rates, or ask for other days"))


def tables_of(catalogue: Catalogue, kpi: str) -> frozenset[str]:
    """The star tables that a KPI reads, and those that say how far they reach where a table is made of others."""
    found: set[str] = set()
    for fact in catalogue.facts(kpi):
        table = catalogue.file.facts[fact].table
        found.add(table)
        if table not in ("returns", "returns_by_sale"):  # returns have rates of their own
            found.add(catalogue.covering(fact))
    return frozenset(found)
