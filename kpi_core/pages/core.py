"""What each view shows, as values: the workbench fills these, `render` turns them into cells, the app and the CLI draw them.

Numbers here are raw. A page answers one `ViewState`, which it carries, so that a stale page can be told from a fresh one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from kpi_core.engine.result import Number, Period, Value
from kpi_core.errors import Message
from kpi_core.pages.account import UnusedFile
from kpi_core.pages.claims import ClaimsPage
from kpi_core.pages.customers import CustomersPage
from kpi_core.pages.notes import NoteLine
from kpi_core.view import Filter, ViewState

if TYPE_CHECKING:
    from kpi_core.pages.forecast import Projection


class GapStatus(StrEnum):
    """How a value stands against its target. `NONE`: no target; `NO_DATA`: no value; `FEW`: too little data to judge.

    `NOISE`: missed or met, but by less than a sample of this size can tell.
    """

    MET = "met"
    NEAR = "near"
    MISSED = "missed"
    NONE = "none"
    NO_DATA = "no_data"
    FEW = "few"
    NOISE = "noise"


@dataclass(frozen=True)
class Target:
    """The objective's number for a cell. `bound` is how it reads: '≥' good is up, '≤' good is down. `file`:`line` is where it is written."""

    number: Number
    bound: str
    objective: str
    file: str
    line: int | None
    note: Message | None = None  # e.g. spread evenly over the days of 2026
    edge: Number | None = None  # the last value that still counts as near; None without a tolerance


@dataclass(frozen=True)
class Gap:
    """Actual against target. `amount` = actual − target; `ratio` = amount ÷ target for KPIs that change in percent, else None.

    `arrow` is 1 above, -1 below, 0 equal; `status` says whether that is good.
    """

    amount: Number | None
    ratio: Number | None
    arrow: int
    status: GapStatus


@dataclass(frozen=True)
class Delta:
    """Actual against the comparison period. `reason` is set when there is no base (never infinite)."""

    base: Value
    amount: Number | None
    ratio: Number | None
    good: bool | None  # None: neither direction is good, or no change
    reason: Message | None = None
    noise: bool = False  # a change of a sample that chance alone may have made


@dataclass(frozen=True)
class KpiInfo:
    """What a reader needs to know of a KPI to show it; texts are already in the reader's language."""

    id: str
    name: str
    unit: str  # a currency code, '%', 'pts', 'days', 'x', 'count', 'ratio'
    good: str  # up | down | none
    decimals: int
    group: str
    formula: str
    short: str = ""  # a name for narrow columns; '' when the name is short enough


@dataclass(frozen=True)
class Overdue:
    """A source or channel that is older than settings.yaml or its export format expects: more than `days` before `as_of`, the last day loaded.

    `last` is None where nothing of it is loaded at all. `profile` is the export format, '' for a dataset or channel.
    """

    name: str
    last: date | None
    days: int
    as_of: date
    profile: str = ""


@dataclass(frozen=True)
class Freshness:
    """How far the data reach. `late` are sources or stores behind the others, `stale` those whose level is too old, with their last day.

    `overdue` are those that are expected to be fresher, whatever the period shown. `other_version` says what to do about numbers that
    another version of omnigap built.
    """

    last_day: date | None
    loaded_at: datetime | None
    late: tuple[tuple[str, date], ...] = ()
    stale: tuple[tuple[str, date], ...] = ()
    overdue: tuple[Overdue, ...] = ()
    other_version: Message | None = None


@dataclass(frozen=True)
class Header:
    """The same in every view: nothing that shapes the numbers is hidden."""

    state: ViewState
    crumbs: tuple[tuple[str, str], ...]  # (dimension title, value title)
    period: Period
    period_label: str
    partial: tuple[int, int] | None  # (days covered, days of the period) when the data stop before its end
    compare: Period | None
    compare_label: str
    freshness: Freshness
    counts: tuple[tuple[GapStatus, int], ...]
    workspace: str
    basis: tuple[str, ...] = ()  # names of the ways of counting that are switched on
    basis_short: tuple[str, ...] = ()  # the same for a narrow screen
    bases: tuple[str, ...] = ()  # ids of those that can be: `B` goes through them
    scope: tuple[Filter, ...] = ()  # stores and channels that whoever asks is limited to: no filter of theirs, and never hidden
    scope_text: str = ""  # the same in words
    compare_note: str = ""  # what the dates alone do not say: week 53, weekdays, an event on other days


@dataclass(frozen=True)
class KpiRow:
    kpi: KpiInfo
    value: Value
    target: Target | None
    gap: Gap
    delta: Delta | None
    spark: tuple[Number | None, ...]  # oldest first; the last is the period shown
    spark_target: Number | None = None
    spark_limit: Number | None = None  # what a point of `spark` beyond it misses: the target with its tolerance; None where nothing is judged
    owner: str = ""


@dataclass(frozen=True)
class Cause:
    """The first cause of a gap or change, as one sentence with its values, and the state that shows it."""

    message: Message
    state: ViewState | None = None


@dataclass(frozen=True)
class OverviewPage:
    header: Header
    groups: tuple[tuple[str, tuple[KpiRow, ...]], ...]  # (group title, rows)
    spark_label: str  # e.g. '12 WEEKS'


