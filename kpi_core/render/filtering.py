"""The row filter's small language: `shoes gap<-3 !kids` keeps the rows for which every condition holds.

    lyon          the name holds it (case and accents do not matter)
    !lyon         the name does not
    "at > 5"      in quotes: as it is written
    gap<-3        a number as it stands on screen: -3 is −3 % in a column of percents; also <= > >= = != and 1.2M, 15k
    >5            the same on the lit column
    gap -5..-2    from … to, both included
    status:missed (or near, met, none, few, noise; red, orange, green; or the glyph); !status:met

A column is named by its title, the beginning of it, or its id. `=` compares with the digits that were written: `=68` keeps 67.84.
A blank stands between conditions, or `&` (inside a word it is part of it: `c&a`). What cannot be read is said and keeps every row.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from kpi_core.errors import Message, said
from kpi_core.i18n import LANGUAGES, Translator
from kpi_core.pages import GapStatus
from kpi_core.render.gap import GLYPHS, WORDS
from kpi_core.render.table import Row, Table
from kpi_core.render.text import folded, plain

LONGEST = 200  # characters of a filter that are read
_NUMBER = r"[-+−]?(?:\d{1,3}(?:[ \u00a0\u202f]\d{3}(?!\d))+|\d+)(?:[.,]\d+)?"
_UNIT = r"(?:[kM](?!\w)|[ \u00a0\u202f]?(?:%|pts?(?!\w)|€))?"
_SPACE = re.compile(r"[\s&]+")
_QUOTED = re.compile(r'(?P<no>!?)\s*"(?P<text>[^"]*)("|$)')
_STATUS = re.compile(r'(?P<no>!?)\s*(?:status|statut)\s*[:=]\s*(?P<word>"[^"]*"|!!|[^\s&]*)', re.IGNORECASE)
_RANGE = re.compile(rf"(?P<op>=\s*)?(?P<low>{_NUMBER})(?P<unit>{_UNIT})\s*\.\.\s*(?P<high>{_NUMBER})(?P<unit2>{_UNIT})(?![\w.,])")
_COMPARE = re.compile(rf"(?P<op><=|>=|!=|<>|==|≤|≥|≠|=|<|>)\s*(?P<low>{_NUMBER})(?P<unit>{_UNIT})(?![\w.,])")
_GLYPH = re.compile(r"(?P<no>!?)\s*(?P<word>[✓✗≈░]|!!)(?=[\s&]|$)")
_HALF = re.compile(rf"{_NUMBER}{_UNIT}\s*\.\.(?=[\s&]|$)")
_OPEN = re.compile(r"(?P<op><=|>=|!=|<>|==|≤|≥|≠|=|<|>)\s*(?P<rest>[^\s&]*)")
_WORD = re.compile(r'(?!&)(?:[^\s&<>=≤≥≠"!]|!(?!=)|&(?=[^\s&]))+')
_BLANKS = str.maketrans("", "", " \u00a0\u202f")
_SAME = {"<>": "!=", "≠": "!=", "==": "=", "≤": "<=", "≥": ">="}
_TIMES = {"k": Decimal(1000), "M": Decimal(1_000_000)}
_COLOURS = {"missed": ("red", "rouge"), "near": ("orange", "amber", "yellow", "jaune"), "met": ("green", "vert", "ok")}


@dataclass(frozen=True)
class Condition:
    """`kind`: text, number or status. A number is compared with `op` (`..` from `low` to `high`) in the column of id `column`."""

    kind: str
    text: str = ""
    negated: bool = False
    column: str = ""
    op: str = ""
    low: Decimal = Decimal(0)
    high: Decimal = Decimal(0)
    half: Decimal = Decimal(0)  # half of the last digit written: what `=` leaves open
    written: tuple[str, ...] = ()  # the numbers as they were written, with a point


@dataclass(frozen=True)
class Reading:
    """A filter as it was understood. `problem`: what of it was not; that part keeps every row."""

    conditions: tuple[Condition, ...] = ()
    problem: Message | None = None


@lru_cache(maxsize=1)
def _statuses() -> dict[str, str]:
    """Every word for a status, in all languages: links are read in another one than they were written in."""
    words = {status.value: status.value for status in GapStatus} | {word: status for status, words in _COLOURS.items() for word in words}
    for status in reversed(GapStatus):
        words |= {_squeezed(Translator(lang)(WORDS[status])): status.value for lang in LANGUAGES}
        words |= {glyph.strip(): status.value for glyph in GLYPHS[status]}
    return words


def _squeezed(text: str) -> str:
    return re.sub(r"[\W_]+", "_", folded(text)).strip("_")


def read(search: str, table: Table, lit: str = "") -> Reading:
    """The conditions of a filter on a table. `lit`: id of the column that a bare `>5` is about; '' is the first with numbers."""
    return _Reader(table, lit).read(search[:LONGEST])


@dataclass
class _Word:
    text: str
    negated: bool
    end: int


class _Reader:
    def __init__(self, table: Table, lit: str) -> None:
        self.table = table
        self.lit = lit
        self.found: list[Condition] = []
        self.words: list[_Word] = []  # not yet known to be a column's name or text
        self.problem: Message | None = None

    def read(self, text: str) -> Reading:
        at = 0
        while at < len(text):
            space = _SPACE.match(text, at)
            at = space.end() if space else at
            if at < len(text):
                at = self._step(text, at)
        self._settle()
        return Reading(tuple(self.found), self.problem)

    def _step(self, text: str, at: int) -> int:
        if match := _QUOTED.match(text, at):
            self._settle()
            self._text(match["text"], bool(match["no"]))
        elif match := _STATUS.match(text, at) or _GLYPH.match(text, at):
            self._settle()
            self._status(match["word"].strip('"'), bool(match["no"]))
        elif match := _RANGE.match(text, at):
            self._number(match, at, "..", match["high"], match["unit2"])
        elif match := _COMPARE.match(text, at):
            self._number(match, at, _SAME.get(match["op"], match["op"]), "0", "")
        elif match := _HALF.match(text, at):
            self._column(attached=False)
            self._settle()
            self._wrong(said("write where it ends: {text}", text="-5..-2"))
        elif match := _OPEN.match(text, at):
            self._column(attached=bool(self.words) and self.words[-1].end == at)
            self._settle()
            self._wrong(said("{text} is not a number", text=match["rest"]) if match["rest"] else said("write a number after {sign}", sign=match["op"]))
        elif match := _WORD.match(text, at):
            self._word(match, text)
        else:  # a sign that stands for nothing
            return at + 1
        return match.end()

    def _word(self, match: re.Match[str], text: str) -> None:
        word = match.group()
        waiting = bool(self.words) and not self.words[-1].text
        if waiting:
            self.words[-1] = _Word(word, True, match.end())
        elif word.startswith("!"):
            self.words.append(_Word(word[1:], True, match.end()))
        else:
            self.words.append(_Word(word, False, match.end()))

    def _wrong(self, problem: Message) -> None:
        self.problem = self.problem or problem

    def _settle(self) -> None:
        for word in self.words:
            if word.text:
                self._text(word.text, word.negated)
            else:
                self._wrong(said("write what to leave out after !"))
        self.words = []

    def _text(self, text: str, negated: bool) -> None:
        if text.strip():
            self.found.append(Condition("text", text.strip(), negated))

    def _status(self, word: str, negated: bool) -> None:
        known = _statuses()
        status = known.get(word) or known.get(_squeezed(word))
        if status is None:
            names = ", ".join(("met", "near", "missed", "none", "few", "noise"))
            self._wrong(said("{text} is no status; known: {names}", text=word, names=names) if word else said("write a status: {names}", names=names))
        elif not any(cell.status for row in self.table.rows for cell in row.cells) and any(row.kind == "row" for row in self.table.rows):
            self._wrong(said("nothing here is judged against a target"))
        else:
            self.found.append(Condition("status", status, negated))

    def _number(self, match: re.Match[str], at: int, op: str, high: str, unit: str) -> None:
        index = self._column(attached=bool(self.words) and self.words[-1].end == at and bool(match["op"]))
        self._settle()
        if index is None:
            return
        column = self.table.columns[index]
        if not _has_numbers(self.table, index):
            self._wrong(said("{column} holds no numbers", column=column.title.strip() or column.id))
            return
        low, half = _decimal(match["low"], match["unit"])
        top, _ = _decimal(high, unit)
        if op == ".." and top < low:
            low, top = top, low
        written = (_plainly(match["low"], match["unit"]), *((_plainly(high, unit),) if op == ".." else ()))
        self.found.append(Condition("number", "", False, column.id, op, low, top, half, written))

    def _column(self, attached: bool) -> int | None:
        """The column that the words before an operator name, taken away from them; else the lit one."""
        for count in range(min(4, len(self.words)), 0, -1):
            last = self.words[-count:]
            if any(word.negated for word in last):
                continue
            index = _named(self.table, " ".join(word.text for word in last), 1 if attached else 3)
            if index is not None:
                del self.words[-count:]
                return index
        if attached:
            word = self.words.pop()
            self._wrong(_unknown(self.table, word.text))
            return None
        return _lit(self.table, self.lit)


def _decimal(text: str, unit: str) -> tuple[Decimal, Decimal]:
    """The number, and half of its last digit."""
    number = Decimal(text.translate(_BLANKS).replace("−", "-").replace(",", "."))
    times = _TIMES.get(unit, Decimal(1))
    exponent = number.as_tuple().exponent
    return number * times, Decimal(1).scaleb(exponent if isinstance(exponent, int) else 0) / 2 * times


def _plainly(text: str, unit: str) -> str:
    """The number for a link, with the digits it was written with."""
    return text.translate(_BLANKS).replace("−", "-").replace(",", ".") + (unit if unit in _TIMES else "")


def _named(table: Table, name: str, least: int) -> int | None:
    """The column of a title or id; of a title that begins so when `least` letters are given."""
    wanted = folded(name)
    titles = [folded(column.title).strip() for column in table.columns]
    for index, column in enumerate(table.columns):
        if wanted and wanted in (folded(column.id), titles[index]):
            return index
    return next((index for index, title in enumerate(titles) if len(wanted) >= least and title.startswith(wanted)), None)


def _unknown(table: Table, name: str) -> Message:
    import difflib

    titles = {folded(text): column.title.strip() or column.id for column in table.columns for text in (column.id, column.title) if text.strip()}
    near = difflib.get_close_matches(folded(name), list(titles), n=1, cutoff=0.5)
    if near:
        return said("there is no column {name}; did you mean {near}?", name=name, near=titles[near[0]])
    names = ", ".join(dict.fromkeys(titles.values()))
    return said("there is no column {name}; there are: {names}", name=name, names=names)


def _lit(table: Table, lit: str) -> int | None:
    index = next((i for i, column in enumerate(table.columns) if column.id == lit), 0)
    if index and _has_numbers(table, index):
        return index
    return next((i for i in range(1, len(table.columns)) if _has_numbers(table, i)), 1 if len(table.columns) > 1 else None)


def _is_number(raw: object) -> bool:
    return isinstance(raw, int | float | Decimal) and not isinstance(raw, bool)


def _has_numbers(table: Table, index: int) -> bool:
    rows = [row for row in table.rows if row.kind == "row"]
    return not rows or any(_is_number(row.cells[index].raw) for row in rows)


# ---------------------------------------------------------------- what it keeps


def keeps(reading: Reading, table: Table) -> Callable[[Row], bool]:
    """Whether a row of the table holds every condition. A row without the number asked for is not kept."""
    place = {column.id: index for index, column in enumerate(table.columns)}
    return lambda row: all(_holds(condition, row, place) for condition in reading.conditions)


def _holds(condition: Condition, row: Row, place: dict[str, int]) -> bool:
    if condition.kind == "text":
        return (folded(condition.text) in folded(first(row))) is not condition.negated
    if condition.kind == "status":
        return any(cell.status == condition.text for cell in row.cells) is not condition.negated
    index = place.get(condition.column)
    raw = row.cells[index].raw if index is not None and index < len(row.cells) else None
    return _is_number(raw) and _compares(Decimal(str(raw)), condition)


def _compares(number: Decimal, condition: Condition) -> bool:
    op, low = condition.op, condition.low
    if op in ("=", "!="):
        return (abs(number - low) <= condition.half) is (op == "=")
    if op == "..":
        return low <= number <= condition.high
    if op in ("<", ">"):
        return number < low if op == "<" else number > low
    return number <= low if op == "<=" else number >= low


def first(row: Row) -> str:
    """The name of a row: whole, though it may be cut on screen."""
    cell = row.cells[0]
    if isinstance(cell.raw, str):
        return cell.raw
    return plain(cell.runs) if cell.runs else cell.text


# ---------------------------------------------------------------- what is said of it


def explicit(search: str, reading: Reading) -> str:
    """The filter with every column by its id, so that a link means the same without a lit column and in another language."""
    if reading.problem is not None or all(condition.kind != "number" for condition in reading.conditions):
        return search
    return " ".join(_written(condition) for condition in reading.conditions)


def _written(condition: Condition) -> str:
    no = "!" if condition.negated else ""
    if condition.kind == "number":
        return f"{condition.column}{'=' if condition.op == '..' else condition.op}{'..'.join(condition.written)}"
    text = f"status:{condition.text}" if condition.kind == "status" else condition.text
    bare = _WORD.fullmatch(text) is not None and not text.startswith("!") and not _STATUS.match(text) and not _GLYPH.match(text)
    plain_text = condition.kind == "status" or bare
    return no + (text if plain_text and not re.search(r"\d\.\.", text) else f'"{text}"')


def told(reading: Reading, table: Table, t: Callable[..., str], decimal_mark: str = ".") -> Iterator[str]:
    """Each condition in words, for the line under the field."""
    titles = {column.id: column.title.strip() or column.id for column in table.columns}
    for condition in reading.conditions:
        if condition.kind == "text":
            yield t("name without “{text}”", text=condition.text) if condition.negated else t("name with “{text}”", text=condition.text)
        elif condition.kind == "status":
            word = t(WORDS[GapStatus(condition.text)])
            yield t("not {values}", values=word) if condition.negated else word
        else:
            amount = " … ".join(condition.written).replace("-", "−").replace(".", decimal_mark)
            yield f"{titles.get(condition.column, condition.column)} {'' if condition.op == '..' else condition.op + ' '}{amount}"
