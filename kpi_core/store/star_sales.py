"""Orders, their lines, returns and customers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from kpi_core.store.star_base import SOLD, VALID, book, book_unrated, channel_of, constant, constant_join, divisor, rate_join, without_needless_sorts

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

REPEAT_DAYS = 90

# Every order with its place, its rate and the reason it is left out (NULL = kept).
_ORDERED = f"""
create or replace table work.ordered as
with line_kinds as (
    select order_id, bool_or(coalesce(line_type, 'product') in {SOLD}) as sold from facts.order_lines group by order_id
),
charged as (
    select orders.*,
           -- some exports give only the total: what is left after shipping, tip and added tax
           coalesce(net, total - coalesce(shipping, 0) - coalesce(tip, 0) - case when tax_included then 0 else coalesce(tax, 0) end) as goods
    from facts.orders as orders
),
priced as (
    select charged.*, coalesce(place.name, charged.store) as store_name, {channel_of("charged")} as channel_name,
           {divisor("charged.currency", "charged.placed_on", base="charged.fx_base", rate="charged.fx_rate")} as divisor,
           {constant("charged.currency")} as fixed,
           -- the tax of an order also covers its shipping: only the share of the goods is taken out of them
           goods - case when tax_included
                        then coalesce(cast(cast(coalesce(tax, 0) as double) * goods / nullif(goods + coalesce(shipping, 0), 0) as decimal(18,6)), 0)
                        else 0 end as net_own
    from charged
    cross join work.setting
    left join work.place as place on place.code = charged.store
    {constant_join("charged.currency")}
    {rate_join("charged", "charged.placed_on")}
)
select priced.*, line_kinds.order_id is not null as has_lines, to_base(net_own, divisor) as net_base,
       case when coalesce(is_test, false) then 'test order'
            when status is null then 'status unknown'
            when status not in {VALID} then status || ' order'
            when placed_on is null then 'no date'
            when divisor is null then 'no exchange rate'
            when not coalesce(sold, not coalesce(items_known, false)) then 'nothing sold' end as reason
from priced left join line_kinds using (order_id);
"""

# Every line; amounts ex VAT in the reporting currency, so that gross - discount = net.
_LINE = f"""
create or replace table work.line as
with joined as (
    select line.* exclude (currency, fx_base, fx_rate), coalesce(line_type, 'product') as kind,
           coalesce(line.currency, ordered.currency) as currency, coalesce(line.fx_base, ordered.fx_base) as fx_base,
           coalesce(line.fx_rate, ordered.fx_rate) as fx_rate,
           ordered.order_id is not null as known, ordered.reason as order_reason, ordered.placed_on as day
    from facts.order_lines as line left join work.ordered as ordered using (order_id)
),
rated as (
    select joined.*, {divisor("joined.currency", "joined.day", base="joined.fx_base", rate="joined.fx_rate")} as divisor,
           {constant("joined.currency")} as fixed
    from joined cross join work.setting {constant_join("joined.currency")} {rate_join("joined", "joined.day")}
),
order_share as (  -- for lines given away: their own share ex VAT is 0 / 0
    select order_id, cast(sum(net - coalesce(tax, 0)) as double) / nullif(sum(net), 0) as ex_vat from rated where kind in {SOLD} group by order_id
),
netted as (
    select rated.*, to_base(net - coalesce(tax, 0), divisor) as net_base, to_base(net - coalesce(tax, 0), fixed) as net_constant,
           coalesce(cast(net - coalesce(tax, 0) as double) / nullif(net, 0), ex_vat, 1.0) as ex_vat
    from rated left join order_share using (order_id)
)
select *, to_base(cast(discount * ex_vat as decimal(18,6)), divisor) as discount_base,
       case when not known then 'no order' when order_reason is not null then order_reason
            when kind not in {SOLD} then kind
            when divisor is null then 'no exchange rate' end as reason
