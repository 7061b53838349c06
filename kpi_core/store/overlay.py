"""A mart as a base and what has changed since: an immutable file of many rows that generations share, and a small one above it.

A load that changes a few rows of many does not write the many again. The file above (catalog `mart`) has every table of the base (catalog
`base`) under its own name: as a view of it, as a view of it without the rows that are gone and with those that came (schema `delta`,
`gone_<table>` holds row numbers of the base), or as a table of its own. Whoever reads sees tables, and need not know which is which.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kpi_core.store.connection import identifier

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

BASE, TOP, NEXT = "base", "top", "next"  # catalogs: what is shared, the file above it as it was, and as it will be
DELTA = "delta"
# Columns that name one row of a table.
KEYS = {
    "orders": "order_id", "returns": "return_id", "returns_by_sale": "return_id", "customers": "customer_key", "customer_orders": "order_id",
    "conversions": "order_id", "persons": "customer_key",
}  # fmt: skip


class TooFar(Exception):
    """A change reaches what is not followed: the mart must be built whole."""


@dataclass(frozen=True)
class Before:
    """The mart of the parent generation, attached as `base` and, where it has a file above it, as `top`."""

    con: DuckDBPyConnection
    layered: bool
    tables: frozenset[str]  # names of all tables of the mart
    own: frozenset[str]  # those that the file above holds itself
    changed: frozenset[str]  # those of which it holds rows that went or came
    _columns: Mapping[str, dict[str, str]]

    @classmethod
    def of(cls, con: DuckDBPyConnection, layered: bool) -> Before:
        def names(sql: str, *values: object) -> frozenset[str]:
            return frozenset(str(row[0]) for row in con.execute(sql, list(values)).fetchall())

        tables = "select table_name from duckdb_tables() where database_name = ? and schema_name = ?"
        base = names(tables, BASE, "main")
        own = names(tables, TOP, "main") if layered else frozenset()
        deltas = names(tables, TOP, DELTA) if layered else frozenset()
        columns = dict[str, dict[str, str]]()
        listed = "select table_name, column_name, data_type from duckdb_columns() where database_name = ? and schema_name = 'main' order by column_index"
        for table, column, kind in con.execute(listed, [TOP if layered else BASE]).fetchall():
            columns.setdefault(str(table), {})[str(column)] = str(kind)
        return cls(con, layered, base | own, own, frozenset(name.removeprefix("gone_") for name in deltas if name.startswith("gone_")), columns)

    def table(self, name: str) -> str:
        """A table of the parent's mart, as SQL."""
        return f"{TOP if self.layered else BASE}.main.{identifier(name)}"

    def columns(self, name: str) -> dict[str, str]:
        """Columns in their order, with their types."""
        return self._columns.get(name, {})

    def located(self, name: str, where: str) -> str:
        """SELECT of the parent's rows of a table that `where` (SQL over alias `r`) names, with `side` (0: in the base, 1: came later) and row number `place`.

        Of a table that the file above holds itself there are no such rows: it is written whole.
        """
        columns = ", ".join(f"r.{identifier(column)}" for column in self.columns(name))
        base = f"{BASE}.main.{identifier(name)} as r"
        if name not in self.changed:
            return f"select 0 as side, r.rowid as place, {columns} from {base} where {where}"
        return (
            f"select 0 as side, r.rowid as place, {columns} from {base} anti join {TOP}.{DELTA}.{identifier('gone_' + name)} as gone on r.rowid = gone.id "
            f"where {where} union all select 1, r.rowid, {columns} from {TOP}.{DELTA}.{identifier('came_' + name)} as r where {where}"
        )

    def came(self) -> int:
        """Rows of sales that the file above holds beside those of the base."""
        row = self.con.execute(
            """select coalesce(sum(estimated_size), 0) from duckdb_tables()
               where database_name = ? and schema_name = ? and table_name in ('came_orders', 'came_sale')""",
            [TOP, DELTA],
        ).fetchone()
        return int(row[0]) if self.layered and row else 0


def same(before: Before, name: str) -> None:
    """The table in the file to be (catalog `next`) is what it was. A file above a base begins as a copy of the one before it."""
    if not before.layered:
        before.con.execute(f"create view {NEXT}.main.{identifier(name)} as select * from {BASE}.main.{identifier(name)}")


def gives_way(before: Before, name: str) -> None:
    """The file to be holds nothing of that name, so that it can be written anew."""
    if before.layered and name in before.tables:
        before.con.execute(f"drop {'table' if name in before.own else 'view'} {NEXT}.main.{identifier(name)}")


