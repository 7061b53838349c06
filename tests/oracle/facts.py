"""The sample as plain rows, derived tables included: customers, conversions, attribution, stock of each day. No SQL, no engine.

`Facts.rows(fact, start, end)` gives rows of a period; a row answers to the names of dimensions, None for no value.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tests.sample import reader
from tests.sample.rows import Star

ONLINE_TOUCHES = ("web", "app", "email", "social")


class Facts:
    """Rows by fact, in order of day."""

    def __init__(self, root: Path) -> None:
        self.star: Star = reader.read_star(root)
        self.placed = _placed(root, self.star)
        self.names = _variants(root, self.star)
        money_only = {row.channel for row in self.star.returns} - {row.channel for row in self.star.returns if row.qty is not None}
        unnamed = {row.channel for row in self.star.returns} - {row.channel for row in self.star.returns if row.qty is not None and row.sold_on}
        arrived = max(row.delivered for row in self.star.deliveries)
        self.tables: dict[str, list[Any]] = {
            "sale": [
                _with(self._named(row), returns_counted=row.channel not in money_only, returns_named=row.channel not in unnamed, **self._clock(row))
                for row in self.star.sale
            ],
            "orders": [_with(row, **self._clock(row)) for row in self.star.orders],
            "returns": [self._named(row) for row in self.star.returns],
            "sessions": [_with(row, channel="web") for row in self.star.sessions],
            "landings": [_with(row, channel="web", source=None, device=None) for row in self.star.landings],
            "deliveries": [row for row in self.star.deliveries if row.day <= arrived],
            "pickups": self._pickups(),
            "audience": [_with(row, channel="web", source=None, country=None, day=row.start) for row in self.star.audience],
            "footfall": [_with(row, channel="store") for row in self.star.footfall],
            "touches": [_with(row, day=row.occurred_at.date()) for row in self.star.touches],
            "carts": [_with(row, channel="web") for row in self.star.carts],
            "spend": list(self.star.spend),
            "surveys": list(self.star.surveys),
            "social": list(self.star.social),
            "leads": list(self.star.leads),
            "experiments": [_with(row, channel="web") for row in self.star.experiments],
        }
        self.last = max(row.day for row in self.star.orders)
        self.tables["stock"] = self._stock()
        self.tables["customers"], self.tables["customer_orders"] = self._customers()
        self.tables["interactions"] = self._interactions()
        journeys = self._journeys()
        self.tables["conversions"] = self._conversions(journeys)
        self.tables["attributed"] = self._attributed(journeys)
        for rows in self.tables.values():
            rows.sort(key=lambda row: row.day)
        self._days = {fact: [row.day for row in rows] for fact, rows in self.tables.items()}

    def rows(self, fact: str, start: date, end: date) -> list[Any]:
        if fact == "returns_by_sale":
            return [row for row in self.tables["returns"] if row.sold_on and start <= row.sold_on <= end]
        days = self._days[fact]
        return self.tables[fact][bisect_right(days, start - timedelta(days=1)) : bisect_right(days, end)]

    def _clock(self, row: Any) -> dict[str, str]:
        """The hour of an order on the clock of the shop, and its weekday, 1 for Monday."""
        return {"hour": f"{self.placed[row.order_id].hour:02d}", "weekday": str(row.day.isoweekday())}

    def _named(self, row: Any) -> Any:
        return row._replace(product=self.names.get(row.sku, row.product))

    def _pickups(self) -> list[Any]:
        """Each with what was bought in the shop that day: the ticket it names, or the same customer's; a purchase belongs to the first order of all."""
        by_ref: dict[tuple[str | None, date, str], list[Any]] = defaultdict(list)
        by_customer: dict[tuple[str | None, date, str], list[Any]] = defaultdict(list)
        for row in self.star.orders:
            if row.channel in ("store", "popup"):
                by_ref[row.store, row.day, row.order_ref].append(row)
                by_customer[row.store, row.day, row.customer or ""].append(row)
        owners: dict[str, tuple[str, Decimal]] = {}
        for pick in sorted(self.star.pickups, key=lambda pick: pick.order_id):
            bought = by_ref[pick.store, pick.day, pick.ticket] if pick.ticket else []
            for row in [*bought, *(by_customer[pick.store, pick.day, pick.customer] if pick.customer else [])]:
                owners.setdefault(row.order_id, (pick.order_id, row.net_amount))
        added: dict[str, list[Decimal]] = defaultdict(list)
        for owner, amount in owners.values():
            added[owner].append(amount)
        return [_with(row, channel="web", addons=len(added[row.order_id]), added=sum(added[row.order_id], Decimal(0))) for row in self.star.pickups]

    def _stock(self) -> list[Any]:
        found = []
        counted = list(reader.stock_days(self.star.stock_counts, self.last, 9))
        shops = {row.store for row in self.star.orders if row.channel in ("store", "popup")}
        sold: dict[tuple[str, str | None], list[date]] = defaultdict(list)
        for row in self.star.sale:
            sold[row.store if row.channel in ("store", "popup") else "", row.sku].append(row.day)
        for days in sold.values():
            days.sort()
        kinds: dict[tuple[date, str, bool], int] = defaultdict(int)
        for row in counted:
            kinds[row.day, row.sku, row.place in shops] += max(row.on_hand, 0)
        for row in counted:
            title, category = self.names.get(row.sku, row.sku), self.star.products.get(row.sku, (None, None))[1]
            cost = reader.unit_cost(self.star, row.sku, row.day - timedelta(days=row.stale_days))
            shop = row.place in shops
            before = sold.get((row.place if shop else "", row.sku), [])
            place = bisect_right(before, row.day)
            wanted = place > 0 and before[place - 1] > row.day - timedelta(days=90)
            more = {
                "place_kind": "shop" if shop else "warehouse",
                "wanted": wanted,
                "out": row.on_hand <= 0,
                "elsewhere": kinds.get((row.day, row.sku, not shop)),
            }
            worth = None if cost is None else cost * row.on_hand
            found.append(SimpleNamespace(day=row.day, store=row.place, product=title, category=category, cost=worth, **more))
        return found

    def _customers(self) -> tuple[list[Any], list[Any]]:
        """Customers on the day on which their first 90 days end, and their orders with the number of each."""
        orders: dict[str, list[Any]] = defaultdict(list)
        for row in sorted(self.star.orders, key=lambda row: (self.placed[row.order_id], row.order_id)):
            if row.customer:
                orders[row.customer].append(row)
        people, numbered = [], []
        for rows in orders.values():
            who = {"first_channel": rows[0].channel, "country": rows[0].country, "cohort": f"{rows[0].day:%Y-%m}"}
            ends = rows[0].day + timedelta(days=90)
            people.append(SimpleNamespace(day=ends, again=len(rows) > 1 and rows[1].day <= ends, **who))
            for number, row in enumerate(rows, start=1):
                numbered.append(SimpleNamespace(day=row.day, order_id=row.order_id, customer=row.customer, number=number, amount=row.net_amount, **who))
        return people, numbered

    def _interactions(self) -> list[Any]:
        """Counted visits, touches that are not among them, and with quantity 0 whatever else says whom the shop reached."""
        sessions, footfall, touches = (self.tables[name] for name in ("sessions", "footfall", "touches"))
        nobody = {"source": None, "campaign": None, "device": None, "customer": None}
        seen = {(row.day, row.channel) for row in (*sessions, *footfall)}
        found = [SimpleNamespace(**{**nobody, **vars(row), "kind": "visit", "quantity": row.sessions}) for row in sessions]
        found += [SimpleNamespace(**{**nobody, **vars(row), "kind": "entry", "quantity": row.visits}) for row in footfall]
        found += [SimpleNamespace(**vars(row), quantity=0 if row.kind == "visit" and (row.day, row.channel) in seen else 1) for row in touches]
        for row in self.star.orders:
            if row.customer:
                more = {"day": row.day, "channel": row.channel, "device": row.device, "customer": row.customer}
                found.append(SimpleNamespace(**{**nobody, **more, "kind": "order", "quantity": 0}))
        return found

    def _journeys(self) -> dict[str, list[Any]]:
        """Touches of the customer in the 30 days before each order, in time."""
        touches: dict[str, list[Any]] = defaultdict(list)
        for touch in self.star.touches:
            if touch.customer:
                touches[touch.customer].append(touch)
        found = {}
        for row in self.star.orders:
            moment = self.placed[row.order_id]
            near = [
                touch
                for touch in touches.get(row.customer or "", ())
                if row.day - timedelta(days=30) <= touch.occurred_at.date() and touch.occurred_at <= moment
            ]
            if near:
                found[row.order_id] = sorted(near, key=lambda touch: (touch.occurred_at, touch.touch_id))
        return found

    def _conversions(self, journeys: dict[str, list[Any]]) -> list[Any]:
        found = []
        for row in self.star.orders:
            near = journeys.get(row.order_id, [])
            channels = {touch.channel for touch in near} | {row.channel}
            online = any(touch.channel in ONLINE_TOUCHES for touch in near)
            first = near[0].channel if near else None
            found.append(SimpleNamespace(day=row.day, channel=row.channel, first_contact=first, channels=len(channels), online=bool(row.customer) and online))
        return found

    def _attributed(self, journeys: dict[str, list[Any]]) -> list[Any]:
        found = []
        for row in self.star.orders:
            near = journeys.get(row.order_id)
            if not near:
                whole = {model: Fraction(row.net_amount) for model in ("first", "last", "linear", "position", "decay")}
                found.append(SimpleNamespace(day=row.day, source="(unattributed)", campaign=None, **whole))
                continue
            shares = {model: _cents(row.net_amount, weights) for model, weights in _weights(near, self.placed[row.order_id]).items()}
            for index, touch in enumerate(near):
                money = {model: parts[index] for model, parts in shares.items()}
                found.append(SimpleNamespace(day=row.day, source=touch.source, campaign=touch.campaign, **money))
        return found