from netted;
"""

# What an article cost on the day: the dated list, else the line itself, else the product list; unknown stays NULL.
_COSTED = f"""
create or replace table work.costed as
with dated as (
    select line.order_id, line.line_no, line.day, line.unit_cost as line_cost, line.divisor as line_divisor, line.fixed as line_fixed,
           line.currency as line_currency, line.load_id, line.file_line, line.sku,
           cost.unit_cost as list_cost, cost.currency as list_currency, product.cost as product_cost, product.currency as product_currency
    from work.line as line
    asof left join work.cost as cost on cost.sku = line.sku and cost.valid_from <= line.day
    left join work.product as product on product.sku = line.sku
    where line.reason is null
),
listed as (
    select dated.*, to_base(list_cost, {divisor("dated.list_currency", "dated.day")}) as list_base,
           to_base(list_cost, {constant("dated.list_currency")}) as list_constant
    from dated cross join work.setting {constant_join("dated.list_currency")} {rate_join("dated", "dated.day", "dated.list_currency")}
),
known as (
    select listed.*, to_base(product_cost, {divisor("listed.product_currency", "listed.day")}) as product_base,
           to_base(product_cost, {constant("listed.product_currency")}) as product_constant
    from listed cross join work.setting {constant_join("listed.product_currency")} {rate_join("listed", "listed.day", "listed.product_currency")}
)
-- the first price that is there counts, also when it has no rate: another one would be another price
select order_id, line_no, day, load_id, file_line,
       case when list_cost is not null then list_base when line_cost is not null then to_base(line_cost, line_divisor) else product_base end as unit_cost,
       case when list_cost is not null then list_constant when line_cost is not null then to_base(line_cost, line_fixed) else product_constant end
       as unit_constant,
       case when list_cost is not null then list_currency when line_cost is not null then line_currency else product_currency end as currency,
       list_cost is not null or line_cost is not null or product_cost is not null as priced
from known;
"""

_ORDER_NET = """
create or replace table work.order_net as
select ordered.order_id,
       case when ordered.has_lines then coalesce(sum(line.net_base), 0) else any_value(ordered.net_base) end as net_amount
from work.ordered as ordered
left join work.line as line on line.order_id = ordered.order_id and line.reason is null
where ordered.reason is null
group by ordered.order_id, ordered.has_lines;
"""

# An order number as people write it finds its order when it is unique (on its channel, if the row gives one).
_FULFILLED = """
create or replace table work.fulfilled as
with named as (
    select *, case when order_id like 'ref:%' then regexp_replace(order_id, '^ref:[^:]*:', '') end as ref from facts.fulfilments
),
candidates as (
    select named.* exclude (order_id), named.order_id as fulfilment, ordered.order_id
    from named join work.ordered as ordered on ordered.order_id = named.order_id
    where named.ref is null
    union all
    select named.* exclude (order_id), named.order_id, ordered.order_id
    from named join work.ordered as ordered
      on ordered.order_ref = named.ref and (named.channel is null or ordered.channel = named.channel or ordered.channel_name = named.channel)
),
single as (select * from candidates qualify count(*) over (partition by fulfilment) = 1),
told as (  -- the row that says most about an order is the one that its numbers lead back to
    select order_id, load_id, file_line from single
    qualify row_number() over (partition by order_id order by promised_on is null and collected_on is null, fulfilment) = 1
)
select order_id, min(delivered_on) as delivered_on, min(promised_on) as promised_on, min(collected_on) as collected_on, min(carrier) as carrier,
       min(store) as store, min(addon_ref) as addon_ref, any_value(told.load_id) as load_id, any_value(told.file_line) as file_line
