"""What is known of single people and of the crowd: touches, leads, social networks, the A/B test."""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path

from sample_data.generator.audience import SOURCES
from sample_data.generator.files import write_table
from sample_data.generator.model import Order
from sample_data.generator.people import Person
from sample_data.generator.sales import World
from sample_data.generator.times import DAYS, FIRST, clock, french, growth, season
from sample_data.generator.write_web import CAMPAIGNS

Touch = tuple[date, int, str, str, str, str, str, Person]  # day, seconds, channel, source, campaign, device, kind, who


def _touch(rng: random.Random, person: Person, day: date, seconds: int, source: str, device: str, kind: str = "") -> Touch:
    channel = {"Email": "email", "Paid Social": "social"}.get(source, "web")
    campaigns = CAMPAIGNS[source][1] if source in CAMPAIGNS else ()
    campaign = rng.choice(campaigns)[0] if campaigns else ""
    kind = kind or {"email": rng.choice(("open", "click")), "social": "click", "web": "visit"}[channel]
    return (day, seconds, channel, source, campaign, device, kind, person)


def _device(rng: random.Random) -> str:
    return rng.choices(("mobile", "desktop", "tablet"), (0.66, 0.29, 0.05))[0]


def touches(world: World) -> list[Touch]:
    """Journeys of identified people only: before web orders, before some store purchases, and some that lead nowhere."""
    rng = random.Random("lumen:touches")
    names, weights = list(SOURCES), [v[0] for v in SOURCES.values()]
    out: list[Touch] = []

    def earlier(order: Order, person: Person, most: int) -> None:
        for _ in range(rng.choices(range(most + 1), (0.38, 0.3, 0.2, 0.12)[: most + 1])[0]):
            day = order.day - timedelta(days=rng.choices((1, 3, 7, 14, 25), (0.35, 0.25, 0.2, 0.12, 0.08))[0])
            if day >= FIRST:
                out.append(_touch(rng, person, day, rng.randrange(8 * 3600, 23 * 3600), rng.choices(names, weights)[0], _device(rng)))

    for order in world.web:
        if order.person and not order.test and rng.random() < 0.9:
            earlier(order, order.person, 3)
            out.append(_touch(rng, order.person, order.day, max(0, order.seconds - rng.randint(120, 2400)), order.source, order.device))
    for order in world.till:
        if order.person and order.person.email and order.is_sale:
            if rng.random() < 0.3:
                earlier(order, order.person, 1)
                day = order.day - timedelta(days=rng.choices((0, 1, 2, 5, 12), (0.2, 0.3, 0.25, 0.15, 0.1))[0])
                kind = "store_locator" if rng.random() < 0.35 else ""
                if day >= FIRST:
                    seconds = order.seconds - 1800 if day == order.day else rng.randrange(8 * 3600, 23 * 3600)
                    source = rng.choice(("Organic Search", "Direct")) if kind else rng.choices(names, weights)[0]
                    out.append(_touch(rng, order.person, day, seconds, source, _device(rng), kind))
            if rng.random() < 0.12:
                out.append((order.day, max(0, order.seconds - 900), "store", "", "", "", "visit", order.person))
    known = [p for p in world.crowd.people if p.email]
    for _ in range(9000):
        person, day = rng.choice(known), rng.choice(DAYS)
        out.append(_touch(rng, person, day, rng.randrange(8 * 3600, 23 * 3600), rng.choices(names, weights)[0], _device(rng)))
    out.sort(key=lambda t: (t[0], t[1], t[7].number, t[3]))
    return out


def _touches(root: Path, world: World) -> None:
    rows: list[tuple[int, list[object]]] = []
    for n, (day, seconds, channel, source, campaign, device, kind, person) in enumerate(touches(world), 1):
        when = clock(seconds - seconds % 60)[:5]
        rows.append((day.year, [f"T{n:06d}", french(day), when, channel, source, campaign, device, kind, person.email, person.card or ""]))
    header = ["ID", "DATE", "HEURE", "CANAL", "SOURCE", "CAMPAGNE", "APPAREIL", "TYPE", "EMAIL", "CARTE"]
    for year in (2024, 2025, 2026):
        write_table(root / f"contacts_{year}.csv.gz", header, [row for y, row in rows if y == year], delimiter=";", encoding="cp1252", end="\r\n")


