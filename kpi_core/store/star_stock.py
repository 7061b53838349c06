"""Stock of each day: a count stands until the next count of its place, but not for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpi_core.store.star_base import book, divisor, rate_join

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_COUNTED = f"""
create or replace table work.counted as
with placed as (
    select stock.*, coalesce(place.name, stock.location) as store_name
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

_STOCK = """
create or replace table mart.stock as
with counts as (  -- every day on which a place was counted, whatever was found there
    select location, day, lead(day) over (partition by location order by day) as next_day
    from (select distinct location, day from facts.stock where day is not null)
),
last_news as (select greatest(max(day), (select max(day) from mart.orders)) as last_day from counts),
kept as (
    select counted.*, least(coalesce(next_day - counted.day, stock_max_days + 1), stock_max_days + 1, last_day - counted.day + 1) as days
    from work.counted as counted
    join counts on counts.day = counted.day and counts.location is not distinct from counted.location
    cross join last_news cross join work.setting
    where reason is null
),
carried as (select *, cast(unnest(range(days)) as integer) as stale_days from kept)
select day + stale_days as day, store_name as store, category, coalesce(title, sku) as product, sku, on_hand,
       cast(on_hand * cost_each as decimal(18,6)) as on_hand_cost, stale_days, load_id, file_line
from carried
order by day, store, sku;
"""


def build_stock(con: DuckDBPyConnection) -> None:
    """Build mart.stock; needs mart.orders, whose newest day bounds how far a count is carried."""
    con.execute(_COUNTED)
    con.execute(_STOCK)
    book(con, "stock", "work.counted")
