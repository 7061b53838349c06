"""What customers did before they bought: touches, carts, conversions, and the share of each order that a touch earns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpi_core.store.star_base import ONLINE, book, book_unrated, channel_of, divisor, rate_join

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

LOOK_BACK = 30  # days before an order in which a touch counts
HALF_LIFE = 7 * 86400  # seconds after which a touch weighs half, in the time-decay model
FINE = 10**9  # weights of the time-decay model are whole billionths, so that shares are exact from there on
# Position model: 40 % each to the first and to the last touch, the touches between share the rest: 2 (n - 2) parts, 1 part, of 5 (n - 2).
TOUCHED_ONLINE = "('web', 'app', 'email', 'social')"
UNATTRIBUTED = "(unattributed)"

_TOUCHES = f"""
create or replace table work.touched as
select touches.* exclude (channel), {channel_of("touches")} as channel, case when occurred_on is null then 'no date' end as reason
from facts.touches as touches left join work.place as place on place.code = touches.store;

create or replace table mart.touches as
select occurred_on as day, touch_id, channel, source, campaign, device, kind, customer_key, occurred_at, load_id, file_line
from work.touched where reason is null
order by day, touch_id;
"""

CARTS = f"""
create or replace table work.carted as
with rated as (
    select carts.*, ordered.reason as order_reason, {divisor("carts.currency", "carts.created_on")} as divisor
    from facts.carts as carts cross join work.setting
    left join work.ordered as ordered on ordered.order_id = carts.order_id
    {rate_join("carts", "carts.created_on")}
)
select *, to_base(value, divisor) as value_base,
       case when created_on is null then 'no date'
            when order_reason is not null then order_reason
            when divisor is null and value is not null then 'no exchange rate' end as reason
from rated;

create or replace table mart.carts as
select created_on as day, cart_id, channel, device, order_id, value_base as value, load_id, file_line from work.carted where reason is null
union all
-- every online order was a cart; on days of which no export of carts tells nobody can say how many were left behind
select day, 'order:' || order_id, channel, device, order_id, net_amount, load_id, file_line
from mart.orders
where channel in {ONLINE} and day between (select first_day from work.carts_reach) and (select last_day from work.carts_reach)
  and order_id not in (select order_id from work.carted where order_id is not null and reason is null)
order by day, cart_id;
"""

# What holds of all touches and carts together, whichever orders are looked at: is there a touch at all, does one tell whose it is.
CONTACTS = """
create or replace table work.contacts as
select exists (select 1 from {touches}) as touched, exists (select 1 from {touches} where customer_key is not null) as known
"""
CARTS_REACH = "create or replace table work.carts_reach as select min(created_on) as first_day, max(created_on) as last_day from {carts}"

# The touches of a customer in the days before each order, in time. Where either has no time of day, the day decides.
_JOURNEY = f"""
create or replace table work.journey as
with paired as (
    select orders.order_id, orders.day, orders.net_amount, touches.touch_id, touches.channel, touches.source, touches.campaign,
           touches.day as touch_day, coalesce(touches.occurred_at, cast(touches.day as timestamp)) as moment,
           case when orders.placed_at is not null and touches.occurred_at is not null
                then greatest(epoch(orders.placed_at - touches.occurred_at), 0)
                else (orders.day - touches.day) * 86400 end as age
    from mart.orders as orders
    join mart.touches as touches
      on touches.customer_key = orders.customer_key and touches.day between orders.day - {LOOK_BACK} and orders.day
     and (orders.placed_at is null or touches.occurred_at is null or touches.occurred_at <= orders.placed_at)
)
select *, row_number() over (partition by order_id order by touch_day, moment, touch_id) as nth, count(*) over (partition by order_id) as touches
from paired;
"""

_CONVERSIONS = f"""
create or replace table mart.conversions as
with reached as (
    select order_id, list(distinct channel) filter (where channel is not null) as channels, bool_or(channel in {TOUCHED_ONLINE}) as online,
           min(channel) filter (where nth = 1) as first_contact
    from work.journey group by order_id
)
select orders.day, orders.order_id, orders.channel, reached.first_contact,
       cast(len(list_distinct(list_append(coalesce(reached.channels, []), orders.channel))) as integer) as touch_channels,
       -- of a guest nobody knows what came before
       case when orders.customer_key is not null then coalesce(reached.online, false) end as online_touch_30d, orders.load_id, orders.file_line
