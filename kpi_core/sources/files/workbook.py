"""Sheets of workbooks (xlsx, xlsm, xls, ods) to CSV text: cells as their values, so that everything that follows reads them like any export.

Whole numbers are written without decimals, others with the fifteen digits Excel keeps and always a point, moments in ISO form.
"""

from __future__ import annotations

import csv
import io
import re
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import IO, Any

from kpi_core.errors import DamagedFile, NoTable, SourceError, Where, said
from kpi_core.sources.files.container import BROKEN, check_size
from kpi_core.sources.files.limits import MAX_BYTES, MAX_CELLS, MAX_SHEETS, SMALL
from kpi_core.sources.files.percents import percent_cells

_CELL = re.compile(rb"""[\s]r\s*=\s*["']\s*\$?([A-Za-z]{0,8})\$?([0-9]{0,20})""")
_STATED = re.compile(rb"""[Cc]ount\s*=\s*["']\s*\+?(\d{1,20})""")  # the reader makes room for as many texts as the file says it has
_UNPLACED = re.compile(rb"<(?:[\w.-]+:)?row(?=[\s/>])")
_C_TAG = re.compile(rb"<(?:[\w.-]+:)?c(?=[\s/>])")
_ODS = re.compile(rb"<(?:[\w.-]+:)?(table|table-row|table-cell|covered-table-cell)(?=[\s/>])([^>]*)>")
_REPEATED = re.compile(rb"""number-(?:rows|columns)-repeated\s*=\s*["']\s*\+?(\d{1,20})""")


def filled_sheets(file: IO[bytes], name: str) -> list[str]:
    """Names of the sheets that hold anything, as they stand in paths. Raises SourceError or DamagedFile."""
    with book_of(file, name) as book:
        sheets = _sheets(book, name)
        if len(sheets) == 1:
            return list(sheets)
        return [key for key, title in sheets.items() if sheet_of(book, title, name).start is not None]


def sheet_text(file: IO[bytes], sheet: str, name: str) -> tuple[IO[bytes], str]:
    """(UTF-8 CSV in an unlinked private file, the title of the sheet). `sheet` '' is the only one that holds anything.

    Every row of the sheet is one record, blank ones too: the number of a record is the number of its row.
    """
    with book_of(file, name) as book:
        sheets = _sheets(book, name)
        if not sheet:
            away = _hidden(book) if len(sheets) > 1 else set()
            shown = {key: title for key, title in sheets.items() if title not in away}
            filled = list(shown) if len(sheets) == 1 else [key for key, title in shown.items() if sheet_of(book, title, name).start is not None]
            if len(filled) > 1:
                names = ", ".join(filled[:8])
                hint = said("name one of them: {names}", names=names)
                raise SourceError(said("the workbook has {count} filled sheets", count=len(filled)), where=Where(name), hint=hint)
            sheet = filled[0] if filled else ""
        if not sheet:
            raise NoTable(said("the file is empty"), where=Where(name), hint=said("export it again"))
        if sheet not in sheets:
            known = ", ".join(list(sheets)[:8])
            raise SourceError(said("there is no sheet {name}", name=sheet), where=Where(name), hint=said("known: {names}", names=known))
        if sheets[sheet] in _hidden(book) and len(sheets) > 1:
            raise NoTable(said("a hidden sheet"), where=Where(name), hint=said("unhide it in the workbook to load it"))
        found = sheet_of(book, sheets[sheet], name)
        copy = tempfile.TemporaryFile(prefix="omnigap-")  # noqa: SIM115 - handed to the caller
        try:
            text = io.TextIOWrapper(copy, encoding="utf-8", newline="", errors="replace")
            writer = csv.writer(text, lineterminator="\n")
            percents = percent_cells(file, sheets[sheet])
            first = (found.start or (0, 0))[1]
            for place, row in enumerate(found.iter_rows()):
                cells = [_cell(value) for value in row]
                if percents:
                    for at, value in enumerate(row):
                        if isinstance(value, float) and (place, first + at) in percents:
                            cells[at] = _percent(value)
                writer.writerow(cells)
            text.flush()
            text.detach()
        except BaseException:
            copy.close()
            raise
        if copy.tell() > MAX_BYTES:
            raise SourceError(said("the sheet is larger than {limit} GB as text", limit=MAX_BYTES >> 30), where=Where(name))
        copy.seek(0)
        return copy, sheets[sheet]


