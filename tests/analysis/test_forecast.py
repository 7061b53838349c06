"""The end of a period in progress: what must hold for any series, and how often the range held on a real shop."""

from __future__ import annotations

import csv
import gzip
import math
from collections import defaultdict
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi_core.analysis.forecast import LEAST_DAYS, Outlook, Past, outlook
from tests.shop import REAL

WEEK = [10.0, 12.0, 9.0, 14.0, 20.0, 31.0, 0.0]
SERIES = st.lists(st.floats(1, 1000), min_size=130, max_size=160)


def weekly(days: int, growth: float = 0.0) -> list[float]:
    return [WEEK[index % 7] * (1 + growth * index) for index in range(days)]


def found(past: Past, elapsed: int, ahead: int) -> Outlook:
    result = outlook(past, elapsed, ahead)
    assert result is not None
    return result


def test_a_constant_series_goes_on_and_its_range_has_no_width() -> None:
    end = found(Past([5.0] * 200), 10, 20)
    assert (end.amount, end.low, end.high) == pytest.approx((150, 150, 150))
    assert (end.held, end.of) == (10, 10)


@pytest.mark.parametrize("days", [200, 203, 206])
@pytest.mark.parametrize("ahead", [1, 3, 7, 24])
def test_the_days_of_the_week_are_told_apart(days: int, ahead: int) -> None:
    end = found(Past(weekly(days)), 7, ahead)
    assert end.amount == pytest.approx(sum(WEEK) + sum(WEEK[index % 7] for index in range(days, days + ahead)))


def test_a_shop_that_is_always_shut_on_a_day_expects_nothing_of_it() -> None:
    assert outlook(Past(weekly(LEAST_DAYS * 4 + 6)), 3, 1) is None  # the only day to come is a Sunday: nothing to say in factors
    assert found(Past(weekly(LEAST_DAYS * 4 + 5)), 3, 2).ahead == pytest.approx(WEEK[5])


@given(SERIES, st.integers(1, 30), st.integers(1, 30))
@settings(max_examples=25, deadline=None)
def test_ten_times_the_money_is_ten_times_the_projection(series: list[float], elapsed: int, ahead: int) -> None:
    one, ten = found(Past(series), elapsed, ahead), found(Past([10 * each for each in series]), elapsed, ahead)
    assert (10 * one.low, 10 * one.amount, 10 * one.high) == pytest.approx((ten.low, ten.amount, ten.high))
    assert (one.held, one.of, one.bend) == (ten.held, ten.of, ten.bend)
    assert one.chance(one.amount * 1.07, True) == pytest.approx(ten.chance(ten.amount * 1.07, True))


@given(SERIES, st.integers(1, 30), st.integers(1, 30), st.booleans())
@settings(max_examples=25, deadline=None)
def test_a_ratio_does_not_change_with_the_size_of_the_shop(series: list[float], elapsed: int, ahead: int, relative: bool) -> None:
    under = [1 + each % 7 for each in series]
    one = found(Past(series, under, relative), elapsed, ahead)
    ten = found(Past([10 * each for each in series], [10 * each for each in under], relative), elapsed, ahead)
    assert (one.low, one.amount, one.high) == pytest.approx((ten.low, ten.amount, ten.high))


@given(SERIES, st.integers(1, 30), st.integers(1, 30))
@settings(max_examples=25, deadline=None)
def test_the_range_holds_the_amount_and_odds_fall_with_the_target(series: list[float], elapsed: int, ahead: int) -> None:
    end = found(Past(series), elapsed, ahead)
    assert end.low <= end.amount <= end.high and math.isfinite(end.high)
    so_far = sum(series[len(series) - elapsed :])
    assert end.low >= so_far
    odds = [end.chance(so_far + end.ahead * share, True) for share in (0.2, 0.8, 1.0, 1.2, 5.0)]
    assert odds == sorted(odds, reverse=True) and all(0 < each < 1 for each in odds)
    assert end.chance(so_far + end.ahead * 1.2, True) + end.chance(so_far + end.ahead * 1.2, False) >= 1


def test_a_ratio_is_that_of_the_sums_never_a_mean_of_ratios() -> None:
    over = [index % 7 + 1.0 for index in range(200)]
    under = [10.0 * (index % 7 + 1) for index in range(200)]
    assert found(Past(over, under), 10, 20).amount == pytest.approx(0.1)