from single join told using (order_id) group by order_id;
"""

# What an order says by itself. A load that changes few orders takes the rows of all others as they stand in the mart before it.
_KEPT = """
create or replace table work.kept as
select ordered.placed_on as day, order_id, ordered.order_ref, ordered.channel_name as channel, ordered.store_name as store, ordered.country,
       ordered.fulfilment, ordered.device, ordered.customer_key,
       case when delivered_on >= placed_on then cast(delivered_on - placed_on as integer) end as lead_days,
       cast(order_net.net_amount as decimal(18,6)) as net_amount, ordered.placed_at,
       -- the clock of the place of sale; many exports only know the day
       case when cast(ordered.placed_at as date) = ordered.placed_on then strftime(ordered.placed_at, '%H') end as hour,
       cast(isodow(ordered.placed_on) as varchar) as weekday, ordered.load_id, ordered.file_line
from work.ordered as ordered join work.order_net as order_net using (order_id) left join work.fulfilled as fulfilled using (order_id);
"""

_ORDERS = """
create or replace table mart.orders as
with history as (
    select order_id, row_number() over (partition by customer_key order by day, coalesce(placed_at, cast(day as timestamp)), order_id) as nth
    from work.kept where customer_key is not null
),
reach as (
    select customer_key, cast(count(distinct channel) as integer) as customer_channels from work.kept where customer_key is not null group by customer_key
)
select kept.day, kept.order_id, kept.order_ref, kept.channel, kept.store, kept.country,
       case when kept.customer_key is null then 'guest' when nth + coalesce(past.orders, 0) = 1 then 'new' else 'returning' end as customer_type,
       kept.fulfilment, kept.device, kept.customer_key, nth + coalesce(past.orders, 0) = 1 as is_first_order,
       coalesce(cast(len(past.channels) as integer), customer_channels) as customer_channels, kept.lead_days, kept.net_amount,
       kept.hour, kept.weekday, kept.placed_at, kept.load_id, kept.file_line
from work.kept as kept
left join history using (order_id)
left join reach using (customer_key)
left join work.past as past using (customer_key)
order by kept.day, kept.order_id;
"""

# Channels whose refunds are money only (what share of their items came back is unknown), and those whose returns never name their sale
# (which sales came back is unknown).
RETURNED_BY_CHANNEL = """
create or replace table work.uncounted as select coalesce(channel, '') as channel from {returns} group by coalesce(channel, '') having count(qty) = 0;
create or replace table work.unnamed as
select coalesce(channel, '') as channel from {returns} group by coalesce(channel, '') having count(case when sold_on is not null then qty end) = 0;
"""

_SALE = """
create or replace table mart.sale as
with lines as (
    select line.day, line.order_id, line.line_no, line.sku, coalesce(product.category, line.category) as category,
           coalesce(product.title, line.title, line.sku) as product, line.quantity as qty, line.net_base as net_amount, line.net_constant,
           case when line.discount is null then to_base(cast(line.gross * ex_vat as decimal(18,6)), line.divisor)
                else line.net_base + discount_base end as gross_amount,
           discount_base as discount_amount, cast(costed.unit_cost * line.quantity as decimal(18,6)) as cost_amount,
           cast(costed.unit_constant * line.quantity as decimal(18,6)) as cost_constant, line.load_id, line.file_line
    from work.line as line
    join work.costed as costed on costed.order_id = line.order_id and costed.line_no is not distinct from line.line_no
    left join work.product as product on product.sku = line.sku
    where line.reason is null
    union all
    -- an export without lines still says what was sold for how much: one line without article, quantity and cost
    select placed_on, order_id, 0, null, null, null, null, net_base, to_base(net_own, fixed),
           net_base + to_base(discount, divisor), to_base(discount, divisor), null, null, load_id, file_line
    from work.ordered where reason is null and not has_lines
)
select lines.day, lines.order_id, lines.line_no, orders.channel, orders.store, lines.category, lines.product, lines.sku, orders.country,
       orders.customer_type, orders.fulfilment, orders.device, lines.qty, cast(lines.net_amount as decimal(18,6)) as net_amount,
       cast(lines.gross_amount as decimal(18,6)) as gross_amount, lines.discount_amount, lines.cost_amount,
       cast(lines.net_constant as decimal(18,6)) as net_constant, lines.cost_constant,
       coalesce(orders.channel, '') not in (select channel from work.uncounted) as returns_counted,
       coalesce(orders.channel, '') not in (select channel from work.unnamed) as returns_named, orders.hour, orders.weekday, lines.load_id,
       lines.file_line
