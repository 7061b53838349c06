"""T1-T32: every trap that real exports set, each on a made-up file that sets it. What a whole layout becomes is tested beside its profile."""

from __future__ import annotations

import codecs
import io
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from every_twin import TWINS, data_of
from source_files import PROFILES, Loaded, order, shopify, write

from kpi_core.errors import DamagedFile, SourceError, Undecided
from kpi_core.sources import recognise
from kpi_core.sources.recognise import norm
from kpi_core.store import SourceImporter, Workspace, load_with
from kpi_core.store.datasets import DATASETS
from tests.acceptance.kit import facts

D = Decimal
Load = Callable[..., Loaded]


@pytest.fixture(scope="module")
def load(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Load]:
    """A made-up file by the name of its layout and its own, or a text of its own; each read once."""
    kept: dict[object, Loaded] = {}

    def loaded(name: str, text: str | bytes | None = None) -> Loaded:
        if (name, text) not in kept:
            twin = TWINS.get(name)
            data = text if text is not None else data_of(twin) if twin is not None else b""
            kept[name, text] = Loaded(write(tmp_path_factory.mktemp("trap"), twin.name if twin is not None else name, data))
        return kept[name, text]

    yield loaded
    for item in kept.values():
        item.con.close()


def dropped(loaded: Loaded) -> dict[str, int]:
    return dict(loaded.account.dropped)


def missing(loaded: Loaded) -> set[str]:
    return {limit.missing for limit in loaded.account.limits}


GOOGLE = "google_ads.campaign-Rapport sur les campagnes.csv"
ORDERS = "shopify.orders-orders_export_1.csv"


def test_T01_utf16_with_comma_or_tab(load: Load) -> None:
    matomo = load("matomo.report-report.csv")
    assert (matomo.account.encoding, matomo.account.delimiter) == ("UTF-16", ",") and matomo.rows("traffic")
    text = str(TWINS[GOOGLE].data).replace(";", "\t")
    ads = load("google.csv", codecs.BOM_UTF16_LE + text.encode("utf-16-le"))
    assert (ads.account.encoding, ads.account.delimiter) == ("UTF-16", "\t")
    assert ads.everything() == load(GOOGLE).everything()


def test_T02_damaged_utf16_is_refused_with_its_byte(tmp_path: Path) -> None:
    with pytest.raises(DamagedFile, match="holds 8-bit text at byte 2"):
        recognise(write(tmp_path, "report.csv", codecs.BOM_UTF16_LE + data_of(TWINS[ORDERS])), PROFILES)


def test_T03_byte_order_mark_cp1252_and_a_workbook_called_csv(load: Load) -> None:
    assert load("trustpilot.reviews-reviews.csv").account.encoding == "UTF-8 BOM"
    german = load("amazon.all_orders-bestellungen.txt")
    assert german.account.encoding == "cp1252" and german.recognised.profile_id == "amazon.all_orders"
    book = io.BytesIO()
    with xlsxwriter.Workbook(book) as out:
        sheet = out.add_worksheet()
        for at, row in enumerate((["sku", "valid from", "unit cost", "currency"], ["A", "2026-02-13", 1037.9, "EUR"])):
            sheet.write_row(at, 0, row)
    costs = load("costs.csv", book.getvalue())
    assert costs.account.encoding == "Excel" and costs.rows("product_costs", "sku, valid_from, unit_cost") == [("A", date(2026, 2, 13), D("1037.9"))]


def test_T04_sep_line_then_a_title_then_the_header(load: Load) -> None:
    reach = load("meta.daily_metric-Reach.csv")
    assert reach.recognised.separator_line and reach.recognised.header_row == 2
    assert reach.rows("social_stats", "account, day", "ORDER BY day LIMIT 1") == [("Instagram reach", date(2026, 9, 1))]


@pytest.mark.parametrize(
    ("name", "row"),
    [
        (GOOGLE, 2), ("ga4.ui-snapshot.csv", 8), ("amazon.date_range-2026SepMonthlyTransaction.csv", 4), ("ebay.orders-eBay-OrdersReport-Jul-31-2025.csv", 1),
        ("ebay.transactions-Transaction_report.csv", None),
    ],
)  # fmt: skip
def test_T05_lines_above_the_header(load: Load, name: str, row: int | None) -> None:
    found = load(name)
    assert found.recognised.header_row == row if row is not None else found.recognised.header_row > 1
    assert found.account.rows_used and not found.account.rejected


