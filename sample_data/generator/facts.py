"""Ground truth from the model itself (never read back from the files, never through omnigap)."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

from sample_data.generator.model import Order, vat_of
from sample_data.generator.sales import World
from sample_data.generator.write_people import signups, touches
from sample_data.generator.write_stores import pickups, visit_counts
from sample_data.generator.write_web import Spend, landings


def goods_vat(order: Order) -> int:
    """VAT of a web order's goods in cents: it states one amount for goods and delivery together; the goods' share, half up."""
    taxed = order.subtotal + order.shipping
    return (2 * vat_of(taxed) * order.subtotal + taxed) // (2 * taxed) if taxed else 0


def ex_vat(order: Order) -> Fraction:
    """Merchandise sold, after discounts, without VAT, in cents."""
    if order.channel == "web":
        return Fraction(order.subtotal - goods_vat(order))
    return Fraction(sum(line.amount - vat_of(line.amount) for line in order.lines if line.quantity > 0))


def _returned(world: World) -> Iterable[tuple[date, str, str, int, Fraction]]:
    """(day, channel, category, units, cents ex VAT) of every return of a valid sale; units 0 where the export has none."""
    for order in world.web:
        if order.is_sale and order.refunded:
            yield order.day, "web", "", 0, Fraction(order.refunded) * (1 - Fraction(goods_vat(order), order.subtotal))
    for ticket in [*world.till, *world.market]:
        for line in ticket.lines:
            if line.quantity < 0:
                yield ticket.day, ticket.channel, line.product.category if line.product else "", -line.quantity, Fraction(vat_of(line.amount) - line.amount)
    for ticket in world.popup:
        if ticket.refund:
            line, day = ticket.refund
            yield day, "popup", line.product.category if line.product else "", line.quantity, Fraction(line.amount - vat_of(line.amount))


def _money(cents: Fraction | int) -> str:
    return f"{float(round(Fraction(cents) / 100, 2)):.2f}"


def facts(world: World, money: list[Spend]) -> dict[str, Any]:
    """Counts as integers, money in euros as strings with two decimals, months as 'YYYY-MM'."""
    every = [*world.web, *world.market, *world.till, *world.popup]
    sales = [o for o in every if o.is_sale]
    orders: Counter[str] = Counter()
    units: Counter[str] = Counter()
    revenue: dict[str, Fraction] = defaultdict(Fraction)
    store_orders: Counter[str] = Counter()
    for o in sales:
        key = f"{o.day:%Y-%m} {o.channel}"
        orders[key] += 1
        revenue[key] += ex_vat(o)
        units[key] += sum(line.quantity for line in o.lines if line.quantity > 0)
        if o.channel in ("store", "popup"):
            store_orders[f"{o.day:%Y-%m} {o.store}"] += 1
    back_units: Counter[str] = Counter()
    back_money: dict[str, Fraction] = defaultdict(Fraction)
    for day, channel, category, count, cents in _returned(world):
        back_units[f"{day:%Y-%m} {category}"] += count
        back_money[f"{day:%Y-%m} {channel}"] += cents
    sessions: Counter[str] = Counter()
    purchases: Counter[str] = Counter()
    engaged: Counter[str] = Counter()
    for c in world.grid:
        sessions[f"{c.day:%Y-%m} {c.source}"] += c.sessions
        purchases[f"{c.day:%Y-%m} {c.source}"] += c.purchases
        engaged[f"{c.day:%Y-%m} {c.device}"] += c.engaged
    lost: Counter[str] = Counter(f"{c.day:%Y-%m} {c.device}" for c in world.carts)
    spent: Counter[str] = Counter()
    for s in money:
        spent[f"{s.day:%Y-%m} {s.source}"] += s.cost
    visits: Counter[str] = Counter()
    for (store, day), count in visit_counts(world).items():
        visits[f"{day:%Y-%m} {store}"] += count
    entered: Counter[str] = Counter()
    for (day, page, _), count in landings(world.grid).items():
        entered[f"{day:%Y-%m} {page}"] += count
    collected: Counter[str] = Counter()
    added: Counter[str] = Counter()
    for pick in pickups(world):
        collected[f"{pick.day:%Y-%m} {pick.store}"] += 1
        added[f"{pick.day:%Y-%m} {pick.store}"] += pick.ticket is not None
    joined: Counter[str] = Counter()
    for row in signups():
        _, month, year = str(row[1]).split("/")
        joined[f"{year}-{month}"] += 1
    left = {
        "test": [o for o in world.web if o.test],
        "cancelled": [o for o in world.web if o.cancelled],
        "pending": [o for o in world.web if o.pending and not o.cancelled],
    }
    return {
        "note": "Computed by the generator from its model. Revenue: goods after discount, without VAT, delivery and tips.",
        "orders": dict(sorted(orders.items())),
        "revenue_ex_vat": {k: _money(v) for k, v in sorted(revenue.items())},
        "units": dict(sorted(units.items())),
        "orders_by_store": dict(sorted(store_orders.items())),
        "units_returned_by_category": {k: v for k, v in sorted(back_units.items()) if v},
        "returned_ex_vat": {k: _money(v) for k, v in sorted(back_money.items())},
        "sessions_by_source": dict(sorted(sessions.items())),
        "purchases_by_source": dict(sorted(purchases.items())),
        "engaged_by_device": dict(sorted(engaged.items())),
        "abandoned_carts_by_device": dict(sorted(lost.items())),
        "spend_by_source": {k: _money(v) for k, v in sorted(spent.items())},
        "visits_by_store": dict(sorted(visits.items())),
        "sessions_by_landing_page": dict(sorted(entered.items())),
        "pickups_by_store": dict(sorted(collected.items())),
        "pickups_with_ticket_by_store": dict(sorted(added.items())),
        "newsletter_signups": dict(sorted(joined.items())),
        "touches": len(touches(world)),
        "web_orders_left_out": {k: {"orders": len(v), "subtotal_incl_vat": _money(sum(o.subtotal for o in v))} for k, v in left.items()},
        "totals": {"orders": len(sales), "revenue_ex_vat": _money(sum(revenue.values(), Fraction(0))), "people": len(world.crowd.people)},
    }


def write_facts(path: Path, world: World, money: list[Spend]) -> None:
    """Write facts.json."""
    text = json.dumps(facts(world, money), ensure_ascii=False, indent=0) + "\n"
    path.write_text(text, encoding="utf-8", newline="\n")
