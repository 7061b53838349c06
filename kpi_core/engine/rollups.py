"""Which pre-aggregated tables the store should build so that screens never scan order lines."""

from __future__ import annotations

from kpi_core.engine import predicate
from kpi_core.engine.catalogue import Catalogue
from kpi_core.engine.plan import rollup_dims
from kpi_core.store.rollup import RollupSpec


def rollups(catalogue: Catalogue) -> list[RollupSpec]:
    """Narrow and wide rollups of every fact with measures that may be added up. Pure; names are stable."""
    found: list[RollupSpec] = []
    for fact, spec in catalogue.file.facts.items():
        measures = {
            name: predicate.aggregate_sql(compiled.agg, compiled.where)
            for name, compiled in catalogue.measures.items()
            if compiled.spec.fact == fact and catalogue.rolls_up(name)
        }
        if measures:
            found += [RollupSpec(name, spec.table, dims, measures) for name, dims in rollup_dims(catalogue, fact).items()]
    return found
