"""Columns that a mart of an earlier version lacks: said as what to do, not as a fault of the database."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from kpi_core.engine.records import COLUMNS_SQL
from kpi_core.errors import Message, UsageError, said

if TYPE_CHECKING:
    from kpi_core.engine.run import Engine

HINT = said("run omnigap load: it builds the numbers anew, also without new exports")


def lacking(engine: Engine, kpi: str, dim: str) -> Message | None:
    """Why a KPI cannot be asked by `dim`, where the mart was built before that was kept; None when it can. Looks at `fine` dimensions only."""
    spec = engine.catalogue.file.dimensions.get(dim)
    if spec is None or not spec.fine:
        return None
    for fact in engine.catalogue.facts(kpi):
        known = engine.catalogue.file.facts[fact]
        if dim not in known.dims or known.table not in engine.tables:
            continue
        if dim not in {str(row[0]) for row in engine.rows(COLUMNS_SQL, (known.table,))}:
            return said("{dim} was not kept when these exports were loaded", dim=spec.name)
    return None


def check(engine: Engine, kpis: Iterable[str], dims: Iterable[str]) -> None:
    """Raises UsageError for a cut or filter that the mart is too old for."""
    fine = [dim for dim in dims if engine.catalogue.dimension(dim).fine]
    for kpi in kpis if fine else ():
        for dim in fine:
            if (why := lacking(engine, kpi, dim)) is not None:
                raise UsageError(why, hint=HINT)
