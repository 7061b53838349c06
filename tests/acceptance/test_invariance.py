"""The sample's overlapping Shopify exports count once, as the later one says, in whatever order they come."""

from __future__ import annotations

from pathlib import Path

import pytest

from kpi_core.workbench import Workbench
from tests.acceptance.kit import every_kpi, made, money, number
from tests.shop import EXPORTS

pytestmark = pytest.mark.slow

OVERLAPPING = [EXPORTS / "shopify" / f"orders_export_{day}.csv.gz" for day in ("2026-09-30", "2026-10-31")]


@pytest.fixture(scope="module")
def shops(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("overlap")
    orders = {"early first": OVERLAPPING, "late first": OVERLAPPING[::-1]}
    return {name: made(folder / name.replace(" ", "_"), "EUR", *([path] for path in paths)) for name, paths in orders.items()}


@pytest.mark.fault(26)
@pytest.mark.parametrize("period", ["2026-09", "2026-W40", "2026-10", "2026-09-15..2026-10-14"])
def test_the_order_of_loading_does_not_matter(shops: dict[str, Path], period: str) -> None:
    early, late = every_kpi(shops["early first"], period), every_kpi(shops["late first"], period)
    assert early == late
    assert early["revenue"][0] > 0  # type: ignore[index]


def test_overlapping_orders_count_once_and_as_the_later_export_says(shops: dict[str, Path], sample_workspace: Path) -> None:
    for folder in shops.values():
        with Workbench.open(folder) as bench, Workbench.open(sample_workspace) as whole:
            for month in ("2026-09", "2026-10"):
                assert number(bench, "orders", month) == number(whole, "orders", month, channel="web"), month
                assert money(number(bench, "revenue", month)) == money(number(whole, "revenue", month, channel="web")), month
