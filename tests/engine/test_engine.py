"""Answers over the tiny star of `tiny.py`, each worked out by hand from its rows."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from kpi_core.engine import calendar
from kpi_core.engine.result import Answer, Period, Question, Status, Value
from kpi_core.engine.run import Engine
from kpi_core.errors import UsageError
from kpi_core.view import Filter
from tests.engine.tiny import TinyReader, tiny

WEEK = calendar.parse("2026-W44")


def ask(engine: Engine, *kpis: str, by: str | None = None, where: tuple[Filter, ...] = (), period: Period = WEEK, compare: str = "none") -> Answer:
    other = calendar.compared(period, compare)
    return engine.ask(Question(kpis, (period, *([other] if other else [])), by, where, 1 if other else None))


def one(engine: Engine, kpi: str, member: str | None = None, **more: object) -> Value:
    return ask(engine, kpi, **more).cells[member][kpi][0]  # type: ignore[arg-type]


@pytest.fixture(scope="module", params=[False, True], ids=["detail", "rollups"])
def engine(request: pytest.FixtureRequest) -> Engine:
    return tiny(rolled=request.param)


TOTALS = {
    "revenue": Decimal(200),
    "orders": 5,
    "aov": 40.0,
    "net_sales": Decimal(185),
    "items_per_order": 2.0,
    "asp": 20.0,
    "gross_margin_eur": Decimal(124),  # 170 of known cost - 46; the 30 of unknown cost are left out
    "gross_margin": 124 / 170,
    "visits": 500,
    "conversion_online": 6 / 400,
    "bounce_rate": 140 / 400,
    "order_rate_visits": 2 / 500,
    "order_rate_carts": 2 / 4,
    "cart_abandonment": 2 / 4,
    "conversion_store": 3 / 25,
    "conversion_omni": 5 / 529,  # 500 sessions, 25 entries, 4 touches that are not among them
    "conversion_customer": 3 / 4,
    "engagement_rate": 4 / 4,
    "lead_rate": 2 / 500,
    "purchase_frequency": 4 / 3,
    "multichannel_use": 1 / 3,
    "retention_rate": 2 / 5,  # of all five customers known by then
    "repeat_rate": 1 / 2,
    "clv": 315 / 5,
    "cac": 45 / 3,
    "clv_to_cac": 63 / 15,
    "marketing_roi": (124 - 45) / 45,
    "roas": 110 / 45,
    "attributed_revenue": Decimal(110),
    "cross_channel": 3 / 5,
    "ropo": 2 / 3,
    "click_collect": 1 / 2,
    "csat": 1 / 2,
    "nps": 50.0,
    "nps_hot_cold": 100.0,
    "return_rate": 1 / 6,  # refunds of the web shop say no quantity: its four items do not count
    "return_rate_value": 15 / 200,
    "delivery_days": 4 / 2,
    "stock_turn": 46 / 70 * 365 / 7,
    "stock_cover": 50 / (46 / 7),
    "followers": 1050,
    "mentions": 7,
    "ab_uplift": (35 / 1500 - 20 / 1000) * 100,
    "conversion_visitor": 2 / 400,
    "new_visitor_share": 300 / 400,
    "traffic_share": 1.0,
}


@pytest.mark.parametrize("kpi", TOTALS)
def test_totals(engine: Engine, kpi: str) -> None:
    value = one(engine, kpi)
    assert value.number is not None, value
    expected = TOTALS[kpi]
    if isinstance(expected, float):
        assert value.number == pytest.approx(expected, rel=1e-12)
    else:
        assert value.number == expected
        assert not isinstance(value.number, float)


def test_every_kpi_at_once_equals_each_alone(engine: Engine) -> None:
    """Adding a KPI to a question never changes another: facts are aggregated alone (no fan-out)."""
    everything = ask(engine, *engine.catalogue.kpis, compare="last_year")
    for kpi in engine.catalogue.kpis:
        alone = ask(engine, kpi, compare="last_year")
        assert everything.cells[None][kpi] == alone.cells[None][kpi], kpi


def test_every_cut_at_once_equals_each_alone() -> None:
    engine = tiny(rolled=True)
    for by in ("channel", "store", "category"):
        everything = ask(engine, *engine.catalogue.kpis, by=by)
        for kpi in ("net_sales", "return_rate", "conversion_store", "orders", "period_retention"):
            alone = ask(engine, kpi, by=by)
            for member, cell in alone.cells.items():
                assert everything.cells[member][kpi] == cell[kpi], (kpi, by, member)


def test_parts_sum_to_the_total(engine: Engine) -> None:
    for kpi, dim in (("revenue", "channel"), ("revenue", "category"), ("net_sales", "store"), ("orders", "device"), ("gross_margin_eur", "product")):
        answer = ask(engine, kpi, by=dim)
        parts = [cell[kpi][0].number or 0 for member, cell in answer.cells.items() if member is not None]
        assert sum(parts) == answer.cells[None][kpi][0].number, (kpi, dim)
        assert kpi not in answer.overlap


def test_no_value_is_its_own_member(engine: Engine) -> None:
    answer = ask(engine, "revenue", by="store")
    assert {member: cell["revenue"][0].number for member, cell in answer.cells.items()} == {None: 200, "": 110, "Lyon": 60, "Paris": 30}
    assert one(engine, "revenue", where=(Filter("store", (None,)),)).number == 110
    assert one(engine, "revenue", where=(Filter("store", ("",)),)).number == 110
    assert one(engine, "revenue", where=(Filter("store", (None, "Lyon")),)).number == 170
    assert one(engine, "revenue", where=(Filter("store", ("Lyon",), exclude=True),)).number == 140
    assert one(engine, "revenue", where=(Filter("store", (None,), exclude=True),)).number == 90
    assert one(engine, "revenue", where=(Filter("store", (None, "Lyon"), exclude=True),)).number == 30


def test_an_order_of_two_categories_overlaps(engine: Engine) -> None:
    answer = ask(engine, "orders", "aov", "revenue", by="category")
    counts = {member: cell["orders"][0].number for member, cell in answer.cells.items()}
    assert counts == {None: 5, "Jardin": 2, "Maison": 4}  # o1 is in both
    assert answer.overlap == {"orders", "aov"}
    assert answer.cells["Maison"]["aov"][0].number == 160 / 4
    assert one(engine, "orders", where=(Filter("category", ("Maison",)),)).number == 4
    filtered = ask(engine, "orders", by="channel", where=(Filter("category", ("Jardin",)),))
    assert {member: cell["orders"][0].number for member, cell in filtered.cells.items()} == {None: 2, "store": 1, "web": 1}


def test_distinct_counts_are_recounted(engine: Engine) -> None:
    answer = ask(engine, "purchase_frequency", by="channel")
    buyers = {member: cell["purchase_frequency"][0].measures["buyers"] for member, cell in answer.cells.items()}
    assert buyers == {None: 3, "store": 2, "web": 2}  # customer 1 bought on both
    assert "purchase_frequency" in answer.overlap


def test_a_ratio_is_of_sums_not_a_mean_of_ratios(engine: Engine) -> None:
    answer = ask(engine, "aov", by="channel")
    parts = [answer.cells[channel]["aov"][0].number for channel in ("store", "web")]
    assert parts == [30.0, 55.0]
    assert answer.cells[None]["aov"][0].number == 40.0 != sum(parts) / 2  # type: ignore[arg-type]


def test_scope_applies_to_both_sides(engine: Engine) -> None:
    answer = ask(engine, "conversion_store", "order_rate_visits", by="channel")
    assert one(engine, "conversion_store").measures == {"orders": 3, "store_visits": 25}
    assert answer.cells["web"]["conversion_store"][0].status is Status.NO_DATA
    assert answer.cells["store"]["conversion_store"][0].number == 3 / 25
    assert answer.cells["store"]["order_rate_visits"][0].number is None
    assert answer.cells["web"]["order_rate_visits"][0].number == 2 / 500


def test_levels_over_time(engine: Engine) -> None:
    """Stock: 31 October 90 (50 Lyon + 40 Paris), 1 November 50 (Paris not counted any more): mean 70, last 50; parts add up to them."""
    answer = ask(engine, "stock_turn", "stock_cover", "followers", by="store")
    means = [one(engine, "stock_turn", where=where).measures["stock_cost_avg"] for where in ((), (Filter("store", ("Lyon",)),), (Filter("store", ("Paris",)),))]
    assert means == [70.0, 50.0, 20.0]
    assert answer.cells["Lyon"]["stock_turn"][0].status is Status.NOT_COMPUTABLE  # a warehouse has stock and no sales: not meant to be cut by store
    ends = {member: cell["stock_cover"][0].measures["stock_cost_end"] for member, cell in answer.cells.items()}
    assert (ends[None], ends["Lyon"], ends["Paris"]) == (50, 50, None)
    assert answer.cells["Lyon"]["followers"][0].status is Status.NOT_COMPUTABLE
    networks = ask(engine, "followers", by="network")
    assert {member: cell["followers"][0].number for member, cell in networks.cells.items()} == {None: 1050, "instagram": 1000, "tiktok": 50}


def test_visitors_never_add_up(engine: Engine) -> None:
    devices = ask(engine, "new_visitor_share", by="device")
    seen = {member: cell["new_visitor_share"][0].measures["visitors_judged"] for member, cell in devices.cells.items()}
    assert seen == {None: 400, "mobile": 300, "desktop": 150}  # 450 over devices, 400 people
    assert "new_visitor_share" in devices.overlap
    one_device = one(engine, "new_visitor_share", where=(Filter("device", ("mobile",)),))
    assert one_device.number == 250 / 300
    two = one(engine, "new_visitor_share", where=(Filter("device", ("mobile", "desktop")),))
    assert two.status is Status.NOT_COMPUTABLE and "does not add up" in str(two.reason)
    assert one(engine, "new_visitor_share", period=calendar.parse("2026-10-26")).number == 80 / 90
    assert one(engine, "new_visitor_share", period=calendar.parse("2026-10-26..2026-10-27")).status is Status.NOT_COMPUTABLE


def test_context_functions(engine: Engine) -> None:
    assert one(engine, "sales_growth").reason is not None
    grown = ask(engine, "sales_growth", "revenue", by="channel", compare="last_year")
    assert {member: cell["sales_growth"][0].number for member, cell in grown.cells.items()} == {
        None: pytest.approx(0.6),
        "store": pytest.approx(90 / 25 - 1),
        "web": pytest.approx(0.1),
    }
    assert grown.cells[None]["sales_growth"][0].measures == {"revenue": 200, "compare(revenue)": 125}
    assert grown.cells[None]["sales_growth"][1].status is Status.NOT_COMPUTABLE
    shares = ask(engine, "traffic_share", by="source")
    assert {member: cell["traffic_share"][0].number for member, cell in shares.cells.items()} == {
        None: 1.0,
        "Direct": 0.2,
        "Organic Search": 0.6,
        "Paid Search": 0.2,
    }
    kept = ask(engine, "traffic_share", by="source", where=(Filter("source", ("Direct",)),))
    assert kept.cells["Direct"]["traffic_share"][0].number == 0.2  # the filter on the cut's own dimension does not change the whole
    assert kept.cells[None]["traffic_share"][0].number == 0.2
    narrowed = ask(engine, "traffic_share", by="source", where=(Filter("device", ("mobile",)),))
    assert narrowed.cells["Direct"]["traffic_share"][0].number == 100 / 400


def test_uplift_compares_each_variant_with_the_whole_control(engine: Engine) -> None:
    variants = ask(engine, "ab_uplift", by="variant")
    assert variants.cells["B"]["ab_uplift"][0].number == pytest.approx(1.0)
    assert variants.cells["C"]["ab_uplift"][0].number == pytest.approx(-1.0)
    assert variants.cells["A"]["ab_uplift"][0].number is None
    tests = ask(engine, "ab_uplift", by="experiment")  # not undone here: each test has its own control
    assert tests.cells["button"]["ab_uplift"][0].number == pytest.approx((35 / 1500 - 0.02) * 100)


def test_trend_of_a_growth_rate(engine: Engine) -> None:
    before = calendar.compared(WEEK, "last_year")
    assert before is not None
    answer = engine.ask(Question(("sales_growth",), (calendar.step(WEEK, -1), WEEK, before), compare_of=(None, 2, None)))
    assert [value.number for value in answer.cells[None]["sales_growth"]] == [None, pytest.approx(0.6), None]


def test_zero_divisor_is_not_computable_with_its_name(engine: Engine) -> None:
    value = one(engine, "conversion_store", period=calendar.parse("2026-10-29"))  # one ticket, a counter that says 0
    assert (value.status, value.number) == (Status.NOT_COMPUTABLE, None)
    assert str(value.reason) == "division by zero: store_visits is 0"


def test_absence_is_not_zero_unless_the_day_is_proven_loaded(engine: Engine) -> None:
    quiet = calendar.parse("2026-10-30")
    assert one(engine, "revenue", period=quiet).number == 0  # within the loaded days: nothing was sold
    assert one(engine, "aov", period=quiet).status is Status.NOT_COMPUTABLE
    before = one(engine, "revenue", period=calendar.parse("2024-W10"))
    assert (before.status, before.number) == (Status.NO_DATA, None)
    after = one(engine, "revenue", period=calendar.parse("2026-W45"))
    assert after.status is Status.NO_DATA and "2026-11-01" in str(after.reason)
    # Lyon sold last on the 28th: of the 30th nothing is known, however loaded the others are
    stores = ask(engine, "revenue", by="store", period=quiet, compare="previous")
    assert all(cell["revenue"][0].number is None for member, cell in stores.cells.items() if member == "Lyon")
    assert one(engine, "revenue", where=(Filter("store", ("Lyon",)),), period=quiet).status is Status.NO_DATA
    # a shop with data in the week and closed at its end has no returns, not unknown ones
    answer = ask(engine, "net_sales", by="store")
    assert {member: cell["net_sales"][0].number for member, cell in answer.cells.items()} == {None: 185, "": 105, "Lyon": 50, "Paris": 30}


def test_unknown_values_are_not_zero() -> None:
    """A line of unknown cost makes no zero cost, even though every day is loaded."""
    engine = tiny()
    value = one(engine, "gross_margin_eur", where=(Filter("store", ("Paris",)),))
    assert value.status is Status.NO_DATA


def test_a_missing_export_is_named() -> None:
    engine = tiny(more="delete from footfall")
    value = one(engine, "conversion_store")
    assert value.status is Status.NOT_COMPUTABLE
    assert str(value.reason) == "needs store visitor counts, which is not loaded"
    assert engine.missing()["footfall"] == ("conversion_store",)
    assert one(engine, "revenue").number == 200
    empty = tiny(more=";".join(f"delete from {table}" for table in ("sale", "orders", "returns")))
    assert empty.watermark(["revenue"]) is None
    assert empty.watermark() == date(2026, 11, 1)  # of what else is loaded
    assert ask(empty, "revenue", "aov").sql == ""


def test_partial_periods_are_clamped_on_both_sides(engine: Engine) -> None:
    """November is loaded up to the 1st; its comparison is cut to one day too, so the 25 of 2 November 2025 do not count."""
    answer = ask(engine, "revenue", "sales_growth", period=calendar.parse("2026-11"), compare="last_year_weekday")
    now, before = answer.cells[None]["revenue"]
    assert (now.number, now.status) == (50, Status.PARTIAL)
    assert "2026-11-01" in str(now.reason)
    assert before.number == 25  # 2 November 2025: the same weekday as 1 November 2026
    same_dates = ask(engine, "revenue", period=calendar.parse("2026-11"), compare="last_year_date").cells[None]["revenue"]
    assert [value.number for value in same_dates] == [50, 0]


def test_clamped_to_the_slowest_fact() -> None:
    engine = tiny(more="delete from footfall where day > '2026-10-28'")
    value = one(engine, "conversion_store")
    assert value.status is Status.PARTIAL
    assert value.measures == {"orders": 2, "store_visits": 20}  # the ticket of the 29th waits for its visitors
    assert one(engine, "orders").number == 5
    assert engine.watermark(("conversion_store",)) == calendar.parse("2026-10-28").start
    assert engine.watermark() == WEEK.end


def test_late_stores_are_listed(engine: Engine) -> None:
    late = dict(engine.coverage("footfall").late)
    assert late == {"Lyon": calendar.parse("2026-10-28").start}


def test_a_late_store_is_partial(engine: Engine) -> None:
    """Lyon has nothing after 28 October: its week is partial, the total is not."""
    answer = ask(engine, "revenue", by="store")
    assert answer.cells["Lyon"]["revenue"][0].status is Status.PARTIAL
    assert "Lyon is loaded up to 2026-10-28 only" in str(answer.cells["Lyon"]["revenue"][0].reason)
    assert answer.cells[None]["revenue"][0].status is Status.VALUE
    assert one(engine, "revenue", where=(Filter("store", ("Lyon",)),)).status is Status.PARTIAL
    earlier = ask(engine, "revenue", by="store", period=calendar.parse("2026-10-26..2026-10-30"))
    assert earlier.cells["Lyon"]["revenue"][0].status is Status.VALUE  # two days without a sale may be closing days


def test_min_n(engine: Engine) -> None:
    value = one(engine, "aov")
    assert (value.n, value.enough) == (5, False)
    assert one(engine, "order_rate_visits").enough
    assert one(engine, "revenue").enough and one(engine, "revenue").n is None
    assert one(engine, "order_rate_visits", "web", by="channel").n == 500


def test_period_retention_needs_the_next_period(engine: Engine) -> None:
    assert "not loaded yet" in str(one(engine, "period_retention").reason)
    previous = one(engine, "period_retention", period=calendar.parse("2026-W43"))  # customer 2 bought in W43 and again in W44
    assert (previous.number, previous.measures["retained"]) == (1.0, 1)
    stores = ask(engine, "period_retention", by="channel", period=calendar.parse("2026-W43"))
    assert stores.cells["store"]["period_retention"][0].number == 1.0


def test_cut_that_no_measure_knows_is_refused_with_the_reason(engine: Engine) -> None:
    answer = ask(engine, "cac", "revenue", by="channel")
    assert answer.cells[None]["cac"][0].number == 15.0
    assert answer.cells["web"]["cac"][0].status is Status.NOT_COMPUTABLE
    assert "ad_cost" in str(answer.cells["web"]["cac"][0].reason)
    filtered = one(engine, "cac", where=(Filter("channel", ("web",)),))
    assert filtered.status is Status.NOT_COMPUTABLE and "Channel" in str(filtered.reason)


@pytest.mark.parametrize(
    "question",
    [
        Question(("revenu",), (WEEK,)),
        Question(("revenue",), (WEEK,), by="chanel"),
        Question(("revenue",), (WEEK,), where=(Filter("1=1 or day", ("x",)),)),
        Question(("revenue",), ()),
    ],
)
def test_unknown_names_are_usage_errors(engine: Engine, question: Question) -> None:
    with pytest.raises(UsageError):
        engine.ask(question)


@pytest.mark.parametrize("value", ["'; drop table sale; --", "web' or '1'='1", "%", "web\x00", '"', "web')) union select 1"])
def test_filter_values_are_bound_not_written(engine: Engine, value: str) -> None:
    reader = engine.reader
    assert isinstance(reader, TinyReader)
    reader.ran.clear()
    answer = ask(engine, "revenue", "orders", "conversion_store", by="channel", where=(Filter("channel", (value,)),))
    assert (answer.cells[None]["revenue"][0].number or 0) == 0
    sql, parameters = reader.ran[-1]
    assert value not in sql.replace("or '1'", "") or value in ("%", '"')
    assert value in parameters
    assert one(engine, "revenue").number == 200


def test_the_answer_shows_the_sql_that_ran(engine: Engine) -> None:
    reader = engine.reader
    assert isinstance(reader, TinyReader)
    reader.ran.clear()
    answer = ask(engine, *engine.catalogue.kpis, by="channel", compare="previous")
    assert ";\n\n".join(sql for sql, _ in reader.ran) == answer.sql  # byte for byte
    assert tuple(value for _, parameters in reader.ran for value in parameters) == answer.parameters
    reader.ran.clear()
    answer = ask(engine, "revenue", "aov", "net_sales", by="channel", compare="previous")
    assert reader.ran == [(answer.sql, answer.parameters)]  # one statement


def test_measures_explain_the_number(engine: Engine) -> None:
    from kpi_core.engine import expression

    answer = ask(engine, *engine.catalogue.kpis, compare="last_year")
    checked = 0
    for kpi, values in answer.cells[None].items():
        if values[0].number is not None:
            exact = expression.evaluate(engine.catalogue.expression(kpi), values[0].measures)
            assert exact is not None and float(values[0].number) == pytest.approx(float(exact), rel=1e-12), kpi
            checked += 1
    assert checked >= 40


def test_records_are_the_rows_that_count(engine: Engine) -> None:
    records = engine.records("revenue", (Filter("channel", ("store",)),), WEEK)
    assert (records.measure, records.table, records.total) == ("revenue", "sale", 3)
    assert records.columns[-2:] == ("load_id", "file_line")
    assert sum(row[records.columns.index("net_amount")] for row in records.rows) == 90  # type: ignore[misc]
    assert [row[-1] for row in records.rows] == [2, 3, 4]
    page = engine.records("revenue", (), WEEK, offset=4, limit=1)
    assert (page.total, len(page.rows)) == (6, 1)
    scoped = engine.records("conversion_store", (), WEEK)
    assert scoped.total == 3
    assert engine.records("nps", (), WEEK, measure="detractors").total == 1
    assert engine.records("orders", (Filter("category", ("Jardin",)),), WEEK).table == "sale"
    with pytest.raises(UsageError):
        engine.records("nps", (Filter("source", ("x",)),), WEEK)
    with pytest.raises(UsageError):
        engine.records("nps", (), WEEK, measure="revenue")


def test_rollups_and_detail_agree() -> None:
    plain, rolled = tiny(), tiny(rolled=True)
    for by in (None, *plain.catalogue.dimensions):
        left = ask(plain, *plain.catalogue.kpis, by=by, compare="last_year")
        right = ask(rolled, *plain.catalogue.kpis, by=by, compare="last_year")
        assert left.cells == right.cells, by
    assert "sale__narrow" in ask(rolled, "revenue", by="channel").sql
    assert "sale__wide" in ask(rolled, "revenue", by="category").sql
    assert "__" not in ask(rolled, "revenue", by="product").sql