from mart.orders as orders left join reached using (order_id)
where exists (select 1 from work.contacts where touched)
order by orders.day, orders.order_id;
"""

# Every contact with the shop, also those of people whom nobody knows: visits counted by web analytics and at store doors, and touches.
# A visit that is counted there is not counted again as a touch (quantity 0), but it still says whom it reached; so does an order.
# Whoever buys was reached; without any known contact nobody can say what share of those reached bought.
REACHED_BUYERS = """
select day, channel, null::varchar as source, null::varchar as campaign, device, 'order' as kind, customer_key, 0 as quantity, load_id, file_line
from mart.orders where customer_key is not null and exists (select 1 from work.contacts where known)
"""
_INTERACTIONS = f"""
create or replace table mart.interactions as
with counted as (
    select day, channel from mart.sessions union select day, channel from mart.footfall
)
select day, channel, source, null::varchar as campaign, device, 'visit' as kind, null::ubigint as customer_key, sessions as quantity, load_id, file_line
from mart.sessions
union all
select day, channel, null, null, null, 'entry', null, visits, load_id, file_line from mart.footfall
union all
select touches.day, touches.channel, source, campaign, device, coalesce(kind, 'touch'), customer_key,
       case when kind = 'visit' and counted.day is not null then 0 else 1 end, load_id, file_line
from mart.touches as touches left join counted on counted.day = touches.day and counted.channel = touches.channel
union all {REACHED_BUYERS}
order by day, channel, kind, source, device, campaign, load_id, file_line;
"""

# Whole numbers only, so that no rounding decides who gets the last cent: a touch earns `num` of `den` parts.
_PARTS = {
    "first_touch": ("case when nth = 1 then 1 else 0 end", "1"),
    "last_touch": ("case when nth = touches then 1 else 0 end", "1"),
    "linear": ("1", "touches"),
    "position": (
        "case when touches <= 2 then 1 when nth in (1, touches) then 2 * (touches - 2) else 1 end",
        "case when touches <= 2 then touches else 5 * (touches - 2) end",
    ),
    "decay": ("near", "sum(near) over (partition by order_id)"),
}


def _shares() -> str:
    """Each model's shares of an order in whole cents: floors, then one cent more by largest remainder, so that they sum exactly.

    Equal remainders: the larger share first, then the earlier touch.
    """
    parts = ", ".join(f"cast({num} as hugeint) as num_{model}, cast({den} as hugeint) as den_{model}" for model, (num, den) in _PARTS.items())
    floors = ", ".join(
        f"total_cents * num_{model} // nullif(den_{model}, 0) as f_{model}, total_cents * num_{model} % nullif(den_{model}, 0) as rest_{model}"
        for model in _PARTS
    )
    ranks = ", ".join(
        f"row_number() over (partition by order_id order by rest_{model} desc, num_{model} desc, nth) as r_{model}, "
        f"total_cents - sum(f_{model}) over (partition by order_id) as left_{model}"
        for model in _PARTS
    )
    # fractions of a cent (converted currencies) go with the first cent
    money = ", ".join(
        f"cast(direction * ((f_{model} + case when r_{model} <= left_{model} then 1 else 0 end) / 100.0) as decimal(18,6)) "
        f'+ case when row_number() over (partition by order_id order by num_{model} desc, nth) = 1 then fraction else 0 end as "{model}"'
        for model in _PARTS
    )
    return f"""
create or replace table mart.attributed as
with weighed as (
    select *, sign(net_amount) as direction, cast(trunc(abs(net_amount) * 100) as hugeint) as total_cents,
           cast(round(pow(2, -cast(age as double) / {HALF_LIFE}) * {FINE}) as hugeint) as near
    from work.journey
),
parted as (
    select *, cast(net_amount - direction * cast(total_cents / 100.0 as decimal(18,6)) as decimal(18,6)) as fraction, {parts} from weighed
),
floored as (select *, {floors} from parted),
ranked as (select *, {ranks} from floored),
shared as (select day, order_id, source, campaign, {money} from ranked)
select shared.day, order_id, shared.source, shared.campaign, {", ".join(f'cast("{model}" as decimal(18,6)) as "{model}"' for model in _PARTS)},
       orders.load_id, orders.file_line
from shared join mart.orders as orders using (order_id)
union all
select day, order_id, '{UNATTRIBUTED}', null, net_amount, net_amount, net_amount, net_amount, net_amount, load_id, file_line
from mart.orders where order_id not in (select order_id from work.journey) and exists (select 1 from work.contacts where touched)
order by day, order_id, source, campaign;
"""


JOURNEY_STEPS = (_JOURNEY, _CONVERSIONS, _shares())


def build_journeys(con: DuckDBPyConnection) -> None:
    """Build mart.touches, carts, interactions, conversions and attributed; needs mart.orders, sessions and footfall, and work.ordered."""
    for statement in (_TOUCHES, CARTS_REACH.format(carts="facts.carts"), CARTS, CONTACTS.format(touches="mart.touches"), _INTERACTIONS, *JOURNEY_STEPS):
        con.execute(statement)
    book(con, "touches", "work.touched")
    book(con, "carts", "work.carted", amount="value_base", order="order_id")
    book_unrated(con, "work.carted", ("carts",), "created_on")
