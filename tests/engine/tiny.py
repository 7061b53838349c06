"""A hand-made star, small enough to know every answer by heart, and a reader over it.

Week 2026-W44 is 26 October to 1 November; its weekday-aligned year before is 27 October to 2 November 2025 (W44). The 1 November is loaded.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from kpi_core.config.shipped import shipped
from kpi_core.config.yaml import load_yaml
from kpi_core.engine.catalogue import Catalogue
from kpi_core.engine.rollups import rollups
from kpi_core.engine.run import Engine

SCHEMA = """
create table sale (day date, order_id varchar, line_no integer, channel varchar, store varchar, category varchar, product varchar, sku varchar,
  country varchar, customer_type varchar, fulfilment varchar, device varchar, qty decimal(18,4), net_amount decimal(18,6), gross_amount decimal(18,6),
  discount_amount decimal(18,6), cost_amount decimal(18,6), returns_counted boolean, load_id integer, file_line bigint);
create table orders (day date, order_id varchar, order_ref varchar, channel varchar, store varchar, country varchar, customer_type varchar,
  fulfilment varchar, device varchar, customer_key ubigint, is_first_order boolean, customer_channels integer, lead_days integer,
  net_amount decimal(18,6), load_id integer, file_line bigint);
create table returns (day date, return_id varchar, sold_on date, channel varchar, store varchar, category varchar, product varchar, sku varchar,
  return_channel varchar, qty decimal(18,4), amount decimal(18,6), load_id integer, file_line bigint);
create table sessions (day date, channel varchar, source varchar, device varchar, country varchar, sessions bigint, engaged bigint, purchases bigint,
  views bigint, load_id integer, file_line bigint);
create table audience (day date, scope varchar, period_start date, period_end date, channel varchar, source varchar, device varchar, country varchar,
  users bigint, new_users bigint, load_id integer, file_line bigint);
create table footfall (day date, channel varchar, store varchar, visits bigint, load_id integer, file_line bigint);
create table touches (day date, touch_id varchar, channel varchar, source varchar, campaign varchar, device varchar, kind varchar, customer_key ubigint,
  occurred_at timestamp, load_id integer, file_line bigint);
create table carts (day date, cart_id varchar, channel varchar, device varchar, order_id varchar, value decimal(18,6), load_id integer, file_line bigint);
create table spend (day date, source varchar, campaign varchar, platform varchar, cost decimal(18,6), impressions bigint, clicks bigint,
  estimated boolean, load_id integer, file_line bigint);
create table surveys (day date, channel varchar, store varchar, timing varchar, country varchar, kind varchar, score double, load_id integer,
  file_line bigint);
create table stock (day date, store varchar, category varchar, product varchar, sku varchar, on_hand decimal(18,4), on_hand_cost decimal(18,6),
  stale_days integer, load_id integer, file_line bigint);
create table social (day date, network varchar, followers bigint, mentions bigint, reach bigint, interactions bigint, comments bigint,
  negative_comments bigint, load_id integer, file_line bigint);
create table customers (day date, customer_key ubigint, first_channel varchar, country varchar, lifetime_orders integer, lifetime_revenue decimal(18,6),
  repeat_90 boolean, matured_on date, matured boolean);
create table customer_orders (day date, order_id varchar, first_channel varchar, country varchar, order_no integer, net_amount decimal(18,6),
  load_id integer, file_line bigint);
create table interactions (day date, channel varchar, source varchar, campaign varchar, device varchar, kind varchar, customer_key ubigint,
  quantity bigint, load_id integer, file_line bigint);
create table conversions (day date, order_id varchar, channel varchar, touch_channels integer, online_touch_30d boolean, load_id integer,
  file_line bigint);
create table leads (day date, lead_id varchar, channel varchar, source varchar, device varchar, country varchar, status varchar, load_id integer,
  file_line bigint);
create table experiments (day date, experiment varchar, variant varchar, is_control boolean, channel varchar, exposures bigint, conversions bigint,
  load_id integer, file_line bigint);
create table attributed (day date, order_id varchar, source varchar, campaign varchar, first_touch decimal(18,6), last_touch decimal(18,6),
  linear decimal(18,6), position decimal(18,6), decay decimal(18,6), load_id integer, file_line bigint);
