"""A sheet as an Excel workbook: typed numbers that read as on screen, a frozen head, and a second page that explains it. No formula ever."""

from __future__ import annotations

import io
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from kpi_core.errors import UsageError, said
from kpi_core.render.export import NUMBER, WHOLE, Entry, Sheet
from kpi_core.render.format import Formatter
from kpi_core.render.table import LONGEST
from kpi_core.render.text import cell_width

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

MOST_ROWS = 1_048_575  # of a sheet, below its head
DIGITS = 15  # that a number of Excel keeps
WIDEST = 48


def sheet_xlsx(sheet: Sheet, fmt: Formatter) -> bytes:
    """The file's bytes. Differences of rates are written in points, as they are read. Raises UsageError where Excel has too few rows."""
    import xlsxwriter

    if len(sheet.rows) > MOST_ROWS:
        what = said("an Excel sheet holds {most} rows, this table has {count}", most=MOST_ROWS, count=len(sheet.rows))
        raise UsageError(what, hint=said("choose csv or parquet"))
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False, "default_date_format": "yyyy-mm-dd"}
    book = xlsxwriter.Workbook(out, options)
    book.set_properties({"title": sheet.title, "subject": sheet.link, "comments": "omnigap"})
    _table(book, book.add_worksheet(fmt.t("Table")), sheet)
    _facts(book, book.add_worksheet(fmt.t("About")), sheet)
    book.close()
    return out.getvalue()


def _table(book: Workbook, page: Worksheet, sheet: Sheet) -> None:
    head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    right = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top", "align": "right"})
    formats: dict[tuple[str, bool], Any] = {}

    def form(text: str, strong: bool) -> Any:
        key = (text, strong)
        if key not in formats:
            formats[key] = book.add_format({**({"num_format": text} if text else {}), **({"bold": True, "top": 1} if strong else {})})
        return formats[key]

    widths = []
    for at, column in enumerate(sheet.columns):
        title = column.title or column.id
        page.write_string(0, at, title, right if column.kind in (NUMBER, WHOLE) else head)
        widths.append(cell_width(title))
    for line, (row, kind) in enumerate(zip(sheet.rows, sheet.kinds, strict=True), start=1):
        for at, entry in enumerate(row):
            widths[at] = max(widths[at], _write(page, line, at, entry, kind == "total", form))
    for at, width in enumerate(widths):
        page.set_column(at, at, min(WIDEST, width + 2))
    page.freeze_panes(1, 0)
    if sheet.rows:
        page.autofilter(0, 0, len(sheet.rows), len(sheet.columns) - 1)
    page.set_landscape()
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)


def _write(page: Worksheet, line: int, at: int, entry: Entry, strong: bool, form: Any) -> int:
    """Write one value with its own type; how many cells of text it takes."""
    value = entry.value
    if value is None:
        page.write_blank(line, at, None, form("", strong))
        return 0
    if isinstance(value, bool):
        page.write_boolean(line, at, value, form("", strong))
        return 5
    if isinstance(value, datetime):
        page.write_datetime(line, at, value.replace(tzinfo=None), form("yyyy-mm-dd hh:mm", strong))
        return 16
    if isinstance(value, date):
        page.write_datetime(line, at, value, form("yyyy-mm-dd", strong))
        return 10
    if isinstance(value, Decimal | int | float):
        return _write_number(page, line, at, entry, Decimal(str(value)), strong, form)
    page.write_string(line, at, str(value)[:LONGEST], form("", strong))
    return cell_width(str(value))


def _write_number(page: Worksheet, line: int, at: int, entry: Entry, value: Decimal, strong: bool, form: Any) -> int:
    if len(value.normalize().as_tuple().digits) > DIGITS and value == value.to_integral_value():  # an account number, not an amount
        page.write_string(line, at, format(value, "f"), form("", strong))
        return len(format(value, "f"))
    shown = value * 100 if entry.unit == "pt" else value
    page.write_number(line, at, float(shown), form(number_format(entry), strong))
    return max(6, len(f"{shown:,.{entry.decimals or 0}f}") + 4)


def number_format(entry: Entry) -> str:
    """How Excel shows a number of the unit; its own separators follow the reader's machine."""
    if entry.decimals is None:
        return ""
    zeros = "0" + ("." + "0" * entry.decimals if entry.decimals else "")
    if entry.unit == "%":
        return f"{zeros}%"
    if entry.unit == "pt":
        return f'+{zeros}" pt";-{zeros}" pt";{zeros}" pt"'
    grouped = f"#,##{zeros}"
    if len(entry.unit) == 3 and entry.unit.isascii() and entry.unit.isalpha() and entry.unit.isupper():
        return f'{grouped} "{entry.unit}"'
    return grouped


def _facts(book: Workbook, page: Worksheet, sheet: Sheet) -> None:
    """What the table shows, so that the file explains itself; the link is text, never a thing to click."""
    bold = book.add_format({"bold": True, "valign": "top"})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    page.write_string(0, 0, sheet.title, bold)
    for line, (name, text) in enumerate(sheet.facts, start=2):
        page.write_string(line, 0, name, bold)
        page.write_string(line, 1, text[:LONGEST], wrapped)
    page.set_column(0, 0, 18)
    page.set_column(1, 1, 90)
