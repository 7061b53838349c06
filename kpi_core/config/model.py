"""The frozen types of the YAML a user writes. One type is the reader, the validator and the schema of its file."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

Version = Literal[1]
Numeric = int | float


class Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Unknown keys are errors; values are frozen."""


class Text(Strict, frozen=True):
    """A text in both languages."""

    en: str
    fr: str | None = None

    def in_(self, lang: str) -> str:
        return self.fr if lang == "fr" and self.fr else self.en

    def __str__(self) -> str:
        return self.en


# ---------------------------------------------------------------- kpis.yaml


class Dimension(Strict, frozen=True):
    name: Text
    none: Text | None = None  # how rows without a value are called: 'no store'
    values: dict[str, Text] = {}  # names of values that are codes: web -> Web shop
    top: Annotated[int, msgspec.Meta(ge=1, le=500)] | None = None  # of very many members only that many are listed, the largest first
    fine: bool = False  # asked by name only: no rollup and no prepared cells hold it, and no cause is sought in it


Key = str | tuple[str, ...]  # one column, or several that are a key only together


class Lookup(Strict, frozen=True):
    """A table that says more about a row: at most one row per `key`, joined where a name of it is used; no match is null, its own row.

    Its names are written `lookup.name`: those of `dims` may be cut by, those of `values` stand in formulas only. `columns` says which
    column is behind a name that is called otherwise; `lookups` go further from here (`sale.item.brand`).
    """

    table: str
    key: Key
    dims: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    columns: dict[str, str] = {}
    lookups: dict[str, Key] = {}


class FactPart(Strict, frozen=True):
    """One table of a fact that stands in several: what the fact's `columns` are called there, and what is the same for all its rows.

    A column is a name of the part (its own or `lookup.name`) or arithmetic over such names; `set` writes a constant. `where` keeps rows.
    """

    table: str
    columns: dict[str, str]
    set: dict[str, str | int | float | bool] = {}
    lookups: dict[str, Key] = {}
    where: str | None = None


class Fact(Strict, frozen=True):
    """A star table, the dimensions its measures may be cut by, and the exports that feed it.

    `grain` is what tells its rows apart, `date` the business date, `date_grain` how fine that is (a fact known by month: its first day).
    Either one `table`, or a `union` of several whose columns are called differently; a column that a part lacks is null there.
    `lookups` names the lookups that a row has, each with the own column that holds its key. A fact that is itself what others look
    up (`same_as_lookup`) answers to the lookup's names with its own columns.
    """

    dims: tuple[str, ...] = ()
    fed_by: Text = Text(en="")  # without: its table
    table: str = ""
    grain: tuple[str, ...] = ()
    date_grain: Literal["day", "week", "month", "quarter", "year"] = "day"
    union: tuple[FactPart, ...] = ()
    lookups: dict[str, Key] = {}
    same_as_lookup: str | None = None
    date: str = "day"
    counted_per: str | None = None  # of levels: the dimension whose members report each for itself; one without a row at the end of a period is stale
    covered_by: str | None = None  # fact of the same exports whose days say how far this one reaches: a day without returns is loaded


class Across(Strict, frozen=True):
    """Another fact that answers the same measure for dimensions its own fact lacks; its parts may overlap."""

    fact: str
    agg: str
    dims: tuple[str, ...]


OverTime = Literal["sum", "first", "last", "mean_of_days", "to_date"]


class Additive(Strict, frozen=True):
    """`additive: {over_time: last}`: adds up over members, but not over days. The same as `over_time: last`."""

    over_time: OverTime


class CarryForward(Strict, frozen=True):
    """A level reported now and then: each key (`per`) keeps its last one for `max_days`, then it is stale and no longer counted."""

    per: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    max_days: Annotated[int, msgspec.Meta(ge=0, le=3660)]


class Measure(Strict, frozen=True):
    """An aggregate over one fact. `over_time` says how its days join into a period:

    `sum` adds them up (sales); `first` and `last` are the first and last known day of the period and `mean_of_days` the mean of its known
    days (a stock); `to_date` adds up every day from the first loaded one to the end of the period (all customers known by then).
    All add up over members. `carry_forward` goes with `last` and `mean_of_days`. `where` removes rows first: a cell without rows is no data.
    `date` is another date of the fact, as of the payment. `missing` says what a reader is told where there is no value, `name` what it is called.
    """

    fact: str
    agg: str
    where: str | None = None
    date: str | None = None
    additive: Literal["all", "none"] | Additive = "all"
    over_time: OverTime = "sum"
    carry_forward: CarryForward | None = None
    cells: Literal["any", "exact"] = "any"
    also_in: Literal["next", "previous"] | None = None
    null_key: str | None = None
    across: Across | None = None
    missing: Text | None = None
    name: Text | None = None

    def __post_init__(self) -> None:
        """One spelling inside: `additive: {over_time: x}` is `over_time: x`. Two that differ are left, for the catalogue to refuse."""
        if isinstance(self.additive, Additive) and self.over_time in ("sum", self.additive.over_time):
            msgspec.structs.force_setattr(self, "over_time", self.additive.over_time)
            msgspec.structs.force_setattr(self, "additive", "all")


