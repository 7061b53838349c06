"""A table question: several KPIs, cut by any number of dimensions and by period, filtered by a predicate. Plain frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from kpi_core.engine.result import Number
from kpi_core.errors import Message
from kpi_core.view import Filter

GRAINS = ("day", "week", "month", "quarter", "year")
PARTS = ("year", "quarter", "month", "week", "day", "dow", "doy")
PERIOD = "period"
PART = "date_part."


@dataclass(frozen=True)
class TableQuestion:
    """`by`: dimensions, `lookup.column`, a date dimension's `name.month`, or `date_part.x` of the business date (`dow` 1 = Monday).

    `grain`: day, week (from Monday), month, quarter, year; None is one figure for everything. `where` is a predicate over dimensions.
    `range` has both ends and is on each KPI's own business date; it limits what is shown, never the history. `order`: columns, `-` for
    descending. `dense` shows every period of the range, also those without rows. `filters` are crumbs, beside `where`.
    """

    kpis: tuple[str, ...]
    by: tuple[str, ...] = ()
    grain: str | None = None
    where: str | None = None
    range: tuple[date, date] | None = None
    order: tuple[str, ...] = ()
    limit: int | None = None
    dense: bool = False
    filters: tuple[Filter, ...] = ()


@dataclass(frozen=True)
class TableRow:
    """`period` is its first day (None without a grain), `keys` the values of the cuts, `numbers` one per KPI, in the question's order.

    `partial` says why the period is not whole: cut by the range or by what is loaded. `stale` is how many keys were too old, per KPI.
    """

    period: date | None
    keys: tuple[object, ...]
    numbers: tuple[Number | None, ...]
    partial: Message | None = None
    stale: tuple[int, ...] = ()


@dataclass(frozen=True)
class TableAnswer:
    """`overlap`: KPIs whose parts do not add up over the cuts. `stale`: per KPI, keys that were too old to be counted, and all keys.

    `sql` is the exact string that ran, with `parameters` bound.
    """

    question: TableQuestion
    rows: tuple[TableRow, ...]
    overlap: frozenset[str]
    stale: Mapping[str, tuple[int, int]]
    sql: str
    parameters: tuple[object, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns: the period where there is a grain, the cuts, the KPIs."""
        return (*((PERIOD,) if self.question.grain else ()), *self.question.by, *self.question.kpis)
