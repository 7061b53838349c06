"""What the star depends on beside the loaded exports."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class MartSettings:
    """`reporting_currency`: ISO 4217 code of every amount in the mart; `stock_max_days`: a stock count stands for so many days after it."""

    reporting_currency: str = "EUR"
    stock_max_days: int = 8