def test_T06_several_header_rows(load: Load) -> None:
    survey, stores = load("surveymonkey.responses-survey.csv"), load("google_business.performance-GMB insights - 2026-9-1 - 2026-9-30.csv")
    assert "Which stores do you visit?: Studio" in survey.recognised.header and len(survey.rows("feedback")) == 2
    assert stores.account.rows_read == 2 and stores.account.rejected == () and stores.recognised.data_line == 3


def test_T07_several_tables_each_with_its_period(load: Load) -> None:
    snapshot, scheduled = load("ga4.ui-snapshot.csv"), load("matomo.scheduled-Boutique - September 2026 - Rapport.csv")
    assert [(check.held, check.of) for check in snapshot.account.checks if check.name == "tables with rows"] == [(3, 4)]
    assert {(table.first_day, table.last_day) for table in snapshot.account.tables} >= {
        (date(2026, 9, 1), date(2026, 9, 2)), (date(2025, 9, 1), date(2025, 9, 2)),
    }  # fmt: skip
    assert len(scheduled.account.tables) > 2 and {row[0] for row in scheduled.rows("traffic", "scope")} >= {"", "device", "source"}


def test_T08_totals_at_the_top_and_at_the_bottom_and_total_wine_stays(load: Load) -> None:
    google, tiktok, meta = load(GOOGLE), load("tiktok_ads.report-tiktok.csv"), load("meta_ads.report-Campagnes.csv")
    assert dropped(google) == {"totals row": 2} and dropped(tiktok) == {"totals row": 1} and dropped(meta) == {"totals row": 1}
    for found in (google, tiktok):
        assert found.rows("ad_spend", "campaign", "WHERE campaign = 'Total Wine'") == [("Total Wine",)]
    assert all(check.ok for check in google.account.checks), "and the rows add up to the totals"
    top = load("ga4.csv", "# ------------\n# 20260101-20260131\n\nLanding page + query string,Sessions,Total users\n,12,9,Grand total\n/a,7,6\n/b,5,4\n")
    assert dropped(top) == {"totals row": 1} and top.one("traffic", "sum(sessions)") == (12,)


def test_T09_footer(load: Load) -> None:
    assert dropped(load("ebay.orders-eBay-OrdersReport-Jul-31-2025.csv")) == {"footer of the export": 2}


def test_T10_order_header_only_on_its_first_line(load: Load) -> None:
    shop = load(ORDERS)
    assert shop.rows("order_lines", "count(*)", "WHERE order_id = 'shopify:100'") == [(3,)]
    assert shop.rows("orders", "order_id, net, total, channel", "WHERE order_id = 'shopify:100'")[0][2:] == (D("50"), "web")
    assert all(check.ok for check in shop.account.checks if check.name in ("subtotal", "total"))


def test_T11_a_whole_order_in_a_cell_or_in_numbered_columns(load: Load) -> None:
    lines = load("bigcommerce.orders-orders-2026-06-01.csv").rows("order_lines", "sku, title, quantity", "WHERE order_id = 'bigcommerce:301' ORDER BY sku")
    assert lines == [("B1", "Bougie, grande", D(2)), ("Vase", "Vase", D(1))], "a name may hold the separator"
    assert load("woocommerce.analytics_orders-orders-report.csv").rows("order_lines", "sum(quantity)", "WHERE order_id = 'woocommerce:501'") == [(D(3),)]
    assert load("woocommerce.skyverge_orders-orders-export.csv").rows("order_lines", "count(*)", "WHERE order_id LIKE '%4001' AND line_type = 'product'") == [(2,)]


def test_T12_a_column_per_place_with_not_stocked_and_unlimited(load: Load) -> None:
    stock = load("shopify.inventory-inventory_export_2026-04-05.csv")
    assert stock.rows("stock", "location, sku, on_hand, unlimited", "ORDER BY 1, 2") == [
        ("12 rue A", "B1", D(4), False), ("Entrepôt", "B1", None, True), ("Entrepôt", "savon / Small", D(12), False),
    ]  # fmt: skip


def test_T13_a_row_per_amount(load: Load) -> None:
    found = load("amazon.settlement_v2-settlement2.txt")
    assert found.rows("claims", "sum(amount)", "WHERE measure = 'payout'") == [(D("1001.4"),)]
    assert found.rows("claims", "detail, sum(amount)", "WHERE measure = 'revenue' GROUP BY 1 ORDER BY 1") == [("goods", D(1190)), ("shipping", D(5))]
    assert found.account.checks and all(check.ok for check in found.account.checks)


