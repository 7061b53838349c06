"""Every layout of marketplaces, advertising, search and e-mail: its twin is known by one profile alone and becomes what is written here."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import twins_markets as markets
from source_files import PROFILES, REAL, Loaded, needs_real, write
from twins import Twin

from kpi_core.errors import DamagedFile, SourceError
from kpi_core.sources import recognise
from kpi_core.sources.recognise import claims, norm

Open = Callable[[str], Loaded]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Open:
    """A twin by its file name, converted once."""
    folder = tmp_path_factory.mktemp("markets")
    known = {twin.name: twin for twin in markets.TWINS}
    cache: dict[str, Loaded] = {}

    def get(name: str) -> Loaded:
        if name not in cache:
            cache[name] = Loaded(write(folder, name, known[name].data))
        return cache[name]

    return get


def d(text: str) -> Decimal:
    return Decimal(text)


def claimed(loaded: Loaded, rest: str = "") -> dict[tuple[str, str | None, date], Decimal]:
    """(measure, detail, day) -> amount; no two rows may share them."""
    rows = loaded.rows("claims", "measure, detail, period_start, amount", rest)
    found = {(measure, detail, day): amount for measure, detail, day, amount in rows}
    assert len(found) == len(rows)
    return found


def spend(loaded: Loaded) -> list[tuple[Any, ...]]:
    return loaded.rows("ad_spend", "campaign, period_start, period_end, spend, currency, impressions, clicks, conversions", "ORDER BY 1, 2")


@pytest.mark.parametrize("twin", markets.TWINS, ids=[f"{twin.profile}-{index}" for index, twin in enumerate(markets.TWINS)])
def test_one_profile_alone_knows_a_twin_and_every_row_is_accounted_for(opened: Open, twin: Twin) -> None:
    loaded = opened(twin.name)
    names = [norm(text) for text in loaded.recognised.header]
    assert [profile.id for profile in PROFILES if claims(profile, names)] == [twin.profile]
    assert loaded.account.profile == twin.profile and loaded.account.rejected == ()
    assert all(check.ok for check in loaded.account.checks), loaded.account.checks
    assert loaded.account.rows_read == loaded.account.rows_used + sum(count for _, count in loaded.account.dropped)
    for limit in loaded.account.limits:
        assert limit.en and limit.fr and limit.en != limit.fr


@needs_real
@pytest.mark.parametrize(
    ("name", "profile"),
    [
        ("amazon_ads_advertised_product_excerpt.csv", "amazon.ads_advertised_product"),
        ("amazon_fba_returns_excerpt.tsv", "amazon.fba_returns"),
        ("google_ads_more/Campaign_report.csv", "google_ads.campaign"),
        ("google_ads_more/overview__Networks(2026.02.05-2026.02.10).csv", "google_ads.overview_networks"),
        ("google_ads_more/overview__Time_series(2026.02.05-2026.02.10).csv", "google_ads.overview_days"),
        ("google_search_console_chart.csv", "google_search_console.chart"),
        ("klaviyo_campaigns_excerpt.csv", "klaviyo.campaigns"),
    ],
)
def test_real_files_are_read_whole_and_add_up(name: str, profile: str) -> None:
    account = Loaded(REAL / "exports" / name).account
    assert (account.profile, account.evidence, account.rejected_count) == (profile, "real_file", 0)
    assert account.rows_used > 0 and all(check.ok for check in account.checks)
    assert {reason for reason, _ in account.dropped} <= {"totals row"}


# ---------------------------------------------------------------- Amazon


def test_amazon_orders_leave_a_pending_price_unknown(opened: Open) -> None:
    amazon = opened("orders.txt")
    columns = "order_id, status, currency, tax_included, gross, discount, net, shipping, tax, total, fulfilment, country"
    assert amazon.rows("orders", columns, "ORDER BY 1") == [
        ("amazon:111-4", "completed", "USD", False, d("20"), d("0"), d("20"), d("0"), d("1.6"), d("21.6"), "delivery", "US"),
        ("amazon:405-1", "completed", "EUR", True, d("60"), d("3"), d("57"), d("0"), d("10.83"), d("57"), "marketplace", "FR"),
        ("amazon:405-2", "pending", None, True, None, None, None, None, None, None, "marketplace", "FR"),
        ("amazon:405-3", "cancelled", None, True, None, None, None, None, None, None, "marketplace", "FR"),
    ]
    assert amazon.rows("order_lines", "order_id, line_no, sku, quantity, unit_price, discount, net, tax", "ORDER BY 1, 2") == [
        ("amazon:111-4", 1, "B2", d("1"), d("20"), d("0"), d("20"), d("0")),
        ("amazon:405-1", 1, "B1", d("2"), d("24"), d("3"), d("45"), d("8")),
        ("amazon:405-1", 2, "B2", d("1"), d("12"), d("0"), d("12"), d("2")),
    ]
    assert amazon.account.dropped == (("order of another channel, only sent by Amazon", 1),)
    assert {row[0] for row in amazon.rows("orders", "customer_key")} == {None}
    limits = {limit.missing: limit.en for limit in amazon.account.limits}
    assert limits["orders.net"].startswith("42.9 % of the rows") and "orders.customer_key" in limits


def test_amazon_orders_of_a_german_account(opened: Open) -> None:
    amazon = opened("bestellungen.txt")
    assert amazon.account.encoding == "cp1252"
    assert amazon.rows("order_lines", "title, net, tax", "ORDER BY order_id") == [("Bürste", d("1024.5"), d("163.57")), ("Bürste", d("19.99"), None)]


def test_amazon_returns_are_units_without_money(opened: Open) -> None:
    returned = opened("returns.tsv").rows("returns", "order_id, sku, returned_on, quantity, amount, reason, date_quality", "ORDER BY return_id")
    assert returned == [
        ("amazon:405-1", "B1", date(2026, 9, 5), d("1"), None, "UNWANTED_ITEM", "exact"),
        ("amazon:405-1", "B1", date(2026, 9, 5), d("1"), None, "DEFECTIVE", "exact"),
        ("amazon:405-7", "B2", date(2026, 9, 8), d("1"), None, "NOT_AS_DESCRIBED", "exact"),
        ("amazon:405-7", "B2", date(2026, 9, 8), d("1"), None, "NOT_AS_DESCRIBED", "exact"),
    ]


def test_quotes_of_a_flat_file_are_signs_where_they_wrap_no_cell(tmp_path: Path) -> None:
    header = markets.FBA_RETURNS.split("\n")[0]
    row = "2026-09-05T15:31:40+00:00\t405-{}\t{}\tX1\tX1\t6.3\" Candle\t1\tLIL1\tSELLABLE\tUNWANTED_ITEM\tReturned\tLPN{}\t{}"
    lines = [header, row.format(1, '"B1"', 1, '"never closed'), row.format(2, "B2", 2, '"too small" and bad'), row.format(3, '"a ""b"""', 3, "")]
    flat = Loaded(write(tmp_path, "flat.tsv", "\n".join(lines) + "\n"))
    assert flat.rows("returns", "order_id, sku, file_line", "ORDER BY 1") == [("amazon:405-1", "B1", 2), ("amazon:405-2", "B2", 3), ("amazon:405-3", 'a "b"', 4)]
    # a quote that swallows a line of another shape stays damage
    with pytest.raises(DamagedFile):
        Loaded(write(tmp_path, "damaged.tsv", "\n".join([*lines, "half a line"]) + "\n"))


