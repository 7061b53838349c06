"""What a grid shows: a table laid out for one width, as runs of text with roles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tui.runs import Runs


@dataclass(frozen=True)
class GridColumn:
    """A column as laid out: its id, and the cells it covers (`end` not included). `sortable`: the column cursor may stop here."""

    id: str
    start: int
    end: int
    sortable: bool = True


@dataclass(frozen=True)
class GridRow:
    """One line, its first cell free for the cursor's mark. `key` None: the cursor passes over it (group titles, rules)."""

    key: str | None
    runs: Runs


@dataclass(frozen=True)
class GridContent:
    """A table laid out for one width. `totals` stay at the bottom while rows scroll."""

    header: Runs = ()
    columns: tuple[GridColumn, ...] = ()
    rows: Sequence[GridRow] = ()
    totals: tuple[GridRow, ...] = ()
    empty: Runs = ()  # said when there is no row
    sorted_by: str = ""
    descending: bool = True


Layout = Callable[[int], GridContent]
