"""Text to a raw table: every cell as text, every row with its physical line.

A plain file goes straight through DuckDB with an explicit dialect; its record count must equal the file's line count. Everything
else (preambles, several tables, quoted line breaks, ragged rows, damage) goes through Python's reader, which names the line.
"""

from __future__ import annotations

import csv
import io
import itertools
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import IO

import duckdb

from kpi_core.errors import DamagedFile, SourceError, Where, said
from kpi_core.sources.facts import fact_values
from kpi_core.sources.recognise import Recognised

MAX_CELL = 1 << 20
_serial = itertools.count(1)


def temp_name(kind: str) -> str:
    """A name no other conversion in this process uses."""
    return f"omnigap_src_{kind}_{next(_serial)}"


@dataclass(frozen=True)
class Refusal:
    """A record that could not be read at all."""

    line: int
    column: str
    value: str
    why: str


@dataclass(frozen=True)
class Block:
    """One table of the file: its header, the facts stated above it and the number of its rows."""

    number: int
    header: tuple[str, ...]
    facts: dict[str, str | date | None]
    rows: int


@dataclass(frozen=True)
class Staged:
    """`table` has c0… as VARCHAR; `line`, `cells`, `first`, `last`, `block` are SQL for what the reader knows of each row."""

    table: str
    width: int
    blocks: tuple[Block, ...]
    rows_read: int
    refusals: tuple[Refusal, ...]
    line: str
    cells: str
    last: str
    block: str


def stage(con: duckdb.DuckDBPyConnection, source: Recognised) -> Staged:
    """Read the whole file into a temp table of text. Raises DamagedFile or SourceError."""
    csv.field_size_limit(MAX_CELL)
    with source.decoded.utf8() as text:
        if source.header_row == source.separator_line and not source.profile.spec.tables.multiple and source.decoded.newline == "\n":
            fast = _by_duckdb(con, source, text)
            if fast is not None:
                return fast
        text.seek(0)
        return _by_python(con, source, text)


def _by_duckdb(con: duckdb.DuckDBPyConnection, source: Recognised, text: IO[bytes]) -> Staged | None:
    """The fast path; None when anything about the file is not plain (then the slow path explains it)."""
    width = len(source.header)
    expected = source.decoded.lines - (source.data_line - 1)
    table = temp_name("raw")
    if expected <= 0 or width < 2:
        return None
    try:
        _read_csv(con, table, text, {f"c{index}": "VARCHAR" for index in range(width)}, source.delimiter, source.data_line - 1)
    except duckdb.IOException as error:
        raise SourceError(said("the file cannot be read: {why}", why=str(error).splitlines()[0]), where=Where(str(source.path))) from None
    except duckdb.Error:
        return None
    row = con.execute(f"SELECT count(*) FROM {table}").fetchone()
    if row is None or row[0] != expected:
        con.execute(f"DROP TABLE {table}")
        return None
    block = Block(0, source.header, fact_values(source, [], source.header), expected)
    return Staged(table, width, (block,), expected, (), f"(rowid + {source.data_line})", str(width), f"c{width - 1}", "0")


def _read_csv(con: duckdb.DuckDBPyConnection, table: str, text: IO[bytes], columns: dict[str, str], delimiter: str, skip: int, limit: int = MAX_CELL) -> None:
    """Every option explicit: nothing is left to the sniffer."""
    path = f"/proc/self/fd/{text.fileno()}"
    copy: str | None = None
    if not os.path.exists(path):  # noqa: PTH110 - a descriptor, not a path of ours
        handle, copy = tempfile.mkstemp(prefix="omnigap-", suffix=".csv")
        with os.fdopen(handle, "wb") as out:
            text.seek(0)
            while block := text.read(1 << 20):
                out.write(block)
        path = copy
    try:
        shape = ", ".join(f"'{name}': '{kind}'" for name, kind in columns.items())
        con.execute(
            f"CREATE TEMP TABLE {table} AS SELECT * FROM read_csv(?, auto_detect=false, header=false, skip={int(skip)}, delim=?, quote='\"', escape='\"', "
            f"columns={{{shape}}}, strict_mode=true, null_padding=false, ignore_errors=false, compression='none', max_line_size={limit})",
            [path, delimiter],
        )
    finally:
        if copy is not None:
            os.unlink(copy)  # noqa: PTH108


@dataclass
class _Reading:
    """What the slow path gathers while it copies rows."""

    write: Callable[[list[object]], object]
    width: int
    blocks: list[Block] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    rows: int = 0
    written: int = 0
    header: tuple[str, ...] = ()
    facts: dict[str, str | date | None] = field(default_factory=dict)
    in_block: int = 0

    def open(self, header: tuple[str, ...], facts: dict[str, str | date | None]) -> None:
        self.header, self.facts, self.in_block = header, facts, 0

    def close(self) -> None:
        if self.header:
            self.blocks.append(Block(len(self.blocks), self.header, self.facts, self.in_block))
        self.header = ()

    def add(self, line: int, cells: list[str]) -> None:
        padded = cells[: self.width] + [""] * (self.width - len(cells))
        count = len(cells)
        while count > len(self.header) and not cells[count - 1].strip():  # trailing separators of a re-saved file
            count -= 1
        self.write([len(self.blocks), line, count, cells[-1], *padded])
        self.rows += 1
        self.in_block += 1
        self.written += 1


