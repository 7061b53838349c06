"""Dates and times as SQL: what a column of them looks like, and how its cells are read once the order of day and month is known.

A cell is brought into ISO form by replacements, each only where the column has such cells, and then cast; what is left over is refused.
A two-digit year is one of this century.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from kpi_core.sources.profiles.expression import quoted
from kpi_core.sources.rows.facts import MONTHS

ORDERS = ("dmy", "mdy", "ymd")
SLASHED = {"dmy": "%d/%m/%Y", "mdy": "%m/%d/%Y"}
ISO = ("%Y-%m-%d",)
ISO_TIMES = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d")
TIME_FORMATS = ("%H:%M:%S", "%H:%M")
# minutes ahead of UTC; names that several countries use (CST, IST) are not here
ZONES = {
    "z": 0, "utc": 0, "gmt": 0, "wet": 0, "west": 60, "bst": 60, "cet": 60, "mez": 60, "cest": 120, "mesz": 120, "eet": 120, "eest": 180,
    "edt": -240, "est": -300, "cdt": -300, "mdt": -360, "mst": -420, "pdt": -420, "pst": -480, "akdt": -480, "akst": -540, "hst": -600,
    "jst": 540, "aest": 600, "aedt": 660,
}  # fmt: skip
_OFFSET = rf"(:\d\d(?:[.,]\d+)?(?: ?[AaPp]\.?[Mm]\.?)?)\s*((?i:{'|'.join(ZONES)})|(?:UTC|GMT)?[+-]\d\d:?\d\d)$"
_DAY, _MONTH = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])"
_BETWEEN, _LEAD, _YEAR = r"\s?[-/.]\s?", r"^(?:\pL+[.,]*\s+)?", r"(?:\d{4}|\d{2})(?:\D|$)"
CAN = {
    "dmy": f"{_LEAD}{_DAY}{_BETWEEN}{_MONTH}{_BETWEEN}{_YEAR}",
    "mdy": f"{_LEAD}{_MONTH}{_BETWEEN}{_DAY}{_BETWEEN}{_YEAR}",
    "ymd": rf"^\d\d-{_MONTH}-{_DAY}(?:\D|$)",
}
TRIPLE = f"{CAN['dmy']}|{CAN['mdy']}|{CAN['ymd']}"
_DOTTED = rf"{_LEAD}\d{{1,2}}\.\s?\d{{1,2}}\.\s?\d"
_NUMBERS = r"(\d{1,4})\s?[-/.]\s?(\d{1,2})\s?[-/.]\s?(\d{1,4})"
SHAPES = {
    "words": r"(?i)[a-zéûä]{3}",
    "half": r"(?i)\d ?[ap]\.?m\.?(?:$|[^a-z])",
    "compact": r"^\d{8}(?:[tT ]?\d{6})?$",
    "serial": r"^\d{5}(?:\.\d+)?$",
}


@dataclass(frozen=True)
class Days:
    """Cells of a column of dates, counted. `plain`: ISO or `__/__/____` throughout. `triples` are three numbers of which one must be a day
    and one a month; `can` counts those that each order could read. `local` cells name no offset. `shapes`: what else is there."""

    filled: int
    plain: bool
    triples: int = 0
    can: dict[str, int] = field(default_factory=dict)
    dotted: int = 0
    local: int = 0
    shapes: frozenset[str] = frozenset()

    @property
    def orders(self) -> tuple[str, ...]:
        """Orders that could read every cell."""
        return tuple(order for order in ORDERS if self.triples and self.can.get(order, 0) == self.triples)


def plain_counts(text: str, kind: str) -> list[str]:
    """Five cheap counts of a column: filled, plain ISO, slashed, slashed with a first number over 12, with a second one."""
    if kind == "date":
        iso, slashed = f"{text} LIKE '____-__-__'", f"{text} LIKE '__/__/____'"
    else:
        iso = f"{text} LIKE '____-__-_____:__:__%' AND {_plain_offset(text)}"
        slashed = f"({text} LIKE '__/__/____ __:__' OR {text} LIKE '__/__/____ __:__:__')"
    later = f"length({text}) > 19" if kind == "timestamp" else "false"
    return [
        f"count(*) FILTER ({iso})",
        f"count(*) FILTER ({slashed})",
        f"count(*) FILTER ({slashed} AND left({text}, 2) > '12')",
        f"count(*) FILTER ({slashed} AND substr({text}, 4, 2) > '12')",
        f"count(*) FILTER ({later})",
    ]


def _plain_offset(text: str) -> str:
    """SQL: behind `2026-04-03 10:05:06` stands nothing, or an offset in digits, or Z, or UTC."""
    tail = f"substr({text}, 20)"
    digits = f"(substr({text}, 20, 1) IN (' ', '+', '-') AND try_cast(replace({tail}, ':', '') AS INTEGER) IS NOT NULL)"
    return f"(length({text}) = 19 OR {digits} OR {tail} IN ('Z', ' UTC'))"


def plain_days(filled: int, iso: int, slashed: int, first: int, second: int, offsets: int) -> Days:
    can = {"dmy": slashed - second, "mdy": slashed - first, "ymd": 0}
    both = min(first, second)  # neither order reads a cell with two numbers over 12
    return Days(filled, iso + slashed == filled and not both, slashed, can, 0, filled - offsets)


def shape_counts(text: str) -> list[str]:
    """Counts of a column that is not plain; `shaped_days` takes them."""
    patterns = [TRIPLE, *CAN.values(), _DOTTED, _OFFSET, *SHAPES.values()]
    return [f"count(*) FILTER (regexp_matches({text}, {quoted(pattern)}))" for pattern in patterns]


def shaped_days(filled: int, counts: Sequence[int]) -> Days:
    triples, dmy, mdy, ymd, dotted, offsets, *shapes = counts
    found = {name for name, count in zip(SHAPES, shapes, strict=True) if count}
    return Days(filled, False, triples, {"dmy": dmy, "mdy": mdy, "ymd": ymd}, dotted, filled - offsets, frozenset(found))


def declared_orders(formats: Iterable[str]) -> tuple[str, ...]:
    """Orders of day and month that the formats of a profile allow; formats that name the month or begin with the year of four digits say nothing."""
    found = {order for text in formats if (order := _order(text))}
    return tuple(order for order in ORDERS if order in found)


def _order(text: str) -> str | None:
    signs = [sign for sign in re.findall(r"%-?([a-zA-Z])", text) if sign in "dmyYbB"]
    return {"dmy": "dmy", "dmY": "dmy", "mdy": "mdy", "mdY": "mdy", "ymd": "ymd"}.get("".join(signs[:3]))


def differing(text: str) -> str:
    """SQL: the first two numbers differ, so the order of day and month matters."""
    first, second = (f"try_cast(regexp_extract({text}, {quoted(_NUMBERS)}, {group}) AS INTEGER)" for group in (1, 2))
    return f"regexp_matches({text}, {quoted(TRIPLE)}) AND {first} <> {second}"


def read_as(cell: str, order: str) -> date | None:
    """The day that three numbers mean in an order, for questions and notes."""
    found = re.search(_NUMBERS, cell)
    if found is None:
        return None
    numbers = dict(zip(order, found.groups(), strict=True))
    year = numbers["y"] if len(numbers["y"]) == 4 else f"20{numbers['y']:0>2}"
    try:
        return date(int(year), int(numbers["m"]), int(numbers["d"]))
    except ValueError:
        return None


# ---------------------------------------------------------------- SQL


def moment(raw: str, formats: Sequence[str], order: str | None, look: Days | None, kind: str, *, typed: bool = False) -> str:
    """SQL of the local time a cell states, its offset left aside; NULL for what is no date. `typed`: the file's own numbers may be Excel days."""
    declared = [text for text in formats if text != "auto" and "%y" not in text and _order(text) in (None, order)]
    if order in SLASHED:
        declared += [SLASHED[order]] if kind == "date" else [f"{SLASHED[order]} %H:%M", f"{SLASHED[order]} %H:%M:%S", SLASHED[order]]
    known = dict.fromkeys((*declared, *(ISO if kind == "date" else ISO_TIMES)))
    if look is not None and look.plain and not look.triples:  # DuckDB reads ISO by itself
        return _this_age(f"try_cast({raw} AS DATE)" if kind == "date" else f"try_cast(left({raw}, 19) AS TIMESTAMP)")
    bare = raw if kind == "date" or (look is not None and look.filled == look.local) else _without_offset(raw)
    parsed = f"try_strptime({bare}, [{', '.join(quoted(text) for text in known)}])"
    if look is None or not look.plain:
        parsed = f"coalesce({_this_age(parsed)}, {_general(raw, order, look, typed)})"
    return _this_age(parsed)