def _variants(root: Path, star: Star) -> dict[str, str]:
    """sku -> name with its variant, as people see it in the shop: 'Chemise Été indien - M'."""
    found = {}
    for row in reader.rows_of(root / "shopify/products_export.csv"):
        if row["Variant SKU"]:
            options = [row[f"Option{index} Value"] for index in (1, 2, 3)]
            tail = " / ".join(option for option in options if option and option != "Default Title")
            title = star.products[row["Variant SKU"]][0]
            found[row["Variant SKU"]] = f"{title} - {tail}" if tail else title
    return found


def _with(row: Any, **more: Any) -> Any:
    return SimpleNamespace(**{**row._asdict(), **more})


def _placed(root: Path, star: Star) -> dict[str, datetime]:
    """The moment of each order, which the star's rows leave out."""
    raw = [*reader._shopify(root), *reader._tickets(root, star)[0], *reader._square(root)[0]]
    return {order.order_id: order.placed for order in raw}


def _weights(near: list[Any], moment: datetime) -> dict[str, list[Fraction]]:
    count = len(near)
    position = [Fraction(1)] if count == 1 else [Fraction(1, 2)] * 2 if count == 2 else []
    if count > 2:
        position = [Fraction(2, 5), *[Fraction(1, 5) / (count - 2)] * (count - 2), Fraction(2, 5)]
    ages = [max((moment - touch.occurred_at).total_seconds(), 0.0) for touch in near]
    halves = [round(2 ** (-age / (7 * 86400)) * 10**9) for age in ages]  # in whole billionths, by definition
    return {
        "first": [Fraction(int(index == 0)) for index in range(count)],
        "last": [Fraction(int(index == count - 1)) for index in range(count)],
        "linear": [Fraction(1, count)] * count,
        "position": position,
        "decay": [Fraction(half, sum(halves)) for half in halves],
    }


def _cents(amount: Decimal, weights: list[Fraction]) -> list[Fraction]:
    """Whole cents by largest remainder, then larger weight, then time."""
    cents = int(amount * 100)
    parts = [cents * weight // 1 for weight in weights]
    order = sorted(range(len(weights)), key=lambda index: (parts[index] - cents * weights[index], -weights[index], index))
    for index in order[: cents - sum(parts)]:
        parts[index] += 1
    return [Fraction(part, 100) for part in parts]
