"""What settings.yaml may say: the retailer, its customers and this machine."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from kpi_core.config.decode import SIZE
from kpi_core.config.model import Numeric, Strict, Text, Version

Size = Annotated[str, msgspec.Meta(pattern=SIZE)]
Threads = Annotated[int, msgspec.Meta(ge=1, le=64)]


class LoadLimits(Strict, frozen=True):
    """What a load may take, beside those who look at the numbers; `nice`: by how much it gives way to them (0: not at all)."""

    memory: Size = "1300MB"
    threads: Threads = 2
    temp: Size = "20GB"
    nice: Annotated[int, msgspec.Meta(ge=0, le=19)] = 5


class Limits(Strict, frozen=True):
    """What one process may take on a shared host."""

    memory: Size = "512MB"
    threads: Threads = 2
    temp: Size = "1GB"
    seconds: Annotated[int, msgspec.Meta(ge=1, le=86_400)] = 30
    load: LoadLimits = LoadLimits()


class Assumption(Strict, frozen=True):
    """What is believed of two KPIs and cannot be measured here: `per` points of the driver bring `effect` (0.2: +20 %) of the KPI."""

    id: str
    driver: str
    kpi: str
    per: Annotated[float, msgspec.Meta(gt=0)]
    effect: Numeric
    name: Text | None = None
    source: str | None = None


class CustomerSettings(Strict, frozen=True):
    """Who is who across channels. An identifier that stands with more than `hub` others is shared (a till's e-mail) and joins nobody; more
    than `largest` identifiers are not believed to be one person. `country` reads phones without a calling code (None: that of the time zone)."""

    hub: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 8
    largest: Annotated[int, msgspec.Meta(ge=2, le=100_000)] = 50
    country: Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}$")] | None = None


class Expect(Strict, frozen=True):
    """What should be true of a source: values that are `unique`, numbers within a `range`, the newest row at most `fresh_within` days
    older than the last day loaded of all, `days_present`: no day without a row between the first and the last."""

    unique: tuple[tuple[str, ...], ...] = ()
    range: dict[str, tuple[float | None, float | None]] = {}
    fresh_within: Annotated[int, msgspec.Meta(ge=0, le=3660)] | None = None
    days_present: bool = False


class Privacy(Strict, frozen=True):
    """What of people's own words is kept. `comments`: the free text of surveys and reviews, masked and shortened; without it, it is never read."""

    comments: bool = False


class SettingsFile(Strict, frozen=True):
    version: Version
    name: str | None = None  # of the retailer, shown in the header
    language: Literal["fr", "en", "auto"] = "auto"
    currency: str = "EUR"
    exports: tuple[str, ...] = ("exports",)  # folders that `omnigap load` reads when no path is given
    stock_max_days: Annotated[int, msgspec.Meta(ge=1, le=366)] = 8
    constant_rates_on: str | None = None  # the day whose exchange rates the basis constant_currency takes; None: the last known ones
    customers: CustomerSettings = CustomerSettings()
    privacy: Privacy = Privacy()
    limits: Limits = Limits()
    assumptions: tuple[Assumption, ...] = ()
    owners: dict[str, str] = {}  # group of profiles that tell of the same -> the profile whose rows count; the others are only compared
    expect: dict[str, Expect] = {}  # a profile, a dataset or dataset/channel -> what should be true of it, in place of what the profile expects
