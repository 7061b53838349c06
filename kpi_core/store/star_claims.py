"""What platforms say of money and events that another source owns: kept beside the star, in the reporting currency where there is a rate, never added to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpi_core.store.star_base import divisor, rate_join

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MONEY = ("revenue", "refunds", "fees", "tips", "payout")  # measures that are amounts; all others are counts

# Reports of one property repeat each other: of the same days the one with the fewest dimensions speaks, and a longer period gives way to shorter ones.
_CLAIMS = f"""
create or replace table mart.claims as
with reports as (
    select *, coalesce(property, '') as property_key, coalesce(period_end, period_start) as ends,
           case when coalesce(scope, '') = '' then 0 else len(string_split(scope, ',')) end as width
    from facts.traffic
    where period_start is not null and coalesce(revenue, purchases) is not null and page is null and event is null
      and not list_has_any(string_split(coalesce(scope, ''), ','), ['page', 'event'])
),
spoken as (
    select distinct property_key, period_start, ends, scope from reports
    qualify row_number() over (partition by property_key, period_start, ends order by width, coalesce(scope, '')) = 1
),
finest as (
    select * from spoken where not exists (
        select 1 from spoken as part where part.property_key = spoken.property_key and part.period_start >= spoken.period_start and part.ends <= spoken.ends
          and (part.period_start > spoken.period_start or part.ends < spoken.ends)
    )
),
visits as (
    select reports.* from reports join finest
      on finest.property_key = reports.property_key and finest.period_start = reports.period_start and finest.ends = reports.ends
     and finest.scope is not distinct from reports.scope
),
told as (
    select 'claims' as dataset, platform, channel, measure, period_start as starts, coalesce(period_end, period_start) as ends, cast(amount as decimal(18,6))
           as amount, currency, load_id, file_line from facts.claims where amount is not null and period_start is not null
    union all
    select 'traffic', platform, channel, 'revenue', period_start, ends, revenue, currency, load_id, file_line from visits where revenue is not null
    union all
    select 'traffic', platform, channel, 'orders', period_start, ends, purchases, null, load_id, file_line from visits where purchases is not null
    union all
    select 'ad_spend', platform, null, 'revenue', period_start, coalesce(period_end, period_start), conversion_value, currency, load_id, file_line
    from facts.ad_spend where conversion_value is not null and period_start is not null
    union all
    select 'ad_spend', platform, null, 'conversions', period_start, coalesce(period_end, period_start), conversions, null, load_id, file_line
    from facts.ad_spend where conversions is not null and period_start is not null
)
select dataset, coalesce(platform, '') as platform, channel, measure, starts, ends, amount,
       case when measure in {MONEY} then upper(told.currency) end as currency,
       case when measure in {MONEY} then to_base(amount, {divisor("told.currency", "told.starts")}) else amount end as amount_base,
       load_id, file_line
from told cross join work.setting {rate_join("told", "told.starts")}
order by dataset, platform, measure, starts, load_id, file_line;
"""


def build_claims(con: DuckDBPyConnection) -> None:
    """Build mart.claims."""
    con.execute(_CLAIMS)
