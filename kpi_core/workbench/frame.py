"""From a state to dates: the period asked, what it is compared with, the points of its trend, and the header that says so."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from kpi_core.engine import calendar
from kpi_core.engine.plan import effective
from kpi_core.engine.result import Period, Question
from kpi_core.engine.stale import stale
from kpi_core.pages import Freshness, GapStatus, Header
from kpi_core.view import ViewState
from kpi_core.workbench.basis import offered, short_title, title
from kpi_core.workbench.desk import Desk
from kpi_core.workbench.scope import names_of

SPARK_POINTS = 12
OF_ONE_KPI = ("explore", "trend")  # views whose periods reach as far as the data of their KPI
TREND_POINTS = {"day": 56, "week": 53, "month": 25, "quarter": 9, "year": 5, "period": 25, "range": 12}


@dataclass(frozen=True)
class Frame:
    """`period` as asked and `compare` likewise; the engine clamps both to what each KPI's data reach."""

    state: ViewState
    period: Period
    compare: Period | None
    watermark: date | None


def frame(desk: Desk, state: ViewState) -> Frame:
    """Resolve the period and comparison of a state. Raises UsageError for texts that are none."""
    kpis = (state.kpi,) if state.kpi and state.view in OF_ONE_KPI else ()
    watermark = desk.engine.watermark(kpis) or desk.engine.watermark()
    period = calendar.parse(state.period, watermark, desk.calendar)
    return Frame(state, period, calendar.compared(period, state.compare), watermark)


def question(kpis: Iterable[str], at: Frame, *, by: str | None = None, points: int = 1, where: ViewState | None = None) -> Question:
    """Period 0 as asked; then its comparison if any; then the `points` − 1 periods before it, newest first."""
    periods = [at.period]
    if at.compare is not None:
        periods.append(at.compare)
    periods += list(reversed(calendar.trailing(at.period, points)[:-1]))
    state = where or at.state
    return Question(tuple(kpis), tuple(periods), by, state.where, 1 if at.compare is not None else None)


def first_point(at: Frame) -> int:
    """Index of the newest earlier period in the questions of `question`."""
    return 2 if at.compare is not None else 1


def header(desk: Desk, at: Frame, counts: dict[GapStatus, int]) -> Header:
    """What the numbers of a page stand on. Periods shown are those that were read: clamped like for like."""
    main = Question((), (at.period, *([at.compare] if at.compare else [])), compare_index=1 if at.compare else None)
    part = effective(main, 0, at.watermark)
    other = effective(main, 1, at.watermark) if at.compare else None
    partial = (part.days, at.period.days) if part is not None and part.days < at.period.days else None
    crumbs = []
    state = replace(at.state, where=desk.scope.beyond(at.state.where))
    for step in state.where:
        values = ", ".join(desk.label(step.dim, value) for value in step.values)
        crumbs.append((desk.dim_title(step.dim), desk.fmt.t("not {values}", values=values) if step.exclude else values))
    shown = other or at.compare
    note = calendar.comparison_note(at.period, at.state.compare)
    return Header(
        state=state,
        crumbs=tuple(crumbs),
        period=at.period,
        period_label=desk.fmt.period(at.period, long=True),
        partial=partial,
        compare=shown,
        compare_label=desk.fmt.period(shown, long=True) if shown else "",
        freshness=freshness(desk, at),
        counts=tuple(counts.items()),
        workspace=desk.title,
        basis=tuple(title(desk, name) for name in at.state.basis),
        basis_short=tuple(short_title(desk, name) for name in at.state.basis),
        bases=offered(desk, at.state.kpi if at.state.view in OF_ONE_KPI else None),
        scope=desk.scope.filters,
        scope_text=names_of(desk.scope, desk),
        compare_note=desk.fmt.t(note) if note else "",
    )


def freshness(desk: Desk, at: Frame) -> Freshness:
    """How far the data reach, and which sources are older than expected."""
    return replace(_behind(desk, at), overdue=desk.overdue, other_version=desk.reader.other_version())


def _behind(desk: Desk, at: Frame) -> Freshness:
    """Late are stores and channels whose sales stop before the end of the period shown, though they sold in its comparison or before."""
    kpi = at.state.kpi if at.state.view in OF_ONE_KPI else None
    if kpi is not None and (old := stale_at(desk, at, kpi)):
        return Freshness(at.watermark, desk.loaded_at, stale=old)
    fact = desk.catalogue.facts(desk.catalogue.groups[0].kpis[0])[0] if desk.catalogue.groups else ""
    if not fact:
        return Freshness(at.watermark, desk.loaded_at)
    end = min(at.period.end, at.watermark) if at.watermark else at.period.end
    late = tuple((member, last) for member, last in desk.engine.coverage(fact).late if at.period.start <= last < end or _just_before(last, at))
    return Freshness(at.watermark, desk.loaded_at, late)


def stale_at(desk: Desk, at: Frame, kpi: str) -> tuple[tuple[str, date], ...]:
    """Places without a level at the end of the period, each with its last day; none for a KPI without levels."""
    found = stale(desk.engine, kpi, at.period, at.state.where)
    return () if found is None else tuple((desk.label(found.dim, member), last) for member, last in found.members)


def _just_before(last: date, at: Frame) -> bool:
    """Stopped within the period before the one shown: still expected, unlike a store that closed long ago."""
    return calendar.step(at.period, -1).start <= last < at.period.start
