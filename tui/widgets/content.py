"""What a grid shows: a table laid out for one width, as runs of text with roles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kpi_core.render.table import Table
from tui.look.runs import Runs


@dataclass(frozen=True)
class GridColumn:
    """A column as laid out: its id, and the cells it covers (`end` not included). `sortable`: the column cursor may stop here."""

    id: str
    start: int
    end: int
    sortable: bool = True


@dataclass(frozen=True)
class GridRow:
    """One line, its first cell free for the cursor's mark. `key` None: the cursor passes over it (group titles, rules).

    `values`: the raw value under each column, for telling what newer data changed.
    """

    key: str | None
    runs: Runs
    values: tuple[object, ...] = ()


@dataclass(frozen=True)
class GridContent:
    """A table laid out for one width. `totals` stay at the bottom while rows scroll; `table` is what was laid out, for copies and exports."""

    header: Runs = ()
    columns: tuple[GridColumn, ...] = ()
    rows: Sequence[GridRow] = ()
    totals: tuple[GridRow, ...] = ()
    empty: Runs = ()  # said when there is no row
    sorted_by: str = ""
    descending: bool = True
    table: Table | None = None


Layout = Callable[[int], GridContent]


def total_key(place: int) -> str:
    """What stands for the key of a row of totals where changes are told."""
    return f"\0total{place}"
