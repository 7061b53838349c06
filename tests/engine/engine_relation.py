"""A small file with lookups and a union, and the rows under it: two channels of one retailer, with columns called differently."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import duckdb

from kpi_core.config.decode import decode
from kpi_core.config.model import KpiFile
from kpi_core.config.yaml import Document, parse_yaml

FILE = """
version: 1
dimensions: {channel: {name: {en: Channel}}}
drill: []
groups: []
measures: {}
kpis: {}
lookups:
  item: {table: articles, key: art_id, dims: [brand, maker_id], values: [price], columns: {brand: i_brand}, lookups: {maker: maker_id}}
  maker: {table: makers, key: m_id, dims: [country], columns: {country: m_country}}
  town: {table: towns, key: town_id, dims: [name]}
  back: {table: came_back, key: [ticket, item], dims: [], values: [qty]}
facts:
  till_line: {table: till, date: day, dims: [item], fed_by: {en: tills}, lookups: {item: item, back: [ticket, item]}}
  article: {table: articles, date: art_id, dims: [maker_id], fed_by: {en: articles}, same_as_lookup: item}
  sale:
    dims: [channel, outlet]
    fed_by: {en: tills and shop}
    union:
      - table: till
        set: {channel: store, quoted: "l'été"}
        columns: {day: day, ticket: ticket, item: item, qty: qty, outlet: town.name, amount: qty * 2}
        lookups: {town: place}
        where: qty is not null
      - table: shop_lines
        set: {channel: web}
        columns: {day: ordered_on, ticket: number, item: article, qty: pieces, amount: paid}
    lookups: {item: item}  # over both
"""

ROWS = """
create table till (day date, ticket integer, item integer, qty integer, place integer);
create table shop_lines (ordered_on date, number integer, article integer, pieces integer, paid integer);
create table articles (art_id integer, i_brand varchar, maker_id integer, i_size integer, price double);
create table makers (m_id integer, m_country varchar);
create table towns (town_id integer, name varchar);
create table came_back (ticket integer, item integer, qty integer);
insert into till values ('2026-01-05', 1, 10, 1, 1), ('2026-01-05', 1, 11, 2, 1), ('2026-01-06', 2, 99, 4, 1), ('2026-01-06', 3, null, null, 1);
insert into shop_lines values ('2026-01-05', 7, 10, 5, 50);
insert into articles values (10, 'Acme', 1, 4, 2.5), (11, 'Bolt', 2, 4, 3.5), (12, 'Core', null, 4, 4.5);
insert into makers values (1, 'FR'), (2, 'DE');
insert into towns values (1, 'Lyon');
insert into came_back values (1, 11, 1), (2, 12, 7);
"""

TABLES = {
    "till": frozenset({"day", "ticket", "item", "qty", "place"}),
    "shop_lines": frozenset({"ordered_on", "number", "article", "pieces", "paid"}),
    "articles": frozenset({"art_id", "i_brand", "maker_id", "i_size", "price"}),
    "makers": frozenset({"m_id", "m_country"}),
    "towns": frozenset({"town_id", "name"}),
    "came_back": frozenset({"ticket", "item", "qty"}),
}


class Reader:
    """The reader protocol over one connection."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self.con = con

    def execute(self, sql: str, parameters: Sequence[object] = (), /) -> list[tuple[Any, ...]]:
        return self.con.execute(sql, list(parameters)).fetchall()


def document(text: str = FILE) -> Document:
    return parse_yaml(text.encode(), "kpis.yaml")


def file_of(text: str = FILE) -> KpiFile:
    return decode(document(text), KpiFile)