def _this_age(parsed: str) -> str:
    return f"CASE WHEN year({parsed}) BETWEEN 1900 AND 2200 THEN {parsed} END"  # 24 is not the year of a sale


def _without_offset(raw: str) -> str:
    return f"regexp_replace({raw}, {quoted(_OFFSET)}, '\\1')"


def _general(raw: str, order: str | None, look: Days | None, typed: bool) -> str:
    shapes = look.shapes if look is not None else frozenset(SHAPES)
    text = f"lower(strip_accents(regexp_replace(trim({raw}), '[\\s\\x{{a0}}\\x{{202f}}\\x{{2009}}]+', ' ', 'g')))"
    text = _without_offset(text)
    if "words" in shapes:
        for number, names in enumerate(MONTHS, 1):
            spelt = "|".join(sorted(names, key=len, reverse=True))
            text = _replaced(text, rf"(^|[^a-z])(?:{spelt})\.?([^a-z]|$)", rf"\1~{number:02}~\2")
        for year, begin, end in (("(\\d{4})", "", ""), ("(\\d\\d)([^\\d:]|$)", "20", "\\4")):
            text = _replaced(text, rf"^[a-z., ]*~(\d\d)~[-/., ]*(\d{{1,2}})(?:st|nd|rd|th)?[-/., ]+{year}", rf"{begin}\3-\1-\2{end}")
            lead = r"^(?:[a-z., ]*|~\d\d~[., ]*)"
            text = _replaced(text, rf"{lead}(\d{{1,2}})(?:er|st|nd|rd|th)?[-/., ]*~(\d\d)~[-/., ]*{year}", rf"{begin}\3-\2-\1{end}")
        text = _replaced(text, r"^(\d{4})[-/., ]*~(\d\d)~[-/., ]*(\d{1,2})", r"\1-\2-\3")
    if order in SLASHED:
        for year, begin, end in (("(\\d{4})", "", ""), ("(\\d\\d)(\\D|$)", "20", "\\4")):
            places = r"\3-\2-\1" if order == "dmy" else r"\3-\1-\2"
            text = _replaced(text, rf"^(?:[a-z]+[.,]* )?(\d{{1,2}}) ?[-/.] ?(\d{{1,2}}) ?[-/.] ?{year}", begin + places + end)
    elif order == "ymd":
        text = _replaced(text, r"^(\d\d)-(\d{1,2})-(\d{1,2})(\D|$)", r"20\1-\2-\3\4")
    text = _replaced(text, r"^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})", r"\1-\2-\3")
    if "compact" in shapes:
        text = _replaced(_replaced(text, r"^(\d{4})(\d\d)(\d\d)$", r"\1-\2-\3"), r"^(\d{4})(\d\d)(\d\d)[t ]?(\d\d)(\d\d)(\d\d)$", r"\1-\2-\3 \4:\5:\6")
    local = _clocked(_replaced(text, r"^(\d{4}-\d{1,2}-\d{1,2})(?:t|,| |at|a|um|-)+(\d)", r"\1 \2"), "half" in shapes)
    if typed and "serial" in shapes:
        days = f"CASE WHEN regexp_matches({raw}, {quoted(SHAPES['serial'])}) THEN try_cast({raw} AS DOUBLE) END"
        local = f"coalesce({local}, TIMESTAMP '1899-12-30' + to_seconds(round({days} * 86400)))"
    return local


