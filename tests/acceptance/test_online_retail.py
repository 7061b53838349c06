"""UCI Online Retail, from its .csv.gz through the command line: the published figures, and what the file cannot say."""

from __future__ import annotations

import csv
import gzip
import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from kpi_core.engine.result import Status
from kpi_core.pages import SectionKind
from kpi_core.view import ViewState
from kpi_core.workbench import Workbench
from tests.acceptance.kit import money, near, needs_real, number, numbers, values
from tests.shop import REAL, Done, omnigap

pytestmark = [pytest.mark.realdata, pytest.mark.slow, needs_real]

SOURCE = REAL / "online_retail" / "online_retail.csv.gz"
ALL = "2010-12-01..2011-12-09"


@dataclass
class Counted:
    """The figures of the file, counted line by line."""

    lines: int = 0
    anonymous: int = 0
    sold: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))  # by month
    orders: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    countries: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    invoices: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))  # by customer, each with its day
    returned: Decimal = Decimal(0)


@pytest.fixture(scope="module")
def counted() -> Counted:
    found = Counted()
    with gzip.open(SOURCE, "rt", encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            found.lines += 1
            found.anonymous += not row["CustomerID"]
            quantity, price, invoice, month = int(row["Quantity"]), Decimal(row["UnitPrice"]), row["InvoiceNo"], row["InvoiceDate"][:7]
            if invoice.startswith("C"):
                found.returned -= quantity * price
            elif quantity > 0 and price > 0:
                found.sold[month] += quantity * price
                found.countries[row["Country"]] += quantity * price
                found.orders[month].add(invoice)
                if row["CustomerID"]:
                    found.invoices[row["CustomerID"]].setdefault(invoice, row["InvoiceDate"][:10])
    return found


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Done]:
    folder = tmp_path_factory.mktemp("retail") / "shop"
    assert omnigap("init", folder).returncode == 0
    settings = folder / "config" / "settings.yaml"
    settings.write_text(settings.read_text(encoding="utf-8").replace("currency: EUR", "currency: GBP"), encoding="utf-8")
    done = omnigap("load", "-w", folder, SOURCE)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder, done


@pytest.fixture(scope="module")
def bench(shop: tuple[Path, Done]):  # type: ignore[no-untyped-def]
    with Workbench.open(shop[0]) as opened:
        yield opened


def test_the_file_is_accounted_for_row_by_row(shop: tuple[Path, Done], counted: Counted) -> None:
    told = " ".join(shop[1].stdout.split())
    assert counted.lines == 541_909
    assert "541,909 rows read, 539,392 used" in told
    for reason, count in (("bad debt adjustment", "2"), ("stock movement outside any sale", "1,336"), ("adjustment without a price", "1,179")):
        assert f"{reason}, {count} rows" in told


def test_revenue_orders_and_basket(bench: Workbench, counted: Counted) -> None:
    total = sum(counted.sold.values(), Decimal(0))
    orders = sum(len(invoices) for invoices in counted.orders.values())
    assert (total, orders) == (Decimal("10666684.544"), 19_960)
    assert number(bench, "revenue", ALL) == total
    assert number(bench, "orders", ALL) == orders
    assert near(number(bench, "aov", ALL), Fraction(total) / orders)
    assert round(float(number(bench, "aov", ALL)), 4) == 534.4030


def test_every_month(bench: Workbench, counted: Counted) -> None:
    for month, total in counted.sold.items():
        assert (number(bench, "revenue", month), number(bench, "orders", month)) == (total, len(counted.orders[month])), month
    assert (money(number(bench, "revenue", "2011-11")), number(bench, "orders", "2011-11")) == (Decimal("1509496.33"), 2769)


def test_every_country(bench: Workbench, counted: Counted) -> None:
    assert len(counted.countries) == 38
    assert numbers(bench, "revenue", ALL, "country") == dict(counted.countries)


def test_returns_by_value(bench: Workbench, counted: Counted) -> None:
    assert counted.returned == Decimal("896812.49")
    rate = number(bench, "return_rate_value", ALL)
    assert near(rate, Fraction(counted.returned) / Fraction(sum(counted.sold.values(), Decimal(0))))
    assert f"{float(rate):.2%}" == "8.41%"


