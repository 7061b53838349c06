"""A hand-made retailer with the tables of kpis.yaml: a few dozen rows, written here, small enough to work every answer out by hand.

Each row stands for one thing that a careless join or sum gets wrong; the expected answers are in test_tpcds.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import duckdb

TABLES = """
create table date_dim as select cast(row_number() over (order by d) as integer) as d_date_sk, d as d_date
  from (select cast(unnest(generate_series(date '2000-01-01', date '2003-02-01', interval 1 day)) as date) as d);
create table item (i_item_sk integer, i_product_name varchar, i_brand varchar, i_brand_id integer, i_class varchar, i_class_id integer,
  i_category varchar, i_category_id integer, i_manufact_id integer, i_current_price decimal(7,2));
create table store (s_store_sk integer, s_store_id varchar, s_store_name varchar, s_state varchar);
create table catalog_page (cp_catalog_page_sk integer, cp_catalog_page_id varchar);
create table web_site (web_site_sk integer, web_site_id varchar);
create table promotion (p_promo_sk integer, p_channel_tv varchar);
create table store_sales (ss_sold_date_sk integer, ss_store_sk integer, ss_item_sk integer, ss_customer_sk integer, ss_promo_sk integer,
  ss_ticket_number bigint, ss_quantity integer, ss_sales_price decimal(7,2), ss_ext_sales_price decimal(7,2), ss_net_paid decimal(7,2),
  ss_net_profit decimal(7,2));
create table catalog_sales (cs_sold_date_sk integer, cs_call_center_sk integer, cs_catalog_page_sk integer, cs_item_sk integer,
  cs_bill_customer_sk integer, cs_promo_sk integer, cs_order_number bigint, cs_quantity integer, cs_sales_price decimal(7,2),
  cs_ext_sales_price decimal(7,2), cs_net_paid decimal(7,2), cs_net_profit decimal(7,2));
create table web_sales (ws_sold_date_sk integer, ws_web_page_sk integer, ws_web_site_sk integer, ws_item_sk integer,
  ws_bill_customer_sk integer, ws_promo_sk integer, ws_order_number bigint, ws_quantity integer, ws_sales_price decimal(7,2),
  ws_ext_sales_price decimal(7,2), ws_net_paid decimal(7,2), ws_net_profit decimal(7,2));
create table store_returns (sr_returned_date_sk integer, sr_store_sk integer, sr_item_sk integer, sr_ticket_number bigint,
  sr_return_quantity integer, sr_return_amt decimal(7,2), sr_net_loss decimal(7,2));
create table catalog_returns (cr_returned_date_sk integer, cr_call_center_sk integer, cr_catalog_page_sk integer, cr_item_sk integer,
  cr_order_number bigint, cr_return_quantity integer, cr_return_amount decimal(7,2), cr_net_loss decimal(7,2));
create table web_returns (wr_returned_date_sk integer, wr_web_page_sk integer, wr_item_sk integer, wr_order_number bigint,
  wr_return_quantity integer, wr_return_amt decimal(7,2), wr_net_loss decimal(7,2));
create table inventory (inv_date_sk integer, inv_item_sk integer, inv_quantity_on_hand integer);
create table coverage ("table" varchar, dim varchar, member varchar, "first" date, "last" date);
insert into item values
  (1, 'Lamp', 'Lux', 11, 'light', 1, 'Home', 1, 71, 60), (2, 'Sofa', 'Lux', 11, 'seat', 2, 'Home', 1, 71, 80),
  (3, 'Novel', 'Page', 12, 'fiction', 3, 'Books', 2, 72, 20), (4, 'Atlas', 'Page', 12, 'travel', 4, 'Books', 2, 73, 55),
  (5, 'Odd', 'Own', 14, null, null, null, null, 74, 5), (6, 'Lamp', 'Dim', 13, 'light', 1, 'Home', 1, 71, 10);
