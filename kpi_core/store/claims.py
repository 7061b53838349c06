"""Reading what platforms claim, and what the source that owns it has for the same days."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from kpi_core.store.star_claims import MONEY

if TYPE_CHECKING:
    from kpi_core.store.reader import Reader

MARKETPLACE = "marketplace"  # many marketplaces are one channel: only sales of the same one may be held against a claim
OWNED = {"revenue": "revenue", "orders": "orders", "conversions": "orders", "refunds": "refunds"}  # measure -> what the owner has of it
Span = tuple[date, date]
Why = Literal["", "nobody", "not loaded", "other days", "part"]


@dataclass(frozen=True)
class Claim:
    """A measure that a platform claims over `days` days of the period, and `owned`, what the owner has for them (None: `why`).

    `currency`: that of both amounts, None for counts; `unrated`: it is the platform's own, because there is no rate. `assumed`: the file names
    none, so the reporting currency is meant. `outside`: rows that reach over the edge of the period, not in `claimed`. `why`
    `part`: the owner's sales are not loaded for all of these days, so that `owned` is less than it will be.
    """

    dataset: str
    platform: str
    channel: str | None
    measure: str
    claimed: Decimal | None
    currency: str | None
    unrated: bool
    assumed: bool
    outside: int
    days: int
    first: date | None
    last: date | None
    owned: Decimal | None
    why: Why


def claims(reader: Reader, start: date, end: date) -> list[Claim]:
    """Every claim on days from `start` to `end`, a row per dataset, platform, channel, measure and currency."""
    if not reader.execute("select 1 from duckdb_tables() where database_name = 'mart' and table_name = 'claims'"):
        return []  # numbers of an earlier version: the next load has them
    rows = reader.execute(
        """select dataset, platform, channel, measure, currency,
                  sum(amount) filter (inside), sum(amount_base) filter (inside), count(*) filter (inside and amount_base is null), count(*) filter (not inside)
           from (select *, starts >= ? and ends <= ? as inside from claims where starts <= ? and ends >= ?)
           group by all order by all""",
        [start, end, end, start],
    )
    spans = reader.execute(
        """select dataset, platform, channel, measure, currency, min(starts), max(ends) from claims where starts >= ? and ends <= ?
           group by dataset, platform, channel, measure, currency, load_id order by all""",
        [start, end],
    )
    windows: dict[tuple[object, ...], list[Span]] = {}
    for *key, first, last in spans:
        windows.setdefault(tuple(key), []).append((first, last))
    reporting = reader.meta().get("reporting_currency", "")
    prefixes = {
        (channel, str(prefix))
        for channel, prefix in reader.execute("select distinct channel, split_part(order_id, ':', 1) from orders where contains(order_id, ':')")
    }
    found = []
    for *key, own, base, unrated, outside in rows:
        dataset, platform, channel, measure, currency = key
        money, days = measure in MONEY, joined(windows.get(tuple(key), []))
        claimed = own if unrated else base
        owned, why = _owned(reader, platform, channel, measure, days, prefixes) if claimed is not None else (None, "")
        found.append(
            Claim(
                dataset=dataset,
                platform=platform,
                channel=channel,
                measure=measure,
                claimed=claimed,
                currency=(currency if unrated else reporting) if money else None,
                unrated=bool(unrated),
                assumed=money and currency is None,
                outside=outside,
                days=sum((last - first).days + 1 for first, last in days),
                first=days[0][0] if days else None,
                last=days[-1][1] if days else None,
                owned=owned if not unrated else None,
                why=why,
            )
        )
    return found


def joined(spans: Sequence[Span]) -> list[Span]:
    """The same days as few spans, none touching another."""
    found: list[Span] = []
    for first, last in sorted(spans):
        if found and first <= found[-1][1] + timedelta(days=1):
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return found


def _owned(
    reader: Reader, platform: str, channel: str | None, measure: str, days: Sequence[Span], prefixes: set[tuple[object, str]]
) -> tuple[Decimal | None, Why]:
    """What the sales of the channel come to on these days; of the same platform alone where their numbers name it."""
    what = OWNED.get(measure)
    if what is None:
        return None, "nobody"
    words = set(re.findall(r"[a-z0-9]+", platform.casefold()))
    names = sorted({prefix for own, prefix in prefixes if prefix in words and (channel is None or own == channel)})
    if channel == MARKETPLACE and not names:
        return None, "not loaded"
    table, key = ("returns", "return_id") if what == "refunds" else ("orders", "order_id")
    value = {"revenue": "sum(net_amount)", "orders": "count(*)", "refunds": "sum(amount)"}[what]
    where, bound = ["day is not null"], list[object]()
    if channel is not None:
        where.append("channel = ?")
        bound.append(channel)
    if names:
        where.append(f"split_part({key}, ':', 1) in ({', '.join('?' * len(names))})")
        bound += names
    scope = " and ".join(where)
    first, last = reader.execute(f"select min(day), max(day) from {table} where {scope}", bound)[0]
    if table == "returns" and first is not None:  # days of sales without a refund are loaded too
        reach = reader.execute(f"select min(day), max(day) from orders where {scope.replace(key, 'order_id')}", bound)[0]
        first, last = min(first, reach[0] or first), max(last, reach[1] or last)
    if first is None:
        return None, "not loaded"
    if days[-1][1] < first or days[0][0] > last:
        return None, "other days"
    spans = " or ".join("day between ? and ?" for _ in days)
    edges = [edge for span in days for edge in span]
    amount = reader.execute(f"select coalesce({value}, 0) from {table} where {scope} and ({spans})", [*bound, *edges])[0][0]
    return Decimal(amount), "part" if days[0][0] < first or days[-1][1] > last else ""
