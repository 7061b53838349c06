"""Lookups and unions: rows are never lost or multiplied, only what is used is joined, and every mistake is named."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest
from engine_relation import FILE, ROWS, TABLES, Reader, document, file_of
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi_core.engine import relation
from kpi_core.errors import ConfigError, QueryError


@pytest.fixture
def con() -> duckdb.DuckDBPyConnection:
    found = duckdb.connect(":memory:", config={"threads": 1})
    found.execute(ROWS)
    return found


def read(con: duckdb.DuckDBPyConnection, fact: str, *names: str) -> list[tuple[Any, ...]]:
    """The rows of a fact's source, sorted, with the columns in the order asked."""
    sql = relation.source(file_of(), fact, names, TABLES)
    listed = ", ".join(relation.column_name(name) for name in names)
    return sorted(con.execute(f"select {listed} from {sql} as f").fetchall(), key=repr)


def test_a_plain_table_stays_a_plain_table() -> None:
    assert relation.source(file_of(), "till_line", ["qty", "item"]) == "till"


def test_a_lookup_adds_its_column_and_keeps_every_row(con: duckdb.DuckDBPyConnection) -> None:
    assert read(con, "till_line", "ticket", "item.brand") == [(1, "Acme"), (1, "Bolt"), (2, None), (3, None)]


def test_a_lookup_of_a_lookup(con: duckdb.DuckDBPyConnection) -> None:
    assert read(con, "till_line", "ticket", "item.maker.country") == [(1, "DE"), (1, "FR"), (2, None), (3, None)]


def test_only_the_lookups_in_use_are_joined() -> None:
    sql = relation.source(file_of(), "till_line", ["ticket", "item.brand"])
    assert sql.count("left join") == 1 and "maker" not in sql
    assert "town" not in relation.source(file_of(), "sale", ["qty", "channel"])
    assert "join" not in relation.source(file_of(), "sale", ["qty", "channel"])


def test_a_key_of_two_columns_finds_the_line_that_came_back(con: duckdb.DuckDBPyConnection) -> None:
    assert read(con, "till_line", "ticket", "item", "back.qty") == [(1, 10, None), (1, 11, 1), (2, 99, None), (3, None, None)]


def test_a_union_is_one_fact_whatever_its_tables_call_their_columns(con: duckdb.DuckDBPyConnection) -> None:
    assert read(con, "sale", "channel", "outlet", "qty") == [("store", "Lyon", 1), ("store", "Lyon", 2), ("store", "Lyon", 4), ("web", None, 5)]


def test_a_lookup_over_a_union(con: duckdb.DuckDBPyConnection) -> None:
    assert read(con, "sale", "channel", "item.brand") == [("store", "Acme"), ("store", "Bolt"), ("store", None), ("web", "Acme")]


def test_arithmetic_and_constants_in_a_part(con: duckdb.DuckDBPyConnection) -> None:
    assert sorted(row[0] for row in read(con, "sale", "amount")) == [2, 4, 8, 50]
    assert {row[0] for row in read(con, "sale", "quoted")} == {"l'été", None}


def test_a_part_keeps_the_rows_of_its_where(con: duckdb.DuckDBPyConnection) -> None:
    assert read(con, "sale", "ticket") == [(1,), (1,), (2,), (7,)]  # ticket 3 has no quantity and is left out by `where`


def test_a_fact_that_is_the_lookup_itself_answers_with_its_own_columns(con: duckdb.DuckDBPyConnection) -> None:
    assert read(con, "article", "item.brand", "item.maker_id") == [("Acme", 1), ("Bolt", 2), ("Core", None)]
    assert "join" not in relation.source(file_of(), "article", ["item.brand"], TABLES)


KEYS = st.one_of(st.none(), st.integers(0, 4))
LINES = st.lists(st.tuples(st.integers(0, 4), KEYS, st.integers(-5, 5)), max_size=12)
ITEMS = st.dictionaries(st.integers(0, 4), st.tuples(st.sampled_from(["A", "B", None]), KEYS), max_size=5)
MAKERS = st.dictionaries(st.integers(0, 4), st.sampled_from(["FR", "DE", None]), max_size=5)
BACK = st.dictionaries(st.tuples(st.integers(0, 4), st.integers(0, 4)), st.integers(0, 9), max_size=8)