create table coverage ("table" varchar, dim varchar, member varchar, "first" date, "last" date);
"""

# o1 has two categories (the overlap); o3 is a guest; o5 is bought on the next Monday; customer 1 buys on web and in a store.
ROWS = """
insert into orders values
  ('2026-10-26','o1','#1','web',null,'FR','new','delivery','mobile',1,true,2,3,60,1,2),
  ('2026-10-27','o2','#2','store','Lyon','FR','returning','in_store',null,1,false,2,null,40,2,2),
  ('2026-10-28','o3','#3','store','Lyon','FR','guest','in_store',null,null,null,null,null,20,2,3),
  ('2026-10-29','o4','#4','store','Paris','FR','new','in_store',null,2,true,1,null,30,2,4),
  ('2026-11-01','o6','#6','web',null,'BE','new','click_collect','desktop',3,true,1,1,50,1,4),
  ('2025-10-27','p1','#p1','web',null,'FR','new','delivery','mobile',4,true,1,2,100,1,9),
  ('2025-11-02','p2','#p2','store','Paris','FR','new','in_store',null,5,true,1,null,25,2,9),
  ('2026-10-20','q1','#q1','store','Lyon','FR','returning','in_store',null,2,false,1,null,10,2,8);
insert into sale values
  ('2026-10-26','o1',1,'web',null,'Jardin','Pelle','p','FR','new','delivery','mobile',2,20,20,0,8,false,1,2),
  ('2026-10-26','o1',2,'web',null,'Maison','Vase','v','FR','new','delivery','mobile',1,40,40,0,10,false,1,3),
  ('2026-10-27','o2',1,'store','Lyon','Maison','Vase','v','FR','returning','in_store',null,1,40,40,0,10,true,2,2),
  ('2026-10-28','o3',1,'store','Lyon','Jardin','Pelle','p','FR','guest','in_store',null,2,20,20,0,8,true,2,3),
  ('2026-10-29','o4',1,'store','Paris','Maison','Bol','b','FR','new','in_store',null,3,30,30,0,null,true,2,4),
  ('2026-11-01','o6',1,'web',null,'Maison','Vase','v','BE','new','click_collect','desktop',1,50,50,0,10,false,1,4),
  ('2025-10-27','p1',1,'web',null,'Maison','Vase','v','FR','new','delivery','mobile',2,100,100,0,20,false,1,9),
  ('2025-11-02','p2',1,'store','Paris','Jardin','Pelle','p','FR','new','in_store',null,1,25,25,0,4,true,2,9),
  ('2026-10-20','q1',1,'store','Lyon','Jardin','Pelle','p','FR','returning','in_store',null,1,10,10,0,4,true,2,8);
insert into returns values
  ('2026-10-30','r1','2026-10-20','store','Lyon','Jardin','Pelle','p','store',1,10,2,9),
  ('2026-10-31','r2','2026-10-26','web',null,'Jardin','Pelle','p','store',null,5,1,9);
insert into sessions values
  ('2026-10-26','web','Organic Search','mobile','FR',300,180,3,900,3,2),
  ('2026-10-27','web','Paid Search','desktop','FR',100,80,3,300,3,3),
  ('2026-11-01','web','Direct','mobile','BE',100,null,null,100,3,4),
  ('2025-10-27','web','Organic Search','mobile','FR',50,20,1,90,3,5);
insert into audience values
  ('2026-10-26','','2026-10-26','2026-11-01','web',null,null,null,400,300,3,9),
  ('2026-10-26','device','2026-10-26','2026-11-01','web',null,'mobile',null,300,250,3,10),
  ('2026-10-26','device','2026-10-26','2026-11-01','web',null,'desktop',null,150,60,3,11),
  ('2026-10-26','','2026-10-26','2026-10-26','web',null,null,null,90,80,3,12);
insert into footfall values
  ('2026-10-27','store','Lyon',10,4,2), ('2026-10-28','store','Lyon',10,4,3), ('2026-10-29','store','Paris',0,4,4), ('2026-11-01','store','Paris',5,4,5);
insert into touches values
  ('2026-10-26','t1','web','Email','auto','mobile','click',1,'2026-10-26 10:00',5,2),
  ('2026-10-26','t2','email','Email','auto','mobile','open',1,'2026-10-26 09:00',5,3),
  ('2026-10-29','t3','web','Direct',null,'desktop','visit',2,'2026-10-29 09:00',5,4),
  ('2026-11-01','t4','web','Direct',null,'desktop','visit',null,'2026-11-01 09:00',5,5);
insert into carts values
  ('2026-10-26','c1','web','mobile','o1',60,1,2), ('2026-10-26','c2','web','mobile',null,70,1,3), ('2026-10-27','c3','web','desktop',null,20,1,4),
  ('2026-11-01','c4','web','desktop','o6',50,1,5);
insert into spend values
  ('2026-10-26','Paid Search','auto','google',30,100,10,false,6,2), ('2026-11-01','Paid Social','noel','meta',15,100,10,false,6,3);
