"""Targets from a table: a budget as CSV or workbook becomes a file of objectives of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kpi_core.objectives.imports.grid import Grid, GridRow
from kpi_core.objectives.imports.rows import Choices, Names, Reading
from kpi_core.objectives.imports.tree import Remainder, Tree
from kpi_core.objectives.imports.write import file_text, is_imported, stem_of
from kpi_core.objectives.model import Behaviour, CatalogueLike

__all__ = ["Choices", "Grid", "GridRow", "Imported", "Names", "Remainder", "file_text", "import_grid", "is_imported", "stem_of"]


@dataclass(frozen=True)
class Imported:
    """What a table gave: targets as plain values, KPIs in the order of the table, and what a person should look at."""

    targets: tuple[dict[str, Any], ...]
    kpis: tuple[str, ...]
    rows: int
    sums: int  # numbers that were the sum of others
    remainders: tuple[Remainder, ...]
    unread: tuple[str, ...]
    strangers: tuple[tuple[str, str, int, str], ...]  # (dimension, member, line, nearest name) that no loaded data have


def import_grid(grid: Grid, catalogue: CatalogueLike, names: Names, choices: Choices, extra: dict[str, Any] | None = None) -> Imported:
    """Understand a table. `extra` are keys for every target (`amber`), `phase` only for those that add up over days. Raises UsageError."""
    reading = Reading(grid, catalogue, names, choices)
    read = reading.facts()
    kpis = tuple(dict.fromkeys(fact.kpi for fact in read.facts))
    targets: list[dict[str, Any]] = []
    remainders: list[Remainder] = []
    sums = 0
    for kpi in kpis:
        planned = Tree(kpi, (fact for fact in read.facts if fact.kpi == kpi), catalogue.behaviour(kpi), grid.file, reading.periods).planned()
        more = {key: value for key, value in (extra or {}).items() if key != "phase" or catalogue.behaviour(kpi) is Behaviour.SUM}
        targets += [{**target, **more} for target in planned.targets]
        remainders += planned.remainders
        sums += planned.sums
    return Imported(tuple(targets), kpis, read.rows, sums, tuple(remainders), read.unread, read.strangers)
