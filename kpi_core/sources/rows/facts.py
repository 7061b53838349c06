"""What a file says above its table: dates and ranges in words of six languages, account names, the currency inside a header."""

from __future__ import annotations

import fnmatch
import re
import unicodedata
from collections.abc import Sequence
from datetime import date, timedelta

from kpi_core.errors import Message, SourceError, Where, said
from kpi_core.sources.profiles.language import FactRule
from kpi_core.sources.recognise import Recognised, norm, spelling_in

MONTHS = (  # English, French, German, Spanish, Italian, Portuguese, without accents
    ("january", "jan", "janv", "janvier", "januar", "enero", "ene", "gennaio", "gen", "janeiro"),
    ("february", "feb", "fev", "fevr", "fevrier", "februar", "febrero", "febbraio", "fevereiro"),
    ("march", "mar", "mars", "marz", "maerz", "marzo", "marco"),
    ("april", "apr", "avril", "avr", "abril", "abr", "aprile"),
    ("may", "mai", "mayo", "maggio", "mag", "maio"),
    ("june", "jun", "juin", "juni", "junio", "giugno", "giu", "junho"),
    ("july", "jul", "juillet", "juil", "juli", "julio", "luglio", "lug", "julho"),
    ("august", "aug", "aout", "agosto", "ago"),
    ("september", "sep", "sept", "septembre", "septiembre", "settembre", "set", "setembro"),
    ("october", "oct", "octobre", "oktober", "okt", "octubre", "ottobre", "ott", "outubro", "out"),
    ("november", "nov", "novembre", "noviembre", "novembro"),
    ("december", "dec", "decembre", "dezember", "dez", "diciembre", "dic", "dicembre", "dezembro"),
)
_MONTH = {name: index + 1 for index, names in enumerate(MONTHS) for name in names}
_NUMBERS = r"\d{8}|\d{4}[-./]\d{1,2}[-./]\d{1,2}"


def day_in_words(text: str) -> date | None:
    """`20260224`, `2026-02-24`, `2026.2.24`, `July 8, 2025`, `27 January 2026`, `8 juil. 2025`; None when it is no date."""
    plain = unicodedata.normalize("NFKD", text.strip()).encode("ascii", "ignore").decode().casefold()
    digits = re.fullmatch(r"(\d{4})-?(\d{2})-?(\d{2})|(\d{4})([-./])(\d{1,2})\5(\d{1,2})", plain)
    try:
        if digits:
            year, month_number, day = (int(digits[group] or digits[other]) for group, other in ((1, 4), (2, 6), (3, 7)))
            return date(year, month_number, day)
        words = re.findall(r"[a-z]+|\d+", plain)
        month = next((_MONTH[word] for word in words if word in _MONTH), None)
        numbers = [int(word) for word in words if word.isdigit()]
        if month is None or len(numbers) != 2:
            return None
        day, year = numbers if numbers[1] > 31 else (numbers[1], numbers[0])
        return date(year, month, day)
    except ValueError:
        return None


def range_in_words(text: str) -> tuple[date, date] | None:
    """`20241122-20260120`, `2026.02.05-2026.02.10`, `July 8, 2025 - July 31, 2025`; a single day is a range of one."""
    text = text.strip()
    joined = re.fullmatch(rf"({_NUMBERS})(?:[-–—_]|\s*(?:to|au|bis|al|a)\s*|[_ ]to[_ ])({_NUMBERS})", text)
    parts = [joined[1], joined[2]] if joined else re.split(r"\s+(?:-|–|—|to|au|bis|al|a)\s+", text)
    days = [day_in_words(part) for part in parts]
    if len(days) == 1 and days[0]:
        return days[0], days[0]
    if len(days) == 2 and days[0] and days[1] and days[0] <= days[1]:
        return days[0], days[1]
    return _month_in_words(text) if len(parts) == 1 else _sharing(*parts) if len(parts) == 2 else None


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z]+|\d+", unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().casefold())


