"""What one sale is, and small helpers that the models of all channels share. Money in integer cents, VAT included."""

from __future__ import annotations

import random
from bisect import bisect
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from itertools import accumulate

from sample_data.generator.catalogue import Product
from sample_data.generator.people import Person
from sample_data.generator.times import black_friday, soldes

SEED = "lumen"


@dataclass
class Line:
    """One line: `discount` is what the line itself shows, VAT included. `product` is None for things without a sku."""

    product: Product | None
    title: str
    quantity: int
    price: int
    discount: int = 0
    origin: str = ""  # ticket of the sale, on a return line (quantity negative)
    sold_on: date | None = None

    @property
    def amount(self) -> int:
        return self.quantity * self.price - self.discount


@dataclass
class Order:
    """A web order, a marketplace order, a till ticket or a pop-up ticket."""

    channel: str
    store: str
    ref: str
    day: date
    seconds: int
    lines: list[Line]
    person: Person | None = None
    vendor_id: str = ""
    till: str = ""
    country: str = "FR"
    device: str = ""
    source: str = ""
    order_discount: int = 0
    code: str = ""
    shipping: int = 0
    tip: int = 0
    collect: str = ""
    refunded: int = 0
    cancelled: date | None = None
    pending: bool = False
    test: bool = False
    refund: tuple[Line, date] | None = None  # pop-up: the line that came back, and when

    @property
    def subtotal(self) -> int:
        """Merchandise after all discounts, VAT included."""
        return sum(line.amount for line in self.lines if line.quantity > 0) - self.order_discount

    @property
    def is_sale(self) -> bool:
        """Counts as an order: something was sold, not cancelled, not pending, not a test."""
        return any(line.quantity > 0 for line in self.lines) and not self.cancelled and not self.pending and not self.test


def vat_of(cents: int) -> int:
    """The VAT inside an amount, to the cent, half up (away from zero)."""
    sign = -1 if cents < 0 else 1
    return sign * ((abs(cents) * 2 + 6) // 12)


class Spread:
    """Turns rates into whole numbers without noise in the sums: what is left over is carried to the next call of the same key."""

    def __init__(self) -> None:
        self._rest: dict[object, float] = defaultdict(lambda: 0.5)

    def take(self, key: object, amount: float) -> int:
        total = self._rest[key] + amount
        whole = int(total)
        self._rest[key] = total - whole
        return whole


class Shelf:
    """Draws products. Successive draws of one key are spread evenly over the range, so that mean prices are steady."""

    def __init__(self, goods: list[Product], seed: str) -> None:
        rng = random.Random(seed)
        self.goods = rng.sample(goods, len(goods))
        self._edges = list(accumulate(p.weight for p in self.goods))
        self._at: dict[str, float] = defaultdict(rng.random)

    def draw(self, key: str, rng: random.Random) -> Product:
        at = (self._at[key] + 0.6180339887498949) % 1.0
        self._at[key] = at
        point = (at + rng.uniform(-0.05, 0.05)) % 1.0
        return self.goods[min(bisect(self._edges, point * self._edges[-1]), len(self.goods) - 1)]


BASKET = ((1, 2, 3, 4), (0.43, 0.32, 0.16, 0.09))  # lines of an order and their odds
SMALL_BASKET = ((1, 2, 3, 4), (0.7, 0.21, 0.07, 0.02))


def basket(shelf: Shelf, key: str, day: date, rng: random.Random, sizes: tuple[tuple[int, ...], tuple[float, ...]] = BASKET, best: bool = False) -> list[Line]:
    """The lines of one order: products differ from line to line; discounts follow the trading calendar."""
    pull = max(soldes(day), black_friday(day))
    lines: list[Line] = []
    seen: set[str] = set()
    for _ in range(rng.choices(*sizes)[0]):
        product = shelf.draw(key, rng)
        if product.sku in seen:
            product = shelf.draw(key, rng)
        if product.sku in seen:
            continue
        seen.add(product.sku)
        quantity = rng.choices((1, 2, 3), (0.84, 0.13, 0.03))[0]
        discount = 0
        if not best and rng.random() < 0.05 + 0.5 * pull:
            discount = quantity * product.price * rng.choice((10, 20, 30) if pull else (5, 10)) // 100
        lines.append(Line(product, product.label, quantity, product.price, discount))
    return lines