class RowKind(StrEnum):
    MEMBER = "member"
    TOTAL = "total"
    OVERLAP = "overlap"  # total − sum of members, when a thing may lie in several members
    UNALLOCATED = "unallocated"  # target of the total not given to any member


@dataclass(frozen=True)
class MemberRow:
    """`contribution`: this member's exact part of `ExplorePage.contribution_of`; parts, overlap included, sum to it."""

    kind: RowKind
    key: str | None  # filter value; None for rows that cannot be drilled
    label: str
    value: Value
    target: Target | None
    gap: Gap
    delta: Delta | None
    contribution: Number | None


@dataclass(frozen=True)
class DimensionChoice:
    """A dimension the KPI may be cut by, or (with `refused`) why not."""

    id: str
    title: str
    refused: Message | None = None


@dataclass(frozen=True)
class TrendPoint:
    period: Period
    value: Value
    target: Number | None
    compare: Number | None
    partial: bool = False
    status: GapStatus = GapStatus.NONE


@dataclass(frozen=True)
class ExplorePage:
    header: Header
    kpi: KpiInfo
    by: DimensionChoice | None  # None: nothing left to cut by, records are next
    choices: tuple[DimensionChoice, ...]
    rows: tuple[MemberRow, ...]  # members, then overlap and unallocated rows where needed; not the total
    total: MemberRow
    contribution_of: str  # 'target' | 'compare' | 'total': what the contributions add up to
    hidden: int  # members left out by a limit; never silent
    trend: tuple[TrendPoint, ...]
    cause: Cause | None
    projection: Projection | None = None  # of a period in progress
    note: Message | None = None  # what the KPI cannot see: orders without customer
    notes: tuple[NoteLine, ...] = ()  # on this KPI here or further inside, newest first
    fed_by: tuple[str, ...] = ()  # the exports that its numbers come from, in words


@dataclass(frozen=True)
class RecordsPage:
    """Rows behind a number, a page of them; the last two cells of a row are the export file and its line."""

    header: Header
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    offset: int
    total: int


@dataclass(frozen=True)
class DefinitionCard:
    """Everything behind a KPI: label and text pairs in reading order, then the SQL that ran and its result."""

    kpi: KpiInfo
    lines: tuple[tuple[str, str], ...]
    sql: str


@dataclass(frozen=True)
class SourceDetail:
    """One thing to know of a loaded file.

    `kind`: rejected (a line of the file), check (that did not hold), drift (a changed header), dropped (rows left out), limit, late (an
    older last day than expected), owned (rows that another source tells as well, and that it counts for).
    """

    kind: str
    message: Message


@dataclass(frozen=True)
class SourceRow:
    """One loaded file, or one input that is missing (`file` empty). `profile` is the id of its kind, `title` that kind in words."""

    load_id: int | None
    file: str
    profile: str
    title: str
    first_day: date | None
    last_day: date | None
    loaded_at: datetime | None
    rows_read: int
    rows_used: int
    rows_dropped: int
    rows_rejected: int
    details: tuple[SourceDetail, ...] = ()

    @property
    def notes(self) -> tuple[Message, ...]:
        return tuple(detail.message for detail in self.details)


@dataclass(frozen=True)
class DataPage:
    """Sources, what was left out and why, and what each missing export would bring."""

    header: Header
    sources: tuple[SourceRow, ...]
    excluded: tuple[tuple[str, str, int, Number], ...]  # (dataset, reason, rows, amount): raw = kept + excluded
    missing: tuple[tuple[str, tuple[str, ...]], ...]  # (export that would help, KPI names it would bring)
    currency: str = ""  # of the amounts left out
    ledger: tuple[tuple[str, int, int, Number | None], ...] = ()  # (dataset, rows loaded, rows kept, amount kept): loaded = kept + left out
    undated: tuple[tuple[str, str, int | None], ...] = ()  # rows that lie in no period: (dataset, file, line)
    unrated: tuple[Message, ...] = ()  # amounts without an exchange rate, a line per currency
    customers: CustomersPage | None = None  # who is who across channels
    refused: tuple[UnusedFile, ...] = ()  # files that the last load did not use
    refused_at: datetime | None = None
    claims: ClaimsPage | None = None  # what platforms claim over the period of the state
    owned: tuple[Message, ...] = ()  # rows of loaded files that another source tells as well, and that it counts for


def rows_of(page: OverviewPage) -> Sequence[KpiRow]:
    """All KPI rows of an overview, in screen order."""
    return [row for _, rows in page.groups for row in rows]


@dataclass(frozen=True)
class GlanceRow:
    """One missed KPI and what to do about it.

    `since` counts the periods in a row that missed their target, this one included; `since_start` is the first day of the oldest
    of them, and `at_least` says that the streak reaches the edge of what was looked at. `action`, `owner` and `due` come from
    objectives.yaml; an empty action means that none is written down.
    """

    row: KpiRow
    since: int
    since_start: date | None = None
    at_least: bool = False
    cause: Cause | None = None
    action: str = ""
    owner: str = ""
    due: str = ""
    projection: Projection | None = None


@dataclass(frozen=True)
class GlancePage:
    """One screen for a store manager: missed KPIs, worst first, then names of those near their target; the header counts the rest."""

    header: Header
    rows: tuple[GlanceRow, ...]
    near: tuple[KpiRow, ...] = ()