from lines join mart.orders as orders using (order_id)
order by lines.day, lines.order_id, lines.line_no;
"""

_RETURNED = f"""
create or replace table work.returned as
with shown as (  -- only looked at where a return names its order as people write it: ref:<platform>:<number>
    select split_part(order_id, ':', 1) as platform, order_ref, min(order_id) as order_id
    from work.ordered where order_ref is not null and exists (select 1 from facts.returns where starts_with(order_id, 'ref:'))
    group by all having count(*) = 1
),
named as (
    select told.* exclude (order_id), coalesce(shown.order_id, told.order_id) as order_id
    from facts.returns as told left join shown
      on starts_with(told.order_id, 'ref:') and shown.platform = split_part(told.order_id, ':', 2)
     and shown.order_ref = regexp_replace(told.order_id, '^ref:[^:]*:', '')
),
joined as (
    select returned.* exclude (channel, store, reason), coalesce(returned.channel, ordered.channel) as channel,
           coalesce(returned.store, ordered.store) as store,
           ordered.placed_on, ordered.reason as order_reason
    from named as returned left join work.ordered as ordered using (order_id)
),
rated as (
    select joined.*, {channel_of("joined")} as channel_name, coalesce(place.name, joined.store) as store_name,
           {divisor("joined.currency", "joined.returned_on", base="joined.fx_base", rate="joined.fx_rate")} as divisor,
           {constant("joined.currency")} as fixed
    from joined cross join work.setting
    {constant_join("joined.currency")}
    left join work.place as place on place.code = joined.store
    {rate_join("joined", "joined.returned_on")}
)
select *, to_base(amount, divisor) as amount_base, to_base(amount, fixed) as amount_constant,
       case when returned_on is null then 'no date'
            -- the sale never counted, so its return must not either; an order without lines or rate tells nothing about its return
            when order_reason not in ('nothing sold', 'no date', 'no exchange rate') then order_reason
            when divisor is null then 'no exchange rate' end as reason
from rated;

create or replace table mart.returns as
select returned_on as day, return_id, coalesce(sold_on, placed_on) as sold_on, channel_name as channel, store_name as store,
       coalesce(product.category, returned.category) as category, coalesce(product.title, returned.sku) as product, returned.sku,
       return_channel, quantity as qty, amount_base as amount, amount_constant, returned.load_id, returned.file_line
from work.returned as returned left join work.product as product on product.sku = returned.sku
where reason is null
order by day, return_id;

-- the same returns on the day of their sale, where they name it
create or replace table mart.returns_by_sale as
select sold_on as day, return_id, day as returned_on, channel, store, category, product, sku, return_channel, qty, amount, load_id, file_line
from mart.returns where sold_on is not null
order by day, return_id;
"""

# Orders of known customers, numbered by customer: who is known by a day, who came back and what all of them spent are running sums of it.
_CUSTOMERS = f"""
create or replace table work.numbered as
select day, order_id, customer_key, channel, country, net_amount, load_id, file_line, row_number() over (
           partition by customer_key order by day, coalesce(placed_at, cast(day as timestamp)), order_id
       ) as nth
from mart.orders
where customer_key is not null;

create or replace table mart.customer_orders as
with first_order as (
    -- people are shown under a short code made of their keyed hash, and the month of their first order; the whole hash where two codes are alike
    select customer_key, channel as first_channel, country, strftime(day, '%Y-%m') as cohort, printf('%016X', customer_key) as code
    from work.numbered where nth = 1 and customer_key not in (select customer_key from work.past)
),
told as (
    select *, count(*) over (partition by left(code, 8), cohort) > 1 as alike from first_order
    union all
    select customer_key, first_channel, country, strftime(day, '%Y-%m'), printf('%016X', customer_key), alike from work.past
),
named as (select *, case when alike then code else left(code, 8) end || ' · ' || cohort as customer from told)
select numbered.day, numbered.order_id, named.customer, named.customer_key, named.first_channel, named.country,
       named.cohort, cast(nth + coalesce(past.orders, 0) as integer) as order_no, numbered.net_amount, numbered.load_id, numbered.file_line
