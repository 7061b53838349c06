"""Amounts laid over days by another year's shape, by weekday, by a curve: exact sums, events where they belong, and honest notes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from objectives_shop import Days, plan, problems

from kpi_core.engine.calendar import between
from kpi_core.engine.calendar import parse as period
from kpi_core.engine.calendars import CIVIL
from kpi_core.engine.events import FRANCE, Events, black_friday
from kpi_core.objectives import Objectives
from kpi_core.objectives.ranges import parse_range
from kpi_core.objectives.shapes import pairs
from kpi_core.view import Filter

NONE = Events(())


def days_of(year: int) -> list[date]:
    first = date(year, 1, 1)
    return [first + timedelta(days=offset) for offset in range((date(year + 1, 1, 1) - first).days)]


def web(year: int) -> dict[date, int]:
    """Weekends twice the week, December three times, and a hundred times on Black Friday."""
    return {
        day: 10 * (2 if day.weekday() >= 5 else 1) * (3 if day.month == 12 else 1) * (100 if day == black_friday(year) else 1) for day in days_of(year)
    }


def shops(year: int) -> dict[date, int]:
    """Closed on Sundays, and in August."""
    return {day: 0 if day.weekday() == 6 or day.month == 8 else 30 + day.weekday() for day in days_of(year)}


def whole(*parts: Mapping[date, int]) -> dict[date, int]:
    return {day: sum(part[day] for part in parts) for day in parts[0]}


def data(year: int = 2025, **more: object) -> Days:
    w, s = web(year), shops(year)
    found = {("revenue", "", ""): whole(w, s), ("revenue", "channel", "web"): w, ("revenue", "channel", "store"): s}
    found |= {("revenue", "store", "Lyon"): {day: amount // 3 for day, amount in s.items()}, ("revenue", "store", "Nice"): {}}
    return Days(found, date(year, 1, 1), date(year, 12, 31))


def amount(found: Objectives, text: str, **where: str) -> Fraction:
    target = found.target_for("revenue", tuple(Filter(dim, (member,)) for dim, member in where.items()), period(text))
    assert target is not None, text
    return target.amount


def note(found: Objectives, text: str, **where: str) -> str:
    target = found.target_for("revenue", tuple(Filter(dim, (member,)) for dim, member in where.items()), period(text))
    assert target is not None
    return str(target.note)


# ---------------------------------------------------------------- which day of the other year


@pytest.mark.parametrize("year", range(2020, 2034))
@pytest.mark.parametrize("by", ["iso_week", "month", "day"])
def test_every_day_has_a_day_of_the_other_year(year: int, by: str) -> None:
    found = pairs(parse_range(year, CIVIL), None, by, FRANCE)
    assert list(found) == days_of(year)
    others = [other for days in found.values() for other in days]
    assert {other.year for other in others} == {year - 1}
    if by != "month":
        assert all(len(days) == 1 for days in found.values())


def test_weekdays_meet_weekdays_and_week_53_no_christmas() -> None:
    found = pairs(parse_range(2026, CIVIL), 2025, "iso_week", NONE)  # 2026 has 53 ISO weeks, 2025 has 52
    assert found[date(2026, 11, 27)] == (date(2025, 11, 28),)
    assert [found[date(2026, 12, day)] for day in (28, 29, 30, 31)] == [(date(2025, 12, 29),), (date(2025, 12, 30),), (date(2025, 12, 31),), (date(2025, 12, 31),)]
    assert all(day.weekday() == other.weekday() for day, (other,) in found.items() if day != date(2026, 12, 31))


def test_the_29_february_counts_once() -> None:
    into = pairs(parse_range(2025, CIVIL), 2024, "month", NONE)
    assert into[date(2025, 2, 28)] == (date(2024, 2, 28), date(2024, 2, 29))
    assert sorted(other for days in into.values() for other in days) == days_of(2024)
    out_of = pairs(parse_range(2024, CIVIL), 2023, "month", NONE)
    assert out_of[date(2024, 2, 29)] == ()
    assert sorted(other for days in out_of.values() for other in days) == days_of(2023)


def test_easter_is_held_against_easter() -> None:
    only = Events(tuple(rule for rule in FRANCE.rules if rule.id == "easter"))
    for by in ("iso_week", "month"):
        found = pairs(parse_range(2026, CIVIL), 2025, by, only)
        assert found[date(2026, 4, 5)] == (date(2025, 4, 20),)  # two weeks earlier, and nothing else takes that day
        assert [day for day, others in found.items() if date(2025, 4, 20) in others] == [date(2026, 4, 5)]


def test_a_fiscal_year_looks_back_day_by_day() -> None:
    found = pairs(parse_range("2026-04..2027-03", CIVIL), 2025, "month", NONE)
    assert found[date(2026, 4, 1)] == (date(2025, 4, 1),) and found[date(2027, 3, 31)] == (date(2026, 3, 31),)


# ---------------------------------------------------------------- the plain oracle


def test_by_month_is_last_year_s_share_of_the_month() -> None:
    found = plan("- {kpi: revenue, total: 1_000_000, range: 2026, phase: {like: 2025, by: month}}", data())
    actual = whole(web(2025), shops(2025))
    for month in range(1, 13):
        share = Fraction(sum(value for day, value in actual.items() if day.month == month), sum(actual.values()))
        assert amount(found, f"2026-{month:02d}") == 1_000_000 * share
    assert amount(found, "2026-02-03") == amount(found, "2026-02") / 28
    assert note(found, "2026-02") == "phased like 2025 by month"
    assert note(found, "2026") == "None"


def test_by_iso_week_moves_black_friday() -> None:
    text = "- {{kpi: revenue, total: 1_000_000, range: 2024, phase: {{like: 2023, by: iso_week{}}}}}"
    plain, moved = plan(text.format(""), data(2023)), plan(text.format(", shift_events: [black_friday]"), data(2023))
    # 24 November 2023 in week 47, 29 November 2024 in week 48: 52 weeks back lies 1 December
    assert black_friday(2023) == date(2023, 11, 24) and black_friday(2024) == date(2024, 11, 29)
    assert amount(plain, "2024-W47") > 3 * amount(plain, "2024-W48")
    assert amount(moved, "2024-W48") > 3 * amount(moved, "2024-W47")
    assert note(moved, "2024-W48") == "phased like 2023 by ISO week, Black Friday moved"
    assert note(plain, "2024-W48") == "phased like 2023 by ISO week"
    months = plan(text.replace("iso_week", "month").format(", shift_events: [easter]"), data(2023))
    assert note(months, "2024-03") == "phased like 2023 by month, Easter moved"


def test_by_day_follows_each_day() -> None:
    found = plan("- {kpi: revenue, total: 1_000_000, range: 2026, phase: {like: 2025, by: day}}", data())
    actual = whole(web(2025), shops(2025))
    assert amount(found, "2026-05-05") / amount(found, "2026-05-10") == Fraction(actual[date(2025, 5, 6)], actual[date(2025, 5, 11)])
    assert note(found, "2026-05-05") == "phased like 2025 by day"


def test_by_weekday_and_weekday_inside_a_curve() -> None:
    days = "{mon: 0, tue: 1, wed: 1, thu: 1, fri: 1, sat: 2, sun: 50%}"
    found = plan(f"- {{kpi: revenue, total: 6_500, range: 2026-W10..2026-W12, phase: {{weekday: {days}}}}}")
    assert [amount(found, f"2026-03-{day:02d}") for day in range(2, 9)] == [0, Fraction(6500, 3 * 65) * 10, *[Fraction(6500, 3 * 65) * 10] * 3, Fraction(6500, 3 * 65) * 20, Fraction(6500, 3 * 65) * 5]
    assert note(found, "2026-03-03") == "phased by weekday"
    curve = plan(f"- {{kpi: revenue, total: 1000, range: 2026-Q1, phase: {{curve: {{2026-01: 20%, 2026-02: 0.3, 2026-03: 0.5}}, weekday: {days}}}}}")
    assert [amount(curve, f"2026-{month:02d}") for month in (1, 2, 3)] == [200, 300, 500]
    assert amount(curve, "2026-02-02") == 0 and amount(curve, "2026-02-07") == 2 * amount(curve, "2026-02-06")
    assert note(curve, "2026-02") == "phased by the curve of 2026-Q1, by weekday"


def test_like_and_weekday_inside_its_weeks() -> None:
    found = plan("- {kpi: revenue, total: 1000, range: 2026, phase: {like: 2025, weekday: {mon: 1, tue: 1, wed: 1, thu: 1, fri: 1, sat: 3, sun: 0}}}", data())
    alone = plan("- {kpi: revenue, total: 1000, range: 2026, phase: {like: 2025}}", data())
    assert amount(found, "2026-W20") == amount(alone, "2026-W20")
    assert amount(found, "2026-05-16") == amount(found, "2026-W20") * Fraction(3, 8) and amount(found, "2026-05-17") == 0


# ---------------------------------------------------------------- splits

SPLIT = """
- kpi: revenue
  total: 1_000_001
  range: 2026
  within: {store: {channel: store}}
  split:
    channel: {web: 40%, store: 500_000}
    store: {Lyon: 50%, Nice: 7}
  phase: {like: 2025, by: iso_week, shift_events: [black_friday, soldes_hiver]}
