"""Cells to values, as SQL: money with its symbols, percents, dates by format, null spellings, Excel guards.

Every function returns SQL over one column of text. A cell that holds something but yields NULL is a refused cell, never a zero.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import duckdb

from kpi_core.sources.cells import currency, moments
from kpi_core.sources.cells.moments import Days
from kpi_core.sources.profiles.expression import quoted
from kpi_core.sources.profiles.language import SQL_TYPE, Column, ProfileFile, Read

NUMBERS = ("int", "number", "money", "percent", "ratio")
MOMENTS = ("date", "timestamp")
TRUE = ("true", "yes", "y", "1", "oui", "o", "vrai", "ja")
FALSE = ("false", "no", "n", "0", "non", "faux", "nein")
_SPACES = r"[\s\x{a0}\x{202f}\x{2009}]+"
_EDGE = r"[\s\x{a0}\x{202f}\x{feff}]"
_BARE = f"^[''=]|^{_EDGE}|{_EDGE}$"
_UNCLEAN = r"[\x00-\x1f\x7f-\x{9f}\x{ad}\x{61c}\x{180e}\x{200b}-\x{200f}\x{2028}-\x{202e}\x{2060}-\x{206f}\x{feff}\x{fff9}-\x{fffb}\x{e0000}-\x{e007f}]"
_UNCLEAN_TEXT = re.compile("[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]")
_PLAIN = r"-?\d{1,15}([.,]\d{1,2})?"


_MARK = "\uf8ff"  # between the cells of a line: no text uses it
_EDGES = "\t\n\f\r \xa0\u202f\ufeff"  # the signs of _EDGE


@dataclass(frozen=True)
class Dress:
    """What the text of a table needs: `columns` hold blanks or guards around cells, `unclean` has characters that no screen may get."""

    columns: frozenset[int]
    unclean: bool


def dress(con: duckdb.DuckDBPyConnection, table: str, columns: Sequence[int], signs: frozenset[str] | None = None) -> Dress:
    """Look once at every cell, and only for what the file holds at all. `signs`: see `Decoded.signs`; a line break in a cell is one of them."""
    edges = [sign for sign in _EDGES if sign == " " or signs is None or sign in signs]
    marks = ("'", "=", *edges)
    first = " OR ".join(f"starts_with({{0}}, {quoted(sign)})" for sign in marks)
    last = " OR ".join(f"ends_with({{0}}, {quoted(sign)})" for sign in edges)
    # all ASCII ones but = come before (: comparing is far cheaper than looking for each of them
    maybe = " OR ".join(("{0} < '('", "({0} >= '=' AND {0} < '>')", *(f"starts_with({{0}}, {quoted(sign)})" for sign in edges if not sign.isascii())))
    tests = [f"bool_or({maybe})".format(f"c{index}") for index in columns]
    tests += [f"bool_or({last})".format(f"c{index}") for index in columns]
    if signs is None or any(map(unclean, signs)):
        line = f"concat_ws('{_MARK}', {', '.join(f'c{index}' for index in columns)})"
        tests.append(f"bool_or(regexp_matches({line}, '{_UNCLEAN}'))")
    row = con.execute(f"SELECT {', '.join(tests)} FROM {table}").fetchone() or ()
    width = len(columns)
    dressed = {index for index, hit in zip(columns, row[width : 2 * width], strict=True) if hit}
    open_ = [index for index, hit in zip(columns, row[:width], strict=True) if hit and index not in dressed]
    if open_:
        begun = con.execute(f"SELECT {', '.join(f'bool_or({first})'.format(f'c{index}') for index in open_)} FROM {table}").fetchone() or ()
        dressed |= {index for index, hit in zip(open_, begun, strict=True) if hit}
    return Dress(frozenset(dressed), any(row[2 * width :]))


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
    that DuckDB casts as they are; `commas` and `points` hold such a sign. `days`: how a column of dates looks."""

    filled: int
    plain: int = 0
    quick: int = 0
    commas: int = 0
    points: int = 0
    days: Days | None = None


