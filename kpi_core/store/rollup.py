"""Pre-aggregated copies of star tables, so that a screen reads thousands of rows instead of millions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol

from kpi_core.store.connection import identifier

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


class Asker(Protocol):
    """Runs SQL on the mart while it is built."""

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]: ...


@dataclass(frozen=True)
class Preparation:
    """What the engine adds to a mart when everything else stands in it; `stamp` changes when it would add something else.

    `carry` keeps what the mart before holds, whose tables have `before` in front of their names, and marks what may be another now; True when
    something is: (mart, before, first changed day by name). The names are `rollups <table>` and those of `read`: (star table, the columns that
    matter; None: all).
    """

    run: Callable[[Asker], None]
    stamp: str
    carry: Callable[[Asker, str, Mapping[str, date]], bool] = lambda _mart, _before, _since: False
    read: Mapping[str, tuple[str, frozenset[str] | None]] = field(default_factory=dict)


@dataclass(frozen=True)
class RollupSpec:
    """Table `name`: the rows of star table `source` by day and `dims`; `measures` maps a column to its SQL aggregate over `source`.

    Aggregates come from the engine's compiled catalogue, never from text of a user.
    """

    name: str
    source: str
    dims: tuple[str, ...]
    measures: Mapping[str, str]


def build_rollups(con: DuckDBPyConnection, specs: tuple[RollupSpec, ...]) -> None:
    """Create every rollup in the current schema. A measure over no known value stays NULL, as in the detail table."""
    for spec in specs:
        dims = [identifier(name) for name in ("day", *(dim for dim in spec.dims if dim != "day"))]
        measures = [f"{aggregate} as {identifier(column)}" for column, aggregate in spec.measures.items()]
        keys = ", ".join(dims)
        columns = ", ".join([*dims, *measures])
        con.execute(f"create or replace table {identifier(spec.name)} as select {columns} from {identifier(spec.source)} group by {keys} order by {keys}")


@dataclass(frozen=True)
class MartWriter:
    """The connection that builds a mart, as an `Asker`."""

    con: DuckDBPyConnection

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        return self.con.execute(sql, list(parameters)).fetchall()