class Conversion(Strict, frozen=True):
    """How many rows of `base` led to a row of `event` of the same `entity`: each event counts once, on the latest base row not later.

    Within `window` (`7 days`) the base row is dated after the event's date less the window; columns of `held` are equal too. On one
    date the lowest grain key wins. Counted on the date and dimensions of the base row. `rate` is conversions / base rows.
    """

    base: str
    event: str
    entity: str
    calc: Literal["count", "rate"] = "rate"
    held: tuple[str, ...] = ()
    window: str | None = None


class Benchmark(Strict, frozen=True):
    text: Text
    source: str
    range: tuple[Numeric, Numeric] | None = None


class Kpi(Strict, frozen=True):
    """Arithmetic over measures, with everything a reader must know to trust it."""

    expr: str
    name: Text = Text(en="")  # without: its id
    unit: Literal["currency", "%", "pts", "days", "s", "x", "count", "ratio", "score"] = "count"
    good: Literal["up", "down", "none"] = "none"
    short: Text | None = None
    decimals: Annotated[int, msgspec.Meta(ge=0, le=6)] | None = None
    scope: dict[str, tuple[str, ...]] = {}
    dims: tuple[str, ...] | None = None
    total_over: tuple[str, ...] | None = None  # cuts that `total(...)` undoes; None: any cut
    min_n: dict[str, int] = {}
    interval: Literal["wilson", "nps", "none"] = "none"  # the formula counts answers, carts … of a sample: how far chance alone moves it
    benchmark: Benchmark | None = None
    drivers: tuple[str, ...] = ()
    cohorts: Literal["none", "share", "customers", "orders", "sales", "value"] = "none"  # what its table of cohorts holds
    variants: dict[str, str] = {}  # basis of `bases` -> the KPI that this one then is
    min_coverage: Annotated[float, msgspec.Meta(gt=0, le=1)] | None = None  # share of rows with a customer (null_key) under which it is not judged
    lower_bound: bool = False  # people whom nothing joins count as several: the value may only be too small
    help: Text | None = None


class Basis(Strict, frozen=True):
    """Another way of counting, such as returns by sale date; KPIs say what they are under it in `variants`."""

    name: Text
    short: Text | None = None  # for the header of a narrow screen
    when: Literal["several_currencies"] | None = None  # offered only then


class Group(Strict, frozen=True):
    id: str
    name: Text
    kpis: tuple[str, ...]


class KpiFile(Strict, frozen=True):
    """kpis.yaml. Without `dimensions`, every dimension of a fact is one, called by its id."""

    version: Version
    facts: dict[str, Fact]
    measures: dict[str, Measure]
    dimensions: dict[str, Dimension] = {}
    drill: tuple[str, ...] = ()
    bases: dict[str, Basis] = {}
    groups: tuple[Group, ...] = ()
    kpis: dict[str, Kpi] = {}
    lookups: dict[str, Lookup] = {}
    conversions: dict[str, Conversion] = {}

    def __post_init__(self) -> None:
        """What has no name is called by its id, so that nobody else has to think of it."""
        kpis = {name: kpi if kpi.name.en else msgspec.structs.replace(kpi, name=titled(name)) for name, kpi in self.kpis.items()}
        facts = {name: fact if fact.fed_by.en else msgspec.structs.replace(fact, fed_by=Text(en=fact.table or name)) for name, fact in self.facts.items()}
        msgspec.structs.force_setattr(self, "kpis", kpis)
        msgspec.structs.force_setattr(self, "facts", facts)


def titled(name: str) -> Text:
    """An id as a name for people: `avg_value` is `Avg value`."""
    return Text(en=name.replace("_", " ").replace(".", " ").capitalize())


# ---------------------------------------------------------------- objectives.yaml


class Action(Strict, frozen=True):
    """What is done about a gap: for which KPIs, and where if not everywhere; which `cause` it answers; dates as 2026-11-30."""

    id: str
    name: Text
    kpis: tuple[str, ...] = ()
    where: dict[str, tuple[str, ...]] = {}
    cause: Text | None = None
    owner: str | None = None
    start: str | None = None
    due: str | None = None
    status: Literal["planned", "running", "done", "dropped"] = "planned"
    note: Text | None = None


