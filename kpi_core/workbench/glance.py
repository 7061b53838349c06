"""One screen for a store manager: what is missed, since when, why, and what to do."""

from __future__ import annotations

from dataclasses import replace

from kpi_core.pages import GapStatus, GlancePage, GlanceRow, Header, KpiRow
from kpi_core.view import ViewState
from kpi_core.workbench import overview
from kpi_core.workbench.cause import cause_of
from kpi_core.workbench.desk import Desk
from kpi_core.workbench.frame import frame
from kpi_core.workbench.projection import projection
from kpi_core.workbench.streak import streaks

EXPLAINED = 8  # causes are looked for as far as a screen holds rows


def page(desk: Desk, state: ViewState) -> GlancePage:
    """Missed KPIs, the furthest from its target first."""
    shown = overview.page(desk, replace(state, view="overview"))
    at = frame(desk, replace(state, view="overview"))
    rows = list({row.kpi.id: row for _, group in shown.groups for row in group}.values())
    missed = sorted((row for row in rows if row.gap.status is GapStatus.MISSED), key=_distance, reverse=True)
    near = tuple(row for row in rows if row.gap.status is GapStatus.NEAR)
    since = streaks(desk, at, state.where, None, [(row.kpi.id, None) for row in missed])
    result = []
    for place, row in enumerate(missed):
        streak = since[(row.kpi.id, None)]
        action = next((action for action in desk.objectives.actions_for(row.kpi.id) if action.open and action.bears_on(state.where)), None)
        result.append(
            GlanceRow(
                row=row,
                since=streak.periods,
                since_start=streak.start,
                at_least=streak.at_least,
                cause=cause_of(desk, at, row.kpi.id, row.target) if place < EXPLAINED else None,
                action=action.name.in_(desk.lang) if action else "",
                owner=(action.owner if action else "") or row.owner,
                due=action.due if action else "",
                projection=projection(desk, at, row.kpi.id) if place < EXPLAINED and _open(shown.header) else None,
            )
        )
    return GlancePage(shown.header, tuple(result), near)


def _open(header: Header) -> bool:
    """Is over a quarter of the period to come? Later there is little left to say of its end."""
    return header.partial is not None and header.partial[0] * 4 < header.partial[1] * 3


def _distance(row: KpiRow) -> float:
    """How far off, as a share of the target."""
    if row.gap.amount is None or row.target is None or not row.target.number:
        return 0.0
    return abs(float(row.gap.amount) / float(row.target.number))