def test_amazon_settlement_claims_and_returns_only_what_is_exact(opened: Open) -> None:
    settled = opened("settlement2.txt")
    fourth, sixth = date(2026, 9, 4), date(2026, 9, 6)
    assert claimed(settled) == {
        ("revenue", "goods", fourth): d("1190"),
        ("revenue", "shipping", fourth): d("5"),
        ("fees", "commission", fourth): d("180"),
        ("fees", "FBA", fourth): d("4.6"),
        ("refunds", "goods and shipping", sixth): d("20"),
        ("refunds", "goods and shipping", date(2026, 9, 7)): d("12"),
        ("fees", "commission", sixth): d("-27"),
        ("fees", "ServiceFee", date(2026, 9, 8)): d("0"),
        ("payout", "settlement", date(2026, 9, 16)): d("1001.4"),
    }
    assert settled.rows("claims", "DISTINCT account, currency") == [("7001", "EUR")]
    assert settled.rows("returns", "order_id, sku, returned_on, quantity, amount") == [("amazon:405-9", "B2", sixth, None, d("20"))]
    assert [(check.name, check.held, check.of) for check in settled.account.checks] == [("settlement total", 1, 1)]


def test_amazon_settlement_of_the_older_layout(opened: Open) -> None:
    settled = opened("settlement1.txt")
    assert claimed(settled) == {
        ("revenue", "goods", date(2026, 8, 2)): d("100"),
        ("revenue", "shipping", date(2026, 8, 2)): d("-2.5"),
        ("fees", "Commission", date(2026, 8, 2)): d("15"),
        ("refunds", "goods and shipping", date(2026, 8, 3)): d("20"),
        ("fees", "Storage Fee", date(2026, 8, 4)): d("5"),
        ("payout", "settlement", date(2026, 8, 16)): d("65.5"),
    }
    assert settled.account.dropped == (("nothing in this row is needed", 1),)  # the tax that Amazon passes on