def _replaced(text: str, pattern: str, by: str) -> str:
    return f"regexp_replace({text}, {quoted(pattern)}, {quoted(by)})"


def _clocked(text: str, half: bool) -> str:
    """ISO day and clock to a time; 12 hours with am and pm, also after a clock of 24 hours (`14:03 PM`)."""
    text = _replaced(text, r"(\d)h(\d\d)", r"\1:\2")
    bare = _replaced(text, r"(\d) ?[ap]\.?m\.?$", r"\1") if half else text
    exact = r"^(\d{4}-\d{1,2}-\d{1,2}(?: \d{1,2}:\d\d(?::\d\d(?:\.\d{1,9})?)?)?)(?: uhr)?$"
    local = f"try_cast(nullif(regexp_extract({bare}, {quoted(exact)}, 1), '') AS TIMESTAMP)"
    if not half:
        return local
    sign = f"regexp_extract({text}, '\\d ?([ap])\\.?m\\.?$', 1)"
    return (
        f"CASE WHEN {sign} = 'p' AND hour({local}) < 12 THEN {local} + INTERVAL 12 HOUR "
        f"WHEN {sign} = 'a' AND hour({local}) = 12 THEN {local} - INTERVAL 12 HOUR "
        f"WHEN {sign} = 'a' AND hour({local}) > 12 THEN NULL ELSE {local} END"
    )


