"""What the stores and the back office keep: stores, door counts, stock, costs, deliveries, surveys."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from sample_data.generator.catalogue import POPUPS, STORES, WAREHOUSE, Product
from sample_data.generator.files import euros, write_table
from sample_data.generator.model import Order, Spread
from sample_data.generator.sales import World
from sample_data.generator.times import COLD_FALL, DAYS, FIRST, LAMPS_SHORT, LAST, LILLE_LAST, closed, french, season
from sample_data.generator.write_shopify import costed_in_list


def _stores(root: Path) -> None:
    rows = [[s.code, s.name, s.channel, s.city, "FR"] for s in (*STORES, *POPUPS)]
    write_table(root / "stores.csv", ["MAGASIN", "NOM", "CANAL", "VILLE", "PAYS"], rows, delimiter=";", encoding="cp1252", end="\r\n")


HOURS = {10: 0.06, 11: 0.1, 12: 0.11, 13: 0.09, 14: 0.11, 15: 0.13, 16: 0.14, 17: 0.13, 18: 0.09, 19: 0.04}


def visit_counts(world: World) -> dict[tuple[str, date], int]:
    """People counted at the doors: tickets over a conversion of about 22 %. Lille's counter goes on after its till has stopped."""
    rng = random.Random("lumen:visits")
    sold: dict[tuple[str, date], int] = {}
    for t in world.till:
        if t.is_sale:
            sold[t.store, t.day] = sold.get((t.store, t.day), 0) + 1
    out = {}
    for store in STORES:
        rate = rng.uniform(0.2, 0.25)
        for day in DAYS:
            if not closed(day):
                tickets = sold.get((store.code, day), 0)
                usual = 42 * store.weight * season(day, online=False)
                late = store.code == "LIL01" and day > LILLE_LAST
                expected = usual if late else 0.5 * usual + 0.5 * tickets
                out[store.code, day] = max(tickets + 1, round(expected / rate * max(0.6, rng.gauss(1, 0.07))))
    return out


def _visits(root: Path, counts: dict[tuple[str, date], int]) -> None:
    """Daily in French for all stores; Paris Rivoli by the hour in 2026, in English."""
    spread = Spread()
    hourly: list[list[object]] = []
    for year in (2024, 2025, 2026):
        rows: list[list[object]] = []
        for (store, day), count in counts.items():
            if day.year != year:
                continue
            if store == "PAR01" and year == 2026:
                parts = [spread.take((day, "h"), count * share) for share in list(HOURS.values())[:-1]]
                hourly.extend([store, day.isoformat(), h, n] for h, n in zip(HOURS, [*parts, count - sum(parts)], strict=True))
            else:
                rows.append([store, french(day), count])
        write_table(root / f"entrees_{year}.csv.gz", ["MAGASIN", "DATE", "ENTREES"], rows, delimiter=";", encoding="cp1252", end="\r\n")
    write_table(root / "paris_rivoli_hourly_2026.csv.gz", ["store", "date", "hour", "visitors"], hourly, delimiter=";")


def _sold_in_week(world: World) -> set[tuple[str, str, date]]:
    """(place, article, Monday) of every sale; what is sold outside stores comes from the warehouse."""
    found = set()
    for order in [*world.web, *world.market, *world.till]:
        place = order.store if order.channel == "store" else WAREHOUSE
        monday = order.day - timedelta(days=order.day.weekday())
        found.update((place, line.product.sku, monday) for line in order.lines if line.product and line.quantity > 0)
    return found


def _shortage(place: str, product: Product, day: date) -> float:
    """How likely an article that nobody bought in the week was out of stock. Lamps run out in the warehouse in the autumn of 2026."""
    if place == WAREHOUSE:
        return 0.75 if product.category == "Luminaires" and day >= LAMPS_SHORT else 0.1
    return 0.045


