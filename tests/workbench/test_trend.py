"""The course of a KPI: every bucket is what Explore says of its period, and the window, the marks and the forecast are what they claim."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from kpi_core.engine import calendar
from kpi_core.engine.result import Period, Status, Value
from kpi_core.errors import UsageError
from kpi_core.pages import Bucket, GapStatus, rows_of
from kpi_core.pages.trend import ACTION, EVENT
from kpi_core.render.plot import wrong_side
from kpi_core.view import Filter, ViewState
from kpi_core.workbench import Workbench
from kpi_core.workbench.trend import window

WEEKS = ViewState(view="trend", kpi="aov")


@pytest.fixture(scope="module")
def bench(sample_workspace: Path) -> Iterator[Workbench]:
    with Workbench.open(sample_workspace, lang="en") as opened:
        yield opened


def close(one: Value, other: Value) -> bool:
    """The same value; quotients may differ in their last bits."""
    if one.number is None or other.number is None:
        return one.number is other.number and one.status == other.status
    return one.status == other.status and one.enough == other.enough and float(one.number) == pytest.approx(float(other.number), rel=1e-9)


@pytest.mark.parametrize(
    ("kpi", "period", "compare", "where"),
    [
        ("aov", "2026-W43", "last_year", ()),
        ("revenue", "2026-10", "previous", (Filter("channel", ("store",)),)),
        ("return_rate", "2026-W44", "last_year", ()),
        ("nps", "2026-10", "none", ()),
        ("purchase_frequency", "2026-09", "last_year", ()),
        ("stock_turn", "2026-Q3", "last_year", ()),
    ],
)
def test_every_bucket_is_what_explore_says_of_its_period(bench: Workbench, kpi: str, period: str, compare: str, where: tuple[Filter, ...]) -> None:
    page = bench.trend(replace(WEEKS, kpi=kpi, period=period, compare=compare, where=where))
    shown = page.shown
    assert shown is not None
    places = {0, len(page.buckets) // 2, max(0, shown - 1), shown, len(page.buckets) - 1}
    for bucket in (page.buckets[place] for place in places):
        if page.expected(bucket) is not None:
            continue
        total = bench.explore(ViewState(view="explore", kpi=kpi, period=bucket.key, compare=compare, where=where)).total
        assert close(bucket.value, total.value), bucket.key
        assert bucket.target == total.target
        assert bucket.gap.status is total.gap.status
        assert (bucket.delta is None) == (total.delta is None) == (compare == "none")
        if bucket.delta is not None and total.delta is not None:
            assert close(bucket.delta.base, total.delta.base), bucket.key


def test_buckets_are_whole_units_that_follow_each_other_and_hold_the_period(bench: Workbench) -> None:
    for period in ("2026-W43", "2026-08", "2026-10-12", "2026-Q2", "2025", "2026-10-01..2026-10-10"):
        page = bench.trend(replace(WEEKS, period=period))
        assert page.shown is not None and page.header.period.text == period
        for one, other in zip(page.buckets, page.buckets[1:], strict=False):
            assert other.period.start - one.period.end == timedelta(days=1)
        assert len({bucket.key for bucket in page.buckets}) == len(page.buckets)
        assert page.buckets[0].value.number is not None or page.shown == 0


def test_choosing_an_earlier_bucket_keeps_the_later_ones(bench: Workbench) -> None:
    newest = bench.trend(WEEKS)
    scrubbed = bench.trend(replace(WEEKS, period=newest.buckets[10].key))
    assert scrubbed.buckets[-1].key == newest.buckets[-1].key
    assert scrubbed.shown is not None and scrubbed.buckets[scrubbed.shown].key == newest.buckets[10].key


def test_a_period_long_past_stands_in_the_middle() -> None:
    long_ago = calendar.unit(date(2020, 6, 10), "week")
    found = window(long_ago, date(2026, 10, 31))
    assert found[0].start < long_ago.start and found[-1].end > long_ago.end
    assert long_ago in found


def test_a_period_after_the_data_ends_the_window() -> None:
    ahead = calendar.unit(date(2027, 6, 10), "month")
    assert window(ahead, date(2026, 10, 31))[-1] == ahead == window(ahead, None)[-1]


def test_the_forecast_is_of_the_last_bucket_or_of_the_one_just_ahead(bench: Workbench) -> None:
    last = bench.desk.engine.watermark(["aov"])
    assert last is not None
    for period in ("2026-W43", "2026-09"):
        page = bench.trend(replace(WEEKS, period=period))
        final = page.buckets[-1]
        if page.projection is None:
            continue
        assert page.projection.until == final.period.end > last
        assert page.projection.low <= page.projection.amount <= page.projection.high
        soon = final.period.start == last + timedelta(days=1)
        assert soon == (final.value.number is None) == (page.expected(final) is page.projection)
        assert soon or final.partial


def test_what_happened_lies_in_its_buckets(bench: Workbench) -> None:
    page = bench.trend(WEEKS)
    for bucket in page.buckets:
        for mark in bucket.marks:
            assert mark.start <= bucket.period.end and bucket.period.start <= mark.end
    kinds = {mark.kind for bucket in page.buckets for mark in bucket.marks}
    assert {ACTION, EVENT} <= kinds
    assert any(mark.text == "Summer sales" for mark in _of(page.buckets, date(2026, 7, 1)).marks)
    years = bench.trend(replace(WEEKS, period="2025"))
    assert not [mark for bucket in years.buckets for mark in bucket.marks if mark.kind == EVENT]  # all of them would be in every year


def test_one_statement_for_all_buckets(bench: Workbench) -> None:
    text = bench.sql(replace(WEEKS, period="2026-08"))
    assert text.count("from prepared") == 1


def test_names_that_do_not_exist_are_said(bench: Workbench) -> None:
    with pytest.raises(UsageError):
        bench.trend(replace(WEEKS, kpi="nothing"))
    with pytest.raises(UsageError):
        bench.trend(replace(WEEKS, period="soon"))


def test_the_trend_of_explore_is_made_of_the_same_buckets(bench: Workbench) -> None:
    state = replace(WEEKS, period="2026-W43")
    points = {point.period.text: point for point in bench.explore(replace(state, view="explore")).trend}
    for bucket in bench.trend(state).buckets:
        point = points.get(bucket.key)
        if point is not None:
            assert point.value.number == bucket.value.number
            assert point.compare == bucket.base and point.status is bucket.gap.status
            assert point.partial == bucket.partial == (bucket.value.status is Status.PARTIAL)


def _of(buckets: tuple[Bucket, ...], day: date) -> Bucket:
    def holds(period: Period) -> bool:
        return period.start <= day <= period.end

    return next(bucket for bucket in buckets if holds(bucket.period))


def test_a_sparkline_is_coloured_as_the_gap_beside_it_says(bench: Workbench) -> None:
    checked = 0
    for row in rows_of(bench.overview(ViewState())):
        beyond = wrong_side(row.kpi.good)
        if row.spark_limit is None or row.spark[-1] is None or beyond is None:
            continue
        assert beyond(float(row.spark[-1]), float(row.spark_limit)) == (row.gap.status is GapStatus.MISSED), row.kpi.id
        checked += 1
    assert checked > 5
