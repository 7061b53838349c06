"""One KPI over time: a bucket a period of one grain, with target, comparison, and what happened then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kpi_core.engine.result import Number, Period, Value
from kpi_core.pages.core import Delta, Gap, Header, KpiInfo, Target
from kpi_core.pages.forecast import Projection
from kpi_core.pages.heat import ShapeChoice
from kpi_core.pages.notes import NoteLine

EVENT, ACTION, NOTE = "event", "action", "note"


@dataclass(frozen=True)
class Mark:
    """Something that happened: `kind` is event (of calendar.yaml), action (begins, of objectives.yaml) or note. `text` may come from a file."""

    kind: str
    start: date
    end: date
    text: str


@dataclass(frozen=True)
class Bucket:
    """The KPI over one period; `compare` is the period it is compared with, `partial` that the data stop before its end."""

    period: Period
    value: Value
    target: Target | None
    gap: Gap
    delta: Delta | None
    compare: Period | None = None
    partial: bool = False
    marks: tuple[Mark, ...] = ()

    @property
    def key(self) -> str:
        """The key of its row, and the text of its period."""
        return self.period.text

    @property
    def base(self) -> Number | None:
        """The KPI over the period it is compared with."""
        return self.delta.base.number if self.delta is not None else None


@dataclass(frozen=True)
class TrendPage:
    """Buckets oldest first; the one of the state's period is among them. `projection`: where the last one will end, in progress or just ahead."""

    header: Header
    kpi: KpiInfo
    buckets: tuple[Bucket, ...]
    projection: Projection | None = None
    notes: tuple[NoteLine, ...] = ()
    shapes: tuple[ShapeChoice, ...] = ()

    def at(self, key: str | None) -> int | None:
        """The place of a bucket; None for a key of none."""
        return next((place for place, bucket in enumerate(self.buckets) if bucket.key == key), None)

    def expected(self, bucket: Bucket) -> Projection | None:
        """Where a bucket without data yet is expected to end."""
        return self.projection if bucket.value.number is None and bucket is self.buckets[-1] else None

    @property
    def shown(self) -> int | None:
        """The place of the bucket that is the state's period."""
        return self.at(self.header.period.text)
