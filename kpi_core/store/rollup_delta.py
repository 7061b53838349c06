"""Rollups of a mart that is carried on: only the days on which a summed column changed are summed again."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import date
from typing import TYPE_CHECKING

from kpi_core.store.connection import identifier, quoted
from kpi_core.store.overlay import KEYS, NEXT, Before, replaced, same
from kpi_core.store.rollup import RollupSpec

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


class Touched:
    """On which days the rows of written tables are others than before, as far as some columns tell. Each table is looked at once."""

    def __init__(self, con: DuckDBPyConnection, before: Before) -> None:
        self.con, self.before = con, before
        self._known: dict[str, dict[frozenset[str] | None, frozenset[date]] | None] = {}

    def days(self, table: str, columns: Collection[str] | None) -> frozenset[date]:
        """Days on which rows of a written table are others, if `columns` (None: all) are looked at."""
        if table not in self._known:
            self._known[table] = self._kinds(table)
        kinds = self._known[table]
        if kinds is None:
            return self._compared(table, [column for column in self.before.columns(table) if columns is None or column in columns])
        return frozenset().union(*(days for kind, days in kinds.items() if kind is None or columns is None or kind.intersection(columns)))

    def _kinds(self, table: str) -> dict[frozenset[str] | None, frozenset[date]] | None:
        """Days of rows that came or went (under None), and of rows that stayed, under the columns in which they differ. None where rows have no key."""
        went, came, key = identifier(f"went_{table}"), identifier(f"came_{table}"), KEYS.get(table)
        if self.con.execute(f"select 1 from {went} limit 1").fetchone() is None:
            return {None: self._listed(f"select distinct day from {came}")}
        if key is None:
            return None
        differs = ", ".join(
            f"case when w.{column} is distinct from n.{column} then {quoted(name)} end" for name in self.before.columns(table) if (column := identifier(name))
        )
        kinds: dict[frozenset[str] | None, set[date]] = {}
        for one, other, columns in self.con.execute(
            f"""select distinct w.day, n.day, case when w.{key} is not null and n.{key} is not null then concat_ws(' ', {differs}) end
                from {went} as w full join {came} as n on n.{key} = w.{key}"""
        ).fetchall():
            kinds.setdefault(None if columns is None else frozenset(columns.split()), set()).update({one, other} - {None})
        return {kind: frozenset(days) for kind, days in kinds.items()}

    def _compared(self, table: str, columns: Sequence[str]) -> frozenset[date]:
        listed = ", ".join(map(identifier, columns))
        sides = [f"select {listed}, count(*) as n from {identifier(side + table)} group by all" for side in ("went_", "came_")]
        return self._listed(f"select distinct day from ((from ({sides[0]}) except from ({sides[1]})) union all (from ({sides[1]}) except from ({sides[0]})))")

    def _listed(self, sql: str) -> frozenset[date]:
        return frozenset(day for (day,) in self.con.execute(sql).fetchall() if day is not None)


def follow_rollups(con: DuckDBPyConnection, before: Before, specs: Sequence[RollupSpec], written: Sequence[str], touched: Touched) -> dict[str, date]:
    """Write the rollups into catalog `next`. Returns the first day on which one is another than before, as `rollups <table>`."""
    since: dict[str, date] = {}
    for spec in specs:
        dims = ("day", *(dim for dim in spec.dims if dim != "day"))
        text = " ".join(spec.measures.values())
        used = [column for column in before.columns(spec.source) if column in dims or re.search(rf"\b{re.escape(column)}\b", text)]
        days = touched.days(spec.source, used) if spec.source in written else None
        if not days:
            same(before, spec.name)
            continue
        con.execute("create or replace temp table touched_days as select unnest(?::date[]) as day", [sorted(days)])
        inside = "day in (from touched_days)"
        keys = ", ".join(map(identifier, dims))
        columns = ", ".join([keys, *(f"{aggregate} as {identifier(column)}" for column, aggregate in spec.measures.items())])
        new = con.execute(f"select 1 from {before.table(spec.name)} where {inside} limit 1").fetchone() is None
        source = identifier(f"came_{spec.source}") if new else f"{NEXT}.main.{identifier(spec.source)}"
        now = f"select {columns} from {source} where {inside} group by {keys}"
        replaced(before, spec.name, None if new else before.located(spec.name, f"r.{inside}"), now)
        went, came = (identifier(f"{kind}_{spec.name}") for kind in ("went", "came"))
        (first,) = con.execute(f"select min(day) from (select day from {went} union all select day from {came})").fetchone() or (None,)
        if first is not None:
            since[f"rollups {spec.source}"] = min(first, since.get(f"rollups {spec.source}", first))
    return since
