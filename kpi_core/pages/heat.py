"""One KPI as a heatmap: members by period, hours by weekday, or cohorts by age. Numbers are raw."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from kpi_core.engine.result import NO_DATA, Number, Period, Value
from kpi_core.errors import Message
from kpi_core.pages.core import DimensionChoice, Gap, GapStatus, Header, KpiInfo, Target
from kpi_core.view import ViewState

NO_GAP = Gap(None, None, 0, GapStatus.NONE)


@dataclass(frozen=True)
class ShapeChoice:
    """A shape of the Trend view, or (with `refused`) why the KPI does not have it."""

    id: str
    refused: Message | None = None


@dataclass(frozen=True)
class HeatRow:
    """`key` is the member ('' for rows without a value). `total` is the row over all columns, `lead` a number that belongs to the row itself."""

    key: str
    label: str
    total: Value | None = None
    lead: Number | None = None


@dataclass(frozen=True)
class HeatColumn:
    """`label` is its shortest name, `name` the whole one. `scaled`: its cells take part in the scale of the shades."""

    key: str
    label: str
    name: str
    period: Period | None = None
    total: Value | None = None
    scaled: bool = True

    @property
    def id(self) -> str:
        """The key as a name: what a sort or a row filter calls the column."""
        return "c_" + re.sub(r"[^a-z0-9]+", "_", self.key.lower())


@dataclass(frozen=True)
class HeatCell:
    """`state` is what Enter opens. `known` False: nothing can be known of it yet, so that it is blank and not a zero. `more` says what is behind it."""

    value: Value = NO_DATA
    target: Target | None = None
    gap: Gap = NO_GAP
    state: ViewState | None = None
    known: bool = True
    more: Message | None = None


@dataclass(frozen=True)
class HeatPage:
    """`cells[r][c]` is row r, column c. `kpi` says how the cells read: of cohorts its unit may be another than the KPI's.

    `refused`: the KPI does not have this shape, and why; there are then no rows. `totals_add_up`: row totals are sums of the cells.
    """

    header: Header
    kpi: KpiInfo
    shape: str
    shapes: tuple[ShapeChoice, ...]
    title: str  # of the rows: a dimension, hours, cohorts
    rows: tuple[HeatRow, ...] = ()
    columns: tuple[HeatColumn, ...] = ()
    cells: tuple[tuple[HeatCell, ...], ...] = ()
    total: Value | None = None  # over all rows and columns
    by: DimensionChoice | None = None
    choices: tuple[DimensionChoice, ...] = ()
    lead: str = ""  # title of the rows' own numbers
    hidden: int = 0  # members left out by a limit; never silent
    refused: Message | None = None
    notes: tuple[Message, ...] = ()

    def place(self, key: str | None) -> tuple[int, int] | None:
        """Row and column of a cell's key; None for a key of none."""
        row, bar, column = (key or "").rpartition("|")
        if not bar:
            return None
        r = next((place for place, item in enumerate(self.rows) if item.key == row), None)
        c = next((place for place, item in enumerate(self.columns) if item.key == column), None)
        return None if r is None or c is None else (r, c)

    def key(self, row: int, column: int) -> str:
        """The text of a cell in a state."""
        return f"{self.rows[row].key}|{self.columns[column].key}"

    def cell(self, key: str | None) -> HeatCell | None:
        """The cell of a key."""
        place = self.place(key)
        return None if place is None else self.cells[place[0]][place[1]]

    def with_rows(self, keys: Sequence[str]) -> HeatPage:
        """The page with only these rows, in their order."""
        places = {row.key: place for place, row in enumerate(self.rows)}
        found = [places[key] for key in keys if key in places]
        return replace(self, rows=tuple(self.rows[place] for place in found), cells=tuple(self.cells[place] for place in found))

    @property
    def judged(self) -> bool:
        """Some cell has a target."""
        return any(cell.target is not None for row in self.cells for cell in row)
