"""A reader that is limited to some stores and channels: views that stand in front of the mart's tables, so that no statement can see past them.

The views lie in a schema of the process's own memory, under the tables' own names; a limited reader works there and not in the mart. What
a statement forgets to ask for is therefore not there to be answered:

    a table with the columns of the scope        only the rows of its members
    a rollup or prepared table without them      does not exist: it holds sums of everybody
    another table without them                   has no rows, but for `meta` and `unrated`, which hold no figures, and tables that are joined
                                                 as lookups, which say more about rows that are visible anyway
    coverage                                     the days of each whole table, and of the scope's own members

Three questions are about the whole and reach it by its full name `mart.main.table`: on which days a table is known at all, so that a store's
average is over the same days as everybody's; whether a customer came at all in the period before or after; and whether a column is filled
at all. None of them gives a figure of anybody else.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING

from kpi_core.store.connection import identifier, quoted

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MART = "mart.main"
SCHEMA = "memory.scoped"
DIMENSIONS = ("store", "channel")
PLAIN = ("meta", "unrated")  # no figures
Members = Mapping[str, Collection[str]]  # dimension -> the members that are visible; a dimension that is not named is not limited


def limit(con: DuckDBPyConnection, members: Members, lookups: Collection[str] = ()) -> dict[str, str]:
    """Make the views over the attached mart; the statements that made them, by table. `lookups`: tables that are joined to say more about a row."""
    found: dict[str, set[str]] = {}
    for table, column in con.execute(
        "select table_name, column_name from duckdb_columns() where database_name = 'mart' and schema_name = 'main'"
    ).fetchall():
        found.setdefault(str(table), set()).add(str(column))
    views = {}
    for table, columns in sorted(found.items()):
        condition = _condition(table, columns, members, lookups)
        if condition is not None:
            views[table] = f"create view {SCHEMA}.{identifier(table)} as select * from {MART}.{identifier(table)} where {condition}"
    con.execute(";\n".join([f"create schema {SCHEMA}", *views.values()]))
    return views


def _condition(table: str, columns: Collection[str], members: Members, lookups: Collection[str]) -> str | None:
    """Which rows are visible; None: the table itself is not."""
    if table == "coverage":
        return " and ".join(f"(dim <> {quoted(dim)} or {_among('member', names)})" for dim, names in _sorted(members)) or "true"
    if all(dim in columns for dim in members):
        return " and ".join(_among(identifier(dim), names) for dim, names in _sorted(members)) or "true"
    if table in PLAIN or table in lookups:
        return "true"
    summed = table.partition("__")[1] or table == "prepared"
    return None if summed else "false"


def _sorted(members: Members) -> Iterator[tuple[str, list[str]]]:
    yield from ((dim, sorted(members[dim])) for dim in sorted(members))


def _among(column: str, names: Collection[str]) -> str:
    """The names come from a settings file: they are written as literals, for a view takes no parameters."""
    return f"{column} in ({', '.join(map(quoted, names))})" if names else "false"
