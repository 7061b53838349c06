"""One screen for a store manager: what is missed, since when, why, and what to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from kpi_core.engine import calendar
from kpi_core.engine.result import Question
from kpi_core.objectives import gap
from kpi_core.pages import GapStatus, GlancePage, GlanceRow, KpiRow
from kpi_core.view import ViewState
from kpi_core.workbench import overview
from kpi_core.workbench.cause import cause_of
from kpi_core.workbench.desk import Desk
from kpi_core.workbench.frame import Frame, frame

LOOK_BACK = 12
EXPLAINED = 8  # causes are looked for as far as a screen holds rows


def page(desk: Desk, state: ViewState) -> GlancePage:
    """Missed KPIs, the furthest from its target first."""
    shown = overview.page(desk, replace(state, view="overview"))
    at = frame(desk, replace(state, view="overview"))
    rows = list({row.kpi.id: row for _, group in shown.groups for row in group}.values())
    missed = sorted((row for row in rows if row.gap.status is GapStatus.MISSED), key=_distance, reverse=True)
    near = tuple(row for row in rows if row.gap.status is GapStatus.NEAR)
    streaks = _streaks(desk, at, [row.kpi.id for row in missed])
    result = []
    for place, row in enumerate(missed):
        since, start, edge = streaks[row.kpi.id]
        action = next((action for action in desk.objectives.actions_for(row.kpi.id) if action.status in ("planned", "running")), None)
        result.append(
            GlanceRow(
                row=row,
                since=since,
                since_start=start,
                at_least=edge,
                cause=cause_of(desk, at, row.kpi.id, row.target) if place < EXPLAINED else None,
                action=action.name.in_(desk.lang) if action else "",
                owner=(action.owner if action else "") or row.owner,
                due=action.due if action else "",
            )
        )
    return GlancePage(shown.header, tuple(result), near)


def _distance(row: KpiRow) -> float:
    """How far off, as a share of the target."""
    if row.gap.amount is None or row.target is None or not row.target.number:
        return 0.0
    return abs(float(row.gap.amount) / float(row.target.number))


def _streaks(desk: Desk, at: Frame, kpis: list[str]) -> dict[str, tuple[int, date, bool]]:
    """For each KPI: periods missed in a row up to the one shown, the first day of the oldest, and whether the look back ended there."""
    if not kpis:
        return {}
    periods = tuple(reversed(calendar.trailing(at.period, LOOK_BACK)))
    answer = desk.engine.ask(Question(tuple(kpis), periods, None, at.state.where))
    result: dict[str, tuple[int, date, bool]] = {}
    for kpi in kpis:
        info, since = desk.info(kpi), 0
        for index, period in enumerate(periods):
            verdict = gap(answer.cells[None][kpi][index], desk.target(kpi, at.state.where, period), info)
            if verdict.status is not GapStatus.MISSED and index > 0:
                break
            since += 1
        result[kpi] = (since, periods[since - 1].start, since == len(periods))
    return result
