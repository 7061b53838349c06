"""calendar.yaml: what it builds, and mistakes that name file, line and key."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from kpi_core.config.decode import decode
from kpi_core.config.model import CalendarFile
from kpi_core.config.yaml import load_yaml, parse_yaml
from kpi_core.engine import calendar
from kpi_core.engine.calendar_file import build
from kpi_core.engine.calendars import CIVIL, Calendar, FiscalYear, RetailYear
from kpi_core.errors import ConfigError

SHIPPED = Path(__file__).resolve().parents[2] / "config" / "calendar.yaml"


def read(text: str) -> Calendar:
    document = parse_yaml(f"version: 1\n{text}\n".encode(), "config/calendar.yaml")
    return build(decode(document, CalendarFile), document)


def test_the_shipped_file_is_the_default() -> None:
    document = load_yaml(SHIPPED)
    file = decode(document, CalendarFile)
    assert file == CalendarFile(version=1)
    assert build(file, document) == CIVIL


def test_the_examples_in_the_shipped_file_hold() -> None:
    """Every commented key, uncommented."""
    text = re.sub(
        r"^# ((?:fiscal_year|retail_year|events):|  (?:valentines_day|black_friday|soldes_hiver|anniversary): )", r"\1", SHIPPED.read_text("utf-8"), flags=re.M
    )
    document = parse_yaml(text.encode(), "config/calendar.yaml")
    of = build(decode(document, CalendarFile), document)
    assert of.fiscal == FiscalYear(4) and of.retail == RetailYear((4, 5, 4), 5, 1, 31)
    assert calendar.parse("R2026-W12", None, of).start == date(2026, 4, 19)
    assert "valentines_day" not in {rule.id for rule in of.events.rules}
    black_friday = of.events.occurrence("black_friday", 2026)
    assert black_friday is not None and black_friday.days == 8
    assert calendar.parse("soldes hiver 2027", None, of).text == "2027-01-13..2027-02-09"
    assert calendar.parse("anniversaire 2026", None, of).text == "2026-09-09..2026-09-19"
    assert calendar.aligned(calendar.parse("anniversary 2026", None, of)).text == "2025-09-10..2025-09-20"


def test_other_weeks_countries_and_year_ends() -> None:
    assert calendar.parse("2026-W01", None, read("week_start: sunday")).start == date(2026, 1, 4)
    assert calendar.parse("2026-W01", None, read("week_start: saturday")).start == date(2026, 1, 3)
    abroad = read("country: none")
    assert {rule.id for rule in abroad.events.rules} >= {"black_friday", "christmas"}
    assert not {"soldes_hiver", "bastille_day"} & {rule.id for rule in abroad.events.rules}
    assert "mothers_day" in {rule.id for rule in read("country: none\nevents: {mothers_day: true}").events.rules}
    last = read("retail_year: {pattern: 4-4-5, year_ends: {weekday: saturday, last: 02}, named_by: end}")
    assert last.retail is not None and last.retail.end(2024) == date(2024, 2, 24)
    assert read("retail_year: {pattern: 4-4-5, year_ends: {weekday: sunday, nearest: 02}}").retail == RetailYear((4, 4, 5), 6, 2, 31)


@pytest.mark.parametrize(
    ("text", "line", "key", "what", "hint"),
    [
        ("week_starts: monday", 2, "week_starts", "unknown key week_starts", "did you mean week_start?"),
        ("timezone: Europe/Pariss", 2, "timezone", "Europe/Pariss is not a time zone", "Europe/Paris"),
        ("default_grain: retail_week", 2, "default_grain", "retail_week is not a period", "known: day, week"),
        ("fiscal_year: {start: 13-01}", 2, "fiscal_year.start", "13-01 is not a month and a day", "01-31"),
        ("fiscal_year: {start: 04-31}", 2, "fiscal_year.start", "04-31 is not a month and a day", "01-31"),
        ("fiscal_year: {start: 01-31}", 2, "fiscal_year.start", "a day from 1 to 28", "04-01"),
        ("fiscal_year: {start: 04}", 2, "fiscal_year.start", "a day from 1 to 28", "04-01"),
        ("retail_year: {pattern: 4-5-4, year_ends: {weekday: saturday}}", 2, "retail_year.year_ends", "nearest to a day", "nearest: 01-31"),
        ("retail_year:\n  pattern: 4-5-4\n  year_ends: {weekday: saturday, nearest: 1}", 4, "retail_year.year_ends.nearest", "Expected `str", ""),
        ("retail_year: {pattern: 4-5-5, year_ends: {weekday: saturday, nearest: 01-31}}", 2, "retail_year.pattern", "Invalid enum value '4-5-5'", ""),
        ("events: {easterr: false}", 2, "events.easterr", "there is no event easterr", "did you mean easter?"),
        ("events: {soldes_hivers: {dates: {2026: 2026-01-07}}}", 2, "events.soldes_hivers", "there is no event", "did you mean soldes_hiver?"),
        ("events: {anniversary: {}}", 2, "events.anniversary", "needs dates", ""),
        ("events: {Anniversary: {dates: {2026: 2026-09-09}}}", 2, "events.Anniversary", "is not an id", ""),
        ("events: {easter: {days_befor: 3}}", 2, "events.easter.days_befor", "unknown key days_befor", "did you mean days_before?"),
        ("events: {anniversary: {dates: {2026: 2025-09-09}}}", 2, "events.anniversary.dates.2026", "does not begin in 2026", "2025: 2025-09-09"),
        ("events: {anniversary: {dates: {2026: 2026-02-30}}}", 2, "events.anniversary.dates.2026", "not a day or a range of days", ".."),
        ("events: {anniversary: {dates: {2026: 2026-09-09..2026-09-01}}}", 2, "events.anniversary.dates.2026", "not a day or a range of days", ".."),
    ],
)
def test_mistakes(text: str, line: int, key: str, what: str, hint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(text)
    error = caught.value
    assert error.where is not None and (error.where.file, error.where.line) == ("config/calendar.yaml", line)
    assert error.where.column == key
    assert what in str(error.what)
    assert hint in str(error.hint or "")
