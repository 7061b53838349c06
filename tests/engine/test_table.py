"""Tables: the same numbers as `ask` gives, and figures worked out by hand where a wrong engine multiplies, loses or rounds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from kpi_core.config.yaml import parse_yaml
from kpi_core.engine import calendar
from kpi_core.engine.catalogue import Catalogue
from kpi_core.engine.result import Period, Question
from kpi_core.engine.run import Engine
from kpi_core.engine.table import TableQuestion
from kpi_core.errors import NotAdditive, OmnigapError, QueryError, UsageError
from kpi_core.view import Filter
from tests.engine.tiny import TinyReader, catalogue, tiny

WEEK = calendar.parse("2026-W44")


@pytest.fixture(scope="module", params=[False, True], ids=["detail", "rollups"])
def star(request: pytest.FixtureRequest) -> Engine:
    return tiny(rolled=request.param)


def asked(engine: Engine, kpi: str, by: str | None, period: Period, where: tuple[Filter, ...] = ()) -> dict[str, object]:
    answer = engine.ask(Question((kpi,), (period,), by, where), live=True)
    return {member or "": cells[kpi][0].number for member, cells in answer.cells.items() if (member is None) == (by is None)}


def tabled(engine: Engine, kpi: str, by: str | None, period: Period, where: str | None = None, grain: str | None = None) -> dict[str, object]:
    question = TableQuestion((kpi,), (by,) if by else (), grain, where, (period.start, period.end))
    return {str(row.keys[0] or "") if by else "": row.numbers[0] for row in engine.table(question).rows}


def close(one: Any, other: Any) -> bool:
    return one == other or (None not in (one, other) and abs(float(one) - float(other)) < 1e-9)


KPIS = [kpi for kpi in catalogue().kpis if not catalogue().needs_compare(kpi)]


@pytest.mark.parametrize("kpi", KPIS)
@pytest.mark.parametrize("filtered", [False, True], ids=["all", "stores"])
def test_a_table_says_what_ask_says(star: Engine, kpi: str, filtered: bool) -> None:
    for by in (None, *star.catalogue.dims(kpi)):
        where: tuple[Filter, ...] = ()
        if filtered:
            if by == "channel" or "channel" not in star.catalogue.filters(kpi):
                continue
            where = (Filter("channel", ("store",)),)
        try:
            known = asked(star, kpi, by, WEEK, where)
            found = tabled(star, kpi, by, WEEK, "channel = 'store'" if filtered else None)
        except OmnigapError as error:
            known = asked(star, kpi, by, WEEK, where)
            assert not any(value is not None for value in known.values()), (by, error.what)
            continue
        for member in known.keys() | found.keys():
            assert close(known.get(member), found.get(member)), (by, member, known.get(member), found.get(member))


def test_a_period_is_cut_by_the_range_and_by_what_is_loaded(star: Engine) -> None:
    rows = star.table(TableQuestion(("revenue",), grain="month", range=(date(2026, 10, 28), date(2026, 11, 30)))).rows
    assert [(row.period, row.numbers[0], str(row.partial)) for row in rows] == [
        (date(2026, 10, 1), Decimal(50), "4 of 31 days"),
        (date(2026, 11, 1), Decimal(50), "loaded up to 2026-11-01 only"),
    ]


def test_nothing_is_zero_only_where_days_are_loaded(star: Engine) -> None:
    question = TableQuestion(("net_sales",), grain="day", range=(date(2026, 10, 30), date(2026, 11, 4)), dense=True)
    assert [row.numbers[0] for row in star.table(question).rows] == [-10, -5, 50, None, None, None]


@pytest.mark.parametrize(
    ("question", "kind", "hint"),
    [
        (TableQuestion(("revenu",)), UsageError, "revenue"),
        (TableQuestion(("revenue",), ("chanel",)), UsageError, "channel"),
        (TableQuestion(("aov",), ("network",)), NotAdditive, "channel"),
        (TableQuestion(("revenue",), where="chanel = 'web'"), UsageError, "channel"),
        (TableQuestion(("revenue",), where="channel = (select 1)"), UsageError, ""),
        (TableQuestion(("revenue",), where="1 = 1; drop table sale"), UsageError, ""),
        (TableQuestion(("revenue",), grain="weak"), UsageError, "week"),
        (TableQuestion(("revenue",), order=("-revenu",)), UsageError, "revenue"),
        (TableQuestion(("sales_growth",)), UsageError, ""),
    ],
)
def test_a_mistake_is_named(star: Engine, question: TableQuestion, kind: type[OmnigapError], hint: str) -> None:
    with pytest.raises(kind) as caught:
        star.table(question)
    assert hint in str(caught.value.hint or "")


def test_order_and_limit(star: Engine) -> None:
    rows = star.table(TableQuestion(("revenue",), ("category",), order=("-revenue",), limit=1)).rows
    assert [row.keys for row in rows] == [("Maison",)]


# ---------------------------------------------------------------- a star of our own

ROWS = """
create table sale (id integer, sold_on date, paid_on date, item varchar, shop varchar, amount decimal(18,2), flag boolean);
insert into sale values (1,'2026-01-30','2026-02-02','a','x',0.10,true), (2,'2026-01-31','2026-01-31','a',null,0.20,false),
  (3,'2026-02-01','2026-02-01','b','x',0.30,null), (4,'2026-02-28','2026-03-01',null,'y',10.00,true), (5,'2026-03-31','2026-04-02','zz','y',7.00,true);