def test_T14_excel_guards(load: Load) -> None:
    shop = load("guards.csv", shopify([order("#1", Lineitem_sku="'75008"), order("#2", Lineitem_sku='="254927681919372"'), order("#3", Lineitem_sku="'=1+1")]))
    assert shop.rows("order_lines", "sku", "ORDER BY order_id") == [("75008",), ("254927681919372",), ("=1+1",)]
    customers = load("shopify.customers-customers_export.csv")
    assert len(customers.recognised.header) > 10 and customers.rows("identifiers", "count(*)", "WHERE kind = 'phone'")[0][0] > 0


def test_T15_currency_in_the_header_in_the_cell_or_nowhere(load: Load, tmp_path: Path) -> None:
    assert load("meta_ads.report-Campagnes.csv").account.currency == "EUR"
    assert load("prestashop.orders-order_2026-04-06_101500.csv").rows("orders", "total, currency", "WHERE order_id = 'prestashop:12'") == [(D("1234.56"), "EUR")]
    assert load("square.transactions-transactions-2026-04.csv").account.currency == "EUR"
    assert load("magento.orders_grid-export.csv").account.currency is None and "orders.currency" in missing(load("magento.orders_grid-export.csv"))
    text = str(TWINS["ebay.orders-eBay-OrdersReport-UK.csv"].data)
    assert load("ebay.orders-eBay-OrdersReport-UK.csv").account.currency == "GBP" and "£" in text


def test_T16_not_reported_is_never_zero(load: Load) -> None:
    assert load(GOOGLE).rows("ad_spend", "conversions", "WHERE campaign = 'Total Wine'") == [(None,)], "--"
    assert load("tiktok_ads.report-tiktok.csv").rows("ad_spend", "conversions", "WHERE campaign = 'Total Wine'") == [(None,)], "<5"
    ga4 = load("ga4.ui-snapshot.csv").rows("traffic", "source, sessions", "WHERE scope = 'source' AND sessions = 4")
    assert ga4 == [("(other)", 4)]


def test_T17_percents_as_signs_or_as_ratios(load: Load) -> None:
    assert load("matomo.report-report.csv").rows("traffic", "bounce_rate", "ORDER BY period_start DESC LIMIT 1")[0][0] in (0.2, 0.33)
    header = "Eindeutige Besucher,Besuche,Aktionen,Absprungsrate,Aktionen pro Besuch"
    german = load("Export _ Besuche _ 2026-09-01.csv", f"{header}\n20,25,80,20\xa0%,3\n")
    assert german.rows("traffic", "bounce_rate") == [(0.2,)]
    whole = load("matomo.scheduled-Boutique - September 2026 - Rapport.csv")
    assert all(0 <= row[0] <= 1 for row in whole.rows("traffic", "bounce_rate", "WHERE bounce_rate IS NOT NULL"))


@pytest.mark.parametrize(
    ("name", "dataset", "column", "first"),
    [
        ("bigcommerce.orders-orders-2026-06-01.csv", "orders", "min(placed_on)", date(2026, 5, 18)),  # 18/05/2026
        ("square.transactions-transactions-2026-04.csv", "orders", "min(placed_on)", date(2026, 4, 13)),  # 04/13/2026
        ("square.transactions-transactions_fr.csv", "orders", "min(placed_on)", date(2026, 4, 13)),  # 13/04/2026
        ("sumup.sales-sales-report.csv", "orders", "min(placed_on)", date(2026, 3, 15)),  # 15.03.26
        ("ebay.orders-eBay-OrdersReport-Jul-31-2025.csv", "fulfilments", "min(shipped_on)", date(2025, 7, 22)),  # Jul-22-25
        ("magento.orders_grid-export.csv", "orders", "min(placed_at)", datetime(2025, 10, 6, 14, 3, 11)),  # Oct 6, 2025 14:03:11 PM
        ("ga4.ui-snapshot.csv", "traffic", "min(period_start) FILTER (grain = 'day')", date(2026, 9, 1)),  # Nth day 0000
        ("woocommerce.skyverge_orders-orders-export.csv", "orders", "min(placed_at)", datetime(2016, 5, 31, 0, 37)),  # 5/31/2016 0:37
    ],
)
def test_T18_orders_of_day_and_month(load: Load, name: str, dataset: str, column: str, first: object) -> None:
    assert load(name).one(dataset, column) == (first,)


