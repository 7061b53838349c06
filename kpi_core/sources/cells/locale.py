"""What only a file itself can say about its columns: decimal marks, the order of day and month, time zones.

The evidence is taken in this order: an answer in config/layouts.yaml; the cells of the column; the other columns of the file; what the
profile declares; the language of the header. What stays open is asked, never guessed; what did not come from the column itself is told
in the account (`Choices`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import duckdb

from kpi_core.config.layouts import Answers, zone_known
from kpi_core.sources.account.questions import Choices, Option, Question, undecided
from kpi_core.sources.cells import currency, moments
from kpi_core.sources.cells.types import MOMENTS, NUMBERS, Look, Way
from kpi_core.sources.profiles.expression import quoted
from kpi_core.sources.profiles.language import Column, ProfileFile
from kpi_core.sources.profiles.profile import ASKED
from kpi_core.sources.recognise import Recognised, norm

UNDECIDED = r"^\D*[1-9]\d{0,2}[.,]\d{3}\D*$"
_GROUP = r"\d[\s\x{a0}\x{202f}\x{2009}'’]\d{3}"
_COMMA = rf",(\d{{1,2}}|\d{{4,}})\D*$|\.\d{{3}},\d*|\.\d{{3}}\.\d{{3}}|^\D*0,\d+|^\D*\d{{4,}},\d|^[-+( $€£]*,\d|{_GROUP},\d"
_POINT = rf"\.(\d{{1,2}}|\d{{4,}})\D*$|,\d{{3}}\.\d*|,\d{{2,3}},\d{{3}}|^\D*0\.\d+|^\D*\d{{4,}}\.\d|^[-+( $€£]*\.\d|{_GROUP}\.\d"
_BROKEN = (r"^\D*[1-9]\d{0,2},(?:\d\d[1-9]|\d[1-9]\d|[1-9]\d\d)\D*$", r"^\D*[1-9]\d{0,2}\.(?:\d\d[1-9]|\d[1-9]\d|[1-9]\d\d)\D*$")  # no whole number

CONTRADICTED = "{column}: {cell} is read as {value}; the cells of the column allow nothing else, though the format says otherwise"
SIBLINGS = "{column}: {cell} is read as {value}, like the other columns of the file"
WHOLE = "{column}: {cell} is read as {value}; the column holds whole numbers"
LANGUAGE = "{column}: {cell} is read as {value}, by the language of the header"
DOTTED = "{column}: {cell} is read as {value}; with points between the numbers the day comes first"
COMMAS = "{column}: {cell} is read as {value}; decimal commas in the file: the day comes first"
ANSWERED = "{column}: {cell} is read as {value}, as answered in config/layouts.yaml"
ZONE_ANSWERED = "{column}: times without an offset are taken as {zone}, as answered in config/layouts.yaml"
ZONE_PROFILE = "{column}: times without an offset are taken as {zone}, as the format says"
ZONE_COLUMN = "{column}: times without an offset are taken in the zone that column {zone} names"
ZONE_UNKNOWN = "{column}: {name} is taken as {zone}, as answered in config/layouts.yaml"
ZONE_HERE = "{column}: times without an offset are taken as {zone}, the zone of the calendar"
NO_CURRENCY = "{column}: {cell} names no currency for sure; write currency in config/layouts.yaml"

_Told = list[tuple[str, tuple[tuple[str, str], ...]]]

# the names that Ruby on Rails writes (Square and others); Europe/Paris and its like need no translation
RAILS = {
    "International Date Line West": "Etc/GMT+12", "Hawaii": "Pacific/Honolulu", "Alaska": "America/Juneau", "Pacific Time (US & Canada)": "America/Los_Angeles",
    "Tijuana": "America/Tijuana", "Mountain Time (US & Canada)": "America/Denver", "Arizona": "America/Phoenix", "Chihuahua": "America/Chihuahua",
    "Mazatlan": "America/Mazatlan", "Central Time (US & Canada)": "America/Chicago", "Saskatchewan": "America/Regina", "Guadalajara": "America/Mexico_City",
    "Mexico City": "America/Mexico_City", "Monterrey": "America/Monterrey", "Central America": "America/Guatemala",
    "Eastern Time (US & Canada)": "America/New_York", "Indiana (East)": "America/Indiana/Indianapolis", "Bogota": "America/Bogota", "Lima": "America/Lima",
    "Quito": "America/Lima", "Atlantic Time (Canada)": "America/Halifax", "Caracas": "America/Caracas", "La Paz": "America/La_Paz",
    "Santiago": "America/Santiago", "Newfoundland": "America/St_Johns", "Brasilia": "America/Sao_Paulo", "Buenos Aires": "America/Argentina/Buenos_Aires",
    "Montevideo": "America/Montevideo", "Puerto Rico": "America/Puerto_Rico", "Azores": "Atlantic/Azores", "Dublin": "Europe/Dublin",
    "Edinburgh": "Europe/London", "Lisbon": "Europe/Lisbon", "London": "Europe/London", "Casablanca": "Africa/Casablanca", "Belgrade": "Europe/Belgrade",
    "Bratislava": "Europe/Bratislava", "Budapest": "Europe/Budapest", "Ljubljana": "Europe/Ljubljana", "Prague": "Europe/Prague",
    "Sarajevo": "Europe/Sarajevo", "Skopje": "Europe/Skopje", "Warsaw": "Europe/Warsaw", "Zagreb": "Europe/Zagreb", "Brussels": "Europe/Brussels",
    "Copenhagen": "Europe/Copenhagen", "Madrid": "Europe/Madrid", "Paris": "Europe/Paris", "Amsterdam": "Europe/Amsterdam", "Berlin": "Europe/Berlin",
    "Bern": "Europe/Zurich", "Zurich": "Europe/Zurich", "Rome": "Europe/Rome", "Stockholm": "Europe/Stockholm", "Vienna": "Europe/Vienna",
    "Bucharest": "Europe/Bucharest", "Cairo": "Africa/Cairo", "Helsinki": "Europe/Helsinki", "Kyiv": "Europe/Kiev", "Riga": "Europe/Riga",
    "Sofia": "Europe/Sofia", "Tallinn": "Europe/Tallinn", "Vilnius": "Europe/Vilnius", "Athens": "Europe/Athens", "Istanbul": "Europe/Istanbul",
    "Jerusalem": "Asia/Jerusalem", "Pretoria": "Africa/Johannesburg", "Moscow": "Europe/Moscow", "Nairobi": "Africa/Nairobi", "Abu Dhabi": "Asia/Muscat",
    "Mumbai": "Asia/Kolkata", "New Delhi": "Asia/Kolkata", "Bangkok": "Asia/Bangkok", "Beijing": "Asia/Shanghai", "Hong Kong": "Asia/Hong_Kong",
    "Singapore": "Asia/Singapore", "Perth": "Australia/Perth", "Tokyo": "Asia/Tokyo", "Seoul": "Asia/Seoul", "Adelaide": "Australia/Adelaide",
    "Brisbane": "Australia/Brisbane", "Melbourne": "Australia/Melbourne", "Sydney": "Australia/Sydney", "Auckland": "Pacific/Auckland",
    "Wellington": "Pacific/Auckland",
}  # fmt: skip
# names that several countries use: what they may be
SEVERAL = {
    "CST": ("America/Chicago", "Asia/Shanghai", "America/Havana"), "IST": ("Asia/Kolkata", "Europe/Dublin", "Asia/Jerusalem"),
    "AST": ("America/Halifax", "Asia/Riyadh"), "GST": ("Asia/Dubai", "Atlantic/South_Georgia"),
    "SST": ("Pacific/Pago_Pago", "Asia/Singapore"), "ECT": ("America/Guayaquil", "Europe/Paris"),
}  # fmt: skip
MAX_ZONES = 200
MOST_ASKED = 5  # names of zones of one file


@dataclass(frozen=True)
class Table:
    """A staged table as it is looked at: `cells` maps a working name to the SQL of its text, `headers` to what the file calls it."""

    con: duckdb.DuckDBPyConnection
    relation: str
    cells: Mapping[str, str]
    headers: Mapping[str, str]
    seen: Mapping[str, Look]

    def examples(self, name: str, condition: str, count: int = 3) -> list[str]:
        """The first cells in order for which a condition holds."""
        rows = self.con.execute(f"SELECT DISTINCT {self.cells[name]} AS cell FROM {self.relation} WHERE {condition} ORDER BY 1 LIMIT {count}").fetchall()
        return [str(row[0])[:60] for row in rows]


def decide(table: Table, source: Recognised, header: Sequence[str], answers: Answers, zone: str | None) -> tuple[dict[str, Way], Choices]:
    """How each column is read, and what the account tells of it. Raises Undecided with every question the table leaves open."""
    spec = source.profile.spec
    continental = is_french(spec, header)
    typed = source.decoded.typed
    told: _Told = []
    asked: list[Question] = []
    marks = _marks(table, source, answers, continental, told, asked)
    comma = "," in marks.evident and "." not in marks.evident
    orders = _orders(table, source, answers, continental, comma, told, asked)
    ways = {name: Way(marks.of.get(name, "."), orders.get(name), typed=typed, currency=answers.currency) for name in table.cells}
    for name in table.cells:
        column = spec.columns[name]
        if column.as_ == "timestamp" and zone is not None:
            ways[name] = replace(ways[name], own_zone=_own_zone(table, source, name, answers, zone, told, asked))
        elif column.as_ == "currency" and answers.currency is None:
            _open_currency(table, source, name, column, told, asked)
    if asked:
        raise undecided(asked, str(source.path))
    return ways, tuple(told)


# ---------------------------------------------------------------- decimal marks


@dataclass(frozen=True)
class _Marks:
    of: dict[str, str]
    evident: frozenset[str]  # marks that some column shows by itself


def _marks(table: Table, source: Recognised, answers: Answers, continental: bool, told: _Told, asked: list[Question]) -> _Marks:
    spec = source.profile.spec
    declared = None if spec.read.decimal == "auto" else spec.read.decimal
    numeric = [name for name in table.cells if spec.columns[name].as_ in NUMBERS]
    counted = _counted(table, [name for name in numeric if _needs_a_look(table.seen[name], declared, [table.seen[other] for other in numeric])])
    own: dict[str, str] = {}
    for name in numeric:
        commas, points = counted[name][:2] if name in counted else (table.seen[name].commas, table.seen[name].points)
        if commas != points:
            own[name] = "," if commas > points else "."
    evident = frozenset(own.values())
    found: dict[str, str] = {}
    for name in numeric:
        open_cells = counted[name][2:] if name in counted else (0, 0, 0)
        mark, why = _mark(name, spec.columns[name], own, evident, open_cells, declared, answers, continental, source.decoded.typed)
        if mark is None:
            asked.append(_ask_mark(table, source, name))
            continue
        found[name] = mark
        if why:
            cell = next(iter(table.examples(name, f"regexp_matches({table.cells[name]}, {quoted(UNDECIDED if open_cells[0] else '[.,]')})", 1)), "")
            if cell:
                told.append((why, (("column", table.headers[name]), ("cell", cell), ("value", _number(cell, mark)))))
    return _Marks(found, evident)


def _needs_a_look(look: Look, declared: str | None, numeric: Iterable[Look]) -> bool:
    """Cells that are all plain, or all cast as they are in a file without a comma, say by themselves what they are."""
    if look.plain == look.filled:
        return False
    return declared != "." or look.quick != look.filled or any(other.commas for other in numeric)


def _counted(table: Table, names: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """Cells that prove a comma, a point, those that prove nothing, and of these the ones that would break a whole number at a comma, at a point."""
    patterns = (_COMMA, _POINT, UNDECIDED, *_BROKEN)
    parts = [f"count(*) FILTER (regexp_matches({table.cells[name]}, {quoted(pattern)}))" for name in names for pattern in patterns]
    row = table.con.execute(f"SELECT {', '.join(parts)} FROM {table.relation}").fetchone() if parts else None
    width = len(patterns)
    return {name: row[width * place : width * (place + 1)] for place, name in enumerate(names)} if row else {}


def _mark(
    name: str,
    column: Column,
    own: Mapping[str, str],
    evident: frozenset[str],
    open_cells: Sequence[int],
    declared: str | None,
    answers: Answers,
    continental: bool,
    typed: bool,
) -> tuple[str | None, str]:
    """The mark and, where it is to be told, why it is that one."""
    if name in answers.decimal:
        return answers.decimal[name], ANSWERED
    if name in own:
        return own[name], CONTRADICTED if declared not in (None, own[name]) else ""
    if len(evident) == 1:
        mark = next(iter(evident))
        return mark, SIBLINGS if declared not in (None, mark) and open_cells[0] else ""
    if declared is not None:
        return declared, ""
    if not open_cells[0] or typed:
        return "," if continental and not typed else ".", ""
    _, commas, points = open_cells
    if column.as_ == "int" and bool(commas) != bool(points):
        return ("." if commas else ","), WHOLE
    return (",", LANGUAGE) if continental else (None, "")


def _ask_mark(table: Table, source: Recognised, name: str) -> Question:
    cells = table.examples(name, f"regexp_matches({table.cells[name]}, {quoted(UNDECIDED)})")
    options = tuple(Option(mark, tuple((cell, _number(cell, mark)) for cell in cells)) for mark in (",", "."))
    return _question(source, name, table.headers[name], "decimal", options)


def _number(cell: str, mark: str) -> str:
    """What a cell means with a decimal mark, written with a point."""
    digits = "".join(sign for sign in cell if sign.isdigit() or sign in ".,")
    other = "." if mark == "," else ","
    return digits.replace(other, "").replace(mark, ".")


def _question(source: Recognised, name: str, header: str, kind: str, options: tuple[Option, ...]) -> Question:
    title = source.profile.title
    return Question(source.profile.id, title.en, title.in_("fr"), source.header_hash, kind, options, name, header, source.profile.spec.evidence)  # type: ignore[arg-type]


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


# ---------------------------------------------------------------- the order of day and month


def _orders(
    table: Table, source: Recognised, answers: Answers, continental: bool, comma: bool, told: _Told, asked: list[Question]
) -> dict[str, str]:
    spec = source.profile.spec
    dated = {name: look.days for name in table.cells if (look := table.seen[name]).days is not None and look.filled and spec.columns[name].as_ in MOMENTS}
    numbered = {name: days for name, days in dated.items() if days is not None and days.triples}
    own = {name: days.orders[0] for name, days in numbered.items() if len(days.orders) == 1}
    evident = set(own.values())
    found: dict[str, str] = {}
    for name, days in numbered.items():
        declared = moments.declared_orders(spec.columns[name].format)
        only = declared[0] if len(declared) == 1 else None
        possible = [order for order in days.orders if order in (declared or days.orders)] or list(days.orders)
        if "ymd" in possible and "ymd" not in declared and len(days.orders) == 3:
            possible.remove("ymd")  # two digits that fit everywhere: years come first only where the profile says so
        order, why = None, ""
        if name in answers.date_order:
            order, why = answers.date_order[name], ANSWERED
        elif name in own:
            order, why = own[name], CONTRADICTED if only not in (None, own[name]) else ""
        elif not days.orders and only:
            order = only  # the cells contradict each other: those that break the rule of the format are refused
        elif len(evident) == 1 and next(iter(evident)) in days.orders:
            order, why = next(iter(evident)), "" if only in evident else SIBLINGS
        elif only and only in days.orders:
            order = only
        elif "dmy" in possible and days.dotted == days.triples:
            order, why = "dmy", DOTTED
        elif "dmy" in possible and comma:
            order, why = "dmy", COMMAS
        elif "dmy" in possible and continental:
            order, why = "dmy", LANGUAGE
        cells = table.examples(name, moments.differing(table.cells[name])) if why or order is None else []
        if order is None and days.orders and not cells:
            order = possible[0]  # the numbers are the same: no order matters
        if order is None:
            options = tuple(Option(item, tuple((cell, str(moments.read_as(cell, item) or "")) for cell in cells)) for item in possible or ("dmy", "mdy"))
            asked.append(_question(source, name, table.headers[name], "date_order", options))
            continue
        found[name] = order
        if why and cells:
            told.append((why, (("column", table.headers[name]), ("cell", cells[0]), ("value", str(moments.read_as(cells[0], order) or "?")))))
    return found


# ---------------------------------------------------------------- time zones and currencies


def iana(text: str) -> str | None:
    """The IANA name of a zone as a file writes it."""
    name = _RAILS.get(text.strip().casefold(), text.strip())
    if (ahead := moments.ZONES.get(name.casefold())) is not None:
        return f"Etc/GMT{-ahead // 60:+d}" if ahead else "UTC"  # its signs are those of the sea: behind is +
    return name if ("/" in name or name.upper() == "UTC") and zone_known(name) else None


_RAILS = {name.casefold(): zone for name, zone in RAILS.items()}


def _own_zone(
    table: Table, source: Recognised, name: str, answers: Answers, zone: str, told: _Told, asked: list[Question]
) -> str | None:
    """SQL of the zone of times without an offset; None: that of the workspace."""
    column = source.profile.spec.columns[name]
    days = table.seen[name].days
    if days is None or not days.local:
        return None
    header = table.headers[name]
    if column.zone is not None and column.zone in table.cells:
        text = table.cells[column.zone]
        rows = table.con.execute(f"SELECT DISTINCT {text} FROM {table.relation} WHERE {text} IS NOT NULL ORDER BY 1 LIMIT {MAX_ZONES}").fetchall()
        zones = {cell: answers.zones.get(cell) or iana(cell) or answers.zone for cell in (str(row[0]) for row in rows)}
        answered = [(cell, found) for cell, found in zones.items() if found is not None and iana(cell) != found]
        told += [(ZONE_UNKNOWN, (("column", header), ("name", cell[:60]), ("zone", found))) for cell, found in answered[:MOST_ASKED]]
        for cell in [cell for cell, found in zones.items() if found is None][:MOST_ASKED]:
            options = dict.fromkeys(SEVERAL.get(cell.strip().upper(), ()) or (zone,))
            place = _question(source, column.zone, table.headers[column.zone], "zone", tuple(Option(item) for item in options))
            asked.append(replace(place, value=cell))
        known = {cell: found for cell, found in zones.items() if found is not None}
        if known:
            told.append((ZONE_COLUMN, (("column", header), ("zone", table.headers[column.zone]))))
            return f"CASE {text} {' '.join(f'WHEN {quoted(cell)} THEN {quoted(found)}' for cell, found in known.items())} END"
    fixed = column.zone if column.zone is not None and iana(column.zone) else None
    for own, template in ((answers.zone, ZONE_ANSWERED), (fixed, ZONE_PROFILE)):
        if own is not None:
            told.append((template, (("column", header), ("zone", own))))
            return quoted(own)
    if column.zone == ASKED:
        cells = tuple((cell, "") for cell in table.examples(name, f"{table.cells[name]} IS NOT NULL", 1))
        asked.append(_question(source, name, header, "zone", tuple(Option(item, cells) for item in dict.fromkeys((zone, "UTC")))))
        return None
    told.append((ZONE_HERE, (("column", header), ("zone", zone))))
    return None


def _open_currency(
    table: Table, source: Recognised, name: str, column: Column, told: _Told, asked: list[Question]
) -> None:
    """Amounts whose sign several currencies use: a needed currency is asked, another is told."""
    text = table.cells[name]
    if not table.seen[name].filled:
        return
    cells = table.examples(name, f"{text} IS NOT NULL AND NOT regexp_full_match({text}, '(?i)[a-z]{{3}}') AND {currency.undecided(text)}", 1)
    if not cells:
        return
    if not column.required:
        told.append((NO_CURRENCY, (("column", table.headers[name]), ("cell", cells[0]))))
        return
    sign = "".join(sign for sign in cells[0].upper() if not (sign.isdigit() or sign in "-+−()., '’%\xa0\u202f"))
    options = tuple(Option(code, ((cells[0], code),)) for code in currency.OPEN.get(sign, ("EUR", "USD", "GBP")))
    asked.append(_question(source, name, table.headers[name], "currency", options))
