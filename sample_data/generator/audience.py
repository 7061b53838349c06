"""Web sessions day by day, and the purchases they end in: the number of web orders comes from here."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date

from sample_data.generator.model import Spread
from sample_data.generator.times import DAYS, MIX_MONTH, MOBILE_CHECKOUT, black_friday, growth, season, soldes

# source: share of sessions, conversion of its sessions, share of mobile, engaged share
SOURCES: dict[str, tuple[float, float, float, float]] = {
    "Organic Search": (0.34, 0.0262, 0.6, 0.67),
    "Paid Search": (0.2, 0.029, 0.62, 0.65),
    "Paid Social": (0.13, 0.0115, 0.82, 0.56),
    "Email": (0.1, 0.0385, 0.58, 0.72),
    "Direct": (0.17, 0.028, 0.55, 0.68),
    "Referral": (0.06, 0.0215, 0.5, 0.63),
}
DEVICES = {"mobile": 0.83, "desktop": 1.3, "tablet": 0.92}  # conversion against the mean
COUNTRIES = {"FR": (0.87, 1.01), "BE": (0.075, 0.97), "CH": (0.055, 0.9)}
ABANDONED = {"mobile": 0.722, "desktop": 0.66, "tablet": 0.69}  # carts that end without an order
ABANDONED_AFTER = 0.785  # mobile, once the new mobile checkout is on
MOBILE_LOSS = 0.84  # what the new mobile checkout leaves of mobile conversion


@dataclass
class Cell:
    """Sessions of one day, source, device and country. `orders` are real, `purchases` those that the tag saw."""

    day: date
    source: str
    device: str
    country: str
    sessions: int
    engaged: int
    views: int
    orders: int
    purchases: int


def sessions_per_day(day: date, rng: random.Random) -> float:
    """Mean 800 a day over the 25 months, before the Paid Social push of the last month."""
    noise = max(0.7, rng.gauss(1, 0.06))
    return 648 * season(day, online=True) * growth(day, 1.17) * noise


def _conversion_factor(day: date, rng: random.Random) -> float:
    factor = 0.96 + 0.22 * soldes(day) + 0.3 * black_friday(day) + (0.1 if day.month == 12 and day.day < 20 else 0)
    if (day.year, day.month) == MIX_MONTH:
        factor *= 1.12
    calm = day >= date(2026, 8, 31)
    return factor * max(0.8, rng.gauss(1, 0.01 if calm else 0.05))


def cells() -> list[Cell]:
    """Every day × source × device × country with at least one session."""
    rng = random.Random("lumen:audience")
    spread = Spread()
    out: list[Cell] = []
    for day in DAYS:
        total, lift = sessions_per_day(day, rng), _conversion_factor(day, rng)
        mixed = (day.year, day.month) == MIX_MONTH
        for source, (share, conversion, mobile, engaged_share) in SOURCES.items():
            part = total * share * max(0.8, rng.gauss(1, 0.04)) * (3.7 if mixed and source == "Paid Social" else 1)
            split = {"mobile": mobile, "desktop": (1 - mobile) * 0.88, "tablet": (1 - mobile) * 0.12}
            for device, device_share in split.items():
                for country, (country_share, country_lift) in COUNTRIES.items():
                    sessions = spread.take((source, device, country, "s"), part * device_share * country_share)
                    rate = conversion * DEVICES[device] * country_lift * lift
                    if device == "mobile" and day >= MOBILE_CHECKOUT:
                        rate *= MOBILE_LOSS
                    # one running remainder per source: conversion by source is then exact over a month, whatever the cells
                    orders = min(spread.take((source, "o"), sessions * rate), sessions)
                    if not sessions:
                        continue
                    engaged = spread.take((source, device, "e"), sessions * engaged_share * (0.97 if device == "mobile" else 1.05))
                    engaged = max(min(engaged, sessions), orders)
                    views = sessions + spread.take((source, "v"), engaged * 4.4 + orders * 3)
                    seen = orders - min(orders, spread.take((source, "lost"), orders * 0.03))
                    out.append(Cell(day, source, device, country, sessions, engaged, views, orders, seen))
    return out


def abandoned_share(day: date, device: str) -> float:
    """Planned share of carts without an order."""
    return ABANDONED_AFTER if device == "mobile" and day >= MOBILE_CHECKOUT else ABANDONED[device]


@dataclass
class Users:
    """Users of one period, for all devices (device '') and for each. Users of periods do not add up to a longer one."""

    start: date
    end: date
    device: str
    users: int
    new_users: int


def users(grid: list[Cell], periods: list[tuple[date, date]], per_user: float) -> list[Users]:
    """`per_user` sessions per user in one period of this length; a few people use two devices, so the total is below the sum."""
    by_day: dict[tuple[date, str], int] = {}
    for cell in grid:
        by_day[cell.day, cell.device] = by_day.get((cell.day, cell.device), 0) + cell.sessions
    new: dict[tuple[date, str], int] = {}
    spread = Spread()
    for (day, device), sessions in sorted(by_day.items()):
        new[day, device] = spread.take(device, sessions * (0.56 if device == "mobile" else 0.47))
    out: list[Users] = []
    for start, end in periods:
        days = [d for d in DAYS if start <= d <= end]
        total = fresh = 0
        rows = []
        for device in DEVICES:
            first = sum(new.get((d, device), 0) for d in days)
            count = max(first, round(sum(by_day.get((d, device), 0) for d in days) / per_user))
            rows.append(Users(start, end, device, count, first))
            total, fresh = total + count, fresh + first
        both = round(total * (1 - 0.012 * min(len(days), 15) / 3)) if len(days) > 1 else round(total * 0.99)
        out.append(Users(start, end, "", max(both, fresh), fresh))
        out.extend(rows)
    return out