def _leads(root: Path) -> None:
    """Requests for advice on lighting a home: about 60 a month."""
    rng = random.Random("lumen:leads")
    names, weights = list(SOURCES), [v[0] * v[1] for v in SOURCES.values()]
    rows: list[list[object]] = []
    for day in DAYS:
        for _ in range(sum(rng.random() < 0.28 * season(day, online=True) * growth(day, 1.1) for _ in range(8))):
            country = rng.choices(("FR", "BE", "CH"), (0.88, 0.08, 0.04))[0]
            status = rng.choices(("nouveau", "qualifié", "gagné", "perdu"), (0.2, 0.28, 0.2, 0.32))[0]
            rows.append([f"L{len(rows) + 1:05d}", french(day), "web", rng.choices(names, weights)[0], _device(rng), country, status])
    write_table(root / "demandes.csv.gz", ["ID", "DATE", "CANAL", "SOURCE", "APPAREIL", "PAYS", "STATUT"], rows, delimiter=";", encoding="cp1252", end="\r\n")


def signups() -> list[list[object]]:
    """Newsletter sign-ups on the site, about six a day; they come as leads of their own kind."""
    rng = random.Random("lumen:newsletter")
    names, weights = list(SOURCES), [v[0] for v in SOURCES.values()]
    rows: list[list[object]] = []
    for day in DAYS:
        for _ in range(sum(rng.random() < 0.42 * season(day, online=True) * growth(day, 1.12) for _ in range(12))):
            country = rng.choices(("FR", "BE", "CH"), (0.88, 0.08, 0.04))[0]
            rows.append([f"N{len(rows) + 1:05d}", french(day), "web", rng.choices(names, weights)[0], _device(rng), country, "newsletter", "nouveau"])
    return rows


def _signups(root: Path) -> None:
    header = ["ID", "DATE", "CANAL", "SOURCE", "APPAREIL", "PAYS", "TYPE", "STATUT"]
    write_table(root / "inscriptions.csv.gz", header, signups(), delimiter=";", encoding="cp1252", end="\r\n")


def _social(root: Path) -> None:
    rng = random.Random("lumen:social")
    rows: list[list[object]] = []
    for network, start, daily, reach in (("Instagram", 18200, 14, 5200), ("Facebook", 9400, 2, 2100), ("Pinterest", 6100, 6, 3300)):
        followers = start
        for day in DAYS:
            pull = season(day, online=True) * growth(day, 1.12)
            followers += max(-3, round(rng.gauss(daily * pull, daily * 0.5 + 1)))
            seen = round(reach * pull * max(0.5, rng.gauss(1, 0.18)))
            comments = round(seen * 0.0042)
            negative = sum(rng.random() < 0.11 for _ in range(comments))
            mentions, touched = round(seen * 0.0016 + rng.random()), round(seen * rng.uniform(0.028, 0.045))
            rows.append([french(day), network, followers, mentions, seen, touched, comments, negative])
    header = ["DATE", "RESEAU", "ABONNES", "MENTIONS", "PORTEE", "INTERACTIONS", "COMMENTAIRES", "COMMENTAIRES_NEGATIFS"]
    write_table(root / "reseaux_sociaux.csv.gz", header, rows, delimiter=";", encoding="cp1252", end="\r\n")


EXPERIMENT = (date(2026, 9, 14), date(2026, 10, 11))


def _experiments(root: Path) -> None:
    """Checkout test of four weeks: 30.0 % against 32.5 % of those who start a checkout."""
    rng = random.Random("lumen:experiment")
    rows: list[list[object]] = []
    for day in (d for d in DAYS if EXPERIMENT[0] <= d <= EXPERIMENT[1]):
        people = 300 * season(day, online=True)
        for variant, control, rate in (("A - paiement actuel", "oui", 0.3), ("B - paiement en une page", "non", 0.325)):
            exposed = round(people * rng.gauss(1, 0.03))
            rows.append(["Paiement en une page", variant, control, french(day), "web", exposed, sum(rng.random() < rate for _ in range(exposed))])
    header = ["EXPERIENCE", "VARIANTE", "TEMOIN", "DATE", "CANAL", "EXPOSES", "CONVERSIONS"]
    write_table(root / "test_paiement.csv", header, rows, delimiter=";", encoding="cp1252", end="\r\n")


def write(root: Path, world: World) -> None:
    """touches/, leads/, social/ and experiments/ under `root`."""
    _touches(root / "touches", world)
    _leads(root / "leads")
    _signups(root / "leads")
    _social(root / "social")
    _experiments(root / "experiments")
