"""The tables that a file of unknown layout may hold: each candidate header, under each delimiter, sheet or list of records, the likeliest first.

What is guessed here is only ever proposed: a person points at the table, and what he writes is a profile that names its headers.
"""

from __future__ import annotations

import csv
import io
import itertools
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from kpi_core.errors import DamagedFile, SourceError, Where, said
from kpi_core.render.clean import clean
from kpi_core.sources.account.drift import kind_of
from kpi_core.sources.cells.currency import MARKS
from kpi_core.sources.files import records
from kpi_core.sources.files.container import members
from kpi_core.sources.files.decode import Decoded, examine
from kpi_core.sources.files.limits import MAX_COLUMNS
from kpi_core.sources.profiles.language import Records
from kpi_core.sources.recognise import DELIMITERS, HEAD_LINES, HEADER_ROWS, norm

MOST_MEMBERS, MOST_TABLES, A_MEMBER = 40, 60, 6
EXAMPLES = 60  # rows kept of each candidate
FIT_ROWS = 20
LEAST = 0.08  # of the score of the best candidate
LONGEST = 200  # characters of a header that can be pointed at
MAX_PARSED = 8 << 20  # characters of a JSON document that is looked through for lists

_COMPACT_DAY = re.compile(r"20\d\d(0[1-9]|1[0-2])([0-2]\d|3[01])")
_CLOCKED = re.compile(r"\d[T ,àa]*\s*\d{1,2}[:h]\d{2}")
_CODE = re.compile(r"[A-Za-z]{3}")
_SIGNED = re.compile(rf"(?:{MARKS}|\$|¥)\s*\d|\d\s*(?:{MARKS}|\$)", re.IGNORECASE)


def shape_of(values: Iterable[str]) -> str:
    """What most cells of a column are: empty, date, timestamp, time, int, number, money, percent, currency, email, id, text, yes or no."""
    filled = [text for value in values if (text := value.strip().strip("'\""))]
    kind = kind_of(filled)
    if kind == "date":
        return "timestamp" if 2 * sum(_CLOCKED.search(text) is not None for text in filled) > len(filled) else "date"
    if kind == "number":
        if all(_COMPACT_DAY.fullmatch(text) for text in filled):
            return "date"
        if 2 * sum(text.endswith("%") for text in filled) > len(filled):
            return "percent"
        if 2 * sum(_SIGNED.search(text) is not None for text in filled) > len(filled):
            return "money"
        if all(text.lstrip("-").isdigit() for text in filled):
            return "int"
        return "number"
    if kind == "text":
        if all(_CODE.fullmatch(text) for text in filled) and re.fullmatch(MARKS, filled[0].upper()):
            return "currency"
        if len(set(filled)) > 0.3 * len(filled) and 2 * sum(any(sign.isdigit() for sign in text) and " " not in text for text in filled) > len(filled):
            return "id"
    return kind


@dataclass(frozen=True)
class Seen:
    """A column that can be pointed at: its header as in the file, its place, its first filled cells and what they look like."""

    header: str
    place: int
    examples: tuple[str, ...]
    shape: str

    @property
    def shown(self) -> str:
        return clean(self.header, 80)


@dataclass(frozen=True)
class Table:
    """A candidate. `line`: of its header, from 1 (0: records have none); `rows`: the first rows below it, as text."""

    decoded: Decoded
    delimiter: str
    line: int
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    records: Records | None = None
    score: float = 0.0

    @property
    def path(self) -> Path:
        return self.decoded.path

    @cached_property
    def columns(self) -> tuple[Seen, ...]:
        """Columns with a name; of several with one name the first, which is the one that a profile reads."""
        found: list[Seen] = []
        known: set[str] = set()
        for place, header in enumerate(self.header):
            name = norm(header)
            if not name or name in known or len(header) > LONGEST:
                continue
            known.add(name)
            cells = [row[place].strip() for row in self.rows if place < len(row)]
            found.append(Seen(header, place, tuple(dict.fromkeys(text[:60] for text in cells if text))[:5], shape_of(cells)))
        return tuple(found)

    def column(self, header: str) -> Seen | None:
        """The column of a header, however it is spelt."""
        return next((column for column in self.columns if norm(column.header) == norm(header)), None)

    def cells(self, header: str) -> list[str]:
        """The first cells of a column, blanks too."""
        column = self.column(header)
        return [] if column is None else [row[column.place].strip() if column.place < len(row) else "" for row in self.rows]


def tables(path: Path) -> list[Table]:
    """The candidates of a file, the likeliest of each sheet or file inside it first. Raises SourceError or DamagedFile when it cannot be read,
    SourceError when nothing in it looks like a table."""
    path = Path(path)
    found: list[Table] = []
    trouble: SourceError | None = None
    inside = members(path)[:MOST_MEMBERS]
    for member in inside:
        try:
            found += _of_member(examine(member))
        except SourceError as error:
            if len(inside) == 1:
                raise
            trouble = trouble or error
    if not found:
        hint = said("a table has a row of names with rows of the same width below it")
        raise trouble or SourceError(said("nothing in this file looks like a table"), where=Where(str(path)), hint=hint)
    return found[:MOST_TABLES]


def _of_member(decoded: Decoded) -> list[Table]:
    if decoded.records:
        return _of_records(decoded)
    found = [table for delimiter, rows in _parsed(decoded) for table in _candidates(decoded, delimiter, rows)]
    found.sort(key=lambda table: -table.score)
    if not found:
        return []
    best = found[0]
    return [table for table in found if table.score >= (LEAST if table.delimiter == best.delimiter else 0.5) * best.score][:A_MEMBER]