def test_amazon_date_range_in_english_and_french(opened: Open) -> None:
    moved = opened("2026SepMonthlyTransaction.csv")
    fourth, fifth = date(2026, 9, 4), date(2026, 9, 5)
    assert claimed(moved) == {
        ("revenue", "goods", fourth): d("1205"),
        ("revenue", "shipping", fourth): d("4"),
        ("fees", "sales", fourth): d("183"),
        ("refunds", "goods and shipping", fifth): d("20"),
        ("fees", "sales", fifth): d("-3"),
        ("fees", "Service Fee - Subscription", date(2026, 9, 6)): d("39.99"),
        ("payout", "transfer", date(2026, 9, 7)): d("979.01"),
    }
    assert moved.account.currency == "USD"
    french = opened("2026JuilTransactions.csv")
    assert claimed(french) == {
        ("revenue", "goods", date(2026, 7, 1)): d("1006.58"),
        ("fees", "sales", date(2026, 7, 1)): d("0.77"),
        ("refunds", "goods and shipping", date(2026, 8, 2)): d("6.58"),
        ("fees", "sales", date(2026, 8, 2)): d("-0.75"),
    }
    assert french.account.currency == "EUR"


def test_amazon_business_report_has_the_period_of_its_name(opened: Open, tmp_path: Path) -> None:
    report = opened("BusinessReport 2026-09-01 to 2026-09-30.csv")
    columns = "property, channel, scope, page, period_start, period_end, sessions, views, purchases, revenue, currency"
    assert report.rows("traffic", columns, "ORDER BY page")[0] == (
        "Amazon", "marketplace", "page", "C1", date(2026, 9, 1), date(2026, 9, 30), 12131, 16002, 640, d("12905.25"), "GBP",
    )  # fmt: skip
    # the day in Amazon's own name is the day of the download
    with pytest.raises(SourceError, match="does not say its period") as refused:
        Loaded(write(tmp_path, "BusinessReport-9-3-26.csv", markets.AMAZON_BUSINESS))
    assert str(refused.value.hint).startswith("write it into the file's name: BusinessReport-9-3-26 2026-09-01 to 2026-09-30.csv; or write into")