create table click (id integer, on_day date, item varchar, who varchar);
insert into click values (1,'2026-01-31','a','p'), (2,'2026-01-31','a','q'), (3,'2026-02-01',null,'p'), (4,'2026-02-01','b','p'), (5,'2026-02-02','b','q');
create table item (item varchar, brand varchar, maker varchar);
insert into item values ('a','Alpha','m1'), ('b','Beta','m2');
create table maker (maker varchar, country varchar);
insert into maker values ('m1','FR'), ('m2',null);
create table twice (item varchar, colour varchar);
insert into twice values ('a','red'), ('a','blue');
create table stock (on_day date, shop varchar, sku varchar, qty integer);
insert into stock values ('2026-01-01','x','s',90), ('2026-01-01','y','s',40), ('2026-01-03','x','s',80), ('2026-01-10','x','s',70);
create table coverage ("table" varchar, dim varchar, member varchar, "first" date, "last" date);
"""
COVERED = "insert into coverage values ('sale','','','2026-01-01','2026-03-31'), ('stock','','','2026-01-01','2026-01-10'), ('click','','','2026-01-01','2026-02-02')"
COLUMNS = {
    "sale": ["id", "sold_on", "paid_on", "item", "shop", "amount", "flag"],
    "click": ["id", "on_day", "item", "who"],
    "item": ["item", "brand", "maker"],
    "maker": ["maker", "country"],
    "twice": ["item", "colour"],
    "stock": ["on_day", "shop", "sku", "qty"],
}
YAML = """
version: 1
lookups:
  item: {table: item, key: item, dims: [brand], lookups: {maker: maker}}
  maker: {table: maker, key: maker, dims: [country]}
  twice: {table: twice, key: item, dims: [colour]}
facts:
  sale: {table: sale, grain: [id], date: sold_on, dims: [item, shop, flag], lookups: {item: item, twice: item}}
  click: {table: click, grain: [id], date: on_day, dims: [item, who], lookups: {item: item}}
  stock: {table: stock, grain: [on_day, shop, sku], date: on_day, dims: [shop, sku]}
measures:
  amount: {fact: sale, agg: sum(amount)}
  paid: {fact: sale, agg: sum(amount), date: paid_on}
  sales: {fact: sale, agg: count(*)}
  flagged: {fact: sale, agg: "count(*) filter (flag)"}
  alpha: {fact: sale, agg: sum(amount), where: item.brand = 'Alpha'}
  clicks: {fact: click, agg: count(*)}
  people: {fact: click, agg: count(distinct who), additive: none}
  half: {fact: sale, agg: "quantile_cont(amount, 0.5)", additive: none}
  level: {fact: stock, agg: sum(qty), additive: {over_time: last}, carry_forward: {per: [shop, sku], max_days: 3}}
  level_mean: {fact: stock, agg: sum(qty), over_time: mean_of_days, carry_forward: {per: [shop, sku], max_days: 3}}
  opening: {fact: stock, agg: sum(qty), over_time: first}
kpis:
  vat: {expr: amount * 0.2}
  per_click: {expr: amount / clicks}
  month_ago: {expr: "shift(amount, 1 month)"}
  recent: {expr: "rolling(people, 2 days)"}
  so_far: {expr: "to_date(amount, year)"}
  change: {expr: "amount - shift(amount, 1 month)"}
  or_nothing: {expr: or_zero(alpha)}
