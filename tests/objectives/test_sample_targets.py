"""The sample's own targets say something: some are met, some are near, some are missed, in a month as in a week."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kpi_core.pages import GapStatus, KpiRow
from kpi_core.view import ViewState
from kpi_core.workbench import Workbench
from tests.shop import loaded_sample

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def bench() -> Iterator[Workbench]:
    with Workbench.open(loaded_sample()) as found:
        yield found


def rows(bench: Workbench, period: str) -> dict[str, KpiRow]:
    return {row.kpi.id: row for _, group in bench.overview(ViewState(period=period)).groups for row in group}


@pytest.mark.parametrize("period", ["2026-10", "2026-W43"])
def test_a_mix_of_met_near_and_missed(bench: Workbench, period: str) -> None:
    stands = [row.gap.status for row in rows(bench, period).values() if row.target is not None]
    for status in (GapStatus.MET, GapStatus.NEAR, GapStatus.MISSED):
        assert stands.count(status) >= 3, status
    assert GapStatus.NO_DATA not in stands


@pytest.mark.parametrize("period", ["2026-10", "2026-W43"])
def test_levels_of_customers_are_judged_in_any_period(bench: Workbench, period: str) -> None:
    found = rows(bench, period)
    assert found["retention_rate"].gap.status is GapStatus.MET
    assert found["clv"].gap.status is GapStatus.NEAR
    assert found["conversion_omni"].gap.status is GapStatus.MISSED
    assert found["return_rate"].gap.status is GapStatus.MISSED  # lamps come back twice as often since August


def test_the_overview_leaves_out_what_equals_revenue(bench: Workbench) -> None:
    assert not {"attributed_first", "attributed_last", "attributed_position", "attributed_decay"} & set(rows(bench, "2026-10"))
    page = bench.explore(ViewState(view="explore", kpi="attributed_decay", by="source", period="2026-10"))
    assert page.rows and page.kpi.id == "attributed_decay"
