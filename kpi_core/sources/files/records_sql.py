"""The rows of a Parquet file as one statement of DuckDB: only what a profile reads is copied, so that millions of events are read in seconds.

It gives what `records_rows` makes of `parquet_records`, cell by cell; a file with types that it cannot tell so exactly (maps, mainly) is left
to these. Names of the file only enter SQL quoted.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import duckdb

from kpi_core.errors import DamagedFile, SourceError, Where, said
from kpi_core.sources.files.container import state_of
from kpi_core.sources.files.decode import Decoded
from kpi_core.sources.files.limits import MAX_BYTES, MAX_CELL, MAX_DEPTH, MAX_NAMES
from kpi_core.sources.files.opening import on_disk
from kpi_core.sources.files.records_parquet import BROKEN, Kind, Schema, as_text, moment, reading, schema_of, unreadable
from kpi_core.sources.profiles.expression import named, quoted
from kpi_core.sources.profiles.language import Records

_ROW = "file_row_number"
_OURS = "omnigap_pairs_"
_FILE = f"read_parquet(?, {_ROW} = true)"
_EXPONENT = r"'^(-?)(\d+)\.?(\d*)e([+-]?\d+)$'"
_PLAIN = ("null", "boolean", "varchar", "blob", "date", "time", "timestamp", "uuid", "decimal", "enum", "interval", "float", "double",
          "tinyint", "smallint", "integer", "bigint", "hugeint", "utinyint", "usmallint", "uinteger", "ubigint", "uhugeint",
          "timestamp_s", "timestamp_ms", "timestamp_ns")  # fmt: skip
_NOT_OF_THE_FILE = (duckdb.OutOfMemoryException, duckdb.InterruptException)


class _Untold(Exception):
    """A type of which the cells are not told in SQL."""


@dataclass(frozen=True)
class Copied:
    """What was copied: `places` are the positions of the header that the table has as columns (c0 …), () for all; `looked`: the first rows
    of all of them, where the table lacks some. No row of it is empty then."""

    header: tuple[str, ...]
    places: tuple[int, ...]
    looked: tuple[tuple[str | None, ...], ...]
    rows: int
    records: int


@dataclass(frozen=True)
class _Pairs:
    """A list of {key, value}: SQL of it, of the key and of the value of its element x, and the column that holds the pairs that are read."""

    sql: str
    key: str
    value: str
    column: str


@dataclass
class _Plan:
    """SQL of the cells by name, of a record and of an element of its list `each`; None: cannot be told."""

    spec: Records
    keys: dict[str, tuple[str, ...]]
    base: dict[str, list[str | None]] = field(default_factory=dict)
    element: dict[str, list[str | None]] = field(default_factory=dict)
    lists: dict[str, _Pairs] = field(default_factory=dict)
    elements: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.base, *self.element)))

    def tellable(self, place: int) -> bool:
        name = self.names[place]
        return None not in (*self.base.get(name, ()), *self.element.get(name, ()))

    def select(self, places: Collection[int]) -> str:
        """Rows of the file: the number `l` of their record, then a column c0 … for each of these positions that can be told."""
        inner, cells = [f"{_ROW} + 1 AS l_"], []
        for place, name in enumerate(self.names):
            if place in places and self.tellable(place):
                if name in self.base:
                    inner.append(f"{_joined(self.base[name])} AS b{place}")
                parts = ([f"b{place}"] if name in self.base else []) + self.element.get(name, [])
                cells.append(f"nullif({_joined(parts)}, '') AS c{place}")
        if self.elements is not None:
            inner.append(f"unnest(CASE WHEN len({self.elements}) > 0 THEN {self.elements} ELSE [NULL] END) AS e_")
        return f"SELECT l_ AS l, {', '.join(cells)} FROM (SELECT {', '.join(inner)} FROM {self._read(places)})"

    def _read(self, places: Collection[int]) -> str:
        """The file, with the pairs of its lists whose keys are read: most are not, and each is then looked at once."""
        names, added = self.names, ""
        for name, pairs in self.lists.items():
            some = [quoted(key) for key in self.keys.get(name, ()) if names.index(f"{name}.{key}") in places]
            if some:
                made = f"lambda x: {{'k': {pairs.key}, 'v': {pairs.value}}}"
                added += f", list_transform(list_filter({pairs.sql}, lambda x: {pairs.key} IN ({', '.join(some)})), {made}) AS {pairs.column}"
        return f"(SELECT *{added} FROM {_FILE})" if added else _FILE

    def walk(self, found: dict[str, list[str | None]], name: str, sql: str, kind: Kind, depth: int, *, top: bool = False) -> None:
        """The names of a value and what they hold. Raises _Untold where names depend on the rows."""
        if name in self.spec.skip:
            found.setdefault(name, []).append("NULL::VARCHAR")
            return
        if kind.wrapped:
            inner = kind.children[0][1].child.children[0][1]
            if inner.id == "null":
                raise _Untold
            sql, kind = f"list_transform(struct_extract({sql}, 'list'), lambda x: struct_extract(x, 'element'))", Kind("list", (("child", inner),))
        if found is self.base and name == self.spec.each:
            if kind.id not in ("list", "array") or kind.child.id == "null" or self.elements is not None:
                raise _Untold
            self.elements = sql if kind.id == "list" else f"({sql})::{as_type(kind)}"
            self._element(name, kind.child)
        elif name in self.spec.pairs and kind.id in ("list", "array"):
            self._pairs(found, name, sql, kind.child)
        elif kind.id == "struct" and depth < MAX_DEPTH:
            for child, of in kind.children:
                self.walk(found, f"{name}.{child}", f"struct_extract({sql}, {quoted(child)})", of, depth + 1)
        elif kind.id == "map" and depth < MAX_DEPTH:
            raise _Untold
        else:
            found.setdefault(name, []).append(_text(sql, kind, top=top))

    def _element(self, name: str, kind: Kind) -> None:
        if kind.wrapped or kind.id == "map":
            raise _Untold
        if kind.id != "struct":
            self.element.setdefault(name, []).append(_text("e_", kind))
            return
        for child, of in kind.children:
            self.walk(self.element, f"{name}.{child}", f"struct_extract(e_, {quoted(child)})", of, 0)

    def _pairs(self, found: dict[str, list[str | None]], name: str, sql: str, kind: Kind) -> None:
        """A list of {key, value}: a name for each key; of a value with a place for each type the one that is filled."""
        parts = dict(kind.children) if kind.id == "struct" else {}
        if "key" not in parts:
            return
        key = _text("struct_extract(x, 'key')", parts["key"])
        if key is None or found is self.element:  # the keys of lists inside lists are not looked for
            raise _Untold
        key = f"coalesce({key}, CASE WHEN x IS NOT NULL THEN 'None' END)"
        value: str | None = "NULL::VARCHAR"
        if "value" in parts:
            value = _text("struct_extract(x, 'value')", parts["value"])
            if parts["value"].id == "struct":
                places = [_text(f"struct_extract(struct_extract(x, 'value'), {quoted(child)})", of) for child, of in parts["value"].children]
                value = None if parts["value"].wrapped or None in places else f"coalesce({', '.join(map(str, places))}, NULL)"
        column = f"{_OURS}{len(self.lists)}"
        self.lists[name] = _Pairs(sql, key, value or "NULL::VARCHAR", column)
        for text in self.keys.get(name, ()):
            cell = f"list_transform(list_filter({column}, lambda x: struct_extract(x, 'k') = {quoted(text)}), lambda x: struct_extract(x, 'v'))"
            cell = f"array_to_string(list_filter({cell}, lambda t: t <> ''), ', ')"
            found.setdefault(f"{name}.{text}", []).append(None if value is None else cell)


def _joined(parts: Sequence[str | None]) -> str:
    """What comes under one name, as one cell."""
    filled = ", ".join(f"nullif({part}, '')" for part in parts)
    return str(parts[0]) if len(parts) == 1 else f"concat_ws(', ', {filled})"


def _text(sql: str, kind: Kind, *, top: bool = False) -> str | None:
    """SQL of the cell of a value; None for what only the rows themselves can tell."""
    if kind.id == "null":  # a column without any value has no type; DuckDB 2.0 breaks down where such a field of a struct is read
        return "NULL::VARCHAR"
    if kind.id == "timestamp with time zone":
        return moment(sql) if top else f"timezone('UTC', {sql})::VARCHAR || '+00'"
    if kind.id in ("list", "array", "struct"):
        if not _simple(kind):
            return None
        cell = f"to_json({sql}::{as_text(kind)})::VARCHAR"
        return f"CASE WHEN {sql} IS NOT NULL {'' if kind.id == 'struct' else f'AND len({sql}) > 0 '}THEN {cell} END"
    if kind.id == "varchar":
        return f"replace({sql}, chr(0), '')"
    if kind.id not in _PLAIN:
        return None
    return _unscientific(f"{sql}::VARCHAR") if top and kind.id in ("double", "float") else f"{sql}::VARCHAR"


def _simple(kind: Kind) -> bool:
    """Does its JSON need nothing but text at the leaves?"""
    if kind.wrapped or kind.id == "map":
        return False
    return all(_simple(child) for _, child in kind.children) if kind.children else kind.id in _PLAIN


def _unscientific(text: str) -> str:
    """`1e-07` written out."""
    part = f"regexp_extract({text}, {_EXPONENT}"
    digits, point = f"({part}, 2) || {part}, 3))", f"(length({part}, 2)) + {part}, 4)::INTEGER)"
    plain = (
        f"CASE WHEN {point} <= 0 THEN '0.' || repeat('0', -{point}) || {digits} WHEN {point} >= length({digits}) "
        f"THEN {digits} || repeat('0', {point} - length({digits})) ELSE left({digits}, {point}) || '.' || substr({digits}, {point} + 1) END"
    )
    return f"CASE WHEN regexp_full_match({text}, {_EXPONENT}) THEN {part}, 1) || {plain} ELSE {text} END"


def as_type(kind: Kind) -> str:
    """SQL of a list without a fixed length."""
    return f"{as_text(kind.child)}[]"


def _planned(schema: Schema, spec: Records, keys: dict[str, tuple[str, ...]]) -> _Plan | None:
    plan = _Plan(spec, keys)
    try:
        for name, kind in schema:
            if name.casefold() == _ROW or name.casefold().startswith(_OURS):
                return None
            plan.walk(plan.base, name, named(name), kind, 0, top=True)
    except _Untold:
        return None
    return plan


def header_of(decoded: Decoded, spec: Records, sample: int) -> tuple[str, ...] | None:
    """The names of the records by the schema, with the keys of the first pairs. None: only the records tell them. Raises DamagedFile."""
    return _header(decoded, spec, sample, state_of(decoded.path))


@lru_cache(maxsize=32)
def _header(decoded: Decoded, spec: Records, sample: int, state: object) -> tuple[str, ...] | None:
    schema = schema_of(decoded)
    plan = _planned(schema, spec, {})
    if plan is None:
        return None
    if plan.lists:
        with reading(decoded) as (con, path):
            plan = _planned(schema, spec, _keys(con, path, plan, decoded, sample))
    return plan.names if plan is not None else None


def _keys(con: duckdb.DuckDBPyConnection, path: str, plan: _Plan, decoded: Decoded, sample: int | None = None) -> dict[str, tuple[str, ...]]:
    """The keys of the lists of pairs, of the first records or of all."""
    found: dict[str, tuple[str, ...]] = {}
    for name, pairs in plan.lists.items():
        some = f"(SELECT * FROM {_FILE}{'' if sample is None else f' LIMIT {int(sample)}'})"
        keys = f"SELECT unnest(list_transform({pairs.sql}, lambda x: {pairs.key})) AS k FROM {some}"
        rows = con.execute(f"SELECT DISTINCT k FROM ({keys}) WHERE k IS NOT NULL LIMIT {MAX_NAMES + 1}", [path]).fetchall()
        found[name] = tuple(sorted(str(row[0]) for row in rows))
    if sum(map(len, found.values())) > MAX_NAMES:
        raise SourceError(said("the records have more than {limit} names", limit=MAX_NAMES), where=Where(str(decoded.path)))
    return found


def copied(
    con: duckdb.DuckDBPyConnection, table: str, decoded: Decoded, spec: Records, uses: Callable[[tuple[str, ...]], Collection[int]], sample: int
) -> Copied | None:
    """Copy the rows into a temp table of `con`: those positions of the header that `uses` names. None: only Python can tell them.

    Raises DamagedFile for a file that cannot be read and for a cell beyond the bounds, SourceError for too many names or too much text.
    """
    schema = schema_of(decoded)
    plan = _planned(schema, spec, {})
    if plan is None:
        return None
    with decoded.raw() as file, on_disk(file) as path:
        try:
            if plan.lists:
                plan = _planned(schema, spec, _keys(con, path, plan, decoded))
            if plan is None:
                return None
            names = plan.names
            if len(names) > MAX_NAMES:
                raise SourceError(said("the records have more than {limit} names", limit=MAX_NAMES), where=Where(str(decoded.path)))
            everything = tuple(range(len(names)))
            places = tuple(sorted(uses(names)))
            if not names or not all(map(plan.tellable, places)):
                return None
            rows = _copy(con, table, path, plan, places, decoded) if len(places) < len(names) else None
            if rows is None:  # all are read, or a row has nothing that is: whether it is empty, the other cells say
                if not all(map(plan.tellable, everything)):
                    return None
                rows = _copy(con, table, path, plan, everything, decoded, final=True)
                return Copied(names, (), (), *(rows or (0, 0)))
            first = con.execute(f"{plan.select(everything)} LIMIT {int(sample)}", [path]).fetchall()
        except BROKEN as error:
            if isinstance(error, _NOT_OF_THE_FILE) or "No space left" in str(error):
                raise
            raise unreadable(decoded, error, path) from None
    told = [place for place in everything if plan.tellable(place)]
    examples = tuple(tuple(dict(zip(told, row[1:], strict=True)).get(place) for place in everything) for row in first)
    return Copied(names, places, examples, *rows)


def _copy(
    con: duckdb.DuckDBPyConnection, table: str, path: str, plan: _Plan, places: Sequence[int], decoded: Decoded, *, final: bool = False
) -> tuple[int, int] | None:
    """(rows, records); None, and no table, when a row has no filled cell (unless `final`)."""
    con.execute(f"CREATE TEMP TABLE {table} AS {plan.select(places)}", [path])
    cells = [f"c{place}" for place in places]
    long = f"coalesce(greatest({', '.join(f'strlen({cell})' for cell in cells)}), 0)"
    size = " + ".join(f"coalesce(strlen({cell}), 0)" for cell in cells)
    records = "count(*)" if plan.elements is None else "count(DISTINCT l)"
    row = con.execute(f"SELECT count(*), {records}, min(l) FILTER ({long} > {MAX_CELL}), sum({size}), count(*) FILTER ({size} = 0) FROM {table}").fetchone()
    count, read, line, total, empty = row if row else (0, 0, None, 0, 0)
    if line is not None:
        what = said("a cell on line {line} is larger than {limit} bytes", line=line, limit=MAX_CELL)
        raise DamagedFile(what, where=Where(str(decoded.path), line))
    if (total or 0) > MAX_BYTES:
        raise SourceError(said("the records are larger than {limit} GB as text", limit=MAX_BYTES >> 30), where=Where(str(decoded.path)))
    if empty and not final:
        con.execute(f"DROP TABLE {table}")
        return None
    return count, read
