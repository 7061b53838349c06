"""Made-up files in the vendors' layouts: what each becomes."""

from __future__ import annotations

import hashlib
import hmac
import random
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from source_files import (
    GOOGLE_HEADER,
    KEY,
    SQUARE_HEADER,
    TICKET_HEADER,
    TICKETS,
    Loaded,
    each_table,
    more,
    order,
    shopify,
    tickets,
    write,
)  # fmt: skip

from kpi_core.sources import Account
from kpi_core.store.datasets import DATASETS


def key(text: str) -> int:
    return int.from_bytes(hmac.new(KEY, text.encode(), hashlib.sha256).digest()[:8], "big")


def test_tickets_become_orders_lines_and_returns(tmp_path: Path) -> None:
    till = Loaded(tickets(tmp_path))
    columns = "order_id, channel, store, placed_at, gross, discount, net, tax, fulfilment, customer_key"
    assert till.rows("orders", columns, "ORDER BY 1") == [
        (
            "till:LYO:1:100",
            "store",
            "LYO",
            datetime(2026, 4, 3, 10, 5),
            Decimal("1120"),
            Decimal("1.5"),
            Decimal("1118.5"),
            Decimal("186.41"),
            "in_store",
            key("email:ana@exemple.fr"),
        ),
        (
            "till:LYO:2:102",
            "store",
            "LYO",
            datetime(2026, 4, 14, 11, 30),
            Decimal("20"),
            Decimal("0"),
            Decimal("20"),
            Decimal("3.34"),
            "in_store",
            key("loyalty:C77"),
        ),
    ]
    assert till.rows("order_lines", "order_id, line_no, sku, title, quantity, net", "ORDER BY 1, 2")[1:] == [
        ("till:LYO:1:100", 2, "A2", "Veste d'été", Decimal("1"), Decimal("1100")),
        ("till:LYO:2:102", 1, "A1", "Chemise", Decimal("1"), Decimal("10")),
        ("till:LYO:2:102", 2, "A1", "Chemise", Decimal("1"), Decimal("10")),
    ]
    returned = till.rows("returns", "order_id, returned_on, sold_on, quantity, amount, customer_key")
    assert returned == [("till:LYO:1:100", date(2026, 4, 14), date(2026, 4, 3), Decimal("1"), Decimal("916.67"), None)]


def test_tables_have_exactly_the_columns_of_their_dataset_then_the_line(tmp_path: Path) -> None:
    for dataset, found in each_table(Loaded(tickets(tmp_path))):
        wanted = [*DATASETS[dataset].columns.items(), ("file_line", "BIGINT")]
        assert found == wanted


def test_lines_of_the_file_are_physical_even_after_a_quoted_break(tmp_path: Path) -> None:
    rows = [TICKETS[0], TICKETS[1].replace("Veste d'été", '"Veste\nd\'été"'), *TICKETS[2:]]
    till = Loaded(tickets(tmp_path, rows))
    assert till.rows("order_lines", "file_line, title", "ORDER BY 1") == [(2, "Chemise"), (3, "Veste d'été"), (6, "Chemise"), (7, "Chemise")]


def test_text_is_cleaned_of_terminal_codes(tmp_path: Path) -> None:
    hostile = TICKETS[0].replace("Chemise", "A\x1b[2J\x9bB\u202eC\u200bD\x07")
    assert Loaded(tickets(tmp_path, [hostile])).rows("order_lines", "title") == [("A[2JBCD",)]


@pytest.mark.parametrize(
    ("encoding", "delimiter", "ending"),
    [("utf-8", "|", "\r\n"), ("utf-8-sig", ";", "\r\n"), ("cp1252", "\t", "\n"), ("utf-16", ";", "\n"), ("utf-16", "\t", "\r\n"), ("utf-16-le", ";", "\n")],
)
def test_a_resaved_file_gives_the_same_rows(tmp_path: Path, encoding: str, delimiter: str, ending: str) -> None:
    plain = Loaded(tickets(tmp_path))
    text = ending.join([TICKET_HEADER, *TICKETS]).replace(";", delimiter) + ending
    assert Loaded(write(tmp_path, "again.csv", text, encoding)).everything() == plain.everything()


@pytest.mark.parametrize("tail", ["\n", "\n \n", ";;\n"])
def test_the_slow_path_reads_what_the_fast_path_reads(tmp_path: Path, tail: str) -> None:
    fast = Loaded(tickets(tmp_path))
    slow = Loaded(write(tmp_path, "slow.csv", "\n".join([TICKET_HEADER, *TICKETS]) + (tail if tail.startswith("\n") else "\n" + ";" * 18 + "\n")))
    for dataset in fast.converted.tables:
        assert slow.rows(dataset, "*", "ORDER BY ALL") == fast.rows(dataset, "*", "ORDER BY ALL")


