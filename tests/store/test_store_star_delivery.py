"""Promises, pick-ups, stock-outs, landing pages, returns by sale and codes of customers: each rule with numbers that can be checked by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from store_rows import line, order, star

from kpi_core.config.shipped import shipped
from kpi_core.config.yaml import load_yaml
from kpi_core.engine import calendar
from kpi_core.engine.catalogue import Catalogue
from kpi_core.engine.result import Question, Status
from kpi_core.engine.run import Engine


def due(ref: str, promised: str, delivered: str | None, carrier: str = "Post") -> dict[str, Any]:
    return {"order_id": f"ref:web:{ref}", "channel": "web", "promised_on": promised, "delivered_on": delivered, "carrier": carrier}


def test_a_delivery_counts_on_its_promised_day_and_what_is_overdue_is_late(tmp_path: Path) -> None:
    names = ("early", "same", "late", "overdue", "coming", "cancelled")
    rows = {
        "orders": [order(name, "2026-10-01", order_ref=f"#{name}", status="cancelled" if name == "cancelled" else "completed") for name in names],
        "order_lines": [line(name, "2026-10-01", 10) for name in names],
        "fulfilments": [
            due("#early", "2026-10-05", "2026-10-03"),
            due("#same", "2026-10-05", "2026-10-05"),
            due("#late", "2026-10-05", "2026-10-08"),
            due("#overdue", "2026-10-06", None),
            due("#coming", "2026-10-09", None),  # promised for a day that the export does not reach
            due("#cancelled", "2026-10-05", "2026-10-05"),
            {"order_id": "early", "channel": "web", "shipped_on": "2026-10-02"},  # the shop's own row says less
        ],
    }
    with star(tmp_path, rows) as reader:
        found = reader.execute("select order_id, day, late_days, on_time, carrier, file_line from deliveries order by day, order_id")
        assert found == [
            ("early", date(2026, 10, 5), -2, True, "Post", 2),
            ("late", date(2026, 10, 5), 3, False, "Post", 4),
            ("same", date(2026, 10, 5), 0, True, "Post", 3),
            ("overdue", date(2026, 10, 6), None, False, "Post", 5),
        ]
        assert reader.execute("select order_id, lead_days from orders where lead_days is not null order by 1") == [("early", 2), ("late", 7), ("same", 4)]


def collected(ref: str, ticket: str | None = None, store: str | None = "S1", day: str = "2026-10-03") -> dict[str, Any]:
    return {"order_id": f"ref:web:{ref}", "channel": "web", "collected_on": day, "store": store, "addon_ref": ticket}


def test_what_is_bought_at_the_pick_up_counts_once(tmp_path: Path) -> None:
    web = {"fulfilment": "click_collect", "customer_key": 7}
    till = {"channel": "store", "store": "S1"}
    rows = {
        "stores": [{"store": "S1", "name": "Lyon", "channel": "store"}],
        "orders": [
            order("a", "2026-10-01", order_ref="#a", **web),
            order("b", "2026-10-02", order_ref="#b", **web),
            order("c", "2026-10-02", order_ref="#c", fulfilment="click_collect"),
            order("same-day", "2026-10-03", order_ref="T1", customer_key=7, **till),
            order("other-day", "2026-10-04", order_ref="T2", customer_key=7, **till),
            order("other-store", "2026-10-03", order_ref="T3", customer_key=7, channel="store", store="S2"),
            order("anonymous", "2026-10-03", order_ref="T4", **till),
        ],
        "order_lines": [
            line(name, "2026-10-03", amount)
            for name, amount in (("a", 50), ("b", 60), ("c", 70), ("same-day", 20), ("other-day", 5), ("other-store", 6), ("anonymous", 8))
        ],
        "fulfilments": [collected("#a"), collected("#b"), collected("#c")],
    }
    with star(tmp_path / "customers", rows) as reader:
        found = reader.execute("select order_id, store, addon_orders, addon_amount from pickups order by 1")
        # of the guest nobody knows; the ticket of customer 7 belongs to the first of the two orders
        assert found == [("a", "Lyon", 1, 20), ("b", "Lyon", 0, 0), ("c", "Lyon", None, None)]
        assert reader.execute("select count(*) from orders where lead_days is not null") == [(0,)]
    rows["fulfilments"] = [collected("#a", "T4"), collected("#b", "T1"), collected("#c")]
    with star(tmp_path / "tickets", rows) as reader:
        found = reader.execute("select order_id, addon_orders, addon_amount from pickups order by 1")
        assert found == [("a", 2, 28), ("b", 0, 0), ("c", 0, 0)]  # tickets are written down, so no ticket means nothing bought


def count(location: str, sku: str, on_hand: int, day: str = "2026-10-05") -> dict[str, Any]:
    return {"day": day, "location": location, "sku": sku, "on_hand": on_hand, "unlimited": False}


def test_only_what_was_sold_there_lately_is_missed_and_the_other_side_is_known(tmp_path: Path) -> None:
    rows = {
        "stores": [{"store": "S1", "name": "Lyon", "channel": "store"}],
        "orders": [
            order("shop", "2026-10-01", channel="store", store="S1"),
            order("old", "2026-07-01", channel="store", store="S1"),
            order("web", "2026-10-02"),
            order("end", "2026-10-05"),
        ],
        "order_lines": [
            line("shop", "2026-10-01", 10, sku="A"),
            line("old", "2026-07-01", 10, sku="B"),
            line("web", "2026-10-02", 10, sku="B"),
            line("end", "2026-10-05", 1, sku="Z"),
        ],
        "stock": [count("S1", "A", 0), count("S1", "B", 0), count("Depot", "A", 4), count("Depot", "B", 0), count("Depot", "C", 0)],
    }
    with star(tmp_path, rows) as reader:
        found = reader.execute("select store, sku, place_kind, on_hand, in_demand, elsewhere from stock where day = date '2026-10-05' order by 1, 2")
        assert found == [
            ("Depot", "A", "warehouse", 0 + 4, False, 0),  # sold in the shop only
            ("Depot", "B", "warehouse", 0, True, 0),
            ("Depot", "C", "warehouse", 0, False, None),
            ("Lyon", "A", "shop", 0, True, 4),
            ("Lyon", "B", "shop", 0, False, 0),  # last sold there 96 days ago
        ]


def visits(scope: str, sessions: int, **more: Any) -> dict[str, Any]:
    day = {"period_start": "2026-10-01", "period_end": "2026-10-01", "grain": "day"}
    return {"platform": "ga4", "property": "p", "channel": "web", "scope": scope, "sessions": sessions, **day, **more}


def test_landing_pages_come_from_a_report_of_their_own(tmp_path: Path) -> None:
    rows = {
        "traffic": [
            visits("country,source", 60, source="Email", country="FR", avg_duration_s=100.0),
            visits("country,source", 40, source="Direct", country="FR", avg_duration_s=50.5),
            visits("country,source", 10, source="Direct", country="BE"),
            visits("landing_page", 1, landing_page="/elsewhere"),
            visits("country,landing_page", 70, landing_page="/lamps?utm=a", country="FR"),
            visits("country,landing_page", 25, landing_page="/lamps?utm=b", country="FR"),
            visits("country,landing_page", 9, landing_page="/", country="BE"),
        ]
    }
    with star(tmp_path, rows) as reader:
        assert reader.execute("select landing_page, country, sessions from landings order by 1, 2") == [("/", "BE", 9), ("/lamps", "FR", 95)]
        assert reader.execute("select sum(sessions), sum(seconds), sum(timed) from sessions") == [(110, Decimal("8020.000"), 100)]
        left_out = {(reason, number) for dataset, reason, number, _, _ in reader.excluded() if dataset == "traffic"}
        assert left_out == {("a finer report of the same day", 1)}  # those of the report by page and country are used


def test_returns_by_sale_are_those_that_name_it(tmp_path: Path) -> None:
    back = {"returned_on": "2026-10-09", "quantity": 1, "amount": 3, "currency": "EUR", "sku": "S1"}
    rows = {
        "orders": [order("a", "2026-10-01"), order("b", "2026-10-01", channel="popup", store="P"), order("c", "2026-10-01", channel="marketplace")],
        "order_lines": [line("a", "2026-10-01", 30), line("b", "2026-10-01", 30), line("c", "2026-10-01", 30)],
        "returns": [{"return_id": "1", "order_id": "a", **back}, {"return_id": "2", "order_id": "unknown", "channel": "popup", **back}],
    }
    with star(tmp_path, rows) as reader:
        assert reader.execute("select day, returned_on, channel, qty from returns_by_sale") == [(date(2026, 10, 1), date(2026, 10, 9), "web", 1)]
        # the pop-up's returns name no sale, so its sales are no base; the marketplace has none to name
        assert reader.execute("select channel, returns_counted, returns_named from sale order by 1") == [
            ("marketplace", True, True),
            ("popup", True, False),
            ("web", True, True),
        ]


def test_codes_of_customers_are_short_and_never_shared(tmp_path: Path) -> None:
    near = 0xABCD_1234_0000_0001
    keys = {"x": near, "y": near + 1, "z": 5}
    rows = {
        "orders": [order(name, "2026-10-01", customer_key=key) for name, key in keys.items()] + [order("again", "2026-12-01", customer_key=5)],
        "order_lines": [line(name, "2026-10-01", 10) for name in (*keys, "again")],
    }
    with star(tmp_path, rows) as reader:
        assert reader.execute("select order_id, customer from customer_orders order by 1") == [
            ("again", "00000000 · 2026-10"),
            ("x", "ABCD123400000001 · 2026-10"),
            ("y", "ABCD123400000002 · 2026-10"),
            ("z", "00000000 · 2026-10"),
        ]


def test_newsletter_sign_ups_are_leads_of_their_own_kind_and_the_first_contact_is_that_of_the_journey(tmp_path: Path) -> None:
    touch = {"occurred_on": "2026-10-01", "customer_key": 7}
    rows = {
        "orders": [order("a", "2026-10-03", customer_key=7), order("b", "2026-10-03")],
        "order_lines": [line("a", "2026-10-03", 10), line("b", "2026-10-03", 10)],
        "leads": [{"lead_id": "1", "created_on": "2026-10-01", "kind": "newsletter"}, {"lead_id": "2", "created_on": "2026-10-01"}],
        "touches": [
            {"touch_id": "2", "channel": "web", "occurred_at": "2026-10-01 12:00:00", **touch},
            {"touch_id": "1", "channel": "social", "occurred_at": "2026-10-01 08:00:00", **touch},
        ],
    }
    with star(tmp_path, rows) as reader:
        assert reader.execute("select lead_id, kind from leads order by 1") == [("1", "newsletter"), ("2", None)]
        assert reader.execute("select order_id, first_contact from conversions order by 1") == [("a", "social"), ("b", None)]


def test_a_rate_by_sale_has_no_value_where_no_return_names_its_sale(tmp_path: Path) -> None:
    back = {"returned_on": "2026-10-09", "quantity": 1, "amount": 3, "currency": "EUR", "channel": "web", "return_id": "1"}
    rows = {"orders": [order("a", "2026-10-01"), order("z", "2026-10-31")], "order_lines": [line("a", "2026-10-01", 30), line("z", "2026-10-31", 1)], "returns": [back]}
    known = Catalogue.read(load_yaml(shipped("config") / "kpis.yaml"))
    with star(tmp_path, rows) as reader:
        answer = Engine(reader, known).ask(Question(("return_rate", "return_rate_by_sale", "net_sales_by_sale"), (calendar.parse("2026-10"),)))
    found = {kpi: values[0] for kpi, values in answer.cells[None].items()}
    assert found["return_rate"].number == 0.5
    for kpi in ("return_rate_by_sale", "net_sales_by_sale"):
        assert found[kpi].number is None and found[kpi].status is Status.NOT_COMPUTABLE
        assert found[kpi].reason is not None and str(found[kpi].reason.values["export"]) == "returns that name their sale"