def test_amazon_business_report_by_date_counts_visits(opened: Open) -> None:
    days = opened("BusinessReport-9-14-26.csv").rows("traffic", "period_start, scope, sessions, purchases, revenue, currency", "ORDER BY 1")
    assert days == [(date(2026, 9, 12), "", 1514, 38, d("1565.26"), "GBP"), (date(2026, 9, 13), "", 90, 0, d("0"), "GBP")]


def test_amazon_advertising_reads_the_period_of_its_rows(opened: Open) -> None:
    ads = opened("advertised.csv")
    first, last = date(2026, 7, 6), date(2026, 7, 29)
    assert spend(ads) == [
        ("Candles, auto", first, last, d("1008"), "USD", 2000, 15, d("1")),
        ("Soap", first, last, d("0"), "USD", 0, 0, None),
    ]
    assert ads.account.as_of == datetime(2026, 7, 29)
    assert spend(opened("sponsored.csv")) == [("Bougies", date(2026, 9, 1), date(2026, 9, 30), d("2.75"), "EUR", 150, 5, d("1"))]


def test_amazon_stock_is_dated_and_sums_conditions(opened: Open) -> None:
    stock = opened("health.txt").rows("stock", "day, location, sku, on_hand", "ORDER BY sku")
    assert stock == [(date(2026, 9, 10), "Amazon FBA FR", "B1", d("123")), (date(2026, 9, 10), "Amazon FBA FR", "B2", d("0"))]


# ---------------------------------------------------------------- eBay, Etsy, Mirakl


def test_ebay_orders_of_several_items_and_the_footer(opened: Open) -> None:
    ebay = opened("eBay-OrdersReport-Jul-31-2025.csv")
    day = date(2025, 7, 21)
    assert ebay.rows("orders", "order_id, placed_on, status, currency, tax_included, net, shipping, tax, total, fulfilment", "ORDER BY 1") == [
        ("ebay:12-1", day, "completed", "USD", False, d("20"), d("4"), None, d("24"), "delivery"),
        ("ebay:12-2", day, "completed", "USD", False, d("1135"), d("5"), None, d("1140"), "click_collect"),
        ("ebay:12-3", day, "pending", "USD", False, d("15"), None, None, d("15"), "delivery"),
    ]
    assert ebay.rows("order_lines", "order_id, line_no, sku, quantity, unit_price, net", "ORDER BY 1, 2")[1:3] == [
        ("ebay:12-2", 1, "B1", d("1"), d("15"), d("15")),
        ("ebay:12-2", 2, "3002", d("2"), d("560"), d("1120")),
    ]
    assert ebay.rows("fulfilments", "order_id, shipped_on, promised_on") == [("ebay:12-1", date(2025, 7, 22), date(2025, 7, 28))]
    assert ebay.account.dropped == (("footer of the export", 2),)
    assert len({row[0] for row in ebay.rows("orders", "customer_key")}) == 1
    british = opened("eBay-OrdersReport-UK.csv")
    assert british.rows("orders", "placed_on, currency, tax_included, net, shipping, total, country") == [
        (day, "GBP", True, d("12"), d("3.5"), d("15.5"), "United Kingdom")
    ]
    assert british.rows("order_lines", "net, tax") == [(d("12"), None)]  # VAT is inside, and nowhere said


def test_ebay_transactions_claim_fees_and_date_the_refund(opened: Open) -> None:
    moved = opened("Transaction_report.csv")
    assert claimed(moved) == {
        ("revenue", "goods", date(2025, 7, 21)): d("20"),
        ("revenue", "shipping", date(2025, 7, 21)): d("4"),
        ("fees", "final value and other fees of sales", date(2025, 7, 21)): d("3.35"),
        ("fees", "final value and other fees of sales", date(2025, 7, 23)): d("-1"),
        ("refunds", "refund", date(2025, 7, 23)): d("10"),
        ("fees", "shipping label", date(2025, 7, 24)): d("6.2"),
        ("payout", "payout", date(2025, 7, 25)): d("5.45"),
    }
    assert moved.rows("returns", "order_id, sku, returned_on, quantity, amount, date_quality") == [
        ("ebay:12-1", "B1", date(2025, 7, 23), None, d("10"), "exact")
    ]