def test_T18_a_date_that_may_be_two_days_is_asked(tmp_path: Path) -> None:
    text = str(TWINS["bigcommerce.orders-orders-2026-06-01.csv"].data)
    for day in ("18", "19", "20", "21"):
        text = text.replace(f"{day}/05/2026", f"{int(day) - 14:02}/05/2026")
    with pytest.raises(Undecided) as asked:
        Loaded(write(tmp_path, "orders.csv", text))
    assert {question.kind for question in asked.value.questions} == {"date_order"}


def test_T19_time_zones_by_offset_by_utc_by_column_and_unstated(load: Load, tmp_path: Path) -> None:
    assert load(ORDERS).rows("orders", "placed_at", "WHERE order_id = 'shopify:100'") == [(datetime(2026, 4, 3, 23, 30),)], "+0200, as written"
    assert load("square.items-items-2026-04.csv").rows("orders", "placed_at") == [(datetime(2026, 4, 13, 10, 2, 11),)], "a zone by its name in a column"
    assert load("amazon.all_orders-orders.txt").rows("orders", "placed_at", "WHERE order_id = 'amazon:405-1'") == [(datetime(2026, 9, 3, 22, 30),)]
    assert "orders.placed_at" in missing(load("woocommerce.analytics_orders-orders-report.csv")), "a zone that nobody states is told"


@pytest.mark.parametrize(
    ("name", "profile"),
    [
        ("shopify.payments_transactions-transazioni.csv", "shopify.payments_transactions"), (GOOGLE, "google_ads.campaign"),
        ("meta_ads.report-Campagnes.csv", "meta_ads.report"), ("prestashop.orders-order_2026-04-06_101500.csv", "prestashop.orders"),
        ("woocommerce.analytics_orders-commandes.csv", "woocommerce.analytics_orders"), ("paypal.activity-telechargement.csv", "paypal.activity"),
        ("odoo.pos_order-commandes_pos.csv", "odoo.pos_order"), ("google_search_console.chart-Graphique.csv", "google_search_console.chart"),
        ("amazon.date_range-2026JuilTransactions.csv", "amazon.date_range"), ("square.transactions-transactions_fr.csv", "square.transactions"),
    ],
)  # fmt: skip
def test_T20_headers_in_the_language_of_the_interface(load: Load, name: str, profile: str) -> None:
    found = load(name)
    assert found.recognised.profile_id == profile and found.account.rows_used > 0 and found.account.rejected == ()


def test_T21_spellings_by_country_and_version(load: Load) -> None:
    assert norm("Sessions – Total") == norm("Sessions - Total") and norm("Optimisation\xa0score ") == norm("optimisation score")
    british, american = load("ebay.orders-eBay-OrdersReport-UK.csv"), load("ebay.orders-eBay-OrdersReport-Jul-31-2025.csv")
    assert british.recognised.profile_id == american.recognised.profile_id and {"Post to name", "Sales record number"} & set(british.recognised.header)
    assert load("amazon.business_child-BusinessReport 2026-09-01 to 2026-09-30.csv").account.rows_used == 2


def test_T22_abandoned_checkouts_are_no_orders(load: Load) -> None:
    carts = load("shopify.abandoned_checkouts-checkouts_export.csv")
    assert carts.recognised.profile_id == "shopify.abandoned_checkouts" and set(carts.converted.tables) & {"orders", "order_lines"} == set()
    assert len(carts.rows("carts")) == 2


def test_T23_no_data_said_in_a_row_or_by_a_header_alone(load: Load) -> None:
    header = "Reporting starts,Reporting ends,Campaign name,Results,Result indicator,Impressions,Amount spent (EUR)\n"
    empty = load("Campaigns.csv", header + "No data available.,,,,,,\n")
    assert empty.rows("ad_spend") == [] and sum(dropped(empty).values()) == empty.account.rows_read == 1
    with pytest.raises(SourceError, match="a header and no rows"):
        load("Campaigns.csv", header)


def test_T24_cancelled_but_paid_and_paid_without_a_moment(load: Load) -> None:
    shop = load(ORDERS)
    assert shop.rows("orders", "status", "WHERE order_id = 'shopify:300'") == [("cancelled",)], "financial status says paid"
    assert shop.rows("orders", "status, placed_on", "WHERE order_id = 'shopify:100'")[0][1] == date(2026, 4, 3), "Paid at is empty: the day of the order"


def test_T25_refund_without_day_or_line(load: Load) -> None:
    assert "returns.returned_on" in missing(load(ORDERS)) | missing(load("magento.orders_grid-export.csv"))
    assert load("bigcommerce.orders-orders-2026-06-01.csv").rows("returns", "amount, sku") == [(D(10), None)]


