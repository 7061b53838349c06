"""What the star depends on beside the loaded exports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class MartSettings:
    """`reporting_currency`: ISO 4217 code of every amount in the mart; `stock_max_days`: a stock count stands for so many days after it.

    `constant_rates_on`: the day whose rates stand for every day where the moves of exchange rates shall not count; None: the last known.
    """

    reporting_currency: str = "EUR"
    stock_max_days: int = 8
    constant_rates_on: date | None = None
