"""Visits, audience, spend, surveys, social networks, leads, experiments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpi_core.store.star_base import book, book_unrated, channel_of, divisor, rate_join

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

FOLLOWERS_MAX_AGE = 7  # days a count of followers stands for after it was taken

# Reports of one property overlap: the same visits by source, by country, in total. Of each day one report counts, never two.
_SESSIONS = """
create or replace table work.visits as
with shaped as (
    select *, coalesce(property, '') as property_key, string_split(coalesce(scope, ''), ',') as parts,
           coalesce(period_end, period_start) > period_start or coalesce(grain, 'day') <> 'day' as is_range
    from facts.traffic
),
usable as (
    select *, list_contains(parts, 'landing_page') as by_landing, list_contains(parts, 'page') or list_contains(parts, 'event') as repeats,
           cast(list_contains(parts, 'source') as integer) + cast(list_contains(parts, 'device') as integer)
           + cast(list_contains(parts, 'country') as integer) as depth
    from shaped
),
scopes as (
    select property_key, period_start, scope, any_value(depth) as depth, any_value(len(parts)) as width
    from usable where not is_range and not repeats and sessions is not null and period_start is not null
    group by property_key, period_start, scope
),
chosen as (  -- most of source, device, country; then the fewest other dimensions; then the name, so that the choice never varies
    select property_key, period_start, scope as chosen_scope from scopes
    qualify row_number() over (partition by property_key, period_start order by depth desc, width, scope) = 1
)
select usable.*,
       case when usable.period_start is null then 'no date'
            when is_range then 'covers more than one day'
            when repeats then 'counts visits once per page or event'
            when sessions is null then 'no visits in this report'
            when usable.scope is distinct from chosen_scope then 'a finer report of the same day' end as reason
from usable left join chosen on chosen.property_key = usable.property_key and chosen.period_start = usable.period_start;

-- the same visits by the page they began on; likewise one report a day
create or replace table work.landed as
with scopes as (
    select property_key, period_start, scope, any_value(depth) as depth, any_value(len(parts)) as width
    from work.visits where by_landing and not is_range and not repeats and sessions is not null and period_start is not null
    group by property_key, period_start, scope
),
chosen as (
    select * from scopes qualify row_number() over (partition by property_key, period_start order by depth desc, width, scope) = 1
)
select visits.* from work.visits as visits semi join chosen using (property_key, period_start, scope) where sessions is not null and not is_range;

create or replace table mart.landings as
select period_start as day, channel, split_part(landing_page, '?', 1) as landing_page, source, device, country, sum(sessions)::bigint as sessions,
       arg_min(load_id, file_line) as load_id, min(file_line) as file_line
from work.landed
group by property_key, period_start, channel, split_part(landing_page, '?', 1), source, device, country
order by day, channel, landing_page, source, device, country;

create or replace table mart.sessions as
select period_start as day, channel, source, device, country, sum(sessions)::bigint as sessions, sum(engaged_sessions)::bigint as engaged,
       sum(purchases)::bigint as purchases, sum(views)::bigint as views,
       -- the mean of a row weighs as much as its visits
       sum(cast(avg_duration_s * sessions as decimal(18,3))) as seconds, sum(case when avg_duration_s is not null then sessions end)::bigint as timed,
       arg_min(load_id, file_line) as load_id, min(file_line) as file_line
from work.visits where reason is null
group by property_key, period_start, channel, source, device, country
order by day, channel, source, device, country;

update work.visits set reason = null
where by_landing and reason = 'a finer report of the same day'
  and (property_key, period_start, scope) in (select (property_key, period_start, scope) from work.landed);

create or replace table mart.audience as
select period_start as day, coalesce(scope, '') as scope, period_start, coalesce(period_end, period_start) as period_end, channel, source, device,
       country, coalesce(users, active_users) as users, new_users, load_id, file_line
from facts.traffic
where period_start is not null and coalesce(users, active_users, new_users) is not null
order by day, period_end, scope, channel, source, device, country;
"""

_FOOTFALL = """
create or replace table work.entries as
select visits.*, coalesce(place.channel, 'store') as channel, coalesce(place.name, visits.store) as store_name,
       case when day is null then 'no date' end as reason
from facts.store_visits as visits left join work.place as place on place.code = visits.store;

create or replace table mart.footfall as
select day, channel, store_name as store, sum(visitors)::bigint as visits, arg_min(load_id, file_line) as load_id, min(file_line) as file_line
from work.entries where reason is null
group by day, channel, store_name
order by day, store;
"""

# A row for a month is spread over its days, to the cent; days that a finer row of the same campaign covers are left to that row.
_SPEND = f"""
create or replace table work.spending as
with spans as (
    select spend.*, coalesce(period_end, period_start) as last_day, {divisor("spend.currency", "spend.period_start")} as divisor
    from facts.ad_spend as spend cross join work.setting {rate_join("spend", "spend.period_start")}
)
select row_number() over (order by platform, account, campaign, period_start, last_day) as spend_no, spans.*,
       to_base(spend, divisor) as cost, last_day - period_start + 1 as days,
       case when period_start is null then 'no date'
            when last_day < period_start then 'ends before it starts'
            when divisor is null and spend is not null then 'no exchange rate' end as reason
from spans;