class Phase(Strict, frozen=True):
    """How an amount lies over the days of its range. `curve` divides it first, then `like`, then `weekday`; what none divides is spread evenly.

    `like` is a year, or `last_year` for the year before each day; `by` says how finely its shape is taken, and days of `shift_events`
    are held against the same event of that year. `weekday` weighs the seven days, `curve` gives shares that sum to 1.
    """

    like: int | Literal["last_year"] | None = None
    by: Literal["iso_week", "month", "day"] | None = None
    shift_events: tuple[str, ...] = ()
    weekday: dict[str, Numeric | str] | None = None
    curve: dict[str, Numeric | str] | None = None


class Imported(Strict, frozen=True):
    """The table a target was imported from: its file and line, and the lines of the parts by dimension and member."""

    file: str
    line: int
    split: dict[str, dict[str, int]] = {}


class TargetSpec(Strict, frozen=True):
    """One target: a `value` (holds for any period), a `total` over `range`, or `values` per period; optionally split over members.

    A part of a split is an amount, a share of what it divides (`40%`), or amounts per period.
    """

    kpi: str
    value: Numeric | None = None
    annualise: bool = False  # `value` is for a year; a shorter period is asked its share of the days
    total: Numeric | None = None
    range: str | int | None = None
    values: dict[str, Numeric] | None = None
    phase: Phase | None = None
    split: dict[str, dict[str, Numeric | str | dict[str, Numeric]]] = {}
    # {store: {channel: store}}: the split by store divides the target of that channel, not the whole; members of several channels are
    # listed under theirs, {store: {channel: {store: [Lyon], popup: [Annecy]}}}. It also says where a `where` lies: then a filter on
    # that channel changes nothing.
    within: dict[str, dict[str, str | dict[str, tuple[str, ...]]]] = {}
    where: dict[str, tuple[str, ...]] = {}
    amber: str | Numeric | None = None
    red: str | Numeric | None = None
    floor_kpi: str | None = None
    owner: str | None = None
    imported: Imported | None = None


class Objective(Strict, frozen=True):
    id: str
    name: Text
    targets: tuple[TargetSpec, ...]
    range: str | int | None = None
    owner: str | None = None
    actions: tuple[Action, ...] = ()


class ObjectivesFile(Strict, frozen=True):
    version: Version
    objectives: tuple[Objective, ...] = ()


# ---------------------------------------------------------------- calendar.yaml and settings.yaml


Grain = Literal[
    "day", "week", "month", "quarter", "year", "fiscal_quarter", "fiscal_year", "retail_week", "retail_period", "retail_quarter", "retail_year"
]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class CompareSettings(Strict, frozen=True):
    default: Literal["none", "previous", "last_year", "last_year_weekday", "last_year_date", "last_year_events"] = "last_year"


class FiscalYearSettings(Strict, frozen=True):
    """Twelve months from `start` (month-day); FY2026 is the year that ends, or starts, in 2026."""

    start: str
    named_by: Literal["end", "start"] = "end"


class YearEnds(Strict, frozen=True):
    """The weekday `nearest` to a day (`01-31`, or `02` for the end of February), or the `last` one up to it."""

    weekday: Weekday
    nearest: str | None = None
    last: str | None = None


class RetailYearSettings(Strict, frozen=True):
    """52 or 53 whole weeks; `week_53` says what a year is compared with after a week 53: 52 weeks back, or the same number."""

    pattern: Literal["4-4-5", "4-5-4", "5-4-4"]
    year_ends: YearEnds
    named_by: Literal["end", "start"] = "start"
    week_53: Literal["shift_one_week", "same_number"] = "shift_one_week"


class EventSettings(Strict, frozen=True):
    """An event of one's own, or changes to one that ships: `dates` by year (a day, or `a..b`) win over its rule, widened by days around."""

    name: Text | None = None
    dates: dict[str, str] = {}
    days_before: Annotated[int, msgspec.Meta(ge=0, le=60)] = 0
    days_after: Annotated[int, msgspec.Meta(ge=0, le=60)] = 0


class CalendarFile(Strict, frozen=True):
    version: Version
    timezone: str = "Europe/Paris"
    default_grain: Grain = "week"
    week_start: Weekday = "monday"
    country: Literal["FR", "none"] = "FR"  # whose sales seasons and public holidays
    fiscal_year: FiscalYearSettings | None = None
    retail_year: RetailYearSettings | None = None
    events: dict[str, EventSettings | bool] = {}
    compare: CompareSettings = CompareSettings()
