"""Records (JSON, lines of JSON, Parquet) to rows of cells, as a profile's `read.records` says: nested names are joined by a dot.

Numbers stay as they are written, to the last digit. What is still nested stands in its cell as compact JSON.
"""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterator
from itertools import islice
from typing import IO, Any

from kpi_core.errors import DamagedFile, SourceError, Where, said
from kpi_core.sources.files import records_sql
from kpi_core.sources.files.decode import Decoded
from kpi_core.sources.files.limits import MAX_BYTES, MAX_CELL, MAX_DEPTH, MAX_NAMES
from kpi_core.sources.files.records_json import json_records
from kpi_core.sources.files.records_parquet import parquet_records
from kpi_core.sources.files.records_rows import rows_of
from kpi_core.sources.profiles.language import Records

__all__ = ["first_rows", "flattened", "header_of", "inner_lists", "rows_of"]

SAMPLE = 200  # records that name the header when a profile is looked for


def header_of(decoded: Decoded, spec: Records) -> tuple[str, ...]:
    """Dotted names of the first records; of a Parquet file those of its schema. Raises DamagedFile with the line where a record cannot be read."""
    if decoded.form == "parquet":
        told = records_sql.header_of(decoded, spec, SAMPLE)
        if told is not None:
            return told
    names: dict[str, None] = {}
    for number, record in islice(_records(decoded, spec, SAMPLE), SAMPLE):
        for row in rows_of(record, spec, Where(str(decoded.path), number)):
            names.update(dict.fromkeys(row))
    return tuple(names)


def first_rows(decoded: Decoded, spec: Records, count: int) -> list[dict[str, str]]:
    """The first rows that the records give. Raises DamagedFile with the line where a record cannot be read."""
    rows = (row for number, record in _records(decoded, spec, count) for row in rows_of(record, spec, Where(str(decoded.path), number)))
    return list(islice(rows, count))


def inner_lists(decoded: Decoded, spec: Records, count: int = 20) -> tuple[str, ...]:
    """Dotted names under which the first records hold a list of objects: what `each` may be."""
    found: dict[str, None] = {}

    def look(value: dict[str, Any], prefix: str, depth: int) -> None:
        for key, item in value.items():
            if isinstance(item, list) and item and isinstance(item[0], dict):
                found[f"{prefix}{key}"] = None
            elif isinstance(item, dict) and depth < MAX_DEPTH:
                look(item, f"{prefix}{key}.", depth + 1)

    for _, record in islice(_records(decoded, spec, count), count):
        if isinstance(record, dict):
            look(record, "", 0)
    return tuple(found)


def flattened(decoded: Decoded, spec: Records) -> tuple[IO[bytes], tuple[str, ...], int]:
    """(UTF-8 CSV of every row: the number of its record, then its cells; the names of the cells; the rows). The caller closes the file.

    The number of a record is its line in a file of lines, else its place in the list, from 1.
    """
    names: dict[str, int] = {}
    first = grown = rows = 0
    copy: IO[bytes] = tempfile.TemporaryFile(prefix="omnigap-")  # noqa: SIM115 - handed to the caller
    try:
        with _Writer(copy) as writer:
            for number, record in _records(decoded, spec):
                for row in rows_of(record, spec, Where(str(decoded.path), number)):
                    for name, text in row.items():
                        if name not in names:
                            names[name] = len(names)
                        if len(text) > MAX_CELL:
                            what = said("a cell on line {line} is larger than {limit} bytes", line=number, limit=MAX_CELL)
                            raise DamagedFile(what, where=Where(str(decoded.path), number))
                    cells = [""] * len(names)
                    for name, text in row.items():
                        cells[names[name]] = text
                    writer.writerow([number, *cells])
                    rows += 1
                    first = first or len(names)
                    grown = len(names)
                if grown > MAX_NAMES:
                    raise SourceError(said("the records have more than {limit} names", limit=MAX_NAMES), where=Where(str(decoded.path), number))
                if copy.tell() > MAX_BYTES:
                    raise SourceError(said("the records are larger than {limit} GB as text", limit=MAX_BYTES >> 30), where=Where(str(decoded.path), number))
        if grown > first:
            copy = _padded(copy, grown)
    except BaseException:
        copy.close()
        raise
    copy.seek(0)
    return copy, tuple(names), rows


def _records(decoded: Decoded, spec: Records, limit: int | None = None) -> Iterator[tuple[int, object]]:
    """(number, record); of a Parquet file no more than `limit` are read."""
    return parquet_records(decoded, spec, limit) if decoded.form == "parquet" else json_records(decoded, spec)


# ---------------------------------------------------------------- the copy


class _Writer:
    """A CSV writer over a binary file that stays open."""

    def __init__(self, file: IO[bytes]) -> None:
        self.text = io.TextIOWrapper(file, encoding="utf-8", newline="", errors="replace")

    def __enter__(self) -> Any:
        return csv.writer(self.text, quoting=csv.QUOTE_ALL, lineterminator="\n")

    def __exit__(self, *_: object) -> None:
        self.text.flush()
        self.text.detach()


def _padded(file: IO[bytes], width: int) -> IO[bytes]:
    """Names that only later records have: the rows before them get their empty cells."""
    csv.field_size_limit(MAX_CELL)
    copy = tempfile.TemporaryFile(prefix="omnigap-")  # noqa: SIM115
    file.seek(0)
    with file, _Writer(copy) as writer:
        for row in csv.reader(io.TextIOWrapper(file, encoding="utf-8", newline="")):
            writer.writerow(row + [""] * (width + 1 - len(row)))
    return copy
