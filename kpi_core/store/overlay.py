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
    """The table in the file to be (catalog `next`) is what it was."""
    con, table = before.con, identifier(name)
    if name in before.own:
        con.execute(f"create table {NEXT}.main.{table} as select * from {TOP}.main.{table}")
    elif name in before.changed:
        for kind in ("gone", "came"):
            part = identifier(f"{kind}_{name}")
            con.execute(f"create table {NEXT}.{DELTA}.{part} as select * from {TOP}.{DELTA}.{part}")
        _view(before, name)
    else:
        con.execute(f"create view {NEXT}.main.{table} as select * from {BASE}.main.{table}")


def replaced(before: Before, name: str, was: str | None, now: str) -> None:
    """The table in the file to be is what it was, less the rows of `was` (side, place, columns: of `Before.located`; None: none), with those of `now`.

    Rows that stand in both stay where they are. Afterwards temp tables `went_<table>` and `came_<table>` hold what really changed.
    """
    con, key = before.con, KEYS.get(name)
    columns = before.columns(name)
    listed = ", ".join(map(identifier, columns))
    went, came = identifier(f"went_{name}"), identifier(f"came_{name}")
    typed = ", ".join(f"cast({identifier(column)} as {kind}) as {identifier(column)}" for column, kind in columns.items())
    if was is None:
        con.execute(f"create or replace temp table {came} as select {typed} from ({now}) as r")
        con.execute(f"create or replace temp table {went} as select 0 as side, 0::bigint as place, * from {came} limit 0")
    else:
        nth = f", row_number() over (partition by {listed}) as nth" if not key else ""
        con.execute(f"create or replace temp table was_rows as select *{nth} from ({was}) as r")
        con.execute(f"create or replace temp table now_rows as select *{nth} from (select {typed} from ({now}) as r) as r")
        same = [f"w.{identifier(column)} is not distinct from n.{identifier(column)}" for column in (*columns, *(() if key else ("nth",))) if column != key]
        equal = " and ".join([*([f"w.{identifier(key)} = n.{identifier(key)}"] if key else []), *same])
        con.execute(f"create or replace temp table {went} as select w.side, w.place, {_of('w', columns)} from was_rows as w anti join now_rows as n on {equal}")
        con.execute(f"create or replace temp table {came} as select {_of('n', columns)} from now_rows as n anti join was_rows as w on {equal}")
        con.execute("drop table was_rows; drop table now_rows")
    gone_before, came_before = "", ""
    if name in before.changed:
        gone_before = f"union all select id from {TOP}.{DELTA}.{identifier('gone_' + name)}"
        stays = f"anti join (select place from {went} where side = 1) as left_again on left_again.place = r.rowid"
        came_before = f"select {_of('r', columns)} from {TOP}.{DELTA}.{came} as r {stays} union all "
    con.execute(f"create table {NEXT}.{DELTA}.{identifier('gone_' + name)} as select place as id from {went} where side = 0 {gone_before}")
    con.execute(f"create table {NEXT}.{DELTA}.{came} as {came_before}select {listed} from {came}")
    _view(before, name)


def _view(before: Before, name: str) -> None:
    con, columns = before.con, before.columns(name)
    gone, came = (f"{DELTA}.{identifier(f'{kind}_{name}')}" for kind in ("gone", "came"))
    con.execute("use next")  # a view finds what stands beside it in its own file, whatever the file is called
    try:
        con.execute(
            f"create view {identifier(name)} as select {_of('r', columns)} from {BASE}.main.{identifier(name)} as r anti join {gone} as gone "
            f"on r.rowid = gone.id union all select {', '.join(map(identifier, columns))} from {came}"
        )
    finally:
        con.execute("use memory")


def _of(alias: str, columns: Iterable[str]) -> str:
    return ", ".join(f"{alias}.{identifier(column)}" for column in columns)