def _stock(root: Path, world: World) -> None:
    """A count every Monday of 30 products per store and 80 in the warehouse; an article that was sold in the week was there."""
    rng, empty, sold, goods = random.Random("lumen:stock"), random.Random("lumen:shortage"), _sold_in_week(world), world.goods
    mondays = [d for d in DAYS if d.weekday() == 0]
    if mondays[0] != FIRST:
        mondays.insert(0, FIRST)
    level: dict[tuple[str, str], int] = {}
    ranked = sorted(goods, key=lambda p: -p.weight)
    kept = [(s.code, p, round(30 + 60 * s.weight)) for s in STORES for p in rng.sample(ranked[:120], 30)]
    kept += [(WAREHOUSE, p, 110) for p in ranked[:80]]
    for year in (2024, 2025, 2026):
        rows: list[list[object]] = []
        for day in (d for d in mondays if d.year == year):
            for place, p, mean in kept:
                was = level.get((place, p.sku), mean)
                now = max(0, was - round(rng.random() * mean * 0.22))
                if now < mean * 0.45 or (day.month in (10, 11) and rng.random() < 0.1):
                    now += round(mean * rng.uniform(0.55, 0.9))
                level[place, p.sku] = now
                gone = empty.random() < _shortage(place, p, day) and (place, p.sku, day - timedelta(days=day.weekday())) not in sold
                rows.append([french(day), place, p.sku, 0 if gone else now])
        write_table(root / f"stock_{year}.csv.gz", ["DATE", "LIEU", "ARTICLE", "QTE"], rows, delimiter=";", encoding="cp1252", end="\r\n")


def cost_on(n: int, p: Product, day: date) -> int:
    """Unit cost in cents, ex VAT: the list rises by 3 % on 1 January 2026; products outside the list keep the shop's cost."""
    return round(p.cost * 1.03) if costed_in_list(n) and day >= date(2026, 1, 1) else p.cost


def _costs(root: Path, goods: list[Product]) -> None:
    rows = [
        [p.sku, french(start), euros(cost_on(n, p, start), ","), "EUR"]
        for start in (date(2024, 1, 1), date(2026, 1, 1))
        for n, p in enumerate(goods)
        if costed_in_list(n)
    ]
    write_table(root / "couts_achat.csv", ["ARTICLE", "DEBUT", "COUT", "DEVISE"], rows, delimiter=";", encoding="cp1252", end="\r\n")


def _deliveries(root: Path, world: World) -> None:
    rng = random.Random("lumen:deliveries")
    rows: list[tuple[date, list[object]]] = []
    for order in [*world.web, *world.market]:
        if not order.is_sale or order.collect:
            continue
        wait = rng.choices((2, 3, 4, 5, 7), (0.3, 0.36, 0.2, 0.1, 0.04))[0] + (1 if order.country != "FR" else 0) + (1 if order.day.month == 12 else 0)
        shipped, due = order.day + timedelta(days=1 + rng.randrange(2)), order.day + timedelta(days=4)
        arrived = order.day + timedelta(days=wait)
        if arrived <= LAST:
            carrier = rng.choice(("Colis du Coin", "Rapid'Express", "Point Retrait+"))
            rows.append((order.day, [order.ref, order.channel, french(min(shipped, arrived)), french(due), french(arrived), carrier]))
    header = ["COMMANDE", "CANAL", "EXPEDIE", "PROMIS", "LIVRE", "TRANSPORTEUR"]
    for year in (2024, 2025, 2026):
        write_table(root / f"livraisons_{year}.csv.gz", header, [row for day, row in rows if day.year == year], delimiter=";", encoding="cp1252", end="\r\n")


@dataclass(frozen=True)
class PickUp:
    """An online order collected in a store; `ticket` is what the customer also bought on that visit."""

    order: Order
    store: str
    day: date
    ticket: Order | None


