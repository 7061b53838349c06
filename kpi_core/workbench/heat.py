"""The Trend view as a heatmap: which shapes a KPI has, and the page of the one asked; members by period are made here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from kpi_core.engine import expression
from kpi_core.engine.result import Answer, Period, Question, Status, Value
from kpi_core.errors import Message, said
from kpi_core.objectives import SplitTargets, gap
from kpi_core.objectives.exact import decimal
from kpi_core.pages import DimensionChoice
from kpi_core.pages.heat import HeatCell, HeatColumn, HeatPage, HeatRow, ShapeChoice
from kpi_core.view import ViewState
from kpi_core.workbench import heat_cohorts, heat_hours
from kpi_core.workbench.desk import Desk
from kpi_core.workbench.explore import dimension_choices, fixed
from kpi_core.workbench.frame import Frame, frame, header
from kpi_core.workbench.guests import too_few
from kpi_core.workbench.trend import window

MOST_ROWS = 200
FIRST = ("store", "channel")  # by which members are shown when nothing else is asked


def page(desk: Desk, state: ViewState) -> HeatPage:
    """The KPI of the state (default: the first one) in the shape of the state. A shape that it does not have comes with the reason.

    Raises UsageError for names that do not exist.
    """
    kpi = state.kpi or desk.catalogue.groups[0].kpis[0]
    state = replace(state, kpi=kpi, view="trend")
    at = frame(desk, state)
    shapes = choices(desk, state)
    refused = next((choice.refused for choice in shapes if choice.id == state.shape), said("there is no such shape"))
    empty = HeatPage(header(desk, at, {}), desk.info(kpi), state.shape, shapes, "", refused=refused)
    if refused is not None:
        return empty
    if state.shape == "hours":
        return heat_hours.page(desk, at, kpi, empty)
    if state.shape == "cohorts":
        return heat_cohorts.page(desk, at, kpi, empty)
    return _periods(desk, at, kpi, empty)


def choices(desk: Desk, state: ViewState) -> tuple[ShapeChoice, ...]:
    """The shapes in the order of `H`, each with the reason where the KPI of the state does not have it."""
    kpi = state.kpi or desk.catalogue.groups[0].kpis[0]
    return (
        ShapeChoice(""),
        ShapeChoice("periods", _cut(desk, kpi, state)[1]),
        ShapeChoice("hours", heat_hours.refused(desk, kpi)),
        ShapeChoice("cohorts", heat_cohorts.refused(desk, kpi, state.where)),
    )


def _cut(desk: Desk, kpi: str, state: ViewState) -> tuple[str, Message | None]:
    """The dimension of the rows, or why there is none."""
    if state.by:
        return state.by, desk.catalogue.refused(kpi, state.by)
    known = [choice.id for choice in dimension_choices(desk, kpi, state) if choice.refused is None and choice.id not in fixed(state)]
    first = next((dim for dim in (*FIRST, *known) if dim in known), "")
    return first, None if first else said("{kpi} is known as a whole only", kpi=desk.info(kpi).name)


# ---------------------------------------------------------------- members by period


def _periods(desk: Desk, at: Frame, kpi: str, empty: HeatPage) -> HeatPage:
    """Members by the periods of Trend, each cell against its own target."""
    by = _cut(desk, kpi, at.state)[0]
    points = window(at.period, at.watermark)
    answer = desk.engine.ask(Question((kpi,), points, by, at.state.where))
    points, answer = _known(answer, kpi, points)
    whole = answer.cells[None][kpi]
    listed = _largest(desk, answer, kpi, by)
    members = listed[:MOST_ROWS]
    targets = [desk.split(kpi, at.state.where, by, point, members) for point in points]
    grey = [too_few(desk, replace(at, period=point), kpi, by) for point in points]
    floors = _floors(desk, at, by, points, targets)
    sums = adds_up_over_time(desk, kpi)
    rows, cells = [], []
    for member in members:
        values = tuple(
            replace(value, enough=value.enough and member not in few) for value, few in zip(answer.cells[member][kpi], grey, strict=True)
        )
        total = Value(_sum(values), Status.VALUE) if sums else None
        rows.append(HeatRow(member, desk.label(by, member), total))
        line = []
        for place, (point, value) in enumerate(zip(points, values, strict=True)):
            target = targets[place].members.get(member)
            floor = floors[target.floor_kpi, member][place] if target is not None and target.floor_kpi and (target.floor_kpi, member) in floors else None
            state = replace(at.state.only(by, member or None), view="explore", by=None, shape="", period=point.text)
            line.append(HeatCell(value, target, gap(value, target, empty.kpi, floor), state))
        cells.append(tuple(line))
    columns = tuple(HeatColumn(point.text, desk.fmt.tick(point), desk.fmt.period(point), point, value) for point, value in zip(points, whole, strict=True))
    settled = fixed(at.state)
    return replace(
        empty,
        title=desk.dim_title(by),
        rows=tuple(rows),
        columns=columns,
        cells=tuple(cells),
        total=Value(_sum(whole), Status.VALUE) if sums else None,
        by=DimensionChoice(by, desk.dim_title(by)),
        choices=tuple(choice for choice in dimension_choices(desk, kpi, at.state) if choice.id not in settled),
        hidden=answer.hidden + len(listed) - len(members),
        notes=(said("members may share things: they do not add up to the total"),) if kpi in answer.overlap else (),
    )


def adds_up_over_time(desk: Desk, kpi: str) -> bool:
    """True when the periods of the KPI sum to what lies over all of them: an amount, no rate, level or distinct count."""
    catalogue = desk.catalogue
    specs = [catalogue.measures[ref.name].spec for ref in catalogue.refs(kpi) if not ref.time]
    plain = all(spec.additive != "none" and spec.over_time == "sum" and spec.also_in is None and spec.cells == "any" for spec in specs)
    return plain and len(specs) == len(catalogue.refs(kpi)) and expression.is_linear(catalogue.expression(kpi))


def _known(answer: Answer, kpi: str, points: tuple[Period, ...]) -> tuple[tuple[Period, ...], Answer]:
    """Without the periods before the first with data."""
    whole = answer.cells[None][kpi]
    start = next((place for place, value in enumerate(whole) if value.number is not None), len(points) - 1)
    cells = {member: {kpi: values[kpi][start:]} for member, values in answer.cells.items()}
    return points[start:], replace(answer, cells=cells)


def _largest(desk: Desk, answer: Answer, kpi: str, by: str) -> list[str]:
    """Members with a number anywhere, the largest of the newest period first; rows without a value last."""

    def place(member: str) -> tuple[bool, int, float, str]:
        values = answer.cells[member][kpi]
        newest = next((index for index, value in enumerate(reversed(values)) if value.number is not None), len(values))
        number = 0.0 if newest == len(values) else -float(values[-1 - newest].number or 0)
        return (not member, newest, number, desk.label(by, member))

    known = [member for member in answer.cells if member is not None and any(value.number is not None for value in answer.cells[member][kpi])]
    return sorted(known, key=place)


def _floors(
    desk: Desk, at: Frame, by: str, points: Sequence[Period], targets: Sequence[SplitTargets]
) -> Mapping[tuple[str, str], tuple[Value, ...]]:
    """By (KPI, member), values of the KPIs below which no member is green, where they can be cut so."""
    kpis = {target.floor_kpi for split in targets for target in split.members.values() if target.floor_kpi}
    asked = tuple(sorted(kpi for kpi in kpis if desk.catalogue.refused(kpi, by) is None))
    if not asked:
        return {}
    answer = desk.engine.ask(Question(asked, tuple(points), by, at.state.where))
    return {(kpi, member): values[kpi] for member, values in answer.cells.items() if member is not None for kpi in asked}


def _sum(values: Sequence[Value]) -> Decimal | None:
    """The exact sum of the numbers that are there; None without any."""
    known = [value.number for value in values if value.number is not None]
    return decimal(sum((Fraction(number) for number in known), Fraction(0))) if known else None

