"""Shops: what each made-up export becomes, worked out by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest
from shop_files import NOT_NEEDED, D, Load, checks, claims, limits, reader
from source_files import PROFILES, write
from twins import Twin
from twins_shops import FOLDER, TWINS

from kpi_core.sources import recognise


@pytest.fixture(scope="module")
def load(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Load]:
    yield from reader(tmp_path_factory)


@pytest.mark.parametrize("twin", [*TWINS, *FOLDER], ids=lambda twin: f"{twin.profile}-{twin.name}")
def test_a_twin_is_claimed_by_its_profile_alone(tmp_path: Path, twin: Twin) -> None:
    """Under a name that says nothing, so that the header decides."""
    assert recognise(write(tmp_path, "x.csv", twin.data), PROFILES).profile_id == twin.profile


def test_evidence_is_what_it_is_said_to_be() -> None:
    real = {"shopify.payments_transactions", "shopify.orders", "shopify.products", "shopify.inventory", "shopify.abandoned_checkouts", "square.items"}
    for name in {twin.profile for twin in (*TWINS, *FOLDER)}:
        profile = PROFILES.get(name)
        assert profile is not None
        assert profile.verified is (name in real), name
        assert profile.spec.role == "part" or (profile.spec.get_it is not None and profile.spec.get_it.fr)


# ---------------------------------------------------------------- Shopify


def test_shopify_customers_are_known_by_all_their_identifiers_and_by_no_name(load: Load) -> None:
    customers = load("customers_export.csv")
    found = customers.rows("identifiers", "file_line, kind", "ORDER BY ALL")
    assert found == [(2, "email"), (2, "phone"), (2, "platform"), (4, "email"), (4, "platform")]  # line 2 is followed by the break in its note
    assert customers.rows("identifiers", "count(DISTINCT customer_key)") == [(2,)]
    orders = load("orders_export_1.csv")
    assert orders.rows("identifiers", "kind, id_hash", "ORDER BY ALL") == customers.rows(
        "identifiers", "kind, id_hash", "WHERE file_line = 2 AND kind <> 'platform' ORDER BY ALL"
    )
    assert checks(customers) == {"money without an order": (3, 4, "7002")}
    assert customers.account.dropped == ((NOT_NEEDED, 1),)
    assert limits(customers) == {"orders.placed_on"}


def test_shopify_payments_date_each_refund_and_claim_the_fees(load: Load) -> None:
    payments = load("payment_transactions_export_1.csv")
    assert payments.rows("returns", "order_id, channel, returned_on, amount, quantity, date_quality", "ORDER BY file_line") == [
        ("ref:shopify:#1", "web", date(2026, 4, 5), D("10"), None, "exact"),
        ("ref:shopify:#1", "web", date(2026, 4, 5), D("10"), None, "exact"),  # twice in one second are two refunds
        ("ref:shopify:#2", "store", date(2026, 4, 6), D("24"), None, "exact"),
    ]
    assert len(set(payments.rows("returns", "return_id"))) == 3
    assert claims(payments) == [
        ("fees", "EUR", "charge", date(2026, 4, 3), D("1")),
        ("fees", "EUR", "charge", date(2026, 4, 4), D("0.4")),
        ("fees", "EUR", "dispute", date(2026, 4, 6), D("15")),
        ("payout", "EUR", "payout", date(2026, 4, 7), D("72.6")),
        ("refunds", "EUR", "refund", date(2026, 4, 5), D("20")),
        ("refunds", "EUR", "dispute", date(2026, 4, 6), D("30")),
        ("refunds", "EUR", "refund", date(2026, 4, 6), D("24")),
        ("revenue", "EUR", "charge", date(2026, 4, 3), D("50")),
        ("revenue", "EUR", "charge", date(2026, 4, 4), D("24")),
    ]
    assert payments.account.dropped == (("a test payment", 1), (NOT_NEEDED, 1))
    held, of, _ = checks(payments)["net payment"]
    assert (held, of) == (8, 8)
    assert limits(payments) == {"returns.sku", "returns.amount"}


def test_shopify_refunds_find_their_order_and_its_vat_in_the_orders_export_beside_them(load: Load) -> None:
    found = load("beside.csv").rows("returns", "order_id, amount", "ORDER BY file_line")
    assert [order for order, _ in found] == ["shopify:100", "shopify:100", "shopify:200"]
    # order 1: 8.33 of its 50.00 are VAT, so 10.00 are 8.334 without; order 2: 4.00 of 24.00
    assert [amount for _, amount in found] == [D("8.334"), D("8.334"), D("20")]


def test_shopify_payments_of_an_italian_admin(load: Load) -> None:
    payments = load("transazioni.csv")
    assert payments.rows("returns", "order_id, returned_on, amount") == [("ref:shopify:#1", date(2026, 10, 14), D("5"))]
    assert claims(payments)[-1] == ("revenue", "EUR", "charge", date(2026, 10, 3), D("1030"))


def test_shopify_payments_of_a_french_admin(load: Load) -> None:
    payments = load("transactions_de_paiement.csv")
    assert payments.rows("returns", "order_id, returned_on, amount") == [("ref:shopify:#1", date(2026, 4, 14), D("5"))]
    assert claims(payments)[-1] == ("revenue", "EUR", "charge", date(2026, 4, 13), D("1030"))


def test_shopify_payouts_are_claims_by_day_and_currency(load: Load) -> None:
    payouts = load("payouts_export.csv")
    told = [row for row in claims(payouts) if row[0] in ("payout", "fees")]
    assert told == [
        ("fees", "EUR", "payouts", date(2026, 4, 7), D("1.4")),
        ("fees", "EUR", "payouts", date(2026, 4, 8), D("3")),
        ("fees", "GBP", "payouts", date(2026, 4, 8), D("0.5")),
        ("fees", "EUR", "payouts", date(2026, 4, 10), D("0.9")),
        ("payout", "EUR", "payouts", date(2026, 4, 7), D("72.6")),
        ("payout", "EUR", "payouts", date(2026, 4, 8), D("50")),
        ("payout", "GBP", "payouts", date(2026, 4, 8), D("9.5")),
        ("payout", "EUR", "payouts", date(2026, 4, 10), D("28")),
    ]
    assert payouts.account.dropped == (("a payout that was not made", 1),)
    assert checks(payouts) == {"payout": (3, 4, "2026-04-10")}


def test_shopify_orders_of_another_version(load: Load) -> None:
    """`Source name`, `Canceled at`, no fulfilment line: paid without a date of payment, cancelled yet paid, a test, a donation, a protection."""
    orders = load("orders_export_1.csv")
    assert orders.rows("orders", "order_ref, channel, store, status, is_test, tax_included, net, device", "ORDER BY 1") == [
        ("#1", "web", None, "completed", False, True, D("45"), "mobile"),
        ("#2", "store", "Lyon", "completed", False, True, D("24"), None),
        ("#3", "web", None, "cancelled", False, True, D("30"), None),
        ("#4", "web", None, "completed", True, True, D("99"), None),
    ]
    lines = orders.rows("order_lines", "line_type, gross, discount, net, tax", "WHERE order_id = 'shopify:100' ORDER BY line_no")
    # 8.33 of tax over 45.00 and 5.00 of shipping; the 6.00 that are passed on carry none: 8.33 * 39 / 44 = 7.38 over 35.00 and 4.00
    assert lines == [
        ("product", D("40"), D("5"), D("35"), D("6.62")),
        ("fee", D("4"), D("0"), D("4"), D("0.76")),
        ("donation", D("6"), D("0"), D("6"), D("0")),
    ]
    assert {name: held[:2] for name, held in checks(orders).items()} == {"subtotal": (4, 4), "total": (4, 4)}
    assert orders.rows("returns", "order_id, date_quality") == [("shopify:100", "order_date_proxy")]


def test_shopify_refunds_of_the_payments_go_before_those_of_the_orders() -> None:
    ranks = {name: PROFILES.get(name).spec.overlaps["returns"] for name in ("shopify.payments_transactions", "shopify.orders")}  # type: ignore[union-attr]
    assert len({overlap.group for overlap in ranks.values()}) == 1
    assert ranks["shopify.payments_transactions"].rank < ranks["shopify.orders"].rank


def test_shopify_products_of_the_layout_since_2024(load: Load) -> None:
    products = load("products_export_1.csv")
    assert products.rows("products", "sku, title, category, brand, price, cost, active", "ORDER BY 1") == [
        ("B1", "Bougie - Small", "Candles", "Lumen", D("20"), D("8.5"), True),
        ("B2", "Bougie - Large", "Candles", "Lumen", D("30"), None, True),
        ("savon", "Savon", "Bain", "Lumen", D("6"), D("2"), False),
    ]
    assert products.account.dropped == (("an image of a product, not a variant", 1),)
    assert limits(products) == {"products.currency"}


def test_shopify_stock_by_location(load: Load) -> None:
    stock = load("inventory_export_2026-04-06.csv")
    assert stock.rows("stock", "day, location, sku, on_hand", "ORDER BY sku") == [
        (date(2026, 4, 6), "Lyon", "B1", D("4")),
        (date(2026, 4, 6), "Lyon", "bougie / Large", D("-2")),
    ]
    assert stock.account.dropped == (("not stocked at this location", 1),)


def test_shopify_stock_with_a_column_per_location(load: Load) -> None:
    stock = load("inventory_export_2026-04-05.csv")
    assert stock.rows("stock", "location, sku, on_hand, unlimited", "ORDER BY ALL") == [
        ("12 rue A", "B1", D("4"), False),
        ("Entrepôt", "B1", None, True),
        ("Entrepôt", "savon / Small", D("12"), False),
    ]
    assert limits(stock) == {"stock.day", "stock.unit_cost"}


def test_shopify_checkouts_are_told_from_orders_by_their_empty_status(load: Load) -> None:
    carts = load("checkouts_export.csv")
    assert carts.rows("carts", "cart_id, value, device, order_id, customer_key IS NOT NULL", "ORDER BY 1") == [
        ("shopify:801", D("46"), "mobile", None, True),
        ("shopify:802", D("6"), None, None, True),
    ]


# ---------------------------------------------------------------- WooCommerce, PrestaShop, Magento, BigCommerce


def test_woocommerce_analytics_knows_units_but_no_product(load: Load) -> None:
    woo = load("orders-report.csv")
    assert woo.rows("orders", "order_id, placed_at, status, net, currency, items_known", "ORDER BY 1") == [
        ("woocommerce:501", datetime(2026, 4, 3, 23, 30), "completed", D("40"), "EUR", True),
        ("woocommerce:502", datetime(2026, 4, 4, 9, 10), "completed", D("1200.5"), "EUR", True),
        ("woocommerce:503", datetime(2026, 4, 5, 10), "pending", D("15"), "EUR", True),
        ("woocommerce:504", datetime(2026, 4, 6, 9), "cancelled", D("8"), "EUR", True),
    ]
    lines = woo.rows("order_lines", "order_id, line_no, sku, quantity, net, gross", "ORDER BY 1")
    assert lines[0] == ("woocommerce:501", 1, None, D("3"), D("40"), None)
    assert sum(row[4] for row in lines) == D("1263.5")
    assert woo.rows("returns", "return_id, order_id, returned_on, amount, date_quality") == [
        ("woocommerce:501#refund2", "woocommerce:501", date(2026, 4, 6), D("10"), "exact")
    ]
    assert checks(woo) == {"items sold": (3, 4, "504")}
    assert limits(woo) == {"orders.customer_key", "order_lines.sku", "orders.shipping", "orders.placed_at"}


def test_woocommerce_analytics_of_a_french_site(load: Load) -> None:
    assert load("commandes.csv").rows("orders", "order_ref, status, net", "ORDER BY 1") == [("601", "completed", D("40.5")), ("602", "cancelled", D("12"))]


def test_woocommerce_plugin_has_its_lines_in_numbered_columns(load: Load) -> None:
    woo = load("orders-export.csv")
    assert woo.rows("orders", "order_ref, placed_at, status, gross, discount, net, tax, total, fulfilment, country", "ORDER BY 1") == [
        ("W-4001", datetime(2016, 5, 31, 0, 37), "completed", D("50"), D("5"), D("45"), D("10"), D("60"), "delivery", "FR"),
        ("W-4002", datetime(2016, 6, 1, 14, 5), "completed", D("20"), D("1"), D("19"), D("0"), D("19"), "click_collect", "FR"),
        ("W-4003", datetime(2016, 6, 2, 9), "refunded", D("10"), D("0"), D("10"), D("2"), D("12"), "delivery", "FR"),
        ("W-4004", datetime(2016, 6, 3, 9), "cancelled", D("10"), D("0"), D("10"), D("0"), D("10"), "delivery", "BE"),
    ]
    assert woo.rows("order_lines", "line_no, sku, quantity, net", "WHERE order_id <= 'woocommerce:4002' ORDER BY order_id, line_no") == [
        (1, "product_id:4959", D("1"), D("30")),
        (2, "B1", D("2"), D("15")),
        (1, "S1", D("2"), D("19")),
    ]
    assert woo.rows("returns", "order_id, amount, date_quality") == [("woocommerce:4003", D("10"), "order_date_proxy")]
    assert [row[:2] for row in checks(woo).values()] == [(4, 4)]
    assert woo.rows("identifiers", "kind", "ORDER BY 1") == [("email",), ("phone",), ("platform",)]  # customer 0 is nobody


def test_prestashop_in_french(load: Load) -> None:
    shop = load("order_2026-04-06_101500.csv")
    assert shop.rows("orders", "order_id, status, total, net, tax, currency, country, items_known", "ORDER BY placed_at DESC") == [
        ("prestashop:12", "completed", D("1234.56"), None, None, "EUR", "France", False),
        ("prestashop:11", "pending", D("15"), None, None, "EUR", "Belgique", False),
        ("prestashop:10", "refunded", D("20"), None, None, "EUR", "France", False),
        ("prestashop:9", "cancelled", D("9.9"), None, None, "EUR", "France", False),
        ("prestashop:8", None, D("7"), None, None, "EUR", "France", False),
    ]
    assert shop.rows("returns", "order_id, returned_on, amount, date_quality") == [("prestashop:10", date(2026, 4, 1), D("20"), "order_date_proxy")]
    assert checks(shop) == {"known status": (4, 5, "POIUYTREW")}
    assert limits(shop) == {"orders.net", "order_lines.sku", "orders.customer_key", "returns.amount"}


def test_prestashop_in_english(load: Load) -> None:
    found = load("order_2026-04-07_101500.csv").rows("orders", "order_ref, status, total, currency", "ORDER BY placed_at DESC")
    assert found == [("XKBKNABJK", "completed", D("1234.56"), "GBP"), ("QWERTYUIO", "cancelled", D("15"), "GBP")]


def test_magento_writes_a_clock_of_24_hours_with_am_and_pm(load: Load) -> None:
    shop = load("export.csv")
    assert shop.rows("orders", "order_ref, placed_at, status, gross, shipping, total, net, fulfilment", "ORDER BY 1") == [
        ("000000101", datetime(2025, 10, 6, 14, 3, 11), "completed", D("50"), D("5"), D("65"), None, "delivery"),
        ("000000102", datetime(2025, 10, 7, 0, 15), "refunded", D("30"), D("0"), D("30"), None, "delivery"),
        ("000000103", datetime(2025, 10, 8, 9), "cancelled", D("12"), D("0"), D("12"), None, "click_collect"),
        ("000000104", datetime(2025, 10, 9, 12), "completed", D("50"), D("0"), D("45"), None, "click_collect"),
    ]
    assert shop.one("orders", "source_detail") == ("Main Website Main Website Store Default Store View",)
    assert shop.rows("returns", "order_id, amount, date_quality", "ORDER BY 1") == [
        ("magento:000000102", D("30"), "order_date_proxy"),
        ("magento:000000104", D("5"), "order_date_proxy"),
    ]
    assert {name: row[:2] for name, row in checks(shop).items()} == {"total": (4, 4), "known status": (4, 4), "refund within the total": (2, 2)}
    assert limits(shop) == {"orders.tax", "orders.currency", "order_lines.sku", "returns.returned_on"}


def test_bigcommerce_has_its_lines_in_one_cell_and_commas_in_their_names(load: Load) -> None:
    shop = load("orders-2026-06-01.csv")
    assert shop.rows("orders", "order_ref, placed_on, status, gross, discount, net, shipping, tax, total, fulfilment", "ORDER BY 1") == [
        ("301", date(2026, 5, 18), "completed", D("50"), D("0"), D("50"), D("5"), D("11"), D("66"), "delivery"),
        ("302", date(2026, 5, 19), "completed", D("30"), D("3"), D("27"), D("0"), D("0"), D("27"), "click_collect"),
        ("303", date(2026, 5, 20), "draft", D("10"), D("0"), D("10"), D("0"), D("0"), D("10"), "delivery"),
        ("304", date(2026, 5, 21), "cancelled", D("10"), D("0"), D("10"), D("0"), D("0"), D("10"), "delivery"),
    ]
    assert shop.rows("order_lines", "line_no, sku, title, quantity, gross, net", "WHERE order_id <= 'bigcommerce:302' ORDER BY order_id, line_no") == [
        (1, "B1", "Bougie, grande", D("2"), D("25"), D("25")),
        (2, "Vase", "Vase", D("1"), D("25"), D("25")),
        (1, "S1", "Savon", D("3"), D("30"), D("27")),
    ]
    assert shop.rows("fulfilments", "order_id, shipped_on") == [("bigcommerce:301", date(2026, 5, 20))]
    assert shop.rows("returns", "order_id, amount") == [("bigcommerce:301", D("10"))]  # 12.00 of 66.00, of which 55.00 are without tax
    assert {name: row[:2] for name, row in checks(shop).items()} == {"subtotal": (4, 4), "tax": (4, 4)}
