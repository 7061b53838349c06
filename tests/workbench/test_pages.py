"""Pages of the sample: parts sum to their total, both ways of asking agree, and every cell says what it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from kpi_core.engine import calendar
from kpi_core.engine.result import Question, Status, Value
from kpi_core.errors import UsageError
from kpi_core.pages import GapStatus, RowKind, rows_of
from kpi_core.view import Filter, ViewState
from kpi_core.workbench import Workbench

OCTOBER = ViewState(view="explore", period="2026-10")


@pytest.fixture(scope="module")
def bench(sample_workspace: Path) -> Iterator[Workbench]:
    with Workbench.open(sample_workspace, lang="en") as opened:
        yield opened


def exact(number: object) -> Fraction:
    assert isinstance(number, (int, float, Decimal))
    return Fraction(number)


def linear(bench: Workbench) -> list[str]:
    """KPIs whose members add up to the total, overlap included."""
    return [kpi for kpi in bench.desk.catalogue.kpis if (shape := bench.desk.shape(kpi)) is not None and shape.additive]


def test_members_and_overlap_sum_to_the_total_for_every_additive_kpi_and_dimension(bench: Workbench) -> None:
    checked = 0
    for kpi in linear(bench):
        for dim in bench.desk.catalogue.dims(kpi):
            page = bench.explore(replace(OCTOBER, kpi=kpi, by=dim))
            if page.total.value.number is None or page.hidden:
                continue
            parts = [row.value.number for row in page.rows if row.kind in (RowKind.MEMBER, RowKind.OVERLAP) and row.value.number is not None]
            assert sum(map(exact, parts), Fraction(0)) == pytest.approx(exact(page.total.value.number), abs=Fraction(1, 1000)), (kpi, dim)
            checked += 1
    assert checked > 40


def test_contributions_sum_to_the_gap_they_explain(bench: Workbench) -> None:
    checked = 0
    for kpi in bench.desk.catalogue.kpis:
        for dim in bench.desk.catalogue.dims(kpi):
            page = bench.explore(replace(OCTOBER, kpi=kpi, by=dim))
            parts = [row.contribution for row in page.rows if row.contribution is not None]
            if not parts or page.hidden or page.total.contribution is None:
                continue
            found, whole = sum(map(exact, parts), Fraction(0)), exact(page.total.contribution)
            assert abs(found - whole) <= Fraction(1, 10**9) * max(Fraction(1), abs(whole)), (kpi, dim)
            if page.contribution_of == "target":
                assert page.total.gap.amount is not None
                assert abs(whole - exact(page.total.gap.amount)) <= Fraction(1, 10**6) * max(Fraction(1), abs(whole)), (kpi, dim)
            checked += 1
    assert checked > 100


SCOPES: list[tuple[Filter, ...]] = [
    (),
    (Filter("channel", ("web",)),),
    (Filter("channel", ("store",)),),
    (Filter("store", ("Nice",)),),
    (Filter("channel", ("store",)), Filter("store", ("Lyon Part-Dieu",))),
    (Filter("store", (None,)),),
]


@pytest.mark.parametrize("period", ["2026-W43", "2026-10", "2026-Q3", "2025", "2024-10", "2026-W44"])
@pytest.mark.parametrize("by", [None, "channel", "store"])
def test_prepared_cells_are_those_that_a_live_statement_gives(bench: Workbench, period: str, by: str | None) -> None:
    engine = bench.desk.engine
    asked = calendar.parse(period)
    other = calendar.compared(asked, "last_year")
    assert other is not None
    for where in SCOPES:
        if by in {item.dim for item in where}:
            continue
        question = Question(tuple(bench.desk.catalogue.kpis), (asked, other, calendar.step(asked, -1)), by, where, 1)
        prepared, live = engine.ask(question), engine.ask(question, live=True)
        if period != "2026-W44" and not where:
            assert "from prepared" in prepared.sql
        assert "from prepared" not in live.sql
        assert prepared.cells.keys() == live.cells.keys()
        for member, row in live.cells.items():
            for kpi, values in row.items():
                for one, two in zip(prepared.cells[member][kpi], values, strict=True):
                    assert alike(one, two), (kpi, member, where, one, two)


@pytest.mark.parametrize("by", [None, "channel", "category", "source", "device", "country"])
@pytest.mark.parametrize("where", [(), (Filter("channel", ("web",)),)])
def test_prepared_courses_are_those_that_live_statements_give(bench: Workbench, by: str | None, where: tuple[Filter, ...]) -> None:
    """Every period beside its own comparison, so that one period may be asked twice: by itself and as what another is compared with."""
    if by in {item.dim for item in where}:
        return
    engine, points = bench.desk.engine, calendar.trailing(calendar.parse("2026-09"), 14)
    others = tuple(calendar.compared(point, "last_year") for point in points)
    pairs = (*range(len(points), 2 * len(points)), *(None for _ in others))
    for kpi in ("revenue", "aov", "sales_growth", "visits", "traffic_share", "bounce_rate", "csat", "new_customers"):
        if by is not None and bench.desk.catalogue.refused(kpi, by) is not None:
            continue
        question = Question((kpi,), (*points, *others), by, where, None, pairs)  # type: ignore[arg-type]
        prepared, live = engine.ask(question), engine.ask(question, live=True)
        told, known = ({member: row[kpi] for member, row in answer.cells.items()} for answer in (prepared, live))
        assert told.keys() == known.keys(), kpi
        for member, values in known.items():
            assert all(alike(one, two) for one, two in zip(told[member], values, strict=True)), (kpi, member)


@pytest.mark.parametrize("by", ["channel", "store"])
def test_prepared_cells_bring_no_member_that_a_live_statement_does_not_know(bench: Workbench, by: str) -> None:
    periods = tuple(calendar.parse(text) for text in ("2026-10", "2025-10"))
    for kpi in bench.desk.catalogue.kpis:
        if by not in bench.desk.catalogue.dims(kpi):
            continue
        question = Question((kpi,), periods, by, (), 1)
        prepared, live = bench.desk.engine.ask(question), bench.desk.engine.ask(question, live=True)
        told, known = ({member for member, row in answer.cells.items() if any(value.number is not None for value in row[kpi])} for answer in (prepared, live))
        assert told == known, kpi
        tables = [bench.desk.catalogue.file.facts[fact].table for fact in bench.desk.catalogue.facts(kpi)]
        assert set(prepared.cells) - {None, ""} <= {member for table in tables for member in bench.desk.engine.loaded.spans[(table, by)]}


def alike(one: Value, two: Value) -> bool:
    """Equal; of a member that had no rows of a KPI at all, `no data` and 0 ÷ 0 say the same: which of them depends on what else is asked."""
    nothing = {one.status, two.status} <= {Status.NO_DATA, Status.NOT_COMPUTABLE} and not any([*one.measures.values(), *two.measures.values()])
    if nothing and one.number is None and two.number is None:
        return True
    if one.status != two.status or one.n != two.n or (one.number is None) != (two.number is None):
        return False
    return one.number is None or two.number is None or float(one.number) == pytest.approx(float(two.number), rel=1e-9, abs=1e-9)


def test_a_value_has_a_number_or_a_status_that_says_why_not(bench: Workbench) -> None:
    for period in ("2026-W43", "2026-10", "2026-W44", "2030-W01", "2020"):
        for row in rows_of(bench.overview(ViewState(period=period))):
            has = row.value.number is not None
            assert has == (row.value.status in (Status.VALUE, Status.PARTIAL)), (period, row.kpi.id)
            if not has:
                assert row.gap.status is GapStatus.NO_DATA
            if row.value.status is Status.NOT_COMPUTABLE:
                assert row.value.reason is not None


def test_a_period_to_date_is_held_against_a_target_to_date_and_as_many_days_of_last_year(bench: Workbench) -> None:
    header = bench.overview(ViewState(period="2026-W44")).header
    assert header.partial == (6, 7)
    assert header.compare is not None and header.compare.days == 6
    whole, part = (bench.desk.target("revenue", (), calendar.parse(text)) for text in ("2026-10", "2026-W44"))
    assert whole is not None and part is not None
    assert exact(part.number) == pytest.approx(exact(whole.number) * 6 / 31, rel=Fraction(1, 10**9))


def test_a_level_with_nothing_to_choose_between_is_skipped(bench: Workbench) -> None:
    page = bench.explore(replace(OCTOBER, kpi="revenue").only("channel", "web"))
    assert page.by is not None and page.by.id == "category"
    deep = replace(OCTOBER, kpi="revenue").only("channel", "store").only("store", "Nice").only("category", "Luminaires")
    by = bench.explore(deep).by
    assert by is not None and by.id == "product"
    product = next(row.key for row in bench.explore(deep).rows if row.kind is RowKind.MEMBER)
    assert bench.explore(deep.only("product", product)).by is None


def test_a_cut_that_would_mislead_is_refused_with_the_reason(bench: Workbench) -> None:
    with pytest.raises(UsageError, match="cannot be broken down by"):
        bench.explore(replace(OCTOBER, kpi="cart_abandonment", by="product"))


def test_records_behind_a_number_name_their_file_and_line_and_sum_to_it(bench: Workbench) -> None:
    state = replace(OCTOBER, kpi="revenue").only("store", "Nice").only("category", "Luminaires")
    page = bench.records(state, 0, 10_000)
    assert page.columns[-2:] == ("file", "line")
    assert all(str(row[-2]).startswith("tickets_") and isinstance(row[-1], int) for row in page.rows)
    amounts = [exact(row[page.columns.index("net €")]) for row in page.rows]
    assert len(page.rows) == page.total
    shown = bench.explore(state).total.value.number
    assert sum(amounts, Fraction(0)) == exact(shown)


def test_an_unallocated_remainder_of_a_split_is_a_row(bench: Workbench) -> None:
    page = bench.explore(replace(OCTOBER, kpi="revenue", by="channel"))
    rest = next(row for row in page.rows if row.kind is RowKind.UNALLOCATED)
    assert rest.target is not None and page.total.target is not None
    given = [exact(row.target.number) for row in page.rows if row.target is not None]
    assert sum(given, Fraction(0)) == exact(page.total.target.number)


def test_unknown_names_are_told_with_the_nearest(bench: Workbench) -> None:
    with pytest.raises(UsageError) as caught:
        bench.explore(replace(OCTOBER, kpi="revenu"))
    assert "did you mean revenue" in str(caught.value)
    with pytest.raises(UsageError, match="is not a period"):
        bench.overview(ViewState(period="lundi"))


def test_the_target_of_whole_orders_is_no_yardstick_for_a_category(bench: Workbench) -> None:
    page = bench.explore(replace(OCTOBER, kpi="aov", by="category"))
    assert page.total.target is not None
    assert all(row.target is None for row in page.rows if row.kind is RowKind.MEMBER)
    by_store = bench.explore(replace(OCTOBER, kpi="aov", by="store").only("channel", "store"))
    assert all(row.target is not None for row in by_store.rows if row.kind is RowKind.MEMBER)
