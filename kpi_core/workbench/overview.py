"""The scorecard: every KPI that can be asked here, against its target and its comparison, with its recent course."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from kpi_core.engine.calendar import kind
from kpi_core.engine.result import Answer, Number, Value
from kpi_core.errors import said
from kpi_core.objectives import ResolvedTarget, delta, gap
from kpi_core.objectives.exact import decimal
from kpi_core.pages import GapStatus, KpiRow, OverviewPage
from kpi_core.view import ViewState
from kpi_core.workbench.desk import Desk
from kpi_core.workbench.frame import SPARK_POINTS, Frame, first_point, frame, header, question
from kpi_core.workbench.guests import judged

_SPARK_LABELS = {
    "day": said("{count} DAYS"),
    "week": said("{count} WEEKS"),
    "month": said("{count} MONTHS"),
    "quarter": said("{count} QUARTERS"),
    "year": said("{count} YEARS"),
    "range": said("{count} PERIODS"),
}


def page(desk: Desk, state: ViewState) -> OverviewPage:
    """All groups of kpis.yaml, in its order. One statement."""
    at = frame(desk, state)
    kpis = tuple(dict.fromkeys(kpi for group in desk.catalogue.groups for kpi in group.kpis))
    answer = desk.engine.ask(question(kpis, at, points=SPARK_POINTS))
    rows = {kpi: row(desk, at, answer, kpi) for kpi in kpis}
    groups = tuple((group.name.in_(desk.lang), tuple(rows[kpi] for kpi in group.kpis)) for group in desk.catalogue.groups)
    label = _SPARK_LABELS.get(kind(at.period.grain), _SPARK_LABELS["range"])
    return OverviewPage(header(desk, at, count(rows.values())), groups, desk.fmt.t(label.template, count=SPARK_POINTS))


def row(desk: Desk, at: Frame, answer: Answer, kpi: str) -> KpiRow:
    """One KPI of an answer over its whole (no cut)."""
    answer = judged(desk, at, answer, kpi)
    values = answer.cells[None][kpi]
    info = desk.info(kpi)
    target = desk.target(kpi, at.state.where, at.period)
    if target is not None and target.floor_kpi and target.floor_kpi in answer.cells[None]:
        verdict = gap(values[0], target, info, answer.cells[None][target.floor_kpi][0])
    else:
        verdict = gap(values[0], target, info)
    points = [values[0], *values[first_point(at) :]]
    steady = target is not None and _steady(desk, kpi)
    judged_by_target = verdict.status in (GapStatus.MET, GapStatus.NEAR, GapStatus.MISSED)
    return KpiRow(
        kpi=info,
        value=values[0],
        target=target,
        gap=verdict,
        delta=delta(values[0], values[1], info) if at.compare is not None else None,
        spark=tuple(value.number for value in reversed(points)),
        spark_target=target.number if target is not None and steady else None,
        spark_limit=_limit(target) if target is not None and steady and judged_by_target else None,
        owner=desk.objectives.owner(kpi),
    )


def _limit(target: ResolvedTarget) -> Number:
    """The number beyond which a value misses the target."""
    return target.number if target.near is None else decimal(target.near)


def _steady(desk: Desk, kpi: str) -> bool:
    """A rate's target is the same for every point; an amount's changes from period to period."""
    return desk.shape(kpi) is None or not desk.shape(kpi).additive  # type: ignore[union-attr]


def count(rows: Iterable[KpiRow]) -> dict[GapStatus, int]:
    """How many KPIs stand how."""
    return dict(Counter(item.gap.status for item in rows))


def whole(answer: Answer) -> Mapping[str, tuple[Value, ...]]:
    return answer.cells[None]
