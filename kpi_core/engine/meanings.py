"""What a measure or KPI means, as a short text that changes with it: prepared cells of another meaning are not read.

Names, help, units and texts for readers are no part of it, so a workspace that only calls a KPI otherwise keeps what was prepared.
"""

from __future__ import annotations

import hashlib

import msgspec

from kpi_core.config.model import Fact, Text
from kpi_core.engine import expression
from kpi_core.engine.catalogue import Catalogue


def meanings(catalogue: Catalogue) -> dict[str, str]:
    """By name of measure and KPI. A KPI of a measure's name is that of the catalogue's formulas."""
    file = catalogue.file
    common = [msgspec.to_builtins(file.lookups), msgspec.to_builtins(file.conversions)]
    facts = {name: msgspec.to_builtins(_silent(fact)) for name, fact in file.facts.items()}
    found: dict[str, str] = {}
    measures: dict[str, object] = {}
    for name, compiled in catalogue.measures.items():
        spec = msgspec.structs.replace(compiled.spec, missing=None, name=None)
        named = [spec.fact, spec.across.fact if spec.across else "", file.facts[spec.fact].covered_by or ""]
        measures[name] = [msgspec.to_builtins(spec), [facts.get(fact) for fact in named]]
        found[f"m {name}"] = _digest([measures[name], common])
    for kpi, known in file.kpis.items():
        refs = catalogue.refs(kpi)
        formula = expression.to_text(catalogue.expression(kpi), lambda ref: ref.key)
        parts = [formula, sorted(catalogue.scope(kpi).items()), list(known.total_over or ()), [(ref.key, measures[ref.name]) for ref in refs], common]
        scopes = [sorted(catalogue.scope(kpi, ref.scope).items()) for ref in refs]
        found[f"k {kpi}"] = _digest([parts, scopes])
    return found


def _silent(fact: Fact) -> Fact:
    return msgspec.structs.replace(fact, fed_by=Text(en=""))


def _digest(value: object) -> str:
    return hashlib.sha256(msgspec.json.encode(value)).hexdigest()[:12]