def test_english_headers_with_a_point_give_the_same_rows(tmp_path: Path) -> None:
    english = (
        "store;till;ticket;line;date;time;sku;title;category;qty;unit price incl tax;discount;amount incl tax;vat amount;"
        "customer email;loyalty card;fulfilment;country;original ticket"
    )
    rows = [row.replace("1.100,00", "1100.00").replace(",", ".") for row in TICKETS]
    assert Loaded(tickets(tmp_path, rows, english, "english.csv")).everything() == Loaded(tickets(tmp_path)).everything()


def test_columns_in_another_order_and_excel_guards_give_the_same_rows(tmp_path: Path) -> None:
    table = [line.split(";") for line in (TICKET_HEADER, *TICKETS)]
    order_of = list(range(len(table[0])))
    random.Random(7).shuffle(order_of)
    ticket = table[0].index("TICKET")
    lines = [";".join(f'="{cells[i]}"' if i == ticket and number else cells[i] for i in order_of) for number, cells in enumerate(table)]
    lines = [line.replace('="', '"=""').replace('";', '""";') if number else line for number, line in enumerate(lines)]
    assert Loaded(write(tmp_path, "mixed.csv", "sep=;\n" + "\n".join(lines) + "\n")).everything() == Loaded(tickets(tmp_path)).everything()


def test_shopify_spreads_the_order_discount_and_the_tax_to_the_cent(tmp_path: Path) -> None:
    rows = [
        order(
            "#1",
            Subtotal="50.00",
            Shipping="5.00",
            Taxes="9.17",
            Total="56.00",
            Discount_Amount="10.00",
            Lineitem_price="30.00",
            Note_Attributes="gift: no\ndevice: mobile",
        ),
        more("#1", "3", "Savon", "10.00"),
        more("#1", "1", "Tip", "1.00"),
    ]
    shop = Loaded(write(tmp_path, "orders_export_1.csv", shopify(rows)))
    assert all(check.ok for check in shop.account.checks)
    head = "order_ref, gross, discount, net, tip, total, tax_included, device, placed_on, items_known"
    assert shop.rows("orders", head) == [
        ("#1", Decimal("60"), Decimal("10"), Decimal("50"), Decimal("1"), Decimal("56"), True, "mobile", date(2026, 4, 3), True)
    ]
    lines = shop.rows("order_lines", "line_type, gross, discount, net, tax", "ORDER BY line_no")
    assert lines == [
        ("product", Decimal("30"), Decimal("5"), Decimal("25"), Decimal("4.17")),
        ("product", Decimal("30"), Decimal("5"), Decimal("25"), Decimal("4.17")),
        ("tip", Decimal("1"), Decimal("0"), Decimal("1"), Decimal("0")),
    ]


def test_shopify_without_tax_inside_has_no_tax_in_its_lines(tmp_path: Path) -> None:
    shop = Loaded(write(tmp_path, "orders.csv", shopify([order("#1", Taxes="4.00", Total="24.00")])))
    assert shop.one("orders", "tax_included") == (False,)
    assert shop.one("order_lines", "net, tax") == (Decimal("20"), Decimal("0"))


def test_shopify_status_refund_store_and_pick_up(tmp_path: Path) -> None:
    rows = [
        order("#1", Cancelled_at="2026-04-05 10:00:00 +0200"),
        order("#2", Financial_Status="partially_refunded", Refunded_Amount="5.00"),
        order("#3", Financial_Status="pending", Source="pos", Location="Lyon"),
        order("#4", Financial_Status="refunded", Shipping_Method="Retrait en magasin", Fulfilled_at="2026-04-06 08:00:00 +0200", Tags="vip, test"),
    ]
    shop = Loaded(write(tmp_path, "orders.csv", shopify(rows)))
    assert shop.rows("orders", "order_ref, status, channel, store, fulfilment, is_test", "ORDER BY 1") == [
        ("#1", "cancelled", "web", None, "delivery", False),
        ("#2", "completed", "web", None, "delivery", False),
        ("#3", "pending", "store", "Lyon", "in_store", False),
        ("#4", "refunded", "web", None, "click_collect", True),
    ]
    assert shop.rows("returns", "order_id, amount, quantity, date_quality") == [("shopify:200", Decimal("5"), None, "order_date_proxy")]
    assert shop.rows("fulfilments", "order_id, shipped_on, delivered_on") == [("shopify:400", date(2026, 4, 6), None)]
    assert shop.converted.as_of == datetime(2026, 4, 6, 8)


