"""What the loaded exports can never say: where no other one says it either, a KPI or a cut is told so instead of standing empty."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from kpi_core.config.model import Text
from kpi_core.engine import relation
from kpi_core.engine.feeds import ROWS, known_column, measure_reads, star_columns
from kpi_core.errors import Message, said
from kpi_core.store.connection import identifier

if TYPE_CHECKING:
    from kpi_core.engine.catalogue import Catalogue
    from kpi_core.engine.coverage import Reader

Column = tuple[str, str]  # (table of the star, column)


class Limits:
    """The limits of the loaded sources. Nothing is read before somebody asks why something is missing."""

    def __init__(self, reader: Reader, tables: frozenset[str], told: Callable[[], Iterable[tuple[str, str, str]]], whole: str = "") -> None:
        """`told`: what the loaded sources say they cannot give, as (what, hint in English, in French). `whole`: see `coverage.Loaded`."""
        self._reader, self._tables, self._told, self._whole = reader, tables, told, whole
        self._empty: dict[Column, bool] = {}

    @cached_property
    def _named(self) -> Mapping[Column, Text]:
        """Column of the star -> the hint of the first loaded source that says it cannot give it."""
        found: dict[Column, Text] = {}
        for missing, english, french in self._told():
            column = known_column(missing)
            for end in star_columns(*column) if column is not None else ():
                if end[1] != ROWS and end[0] in self._tables:
                    found.setdefault(end, Text(en=english, fr=french))
        return found

    def _hint(self, ends: Iterable[Column]) -> Message | None:
        hint = next((self._named[end] for end in ends if end in self._named and self._is_empty(end)), None)
        return said("{hint}", hint=hint) if hint is not None else None

    def _is_empty(self, end: Column) -> bool:
        """No row of the table has a value there: whatever is loaded, nothing gives it."""
        if end not in self._empty:
            table, column = map(identifier, end)
            self._empty[end] = not self._reader.execute(f"select 1 from {self._whole}{table} where {column} is not null limit 1")
        return self._empty[end]

    def lacking(self, ends: Iterable[Column]) -> bool:
        """Does nothing that is loaded give any of these columns? False where none of them is one."""
        known = [end for end in ends if end[1] != ROWS and end[0] in self._tables]
        return bool(known) and all(self._is_empty(end) for end in known)

    def of_measure(self, catalogue: Catalogue, measure: str) -> Message | None:
        """Why a measure has no value anywhere: what the exports do not say."""
        return self._hint(measure_reads(catalogue, measure))

    def of_cut(self, catalogue: Catalogue, kpi: str, dim: str) -> Message | None:
        """Why a KPI cannot be told apart by a dimension: one of its facts knows no member of it."""
        return self._hint((table, dim) for fact in catalogue.facts(kpi) for table in relation.tables(catalogue.file, fact))
