"""Checking kpis.yaml: every name resolved, every formula parsed, every mistake named by file, line, key and the nearest valid name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

import msgspec

from kpi_core.config.decode import did_you_mean
from kpi_core.config.model import Across, Additive, Conversion, Dimension, Fact, Kpi, KpiFile, Measure, titled
from kpi_core.config.yaml import Document, YamlPath
from kpi_core.engine import basis, conversions, expression, predicate, relation
from kpi_core.engine.catalogue import Catalogue, Compiled
from kpi_core.engine.expression import Binary, Expr, Ref
from kpi_core.engine.moves import FUNCTIONS
from kpi_core.engine.predicate import Aggregate
from kpi_core.engine.proportion import proportion
from kpi_core.errors import ConfigError, Message, Where, said

# 'slot', 'member' and 'whole' are columns of the engine's own SQL; the others are words of the formula language.
RESERVED_NAMES = frozenset({"slot", "member", "whole", "start_day", "end_day", "days", "compare", "total", "day", "period", "or_zero", *FUNCTIONS})
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_SPAN = re.compile(r"span_\d+_[a-z]+")


class Builder:
    """Checks a file and compiles it; see `Catalogue.build`."""

    def __init__(self, file: KpiFile, document: Document | None, columns: Mapping[str, frozenset[str]]) -> None:
        self.file, self.document, self.columns = file, document, columns

    def build(self) -> Catalogue:
        for section in ("dimensions", "facts", "measures", "kpis", "conversions"):
            for name in getattr(self.file, section):
                if section != "dimensions" or "." not in name:
                    self._name(name, (section, name))
        relation.validate(self.file, self.columns, self.document)
        self._imply_dimensions()
        for fact_id, fact in self.file.facts.items():
            self._fact(fact_id, fact)
        for index, dim in enumerate(self.file.drill):
            self._known(dim, self.file.dimensions, ("drill", index), said("there is no dimension {dim}", dim=dim))
        measures = {name: self._measure(name, spec) for name, spec in self.file.measures.items()}
        for name, conversion in self.file.conversions.items():
            measures |= self._conversion(name, conversion)
        raw = {name: self._formula(name, kpi) for name, kpi in self.file.kpis.items()}
        formulas = {name: self._expand(name, raw, (name,)) for name in raw}
        formulas |= {name: Ref(name) for name in self.file.measures if name not in formulas}
        formulas |= {name: self._converted(name) for name in self.file.conversions}
        catalogue = Catalogue(self.file, measures, formulas, self.columns)
        for name, kpi in self.file.kpis.items():
            self._kpi(catalogue, name, kpi)
        self._groups()
        self._drivers()
        basis.check(self.file, self._known)
        return catalogue

    def _imply_dimensions(self) -> None:
        """Dimensions of lookups need no declaration; without any declared, those of facts do not either."""
        found = dict(self.file.dimensions)
        for name, fact in self.file.facts.items():
            reach = relation.dims(self.file, name, self.columns)
            for dim in (*(() if self.file.dimensions else fact.dims), *sorted(reach)):
                found.setdefault(dim, Dimension(name=titled(dim)))
        self.file = msgspec.structs.replace(self.file, dimensions=found)

    def _fail(self, path: YamlPath, what: Message, hint: Message | None = None) -> ConfigError:
        return ConfigError(what, where=self.document.where(path) if self.document else Where("kpis.yaml", None, ".".join(map(str, path))), hint=hint)

    def _known(self, name: str, known: Iterable[str], path: YamlPath, what: Message) -> None:
        names = list(known)
        if name not in names:
            raise self._fail(path, what, did_you_mean(name, names))

    def _name(self, name: str, path: YamlPath) -> None:
        if not _NAME.fullmatch(name) or "__" in name or _SPAN.fullmatch(name):
            raise self._fail(path, said("{name} is not a name", name=name), said("use lower-case letters, digits and single _, a letter first"))
        if path[0] in ("measures", "kpis", "conversions") and (name in RESERVED_NAMES or name in predicate.RESERVED):
            raise self._fail(path, said("{name} is a reserved word", name=name), said("choose another name"))

    def _fact(self, name: str, fact: Fact) -> None:
        path: YamlPath = ("facts", name)
        for index, dim in enumerate(fact.dims):
            self._known(dim, self.file.dimensions, (*path, "dims", index), said("there is no dimension {dim}", dim=dim))
            self._column(dim, name, (*path, "dims", index))
        self._column(fact.date, name, (*path, "date"))
        for index, column in enumerate(fact.grain):
            self._column(column, name, (*path, "grain", index))
        if fact.covered_by is not None:
            self._known(fact.covered_by, self.file.facts, (*path, "covered_by"), said("there is no fact {fact}", fact=fact.covered_by))

    def _column(self, column: str, fact: str, path: YamlPath) -> None:
        table = self.file.facts[fact].table or fact
        self._known(column, relation.names(self.file, fact, self.columns), path, said("table {table} has no column {column}", table=table, column=column))

    def _aggregate(self, text: str, fact: str, path: YamlPath) -> Aggregate:
        self._known(fact, self.file.facts, (*path[:-1], "fact"), said("there is no fact {fact}", fact=fact))
        try:
            parsed = predicate.parse_aggregate(text)
        except predicate.PredicateError as error:
            raise self._fail(path, said("{text}: {why}", text=text, why=str(error))) from None
        for column in predicate.columns(parsed):
            self._column(column, fact, path)
        return parsed

    def _measure(self, name: str, spec: Measure) -> Compiled:
        path: YamlPath = ("measures", name)
        agg = self._aggregate(spec.agg, spec.fact, (*path, "agg"))
        where = None
        if spec.where is not None:
            try:
                where = predicate.parse_condition(spec.where)
            except predicate.PredicateError as error:
                raise self._fail((*path, "where"), said("{text}: {why}", text=spec.where, why=str(error))) from None
            for column in predicate.columns(where):
                self._column(column, spec.fact, (*path, "where"))
        if spec.null_key is not None:
            self._column(spec.null_key, spec.fact, (*path, "null_key"))
        if spec.date is not None:
            self._column(spec.date, spec.fact, (*path, "date"))
        self._over_time(path, spec)
        if spec.additive == "all" and not agg.sums_up:
            raise self._fail((*path, "agg"), said("{text} cannot be added up over members or days", text=spec.agg), said("write additive: none"))
        if spec.over_time != "sum" and (not agg.sums_up or spec.cells == "exact" or spec.also_in):
            raise self._fail((*path, "over_time"), said("over_time is for sum and count only"))
        if spec.cells == "exact" and not {"scope", "period_start", "period_end"} <= self.columns.get(self.file.facts[spec.fact].table, frozenset()):
            raise self._fail((*path, "cells"), said("cells: exact needs the columns scope, period_start and period_end"))
        if spec.also_in is not None and not (agg.distinct and isinstance(agg.of, predicate.Column)):
            raise self._fail((*path, "also_in"), said("also_in needs count(distinct column)"))
        across_agg = None if spec.across is None else self._across(path, spec, spec.across)
        return Compiled(name, spec, agg, where, across_agg)

    def _over_time(self, path: YamlPath, spec: Measure) -> None:
        if isinstance(spec.additive, Additive):
            what = said("additive says {one} over time and over_time says {other}", one=spec.additive.over_time, other=spec.over_time)
            raise self._fail((*path, "over_time"), what, said("write one of them"))
        if spec.carry_forward is None:
            return
        if spec.over_time not in ("last", "mean_of_days"):
            raise self._fail((*path, "carry_forward"), said("carry_forward goes with over_time: last or mean_of_days"))
        for index, column in enumerate(spec.carry_forward.per):
            self._column(column, spec.fact, (*path, "carry_forward", "per", index))

    def _conversion(self, name: str, spec: Conversion) -> dict[str, Compiled]:
        """The two measures behind a conversion: base rows, and events that they led to."""
        path: YamlPath = ("conversions", name)
        for section in ("measures", "kpis"):
            if name in getattr(self.file, section):
                raise self._fail(path, said("{name} is also the name of a measure or KPI", name=name))
        for key, fact in (("base", spec.base), ("event", spec.event)):
            self._known(fact, self.file.facts, (*path, key), said("there is no fact {fact}", fact=fact))
            self._column(spec.entity, fact, (*path, "entity"))
            for index, column in enumerate(spec.held):
                self._column(column, fact, (*path, "held", index))
            if not self.file.facts[fact].grain:
                raise self._fail((*path, key), said("fact {fact} needs a grain: the columns that tell its rows apart", fact=fact))
        try:
            conversions.window_of(spec)
        except ValueError:
            raise self._fail((*path, "window"), said("{text} is not a length of time", text=spec.window), said("such as 7 days, 2 weeks or 1 month")) from None
        hit, base = conversions.measure_names(name)
        counted = Measure(fact=spec.base, agg=f"sum({conversions.COLUMN})")
        rows = Measure(fact=spec.base, agg="count(*)")
        return {
            hit: Compiled(hit, counted, predicate.parse_aggregate(counted.agg), None, None, spec),
            base: Compiled(base, rows, predicate.parse_aggregate(rows.agg), None),
        }

    def _converted(self, name: str) -> Expr:
        hit, base = conversions.measure_names(name)
        return Ref(hit) if self.file.conversions[name].calc == "count" else Binary("/", Ref(hit), Ref(base))

    def _across(self, path: YamlPath, spec: Measure, across: Across) -> Aggregate:
        parsed = self._aggregate(across.agg, across.fact, (*path, "across", "agg"))
        for index, dim in enumerate(across.dims):
            known = sorted({*self.file.facts[across.fact].dims, *relation.dims(self.file, across.fact, self.columns)})
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
        names = [*self.file.measures, *self.file.conversions, *(other for other in self.file.kpis if other != name)]
        for ref in expression.refs(parsed):
            known = list(self.file.measures) if ref.context else names
            if ref.name == name and name not in self.file.measures:
                raise self._fail(path, said("KPIs refer to each other in a circle: {chain}", chain=f"{name} -> {name}"))
            self._known(ref.name, known, path, said("there is no measure {name}", name=ref.name))
        if not any(True for _ in expression.refs(parsed)):
            raise self._fail(path, said("a formula needs at least one measure"))
        return parsed

    def _expand(self, name: str, raw: Mapping[str, Expr], chain: tuple[str, ...]) -> Expr:
        def expanded(ref: Ref) -> Expr:
            if ref.name in self.file.measures:
                return ref
            if ref.name in self.file.conversions:
                return expression.substitute(self._converted(ref.name), lambda leaf: replace(leaf, time=ref.time, zero=ref.zero))
            if ref.name in chain:
                circle = " -> ".join((*chain[chain.index(ref.name) :], ref.name))
                raise self._fail(("kpis", chain[0], "expr"), said("KPIs refer to each other in a circle: {chain}", chain=circle))
            inner = self._expand(ref.name, raw, (*chain, ref.name))
            if not (self.file.kpis[ref.name].scope or ref.time or ref.zero):
                return inner
            if ref.time and expression.uses_days(inner):
                raise self._fail(("kpis", name, "expr"), said("{kpi} uses days, which cannot stand in a function of time", kpi=ref.name))
            scope = (ref.name,) if self.file.kpis[ref.name].scope else ()
            return expression.substitute(
                inner, lambda leaf: replace(leaf, scope=(*leaf.scope, *scope), time=(*ref.time, *leaf.time), zero=leaf.zero or ref.zero)
            )

        return expression.substitute(raw[name], expanded)

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
            if not set(catalogue.dims(name)) <= catalogue.measure_dims(measure):
                what = said("min_n {measure} cannot be cut like {kpi}", measure=measure, kpi=name)
                raise self._fail((*path, "min_n", measure), what)
        if kpi.interval != "none" and proportion(catalogue.expression(name), kpi.interval) is None:
            form = {"wilson": "hits / n", "nps": "(promoters - detractors) / n"}[kpi.interval]
            what = said("{text} has no interval of the kind {kind}", text=kpi.expr, kind=kpi.interval)
            raise self._fail((*path, "interval"), what, said("it needs {form} of three plain measures at most, or the difference of two such", form=form))

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
