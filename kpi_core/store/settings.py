"""What the star depends on beside the loaded exports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, order=True)
class Overlapping:
    """Rows of a dataset of a profile tell of the same as those of the other profiles of `group`; the lowest rank counts."""

    profile: str
    dataset: str
    group: str
    rank: int


@dataclass(frozen=True)
class MartSettings:
    """`reporting_currency`: ISO 4217 code of every amount in the mart; `stock_max_days`: a stock count stands for so many days after it.

    `constant_rates_on`: the day whose rates stand for every day where the moves of exchange rates shall not count; None: the last known.
    `hub`: an identifier that stands with more others than this is shared and joins nobody; `largest`: identifiers of one person at most.
    `overlaps`: which profiles tell of the same, in the order in which they count.
    """

    reporting_currency: str = "EUR"
    stock_max_days: int = 8
    constant_rates_on: date | None = None
    hub: int = 8
    largest: int = 50
    overlaps: tuple[Overlapping, ...] = ()