def replaced(before: Before, name: str, was: str | None, now: str, *, differ: bool = False) -> None:
    """The table in the file to be is what it was, less the rows of `was` (side, place, columns: of `Before.located`; None: none), with those of `now`.

    Rows that stand in both stay where they are; `differ`: none does. Afterwards temp tables `went_<table>` and `came_<table>` hold what really
    changed.
    """
    if was is None:
        _added(before, name, now)
        return
    con, key, columns = before.con, KEYS.get(name), before.columns(name)
    listed = ", ".join(map(identifier, columns))
    went, came = identifier(f"went_{name}"), identifier(f"came_{name}")
    typed = _typed(columns)
    if differ:
        con.execute(f"create or replace temp table {came} as select {typed} from ({now}) as r")
        con.execute(f"create or replace temp table {went} as select side, place, {listed} from ({was}) as r")
    else:
        nth = f", row_number() over (partition by {listed}) as nth" if not key else ""
        con.execute(f"create or replace temp table was_rows as select *{nth} from ({was}) as r")
        con.execute(f"create or replace temp table now_rows as select *{nth} from (select {typed} from ({now}) as r) as r")
        same = [f"w.{identifier(column)} is not distinct from n.{identifier(column)}" for column in (*columns, *(() if key else ("nth",))) if column != key]
        equal = " and ".join([*([f"w.{identifier(key)} = n.{identifier(key)}"] if key else []), *same])
        con.execute(f"create or replace temp table {went} as select w.side, w.place, {_of('w', columns)} from was_rows as w anti join now_rows as n on {equal}")
        con.execute(f"create or replace temp table {came} as select {_of('n', columns)} from now_rows as n anti join was_rows as w on {equal}")
        con.execute("drop table was_rows; drop table now_rows")
    gone_next, came_next = _parts(name)
    if name in before.changed:
        con.execute(f"insert into {gone_next} select place from {went} where side = 0")
        con.execute(f"delete from {came_next} where rowid in (select place from {went} where side = 1)")
        con.execute(f"insert into {came_next} select {listed} from {came}")
        return
    con.execute(f"create table {gone_next} as select place as id from {went}")
    con.execute(f"create table {came_next} as select {listed} from {came}")
    _view(before, name)


def _added(before: Before, name: str, now: str) -> None:
    """Rows only come: they are written once, and `came_<table>` is a view of them."""
    con, columns, (gone_next, came_next) = before.con, before.columns(name), _parts(name)
    went, came = identifier(f"went_{name}"), identifier(f"came_{name}")
    first = 0
    if name in before.changed:
        row = con.execute(f"select max(rowid) + 1 from {came_next}").fetchone()
        first = row[0] or 0 if row else 0  # rows that are appended have higher numbers than all before them
        con.execute(f"insert into {came_next} select {_typed(columns)} from ({now}) as r")
    else:
        con.execute(f"create table {came_next} as select {_typed(columns)} from ({now}) as r")
        con.execute(f"create table {gone_next} (id bigint)")
        _view(before, name)
    con.execute(f"create or replace temp view {came} as select {', '.join(map(identifier, columns))} from {came_next} where rowid >= {first}")
    con.execute(f"create or replace temp table {went} as select 0 as side, 0::bigint as place, * from {came} limit 0")


def _parts(name: str) -> tuple[str, str]:
    gone, came = (f"{NEXT}.{DELTA}.{identifier(f'{kind}_{name}')}" for kind in ("gone", "came"))
    return gone, came


def _typed(columns: Mapping[str, str]) -> str:
    return ", ".join(f"cast({identifier(column)} as {kind}) as {identifier(column)}" for column, kind in columns.items())


def _view(before: Before, name: str) -> None:
    con, columns = before.con, before.columns(name)
    gone, came = (f"{DELTA}.{identifier(f'{kind}_{name}')}" for kind in ("gone", "came"))
    con.execute("use next")  # a view finds what stands beside it in its own file, whatever the file is called
    try:
        con.execute(
            f"create or replace view {identifier(name)} as select {_of('r', columns)} from {BASE}.main.{identifier(name)} as r anti join {gone} as gone "
            f"on r.rowid = gone.id union all select {', '.join(map(identifier, columns))} from {came}"
        )
    finally:
        con.execute("use memory")


def _of(alias: str, columns: Iterable[str]) -> str:
    return ", ".join(f"{alias}.{identifier(column)}" for column in columns)
