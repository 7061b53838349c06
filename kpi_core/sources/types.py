"""Cells to values, as SQL: money with its symbols, percents, dates by format, null spellings, Excel guards.

Every function returns SQL over one column of text. A cell that holds something but yields NULL is a refused cell, never a zero.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb

from kpi_core.errors import SourceError, Where, said
from kpi_core.sources.expression import quoted
from kpi_core.sources.language import SQL_TYPE, Column, ProfileFile, Read
from kpi_core.sources.recognise import norm

NUMBERS = ("int", "number", "money", "percent", "ratio")
DATE_FORMATS = ("%d/%m/%Y", "%Y-%m-%d")
TIME_FORMATS = ("%H:%M:%S", "%H:%M")
TRUE = ("true", "yes", "y", "1", "oui", "o", "vrai", "ja")
FALSE = ("false", "no", "n", "0", "non", "faux", "nein")
_SPACES = r"[\s\x{a0}\x{202f}\x{2009}]+"
_EDGE = r"[\s\x{a0}\x{202f}\x{feff}]"
_BARE = f"^[''=]|^{_EDGE}|{_EDGE}$"
_UNCLEAN = r"[\x00-\x1f\x7f-\x{9f}\x{ad}\x{61c}\x{200b}-\x{200f}\x{2028}-\x{202e}\x{2060}-\x{206f}\x{feff}\x{fff9}-\x{fffb}]"
_UNCLEAN_TEXT = re.compile("[\x00-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]")
_CODES = "EUR|USD|GBP|CHF|CAD|AUD|NZD|JPY|CNY|INR|SEK|NOK|DKK|PLN|CZK|HUF|RON|BGN|TRY|ZAR|BRL|MXN|SGD|HKD|KRW|AED|SAR|ILS|MAD|TND|XOF|XAF|XPF|BDT"
_CURRENCY = rf"(?:(?:US|CA|AU|NZ|HK|SG|C|A|R|NT|MX)?\$|[€£¥₹]|{_CODES})"
_OFFSET = r"\s*(Z|UTC|[+-]\d\d:?\d\d)$"
_UNDECIDED = r"^\D*[1-9]\d{0,2}[.,]\d{3}\D*$"
_PLAIN = r"-?\d{1,15}([.,]\d{1,2})?"
_COMMA = r",(\d{1,2}|\d{4,})\D*$|\.\d{3},\d*|\.\d{3}\.\d{3}|^\D*0,\d+|^\D*\d{4,},\d"
_POINT = r"\.(\d{1,2}|\d{4,})\D*$|,\d{3}\.\d*|,\d{3},\d{3}|^\D*0\.\d+|^\D*\d{4,}\.\d"


# cells of one line between marks that no text uses: one test of the joined line tells whether any cell needs more than a copy
_MARK = "\uf8ff"
_DRESSED = f"(^|{_MARK})([''=]|{_EDGE})|{_EDGE}({_MARK}|$)"


@dataclass(frozen=True)
class Dress:
    """What the text of a table needs: `columns` hold blanks or guards around cells, `unclean` has characters that no screen may get."""

    columns: frozenset[int]
    unclean: bool


def dress(con: duckdb.DuckDBPyConnection, table: str, columns: Sequence[int]) -> Dress:
    """Look once at every line instead of several times at every cell."""
    line = f"concat_ws('{_MARK}', {', '.join(f'c{index}' for index in columns)})"
    row = con.execute(f"SELECT bool_or(regexp_matches({line}, '{_DRESSED}|{_UNCLEAN}')) FROM {table}").fetchone()
    if row is None or not row[0]:
        return Dress(frozenset(), False)
    tests = ", ".join(f"bool_or(regexp_matches(c{index}, '{_BARE}'))" for index in columns)
    unclean, *dressed = con.execute(f"SELECT bool_or(regexp_matches({line}, '{_UNCLEAN}')), {tests} FROM {table}").fetchone() or (True,)
    return Dress(frozenset(index for index, hit in zip(columns, dressed, strict=True) if hit), bool(unclean))


def cell(source: str, read: Read, column: Column | None = None, *, bare: bool = False) -> str:
    """The cell without surrounding blanks, guards and null spellings. `bare`: no cell of the column has blanks or guards."""
    text = f"nullif({source}, '')" if bare else _undressed(source, read)
    nulls = (*read.null, *(column.null if column else ()))
    if nulls:
        spellings = ", ".join(quoted(value.strip().casefold()) for value in nulls)
        text = f"CASE WHEN lower(trim({source})) IN ({spellings}) THEN NULL ELSE {text} END"
    return text


def _undressed(source: str, read: Read) -> str:
    trimmed = f"nullif(regexp_replace({source}, '^{_EDGE}+|{_EDGE}+$', '', 'g'), '')"
    if read.guard:
        trimmed = (
            f"CASE WHEN {source} LIKE '%=\"%' THEN nullif(regexp_replace({trimmed}, '^=\"(.*)\"$', '\\1'), '') "
            f"ELSE regexp_replace({trimmed}, '^''([-0-9+=@])', '\\1') END"
        )
    # most cells are plain: one test spares them the rest
    return f"CASE WHEN regexp_matches({source}, '{_BARE}') THEN {trimmed} ELSE nullif({source}, '') END"


def plain_key(text: str) -> str:
    """How enumerated values are compared: no case, no accents."""
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().strip().casefold()


@dataclass(frozen=True)
class Look:
    """How the filled cells of a column look, counted: `plain` are digits with at most one mark and one or two decimals, `quick` those
    that DuckDB casts as they are; `commas` and `points` hold such a sign."""

    filled: int
    plain: int = 0
    quick: int = 0
    commas: int = 0
    points: int = 0


def looks(con: duckdb.DuckDBPyConnection, table: str, cells: Mapping[str, str], spec: ProfileFile) -> dict[str, Look]:
    """One cheap pass over all columns: what is empty or all plain numbers needs no parser. `cells`: working name -> SQL of its text."""
    parts: list[str] = []
    for name, text in cells.items():
        parts.append(f"count({text})")
        kind = spec.columns[name].as_
        if kind in NUMBERS:
            parts += [
                f"count(*) FILTER (regexp_full_match({text}, '{_PLAIN}'))",
                f"count({_quick(text, kind)})" if spec.read.decimal == "." else "0",
                f"count(*) FILTER (contains({text}, ','))",
                f"count(*) FILTER (contains({text}, '.'))",
            ]
    counts = iter(con.execute(f"SELECT {', '.join(parts)} FROM {table}").fetchone() or ()) if parts else iter(())
    return {name: Look(*(next(counts) for _ in range(5 if spec.columns[name].as_ in NUMBERS else 1))) for name in cells}


def value(raw: str, column: Column, decimal: str, look: Look | None = None, zone: str | None = None) -> str:
    """SQL of the typed value of cleaned text `raw`; with `look`, only as much of a parser as the cells of the column need.

    A moment that names its offset becomes the time that clocks show in `zone` then (None: the time as it is written).
    """
    kind = column.as_
    if look is not None and not look.filled:
        return "NULL"
    if kind in NUMBERS:
        if look is not None and kind != "ratio":  # a ratio depends on its sign of percent
            if look.plain == look.filled and not look.commas and not look.points and kind == "int":
                return f"try_cast({raw} AS BIGINT)"
            if decimal == "." and (look.quick == look.filled or (look.plain == look.filled and not look.commas)):
                return _as_kind(f"try_cast({raw} AS {_target(kind)})", kind)
            if decimal == "," and look.plain == look.filled and not look.points:
                return _as_kind(f"try_cast(replace({raw}, ',', '.') AS {_target(kind)})", kind)
        return _number(raw, kind, decimal)
    if kind == "id":
        return f"regexp_replace({raw}, '^(-?\\d+)\\.0+$', '\\1')"
    if kind == "enum":
        return _enum(raw, column)
    if kind == "email":
        return f"CASE WHEN {raw} LIKE '%_@_%' THEN lower(trim({raw})) END"
    if kind == "currency":
        return f"CASE WHEN regexp_full_match({raw}, '(?i)[a-z]{{3}}') THEN upper({raw}) END"
    if kind == "date":
        return f"try_cast({_moment(raw, column.format or DATE_FORMATS)} AS DATE)"
    if kind == "timestamp":
        local = _moment(f"regexp_replace({raw}, '{_OFFSET}', '')", column.format or ("%Y-%m-%d %H:%M:%S",))
        return local if zone is None else _in_zone(raw, local, zone)
    if kind == "time":
        clock = f"regexp_replace(replace(lower({raw}), 'h', ':'), ':$', ':00')"
        return f"try_cast(try_strptime({clock}, [{', '.join(quoted(item) for item in column.format or TIME_FORMATS)}]) AS TIME)"
    if kind == "bool":
        low = f"lower({raw})"
        yes, no = (", ".join(quoted(item) for item in items) for items in (TRUE, FALSE))
        return f"CASE WHEN {low} IN ({yes}) THEN true WHEN {low} IN ({no}) THEN false END"
    return raw


def may_refuse(column: Column) -> bool:
    """Can a filled cell of this column fail to be read?"""
    return column.as_ not in ("text", "id", "email", "phone", "enum") or (column.as_ == "enum" and column.other == "reject")


def _moment(raw: str, formats: Sequence[str]) -> str:
    parsed = f"try_strptime({raw}, [{', '.join(quoted(item) for item in formats)}])"
    return f"CASE WHEN year({parsed}) BETWEEN 1900 AND 2200 THEN {parsed} END"  # 24 is not the year of a sale


def _in_zone(raw: str, local: str, zone: str) -> str:
    """A local time with an offset as the local time of another zone at that moment; without an offset it is the zone's own already."""
    offset = f"regexp_extract({raw}, '{_OFFSET}', 1)"
    minutes = f"try_cast({offset}[2:3] AS INTEGER) * 60 + try_cast(right({offset}, 2) AS INTEGER)"
    ahead = f"CASE WHEN {offset} IN ('Z', 'UTC') THEN 0 WHEN starts_with({offset}, '-') THEN -({minutes}) ELSE {minutes} END"
    moment = f"timezone('UTC', {local} - to_minutes({ahead}))"
    return f"CASE WHEN {offset} = '' THEN {local} ELSE timezone({quoted(zone)}, {moment}) END"


