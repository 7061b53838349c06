"""Contoso: four files, five currencies, one reporting currency; every figure against the CSV read in plain Python."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from kpi_core.workbench import Workbench
from tests.acceptance.kit import money, near, needs_real, number, numbers, values
from tests.shop import REAL

pytestmark = [pytest.mark.realdata, pytest.mark.slow, needs_real]

FOLDER = REAL / "contoso_10k"
ALL = "2021-05-18..2024-04-20"


class Line:
    """One line of sales.csv in US dollars; the rate is units of the local currency for a dollar."""

    def __init__(self, row: dict[str, str]) -> None:
        quantity, rate = Fraction(row["quantity"]), Fraction(row["exchange_rate"])
        self.order, self.customer, self.store = row["order_key"], row["customer_key"], row["store_key"].removesuffix(".0")
        self.product = row["product_key"].removesuffix(".0")
        self.ordered, self.delivered = date.fromisoformat(row["order_date"]), date.fromisoformat(row["delivery_date"])
        self.net = quantity * Fraction(row["net_price"]) / rate
        self.cost = quantity * Fraction(row["unit_cost"]) / rate

    @property
    def online(self) -> bool:
        return self.store == "999999"


@pytest.fixture(scope="module")
def lines() -> list[Line]:
    with (FOLDER / "sales.csv").open(encoding="utf-8", newline="") as stream:
        return [Line(row) for row in csv.DictReader(stream)]


@pytest.fixture(scope="module")
def bench(contoso_workspace: Path) -> Iterator[Workbench]:
    with Workbench.open(contoso_workspace) as opened:
        yield opened


def total(lines: list[Line]) -> Decimal:
    return round(Decimal(sum(line.net for line in lines).numerator) / Decimal(sum(line.net for line in lines).denominator), 2)


def test_net_sales_in_dollars(bench: Workbench, lines: list[Line]) -> None:
    assert total(lines) == Decimal("7302606.61")
    found = number(bench, "revenue", ALL)
    assert money(found) == Decimal("7302606.61")
    assert abs(Decimal(found) - Decimal("7302606.6062")) < Decimal("0.0001")  # oracles.md, to its last digit
    assert number(bench, "orders", ALL) == len({line.order for line in lines}) == 3242


def test_by_channel(bench: Workbench, lines: list[Line]) -> None:
    found = numbers(bench, "revenue", ALL, "channel")
    parts = {"web": [line for line in lines if line.online], "store": [line for line in lines if not line.online]}
    assert {channel: money(value) for channel, value in found.items()} == {channel: total(part) for channel, part in parts.items()}
    assert numbers(bench, "orders", ALL, "channel") == {channel: len({line.order for line in part}) for channel, part in parts.items()} == {"web": 1743, "store": 1499}


def test_by_store_under_its_name(bench: Workbench, lines: list[Line]) -> None:
    with (FOLDER / "store.csv").open(encoding="utf-8", newline="") as stream:
        names = {row["store_key"].removesuffix(".0"): row["description"] for row in csv.DictReader(stream)}
    expected: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        expected["" if line.online else names[line.store]].append(line)
    found = numbers(bench, "revenue", ALL, "store")
    assert len(found) == 58
    assert {store: money(value) for store, value in found.items()} == {store: total(part) for store, part in expected.items()}


def test_margins(bench: Workbench, lines: list[Line]) -> None:
    def margin(part: list[Line]) -> Fraction:
        return sum((line.net - line.cost for line in part), Fraction(0)) / sum((line.net for line in part), Fraction(0))

    found = number(bench, "gross_margin", ALL)
    assert near(found, margin(lines), 1e-8)
    assert 0.56 < float(found) < 0.562
    for channel, rate in numbers(bench, "gross_margin", ALL, "channel").items():
        assert near(rate, margin([line for line in lines if line.online == (channel == "web")]), 1e-8), channel


def test_by_category_of_the_product_file(bench: Workbench, lines: list[Line]) -> None:
    with (FOLDER / "product.csv").open(encoding="utf-8", newline="") as stream:
        categories = {row["product_key"].removesuffix(".0"): row["category_name"] for row in csv.DictReader(stream)}
    expected: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        expected[categories[line.product]].append(line)
    assert {name: money(value) for name, value in numbers(bench, "revenue", ALL, "category").items()} == {name: total(part) for name, part in expected.items()}


def test_delivery_online(bench: Workbench, lines: list[Line]) -> None:
    days = {line.order: (line.delivered - line.ordered).days for line in lines if line.online}
    found = number(bench, "delivery_days", ALL)
    assert near(found, Fraction(sum(days.values()), len(days)))
    assert f"{float(found):.2f}" == "3.02"


def test_customers_who_came_back(bench: Workbench, lines: list[Line]) -> None:
    orders: dict[str, set[str]] = defaultdict(set)
    for line in lines:
        orders[line.customer].add(line.order)
    again = sum(1 for found in orders.values() if len(found) > 1)
    assert (len(orders), again) == (3165, 74)
    value = values(bench, "retention_rate", ALL)[None]["retention_rate"]
    assert value.n == 3165
    assert value.number is not None and near(value.number, Fraction(again, len(orders)))
