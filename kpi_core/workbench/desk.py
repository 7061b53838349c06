"""What every page is made of: the catalogue, objectives and engine of one generation, and names in the reader's language."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from kpi_core.config.bundle import Bundle
from kpi_core.config.model import Kpi
from kpi_core.engine import calendar
from kpi_core.engine.calendar_file import build as build_calendar
from kpi_core.engine.calendars import Calendar
from kpi_core.engine.catalogue import Catalogue
from kpi_core.engine.expression import Ref, to_text
from kpi_core.engine.result import Period
from kpi_core.engine.run import Engine
from kpi_core.engine.scope import Scope
from kpi_core.objectives import Objectives, ResolvedTarget, SplitTargets, build
from kpi_core.objectives.catalogue import KpiCatalogue
from kpi_core.objectives.shape import Shape, shape_for
from kpi_core.objectives.shapes import Shapes
from kpi_core.pages import KpiInfo, NoProjection, Overdue, Projection
from kpi_core.render.format import Formatter
from kpi_core.store import Reader, Workspace
from kpi_core.view import Filter

_DECIMALS = {"currency": 0, "%": 1, "pts": 0, "days": 1, "s": 0, "x": 1, "count": 0, "ratio": 2, "score": 1}


def objectives_of(bundle: Bundle, catalogue: Catalogue, known: Mapping[str, Collection[str]] | None = None, shapes: Shapes | None = None) -> Objectives:
    """The checked objectives of a workspace, imported targets with them; `known` are members that the data hold, `shapes` its days.

    Raises ConfigError at the first mistake.
    """
    checked = KpiCatalogue(catalogue, known or {}, calendar_of(bundle))
    return build(bundle.objectives, bundle.documents["objectives"], checked, shapes, bundle.targets)


def calendar_of(bundle: Bundle) -> Calendar:
    """The calendar of a workspace. Raises ConfigError at the first mistake of calendar.yaml."""
    return build_calendar(bundle.calendar, bundle.documents["calendar"])


@dataclass(frozen=True)
class Desk:
    """One generation with its configuration. Pages are built from it and nothing else."""

    workspace: Workspace
    bundle: Bundle
    catalogue: Catalogue
    objectives: Objectives
    reader: Reader
    engine: Engine
    lang: str
    loaded_at: datetime | None

    @cached_property
    def calendar(self) -> Calendar:
        """Weeks, fiscal and retail years and events as calendar.yaml has them."""
        return calendar_of(self.bundle)

    @property
    def scope(self) -> Scope:
        """Stores and channels that whoever asks may see; every state is narrowed to them before a page is made of it."""
        return self.engine.scope

    @property
    def fmt(self) -> Formatter:
        return Formatter(self.lang)

    @property
    def title(self) -> str:
        return self.bundle.settings.name or self.workspace.root.name

    def info(self, kpi: str) -> KpiInfo:
        """The KPI as a reader sees it."""
        spec: Kpi = self.catalogue.kpi(kpi)
        group = next((group for group in self.catalogue.groups if kpi in group.kpis), None)
        return KpiInfo(
            id=kpi,
            name=spec.name.in_(self.lang),
            unit=self.bundle.settings.currency if spec.unit == "currency" else spec.unit,
            good=spec.good,
            decimals=_DECIMALS[spec.unit] if spec.decimals is None else spec.decimals,
            group=group.name.in_(self.lang) if group else "",
            short=spec.short.in_(self.lang) if spec.short else "",
            formula=_signs(to_text(self.catalogue.expression(kpi), self.said_ref)),
        )

    @cached_property
    def projections(self) -> dict[object, Projection | NoProjection]:
        """Projections made from this generation, by what they were made of."""
        return {}

    @cached_property
    def like_days(self) -> dict[date, date]:
        """Days with the day of the year before that plays their part, as far as they were asked."""
        return {}

    @cached_property
    def overdue(self) -> tuple[Overdue, ...]:
        """Sources that are older than settings.yaml or their export format expects."""
        from kpi_core.workbench.lateness import overdue  # here: it reads a desk

        return overdue(self)

    @cached_property
    def _names(self) -> Mapping[str, str]:
        """Measures by their own name, or that of a KPI that shows them as they are."""
        names = {name: spec.name.in_(self.lang) for name, spec in self.catalogue.file.measures.items() if spec.name}
        for kpi, spec in self.catalogue.file.kpis.items():
            expr = self.catalogue.expression(kpi)
            if isinstance(expr, Ref) and not expr.context and not spec.scope:
                names.setdefault(expr.name, spec.name.in_(self.lang))
        return names

    def measure(self, name: str) -> str:
        """A measure in the reader's language where it has a name, else its id."""
        return self._names.get(name, name)

    def said_ref(self, ref: Ref) -> str:
        """A name of a formula: `Orders`, `compare(Orders)`."""
        return ref.around(self.measure(ref.name))

    def shape(self, kpi: str) -> Shape | None:
        """How the KPI splits into parts; None when no exact split exists."""
        return shape_for(self.catalogue.expression(kpi))

    def target(self, kpi: str, where: tuple[Filter, ...], period: Period) -> ResolvedTarget | None:
        """The target for as much of the period as the KPI's data reach: a value to date is held against a target to date."""
        return self.objectives.target_for(kpi, where, self.reached(kpi, period), self.narrow(kpi))

    def split(self, kpi: str, where: tuple[Filter, ...], by: str, period: Period, members: Iterable[str]) -> SplitTargets:
        """Targets of the members of a cut, likewise to date."""
        return self.objectives.split_targets(kpi, where, by, self.reached(kpi, period), members, self.narrow(kpi))

    def narrow(self, kpi: str) -> tuple[str, ...]:
        """Dimensions in which one order lies in several members, so that a rate of whole orders is no yardstick for a member."""
        return tuple(dim for dim in self.catalogue.dims(kpi) if self.catalogue.across(kpi, dim))

    def reached(self, kpi: str, period: Period) -> Period:
        """The period up to the last day that every input of the KPI is loaded for; unchanged when nothing of it is."""
        return calendar.clamped(period, self.engine.watermark([kpi])) or period

    def dim_title(self, dim: str) -> str:
        return self.catalogue.dimension(dim).name.in_(self.lang)

    def label(self, dim: str, member: str | None) -> str:
        """A member of a dimension in the reader's language; rows without a value have a name of their own."""
        spec = self.catalogue.dimension(dim)
        if not member:
            return spec.none.in_(self.lang) if spec.none else self.fmt.t("(no value)")
        text = spec.values.get(member)
        return text.in_(self.lang) if text else member


def _signs(formula: str) -> str:
    """Arithmetic as people write it."""
    return formula.replace(" * ", " × ").replace(" / ", " ÷ ").replace(" - ", " − ")