insert into surveys values
  ('2026-10-26','store','Lyon','hot','FR','nps',10,7,2), ('2026-10-27','store','Lyon','hot','FR','nps',9,7,3),
  ('2026-10-28','web',null,'cold','FR','nps',6,7,4),
  ('2026-10-29','web',null,'cold','FR','nps',9,7,5), ('2026-11-01','store','Paris','hot','FR','csat',4,7,6),
  ('2026-11-01','store','Paris','hot','FR','csat',3,7,7);
insert into stock values
  ('2026-10-31','Lyon','Jardin','Pelle','p',10,50,5,8,2), ('2026-10-31','Paris','Maison','Vase','v',5,40,0,8,3),
  ('2026-11-01','Lyon','Jardin','Pelle','p',10,50,6,8,2);
insert into social values ('2026-10-31','instagram',900,4,0,0,0,0,9,2), ('2026-11-01','instagram',1000,2,0,0,0,0,9,3),
  ('2026-11-01','tiktok',50,1,0,0,0,0,9,4);
insert into customers values
  ('2026-10-26',1,'web','FR',2,100,true,'2027-01-24',false), ('2026-10-20',2,'store','FR',2,40,true,'2027-01-18',false),
  ('2026-11-01',3,'web','BE',1,50,false,'2027-01-30',false),
  ('2025-10-27',4,'web','FR',1,100,false,'2026-01-25',true), ('2025-11-02',5,'store','FR',3,75,true,'2026-01-31',true),
  ('2026-07-29',6,'web','FR',2,20,true,'2026-10-27',true), ('2026-08-01',7,'store','FR',1,10,false,'2026-10-30',true);
insert into customer_orders values
  ('2025-10-27','p1','web','FR',1,100,1,9), ('2025-11-02','p2','store','FR',1,25,2,9), ('2026-10-20','q1','store','FR',1,10,2,8),
  ('2026-10-26','o1','web','FR',1,60,1,2), ('2026-10-27','o2','web','FR',2,40,2,2), ('2026-10-29','o4','store','FR',2,30,2,4),
  ('2026-11-01','o6','web','BE',1,50,1,4);
insert into interactions values
  ('2026-10-26','web','Organic Search',null,'mobile','visit',null,300,3,2), ('2026-10-27','web','Paid Search',null,'desktop','visit',null,100,3,3),
  ('2026-11-01','web','Direct',null,'mobile','visit',null,100,3,4), ('2025-10-27','web','Organic Search',null,'mobile','visit',null,50,3,5),
  ('2026-10-27','store',null,null,null,'entry',null,10,4,2), ('2026-10-28','store',null,null,null,'entry',null,10,4,3),
  ('2026-10-29','store',null,null,null,'entry',null,0,4,4), ('2026-11-01','store',null,null,null,'entry',null,5,4,5),
  ('2026-10-26','web','Email','auto','mobile','click',1,1,5,2), ('2026-10-26','email','Email','auto','mobile','open',1,1,5,3),
  ('2026-10-29','web','Direct',null,'desktop','visit',2,1,5,4), ('2026-11-01','web','Direct',null,'desktop','visit',null,0,5,5),
  ('2026-10-28','email','Email','auto','mobile','click',8,1,5,6),
  ('2026-10-26','web',null,null,'mobile','order',1,0,1,2), ('2026-10-27','store',null,null,null,'order',1,0,2,2),
  ('2026-10-29','store',null,null,null,'order',2,0,2,4), ('2026-11-01','web',null,null,'desktop','order',3,0,1,4),
  ('2025-10-27','web',null,null,'mobile','order',4,0,1,9), ('2025-11-02','store',null,null,null,'order',5,0,2,9),
  ('2026-10-20','store',null,null,null,'order',2,0,2,8);
insert into conversions values
  ('2026-10-26','o1','web',2,true,1,2), ('2026-10-27','o2','store',2,true,2,2), ('2026-10-28','o3','store',1,false,2,3),
  ('2026-10-29','o4','store',2,true,2,4),
  ('2026-11-01','o6','web',1,false,1,4);
insert into leads values ('2026-10-26','l1','web','Organic Search','mobile','FR','new',10,2), ('2026-11-01','l2','web','Direct','mobile','BE','won',10,3);
insert into experiments values
  ('2026-10-26','button','A',true,'web',1000,20,11,2), ('2026-10-26','button','B',false,'web',1000,30,11,3),
  ('2026-11-01','button','C',false,'web',500,5,11,4);
insert into attributed values
  ('2026-10-26','o1','Email','auto',60,0,30,30,20,1,2), ('2026-10-26','o1','Paid Search','auto',0,60,30,30,40,1,2),
  ('2026-11-01','o6','(unattributed)',null,50,50,50,50,50,1,4);