def test_etsy_items_do_not_repeat_the_money_of_their_order(opened: Open) -> None:
    etsy = opened("EtsySoldOrderItems2026-9.csv")
    assert etsy.rows("orders", "order_id, channel, placed_on, gross, discount, net, shipping, tax, total, fulfilment", "ORDER BY 1") == [
        ("etsy:9001", "marketplace", date(2026, 9, 3), d("26"), d("2"), d("24"), d("4"), d("1.44"), d("29.44"), "delivery"),
        ("etsy:9002", "popup", date(2026, 9, 12), d("6"), d("0"), d("6"), d("0"), d("0"), d("6"), "in_store"),
    ]
    assert etsy.rows("order_lines", "order_id, line_no, sku, quantity, net", "ORDER BY 1, 2") == [
        ("etsy:9001", 1, "B1", d("2"), d("18")),
        ("etsy:9001", 2, "502", d("1"), d("6")),
        ("etsy:9002", 1, "502", d("1"), d("6")),
    ]
    assert etsy.rows("fulfilments", "order_id, shipped_on") == [("etsy:9001", date(2026, 9, 5))]


def test_etsy_statement_is_only_compared(opened: Open) -> None:
    statement = opened("etsy_statement_2026_9.csv")
    assert claimed(statement) == {
        ("revenue", "sales", date(2026, 9, 3)): d("1028.44"),
        ("fees", "fee", date(2026, 9, 3)): d("0.98"),
        ("fees", "tax", date(2026, 9, 3)): d("1.44"),
        ("refunds", "refunds", date(2026, 9, 9)): d("6"),
        ("payout", "deposit", date(2026, 9, 10)): d("1012"),
        ("fees", "marketing", date(2026, 9, 11)): d("4"),
    }
    assert set(statement.converted.tables) == {"claims"}


def test_mirakl_orders_lines_refunds_and_commission(opened: Open) -> None:
    mirakl = opened("orders.json")
    assert mirakl.rows("orders", "order_id, order_ref, status, tax_included, net, shipping, tax, total, country", "ORDER BY 1") == [
        ("mirakl:5100-A", "5100", "completed", True, d("30"), d("5"), d("5"), d("35"), "FR"),
        ("mirakl:5100-B", "5100", "completed", True, d("10"), d("5"), None, d("15"), "FR"),
        ("mirakl:5101-A", "5101", "cancelled", True, d("8"), d("5"), None, d("13"), "FR"),
    ]
    assert mirakl.rows("order_lines", "order_id, line_no, sku, quantity, unit_price, net, tax", "ORDER BY 1, 2") == [
        ("mirakl:5100-A", 1, "S1", d("2"), d("12"), d("24"), d("4")),
        ("mirakl:5100-A", 2, "S2", d("1"), d("6"), d("6"), d("1")),
        ("mirakl:5100-B", 1, "S3", d("1"), d("10"), d("10"), None),
    ]
    # 12 with 4/24 of VAT inside; the refund that still waits is none
    assert mirakl.rows("returns", "return_id, sku, returned_on, sold_on, quantity, amount, reason") == [
        ("mirakl:refund:5100-A:1100", "S1", date(2026, 9, 15), date(2026, 9, 3), d("1"), d("10"), "14")
    ]
    assert mirakl.rows("fulfilments", "order_id, shipped_on, promised_on, delivered_on") == [
        ("mirakl:5100-A", date(2026, 9, 5), date(2026, 9, 8), date(2026, 9, 7))
    ]
    commission = {"5100-A": d("3"), "5100-B": d("1"), "5101-A": d("0.8")}  # by order: pages saved as files of their own add up
    assert claimed(mirakl) == {("fees", f"commission {order}", date(2026, 9, 3)): fee for order, fee in commission.items()}
    assert mirakl.rows("orders", "count(DISTINCT customer_key)") == [(1,)]  # the account, never the alias address


