"""Currencies: dated rates, a missing rate is an error, and growth without the moves of exchange rates."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from traps_shop import RATES, add, opened, shop, shopify

from kpi_core.engine.result import Status
from kpi_core.errors import ConfigError, StoreError, UsageError
from kpi_core.render.data import data_table
from kpi_core.render.format import Formatter
from kpi_core.view import ViewState
from kpi_core.workbench import Workbench
from kpi_core.workbench.data import page as data_page
from kpi_core.workbench.rates import unrated
from tests.acceptance.kit import number, values
from tests.shop import output

CONSTANT = ("constant_currency",)
# 100 EUR and 120 USD a month; the dollar goes from 1.20 to 1.50 for a euro: 100 dollars in euros fall from 100 to 80.
TWO = shopify(
    {"Name": "#1", "Lineitem price": "100.00", "Created at": "2025-10-06 10:00:00 +0200"},
    {"Name": "#2", "Lineitem price": "120.00", "Created at": "2025-10-07 10:00:00 +0200", "Currency": "USD"},
    {"Name": "#3", "Lineitem price": "100.00", "Created at": "2026-10-06 10:00:00 +0200"},
    {"Name": "#4", "Lineitem price": "180.00", "Created at": "2026-10-07 10:00:00 +0200", "Currency": "USD"},
    {"Name": "#5", "Lineitem price": "10.00", "Created at": "2026-10-31 10:00:00 +0100"},
)  # fmt: skip
MOVED = f"{RATES}\n07/10/2025;USD;EUR;1,20\n07/10/2026;USD;EUR;1,50\n"


def growth(bench: Workbench, basis: tuple[str, ...] = (), kpi: str = "revenue") -> Decimal:
    page = bench.explore(ViewState(view="explore", kpi=kpi, period="2026-10", compare="last_year_date", basis=basis))
    value = page.total.value.number
    assert value is not None and page.total.delta is not None
    return Decimal(str(value)), page.total.delta.base.number  # type: ignore[return-value]


def test_a_rate_that_moves_is_no_growth_at_constant_rates(tmp_path: Path) -> None:
    with opened(tmp_path, {"orders.csv": TWO, "rates.csv": MOVED}) as bench:
        # reported: 100 + 180/1.5 + 10 = 230 against 100 + 120/1.2 = 200
        assert growth(bench) == (Decimal(230), Decimal(200))
        # at the last known rate, 1.50, for both: 230 against 100 + 120/1.5 = 180
        assert growth(bench, CONSTANT) == (Decimal(230), Decimal(180))
        page = bench.explore(ViewState(view="explore", kpi="revenue", period="2026-10", basis=CONSTANT))
        assert "constant_currency" in page.header.bases and page.header.basis == ("constant exchange rates",)
        assert number(bench, "aov_constant", "2025-10") == 90
    code, text = output(
        "report", "omnigap://explore?kpi=revenue&tr=2026-10&cmp=last_year_date", "-w", tmp_path / "shop", "--basis", "constant_currency", "--format", "csv"
    )
    assert code == 0 and "180" in text


def test_the_day_of_the_constant_rates_can_be_chosen(tmp_path: Path) -> None:
    with opened(tmp_path, {"orders.csv": TWO, "rates.csv": MOVED}, "constant_rates_on: 2026-01-01\n") as bench:
        # 1.20 for both: 100 + 180/1.2 + 10 = 260 against 200
        assert growth(bench, CONSTANT) == (Decimal(260), Decimal(200))
        assert growth(bench) == (Decimal(230), Decimal(200))


@pytest.mark.parametrize(("setting", "error", "words"), [
    ("constant_rates_on: 2020-01-01\n", StoreError, ("USD", "2020")), ("constant_rates_on: yesterday\n", ConfigError, ("yesterday", "settings.yaml"))])  # fmt: skip
def test_a_day_without_rates_is_an_error(tmp_path: Path, setting: str, error: type[Exception], words: tuple[str, ...]) -> None:
    with pytest.raises(error) as raised:
        shop(tmp_path, {"orders.csv": TWO, "rates.csv": MOVED}, setting)
    assert all(word in str(raised.value) for word in words)


def test_one_currency_has_no_rate_to_hold_constant(tmp_path: Path) -> None:
    with opened(tmp_path, {"orders.csv": shopify({}, {})}) as bench:
        state = ViewState(view="explore", kpi="revenue", period="2026-10")
        assert "constant_currency" not in bench.explore(state).header.bases
        with pytest.raises(UsageError, match="all amounts are in EUR"):
            bench.explore(ViewState(view="explore", kpi="revenue", period="2026-10", basis=CONSTANT))
        assert number(bench, "sales_constant", "2026-10") == number(bench, "revenue", "2026-10") == 40


def test_a_missing_rate_is_an_error_that_names_currency_day_and_file(tmp_path: Path) -> None:
    space, report = shop(tmp_path, {"orders.csv": TWO, "rates.csv": f"{RATES}\n07/10/2025;USD;EUR;1,20\n"})
    assert report.published
    code, _ = output("load", "-w", space.root)
    assert code == 3
    with Workbench.open(space.root) as bench:
        (error,) = unrated(bench.desk.reader)
        assert all(word in str(error) for word in ("USD", "2026")) and "orders.csv" in str(error.where) and error.where.line == 5
        for kpi in ("revenue", "orders", "aov", "asp"):
            value = values(bench, kpi, "2026-10")[None][kpi]
            assert value.number is None and value.status is Status.NOT_COMPUTABLE and "USD" in str(value.reason), kpi
        assert number(bench, "revenue", "2025-10") == 200  # what is whole is shown
        assert values(bench, "revenue", "2026-10-31")[None]["revenue"].number == 10
        lines = [row.cells[0].text for row in data_table(data_page(bench.desk, ViewState(view="data")), Formatter("en"), 120).rows]
        assert any("USD" in line and "no exchange rate" in line for line in lines)
    code, _ = output("query", "revenue", "--range", "2026-10", "-w", space.root)
    assert code != 0
    add(space, {"more.csv": MOVED})
    with Workbench.open(space.root) as bench:
        assert number(bench, "revenue", "2026-10") == 230 and not unrated(bench.desk.reader)


def test_a_cost_without_rate_never_becomes_another_price(tmp_path: Path) -> None:
    costs = "ARTICLE;DEBUT;COUT;DEVISE\nS1;01/01/2026;9,00;USD\n"
    with opened(tmp_path, {"orders.csv": shopify({}), "costs.csv": costs}) as bench:
        assert values(bench, "gross_margin_eur", "2026-10")[None]["gross_margin_eur"].number is None
        (error,) = unrated(bench.desk.reader)
        assert "USD" in str(error)