-- what the loader says of every order beside the rest: the hour where it is known, the weekday, the month of the customer's first order
alter table orders add column hour varchar;
alter table orders add column weekday varchar;
update orders set weekday = isodow(day), hour = case order_id when 'o1' then '09' when 'o2' then '18' when 'o3' then '18' end;
alter table sale add column hour varchar;
alter table sale add column weekday varchar;
update sale set hour = orders.hour, weekday = orders.weekday from orders where orders.order_id = sale.order_id;
alter table customers add column cohort varchar;
update customers set cohort = strftime(day, '%Y-%m');
alter table customer_orders add column cohort varchar;
update customer_orders set cohort = strftime(day, '%Y-%m');
"""

# What the star knows beside: columns that no row above needs, and tables of exports that the tiny shop does not have.
MORE = """
alter table sale add column returns_named boolean;
alter table sale add column net_constant decimal(18,6);
alter table sale add column cost_constant decimal(18,6);
update sale set returns_named = returns_counted, net_constant = net_amount, cost_constant = cost_amount;
alter table returns add column amount_constant decimal(18,6);
update returns set amount_constant = amount;
alter table sessions add column seconds bigint;
alter table sessions add column timed bigint;
alter table stock add column place_kind varchar;
alter table stock add column in_demand boolean;
alter table stock add column elsewhere decimal(18,4);
alter table customer_orders add column customer varchar;
alter table customer_orders add column customer_key ubigint;
alter table conversions add column first_contact varchar;
alter table leads add column kind varchar;
create table returns_by_sale as select sold_on as day, return_id, day as returned_on, channel, store, category, product, sku, return_channel, qty, amount,
  load_id, file_line from returns where sold_on is not null;
create table landings (day date, channel varchar, landing_page varchar, source varchar, device varchar, country varchar, sessions bigint,
  load_id integer, file_line bigint);
create table deliveries (day date, order_id varchar, channel varchar, country varchar, fulfilment varchar, carrier varchar, delivered_on date,
  late_days integer, on_time boolean, load_id integer, file_line bigint);
create table pickups (day date, order_id varchar, channel varchar, store varchar, country varchar, device varchar, customer_key ubigint,
  addon_orders integer, addon_amount decimal(18,6), load_id integer, file_line bigint);
"""

_DETAIL = (
    "sale orders returns sessions audience footfall touches carts spend surveys stock social customers customer_orders interactions conversions "
    "leads experiments attributed returns_by_sale landings deliveries pickups"
)
DETAIL = _DETAIL.split()


class TinyReader:
    """The reader protocol over one connection; remembers what ran."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self.con = con
        self.ran: list[tuple[str, tuple[object, ...]]] = []

    def execute(self, sql: str, parameters: Sequence[object] = (), /) -> list[tuple[Any, ...]]:
        self.ran.append((sql, tuple(parameters)))
        return self.con.execute(sql, list(parameters)).fetchall()


def catalogue() -> Catalogue:
    return Catalogue.read(load_yaml(Path(shipped("config")) / "kpis.yaml"))


def cover(con: duckdb.DuckDBPyConnection, tables: Sequence[str] = tuple(DETAIL)) -> None:
    """Coverage as the store writes it: first and last day with rows, over all and per channel and store."""
    con.execute("delete from coverage")
    for table in tables:
        last = "max(period_end)" if table == "audience" else "max(day)"
        con.execute(f"insert into coverage select '{table}', '', '', min(day), {last} from {table} having count(*) > 0")
        names = [row[0] for row in con.execute(f"describe {table}").fetchall()]
        for dim in ("channel", "store"):
            if dim in names:
                con.execute(f"insert into coverage select '{table}', '{dim}', {dim}, min(day), {last} from {table} where {dim} is not null group by {dim}")


def roll_up(con: duckdb.DuckDBPyConnection, known: Catalogue) -> None:
    """Build the rollups the engine asks for."""
    for spec in rollups(known):
        dims = ", ".join(("day", *spec.dims))
        measures = ", ".join(f"{sql} as {name}" for name, sql in spec.measures.items())
        con.execute(f"create or replace table {spec.name} as select {dims}, {measures} from {spec.source} group by {dims}")


def tiny(*, rolled: bool = False, more: str = "") -> Engine:
    """An engine over the tiny star. `more`: further SQL before coverage is taken."""
    con = duckdb.connect(":memory:", config={"threads": 1})
    con.execute(SCHEMA)
    con.execute(ROWS)
    con.execute(MORE)
    if more:
        con.execute(more)
    cover(con)
    known = catalogue()
    if rolled:
        roll_up(con, known)
    return Engine(TinyReader(con), known)
