"""Where a KPI will stand at the end of a period in progress."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kpi_core.engine.result import Number
from kpi_core.errors import Message
from kpi_core.pages.core import Gap, Target


@dataclass(frozen=True)
class Projection:
    """The KPI at `until`, the last day of the period, if it goes on as its days lead to expect; 4 times in 5 it ends within low..high.

    `target` is that of the whole period, `gap` the amount against it (grey where the target lies in the range), `probability` the share
    of past forecasts with whose error it would be met. `held` of the last `checked` forecasts of as many days lay in their range;
    `errors` is how many were replayed, `bend` the weight that last year's course got (0: none).
    """

    until: date
    amount: Number
    low: Number
    high: Number
    days_left: int
    target: Target | None
    gap: Gap
    probability: float | None
    held: int
    checked: int
    errors: int
    bend: float


@dataclass(frozen=True)
class NoProjection:
    """Why nothing is projected."""

    reason: Message
