"""Gaps of a product of drivers, and of sales in price, volume and mix."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction
from itertools import combinations
from math import factorial, prod

from kpi_core.engine.result import Number
from kpi_core.errors import said
from kpi_core.explain.parts import CannotExplain, Explanation, Part, PartKind
from kpi_core.objectives.exact import exact

MAX_FACTORS = 5

Amount = Number | Fraction


def product(names: Sequence[str], before: Sequence[Amount], after: Sequence[Amount]) -> Explanation:
    """Change of f1 · f2 · … · fk, each factor's Shapley share: its mean effect over every order of moving the factors.

    Exact for any sign and for zeros; at most five factors, else CannotExplain.
    """
    count = len(names)
    if not 0 < count <= MAX_FACTORS or len(before) != count or len(after) != count:
        raise CannotExplain(said("a chain of drivers has one to {limit} factors", limit=MAX_FACTORS))
    was, now = [exact(number) for number in before], [exact(number) for number in after]
    parts = []
    for index, key in enumerate(names):
        others = [other for other in range(count) if other != index]
        share = Fraction(0)
        for size in range(count):
            weight = Fraction(factorial(size) * factorial(count - size - 1), factorial(count))
            for moved in combinations(others, size):
                share += weight * prod((now[other] if other in moved else was[other] for other in others), start=Fraction(1))
        parts.append(Part(PartKind.DRIVER, key, share * (now[index] - was[index])))
    return Explanation("product of drivers", prod(now, start=Fraction(1)) - prod(was, start=Fraction(1)), tuple(parts))


def price_volume_mix(before: Mapping[str, tuple[Amount, Amount]], after: Mapping[str, tuple[Amount, Amount]]) -> Explanation:
    """Change of revenue by article, given (quantity, revenue): volume, mix and price of articles sold in both periods, new, discontinued.

    The usual convention (volume at the old mean price, price at new quantities), which is not symmetric in time; say so where it is shown.
    """
    was = {key: (exact(quantity), exact(revenue)) for key, (quantity, revenue) in before.items()}
    now = {key: (exact(quantity), exact(revenue)) for key, (quantity, revenue) in after.items()}
    kept = [key for key in was if key in now and was[key][0] and now[key][0]]
    zero = Fraction(0)
    q0, q1 = sum((was[key][0] for key in kept), zero), sum((now[key][0] for key in kept), zero)
    mean_price = sum((was[key][1] for key in kept), zero) / q0 if q0 else zero
    at_old_prices = sum((now[key][0] * was[key][1] / was[key][0] for key in kept), zero)
    # When kept quantities cancel out there is no mean price: the volume effect then lies in the mix.
    effects = {
        "volume": (q1 - q0) * mean_price if q0 else zero,
        "mix": at_old_prices - (q1 * mean_price if q0 else sum((was[key][1] for key in kept), zero)),
        "price": sum((now[key][1] for key in kept), zero) - at_old_prices,
        "new": sum((revenue for key, (_, revenue) in now.items() if key not in kept), zero),
        "discontinued": -sum((revenue for key, (_, revenue) in was.items() if key not in kept), zero),
    }
    gap = sum((revenue for _, revenue in now.values()), zero) - sum((revenue for _, revenue in was.values()), zero)
    return Explanation("price, volume and mix", gap, tuple(Part(PartKind.EFFECT, key, amount) for key, amount in effects.items()))


Sold = tuple[Amount, Amount, Amount]  # quantity, revenue, cost


def margin_volume_mix(before: Mapping[str, Sold], after: Mapping[str, Sold], odd: Collection[str] = ()) -> Explanation:
    """Change of margin by article, given (quantity, revenue, cost): as `price_volume_mix` on unit margins, prices and unit costs apart.

    price is q1 (p1 - p0) and cost is -q1 (c1 - c0); the rest is volume and mix of the old unit margins, articles that are new or
    discontinued, and `odd` ones, whose quantity and cost do not speak of the same lines, as an effect of their own.
    """
    was = {key: (exact(q), exact(r), exact(c)) for key, (q, r, c) in before.items()}
    now = {key: (exact(q), exact(r), exact(c)) for key, (q, r, c) in after.items()}
    sold = {key: (q, r - c) for key, (q, r, c) in was.items() if key not in odd}, {key: (q, r - c) for key, (q, r, c) in now.items() if key not in odd}
    whole = price_volume_mix(*sold)
    kept = [key for key in sold[0] if key in sold[1] and was[key][0] and now[key][0]]
    zero = Fraction(0)
    price = sum((now[key][1] - now[key][0] * was[key][1] / was[key][0] for key in kept), zero)
    cost = -sum((now[key][2] - now[key][0] * was[key][2] / was[key][0] for key in kept), zero)
    effects = {part.key: part.amount for part in whole.parts} | {"price": price, "cost": cost}
    other = sum((now[key][1] - now[key][2] for key in now if key in odd), zero) - sum((was[key][1] - was[key][2] for key in was if key in odd), zero)
    order = ("volume", "mix", "price", "cost", "new", "discontinued")
    parts = [Part(PartKind.EFFECT, key, effects[key]) for key in order]
    if odd:
        parts.append(Part(PartKind.EFFECT, "partly_costed", other))
    return Explanation("price, volume, mix and cost", whole.gap + other, tuple(parts))
