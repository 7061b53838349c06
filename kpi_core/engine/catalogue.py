"""The validated catalogue: kpis.yaml with every name resolved, every formula parsed, every mistake named by file, line and key."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from kpi_core.config.decode import decode, did_you_mean
from kpi_core.config.model import Across, Dimension, Fact, Group, Kpi, KpiFile, Measure
from kpi_core.config.yaml import Document, YamlPath
from kpi_core.engine import expression, predicate
from kpi_core.engine.expression import Expr, Ref
from kpi_core.engine.predicate import Aggregate, Scalar
from kpi_core.engine.star import STAR
from kpi_core.errors import ConfigError, Message, UsageError, Where, said

# 'slot', 'member' and 'whole' are columns of the engine's own SQL; the others are words of the formula language.
RESERVED_NAMES = frozenset({"slot", "member", "whole", "start_day", "end_day", "days", "compare", "total", "day"})
_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class Source:
    """Where a measure is read for a given set of dimensions: its own fact, or the fact it is counted across."""

    fact: str
    agg: Aggregate
    where: Scalar | None
    across: bool


@dataclass(frozen=True)
class Compiled:
    """A measure with its texts parsed."""

    id: str
    spec: Measure
    agg: Aggregate
    where: Scalar | None
    across_agg: Aggregate | None


class Catalogue:
    """Measures, KPIs, dimensions and groups by name. Build it with `Catalogue.build`; it never changes afterwards."""

    def __init__(self, file: KpiFile, measures: Mapping[str, Compiled], formulas: Mapping[str, Expr]) -> None:
        self.file = file
        self.measures = dict(measures)
        self._formulas = dict(formulas)

    @classmethod
    def build(cls, file: KpiFile, document: Document | None = None, columns: Mapping[str, Iterable[str]] = STAR) -> Catalogue:
        """Check `file` as a whole. `document` gives lines; `columns` the columns of each table. Raises ConfigError at the first mistake."""
        return _Builder(file, document, {table: frozenset(names) for table, names in columns.items()}).build()

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
        """The KPI of that id. Raises UsageError with the nearest id."""
        if kpi not in self.file.kpis:
            raise UsageError(said("there is no KPI {kpi}", kpi=kpi), hint=did_you_mean(kpi, self.file.kpis))
        return self.file.kpis[kpi]

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
        return tuple(dict.fromkeys(expression.refs(self.expression(kpi))))

    def facts(self, kpi: str) -> tuple[str, ...]:
        """Facts behind the KPI, that of its first measure first."""
        return tuple(dict.fromkeys(self.measures[ref.name].spec.fact for ref in self.refs(kpi)))

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

    @cached_property
    def _reach(self) -> dict[str, frozenset[str]]:
        """Dimensions that every measure of a KPI knows: what it may be filtered by."""
        reach: dict[str, frozenset[str]] = {}
        for kpi in self.file.kpis:
            sets = [self._measure_dims(ref.name) for ref in self.refs(kpi)]
            reach[kpi] = frozenset.intersection(*sets) if sets else frozenset()
        return reach

    def _measure_dims(self, measure: str) -> frozenset[str]:
        spec = self.measures[measure].spec
        return frozenset(self.file.facts[spec.fact].dims) | frozenset(spec.across.dims if spec.across else ())

    def filters(self, kpi: str) -> tuple[str, ...]:
        """Dimensions the KPI may be filtered by, in the catalogue's order."""
        self.kpi(kpi)
        return tuple(dim for dim in self.file.dimensions if dim in self._reach[kpi])

    def dims(self, kpi: str) -> tuple[str, ...]:
        """Dimensions the KPI may be cut by, in the catalogue's order."""
        allowed = self.kpi(kpi).dims
        return tuple(dim for dim in self.filters(kpi) if allowed is None or dim in allowed)

    def refused(self, kpi: str, dim: str) -> Message | None:
        """Why the KPI cannot be cut by `dim`; None when it can."""
        self.dimension(dim)
        if dim in self.dims(kpi):
            return None
        lacking = next((ref.name for ref in self.refs(kpi) if dim not in self._measure_dims(ref.name)), None)
        if lacking is None:
            return said("{kpi} is not meant to be cut by {dim}", kpi=self.kpi(kpi).name, dim=self.dimension(dim).name)
        return said("{measure} is not known by {dim}", measure=lacking, dim=self.dimension(dim).name)

    def source(self, measure: str, used: Iterable[str]) -> Source | None:
        """Where to read `measure` when the dimensions `used` are cut by or filtered on; None when nowhere."""
        compiled = self.measures[measure]
        wanted = set(used)
        if wanted <= set(self.file.facts[compiled.spec.fact].dims):
            return Source(compiled.spec.fact, compiled.agg, compiled.where, False)
        across = compiled.spec.across
        if across and compiled.across_agg and wanted <= set(self.file.facts[across.fact].dims) and wanted <= self._measure_dims(measure):
            return Source(across.fact, compiled.across_agg, None, True)
        return None

    def overlaps(self, kpi: str, dim: str) -> bool:
        """True when one thing (an order, a customer) may lie in several members of `dim`, so that parts need not add up to the whole."""
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


