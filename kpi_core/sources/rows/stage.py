"""Text to a raw table: every cell as text, every row with its physical line.

A plain file goes straight through DuckDB with an explicit dialect; its record count must equal the file's line count. Everything
else (preambles, several tables, quoted line breaks, ragged rows, damage) goes through Python's reader, which names the line.
"""

from __future__ import annotations

import csv
import io
import itertools
import re
import tempfile
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import IO

import duckdb

from kpi_core.errors import DamagedFile, SourceError, Where, said
from kpi_core.personal import quiet
from kpi_core.sources.files.counted import records_in
from kpi_core.sources.files.limits import MAX_CELL
from kpi_core.sources.files.opening import on_disk
from kpi_core.sources.files.records import flattened
from kpi_core.sources.files.records_parquet import rows_stated
from kpi_core.sources.files.records_sql import copied
from kpi_core.sources.profiles.language import Records
from kpi_core.sources.recognise import Recognised, norm, spelling_in
from kpi_core.sources.rows.facts import fact_values

SMALL = 20_000  # rows: fewer are read whole, which is quicker than a second look at the file
SAMPLE = 100  # rows
MID_QUOTE = "a quote stands in the middle of a cell"
_WRAPPED = re.compile(r'"(?:[^"]|"")*"')
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
    """`table` has c0… as VARCHAR; `line`, `cells`, `first`, `last`, `block` are SQL for what the reader knows of each row.

    `places`: positions of the only cells that the table has, () for all. `looked`: all cells of its first rows, where the table lacks some.
    `full`: no row is empty. `signs`: see `Decoded.signs`.
    """

    table: str
    width: int
    blocks: tuple[Block, ...]
    rows_read: int
    refusals: tuple[Refusal, ...]
    line: str
    cells: str
    last: str
    block: str
    signs: frozenset[str] | None = None
    places: tuple[int, ...] = ()
    looked: tuple[tuple[str | None, ...], ...] = ()
    full: bool = False


def stage(con: duckdb.DuckDBPyConnection, source: Recognised, columns: Collection[int] | None = None) -> Staged:
    """Read the whole file into a temp table of text; of a large plain file only `columns`, if these are said.

    Raises DamagedFile or SourceError: also when a record of the file is neither read nor refused, or the file is no longer the one that was hashed.
    """
    staged = _staged(con, source, columns)
    source.decoded.prove()
    return staged


def _staged(con: duckdb.DuckDBPyConnection, source: Recognised, columns: Collection[int] | None) -> Staged:
    csv.field_size_limit(MAX_CELL)
    if source.profile.spec.read.records is not None:
        return _of_records(con, source, source.profile.spec.read.records)
    with source.decoded.utf8() as text:
        if source.header_row == source.separator_line and not source.profile.spec.tables.multiple and source.decoded.newline == "\n":
            fast = _by_duckdb(con, source, text, columns)
            if fast is not None:
                return fast
        text.seek(0)
        if source.delimiter != "\t" or source.profile.spec.tables.multiple:
            return _by_python(con, source, text)
        return _by_tabs(con, source, text)


def _by_tabs(con: duckdb.DuckDBPyConnection, source: Recognised, text: IO[bytes]) -> Staged:
    """Flat files parted by tabs write quotes as they are (`6.3" Candle`). Where quotes make no sense as marks around cells, but each
    line has as many tabs as the header, they are signs like any other."""
    try:
        staged = _by_python(con, source, text)
        if not any(item.why == MID_QUOTE for item in staged.refusals) or not _even_tabs(source, text):
            return staged
        con.execute(f"DROP TABLE {staged.table}")
    except DamagedFile:
        if not _even_tabs(source, text):
            raise
    text.seek(0)
    return _by_python(con, source, text, quoted=False)


def _even_tabs(source: Recognised, text: IO[bytes]) -> bool:
    text.seek(0)
    rows = itertools.islice(text, source.data_line - 1, None)
    return all(line.count(b"\t") == len(source.header) - 1 for line in rows if line.strip())