def looks(con: duckdb.DuckDBPyConnection, table: str, cells: Mapping[str, str], spec: ProfileFile) -> dict[str, Look]:
    """One cheap pass over all columns: what is empty, all plain numbers or all plain dates needs no parser. `cells`: working name -> SQL of its text."""
    parts: list[str] = []
    widths: dict[str, int] = {}
    pointed = spec.read.decimal == "."
    for name, text in cells.items():
        kind = spec.columns[name].as_
        own = [f"count({text})"]
        if kind in NUMBERS:
            own += _signs_of(text) if not pointed else ["0", f"count({_quick(text, kind)})", "0", f"count(*) FILTER (contains({text}, '.'))"]
        elif kind in MOMENTS:
            own += moments.plain_counts(text, kind)
        widths[name] = len(own)
        parts += own
    counts = iter(con.execute(f"SELECT {', '.join(parts)} FROM {table}").fetchone() or ()) if parts else iter(())
    found: dict[str, Look] = {}
    for name, width in widths.items():
        got = [next(counts) for _ in range(width)]
        found[name] = Look(got[0], days=moments.plain_days(*got)) if spec.columns[name].as_ in MOMENTS else Look(*got)
    numbers = [name for name in cells if spec.columns[name].as_ in NUMBERS]
    # where all of them cast as they are (a comma does not), how they look changes nothing; whole numbers have a shorter way
    whole = [name for name in numbers if spec.columns[name].as_ == "int"]
    again = numbers if any(found[name].quick != found[name].filled for name in numbers) else whole
    if pointed and again:
        row = con.execute(f"SELECT {', '.join(part for name in again for part in _signs_of(cells[name]))} FROM {table}").fetchone() or ()
        for place, name in enumerate(again):
            plain, _, commas, points = row[4 * place : 4 * place + 4]
            found[name] = replace(found[name], plain=plain, commas=commas, points=points)
    odd = [name for name, look in found.items() if look.days is not None and look.filled and not look.days.plain]
    if odd:
        lists = [moments.shape_counts(cells[name]) for name in odd]
        row = con.execute(f"SELECT {', '.join(part for parts in lists for part in parts)} FROM {table}").fetchone() or ()
        width = len(lists[0])
        for place, name in enumerate(odd):
            found[name] = Look(found[name].filled, days=moments.shaped_days(found[name].filled, row[place * width : (place + 1) * width]))
    return found


def _signs_of(text: str) -> list[str]:
    """Counts of plain numbers, (none that were cast), commas and points."""
    return [
        f"count(*) FILTER (regexp_full_match({text}, '{_PLAIN}'))",
        "0",
        f"count(*) FILTER (contains({text}, ','))",
        f"count(*) FILTER (contains({text}, '.'))",
    ]


@dataclass(frozen=True)
class Way:
    """How the cells of one column are read: what was decided from the file, or answered.

    `order` of day and month in numbers; `own_zone`: SQL of the zone in which times without an offset are written; `currency` of amounts
    whose sign decides nothing; `typed`: the file has numbers of its own (a workbook), so that five digits may be a day.
    """

    decimal: str = "."
    order: str | None = None
    own_zone: str | None = None
    currency: str | None = None
    typed: bool = False


def value(raw: str, column: Column, decimal: str = ".", look: Look | None = None, zone: str | None = None, way: Way | None = None) -> str:
    """SQL of the typed value of cleaned text `raw`; with `look`, only as much of a parser as the cells of the column need.

    A moment that names its offset becomes the time that clocks show in `zone` then (None: the time as it is written). `way` goes
    before `decimal`.
    """
    way = way or Way(decimal)
    kind = column.as_
    if look is not None and not look.filled:
        return "NULL"
    if kind in NUMBERS:
        return _as_number(raw, kind, way.decimal, look)
    if kind == "id":
        whole = f"regexp_replace({raw}, '^(-?\\d+)\\.0+$', '\\1')"
        return f"CASE WHEN contains({raw}, 'E+') AND {shortened(raw)} THEN NULL ELSE {whole} END"
    if kind == "enum":
        return _enum(raw, column)
    if kind == "email":
        return f"CASE WHEN {raw} LIKE '%_@_%' THEN lower(trim({raw})) END"
    if kind == "currency":
        return currency.code(raw, way.currency)
    if kind in MOMENTS:
        days = look.days if look is not None else None
        order = way.order or next(iter(moments.declared_orders(column.format)), None)
        local = moments.moment(raw, column.format, order, days, kind, typed=way.typed)
        if kind == "date":
            return f"try_cast({local} AS DATE)"
        return local if zone is None else moments.in_zone(raw, local, zone, way.own_zone, days)
    if kind == "time":
        return moments.clock(raw, column.format)
    if kind == "bool":
        low = f"lower({raw})"
        yes, no = (", ".join(quoted(item) for item in items) for items in (TRUE, FALSE))
        return f"CASE WHEN {low} IN ({yes}) THEN true WHEN {low} IN ({no}) THEN false END"
    if kind == "list":
        return f"list_filter(list_transform(string_split({raw}, {quoted(column.sep)}), lambda item: trim(item)), lambda item: item <> '')"
    if kind == "duration":
        return _duration(raw)
    return raw


def _as_number(raw: str, kind: str, decimal: str, look: Look | None) -> str:
    if look is not None and kind != "ratio":  # a ratio depends on its sign of percent
        if look.plain == look.filled and not look.commas and not look.points and kind == "int":
            return f"try_cast({raw} AS BIGINT)"
        if decimal == "." and (look.quick == look.filled or (look.plain == look.filled and not look.commas)):
            return _as_kind(f"try_cast({raw} AS {_target(kind)})", kind)
        if decimal == "," and look.plain == look.filled and not look.points:
            return _as_kind(f"try_cast(replace({raw}, ',', '.') AS {_target(kind)})", kind)
    return _number(raw, kind, decimal)


