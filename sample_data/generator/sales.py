"""The sales model: web orders, marketplace orders, till tickets with their returns, pop-up tickets."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from sample_data.generator.audience import Cell, abandoned_share
from sample_data.generator.catalogue import MARKETPLACE, POPUPS, STORES, Product, Store, products
from sample_data.generator.model import BASKET, SMALL_BASKET, Line, Order, Shelf, Spread, basket
from sample_data.generator.people import Crowd, Person
from sample_data.generator.times import (
    DAYS,
    LAST,
    LILLE_LAST,
    LYON_FALL,
    RETURNS_SOLD_FROM,
    TEST_ORDER_DAY,
    TWIN_TICKET_DAY,
    black_friday,
    closed,
    growth,
    season,
    soldes,
)  # fmt: skip

STORE_TICKETS_A_DAY = 42.0
MARKET_ORDERS_A_DAY = 5.8
POPUP_TICKETS_A_DAY = 5.6
REFUND_KNOWN_AFTER = 10  # days between a web order and its refund


@dataclass
class Cart:
    """A checkout left without an order."""

    number: int
    day: date
    seconds: int
    device: str
    country: str
    email: str
    lines: list[Line]


@dataclass
class World:
    """Everything that happened. Lists are in order of time within a day and place."""

    goods: list[Product]
    crowd: Crowd
    grid: list[Cell]
    web: list[Order]
    market: list[Order]
    till: list[Order]
    popup: list[Order]
    carts: list[Cart]


def _web_hour(rng: random.Random) -> int:
    return min(86399, int(rng.choices((8, 10, 12, 14, 17, 20, 21, 22), (6, 9, 14, 12, 15, 18, 17, 9))[0] * 3600 + rng.random() * 7000))


def _shop_hour(rng: random.Random) -> int:
    return int(rng.triangular(10, 19.4, 16.5) * 3600)


def _web_order(number: int, cell: Cell, shelf: Shelf, crowd: Crowd, rng: random.Random) -> Order:
    place = f"web:{cell.country}"
    person: Person | None = None
    if rng.random() > 0.025:
        person = crowd.returning(place, cell.day, 0.9) or crowd.newcomer(place, cell.country)
        crowd.bought(person, place, cell.day)
    order = Order("web", "", f"#{number}", cell.day, _web_hour(rng), basket(shelf, "web", cell.day, rng), person, country=cell.country)
    order.device, order.source = cell.device, cell.source
    if rng.random() < 0.11:
        order.code = "BIENVENUE10" if person and person.orders == 1 else rng.choice(("MERCI5", "LUMEN10"))
        order.order_discount = order.subtotal * (5 if order.code == "MERCI5" else 10) // 100
    if cell.country == "FR" and rng.random() < 0.19:
        home = next((s for s in STORES if person and s.code == person.home), STORES[0])
        order.collect = home.name
    else:
        order.shipping = 0 if order.subtotal >= 6900 else 590 if cell.country == "FR" else 990
    if rng.random() < 0.012:
        order.tip = rng.choice((100, 200, 300, 500))
    dice = rng.random()
    if dice < 0.021:
        order.cancelled = min(cell.day + timedelta(days=rng.randint(0, 2)), LAST)
        if dice < 0.006:  # paid, then cancelled and paid back
            order.refunded = order.subtotal + order.shipping + order.tip
    elif dice < 0.065:
        order.refunded = order.subtotal + order.shipping + order.tip
    elif dice < 0.115 and len(order.lines) > 1:
        line = order.lines[-1]
        order.refunded = line.amount * order.subtotal // (order.subtotal + order.order_discount)
    elif dice > 0.995 or (cell.day >= LAST - timedelta(days=3) and dice > 0.94):
        order.pending = True
    if order.refunded and cell.day > LAST - timedelta(days=REFUND_KNOWN_AFTER):
        order.refunded = 0  # too young to have come back
        order.cancelled = None
    return order


def _carts(grid: list[Cell], shelf: Shelf, crowd: Crowd, rng: random.Random) -> list[Cart]:
    spread, out = Spread(), []
    by_day: dict[tuple[date, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for cell in grid:
        by_day[cell.day, cell.device][cell.country] += cell.orders
    number = 0
    for (day, device), countries in by_day.items():
        share = abandoned_share(day, device)
        lost = spread.take(device, sum(countries.values()) * share / (1 - share))
        for _ in range(lost):
            number += 1
            country = rng.choices(("FR", "BE", "CH"), (0.87, 0.075, 0.055))[0]
            known = rng.random() < 0.22 and number > 400
            email = crowd.people[rng.randrange(min(len(crowd.people), number // 3))].email if known else None
            lines = basket(shelf, "cart", day, rng, SMALL_BASKET, best=True)
            out.append(Cart(number, day, _web_hour(rng), device, country, email or "", lines))
    return out


class _Till:
    """One store's tills: its tickets and the returns that are still to come."""

    def __init__(self, store: Store, shelf: Shelf, crowd: Crowd) -> None:
        self.store, self.shelf, self.crowd = store, shelf, crowd
        self.rng = random.Random(f"lumen:till:{store.code}")
        self.number = 0
        self.returns: dict[date, list[tuple[Order, Line, int]]] = defaultdict(list)
        self.tickets: list[Order] = []

    def _person(self, day: date) -> Person | None:
        if self.rng.random() > 0.6:
            return None
        person = self.crowd.returning(self.store.code, day, 0.85) or self.crowd.newcomer(self.store.code, "FR")
        self.crowd.bought(person, self.store.code, day)
        return person

    def sell(self, day: date, count: int) -> None:
        """All tickets of one day, sales first in the dice, in order of time in the result."""
        today: list[Order] = []
        for _ in range(count):
            sizes = BASKET
            if self.store.code == "LYO01":
                sizes = ((1, 2, 3, 4), (0.66, 0.24, 0.08, 0.02)) if day >= LYON_FALL else ((1, 2, 3, 4), (0.38, 0.33, 0.18, 0.11))
            lines = basket(self.shelf, self.store.code, day, self.rng, sizes)
            till = str(self.rng.choice((1, 2))) if self.store.weight > 0.15 else "1"
            today.append(Order("store", self.store.code, "", day, _shop_hour(self.rng), lines, self._person(day), till=till))
        for sale, line, quantity in self.returns.pop(day, []):
            back = Line(line.product, line.title, -quantity, line.price, -(line.discount * quantity // line.quantity), sale.ref, sale.day)
            partner = next((t for t in today if t.till == sale.till and t.person is None and sale.person is None), None)
            if partner and self.rng.random() < 0.2:
                partner.lines.append(back)  # an exchange: both on one ticket
            else:
                today.append(Order("store", self.store.code, "", day, _shop_hour(self.rng), [back], sale.person, till=sale.till))
        today.sort(key=lambda t: t.seconds)
        for ticket in today:
            self.number += 1
            ticket.ref = f"{self.number:06d}"
            self._plan_returns(ticket, self.store.code)
        self.tickets.extend(today)

    def _plan_returns(self, ticket: Order, code: str) -> None:
        for line in ticket.lines:
            when = planned_return(line, ticket.day, self.rng)
            if when and not closed(when) and not (code == "LIL01" and when > LILLE_LAST):
                self.returns[when].append((ticket, line, 1 if line.quantity == 1 or self.rng.random() < 0.6 else line.quantity))


def planned_return(line: Line, day: date, rng: random.Random) -> date | None:
    """The day on which (part of) a sold line comes back. Lamps come back twice as often from the planted date on."""
    if line.quantity <= 0 or line.product is None:
        return None
    rate = line.product.return_rate * 1.22
    if line.product.category == "Luminaires" and day >= RETURNS_SOLD_FROM:
        rate *= 2.2
    if rng.random() >= rate:
        return None
    when = day + timedelta(days=rng.randint(2, 24))
    return when if when <= LAST else None


def _market(shelf: Shelf) -> list[Order]:
    rng, spread = random.Random("lumen:market"), Spread()
    out: list[Order] = []
    back: dict[date, list[tuple[Order, Line]]] = defaultdict(list)
    number = 0
    for day in DAYS:
        pull = 1 + 0.3 * soldes(day) + 0.8 * black_friday(day)
        usual = MARKET_ORDERS_A_DAY * season(day, online=True) / (1 + 0.4 * soldes(day)) * growth(day, 1.1)
        count = spread.take("n", usual * pull * max(0.5, rng.gauss(1, 0.12)))
        today = []
        for _ in range(count):
            country = rng.choices(("FR", "BE", "CH"), (0.9, 0.08, 0.02))[0]
            today.append(Order("marketplace", MARKETPLACE, "", day, _web_hour(rng), basket(shelf, "market", day, rng, SMALL_BASKET), country=country))
        for sale, line in back.pop(day, []):
            returned = Line(line.product, line.title, -line.quantity, line.price, -line.discount, sale.ref, sale.day)
            today.append(Order("marketplace", MARKETPLACE, "", day, _web_hour(rng), [returned], country=sale.country))
        for order in sorted(today, key=lambda o: o.seconds):
            number += 1
            order.ref = f"GF-{number:06d}"
            out.append(order)
            for line in order.lines:
                when = planned_return(line, day, rng)
                if when:
                    back[when].append((order, line))
    return out


_EXTRAS = (("Café filtre", 250), ("Thé glacé maison", 350), ("Carte postale", 200), ("Emballage cadeau", 300))


def token(rng: random.Random, length: int) -> str:
    """A made-up identifier of letters and digits, as Square's."""
    return "".join(rng.choices("ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789", k=length))


def _popup(shelf: Shelf) -> list[Order]:
    rng, spread = random.Random("lumen:popup"), Spread()
    out: list[Order] = []
    regulars = [f"CU{n:05d}" for n in range(1, 181)]
    for day in DAYS:
        if closed(day):
            continue
        today: list[Order] = []
        for store in POPUPS:
            base = POPUP_TICKETS_A_DAY * store.weight * season(day, online=False) * growth(day, 1.15)
            for _ in range(spread.take(store.code, base * max(0.4, rng.gauss(1, 0.2)))):
                lines = basket(shelf, store.code, day, rng, SMALL_BASKET)
                if rng.random() < 0.35:
                    title, price = rng.choice(_EXTRAS)
                    lines.append(Line(None, title, 1, price))
                ticket = Order("popup", store.code, token(rng, 12), day, _shop_hour(rng), lines)
                ticket.vendor_id = rng.choice(regulars) if rng.random() < 0.15 else ""
                today.append(ticket)
                if rng.random() < 0.05 and day < LAST:
                    line = next(x for x in lines if x.product)
                    ticket.refund = (line, min(day + timedelta(days=rng.randint(1, 14)), LAST))
            if day == TWIN_TICKET_DAY and store is POPUPS[0]:
                twin = [Line(None, "Café filtre", 1, 250), Line(None, "Café filtre", 1, 250), Line(None, "Carte postale", 1, 200)]
                today.append(Order("popup", store.code, "JumeauxMarais", day, 15 * 3600 + 42 * 60 + 7, twin))
        out.extend(sorted(today, key=lambda t: t.seconds))
    return out


def _test_order(number: int, goods: list[Product]) -> Order:
    dear = max(goods, key=lambda p: p.price)
    return Order("web", "", f"#{number}", TEST_ORDER_DAY, 11 * 3600, [Line(dear, dear.label, 500, dear.price)], device="desktop", source="Direct", test=True)


def world(grid: list[Cell]) -> World:
    """Run the whole model. Day by day over all places, because customers move between them."""
    goods = products()
    shelf = Shelf(goods, "lumen:shelf")
    crowd = Crowd("lumen:crowd")
    rng, noise, spread = random.Random("lumen:web"), random.Random("lumen:stores"), Spread()
    by_day: dict[date, list[Cell]] = defaultdict(list)
    for cell in grid:
        by_day[cell.day].append(cell)
    tills = [_Till(store, shelf, crowd) for store in STORES]
    web: list[Order] = []
    number = 10001
    for day in DAYS:
        today = [_web_order(0, cell, shelf, crowd, rng) for cell in by_day[day] for _ in range(cell.orders)]
        if day == TEST_ORDER_DAY:
            today.append(_test_order(0, goods))
        for order in sorted(today, key=lambda o: o.seconds):
            order.ref, order.vendor_id = f"#{number}", str(6_100_000_000_000 + number * 32768 + rng.randrange(32768))
            number += 1
            web.append(order)
        if closed(day):
            continue
        weather = max(0.7, noise.gauss(1, 0.07))
        for till in tills:
            if till.store.code == "LIL01" and day > LILLE_LAST:
                continue
            mean = STORE_TICKETS_A_DAY * till.store.weight * season(day, online=False) * growth(day, 1.035) * weather
            till.sell(day, spread.take(till.store.code, mean * max(0.4, noise.gauss(1, 0.12))))
    carts = _carts(grid, shelf, crowd, random.Random("lumen:carts"))
    return World(goods, crowd, grid, web, _market(shelf), [t for till in tills for t in till.tickets], _popup(shelf), carts)