conversions:
  clicked_to_buy: {base: click, event: sale, entity: item, window: 30 days, calc: count}
"""


def own(yaml: str = YAML, more: str = "") -> Engine:
    con = duckdb.connect(":memory:", config={"threads": 1})
    con.execute(ROWS + more)
    return Engine(TinyReader(con), Catalogue.read(parse_yaml(yaml.encode(), "kpis.yaml"), COLUMNS))


def table(engine: Engine, *kpis: str, **more: Any) -> Mapping[tuple[object, ...], tuple[object, ...]]:
    rows = engine.table(TableQuestion(kpis, **more)).rows
    found = {(*([row.period] if more.get("grain") else []), *row.keys): row.numbers for row in rows}
    assert len(found) == len(rows)
    return found


def test_adding_a_measure_of_another_fact_multiplies_nothing_and_null_keys_meet() -> None:
    assert table(own(), "amount", "clicks", by=("item",)) == {
        ("a",): (Decimal("0.30"), 2),
        ("b",): (Decimal("0.30"), 2),
        ("zz",): (Decimal("7.00"), None),
        (None,): (Decimal("10.00"), 1),
    }


def test_a_lookup_loses_no_row_and_goes_several_hops() -> None:
    assert table(own(), "amount", "clicks", by=("item.brand",)) == {
        ("Alpha",): (Decimal("0.30"), 2),
        ("Beta",): (Decimal("0.30"), 2),
        (None,): (Decimal("17.00"), 1),
    }
    assert table(own(), "amount", by=("item.maker.country",)) == {("FR",): (Decimal("0.30"),), (None,): (Decimal("17.30"),)}
    assert table(own(), "amount", where="item.maker.country is null and shop = 'x'") == {(): (Decimal("0.30"),)}


def test_a_lookup_whose_key_is_doubled_is_refused_by_name() -> None:
    with pytest.raises(QueryError) as caught:
        own().table(TableQuestion(("amount",), ("twice.colour",)))
    assert {"twice", "item", "a"} <= set(map(str, caught.value.what.values.values()))


def test_money_stays_exact_through_products_and_the_median_is_not_cut_to_cents() -> None:
    engine = own()
    assert table(engine, "vat", grain="day", range=(date(2026, 1, 30), date(2026, 2, 1))) == {
        (date(2026, 1, 30),): (Decimal("0.020"),),
        (date(2026, 1, 31),): (Decimal("0.040"),),
        (date(2026, 2, 1),): (Decimal("0.060"),),
    }
    assert table(engine, "half", by=("shop",))[("x",)] == (pytest.approx(0.2),)
    assert table(engine, "half", where="item = 'a' or item = 'b' or item = 'zz'")[()] == (pytest.approx(0.25),)


def test_a_measure_may_go_by_another_date() -> None:
    assert table(own(), "amount", "paid", grain="month") == {
        (date(2026, 1, 1),): (Decimal("0.30"), Decimal("0.20")),
        (date(2026, 2, 1),): (Decimal("10.30"), Decimal("0.40")),
        (date(2026, 3, 1),): (Decimal("7.00"), Decimal("10.00")),
        (date(2026, 4, 1),): (None, Decimal("7.00")),
    }


def test_functions_of_time() -> None:
    engine = own()
    ago = table(engine, "month_ago", grain="day", range=(date(2026, 2, 26), date(2026, 3, 31)))
    assert ago == {  # 28 February looks at 28 January
        (date(2026, 3, 1),): (Decimal("0.30"),),
        **{(date(2026, 3, day),): (Decimal("10.00"),) for day in (28, 29, 30, 31)},
    }
    assert table(engine, "month_ago", grain="month")[(date(2026, 3, 1),)] == (Decimal("10.30"),)  # each day of February once
    assert table(engine, "recent", grain="day")[(date(2026, 2, 1),)] == (2,)  # p on both days, q on one
    assert table(engine, "so_far", grain="month", range=(date(2026, 2, 1), date(2026, 2, 10))) == {(date(2026, 2, 1),): (Decimal("0.60"),)}
    assert table(engine, "change", grain="month")[(date(2026, 2, 1),)] == (Decimal("10.00"),)


def test_levels_are_carried_per_key_and_too_old_ones_are_counted() -> None:
    engine = own()
    answer = engine.table(TableQuestion(("level",), grain="day", range=(date(2026, 1, 3), date(2026, 1, 10))))
    assert [(row.period.day if row.period else 0, row.numbers[0], row.stale[0]) for row in answer.rows] == [
        (3, 120, 0),  # x 80 of the day and y 40 of two days before
        (4, 120, 0),
        (5, 80, 1),
        (6, 80, 1),
        (7, None, 2),
        (8, None, 2),
        (9, None, 2),
        (10, 70, 1),
    ]
    assert table(engine, "level", by=("shop",)) == {("x",): (70,), ("y",): (None,)}
    assert engine.table(TableQuestion(("level",))).stale == {"level": (1, 2)}
    assert table(engine, "level_mean", range=(date(2026, 1, 1), date(2026, 1, 4)))[()] == (pytest.approx((130 + 130 + 120 + 120) / 4),)
    assert table(engine, "opening", by=("shop",)) == {("x",): (90,), ("y",): (40,)}
    later = {"range": (date(2026, 1, 2), date(2026, 1, 10))}
    assert table(engine, "opening", **later) == {(): (80,)} and table(engine, "opening", where="shop = 'y'", **later) == {(): (None,)}


def test_a_conversion_counts_every_event_once_on_the_latest_earlier_row() -> None:
    # sales of a on 30 January (before its clicks: none), 31 January (two clicks that day: the lower id); b on 1 February; zz has no click
    assert table(own(), "clicked_to_buy", by=("item",)) == {("a",): (1,), ("b",): (1,), (None,): (None,)}
    assert table(own(), "clicked_to_buy", grain="day", by=("who",))[(date(2026, 1, 31), "p")] == (1,)


def test_zero_needs_proof() -> None:
    question: dict[str, Any] = {"grain": "month", "range": (date(2026, 1, 1), date(2026, 4, 30)), "dense": True}
    bare = [row[0] for row in table(own(), "or_nothing", **question).values()]
    assert bare == [Decimal("0.30"), 0, 0, None]  # rows of the fact prove the month; April has none
    counted = [row[0] for row in table(own(more=COVERED), "clicks", grain="month", range=(date(2026, 1, 1), date(2026, 4, 30)), dense=True).values()]
    assert counted == [2, 3, None, None]


def test_ask_knows_the_same_language() -> None:
    engine = own(more=COVERED)
    month = calendar.parse("2026-02")
    answer = engine.ask(Question(("amount", "month_ago", "so_far", "change", "per_click", "alpha"), (month,), "item.brand"))
    brands = {member: cells["amount"][0].number for member, cells in answer.cells.items()}
    assert brands == {None: Decimal("10.30"), "Beta": Decimal("0.30"), "": Decimal("10.00"), "Alpha": 0}
    assert {member: cells["month_ago"][0].number for member, cells in answer.cells.items()}["Alpha"] == Decimal("0.30")
    assert answer.cells[None]["so_far"][0].number == Decimal("10.60")
    assert answer.cells[None]["change"][0].number == Decimal("10.00")
    assert answer.cells[None]["change"][0].measures == {"amount": Decimal("10.30"), "shift(amount, 1 month)": Decimal("0.30")}
    level = engine.ask(Question(("level",), (calendar.parse("2026-01-03..2026-01-09"),), "shop"))
    assert (level.cells[None]["level"][0].number, level.cells[None]["level"][0].stale, level.cells[None]["level"][0].keys) == (None, 2, 2)
    early = engine.ask(Question(("level", "level_mean", "opening"), (calendar.parse("2026-01-01..2026-01-04"),), "shop"))
    assert {member: cells["level"][0].number for member, cells in early.cells.items()} == {None: 120, "x": 80, "y": 40}
    assert early.cells[None]["level_mean"][0].number == pytest.approx(125)
    assert early.cells[None]["opening"][0].number == 130
    count = engine.ask(Question(("clicked_to_buy", "paid"), (calendar.parse("2026-02-01..2026-02-02"),)))
    assert (count.cells[None]["clicked_to_buy"][0].number, count.cells[None]["paid"][0].number) == (1, Decimal("0.40"))


def test_rows_behind_a_number_follow_its_date_and_its_function_of_time() -> None:
    engine = own(more=COVERED)
    rows = engine.records("month_ago", (Filter("item.brand", ("Alpha",)),), calendar.parse("2026-02"))
    assert [row[0] for row in rows.rows] == [1, 2]
    assert [row[0] for row in engine.records("paid", (), calendar.parse("2026-02")).rows] == [3, 1]