@pytest.mark.parametrize(("period", "last"), [("2011-12-09", "2011-12-09"), ("2011-12", "2011-12-09"), ("2011", "2011-12-09"), (ALL, "2011-12-09"), ("2011-06", "2011-06-30")])
def test_repeat_rate_of_all_customers_so_far(bench: Workbench, counted: Counted, period: str, last: str) -> None:
    """Retention is as of the last day of the period: it does not matter how the period began."""
    so_far = [sum(1 for day in days.values() if day <= last) for days in counted.invoices.values()]
    known, again = sum(1 for orders in so_far if orders), sum(1 for orders in so_far if orders > 1)
    if last == "2011-12-09":
        assert (known, again) == (4338, 2845)
    value = values(bench, "retention_rate", period)[None]["retention_rate"]
    assert value.n == known
    assert value.number is not None and near(value.number, Fraction(again, known))
    assert last != "2011-12-09" or f"{float(value.number):.2%}" == "65.58%"


def test_the_last_month_is_flagged_as_partial(bench: Workbench, shop: tuple[Path, Done]) -> None:
    page = bench.overview(ViewState(period="2011-12"))
    assert page.header.partial == (9, 31)
    assert page.header.freshness.last_day == date(2011, 12, 9)
    assert page.header.compare is not None and page.header.compare.days == 9  # held against the first nine days of the year before
    assert values(bench, "revenue", "2011-12")[None]["revenue"].status is Status.PARTIAL
    assert values(bench, "revenue", "2011-11")[None]["revenue"].status is Status.VALUE
    assert money(number(bench, "revenue", "2011-12")) == Decimal("638792.68")
    report = json.loads(omnigap("report", "-w", shop[0], "-p", "2011-12", "--format", "json").stdout)
    row = next(row for row in report["rows"] if row["kpi"] == "revenue")
    assert (row["value_status"], row["coverage"], row["value"]) == ("partial", {"days": 9, "of": 31}, 638792.68)
    for lang, mark in (("en", "9/31 d"), ("fr", "9/31 j")):
        told = omnigap("report", "-w", shop[0], "-p", "2011-12", "--lang", lang)
        assert mark in told.stdout.splitlines()[0].replace("\u00a0", " "), told.stdout + told.stderr


def test_lines_without_a_customer_are_told_at_the_load_and_in_the_data_view(shop: tuple[Path, Done], bench: Workbench, counted: Counted) -> None:
    assert (counted.anonymous, f"{counted.anonymous / counted.lines:.1%}") == (135_080, "24.9%")
    assert "24.9 % of the lines name no customer" in " ".join(shop[1].stdout.split())
    for lang, words in (("en", "24.9 % of the lines name no customer"), ("fr", "24,9 % des lignes ne nomment aucun client")):
        (row,) = json.loads(omnigap("report", "omnigap://data", "-w", shop[0], "--format", "json", "--lang", lang).stdout)["rows"]
        assert any(words in note for note in row["notes"])
    guests = numbers(bench, "orders", ALL, "customer_type")["guest"]
    assert guests == sum(map(len, counted.orders.values())) - sum(map(len, counted.invoices.values()))


def test_what_the_file_can_never_give_is_said(bench: Workbench) -> None:
    value = values(bench, "gross_margin", "2011-11")[None]["gross_margin"]
    assert value.number is None
    (source,) = bench.data(ViewState()).sources
    notes = " ".join(map(str, source.notes))
    assert "no unit cost" in notes
    assert "a cancellation does not name the invoice it cancels" in notes


def test_codes_that_are_no_products_are_apart(bench: Workbench) -> None:
    by_category = numbers(bench, "revenue", "2011-11", "category")
    assert set(by_category) == {"", "Not a product"}
    assert by_category["Not a product"] > 0
    assert sum(by_category.values()) == number(bench, "revenue", "2011-11")


def test_october_to_november_in_orders_items_and_price(bench: Workbench) -> None:
    """The published fixture of methods.md 6.3: each driver's Shapley share of +354,517.03."""
    page = bench.explain(ViewState(kpi="revenue", period="2011-11", compare="previous", against="compare"))
    drivers = next(section for section in page.sections if section.kind is SectionKind.DRIVERS)
    amounts = {part.key: money(Decimal(part.amount.numerator) / Decimal(part.amount.denominator)) for part in drivers.parts}
    assert {key: amounts[key] for key in ("orders", "items_per_order", "asp")} == {
        "orders": Decimal("405666.66"),
        "items_per_order": Decimal("-153663.29"),
        "asp": Decimal("102513.66"),
    }
    assert page.gap is not None and money(Decimal(page.gap.numerator) / Decimal(page.gap.denominator)) == Decimal("354517.03")
    assert sum((part.amount for part in drivers.parts if part.level == 0), Fraction(0)) == page.gap