"""


def test_members_have_shapes_of_their_own_and_the_whole_is_their_sum() -> None:
    found = plan(SPLIT, data())
    assert amount(found, "2026", channel="web") == Fraction(1_000_001) * 2 / 5
    assert amount(found, "2026", channel="store", store="Lyon") == 250_000 and amount(found, "2026", store="Nice") == 7
    assert amount(found, "2026-11", channel="web") * 12 > amount(found, "2026", channel="web") * Fraction(11, 10)
    for text in ("2026-W31", "2026-08", "2026-11-27", "2026-W53", "2026", "2026-01-01..2026-10-17"):
        if text == "2026-W53":
            text = "2026-12-28..2026-12-31"
        split = found.split_targets("revenue", (), "channel", period(text))
        assert split.total is not None and split.unallocated is not None
        assert sum(target.amount for target in split.members.values()) + split.unallocated == split.total.amount
        assert split.unallocated >= 0 and set(split.members) == {"web", "store"}
        stores = found.split_targets("revenue", (Filter("channel", ("store",)),), "store", period(text))
        assert stores.unallocated is not None and stores.unallocated >= 0
    assert note(found, "2026-W48", store="Nice") == "phased like 2025 by ISO week, Black Friday moved, as the whole: no data of its own"
    assert note(found, "2026-W20") == "phased like 2025 by ISO week"  # no event that moved lies in it
    assert note(found, "2026-Q1") == "phased like 2025 by ISO week, Winter sales moved"


def test_a_fully_divided_year_leaves_nothing_unallocated_in_any_week() -> None:
    text = "- {kpi: revenue, total: 1000, range: 2026, split: {channel: {web: 30%, store: 70%}}, phase: {like: 2025}}"
    found = plan(text, data())
    for week in range(2, 53):
        assert found.split_targets("revenue", (), "channel", period(f"2026-W{week:02d}")).unallocated == 0


def test_a_second_split_takes_its_share_of_every_day() -> None:
    text = "- {kpi: revenue, total: 1000, range: 2026, split: {channel: {web: 30%, store: 70%}, store: {Lyon: 250, Nice: 250}}, phase: {like: 2025}}"
    found = plan(text, data())
    for text in ("2026-W20", "2026-11-27", "2026-08"):
        assert amount(found, text, store="Lyon") == amount(found, text) / 4
        assert found.split_targets("revenue", (), "store", period(text)).unallocated == amount(found, text) / 2
    assert note(found, "2026-08", store="Lyon") == "phased like 2025 by ISO week, as the whole"


@settings(max_examples=25, deadline=None)
@given(
    st.integers(1, 10**9),
    st.sampled_from(["like: 2023, by: month", "like: 2023", "like: 2023, by: day", "like: last_year, shift_events: [soldes_hiver, black_friday, easter]"]),
    st.sampled_from(["", ", weekday: {mon: 1, tue: 2, wed: 0, thu: 1, fri: 1, sat: 4, sun: 0}"]),
    st.lists(st.integers(1, 365), max_size=6),
    st.integers(0, 100),
)
def test_days_sum_to_the_total_for_whole_and_members(total: int, like: str, weekday: str, cuts: list[int], share: int) -> None:
    if "day" in like.split(",")[-1] and weekday:
        weekday = ""
    text = f"- {{kpi: revenue, total: {total}, range: 2024, split: {{channel: {{web: {share}%, store: {100 - share}%}}}}, phase: {{{like}{weekday}}}}}"
    found = plan(text, data(2023))
    edges = [0, *sorted(set(cuts)), 366]
    first = date(2024, 1, 1)
    for where, goal in (({}, Fraction(total)), ({"channel": "web"}, Fraction(total * share, 100)), ({"channel": "store"}, Fraction(total * (100 - share), 100))):
        filters = tuple(Filter(dim, (member,)) for dim, member in where.items())
        spans = [(first + timedelta(days=a), first + timedelta(days=b - 1)) for a, b in pairwise(edges) if b > a]
        parts = [found.target_for("revenue", filters, between(*span)) for span in spans]
        assert sum((part.amount for part in parts if part is not None), Fraction(0)) == goal
        assert all(part is not None and part.amount >= 0 for part in parts)


# ---------------------------------------------------------------- when there is nothing to take a shape from


@pytest.mark.parametrize("shapes", [None, Days({}), Days({("revenue", "", ""): web(2025)}, date(2025, 3, 1))])
def test_without_last_year_it_is_spread_evenly_and_says_so(shapes: Days | None) -> None:
    found = plan("- {kpi: revenue, total: 3650, range: 2026, phase: {like: 2025}}", shapes)
    assert amount(found, "2026-W20") == 70
    assert note(found, "2026-W20") == "no data of 2025 to phase by, so spread evenly over the days of 2026"


def test_more_returns_than_sales_are_no_negative_target() -> None:
    days = dict.fromkeys(days_of(2025), 10) | {date(2025, 5, 6): -500}
    found = plan("- {kpi: revenue, total: 3640, range: 2026, phase: {like: 2025, by: day}}", Days({("revenue", "", ""): days}))
    assert amount(found, "2026-05-05") == 0 and amount(found, "2026-05-06") > 0


def test_values_per_month_are_phased_within_their_month() -> None:
    found = plan("- {kpi: revenue, values: {2026-10: 310, 2026-11: 300}, phase: {like: last_year, by: day}}", data())
    assert amount(found, "2026-10") == 310 and amount(found, "2026-11") == 300
    assert amount(found, "2026-11-27") > 5 * amount(found, "2026-11-26")
    assert note(found, "2026-W44") == "phased like last year by day"


def test_a_shape_is_asked_for_once() -> None:
    shapes = data()
    found = plan(SPLIT, shapes)
    assert shapes.asked == []  # nothing is read before a screen asks
    for text in ("2026-10", "2026-11", "2026-W44"):
        amount(found, text)
    assert len(shapes.asked) == len({str(item) for item in shapes.asked}) + 1  # the whole stands in for Nice, and for the rest


MISTAKES = [
    ("{total: 1, range: 2026, phase: {}}", "phase", "phase says nothing", "write like: 2025, weekday or curve"),
    ("{total: 1, range: 2026, phase: {by: month}}", "phase", "phase says nothing", None),
    ("{total: 1, range: 2026, phase: {by: month, curve: {2026: 1}}}", "phase.by", "by goes with like", "add for example like: 2025"),
    ("{total: 1, range: 2026, phase: {like: 2026}}", "phase.like", "like 2026 is not a year before 2026", "write like: 2025, or like: last_year"),
    ("{total: 1, range: 2026, phase: {like: 2025, shift_events: [black_fryday]}}", "phase.shift_events.0", "the calendar has no event black_fryday", "did you mean black_friday?"),
    ("{total: 1, range: 2026, phase: {weekday: {monday: 1}}}", "phase.weekday.monday", "monday is not a weekday", "did you mean mon?"),
    ("{total: 1, range: 2026, phase: {weekday: {mon: 1, tue: 1, wed: 1, thu: 1, fri: 1}}}", "phase.weekday", "weekday lacks sat, sun", "give every day its weight; a closed day has 0"),
    ("{total: 1, range: 2026, phase: {weekday: {mon: 0, tue: 0, wed: 0, thu: 0, fri: 0, sat: 0, sun: 0}}}", "phase.weekday", "every weekday has weight 0", None),
    ("{total: 1, range: 2026, phase: {curve: {2026-H1: 1}}}", "phase.curve.2026-H1", "2026-H1 is not a range of dates", None),
    ("{total: 1, range: 2026-Q1, phase: {curve: {2026-01: 0.3, 2026-02: 0.3, 2026-03: 0.3}}}", "phase.curve", "the shares of the curve sum to 0.9, not to 1", "shares are fractions of 1 or percentages of 100"),
    ("{total: 1, range: 2026-Q1, phase: {curve: {2026-01: 0.5, 2026-02: 0.5}}}", "phase.curve", "the curve leaves 31 days of 2026-Q1 without a share", "give every part of 2026-Q1 its share, be it 0"),
    ("{total: 1, range: 2026-Q1, phase: {curve: {2026-01: 0.5, 2026-01-15..2026-03: 0.5}}}", "phase.curve.2026-01-15..2026-03", "2026-01-15..2026-03 overlaps 2026-01", None),
    ("{total: 1, range: 2026-Q1, phase: {curve: {2026-04: 1}}}", "phase.curve.2026-04", "2026-04 lies outside 2026-Q1", None),
    ("{total: 1, range: 2026-Q1, phase: {curve: {2026-Q1: all}}}", "phase.curve.2026-Q1", "all is not a share", "write 0.4 or 40%"),
    ("{values: {2026-01: 5}, phase: {curve: {2026-01: 1}}}", "phase.curve", "a curve divides one total", "with values per period the periods are the curve"),
    ("{total: 1, range: 2026, phase: {like: 2025, by: day, weekday: {mon: 1, tue: 1, wed: 1, thu: 1, fri: 1, sat: 1, sun: 1}}}", "phase.weekday", "by: day leaves nothing for weekdays to divide", None),
    ("{total: 1, range: 2026, split: {channel: {web: lots}}}", "split.channel.web", "lots is not a share", "write an amount, or a share like 40%"),
    ("{total: 1, range: 2026, split: {channel: {web: 60%, store: 41%}}}", "split.channel", "the split by channel gives 1.01, more than its total of 1", None),
    ("{range: 2026, split: {channel: {web: 60%, store: 10}}}", "split.channel.web", "there is no total to take a share of", "write total or values"),
]  # fmt: skip


@pytest.mark.parametrize(("written", "key", "what", "hint"), MISTAKES)
def test_mistakes(written: str, key: str, what: str, hint: str | None) -> None:
    (error, *_) = problems(f"- {{kpi: revenue, {written[1:]}")
    assert str(error.what) == what and error.where is not None and error.where.column == f"objectives.0.targets.0.{key}"
    if hint is not None:
        assert str(error.hint) == hint


def test_only_amounts_are_phased_and_shared() -> None:
    (error,) = problems("- {kpi: aov, value: 60, phase: {like: 2025}}")
    assert str(error.what) == "KPI aov does not add up over days: there is nothing to phase"
    (error,) = problems("- {kpi: cart_abandonment, value: 0.7, split: {channel: {web: 60%}}}")
    assert str(error.what) == "parts of cart_abandonment do not add up: a share of it means nothing" and str(error.hint) == "write the number itself: 0.6"


def test_shares_of_levels_and_of_values() -> None:
    levels = plan("- {kpi: stock, value: 200, split: {channel: {web: 12.5%}}}")
    target = levels.target_for("stock", (Filter("channel", ("web",)),), period("2026"))
    assert target is not None and target.amount == 25
    found = plan("- {kpi: revenue, values: {2026-10: 100, 2026-11: 300}, split: {channel: {web: 10%}}}")
    assert amount(found, "2026-10", channel="web") == 10 and amount(found, "2026-11", channel="web") == 30
    assert found.split_targets("revenue", (), "channel", period("2026-11")).unallocated == 270


def test_a_part_without_any_weight_is_spread_evenly() -> None:
    curve = "{2026-08-03..2026-08-26: 50%, 2026-08-27..2026-09-19: 0.5}"
    text = f"- {{kpi: revenue, total: 48, range: 2026-08-03..2026-09-19, where: {{channel: [store]}}, phase: {{curve: {curve}, like: 2025, by: day}}}}"
    found = plan(text, data())  # shops are closed in August
    assert amount(found, "2026-08-10", channel="store") == 1 and amount(found, "2026-08-03..2026-08-26", channel="store") == 24
    assert amount(found, "2026-09-06", channel="store") == 0 and amount(found, "2026-08-27..2026-09-19", channel="store") == 24
