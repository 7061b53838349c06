"""Periods: grammar, stepping, comparisons, clamping. Dates worked out by hand or against the standard library."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi_core.engine import calendar
from kpi_core.errors import UsageError

DAYS = st.dates(date(2015, 1, 1), date(2035, 12, 31))
GRAINS = st.sampled_from(calendar.GRAINS)


@pytest.mark.parametrize(
    ("text", "start", "end", "grain"),
    [
        ("2026-11-22", "2026-11-22", "2026-11-22", "day"),
        ("2026-W44", "2026-10-26", "2026-11-01", "week"),
        ("2026-w44", "2026-10-26", "2026-11-01", "week"),
        ("2026-S44", "2026-10-26", "2026-11-01", "week"),
        ("2026-W53", "2026-12-28", "2027-01-03", "week"),
        ("2024-02", "2024-02-01", "2024-02-29", "month"),
        ("2023-02", "2023-02-01", "2023-02-28", "month"),
        ("2026-Q4", "2026-10-01", "2026-12-31", "quarter"),
        ("2026-T1", "2026-01-01", "2026-03-31", "quarter"),
        ("2026", "2026-01-01", "2026-12-31", "year"),
        ("2026-11-03..2026-11-05", "2026-11-03", "2026-11-05", "range"),
    ],
)
def test_reads_every_form(text: str, start: str, end: str, grain: str) -> None:
    period = calendar.parse(text)
    assert (period.start.isoformat(), period.end.isoformat(), period.grain) == (start, end, grain)


@pytest.mark.parametrize(
    "text",
    ["", "2026-13", "2025-W53", "2026-W00", "2026-02-30", "2026-Q5", "yesterday", "2026-11-05..", "latest:fortnight", "latest:", "20261", "2026-11-22T10"],
)
def test_refuses_with_the_grammar(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        calendar.parse(text, date(2026, 11, 1))
    assert "2026-W47" in str(caught.value)


def test_a_range_must_not_end_before_it_starts() -> None:
    with pytest.raises(UsageError, match="ends before"):
        calendar.parse("2026-11-05..2026-11-01")


def test_latest_is_the_last_period_covered_to_its_end() -> None:
    saturday, sunday = date(2026, 10, 31), date(2026, 11, 1)
    assert calendar.parse("latest:week", saturday).text == "2026-W43"
    assert calendar.parse("latest:week", sunday).text == "2026-W44"
    assert calendar.parse("latest:month", saturday).text == "2026-10"
    assert calendar.parse("latest:month", date(2026, 10, 30)).text == "2026-09"
    assert calendar.parse("latest:day", sunday).text == "2026-11-01"
    assert calendar.parse("latest:year", sunday).text == "2025"
    with pytest.raises(UsageError, match="nothing is loaded"):
        calendar.parse("latest:week", None)


def test_to_date_is_the_unit_in_progress() -> None:
    watermark = date(2026, 11, 15)
    assert calendar.parse("mtd", watermark).text == "2026-11"
    assert calendar.parse("QTD", watermark).text == "2026-Q4"
    assert calendar.parse("ytd", watermark).text == "2026"
    assert calendar.parse("wtd", watermark).text == "2026-W46"


@given(day=DAYS, grain=GRAINS)
def test_writes_itself_back(day: date, grain: str) -> None:
    period = calendar.unit(day, grain)
    assert period.start <= day <= period.end
    assert calendar.parse(period.text) == period


@given(day=DAYS, grain=GRAINS, count=st.integers(-30, 30))
def test_steps_adjoin_and_return(day: date, grain: str, count: int) -> None:
    period = calendar.unit(day, grain)
    assert calendar.step(period, 1).start == period.end + timedelta(days=1)
    assert calendar.step(calendar.step(period, count), -count) == period


@given(start=DAYS, length=st.integers(0, 60))
def test_ranges_step_by_their_own_length(start: date, length: int) -> None:
    period = calendar.between(start, start + timedelta(days=length))
    before = calendar.step(period, -1)
    assert before.days == period.days
    assert before.end == start - timedelta(days=1)


def test_trailing_ends_with_the_period() -> None:
    periods = calendar.trailing(calendar.parse("2026-W02"), 4)
    assert [period.text for period in periods] == ["2025-W51", "2025-W52", "2026-W01", "2026-W02"]


@pytest.mark.parametrize(
    ("text", "how", "expected"),
    [
        ("2026-W44", "previous", "2026-W43"),
        ("2026-W44", "last_year", "2025-W44"),
        ("2026-W53", "last_year", "2026-W01"),  # 52 weeks back from a 53rd week: the same weekdays
        ("2027-W01", "last_year", "2026-W02"),  # after a year of 53 weeks the numbers differ, the days agree
        ("2026-11-27", "last_year", "2025-11-28"),  # Black Friday on Black Friday
        ("2026-11-27", "last_year_date", "2025-11-27"),
        ("2024-02-29", "last_year_date", "2023-02-28"),
        ("2024-02", "last_year", "2023-02"),
        ("2026-Q4", "last_year", "2025-Q4"),
        ("2026", "last_year", "2025"),
        ("2026-10", "last_year_weekday", "2025-10-02..2025-11-01"),
        ("2026-W44", "last_year_date", "2025-10-26..2025-11-01"),
        ("2026-11-02..2026-11-08", "last_year", "2025-11-03..2025-11-09"),
        ("2026-11-02..2026-11-08", "previous", "2026-10-26..2026-11-01"),
    ],
)
def test_comparisons(text: str, how: str, expected: str) -> None:
    compared = calendar.compared(calendar.parse(text), how)
    assert compared is not None
    assert compared.text == expected


def test_no_comparison_and_unknown_comparison() -> None:
    week = calendar.parse("2026-W44")
    assert calendar.compared(week, "none") is None
    with pytest.raises(UsageError, match="is not a comparison"):
        calendar.compared(week, "last_decade")


@given(day=DAYS, grain=st.sampled_from(["day", "week"]))
def test_weekday_alignment(day: date, grain: str) -> None:
    period = calendar.unit(day, grain)
    other = calendar.compared(period, "last_year")
    assert other is not None
    assert other.start.weekday() == period.start.weekday()
    assert (period.start - other.start).days == 364
    assert other.days == period.days


def test_like_for_like_cuts_both_sides_to_the_same_days() -> None:
    month, year_before = calendar.parse("2026-11"), calendar.parse("2025-11")
    part, other = calendar.like_for_like(month, year_before, date(2026, 11, 15))
    assert other is not None
    assert (part.end, part.days, part.text) == (date(2026, 11, 15), 15, "2026-11")
    assert (other.end, other.days) == (date(2025, 11, 15), 15)
    assert calendar.like_for_like(month, year_before, date(2026, 11, 30)) == (month, year_before)
    assert calendar.clamped(month, date(2026, 10, 31)) is None
    february, leap = calendar.parse("2023-02"), calendar.parse("2024-02")
    assert calendar.like_for_like(leap, february, date(2024, 2, 29)) == (leap, february)  # both complete: 29 and 28 days
