"""What a file says above its table: dates and ranges in words of three languages, account names, the currency inside a header."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date

from kpi_core.errors import SourceError, Where, said
from kpi_core.sources.recognise import Recognised, norm, spelling_in

_MONTHS = (
    ("january", "jan", "janv", "janvier", "januar"),
    ("february", "feb", "fev", "fevr", "fevrier", "februar"),
    ("march", "mar", "mars", "marz", "maerz"),
    ("april", "apr", "avril", "avr"),
    ("may", "mai"),
    ("june", "jun", "juin", "juni"),
    ("july", "jul", "juillet", "juil", "juli"),
    ("august", "aug", "aout"),
    ("september", "sep", "sept", "septembre"),
    ("october", "oct", "octobre", "oktober", "okt"),
    ("november", "nov", "novembre"),
    ("december", "dec", "decembre", "dezember", "dez"),
)
_MONTH = {name: index + 1 for index, names in enumerate(_MONTHS) for name in names}


def day_in_words(text: str) -> date | None:
    """`20260224`, `2026-02-24`, `July 8, 2025`, `27 January 2026`, `8 juil. 2025`; None when it is no date."""
    plain = unicodedata.normalize("NFKD", text.strip()).encode("ascii", "ignore").decode().casefold()
    digits = re.fullmatch(r"(\d{4})-?(\d{2})-?(\d{2})", plain)
    try:
        if digits:
            return date(int(digits[1]), int(digits[2]), int(digits[3]))
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
    """`20241122-20260120`, `July 8, 2025 - July 31, 2025`; a single day is a range of one."""
    text = text.strip()
    joined = re.fullmatch(r"(\d{8})-(\d{8})", text)
    parts = [joined[1], joined[2]] if joined else re.split(r"\s+(?:-|–|—|to|au|bis)\s+", text)
    days = [day_in_words(part) for part in parts]
    if len(days) == 1 and days[0]:
        return days[0], days[0]
    if len(days) == 2 and days[0] and days[1] and days[0] <= days[1]:
        return days[0], days[1]
    return None


def fact_values(source: Recognised, above: Sequence[str], header: Sequence[str]) -> dict[str, str | date | None]:
    """Facts of one table from the lines above it (the nearest line wins), plus the currency and dimensions of its header."""
    spec = source.profile.spec
    values: dict[str, str | date | None] = dict.fromkeys(source.profile.facts())
    for name, rule in spec.tables.facts.items():
        for line in reversed(above):
            value = _first_group(rule.match, line.strip().strip('"'))
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
    for required in spec.tables.required_facts:
        if values.get(required) is None and values.get(f"{required}_start") is None:
            raise SourceError(
                said("the file does not say its {fact}", fact=required), where=Where(str(source.path)), hint=said("export it again with its heading lines")
            )
    names = [norm(cell) for cell in header]
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


def _first_group(patterns: Sequence[str], line: str) -> str | None:
    for pattern in patterns:
        found = re.search(pattern, line)
        if found:
            return next((group for group in found.groups() if group is not None), found[0])
    return None
