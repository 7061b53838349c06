"""Steps that make or fold rows, files that complete each other, header rows of two, tables and checks: against small plain-Python oracles."""

from __future__ import annotations

import re
from collections import defaultdict
from decimal import Decimal
from itertools import count
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kpi_core.errors import ConfigError, SourceError
from kpi_core.sources import Profiles, compile_profile
from kpi_core.sources.profiles.language import Explode, PivotAmounts, Read, WideItems
from kpi_core.sources.recognise import recognise
from kpi_core.sources.rows.shape_rows import explode, pivot_amounts, wide_items, wide_sql
from tests.sources.source_files import Loaded, write

PLAIN = {"profile": "1", "title": "{en: A till}", "evidence": "vendor"}
SALES = """
emit:
  order_lines:
    columns: {order_id: id, line_no: line_no, placed_on: day, sku: sku, title: title, quantity: quantity, net: net}
"""
_folder = count()


def profile(text: str, name: str = "made.up", **top: str) -> str:
    return "\n".join(f"{key}: {value}" for key, value in (PLAIN | {"id": name} | top).items()) + "\n" + text


def profiles(folder: Path, *texts: str) -> Profiles:
    here = folder / f"profiles{next(_folder)}"
    here.mkdir()
    for place, text in enumerate(texts):
        (here / f"{place}.yaml").write_text(text, encoding="utf-8")
    return Profiles.load(here)


BIGCOMMERCE = profile(
    """
columns:
  id: {from: [Order ID], as: id, required: true}
  day: {from: [Order Date], as: date, required: true}
  details: {from: [Product Details]}
shape:
  - explode:
      column: details
      item_sep: "|"
      pair_sep: ","
      key_sep: ":"
      into: {sku: Product SKU, title: Product Name, quantity: Product Qty, net: Product Total Price}
      keys: [Product ID]
      types: {quantity: int, net: money}
      number: line_no
"""
    + SALES.replace("order_lines:", "order_lines:\n    when: line_no IS NOT NULL")
    + """
  orders: {one_per: [id], columns: {order_id: id, placed_on: day}}
"""
)


def test_a_cell_of_keyed_items_becomes_lines_and_an_unreadable_item_refuses_its_order(tmp_path: Path) -> None:
    one = "Product ID: 2471,Product Qty: 20,Product SKU: A|1,Product Name: Shirt, red | blue,Product Total Price: 200.00|Product ID: 7, Product Qty: 1, Product SKU: , Product Name: Cap, Product Total Price: 12.50"
    bad = "Product ID: 1,Product Qty: two,Product SKU: B,Product Name: Hat,Product Total Price: 5.00"
    text = f'Order ID,Order Date,Product Details\n10,2026-04-03,"{one}"\n11,2026-04-03,\n12,2026-04-04,"{bad}"\n13,2026-04-05,"nothing of the kind"\n'
    loaded = Loaded(write(tmp_path, "orders.csv", text), profiles(tmp_path, BIGCOMMERCE))
    assert loaded.rows("order_lines", "order_id, line_no, sku, title, quantity::INT, net", "ORDER BY ALL") == [
        ("10", 1, "A|1", "Shirt, red | blue", 20, Decimal(200)),
        ("10", 2, None, "Cap", 1, Decimal("12.5")),
    ]
    assert [row[0] for row in loaded.rows("orders", "order_id", "ORDER BY 1")] == ["10", "11"]  # an order without items is an order
    assert [(item.line, item.column, item.value[:12]) for item in loaded.account.rejected] == [
        (4, "Product Details", "Product ID: "),
        (5, "Product Details", "nothing of t"),
    ]
    assert (loaded.account.rows_read, loaded.account.rows_used, loaded.account.rejected_count, loaded.account.dropped) == (4, 2, 2, ())


