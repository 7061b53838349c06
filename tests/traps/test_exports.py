"""Defects of export files: zones, gift cards, VAT, duplicates, cancelled and test orders, rows without a day. Each is loaded and asked for."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from store_rows import export, line, load, order, workspace
from traps_shop import STOCK, TICKETS, add, opened, shop, shopify

from kpi_core.errors import StoreError
from kpi_core.render.data import data_table
from kpi_core.render.format import Formatter
from kpi_core.store import open_reader, star
from kpi_core.view import ViewState
from kpi_core.workbench import Workbench
from kpi_core.workbench.data import page as data_page
from tests.acceptance.kit import number, values
from tests.shop import output

# ---------------------------------------------------------------- zones and clocks


def test_half_past_eleven_in_london_is_the_next_day_in_paris(tmp_path: Path) -> None:
    """23:30 UTC on 31 October is half an hour into November here; a shop in New York is six hours behind."""
    orders = shopify(
        {"Name": "#1", "Created at": "2026-10-31 23:30:00 UTC", "Lineitem price": "10.00"},
        {"Name": "#2", "Created at": "2026-10-31 23:30:00 +0000", "Lineitem price": "1.00"},
        {"Name": "#3", "Created at": "2026-10-31 23:30:00 +0100", "Lineitem price": "0.10"},
        {"Name": "#4", "Created at": "2026-10-31 18:30:00 -05:00", "Lineitem price": "100.00"},
        {"Name": "#5", "Created at": "2026-11-01 05:00:00 +0530", "Lineitem price": "1000.00"},
        {"Name": "#6", "Created at": "2026-10-31 22:59:59 Z", "Lineitem price": "0.01"},
    )
    with opened(tmp_path, {"orders.csv": orders}) as bench:
        assert number(bench, "revenue", "2026-10-31") == Decimal("0.11")
        assert number(bench, "revenue", "2026-11-01") == Decimal("1111")


def test_the_business_zone_is_that_of_the_calendar(tmp_path: Path) -> None:
    calendar = "version: 1\ntimezone: America/New_York\n"
    space, _ = shop(tmp_path, {"orders.csv": shopify({"Created at": "2026-11-01 03:30:00 +0100"})}, config={"calendar.yaml": calendar})
    with Workbench.open(space.root) as bench:
        assert number(bench, "orders", "2026-10-31") == 1


def test_the_day_of_twenty_five_hours_is_one_day(tmp_path: Path) -> None:
    """25 October 2026: the clock shows 2:30 twice, and the day ends an hour later in UTC."""
    orders = shopify(
        {"Name": "#1", "Created at": "2026-10-24 21:59:59 UTC"},
        {"Name": "#2", "Created at": "2026-10-24 22:00:00 UTC"},
        {"Name": "#3", "Created at": "2026-10-25 02:30:00 +0200"},
        {"Name": "#4", "Created at": "2026-10-25 02:30:00 +0100"},
        {"Name": "#5", "Created at": "2026-10-25 22:59:59 UTC"},
        {"Name": "#6", "Created at": "2026-10-25 23:00:00 UTC"},
    )
    with opened(tmp_path, {"orders.csv": orders}) as bench:
        assert [number(bench, "orders", f"2026-10-{day}") for day in (24, 25, 26)] == [1, 4, 1]


# ---------------------------------------------------------------- what is revenue


def test_a_gift_card_is_a_debt_when_sold_and_revenue_when_spent(tmp_path: Path) -> None:
    orders = shopify(
        {"Name": "#1", "Lineitem price": "50.00", "Lineitem name": "Carte cadeau 50 €", "Lineitem sku": "GIFT"},
        {"Name": "#2", "Lineitem price": "30.00"},  # paid with the card: the export gives the full total
        {"Name": "#3", "Lineitem price": "20.00", "Subtotal": "45.00", "Total": "45.00"},
        {"Name": "#3", "Lineitem price": "25.00", "Lineitem name": "Gift card", "Lineitem sku": "GIFT"},
        {"Name": "#4", "Lineitem price": "7.00", "Lineitem name": "Gift card holder"},
    )
    with opened(tmp_path, {"orders.csv": orders}) as bench:
        assert number(bench, "revenue", "2026-10") == 57
        assert number(bench, "orders", "2026-10") == 3
        left_out = {(dataset, reason): (rows, amount) for dataset, reason, rows, _, amount in bench.desk.reader.excluded()}
        assert left_out["order_lines", "gift_card"] == (1, 25)
        assert left_out["orders", "nothing sold"] == (1, 50)
        assert all(check.held == check.of for check in bench.desk.reader.loads()[0].checks)
    space, _ = shop(
        tmp_path / "till", {"till.csv": f"{TICKETS}\nLYO;1;1;05/10/2026;10:00;A;Savon;1;12,00;2,00;\nLYO;1;2;05/10/2026;10:00;G;Chèque-cadeau;1;50,00;0,00;\n"}
    )
    with Workbench.open(space.root) as bench:
        assert number(bench, "revenue", "2026-10") == 10


def test_prices_with_and_without_vat_add_up_without(tmp_path: Path) -> None:
    files = {
        "with.csv": shopify({"Name": "#1", "Lineitem price": "120.00", "Taxes": "20.00", "Total": "120.00"}),
        "without.csv": shopify({"Name": "#2", "Id": "77", "Lineitem price": "100.00", "Taxes": "20.00", "Total": "120.00"}),
        "till.csv": f"{TICKETS}\nLYO;1;1;05/10/2026;10:00;A;Savon;1;120,00;20,00;\n",
        "shipped.csv": shopify({"Name": "#3", "Id": "78", "Lineitem price": "96.00", "Shipping": "24.00", "Taxes": "20.00", "Total": "120.00"}),
    }
    with opened(tmp_path, files) as bench:
        assert number(bench, "revenue", "2026-10") == 100 + 100 + 100 + 80


# ---------------------------------------------------------------- twice, cancelled, tests


def test_overlapping_exports_count_each_order_once(tmp_path: Path) -> None:
    first = shopify({"Name": "#1", "Id": "1"}, {"Name": "#2", "Id": "2", "Financial Status": "pending"})
    later = shopify({"Name": "#2", "Id": "2"}, {"Name": "#3", "Id": "3", "Created at": "2026-10-06 10:00:00 +0200"})
    space, _ = shop(tmp_path, {"later.csv": later})
    add(space, {"first.csv": first})
    add(space, {"again.csv": later})
    with Workbench.open(space.root) as bench:
        assert number(bench, "orders", "2026-10") == 3 and number(bench, "revenue", "2026-10") == 60


def test_the_ledger_tells_every_row_with_its_amount(tmp_path: Path) -> None:
    orders = shopify(
        {"Name": "#1", "Lineitem price": "100.00"},
        {"Name": "#2", "Lineitem price": "40.00", "Cancelled at": "2026-10-06 10:00:00 +0200"},  # cancelled but still «paid»
        {"Name": "#3", "Lineitem price": "7.00", "Tags": "test"},
        {"Name": "#4", "Lineitem price": "5.00", "Financial Status": "pending"},
    )
    with opened(tmp_path, {"orders.csv": orders}) as bench:
        assert number(bench, "revenue", "2026-10") == 100 and number(bench, "orders", "2026-10") == 1
        page = data_page(bench.desk, ViewState(view="data"))
        for dataset, raw, kept, amount in page.ledger:
            gone = [item for item in page.excluded if item[0] == dataset]
            assert (raw, kept, amount) == (4, 1, 100) and raw == kept + sum(rows for _, _, rows, _ in gone)
            assert Decimal(152) == amount + sum(lost for _, _, _, lost in gone)
        assert {reason for _, reason, _, _ in page.excluded} == {"cancelled order", "test order", "pending order"}
        for lang, words in (("en", "orders"), ("fr", "commandes")):
            lines = [row.cells[0].text for row in data_table(page, Formatter(lang), 120).rows]
            assert any(text.startswith(words) and "4 = 1 + 3" in text and "152" in text and "52" in text for text in lines), lines
    code, text = output("report", "omnigap://data", "-w", tmp_path / "shop", "--format", "json")
    told = json.loads(text)
    assert code == 0 and {k: v for k, v in told["ledger"][1].items() if k != "kept_amount"} == {"dataset": "orders", "rows": 4, "kept": 1, "left_out": 3}
    assert "undated" not in told and "unrated" not in told


@pytest.mark.parametrize("defect", [
    "insert into work.ledger select 'orders', 9, 1, 0",  # rows that nobody accounts for
    "insert into mart.sale select * from mart.sale",  # a join that doubles lines
    "insert into mart.sale select * replace (0 as net_amount) from mart.sale",  # doubled without money: items and shares would be wrong
    "update mart.sale set net_amount = net_amount + 0.01",
])  # fmt: skip
def test_a_load_that_does_not_add_up_is_not_published(tmp_path: Path, defect: str, monkeypatch: pytest.MonkeyPatch) -> None:
    space = workspace(tmp_path / "shop")
    good = export(tmp_path / "in", "good.json", {"orders": [order("a", "2026-10-01")], "order_lines": [line("a", "2026-10-01", 10)]})
    load(space, good)
    build = star.build_journeys

    def broken(con: object) -> None:
        build(con)  # type: ignore[arg-type]
        con.execute(defect)  # type: ignore[attr-defined]

    monkeypatch.setattr(star, "build_journeys", broken)
    with pytest.raises(StoreError, match="nothing was changed"):
        load(space, export(tmp_path / "in", "more.json", {"orders": [order("b", "2026-10-02")], "order_lines": [line("b", "2026-10-02", 10)]}))
    with open_reader(space) as reader:
        assert reader.generation == 1 and reader.execute("select sum(net_amount) from sale") == [(10,)]


def test_a_row_without_a_day_is_listed_by_file_and_line(tmp_path: Path) -> None:
    space = workspace(tmp_path / "shop")
    rows = {"orders": [order("a", "2026-10-01"), order("lost", None, net=3)], "order_lines": [line("a", "2026-10-01", 10), line("lost", None, 3)]}  # type: ignore[arg-type]
    load(space, export(tmp_path / "in", "tills.json", rows))
    with open_reader(space) as reader:
        names = reader.file_names()
        undated = tuple((dataset, names[load_id], line) for dataset, load_id, line in reader.undated())
        assert ("orders", "tills.json", 3) in undated and reader.execute("select count(*) from orders") == [(1,)]
    with opened(tmp_path / "other", {"orders.csv": shopify({})}) as bench:
        page = data_page(bench.desk, ViewState(view="data"))
        for shown, words in ((page, "none: every row has its day"), (replace(page, undated=undated), "orders: tills.json, line 3")):
            assert words in [row.cells[0].text for row in data_table(shown, Formatter("en"), 120).rows]


# ---------------------------------------------------------------- stock that nobody counts any more


def test_places_that_stopped_counting_are_stale_and_named(tmp_path: Path) -> None:
    stock = "\n".join([STOCK, *(f"{day}/10/2026;{place};S1;{count}" for day, place, count in
                                (("01", "Lyon", 10), ("01", "Nice", 20), ("01", "Metz", 40), ("28", "Metz", 30), ("24", "Brest", 5)))]) + "\n"  # fmt: skip
    files = {"stock.csv": stock, "costs.csv": "ARTICLE;DEBUT;COUT\nS1;01/01/2026;1,00\n", "orders.csv": shopify({"Created at": "2026-10-31 10:00:00 +0100"})}
    with opened(tmp_path, files) as bench:
        # Lyon and Nice were counted 30 days before the end: neither 75 with them nor 0 without a word
        at = ViewState(view="explore", kpi="stock_cover", period="2026-10")
        card = dict(bench.definition(at).lines)
        assert "2 stores stale: Lyon, Nice" in card["Stale"]
        page = bench.explore(at)
        assert "2 stores stale" in str(page.note) and [name for name, _ in page.header.freshness.stale] == ["Lyon", "Nice"]
        assert values(bench, "stock_cover", "2026-10")[None]["stock_cover"].measures["stock_cost_end"] == 35
        french = Workbench.open(tmp_path / "shop", lang="fr")
        with french:
            assert "2 magasins sans état de stock récent" in french.desk.fmt.t(french.explore(at).note)
        early = bench.explore(ViewState(view="explore", kpi="stock_cover", period="2026-10-01..2026-10-07"))
        assert "stale" not in str(early.note) and not early.header.freshness.stale
    code, text = output("report", "omnigap://explore?kpi=stock_cover&tr=2026-10", "-w", tmp_path / "shop", "--format", "json")
    assert code == 0 and [item["name"] for item in json.loads(text)["data"]["stale"]] == ["Lyon", "Nice"]