_UNITS = (
    ("d|j|days?|jours?|tage?", 86400),
    ("h|hrs?|hours?|heures?|std|stunden?", 3600),
    ("m|mn|mins?|minutes?|minuten?", 60),
    ("s|secs?|seconds?|secondes?|sek", 1),
)


def _duration(raw: str) -> str:
    """Seconds: `00:22:49`, `22:49` (minutes first), `22 min 49 s`, `1m 3s`, or plain seconds."""
    low = f"replace(regexp_replace(lower({raw}), '[\\s\\x{{a0}}\\x{{202f}}]+', '', 'g'), ',', '.')"
    parts = f"list_reverse(string_split({low}, ':'))"
    clock = " + ".join(f"coalesce(try_cast({parts}[{place}] AS DOUBLE), 0) * {60 ** (place - 1)}" for place in (1, 2, 3))
    number = r"(\d+(?:\.\d+)?)"
    shape = "".join(f"(?:{number}(?:{names})\\.?)?" for names, _ in _UNITS)
    spelt = " + ".join(f"coalesce(try_cast(regexp_extract({low}, '^{shape}$', {place}) AS DOUBLE), 0) * {worth}" for place, (_, worth) in enumerate(_UNITS, 1))
    return (
        f"CASE WHEN regexp_full_match({low}, '\\d+(:[0-5]?\\d){{1,2}}(\\.\\d+)?') THEN {clock} "
        f"WHEN regexp_full_match({low}, '\\d+(\\.\\d+)?') THEN try_cast({low} AS DOUBLE) "
        f"WHEN regexp_matches({low}, '\\d') AND regexp_full_match({low}, '{shape}') THEN {spelt} END"
    )


def shortened(raw: str) -> str:
    """SQL: a long number as a spreadsheet shows it in a narrow column, `5,67890E+12`: its last digits are lost."""
    return f"regexp_full_match({raw}, '\\d([.,]\\d+)?E\\+\\d{{1,3}}')"


def may_refuse(column: Column) -> bool:
    """Can a filled cell of this column fail to be read?"""
    return column.as_ not in ("text", "comment", "email", "phone", "enum", "list") or (column.as_ == "enum" and column.other == "reject")


def refused(raw: str, result: str, column: Column) -> str:
    """SQL: the cell holds something, and it is nothing of its kind. An amount without a sign is no mistake in a column of currencies."""
    excused = f" AND NOT {currency.undecided(raw)}" if column.as_ == "currency" else ""
    return f"{raw} IS NOT NULL AND {result} IS NULL{excused}"


def _enum(raw: str, column: Column) -> str:
    whens = " ".join(f"WHEN {quoted(plain_key(key))} THEN {quoted(result)}" for key, result in column.values.items())
    other = raw if column.other == "keep" else "NULL"
    return f"CASE lower(strip_accents({raw})) {whens} ELSE {other} END" if whens else raw


def _number(raw: str, kind: str, decimal: str) -> str:
    """Digits with the given decimal mark; groups must be groups of three, so `12.5` never becomes 125."""
    target = _target(kind)
    dense = f"upper(replace(regexp_replace({raw}, '{_SPACES}', '', 'g'), '−', '-'))"
    money = f"{currency.MARKS}?" if kind == "money" else ""
    percent = "%?" if kind in ("percent", "ratio") else ""
    shape = f"^[-+(]?{money}[-+]?([0-9][0-9.,''’]*|[.,][0-9]+){money}{percent}[)-]?$"
    body = f"regexp_extract({dense}, '{shape}', 1)"
    if decimal == ",":
        grouped, digits = r"[1-9]\d{0,2}([.''’]\d{3})+(,\d*)?|\d*,?\d*", f"replace(regexp_replace({body}, '[.''’]', '', 'g'), ',', '.')"
        fast = ""
    else:
        grouped, digits = r"[1-9]\d{0,2}([,''’]\d{3})+(\.\d*)?|[1-9]\d?(,\d\d)+,\d{3}(\.\d*)?|\d*\.?\d*", f"regexp_replace({body}, '[,''’]', '', 'g')"
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


def clean(text: str) -> str:
    """Text as it may reach a screen: breaks become blanks; C0, C1, bidi and invisible characters go."""
    washed = f"nullif(trim(regexp_replace(regexp_replace({text}, '[\\t\\r\\n]+', ' ', 'g'), '{_UNCLEAN}', '', 'g')), '')"
    return f"CASE WHEN regexp_matches({text}, '{_UNCLEAN}') THEN {washed} ELSE {text} END"


def unclean(text: str) -> bool:
    """Would `clean` change this text?"""
    return _UNCLEAN_TEXT.search(text) is not None
