"""The sample's calendar: its days, the French trading year, and Paris time without a time zone database."""

from __future__ import annotations

from datetime import date, timedelta

FIRST = date(2024, 10, 1)
LAST = date(2026, 10, 31)
DAYS = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]

# Planted stories (see README.md)
LYON_FALL = date(2026, 9, 7)  # Monday of 2026-W37
MOBILE_CHECKOUT = date(2026, 9, 7)
MIX_MONTH = (2026, 10)
LILLE_LAST = date(2026, 10, 24)
RETURNS_SOLD_FROM = date(2026, 7, 15)
COLD_FALL = date(2026, 7, 1)
TEST_ORDER_DAY = date(2026, 10, 14)
TWIN_TICKET_DAY = date(2026, 10, 10)
LAMPS_SHORT = date(2026, 9, 28)
OVERLAP_FROM = date(2026, 9, 1)
OVERLAP_TO = date(2026, 9, 30)

_MONTH = {1: 1.02, 2: 0.84, 3: 0.92, 4: 0.93, 5: 0.97, 6: 0.98, 7: 0.98, 8: 0.8, 9: 0.98, 10: 1.0, 11: 1.12, 12: 1.5}
_STORE_WEEK = (0.74, 0.82, 0.98, 0.9, 1.1, 1.75, 0.71)
_WEB_WEEK = (1.1, 1.02, 1.0, 1.0, 0.9, 0.84, 1.14)
_SALES = ((date(2025, 1, 8), 28), (date(2025, 6, 25), 28), (date(2026, 1, 7), 28), (date(2026, 6, 24), 28))
_BLACK_FRIDAYS = (date(2024, 11, 29), date(2025, 11, 28))


def soldes(day: date) -> float:
    """How strongly the French legal sales pull on `day`: 0 outside, 1 on their first days, falling to 0.25."""
    for start, length in _SALES:
        n = (day - start).days
        if 0 <= n < length:
            return max(0.25, 1.0 - n / 20)
    return 0.0


def black_friday(day: date) -> float:
    """1 on Black Friday, less over the week-end and Cyber Monday, a little in the days before."""
    for friday in _BLACK_FRIDAYS:
        n = (day - friday).days
        if -4 <= n <= 3:
            return (0.15, 0.2, 0.25, 0.4, 1.0, 0.7, 0.6, 0.7)[n + 4]
    return 0.0


def closed(day: date) -> bool:
    """Days on which every store and pop-up is shut."""
    return (day.month, day.day) in {(1, 1), (5, 1), (12, 25)}


def season(day: date, online: bool) -> float:
    """Demand of a day against a mean day, without growth."""
    factor = _MONTH[day.month] * (_WEB_WEEK if online else _STORE_WEEK)[day.weekday()]
    factor *= 1 + 0.45 * soldes(day) + (1.5 if online else 0.7) * black_friday(day)
    if day.month == 12 and 6 <= day.day <= 23:
        factor *= (1.15 if day.day <= 19 else 0.75) if online else 1.25
    if day.month == 12 and day.day == 24:
        factor *= 0.4 if online else 1.1
    return factor


def growth(day: date, yearly: float) -> float:
    """Smooth growth: 1 on the first day, `yearly` after 365 days."""
    return float(yearly ** ((day - FIRST).days / 365))


def _last_sunday(year: int, month: int) -> date:
    last = date(year, month, 31)
    return last - timedelta(days=(last.weekday() + 1) % 7)


def offset(day: date) -> str:
    """UTC offset in Paris by day (the change at 03:00 on the two Sundays is taken at midnight: nobody orders then)."""
    return "+0200" if _last_sunday(day.year, 3) <= day < _last_sunday(day.year, 10) else "+0100"


def clock(seconds: int) -> str:
    """Seconds of the day as HH:MM:SS."""
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def stamp(day: date, seconds: int) -> str:
    """Shopify's timestamp: '2026-10-31 18:02:11 +0100'."""
    return f"{day.isoformat()} {clock(seconds)} {offset(day)}"


def french(day: date) -> str:
    """dd/mm/yyyy."""
    return day.strftime("%d/%m/%Y")


def half_year(day: date) -> str:
    """'2026_S2'."""
    return f"{day.year}_S{1 if day.month <= 6 else 2}"