def _enum(raw: str, column: Column) -> str:
    whens = " ".join(f"WHEN {quoted(plain_key(key))} THEN {quoted(result)}" for key, result in column.values.items())
    other = raw if column.other == "keep" else "NULL"
    return f"CASE lower(strip_accents({raw})) {whens} ELSE {other} END" if whens else raw


def _number(raw: str, kind: str, decimal: str) -> str:
    """Digits with the given decimal mark; groups must be groups of three, so `12.5` never becomes 125."""
    target = _target(kind)
    dense = f"upper(regexp_replace({raw}, '{_SPACES}', '', 'g'))"
    money = f"{_CURRENCY}?" if kind == "money" else ""
    percent = "%?" if kind in ("percent", "ratio") else ""
    shape = f"^[-+(]?{money}[-+]?([0-9][0-9.,''’]*|[.,][0-9]+){money}{percent}[)-]?$"
    body = f"regexp_extract({dense}, '{shape}', 1)"
    if decimal == ",":
        grouped, digits = r"\d{1,3}([.''’]\d{3})+(,\d*)?|\d*,?\d*", f"replace(regexp_replace({body}, '[.''’]', '', 'g'), ',', '.')"
        fast = ""
    else:
        grouped, digits = r"\d{1,3}([,''’]\d{3})+(\.\d*)?|\d*\.?\d*", f"regexp_replace({body}, '[,''’]', '', 'g')"
        fast = f"{_quick(raw, kind)}, "
    sign = f"CASE WHEN contains({dense}, '-') OR starts_with({dense}, '(') THEN -1 ELSE 1 END"
    slow = f"CASE WHEN {body} <> '' AND regexp_full_match({body}, '{grouped}') THEN try_cast({digits} AS {target}) * {sign} END"
    result = f"coalesce({fast}{slow})" if fast else slow
    if kind == "ratio":
        return f"CASE WHEN contains({raw}, '%') THEN {result} / 100 ELSE {result} END"
    return _as_kind(result, kind)


