"""The validated catalogue: kpis.yaml with every name resolved, every formula parsed, every mistake named by file, line and key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kpi_core.config.decode import decode, did_you_mean
from kpi_core.config.model import Conversion, Dimension, Group, Kpi, KpiFile, Measure, titled
from kpi_core.config.yaml import Document
from kpi_core.engine import expression, predicate, relation
from kpi_core.engine.expression import Expr, Ref
from kpi_core.engine.predicate import Aggregate, Scalar
from kpi_core.engine.star import STAR
from kpi_core.errors import Message, UsageError, said


@dataclass(frozen=True)
class Source:
    """Where a measure is read for a given set of dimensions: its own fact, or the fact it is counted across."""

    fact: str
    agg: Aggregate
    where: Scalar | None
    across: bool


@dataclass(frozen=True)
class Compiled:
    """A measure with its texts parsed. `conversion`: it counts rows of its fact that led to an event."""

    id: str
    spec: Measure
    agg: Aggregate
    where: Scalar | None
    across_agg: Aggregate | None = None
    conversion: Conversion | None = None

    def columns(self) -> frozenset[str]:
        """Names of its fact that it reads, without those of `across`."""
        carried = self.spec.carry_forward.per if self.spec.carry_forward else ()
        return frozenset((*predicate.columns(self.agg), *predicate.columns(self.where), *carried))


class Catalogue:
    """Measures, KPIs, dimensions and groups by name. Build it with `Catalogue.build`; it never changes afterwards."""

    def __init__(self, file: KpiFile, measures: Mapping[str, Compiled], formulas: Mapping[str, Expr], columns: Mapping[str, frozenset[str]] = STAR) -> None:
        self.file = file
        self.columns = columns
        self.measures = dict(measures)
        self._formulas = dict(formulas)
        self._implied = {name: Kpi(name=titled(name), expr=name) for name in (*file.measures, *file.conversions) if name not in file.kpis}
        self._reach: dict[str, frozenset[str]] = {}
        self._refs: dict[str, tuple[Ref, ...]] = {}
        self._facts: dict[str, tuple[str, ...]] = {}
        self._fact_dims = {fact: frozenset(spec.dims) | relation.dims(file, fact, columns) for fact, spec in file.facts.items()}

    @classmethod
    def build(cls, file: KpiFile, document: Document | None = None, columns: Mapping[str, Iterable[str]] = STAR) -> Catalogue:
        """Check `file` as a whole. `document` gives lines; `columns` the columns of each table. Raises ConfigError at the first mistake."""
        from kpi_core.engine.catalogue_build import Builder  # it makes catalogues

        return Builder(file, document, {table: frozenset(names) for table, names in columns.items()}).build()

    @classmethod
    def read(cls, document: Document, columns: Mapping[str, Iterable[str]] = STAR) -> Catalogue:
        """Decode and check a document."""
        return cls.build(decode(document, KpiFile), document, columns)

    @property
    def kpis(self) -> Mapping[str, Kpi]:
        return self.file.kpis

    @property
    def dimensions(self) -> Mapping[str, Dimension]:
        return self.file.dimensions

    @property
    def groups(self) -> tuple[Group, ...]:
        return self.file.groups

    @property
    def drill(self) -> tuple[str, ...]:
        return self.file.drill

    def kpi(self, kpi: str) -> Kpi:
        """The KPI of that id; a measure or conversion is one of its own name. Raises UsageError with the nearest id."""
        found = self.file.kpis.get(kpi) or self._implied.get(kpi)
        if found is None:
            near = did_you_mean(kpi, self.file.kpis)
            raise UsageError(said("there is no KPI {kpi}", kpi=kpi), hint=near or did_you_mean(kpi, [*self.file.kpis, *self._implied]))
        return found

    def dimension(self, dim: str) -> Dimension:
        """The dimension of that id. Raises UsageError with the nearest id."""
        if dim not in self.file.dimensions:
            raise UsageError(said("there is no dimension {dim}", dim=dim), hint=did_you_mean(dim, self.file.dimensions))
        return self.file.dimensions[dim]

    def expression(self, kpi: str) -> Expr:
        """The formula over measures; KPIs it names are expanded."""
        self.kpi(kpi)
        return self._formulas[kpi]

    def refs(self, kpi: str) -> tuple[Ref, ...]:
        """Measures of the formula in order, each once."""
        if kpi not in self._refs:
            self._refs[kpi] = tuple(dict.fromkeys(expression.refs(self.expression(kpi))))
        return self._refs[kpi]

    def facts(self, kpi: str) -> tuple[str, ...]:
        """Facts behind the KPI, that of its first measure first."""
        if kpi not in self._facts:
            found: dict[str, None] = {}
            for ref in self.refs(kpi):
                compiled = self.measures[ref.name]
                found[compiled.spec.fact] = None
                if compiled.conversion:
                    found[compiled.conversion.event] = None
            self._facts[kpi] = tuple(found)
        return self._facts[kpi]

    def fact_dims(self, fact: str) -> frozenset[str]:
        """Dimensions of a fact: its own and those of its lookups."""
        return self._fact_dims[fact]

    def names(self, fact: str) -> frozenset[str]:
        """Every name that a filter on a fact may use: columns and `lookup.column`."""
        return relation.names(self.file, fact, self.columns)

    def rolls_up(self, measure: str) -> bool:
        """True when sums of the measure over days and plain dimensions may be kept in a rollup table."""
        compiled = self.measures[measure]
        spec, fact = compiled.spec, self.file.facts[compiled.spec.fact]
        plain = spec.additive == "all" and spec.cells == "any" and spec.also_in is None and spec.date is None and spec.carry_forward is None
        return plain and bool(fact.table) and compiled.conversion is None and not any("." in name for name in compiled.columns())

    def date(self, measure: str) -> str:
        """The date that a measure goes by."""
        spec = self.measures[measure].spec
        return spec.date or self.file.facts[spec.fact].date

    def covering(self, fact: str) -> str:
        """The table whose coverage says how far a fact reaches: its own, or that of `covered_by`."""
        spec = self.file.facts[fact]
        return self.file.facts[spec.covered_by].table if spec.covered_by else spec.table

    def needs_compare(self, kpi: str) -> bool:
        return any(ref.context == "compare" for ref in self.refs(kpi))

    def formula(self, kpi: str) -> str:
        """The formula as written."""
        return self.kpi(kpi).expr

    def scope(self, kpi: str, through: tuple[str, ...] = ()) -> dict[str, tuple[str, ...]]:
        """The KPI's own scope joined with those of the KPIs that a measure came through; a value must lie in all of them."""
        joined: dict[str, tuple[str, ...]] = {}
        for name in (kpi, *through):
            for dim, values in self.kpi(name).scope.items():
                joined[dim] = tuple(value for value in joined[dim] if value in values) if dim in joined else values
        return joined

    def _reach_of(self, kpi: str) -> frozenset[str]:
        """Dimensions that every measure of a KPI knows: what it may be filtered by."""
        if kpi not in self._reach:
            sets = [self.measure_dims(ref.name) for ref in self.refs(kpi)]
            self._reach[kpi] = frozenset.intersection(*sets) if sets else frozenset()
        return self._reach[kpi]

    def measure_dims(self, measure: str) -> frozenset[str]:
        """Dimensions of a measure: those of its fact, and those that it is counted across."""
        spec = self.measures[measure].spec
        return self.fact_dims(spec.fact) | frozenset(spec.across.dims if spec.across else ())

    def filters(self, kpi: str) -> tuple[str, ...]:
        """Dimensions the KPI may be filtered by, in the catalogue's order."""
        self.kpi(kpi)
        return tuple(dim for dim in self.file.dimensions if dim in self._reach_of(kpi))

    def dims(self, kpi: str) -> tuple[str, ...]:
        """Dimensions the KPI may be cut by, in the catalogue's order."""
        allowed = self.kpi(kpi).dims
        return tuple(dim for dim in self.filters(kpi) if allowed is None or dim in allowed)

    def refused(self, kpi: str, dim: str) -> Message | None:
        """Why the KPI cannot be cut by `dim`; None when it can."""
        self.dimension(dim)
        if dim in self.dims(kpi):
            return None
        lacking = next((ref.name for ref in self.refs(kpi) if dim not in self.measure_dims(ref.name)), None)
        if lacking is None:
            return said("{kpi} is not meant to be cut by {dim}", kpi=self.kpi(kpi).name, dim=self.dimension(dim).name)
        return said("{measure} is not known by {dim}", measure=lacking.partition("__")[0], dim=self.dimension(dim).name)

    def source(self, measure: str, used: Iterable[str]) -> Source | None:
        """Where to read `measure` when the dimensions `used` are cut by or filtered on; None when nowhere."""
        compiled = self.measures[measure]
        wanted = set(used)
        if wanted <= self.fact_dims(compiled.spec.fact):
            return Source(compiled.spec.fact, compiled.agg, compiled.where, False)
        across = compiled.spec.across
        if across and compiled.across_agg and wanted <= self.fact_dims(across.fact) and wanted <= self.measure_dims(measure):
            return Source(across.fact, compiled.across_agg, None, True)
        return None

    def overlaps(self, kpi: str, dim: str) -> bool:
        """True when one thing (an order, a customer) may lie in several members of `dim`, or not all are listed: parts need not add up to the whole."""
        if dim in self.file.dimensions and self.file.dimensions[dim].top is not None:
            return True
        for ref in self.refs(kpi):
            compiled = self.measures[ref.name]
            if compiled.spec.additive == "none" or (compiled.spec.across and dim in compiled.spec.across.dims):
                return True
        return False

    def across(self, kpi: str, dim: str) -> bool:
        """True when a measure of the KPI knows `dim` only by counting a thing in each member that it touches."""
        specs = [self.measures[ref.name].spec for ref in self.refs(kpi)]
        return any(spec.across and dim in spec.across.dims for spec in specs)

    def adds_up(self, kpi: str, dim: str) -> bool:
        """True when the values of the members of `dim` sum to the total: a weighted sum of measures that partition."""
        return expression.is_linear(self.expression(kpi)) and not self.overlaps(kpi, dim)

    def ratio(self, kpi: str) -> tuple[Expr, Expr, object] | None:
        """(numerator, denominator, factor) when the KPI is factor x N / D, N and D weighted sums of measures."""
        return expression.ratio(self.expression(kpi))

    def group_of(self, kpi: str) -> str:
        """Id of the first group that shows the KPI; '' for none."""
        return next((group.id for group in self.file.groups if kpi in group.kpis), "")
