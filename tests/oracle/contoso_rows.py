"""Contoso's CSV files as plain rows of the facts that they feed: sales, orders and what follows from them for customers. No SQL, no engine.

Money of a line: quantity × net price in the local currency, divided by the rate of its own line (local units for a dollar) and rounded
half away from zero to a millionth of a dollar; lines in dollars stay as they are. Purchase costs are converted each, then multiplied.
At constant rates: with the last rate of fx.csv from dollars to the currency, whatever the day of the sale.
"""

from __future__ import annotations

import csv
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

ONLINE = "999999"
MILLIONTH = 10**6
MATURED_AFTER = timedelta(days=90)


class Contoso:
    """Rows by fact, in order of day; `rows` and `tables` as those of the sample's Facts."""

    def __init__(self, folder: Path) -> None:
        self.stores = {_key(row["store_key"]): row["description"] for row in _read(folder / "store.csv")}
        self.products = {_key(row["product_key"]): (row["product_name"], row["category_name"]) for row in _read(folder / "product.csv")}
        self.fixed: dict[str, Fraction] = {}
        for row in sorted(_read(folder / "fx.csv"), key=lambda row: row["date"]):
            if row["from_currency"] == "USD":
                self.fixed[row["to_currency"]] = Fraction(row["exchange"])
        lines = [self._line(row) for row in _read(folder / "sales.csv")]
        orders = _orders(lines)
        kinds = {order.order_id: order.customer_type for order in orders}
        for line in lines:
            line.customer_type = kinds[line.order_id]
        self.tables: dict[str, list[Any]] = {"sale": lines, "orders": orders, "customers": _customers(orders), "customer_orders": _numbered(orders)}
        for rows in self.tables.values():
            rows.sort(key=lambda row: row.day)
        self._days = {fact: [row.day for row in rows] for fact, rows in self.tables.items()}
        self.first, self.last = orders[0].day, orders[-1].day

    def rows(self, fact: str, start: date, end: date) -> list[Any]:
        days = self._days[fact]
        return self.tables[fact][bisect_left(days, start) : bisect_right(days, end)]

    def _line(self, row: dict[str, str]) -> Any:
        store, sku, quantity = _key(row["store_key"]), _key(row["product_key"]), int(Fraction(row["quantity"]))
        dollars = row["currency_code"] == "USD"
        rate, fixed = (Fraction(1) if dollars else found for found in (Fraction(row["exchange_rate"]), self.fixed[row["currency_code"]]))
        product, category = self.products[sku]
        ordered, delivered = date.fromisoformat(row["order_date"]), date.fromisoformat(row["delivery_date"])
        online = store == ONLINE
        return SimpleNamespace(
            day=ordered,
            order_id="contoso:" + _key(row["order_key"]),
            customer=_key(row["customer_key"]) or None,
            channel="web" if online else "store",
            store=None if online else self.stores[store],
            product=product,
            category=category,
            country=None,  # sales.csv does not say it
            device=None,
            customer_type="",
            fulfilment="delivery" if online else "in_store",
            lead_days=(delivered - ordered).days if online else None,
            qty=quantity,
            net_amount=_millionths(quantity * Fraction(row["net_price"]) / rate),
            net_constant=_millionths(quantity * Fraction(row["net_price"]) / fixed),
            cost_amount=quantity * _millionths(Fraction(row["unit_cost"]) / rate),
            cost_constant=quantity * _millionths(Fraction(row["unit_cost"]) / fixed),
        )


def _read(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        yield from csv.DictReader(stream)


def _key(text: str) -> str:
    """'585.0' is store 585."""
    return text.removesuffix(".0")


def _millionths(amount: Fraction) -> Decimal:
    whole, rest = divmod(abs(amount) * MILLIONTH, 1)
    found = Decimal(int(whole) + (rest >= Fraction(1, 2))).scaleb(-6)
    return found if amount >= 0 else -found


def _orders(lines: list[Any]) -> list[Any]:
    """One row an order; of each customer the first by day, then by id, is new."""
    parts: dict[str, list[Any]] = defaultdict(list)
    channels: dict[str, set[str]] = defaultdict(set)
    for line in lines:
        parts[line.order_id].append(line)
        channels[line.customer].add(line.channel)
    orders, seen = [], set()
    for order_id, own in sorted(parts.items(), key=lambda item: (item[1][0].day, item[0])):
        line = own[0]
        first = line.customer not in seen
        seen.add(line.customer)
        named = {name: getattr(line, name) for name in ("day", "channel", "store", "country", "device", "fulfilment", "lead_days", "customer")}
        orders.append(
            SimpleNamespace(
                **named,
                order_id=order_id,
                net_amount=sum((part.net_amount for part in own), Decimal(0)),
                is_first_order=first,
                customer_type="new" if first else "returning",
                customer_channels=len(channels[line.customer]),
            )
        )
    return orders


def _by_customer(orders: list[Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for order in orders:
        found[order.customer].append(order)
    return found


def _numbered(orders: list[Any]) -> list[Any]:
    """Every order with its number among those of its customer."""
    return [
        SimpleNamespace(
            day=order.day,
            order_id=order.order_id,
            customer=order.customer,
            number=number,
            amount=order.net_amount,
            first_channel=own[0].channel,
            country=own[0].country,
        )
        for own in _by_customer(orders).values()
        for number, order in enumerate(own, start=1)
    ]


def _customers(orders: list[Any]) -> list[Any]:
    """Customers on the day on which their first 90 days end, those whose days have all passed."""
    last, found = orders[-1].day, []
    for own in _by_customer(orders).values():
        ends = own[0].day + MATURED_AFTER
        if ends <= last:
            again = len(own) > 1 and own[1].day <= ends
            found.append(SimpleNamespace(day=ends, again=again, first_channel=own[0].channel, country=own[0].country))
    return found