SKYVERGE = profile(
    r"""
columns:
  id: {from: [order_id], as: id, required: true}
  day: {from: [date], as: date, required: true}
shape:
  - wide_items: {columns: {item: 're:^order_item_(\d+)$'}, number: line_no}
  - explode: {column: item, pair_sep: "|", into: {product: 1, quantity: 2, net: 3, size: 4}, types: {quantity: int, net: money}}
  - derive: {sku: "split_part(product, ':', 2)", title: size}
"""
    + SALES
)


def test_numbered_columns_become_lines_in_their_order_and_are_used(tmp_path: Path) -> None:
    text = (
        "order_id,order_item_2,order_item_10,order_item_1,date,order_items\n"
        "1,product_id:2|1|5.00|,product_id:3|2|7.00|size: L,product_id:1|3|9.00|size: M,2026-04-03,x\n2,,,product_id:9|1|1.00|,2026-04-03,y\n3,,,,2026-04-04,z\n"
    )
    loaded = Loaded(write(tmp_path, "orders.csv", text), profiles(tmp_path, SKYVERGE))
    assert loaded.rows("order_lines", "order_id, line_no, sku, title, quantity::INT, net::INT", "WHERE sku <> '' ORDER BY ALL") == [
        ("1", 1, "1", "size: M", 3, 9),
        ("1", 2, "2", None, 1, 5),
        ("1", 10, "3", "size: L", 2, 7),
        ("2", 1, "9", None, 1, 1),
    ]
    assert loaded.account.unused == ("order_items",)
    assert loaded.account.rows_used == loaded.account.rows_read == 3


def rows_of(con: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[object, ...]]:
    return con.execute(sql).fetchall()


CON = duckdb.connect()
CON.execute("SET threads = 1")
WORDS = st.text("ab, ×x:|", min_size=1, max_size=8).map(str.strip).filter(lambda text: text and not re.search(r"\d", text))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(st.tuples(st.integers(1, 99), WORDS), max_size=4), min_size=1, max_size=4))
def test_items_by_pattern_are_the_items_that_were_written(orders: list[list[tuple[int, str]]]) -> None:
    """`2× Name, 1× Name`: names may hold commas, signs and the mark itself, as long as no number stands before it."""
    CON.execute("CREATE OR REPLACE TEMP TABLE cells (file_line BIGINT, cell VARCHAR)")
    CON.executemany("INSERT INTO cells VALUES (?, ?)", [(line, ", ".join(f"{n}× {name}" for n, name in items)) for line, items in enumerate(orders)])
    step = Explode(column="cell", item_sep=r"re:, (\d+× )", pattern=r"(?P<qty>\d+)× ?(?P<name>.*)", types={"qty": "int"}, number="nth")
    found = rows_of(CON, f"SELECT file_line, nth, qty, name, bad_0_ FROM ({explode(step, 0, Read(), 'cells')}) ORDER BY ALL")
    wanted = [(line, nth, n, name, None) for line, items in enumerate(orders) for nth, (n, name) in enumerate(items, 1)]
    wanted += [(line, None, None, None, None) for line, items in enumerate(orders) if not items]
    assert found == sorted(wanted, key=lambda row: (row[0], row[1] or 0))


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from(["price", "tax", "fee", "?", None]), st.integers(-999, 999) | st.none()), min_size=1, max_size=12
    )
)
def test_amounts_by_kind_add_up_to_the_amounts(rows: list[tuple[str, str | None, int | None]]) -> None:
    CON.execute("CREATE OR REPLACE TEMP TABLE amounts (file_line BIGINT, doc VARCHAR, kind VARCHAR, cents BIGINT, note VARCHAR)")
    CON.executemany("INSERT INTO amounts VALUES (?, ?, ?, ?, ?)", [(line, *row, row[1]) for line, row in enumerate(rows)])
    step = PivotAmounts(over=("doc",), amount="cents / 100.00", into={"sold": "kind IN ('price', 'tax')", "tax": "kind = 'tax'"}, rest="other")
    found = rows_of(
        CON, f"SELECT doc, file_line, sold, tax, other, note, list_sort(lines_) FROM ({pivot_amounts(step, 'file_line', False, 'amounts')}) ORDER BY doc"
    )
    sums: dict[tuple[str, str], float | None] = defaultdict(lambda: None)
    for doc, kind, cents in rows:
        if cents is not None:
            name = "sold" if kind in ("price", "tax") else "other"  # the first condition takes it: nothing is counted twice
            sums[doc, name] = (sums[doc, name] or 0) + cents
    assert [row[0] for row in found] == sorted({row[0] for row in rows})
    for doc, line, sold, tax, other, note, lines in found:
        own = [place for place, row in enumerate(rows) if row[0] == doc]
        assert (line, lines, tax) == (own[0], own, None)
        assert note == next((rows[place][1] for place in own if rows[place][1] is not None), None)
        assert (None if sold is None else round(sold * 100), None if other is None else round(other * 100)) == (sums[doc, "sold"], sums[doc, "other"])


