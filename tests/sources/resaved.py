"""A made-up or real file as another program would write it again: other encoding, other separators, other order of columns, the same content."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable, Sequence

from kpi_core.sources.recognise import Recognised, norm, spelling_in

ENCODINGS = {"utf-8": "utf-8", "UTF-8": "utf-8", "UTF-8 BOM": "utf-8-sig", "UTF-16": "utf-16", "cp1252": "cp1252"}
NUMBERS = ("money", "number", "percent", "ratio", "int", "duration")
_GROUPED = re.compile(r"-?\d{1,3}(?:,\d{3})+")
_NUMBER = re.compile(r"-?(?:\d+|\d{1,3}(?:,\d{3})+)\.\d+%?")


def text_of(recognised: Recognised) -> str:
    """The whole text as it lies, with its own line ends."""
    return "".join(recognised.decoded.texts())


def rows_of(recognised: Recognised, text: str) -> list[list[str]]:
    """Every record, those above the header too; a `sep=` line is Excel's own and goes."""
    lines = text.splitlines(keepends=True) if recognised.separator_line else []
    body = "".join(lines[1:]) if lines else text
    return list(csv.reader(io.StringIO(body, newline=""), delimiter=recognised.delimiter))


def text_from(rows: Sequence[Sequence[str]], delimiter: str) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return out.getvalue()


def header_places(recognised: Recognised, rows: Sequence[Sequence[str]]) -> list[int]:
    """Rows that are headers: one, two of one table, or one a table."""
    spec = recognised.profile.spec
    first = recognised.header_row - recognised.separator_line
    if spec.read.header_rows == 2:
        return [first, first + 1]
    if not spec.tables.multiple:
        return [first]
    comment, places, expecting = spec.tables.comment or "#", [], True
    for at, cells in enumerate(rows):
        if not any(cell.strip() for cell in cells) or cells[0].startswith(comment):
            expecting = True
        elif expecting and not (spec.tables.titles and len(cells) == 1):
            places.append(at)
            expecting = False
    return places


def blocks(recognised: Recognised, rows: Sequence[Sequence[str]]) -> list[tuple[int, int]]:
    """(header, first row that is not of its table) of each table."""
    heads = header_places(recognised, rows)
    if recognised.profile.spec.read.header_rows == 2:
        return [(heads[0], len(rows))]
    found = []
    for place, head in enumerate(heads):
        limit = heads[place + 1] if place + 1 < len(heads) else len(rows)
        end = limit
        if recognised.profile.spec.tables.multiple:
            comment = recognised.profile.spec.tables.comment or "#"
            end = next((at for at in range(head + 1, limit) if not any(rows[at]) or rows[at][0].startswith(comment)), limit)
        found.append((head, end))
    return found


def shuffled(recognised: Recognised, text: str) -> str | None:
    """The columns in another order; None where two columns have one name, or where a name is said by its neighbour."""
    rows = rows_of(recognised, text)
    for head, end in blocks(recognised, rows):
        width = len(rows[head])
        names = [norm(cell) for cell in recognised.header] if recognised.profile.spec.read.header_rows == 2 else [norm(cell) for cell in rows[head]]
        if len(set(names)) < len(names) or (recognised.profile.spec.read.header_rows == 2 and "" in rows[head]):
            return None
        order = list(range(width - 1, -1, -1))
        order = order[1::2] + order[::2]
        for at in range(head, end):
            if len(rows[at]) >= width or len([cell for cell in rows[at] if cell]) > 2:  # a footer of one or two cells stays where it is
                cells = rows[at] + [""] * (width - len(rows[at]))
                rows[at] = [cells[place] for place in order] + cells[width:]
    return text_from(rows, recognised.delimiter)


def french(recognised: Recognised, text: str) -> str:
    """As Excel in French writes it: `;`, and plain numbers of columns of numbers with a comma and without groups."""
    rows = rows_of(recognised, text)
    spec = recognised.profile.spec
    for head, end in blocks(recognised, rows):
        names = [norm(cell) for cell in rows[head]]
        if spec.read.header_rows == 2:
            names = [norm(cell) for cell in recognised.header]
        kinds = {hit[0]: column.as_ for column in spec.columns.values() if (hit := spelling_in(column.headers, names)) is not None}
        typed = {place for place, kind in kinds.items() if kind in NUMBERS}
        if spec.unpivot is not None:
            typed = set(range(len(names)))
        for cells in rows[head + 1 : end]:
            for place in typed & set(range(len(cells))):
                if _NUMBER.fullmatch(cells[place].strip()) or (kinds.get(place) == "int" and _GROUPED.fullmatch(cells[place].strip())):
                    cells[place] = cells[place].replace(",", "").replace(".", ",")
    return text_from(rows, ";")


def without(recognised: Recognised, text: str, header: str) -> str:
    """Every table without the column of this header."""
    return _edited(recognised, text, header, None)


def renamed(recognised: Recognised, text: str, header: str, new: str) -> str:
    return _edited(recognised, text, header, new)


def _edited(recognised: Recognised, text: str, header: str, new: str | None) -> str:
    rows = rows_of(recognised, text)
    for head, end in blocks(recognised, rows):
        names = [norm(cell) for cell in rows[head]]
        if norm(header) not in names:
            continue
        place, width = names.index(norm(header)), len(names)
        if new is not None:
            rows[head][place] = new
            continue
        for at in range(head, end):
            if len(rows[at]) >= width or len([cell for cell in rows[at] if cell]) > 2:
                rows[at] = rows[at][:place] + rows[at][place + 1 :]
    return text_from(rows, recognised.delimiter)


def _encoded(text: str, codec: str) -> bytes | None:
    try:
        return text.encode(codec)
    except UnicodeEncodeError:
        return None


def _separated(sign: str) -> Callable[[Recognised, str], str]:
    return lambda recognised, text: text_from(rows_of(recognised, text), sign)


def _crlf(recognised: Recognised, text: str) -> str:
    return text.replace("\r\n", "\n").replace("\n", "\r\n")


_TEXTS: dict[str, Callable[[Recognised, str], str | None]] = {
    "french Excel": french,
    "shuffled": shuffled,
    "tab": _separated("\t"),
    "semicolon": _separated(";"),
    "CRLF": _crlf,
    "blank line at the end": lambda _, text: text + ("" if text.endswith("\n") else "\n") + "\n",
}
_CODECS: dict[str, tuple[str, bytes]] = {
    "UTF-16": ("utf-16-le", codecs.BOM_UTF16_LE),
    "UTF-16 big endian": ("utf-16-be", codecs.BOM_UTF16_BE),
    "UTF-8 with mark": ("utf-8", codecs.BOM_UTF8),
    "cp1252": ("cp1252", b""),
}
VARIANTS = (*_CODECS, *_TEXTS)


def resaved(recognised: Recognised, variant: str) -> bytes | None:
    """The file in another dress; None where it has none of this kind (signs that the encoding lacks, columns of one name)."""
    text = text_of(recognised)
    if variant in _CODECS:
        codec, mark = _CODECS[variant]
        data = _encoded(text, codec)
        return None if data is None else mark + data
    new = _TEXTS[variant](recognised, text)
    return None if new is None else new.encode()