def test_an_order_that_does_not_add_up_is_named(tmp_path: Path) -> None:
    shop = Loaded(write(tmp_path, "orders.csv", shopify([order("#1"), order("#2", Total="99.00")])))
    (total,) = [check for check in shop.account.checks if check.name == "total"]
    assert (total.held, total.of, total.note) == (1, 2, "#2")


def test_header_twins_are_told_apart_by_content(tmp_path: Path) -> None:
    rows = [order("#77", Financial_Status="", Id="77"), order("#78", Financial_Status="", Id="78")]
    twin = "\n".join(",".join(cell for index, cell in enumerate(line.split(",")) if index not in (22, 23)) for line in shopify(rows).splitlines())
    carts = Loaded(write(tmp_path, "x.csv", twin))
    assert carts.recognised.profile_id == "shopify.abandoned_checkouts"
    assert carts.rows("carts", "cart_id, value, order_id", "ORDER BY 1") == [("shopify:77", Decimal("20"), None), ("shopify:78", Decimal("20"), None)]
    assert Loaded(write(tmp_path, "y.csv", twin.replace("exemple.fr,,", "exemple.fr,paid,"))).recognised.profile_id == "shopify.orders"


def test_square_keeps_identical_lines_and_turns_refunds_round(tmp_path: Path) -> None:
    coffee = "2026-07-18,12:59:30,Paris,None,Coffee,1.0,,,€4.00,-€1.00,€3.00,€0.30,T1,Payment,Quai,"
    refund = "2026-07-19,09:00:00,Paris,None,Coffee,-1.0,,,-€4.00,€1.00,-€3.00,-€0.30,T2,Refund,Quai,"
    square = Loaded(write(tmp_path, "items.csv", "\n".join([SQUARE_HEADER, coffee, coffee, refund]) + "\n"))
    assert square.one("orders", "count(*), sum(net), any_value(currency), any_value(store)") == (1, Decimal("6"), "EUR", "Quai")
    assert square.rows("order_lines", "line_no, discount, net, category", "ORDER BY 1") == [
        (1, Decimal("1"), Decimal("3"), None),
        (2, Decimal("1"), Decimal("3"), None),
    ]
    assert square.rows("returns", "quantity, amount, returned_on") == [(Decimal("1"), Decimal("3"), date(2026, 7, 19))]


@pytest.mark.parametrize(
    ("heading", "header", "wine", "total"),
    [
        ("1 January 2026 - 31 January 2026", GOOGLE_HEADER, 'Enabled,Total Wine,EUR,10,"1,200",2.1%,"1,050.25", --',
         "Total: Campaigns, --,EUR,10,1200,,1050.25, --"),
        ("1 janv. 2026 – 31 janv. 2026", "État de la campagne;Campagne;Code de devise;Clics;Impr.;CTR;Coût;Conversions",
         "Activée;Total Wine;EUR;10;1 200;2,1 %;1 050,25; --",
         "Total : compte; --;EUR;10;1 200;;1 050,25; --"),
    ],
)  # fmt: skip
def test_google_ads_totals_go_and_total_wine_stays(tmp_path: Path, heading: str, header: str, wine: str, total: str) -> None:
    ads = Loaded(write(tmp_path, "report.csv", "\n".join(["Campaign report", heading, header, wine, total]) + "\n"))
    row = ("Total Wine", date(2026, 1, 1), date(2026, 1, 31), Decimal("1050.25"), 1200, None, "EUR")
    assert ads.rows("ad_spend", "campaign, period_start, period_end, spend, impressions, conversions, currency") == [row]
    assert [check.ok for check in ads.account.checks] == [True]


def test_google_ads_by_day_needs_no_heading(tmp_path: Path) -> None:
    rows = ["Day,Campaign,Currency code,Cost", "2026-01-01,A,EUR,1.50", "2026-01-01,A,EUR,2.50", "2026-01-02,A,EUR,4.00"]
    ads = Loaded(write(tmp_path, "daily.csv", "\n".join(rows) + "\n"))
    assert ads.rows("ad_spend", "period_start, spend", "ORDER BY 1") == [(date(2026, 1, 1), Decimal("4")), (date(2026, 1, 2), Decimal("4"))]


def test_meta_reads_the_currency_in_its_header(tmp_path: Path) -> None:
    head = "Reporting starts,Reporting ends,Campaign name,Results,Result indicator,Impressions,Amount spent (CHF)"
    meta = Loaded(write(tmp_path, "meta.csv", f'{head}\n2026-01-01,2026-01-31,Noël,3,actions:purchase,"1,000",12.50\n2026-01-01,2026-01-31,,3,,1000,12.50\n'))
    assert meta.rows("ad_spend", "campaign, spend, currency, conversions, period_end") == [("Noël", Decimal("12.5"), "CHF", Decimal("3"), date(2026, 1, 31))]
    assert dict(meta.account.dropped) == {"totals row": 1}