@settings(max_examples=20, deadline=None)
@given(st.lists(st.lists(st.sampled_from(["", "1", "2.5", "x"]), min_size=4, max_size=4), min_size=1, max_size=4))
def test_places_of_two_columns_are_paired(cells: list[list[str]]) -> None:
    header = ["sku_1", "price_2", "sku_2", "price_1"]
    CON.execute("CREATE OR REPLACE TEMP TABLE wide (file_line BIGINT, c0 VARCHAR, c1 VARCHAR, c2 VARCHAR, c3 VARCHAR)")
    CON.executemany("INSERT INTO wide VALUES (?, ?, ?, ?, ?)", [(line, *row) for line, row in enumerate(cells)])
    step = WideItems(columns={"sku": r"re:^sku_(\d)$", "price": r"re:^price_(\d)$"}, number="nth", types={"price": "number"})
    source = f"(SELECT file_line, {wide_sql(step, header, Read())} AS wide_0_ FROM wide)"
    found = rows_of(CON, f"SELECT file_line, nth, sku, price::DOUBLE, bad_0_ IS NOT NULL FROM ({wide_items(step, 0, Read(), source)}) ORDER BY ALL")
    wanted: list[tuple[object, ...]] = []
    for line, (one, second, two, first) in enumerate(cells):
        made = [(line, nth, sku, price) for nth, sku, price in ((1, one, first), (2, two, second)) if sku or price] or [(line, None, "", "")]
        for row, nth, sku, price in made:
            wanted.append((row, nth, sku or None, None if price in ("", "x") else float(price), price == "x"))
    assert found == sorted(wanted, key=lambda row: (row[0], row[1] or 9))


SETTLEMENT = profile(
    """
columns:
  settlement: {from: [settlement-id], as: id, required: true}
  id: {from: [order-id], as: id}
  kind: {from: [transaction-type]}
  type: {from: [amount-type]}
  what: {from: [amount-description]}
  amount: {from: [amount], as: money}
  day: {from: [posted-date], as: date}
  sku: {from: [sku]}
rows:
  - {when: "kind IS NULL", reason: "settlement summary"}
  - {unless: "kind IN ('Order', 'Refund')", reason: "neither an order nor a refund"}
shape:
  - pivot_amounts:
      over: [id, sku]
      amount: amount
      into: {net: "kind = 'Order' AND what = 'Principal'", tax: "what = 'Tax'"}
      rest: fees
  - number: {over: [id], into: line_no}
  - derive: {title: "what", quantity: "1"}
"""
    + SALES.replace("net: net", "net: net, tax: tax")
    + """
checks:
  - name: settled
    any: {without tax: "coalesce(tax, 0) = 0", with tax: "tax > 0", never: "false"}
    label: id
"""
)


