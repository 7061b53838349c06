"""Heatmaps against plain Python: hours by weekday of every order line, cohorts by every customer's orders, members by period."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from kpi_core.engine import calendar
from kpi_core.engine.result import Status
from kpi_core.view import Filter, ViewState
from kpi_core.workbench import Workbench
from tests.oracle.facts import Facts

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def bench(sample_workspace: Path) -> Iterator[Workbench]:
    with Workbench.open(sample_workspace) as opened:
        yield opened


@pytest.mark.parametrize("text", ["2026-W43", "2026-09", "2025-11-28"])
@pytest.mark.parametrize("where", [(), (Filter("channel", ("store",)),), (Filter("store", ("Lyon Part-Dieu",), exclude=True),), (Filter("category", (None,)),)])
def test_hours(bench: Workbench, sample_rows: Facts, text: str, where: tuple[Filter, ...]) -> None:
    period = calendar.parse(text)
    lines = [row for row in sample_rows.rows("sale", period.start, period.end) if all((getattr(row, f.dim) in f.values) is not f.exclude for f in where)]
    money: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
    placed: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in lines:
        money[row.hour, row.weekday] += Fraction(row.net_amount)
        placed[row.hour, row.weekday].add(row.order_id)
    for kpi, expected in (
        ("revenue", money),
        ("orders", {key: Fraction(len(ids)) for key, ids in placed.items()}),
        ("aov", {key: money[key] / len(placed[key]) for key in money}),
    ):
        page = bench.heat(ViewState(view="trend", kpi=kpi, shape="hours", period=text, where=where))
        if not lines:
            assert page.refused is not None
            continue
        found = {
            (row.key, column.key): cell.value.number
            for row, line in zip(page.rows, page.cells, strict=True)
            for column, cell in zip(page.columns, line, strict=True)
            if cell.value.number is not None
        }
        assert found.keys() == expected.keys()
        for key, number in found.items():
            assert abs(Fraction(number or 0) - expected[key]) <= abs(expected[key]) / 10**9
        if kpi == "aov":  # of a rate the totals are its own, no sums
            assert page.total is not None and abs(Fraction(page.total.number or 0) - sum(money.values()) / len(set().union(*placed.values()))) < Fraction(
                1, 10**6
            )
            continue
        total = sum(expected.values())
        assert page.total is not None and Fraction(page.total.number or 0) == total
        assert sum(Fraction(row.total.number or 0) for row in page.rows if row.total) == total
        assert sum(Fraction(column.total.number or 0) for column in page.columns if column.total) == total


@pytest.mark.parametrize(
    ("kpi", "form"), [("retention_rate", "share"), ("new_customers", "customers"), ("customer_orders", "orders"), ("customer_sales", "sales"), ("clv", "value")]
)
@pytest.mark.parametrize(("text", "where"), [("2026-10", ()), ("2026-W30", (Filter("first_channel", ("web",)),))])
def test_cohorts(bench: Workbench, sample_rows: Facts, kpi: str, form: str, text: str, where: tuple[Filter, ...]) -> None:
    last = min(calendar.parse(text).end, sample_rows.last)
    buyers: dict[tuple[str, int], set[str]] = defaultdict(set)  # by (cohort, month)
    orders: dict[tuple[str, int], int] = defaultdict(int)
    sales: dict[tuple[str, int], Fraction] = defaultdict(Fraction)
    first: dict[str, int] = {}
    for row in sample_rows.tables["customer_orders"]:
        if row.day <= last and all(getattr(row, f.dim) in f.values for f in where):
            month = row.day.year * 12 + row.day.month
            buyers[row.cohort, month].add(row.customer)
            orders[row.cohort, month] += 1
            sales[row.cohort, month] += Fraction(row.amount)
            first[row.customer] = min(month, first.get(row.customer, month))
    page = bench.heat(ViewState(view="trend", kpi=kpi, shape="cohorts", period=text, where=where))
    assert page.refused is None and len(page.rows) > 12
    newest = last.year * 12 + last.month
    checked = 0
    for row, line in zip(page.rows, page.cells, strict=True):
        begun = int(row.key[:4]) * 12 + int(row.key[5:])
        size = len(buyers[row.key, begun])
        assert row.lead == size and all(first[customer] == begun for customer in buyers[row.key, begun])
        for column, cell in zip(page.columns, line, strict=True):
            month = begun + int(column.key)
            if month > newest:
                assert not cell.known and cell.value.number is None  # not yet: blank, never a zero
                continue
            here = row.key, month
            until = sum((sales[row.key, each] for each in range(begun, month + 1)), Fraction(0))
            expected = {
                "share": Fraction(len(buyers[here]), size),
                "customers": Fraction(len(buyers[here])),
                "orders": Fraction(orders[here]),
                "sales": sales[here],
                "value": until / size,
            }[form]
            assert cell.known and cell.value.number is not None and abs(Fraction(cell.value.number) - expected) <= Fraction(1, 10**12) * max(1, expected)
            whole = month < newest or (last.year, last.month) != ((d := date.fromordinal(last.toordinal() + 1)).year, d.month)
            assert (cell.value.status is Status.VALUE) is whole
            checked += 1
    assert checked > 100


def test_members_by_period_are_what_explore_shows(bench: Workbench, sample_rows: Facts) -> None:
    page = bench.heat(ViewState(view="trend", kpi="revenue", shape="periods", period="2026-10"))
    assert page.by is not None and page.by.id == "store"
    places = {row.key: place for place, row in enumerate(page.rows)}
    for index, column in enumerate(page.columns):
        assert column.period is not None and column.total is not None
        found: dict[str, Fraction] = defaultdict(Fraction)
        for row in sample_rows.rows("sale", column.period.start, column.period.end):
            found[row.store or ""] += Fraction(row.net_amount)
        assert Fraction(column.total.number or 0) == sum(found.values())
        assert {key: Fraction(page.cells[place][index].value.number or 0) for key, place in places.items() if page.cells[place][index].value.number} == found
    assert page.total is not None and Fraction(page.total.number or 0) == sum(Fraction(row.total.number or 0) for row in page.rows if row.total)
    shown = bench.explore(ViewState(view="explore", kpi="revenue", by="store", period="2026-08"))
    at = next(place for place, column in enumerate(page.columns) if column.key == "2026-08")
    for member in shown.rows:
        if member.key in places:
            cell = page.cells[places[member.key]][at]
            assert (cell.value.number, cell.target and cell.target.number, cell.gap) == (
                member.value.number,
                member.target and member.target.number,
                member.gap,
            )


def test_what_a_cell_opens_says_the_same_number(bench: Workbench) -> None:
    """Enter on a cell, and the records behind it."""
    hours = bench.heat(ViewState(view="trend", kpi="orders", shape="hours", period="2026-W43"))
    row, column = next((r, c) for r, line in enumerate(hours.cells) for c, cell in enumerate(line) if (cell.value.number or 0) > 3)
    cell = hours.cells[row][column]
    assert cell.state is not None and bench.explore(cell.state).total.value.number == cell.value.number
    assert bench.records(cell.state, 0, 10).total == cell.value.number
    cohorts = bench.heat(ViewState(view="trend", kpi="customer_orders", shape="cohorts", period="2026-10"))
    cell = cohorts.cells[2][3]
    assert cell.state is not None and bench.records(cell.state, 0, 10).total == cell.value.number
    sales = bench.heat(ViewState(view="trend", kpi="customer_sales", shape="cohorts", period="2026-10")).cells[2][3]
    assert sales.state is not None and bench.explore(sales.state).total.value.number == sales.value.number