create or replace table work.spend_day as
with cut as (
    select spending.*, cast(trunc(cost * 100) as bigint) as cents, cast(unnest(range(days)) as integer) as nth
    from work.spending as spending where reason is null
),
spread as (
    select *, period_start + nth as day,
           -- whole cents, the first days take what does not divide; the first day also takes fractions of a cent
           (cents // nullif(days, 0) + case when nth < abs(cents % nullif(days, 0)) then sign(cents % nullif(days, 0)) else 0 end) / 100.0
           + case when nth = 0 then cost - cents / 100.0 else 0 end as day_cost,
           impressions // nullif(days, 0) + case when nth < impressions % nullif(days, 0) then 1 else 0 end as day_impressions,
           clicks // nullif(days, 0) + case when nth < clicks % nullif(days, 0) then 1 else 0 end as day_clicks
    from cut
)
select *, row_number() over (
    partition by platform, account, campaign, day order by days, period_start desc, spend_no
) as preference
from spread;

create or replace table mart.spend as
select day, source, campaign, platform, cast(sum(day_cost) as decimal(18,6)) as cost, sum(day_impressions)::bigint as impressions,
       sum(day_clicks)::bigint as clicks, bool_or(days > 1) as estimated, arg_min(load_id, file_line) as load_id, min(file_line) as file_line
from work.spend_day where preference = 1
group by day, source, campaign, platform
order by day, platform, campaign;

-- a row that lost all its days is left out whole; one that lost some keeps its place, the lost part is named by amount
update work.spending set reason = 'a finer row of the same days'
where reason is null and spend_no not in (select spend_no from work.spend_day where preference = 1);
"""

_SPEND_PARTS = """
insert into work.excluded
select 'ad_spend', 'days that a finer row covers', 0, 0, sum(day_cost) from work.spend_day
where preference > 1 and spend_no in (select spend_no from work.spending where reason is null)
having count(*) > 0;
"""

_SURVEYS = f"""
create or replace table work.answered as
select feedback.* exclude (channel, store), {channel_of("feedback")} as channel, coalesce(place.name, feedback.store) as store,
       case when answered_on is null then 'no date' when score is null then 'no score' end as reason
from facts.feedback as feedback left join work.place as place on place.code = feedback.store;

create or replace table mart.surveys as
select answered_on as day, channel, store, timing, country, kind, score, comment, load_id, file_line
from work.answered where reason is null
order by day, feedback_id;
"""

# Followers are a level: they stand until the next count of the account, at most a week. The rest happened on its day only.
_SOCIAL = f"""
create or replace table work.posted as
select *, case when day is null then 'no date' end as reason from facts.social_stats;

create or replace table mart.social as
with counted as (
    select *, coalesce(account, '') as account_key from work.posted where reason is null
),
levels as (
    select network, account_key, day, followers,
           coalesce(lead(day) over (partition by network, account_key order by day), day + {FOLLOWERS_MAX_AGE + 1}) as next_day
    from counted where followers is not null
),
bounds as (select max(day) as last_day from counted),
carried as (
    select network, account_key, day + cast(unnest(range(least(next_day - day, {FOLLOWERS_MAX_AGE + 1}, last_day - day + 1))) as integer) as day, followers
    from levels cross join bounds
),
level_of_day as (select network, day, sum(followers)::bigint as followers from carried group by network, day),
flow_of_day as (
    select network, day, sum(mentions)::bigint as mentions, sum(reach)::bigint as reach, sum(interactions)::bigint as interactions,
           sum(comments)::bigint as comments, sum(negative_comments)::bigint as negative_comments,
           arg_min(load_id, file_line) as load_id, min(file_line) as file_line
    from counted group by network, day
)
select coalesce(level.day, flow.day) as day, coalesce(level.network, flow.network) as network, followers, mentions, reach, interactions, comments,
       negative_comments, load_id, file_line
from level_of_day as level full join flow_of_day as flow on flow.day = level.day and flow.network is not distinct from level.network
order by day, network;
"""

_LEADS = """
create or replace table work.led as
select *, case when created_on is null then 'no date' end as reason from facts.leads;

create or replace table mart.leads as
select created_on as day, lead_id, kind, channel, source, device, country, status, load_id, file_line from work.led where reason is null order by day, lead_id;
"""

_EXPERIMENTS = """
create or replace table work.tried as
select *, case when day is null then 'no date' end as reason from facts.experiments;

create or replace table mart.experiments as
select day, experiment, variant, is_control, channel, exposures, conversions, load_id, file_line
from work.tried where reason is null order by day, experiment, variant;
"""


def build_audience(con: DuckDBPyConnection) -> None:
    """Build mart.sessions, landings, audience, footfall, spend, surveys, social, leads and experiments."""
    for statement in (_SESSIONS, _FOOTFALL, _SPEND, _SURVEYS, _SOCIAL, _LEADS, _EXPERIMENTS):
        con.execute(statement)
    book(con, "traffic", "work.visits")
    book(con, "store_visits", "work.entries")
    book(con, "ad_spend", "work.spending", amount="cost")
    book_unrated(con, "work.spending", ("spend",), "period_start", last="last_day")
    con.execute(_SPEND_PARTS)
    book(con, "feedback", "work.answered")
    book(con, "social_stats", "work.posted")
    book(con, "leads", "work.led")
    book(con, "experiments", "work.tried")
