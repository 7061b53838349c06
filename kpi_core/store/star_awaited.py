"""Orders that carts and returns name before any export tells of them: what a load of new orders must look for among the rows that were there before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpi_core.store.overlay import Before, replaced, same

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

AWAITED = """
create or replace table mart.awaited as
select distinct dataset, order_id
from (select 'carts' as dataset, order_id from facts.carts union all select 'returns', order_id from facts.returns) as told
where order_id is not null and order_id not in (select order_id from facts.orders where order_id is not null)
order by dataset, order_id
"""


def awaited(con: DuckDBPyConnection, before: Before, dataset: str, orders: str) -> bool:
    """Does a row of the parent's facts name one of the new `orders`, a relation of order_id? A number as people write it may be that of any order."""
    named = f"order_id in (select order_id from {orders}) or starts_with(order_id, 'ref:')"
    return con.execute(f"select 1 from {before.table('awaited')} where dataset = ? and ({named}) limit 1", [dataset]).fetchone() is not None


def follow_awaited(con: DuckDBPyConnection, before: Before, returns: str, *, fresh: bool) -> None:
    """Write the table into catalog `next`. Temp tables `t`, `r`: orders and returns that are reached; `returns`: those of the parent and of now, as
    a relation; facts.carts holds those of `t`; `fresh`: nothing but new orders is reached."""
    if fresh:
        if con.execute(f"select 1 from {before.table('awaited')} where order_id in (from t) limit 1").fetchone() is None:
            same(before, "awaited")
        else:
            replaced(before, "awaited", before.located("awaited", "r.order_id in (from t)"), f"select * from {before.table('awaited')} where false")
        return
    con.execute(f"create or replace temp table named as select order_id from t union select order_id from {returns} where return_id in (from r)")
    now = """
        select distinct dataset, order_id
        from (select 'carts' as dataset, order_id from facts.carts union all select 'returns', order_id from facts.every_returns) as told
        where order_id in (from named) and order_id not in (select order_id from facts.every_orders where order_id in (from named))"""
    # carts of other orders than those of `t` are as they were
    was = before.located("awaited", "r.order_id in (from named) and (r.dataset = 'returns' or r.order_id in (from t))")
    replaced(before, "awaited", was, now)
