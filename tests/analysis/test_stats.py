"""Intervals and tests against the digits that their sources print."""

from __future__ import annotations

import math
from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi_core.analysis import stats

COUNTS = st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def test_the_quantile_is_that_of_the_normal_distribution() -> None:
    assert pytest.approx(NormalDist().inv_cdf(0.975), abs=1e-12) == stats.Z95


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"), [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)]
)
def test_wilson_newcombe_1998_two_sided_intervals_table_1(hits: int, n: int, low: float, high: float) -> None:
    assert stats.wilson(hits, n) == pytest.approx((low, high), abs=6e-5)


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0),
    ],
)
def test_difference_newcombe_1998_interval_estimation_method_10(one: tuple[int, int], other: tuple[int, int], low: float, high: float) -> None:
    found = stats.difference(one[0] / one[1], stats.wilson(*one), other[0] / other[1], stats.wilson(*other))
    assert found == pytest.approx((low, high), abs=6e-5)


def test_nps_adjusted_wald_lewis_sauro_measuringu_50_30_20_of_100() -> None:
    low, high = stats.nps(50, 20, 100)
    assert (round(100 * low, 2), round(100 * high, 2)) == (14.05, 44.20)


def test_nps_variance_cran_nps_npvar() -> None:
    p = stats.nps_variance(50, 20, 100)
    assert p == pytest.approx(0.61)
    # the plain Wald interval of the same survey, as printed beside the adjusted one
    half = 1.959964 * math.sqrt(p / 100)
    assert (round(100 * (0.3 - half), 2), round(100 * (0.3 + half), 2)) == (14.69, 45.31)


def test_two_symmetric_intervals_add_like_standard_errors() -> None:
    low, high = stats.difference(0.5, (0.5 - 0.03, 0.5 + 0.03), 0.2, (0.2 - 0.04, 0.2 + 0.04))
    assert (low, high) == pytest.approx((0.25, 0.35))


def test_two_proportions_cookie_cats_day_1_and_day_7() -> None:
    # players back after 1 and 7 days, gate at level 30 and at level 40 (kaggle.com/datasets/mursideyarkin/mobile-games-ab-testing-cookie-cats)
    assert stats.two_proportions(20034, 44700, 20119, 45489)[0] == pytest.approx(1.7841, abs=6e-5)
    z, p = stats.two_proportions(8502, 44700, 8279, 45489)
    assert z == pytest.approx(3.1644, abs=6e-5)
    assert p == pytest.approx(2 * (1 - NormalDist().cdf(z)))


@pytest.mark.parametrize("counts", [(1, 0), (-1, 4), (5, 4)])
def test_what_is_no_proportion_is_refused(counts: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="no proportion"):
        stats.wilson(*counts)


@pytest.mark.parametrize("counts", [(1, 0, 0), (3, 3, 5), (-1, 0, 5)])
def test_what_is_no_survey_is_refused(counts: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="no survey"):
        stats.nps(*counts)


def test_a_test_without_spread_is_refused() -> None:
    with pytest.raises(ValueError, match="all or none"):
        stats.two_proportions(0, 5, 0, 9)


@given(COUNTS)
def test_a_wilson_interval_holds_its_estimate_and_mirrors(counts: tuple[int, int]) -> None:
    hits, n = counts
    low, high = stats.wilson(hits, n)
    assert 0 <= low <= hits / n <= high <= 1
    other = stats.wilson(n - hits, n)
    assert (1 - other[1], 1 - other[0]) == pytest.approx((low, high), abs=1e-12)


@given(COUNTS, st.integers(2, 50))
def test_more_answers_of_the_same_kind_narrow_an_interval(counts: tuple[int, int], times: int) -> None:
    hits, n = counts
    few, many = stats.wilson(hits, n), stats.wilson(hits * times, n * times)
    assert many[1] - many[0] < few[1] - few[0]


@given(COUNTS.flatmap(lambda c: st.tuples(st.integers(0, c[0]), st.just(c[0]), st.just(c[1]))))
def test_an_nps_interval_holds_its_score_and_mirrors(survey: tuple[int, int, int]) -> None:
    detractors, either, n = survey
    promoters = either - detractors
    low, high = stats.nps(promoters, detractors, n)
    assert -1 <= low <= (promoters - detractors) / n <= high <= 1
    other = stats.nps(detractors, promoters, n)
    assert (-other[1], -other[0]) == pytest.approx((low, high), abs=1e-12)
