"""The vendors' own files: overlapping Shopify exports in any order, twice; Google Ads without its totals rows."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from tests.acceptance.kit import every_kpi, facts, made, money, needs_real, number
from tests.shop import REAL, load_into

from kpi_core.store import Workspace, open_reader
from kpi_core.workbench import Workbench

pytestmark = [pytest.mark.realdata, pytest.mark.slow, needs_real]

EXPORTS = REAL / "exports"
SHOPIFY = [EXPORTS / "shopify_orders.csv", *sorted((EXPORTS / "shopify_more").glob("*.csv"))] if REAL.is_dir() else []
ORDERS = [SHOPIFY, SHOPIFY[::-1], [*SHOPIFY[3:], *SHOPIFY[:3]]]
ADS = {"google_ads_campaign_gbp.csv": ("GBP", "1164.10"), "google_ads_campaign_inr.csv": ("INR", "2565.93"), "google_ads_campaign_utf16_tab.csv": (None, "365.22")}


def shopify_orders() -> dict[str, dict[str, str]]:
    """First line of each order by its id, over all files."""
    found = {}
    for path in SHOPIFY:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            found |= {row["Id"]: row for row in csv.DictReader(stream) if row["Id"]}
    return found


@pytest.fixture(scope="module")
def shops(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The same exports, one load a file, in several orders."""
    folder = tmp_path_factory.mktemp("shopify")
    return [made(folder / f"shop{index}", "INR", paths) for index, paths in enumerate(ORDERS)]


def test_every_order_of_loading_gives_the_same_warehouse(shops: list[Path]) -> None:
    first = facts(shops[0])
    assert len(first["orders"]) == len(shopify_orders())
    assert first["order_lines"]
    keys = {name: [column for column in rows] for name, rows in first.items()}
    for other in shops[1:]:
        found = facts(other)
        assert found.keys() == keys.keys()
        for name, rows in found.items():
            # a customer's key is made with the secret of the workspace
            assert [_without_keys(row) for row in rows] == [_without_keys(row) for row in first[name]], name


def _without_keys(row: tuple[object, ...]) -> tuple[object, ...]:
    return tuple("key" if isinstance(cell, int) and cell > 1 << 40 else cell for cell in row)


def test_every_order_of_loading_gives_the_same_kpis(shops: list[Path]) -> None:
    for period in ("2025-12", "2019", "2020"):
        first = every_kpi(shops[0], period)
        assert all(every_kpi(other, period) == first for other in shops[1:])


def test_a_second_time_changes_nothing(shops: list[Path]) -> None:
    shop = Workspace.open(shops[0])
    before, generation = facts(shop.root), shop.generation()
    report = load_into(shop, list(reversed(SHOPIFY)))
    assert [file.status for file in report.files] == ["already loaded"] * len(SHOPIFY)
    assert (shop.generation(), facts(shop.root)) == (generation, before)


def test_a_copy_under_another_name_with_a_row_more_counts_each_order_once(tmp_path: Path) -> None:
    source = EXPORTS / "shopify_orders.csv"
    with source.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    last = len(rows) - 1 - next(index for index, row in enumerate(reversed(rows)) if row["Id"])
    with (tmp_path / "orders_export_2.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows[last - 20 :])
    text = (tmp_path / "orders_export_2.csv").read_text(encoding="utf-8")
    assert 0 < text.count("\n") < source.read_text(encoding="utf-8").count("\n")
    once, both = made(tmp_path / "once", "INR", [source]), made(tmp_path / "both", "INR", [source])
    part = _whole_orders(rows[last - 20 :], tmp_path / "orders_export_3.csv")
    load_into(Workspace.open(both), [part])
    assert [_without_keys(row) for row in facts(both)["order_lines"]] == [_without_keys(row) for row in facts(once)["order_lines"]]


def _whole_orders(rows: list[dict[str, str]], path: Path) -> Path:
    """From the first line that begins an order."""
    first = next(index for index, row in enumerate(rows) if row["Id"])
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows[first:])
    return path


def test_identities_hold_on_every_order(shops: list[Path]) -> None:
    with open_reader(Workspace.open(shops[0])) as reader:
        accounts = reader.loads()
    assert len(accounts) == len(SHOPIFY)
    for account in accounts:
        assert {check.name: check.held for check in account.checks} == {check.name: check.of for check in account.checks}, account.file
        assert {check.name for check in account.checks} == {"subtotal", "total"} and account.balanced


def test_revenue_is_what_the_paid_orders_say(shops: list[Path]) -> None:
    """No order of this shop has tax or shipping: its subtotals are its revenue."""
    sold: dict[str, Decimal] = defaultdict(Decimal)
    for row in shopify_orders().values():
        if row["Currency"] == "INR" and row["Financial Status"] == "paid":
            assert (Decimal(row["Taxes"]), Decimal(row["Shipping"])) == (0, 0)
            sold[row["Created at"][:7]] += Decimal(row["Subtotal"])
    assert sum(sold.values()) > 0
    with Workbench.open(shops[0]) as bench:
        for month, amount in sold.items():
            assert money(number(bench, "revenue", month)) == amount, month


@pytest.fixture(scope="module", params=sorted(ADS))
def ads(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Workbench, Decimal]]:
    currency, cost = ADS[request.param]
    with Workbench.open(made(tmp_path_factory.mktemp("ads") / "shop", currency or "USD", [EXPORTS / request.param])) as bench:
        yield bench, Decimal(cost)


def test_google_ads_cost_is_without_totals_rows(ads: tuple[Workbench, Decimal]) -> None:
    bench, cost = ads
    spend = bench.desk.engine.coverage("spend")
    assert spend.first and spend.last
    answer = bench.desk.reader.execute("select sum(cost), count(*) from spend")
    assert money(answer[0][0]) == cost
    rows = bench.desk.reader.execute("select campaign, sum(cost) from spend group by campaign")
    assert len(rows) > 1 and sum(money(row[1]) for row in rows) == cost
