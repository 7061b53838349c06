"""Which cells of a workbook are shown as percents: the sheet keeps 0.0281 and only the format of the cell says that it means 2.81 %.

The reader of workbooks tells values, not formats; without this a rate would be a hundred times too small where the CSV of the same export is right.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from html import unescape
from typing import IO, Any

from kpi_core.sources.files.container import BROKEN

_BUILTIN = {b"9", b"10"}  # 0% and 0.00%
_FORMAT = re.compile(rb"<(?:[\w.-]+:)?numFmt\s([^>]*)>")
_STYLES = re.compile(rb"<(?:[\w.-]+:)?cellXfs[\s>].*?</(?:[\w.-]+:)?cellXfs>", re.DOTALL)
_STYLE = re.compile(rb"<(?:[\w.-]+:)?xf\s([^>]*)>")
_SHEET = re.compile(rb"<(?:[\w.-]+:)?sheet\s([^>]*)>")
_LINK = re.compile(rb"<(?:[\w.-]+:)?Relationship\s([^>]*)>")
_CELL = re.compile(rb"<(?:[\w.-]+:)?c\s([^>]*)>")
_ODS = re.compile(rb"<(?:[\w.-]+:)?(table|table-row|table-cell|covered-table-cell)(?=[\s/>])([^>]*)>")
_LETTERS = re.compile(rb"([A-Za-z]{1,3})(\d{1,7})$")


def percent_cells(file: IO[bytes], title: str) -> frozenset[tuple[int, int]]:
    """(row, column) from 0 of the cells of a sheet that are shown as percents. A workbook of the old format tells none."""
    file.seek(0)
    if file.read(4) != b"PK\x03\x04":
        return frozenset()
    try:
        with zipfile.ZipFile(file) as archive:
            if "content.xml" in archive.namelist():
                return frozenset(_open_document(archive, title))
            return frozenset(_office(archive, title))
    except BROKEN:
        return frozenset()


def _office(archive: zipfile.ZipFile, title: str) -> Iterator[tuple[int, int]]:
    styles = archive.read("xl/styles.xml")
    percents = set(_BUILTIN)
    for item in _FORMAT.findall(styles):
        code = re.sub(r'"[^"]*"|\\.', "", unescape(_attribute(item, b"formatCode").decode("utf-8", "replace")))
        if "%" in code:
            percents.add(_attribute(item, b"numFmtId"))
    found = _STYLES.search(styles)
    used = {b"%d" % place for place, item in enumerate(_STYLE.findall(found[0]) if found else ()) if _attribute(item, b"numFmtId") in percents}
    if not used:
        return
    for item in _tags(archive, _part(archive, title), _CELL):
        if _attribute(item, b"s") in used:
            place = _LETTERS.match(_attribute(item, b"r"))
            if place:
                column = 0
                for letter in place[1].upper():
                    column = 26 * column + letter - 64
                yield int(place[2]) - 1, column - 1


def _part(archive: zipfile.ZipFile, title: str) -> str:
    """Where the sheet of a title lies."""
    for item in _SHEET.findall(archive.read("xl/workbook.xml")):
        if unescape(_attribute(item, b"name").decode("utf-8", "replace")) == title:
            for link in _LINK.findall(archive.read("xl/_rels/workbook.xml.rels")):
                if _attribute(link, b"Id") == _attribute(item, rb"[\w.-]+:id"):
                    target = unescape(_attribute(link, b"Target").decode("utf-8", "replace"))
                    return target[1:] if target.startswith("/") else posixpath.normpath(f"xl/{target}")
    raise KeyError(title)


def _open_document(archive: zipfile.ZipFile, title: str) -> Iterator[tuple[int, int]]:
    row = column = repeat = 0
    here = False
    for tag, rest in _tags(archive, "content.xml", _ODS):
        times = int(_attribute(rest, rb"[\w.-]+:number-(?:rows|columns)-repeated") or 1)
        if tag == b"table":
            here = unescape(_attribute(rest, rb"[\w.-]+:name").decode("utf-8", "replace")) == title
            row = column = repeat = 0
        elif tag == b"table-row":
            row, column, repeat = row + repeat, 0, times
        else:
            if here and b'value-type="percentage"' in rest:
                yield from ((row + down, column + right) for down in range(min(repeat, 10_000)) for right in range(min(times, 1000)))
            column += times


def _tags(archive: zipfile.ZipFile, name: str, pattern: re.Pattern[bytes]) -> Iterator[Any]:
    rest = b""
    with archive.open(name) as part:
        while block := part.read(1 << 20):
            block = rest + block
            cut = max(block.rfind(b"<"), 0)
            yield from pattern.findall(block[:cut])
            rest = block[cut:]
    yield from pattern.findall(rest)


def _attribute(text: bytes, name: bytes) -> bytes:
    found = re.search(rb"(?:^|\s)" + name + rb"""\s*=\s*(?:"([^"]*)"|'([^']*)')""", text)
    return (found[1] or found[2] or b"") if found else b""