def ga4(*tables: str) -> str:
    return "# ----\n# Report\n# Property: Shop\n# ----\n#\n" + "\n\n".join(tables) + "\n"


def test_ga4_axes_days_weeks_months(tmp_path: Path) -> None:
    span = "# Start date: 20260105\n# End date: 20260210\n"
    text = ga4(
        span + "Nth day,Sessions\n0000,5\n0036,7",
        span + "Nth week,Total users\n0000,50\n0005,60",
        span + "Nth month,New users\n0000,70\n0001,80",
        span + "Nth day,Views\n",
    )
    found = Loaded(write(tmp_path, "ga4.csv", text))
    assert found.rows("traffic", "grain, period_start, period_end, coalesce(sessions, users, new_users)", "ORDER BY 1, 2") == [
        ("day", date(2026, 1, 5), date(2026, 1, 5), 5),
        ("day", date(2026, 2, 10), date(2026, 2, 10), 7),
        ("month", date(2026, 1, 5), date(2026, 2, 4), 70),
        ("month", date(2026, 2, 5), date(2026, 2, 10), 80),
        ("week", date(2026, 1, 5), date(2026, 1, 11), 50),
        ("week", date(2026, 2, 9), date(2026, 2, 10), 60),
    ]
    assert [(check.name, check.held, check.of) for check in found.account.checks] == [("tables with rows", 3, 4)]


def test_ga4_scope_says_which_dimensions_a_table_has(tmp_path: Path) -> None:
    span = "# Start date: 20260105\n# End date: 20260105\n"
    text = ga4(
        span + "Date,Session primary channel group (Default Channel Group),Device category,Country,Sessions\n"
        "20260105,Email,Mobile,France,5\n20260105,(not set),Mobile,France,1"
    )
    rows = Loaded(write(tmp_path, "ga4.csv", text)).rows("traffic", "property, scope, source, device, country, sessions", "ORDER BY sessions DESC")
    assert rows[0] == ("Shop", "country,device,source", "Email", "mobile", "France", 5)


def test_ga4_grand_total_holds_on_a_whole_report(tmp_path: Path) -> None:
    text = ga4("# 20260101-20260131\n\nLanding page + query string,Sessions,Total users\n,12,9,Grand total\n/a,7,6\n/b,5,4")
    whole = Loaded(write(tmp_path, "ga4.csv", text))
    assert [(check.name, check.held, check.of) for check in whole.account.checks] == [("grand total", 1, 1)]
    assert whole.one("traffic", "sum(sessions)") == (12,)


def test_inventory_is_unpivoted_and_dated_by_its_name(tmp_path: Path) -> None:
    head = "Handle,Title,Option1 Name,Option1 Value,SKU,HS Code,COO,Lyon,Studio"
    stock = Loaded(
        write(tmp_path, "inventory_export_2026-10-31.csv", f"{head}\nlamp,Lamp,Title,Default Title,L1,,FR,12,not stocked\ncup,Cup,Size,Big,,,FR,9999,-2\n")
    )
    assert stock.rows("stock", "day, location, sku, on_hand, unlimited", "ORDER BY 2, 3") == [
        (date(2026, 10, 31), "Lyon", "L1", Decimal("12"), False),
        (date(2026, 10, 31), "Lyon", "cup / Big", None, True),
        (date(2026, 10, 31), "Studio", "cup / Big", Decimal("-2"), False),
    ]
    assert any("the file's name" in note for note in stock.account.notes)


def test_products_fill_down_titles_and_leave_images_out(tmp_path: Path) -> None:
    head = "Handle,Title,Vendor,Type,Published,Option1 Value,Variant SKU,Variant Price,Cost per item"
    shop = Loaded(write(tmp_path, "products.csv", f"{head}\nlamp,Lamp,Lumen,Light,true,Small,L1,10.00,4.00\nlamp,,,,,Large,L2,12.00,5.00\nlamp,,,,,,,,\n"))
    assert shop.rows("products", "sku, title, category, brand, price, cost, active", "ORDER BY 1") == [
        ("L1", "Lamp - Small", "Light", "Lumen", Decimal("10"), Decimal("4"), True),
        ("L2", "Lamp - Large", "Light", "Lumen", Decimal("12"), Decimal("5"), True),
    ]
    assert dict(shop.account.dropped) == {"an image of a product, not a variant": 1}