_Rows = list[tuple[int, list[str]]]  # (line, cells)


def _parsed(decoded: Decoded) -> list[tuple[str, _Rows]]:
    """The first rows under each delimiter; a `sep=` line decides it."""
    lines = list(itertools.islice(io.StringIO(decoded.head, newline=""), HEAD_LINES))
    delimiters: tuple[str, ...] = (",",) if decoded.form == "workbook" else DELIMITERS
    skipped = 0
    if lines and decoded.form != "workbook" and lines[0].lower().removeprefix("\ufeff").startswith("sep="):
        sign = lines[0].removeprefix("\ufeff")[4:5]
        delimiters, lines, skipped = ((sign,) if sign in DELIMITERS else DELIMITERS), lines[1:], 1
    found = []
    for delimiter in delimiters:
        rows: _Rows = []
        reader = csv.reader(iter(lines), delimiter=delimiter)
        line = 1 + skipped
        try:
            for cells in reader:
                if len(cells) <= MAX_COLUMNS:
                    rows.append((line, cells))
                line = reader.line_num + 1 + skipped
        except csv.Error:
            pass
        if any(len(cells) > 1 for _, cells in rows):
            found.append((delimiter, rows))
    return found


def _candidates(decoded: Decoded, delimiter: str, rows: _Rows) -> list[Table]:
    found: list[Table] = []
    earlier: dict[int, int] = {}  # width -> rows of names above
    for index, (line, cells) in enumerate(rows[:HEADER_ROWS]):
        named = [text.strip() for text in cells if text.strip()]
        if len(named) < 2:
            continue
        words = sum(shape_of([text]) in ("text", "id", "currency") for text in named) / len(named)
        if words < 0.6:
            continue
        below = [row for _, row in itertools.islice(rows, index + 1, index + 1 + FIT_ROWS) if any(text.strip() for text in row)]
        if not below:
            continue
        places = [place for place, text in enumerate(cells) if text.strip()]
        run = 0  # rows that follow each other: a small block of settings is a table too
        for _, row in itertools.islice(rows, index + 1, index + 1 + FIT_ROWS):
            if len(row) != len(cells) or not any(text.strip() for text in row):
                break
            run += 1
        if not run:
            continue
        below = below[: max(run, 1)] if run < 3 else below
        alike = max(sum(len(row) == len(cells) for row in below) / len(below), run / (run + 1)) * run / (run + 1)
        filled = sum(place < len(row) and bool(row[place].strip()) for row in below for place in places) / (len(below) * len(places))
        values = sum(shape_of(row[place] for row in below if place < len(row)) not in ("text", "empty") for place in places) / len(places)
        distinct = len({norm(text) for text in named}) / len(named)
        score = len(named) * words * words * distinct * alike * (0.3 + 0.7 * filled) * (0.4 + 0.6 * values) * 0.6 ** earlier.get(len(cells), 0)
        earlier[len(cells)] = earlier.get(len(cells), 0) + (len(named) > 0.5 * len(cells))
        first = tuple(tuple(row) for _, row in rows[index + 1 : index + 1 + EXAMPLES])
        header = tuple(text.strip().removeprefix("\ufeff") for text in cells)
        found.append(Table(decoded, delimiter, line, header, first, score=score))
    return found


# ---------------------------------------------------------------- records


def _of_records(decoded: Decoded) -> list[Table]:
    found = []
    for spec in _lists(decoded):
        try:
            rows = records.first_rows(decoded, spec, EXAMPLES)
        except DamagedFile:
            raise
        except SourceError:
            continue
        header = tuple(dict.fromkeys(name for row in rows for name in row))
        if len(header) < 2:
            continue
        cells = tuple(tuple(row.get(name, "") for name in header) for row in rows)
        found.append(Table(decoded, ",", 0, header, cells, spec, float(len(header))))
    return found[:A_MEMBER]


def _lists(decoded: Decoded) -> list[Records]:
    """Where lists of records may lie: the document itself, its lists by path, and the lists inside the records."""
    paths: list[str] = [""]
    if decoded.form == "json":
        text = ""
        for piece in decoded.texts():
            text += piece
            if len(text) > MAX_PARSED:
                break
        try:
            document = json.loads(text) if len(text) <= MAX_PARSED else None
        except (ValueError, RecursionError):
            document = None  # what is wrong is told by whoever reads the records
        if isinstance(document, dict):
            paths = [path for path, _ in _paths(document, "", 0)] or [""]
    found: list[Records] = []
    for path in paths:
        spec = Records(path=path)
        found.append(spec)
        for name in records.inner_lists(decoded, spec):
            found.append(Records(path=path, each=name))
    return found


def _paths(value: dict[str, object], prefix: str, depth: int) -> list[tuple[str, int]]:
    """(path, records) of the lists of objects, the longest first."""
    found: list[tuple[str, int]] = []
    for key, item in value.items():
        if "." in key or depth > 4:
            continue
        path = f"{prefix}{key}"
        if isinstance(item, list) and item and isinstance(item[0], dict):
            found.append((path, len(item)))
        elif isinstance(item, dict):
            found += _paths(item, f"{path}.", depth + 1)
    return sorted(found, key=lambda pair: -pair[1])