def _month_in_words(text: str) -> tuple[date, date] | None:
    """`September 2026`: from its first day to its last."""
    words = _words(text)
    months, numbers = [_MONTH[word] for word in words if word in _MONTH], [int(word) for word in words if word.isdigit()]
    if len(months) != 1 or len(numbers) != 1 or not 1900 < numbers[0] < 2200:
        return None
    first = date(numbers[0], months[0], 1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _sharing(start: str, end: str) -> tuple[date, date] | None:
    """`January 28 - February 3, 2026`, `January 4 - 10, 2026`, `4 au 10 janvier 2026`: what one side leaves out is the other's."""
    left, right = _words(start), _words(end)
    year = next((word for word in right if len(word) == 4 and word.isdigit()), None)
    month = next((word for word in (*left, *right) if word in _MONTH), None)
    if year is None or month is None:
        return None
    filled = []
    for words in (left, right):
        own = [word for word in words if word in _MONTH] or [month]
        number = [word for word in words if word.isdigit() and len(word) <= 2]
        if len(own) != 1 or len(number) != 1:
            return None
        filled.append(day_in_words(f"{number[0]} {own[0]} {next((word for word in words if len(word) == 4 and word.isdigit()), year)}"))
    return (filled[0], filled[1]) if filled[0] and filled[1] and filled[0] <= filled[1] else None


def fact_values(source: Recognised, above: Sequence[str], header: Sequence[str]) -> dict[str, str | date | None]:
    """Facts of one table from the lines above it (the nearest line wins), plus the currency and dimensions of its header."""
    spec = source.profile.spec
    values: dict[str, str | date | None] = dict.fromkeys(source.profile.facts())
    for name, rule in spec.tables.facts.items():
        for text in (source.decoded.name,) if rule.of == "name" else reversed(above):
            value = _first_group(rule.match, text.strip().strip('"'))
            if value is None:
                continue
            if rule.as_ == "range":
                days = range_in_words(value)
                if days is None:
                    continue
                values[f"{name}_start"], values[f"{name}_end"] = days
            elif rule.as_ == "date":
                values[name] = day_in_words(value)
            else:
                values[name] = value
            break
    names = [norm(cell) for cell in header]
    for required in spec.tables.required_facts:
        needed = _rule(source, required)
        dated = needed is not None and needed.as_ != "text"  # asked for, once the tables have been read
        if values.get(required) is None and values.get(f"{required}_start") is None and not dated:
            _missing(source, required, names)
    present = []
    for name, column in spec.columns.items():
        hit = spelling_in(column.headers, names)
        if hit is not None:
            if name in spec.scope:
                present.append(name)
            if hit[1] is not None:
                values[f"{name}_currency"] = hit[1]
    values["scope"] = ",".join(sorted(present))
    return values


def _missing(source: Recognised, fact: str, names: Sequence[str]) -> None:
    """Say which fact a file lacks and where it should stand, unless a column of the file makes up for it."""
    rule, columns = _rule(source, fact), source.profile.spec.columns
    if rule is not None and any(name in columns and spelling_in(columns[name].headers, names) is not None for name in rule.instead):
        return
    raise SourceError(said("the file does not say its {fact}", fact=fact), where=Where(str(source.path)), hint=missing_fact(source, fact))


def _rule(source: Recognised, fact: str) -> FactRule | None:
    facts = source.profile.spec.tables.facts
    return facts.get(fact) or facts.get(re.sub("_(start|end)$", "", fact))


def missing_fact(source: Recognised, fact: str) -> Message:
    """Where a fact should stand that the file does not state."""
    spec, rule = source.profile.spec, _rule(source, fact)
    hint = said("export it again with its heading lines")
    if rule is not None and rule.of == "name":
        usual, own = spec.detect.filename, source.decoded.name.casefold()
        if usual and not any(fnmatch.fnmatch(own, pattern.casefold()) for pattern in usual):
            hint = said("keep the name the export was given: {names}", names=", ".join(usual))
        else:  # the vendor's own name does not say it
            days = "2026-09-01 to 2026-09-30" if rule.as_ == "range" else "2026-09-30"
            hint = said("write it into the file's name: {example}", example=f"{source.path.stem} {days}{source.path.suffix}")
    column = next((spec.columns[name].headers[0] for name in rule.instead if name in spec.columns), "") if rule is not None else ""
    if column:
        hint = said("{hint}, or with the column {column}", hint=hint, column=column.removeprefix("re:"))
    return hint


def _first_group(patterns: Sequence[str], line: str) -> str | None:
    for pattern in patterns:
        found = re.search(pattern, line)
        if found:
            return next((group for group in found.groups() if group is not None), found[0])
    return None
