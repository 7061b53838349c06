"""Since when a target is missed: periods in a row up to the one shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from kpi_core.engine import calendar
from kpi_core.engine.result import Answer, Period, Question
from kpi_core.objectives import ResolvedTarget, gap
from kpi_core.pages import GapStatus
from kpi_core.view import Filter
from kpi_core.workbench.desk import Desk
from kpi_core.workbench.frame import Frame

LOOK_BACK = 12


@dataclass(frozen=True)
class Streak:
    """`periods` missed in a row, the one shown included; `start` is the first day of the oldest; `at_least`: the look back ended within it."""

    periods: int
    start: date
    at_least: bool


Cell = tuple[str, str | None]  # KPI and member


def streaks(desk: Desk, at: Frame, where: tuple[Filter, ...], by: str | None, cells: Iterable[Cell]) -> Mapping[Cell, Streak]:
    """For each (KPI, member of `by`; None: the whole) that misses its target now. One statement for all of them."""
    wanted = list(cells)
    if not wanted:
        return {}
    periods = tuple(reversed(calendar.trailing(at.period, LOOK_BACK)))
    kpis = tuple(dict.fromkeys(kpi for kpi, _ in wanted))
    growth = any(ref.context for kpi in kpis for ref in desk.catalogue.refs(kpi))
    answer = desk.engine.ask(_question(kpis, periods, by, where, at.state.compare if growth else "none"))
    return {(kpi, member): _streak(desk, answer, where, by, kpi, member, periods) for kpi, member in wanted}


def _question(kpis: tuple[str, ...], periods: tuple[Period, ...], by: str | None, where: tuple[Filter, ...], compare: str) -> Question:
    """Every period, beside its own comparison where growth rates need it."""
    others = [calendar.compared(period, compare) for period in periods]
    known = tuple(other for other in others if other is not None)
    pairs: tuple[int | None, ...] = (*(len(periods) + place if known else None for place in range(len(periods))), *(None for _ in known))
    return Question(kpis, (*periods, *known), by, where, None, pairs)


def _streak(desk: Desk, answer: Answer, where: tuple[Filter, ...], by: str | None, kpi: str, member: str | None, periods: tuple[Period, ...]) -> Streak:
    info, since = desk.info(kpi), 1
    values = answer.cells[member][kpi] if member in answer.cells else ()
    while since < min(len(periods), len(values)):
        period = periods[since]
        target = _target(desk, kpi, where, by, member, period)
        if gap(values[since], target, info).status is not GapStatus.MISSED:
            break
        since += 1
    return Streak(since, periods[since - 1].start, since == len(periods))


def _target(desk: Desk, kpi: str, where: tuple[Filter, ...], by: str | None, member: str | None, period: Period) -> ResolvedTarget | None:
    if by is None or member is None:
        return desk.target(kpi, where, period)
    return desk.split(kpi, where, by, period, (member,)).members.get(member)
