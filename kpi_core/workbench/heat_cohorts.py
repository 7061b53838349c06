"""Customers by the month of their first order and by the months since: who bought again, how often, for how much.

A month that is not over yet is marked, one that has not begun is blank: nothing is known of it, which is not a zero. A loaded month in
which nobody of a cohort bought is a true zero.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from kpi_core.engine import calendar, cohorts
from kpi_core.engine.cohorts import Bought, Month, after, apart
from kpi_core.engine.result import Number, Status, Value
from kpi_core.errors import Message, said
from kpi_core.objectives.exact import decimal
from kpi_core.pages import KpiInfo
from kpi_core.pages.heat import HeatCell, HeatColumn, HeatPage, HeatRow
from kpi_core.view import Filter
from kpi_core.workbench.desk import Desk
from kpi_core.workbench.frame import Frame

MOST = 24  # cohorts: two years
NOTHING = Bought(0, 0, Decimal(0))
FORMS: Mapping[str, tuple[str, int]] = {
    "share": ("%", 1),
    "customers": ("count", 0),
    "orders": ("count", 0),
    "sales": ("currency", 0),
    "value": ("currency", 2),
}
ABOUT: Mapping[str, Message] = {
    "share": said("share of the customers who bought in the month"),
    "customers": said("customers who bought in the month"),
    "orders": said("orders in the month"),
    "sales": said("sales in the month"),
    "value": said("sales so far per customer"),
}


def refused(desk: Desk, kpi: str, where: Sequence[Filter]) -> Message | None:
    """Why the KPI has no cohorts; None when it has."""
    if desk.catalogue.kpi(kpi).cohorts == "none":
        return said("{kpi} does not speak of what customers do after their first order", kpi=desk.info(kpi).name)
    return cohorts.refused(desk.engine, where)


def page(desk: Desk, at: Frame, kpi: str, empty: HeatPage) -> HeatPage:
    """Cohorts of the last two years, the oldest first, up to the end of the period shown. One statement."""
    figure = desk.catalogue.kpi(kpi).cohorts
    coverage = desk.engine.coverage(cohorts.FACT)
    assert coverage.last is not None and coverage.first is not None  # `refused` has looked
    last = min(at.period.end, coverage.last)
    newest = (last.year, last.month)
    found = cohorts.bought(desk.engine, after(newest, 1 - MOST), last, at.state.where)
    listed = sorted({cohort for cohort, _ in found})
    if not listed:
        return replace(empty, refused=said("no customer is known to have ordered by then"))
    info = _info(desk, empty.kpi, figure)
    # the share of month 0 is always everybody
    ages = range(1 if figure == "share" else 0, apart(listed[0], newest) + 1)
    least = max(desk.catalogue.kpi(kpi).min_n.values(), default=0)
    shows = _shows(desk)
    rows, cells = [], []
    for cohort in listed:
        size = found[cohort, 0].customers
        rows.append(HeatRow(f"{cohort[0]:04d}-{cohort[1]:02d}", _name(desk, cohort), None, size))
        line = []
        for age in ages:
            month = after(cohort, age)
            if month > newest:
                line.append(HeatCell(known=False))
                continue
            bought = found.get((cohort, age), NOTHING)
            so_far = sum((found.get((cohort, step), NOTHING).sales for step in range(age + 1)), Decimal(0))
            number = _figure(figure, bought, so_far, size)
            status = Status.VALUE if last >= _end(month) else Status.PARTIAL
            reason = said("loaded up to {day} only", day=last) if status is Status.PARTIAL else None
            more = said("{customers} of {size} customers, {orders} orders", customers=bought.customers, size=size, orders=bought.orders)
            within = at.state.only(cohorts.DIM, rows[-1].key)
            state = replace(within, view="explore", kpi=shows, by=None, shape="", period=f"{month[0]:04d}-{month[1]:02d}")
            line.append(HeatCell(Value(number, status, reason, size, size >= least), state=state if shows else None, more=more))
        cells.append(tuple(line))
    first = (coverage.first.year, coverage.first.month)
    notes = [note for note in (ABOUT[figure], _early(desk, listed, first)) if note is not None]
    return replace(
        empty,
        kpi=info,
        title=desk.dim_title(cohorts.DIM),
        rows=tuple(rows),
        columns=tuple(HeatColumn(str(age), f"+{age}", desk.fmt.t("month +{age}", age=age), None, None, scaled=age > 0 or figure == "value") for age in ages),
        cells=tuple(cells),
        lead=desk.fmt.t("Size"),
        notes=tuple(notes),
    )


def _info(desk: Desk, info: KpiInfo, figure: str) -> KpiInfo:
    unit, decimals = FORMS[figure]
    return replace(info, unit=desk.bundle.settings.currency if unit == "currency" else unit, decimals=decimals)


def _figure(figure: str, bought: Bought, so_far: Decimal, size: int) -> Number:
    """The number of a cell; `size` is never 0, for a cohort is made of its customers."""
    if figure == "share":
        return decimal(Fraction(bought.customers, size))
    if figure == "value":
        return decimal(Fraction(so_far) / size)
    found: Mapping[str, Number] = {"customers": bought.customers, "orders": bought.orders, "sales": bought.sales}
    return found[figure]


def _end(month: Month) -> date:
    return date(*month, monthrange(*month)[1])


def _name(desk: Desk, month: Month) -> str:
    return desk.fmt.tick(calendar.unit(date(*month, 1), "month"))


def _early(desk: Desk, listed: Sequence[Month], first: Month) -> Message | None:
    """In the first loaded months everybody is new."""
    if listed[0] != first:
        return None
    return said("the data begin in {month}: its customers may have ordered before", month=_name(desk, first))


def _shows(desk: Desk) -> str | None:
    """A KPI that is the plain sum of what these customers bought: what Enter opens, and whose records are those of the cell."""
    for kpi in desk.catalogue.kpis:
        specs = [desk.catalogue.measures[ref.name].spec for ref in desk.catalogue.refs(kpi)]
        if len(specs) == 1 and specs[0].fact == cohorts.FACT and specs[0].over_time == "sum":
            return kpi
    return None
