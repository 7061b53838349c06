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
    ("text", "expected"),
    [
        ("last 8 weeks", "2026-W39..2026-W46"),
        ("8 dernières semaines", "2026-W39..2026-W46"),
        ("les 8 dernières semaines complètes", "2026-W39..2026-W46"),
        ("last 30 days", "2026-10-21..2026-11-19"),
        ("30 derniers jours", "2026-10-21..2026-11-19"),
        ("last 3 months", "2026-08..2026-10"),
        ("last 1 week", "2026-W46"),
        ("last week", "2026-W46"),
        ("Last Complete Week", "2026-W46"),
        ("semaine dernière", "2026-W46"),
        ("previous month", "2026-10"),
        ("le mois dernier", "2026-10"),
        ("last quarter", "2026-Q3"),
        ("last year", "2025"),
        ("this week", "2026-W47"),
        ("this month", "2026-11"),
        ("mois en cours", "2026-11"),
        ("ce trimestre", "2026-Q4"),
        ("l'année en cours", "2026"),
        ("month to date", "2026-11"),
        ("cumul du mois", "2026-11"),
        ("yesterday", "2026-11-19"),
        ("hier", "2026-11-19"),
        ("ytd as of complete", "2026-01-01..2026-11-15"),
        ("ytd as of complete week", "2026-01-01..2026-11-15"),
        ("ytd as of complete month", "2026-01-01..2026-10-31"),
        ("ytd à la dernière semaine complète", "2026-01-01..2026-11-15"),
        ("cumul annuel complet", "2026-01-01..2026-11-15"),
        ("qtd as of complete", "2026-10-01..2026-11-15"),
        ("mtd as of complete", "2026-11-01..2026-11-19"),
        ("wtd as of complete", "2026-11-16..2026-11-19"),
        ("mtd au dernier jour complet", "2026-11-01..2026-11-19"),
        ("ytd as of 2026-09-30", "2026-01-01..2026-09-30"),
        ("ytd au 2026-09-30", "2026-01-01..2026-09-30"),
        ("last 4 weeks as of 2026-09-30", "2026-W36..2026-W39"),
        ("2026-W44..2026-W47", "2026-W44..2026-W47"),
        ("2026-W44..2026-W44", "2026-W44"),
        ("2026-09..2026-10", "2026-09..2026-10"),
        ("2026-Q1..2026-10", "2026-01-01..2026-10-31"),
        ("2026-11-10..yesterday", "2026-11-10..2026-11-19"),
        ("black friday 2026", "2026-11-27"),
        ("Black Friday", "2025-11-28"),  # this year's has not begun
        ("soldes hiver 2026", "2026-01-07..2026-02-03"),
        ("soldes d'été", "2026-06-24..2026-07-21"),
        ("winter sales 2025", "2025-01-08..2025-02-04"),
        ("noël 2026", "2026-12-25"),
        ("fête des mères 2026", "2026-05-31"),
    ],
)
def test_words_are_read_against_the_last_loaded_day(text: str, expected: str) -> None:
    period = calendar.parse(text, date(2026, 11, 19))
    assert period.text == expected
    assert calendar.parse(period.text) == period


def test_as_of_complete_in_the_first_days_of_a_unit_is_the_unit_before() -> None:
    assert calendar.parse("ytd as of complete", date(2026, 1, 2)).text == "2025-01-01..2025-12-28"
    assert calendar.parse("ytd as of complete", date(2026, 1, 4)).text == "2026-01-01..2026-01-04"
    assert calendar.parse("mtd as of complete week", date(2026, 5, 31)).text == "2026-05"


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("last 8 weks", "last 8 weeks"),
        ("lats week", "last week"),
        ("yestreday", "yesterday"),
        ("8 dernieres semains", "8 dernieres semaine"),
        ("2026 W44", "2026-W44"),
        ("2026--W44", "2026-W44"),
        ("2026-W444", "2026-W44"),
        ("ytdd", "ytd"),
        ("blak friday 2026", "black friday 2026"),
        ("31/10/2026", "2026-10-31"),
        ("10/2026", "2026-10"),
        ("2026-9", "2026-09"),
        ("W44", "2026-W44"),
    ],
)
def test_a_mistake_names_the_nearest_form(text: str, nearest: str) -> None:
    with pytest.raises(UsageError) as caught:
        calendar.parse(text, date(2026, 11, 19))
    assert f"did you mean {nearest}?" in str(caught.value)
    assert calendar.parse(nearest, date(2026, 11, 19))


def test_mistakes_say_what_is_missing() -> None:
    for text, said in (
        ("2025-W53", "2025 has 52 weeks"),
        ("FY2026", "FY2026 needs fiscal_year"),
        ("last fiscal quarter", "needs fiscal_year"),
        ("R2026-W12", "needs retail_year"),
        ("2026-W44..2026-W40", "ends before it starts"),
    ):
        with pytest.raises(UsageError, match=said):
            calendar.parse(text, date(2026, 11, 19))