from work.numbered as numbered join named using (customer_key) left join work.past as past using (customer_key)
order by numbered.day, numbered.order_id;

create or replace table mart.customers as
with told as (
    select customer_key, min(day) as day, max(day) as last_day, min(channel) filter (where nth = 1) as first_channel,
           min(country) filter (where nth = 1) as country, list_sort(coalesce(list(distinct channel) filter (channel is not null), [])) as channels,
           count(*) as orders, sum(net_amount) as revenue, min(day) filter (where nth = 2) as second_day
    from work.numbered group by customer_key
),
summed as (
    select customer_key, coalesce(past.day, told.day) as day, coalesce(told.last_day, past.last_day) as last_order,
           case when past.orders is null then told.channels else past.channels end as channels,
           case when past.orders is null then told.first_channel else past.first_channel end as first_channel,
           case when past.orders is null then told.country else past.country end as country,
           coalesce(past.orders, 0) + coalesce(told.orders, 0) as orders,
           case when past.revenue is not null or told.revenue is not null then coalesce(past.revenue, 0) + coalesce(told.revenue, 0) end as revenue,
           case when past.orders > 1 then past.repeat_90
                else coalesce(case when past.orders is null then second_day else told.day end <= coalesce(past.day, told.day) + {REPEAT_DAYS}, false)
           end as repeat_90
    from told full join work.past as past using (customer_key)
)
select day, customer_key, first_channel, country, strftime(day, '%Y-%m') as cohort, cast(orders as integer) as lifetime_orders,
       cast(revenue as decimal(18,6)) as lifetime_revenue, repeat_90, day + {REPEAT_DAYS} as matured_on, day + {REPEAT_DAYS} <= last_day as matured,
       last_order, channels
from summed cross join work.last_order
order by day, customer_key;
"""

LAST_ORDER = "create or replace table work.last_order as select max(day) as last_day from {orders}"
KEPT_STEPS = (_ORDERED, _LINE, _COSTED, _ORDER_NET, _FULFILLED, _KEPT)  # each order by itself
ORDER_STEPS = (_ORDERS, _RETURNED)  # with the history of its customer, and what came back of it
SALE_STEPS = (_SALE, _CUSTOMERS)


def build_sales(con: DuckDBPyConnection) -> None:
    """Build mart.orders, returns, returns_by_sale, sale, customers and customer_orders. Later steps read mart.orders and work.ordered."""
    run(con, (*KEPT_STEPS, *ORDER_STEPS, RETURNED_BY_CHANNEL.format(returns="mart.returns"), LAST_ORDER.format(orders="mart.orders"), *SALE_STEPS))
    book_sales(con)


def run(con: DuckDBPyConnection, statements: Iterable[str]) -> None:
    """Steps of the star, one after another."""
    for statement in statements:
        con.execute(without_needless_sorts(con, statement))


def book_sales(con: DuckDBPyConnection) -> None:
    """Enter what was kept and left out into the books."""
    book(con, "orders", "work.ordered", amount="net_base", order="order_id")
    book(con, "order_lines", "work.line", amount="net_base", order="order_id")
    book(con, "returns", "work.returned", amount="amount_base", order="order_id")
    book_unrated(con, "work.ordered", ("orders", "sale"), "placed_on")
    book_unrated(con, "work.line", ("sale",), "day", where="reason = 'no exchange rate' and order_reason is null")
    book_unrated(con, "work.returned", ("returns", "returns_by_sale"), "returned_on")
    book_unrated(con, "work.costed", ("cost",), "day", where="priced and unit_cost is null")
