"""The vendors' own files: overlapping Shopify exports in any order, twice; Google Ads without its totals rows."""

from __future__ import annotations

import csv
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import pytest

from kpi_core.engine import calendar
from kpi_core.store import Workspace, open_reader
from kpi_core.view import ViewState
from kpi_core.workbench import Workbench
from tests.acceptance.kit import every_kpi, facts, made, money, needs_real, number, numbers
from tests.shop import REAL, load_into

pytestmark = [pytest.mark.realdata, pytest.mark.slow, needs_real]

EXPORTS = REAL / "exports"
SHOPIFY = [EXPORTS / "shopify_orders.csv", *sorted((EXPORTS / "shopify_more").glob("*.csv"))] if REAL.is_dir() else []
ORDERS = [[[path] for path in SHOPIFY], [SHOPIFY[::-1]], [[*SHOPIFY[3:], *SHOPIFY[:2]], SHOPIFY[1:4]]]  # loads, each of some files
ADS = {"google_ads_campaign_gbp.csv": ("GBP", "1164.10"), "google_ads_campaign_inr.csv": ("INR", "2565.93"), "google_ads_campaign_utf16_tab.csv": ("GBP", "365.22")}


def shopify_orders() -> dict[str, dict[str, str]]:
    """First line of each order by its id, over all files."""
    found = {}
    for path in SHOPIFY:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            found |= {row["Id"]: row for row in csv.DictReader(stream) if row["Id"]}
    return found


@pytest.fixture(scope="module")
def shops(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The same exports in several orders: one load a file, all in one load, and two loads that overlap."""
    folder = tmp_path_factory.mktemp("shopify")
    return [made(folder / f"shop{index}", "INR", *loads) for index, loads in enumerate(ORDERS)]


def test_every_order_of_loading_gives_the_same_warehouse(shops: list[Path]) -> None:
    first = facts(shops[0])
    assert len(first["orders"]) == len(shopify_orders())
    assert first["order_lines"]
    for other in shops[1:]:
        found = facts(other)
        assert found.keys() == first.keys()
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


def test_a_part_of_an_export_counts_each_order_once(tmp_path: Path) -> None:
    source = EXPORTS / "shopify_orders.csv"
    with source.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    once, both = made(tmp_path / "once", "INR", [source]), made(tmp_path / "both", "INR", [source])
    report = load_into(Workspace.open(both), [_whole_orders(rows[40:], tmp_path / "orders_export_2.csv")])
    assert report.published
    for name in ("orders", "order_lines"):
        assert [_without_keys(row) for row in facts(both)[name]] == [_without_keys(row) for row in facts(once)[name]], name


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
    """This shop adds its tax on top and asks nothing for delivery: its subtotals are its revenue."""
    sold: dict[str, Decimal] = defaultdict(Decimal)
    for row in shopify_orders().values():
        if row["Currency"] == "INR" and row["Financial Status"] == "paid":
            assert Decimal(row["Subtotal"]) + Decimal(row["Taxes"]) == Decimal(row["Total"])
            sold[row["Created at"][:7]] += Decimal(row["Subtotal"])
    assert sum(sold.values()) > 0
    with Workbench.open(shops[0]) as bench:
        for month, amount in sold.items():
            assert money(number(bench, "revenue", month)) == amount, month


SPEND = """
  ad_spend:
    name: {en: Ad spend, fr: Dépense publicitaire}
    expr: ad_cost
    unit: currency
    good: none
"""


@pytest.mark.parametrize("name", sorted(ADS))
def test_google_ads_cost_is_without_totals_rows(name: str, tmp_path: Path) -> None:
    currency, text = ADS[name]
    cost = Decimal(text)
    shop = made(tmp_path / "shop", currency)
    kpis = shop / "config" / "kpis.yaml"
    kpis.write_text(kpis.read_text(encoding="utf-8") + SPEND, encoding="utf-8")  # `kpis:` is the last part of the file
    load_into(Workspace.open(shop), [EXPORTS / name])
    with Workbench.open(shop) as bench:
        spend = bench.desk.engine.coverage("spend")
        assert spend.first and spend.last
        period = calendar.between(spend.first, spend.last).text
        assert money(number(bench, "ad_spend", period)) == cost
        # each campaign once, and to the cent over its days
        assert sum(money(part) for part in numbers(bench, "ad_spend", period, "campaign").values()) == cost
        (source,) = bench.data(ViewState()).sources
        assert source.rows_dropped == source.rows_read - source.rows_used > 0
