"""Orders, lines, returns and customers: each rule with numbers that can be checked by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

from store_rows import line, order, star

from kpi_core.store import MartSettings


def test_amounts_are_ex_vat_and_gross_less_discount_is_net(tmp_path: Path) -> None:
    rows = {
        "orders": [order("a", "2026-10-01")],
        "order_lines": [line("a", "2026-10-01", 90, gross=120, discount=30, tax=15), line("a", "2026-10-01", 0, 2, gross=12, discount=12, tax=0)],
    }
    with star(tmp_path, rows) as reader:
        found = reader.execute("select net_amount, discount_amount, gross_amount from sale order by line_no")
        # 90 with 15 VAT is 75 ex VAT (5/6); a line given away has the share of its order
        assert found == [(75, 25, 100), (0, 10, 10)]
        assert reader.execute("select net_amount from orders") == [(75,)]


def test_everything_left_out_is_counted_with_its_reason(tmp_path: Path) -> None:
    rows = {
        "orders": [
            order("kept", "2026-10-01", net=100),
            order("test", "2026-10-01", is_test=True, net=7),
            order("cancelled", "2026-10-01", status="cancelled", net=20),
            order("gift", "2026-10-01", net=50),
            order("dollar", "2026-10-01", currency="USD", net=9),
            order("refunded", "2026-10-02", status="refunded", net=5),
        ],
        "order_lines": [
            line("kept", "2026-10-01", 100),
            line("kept", "2026-10-01", 4, 2, line_type="shipping"),
            line("test", "2026-10-01", 7),
            line("cancelled", "2026-10-01", 20),
            line("gift", "2026-10-01", 50, line_type="gift_card"),
            line("dollar", "2026-10-01", 9, currency="USD"),
            line("refunded", "2026-10-02", 5),
            line("nobody", "2026-10-02", 3),
        ],
    }
    with star(tmp_path, rows) as reader:
        left_out = {(dataset, reason): (rows, amount) for dataset, reason, rows, _, amount in reader.excluded()}
        assert left_out == {
            ("orders", "test order"): (1, 7),
            ("orders", "cancelled order"): (1, 20),
            ("orders", "nothing sold"): (1, 50),
            ("orders", "no exchange rate"): (1, None),
            ("order_lines", "test order"): (1, 7),
            ("order_lines", "cancelled order"): (1, 20),
            ("order_lines", "nothing sold"): (1, 50),
            ("order_lines", "no exchange rate"): (1, None),
            ("order_lines", "shipping"): (1, 4),
            ("order_lines", "no order"): (1, 3),
        }
        assert reader.execute("select order_id from orders order by 1") == [("kept",), ("refunded",)]
        assert reader.execute("select order_id, net_amount from sale order by 1") == [("kept", 100), ("refunded", 5)]
        raw_and_kept = reader.execute("select dataset, raw, kept from ledger where raw > 0 order by 1")
        assert raw_and_kept == [("order_lines", 8, 2), ("orders", 6, 2)]
        for dataset, raw, kept in raw_and_kept:
            assert raw == kept + sum(count for (name, _), (count, _) in left_out.items() if name == dataset)


def test_a_ticket_of_only_returns_is_no_order(tmp_path: Path) -> None:
    rows = {
        "orders": [order("sold", "2026-10-01", channel="store", store="S1"), order("return-ticket", "2026-10-05", channel="store", store="S1")],
        "order_lines": [line("sold", "2026-10-01", 30)],
        "returns": [
            {
                "return_id": "r1",
                "order_id": "sold",
                "channel": "store",
                "sku": "S1",
                "returned_on": "2026-10-05",
                "quantity": 1,
                "amount": 30,
                "currency": "EUR",
            },
            {"return_id": "r2", "order_id": "unknown", "channel": "store", "returned_on": "2026-10-05", "amount": 4, "currency": "EUR", "reason": "too small"},
        ],
    }
    with star(tmp_path, rows) as reader:
        assert reader.execute("select order_id from orders") == [("sold",)]
        assert reader.execute("select return_id, day, sold_on, store, qty, amount from returns order by 1") == [
            ("r1", date(2026, 10, 5), date(2026, 10, 1), "S1", 1, 30),
            ("r2", date(2026, 10, 5), None, None, None, 4),
        ]


def test_the_return_of_a_sale_that_never_counted_does_not_count(tmp_path: Path) -> None:
    rows = {
        "orders": [order("t", "2026-10-01", is_test=True)],
        "order_lines": [line("t", "2026-10-01", 30)],
        "returns": [{"return_id": "r", "order_id": "t", "channel": "web", "returned_on": "2026-10-05", "amount": 30, "currency": "EUR"}],
    }
    with star(tmp_path, rows) as reader:
        assert reader.execute("select count(*) from returns") == [(0,)]
        assert ("returns", "test order", 1, 1, 30) in reader.excluded()


def test_a_return_finds_its_order_by_the_number_people_write(tmp_path: Path) -> None:
    """Within its platform, and only where one order has that number."""
    numbers = {"shop:1": "#7", "till:9": "#7", "shop:2": "#8", "shop:3": "#8"}
    rows = {
        "orders": [order(name, "2026-10-01", order_ref=number) for name, number in numbers.items()],
        "order_lines": [line(name, "2026-10-01", 30) for name in numbers],
        "returns": [
            {"return_id": name, "order_id": f"ref:{name}", "channel": "web", "returned_on": "2026-10-05", "amount": 30, "currency": "EUR"}
            for name in ("shop:#7", "shop:#8", "none:#7")
        ],
    }
    with star(tmp_path, rows) as reader:
        found = reader.execute("select return_id, sold_on from returns order by 1")
        assert found == [("none:#7", None), ("shop:#7", date(2026, 10, 1)), ("shop:#8", None)]


def test_an_export_without_lines_still_counts_its_money(tmp_path: Path) -> None:
    # 120 charged with 20 VAT: 96 of goods and 24 of shipping, so 16 of the VAT is on the goods
    rows = {"orders": [order("a", "2026-10-01", items_known=False, net=96, shipping=24, tax=20, total=120)]}
    with star(tmp_path, rows) as reader:
        assert reader.execute("select product, qty, net_amount, cost_amount from sale") == [(None, None, 80, None)]
        assert reader.execute("select net_amount from orders") == [(80,)]


def test_customers_are_known_over_all_orders(tmp_path: Path) -> None:
    rows = {
        "orders": [
            order("g", "2026-01-01"),
            order("a2", "2026-03-01", customer_key=1, channel="store", store="S"),
            order("a1", "2026-01-05", customer_key=1, country="FR"),
            order("b1", "2026-01-05", customer_key=2),
            order("b2", "2026-04-06", customer_key=2),  # 91 days later
            order("c1", "2026-04-01", customer_key=3),
        ],
        "order_lines": [line(name, "2026-01-01", 10 * (index + 1)) for index, name in enumerate(("g", "a2", "a1", "b1", "b2", "c1"))],
    }
    with star(tmp_path, rows) as reader:
        found = reader.execute("select order_id, customer_type, is_first_order, customer_channels from orders order by order_id")
        assert found == [
            ("a1", "new", True, 2),
            ("a2", "returning", False, 2),
            ("b1", "new", True, 1),
            ("b2", "returning", False, 1),
            ("c1", "new", True, 1),
            ("g", "guest", None, None),
        ]
        customers = reader.execute(
            "select customer_key, day, first_channel, country, lifetime_orders, lifetime_revenue, repeat_90, matured from customers order by 1"
        )
        assert customers == [
            (1, date(2026, 1, 5), "web", "FR", 2, 50, True, True),
            (2, date(2026, 1, 5), "web", None, 2, 90, False, True),
            (3, date(2026, 4, 1), "web", None, 1, 60, False, False),  # 90 days are not over yet
        ]


def test_of_two_orders_on_a_day_the_earlier_one_is_the_first(tmp_path: Path) -> None:
    rows = {
        "orders": [
            order("a", "2026-01-05", customer_key=1, placed_at="2026-01-05 18:00:00"),
            order("b", "2026-01-05", customer_key=1, placed_at="2026-01-05 09:00:00"),
        ],
        "order_lines": [line("a", "2026-01-05", 1), line("b", "2026-01-05", 1)],
    }
    with star(tmp_path, rows) as reader:
        assert reader.execute("select order_id from orders where is_first_order") == [("b",)]


def test_stores_give_names_and_channels_but_never_move_a_web_order(tmp_path: Path) -> None:
    rows = {
        "stores": [{"store": "101", "name": "Lyon", "channel": "store"}, {"store": "900", "name": "Marché", "channel": "popup"}],
        "orders": [
            order("a", "2026-10-01", channel="store", store="101"),
            order("b", "2026-10-01", channel="store", store="900"),
            order("c", "2026-10-01", channel="web", store="Lyon"),
            order("d", "2026-10-01", channel="store", store="777"),
        ],
        "order_lines": [line(name, "2026-10-01", 1) for name in "abcd"],
    }
    with star(tmp_path, rows) as reader:
        assert reader.execute("select order_id, channel, store from orders order by 1") == [
            ("a", "store", "Lyon"),
            ("b", "popup", "Marché"),
            ("c", "web", "Lyon"),
            ("d", "store", "777"),
        ]


def test_the_product_list_names_articles(tmp_path: Path) -> None:
    rows = {
        "products": [{"sku": "S1", "title": "Lamp", "category": "Light"}, {"sku": "S2", "title": None, "category": None}],
        "orders": [order("a", "2026-10-01")],
        "order_lines": [
            line("a", "2026-10-01", 1, 1, sku="S1", title="old name", category="old"),
            line("a", "2026-10-01", 1, 2, sku="S2", category="Own"),
            line("a", "2026-10-01", 1, 3, sku="S3", title="Typed"),
        ],
    }
    with star(tmp_path, rows) as reader:
        assert reader.execute("select product, category from sale order by line_no") == [("Lamp", "Light"), ("S2", "Own"), ("Typed", None)]


def test_cost_is_the_one_of_the_day_and_unknown_stays_null(tmp_path: Path) -> None:
    rows = {
        "product_costs": [
            {"sku": "S1", "valid_from": "2026-01-01", "unit_cost": 4, "currency": "EUR"},
            {"sku": "S1", "valid_from": "2026-10-02", "unit_cost": 5, "currency": "EUR"},
        ],
        "products": [{"sku": "S1", "cost": 9}, {"sku": "S3", "cost": 2, "currency": "EUR"}],
        "orders": [order("a", "2026-10-01"), order("b", "2026-10-02"), order("c", "2025-12-31")],
        "order_lines": [
            line("a", "2026-10-01", 10, 1, sku="S1", quantity=2, unit_cost=8),
            line("a", "2026-10-01", 10, 2, sku="S2", unit_cost=3),
            line("a", "2026-10-01", 10, 3, sku="S3", quantity=3),
            line("a", "2026-10-01", 10, 4, sku="S4"),
            line("a", "2026-10-01", 10, 5, sku="S1", quantity=None),
            line("b", "2026-10-02", 10, 1, sku="S1"),
            line("c", "2025-12-31", 10, 1, sku="S1"),
        ],
    }
    with star(tmp_path, rows) as reader:
        found = {(order_id, number): cost for order_id, number, cost in reader.execute("select order_id, line_no, cost_amount from sale")}
        assert found == {
            ("a", 1): 8,  # dated list, before the price rise, twice
            ("a", 2): 3,  # the line's own
            ("a", 3): 6,  # the product list
            ("a", 4): None,
            ("a", 5): None,
            ("b", 1): 5,
            ("c", 1): 9,  # before the dated list begins
        }


def test_exchange_rates(tmp_path: Path) -> None:
    usd = {"currency": "USD"}
    rows = {
        "fx_rates": [
            {"day": "2026-10-02", "currency": "USD", "base": "EUR", "rate": 1.25},
            {"day": "2026-10-02", "currency": "GBP", "base": "EUR", "rate": 0.5},
        ],
        "orders": [
            order("friday", "2026-10-02", **usd),
            order("sunday", "2026-10-04", **usd),
            order("late", "2026-10-10", **usd),  # the last rate is 8 days old
            order("own", "2026-10-02", currency="USD", fx_base="EUR", fx_rate=2),
            order("other-base", "2026-10-02", currency="USD", fx_base="GBP", fx_rate=3),
            order("plain", "2026-10-02", currency=None),
        ],
        "order_lines": [line(name, "2026-10-02", 100, currency=None) for name in ("friday", "sunday", "late", "own", "other-base", "plain")],
    }
    with star(tmp_path, rows) as reader:
        amounts = dict(reader.execute("select order_id, net_amount from orders"))
        assert amounts == {"friday": 80, "sunday": 80, "own": 50, "other-base": 80, "plain": 100}
        assert dict(reader.execute("select order_id, net_amount from sale")) == amounts
        assert [(dataset, rows) for dataset, reason, rows, _, _ in reader.excluded() if reason == "no exchange rate"] == [("order_lines", 1), ("orders", 1)]
    # in another reporting currency the same rates are turned round and crossed: 1 GBP = 2 EUR = 2.50 USD
    with star(tmp_path / "gbp", {**rows, "orders": rows["orders"][:1]}, MartSettings(reporting_currency="GBP")) as reader:
        assert reader.execute("select net_amount from orders") == [(Decimal("40.000000"),)]


def test_delivery_times_find_their_order_by_its_number(tmp_path: Path) -> None:
    rows = {
        "orders": [
            order("shopify:1", "2026-10-01", order_ref="#1001"),
            order("till:1", "2026-10-01", order_ref="#1001", channel="store"),
            order("shopify:2", "2026-10-01", order_ref="#1002"),
            order("shopify:3", "2026-10-01", order_ref="#1003"),
        ],
        "order_lines": [line(name, "2026-10-01", 1) for name in ("shopify:1", "till:1", "shopify:2", "shopify:3")],
        "fulfilments": [
            {"order_id": "ref:web:#1001", "channel": "web", "delivered_on": "2026-10-04"},
            {"order_id": "ref::#1001", "channel": None, "delivered_on": "2026-10-09"},  # two orders have this number
            {"order_id": "ref::#1002", "channel": None, "delivered_on": "2026-10-03"},
            {"order_id": "shopify:3", "channel": "web", "delivered_on": "2026-09-30"},  # delivered before it was placed: unknown
        ],
    }
    with star(tmp_path, rows) as reader:
        assert dict(reader.execute("select order_id, lead_days from orders")) == {"shopify:1": 3, "till:1": None, "shopify:2": 2, "shopify:3": None}


def test_orders_of_known_customers_are_numbered_in_time(tmp_path: Path) -> None:
    rows = {
        "orders": [
            order("late", "2026-03-01", customer_key=1, placed_at="2026-03-01 18:00:00", channel="web", country="FR"),
            order("early", "2026-03-01", customer_key=1, placed_at="2026-03-01 09:00:00", channel="store", store="S", country="BE"),
            order("again", "2026-05-01", customer_key=1),
            order("other", "2026-10-31", customer_key=2, country="FR"),
            order("guest", "2026-05-01"),
            order("void", "2026-01-01", customer_key=1, status="cancelled"),
        ],
        "order_lines": [line(name, "2026-03-01", 10) for name in ("late", "early", "again", "other", "guest", "void")],
    }
    with star(tmp_path, rows) as reader:
        found = reader.execute("select order_id, order_no, first_channel, country, net_amount from customer_orders order by day, order_no, order_id")
        assert found == [("early", 1, "store", "BE", 10), ("late", 2, "store", "BE", 10), ("again", 3, "store", "BE", 10), ("other", 1, "web", "FR", 10)]
        assert reader.execute("select count(*) from customer_orders join orders using (order_id) where (order_no = 1) <> is_first_order") == [(0,)]
        people = reader.execute("select matured_on::varchar, matured, repeat_90, lifetime_orders, lifetime_revenue from customers order by day")
        assert people == [("2026-05-30", True, True, 3, 30), ("2027-01-29", False, False, 1, 10)]


def test_items_of_channels_with_refunds_in_money_only_are_marked(tmp_path: Path) -> None:
    rows = {
        "orders": [order(name, "2026-10-01", channel=name) for name in ("web", "store", "popup")],
        "order_lines": [line(name, "2026-10-01", 10) for name in ("web", "store", "popup")],
        "returns": [
            {"return_id": "r1", "channel": "web", "returned_on": "2026-10-05", "amount": 5, "currency": "EUR"},
            {"return_id": "r2", "channel": "store", "returned_on": "2026-10-05", "amount": 5, "currency": "EUR"},
            {"return_id": "r3", "channel": "store", "returned_on": "2026-10-06", "amount": 5, "quantity": 1, "currency": "EUR"},
        ],
    }
    with star(tmp_path, rows) as reader:
        assert reader.execute("select channel, returns_counted from sale order by 1") == [("popup", True), ("store", True), ("web", False)]
