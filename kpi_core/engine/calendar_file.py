"""calendar.yaml -> the calendar of a workspace."""

from __future__ import annotations

import calendar as _calendar
import re
from datetime import date
from zoneinfo import ZoneInfo, available_timezones

from kpi_core.config.decode import did_you_mean
from kpi_core.config.model import CalendarFile, EventSettings, Text
from kpi_core.config.yaml import Document, YamlPath
from kpi_core.engine.calendar_grammar import one_edit
from kpi_core.engine.calendars import FIRST_YEAR, LAST_YEAR, PATTERNS, WEEKDAYS, Calendar, FiscalYear, RetailYear
from kpi_core.engine.events import ANYWHERE, FORMULAS, FRANCE, NAMES, EventRule, Events
from kpi_core.errors import ConfigError, Message, said

_MONTH_DAY = re.compile(r"(\d{2})(?:-(\d{2}))?")
_DAY = r"\d{4}-\d{2}-\d{2}"
_DATES = re.compile(rf"({_DAY})(?:\.\.({_DAY}))?")
_ID = re.compile(r"[a-z][a-z0-9_]*")


def build(file: CalendarFile, document: Document) -> Calendar:
    """The calendar that calendar.yaml describes. Raises ConfigError at the first mistake, with file, line and key."""
    _check_zone(file, document)
    calendar = Calendar(WEEKDAYS.index(file.week_start), _fiscal(file, document), _retail(file, document), _events(file, document))
    if file.default_grain not in calendar.grains:
        hint = said("known: {names}", names=", ".join(calendar.grains))
        raise _mistake(document, ("default_grain",), said("{grain} is not a period", grain=file.default_grain), hint)
    return calendar


def _check_zone(file: CalendarFile, document: Document) -> None:
    try:
        ZoneInfo(file.timezone)
    except (ValueError, OSError, LookupError):  # ZoneInfoNotFoundError is a KeyError; a folder of zones is an OSError
        if not available_timezones():  # a machine without the zone data knows no name at all
            return
        hint = said("write it like {example}", example="Europe/Paris")
        raise _mistake(document, ("timezone",), said("{name} is not a time zone", name=file.timezone), hint) from None


def _fiscal(file: CalendarFile, document: Document) -> FiscalYear | None:
    if file.fiscal_year is None:
        return None
    path = ("fiscal_year", "start")
    month, day = _month_day(file.fiscal_year.start, document, path)
    if day is None or day > 28:
        raise _mistake(document, path, said("a fiscal year starts on a day from 1 to 28"), said("write it like {example}", example="04-01"))
    return FiscalYear(month, day, file.fiscal_year.named_by == "end")


def _retail(file: CalendarFile, document: Document) -> RetailYear | None:
    spec = file.retail_year
    if spec is None:
        return None
    path = ("retail_year", "year_ends")
    rules = [name for name in ("nearest", "last") if getattr(spec.year_ends, name) is not None]
    if len(rules) != 1:
        hint = said("write it like {example}", example="{weekday: saturday, nearest: 01-31}")
        raise _mistake(document, path, said("a retail year ends on the weekday nearest to a day, or on the last one up to it"), hint)
    month, day = _month_day(getattr(spec.year_ends, rules[0]), document, (*path, rules[0]))
    return RetailYear(
        PATTERNS[spec.pattern],
        WEEKDAYS.index(spec.year_ends.weekday),
        month,
        day or 31,
        rules[0] == "nearest",
        spec.named_by == "end",
        spec.week_53 == "shift_one_week",
    )


def _month_day(text: str, document: Document, path: YamlPath) -> tuple[int, int | None]:
    """`01-31` as it says; `02` is the end of February (the day is None)."""
    found = _MONTH_DAY.fullmatch(text)
    month = int(found[1]) if found else 0
    day = int(found[2]) if found and found[2] else None
    if not 1 <= month <= 12 or not 1 <= (day or 1) <= _calendar.monthrange(2024, month)[1]:
        hint = said("write it like {example}", example="01-31")
        raise _mistake(document, path, said("{text} is not a month and a day", text=text), hint)
    return month, day


def _events(file: CalendarFile, document: Document) -> Events:
    shipped = {rule.id: rule for rule in (FRANCE if file.country == "FR" else ANYWHERE).rules}
    rules = dict(shipped)
    for name, spec in file.events.items():
        path = ("events", name)
        if isinstance(spec, bool):
            if name not in FORMULAS:
                raise _mistake(document, path, said("there is no event {name}", name=name), did_you_mean(name, FORMULAS))
            rules.pop(name, None)
            if spec:
                rules[name] = EventRule(name, NAMES[name], name)
            continue
        rules[name] = _event(name, spec, document, path)
    return Events(tuple(rules.values()))


def _event(name: str, spec: EventSettings, document: Document, path: YamlPath) -> EventRule:
    if not _ID.fullmatch(name):
        raise _mistake(document, path, said("{name} is not an id: small letters, digits and _", name=name))
    likely = [known for known in FORMULAS if one_edit(name, known)]
    if likely:
        raise _mistake(document, path, said("there is no event {name}", name=name), said("did you mean {name}?", name=likely[0]))
    if name not in FORMULAS and not spec.dates:
        hint = did_you_mean(name, FORMULAS) or said("write it like {example}", example="{dates: {2026: 2026-09-12..2026-09-19}}")
        raise _mistake(document, path, said("an event without a rule of its own needs dates"), hint)
    fixed = []
    for year, text in spec.dates.items():
        start, end = _dates(text, document, (*path, "dates", year))
        if not year.isdigit() or int(year) != start.year:
            hint = said("write it like {example}", example=f"{start.year}: {text}")
            raise _mistake(document, (*path, "dates", year), said("{text} does not begin in {year}", text=text, year=year), hint)
        fixed.append((start.year, start, end))
    title = spec.name or NAMES.get(name) or Text(en=name.replace("_", " ").capitalize())
    return EventRule(name, title, name if name in FORMULAS else "", spec.days_before, spec.days_after, tuple(fixed))


def _dates(text: str, document: Document, path: YamlPath) -> tuple[date, date]:
    found = _DATES.fullmatch(text.strip())
    try:
        start = date.fromisoformat(found[1] if found else "")
        end = date.fromisoformat(found[2]) if found and found[2] else start
    except ValueError:
        found = None
    if found is None or end < start or (end - start).days > 366 or not FIRST_YEAR <= start.year <= LAST_YEAR:
        hint = said("write it like {example}", example="2026-01-07..2026-02-03")
        raise _mistake(document, path, said("{text} is not a day or a range of days", text=text), hint)
    return start, end


def _mistake(document: Document, path: YamlPath, what: Message, hint: Message | None = None) -> ConfigError:
    return ConfigError(what, where=document.where(path), hint=hint)