def test_last_years_course_counts_where_it_made_the_past_better() -> None:
    days = 1100
    season = [100 * (1 + 0.5 * math.sin(2 * math.pi * index / 364)) for index in range(days + 60)]
    with_course = found(Past(season[:days]), 10, 60)
    actual = sum(season[days - 10 : days + 60])
    assert with_course.bend > 0
    assert abs(with_course.amount / actual - 1) < 0.01
    without = found(Past(season[days - 300 : days]), 10, 60)
    assert without.bend == 0
    assert abs(without.amount / actual - 1) > 0.05


def test_a_day_that_plays_the_part_of_another_is_taken_from_where_it_was() -> None:
    """A sale that comes ten days later every year: the days like it are found where they were."""
    days, ahead = 1100, 30
    starts = [days - 728 - 10, days - 364, days + 10]
    sale = {start + index for start in starts for index in range(10)}
    series = [10.0 + index % 7 + (500 if index in sale else 0) for index in range(days + ahead)]

    def like(index: int) -> int:
        if index in sale:
            return index - 374
        return index - 364 if index - 364 not in sale else index - 350

    actual = sum(series[days:])
    known, blind = found(Past(series[:days], like=like), 0, ahead), found(Past(series[:days]), 0, ahead)
    assert known.bend > 0
    assert abs(known.ahead / actual - 1) < 0.02
    assert known.reach <= blind.reach


@pytest.mark.parametrize(("days", "ahead"), [(LEAST_DAYS - 1, 1), (60, 30), (200, 170), (400, 0)])
def test_too_little_past_gives_no_projection(days: int, ahead: int) -> None:
    assert outlook(Past(weekly(days)), 5, ahead) is None


def test_nothing_but_zeros_gives_no_projection() -> None:
    assert outlook(Past([0.0] * 200), 5, 10) is None
    assert outlook(Past([0.0] * 200, [0.0] * 200), 5, 10) is None


def test_misses_widen_the_range() -> None:
    """A growth that becomes ever faster, so that every forecast misses by more than the ones before it did."""
    series = [100 * math.exp((max(0, index - 250) / 60) ** 2) for index in range(400)]
    end = found(Past(series), 5, 10)
    assert (end.held, end.of) == (0, 10)
    assert end.reach == max(abs(error) for error in end.errors)
    calm = found(Past([100.0 + index % 11 for index in range(400)]), 5, 10)
    assert calm.held >= 7 and calm.reach < max(abs(error) for error in calm.errors)


@pytest.mark.realdata
@pytest.mark.skipif(not (REAL / "online_retail").is_dir(), reason="the Online Retail export is not beside the repository")
def test_replay_on_online_retail_the_80_percent_range_holds_at_least_70_percent() -> None:
    sold: dict[str, float] = defaultdict(float)
    orders: dict[str, set[str]] = defaultdict(set)
    with gzip.open(REAL / "online_retail" / "online_retail.csv.gz", "rt", encoding="utf-8", newline="") as stream:
        rows = csv.reader(stream)
        next(rows)
        for invoice, _, _, quantity, moment, price, *_ in rows:
            amount = int(quantity) * float(price)
            if amount > 0 and invoice[0] != "C":
                sold[moment[:10]] += amount
                orders[moment[:10]].add(invoice)
    first, days = date(2010, 12, 1), 374
    names = [(first + timedelta(days=index)).isoformat() for index in range(days)]
    revenue, count = [sold.get(name, 0.0) for name in names], [float(len(orders.get(name, ()))) for name in names]
    kept = made = 0
    for day in range(120, days):
        today = first + timedelta(days=day)
        month_end = (today.replace(day=28) + timedelta(days=5)).replace(day=1)
        ahead = (month_end - today).days
        if today.day not in (6, 11, 16, 21) or day + ahead > days:
            continue
        elapsed = today.day - 1
        for over, under in ((revenue, None), (count, None), (revenue, count)):
            end = found(Past(over[:day], None if under is None else under[:day]), elapsed, ahead)
            actual = sum(over[day - elapsed : day + ahead])
            if under is not None:
                actual /= sum(under[day - elapsed : day + ahead])
            kept += end.low <= actual <= end.high
            made += 1
    assert made >= 75
    assert kept / made >= 0.70, (kept, made)