def _of_records(con: duckdb.DuckDBPyConnection, source: Recognised, spec: Records) -> Staged:
    """All names of all records are the header; `line` is the number of a record, of which several rows may come."""
    table = temp_name("raw")
    places: tuple[int, ...] = ()
    looked: tuple[tuple[str | None, ...], ...] = ()
    fast = copied(con, table, source.decoded, spec, lambda names: _read_places(source, names), SAMPLE) if source.decoded.form == "parquet" else None
    if fast is not None:
        names, rows, read, places, looked = fast.header, fast.rows, fast.records, fast.places, fast.looked
    else:
        flat, names, written = flattened(source.decoded, spec)
        with flat:
            _read_csv(con, table, flat, {"l": "BIGINT"} | {f"c{index}": "VARCHAR" for index in range(len(names))}, ",", 0, ours=True)
        row = con.execute(f"SELECT count(*), count(DISTINCT l) FROM {table}").fetchone()
        rows, read = row if row else (0, 0)
        _arrived(source, written, rows)
    if source.decoded.form == "parquet" and (stated := rows_stated(source.decoded)) != read:
        what = said("the file says it has {stated} rows, but {read} were read", stated=stated, read=read)
        raise DamagedFile(what, where=Where(str(source.path)), hint=said("download the file again"))
    width, names = len(names), _stripped(names)
    block = Block(0, names, fact_values(source, [], names), rows)
    return Staged(table, width, (block,), read, (), "l", str(width), f"c{width - 1}", "0", None, places, looked, bool(places))


def _stripped(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name.strip().removeprefix("\ufeff") for name in names)


def _read_places(source: Recognised, header: tuple[str, ...]) -> set[int]:
    """The positions of the records' names that the profile reads; the first and the last cell always are."""
    spec = source.profile.spec
    if spec.unpivot is not None or any(step.wide_items is not None for step in spec.shape) or any(column.ask is not None for column in spec.columns.values()):
        return set(range(len(header)))
    names = [norm(name) for name in _stripped(header)]
    found = (spelling_in(column.headers, names) for column in spec.columns.values())
    return {0, len(header) - 1} | {place[0] for place in found if place is not None}


def _by_duckdb(con: duckdb.DuckDBPyConnection, source: Recognised, text: IO[bytes], wanted: Collection[int] | None) -> Staged | None:
    """The fast path; None when anything about the file is not plain (then the slow path explains it).

    DuckDB splits every line into all of its cells and proves their number also when it keeps some of them only; that the bytes are text was proven before.
    """
    width = len(source.header)
    expected = source.decoded.lines - (source.data_line - 1)
    table = temp_name("raw")
    if expected <= 0 or width < 2:
        return None
    kept = tuple(sorted({0, *wanted, width - 1})) if wanted is not None and expected > SMALL else None
    cells = {f"c{index}": "VARCHAR" for index in range(width)}
    sample: list[tuple[str | None, ...]] = []
    try:
        if kept is None:
            _read_csv(con, table, text, cells, source.delimiter, source.data_line - 1)
        else:
            _read_csv(con, table, text, cells, source.delimiter, source.data_line - 1, pick=", ".join(f"c{index}" for index in kept))
            blank = " AND ".join(f"coalesce(c{index}, '') = ''" for index in kept)
            if con.execute(f"SELECT 1 FROM {table} WHERE {blank} LIMIT 1").fetchone():  # an empty row, or one of what is not read
                con.execute(f"DROP TABLE {table}")
                return _by_duckdb(con, source, text, None)
            _read_csv(con, f"{table}_first", text, cells, source.delimiter, source.data_line - 1, most=SAMPLE)
            sample = con.execute(f"SELECT * FROM {table}_first").fetchall()
            con.execute(f"DROP TABLE {table}_first")
    except duckdb.IOException as error:
        raise SourceError(said("the file cannot be read: {why}", why=quiet(error)), where=Where(str(source.path))) from None
    except duckdb.Error:
        return None
    row = con.execute(f"SELECT count(*) FROM {table}").fetchone()
    if row is None or row[0] != expected:
        con.execute(f"DROP TABLE {table}")
        return None
    block = Block(0, source.header, fact_values(source, [], source.header), expected)
    line, full = f"(rowid + {source.data_line})", kept is not None
    return Staged(table, width, (block,), expected, (), line, str(width), f"c{width - 1}", "0", source.decoded.signs, kept or (), tuple(sample), full)


