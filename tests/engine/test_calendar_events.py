"""Events: rules of France against dates as published, and the day of another year that plays the same part."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi_core.config.model import Text
from kpi_core.engine.events import FRANCE, EventRule, Events, black_friday, easter, like_day, mothers_day, nearest_weekday, public_holidays
from kpi_core.engine.events import summer_sales as summer
from kpi_core.engine.events import winter_sales as winter

DAYS = st.dates(date(2001, 1, 1), date(2049, 12, 31))

# Easter Sundays as printed in almanacs; the table of the French ministry of labour for the public holidays of 2024 to 2026.
EASTER = {2000: "04-23", 2008: "03-23", 2011: "04-24", 2019: "04-21", 2024: "03-31", 2025: "04-20", 2026: "04-05", 2027: "03-28", 2038: "04-25", 2049: "04-18"}
HOLIDAYS = {
    2024: "01-01 04-01 05-01 05-08 05-09 05-20 07-14 08-15 11-01 11-11 12-25",
    2025: "01-01 04-21 05-01 05-08 05-29 06-09 07-14 08-15 11-01 11-11 12-25",
    2026: "01-01 04-06 05-01 05-08 05-14 05-25 07-14 08-15 11-01 11-11 12-25",
}
WINTER_SALES = {2022: "01-12", 2023: "01-11", 2024: "01-10", 2025: "01-08", 2026: "01-07"}
SUMMER_SALES = {2022: "06-22", 2023: "06-28", 2024: "06-26", 2025: "06-25", 2026: "06-24"}
BLACK_FRIDAY = {2018: "11-23", 2019: "11-29", 2022: "11-25", 2023: "11-24", 2024: "11-29", 2025: "11-28", 2026: "11-27"}
MOTHERS_DAY = {2019: "05-26", 2020: "06-07", 2022: "05-29", 2023: "06-04", 2024: "05-26", 2025: "05-25", 2026: "05-31"}


def _dates(table: dict[int, str]) -> list[date]:
    return [date.fromisoformat(f"{year}-{text}") for year, text in table.items()]


def test_rules_give_the_published_dates() -> None:
    assert [easter(year) for year in EASTER] == _dates(EASTER)
    assert [winter(year)[0] for year in WINTER_SALES] == _dates(WINTER_SALES)
    assert [summer(year)[0] for year in SUMMER_SALES] == _dates(SUMMER_SALES)
    assert [black_friday(year) for year in BLACK_FRIDAY] == _dates(BLACK_FRIDAY)
    assert [mothers_day(year) for year in MOTHERS_DAY] == _dates(MOTHERS_DAY)
    assert winter(2026)[1] == date(2026, 2, 3) and summer(2025)[1] == date(2025, 7, 22)


@pytest.mark.parametrize("year", HOLIDAYS)
def test_eleven_public_holidays(year: int) -> None:
    assert sorted(public_holidays(year)) == [date.fromisoformat(f"{year}-{text}") for text in HOLIDAYS[year].split()]


@given(year=st.integers(1900, 2199))
def test_rules_keep_their_bounds(year: int) -> None:
    assert date(year, 3, 22) <= easter(year) <= date(year, 4, 25) and easter(year).weekday() == 6
    for (start, end), month, latest in ((winter(year), 1, 12), (summer(year), 6, 28)):
        assert start.weekday() == 2 and start.month == month and start.day <= latest and (end - start).days == 27
        later = start + timedelta(days=7)
        assert later.month != month or later.day > latest  # the next Wednesday would be too late
    assert mothers_day(year) != easter(year) + timedelta(days=49)


@pytest.mark.parametrize(
    ("day", "like"),
    [
        ("2026-11-27", "2025-11-28"),  # Black Friday
        ("2026-04-05", "2025-04-20"),  # Easter Sunday
        ("2026-04-06", "2025-04-21"),  # Easter Monday
        ("2026-05-31", "2025-05-25"),  # Mother's Day
        ("2026-11-11", "2025-11-11"),  # a holiday by date
        ("2026-12-25", "2025-12-25"),
        ("2026-12-24", "2025-12-24"),  # the end of the year by date
        ("2026-01-07", "2025-01-08"),  # the first day of the sales
        ("2026-02-03", "2025-02-04"),  # their last
        ("2026-07-14", "2025-07-14"),  # a holiday within the sales
        ("2026-10-28", "2025-10-29"),  # an ordinary Wednesday
        ("2027-01-02", "2026-01-03"),  # after a year with a week 53: still 52 weeks
        ("2028-02-29", "2027-03-02"),  # a leap day
        ("2028-01-05", "2027-02-03"),  # before the sales that began a week later than the year before: no day of the sales
    ],
)
def test_like_day(day: str, like: str) -> None:
    asked = date.fromisoformat(day)
    assert like_day(asked, asked.year - 1) == date.fromisoformat(like)


@given(day=DAYS, years=st.integers(-3, 3))
def test_like_day_stays_in_its_year_and_within_the_season(day: date, years: int) -> None:
    other = like_day(day, day.year + years)
    assert other.year == day.year + years
    near = nearest_weekday(day, day.year + years)
    assert abs((other - near).days) <= 49


@given(day=DAYS)
def test_like_day_of_the_same_year_is_the_day(day: date) -> None:
    assert like_day(day, day.year) == day


@given(day=DAYS, years=st.sampled_from([-1, 1]))
def test_like_day_keeps_the_part_or_else_the_weekday(day: date, years: int) -> None:
    other = like_day(day, day.year + years)
    here, there = ({item.id for item in FRANCE.on(d)} for d in (day, other))
    if here:
        assert here & there
    else:
        assert other.weekday() == day.weekday()
        assert not there


def test_written_dates_win_and_events_may_be_fewer() -> None:
    moved = EventRule("soldes_hiver", Text(en="x"), "soldes_hiver", fixed=((2026, date(2026, 1, 14), date(2026, 2, 10)),))
    events = Events((moved,))
    assert events.occurrence("soldes_hiver", 2026) is not None
    assert [item.start for item in events.events_in(date(2025, 1, 1), date(2026, 12, 31))] == [date(2025, 1, 8), date(2026, 1, 14)]
    assert events.like_day(date(2026, 1, 14), 2025) == date(2025, 1, 8)
    assert FRANCE.only(["easter"]).like_day(date(2026, 11, 11), 2025) == date(2025, 11, 12)
    assert not Events(()).on(date(2026, 12, 25))


def test_an_event_may_span_the_new_year_and_lack_a_year() -> None:
    clearance = EventRule("clearance", Text(en="x"), fixed=((2024, date(2024, 12, 27), date(2025, 1, 4)), (2025, date(2025, 12, 26), date(2026, 1, 3))))
    events = Events((clearance,))
    assert events.on(date(2026, 1, 1))[0].year == 2025
    assert events.like_day(date(2026, 1, 1), 2025) == date(2025, 1, 2)  # the seventh day of it
    assert events.like_day(date(2025, 12, 26), 2024) == date(2024, 12, 27)
    assert events.like_day(date(2024, 12, 28), 2023) == date(2023, 12, 30)  # no such event then: the weekday


def test_widened_rules() -> None:
    rule = EventRule("black_friday", Text(en="x"), "black_friday", before=4, after=3)
    found = rule.occurrence(2026)
    assert found is not None and (found.start, found.end, found.days) == (date(2026, 11, 23), date(2026, 11, 30), 8)