def clock(raw: str, formats: Sequence[str]) -> str:
    """SQL of a time of day: `10:05`, `10h05`, `2:05 PM`."""
    low = f"regexp_replace(replace(lower({raw}), 'h', ':'), ':$', ':00')"
    parsed = f"try_strptime({low}, [{', '.join(quoted(item) for item in formats or TIME_FORMATS)}])"
    spaced = f"regexp_replace(lower({raw}), '[\\s\\x{{a0}}\\x{{202f}}]+', ' ', 'g')"
    clocked = _clocked(f"('2000-01-01 ' || {spaced})", True)
    read = f"try_cast(coalesce({parsed}, {clocked}) AS TIME)"
    if formats:
        return read
    plain = f"WHEN {raw} LIKE '__:__' THEN try_cast({raw} || ':00' AS TIME) WHEN {raw} LIKE '__:__:__' THEN try_cast({raw} AS TIME)"
    return f"coalesce(CASE WHEN {raw} >= '24' THEN NULL {plain} END, {read})"  # most are plain, which DuckDB reads by itself


def in_zone(raw: str, local: str, zone: str, own: str | None = None, look: Days | None = None) -> str:
    """A local time as the local time of `zone` at that moment. A cell's offset counts first, then `own` (SQL of the name of the zone it was
    written in); without either it is the time of `zone` already."""
    written = local if own is None else f"coalesce(timezone({quoted(zone)}, timezone({own}, {local})), {local})"
    if look is not None and look.filled == look.local:
        return written
    if look is not None and look.plain:
        offset = f"trim(substr({raw}, 20))"
        names, digits = ("Z", "UTC"), f"replace({offset}, ':', '')"
        named = " ".join(f"WHEN {quoted(name)} THEN 0" for name in names)
    else:
        offset = f"lower(regexp_extract({raw}, {quoted(_OFFSET)}, 2))"
        digits = f"regexp_replace({offset}, '[^-+0-9]', '', 'g')"
        named = " ".join(f"WHEN {quoted(name)} THEN {ahead}" for name, ahead in ZONES.items())
    minutes = f"try_cast({digits}[2:3] AS INTEGER) * 60 + try_cast(right({digits}, 2) AS INTEGER)"
    ahead = f"CASE {offset} {named} ELSE CASE WHEN starts_with({digits}, '-') THEN -({minutes}) ELSE {minutes} END END"
    moved = f"timezone({quoted(zone)}, timezone('UTC', {local} - to_minutes({ahead})))"
    return f"CASE WHEN {offset} = '' THEN {written} ELSE {moved} END"
