"""What must hold of every KPI whatever the data: moving everything by whole years of weeks, a period against itself, parts and their whole."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from kpi_core.engine import calendar
from kpi_core.engine.expression import Ref
from kpi_core.engine.result import Answer, Period, Question, Status, Value
from kpi_core.engine.run import Engine
from kpi_core.view import Filter, ViewState
from kpi_core.workbench import Workbench
from tests.engine.tiny import DETAIL, SCHEMA, tiny

YEAR_OF_WEEKS = 364
FIRST, LAST = date(2026, 10, 19), date(2026, 11, 1)


def dated_columns() -> dict[str, list[str]]:
    """Columns of days and moments by table, as the schema of the tiny star writes them."""
    found = {}
    for table, body in re.findall(r"create table (\w+) \((.*?)\);", SCHEMA, re.DOTALL):
        found[table] = [name for name, kind in re.findall(r"(\w+) (date|timestamp)\b", body)]
    return {**found, "returns_by_sale": ["day", "returned_on"]}


@cache
def moved(years: int) -> Engine:
    """The tiny star with every date of every table so many times 52 weeks later."""
    columns = dated_columns()
    days = years * YEAR_OF_WEEKS
    more = ";".join(
        f"update {table} set {', '.join(f'{name} = {name} + to_days({days})' for name in columns[table])}" for table in DETAIL if columns.get(table)
    )
    return tiny(more=more)


def ask(engine: Engine, period: Period, compare: str, by: str | None, where: tuple[Filter, ...] = ()) -> Answer:
    other = calendar.compared(period, compare)
    kpis = tuple(kpi for kpi in engine.catalogue.kpis if by is None or engine.catalogue.refused(kpi, by) is None)
    return engine.ask(Question(kpis, (period, *([other] if other else [])), by, where, 1 if other else None))


def plain(answer: Answer) -> dict[tuple[str | None, str], list[tuple[object, ...]]]:
    return {
        (member, kpi): [(value.number, value.status, value.n, value.enough, dict(value.measures)) for value in values]
        for member, row in answer.cells.items()
        for kpi, values in row.items()
    }


@settings(max_examples=4, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(
    start=st.dates(FIRST, LAST),
    length=st.integers(1, 14),
    years=st.sampled_from((1, -1, 3)),
    compare=st.sampled_from(("none", "previous", "last_year_weekday")),
    by=st.sampled_from((None, "channel", "store", "category", "source")),
)
def test_everything_fifty_two_weeks_later_is_the_same(start: date, length: int, years: int, compare: str, by: str | None) -> None:
    """All data and the question move by 364 days: no KPI changes, in no cut, against no comparison of weekdays."""
    end = start + timedelta(days=length - 1)
    asked = calendar.parse(f"{start}..{end}")
    shift = timedelta(days=years * YEAR_OF_WEEKS)
    later = calendar.parse(f"{start + shift}..{end + shift}")
    here, there = plain(ask(moved(0), asked, compare, by)), plain(ask(moved(years), later, compare, by))
    assert here == there


@pytest.mark.parametrize("by", [None, "channel", "store", "category", "product", "device"])
def test_a_period_against_itself_is_no_change(by: str | None) -> None:
    engine = moved(0)
    week = calendar.parse("2026-W44")
    kpis = tuple(kpi for kpi in engine.catalogue.kpis if by is None or engine.catalogue.refused(kpi, by) is None)
    answer = engine.ask(Question(kpis, (week, week), by, (), 1))
    growing = [kpi for kpi in kpis if any(ref.context == "compare" for ref in engine.catalogue.refs(kpi))]
    assert by or "sales_growth" in growing
    for member, row in answer.cells.items():
        for kpi, (now, then) in row.items():
            if kpi in growing:
                assert now.number in (0, None), (kpi, member)
            else:
                assert now == then, (kpi, member)


@pytest.fixture(scope="module")
def bench(sample_workspace: Path) -> Iterator[Workbench]:
    with Workbench.open(sample_workspace) as opened:
        yield opened


@pytest.mark.slow
def test_a_page_against_itself_has_no_gap_anywhere(bench: Workbench) -> None:
    """Every part of every KPI's change is zero when both periods are the same days."""
    desk = bench.desk
    period = calendar.parse("2026-10", desk.engine.watermark())
    kpis = tuple(desk.catalogue.kpis)
    answer = desk.engine.ask(Question(kpis, (period, period), None, (), 1))
    for kpi, (now, then) in answer.cells[None].items():
        if not any(ref.context == "compare" for ref in desk.catalogue.refs(kpi)):
            assert now.number == then.number, kpi


def summed(bench: Workbench, kpi: str, dim: str) -> list[Ref]:
    """Measures behind a KPI whose parts by `dim` add up to the whole."""
    catalogue = bench.desk.catalogue
    if catalogue.overlaps(kpi, dim):
        return []
    found = []
    for ref in catalogue.refs(kpi):
        spec = catalogue.measures[ref.name].spec
        if spec.additive == "all" and spec.cells == "any" and not ref.context and not ref.time:
            found.append(ref)
    return found


def exact(value: Value, key: str) -> Fraction:
    number = value.measures.get(key)
    return Fraction(0) if number is None else Fraction(number)


@pytest.mark.fault(26)
@pytest.mark.slow
@pytest.mark.parametrize("live", [False, True], ids=["prepared", "live"])
@pytest.mark.parametrize("text", ["2026-10", "2026-W43"])
def test_children_and_overlap_make_the_parent_for_every_kpi_and_dimension(bench: Workbench, text: str, live: bool) -> None:
    """Of the sample: measures of the parts sum to those of the whole; where things lie in several parts, the page has an overlap row that makes it up."""
    desk, checked, overlapping = bench.desk, 0, set()
    period = calendar.parse(text, desk.engine.watermark())
    for dim in desk.catalogue.dimensions:
        kpis = tuple(kpi for kpi in desk.catalogue.kpis if desk.catalogue.refused(kpi, dim) is None)
        if not kpis or desk.catalogue.dimension(dim).top:
            continue
        answer = desk.engine.ask(Question(kpis, (period,), dim), live=live)
        for kpi in kpis:
            whole = answer.cells[None][kpi][0]
            if whole.status is Status.NO_DATA:
                continue
            parts = [row[kpi][0] for member, row in answer.cells.items() if member is not None]
            for ref in summed(bench, kpi, dim):
                total = sum((exact(part, ref.key) for part in parts), Fraction(0))
                assert abs(total - exact(whole, ref.key)) <= Fraction(1, 10**6) * max(1, abs(total)), (kpi, dim, ref.key)
                checked += 1
            if kpi in answer.overlap:
                overlapping.add((kpi, dim))
    assert checked > 300 and ("orders", "category") in overlapping


@pytest.mark.slow
def test_the_overlap_row_makes_up_what_categories_count_twice(bench: Workbench) -> None:
    page = bench.explore(replace(ViewState(view="explore", period="2026-10"), kpi="orders", by="category"))
    numbers = [row.value.number for row in page.rows if row.value.number is not None]
    assert sum(Fraction(number) for number in numbers) == Fraction(page.total.value.number or 0)
    overlap = next(row for row in page.rows if row.kind.value == "overlap")
    assert overlap.value.number is not None and overlap.value.number < 0
