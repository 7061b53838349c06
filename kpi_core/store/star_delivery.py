"""Deliveries on the day they were promised for, and click & collect orders on the day they were collected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpi_core.store.star_base import PHYSICAL

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# What was promised for a day that the exports reach and has not arrived is late, not unknown: only so the newest days are not too good.
_DELIVERIES = """
create or replace table mart.deliveries as
with reach as (select max(delivered_on) as last_day from work.fulfilled)
select promised_on as day, orders.order_id, orders.channel, orders.country, orders.fulfilment, carrier, delivered_on,
       cast(delivered_on - promised_on as integer) as late_days, coalesce(delivered_on <= promised_on, false) as on_time,
       fulfilled.load_id, fulfilled.file_line
from work.fulfilled as fulfilled join mart.orders as orders using (order_id) cross join reach
where promised_on <= last_day
order by promised_on, orders.order_id;
"""

# Bought on the same visit: the ticket that the pick-up names, or what the same customer bought in the shop that day. A purchase counts for one pick-up.
_PICKUPS = f"""
create or replace table mart.pickups as
with collected as (
    select orders.order_id, fulfilled.collected_on as day, orders.channel, coalesce(place.name, fulfilled.store) as store, orders.country, orders.device,
           orders.customer_key, fulfilled.addon_ref, fulfilled.load_id, fulfilled.file_line
    from work.fulfilled as fulfilled join mart.orders as orders using (order_id) left join work.place as place on place.code = fulfilled.store
    where fulfilled.collected_on is not null
),
bought as (select * from mart.orders where channel in {PHYSICAL}),
matched as (
    select collected.order_id, bought.order_id as addon, bought.net_amount
    from collected join bought on bought.order_ref = collected.addon_ref and bought.day = collected.day
      and (collected.store is null or bought.store = collected.store)
    union
    select collected.order_id, bought.order_id, bought.net_amount
    from collected join bought on bought.customer_key = collected.customer_key and bought.day = collected.day
      and (collected.store is null or bought.store = collected.store)
),
given as (select * from matched qualify row_number() over (partition by addon order by order_id) = 1),
added as (select order_id, count(*) as addons, sum(net_amount) as amount from given group by order_id),
told as (select count(addon_ref) > 0 as by_ticket from collected)
select day, collected.order_id, channel, store, country, device, customer_key,
       -- of a guest nobody knows what else was bought, unless the pick-ups name tickets
       case when customer_key is not null or by_ticket then cast(coalesce(addons, 0) as integer) end as addon_orders,
       case when customer_key is not null or by_ticket then cast(coalesce(amount, 0) as decimal(18,6)) end as addon_amount, load_id, file_line
from collected cross join told left join added using (order_id)
order by day, collected.order_id;
"""


def build_deliveries(con: DuckDBPyConnection) -> None:
    """Build mart.deliveries and pickups; needs mart.orders and work.fulfilled."""
    con.execute(_DELIVERIES)
    con.execute(_PICKUPS)
