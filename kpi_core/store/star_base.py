"""What every star table needs: exchange rates, places, products, and the ledger of what was left out.

Star SQL reads `facts.<dataset>` (views), keeps intermediate tables in schema `work` and writes the catalog `mart`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpi_core.store.settings import MartSettings

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

LISTED = 100  # rows without a date that are listed by file and line, per dataset
RATE_MAX_AGE = 7  # days: a rate stands over weekends and holidays, not longer
SOLD = "('product', 'service', 'fee')"  # line types that are revenue; shipping, tips and gift cards are not
VALID = "('completed', 'refunded')"
ONLINE = "('web', 'app')"
PHYSICAL = "('store', 'popup')"  # only these take their channel from the list of stores: a web order stays one

_SETUP = f"""
create schema if not exists work;

create or replace table work.excluded (dataset varchar, reason varchar, "rows" bigint, orders bigint, amount decimal(38,6));
create or replace table work.ledger (dataset varchar, raw bigint, kept bigint, kept_amount decimal(38,6));
create or replace table work.undated (dataset varchar, load_id integer, file_line bigint);
-- customers of whose earlier orders only the sum is looked at: all of them lie before those that stand in work.kept, and in the same channels
create or replace table work.past (customer_key ubigint, orders bigint, channels varchar[], day date, last_day date, first_channel varchar,
                                   country varchar, revenue decimal(18,6), repeat_90 boolean, alike boolean);
create or replace table work.unrated ("table" varchar, "first" date, "last" date, currency varchar, "rows" bigint, load_id integer, file_line bigint);

-- amount in the reporting currency; `divisor` = units of the row's currency for one unit of it, NULL when unknown
create or replace macro to_base(amount, divisor) as
    case when divisor = 1 then cast(amount as decimal(18,6)) else cast(cast(amount as double) / nullif(divisor, 0) as decimal(18,6)) end;

-- the row's own rate wins, then the rate of the day (or of the days just before), then 1 for the reporting currency itself
create or replace macro divisor_of(currency, fx_base, fx_rate, rate, rate_day, day, reporting) as
    case when upper(fx_base) = reporting and fx_rate > 0 then fx_rate
         when currency is null or upper(currency) = reporting then 1.0
         when rate_day >= day - {RATE_MAX_AGE} then rate end;
"""

_FX = """
create or replace table work.fx as
with rates as (
    select upper(currency) as currency, upper(base) as base, day, rate
    from facts.fx_rates where rate > 0 and day is not null and upper(currency) <> upper(base)
),
direct as (
    select day, currency, rate as divisor, 1 as preference from rates, work.setting where base = reporting_currency
),
inverse as (
    select day, base as currency, 1 / rate as divisor, 2 as preference from rates, work.setting where currency = reporting_currency
),
crossed as (  -- both quoted against a third currency on the same day
    select row_rate.day, row_rate.currency, row_rate.rate / own_rate.rate as divisor, 3 as preference
    from rates as row_rate
    join rates as own_rate on own_rate.day = row_rate.day and own_rate.base = row_rate.base
    join work.setting on own_rate.currency = reporting_currency
    where row_rate.currency <> reporting_currency
),
every as (select * from direct union all select * from inverse union all select * from crossed)
select day, currency, divisor from every
qualify row_number() over (partition by day, currency order by preference, divisor) = 1;
"""

# One rate a currency for comparisons without the moves of exchange rates: the last one known on the day that settings.yaml names, or at all.
_CONSTANT = """
create or replace table work.constant as
with own as (
    select currency, fx_base, fx_rate, placed_on as day from facts.{prefix}orders where fx_rate > 0
    union all select currency, fx_base, fx_rate, placed_on from facts.{prefix}order_lines where fx_rate > 0
    union all select currency, fx_base, fx_rate, returned_on from facts.{prefix}returns where fx_rate > 0
),
told as (
    select day, currency, divisor, 1 as preference from work.fx
    union all
    select day, upper(currency), fx_rate, 2 from own, work.setting where upper(fx_base) = reporting_currency and day is not null
    union all
    select day, currency, divisor, preference from {before}
)
select currency, divisor, day, preference from told, work.setting where day <= coalesce(constant_on, day) and currency <> reporting_currency
qualify row_number() over (partition by currency order by day desc, preference, divisor) = 1
"""
_NO_RATES = "(select null::date as day, null::varchar as currency, null::double as divisor, null::integer as preference where false)"

_DIMENSIONS = """
-- a row may name a store by its code or by its name
create or replace table work.place as
with every as (
    select store as code, name, channel, country, 1 as preference from facts.stores where store is not null
    union all
    select name, name, channel, country, 2 from facts.stores where name is not null
)
select code, coalesce(name, code) as name, channel, country from every
qualify row_number() over (partition by code order by preference, name, channel, country) = 1;

