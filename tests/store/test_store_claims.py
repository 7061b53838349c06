"""What platforms claim stands beside what the owner of the figure has for the same days; plain Python says what that is, and nothing is added."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from store_rows import export, line, load, order, workspace

from kpi_core.store import open_reader
from kpi_core.store.claims import claims

START = date(2026, 5, 1)


def day(number: int) -> str:
    return str(START + timedelta(days=number))


def claim(platform: str, measure: str, at: int, amount: float, **more: Any) -> dict[str, Any]:
    return {"platform": platform, "channel": "web", "measure": measure, "period_start": day(at), "period_end": day(at), "amount": amount, **more}


def test_claims_stand_beside_the_sales_of_the_same_days(tmp_path: Path) -> None:
    chance = random.Random(3)
    sold = [(f"shopify:{number}", chance.randrange(0, 20), chance.choice(("web", "web", "store")), chance.randrange(1, 90)) for number in range(60)]
    said = [(at, chance.randrange(1, 200)) for at in sorted(chance.sample(range(2, 18), 9))]
    rows: dict[str, list[dict[str, Any]]] = {
        "orders": [order(id, day(at), channel=channel) for id, at, channel, _ in sold] + [order("etsy:1", day(5), channel="marketplace")],
        "order_lines": [line(id, day(at), amount) for id, at, _, amount in sold] + [line("etsy:1", day(5), 7)],
        "claims": [
            *(claim("ga4", "revenue", at, amount, currency="EUR") for at, amount in said),
            *(claim("ga4", "orders", at, 2) for at, _ in said),
            claim("ga4", "revenue", 25, 10**6, currency="EUR"),
            claim("PayPal", "revenue", 4, 100, currency="USD"),
            claim("PayPal", "revenue", 4, 50, detail="no currency"),
            claim("Wish", "revenue", 4, 100, currency="GBP"),
            claim("Amazon", "revenue", 4, 100, currency="EUR", channel="marketplace"),
            claim("Etsy", "revenue", 4, 100, currency="EUR", channel="marketplace") | {"period_end": day(6)},
            claim("Etsy", "fees", 4, 9, currency="EUR", channel="marketplace"),
            claim("Square", "refunds", 4, 9, currency="EUR", channel="store"),
        ],
        "fx_rates": [{"day": day(3), "currency": "USD", "base": "EUR", "rate": 2}],
    }
    space = workspace(tmp_path)
    assert not load(space, export(tmp_path / "in", "rows.json", rows)).failed
    with open_reader(space) as reader:
        found = {(item.platform, item.measure, item.currency, item.assumed): item for item in claims(reader, START, START + timedelta(days=19))}
        half = {(item.platform, item.measure): item for item in claims(reader, START, START + timedelta(days=5))}
        total = reader.execute("select sum(net_amount) from orders")[0][0]

    assert total == sum(amount for *_, amount in sold) + 7, "a claim is added to nothing"
    days = range(said[0][0], said[-1][0] + 1)
    web = [amount for _, at, channel, amount in sold if channel == "web" and at in days]
    revenue, orders = found["ga4", "revenue", "EUR", False], found["ga4", "orders", None, False]
    assert (revenue.claimed, revenue.owned, revenue.days) == (sum(amount for _, amount in said), sum(web), len(days))
    assert (orders.claimed, orders.owned) == (2 * len(said), len(web))
    on_four = sum(amount for _, at, channel, amount in sold if channel == "web" and at == 4)
    paid = found["PayPal", "revenue", "EUR", False]
    assert (paid.claimed, paid.owned, paid.unrated) == (Decimal(50), on_four, False), "100 USD at 2 for one EUR"
    assert (found["PayPal", "revenue", "EUR", True].claimed, found["PayPal", "revenue", "EUR", True].assumed) == (50, True)
    wish = found["Wish", "revenue", "GBP", False]
    assert (wish.claimed, wish.owned, wish.unrated) == (100, None, True), "no rate: its own currency, not compared"
    amazon = found["Amazon", "revenue", "EUR", False]
    assert (amazon.owned, amazon.why) == (None, "not loaded"), "the sales of another marketplace are not Amazon's"
    assert found["Etsy", "revenue", "EUR", False].owned == 7
    assert (found["Etsy", "fees", "EUR", False].owned, found["Etsy", "fees", "EUR", False].why) == (None, "nobody")
    refunds = found["Square", "refunds", "EUR", False]
    assert (refunds.owned, refunds.why) == (None, "not loaded"), "no refund was ever loaded: that is not zero"
    over = half["Etsy", "revenue"]
    assert (over.claimed, over.outside, over.owned) == (None, 1, None), "a row over the edge of the period is not cut"


def test_reports_of_one_property_are_not_added_up(tmp_path: Path) -> None:
    def seen(scope: str, first: int, last: int, revenue: float, **cut: Any) -> dict[str, Any]:
        span = {"period_start": day(first), "period_end": day(last), "grain": "day" if first == last else "range"}
        return {"platform": "ga4", "property": "p", "channel": "web", "scope": scope, "revenue": revenue, "currency": "EUR", **span, **cut}

    rows: dict[str, list[dict[str, Any]]] = {
        "orders": [order("a", day(1))],
        "order_lines": [line("a", day(1), 20)],
        "traffic": [
            seen("", 1, 1, 30), seen("country", 1, 1, 20, country="FR"), seen("country", 1, 1, 10, country="DE"), seen("event", 1, 1, 30, event="buy"),
            seen("", 0, 9, 99), seen("device", 2, 2, 5, device="mobile"), seen("device", 2, 2, 6, device="desktop"),
        ],
    }  # fmt: skip
    space = workspace(tmp_path)
    load(space, export(tmp_path / "in", "rows.json", rows))
    with open_reader(space) as reader:
        (found,) = claims(reader, START, START + timedelta(days=30))
    assert (found.claimed, found.owned, found.why) == (41, 20, "part")
