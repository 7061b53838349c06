"""Customers by the month of their first order, and what they bought in each month after it.

A customer belongs to one cohort for ever, so the cohorts of a month part the customers of that month. Age 0 is the month of the first
order: all of the cohort bought then. Months are those of the civil calendar.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from kpi_core.engine import older
from kpi_core.engine.predicate import identifier
from kpi_core.engine.run import Engine
from kpi_core.engine.write import condition, day
from kpi_core.errors import Message, said
from kpi_core.view import Filter

FACT = "customer_orders"
DIM = "cohort"

Month = tuple[int, int]  # year, month


def after(month: Month, months: int) -> Month:
    """The month so many months later (earlier if negative)."""
    count = month[0] * 12 + month[1] - 1 + months
    return count // 12, count % 12 + 1


def apart(first: Month, last: Month) -> int:
    """Months from one to the other."""
    return (last[0] - first[0]) * 12 + last[1] - first[1]


@dataclass(frozen=True)
class Bought:
    """What the customers of a cohort did in one month: how many of them bought, in how many orders, for how much (reporting currency, ex VAT)."""

    customers: int
    orders: int
    sales: Decimal


def refused(engine: Engine, where: Sequence[Filter]) -> Message | None:
    """Why there is no table of cohorts under these filters; None when there is."""
    spec = engine.catalogue.file.facts.get(FACT)
    if spec is None or DIM not in spec.dims:
        return said("{file} does not say which month a customer is of", file="kpis.yaml")
    if spec.table not in engine.tables or engine.coverage(FACT).last is None:
        return said("needs {export}, which is not loaded", export=spec.fed_by)
    for item in where:
        if item.dim not in engine.catalogue.fact_dims(FACT):
            return said("customers of all times are not known by {dim}", dim=engine.catalogue.dimension(item.dim).name)
    measure = next((name for name, found in engine.catalogue.file.measures.items() if found.fact == FACT), None)
    return older.lacking(engine, measure, DIM) if measure else None


def bought(engine: Engine, first: Month, last: date, where: Sequence[Filter]) -> Mapping[tuple[Month, int], Bought]:
    """By (cohort, age in months) what is loaded up to the day `last`, for cohorts from `first` on. One statement; nothing bought is no entry."""
    parameters: list[object] = []
    tests = [f"f.day <= {day(last)}", f"f.cohort >= '{first[0]:04d}-{first[1]:02d}'", *condition(where, "f.", parameters)]
    spent = "(extract(year from f.day) - cast(substr(f.cohort, 1, 4) as integer)) * 12 + extract(month from f.day) - cast(substr(f.cohort, 6, 2) as integer)"
    table = identifier(engine.catalogue.file.facts[FACT].table)
    sql = (
        f"select f.cohort as cohort, {spent} as age, count(distinct f.customer_key), count(*), sum(f.net_amount)\n"
        f"from {table} as f\nwhere {' and '.join(tests)}\ngroup by f.cohort, {spent}\norder by cohort nulls last, age nulls last"
    )
    found = {}
    for cohort, age, customers, orders, sales in engine.rows(sql, parameters):
        month = (int(cohort[:4]), int(cohort[5:]))
        found[(month, int(age))] = Bought(int(customers), int(orders), Decimal(sales or 0))
    return found