@contextmanager
def book_of(file: IO[bytes], name: str) -> Iterator[Any]:
    """A workbook within bounds, as the reader has it. Raises SourceError or DamagedFile."""
    try:
        from python_calamine import CalamineError, CalamineWorkbook, PasswordError
    except ImportError:
        hint = said("install python-calamine, or save the sheet as CSV")
        raise SourceError(said("reading workbooks needs python-calamine, which is not installed"), where=Where(name), hint=hint) from None
    _bounded(file, name)
    file.seek(0)
    try:
        with CalamineWorkbook.from_filelike(file) as book:
            yield book
    except PasswordError:
        hint = said("save it without a password, then load it")
        raise SourceError(said("the workbook is protected by a password"), where=Where(name), hint=hint) from None
    except CalamineError as error:
        raise DamagedFile(said("the workbook cannot be read: {why}", why=str(error)[:200]), where=Where(name)) from None
    except BaseException as error:  # a panic of the reader is no Exception
        if isinstance(error, (OSError, ValueError, OverflowError, UnicodeError)) or type(error).__name__ == "PanicException":
            raise DamagedFile(said("the workbook cannot be read: {why}", why=str(error)[:200]), where=Where(name)) from None
        raise


def _sheets(book: Any, name: str) -> dict[str, str]:
    """How a sheet stands in a path -> its title. A chart or a macro is no sheet."""
    titles = [str(sheet.name) for sheet in book.sheets_metadata if str(sheet.typ).endswith("WorkSheet")]
    if len(titles) > MAX_SHEETS:
        raise SourceError(said("the workbook has {count} sheets; more than {limit} is no export", count=len(titles), limit=MAX_SHEETS), where=Where(name))
    found: dict[str, str] = {}
    for title in titles:
        key = title.replace("/", "\u2215").replace("\x00", "")
        found.setdefault(key if key.strip(". ") else key + "_", title)
    return found


def _hidden(book: Any) -> set[str]:
    """Titles of the sheets that whoever opens the workbook does not see: what lies there is put away."""
    return {str(sheet.name) for sheet in book.sheets_metadata if not str(sheet.visible).endswith(".Visible")}


def sheet_of(book: Any, title: str, name: str) -> Any:
    """A sheet by its title. Raises SourceError when it spans more cells than memory holds."""
    sheet = book.get_sheet_by_name(title)
    if (sheet.total_height or 0) * (sheet.width or 0) > MAX_CELLS:
        raise _too_large(name)
    return sheet


def _cell(value: object) -> str:
    if isinstance(value, str):
        return value.replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n")  # a lone return would end the record
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if value.is_integer():
            return str(int(value))
        return format(Decimal(format(value, ".15g")), "f")
    if isinstance(value, datetime):
        return value.replace(microsecond=0).isoformat(sep=" ") if not value.microsecond else _to_second(value)
    if isinstance(value, (date, time)):
        return value.isoformat() if not isinstance(value, time) else value.replace(microsecond=0).isoformat()
    if isinstance(value, timedelta):
        seconds = round(value.total_seconds())
        return f"{'-' if seconds < 0 else ''}{abs(seconds) // 3600}:{abs(seconds) // 60 % 60:02}:{abs(seconds) % 60:02}"
    return "" if value is None else str(value)


def _percent(value: float) -> str:
    text = format(Decimal(format(value, ".15g")) * 100, "f")
    return (text.rstrip("0").rstrip(".") if "." in text else text) + "%"