def _target(kind: str) -> str:
    return "DECIMAL(38,6)" if kind == "int" else SQL_TYPE[kind]


def _quick(raw: str, kind: str) -> str:
    """What DuckDB reads as a number by itself, save the underscore that it takes for a separator."""
    return f"CASE WHEN NOT contains({raw}, '_') THEN try_cast({raw} AS {_target(kind)}) END"


def _as_kind(result: str, kind: str) -> str:
    if kind == "percent":
        return f"{result} / 100"
    if kind == "int":
        return f"CASE WHEN {result} = trunc({result}) THEN try_cast({result} AS BIGINT) END"
    return f"try_cast({result} AS {_target(kind)})"


def decimal_marks(
    con: duckdb.DuckDBPyConnection, table: str, cells: Mapping[str, str], seen: Mapping[str, Look], spec: ProfileFile, french: bool, file: str
) -> dict[str, str]:
    """Decimal mark of each number column. `cells` maps a working name to the SQL of its text.

    Evidence in the column decides (both marks in a cell, or other than three digits after the mark); then the other columns of the
    file; then the language of the header. A column whose cells all look like `1,234` with nothing else to go by is refused.
    """
    numeric = [name for name in cells if spec.columns[name].as_ in NUMBERS]
    if spec.read.decimal != "auto":
        return dict.fromkeys(numeric, spec.read.decimal)
    if not numeric:
        return {}
    marks: dict[str, str] = {}
    open_columns: dict[str, str | None] = {}
    counted: dict[str, tuple[int, int, int, str | None]] = {}
    parts = []
    odd = [name for name in numeric if seen[name].plain < seen[name].filled]
    for name in odd:
        text = cells[name]
        parts += [
            f"count(*) FILTER (regexp_matches({text}, '{_COMMA}'))",
            f"count(*) FILTER (regexp_matches({text}, '{_POINT}'))",
            f"count(*) FILTER (regexp_matches({text}, '{_UNDECIDED}'))",
            f"any_value({text}) FILTER (regexp_matches({text}, '{_UNDECIDED}'))",
        ]
    if parts:
        row = con.execute(f"SELECT {', '.join(parts)} FROM {table}").fetchone() or ()
        counted = {name: row[4 * index : 4 * index + 4] for index, name in enumerate(odd)}
    for name in numeric:  # one or two decimals after the mark are evidence by themselves
        comma, point, undecided, example = counted.get(name) or (seen[name].commas, seen[name].points, 0, None)
        if comma != point:
            marks[name] = "," if comma > point else "."
        else:
            open_columns[name] = example if undecided else None
    siblings = set(marks.values())
    for name, example in open_columns.items():
        if example is None:
            marks[name] = siblings.copy().pop() if len(siblings) == 1 else ("," if french else ".")
        elif len(siblings) == 1:
            marks[name] = next(iter(siblings))
        elif french:
            marks[name] = ","
        else:
            raise SourceError(
                said("column {column}: {example} may be {large} or a number with three decimals", column=name, example=example, large=_plain(example)),
                where=Where(file),
                hint=said("write at least one number of the file with two decimals"),
            )
    return marks