def pickups(world: World) -> list[PickUp]:
    """Every click & collect order that was fetched by the last day; a good fifth of the visits end at the till, with an anonymous ticket."""
    rng = random.Random("lumen:pickups")
    codes = {store.name: store.code for store in STORES}
    free: dict[tuple[str, date], list[Order]] = {}
    for ticket in world.till:
        if ticket.person is None and ticket.is_sale and all(line.quantity > 0 for line in ticket.lines):
            free.setdefault((ticket.store, ticket.day), []).append(ticket)
    out = []
    for order in world.web:
        if not order.collect or not order.is_sale:
            continue
        day = order.day + timedelta(days=rng.choices((1, 2, 3, 4, 6, 9), (0.28, 0.27, 0.19, 0.12, 0.09, 0.05))[0])
        day += timedelta(days=1 if closed(day) else 0)
        buys = rng.random() < 0.23
        if day <= LAST:
            here = free.get((codes[order.collect], day), [])
            out.append(PickUp(order, codes[order.collect], day, here.pop(0) if buys and here else None))
    return out


def _pickups(root: Path, world: World) -> None:
    rows = [(p.day, [p.order.ref, "web", p.store, french(p.day), p.ticket.ref if p.ticket else ""]) for p in pickups(world)]
    rows.sort(key=lambda row: row[0])
    for year in (2024, 2025, 2026):
        chosen = [row for day, row in rows if day.year == year]
        header = ["COMMANDE", "CANAL", "MAGASIN", "RETIRE", "TICKET"]
        write_table(root / f"retraits_{year}.csv.gz", header, chosen, delimiter=";", encoding="cp1252", end="\r\n")


def _shares(timing: str, day: date) -> tuple[float, float]:
    """Planned shares of promoters and detractors."""
    if timing == "hot":
        return 0.58, 0.14
    months = max(0.0, min(1.0, ((day - COLD_FALL).days + 30) / 120)) if day >= COLD_FALL else 0.0
    return 0.545 - 0.15 * months, 0.17 + 0.16 * months


def _surveys(root: Path, world: World) -> None:
    """NPS hot (in the shop or at delivery) and cold (three weeks later), CSAT hot. Dated by the answer."""
    rng, place = random.Random("lumen:surveys"), {"hot": 0.1, "cold": 0.4}
    asked: list[tuple[date, str, str, Order]] = []
    for order in [*world.web, *world.till]:
        if not order.is_sale:
            continue
        dice = rng.random()
        later = order.day + timedelta(days=rng.randint(18, 27))
        if dice < 0.07:
            asked.append((order.day, "nps", "hot", order))
        elif dice < 0.13 and later <= LAST:
            asked.append((later, "nps", "cold", order))
        elif dice < 0.17:
            asked.append((order.day, "csat", "hot", order))
    asked.sort(key=lambda a: (a[0], a[3].channel, a[3].store, a[3].ref))
    rows: list[tuple[date, list[object]]] = []
    for n, (day, kind, timing, order) in enumerate(asked, 1):
        if kind == "nps":
            good, bad = _shares(timing, day)
            place[timing] = (place[timing] + 0.6180339887498949) % 1.0  # spread evenly, so that monthly scores are steady
            if place[timing] < good:
                score = rng.choice((9, 9, 10))
            elif place[timing] > 1 - bad:
                score = rng.choice((2, 3, 4, 5, 6, 6))
            else:
                score = rng.choice((7, 8))
        else:
            score = rng.choices((1, 2, 3, 4, 5), (0.03, 0.05, 0.1, 0.37, 0.45))[0]
        words = "chaud" if timing == "hot" else "froid"
        rows.append((day, [f"R{n:05d}", kind, score, words, french(day), order.channel, order.store, order.country, order.ref]))
    header = ["ID_REPONSE", "TYPE", "NOTE", "MOMENT", "DATE", "CANAL", "MAGASIN", "PAYS", "COMMANDE"]
    for year in (2024, 2025, 2026):
        write_table(root / f"enquetes_{year}.csv.gz", header, [row for day, row in rows if day.year == year], delimiter=";", encoding="cp1252", end="\r\n")


def write(root: Path, world: World) -> None:
    """stores/, visits/, stock/, costs/, deliveries/ and surveys/ under `root`."""
    _stores(root / "stores")
    _visits(root / "visits", visit_counts(world))
    _stock(root / "stock", world)
    _costs(root / "costs", world.goods)
    _deliveries(root / "deliveries", world)
    _pickups(root / "deliveries", world)
    _surveys(root / "surveys", world)
