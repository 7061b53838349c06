"""A table of plain values as a Parquet file, written by DuckDB: typed columns, exact decimals, words about the file in its metadata."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path

import duckdb

from kpi_core.errors import StoreError, Where, said
from kpi_core.store.connection import connect, identifier, quoted, seal

TYPES = {"text": "varchar", "date": "date", "moment": "timestamp", "flag": "boolean"}
MOST_DIGITS = 38


def write_parquet(path: Path, columns: Sequence[tuple[str, str]], rows: Sequence[Sequence[object]], about: Mapping[str, str]) -> None:
    """`columns` are (name, kind), kinds those of a sheet; `about` goes into the metadata of the file. Raises StoreError."""
    types = [_type(kind, [row[place] for row in rows]) for place, (_, kind) in enumerate(columns)]
    names = ", ".join(f"unnest(?::varchar[])::{type} as {identifier(name)}" for (name, _), type in zip(columns, types, strict=True))
    values = [[_text(row[place]) for row in rows] for place in range(len(columns))]
    kept = ", ".join(f"{quoted(key)}: {quoted(text)}" for key, text in about.items())
    con = connect()
    try:
        seal(con, [path])
        con.execute(f"create table exported as select {names}", values)
        con.execute(f"copy exported to {quoted(str(path))} (format parquet, compression zstd, use_tmp_file false, kv_metadata {{{kept}}})")
    except duckdb.Error as error:
        raise StoreError(said("the Parquet file cannot be written"), where=Where(str(path))) from error
    finally:
        con.close()


def _text(value: object) -> str | None:
    """As DuckDB reads it back into the column's type, digit for digit."""
    if value is None:
        return None
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _type(kind: str, values: Sequence[object]) -> str:
    """The narrowest exact type of a column: BIGINT, DECIMAL(18, n), DECIMAL(38, n); DOUBLE where no decimal holds its digits."""
    if kind == "whole":
        return "bigint" if all(value is None or abs(int(str(value))) < 2**63 for value in values) else "varchar"
    if kind != "number":
        return TYPES[kind]
    known = [Decimal(str(value)) for value in values if value is not None]
    after = max((max(0, -int(value.as_tuple().exponent)) for value in known), default=0)
    before = max((value.adjusted() + 1 for value in known if value), default=1)
    digits = max(1, before) + after
    return "double" if digits > MOST_DIGITS else f"decimal({18 if digits <= 18 else MOST_DIGITS}, {after})"