# ---------------------------------------------------------------- advertising


def test_google_ads_in_french_by_day_and_without_days(opened: Open, tmp_path: Path) -> None:
    first, last = date(2026, 9, 1), date(2026, 9, 30)
    french = opened("Rapport sur les campagnes.csv")
    assert spend(french) == [
        ("Bougies", first, last, d("9.75"), "EUR", 90, 3, d("2")),
        ("Total Wine", first, last, d("1050.25"), "EUR", 1200, 10, None),
    ]
    assert french.account.dropped == (("totals row", 2),)
    days = opened("Campaign report.csv")  # all time, but a column has the day
    assert [row[1:4] for row in spend(days)] == [(first, first, d("1000.5")), (date(2026, 9, 2), date(2026, 9, 2), d("2.5"))]
    with pytest.raises(SourceError, match="does not say its period"):
        Loaded(write(tmp_path, "all.csv", "Campaign report\nAll time\nCampaign status,Campaign,Currency code,Cost\nEnabled,Candles,GBP,1.00\n"))


def test_google_ads_overview_cards(opened: Open) -> None:
    assert spend(opened("Time_series.csv")) == [
        ("(all campaigns)", date(2026, 3, 5), date(2026, 3, 5), d("0"), "USD", 0, 0, None),
        ("(all campaigns)", date(2026, 3, 6), date(2026, 3, 6), d("1050"), "USD", 75, 26, None),
    ]
    networks = spend(opened("Networks(2026.03.05-2026.03.10).csv"))
    assert [row[:4] for row in networks] == [
        ("Google Search", date(2026, 3, 5), date(2026, 3, 10), d("9.72")),
        ("Search partners", date(2026, 3, 5), date(2026, 3, 10), d("129.95")),
    ]
    ranks = {name: PROFILES.get(f"google_ads.{name}") for name in ("campaign", "overview_days", "overview_networks")}
    found = {name: profile.spec.overlaps["ad_spend"] for name, profile in ranks.items() if profile is not None}
    assert {overlap.group for overlap in found.values()} == {"google ads spend"}  # the same money three times
    assert [overlap.rank for overlap in found.values()] == [1, 2, 3]


def test_meta_ads_by_day_in_french(opened: Open) -> None:
    meta = opened("Campagnes.csv")
    assert spend(meta) == [
        ("Bougies", date(2026, 9, 1), date(2026, 9, 1), d("12.5"), "EUR", 1200, 31, d("2")),
        ("Bougies", date(2026, 9, 2), date(2026, 9, 2), d("7.25"), "EUR", 800, 4, None),  # results of another kind
    ]
    assert meta.account.dropped == (("totals row", 1),)


def test_tiktok_ads_hide_small_counts(opened: Open, tmp_path: Path) -> None:
    day = date(2026, 9, 1)
    assert spend(opened("tiktok.csv")) == [
        ("Candles", day, day, d("15"), "EUR", 1500, 21, None),
        ("Total Wine", day, day, d("1"), "EUR", 10, 7, None),
    ]
    assert spend(opened("tiktok 2026-09-01 to 2026-09-30.csv")) == [("Soap", day, date(2026, 9, 30), d("30"), "EUR", 3000, 33, None)]
    with pytest.raises(SourceError, match="does not say its period"):
        Loaded(write(tmp_path, "tiktok.csv", markets.TIKTOK_RANGE))


# ---------------------------------------------------------------- search, stores, e-mail


@pytest.mark.parametrize("name", ["Chart.csv", "Graphique.csv"])
def test_search_console_clicks_are_claims_by_day(opened: Open, name: str) -> None:
    first, second = date(2026, 9, 1), date(2026, 9, 2)
    assert claimed(opened(name)) == {
        ("clicks", None, first): d("161"),
        ("clicks", None, second): d("173"),
        ("impressions", None, first): d("13456"),
        ("impressions", None, second): d("13829"),
    }