def _by_python(con: duckdb.DuckDBPyConnection, source: Recognised, text: IO[bytes]) -> Staged:
    tables = source.profile.spec.tables
    table = temp_name("raw")
    with tempfile.TemporaryFile(prefix="omnigap-") as raw:
        out = io.TextIOWrapper(raw, encoding="utf-8", newline="", errors="surrogatepass", write_through=False)
        writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
        lines = io.TextIOWrapper(text, encoding="utf-8", newline="")
        try:
            if tables.multiple:
                width = max(_widest(source), len(source.header))
                reading = _Reading(writer.writerow, width)
                _many_tables(source, lines, reading)
            else:
                width = len(source.header)
                reading = _Reading(writer.writerow, width)
                _one_table(source, lines, reading)
        finally:
            lines.detach()
        out.flush()
        raw.seek(0)
        columns = {"b": "INTEGER", "l": "BIGINT", "n": "INTEGER", "z": "VARCHAR"} | {f"c{index}": "VARCHAR" for index in range(width)}
        if reading.written:
            _read_csv(con, table, raw, columns, ",", 0, 64 * MAX_CELL)
        else:
            con.execute(f"CREATE TEMP TABLE {table} ({', '.join(f'{name} {kind}' for name, kind in columns.items())})")
        row = con.execute(f"SELECT count(*) FROM {table}").fetchone()
        out.detach()
    if row is None or row[0] != reading.written:
        raise DamagedFile(said("{read} rows were read but {kept} arrived", read=reading.written, kept=row[0] if row else 0), where=Where(str(source.path)))
    return Staged(table, width, tuple(reading.blocks), reading.rows, tuple(reading.refusals), "l", "n", "z", "b")


def _widest(source: Recognised) -> int:
    """Widest row of a multi-table file (its blocks are small: it is read from the head, then again row by row)."""
    return max((line.count(source.delimiter) + 1 for line in source.decoded.head.splitlines()), default=1)


def _records(source: Recognised, lines: io.TextIOWrapper, reading: _Reading) -> Iterator[tuple[int, list[str]]]:
    """(first physical line, cells) of every record. A quote that swallows rows is damage, not data."""
    where = str(source.path)
    reader = csv.reader(lines, delimiter=source.delimiter, strict=True)
    while True:
        start = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            message = str(error)
            spanned = reader.line_num - start
            if "end of data" in message or spanned > 0:
                raise DamagedFile(said("a quote opened on line {line} is never closed", line=start), where=Where(where, start)) from None
            if "field limit" in message:
                raise DamagedFile(said("a cell on line {line} is larger than {limit} bytes", line=start, limit=MAX_CELL), where=Where(where, start)) from None
            if reading.header:
                reading.rows += 1
                reading.in_block += 1
                reading.refusals.append(Refusal(start, "", "", "a quote stands in the middle of a cell"))
                continue
            raise DamagedFile(said("line {line} is not CSV: {why}", line=start, why=message), where=Where(where, start)) from None
        if reading.header and reader.line_num > start and _swallowed(cells, len(reading.header), source.delimiter):
            raise DamagedFile(
                said("a quote opened on line {line} swallows the {count} lines below it", line=start, count=reader.line_num - start), where=Where(where, start)
            )
        yield start, cells


def _swallowed(cells: list[str], width: int, delimiter: str) -> bool:
    """Did a stray quote join several lines into this record? Then the cells are too few or too many, or one cell holds exactly
    the separators of the lines it swallowed."""
    if len(cells) != width:
        return True
    return width >= 4 and any(breaks and cell.count(delimiter) == breaks * (width - 1) for cell in cells if (breaks := cell.count("\n")))


def _one_table(source: Recognised, lines: io.TextIOWrapper, reading: _Reading) -> None:
    above: list[str] = []
    for index, (line, cells) in enumerate(_records(source, lines, reading)):
        if index < source.header_row:
            above.append(source.delimiter.join(cells))
        elif index == source.header_row:
            reading.open(source.header, fact_values(source, above, source.header))
        elif cells:
            reading.add(line, cells)
    reading.close()


def _many_tables(source: Recognised, lines: io.TextIOWrapper, reading: _Reading) -> None:
    """Comment lines state facts for the tables below them; a header comes after a comment or a blank line."""
    comment = source.profile.spec.tables.comment or "#"
    above: list[str] = []
    expecting = True
    for line, cells in _records(source, lines, reading):
        if not any(cell.strip() for cell in cells):
            reading.close()
            expecting = True
        elif cells[0].startswith(comment):
            reading.close()
            above.append(source.delimiter.join(cells))
            expecting = True
        elif expecting and not reading.header:
            header = tuple(cell.strip() for cell in cells)
            reading.open(header, fact_values(source, above, header))
            expecting = False
        else:
            reading.add(line, cells)
    reading.close()
