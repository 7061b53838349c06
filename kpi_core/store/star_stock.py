"""Stock of each day: the count of an article at a place stands until its next count there, but not for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpi_core.store.star_base import PHYSICAL, book, divisor, rate_join

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SOLD_WITHIN = 90  # days without a sale of an article at a place after which nobody misses it there

_COUNTED = f"""
create or replace table work.counted as
with placed as (
    select stock.*, coalesce(place.name, stock.location) as store_name, coalesce(place.channel in {PHYSICAL}, false) as is_shop
    from facts.stock as stock left join work.place as place on place.code = stock.location
),
listed as (
    select placed.*, cost.unit_cost as list_cost, cost.currency as list_currency, product.cost as product_cost, product.currency as product_currency,
           product.title, product.category
    from placed
    asof left join work.cost as cost on cost.sku = placed.sku and cost.valid_from <= placed.day
    left join work.product as product on product.sku = placed.sku
),
list_rated as (
    select listed.*, to_base(list_cost, {divisor("listed.list_currency", "listed.day")}) as list_base
    from listed cross join work.setting {rate_join("listed", "listed.day", "listed.list_currency")}
),
row_rated as (
    select list_rated.*, to_base(unit_cost, {divisor("list_rated.currency", "list_rated.day")}) as row_base
    from list_rated cross join work.setting {rate_join("list_rated", "list_rated.day")}
),
product_rated as (
    select row_rated.*, to_base(product_cost, {divisor("row_rated.product_currency", "row_rated.day")}) as product_base
    from row_rated cross join work.setting {rate_join("row_rated", "row_rated.day", "row_rated.product_currency")}
)
select *, coalesce(list_base, row_base, product_base) as cost_each,
       case when day is null then 'no date'
            when coalesce(unlimited, false) then 'unlimited stock'
            when on_hand is null then 'no quantity' end as reason
from product_rated;
"""

# A place is a shop when the list of stores or the orders say so; any other place serves what is sold outside shops.
_STOCK = f"""
create or replace table mart.stock as
with counts as (  -- every day on which an article was counted at a place; a count that lists a few articles says nothing of the others
    select location, sku, day, lead(day) over (partition by location, sku order by day) as next_day
    from (select distinct location, sku, day from facts.stock where day is not null)
),
last_news as (select greatest(max(day), (select max(day) from mart.orders)) as last_day from counts),
kept as (
    select counted.*, least(coalesce(next_day - counted.day, stock_max_days + 1), stock_max_days + 1, last_day - counted.day + 1) as days
    from work.counted as counted
    join counts on counts.day = counted.day and counts.location is not distinct from counted.location and counts.sku is not distinct from counted.sku
    cross join last_news cross join work.setting
    where reason is null
),
carried as (
    select * exclude (day), day + cast(unnest(range(days)) as integer) as day, cast(unnest(range(days)) as integer) as stale_days,
           case when is_shop or store_name in (select store from mart.orders where channel in {PHYSICAL} and store is not null) then 'shop' else 'warehouse' end
           as place_kind
    from kept
),
sold as (
    select day, sku, case when channel in {PHYSICAL} then store else '' end as place
    from mart.sale where qty > 0 and sku is not null group by all
),
on_hand_by_kind as (select day, sku, place_kind, sum(greatest(on_hand, 0)) as on_hand from carried group by day, sku, place_kind)
select carried.day, store_name as store, carried.place_kind, category, coalesce(title, carried.sku) as product, carried.sku, carried.on_hand,
       cast(carried.on_hand * cost_each as decimal(18,6)) as on_hand_cost, stale_days, coalesce(sold.day > carried.day - {SOLD_WITHIN}, false) as in_demand,
       other.on_hand as elsewhere, load_id, file_line
from carried
asof left join sold on sold.sku = carried.sku and sold.place = case when carried.place_kind = 'shop' then store_name else '' end and sold.day <= carried.day
left join on_hand_by_kind as other on other.day = carried.day and other.sku = carried.sku and other.place_kind <> carried.place_kind
order by carried.day, store, carried.sku;
"""


def build_stock(con: DuckDBPyConnection) -> None:
    """Build mart.stock; needs mart.sale and mart.orders, whose newest day bounds how far a count is carried."""
    con.execute(_COUNTED)
    con.execute(_STOCK)
    book(con, "stock", "work.counted")