-- one store has two versions, each with a key of its own
insert into store values (1, 'S1', 'Able', 'TN'), (2, 'S1', 'Able', 'TN'), (3, 'S2', 'Bar', 'CA');
insert into catalog_page values (1, 'P1'), (2, 'P2');
insert into web_site values (1, 'W1'), (2, 'W2');
insert into promotion values (1, 'N'), (2, 'Y');
"""

# day, store, item, customer, promotion, ticket, units, price, amount, paid, profit
STORE_SALES = [
    ("2000-08-23", 1, 1, 1, 1, 1, 2, 60, 120, 110, 20),
    ("2000-09-06", 2, 4, 2, 2, 2, 1, 55, 55, 55, 5),
    ("2000-09-07", 3, 2, 1, 1, 3, 1, 80, 80, 80, None),  # the profit of the line is not known: nor is what its return took from it
    ("2000-08-25", None, 1, 3, 1, 4, 1, 60, 60, 60, 6),  # of no store that is known
    (None, 1, 1, 4, 1, 5, 1, 999, 999, 999, 999),  # of no day that is known
    ("2000-09-10", 3, 3, 2, 1, 6, 1, 20, 20, 20, 2),
    ("2000-09-12", 3, 4, 2, 1, 7, 1, 55, 55, 55, 4),  # the same customer buys the same thing as with ticket 2
    ("2001-03-01", 1, 1, 7, None, 10, 1, 100, 100, 100, -40),
    ("2001-03-01", 2, 2, 7, None, 11, 1, 50, 50, 50, -30),
    ("2001-03-01", 1, 3, 7, None, 12, 10, 10, 100, 100, 10),
    ("2001-03-01", 1, 5, 7, None, 13, 1, 10, 10, 10, 2),
    ("2001-03-01", 3, 1, 7, None, 14, 1, 500, 500, 500, 400),
    ("2001-01-02", 3, 1, 7, None, 20, 1, 30, 30, 30, 1),
    ("2002-01-01", 3, 1, 7, None, 21, 1, 20, 20, 20, 1),
    ("2001-01-03", 1, 1, 7, None, 22, 1, 7, 7, 7, 0),
    ("2001-01-04", 1, 1, 7, None, 23, 1, 6, 6, 6, 0),
    ("2002-01-03", 2, 1, 7, None, 24, 1, 3, 3, 3, 0),  # the store's other version, a year later
    ("2002-01-03", 1, 1, 7, None, 25, 1, 5, 5, 5, 0),
    ("2001-12-05", 3, 1, 8, None, 30, 100, 200, 20000, 20000, 500),
    ("2001-12-06", 3, 2, 8, None, 31, 10, 1500, 15000, 15000, 5),
    ("2001-12-06", 3, 6, 8, None, 32, 10, 1500, 15000, 15000, 1),  # profit not above 1
    ("2001-12-06", 3, 6, 8, None, 33, 10, 1500, 15000, 15000, 9),  # never came back
]
# day, store, item, ticket, units, amount, loss
STORE_RETURNS = [
    ("2000-09-01", 1, 1, 1, 1, 60, 7),
    ("2000-12-01", 3, 2, 3, 1, 80, 9),
    ("2000-08-24", 3, 1, 90, 1, 30, 3),  # of a sale that is not among the lines
    ("2002-02-01", 3, 1, 30, 50, 12000, 0),
    ("2001-12-20", 3, 2, 31, 9, 11000, 0),
    ("2001-12-20", 3, 6, 32, 9, 11000, 0),
]
# day, call centre, page, item, customer, promotion, order, units, price, amount, paid, profit
CATALOG_SALES = [
    ("2000-08-30", 1, 1, 2, 1, 1, 1, 3, 80, 240, 200, -30),
    ("2000-09-01", None, 2, 3, 2, 1, 2, 5, 20, 100, 100, 10),
    ("2000-03-01", 1, 1, 5, 5, None, 3, 1, 9, 9, 9, 1),
    ("2000-03-01", 1, 1, 1, None, None, 4, 1, 60, 60, 60, 1),  # of no customer that is known
    ("2000-12-26", 1, 1, 1, None, None, 5, 1, 20, 20, 20, 1),
    ("2002-05-01", 1, 1, 3, 6, None, 10, 4, 10, 40, 40, 4),
    ("2002-05-01", 1, 1, 3, 6, None, 11, 4, 10, 40, 40, 4),  # the very same once more: two lines, not one
    ("2001-06-01", 1, 1, 4, 6, None, 12, 10, 55, 550, 550, 4),
    ("2002-06-01", 1, 1, 4, 6, None, 13, 10, 50, 500, 500, 4),
]
# day, call centre, page, item, order, units, amount, loss
CATALOG_RETURNS = [("2000-09-20", 2, 1, 2, 1, 1, 80, 12)]  # taken by another call centre than that of the sale
# day, page, site, item, customer, promotion, order, units, price, amount, paid, profit
WEB_SALES = [
    ("2000-09-02", 1, 1, 4, 4, 1, 1, 2, 55, 110, 100, 15),
    ("2000-09-02", None, 2, 1, 4, None, 2, 1, 60, 60, 60, 1),
    ("2000-12-26", 1, 1, 1, 4, None, 3, 1, 30, 30, 30, 1),
    ("2002-01-01", 1, 1, 1, 4, None, 4, 1, 37, 37, 37, 1),
    ("2001-05-01", 1, 1, 3, 4, None, 5, 10, 9, 90, 90, 1),
    ("2001-12-07", 1, 1, 1, 4, None, 6, 4, 7500, 30000, 30000, 9),
]
# day, page, item, order, units, amount, loss
WEB_RETURNS = [
    ("2000-09-05", 2, 4, 1, 1, 55, 8),
    ("2001-05-09", 1, 3, 5, 2, 18, 0),
    ("2001-12-09", 1, 1, 6, 1, 15000, 0),
]
# day, item, quantity
INVENTORY = [
    ("2000-01-03", 1, 10),
    ("2000-01-03", 1, 20),
    ("2000-01-03", 2, None),  # not counted
    ("2000-01-03", 3, 7),
    ("2000-01-10", 1, 30),
    ("2000-01-10", 5, 4),
    ("2000-01-10", 6, 40),
    ("2001-01-01", 1, 1000),
]

ROWS: dict[str, Sequence[tuple[Any, ...]]] = {
    "store_sales": STORE_SALES,
    "store_returns": STORE_RETURNS,
    "catalog_sales": CATALOG_SALES,
    "catalog_returns": CATALOG_RETURNS,
    "web_sales": WEB_SALES,
    "web_returns": WEB_RETURNS,
    "inventory": INVENTORY,
}


def tiny_shop() -> duckdb.DuckDBPyConnection:
    """A connection that holds the shop."""
    con = duckdb.connect(":memory:", config={"threads": 1})
    con.execute(TABLES)
    days = {str(day): key for key, day in con.execute("select d_date_sk, d_date from date_dim").fetchall()}
    for table, rows in ROWS.items():
        marks = ", ".join("?" for _ in rows[0])
        con.executemany(f"insert into {table} values ({marks})", [(None if row[0] is None else days[str(row[0])], *row[1:]) for row in rows])
    return con