def _plain(example: str) -> str:
    return "".join(sign for sign in example if sign.isdigit())


def is_french(spec: ProfileFile, header: Sequence[str]) -> bool:
    """Does the header say that numbers are written the continental way? Templates list the French spelling first; the translated
    headers of vendors are their experimental ones."""
    names = {norm(item) for item in header}
    if spec.evidence == "template":
        found = [(_any(column.from_[:1], names), _any(column.from_[1:], names)) for column in spec.columns.values()]
    else:
        found = [(_any(column.experimental, names), _any(column.from_, names)) for column in spec.columns.values()]
    return sum(first for first, _ in found) > sum(other for _, other in found)


def _any(headers: Sequence[str], names: set[str]) -> bool:
    return any(norm(item) in names for item in headers)


def clean(text: str) -> str:
    """Text as it may reach a screen: breaks become blanks; C0, C1, bidi and invisible characters go."""
    washed = f"nullif(trim(regexp_replace(regexp_replace({text}, '[\\t\\r\\n]+', ' ', 'g'), '{_UNCLEAN}', '', 'g')), '')"
    return f"CASE WHEN regexp_matches({text}, '{_UNCLEAN}') THEN {washed} ELSE {text} END"


def unclean(text: str) -> bool:
    """Would `clean` change this text?"""
    return _UNCLEAN_TEXT.search(text) is not None