class _Builder:
    def __init__(self, file: KpiFile, document: Document | None, columns: Mapping[str, frozenset[str]]) -> None:
        self.file, self.document, self.columns = file, document, columns

    def build(self) -> Catalogue:
        for section in ("dimensions", "facts", "measures", "kpis"):
            for name in getattr(self.file, section):
                self._name(name, (section, name))
        for fact_id, fact in self.file.facts.items():
            self._fact(fact_id, fact)
        for index, dim in enumerate(self.file.drill):
            self._known(dim, self.file.dimensions, ("drill", index), said("there is no dimension {dim}", dim=dim))
        measures = {name: self._measure(name, spec) for name, spec in self.file.measures.items()}
        raw = {name: self._formula(name, kpi) for name, kpi in self.file.kpis.items()}
        formulas = {name: self._expand(name, raw, (name,)) for name in raw}
        catalogue = Catalogue(self.file, measures, formulas)
        for name, kpi in self.file.kpis.items():
            self._kpi(catalogue, name, kpi)
        self._groups()
        self._drivers()
        return catalogue

    def _fail(self, path: YamlPath, what: Message, hint: Message | None = None) -> ConfigError:
        return ConfigError(what, where=self.document.where(path) if self.document else Where("kpis.yaml", None, ".".join(map(str, path))), hint=hint)

    def _known(self, name: str, known: Iterable[str], path: YamlPath, what: Message) -> None:
        names = list(known)
        if name not in names:
            raise self._fail(path, what, did_you_mean(name, names))

    def _name(self, name: str, path: YamlPath) -> None:
        if not _NAME.fullmatch(name) or "__" in name:
            raise self._fail(path, said("{name} is not a name", name=name), said("use lower-case letters, digits and single _, a letter first"))
        if path[0] in ("measures", "kpis") and (name in RESERVED_NAMES or name in predicate.RESERVED):
            raise self._fail(path, said("{name} is a reserved word", name=name), said("choose another name"))

    def _fact(self, name: str, fact: Fact) -> None:
        path: YamlPath = ("facts", name)
        self._known(fact.table, self.columns, (*path, "table"), said("there is no table {table}", table=fact.table))
        for index, dim in enumerate(fact.dims):
            self._known(dim, self.file.dimensions, (*path, "dims", index), said("there is no dimension {dim}", dim=dim))
            self._column(dim, fact, (*path, "dims", index))
        self._column(fact.date, fact, (*path, "date"))
        if fact.covered_by is not None:
            self._known(fact.covered_by, self.file.facts, (*path, "covered_by"), said("there is no fact {fact}", fact=fact.covered_by))

    def _column(self, column: str, fact: Fact, path: YamlPath) -> None:
        self._known(column, self.columns[fact.table], path, said("table {table} has no column {column}", table=fact.table, column=column))

    def _aggregate(self, text: str, fact: str, path: YamlPath) -> Aggregate:
        self._known(fact, self.file.facts, (*path[:-1], "fact"), said("there is no fact {fact}", fact=fact))
        try:
            parsed = predicate.parse_aggregate(text)
        except predicate.PredicateError as error:
            raise self._fail(path, said("{text}: {why}", text=text, why=str(error))) from None
        for column in predicate.columns(parsed):
            self._column(column, self.file.facts[fact], path)
        return parsed

    def _measure(self, name: str, spec: Measure) -> Compiled:
        path: YamlPath = ("measures", name)
        agg = self._aggregate(spec.agg, spec.fact, (*path, "agg"))
        fact = self.file.facts[spec.fact]
        where = None
        if spec.where is not None:
            try:
                where = predicate.parse_condition(spec.where)
            except predicate.PredicateError as error:
                raise self._fail((*path, "where"), said("{text}: {why}", text=spec.where, why=str(error))) from None
            for column in predicate.columns(where):
                self._column(column, fact, (*path, "where"))
        if spec.null_key is not None:
            self._column(spec.null_key, fact, (*path, "null_key"))
        if spec.additive == "all" and not agg.sums_up:
            raise self._fail((*path, "agg"), said("{text} cannot be added up over members or days", text=spec.agg), said("write additive: none"))
        if spec.over_time != "sum" and (not agg.sums_up or spec.cells == "exact" or spec.also_in):
            raise self._fail((*path, "over_time"), said("over_time is for sum and count only"))
        if spec.cells == "exact" and not {"scope", "period_start", "period_end"} <= self.columns[fact.table]:
            raise self._fail((*path, "cells"), said("cells: exact needs the columns scope, period_start and period_end"))
        if spec.also_in is not None and not (agg.distinct and isinstance(agg.of, predicate.Column)):
            raise self._fail((*path, "also_in"), said("also_in needs count(distinct column)"))
        across_agg = None if spec.across is None else self._across(path, spec, spec.across)
        return Compiled(name, spec, agg, where, across_agg)

    def _across(self, path: YamlPath, spec: Measure, across: Across) -> Aggregate:
        parsed = self._aggregate(across.agg, across.fact, (*path, "across", "agg"))
        for index, dim in enumerate(across.dims):
            known = self.file.facts[across.fact].dims
            self._known(dim, known, (*path, "across", "dims", index), said("fact {fact} has no dimension {dim}", fact=across.fact, dim=dim))
        if spec.over_time != "sum" or spec.cells == "exact" or spec.also_in or spec.where:
            raise self._fail((*path, "across"), said("across goes with plain measures only"))
        return parsed

    def _formula(self, name: str, kpi: Kpi) -> Expr:
        path: YamlPath = ("kpis", name, "expr")
        try:
            parsed = expression.parse(kpi.expr)
        except expression.FormulaError as error:
            raise self._fail(path, said("{text}: {why}", text=kpi.expr, why=str(error))) from None
        names = [*self.file.measures, *(other for other in self.file.kpis if other != name)]
        for ref in expression.refs(parsed):
            known = list(self.file.measures) if ref.context else names
            if ref.name == name and name not in self.file.measures:
                raise self._fail(path, said("KPIs refer to each other in a circle: {chain}", chain=f"{name} -> {name}"))
            self._known(ref.name, known, path, said("there is no measure {name}", name=ref.name))
        if not any(True for _ in expression.refs(parsed)):
            raise self._fail(path, said("a formula needs at least one measure"))
        return parsed

    def _expand(self, name: str, raw: Mapping[str, Expr], chain: tuple[str, ...]) -> Expr:
        def replace(ref: Ref) -> Expr:
            if ref.name in self.file.measures:
                return ref
            if ref.name in chain:
                circle = " -> ".join((*chain[chain.index(ref.name) :], ref.name))
                raise self._fail(("kpis", chain[0], "expr"), said("KPIs refer to each other in a circle: {chain}", chain=circle))
            inner = self._expand(ref.name, raw, (*chain, ref.name))
            if not self.file.kpis[ref.name].scope:
                return inner
            return expression.substitute(inner, lambda leaf: Ref(leaf.name, leaf.context, (*leaf.scope, ref.name)))

        return expression.substitute(raw[name], replace)

    def _kpi(self, catalogue: Catalogue, name: str, kpi: Kpi) -> None:
        path: YamlPath = ("kpis", name)
        reach = catalogue.filters(name)
        for ref in catalogue.refs(name):
            for dim in catalogue.scope(name, ref.scope):
                self._known(dim, self.file.dimensions, (*path, "scope", dim), said("there is no dimension {dim}", dim=dim))
                if catalogue.source(ref.name, [dim]) is None:
                    what = said("the scope {dim} does not apply to {measure}, so both sides would not speak of the same thing", dim=dim, measure=ref.name)
                    raise self._fail((*path, "scope", dim), what, said("dimensions of all its measures: {names}", names=", ".join(reach) or "-"))
        for index, dim in enumerate(kpi.dims or ()):
            self._known(dim, self.file.dimensions, (*path, "dims", index), said("there is no dimension {dim}", dim=dim))
            if dim not in reach:
                what = said("{kpi} cannot be cut by {dim}: not every measure of it knows {dim}", kpi=name, dim=dim)
                raise self._fail((*path, "dims", index), what, said("dimensions of all its measures: {names}", names=", ".join(reach) or "-"))
        for index, dim in enumerate(kpi.total_over or ()):
            self._known(dim, self.file.dimensions, (*path, "total_over", index), said("there is no dimension {dim}", dim=dim))
        for measure in kpi.min_n:
            self._known(measure, self.file.measures, (*path, "min_n", measure), said("there is no measure {name}", name=measure))
            if not set(catalogue.dims(name)) <= catalogue._measure_dims(measure):
                what = said("min_n {measure} cannot be cut like {kpi}", measure=measure, kpi=name)
                raise self._fail((*path, "min_n", measure), what)

    def _groups(self) -> None:
        seen: dict[str, int] = {}
        for index, group in enumerate(self.file.groups):
            path: YamlPath = ("groups", index)
            if group.id in seen:
                raise self._fail((*path, "id"), said("group {name} is defined twice", name=group.id))
            seen[group.id] = index
            for place, kpi in enumerate(group.kpis):
                self._known(kpi, self.file.kpis, (*path, "kpis", place), said("there is no KPI {kpi}", kpi=kpi))
                if group.kpis.index(kpi) != place:
                    raise self._fail((*path, "kpis", place), said("KPI {kpi} is listed twice", kpi=kpi))

    def _drivers(self) -> None:
        """Drivers are KPIs or measures; a KPI may not drive itself, directly or through others."""
        graph = {name: kpi.drivers for name, kpi in self.file.kpis.items()}
        for name, drivers in graph.items():
            for index, driver in enumerate(drivers):
                path: YamlPath = ("kpis", name, "drivers", index)
                self._known(driver, [*self.file.kpis, *self.file.measures], path, said("there is no KPI {kpi}", kpi=driver))
        done: set[str] = set()

        def visit(name: str, chain: tuple[str, ...]) -> None:
            if name in chain:
                circle = " -> ".join((*chain[chain.index(name) :], name))
                raise self._fail(("kpis", chain[-1], "drivers"), said("KPIs refer to each other in a circle: {chain}", chain=circle))
            if name in done:
                return
            for driver in graph.get(name, ()):
                visit(driver, (*chain, name))
            done.add(name)

        for name in graph:
            visit(name, ())
