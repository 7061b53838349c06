"""Weeks that start on any day, fiscal years and the retail year: units without gap or overlap, NRF's published year ends."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi_core.engine import calendar
from kpi_core.engine.calendars import PATTERNS, Calendar, FiscalYear, RetailYear

NRF = RetailYear((4, 5, 4), 5, 1, 31)
# The 4-5-4 calendar of the National Retail Federation: last day of each fiscal year; 2017 and 2023 have 53 weeks.
NRF_ENDS = {
    2016: "2017-01-28",
    2017: "2018-02-03",
    2018: "2019-02-02",
    2019: "2020-02-01",
    2020: "2021-01-30",
    2021: "2022-01-29",
    2022: "2023-01-28",
    2023: "2024-02-03",
    2024: "2025-02-01",
    2025: "2026-01-31",
    2026: "2027-01-30",
}
DAYS = st.dates(date(1960, 1, 1), date(2090, 12, 31))
RETAIL = st.builds(
    RetailYear,
    st.sampled_from(sorted(PATTERNS.values())),
    st.integers(0, 6),
    st.integers(1, 12),
    st.integers(1, 31),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)
FISCAL = st.builds(FiscalYear, st.integers(1, 12), st.integers(1, 28), st.booleans())
CALENDARS = st.builds(Calendar, st.integers(0, 6), FISCAL, RETAIL)
OWN = Calendar(0, FiscalYear(4), NRF)


def test_nrf_year_ends() -> None:
    assert {year: NRF.end(year).isoformat() for year in NRF_ENDS} == NRF_ENDS
    assert [year for year in NRF_ENDS if NRF.weeks(year) == 53] == [2017, 2023]
    assert NRF.period_weeks(2024) == (4, 5, 4) * 4
    assert NRF.period_weeks(2023) == (4, 5, 4, 4, 5, 4, 4, 5, 4, 4, 5, 5)


@pytest.mark.parametrize(
    ("rule", "label", "end"),
    [
        (RetailYear((4, 4, 5), 5, 8, 31, nearest=False, by_end=True), 2024, "2024-08-31"),  # the last Saturday of August
        (RetailYear((4, 4, 5), 5, 8, 31, nearest=False, by_end=True), 2025, "2025-08-30"),
        (RetailYear((4, 4, 5), 6, 2, 31, nearest=False), 2023, "2024-02-25"),  # the last Sunday of a February of 29 days
        (RetailYear((5, 4, 4), 6, 12, 31), 2026, "2027-01-03"),  # nearest to 31 December: the year 2026 ends in 2027
        (RetailYear((5, 4, 4), 6, 12, 31), 2025, "2025-12-28"),
    ],
)
def test_year_end_rules(rule: RetailYear, label: int, end: str) -> None:
    assert rule.end(label).isoformat() == end


@given(rule=RETAIL, day=DAYS)
def test_every_day_lies_in_exactly_one_retail_unit_of_each_grain(rule: RetailYear, day: date) -> None:
    of = Calendar(retail=rule)
    label = rule.label(day)
    assert rule.start(label) <= day <= rule.end(label) < rule.start(label + 1) == rule.end(label) + timedelta(days=1)
    assert (rule.end(label) - rule.start(label)).days + 1 in (364, 371)
    assert rule.end(label).weekday() == rule.weekday
    year = of.unit(day, "retail_year")
    for grain, count in (("retail_quarter", 4), ("retail_period", 12), ("retail_week", rule.weeks(label))):
        first = of.ordinal(year.start, grain)
        units = [of.at(first + index, grain) for index in range(count)]
        assert (units[0].start, units[-1].end) == (year.start, year.end)
        assert all(one.end + timedelta(days=1) == other.start for one, other in pairwise(units))
        assert [unit for unit in units if unit.start <= day <= unit.end] == [of.unit(day, grain)]
        assert len({unit.text for unit in units}) == count


@given(of=CALENDARS, day=DAYS, count=st.integers(-12, 12))
def test_units_of_any_calendar_write_themselves_back_adjoin_and_return(of: Calendar, day: date, count: int) -> None:
    for grain in of.grains:
        period = calendar.unit(day, grain, of)
        assert period.start <= day <= period.end
        assert calendar.parse(period.text, None, of) == period
        assert calendar.step(period, 1).start == period.end + timedelta(days=1)
        assert calendar.step(calendar.step(period, count), -count) == period
        span = calendar.over(period, calendar.step(period, 3))
        assert calendar.parse(span.text, None, of) == span
        assert calendar.step(calendar.step(span, count), -count) == span


@given(of=CALENDARS, day=DAYS)
def test_weekday_comparisons_have_as_many_days_in_any_calendar(of: Calendar, day: date) -> None:
    for grain in of.grains:
        period = calendar.unit(day, grain, of)
        other = calendar.compared(period, "last_year_weekday")
        assert other is not None and other.days == period.days
        assert (period.start - other.start).days == 364
        assert calendar.parse(other.text, None, of) == other


@given(day=DAYS, start=st.integers(0, 6))
def test_a_week_belongs_to_the_year_of_most_of_its_days(day: date, start: int) -> None:
    week = calendar.unit(day, "week", Calendar(start))
    assert week.start.weekday() == start and week.days == 7
    years = [(week.start + timedelta(days=index)).year for index in range(7)]
    assert int(week.text[:4]) == max(set(years), key=years.count)
    if start == 0:
        iso = day.isocalendar()
        assert week.text == f"{iso.year}-W{iso.week:02d}"


def test_fiscal_years() -> None:
    parse = calendar.parse
    assert (parse("FY2026", None, OWN).start, parse("FY2026", None, OWN).end) == (date(2025, 4, 1), date(2026, 3, 31))
    assert parse("ex2026-t3", None, OWN) == parse("FY2026-Q3", None, OWN)
    assert (parse("FY2026-Q4", None, OWN).start, parse("FY2026-Q4", None, OWN).end) == (date(2026, 1, 1), date(2026, 3, 31))
    assert parse("fytd", date(2026, 11, 19), OWN).text == "FY2027"
    assert parse("last fiscal quarter", date(2026, 11, 19), OWN).text == "FY2027-Q2"
    assert parse("trimestre fiscal en cours", date(2026, 11, 19), OWN).text == "FY2027-Q3"
    assert parse("dernier exercice", date(2026, 11, 19), OWN).text == "FY2026"
    by_start = Calendar(fiscal=FiscalYear(4, by_end=False))
    assert parse("FY2026", None, by_start).start == date(2026, 4, 1)
    other = calendar.compared(parse("FY2026-Q3", None, OWN), "last_year")
    assert other is not None and other.text == "FY2025-Q3"


@pytest.mark.parametrize(
    ("text", "how", "expected"),
    [
        ("R2026-W12", "last_year", "R2025-W12"),
        ("R2026-P03", "last_year", "R2025-P03"),
        ("R2024-W01", "last_year", "R2023-W02"),  # after the year with a week 53
        ("R2024-P01", "last_year", "R2023-W02..R2023-W05"),
        ("R2024", "last_year", "R2023-W02..R2023-W53"),
        ("R2023-W53", "last_year", "R2023-W01"),
        ("R2024-W01", "last_year_date", "R2023-W01"),
        ("R2024-P01", "last_year_date", "R2023-P01"),
        ("R2023-W53", "last_year_date", "R2022-W52"),
        ("R2024-W01..R2024-W04", "last_year", "R2023-W02..R2023-W05"),
        ("R2026-Q2", "previous", "R2026-Q1"),
    ],
)
def test_retail_comparisons(text: str, how: str, expected: str) -> None:
    other = calendar.compared(calendar.parse(text, None, OWN), how)
    assert other is not None and other.text == expected


def test_week_53_by_number() -> None:
    rule = RetailYear((4, 5, 4), 5, 1, 31, shift_week_53=False)
    of = Calendar(retail=rule)
    for text, expected in (("R2024-P01", "R2023-P01"), ("R2024", "R2023"), ("R2024-W01", "R2023-W01"), ("R2023-W53", "R2022-W52")):
        other = calendar.compared(calendar.parse(text, None, of), "last_year")
        assert other is not None and other.text == expected
    assert str(calendar.comparison_note(calendar.parse("R2024", None, of), "last_year")) == "364 days against 371"
    assert str(calendar.comparison_note(calendar.parse("R2023-W53", None, of), "last_year")) == "week 53: against week 52"
