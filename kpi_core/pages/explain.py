"""What the explanation of one gap shows: sections of parts that add up to it exactly, warnings, and the first cause."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from kpi_core.engine.result import Period
from kpi_core.errors import Message
from kpi_core.pages.core import Cause, DimensionChoice, Header, KpiInfo
from kpi_core.view import ViewState


class SectionKind(StrEnum):
    CONTRIBUTION = "contribution"  # members of one dimension
    RATE_MIX = "rate_mix"  # a ratio: members' own rates, and their weights
    DRIVERS = "drivers"  # factors of a product, as a tree
    PRICE_VOLUME_MIX = "price_volume_mix"  # sales or margin, article by article
    COMBINATIONS = "combinations"  # members of several dimensions at once


@dataclass(frozen=True)
class ExplainPart:
    """One part of the gap. `amount` is exact, in the unit of the KPI; `shown` is what a reader sees and adds up.

    `kind`: member, overlap, unallocated, others (members too small to list), driver, effect, found, rest, base (what the comparison missed
    already). `level` 0 parts sum to the gap; those under one, with a higher level, sum to it. `share` is of the section's gap.
    `note` says how the part came about ('2.4 → 1.7'). `drill` is where it can be looked into.
    """

    kind: str
    key: str
    label: str
    amount: Fraction
    shown: Decimal
    share: Fraction | None = None
    level: int = 0
    note: Message | None = None
    drill: ViewState | None = None


@dataclass(frozen=True)
class Section:
    """One way to part the gap, from `start` (what was expected) to `end`; all exact, `shown_*` as a reader sees them.

    `reason`: why there are no parts. `note`: what to know of the method. `by`: the dimension it cuts by, '' for none.
    Building one whose parts do not sum to its gap, exactly and as shown, raises ArithmeticError.
    """

    kind: SectionKind
    title: str
    by: str = ""
    start: Fraction = Fraction(0)
    end: Fraction = Fraction(0)
    shown_gap: Decimal = Decimal(0)
    parts: tuple[ExplainPart, ...] = ()
    reason: Message | None = None
    note: Message | None = None
    opposing: bool = False  # large parts cancel out

    def __post_init__(self) -> None:
        if self.reason is not None and not self.parts:
            return
        top = [part for part in self.parts if part.level == 0]
        if sum((part.amount for part in top), Fraction(0)) != self.gap or sum((part.shown for part in top), Decimal(0)) != self.shown_gap:
            raise ArithmeticError(f"{self.kind}: the parts do not sum to the gap")

    @property
    def gap(self) -> Fraction:
        return self.end - self.start


class WarningKind(StrEnum):
    SIMPSON = "simpson"  # the total moves one way, its members' own rates the other
    OPPOSING = "opposing"  # large parts cancel out
    OVERLAP = "overlap"  # one thing may lie in several members
    PARTIAL = "partial"  # the data stop before the end of the period
    LATE = "late"  # a store or channel is behind the others
    FEW = "few"  # the sample is too small to judge
    NOISE = "noise"  # the gap is no larger than what a sample of this size swings by
    AGAINST = "against"  # held against something else than asked


@dataclass(frozen=True)
class ExplainWarning:
    kind: WarningKind
    message: Message


@dataclass(frozen=True)
class ExplainPage:
    """Why the KPI of the state stands where it stands.

    `against`: target or compare. `actual` and `expected` (the target, or the value over `base`) as shown; both None when nothing can be explained,
    and then `reason` says why. `choices`: dimensions the KPI may be cut by. Parts of every section sum to `gap`, which is exact.
    """

    header: Header
    kpi: KpiInfo
    against: str
    actual: Decimal | None
    expected: Decimal | None
    gap: Fraction | None
    shown_gap: Decimal | None
    base: Period | None
    sections: tuple[Section, ...]
    warnings: tuple[ExplainWarning, ...]
    cause: Cause | None
    ratio: Decimal | None = None  # of the gap to what was expected, for KPIs that change in percent
    good: bool | None = None  # whether the gap is good news; None: neither
    choices: tuple[DimensionChoice, ...] = ()
    other: str = ""  # what the gap could be held against instead: target, compare, or ''
    reason: Message | None = None
