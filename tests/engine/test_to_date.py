"""Measures up to a day: all customers known by then, however long before the period they came."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kpi_core.engine import calendar
from kpi_core.engine.prepare import prepare
from kpi_core.engine.prepared import Prepared
from kpi_core.engine.result import Answer, Question, Status, Value
from kpi_core.engine.run import Engine
from kpi_core.view import Filter
from tests.engine.tiny import tiny

LOYALTY = ("retention_rate", "clv")


@pytest.fixture(scope="module", params=[False, True], ids=["detail", "rollups"])
def engine(request: pytest.FixtureRequest) -> Engine:
    return tiny(rolled=request.param)


def ask(engine: Engine, period: str, *kpis: str, by: str | None = None, where: tuple[Filter, ...] = ()) -> Answer:
    return engine.ask(Question(kpis or LOYALTY, (calendar.parse(period),), by, where))


def value(engine: Engine, kpi: str, period: str, member: str | None = None, **more: object) -> Value:
    return ask(engine, period, kpi, **more).cells[member][kpi][0]  # type: ignore[arg-type]


def test_a_period_counts_all_who_are_known_at_its_end(engine: Engine) -> None:
    """Customers 4 and 5 of 2025, 2 of W43, 1 (twice) and 3 of W44: a quiet week does not forget them."""
    seen = {week: ask(engine, week).cells[None] for week in ("2025-W44", "2025-W45", "2026-W42", "2026-W43", "2026-W44")}
    totals = {week: cell["retention_rate"][0].measures for week, cell in seen.items()}
    assert [tuple(totals[week].values()) for week in seen] == [(0, 2), (0, 2), (0, 2), (0, 3), (2, 5)]
    assert [cell["clv"][0].number for cell in seen.values()] == [62.5, 62.5, 62.5, 45.0, 63.0]


def test_the_days_of_a_period_do_not_matter_only_its_end(engine: Engine) -> None:
    for period in ("2026-11-01", "2026-10-31..2026-11-01", "2026-W44", "2025-10-27..2026-11-01"):
        assert value(engine, "clv", period).number == 63.0, period


def test_a_period_in_course_ends_with_the_data(engine: Engine) -> None:
    november = value(engine, "retention_rate", "2026-11")
    assert (november.number, november.status) == (2 / 5, Status.PARTIAL)
    after, before = value(engine, "clv", "2026-W45"), value(engine, "clv", "2025-W43")
    assert after.status is before.status is Status.NO_DATA
    assert "2026-11-01" in str(after.reason) and "loaded from 2025-10-27 only" in str(before.reason)
    # what is known at its end is known whole, although the year began before the first loaded day
    assert value(engine, "clv", "2025").status is Status.VALUE
    assert value(engine, "revenue", "2025").status is Status.PARTIAL


def test_members_add_up(engine: Engine) -> None:
    for dim in ("first_channel", "country"):
        cells = ask(engine, "2026-W44", by=dim).cells
        for kpi, measure in (("retention_rate", "cust_total"), ("retention_rate", "cust_repeat"), ("clv", "cust_value")):
            parts = [cell[kpi][0].measures[measure] or 0 for member, cell in cells.items() if member is not None]
            assert sum(parts) == cells[None][kpi][0].measures[measure], (dim, measure)
    assert value(engine, "clv", "2026-W44", "store", by="first_channel").number == 65 / 2
    assert value(engine, "clv", "2026-W44", where=(Filter("country", ("BE",)),)).number == 50


def test_every_period_of_a_course_is_its_own(engine: Engine) -> None:
    weeks = calendar.trailing(calendar.parse("2026-W44"), 4)
    course = engine.ask(Question(("clv",), weeks)).cells[None]["clv"]
    assert [item.number for item in course] == [value(engine, "clv", f"{week.start}..{week.end}").number
                                               for week in weeks]  # fmt: skip


def test_records_are_all_rows_up_to_the_day(engine: Engine) -> None:
    week = calendar.parse("2026-W43")
    found = engine.records("clv", (), week, measure="cust_value")
    assert (found.table, found.total) == ("customer_orders", 3)
    assert engine.records("retention_rate", (), calendar.parse("2026-W44"), measure="cust_repeat").total == 2
    assert engine.records("revenue", (), week).total == 1


def test_prepared_cells_are_what_is_asked_live() -> None:
    engine = tiny(rolled=True, more="create table meta (key varchar, value varchar)")
    prepare(engine.reader, engine.catalogue)
    engine = Engine(engine.reader, engine.catalogue)
    assert Prepared.read(engine.reader, engine.catalogue).tables["prepared"] >= {*LOYALTY, "repeat_rate", "m_cust_total"}
    for text in ("2026-W43", "2026-W44", "2025-12", "2026-10", "2025"):
        question = Question((*LOYALTY, "repeat_rate", "stock_turn"), (calendar.parse(text),))
        assert "from prepared" in engine.ask(question).sql, text
        assert engine.ask(question).cells == engine.ask(question, live=True).cells, text


def test_a_cohort_is_counted_when_its_ninety_days_end(engine: Engine) -> None:
    """Customers 6 and 7 came in summer; those of this week still have time and are in no week yet."""
    week = value(engine, "repeat_rate", "2026-W44")
    assert (week.number, week.measures) == (0.5, {"cust_repeat_90": 1, "cust_matured": 2})
    assert week.status is Status.VALUE
    assert value(engine, "repeat_rate", "2026-W44", "store", by="first_channel").number == 0
    assert value(engine, "repeat_rate", "2027-01").status is Status.NO_DATA  # not even by name: their days are not loaded
    assert engine.records("repeat_rate", (), calendar.parse("2027-01")).total == 0


def test_the_web_shop_has_no_returns_in_items_rather_than_none(engine: Engine) -> None:
    cells = ask(engine, "2026-W44", "return_rate", by="channel").cells
    web = cells["web"]["return_rate"][0]
    assert (web.number, web.status) == (None, Status.NO_DATA)
    assert str(web.reason) == "no returns with a quantity are known here"
    assert cells["store"]["return_rate"][0].number == cells[None]["return_rate"][0].number == 1 / 6
    quiet = value(engine, "return_rate", "2026-10-26", "web", by="channel")  # no refund on that day: still not 0 %
    assert quiet.number is None and str(quiet.reason) == "no sales here whose returns are counted in items"


def test_who_buys_was_reached(engine: Engine) -> None:
    cells = ask(engine, "2026-W44", "conversion_customer", by="channel").cells
    rates = {member: cell["conversion_customer"][0].number for member, cell in cells.items()}
    assert rates == {None: 0.75, "email": None, "store": 1.0, "web": pytest.approx(2 / 3)}


def test_orders_are_no_interactions(engine: Engine) -> None:
    cells = ask(engine, "2026-W44", "conversion_omni", "engagement_rate", by="channel").cells
    counts = {member: cell["conversion_omni"][0].measures["interactions"] for member, cell in cells.items()}
    assert counts == {None: 529, "email": 2, "store": 25, "web": 502}  # the visit of 1 November is one of that day's sessions
    contacts = {member: cell["engagement_rate"][0].measures["contacts"] for member, cell in cells.items()}
    assert contacts == {None: 4, "email": 2, "store": 0, "web": 2}
    alone = tiny(more="delete from interactions where channel = 'store' and kind <> 'order'")
    nothing = ask(alone, "2026-W44", "conversion_omni", by="channel").cells["store"]["conversion_omni"][0]
    assert nothing.number is None and str(nothing.reason) == "no contacts are counted here"


def test_turnover_is_at_the_pace_of_a_year(engine: Engine) -> None:
    week = calendar.parse("2026-W44")
    question = Question(("stock_turn",), (week,))
    assert engine.ask(question).cells[None]["stock_turn"][0].number == pytest.approx(46 / 70 * 365 / 7)
    year = engine.ask(replace(question, periods=(calendar.parse("2026"),))).cells[None]["stock_turn"][0]
    assert year.measures["days"] == (calendar.parse("2026-11-01").end - calendar.parse("2026").start).days + 1
