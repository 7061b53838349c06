"""A table of targets from disk: text in any common encoding and separator, or a sheet of a workbook."""

from __future__ import annotations

import csv
from datetime import date, datetime, time, timedelta
from io import StringIO
from pathlib import Path

from kpi_core.errors import DamagedFile, SourceError, UsageError, Where, said
from kpi_core.objectives.imports.cells import Cell
from kpi_core.objectives.imports.grid import Grid, GridRow
from kpi_core.render.clean import clean
from kpi_core.sources.files.decode import examine

MAX_BYTES = 20 << 20
MAX_ROWS = 100_000
WORKBOOKS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
_SEPARATORS = (";", "\t", ",", "|")


def read_table(path: Path, sheet: str | None = None) -> Grid:
    """Read a file. Raises SourceError or DamagedFile when it cannot be read, UsageError for a sheet that does not exist."""
    try:
        size = path.stat().st_size
    except OSError:
        raise SourceError(said("there is no such file"), where=Where(str(path))) from None
    if size > MAX_BYTES:
        raise SourceError(said("the file is larger than {limit} MB: it is no table of targets", limit=MAX_BYTES >> 20), where=Where(str(path)))
    return _workbook(path, sheet) if path.suffix.lower() in WORKBOOKS else _text(path)


def _text(path: Path) -> Grid:
    decoded = examine(path)
    with decoded.utf8() as file:
        text = file.read().decode("utf-8")
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
    try:
        from python_calamine import CalamineError, CalamineWorkbook
    except ImportError:
        hint = said("install python-calamine, or save the sheet as CSV")
        raise SourceError(said("reading workbooks needs python-calamine, which is not installed"), where=Where(path.name), hint=hint) from None
    try:
        with CalamineWorkbook.from_path(str(path)) as book:
            names = book.sheet_names
            if sheet is not None and sheet not in names:
                raise UsageError(said("there is no sheet {name}", name=sheet), where=Where(path.name), hint=said("known: {names}", names=", ".join(names)))
            found = book.get_sheet_by_name(sheet or names[0])
            first = (found.start or (0, 0))[0]
            rows = tuple(GridRow(first + number, tuple(map(_cell, cells))) for number, cells in enumerate(found.to_python(), 1))
    except CalamineError as error:
        raise DamagedFile(said("the workbook cannot be read: {why}", why=clean(str(error))), where=Where(path.name)) from None
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
