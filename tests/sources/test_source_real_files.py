"""Figures that must come out of the real exports (formats.md and the data README)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest
from source_files import PROFILES, REAL, Loaded, needs_real

from kpi_core.errors import UnknownFormat
from kpi_core.sources import recognise

pytestmark = [pytest.mark.realdata, needs_real]

SHOPIFY = ["shopify_orders.csv", *(f"shopify_more/{name}.csv" for name in (
    "FelixTellmann__orders_export", "zhangerson__orders_export_15", "zhangerson__orders_export_21", "zhangerson__orders_export_4",
))]  # fmt: skip


@cache
def load(name: str) -> Loaded:
    return Loaded(REAL / name)


def test_online_retail_comes_to_the_published_revenue() -> None:
    retail = load("online_retail/online_retail.csv.gz")
    assert retail.one("order_lines", "sum(net), count(*), count(DISTINCT order_id)") == (Decimal("10666684.544000"), 530104, 19960)
    assert retail.one("orders", "sum(net), count(*)") == (Decimal("10666684.544000"), 19960)
    assert retail.one("returns", "round(sum(amount), 2), sum(quantity)::INTEGER, count(*)") == (Decimal("896812.49"), 277574, 9288)
    assert retail.account.rows_read == 541909
    assert dict(retail.account.dropped) == {"bad debt adjustment": 2, "stock movement outside any sale": 1336, "adjustment without a price": 1179}
    assert (retail.account.first_day, retail.account.last_day, retail.account.currency) == (date(2010, 12, 1), date(2011, 12, 9), "GBP")


def test_online_retail_keeps_identical_lines_and_marks_what_is_no_product() -> None:
    retail = load("online_retail/online_retail.csv.gz")
    line = "order_id, sku, title, quantity, unit_price"
    (copies,) = retail.con.execute(f"SELECT sum(n - 1) FROM (SELECT count(*) n FROM {retail.converted.tables['order_lines']} GROUP BY {line})").fetchall()[0]
    assert copies > 5000
    services = dict(
        retail.rows("order_lines", "sku, any_value(line_type || '/' || category)", "WHERE sku IN ('POST', 'DOT', 'M', 'AMAZONFEE', '22423') GROUP BY 1")
    )
    assert services["POST"] == services["DOT"] == services["M"] == "service/Not a product"
    assert services["22423"] is None
    assert retail.one("orders", "count(DISTINCT customer_key)") == (4338,)


@pytest.mark.parametrize("name", SHOPIFY)
def test_shopify_identities_hold_on_every_order(name: str) -> None:
    checks = load(f"exports/{name}").account.checks
    assert [check.name for check in checks] == ["subtotal", "total"]
    assert all(check.ok and check.of > 0 for check in checks)


@pytest.mark.parametrize("name", SHOPIFY)
def test_shopify_lines_add_up_to_their_order_to_the_cent(name: str) -> None:
    shop = load(f"exports/{name}")
    lines, orders = shop.converted.tables["order_lines"], shop.converted.tables["orders"]
    gaps = shop.con.execute(
        f"SELECT order_id FROM {orders} o JOIN (SELECT order_id, sum(net) net FROM {lines} WHERE line_type = 'product' GROUP BY 1) l USING (order_id) "
        "WHERE o.net <> l.net"
    )
    assert gaps.fetchall() == []


def test_felix_is_fifty_orders() -> None:
    felix = load("exports/shopify_more/FelixTellmann__orders_export.csv")
    assert felix.account.rows_read == 101
    assert felix.one("orders", "count(*), sum(total), sum(total) FILTER (status <> 'cancelled')") == (50, Decimal("147699"), Decimal("135714"))
    assert felix.one("orders", "bool_and(tax_included) FILTER (tax > 0)") == (True,)
    (tax,) = felix.one("order_lines", "sum(tax)")
    assert 0 < tax < felix.one("orders", "sum(tax)")[0]


@pytest.mark.parametrize(
    ("name", "cost", "dropped", "encoding"),
    [
        ("google_ads_campaign_gbp.csv", "1164.10", 5, "UTF-8"),
        ("google_ads_campaign_inr.csv", "2565.93", 4, "UTF-8"),
        ("google_ads_campaign_utf16_tab.csv", "365.22", 2, "UTF-16"),
    ],
)
def test_google_ads_cost_without_totals(name: str, cost: str, dropped: int, encoding: str) -> None:
    ads = load(f"exports/{name}")
    assert ads.one("ad_spend", "sum(spend)") == (Decimal(cost),)
    assert dict(ads.account.dropped) == {"totals row": dropped}
    assert ads.account.encoding == encoding
    assert ads.one("ad_spend", "count(period_start), count(period_end)") == (len(ads.rows("ad_spend")),) * 2


def test_ga4_snapshot_reads_eighteen_tables_and_keeps_periods_apart() -> None:
    ga4 = load("exports/ga4_reports_snapshot_multitable.csv")
    assert [(check.held, check.of) for check in ga4.account.checks if check.name == "tables with rows"] == [(8, 18)]
    assert ga4.account.rows_read == 40
    days = ga4.rows("traffic", "period_start, users, new_users", "WHERE grain = 'day' ORDER BY 1")
    assert days == [(date(2022, 6, day), 0, 0) for day in range(1, 6)]
    assert ga4.rows("traffic", "period_start, period_end, users", "WHERE scope = 'country' AND country = 'US'") == [
        (date(2022, 6, 1), date(2023, 11, 26), 3507950)
    ]


def test_ga4_exploration_grand_total_is_compared_not_added() -> None:
    ga4 = load("exports/ga4_exploration_free_form.csv")
    assert dict(ga4.account.dropped) == {"totals row": 1}
    (check,) = [item for item in ga4.account.checks if item.name == "grand total"]
    assert check.held == 0  # the file is an excerpt of its own report, and the account says so
    assert "16244" in check.note
    assert ga4.one("traffic", "sum(sessions), min(period_start), max(period_end)") == (6860, date(2024, 11, 22), date(2026, 1, 20))


def test_square_sums_and_identical_lines() -> None:
    square = load("exports/square_items.csv")
    assert square.one("order_lines", "count(*), sum(net)") == (60, Decimal("418"))
    assert square.one("orders", "count(*), sum(net), count(DISTINCT store)") == (44, Decimal("418"), 1)


def test_meta_without_data_is_said_not_failed() -> None:
    meta = load("exports/meta_ads_campaigns_empty.csv")
    assert dict(meta.account.dropped) == {"the export says: no data available": 1}
    assert meta.rows("ad_spend") == []


def test_inventory_takes_a_day_from_outside_and_says_so() -> None:
    stock = load("exports/shopify_inventory.csv")
    assert any(note.startswith("no date inside") for note in stock.account.notes)
    assert stock.one("stock", "count(DISTINCT location), bool_or(unlimited)") == (2, True)
    assert stock.rows("stock", "on_hand", "WHERE unlimited AND on_hand IS NOT NULL") == []


def test_contoso_agrees_with_its_oracles() -> None:
    sales = load("contoso_10k/sales.csv")
    assert sales.one("order_lines", "count(*), round(sum(net), 4), round(sum(quantity * unit_cost), 4)") == (
        7794,
        Decimal("7305939.0275"),
        Decimal("3208213.9135"),
    )
    assert sales.one("order_lines", "round(sum(net / fx_rate), 4)")[0] == pytest.approx(7302606.6062, abs=0.01)
    by_channel = dict(sales.rows("orders", "channel, round(sum(net), 2)", "GROUP BY 1"))
    assert by_channel == {"web": Decimal("3919177.58"), "store": Decimal("3386761.45")}
    lead = sales.con.execute(
        f"SELECT avg(delivered_on - placed_on) FROM {sales.converted.tables['fulfilments']} JOIN {sales.converted.tables['orders']} USING (order_id)"
    ).fetchall()[0][0]
    assert lead == pytest.approx(3.0247, abs=0.0001)
    assert ("585",) in sales.rows("orders", "DISTINCT store")
    assert dict(load("contoso_10k/store.csv").rows("stores", "store, channel", "WHERE store IN ('999999', '10')")) == {"999999": "web", "10": "store"}
    assert load("contoso_10k/fx.csv").rows("fx_rates", "rate", "WHERE day = '2021-01-01' AND base = 'AUD' AND currency = 'CAD'") == [(0.98345,)]
    assert load("contoso_10k/product.csv").one("products", "count(*)") == (2517,)


@pytest.mark.parametrize("path", sorted((REAL / "exports").glob("*.*sv")) if REAL.is_dir() else [], ids=lambda path: path.name)
def test_every_real_export_is_claimed_rightly_or_refused(path: Path) -> None:
    known = {
        "shopify_orders": "shopify.orders", "shopify_aband": "shopify.abandoned_checkouts", "shopify_products": "shopify.products",
        "shopify_inventory": "shopify.inventory", "shopify_payments": "shopify.payments_transactions", "sumup": "sumup.sales",
        "matomo_visits_log": "matomo.visits_log", "matomo": "matomo.report",
        "square": "square.items", "ga4": "ga4.ui", "google_ads": "google_ads.campaign", "meta_ads": "meta_ads.report",
        "amazon_ads": "amazon.ads_advertised_product", "amazon_fba": "amazon.fba_returns", "google_search": "google_search_console.chart",
        "klaviyo": "klaviyo.campaigns",
    }  # fmt: skip
    expected = next((profile for start, profile in known.items() if path.name.startswith(start)), None)
    if expected is None:
        with pytest.raises(UnknownFormat):
            recognise(path, PROFILES)
    else:
        assert recognise(path, PROFILES).profile_id == expected