@pytest.mark.parametrize(
    ("text", "dataset", "columns", "row"),
    [
        ("ARTICLE;DEBUT;COUT;DEVISE\nA;01/02/2026;1 037,90;EUR\n", "product_costs", "*", ("A", date(2026, 2, 1), Decimal("1037.9"), "EUR", 2)),
        ("sku,title,category,price\nA,Lamp,Light,12.50\n", "products", "sku, title, category, price", ("A", "Lamp", "Light", Decimal("12.5"))),
        ("MAGASIN;NOM;CANAL;VILLE;PAYS\nP1;Pop;Éphémère;Paris;FR\n", "stores", "store, name, channel, city", ("P1", "Pop", "popup", "Paris")),
        ("MAGASIN;DATE;HEURE;ENTREES\nP1;01/02/2026;9h;1 204\n", "store_visits", "day, hour, visitors", (date(2026, 2, 1), 9, 1204)),
        ("ID_REPONSE;TYPE;NOTE;MOMENT;DATE;MAGASIN\nR1;NPS;9;À chaud;01/02/2026;P1\n", "feedback", "kind, score, timing, store", ("nps", 9.0, "hot", "P1")),
        ("date\tlocation\tsku\ton hand\n2026-02-01\tP1\tA\t1.5\n", "stock", "day, location, on_hand", (date(2026, 2, 1), "P1", Decimal("1.5"))),
        ("ID;DATE;CANAL;STATUT\nL1;01/02/2026;Web;Gagné\n", "leads", "lead_id, channel, status", ("L1", "web", "won")),
        ("date;platform;campaign;source;cost;currency\n2026-02-01;P;C;Email;16,26;EUR\n", "ad_spend", "platform, source, spend",
         ("P", "Email", Decimal("16.26"))),
        ("DATE;RESEAU;ABONNES;MENTIONS\n01/02/2026;Insta;18213;8\n", "social_stats", "network, followers, mentions, reach", ("Insta", 18213, 8, None)),
        ("ID;DATE;HEURE;CANAL;EMAIL\nT1;01/02/2026;08:45;web;A@B.fr\n", "touches", "touch_id, occurred_at, channel, customer_key",
         ("T1", datetime(2026, 2, 1, 8, 45), "web", key("email:a@b.fr"))),
        ("EXPERIENCE;VARIANTE;TEMOIN;DATE;EXPOSES;CONVERSIONS\nE;A;oui;01/02/2026;328;100\n", "experiments", "is_control, exposures, conversions",
         (True, 328, 100)),
        ("COMMANDE;CANAL;EXPEDIE;LIVRE\n#1;web;01/02/2026;03/02/2026\n", "fulfilments", "order_id, delivered_on", ("ref:web:#1", date(2026, 2, 3))),
    ],
    ids=lambda value: value if isinstance(value, str) and value in DATASETS else "",
)  # fmt: skip
def test_every_template(tmp_path: Path, text: str, dataset: str, columns: str, row: tuple[object, ...]) -> None:
    assert Loaded(write(tmp_path, "file.csv", text)).rows(dataset, columns) == [row]


def test_a_later_line_replaces_an_earlier_one_and_is_counted(tmp_path: Path) -> None:
    costs = Loaded(write(tmp_path, "costs.csv", "ARTICLE;DEBUT;COUT\nA;01/02/2026;1,10\nA;01/02/2026;2,20\nB;01/02/2026;3,30\n"))
    assert costs.rows("product_costs", "sku, unit_cost", "ORDER BY 1") == [("A", Decimal("2.2")), ("B", Decimal("3.3"))]
    assert dict(costs.account.dropped) == {"a later line of the file has the same key": 1}


def test_no_identifier_leaves_the_conversion(tmp_path: Path) -> None:
    till = Loaded(tickets(tmp_path))
    tables = [name for (name,) in till.con.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
    assert sorted(tables) == sorted(till.converted.tables.values())
    text = "".join(repr(till.con.execute(f"SELECT * FROM {name}").fetchall()) for name in tables) + repr(till.account)
    assert "exemple.fr" not in text.casefold() and "C 77" not in text
    assert till.con.execute("SELECT count(*) FROM duckdb_variables() WHERE value <> 'NULL'").fetchall() == [(0,)]


def test_the_account_survives_json(tmp_path: Path) -> None:
    import json

    account = Loaded(tickets(tmp_path, [*TICKETS, TICKETS[0].replace("03/04/2026", "33/04/2026").replace(";100;", ";103;")])).account
    assert account.rejected_count == 1
    assert Account.from_dict(json.loads(json.dumps(account.to_dict()))) == account
