"""The books of a mart: what was left out and why, which rows lie in no period, what found no exchange rate. A mart that does not add up is not published."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from kpi_core.errors import StoreError, said
from kpi_core.store.settings import MartSettings

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# Rows that a star table must hold: those that the ledger kept, and orders without lines as one line each.
LINELESS = "select count(*) from work.ordered where reason is null and not has_lines"
HELD = {
    "orders": ("orders", "0"),
    "sale": ("order_lines", f"({LINELESS})"),
    "returns": ("returns", "0"),
}


def check_ledger(con: DuckDBPyConnection) -> None:
    """Nothing is lost or doubled in silence: rows of the facts = rows kept + rows left out with a reason, and the star holds what was kept.

    Raises StoreError.
    """
    _check_kept(con)
    for table, (dataset, more) in HELD.items():
        held, kept = con.execute(
            f"select (select count(*) from mart.{table}), (select kept + {more} from work.ledger where dataset = ?)", [dataset]
        ).fetchone() or (0, 0)
        _check_held(dataset, kept, held)
    _check_sums(con, "mart.sale", "mart.orders")


def check_changes(con: DuckDBPyConnection, kept: Mapping[str, int]) -> None:
    """The same of a mart that is carried on from one that added up: by as many rows as it keeps more, its tables grew, and rows went once.

    `kept`: rows that each star table must have more. Needs `work.ledger` and the temp tables of `overlay.replaced`. Raises StoreError.
    """
    _check_kept(con)
    for table, (dataset, _) in HELD.items():
        gone = f"next.delta.gone_{table}"
        came, went, twice = con.execute(
            f"select (select count(*) from came_{table}), (select count(*) from went_{table}), (select count(*) - count(distinct id) from {gone})"
        ).fetchone() or (0, 0, 0)
        _check_held(dataset, kept.get(table, 0), came - went - twice)
    change = "(select net_amount from came_{0} union all select -net_amount from went_{0})"
    _check_sums(con, change.format("sale"), change.format("orders"))


def _check_kept(con: DuckDBPyConnection) -> None:
    wrong = con.execute(
        """select ledger.dataset, raw, kept, coalesce(sum(excluded."rows"), 0) as left_out
           from work.ledger as ledger left join work.excluded as excluded on excluded.dataset = ledger.dataset
           group by ledger.dataset, raw, kept having raw <> kept + coalesce(sum(excluded."rows"), 0) order by 1"""
    ).fetchone()
    if wrong:
        dataset, raw, kept, left_out = wrong
        raise StoreError(
            said(
                "{dataset}: {raw} rows were read but {kept} kept and {left_out} left out; nothing was changed",
                dataset=dataset,
                raw=raw,
                kept=kept,
                left_out=left_out,
            ),
            hint=said("this is a fault of omnigap: please report it"),
        )


def _check_held(dataset: str, kept: int, held: int) -> None:
    if held != kept:
        raise StoreError(
            said("{dataset}: {kept} rows were kept but {held} stand in the warehouse; nothing was changed", dataset=dataset, kept=kept, held=held),
            hint=said("this is a fault of omnigap: please report it"),
        )


def _check_sums(con: DuckDBPyConnection, sale: str, orders: str) -> None:
    sums = f"select (select coalesce(sum(net_amount), 0) from {sale}), (select coalesce(sum(net_amount), 0) from {orders})"
    sold, ordered = con.execute(sums).fetchone() or (0, 0)
    if sold != ordered:
        raise StoreError(
            said("the lines come to {sold} and their orders to {ordered}; nothing was changed", sold=sold, ordered=ordered),
            hint=said("this is a fault of omnigap: please report it"),
        )


def check_rates(con: DuckDBPyConnection, settings: MartSettings) -> None:
    """The day that stands for constant rates must have one for every currency. Raises StoreError naming the first that has none."""
    row = con.execute(
        """select currency, min(day) from work.line where reason is null and net_base is not null and net_constant is null group by currency
           union all
           select currency, min(placed_on) from work.ordered where reason is null and not has_lines and fixed is null group by currency order by 1 limit 1"""
    ).fetchone()
    if row:
        raise StoreError(
            said("there is no exchange rate of {currency} on or before {day}", currency=row[0], day=settings.constant_rates_on),
            hint=said("change constant_rates_on in config/settings.yaml, or load older rates"),
        )


def currencies(con: DuckDBPyConnection) -> list[str]:
    """Currencies of the sales and returns that count."""
    rows = con.execute(
        """select distinct coalesce(upper(currency), reporting_currency) as currency
           from (select currency from work.ordered where reason is null union all select currency from work.line where reason is null
                 union all select currency from work.returned where reason is null), work.setting
           order by currency"""
    ).fetchall()
    return [str(row[0]) for row in rows]


def write_books(con: DuckDBPyConnection) -> None:
    """Copy the books into the mart."""
    con.execute("create table mart.excluded as select * from work.excluded order by dataset, reason")
    con.execute("create table mart.ledger as select * from work.ledger order by dataset")
    con.execute("create table mart.undated as select * from work.undated order by dataset, load_id, file_line")
    con.execute('create table mart.unrated as select * from work.unrated order by "table", "first", currency')