def _to_second(value: datetime) -> str:
    """A serial number holds a moment only to some microseconds: 10:05:06.999999 is 10:05:07."""
    if value.microsecond >= 999_000:
        value += timedelta(seconds=1)
    elif value.microsecond > 1000:
        return value.isoformat(sep=" ", timespec="milliseconds")
    return value.replace(microsecond=0).isoformat(sep=" ")


def _too_large(name: str) -> SourceError:
    return SourceError(
        said("a sheet spans more than {limit} million cells", limit=MAX_CELLS // 1_000_000), where=Where(name), hint=said("save the sheet as CSV and load that")
    )


def _bounded(file: IO[bytes], name: str) -> None:
    """Before the reader opens a workbook: two far cells of a few bytes would make it ask for more memory than there is, and die of it."""
    file.seek(0)
    start = file.read(4)
    if start != b"PK\x03\x04":  # the old format is bounded by itself: 65,536 rows of 256 cells
        if file.seek(0, 2) > 4 * SMALL * 8:
            raise _too_large(name)
        return
    try:
        with zipfile.ZipFile(file) as archive:
            infos = archive.infolist()
            check_size(infos, file.seek(0, 2), name)
            if any(info.filename == "xl/workbook.bin" for info in infos):
                hint = said("save it as xlsx or CSV")
                raise SourceError(said("the binary workbook format (xlsb) is not read"), where=Where(name), hint=hint)
            for info in infos:
                if info.filename == "content.xml":
                    _span_ods(_parts(archive, info), name)
                else:  # a sheet may lie under any name
                    _span_xlsx(_parts(archive, info), name)
    except BROKEN:
        raise DamagedFile(said("the Excel or ZIP file is damaged or cut short"), where=Where(name), hint=said("download the file again")) from None


def _parts(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    """The text of a part, cut between its tags."""
    rest = b""
    with archive.open(info) as part:
        while block := part.read(1 << 20):
            block = rest + block
            cut = block.rfind(b"<")
            if cut <= 0 and len(block) > SMALL:
                raise ValueError
            yield block[: max(cut, 0)]
            rest = block[max(cut, 0) :]
    yield rest


def _span_xlsx(parts: Iterator[bytes], name: str) -> None:
    """Cells name their place (`r="C7"`); those that do not follow the one before, so they are counted row by row."""
    columns = rows = 1
    row_tags = in_row = 0
    for part in parts:
        found = _CELL.findall(part)
        if found:
            columns = max(columns, *(_column(letters) for letters in {letters for letters, _ in found}))
            rows = max(rows, *(int(number or 0) for number in {number for _, number in found}))
        if any(int(number) > MAX_CELLS for number in set(_STATED.findall(part))):
            raise _too_large(name)
        cells = _UNPLACED.split(part)
        row_tags += len(cells) - 1
        if b"<" in part and len(_C_TAG.findall(part)) > sum(1 for letters, _ in found if letters):
            counts = [len(_C_TAG.findall(piece)) for piece in cells]
            columns = max(columns, in_row + counts[0], *counts)
            in_row = counts[-1] + (in_row if len(counts) == 1 else 0)
        if columns * max(rows, row_tags) > MAX_CELLS:
            raise _too_large(name)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = 26 * number + letter - 64
    return number


def _span_ods(parts: Iterator[bytes], name: str) -> None:
    """Repeated cells and rows are written once with their number; the blank ones after the last filled one do not count."""
    rows = width = row_at = column_at = repeat = 0
    for part in parts:
        for tag, rest in _ODS.findall(part):
            hit = _REPEATED.search(rest)
            times = int(hit[1]) if hit else 1
            if tag == b"table":
                rows = width = row_at = column_at = repeat = 0
            elif tag == b"table-row":
                row_at += repeat
                repeat, column_at = times, 0
            else:
                column_at += times
                if b"value" in rest or not rest.rstrip().endswith(b"/"):
                    rows, width = max(rows, row_at + repeat), max(width, column_at)
                    if rows * width > MAX_CELLS:
                        raise _too_large(name)
