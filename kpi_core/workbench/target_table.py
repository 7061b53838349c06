"""A table of targets from disk: text in any common encoding and separator, or a sheet of a workbook."""

from __future__ import annotations

import csv
import os
from datetime import date, datetime, time, timedelta
from io import StringIO
from pathlib import Path

from kpi_core.errors import DamagedFile, SourceError, UsageError, Where, said
from kpi_core.objectives.imports.cells import Cell
from kpi_core.objectives.imports.grid import Grid, GridRow
from kpi_core.render.clean import clean
from kpi_core.sources.files.decode import examine
from kpi_core.sources.files.opening import open_file
from kpi_core.sources.files.workbook import book_of, sheet_of

MAX_BYTES = 20 << 20
MAX_ROWS = 100_000
WORKBOOKS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
_SEPARATORS = (";", "\t", ",", "|")


def read_table(path: Path, sheet: str | None = None) -> Grid:
    """Read a file. Raises SourceError or DamagedFile when it cannot be read, UsageError for a sheet that does not exist."""
    with open_file(path) as file:
        if os.fstat(file.fileno()).st_size > MAX_BYTES:
            raise _too_large(path)
    return _workbook(path, sheet) if path.suffix.lower() in WORKBOOKS else _text(path)


def _too_large(path: Path) -> SourceError:
    return SourceError(said("the file is larger than {limit} MB: it is no table of targets", limit=MAX_BYTES >> 20), where=Where(str(path)))


def _text(path: Path) -> Grid:
    decoded = examine(path)
    with decoded.utf8() as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:  # it was packed
        raise _too_large(path)
    text = data.decode("utf-8")
    head = [line for line in text.splitlines()[:40] if line.strip()]
    counts = {mark: max((line.count(mark) for line in head), default=0) for mark in _SEPARATORS}
    separator = max(_SEPARATORS, key=lambda mark: counts[mark])
    rows = []
    reader = csv.reader(StringIO(text, newline=""), delimiter=separator)
    before = 0
    try:
        for cells in reader:
            rows.append(GridRow(before + 1, tuple(clean(cell) for cell in cells)))
            before = reader.line_num
            _limit(path, len(rows))
    except csv.Error as error:
        raise DamagedFile(said("the table is damaged: {why}", why=str(error)), where=Where(str(path), reader.line_num)) from None
    return Grid(path.name, tuple(rows), {";": ",", ",": "."}.get(separator) if counts[separator] else None)


def _workbook(path: Path, sheet: str | None) -> Grid:
    with open_file(path) as file, book_of(file, path.name) as book:
        names = book.sheet_names
        if sheet is not None and sheet not in names:
            raise UsageError(said("there is no sheet {name}", name=sheet), where=Where(path.name), hint=said("known: {names}", names=", ".join(names)))
        found = sheet_of(book, sheet or names[0], path.name)
        first = (found.start or (0, 0))[0]
        rows = tuple(GridRow(first + number, tuple(map(_cell, cells))) for number, cells in enumerate(found.to_python(), 1))
    _limit(path, len(rows))
    return Grid(path.name, rows)


def _limit(path: Path, rows: int) -> None:
    if rows > MAX_ROWS:
        raise SourceError(said("more than {limit} rows: this is no table of targets", limit=MAX_ROWS), where=Where(path.name))


def _cell(value: object) -> Cell:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, int | float | date) and not isinstance(value, bool):
        return value
    return None if value is None or isinstance(value, time | timedelta) else clean(str(value))