def test_a_settlement_becomes_a_line_per_article_and_every_row_is_accounted_for(tmp_path: Path) -> None:
    header = "settlement-id\torder-id\ttransaction-type\tamount-type\tamount-description\tamount\tposted-date\tsku"
    rows = [
        "S\t\t\t\t\t99.00\t\t", "S\tA1\tOrder\tItemPrice\tPrincipal\t10.00\t2026-04-03\tK", "S\tA1\tOrder\tItemPrice\tTax\t2.00\t2026-04-03\tK",
        "S\tA1\tOrder\tItemFees\tCommission\t-1.50\t2026-04-03\tK", "S\tA1\tOrder\tItemFees\tFixed\t-0.25\t2026-04-03\tK",
        "S\tA1\tOrder\tItemPrice\tPrincipal\t5.00\t2026-04-03\tL", "S\t\tTransfer\t\t\t1.00\t2026-04-03\t", "S\tB1\tOrder\tItemPrice\tTax\t-1.00\t2026-04-03\tL",
    ]  # fmt: skip
    loaded = Loaded(write(tmp_path, "settlement.txt", "\n".join([header, *rows]) + "\n"), profiles(tmp_path, SETTLEMENT))
    assert loaded.rows("order_lines", "order_id, line_no, sku, net, tax", "ORDER BY ALL") == [
        ("A1", 1, "K", Decimal(10), Decimal(2)),
        ("A1", 2, "L", Decimal(5), None),
        ("B1", 1, "L", None, Decimal(-1)),
    ]
    account = loaded.account
    assert (account.rows_read, account.rows_used, dict(account.dropped)) == (8, 6, {"settlement summary": 1, "neither an order nor a refund": 1})
    assert [(check.held, check.of, check.note, check.by) for check in account.checks] == [(2, 3, "B1", (("without tax", 1), ("with tax", 1)))]


LINES = profile(
    """
detect: {filename: ["*lines*"]}
columns:
  id: {from: [TICKET], required: true}
  line_no: {from: [LINE], as: int, required: true}
  sku: {from: [PRODUCT]}
  quantity: {from: [UNITS], as: int}
  net: {from: [PRICE], as: money}
shape:
  - join: {profile: till.receipts, where: [ticket], equals: [id], take: {day: day}}
  - join: {profile: till.products, where: [code], equals: [sku], take: {title: label, cost: cost}, required: false}
"""
    + SALES.replace("placed_on: day", "placed_on: day, unit_cost: 'cost * 1.0'"),
    "till.lines",
)
RECEIPTS = profile(
    'role: part\ndetect: {filename: ["receipts*"]}\ncolumns:\n  ticket: {from: [ID], required: true}\n  moment: {from: [DATENEW], as: date, required: true}\n'
    'shape:\n  - derive: {day: "moment"}\n',
    "till.receipts",
)
PRODUCTS = profile(
    "role: part\ncolumns:\n  code: {from: [CODE], required: true}\n  label: {from: [NAME], required: true}\n  cost: {from: [PRICEBUY], as: money}\n",
    "till.products",
)


def test_a_sibling_file_completes_the_lines_and_a_changed_one_is_another_file(tmp_path: Path) -> None:
    known = profiles(tmp_path, LINES, RECEIPTS, PRODUCTS)
    lines = write(tmp_path, "till_lines.csv", "TICKET,LINE,PRODUCT,UNITS,PRICE\nt1,1,A,2,10.00\nt1,2,B,1,3.00\nt9,1,A,1,1.00\n")
    alone = recognise(lines, known).sha256
    with pytest.raises(SourceError) as caught:
        Loaded(lines, known)
    assert "receipts*" in str(caught.value)
    receipts = write(tmp_path, "receipts_2026.csv", "ID,DATENEW\nt1,2026-04-03\nt1,2020-01-01\nt2,2026-04-04\n")
    first = Loaded(lines, known)
    assert first.rows("order_lines", "order_id, line_no, placed_on::VARCHAR, title, unit_cost", "ORDER BY ALL") == [
        ("t1", 1, "2026-04-03", None, None),
        ("t1", 2, "2026-04-03", None, None),
        ("t9", 1, None, None, None),
    ]
    write(tmp_path, "products.csv", "CODE,NAME,PRICEBUY\nA,Shirt,4.00\n")
    write(tmp_path, "receipts_2027.csv", "ID,DATENEW\nt9,2026-04-05\nt0,2026-04-05\nt2,2026-04-05\nt1,2026-04-06\n")
    second = Loaded(lines, known)
    assert second.rows("order_lines", "title, unit_cost, placed_on::VARCHAR", "ORDER BY order_id, line_no") == [
        ("Shirt", Decimal(4), "2026-04-06"),  # of two files the last by name, of two rows the first
        (None, None, "2026-04-06"),
        ("Shirt", Decimal(4), "2026-04-05"),
    ]
    assert len({alone, first.account.sha256, second.account.sha256}) == 3
    part = Loaded(receipts, known)
    assert (part.converted.tables, part.account.rows_used, part.account.rows_read) == ({}, 3, 3)
    assert any("completes another" in note for note in part.account.notes)


