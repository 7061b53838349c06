"""Tills and payment services: what each made-up export becomes, worked out by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest
from shop_files import NOT_NEEDED, D, Load, checks, claims, limits, reader
from source_files import PROFILES, Loaded, write
from twins_shops import TWINS


@pytest.fixture(scope="module")
def load(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Load]:
    yield from reader(tmp_path_factory)


def test_square_transactions_are_the_sales_of_the_items_without_their_lines(load: Load) -> None:
    square = load("transactions-2026-04.csv")
    assert square.rows("orders", "order_ref, store, placed_at, gross, discount, net, tax, tip, total, fulfilment, items_known", "ORDER BY 1") == [
        ("TA", "Quai", datetime(2026, 4, 13, 10, 2, 11), D("30"), D("3"), D("27"), D("2.16"), D("2"), D("31.16"), "click_collect", False),
        ("TB", "Quai", datetime(2026, 4, 13, 14, 40), D("1200"), D("0"), D("1210"), D("0"), D("0"), D("1210"), "in_store", False),
    ]
    assert "order_lines" not in square.converted.tables
    assert square.rows("returns", "returned_on, amount, reason, date_quality") == [(date(2026, 4, 20), D("12"), "Broken", "exact")]
    assert claims(square) == [
        ("fees", "Quai", None, date(2026, 4, 13), D("30.93")),
        ("payout", "Quai", None, date(2026, 4, 14), D("1210.23")),
        ("payout", "Quai", None, date(2026, 4, 21), D("-12.96")),
        ("tips", "Quai", None, date(2026, 4, 13), D("2")),
    ]
    assert square.account.dropped == (("a payment that was not completed", 1),)
    assert {name: row[:2] for name, row in checks(square).items()} == {"net sales": (3, 3), "collected": (3, 3), "net total": (3, 3)}
    for dataset in ("orders", "returns"):
        ranks = [PROFILES.get(name).spec.overlaps[dataset] for name in ("square.items", "square.transactions")]  # type: ignore[union-attr]
        assert ranks[0].group == ranks[1].group
        assert ranks[0].rank < ranks[1].rank


def test_square_transactions_in_french(load: Load) -> None:
    square = load("transactions_fr.csv")
    assert square.rows("orders", "placed_at, net, tip, total, currency") == [(datetime(2026, 4, 13, 10, 2, 11), D("27"), D("2"), D("31.16"), "EUR")]
    assert square.rows("returns", "returned_on, amount") == [(date(2026, 4, 20), D("12"))]


def test_square_items_of_the_same_till_keep_identical_lines(load: Load) -> None:
    items = load("items-2026-04.csv")
    assert items.rows("orders", "order_ref, net, total, items_known") == [("TA", D("6"), D("6.6"), True)]
    assert items.rows("order_lines", "line_no, sku, quantity, net, category", "ORDER BY 1") == [
        (1, "Coffee", D("1"), D("3"), None),
        (2, "Coffee", D("1"), D("3"), None),
    ]
    assert items.rows("returns", "sku, category, quantity, amount") == [("M1", "Mugs", D("1"), D("12"))]


def test_lightspeed_mixes_sales_lines_and_payments(load: Load) -> None:
    till = load("sales_history.csv")
    assert till.rows("orders", "order_ref, store, status, gross, discount, net, tax, total, items_known", "ORDER BY 1") == [
        ("901", "Caisse Lyon", "completed", D("55"), D("5"), D("50"), D("10"), D("60"), True),
        ("902", "Caisse Lyon", "completed", D("16"), D("0"), D("16"), D("3.2"), D("19.2"), True),  # an exchange: what was sold
        ("903", "Caisse Lyon", "cancelled", D("10"), D("0"), D("10"), D("2"), D("12"), True),
    ]
    assert till.rows("order_lines", "order_id, sku, quantity, gross, discount, net", "ORDER BY file_line")[:2] == [
        ("lightspeed:901", "B1", D("2"), D("35"), D("5"), D("30")),
        ("lightspeed:901", "V1", D("1"), D("20"), D("0"), D("20")),
    ]
    assert till.rows("returns", "sku, returned_on, quantity, amount") == [("V1", date(2026, 4, 4), D("1"), D("20"))]  # and what came back
    assert till.rows("orders", "count(customer_key)") == [(1,)]  # WALKIN is nobody
    assert till.account.dropped == (("how a sale was paid, not a sale", 1),)
    assert {name: row[:2] for name, row in checks(till).items()} == {"lines of the sale": (3, 3), "total": (8, 8)}


def test_sumup_has_a_row_per_item(load: Load) -> None:
    till = load("sales-report.csv")
    assert till.rows("orders", "order_ref, placed_at, net, tax, tip, total, currency, store", "ORDER BY 1") == [
        ("S20260001", datetime(2026, 3, 15, 11, 53), D("10"), D("0.52"), D("1"), D("11"), "CHF", None),
        ("S20260003", datetime(2026, 3, 16, 10), D("3.5"), D("0.26"), D("0"), D("3.5"), "CHF", None),
    ]
    assert till.rows("order_lines", "line_no, line_type, sku, quantity, net, tax", "WHERE order_id = 'sumup:TAAA' ORDER BY 1") == [
        (1, "product", "Café", D("2"), D("7"), D("0.52")),
        (2, "product", "Croissant", D("1"), D("3"), D("0")),
        (3, "tip", "Tip", D("1"), D("1"), D("0")),
    ]
    assert till.rows("returns", "order_id, sku, returned_on, quantity, amount") == [("sumup:TAAA", "Café", date(2026, 3, 16), D("1"), D("3.24"))]
    assert [row[:2] for row in checks(till).values()] == [(5, 5)]


def test_sumup_without_the_last_column_and_with_the_account_at_the_end(tmp_path: Path) -> None:
    text = next(twin.data for twin in TWINS if twin.profile == "sumup.sales")
    assert isinstance(text, str)
    older = "\n".join(",".join([*cells[1:14], cells[0]]) for cells in (line.split(",") for line in text.splitlines())) + "\n"
    till = Loaded(write(tmp_path, "older.csv", older))
    assert till.rows("returns", "order_id, amount") == [(None, D("3.24"))]  # still a refund: it says so itself
    assert till.rows("orders", "sum(total)") == [(D("14.5"),)]


def test_odoo_orders_stand_on_their_first_row_only(load: Load) -> None:
    till = load("pos.order.csv")
    assert till.rows("orders", "order_id, store, status, gross, discount, net, tax, total, items_known", "ORDER BY 1") == [
        ("odoo:Shop/0001", "Lyon", "completed", D("73.5"), D("7.5"), D("66"), D("11"), D("66"), True),
        ("odoo:Shop/0002", "Lyon", "completed", D("12"), D("0"), D("12"), D("2"), D("12"), True),
        ("odoo:Shop/0004", "Lyon", "cancelled", D("6"), D("0"), D("6"), D("1"), D("6"), True),
    ]
    assert till.rows("order_lines", "order_id, line_no, sku, title, quantity, gross, discount, net, tax", "ORDER BY file_line")[1] == (
        "odoo:Shop/0001", 2, "V1", "Vase", D("1"), D("37.5"), D("7.5"), D("30"), D("5"),
    )  # fmt: skip
    assert till.rows("returns", "sku, returned_on, quantity, amount, customer_key IS NOT NULL") == [("V1", date(2026, 4, 4), D("1"), D("25"), True)]
    assert till.rows("orders", "order_ref", "WHERE customer_key IS NULL ORDER BY 1")[0] == ("Order 00001-001-0002",)  # nobody's mail is carried down
    assert [row[:2] for row in checks(till).values()] == [(4, 4)]


def test_odoo_in_french_without_lines(load: Load) -> None:
    till = load("commandes_pos.csv")
    assert till.rows("orders", "order_id, status, net, tax, items_known") == [("odoo:Shop/0001", "completed", D("66"), D("11"), False)]
    assert till.rows("returns", "returned_on, amount") == [(date(2026, 4, 4), D("25"))]
    assert "order_lines.sku" in limits(till)


def test_openbravo_tables_are_complete_together(load: Load) -> None:
    till = load("ticketlines.csv")
    assert till.rows("orders", "order_id, order_ref, placed_at, net, total, tax_included") == [
        ("openbravo:t-1", "1", datetime(2026, 4, 3, 10, 15), D("55"), None, False),
    ]
    assert till.rows("order_lines", "sku, title, quantity, net", "ORDER BY line_no") == [("B1", "Bougie", D("2"), D("30")), ("V1", "Vase", D("1"), D("25"))]
    assert till.rows("returns", "sku, returned_on, quantity, amount") == [("V1", date(2026, 4, 4), D("1"), D("25"))]
    assert till.account.dropped == ((NOT_NEEDED, 1),)  # the payment of a debt
    assert load("products.csv").rows("products", "sku, price, cost", "ORDER BY 1") == [("B1", D("15"), D("6")), ("V1", D("25"), D("11"))]


# ---------------------------------------------------------------- payments


def test_paypal_claims_fees_refunds_and_payouts(load: Load) -> None:
    paypal = load("download.csv")
    assert set(paypal.converted.tables) == {"claims"}
    assert claims(paypal) == [
        ("fees", "EUR", None, date(2026, 4, 13), D("32")),
        ("fees", "EUR", None, date(2026, 4, 14), D("-0.35")),
        ("payout", "EUR", None, date(2026, 4, 15), D("1000")),
        ("refunds", "EUR", "refunds", date(2026, 4, 14), D("20")),
        ("revenue", "EUR", None, date(2026, 4, 13), D("1070")),
    ]
    assert dict(paypal.account.dropped) == {"it does not move the balance": 1, "a payment that was not completed": 1, NOT_NEEDED: 1}
    assert checks(paypal) == {"net payment": (5, 5, "")}


def test_paypal_in_french(load: Load) -> None:
    assert claims(load("telechargement.csv")) == [
        ("fees", "EUR", None, date(2026, 4, 13), D("31.05")),
        ("refunds", "EUR", "refunds", date(2026, 4, 14), D("50")),
        ("revenue", "EUR", None, date(2026, 4, 13), D("1050")),
    ]