@given(text=st.text(max_size=30) | st.from_regex(r"(last|this|8|weeks|ytd|as of|complete|\.\.|2026-W?[0-9]{0,3}| )+", fullmatch=True))
def test_any_text_is_a_period_or_a_usage_error(text: str) -> None:
    try:
        period = calendar.parse(text, date(2026, 11, 19))
    except UsageError:
        return
    assert period.start <= period.end
    assert calendar.parse(period.text) == period


@pytest.mark.parametrize(
    "text",
    ["", "2026-13", "2025-W53", "2026-W00", "2026-02-30", "2026-Q5", "tomorrow", "2026-11-05..", "latest:fortnight", "latest:", "20261", "2026-11-22T10"],
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


@given(first=DAYS, grain=GRAINS, units=st.integers(0, 9), count=st.integers(-8, 8))
def test_ranges_of_units_step_in_units_and_return(first: date, grain: str, units: int, count: int) -> None:
    start = calendar.unit(first, grain)
    period = calendar.over(start, calendar.step(start, units))
    assert calendar.parse(period.text) == period
    later = calendar.step(period, count)
    assert calendar.step(later, -count) == period
    assert calendar.step(period, 1).start == period.end + timedelta(days=1)
    if grain != "day":
        assert later.text == calendar.over(calendar.step(start, count * (units + 1)), calendar.step(start, count * (units + 1) + units)).text


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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-W44..2026-W47", "2025-W44..2025-W47"),
        ("2026-09..2026-10", "2025-09..2025-10"),
        ("2026-W53", "2026-W01"),
        ("2027-W01..2027-W04", "2026-W02..2026-W05"),
    ],
)
def test_ranges_of_units_compare_as_their_units(text: str, expected: str) -> None:
    compared = calendar.compared(calendar.parse(text), "last_year")
    assert compared is not None and compared.text == expected


@pytest.mark.parametrize(
    ("text", "how", "note"),
    [
        ("2026-W44", "last_year", None),
        ("2026-W53", "last_year", "week 53: 52 weeks back"),
        ("2027-W01", "last_year", "52 weeks back, by weekday"),
        ("2024-02", "last_year", "29 days against 28"),
        ("2024-02-29", "last_year_date", None),
        ("2026-11", "last_year", None),
        ("2026-11", "previous", None),
        ("2026-W14", "last_year_events", "as Easter"),
        ("2026-04-05", "last_year_events", "as Easter"),
        ("2026-04", "last_year_events", "by weekday: Easter was on other days"),
        ("2026-03", "last_year_events", "by weekday"),
    ],
)
def test_what_a_comparison_must_say(text: str, how: str, note: str | None) -> None:
    said = calendar.comparison_note(calendar.parse(text), how)
    assert (str(said) if said else None) == note


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-W14", "2025-W16"),  # the week that ends with Easter Sunday
        ("2026-04-06", "2025-04-21"),  # Easter Monday
        ("2024-W21", "2023-W22"),  # Whit Monday and Mother's Day, both a week later than 52 weeks before
        ("2026-W22", "2025-W22"),  # they moved apart: the weekdays
        ("2026-W48", "2025-W48"),  # Black Friday
        ("2026-W43", "2025-W43"),
        ("2026-05", "2025-05-02..2025-06-01"),  # too long to move with one of its events
        ("soldes hiver 2027", "2026-01-07..2026-02-03"),
        ("soldes hiver 2028", "2027-01-06..2027-02-02"),
        ("2028-01-12..2028-01-25", "2027-01-06..2027-01-19"),  # the first two weeks of the sales
        ("2026-12-25", "2025-12-25"),
    ],
)
def test_with_the_events_of_last_year(text: str, expected: str) -> None:
    period = calendar.parse(text)
    assert calendar.aligned(period).text == expected
    assert calendar.aligned(period).days == period.days


def test_no_comparison_and_unknown_comparison() -> None:
    week = calendar.parse("2026-W44")
    assert calendar.compared(week, "none") is None
    with pytest.raises(UsageError, match="is not a comparison"):
        calendar.compared(week, "last_decade")


@given(day=DAYS, grain=GRAINS, how=st.sampled_from(["last_year_weekday", "last_year_events"]))
def test_weekday_and_event_comparisons_have_as_many_days(day: date, grain: str, how: str) -> None:
    period = calendar.unit(day, grain)
    other = calendar.compared(period, how)
    assert other is not None and other.days == period.days
    assert (how == "last_year_events" and grain == "day") or other.start.weekday() == period.start.weekday()


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