TWO_ROWS = profile(
    """
detect: {required: [Respondent ID]}
read: {header_rows: 2, second: SECOND}
columns:
  id: {from: [Respondent ID], as: id}
  day: {from: [End Date], as: date}
  sku: {from: ["re:^which store.*: lyon$", "Which store did you visit?"]}
  title: {from: ["re:^which store.*: paris"]}
  net: {from: ["re:^how likely"], as: number}
shape: [{number: {over: [id], into: line_no}}, {derive: {quantity: "1"}}]
"""
    + SALES
)


@pytest.mark.parametrize("quoted", [False, True])
def test_a_second_header_row_completes_the_names_or_describes_them(tmp_path: Path, quoted: bool) -> None:
    """The slow path (a quoted break) and the fast one see the same rows."""
    note = '"a\nb"' if quoted else "c"
    text = (
        "Respondent ID,End Date,Which store did you visit?,,How likely?,Note\n"
        f",,Lyon,Paris,Response,Open-Ended Response\n7,2026-04-03,x,,9,{note}\n8,2026-04-03,,y,3,\n"
    )
    path = write(tmp_path, "survey.csv", text)
    joined = Loaded(path, profiles(tmp_path, TWO_ROWS.replace("SECOND", "join")))
    assert joined.recognised.header[2:5] == ("Which store did you visit?: Lyon", "Which store did you visit?: Paris", "How likely?: Response")
    assert joined.rows("order_lines", "order_id, sku, title, net::INT", "ORDER BY 1") == [("7", "x", None, 9), ("8", None, "y", 3)]
    assert [row[0] for row in joined.rows("order_lines", "file_line", "ORDER BY 1")] == ([3, 5] if quoted else [3, 4])
    ignored = Loaded(path, profiles(tmp_path, TWO_ROWS.replace("SECOND", "ignore")))
    assert ignored.rows("order_lines", "order_id, sku, title", "ORDER BY 1") == [("7", "x", None), ("8", None, None)]
    assert joined.account.rows_read == ignored.account.rows_read == 2


NAMED = profile(
    """
tables:
  facts:
    period: {match: ['(\\d{4}-\\d{2}-\\d{2} to \\d{4}-\\d{2}-\\d{2})'], as: range, of: name, unless: day}
  required_facts: [period]
detect: {filename: ["shop 2026-01-01 to 2026-01-31.csv"]}
columns:
  id: {from: [Shop], required: true}
  day: {from: [Day], as: date}
  net: {from: [Sales], as: money, required: true}
rows:
  - {when: "regexp_matches(first_cell, '^[0-9]+ record') OR starts_with(first_cell, 'Seller ID:')", reason: "footer"}
shape: [{derive: {line_no: "1", sku: "id", title: "id", quantity: "1"}}]
"""
    + SALES.replace("placed_on: day", "placed_on: 'coalesce(day, period_end)'")
)


