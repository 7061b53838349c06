"""A table of targets as it was read, before anything in it is understood."""

from __future__ import annotations

from dataclasses import dataclass

from kpi_core.objectives.imports.cells import Cell


@dataclass(frozen=True)
class GridRow:
    """`line` is that of the file, or of the sheet."""

    line: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Grid:
    """`file` as messages call it; `mark` is the decimal mark that the kind of file suggests (a semicolon between cells: a comma within)."""

    file: str
    rows: tuple[GridRow, ...]
    mark: str | None = None