@settings(max_examples=60, deadline=None)
@given(LINES, ITEMS, MAKERS, BACK)
def test_lookups_are_what_dictionaries_say(
    lines: list[tuple[int, int | None, int]],
    items: dict[int, tuple[str | None, int | None]],
    makers: dict[int, str | None],
    back: dict[tuple[int, int], int],
) -> None:
    """Whatever the rows: each line once, with what its keys find, in one hop, in two, and by two columns together."""
    con = duckdb.connect(":memory:", config={"threads": 1})
    con.execute(ROWS)
    tables = {
        "till": [("2026-01-05", ticket, item, qty, None) for ticket, item, qty in lines],
        "articles": [(key, brand, maker, None, None) for key, (brand, maker) in items.items()],
        "makers": list(makers.items()),
        "came_back": [(*key, qty) for key, qty in back.items()],
    }
    for table, rows in tables.items():
        con.execute(f"delete from {table}")
        if rows:
            con.executemany(f"insert into {table} values ({', '.join('?' for _ in rows[0])})", rows)
    relation.check(Reader(con), file_of())

    def found(ticket: int, item: int | None, qty: int) -> tuple[Any, ...]:
        brand, maker = (None, None) if item is None else items.get(item, (None, None))
        return ticket, qty, brand, None if maker is None else makers.get(maker), None if item is None else back.get((ticket, item))

    expected = sorted((found(*line) for line in lines), key=repr)
    assert read(con, "till_line", "ticket", "qty", "item.brand", "item.maker.country", "back.qty") == expected


def test_names_are_the_own_columns_and_those_of_lookups() -> None:
    names = relation.names(file_of(), "till_line", TABLES)
    assert {"qty", "item", "item.brand", "item.price", "item.maker.country", "back.qty"} <= names
    assert "item.i_brand" not in names and "maker.country" not in names
    assert relation.names(file_of(), "sale", TABLES) >= {"channel", "outlet", "item.brand"}
    assert "town" not in relation.names(file_of(), "sale", TABLES)


def test_values_of_a_lookup_are_no_cuts() -> None:
    assert "item.brand" in relation.dims(file_of(), "till_line", TABLES)
    assert "item.price" not in relation.dims(file_of(), "till_line", TABLES)


def test_lookups_in_a_circle_end() -> None:
    text = FILE.replace("columns: {country: m_country}}", "columns: {country: m_country}, lookups: {item: m_id}}")
    names = relation.names(file_of(text), "till_line", TABLES)
    assert "item.maker.country" in names and not any(name.startswith("item.maker.item") for name in names)


def test_what_a_question_must_prove() -> None:
    assert relation.used_lookups(file_of(), "till_line", ["qty", "item.maker.country"]) == ("item", "maker")
    assert relation.used_lookups(file_of(), "sale", ["outlet"]) == ("town",)
    assert relation.used_lookups(file_of(), "sale", ["channel", "qty"]) == ()
    assert relation.used_lookups(file_of(), "article", ["item.brand"]) == ()


def test_the_tables_of_a_fact() -> None:
    assert relation.tables(file_of(), "sale") == ("till", "shop_lines")
    assert relation.tables(file_of(), "till_line") == ("till",)


def test_a_doubled_key_is_refused_with_its_id(con: duckdb.DuckDBPyConnection) -> None:
    relation.check(Reader(con), file_of())
    con.execute("insert into articles values (11, 'Twin', 1, 1, 1.0)")
    with pytest.raises(QueryError, match=r"lookup item has 2 rows for art_id = 11 \(its key must be unique"):
        relation.check(Reader(con), file_of())
    relation.check(Reader(con), file_of(), ["town", "back"])


