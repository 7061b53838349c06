"""Projections of the sample's KPIs: what they are made of, when there is none, and where a reader meets them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from kpi_core.engine import calendar
from kpi_core.engine.days import adds_up, by_day
from kpi_core.engine.result import Question
from kpi_core.pages import GapStatus, NoProjection, Projection, rows_of
from kpi_core.view import Filter, ViewState
from kpi_core.workbench import Workbench
from kpi_core.workbench.frame import Frame, frame
from kpi_core.workbench.projection import projected

QUARTER = ViewState(view="explore", period="2026-Q4")
LAST = date(2026, 10, 31)


@pytest.fixture(scope="module")
def bench(sample_workspace: Path) -> Iterator[Workbench]:
    with Workbench.open(sample_workspace, lang="en") as opened:
        yield opened


def at(bench: Workbench, kpi: str, period: str = "2026-Q4", *where: Filter) -> Frame:
    return frame(bench.desk, ViewState(view="explore", kpi=kpi, period=period, where=where))


def found(bench: Workbench, kpi: str, period: str = "2026-Q4", *where: Filter) -> Projection:
    result = projected(bench.desk, at(bench, kpi, period, *where), kpi)
    assert isinstance(result, Projection), result
    return result


def refused(bench: Workbench, kpi: str, period: str = "2026-Q4", *where: Filter) -> str:
    result = projected(bench.desk, at(bench, kpi, period, *where), kpi)
    assert isinstance(result, NoProjection), result
    return str(result.reason)


# ------------------------------------------------------------ the days


@pytest.mark.parametrize(
    "where",
    [(), (Filter("channel", ("web",)),), (Filter("channel", ("web", "store"), exclude=True),), (Filter("category", ("Luminaires",)),), (Filter("store", (None,)),)],
    ids=["all", "web", "others", "category", "no store"],
)
def test_days_in_one_select_are_those_of_a_question_a_day(bench: Workbench, where: tuple[Filter, ...]) -> None:
    engine, catalogue = bench.desk.engine, bench.desk.catalogue
    days = [LAST - timedelta(days=index) for index in range(9)]
    asked = {step.dim for step in where}
    kpis = [kpi for kpi in catalogue.kpis if asked <= set(catalogue.filters(kpi)) and all(adds_up(catalogue, ref) for ref in catalogue.refs(kpi))]
    assert len(kpis) > 5
    for kpi in kpis:
        rows = by_day(engine, kpi, None, where, days[-1], days[0])[None]
        answer = engine.ask(Question((kpi,), tuple(calendar.unit(day, "day") for day in days), None, where), live=True)
        for day, value in zip(days, answer.cells[None][kpi], strict=True):
            for name, number in value.measures.items():
                if name != "days":
                    assert Fraction(rows.get(name, {}).get(day, 0)) == pytest.approx(Fraction(number or 0)), (kpi, name, day)


def test_levels_distinct_counts_growth_and_shares_have_no_days(bench: Workbench) -> None:
    for kpi in ("clv", "multichannel_use", "stock_turn", "sales_growth", "traffic_share", "conversion_visitor"):
        assert refused(bench, kpi) == "its days do not add up to a period", kpi
    with pytest.raises(ValueError, match="has no days"):
        by_day(bench.desk.engine, "clv", None, (), LAST, LAST)


# ------------------------------------------------------------ the projection


def test_the_end_is_what_is_known_and_a_rest_that_can_be(bench: Workbench) -> None:
    end = found(bench, "revenue")
    so_far = bench.desk.engine.ask(Question(("revenue",), (calendar.parse("2026-10"),))).cells[None]["revenue"][0].number
    assert so_far is not None
    assert (end.until, end.days_left) == (date(2026, 12, 31), 61)
    assert float(so_far) < end.low < end.amount < end.high
    # the quarter of the year before made 553 k€, and this year runs 7 to 12 % above it
    before = bench.desk.engine.ask(Question(("revenue",), (calendar.parse("2025-Q4"),))).cells[None]["revenue"][0].number
    assert before is not None and 1.0 < float(end.amount) / float(before) < 1.2
    assert end.bend > 0, "the year-end ramp is only known from last year"
    assert 0 <= end.held <= end.checked <= 10 and end.errors >= 20


def test_the_target_at_the_end_is_that_of_the_whole_period(bench: Workbench) -> None:
    end = found(bench, "revenue")
    assert end.target is not None and end.target.number == 162_000 + 199_000 + 268_000
    page = bench.explore(replace(QUARTER, kpi="revenue"))
    assert page.total.target is not None and page.total.target.number == 162_000  # to date
    assert page.projection == end
    assert end.gap.amount is not None and float(end.gap.amount) == pytest.approx(float(end.amount) - float(end.target.number))
    assert end.probability is not None and 0 < end.probability < 1


def test_a_target_inside_the_range_is_open_and_one_outside_is_judged(bench: Workbench) -> None:
    for kpi in ("revenue", "aov", "cart_abandonment", "csat", "cac", "return_rate"):
        end = found(bench, kpi)
        assert end.target is not None
        inside = float(end.low) <= float(end.target.number) <= float(end.high)
        assert (end.gap.status is GapStatus.NOISE) is inside, kpi


def test_a_ratio_is_projected_from_both_of_its_sides(bench: Workbench) -> None:
    revenue, orders, aov = (float(found(bench, kpi).amount) for kpi in ("revenue", "orders", "aov"))
    assert aov == pytest.approx(revenue / orders, rel=0.02)
    csat = found(bench, "csat")
    assert 0 <= csat.low <= csat.high <= 1


def test_a_filter_is_a_series_of_its_own(bench: Workbench) -> None:
    web, others = Filter("channel", ("web",)), Filter("channel", ("web",), exclude=True)
    whole, parts = float(found(bench, "revenue").amount), [float(found(bench, "revenue", "2026-Q4", step).amount) for step in (web, others)]
    assert sum(parts) == pytest.approx(whole, rel=0.03)


@pytest.mark.parametrize("period", ["2026-10", "2025", "2026-W43", "2026-11", "2027"])
def test_a_period_that_is_over_or_not_begun_has_none(bench: Workbench, period: str) -> None:
    assert refused(bench, "revenue", period) == "the period is not in progress"
    if period != "2027":
        assert bench.explore(ViewState(view="explore", kpi="revenue", period=period)).projection is None


def test_a_store_whose_till_stopped_has_none(bench: Workbench) -> None:
    assert refused(bench, "revenue", "2026-Q4", Filter("store", ("Lille Centre",))).startswith("Lille Centre is loaded up to")


def test_a_long_way_to_go_without_a_past_to_check_it_on_has_none(bench: Workbench) -> None:
    assert refused(bench, "revenue", "2026-10-01..2029-12-31") == "too little is known to check a forecast of 1157 days"


def test_it_is_made_once_a_generation(bench: Workbench) -> None:
    assert projected(bench.desk, at(bench, "orders"), "orders") is projected(bench.desk, at(bench, "orders"), "orders")


# ------------------------------------------------------------ where it is read


def card(bench: Workbench, kpi: str, period: str) -> dict[str, str]:
    return {label: text for label, text in bench.definition(ViewState(kpi=kpi, period=period)).lines if label}


def test_the_card_says_how_it_was_found_or_why_there_is_none(bench: Workbench) -> None:
    lines = card(bench, "revenue", "2026-Q4")
    assert lines["At the end"].startswith("At this pace:") and "in 10" in lines["At the end"]
    assert any("weekday profile" in text for _, text in bench.definition(ViewState(kpi="revenue", period="2026-Q4")).lines)
    assert card(bench, "clv", "2026-Q4")["At the end"] == "not projected: its days do not add up to a period"
    assert "At the end" not in card(bench, "revenue", "2026-10")


def test_the_card_of_a_sample_says_method_size_and_interval(bench: Workbench) -> None:
    assert "(Wilson, n = 179)" in card(bench, "csat", "2026-10")["Interval"]
    assert "(adjusted Wald, n = 302)" in card(bench, "nps", "2026-10")["Interval"]
    assert "(Newcombe, n = 3,197 + 3,237)" in card(bench, "ab_uplift", "2026-10")["Interval"]
    assert any("p = 0.009" in text for _, text in bench.definition(ViewState(kpi="ab_uplift", period="2026-10")).lines)
    assert "Interval" not in card(bench, "revenue", "2026-10")


def test_satisfaction_of_a_week_is_noise_and_does_not_count_as_missed(bench: Workbench) -> None:
    rows = {row.kpi.id: row for row in rows_of(bench.overview(ViewState(period="2026-W43")))}
    for kpi in ("csat", "nps", "multichannel_use", "click_collect"):
        interval, target = rows[kpi].value.interval, rows[kpi].target
        assert interval is not None and target is not None and interval[0] <= target.number <= interval[1]
        assert rows[kpi].gap.status is GapStatus.NOISE
    assert rows["cart_abandonment"].gap.status is GapStatus.MISSED, "712 carts are enough to tell 74 % from 68 %"
    shown = {item.row.kpi.id for item in bench.glance(ViewState(period="2026-W43")).rows}
    assert "nps" not in shown and "cart_abandonment" in shown


def test_members_have_intervals_of_their_own(bench: Workbench) -> None:
    page = bench.explore(ViewState(view="explore", kpi="csat", by="channel", period="2026-10"))
    whole = page.total.value.interval
    assert whole is not None
    for row in page.rows:
        if row.value.number is not None:
            assert row.value.interval is not None
            assert row.value.interval[1] - row.value.interval[0] > whole[1] - whole[0]


def test_glance_says_where_missed_kpis_will_end_while_there_is_time(bench: Workbench) -> None:
    early = bench.glance(ViewState(period="2026-Q4"))
    assert any(item.projection is not None for item in early.rows)
    assert all(item.projection is None for item in bench.glance(ViewState(period="2026-W44")).rows)  # 6 days of 7 are over
