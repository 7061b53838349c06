"""What one gap is held against, and sections of parts rounded so that a reader can add them up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from kpi_core.engine.expression import DivisorIsZero, evaluate
from kpi_core.engine.result import Answer, Question, Value
from kpi_core.errors import Message, said
from kpi_core.explain import CannotExplain, Quantity, largest_remainder, pairs
from kpi_core.explain.explain import AGREES
from kpi_core.objectives import ResolvedTarget
from kpi_core.objectives.exact import decimal, exact
from kpi_core.objectives.shape import Shape
from kpi_core.pages import ExplainPart, KpiInfo, Section, SectionKind
from kpi_core.view import ViewState
from kpi_core.workbench.desk import Desk
from kpi_core.workbench.frame import Frame

Ask = Callable[[Question], Answer]
MOST = 24  # parts of one section; the smallest join in a row of their own


@dataclass(frozen=True)
class Held:
    """A KPI's value (`end`) against its target or its value over the comparison period (`start`), both exact; `base` is the latter, if known."""

    desk: Desk
    at: Frame
    ask: Ask
    info: KpiInfo
    shape: Shape | None
    against: str
    end: Fraction
    start: Fraction
    target: ResolvedTarget | None
    base: Fraction | None
    sample: int | None = None  # size of the sample behind `end`, for KPIs that say what theirs is

    @property
    def gap(self) -> Fraction:
        return self.end - self.start

    @property
    def way(self) -> int:
        """The direction of the gap: 1, -1 or 0."""
        return (self.gap > 0) - (self.gap < 0)

    @property
    def decimals(self) -> int:
        """Digits of the exact amounts that a reader sees: of a rate two more, because it is shown in percent."""
        return self.info.decimals + (2 if self.info.unit == "%" else 0)

    @property
    def to_target(self) -> bool:
        return self.against == "target"

    def rounded(self, amount: Fraction) -> Decimal:
        return largest_remainder([amount], self.decimals)[0]

    # ------------------------------------------------------------ sections

    def section(
        self, kind: SectionKind, title: str, rows: Sequence[ExplainPart], *, by: str = "", note: Message | None = None
    ) -> Section:
        """Rows (their `shown` still open) as a section: those of level 0 rounded to the gap as shown, those under one to it."""
        shown_gap = self.rounded(self.gap)
        result: list[ExplainPart] = list(rows)
        self._round([place for place, row in enumerate(rows) if row.level == 0], result, shown_gap)
        for place, row in enumerate(rows):
            children = _children(rows, place)
            if children:
                self._round(children, result, result[place].shown)
            share = row.amount / self.gap if self.gap else None
            result[place] = replace(result[place], share=share)
        opposing = sum((abs(row.amount) for row in rows if row.level == 0), Fraction(0)) > 3 * abs(self.gap)
        return Section(kind, title, by, self.start, self.end, shown_gap, tuple(result), note=note, opposing=opposing)

    def _round(self, places: Sequence[int], rows: list[ExplainPart], total: Decimal) -> None:
        for place, shown in zip(places, largest_remainder([rows[place].amount for place in places], self.decimals, total), strict=True):
            rows[place] = replace(rows[place], shown=shown)

    def none(self, kind: SectionKind, title: str, reason: Message, by: str = "") -> Section:
        """A section that says why it has no parts."""
        return Section(kind, title, by, self.start, self.end, self.rounded(self.gap), reason=reason)

    def part(
        self, kind: str, key: str, label: str, amount: Fraction, *, level: int = 0, note: Message | None = None, drill: ViewState | None = None
    ) -> ExplainPart:
        return ExplainPart(kind, key, label, amount, Decimal(0), None, level, note, drill)

    def bridge(self) -> list[ExplainPart]:
        """What the comparison period already missed or had beyond the target: with it, parts of the change since then sum to the gap."""
        if not self.to_target or self.base is None or self.base == self.start:
            return []
        assert self.at.compare is not None
        label = self.desk.fmt.t("{period} against the target", period=self.desk.fmt.period(self.at.compare, long=True))
        then = replace(self.beside(self.info.id), period=self.at.compare.text)
        return [self.part("base", "", label, self.base - self.start, note=self.moved(self.start, self.base), drill=then)]

    def noise(self, amount: Fraction) -> bool:
        """Whether an amount is no more than the last digits of doubles."""
        return abs(amount) <= AGREES * max(abs(self.start), abs(self.end), Fraction(1, 10**6))

    def rounding(self, amount: Fraction) -> list[ExplainPart]:
        """What doubles leave over, as a row of its own; none for exact measures."""
        return [self.part("rest", "", self.desk.fmt.t("Rounding"), amount)] if amount else []

    def folded(self, rows: list[ExplainPart], dim: str) -> list[ExplainPart]:
        """The members of a dimension with the smallest joined in one; parts of nothing are left out."""
        rows = [row for row in rows if row.amount] or rows
        if len(rows) <= MOST:
            return rows
        kept = set(sorted(range(len(rows)), key=lambda place: -abs(rows[place].amount))[: MOST - 1])
        small = [row for place, row in enumerate(rows) if place not in kept]
        amount = sum((row.amount for row in small), Fraction(0))
        others = self.part("others", "", self.desk.fmt.t("{count} others", count=len(small)), amount, drill=self.beside(self.info.id, dim))
        return [*(row for place, row in enumerate(rows) if place in kept), others]

    def ordered(self, rows: list[ExplainPart]) -> list[ExplainPart]:
        """What makes the gap first, what works against it last."""
        way = self.way or 1
        return sorted(rows, key=lambda row: (-row.amount * way, row.label))

    # ------------------------------------------------------------ words

    def quantity(self, number: Fraction, kind: str = "value", info: KpiInfo | None = None) -> Quantity:
        info = info or self.info
        return Quantity(decimal(number), info.unit, "change" if kind == "change" else "value", info.decimals)

    def moved(self, before: Fraction, after: Fraction, info: KpiInfo | None = None) -> Message:
        return said("{before} → {after}", before=self.quantity(before, info=info), after=self.quantity(after, info=info))

    def weight(self, before: Fraction, after: Fraction) -> Message:
        """A member's share of the denominator before and after."""
        was, now = (Quantity(decimal(share), "%", "value", 0) for share in (before, after))
        return said("weight {before} → {after}", before=was, after=now)

    # ------------------------------------------------------------ where to look

    def below(self, dim: str, member: str) -> ViewState:
        return replace(self.at.state, view="explore", kpi=self.info.id, by=None).only(dim, member or None)

    def beside(self, kpi: str, by: str | None = None) -> ViewState:
        """Another KPI, or another cut of this one, in the same scope."""
        return replace(self.at.state, view="explore", kpi=kpi, by=by, search="", at=None)


def _children(rows: Sequence[ExplainPart], place: int) -> list[int]:
    """Rows one level under the row at `place`."""
    level, found = rows[place].level, []
    for other in range(place + 1, len(rows)):
        if rows[other].level <= level:
            break
        if rows[other].level == level + 1:
            found.append(other)
    return found


def exact_value(desk: Desk, answer: Answer, kpi: str, period: int) -> Fraction | None:
    """The value as its formula gives it from exact measures; the number itself where they do not make it up. None without a value."""
    value: Value = answer.cells[None][kpi][period]
    if value.number is None:
        return None
    shown = exact(value.number)
    shape = desk.shape(kpi)
    if shape is not None:
        try:
            _, (top, bottom) = pairs(answer, kpi, shape, period)
            return top / bottom
        except CannotExplain:
            return shown
    try:
        found = evaluate(desk.catalogue.expression(kpi), value.measures)
    except (DivisorIsZero, KeyError):
        return shown
    return found if found is not None and abs(found - shown) <= AGREES * max(abs(shown), Fraction(1)) else shown
