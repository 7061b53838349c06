"""Cells to values, as SQL: money with its symbols, percents, dates by format, null spellings, Excel guards.

Every function returns SQL over one column of text. A cell that holds something but yields NULL is a refused cell, never a zero.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence

import duckdb

from kpi_core.errors import SourceError, Where, said
from kpi_core.sources.expression import quoted
from kpi_core.sources.profile import SQL_TYPE, Column, ProfileFile, Read
from kpi_core.sources.recognise import norm

NUMBERS = ("int", "number", "money", "percent", "ratio")
DATE_FORMATS = ("%d/%m/%Y", "%Y-%m-%d")
TIME_FORMATS = ("%H:%M:%S", "%H:%M")
TRUE = ("true", "yes", "y", "1", "oui", "o", "vrai", "ja")
FALSE = ("false", "no", "n", "0", "non", "faux", "nein")
_SPACES = r"[\s\x{a0}\x{202f}\x{2009}]+"
_EDGE = r"[\s\x{a0}\x{202f}\x{feff}]"
_CODES = "EUR|USD|GBP|CHF|CAD|AUD|NZD|JPY|CNY|INR|SEK|NOK|DKK|PLN|CZK|HUF|RON|BGN|TRY|ZAR|BRL|MXN|SGD|HKD|KRW|AED|SAR|ILS|MAD|TND|XOF|XAF|XPF|BDT"
_CURRENCY = rf"(?:(?:US|CA|AU|NZ|HK|SG|C|A|R|NT|MX)?\$|[€£¥₹]|{_CODES})"
_UNDECIDED = r"^\D*[1-9]\d{0,2}[.,]\d{3}\D*$"
_COMMA = r",(\d{1,2}|\d{4,})\D*$|\.\d{3},\d*|\.\d{3}\.\d{3}|^\D*0,\d+|^\D*\d{4,},\d"
_POINT = r"\.(\d{1,2}|\d{4,})\D*$|,\d{3}\.\d*|,\d{3},\d{3}|^\D*0\.\d+|^\D*\d{4,}\.\d"


def cell(source: str, read: Read, column: Column | None = None) -> str:
    """The cell without surrounding blanks, guards and null spellings."""
    trimmed = f"nullif(regexp_replace({source}, '^{_EDGE}+|{_EDGE}+$', '', 'g'), '')"
    if read.guard:
        trimmed = (
            f"CASE WHEN {source} LIKE '%=\"%' THEN nullif(regexp_replace({trimmed}, '^=\"(.*)\"$', '\\1'), '') "
            f"ELSE regexp_replace({trimmed}, '^''([-0-9+=@])', '\\1') END"
        )
    # most cells are plain: one test spares them the rest
    text = f"CASE WHEN regexp_matches({source}, '^[''=]|^{_EDGE}|{_EDGE}$') THEN {trimmed} ELSE nullif({source}, '') END"
    nulls = (*read.null, *(column.null if column else ()))
    if nulls:
        spellings = ", ".join(quoted(value.strip().casefold()) for value in nulls)
        text = f"CASE WHEN lower(trim({source})) IN ({spellings}) THEN NULL ELSE {text} END"
    return text


def plain_key(text: str) -> str:
    """How enumerated values are compared: no case, no accents."""
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().strip().casefold()


def value(raw: str, column: Column, decimal: str) -> str:
    """SQL of the typed value of cleaned text `raw`."""
    kind = column.as_
    if kind in NUMBERS:
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
        return _moment(f"regexp_replace({raw}, '\\s*(Z|UTC|[+-]\\d\\d:?\\d\\d)$', '')", column.format or ("%Y-%m-%d %H:%M:%S",))
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


def _enum(raw: str, column: Column) -> str:
    whens = " ".join(f"WHEN {quoted(plain_key(key))} THEN {quoted(result)}" for key, result in column.values.items())
    other = raw if column.other == "keep" else "NULL"
    return f"CASE lower(strip_accents({raw})) {whens} ELSE {other} END" if whens else raw


def _number(raw: str, kind: str, decimal: str) -> str:
    """Digits with the given decimal mark; groups must be groups of three, so `12.5` never becomes 125."""
    target = "DECIMAL(38,6)" if kind == "int" else SQL_TYPE[kind]
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
        fast = f"CASE WHEN NOT contains({raw}, '_') THEN try_cast({raw} AS {target}) END, "
    sign = f"CASE WHEN contains({dense}, '-') OR starts_with({dense}, '(') THEN -1 ELSE 1 END"
    slow = f"CASE WHEN {body} <> '' AND regexp_full_match({body}, '{grouped}') THEN try_cast({digits} AS {target}) * {sign} END"
    result = f"coalesce({fast}{slow})" if fast else slow
    if kind == "percent":
        return f"{result} / 100"
    if kind == "ratio":
        return f"CASE WHEN contains({raw}, '%') THEN {result} / 100 ELSE {result} END"
    if kind == "int":
        return f"CASE WHEN {result} = trunc({result}) THEN try_cast({result} AS BIGINT) END"
    return f"try_cast({result} AS {target})"


def decimal_marks(con: duckdb.DuckDBPyConnection, table: str, cells: Mapping[str, str], spec: ProfileFile, french: bool, file: str) -> dict[str, str]:
    """Decimal mark of each number column. `cells` maps a working name to the SQL of its text.

    Evidence in the column decides (both marks in a cell, or other than three digits after the mark); then the other columns of the
    file; then the language of the header. A column whose cells all look like `1,234` with nothing else to go by is refused.
    """
    numeric = [name for name in cells if spec.columns[name].as_ in NUMBERS]
    if spec.read.decimal != "auto":
        return dict.fromkeys(numeric, spec.read.decimal)
    if not numeric:
        return {}
    parts = []
    for name in numeric:
        text = cells[name]
        parts += [
            f"count(*) FILTER (regexp_matches({text}, '{_COMMA}'))",
            f"count(*) FILTER (regexp_matches({text}, '{_POINT}'))",
            f"count(*) FILTER (regexp_matches({text}, '{_UNDECIDED}'))",
            f"any_value({text}) FILTER (regexp_matches({text}, '{_UNDECIDED}'))",
        ]
    row = con.execute(f"SELECT {', '.join(parts)} FROM {table}").fetchone() or ()
    marks: dict[str, str] = {}
    open_columns: dict[str, str | None] = {}
    for index, name in enumerate(numeric):
        comma, point, undecided, example = row[4 * index : 4 * index + 4]
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
    bad = r"[\x00-\x1f\x7f-\x{9f}\x{ad}\x{61c}\x{200b}-\x{200f}\x{2028}-\x{202e}\x{2060}-\x{206f}\x{feff}\x{fff9}-\x{fffb}]"
    washed = f"nullif(trim(regexp_replace(regexp_replace({text}, '[\\t\\r\\n]+', ' ', 'g'), '{bad}', '', 'g')), '')"
    return f"CASE WHEN regexp_matches({text}, '{bad}') THEN {washed} ELSE {text} END"