def test_the_period_may_stand_in_the_name_and_a_footer_is_dropped_whatever_its_width(tmp_path: Path) -> None:
    known = profiles(tmp_path, NAMED)
    body = "Shop,Sales,Note\nLyon,3.00,\n"
    footed = write(tmp_path, "shop 2026-04-01 to 2026-04-30.csv", body + "83 record(s) downloaded,\nSeller ID: me\n")
    loaded = Loaded(footed, known)
    assert loaded.rows("order_lines", "placed_on::VARCHAR, net::INT") == [("2026-04-30", 3)]
    assert (dict(loaded.account.dropped), loaded.account.rejected_count) == ({"footer": 2}, 0)
    with pytest.raises(SourceError, match="period") as caught:
        Loaded(write(tmp_path, "renamed.csv", body), known)
    assert "shop 2026-01-01 to" in str(caught.value) and "Day" in str(caught.value)
    dated = Loaded(write(tmp_path, "other.csv", "Shop,Day,Sales\nLyon,2026-04-03,3.00\n"), known)
    assert dated.rows("order_lines", "placed_on::VARCHAR") == [("2026-04-03",)]


MANY = profile(
    """
tables: {multiple: true, facts: {first_day: {match: ["^# from (.*)$"], as: date}}}
columns:
  id: {from: [Shop]}
  net: {from: [Sales], as: money}
  at: {from: [At]}
detect: {required: [Sales]}
shape: [{derive: {line_no: "1", sku: "id", title: "id", quantity: "1", day: first_day}}]
"""
    + SALES
)


def test_each_table_has_its_period_and_one_without_a_known_measure_is_dropped(tmp_path: Path) -> None:
    text = "# from 2026-04-01\nShop,Sales\nLyon,3.00\n\n# from 2026-04-02\nShop,Visitors\nLyon,3\nLille,4\n\n# from 2026-04-03\nSales,Shop\n5.00,Paris\n"
    loaded = Loaded(write(tmp_path, "many.csv", text), profiles(tmp_path, MANY))
    assert loaded.rows("order_lines", "order_id, placed_on::VARCHAR, net::INT", "ORDER BY ALL") == [("Lyon", "2026-04-01", 3), ("Paris", "2026-04-03", 5)]
    assert dict(loaded.account.dropped) == {"a table without a known measure": 2}


@pytest.mark.parametrize(
    ("of", "old", "new", "what"),
    [
        (BIGCOMMERCE, "keys: [Product ID]", "format: {sold: int}", "array"),
        (BIGCOMMERCE, "quantity: int, net", "quantity: int, nett", "did you mean net?"),
        (BIGCOMMERCE, "sku: Product SKU", "sku: 3", "key_sep"),
        (BIGCOMMERCE, 'item_sep: "|"', 'item_sep: "re:(?=P)"', "pattern"),
        (BIGCOMMERCE, "number: line_no", "number: id", "already"),
        (BIGCOMMERCE, "column: details", "column: detail", "details"),
        (SKYVERGE, "'re:^order_item_(\\d+)$'", "order_item", "pattern"),
        (SETTLEMENT, "what = 'Tax'", "whats = 'Tax'", "did you mean what?"),
        (SETTLEMENT, "unless: ", "unles: ", "did you mean unless?"),
        (SETTLEMENT, 'never: "false"', 'never: "neve"', "neve"),
        (LINES, "where: [ticket]", "where: [tiket]", "ticket"),
        (LINES, "profile: till.receipts", "profile: till.receipt", "till.receipts"),
        (TWO_ROWS.replace("SECOND", "join"), "id: {from", "r_id: {from", "r_id"),
        (NAMED, "of: name", "of: title", "title"),
        (NAMED, "unless: day", "unless: dayy", "did you mean day?"),
        (MANY, 'sku: "id"', 'sku: "at"', "word of SQL"),
    ],
)
def test_a_mistake_names_its_line_and_the_nearest_name(tmp_path: Path, of: str, old: str, new: str, what: str) -> None:
    assert old in of
    text = of.replace(old, new)
    with pytest.raises(ConfigError) as caught:
        for one in profiles(tmp_path, text, RECEIPTS, PRODUCTS):
            compile_profile(CON, one)
    wanted = next(place for place, line in enumerate(text.splitlines(), 1) if new in line)
    assert caught.value.where is not None
    assert caught.value.where.line == wanted, caught.value
    assert what in str(caught.value)
