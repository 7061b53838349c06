"""Hours of the day by weekday, over the period shown. Orders whose hour nobody knows are a row of their own, never dropped."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from kpi_core.engine.older import lacking
from kpi_core.engine.plan import effective
from kpi_core.engine.result import NO_DATA, Period, Question, Status, Value
from kpi_core.engine.table import TableQuestion
from kpi_core.errors import Message, said
from kpi_core.pages.heat import HeatCell, HeatColumn, HeatPage, HeatRow
from kpi_core.workbench.desk import Desk
from kpi_core.workbench.frame import Frame

HOUR, DAY = "hour", "weekday"


def refused(desk: Desk, kpi: str) -> Message | None:
    """Why the KPI is not known by the hour; None when it is."""
    for dim in (HOUR, DAY):
        if dim not in desk.catalogue.dimensions:
            return said("{file} has no dimension {dim}", file="kpis.yaml", dim=dim)
        why = desk.catalogue.refused(kpi, dim) or lacking(desk.engine, kpi, dim)
        if why is not None:
            return why
    return None


def page(desk: Desk, at: Frame, kpi: str, empty: HeatPage) -> HeatPage:
    """The cells in one statement, the totals of rows and columns in one each: those of a rate are no sums."""
    period = effective(Question((kpi,), (at.period,)), 0, desk.engine.watermark([kpi]))
    if period is None:
        return replace(empty, refused=said("nothing is loaded of this period"))
    where = at.state.where
    hours, days = (desk.engine.ask(Question((kpi,), (at.period,), dim, where)).cells for dim in (HOUR, DAY))
    known = sorted(member for member in hours if member)
    if not known:
        missing = any(member == "" for member in hours)
        return replace(empty, refused=said("no order of this period says at what hour it was placed") if missing else said("nothing is loaded of this period"))
    values = _values(desk, at, kpi, period)
    listed = [f"{hour:02d}" for hour in range(int(known[0]), int(known[-1]) + 1)] + [""] * ("" in hours)
    weekdays = _weekdays(period)
    cells = []
    for hour in listed:
        line = []
        for day in weekdays:
            state = replace(at.state.only(HOUR, hour or None).only(DAY, day), view="explore", by=None, shape="")
            line.append(HeatCell(values.get((hour, day), NO_DATA), state=state))
        cells.append(tuple(line))
    return replace(
        empty,
        title=desk.dim_title(HOUR),
        rows=tuple(HeatRow(hour, f"{hour}:00" if hour else desk.label(HOUR, None), hours[hour][kpi][0] if hour in hours else NO_DATA) for hour in listed),
        columns=tuple(_column(desk, day, weekdays[day], days.get(day, {}).get(kpi, (NO_DATA,))[0]) for day in weekdays),
        cells=tuple(cells),
        total=hours[None][kpi][0],
    )


def _weekdays(period: Period) -> dict[str, int]:
    """Weekdays of the period (1 is Monday), from the first day of the calendar's week on, with how many there are of each."""
    first = period.calendar.week_start
    counts = {str((first + step) % 7 + 1): 0 for step in range(7)}
    whole, rest = divmod(period.days, 7)
    for step in range(7):
        counts[str((period.start + timedelta(days=step)).isoweekday())] = whole + (step < rest)
    return {day: count for day, count in counts.items() if count}


def _column(desk: Desk, day: str, count: int, total: Value) -> HeatColumn:
    name = desk.label(DAY, day)
    return HeatColumn(day, name[:3], desk.fmt.t("{day} ({count} days)", day=name, count=count) if count > 1 else name, None, total)


def _values(desk: Desk, at: Frame, kpi: str, period: Period) -> dict[tuple[str, str], Value]:
    """By (hour, weekday). A cell whose sample is too small is grey, as everywhere."""
    least = desk.catalogue.kpi(kpi).min_n
    question = TableQuestion(tuple(dict.fromkeys((kpi, *least))), (HOUR, DAY), range=(period.start, period.end), filters=at.state.where)
    found = {}
    for row in desk.engine.table(question).rows:
        number, *counts = row.numbers
        hour, day = (str(key) if key is not None else "" for key in row.keys)
        enough = all((count or 0) >= bound for count, bound in zip(counts, least.values(), strict=True))
        size = next((int(count) for count in counts if count is not None), None)
        if number is not None:
            found[(hour, day)] = Value(number, Status.VALUE, n=size, enough=enough)
    return found
