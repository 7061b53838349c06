"""Rollups of a mart that is carried on: only the days on which a summed column changed are summed again."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import date
from typing import TYPE_CHECKING

from kpi_core.store.connection import identifier
from kpi_core.store.overlay import NEXT, Before, replaced, same
from kpi_core.store.rollup import RollupSpec

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def follow_rollups(con: DuckDBPyConnection, before: Before, specs: Sequence[RollupSpec], written: Sequence[str]) -> dict[str, date]:
    """Write the rollups into catalog `next`. Returns the first day on which one is another than before, as `rollups <table>`."""
    since: dict[str, date] = {}
    sources = {spec.source for spec in specs} & set(written)
    moved = {table for table in sources if any(con.execute(f"select 1 from {kind}_{table} limit 1").fetchone() for kind in ("went", "came"))}
    for spec in specs:
        if spec.source not in moved:
            same(before, spec.name)
            continue
        dims = ("day", *(dim for dim in spec.dims if dim != "day"))
        text = " ".join(spec.measures.values())
        used = [column for column in before.columns(spec.source) if column in dims or re.search(rf"\b{re.escape(column)}\b", text)]
        touched = f"days_{spec.name}"
        first = _touched_days(con, spec.source, used, touched)
        if first is None:
            same(before, spec.name)
            continue
        keys = ", ".join(map(identifier, dims))
        columns = ", ".join([keys, *(f"{aggregate} as {identifier(column)}" for column, aggregate in spec.measures.items())])
        inside = f"day in (select day from {identifier(touched)})"
        now = f"select {columns} from {NEXT}.main.{identifier(spec.source)} where {inside} group by {keys}"
        replaced(before, spec.name, before.located(spec.name, f"r.{inside}"), now)
        went, came = (identifier(f"{kind}_{spec.name}") for kind in ("went", "came"))
        (first,) = con.execute(f"select min(day) from (select day from {went} union all select day from {came})").fetchone() or (None,)
        if first is not None:
            since[f"rollups {spec.source}"] = min(first, since.get(f"rollups {spec.source}", first))
    return since


def touched_since(con: DuckDBPyConnection, before: Before, table: str, columns: Collection[str] | None) -> date | None:
    """First day of a written table on which its rows, as far as `columns` (None: all) tell, are others than before; None when there is none."""
    return _touched_days(con, table, [column for column in before.columns(table) if columns is None or column in columns], "days_touched")


def _touched_days(con: DuckDBPyConnection, table: str, columns: Sequence[str], into: str) -> date | None:
    """Temp table `into` of those days; the first of them."""
    went, came = identifier(f"went_{table}"), identifier(f"came_{table}")
    if con.execute(f"select 1 from {went} limit 1").fetchone() is None:
        sql = f"select distinct day from {came}"
    else:
        listed = ", ".join(map(identifier, columns))
        sides = [f"select {listed}, count(*) as n from {side} group by all" for side in (went, came)]
        sql = f"select distinct day from ((from ({sides[0]}) except from ({sides[1]})) union all (from ({sides[1]}) except from ({sides[0]})))"
    con.execute(f"create or replace temp table {identifier(into)} as {sql}")
    row = con.execute(f"select min(day) from {identifier(into)}").fetchone()
    return row[0] if row else None
