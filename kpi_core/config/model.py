"""The frozen types of the YAML a user writes. One type is the reader, the validator and the schema of its file."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

Version = Literal[1]
Numeric = int | float


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Unknown keys are errors; values are frozen."""


class Text(_Strict, frozen=True):
    """A text in both languages."""

    en: str
    fr: str | None = None

    def in_(self, lang: str) -> str:
        return self.fr if lang == "fr" and self.fr else self.en

    def __str__(self) -> str:
        return self.en


# ---------------------------------------------------------------- kpis.yaml


class Dimension(_Strict, frozen=True):
    name: Text
    none: Text | None = None  # how rows without a value are called: 'no store'
    values: dict[str, Text] = {}  # names of values that are codes: web -> Web shop


class Fact(_Strict, frozen=True):
    """A star table, the dimensions its measures may be cut by, and the exports that feed it."""

    table: str
    dims: tuple[str, ...]
    fed_by: Text
    date: str = "day"
    covered_by: str | None = None  # fact of the same exports whose days say how far this one reaches: a day without returns is loaded


class Across(_Strict, frozen=True):
    """Another fact that answers the same measure for dimensions its own fact lacks; its parts may overlap."""

    fact: str
    agg: str
    dims: tuple[str, ...]


class Measure(_Strict, frozen=True):
    """An aggregate over one fact. `over_time` says how its days join into a period:

    `sum` adds them up (sales); `last` is the last known day of the period and `mean_of_days` the mean of its known days (a stock);
    `to_date` adds up every day from the first loaded one to the end of the period (all customers known by then).
    All four add up over members. `missing` says what a reader is told where the measure has no value.
    """

    fact: str
    agg: str
    where: str | None = None
    additive: Literal["all", "none"] = "all"
    over_time: Literal["sum", "last", "mean_of_days", "to_date"] = "sum"
    cells: Literal["any", "exact"] = "any"
    also_in: Literal["next", "previous"] | None = None
    null_key: str | None = None
    across: Across | None = None
    missing: Text | None = None
    help: Text | None = None


class Benchmark(_Strict, frozen=True):
    text: Text
    source: str
    range: tuple[Numeric, Numeric] | None = None


class Kpi(_Strict, frozen=True):
    """Arithmetic over measures, with everything a reader must know to trust it."""

    name: Text
    expr: str
    unit: Literal["currency", "%", "pts", "days", "x", "count", "ratio", "score"]
    good: Literal["up", "down", "none"]
    short: Text | None = None
    decimals: Annotated[int, msgspec.Meta(ge=0, le=6)] | None = None
    scope: dict[str, tuple[str, ...]] = {}
    dims: tuple[str, ...] | None = None
    total_over: tuple[str, ...] | None = None  # cuts that `total(...)` undoes; None: any cut
    min_n: dict[str, int] = {}
    benchmark: Benchmark | None = None
    drivers: tuple[str, ...] = ()
    help: Text | None = None


class Group(_Strict, frozen=True):
    id: str
    name: Text
    kpis: tuple[str, ...]


class KpiFile(_Strict, frozen=True):
    version: Version
    dimensions: dict[str, Dimension]
    drill: tuple[str, ...]
    facts: dict[str, Fact]
    measures: dict[str, Measure]
    groups: tuple[Group, ...]
    kpis: dict[str, Kpi]


# ---------------------------------------------------------------- objectives.yaml


class Action(_Strict, frozen=True):
    id: str
    name: Text
    kpis: tuple[str, ...] = ()
    owner: str | None = None
    start: str | None = None
    due: str | None = None
    status: Literal["planned", "running", "done", "dropped"] = "planned"


SplitValue = Numeric | dict[str, Numeric]


class TargetSpec(_Strict, frozen=True):
    """One target: a `value` (holds for any period), a `total` over `range`, or `values` per period; optionally split over members."""

    kpi: str
    value: Numeric | None = None
    annualise: bool = False  # `value` is for a year; a shorter period is asked its share of the days
    total: Numeric | None = None
    range: str | int | None = None
    values: dict[str, Numeric] | None = None
    split: dict[str, dict[str, Numeric | dict[str, Numeric]]] = {}
    within: dict[str, dict[str, str]] = {}  # {store: {channel: store}}: the split by store divides the target of that channel, not the whole
    where: dict[str, tuple[str, ...]] = {}
    amber: str | Numeric | None = None
    red: str | Numeric | None = None
    floor_kpi: str | None = None
    owner: str | None = None


class Objective(_Strict, frozen=True):
    id: str
    name: Text
    targets: tuple[TargetSpec, ...]
    range: str | int | None = None
    owner: str | None = None
    actions: tuple[Action, ...] = ()


class ObjectivesFile(_Strict, frozen=True):
    version: Version
    objectives: tuple[Objective, ...] = ()


# ---------------------------------------------------------------- calendar.yaml and settings.yaml


class CompareSettings(_Strict, frozen=True):
    default: Literal["none", "previous", "last_year", "last_year_weekday", "last_year_date"] = "last_year"


class CalendarFile(_Strict, frozen=True):
    version: Version
    timezone: str = "Europe/Paris"
    default_grain: Literal["day", "week", "month", "quarter", "year"] = "week"
    compare: CompareSettings = CompareSettings()


class Limits(_Strict, frozen=True):
    """What one process may take on a shared host."""

    memory: str = "512MB"
    threads: Annotated[int, msgspec.Meta(ge=1, le=64)] = 2
    temp: str = "1GB"
    seconds: Annotated[int, msgspec.Meta(ge=1)] = 30


class SettingsFile(_Strict, frozen=True):
    version: Version
    name: str | None = None  # of the retailer, shown in the header
    language: Literal["fr", "en", "auto"] = "auto"
    currency: str = "EUR"
    exports: tuple[str, ...] = ("exports",)  # folders that `omnigap load` reads when no path is given
    stock_max_days: Annotated[int, msgspec.Meta(ge=1, le=366)] = 8
    limits: Limits = Limits()
