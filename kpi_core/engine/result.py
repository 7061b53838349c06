"""Questions and answers of the engine: plain frozen values, no connection behind them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cached_property

from kpi_core.engine.calendars import CIVIL, Calendar
from kpi_core.errors import Message
from kpi_core.view import Filter

Number = Decimal | float | int


def finite(value: object) -> Number | None:
    """A finite number as the database gave it; anything else is no number."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return None
    return value  # type: ignore[return-value]


@dataclass(frozen=True)
class Period:
    """A range of business dates, both ends included. `text` is its form in the range grammar: `2026-W44`, `2026-10`, `2026-10-01..2026-10-07`.

    `calendar` is the one it was read with: what comes before and after it, and what it is compared with, follow from that.
    """

    start: date
    end: date
    grain: str  # a grain of its calendar (day, week, month, quarter, year, fiscal_year, retail_week …) or range
    text: str
    calendar: Calendar = field(default=CIVIL, compare=False, repr=False)

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1


class Status(StrEnum):
    """What a value is. Absence is never zero; nothing is ever infinite."""

    VALUE = "value"
    NO_DATA = "no_data"  # the inputs are loaded, but hold nothing for this cell
    PARTIAL = "partial"  # a number over a period that the data do not cover to its end
    NOT_COMPUTABLE = "not_computable"  # an input is missing or a divisor is zero: see reason


@dataclass(frozen=True)
class Value:
    """One KPI in one cell. `number` is None unless status is VALUE or PARTIAL. `n`: the size of the sample that `min_n` names."""

    number: Number | None
    status: Status
    reason: Message | None = None
    n: int | None = None
    enough: bool = True  # False: n is under min_n, shown grey and never red or green
    measures: Mapping[str, Number | None] = field(default_factory=dict)  # exact measure values behind the number, for explaining
    interval: tuple[float, float] | None = None  # 95 % of a sample's values lie so far apart by chance; None: not a sample, or not known
    stale: int = 0  # keys of a level that were too old to be carried forward: not in the number
    keys: int = 0  # all keys that the level knows; 0: nothing is carried forward


NO_DATA = Value(None, Status.NO_DATA)


@dataclass(frozen=True)
class Question:
    """KPIs over periods, cut by at most one dimension, filtered. Period 0 is the one asked; further ones are compared or drawn.

    `compare_index` says which of `periods` `compare(...)` in a KPI's formula means; None: such KPIs are not computable.
    `compare_of`, when given, says it for every period (a trend of a growth rate) and replaces `compare_index`.
    """

    kpis: tuple[str, ...]
    periods: tuple[Period, ...]
    by: str | None = None
    where: tuple[Filter, ...] = ()
    compare_index: int | None = None
    compare_of: tuple[int | None, ...] = ()

    def compared_with(self, index: int) -> int | None:
        """Which period the one at `index` is compared with."""
        if self.compare_of:
            return self.compare_of[index] if index < len(self.compare_of) else None
        return self.compare_index if index == 0 else None

    @cached_property
    def compared_by(self) -> Mapping[int, tuple[int, ...]]:
        """The same the other way round: which periods are compared with one, found once for all."""
        found: dict[int, list[int]] = {}
        for index in range(len(self.periods) if self.compare_of else min(1, len(self.periods))):
            other = self.compared_with(index)
            if other is not None and other != index:
                found.setdefault(other, []).append(index)
        return {other: tuple(indexes) for other, indexes in found.items()}


@dataclass(frozen=True)
class Coverage:
    """First and last business day loaded for a fact, over all and by channel and store; `late` are members behind the watermark."""

    fact: str
    first: date | None
    last: date | None
    late: tuple[tuple[str, date], ...] = ()


@dataclass(frozen=True)
class Answer:
    """`cells[member][kpi][i]` is the value over `question.periods[i]`; the key None is the whole (no cut).

    A member that has no value of the dimension is the key ''. When the question has a cut, `cells` also holds the total
    under None, and `overlap` names the KPIs whose parts do not add up to it (an order may lie in several categories).
    `sql` is the exact string that ran, with `parameters` bound; `coverage` is per fact used.
    """

    question: Question
    cells: Mapping[str | None, Mapping[str, tuple[Value, ...]]]
    overlap: frozenset[str]
    coverage: Mapping[str, Coverage]
    sql: str
    parameters: tuple[object, ...] = ()
    hidden: int = 0  # members that the dimension's `top` leaves out: only the largest of the first KPI are listed
