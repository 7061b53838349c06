"""Which KPIs a column of an export feeds, and what is said where no loaded export gives it."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from kpi_core.config.shipped import shipped
from kpi_core.config.yaml import load_yaml
from kpi_core.engine.catalogue import Catalogue
from kpi_core.engine.feeds import _FEEDS, ROWS, known_column, reach_of, star_columns
from kpi_core.engine.limits import Limits
from kpi_core.engine.star import STAR
from kpi_core.store.datasets import DATASETS

NOT_IN_THE_STAR = {"claims", "identifiers"}


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue.read(load_yaml(Path(shipped("config") / "kpis.yaml")))


def test_every_name_of_the_feeds_is_known() -> None:
    assert set(DATASETS) - set(_FEEDS) <= NOT_IN_THE_STAR
    for dataset, tables in _FEEDS.items():
        for table, words in tables.items():
            for column, _, ends in (word.partition(":") for word in words.split()):
                assert column in DATASETS[dataset].columns, (dataset, column)
                assert all(end == ROWS or end in STAR[table] for end in ends.split(",")), (table, ends)


def test_kpis_and_cuts_that_a_column_feeds(catalogue: Catalogue) -> None:
    cost = reach_of(catalogue, [("products", "cost")])
    assert "gross_margin" in cost.kpis and "revenue" not in cost.kpis
    sku = reach_of(catalogue, [("returns", "sku")])
    assert not sku.kpis and ("return_rate", "product") in sku.cuts and ("aov", "product") not in sku.cuts
    assert "revenue" in reach_of(catalogue, [("order_lines", "net")]).kpis and "orders" in reach_of(catalogue, [("orders", ROWS)]).kpis
    assert not reach_of(catalogue, [("orders", "nothing")]).kpis
    assert {table for table, _ in star_columns("returns", "sku")} == {"returns", "returns_by_sale"}, "the articles of sales come from elsewhere"
    assert ("sale", "category") in star_columns("products", "category")
    assert known_column("returns.sku") == ("returns", "sku") and known_column("traffic by day") is None and star_columns("x", "y") == frozenset()


class _Reader:
    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self.con = con

    def execute(self, sql: str, parameters: object = (), /) -> list[tuple[object, ...]]:
        return self.con.execute(sql).fetchall()


def test_a_limit_is_told_only_while_nothing_gives_the_column(catalogue: Catalogue) -> None:
    con = duckdb.connect()
    con.execute("create table returns as select 'A' as return_id, null::varchar as product, null::varchar as category, null::varchar as sku, 2.0 as qty")
    con.execute("create table sale as select 'P' as product, null::varchar as category, null::decimal(18,6) as cost_amount, null::decimal(18,6) as cost_constant")
    told = [("returns.sku", "by amount only", "en montant"), ("products.cost", "load costs", "charger les coûts"), ("traffic by day", "x", "y")]
    limits = Limits(_Reader(con), frozenset({"returns", "sale"}), lambda: told)  # type: ignore[arg-type]
    assert str(limits.of_cut(catalogue, "return_rate", "product")) == "by amount only"
    assert limits.of_cut(catalogue, "aov", "store") is None
    cost = next(ref.name for ref in catalogue.refs("gross_margin") if "cost_amount" in catalogue.measures[ref.name].columns())
    message = limits.of_measure(catalogue, cost)
    assert message is not None and message.values["hint"].in_("fr") == "charger les coûts"  # type: ignore[attr-defined]
    con.execute("insert into returns values ('B', 'Chair', null, 'C1', 1.0)")
    again = Limits(_Reader(con), frozenset({"returns", "sale"}), lambda: told)  # type: ignore[arg-type]
    assert again.of_cut(catalogue, "return_rate", "product") is None and str(again.of_cut(catalogue, "return_rate", "category")) == "by amount only"
