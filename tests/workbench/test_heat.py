"""Heatmaps of small shops: an unknown hour is a row, a cell says what it is, a shape that a KPI does not have says why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from kpi_core.engine import predicate
from kpi_core.engine.result import Status
from kpi_core.engine.table import TableQuestion
from kpi_core.errors import UsageError
from kpi_core.pages import GapStatus, HeatPage
from kpi_core.view import Filter, ViewState
from kpi_core.workbench import Workbench
from tests.traps.traps_shop import TICKETS, opened

WEEK = ViewState(view="trend", kpi="orders", shape="hours", period="2026-W41")


def ticket(number: int, day: str, clock: str, amount: str = "12,00") -> str:
    return f"Lyon;T{number};1;{day};{clock};A1;Savon;1;{amount};20;"


@pytest.fixture(scope="module")
def till(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    """Five tickets of a week in October 2026, one of them without its hour."""
    rows = [
        ticket(1, "05/10/2026", "09:15"),
        ticket(2, "05/10/2026", "09:59"),
        ticket(3, "07/10/2026", "12:00"),
        ticket(4, "10/10/2026", ""),
        ticket(5, "11/10/2026", "00:00"),
    ]
    with opened(tmp_path_factory.mktemp("till"), {"tickets.csv": "\n".join([TICKETS, *rows]) + "\n"}) as bench:
        yield bench


def numbers(page: HeatPage) -> dict[str, object]:
    return {page.key(r, c): cell.value.number for r, line in enumerate(page.cells) for c, cell in enumerate(line) if cell.value.number is not None}


def test_an_unknown_hour_is_a_row_of_its_own_and_midnight_is_an_hour(till: Workbench) -> None:
    page = till.heat(WEEK)
    assert page.refused is None
    assert numbers(page) == {"09|1": 2, "12|3": 1, "|6": 1, "00|7": 1}
    assert [row.key for row in page.rows] == [f"{hour:02d}" for hour in range(13)] + [""]
    assert page.rows[-1].label == "hour unknown" and page.total is not None and page.total.number == 5
    opened_cell = page.cell("|6")
    assert opened_cell is not None and opened_cell.state is not None
    assert opened_cell.state.where == (Filter("hour", (None,)), Filter("weekday", ("6",)))
    assert till.explore(opened_cell.state).total.value.number == 1
    assert till.records(opened_cell.state).total == 1


def test_weekdays_of_a_month_say_how_many_they_are(till: Workbench) -> None:
    page = till.heat(replace(WEEK, period="2026-10"))
    assert [column.key for column in page.columns] == list("1234567")
    assert [page.columns[0].name, page.columns[3].name] == ["Monday", "Thursday (2 days)"]  # loaded up to Sunday the 11th
    assert sum(int(str(column.total.number or 0)) for column in page.columns if column.total) == 5


def test_where_no_hour_is_known_the_shape_says_so(tmp_path: Path) -> None:
    with opened(tmp_path, {"tickets.csv": "\n".join([TICKETS, ticket(1, "05/10/2026", "")]) + "\n"}) as bench:
        page = bench.heat(WEEK)
        assert page.refused is not None and "hour" in page.refused.template
        assert not page.rows


def test_a_shape_that_the_kpi_does_not_have_is_refused_with_the_reason(till: Workbench) -> None:
    page = till.heat(replace(WEEK, kpi="net_sales"))
    assert page.refused is not None and not page.rows
    refused = {choice.id: choice.refused for choice in till.trend(replace(WEEK, kpi="net_sales", shape="")).shapes}
    assert refused[""] is None and refused["periods"] is None and refused["hours"] is not None and refused["cohorts"] is not None
    assert till.heat(replace(WEEK, kpi="retention_rate", shape="cohorts", where=(Filter("store", ("Lyon",)),))).refused is not None
    with pytest.raises(UsageError):
        till.heat(replace(WEEK, kpi="nothing"))


def test_a_mart_that_was_built_before_hours_were_kept_says_what_to_do(till: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = till.desk.engine.rows
    old = lambda sql, parameters=(): [row for row in rows(sql, parameters) if row[0] != "hour"]  # noqa: E731
    monkeypatch.setattr(till.desk.engine, "rows", old)
    page = till.heat(WEEK)
    assert page.refused is not None and "not kept" in page.refused.template
    with pytest.raises(UsageError) as caught:
        till.explore(replace(WEEK, view="explore", shape="", by="hour"))
    assert caught.value.hint is not None and "omnigap load" in caught.value.hint.template


def test_filters_mean_the_same_in_a_table_as_in_a_question(till: Workbench) -> None:
    engine = till.desk.engine
    period = (date(2026, 10, 5), date(2026, 10, 11))
    for step, expected in (
        (Filter("hour", ("09",)), 2),
        (Filter("hour", (None,)), 1),
        (Filter("hour", (None, "12")), 2),
        (Filter("hour", ("09",), exclude=True), 3),
        (Filter("hour", (None,), exclude=True), 4),
        (Filter("hour", (None, "09"), exclude=True), 2),
        (Filter("hour", ("it's",)), 0),
    ):
        found = engine.table(TableQuestion(("orders",), range=period, filters=(step,))).rows
        assert (found[0].numbers[0] if found else 0) == expected, step
    assert predicate.of_filters(()) is None


def test_members_by_period_are_judged_and_what_does_not_add_up_says_so(sample_workspace: Path) -> None:
    with Workbench.open(sample_workspace) as bench:
        page = bench.heat(ViewState(view="trend", kpi="aov", shape="periods", period="2026-10"))
        assert page.judged and page.total is None and all(row.total is None for row in page.rows)
        statuses = {cell.gap.status for line in page.cells for cell in line}
        assert {GapStatus.MET, GapStatus.MISSED} <= statuses
        cut = bench.heat(ViewState(view="trend", kpi="orders", shape="periods", by="category", period="2026-10"))
        assert cut.notes and Decimal(str(cut.columns[-1].total.number if cut.columns[-1].total else 0)) > 0
        part = bench.heat(ViewState(view="trend", kpi="revenue", shape="periods", period="2026-W44"))
        assert part.cells[0][-1].value.status is Status.PARTIAL  # the week ends after the data
        many = bench.heat(ViewState(view="trend", kpi="revenue", shape="periods", by="product", period="2026"))
        assert len(many.rows) == 200 and many.hidden > 0
