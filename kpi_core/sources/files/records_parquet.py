"""Rows of a Parquet file: text as written, numbers exact, lists and structs as records.

Its names stand in its schema (and, of lists of pairs, in their keys): no row is read to know them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb

from kpi_core.errors import DamagedFile, SourceError, Where, said
from kpi_core.sources.files.container import state_of
from kpi_core.sources.files.decode import Decoded
from kpi_core.sources.files.opening import on_disk
from kpi_core.sources.files.records_rows import JSON
from kpi_core.sources.profiles.expression import named
from kpi_core.sources.profiles.language import Records

BROKEN = (duckdb.Error, RuntimeError, UnicodeDecodeError)  # the last two: a name or a text that is no UTF-8


@dataclass(frozen=True)
class Kind:
    """The type of a column. `children`: of a struct by name, of a list `child`, of a map `key` and `value`."""

    id: str
    children: tuple[tuple[str, Kind], ...] = ()

    @property
    def nested(self) -> bool:
        return self.id in ("list", "struct", "map", "array")

    @property
    def child(self) -> Kind:
        """Of the elements of a list."""
        return dict(self.children)["child"]

    @property
    def wrapped(self) -> bool:
        """Some writers keep a list as {list: [{element: …}]}."""
        if self.id != "struct" or [name for name, _ in self.children] != ["list"]:
            return False
        inner = self.children[0][1]
        return inner.id == "list" and inner.child.id == "struct" and [name for name, _ in inner.child.children] == ["element"]


Schema = tuple[tuple[str, Kind], ...]


def schema_of(decoded: Decoded) -> Schema:
    """The columns of the file with their types. Raises DamagedFile."""
    return _schema(decoded, state_of(decoded.path))


@lru_cache(maxsize=4)
def _schema(decoded: Decoded, state: object) -> Schema:
    with reading(decoded) as (con, path):
        relation = con.sql("SELECT * FROM read_parquet(?)", params=[path])
        return tuple((name, _kind(kind)) for name, kind in zip(relation.columns, relation.types, strict=True))


def rows_stated(decoded: Decoded) -> int:
    """How many rows the end of the file says that it has. Raises DamagedFile."""
    with reading(decoded) as (con, path):
        row = con.execute("SELECT num_rows FROM parquet_file_metadata(?)", [path]).fetchone()
        return int(row[0]) if row else 0


def _kind(kind: Any) -> Kind:
    if kind.id in ("struct", "map", "list"):
        return Kind(kind.id, tuple((str(name), _kind(child)) for name, child in kind.children))
    if kind.id == "array":
        return Kind("array", (("child", _kind(dict(kind.children)["child"])),))
    return Kind(kind.id)


@contextmanager
def reading(decoded: Decoded) -> Iterator[tuple[duckdb.DuckDBPyConnection, str]]:
    """(a connection of its own, the path of the bytes for it). What it cannot read is a DamagedFile."""
    from kpi_core.store.connection import ONE_THREAD, connect, seal  # here: the store imports this package

    with decoded.raw() as file, on_disk(file) as path:
        con = connect(ONE_THREAD)
        try:
            seal(con, [Path(path)])
            yield con, path
        except BROKEN as error:
            raise unreadable(decoded, error, path) from None
        finally:
            con.close()


def unreadable(decoded: Decoded, error: Exception, path: str) -> SourceError:
    """The refusal of a file that the reader does not get through."""
    why = (str(error).splitlines() or [""])[0].replace(path, "…")[:200]
    return DamagedFile(said("the Parquet file cannot be read: {why}", why=why), where=Where(str(decoded.path)))


def parquet_records(decoded: Decoded, spec: Records, limit: int | None = None) -> Iterator[tuple[int, dict[str, object]]]:
    """(number, record) from 1: every type, however nested. The copy of DuckDB's own making (`records_sql`) gives the same rows, much faster."""
    columns = schema_of(decoded)
    wanted = ", ".join("NULL" if text in spec.skip else _column(text, kind) for text, kind in columns)
    with reading(decoded) as (con, path):
        cursor = con.execute(f"SELECT {wanted} FROM read_parquet(?){'' if limit is None else f' LIMIT {int(limit)}'}", [path])
        number = 0
        while rows := cursor.fetchmany(2000):
            for row in rows:
                number += 1
                yield number, {text: _of_parquet(cell, kind) for (text, kind), cell in zip(columns, row, strict=True)}


def _column(name: str, kind: Kind) -> str:
    if kind.nested:
        return f"to_json({named(name)}::{as_text(kind)})"
    return moment(named(name)) if kind.id == "timestamp with time zone" else f"{named(name)}::VARCHAR"


def moment(sql: str) -> str:
    """SQL of a moment told in UTC, which it says."""
    return f"strftime(timezone('UTC', {sql}), '%Y-%m-%d %H:%M:%S') || 'Z'"


def as_text(kind: Kind) -> str:
    """The same shape with text at its leaves: JSON made of it rounds nothing."""
    if kind.id == "struct":
        return f"STRUCT({', '.join(f'{named(name)} {as_text(child)}' for name, child in kind.children)})"
    if kind.id == "map":
        return f"MAP(VARCHAR, {as_text(dict(kind.children)['value'])})"
    if kind.id in ("list", "array"):
        return f"{as_text(kind.child)}[]"
    return "VARCHAR"


def _of_parquet(cell: str | None, kind: Kind) -> object:
    if cell is None:
        return None
    if kind.nested:
        return _unwrapped(JSON.decode(cell))
    if kind.id in ("double", "float") and "e" in cell.lower():
        try:
            return format(Decimal(cell), "f")
        except InvalidOperation:
            return cell
    return cell


def _unwrapped(value: Any) -> Any:
    if isinstance(value, dict):
        inner = value.get("list")
        if len(value) == 1 and isinstance(inner, list) and all(isinstance(item, dict) and set(item) == {"element"} for item in inner):
            return [_unwrapped(item["element"]) for item in inner]
        return {key: _unwrapped(item) for key, item in value.items()}
    return [_unwrapped(item) for item in value] if isinstance(value, list) else value