def test_T26_what_cannot_be_added_is_not_offered_as_a_sum(load: Load) -> None:
    assert "traffic.users over several rows" in missing(load("ga4.ui-snapshot.csv")) & missing(load("matomo.report-report.csv"))
    assert "rates over several campaigns" in missing(load("klaviyo.campaigns-klaviyo.csv")) and "reach over several rows" in missing(load("meta_ads.report-Campagnes.csv"))


def test_T27_the_period_is_above_in_a_column_or_in_the_name_or_it_is_refused(load: Load, tmp_path: Path) -> None:
    september = (date(2026, 9, 1), date(2026, 9, 30))
    assert load(GOOGLE).rows("ad_spend", "DISTINCT period_start, period_end") == [september], "above the header"
    ranged = load("tiktok_ads.report-tiktok 2026-09-01 to 2026-09-30.csv")
    assert ranged.rows("ad_spend", "DISTINCT period_start, period_end") == [september], "in the name"
    assert load("meta_ads.report-Campagnes.csv").one("ad_spend", "min(period_start)") == (date(2026, 9, 1),), "in a column"
    with pytest.raises(SourceError, match="does not say its period"):
        Loaded(write(tmp_path, "tiktok.csv", data_of(TWINS["tiktok_ads.report-tiktok 2026-09-01 to 2026-09-30.csv"])))


@pytest.fixture(scope="module")
def till(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return Workspace.create(tmp_path_factory.mktemp("loaded") / "shop")


def test_T28_the_same_file_again_with_later_statuses(till: Workspace, tmp_path: Path) -> None:
    first = write(tmp_path, "orders_export_1.csv", shopify([order("#1"), order("#2")]))
    later = write(tmp_path, "orders_export_2.csv", shopify([order("#2", Cancelled_at="2026-04-09 10:00:00 +0200"), order("#3", Created_at="2026-04-08 10:00:00 +0200")]))
    report = load_with(till, [later, first], SourceImporter(PROFILES))  # the newer one first
    assert not report.failed
    assert [file.status for file in load_with(till, [first, later], SourceImporter(PROFILES)).files] == ["already loaded"] * 2
    orders = _facts(till, "orders")
    assert sorted((row["order_id"], row["status"]) for row in orders) == [("shopify:100", "completed"), ("shopify:200", "cancelled"), ("shopify:300", "completed")]


def _facts(workspace: Workspace, dataset: str) -> list[dict[str, Any]]:
    names = list(DATASETS[dataset].columns)
    return [dict(zip(names, row, strict=False)) for row in facts(workspace.root)[dataset]]


def test_T29_identical_rows_are_real_sales(load: Load) -> None:
    items = load("square.items-items-2026-04.csv")
    assert items.rows("order_lines", "title, net, count(*)", "GROUP BY ALL") == [("Coffee", D(3), 2)]


def test_T30_line_breaks_in_cells(load: Load) -> None:
    crlf = shopify([order("#1", Note_Attributes="a: 1\nb: 2"), order("#2", Note_Attributes="c: 3\n\nd: 4")])
    for text in (crlf, crlf.replace("\n", "\r\n"), crlf.replace("1\nb", "1\r\nb")):
        shop = load("orders.csv", text)
        assert shop.account.rows_read == 2 and shop.rows("order_lines", "file_line", "ORDER BY 1") == [(2,), (4,)]


def test_T31_tests_tips_donations_and_protection_are_no_products(load: Load) -> None:
    shop = load(ORDERS)
    kinds = dict(shop.rows("order_lines", "title, line_type"))
    assert kinds["Bougie"] == "product" and kinds["Shipping Protection"] != "product" and kinds["Donation to the lifeboats"] != "product"
    assert shop.rows("orders", "is_test", "WHERE order_id = 'shopify:400'") == [(True,)], "a bogus payment"
    assert dict(load("sumup.sales-sales-report.csv").rows("order_lines", "title, line_type"))["Tip"] == "tip"
    assert dropped(load("shopify.payments_transactions-payment_transactions_export_1.csv"))["a test payment"] == 1


def test_T32_masked_people_are_nobody(load: Load) -> None:
    mirakl = load("mirakl.orders-orders.json")
    assert "customers by e-mail" in missing(mirakl) and "identifiers" not in mirakl.converted.tables
    assert load("amazon.all_orders-orders.txt").rows("orders", "count(customer_key)") == [(0,)]


def test_every_trap_has_a_test() -> None:
    named = {name[5:8] for name in globals() if name.startswith("test_T")}
    assert named == {f"T{number:02}" for number in range(1, 33)}
