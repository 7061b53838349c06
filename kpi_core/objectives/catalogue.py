"""The catalogue that objectives are checked against: the engine's, asked how a KPI joins."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from kpi_core.engine.calendars import CIVIL, Calendar
from kpi_core.engine.catalogue import Catalogue
from kpi_core.objectives.model import Behaviour
from kpi_core.objectives.shape import Shape, shape_for


@dataclass(frozen=True)
class KpiCatalogue:
    """`known` are members known from data (the stores loaded); the codes named in kpis.yaml always count."""

    catalogue: Catalogue
    known: Mapping[str, Collection[str]] = field(default_factory=dict)
    calendar: Calendar = CIVIL

    def kpis(self) -> Collection[str]:
        return self.catalogue.kpis

    def good(self, kpi: str) -> str:
        return self.catalogue.kpi(kpi).good

    def unit(self, kpi: str) -> str:
        return self.catalogue.kpi(kpi).unit

    def dims(self, kpi: str) -> Collection[str]:
        return self.catalogue.dims(kpi)

    def filters(self, kpi: str) -> Collection[str]:
        return self.catalogue.filters(kpi)

    def members(self, dim: str) -> Collection[str] | None:
        named = self.catalogue.dimension(dim).values
        return {*named, *self.known[dim]} if dim in self.known else named or None

    def shape(self, kpi: str) -> Shape | None:
        """How the KPI can be explained; None when its formula has no exact part per member."""
        return shape_for(self.catalogue.expression(kpi))

    def behaviour(self, kpi: str) -> Behaviour:
        shape = self.shape(kpi)
        if shape is None or not shape.additive:
            return Behaviour.RATE
        measures = [self.catalogue.measures[ref.name].spec for ref in self.catalogue.refs(kpi)]
        if any(measure.additive == "none" for measure in measures):
            return Behaviour.DISTINCT
        over_days = all(measure.over_time == "sum" for measure in measures) and not any("days" in term for term in (*shape.top, *shape.bottom))
        return Behaviour.SUM if over_days else Behaviour.LEVEL