def _read_csv(
    con: duckdb.DuckDBPyConnection, table: str, text: IO[bytes], columns: dict[str, str], delimiter: str, skip: int,
    *, ours: bool = False, pick: str = "*", most: int | None = None,
) -> None:  # fmt: skip
    """Every option explicit: nothing is left to the sniffer. `ours`: a copy that was written here, whose lines end with LF whatever its cells hold.

    `pick`: the columns to keep; `most`: the first rows only.
    """
    limit = 64 * MAX_CELL if ours else MAX_CELL
    newline = ", new_line='\\n'" if ours else ""  # else told from the first line: CR LF in a cell of it would count
    shape = ", ".join(f"'{name}': '{kind}'" for name, kind in columns.items())
    with on_disk(text) as path:
        con.execute(
            f"CREATE TEMP TABLE {table} AS SELECT {pick} FROM read_csv(?, auto_detect=false, header=false, skip={int(skip)}, delim=?, quote='\"', escape='\"', "
            f"columns={{{shape}}}, strict_mode=true, null_padding=false, ignore_errors=false, compression='none', max_line_size={limit}{newline})"
            + (f" LIMIT {int(most)}" if most is not None else ""),
            [path, delimiter],
        )


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
    quoted: bool = True
    records: int = 0  # of the file, whatever they are
    passed: int = 0  # that are no rows: headings, comments, blank lines

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


def _by_python(con: duckdb.DuckDBPyConnection, source: Recognised, text: IO[bytes], *, quoted: bool = True) -> Staged:
    tables = source.profile.spec.tables
    table = temp_name("raw")
    with tempfile.TemporaryFile(prefix="omnigap-") as raw:
        out = io.TextIOWrapper(raw, encoding="utf-8", newline="", errors="surrogatepass", write_through=False)
        writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
        lines = io.TextIOWrapper(text, encoding="utf-8", newline="")
        try:
            if tables.multiple:
                width = max(_widest(source), len(source.header))
                reading = _Reading(writer.writerow, width, quoted=quoted)
                _many_tables(source, lines, reading)
            else:
                width = len(source.header)
                reading = _Reading(writer.writerow, width, quoted=quoted)
                _one_table(source, lines, reading)
        finally:
            lines.detach()
        _accounted(source, text, reading)
        out.flush()
        raw.seek(0)
        columns = {"b": "INTEGER", "l": "BIGINT", "n": "INTEGER", "z": "VARCHAR"} | {f"c{index}": "VARCHAR" for index in range(width)}
        if reading.written:
            _read_csv(con, table, raw, columns, ",", 0, ours=True)
        else:
            con.execute(f"CREATE TEMP TABLE {table} ({', '.join(f'{name} {kind}' for name, kind in columns.items())})")
        row = con.execute(f"SELECT count(*) FROM {table}").fetchone()
        out.detach()
    _arrived(source, reading.written, row[0] if row else 0)
    return Staged(table, width, tuple(reading.blocks), reading.rows, tuple(reading.refusals), "l", "n", "z", "b")


def _arrived(source: Recognised, read: int, kept: int) -> None:
    if kept != read:
        raise DamagedFile(said("{read} rows were read but {kept} arrived", read=read, kept=kept), where=Where(str(source.path)))


def _accounted(source: Recognised, text: IO[bytes], reading: _Reading) -> None:
    """Every record that is counted without looking into cells is a row, a refusal or no row of a table. Raises DamagedFile otherwise."""
    found = records_in(text, source.delimiter, quoted=reading.quoted, expected=reading.records)
    if found != reading.records or reading.records != reading.passed + reading.rows or reading.rows != reading.written + len(reading.refusals):
        what = said(
            "{found} records were counted, but {read} rows were read, {refused} refused and {passed} are no rows",
            found=found, read=reading.written, refused=len(reading.refusals), passed=reading.passed,
        )  # fmt: skip
        hint = said("a quote that is not closed may join lines: export the file again")
        raise DamagedFile(what, where=Where(str(source.path)), hint=hint)


