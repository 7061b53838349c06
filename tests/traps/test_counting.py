"""Defects in the facts themselves, injected into the tiny star or a small shop: what is counted twice, too early, too seldom or not at all."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from traps_shop import TICKETS, opened

from kpi_core.config.yaml import parse_yaml
from kpi_core.engine import calendar
from kpi_core.engine.catalogue import Catalogue
from kpi_core.engine.result import Answer, Question, Status
from kpi_core.engine.run import Engine
from kpi_core.errors import ConfigError
from kpi_core.view import Filter, ViewState
from tests.engine.tiny import tiny


def ask(engine: Engine, *kpis: str, by: str | None = None, where: tuple[Filter, ...] = (), period: str = "2026-W44", against: str = "none") -> Answer:
    asked = calendar.parse(period)
    other = calendar.compared(asked, against)
    return engine.ask(Question(kpis, (asked, *([other] if other else [])), by, where, 1 if other else None))


def test_fan_out_three_returns_and_fifty_touches_of_one_order_change_no_sale() -> None:
    """A join of sales to returns on the ticket would count the order three times, one to touches fifty times."""
    many = ", ".join(f"('2026-10-27','x{n}','web','Email','auto','mobile','click',1,'2026-10-27 10:00',5,{n})" for n in range(50))
    engine = tiny(
        more=f"""insert into returns select day, return_id || n, sold_on, channel, store, category, product, sku, return_channel, qty, amount,
        load_id, file_line, amount_constant from returns, (values ('a'), ('b'), ('c')) as three(n) where return_id = 'r2'; insert into touches values {many}"""
    )
    answer = ask(engine, "revenue", "net_sales", "orders", "aov", "gross_margin_eur", "cross_channel", by="category")
    assert answer.cells[None]["revenue"][0].number == 200 and answer.cells[None]["orders"][0].number == 5
    assert answer.cells[None]["net_sales"][0].number == 200 - 15 - 3 * 5
    assert answer.cells[None]["gross_margin_eur"][0].number == 124
    for member, cell in answer.cells.items():
        alone = ask(engine, "revenue", by="category").cells[member]["revenue"][0]
        assert cell["revenue"][0].number == alone.number


def test_an_order_of_two_categories_has_its_overlap_told(tmp_path: Path) -> None:
    till = f"{TICKETS};CATEGORIE\nLYO;1;1;05/10/2026;10:00;A;Pelle;1;12,00;2,00;;Jardin\nLYO;1;2;05/10/2026;10:00;B;Vase;1;24,00;4,00;;Maison\nLYO;2;1;05/10/2026;11:00;B;Vase;1;24,00;4,00;;Maison\n"
    with opened(tmp_path, {"till.csv": till}) as bench:
        page = bench.explore(ViewState(view="explore", kpi="orders", by="category", period="2026-10"))
        told = {(row.kind.value, row.key): row.value.number for row in page.rows}
        assert told == {("member", "Jardin"): 1, ("member", "Maison"): 2, ("overlap", None): -1} and page.total.value.number == 2


@settings(max_examples=5, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(st.lists(st.tuples(st.integers(1, 4), st.sampled_from(("web", "store")), st.integers(0, 59)), min_size=1, max_size=20))
def test_distinct_customers_are_counted_anew_in_every_cut_and_period(bought: list[tuple[int, str, int]]) -> None:
    """Against sets in plain Python: a customer of two channels or two months is one customer."""
    rows = ", ".join(f"(date '2026-09-01' + {day}, 'z{n}', '{channel}', {customer})" for n, (customer, channel, day) in enumerate(bought))
    first = min(day for _, _, day in bought)
    engine = tiny(more=f"delete from orders; delete from sale; insert into orders (day, order_id, channel, customer_key) values {rows}")
    for text, start, end in (("2026-09-01..2026-10-30", 0, 59), ("2026-09", 0, 29), ("2026-10-01..2026-10-30", 30, 59)):
        if end < first:
            continue
        for cell, channels in ((None, ("web", "store")), ("web", ("web",)), ("store", ("store",))):
            answer = engine.ask(Question(("purchase_frequency",), (calendar.parse(text),), "channel"))
            if cell is not None and cell not in answer.cells:
                continue
            expected = len({customer for customer, channel, day in bought if channel in channels and start <= day <= end})
            assert (answer.cells[cell]["purchase_frequency"][0].measures.get("buyers") or 0) == expected, (text, cell)


@pytest.mark.parametrize("formula", ["avg(aov)", "mean(revenue / orders)", "avg(revenue / orders)"])
def test_no_mean_of_ratios_can_be_written(formula: str) -> None:
    with pytest.raises(ConfigError):
        Catalogue.read(parse_yaml(_KPIS.replace("FORMULA", formula).encode(), "kpis.yaml"))


_KPIS = """
version: 1
facts: {sale: {table: sale, dims: [channel]}, orders: {table: orders, dims: [channel]}}
measures: {revenue: {fact: sale, agg: sum(net_amount)}, orders: {fact: orders, agg: count(*)}}
kpis: {aov: {expr: revenue / orders}, mean: {expr: "FORMULA"}}
"""


def test_a_rate_over_stores_takes_no_order_of_the_web() -> None:
    """A thousand web orders more: the share of store visitors who buy stays what it is, in total and by channel."""
    engine = tiny(more="insert into orders (day, order_id, channel) select date '2026-10-28', 'w' || range, 'web' from range(1000)")
    answer = ask(engine, "conversion_store", "order_rate_visits", by="channel")
    assert answer.cells[None]["conversion_store"][0].measures == {"orders": 3, "store_visits": 25}
    assert answer.cells["store"]["conversion_store"][0].number == 3 / 25 and answer.cells["web"]["conversion_store"][0].number is None
    assert answer.cells[None]["order_rate_visits"][0].measures == {"orders": 1002, "sessions": 500}


def test_returns_count_when_they_come_or_when_their_sale_was(tmp_path: Path) -> None:
    """What October sold comes back in November: October made 60 or 50, November 50 less 10."""
    till = f"{TICKETS}\nLYO;1;1;01/10/2026;10:00;A;Savon;6;72,00;12,00;\nLYO;2;1;03/11/2026;10:00;A;Savon;4;48,00;8,00;\nLYO;3;1;04/11/2026;10:00;A;Savon;-1;-12,00;-2,00;1\nLYO;4;1;05/11/2026;10:00;A;Savon;1;12,00;2,00;\n"
    with opened(tmp_path, {"till.csv": till}) as bench:
        found = {}
        for basis in ((), ("by_sale",)):
            for month in ("2026-10", "2026-11"):
                page = bench.explore(ViewState(view="explore", kpi="net_sales", period=month, basis=basis))
                found[basis, month] = page.total.value.number
        assert found[(), "2026-10"] == 60 and found[(), "2026-11"] == 40
        assert found[("by_sale",), "2026-10"] == 50 and found[("by_sale",), "2026-11"] in (50, None)  # of its own sales nothing came back yet


def test_a_period_to_date_is_held_against_as_many_days_of_the_slowest_source() -> None:
    """Sales are loaded a week further than the door counter: its rate stops where the counter stops, on both sides of the comparison."""
    engine = tiny(
        more="insert into orders (day, order_id, channel, store) values ('2026-11-08', 'late', 'store', 'Lyon'); delete from footfall where day > '2026-10-28'"
    )
    now, before = ask(engine, "conversion_store", period="2026-W44", against="last_year_weekday").cells[None]["conversion_store"]
    assert now.status is Status.PARTIAL and "2026-10-28" in str(now.reason) and now.measures == {"orders": 2, "store_visits": 20}
    assert before.measures.get("orders") in (0, None)  # 2 November 2025 lies after the third day of that week


def test_a_divisor_of_zero_is_no_number() -> None:
    engine = tiny(more="update footfall set visits = 0")
    value = ask(engine, "conversion_store").cells[None]["conversion_store"][0]
    assert value.number is None and value.status is Status.NOT_COMPUTABLE and "store_visits is 0" in str(value.reason)


def test_a_hundred_thousand_dimes_are_exactly_ten_thousand() -> None:
    engine = tiny(
        more="""delete from sale; insert into sale (day, order_id, line_no, channel, net_amount) select date '2026-10-28', 'o' || range, 1, 'web', 0.1
        from range(100000)"""
    )
    assert ask(engine, "revenue").cells[None]["revenue"][0].number == Decimal(10000)


def test_a_member_nobody_loaded_has_no_data_and_no_zero() -> None:
    engine = tiny(more="delete from sale where store = 'Lyon' and day >= '2026-10-26'; delete from orders where store = 'Lyon' and day >= '2026-10-26'")
    answer = ask(engine, "revenue", where=(Filter("store", ("Lyon",)),))
    assert answer.cells[None]["revenue"][0].number is None
    nowhere = ask(engine, "revenue", where=(Filter("store", ("Lyonn",)),)).cells[None]["revenue"][0]
    assert nowhere.number is None and nowhere.status is Status.NO_DATA


def test_guests_are_told_beside_a_kpi_over_customers(tmp_path: Path) -> None:
    head = TICKETS.replace(";TICKET_ORIGINE", ";CARTE")
    rows = [f"LYO;{n};1;05/10/2026;10:00;A;Savon;1;12,00;2,00;{card}" for n, card in enumerate(("C1", "C1", "C2", "", "", "", "", ""), start=1)]
    with opened(tmp_path, {"till.csv": "\n".join([head, *rows]) + "\n"}) as bench:
        page = bench.explore(ViewState(view="explore", kpi="purchase_frequency", period="2026-10"))
        assert page.total.value.measures["buyers"] == 2
        assert "62.5 %" in bench.desk.fmt.t(page.note).replace("\u00a0", " ")  # five of eight tickets
        card = bench.definition(ViewState(view="explore", kpi="purchase_frequency", period="2026-10"))
        assert any("without a known customer" in text for _, text in card.lines)


def test_customers_whose_ninety_days_are_not_over_are_in_no_rate() -> None:
    """Forty young customers who did not come back yet: the repeat rate is that of those who had their time."""
    engine = tiny(
        more="""insert into customers select date '2026-10-20' + cast(range % 7 as integer), 100 + range, 'web', 'FR', 1, 10, false,
        date '2027-01-18' + cast(range % 7 as integer), false, null from range(40)"""
    )
    value = ask(engine, "repeat_rate").cells[None]["repeat_rate"][0]
    assert value.measures == {"cust_repeat_90": 1, "cust_matured": 2} and value.number == 0.5


def test_five_orders_judge_no_basket() -> None:
    engine = tiny()
    value = ask(engine, "aov").cells[None]["aov"][0]
    assert value.number == 40 and (value.n, value.enough) == (5, False)


def test_every_model_of_attribution_gives_away_each_order_once() -> None:
    """Weights per order sum to its revenue, also when nobody touched it before."""
    engine = tiny(
        more="""insert into attributed values ('2026-10-27','o2','Email',null,40,0,13.333333,16,10,2,2), ('2026-10-27','o2','Direct',null,0,0,13.333334,8,10,2,2),
        ('2026-10-27','o2','Paid Search',null,0,40,13.333333,16,20,2,2)"""
    )
    for kpi in ("attributed_revenue", "attributed_first", "attributed_last", "attributed_position", "attributed_decay"):
        answer = ask(engine, kpi, by="source")
        assert answer.cells[None][kpi][0].number == 60 + 40 + 50, kpi
        assert answer.cells["(unattributed)"][kpi][0].number == 50, kpi
        parts = [Fraction(row[kpi][0].number or 0) for member, row in answer.cells.items() if member is not None]
        assert sum(parts) == 150, kpi
