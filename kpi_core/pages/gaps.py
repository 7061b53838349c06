"""The Gaps view: every missed target over all levels, what is done about it, and what people noted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kpi_core.engine.result import Number, Value
from kpi_core.errors import Message
from kpi_core.pages.core import Cause, Gap, GapStatus, Header, KpiInfo, Target
from kpi_core.pages.notes import NoteLine
from kpi_core.view import Filter, ViewState


@dataclass(frozen=True)
class Effect:
    """A KPI in the `days` before an action's start and the same number of days from it on, and in the same two windows a year (364 days) before.

    The windows show what happened, not what the action caused. `reason` says why there is nothing to show yet; then the values have none.
    """

    start: date
    days: int
    before: Value
    after: Value
    before_last_year: Value
    after_last_year: Value
    scope: str = ""  # where the action takes place, when that is narrower than what the page shows
    reason: Message | None = None


@dataclass(frozen=True)
class ActionLine:
    """An action of objectives.yaml that bears on a KPI and scope. Dates that were not written are None; `file`:`line` is where it stands."""

    id: str
    name: str
    objective: str
    kpis: tuple[str, ...]  # ids
    owner: str
    start: date | None
    due: date | None
    status: str  # planned, running, done, dropped
    file: str
    line: int
    where: tuple[Filter, ...] = ()
    scope: str = ""  # `where` in words
    cause: str = ""
    note: str = ""
    effect: Effect | None = None

    @property
    def open(self) -> bool:
        """Still to be done or under way."""
        return self.status in ("planned", "running")

    def overdue(self, today: date) -> bool:
        """Open after its due date."""
        return self.open and self.due is not None and self.due < today


@dataclass(frozen=True)
class GapRow:
    """One target that is missed or near.

    `contribution` is the exact part of `whole_gap`, the gap of the KPI over all that the page shows, in the KPI's unit. Where the whole is
    better than its target, a part of it may still be missed and pull the other way. `rank` orders rows of different KPIs, whose units cannot
    be added: the share of the target missed × the share of the whole that this member is.
    """

    key: str
    kpi: KpiInfo
    objective: str
    level: str  # in words: Total, Channel, Store …
    scope: str  # the member in words; '' for the whole
    value: Value
    target: Target
    gap: Gap
    contribution: Number | None
    whole_gap: Number | None
    rank: float
    state: ViewState  # what Enter opens
    since: int = 0  # periods missed in a row, this one included; 0 for a target that is near
    since_start: date | None = None
    at_least: bool = False  # the look back ended within the streak
    cause: Cause | None = None
    explained: bool = False  # whether a cause was looked for
    owner: str = ""
    action: ActionLine | None = None  # the first open one, without its effect
    actions: int = 0  # how many bear on it, open or not
    notes: int = 0

    @property
    def share(self) -> float | None:
        """The part as a share of the whole gap; None where there is none."""
        if self.contribution is None or not self.whole_gap:
            return None
        return float(self.contribution) / float(self.whole_gap)


@dataclass(frozen=True)
class GapsPage:
    """Missed and near targets, worst first. `counts`: how all targets that were looked at stand; `written`: is there any target at all?"""

    header: Header
    rows: tuple[GapRow, ...]
    counts: tuple[tuple[GapStatus, int], ...]
    written: bool
    problems: tuple[Message, ...] = ()  # lines of the notes file that could not be read

    def count(self, *statuses: GapStatus) -> int:
        """How many targets stand so."""
        return sum(number for status, number in self.counts if status in statuses)

    @property
    def judged(self) -> int:
        return self.count(GapStatus.MET, GapStatus.NEAR, GapStatus.MISSED)


@dataclass(frozen=True)
class GapDetail:
    """What is known of one KPI under one scope: first cause, actions with their effect, notes, newest first."""

    kpi: KpiInfo
    state: ViewState
    cause: Cause | None
    actions: tuple[ActionLine, ...]
    notes: tuple[NoteLine, ...]


@dataclass(frozen=True)
class ActionsPage:
    """The actions of objectives.yaml, open ones first, each with its effect on the first of its KPIs that can be measured."""

    header: Header
    rows: tuple[tuple[ActionLine, KpiInfo | None], ...]  # the KPI that the effect speaks of
