"""What a profile makes of the head of a file: recognised and converted for real, so that what is shown is what a load will do."""

from __future__ import annotations

import csv
import io
import itertools
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import duckdb

from kpi_core.config.layouts import Answers, accepted
from kpi_core.errors import AmbiguousFormat, OmnigapError, SourceError, Undecided, UnknownFormat, Where, said
from kpi_core.sources.account.account import Account
from kpi_core.sources.account.questions import Question
from kpi_core.sources.convert import Converted, convert
from kpi_core.sources.files.container import locate
from kpi_core.sources.files.decode import Decoded
from kpi_core.sources.learning.draft import Draft
from kpi_core.sources.learning.tables import Table
from kpi_core.sources.profiles.expression import named
from kpi_core.sources.profiles.profile import Profiles
from kpi_core.sources.recognise import recognise

ROWS = 200
SHOWN = 5
WHOLE = 4 << 20  # bytes of a workbook or of records that are read to the end for a preview


@dataclass(frozen=True)
class Made:
    """The first canonical rows of one dataset, as text, and the exact sums of its amounts. Columns that are empty throughout are left out."""

    dataset: str
    count: int
    names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    sums: tuple[tuple[str, Decimal], ...]


@dataclass(frozen=True)
class Preview:
    """`error`: why nothing could be made; of `Undecided` the `questions` are what is to be answered. `whole`: all of the file was read."""

    account: Account | None
    made: tuple[Made, ...] = ()
    questions: tuple[Question, ...] = ()
    error: OmnigapError | None = None
    whole: bool = True

    @property
    def held(self) -> tuple[int, int]:
        """(checks that hold throughout, checks that applied)."""
        checks = self.account.checks if self.account is not None else ()
        return sum(check.ok for check in checks), len(checks)


def preview(draft: Draft, table: Table, profiles: Profiles, rows: int = ROWS, *, zone: str | None = None, country: str | None = None) -> Preview:
    """Recognise and convert the first rows of the file with the draft among all profiles. Never raises for what the file or the draft has wrong."""
    from kpi_core.store.connection import ONE_THREAD, connect, seal_for_loading  # here: the store imports this package

    with tempfile.TemporaryDirectory(prefix="omnigap-") as folder:
        try:
            path, whole = _head(table, Path(folder), rows)
        except OmnigapError as error:
            return Preview(None, error=error)
        written = Path(folder) / "profile" / draft.file
        written.parent.mkdir()
        written.write_text(draft.text, encoding="utf-8")
        try:
            _, known = profiles.with_file(written)
            recognised = recognise(path, known)
            if recognised.profile_id != draft.id:
                raise AmbiguousFormat(said("{id} claims this file", id=recognised.profile_id))
            if not whole and recognised.path == path:
                recognised = replace(recognised, decoded=replace(recognised.decoded, name=table.decoded.name, file_day=table.decoded.file_day))
            with connect(ONE_THREAD) as con:
                seal_for_loading(con, [locate(recognised.path)[0]], Path(folder))
                done = convert(con, recognised, key=os.urandom(32), zone=zone, country=country, answers=accepted(Answers()))
                return Preview(done.account, _made(con, done), whole=whole)
        except Undecided as error:
            return Preview(None, questions=error.questions, error=_here(error, table), whole=whole)
        except UnknownFormat:
            return Preview(None, error=SourceError(said("another row of the file has these names"), where=Where(str(table.path))), whole=whole)
        except OmnigapError as error:
            return Preview(None, error=_here(error, table), whole=whole)


def _here(error: OmnigapError, table: Table) -> OmnigapError:
    """The error in the file itself, not in the copy of its head."""
    if error.where is not None:
        error.where = Where(str(table.path), error.where.line, error.where.column)
    return error


def _head(table: Table, folder: Path, rows: int) -> tuple[Path, bool]:
    """(a file with the head of the table, whether that is all of it). A small file is read where it lies."""
    decoded = table.decoded
    if decoded.form not in ("text", "ndjson"):
        return decoded.path, True
    text, whole = _cut(decoded, table.delimiter, table.line, rows)
    if whole and decoded.size <= WHOLE:
        return decoded.path, True
    name = Path(decoded.name).name.removesuffix(".gz") or "file"
    path = folder / name
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    return path, whole


def _cut(decoded: Decoded, delimiter: str, line: int, rows: int) -> tuple[str, bool]:
    """The head as text, cut behind a whole record."""
    if decoded.form == "ndjson":
        lines = decoded.head.splitlines(keepends=True)
        return "".join(lines[:rows]), len(lines) <= rows and decoded.lines <= rows
    lines = list(io.StringIO(decoded.head, newline=""))
    reader = csv.reader(iter(lines), delimiter=delimiter)
    end = len(lines)
    try:
        for _ in itertools.takewhile(lambda _: reader.line_num < line + rows, reader):
            pass
        end = min(reader.line_num, len(lines))
    except csv.Error:
        pass
    whole = end >= len(lines) and decoded.lines <= len(lines)
    if end >= len(lines) and not whole:  # the head may end within a record
        end = max(len(lines) - 2, 1)
    return "".join(lines[:end]), whole


def _made(con: duckdb.DuckDBPyConnection, done: Converted) -> tuple[Made, ...]:
    from kpi_core.store.datasets import DATASETS, MONEY

    found = []
    for dataset, table in done.tables.items():
        if dataset == "identifiers":
            continue
        shown = [name for name in DATASETS[dataset].columns if not name.endswith("_key")]
        row = con.execute(f"SELECT count(*), {', '.join(f'count({named(name)})' for name in shown)} FROM {table}").fetchone()
        count, *filled = row if row else (0,)
        if not count:
            continue
        names = [name for name, number in zip(shown, filled, strict=True) if number]
        cells = con.execute(f"SELECT {', '.join(map(named, names))} FROM {table} ORDER BY file_line LIMIT {SHOWN}").fetchall()
        money = [name for name in names if DATASETS[dataset].columns[name] == MONEY and name not in ("unit_price", "unit_cost", "price", "cost")]
        sums = con.execute(f"SELECT {', '.join(f'sum({named(name)})' for name in money)} FROM {table}").fetchone() if money else ()
        found.append(Made(dataset, count, tuple(names), tuple(tuple(_text(cell) for cell in row) for row in cells), _pairs(money, sums or ())))
    return tuple(found)


def _pairs(names: Sequence[str], sums: Sequence[object]) -> tuple[tuple[str, Decimal], ...]:
    return tuple((name, value) for name, value in zip(names, sums, strict=True) if isinstance(value, Decimal))


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        plain = f"{value:f}"
        return plain.rstrip("0").rstrip(".") if "." in plain else plain
    return str(value)[:60]