def test_a_doubled_key_of_two_columns_is_refused(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("insert into came_back values (1, 12, 1), (null, 5, 1), (null, 5, 1)")  # a part of the key alone may be doubled; a key with a gap joins nothing
    relation.check(Reader(con), file_of())
    con.execute("insert into came_back values (1, 11, 1)")
    with pytest.raises(QueryError, match="lookup back has 2 rows for ticket, item = 1, 11"):
        relation.check(Reader(con), file_of())


def test_a_name_that_is_no_name_never_reaches_sql() -> None:
    for name in ("item.brand; drop table x", "Item.brand", "item..brand", "", "item.brand "):
        with pytest.raises(ValueError):
            relation.column_name(name)
    with pytest.raises(ValueError, match=r"item\.maker\.item"):
        relation.source(file_of(), "till_line", ["item.maker.item.brand"])


MISTAKES = [
    ("item: {table: articles", "item: {table: artcles", "lookups.item.table", "there is no table artcles", "did you mean articles?"),
    ("key: art_id", "key: art_i", "lookups.item.key", "table articles has no column art_i", "did you mean art_id?"),
    ("key: [ticket, item]", "key: [ticket, itm]", "lookups.back.key.1", "table came_back has no column itm", "did you mean item?"),
    ("columns: {brand: i_brand", "columns: {brand: i_brnd", "lookups.item.columns.brand", "table articles has no column i_brnd", "did you mean i_brand?"),
    ("dims: [brand, maker_id]", "dims: [brant, maker_id]", "lookups.item.dims.0", "table articles has no column brant", "did you mean i_brand?"),
    ("lookups: {maker: maker_id}", "lookups: {makr: maker_id}", "lookups.item.lookups.makr", "there is no lookup makr", "did you mean maker?"),
    ("lookups: {maker: maker_id}", "lookups: {maker: maker_ix}", "lookups.item.lookups.maker", "there is no column maker_ix here", "did you mean maker_id?"),
    ("back: [ticket, item]}", "back: ticket}", "facts.till_line.lookups.back", "lookup back has a key of 2 columns, not 1", ""),
    ("same_as_lookup: item", "same_as_lookup: itm", "facts.article.same_as_lookup", "there is no lookup itm", "did you mean item?"),
    ("outlet: town.name", "outlet: town.nam", "facts.sale.union.0.columns.outlet", "table till has no column town.nam", "did you mean town.name?"),
    ("amount: qty * 2", "amount: sum(qty)", "facts.sale.union.0.columns.amount", "sum", ""),
    ("where: qty is not null", "where: quantty is not null", "facts.sale.union.0.where", "table till has no column quantty", ""),
    ("set: {channel: store", "set: {Channel: store", "facts.sale.union.0.set.Channel", "Channel is not a name", ""),
    ("set: {channel: web}", "set: {channel: web, order: 1}", "facts.sale.union.1.set.order", "order is a reserved word", "choose another name"),
    ("set: {channel: web}", "set: {channel: web, qty: 1}", "facts.sale.union.1.set.qty", "qty is a column and a constant", ""),
    ("- table: shop_lines", "- table: shop_line", "facts.sale.union.1.table", "there is no table shop_line", "did you mean shop_lines?"),
    ("lookups: {item: item}  # over both", "lookups: {item: itm}  # over both", "facts.sale.lookups.item", "there is no column itm here", "did you mean item?"),
    ("table: till, date", "date", "facts.till_line", "a fact has either a table or a union of tables", ""),
]


@pytest.mark.parametrize(("old", "new", "key", "what", "hint"), MISTAKES, ids=[item[2] + ":" + item[1] for item in MISTAKES])
def test_a_mistake_names_line_key_and_the_nearest_name(old: str, new: str, key: str, what: str, hint: str) -> None:
    assert FILE.count(old) == 1, old
    text = FILE.replace(old, new)
    with pytest.raises(ConfigError) as caught:
        relation.validate(file_of(text), TABLES, document(text))
    error = caught.value
    assert error.where is not None and error.where.column == key
    line = next(number for number, row in enumerate(text.splitlines(), 1) if new.split("#")[0].strip() in row)
    assert error.where.line is not None and abs(error.where.line - line) <= (0 if key.count(".") > 1 else 1)
    assert what in str(error.what) and hint in str(error.hint or "")


def test_the_file_without_a_mistake_is_valid() -> None:
    relation.validate(file_of(), TABLES, document())


def test_an_unknown_key_of_a_part_is_named() -> None:
    text = FILE.replace("where: qty is not null", "wheer: qty is not null")
    with pytest.raises(ConfigError, match=r"unknown key wheer \(did you mean where\?\)"):
        file_of(text)