def test_the_other_tables_of_a_search_archive_are_known_and_count_nothing(opened: Open, tmp_path: Path) -> None:
    assert opened("Queries.csv").converted.tables == {}
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as out:
        for name, text in {
            "Chart.csv": markets.SEARCH_CHART,
            "Queries.csv": markets.SEARCH_QUERIES,
            "Filters.csv": "Filter,Value\nDate,Last 3 months\n",
        }.items():
            out.writestr(name, text)
    path = write(tmp_path, "search.zip", archive.getvalue())
    found = {name: recognise(path / name, PROFILES).profile_id for name in ("Chart.csv", "Queries.csv", "Filters.csv")}
    assert found == {
        "Chart.csv": "google_search_console.chart",
        "Queries.csv": "google_search_console.dimension",
        "Filters.csv": "google_search_console.filters",
    }


def test_google_business_has_two_header_rows_and_the_period_of_its_name(opened: Open, tmp_path: Path) -> None:
    stores = opened("GMB insights - 2026-9-1 - 2026-9-30.csv")
    assert stores.account.rows_read == 2  # the row of descriptions is no data
    paris = "Bougies Paris, 2 rue B, Paris"
    assert claimed(stores, f"WHERE account = '{paris}'") == {
        (measure, None, date(2026, 9, 1)): d(amount)
        for measure, amount in {"views": "15", "calls": "1", "messages": "0", "directions": "4", "clicks": "2"}.items()
    }
    assert stores.rows("claims", "amount, period_end", "WHERE account = 'LYO' AND measure = 'views'") == [(d("215"), date(2026, 9, 30))]
    with pytest.raises(SourceError, match="does not say its period"):
        Loaded(write(tmp_path, "GMB insights.csv", markets.STORES))


def test_klaviyo_counts_are_its_own_attribution(opened: Open) -> None:
    sent = opened("klaviyo.csv")
    assert claimed(sent, "WHERE measure IN ('revenue', 'orders')") == {
        ("revenue", "Rentrée, 1", date(2026, 9, 3)): d("2800.27"),
        ("orders", "Rentrée, 1", date(2026, 9, 3)): d("48"),
        ("revenue", "Rentrée, 2", date(2026, 9, 4)): d("120.5"),
        ("orders", "Rentrée, 2", date(2026, 9, 4)): d("2"),
        ("revenue", "Flash", date(2026, 9, 5)): d("0"),
        ("orders", "Flash", date(2026, 9, 5)): d("0"),
    }
    assert sent.rows("claims", "channel, source, amount", "WHERE detail = 'Flash' AND measure = 'recipients'") == [("sms", "SMS", d("300"))]
    assert [(check.name, check.held) for check in sent.account.checks] == [("open rate", 2)]  # 70.80% and 0.49 in one column


def test_mailchimp_campaigns_without_a_shop_claim_no_orders(opened: Open) -> None:
    sent = opened("campaigns.csv")
    assert claimed(sent, "WHERE measure IN ('revenue', 'orders')") == {
        ("revenue", "Rentrée", date(2026, 9, 9)): d("1000"),
        ("orders", "Rentrée", date(2026, 9, 9)): d("2"),
    }


def test_brevo_contacts_are_sign_ups(opened: Open) -> None:
    contacts = opened("contacts.csv")
    assert contacts.rows("leads", "created_on, channel, kind, status", "ORDER BY lead_id") == [(date(2022, 4, 12), "email", "newsletter", "new")] * 2
    assert not any("@" in row[0] for row in contacts.rows("leads", "lead_id"))
    assert contacts.rows("leads", "count(DISTINCT customer_key)") == [(2,)]
    assert dict(contacts.account.dropped) == {"no date of sign-up": 1, "contact without an e-mail address": 1}
