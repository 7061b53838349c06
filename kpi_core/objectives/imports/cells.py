"""Cells of a table of targets: numbers and periods as people in France and elsewhere write them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from kpi_core.engine.calendars import Calendar
from kpi_core.objectives.ranges import Range, parse_range

Cell = str | int | float | Decimal | date | None
MARKS = (",", ".")

_GLUE = re.compile(r"[\s'’\u00a0\u202f]+")
_MONEY = re.compile(r"€|\$|£|\b(?:eur|usd|gbp|chf)\b", re.IGNORECASE)
_NUMBER = re.compile(r"[+-]?\d[\d.,]*")
_SCALE = {"k": 1000, "m": 1_000_000}
_MONTHS = (
    "janvier jan janv january", "fevrier fev fevr feb february", "mars mar march", "avril avr apr april", "mai may", "juin jun june",
    "juillet juil jul july", "aout aou aug august", "septembre sep sept september", "octobre oct october", "novembre nov november",
    "decembre dec december",
)  # fmt: skip
MONTHS = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()}


class Ambiguous(ValueError):
    """A number that may be read in two ways: `1,234`."""


@dataclass(frozen=True)
class Amount:
    """`percent`: a % stood behind it; `number` is then a fraction of 1."""

    number: Decimal
    percent: bool = False


def fold(text: object) -> str:
    """Lower case without accents, every stretch of anything else than letters and digits one blank."""
    plain = unicodedata.normalize("NFKD", str(text)).casefold()
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return re.sub(r"[^a-z0-9%]+", " ", plain).strip()


def blank(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def amount_of(cell: Cell, mark: str | None) -> Amount | None:
    """The number of a cell; `mark` is the decimal mark of the file where it is known. None: it is no number. Raises Ambiguous."""
    if cell is None or isinstance(cell, bool | date):
        return None
    if not isinstance(cell, str):
        number = Decimal(repr(cell)) if isinstance(cell, float) else Decimal(cell)
        return Amount(number) if number.is_finite() else None
    text, percent, scale = _bare(cell)
    if not _NUMBER.fullmatch(text):
        return None
    digits = _plain(text, mark)
    if digits is None:
        return None
    return Amount(Decimal(digits) * scale / (100 if percent else 1), percent)


def mark_of(cells: Iterable[Cell]) -> str | None:
    """The decimal mark that some cell proves, when no cell proves the other one."""
    proven = {found for cell in cells if isinstance(cell, str) and (found := _proven(_bare(cell)[0])) is not None}
    return proven.pop() if len(proven) == 1 else None


def _bare(cell: str) -> tuple[str, bool, int]:
    text = _MONEY.sub("", cell.replace("\u2212", "-"))
    text = _GLUE.sub("", text)
    if text.startswith("(") and text.endswith(")"):
        text = f"-{text[1:-1]}"
    percent = text.endswith("%")
    text = text.removesuffix("%")
    scale = _SCALE.get(text[-1:].lower(), 1)
    return (text[:-1] if scale > 1 else text), percent, scale


def _proven(text: str) -> str | None:
    if not _NUMBER.fullmatch(text):
        return None
    used = [mark for mark in MARKS if mark in text]
    if len(used) == 2:
        return max(MARKS, key=text.rfind)
    if len(used) == 1 and text.count(used[0]) > 1:
        return "." if used[0] == "," else ","  # a mark that comes twice groups thousands
    if len(used) == 1:
        before, _, after = text.partition(used[0])
        if len(after) != 3 or before.lstrip("+-") == "0" or len(before.lstrip("+-")) > 3:
            return used[0]
    return None


def _plain(text: str, mark: str | None) -> str | None:
    """Digits with a point; None when the grouping is none."""
    proven = _proven(text)
    used = [found for found in MARKS if found in text]
    if not used:
        return text
    decimal = proven or mark
    if decimal is None:
        raise Ambiguous(text)
    group = "." if decimal == "," else ","
    whole, _, rest = text.partition(decimal)
    if group in whole and not re.fullmatch(rf"[+-]?\d{{1,3}}(?:{re.escape(group)}\d{{3}})+", whole):
        return None
    if group in rest or decimal in rest:
        return None
    return whole.replace(group, "") + (f".{rest}" if rest else "")


# ---------------------------------------------------------------- periods


@dataclass(frozen=True)
class Periods:
    """How the periods of a table are read: in the calendar of the workspace; months written without a year lie `within` a range."""

    of: Calendar
    within: Range | None = None

    def text(self, cell: Cell) -> str | None:
        """A cell as a range of the range grammar (`2026-10`), None when it is none."""
        if isinstance(cell, datetime):
            cell = cell.date()
        if isinstance(cell, date):
            return cell.isoformat()
        if isinstance(cell, float) and cell.is_integer():
            cell = int(cell)
        if isinstance(cell, int):
            return str(cell) if 1900 < cell < 2200 else None
        if not isinstance(cell, str) or blank(cell):
            return None
        found = self._written(fold(cell)) or cell
        try:
            return self.range(found).text
        except ValueError:
            return None

    def range(self, text: str) -> Range:
        """Raises ValueError; see `parse_range`."""
        return parse_range(text, self.of)

    def _written(self, text: str) -> str | None:
        if match := _FISCAL.fullmatch(text):
            plain = match[1] not in ("fy", "ex") and self.of.fiscal is None  # `exercice 2026` of a shop whose books follow the civil year
            return (match[2] if plain else f"FY{match[2]}") + (f"-Q{match[3]}" if match[3] else "")
        if match := _RETAIL.fullmatch(text):
            return f"R{match[1]}-{match[2].upper()}" + (match[3] if match[2] in "qt" else match[3].zfill(2))
        if match := re.fullmatch(r"(?:annee|year) (\d{4})", text):
            return match[1]
        if match := re.fullmatch(r"(\d{1,2}) (\d{1,2}) (\d{4})", text):
            return f"{match[3]}-{int(match[2]):02d}-{int(match[1]):02d}"
        if match := re.fullmatch(r"(\d{1,2}) (\d{4})", text):
            return f"{match[2]}-{int(match[1]):02d}"
        for shape, sign in _SHAPES:
            if match := shape.fullmatch(text):
                number, year = (match[2], match[1]) if match[1] else (match[3], match[4])
                return f"{year}-{sign}{int(number)}" if sign == "Q" else f"{year}-W{int(number):02d}"
        if match := re.fullmatch(r"([a-z]+) ?(\d{4}|\d{2})?", text):
            month = MONTHS.get(match[1])
            in_year = int(match[2]) if match[2] else self._year_of(month)
            if month is not None and in_year is not None:
                return f"{in_year + 2000 if in_year < 100 else in_year}-{month:02d}"
        return None

    def _year_of(self, month: int | None) -> int | None:
        """The year of a month within the range: of a fiscal year from April, January lies in the next one."""
        if self.within is None or month is None:
            return None
        years = range(self.within.start.year, self.within.end.year + 1)
        return next((year for year in years if self.within.covers(date(year, month, 15), date(year, month, 15))), self.within.start.year)


_FISCAL = re.compile(r"(fy|ex|exercice|fiscal year|annee fiscale) ?(\d{4})(?: ?[qt]([1-4]))?")
_RETAIL = re.compile(r"r ?(\d{4}) ?([qtpws]) ?(\d{1,2})")
_SHAPES = (
    (re.compile(r"(\d{4}) ?[qt]([1-4])|[qt](?:rimestre|uarter)? ?([1-4]) (\d{4})"), "Q"),
    (re.compile(r"(\d{4}) ?[sw](\d{1,2})|[sw](?:emaine|eek|em)? ?(\d{1,2}) (\d{4})"), "W"),
)


def months_of(found: Iterable[str]) -> dict[str, str]:
    """Days that all are the first of a month stand for these months: spreadsheets have no months. Else nothing changes."""
    texts = list(dict.fromkeys(found))
    first = [re.fullmatch(r"(\d{4}-\d{2})-01", text) for text in texts]
    return {text: match[1] for text, match in zip(texts, first, strict=True) if match} if len(texts) > 1 and all(first) else {}