create or replace table work.product as
select sku, title, category, cost, currency from facts.products where sku is not null;

create or replace table work.cost as
select sku, coalesce(valid_from, date '1900-01-01') as valid_from, unit_cost, currency from facts.product_costs
where sku is not null and unit_cost is not null;
"""


def prepare(con: DuckDBPyConnection, settings: MartSettings) -> None:
    """Create schema `work` with settings, macros, rates by day, places and products; `constant_rates` makes the rest of it."""
    con.execute(_SETUP)
    con.execute(
        "create or replace table work.setting as select upper(?::varchar) as reporting_currency, ?::integer as stock_max_days, ?::date as constant_on",
        [settings.reporting_currency, settings.stock_max_days, settings.constant_rates_on],
    )
    con.execute(_FX)
    con.execute(_DIMENSIONS)


def constant_rates(con: DuckDBPyConnection, *, prefix: str = "", before: str = _NO_RATES) -> None:
    """Create work.constant from the facts whose names begin with `prefix`, and from rates that are known already."""
    con.execute(_CONSTANT.format(prefix=prefix, before=before))


def without_needless_sorts(con: DuckDBPyConnection, sql: str) -> str:
    """The same SQL where a dated list is empty: an ASOF join sorts every row of its left side even then, and a shop of one currency has no rates."""
    for table in ("work.fx", "work.cost"):
        if not con.execute(f"select 1 from {table} limit 1").fetchone():
            sql = sql.replace(f"asof left join {table} ", f"left join {table} ")
    return sql


def rate_join(row: str, day: str, currency: str | None = None, *, alias: str = "fx") -> str:
    """ASOF join of the newest rate on or before `day` of the row's currency."""
    return f"asof left join work.fx as {alias} on {alias}.currency = upper({currency or row + '.currency'}) and {alias}.day <= {day}"


def divisor(currency: str, day: str, *, base: str = "null::varchar", rate: str = "null::double", alias: str = "fx") -> str:
    """Expression: what an amount of the row is divided by; needs `rate_join` with the same alias and `work.setting` in FROM."""
    return f"divisor_of({currency}, {base}, {rate}, {alias}.divisor, {alias}.day, {day}, reporting_currency)"


def channel_of(row: str, place: str = "place") -> str:
    """The list of stores may say that a till stands in a pop-up; it never turns a web order into a store sale."""
    return f"case when {row}.channel is null or {row}.channel in {PHYSICAL} then coalesce({place}.channel, {row}.channel) else {row}.channel end"


def book(con: DuckDBPyConnection, dataset: str, table: str, *, amount: str = "null", order: str = "null") -> None:
    """Enter a work table into the ledger: one row per reason left out; `reason` NULL = kept."""
    con.execute(
        f"""insert into work.excluded
            select ?, reason, count(*), count(distinct {order}), sum({amount}) from {table} where reason is not null group by reason order by reason""",
        [dataset],
    )
    con.execute(
        f"insert into work.ledger select ?, (select count(*) from facts.{dataset}), count(*), sum({amount}) from {table} where reason is null",
        [dataset],
    )
    con.execute(
        f"""insert into work.undated select ?, load_id, file_line from {table} where reason = 'no date'
            order by load_id, file_line limit {LISTED}""",
        [dataset],
    )


def constant(currency: str, rates: str = "fixed") -> str:
    """Expression like `divisor`, but of the one rate that stands for every day; needs `work.constant` joined as `rates` on the currency."""
    return f"case when {currency} is null or upper({currency}) = reporting_currency then 1.0 else {rates}.divisor end"


def constant_join(currency: str, rates: str = "fixed") -> str:
    """Join of the constant rate of a currency."""
    return f"left join work.constant as {rates} on {rates}.currency = upper({currency})"


def book_unrated(con: DuckDBPyConnection, source: str, tables: tuple[str, ...], day: str, *, last: str | None = None, where: str = "") -> None:
    """Remember which rows of a work table found no rate of their day: what the mart's `tables` say of these days lacks them.

    Rows are those left out for it, or those of `where` (an amount that stayed unknown).
    """
    for table in tables:
        con.execute(
            f"""insert into work.unrated
                select ?, {day}, max({last or day}), upper(currency), count(*), min(load_id), min_by(file_line, load_id)
                from {source} where {where or "reason = 'no exchange rate'"} group by {day}, upper(currency) order by {day}, upper(currency)""",
            [table],
        )
