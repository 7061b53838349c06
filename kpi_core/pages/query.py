"""A table of the command line: KPIs by period and dimensions."""

from __future__ import annotations

from dataclasses import dataclass

from kpi_core.engine.result import Number, Period
from kpi_core.errors import Message
from kpi_core.pages.core import KpiInfo


@dataclass(frozen=True)
class QueryRow:
    """`labels` are the members in the reader's language, `keys` as the data have them. `partial` says why the period is not whole."""

    period: Period | None
    keys: tuple[object, ...]
    labels: tuple[str, ...]
    numbers: tuple[Number | None, ...]
    partial: Message | None = None


@dataclass(frozen=True)
class QueryPage:
    """`by` are the cuts with their titles; `notes` what a reader must know. `sql` is what ran, with `parameters` bound."""

    kpis: tuple[KpiInfo, ...]
    by: tuple[tuple[str, str], ...]
    grain: str | None
    rows: tuple[QueryRow, ...]
    notes: tuple[Message, ...]
    sql: str
    parameters: tuple[object, ...] = ()