def _widest(source: Recognised) -> int:
    """Widest row of a multi-table file (its blocks are small: it is read from the head, then again row by row)."""
    return max((line.count(source.delimiter) + 1 for line in source.decoded.head.splitlines()), default=1)


def _records(source: Recognised, lines: io.TextIOWrapper, reading: _Reading) -> Iterator[tuple[int, list[str]]]:
    """(first physical line, cells) of every record. A quote that swallows rows is damage, not data."""
    where = str(source.path)
    reader = csv.reader(lines, delimiter=source.delimiter, strict=True, quoting=csv.QUOTE_MINIMAL if reading.quoted else csv.QUOTE_NONE)
    sheet = source.decoded.form == "workbook"  # every row of a sheet is one record, whatever breaks its cells hold
    for number in itertools.count(1):
        start = number if sheet else reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            reading.records += 1
            message = str(error)
            spanned = reader.line_num - start
            if "end of data" in message or spanned > 0:
                raise DamagedFile(said("a quote opened on line {line} is never closed", line=start), where=Where(where, start)) from None
            if "field limit" in message:
                raise DamagedFile(said("a cell on line {line} is larger than {limit} bytes", line=start, limit=MAX_CELL), where=Where(where, start)) from None
            if reading.header:
                reading.rows += 1
                reading.in_block += 1
                reading.refusals.append(Refusal(start, "", "", MID_QUOTE))
                continue
            raise DamagedFile(said("line {line} is not CSV: {why}", line=start, why=message), where=Where(where, start)) from None
        if not sheet and reading.header and reader.line_num > start and _swallowed(cells, len(reading.header), source.delimiter):
            raise DamagedFile(
                said("a quote opened on line {line} swallows the {count} lines below it", line=start, count=reader.line_num - start), where=Where(where, start)
            )
        reading.records += 1
        yield start, cells if reading.quoted else [cell[1:-1].replace('""', '"') if _WRAPPED.fullmatch(cell) else cell for cell in cells]


def _swallowed(cells: list[str], width: int, delimiter: str) -> bool:
    """Did a stray quote join several lines into this record? Then the cells are too few or too many, or one cell holds exactly
    the separators of the lines it swallowed."""
    if len(cells) != width:
        return True
    return width >= 4 and any(breaks and cell.count(delimiter) == breaks * (width - 1) for cell in cells if (breaks := cell.count("\n")))


def _one_table(source: Recognised, lines: io.TextIOWrapper, reading: _Reading) -> None:
    above: list[str] = []
    for index, (line, cells) in enumerate(_records(source, lines, reading)):
        if index > source.header_row + (source.profile.spec.read.header_rows == 2) and cells:
            reading.add(line, cells)
            continue
        reading.passed += 1
        if index < source.header_row:
            above.append(source.delimiter.join(cells))
        elif index == source.header_row:
            reading.open(source.header, fact_values(source, above, source.header))
    reading.close()


def _many_tables(source: Recognised, lines: io.TextIOWrapper, reading: _Reading) -> None:
    """Comment lines state facts for the tables below them; a header comes after a comment or a blank line."""
    tables = source.profile.spec.tables
    comment = tables.comment or "#"
    above: list[str] = []
    expecting = True
    for line, cells in _records(source, lines, reading):
        reading.passed += 1
        if not any(cell.strip() for cell in cells):
            reading.close()
            expecting = True
        elif cells[0].startswith(comment):
            reading.close()
            above.append(source.delimiter.join(cells))
            expecting = True
        elif expecting and tables.titles and len(cells) == 1:
            above.append(cells[0])
        elif expecting and not reading.header:
            header = tuple(cell.strip() for cell in cells)
            reading.open(header, fact_values(source, above, header))
            expecting = False
        else:
            reading.passed -= 1
            reading.add(line, cells)
    reading.close()
