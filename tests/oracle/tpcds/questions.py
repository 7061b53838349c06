"""The ten questions as KPIs, cuts and periods. No SQL: each asks the engine, then ranks, filters and orders the KPIs that it answered.

`Ask` is the engine; a row is a mapping with the cuts, `period` (first day) when a grain was asked, and the KPIs. Every function gives
the rows of its answer file, in its order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Protocol

Row = tuple[Any, ...]
WEEKDAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
CHANNELS = {"store": "store channel", "catalog": "catalog channel", "web": "web channel"}
LABELS = {"store": "store", "catalog": "catalog_page", "web": "web_site"}
WEEK_5270 = date(2000, 12, 26)  # weeks of this retailer run from Tuesday to Monday


class Ask(Protocol):
    """One question to the engine."""

    def __call__(
        self, kpis: Sequence[str], by: Sequence[str], start: str, end: str, where: str | None = None, grain: str | None = None
    ) -> list[Mapping[str, Any]]: ...


def nulls_first(values: Iterable[Any]) -> tuple[tuple[bool, Any], ...]:
    return tuple((value is not None, 0 if value is None else value) for value in values)


def by_outlet(ask: Ask, kpis: Sequence[str], start: str, end: str) -> list[Row]:
    """Total, channels and outlets as (channel, outlet, KPIs): totals first."""
    rows = []
    for by in ((), ("channel",), ("channel", "outlet")):
        for row in ask(kpis, by, start, end, "outlet is not null"):
            channel = row.get("channel")
            outlet = None if "outlet" not in by else LABELS[row["channel"]] + row["outlet"]
            rows.append((CHANNELS.get(str(channel)), outlet, *(row[kpi] for kpi in kpis)))
    return sorted((row for row in rows if any(row[2:])), key=lambda row: nulls_first(row[:2]))


def question_05(ask: Ask) -> list[Row]:
    return by_outlet(ask, ("sales_value", "return_value", "net_profit"), "2000-08-23", "2000-09-06")


def question_80(ask: Ask) -> list[Row]:
    return by_outlet(ask, ("promoted_sales", "promoted_return_value", "promoted_net"), "2000-08-23", "2000-09-22")


def question_77(ask: Ask) -> list[Row]:
    """(level, channel, place, sales, returns, profit)."""
    kpis, rows = ("placed_sales", "placed_returned", "placed_net"), []
    for level, by in enumerate(((), ("channel",), ("channel", "place"))):
        for row in ask(kpis, by, "2000-08-23", "2000-09-22"):
            if row["placed_sales"] or row["placed_returned"]:
                rows.append((level, CHANNELS.get(str(row.get("channel"))), row.get("place"), *(row[kpi] for kpi in kpis)))
    return sorted(rows, key=lambda row: (nulls_first(row[1:2]), row[0], nulls_first(row[2:3])))


def weekday_ratios(days: Iterable[Mapping[str, Any]], kpi: str, weeks_back: int, *own: str) -> dict[Row, list[Any]]:
    """(own cuts, number of the earlier week) -> the seven ratios, Sunday first. The days are those of the later weeks."""
    found: dict[Row, list[Any]] = {}
    for row in days:
        earlier = row["period"] - timedelta(weeks=weeks_back)
        key = (*(row[name] for name in own), 5270 + (earlier - WEEK_5270).days // 7)
        if row[kpi] is not None:
            found.setdefault(key, [None] * 7)[earlier.isoweekday() % 7] = row[kpi]
    return found


def question_02(ask: Ask) -> list[Row]:
    """(week, first day, last day, first day of the week compared, seven ratios)."""
    days = ask(("sales_53_weeks_ago",), (), "2002-01-01", "2003-01-06", "channel in ('web', 'catalog')", "day")
    rows = []
    for (week,), ratios in sorted(weekday_ratios(days, "sales_53_weeks_ago", 53).items()):
        start = WEEK_5270 + timedelta(weeks=week - 5270)
        rounded = [None if ratio is None else round(Decimal(ratio), 2) for ratio in ratios]
        rows.append((week, start, start + timedelta(days=6), start + timedelta(weeks=53), *rounded))
    return rows


def question_59(ask: Ask) -> list[Row]:
    """(store name, store id, week, seven ratios)."""
    where = "channel = 'store' and outlet is not null"
    days = ask(("price_52_weeks_ago",), ("outlet_name", "outlet"), "2002-01-01", "2002-12-30", where, "day")
    return [(*key, *ratios) for key, ratios in sorted(weekday_ratios(days, "price_52_weeks_ago", 52, "outlet_name", "outlet").items())]


def question_22(ask: Ask) -> list[Row]:
    """(product, brand, class, category, mean on hand), lowest first."""
    levels = ("item.product", "item.brand", "item.class", "item.category")
    rows = []
    for depth in range(len(levels) + 1):
        for row in ask(("on_hand_mean",), levels[:depth], "2000-01-01", "2000-12-31"):
            if row["on_hand_mean"] is not None:
                rows.append((*(row.get(level) for level in levels), row["on_hand_mean"]))
    return sorted(rows, key=lambda row: (nulls_first(row[4:]), nulls_first(row[:4])))


def ranked(rows: Iterable[Mapping[str, Any]], kpi: str, within: Callable[[Mapping[str, Any]], Any]) -> list[tuple[Mapping[str, Any], int]]:
    """Each row with its rank by `kpi` ascending among those with the same `within`; ties share a rank."""
    listed = list(rows)
    return [(row, 1 + sum(1 for other in listed if within(other) == within(row) and other[kpi] < row[kpi])) for row in listed]


def question_36(ask: Ask) -> list[Row]:
    """(margin, category, class, level, rank within the parent), the whole first."""
    where = "channel = 'store' and state = 'TN'"
    rows: list[Row] = []
    for level, by in ((2, ()), (1, ("item.category",)), (0, ("item.category", "item.class"))):
        answered = ask(("margin",), by, "2001-01-01", "2001-12-31", where)
        for row, rank in ranked(answered, "margin", lambda row, level=level: row["item.category"] if level == 0 else None):  # type: ignore[misc]
            rows.append((row["margin"], row.get("item.category"), row.get("item.class"), level, rank))
    return sorted(rows, key=lambda row: (-row[3], nulls_first([row[1] if row[3] == 0 else None]), row[4]))


def question_49(ask: Ask) -> list[Row]:
    """(channel, item, ratio of units, rank by units, rank by amount): the ten lowest by either."""
    answered = ask(("back_ratio_units", "back_ratio_amount"), ("channel", "item_key"), "2001-12-01", "2001-12-31")
    rows = [row for row in answered if row["back_ratio_units"] is not None]
    units, amounts = (ranked(rows, kpi, lambda row: row["channel"]) for kpi in ("back_ratio_units", "back_ratio_amount"))
    found = [(row["channel"], row["item_key"], row["back_ratio_units"], rank, other) for (row, rank), (_, other) in zip(units, amounts, strict=True)]
    return sorted((row for row in found if min(row[3:]) <= 10), key=lambda row: (row[0], row[3], row[4], row[1]))


def question_75(ask: Ask) -> list[Row]:
    """(earlier year, year, brand, class, category, manufacturer, units before, units, change of units, change of amount): under 0.9 of before."""
    by = ("item.brand_id", "item.class_id", "item.category_id", "item.manufacturer_id")

    def of_year(year: int) -> dict[Row, Mapping[str, Any]]:
        answered = ask(("net_units", "net_amount"), by, f"{year}-01-01", f"{year}-12-31", "item.category = 'Books'")
        return {tuple(row[name] for name in by): row for row in answered}

    before, after = of_year(2001), of_year(2002)
    rows = []
    for key in before.keys() & after.keys():
        one, other = before[key], after[key]
        if one["net_units"] and other["net_units"] is not None and Decimal(other["net_units"]) / Decimal(one["net_units"]) < Decimal("0.9"):
            change = (other["net_units"] - one["net_units"], other["net_amount"] - one["net_amount"])
            rows.append((2001, 2002, *key, one["net_units"], other["net_units"], *change))
    return sorted(rows, key=lambda row: row[8:])


def question_97(ask: Ask) -> list[Row]:
    """(only in stores, only by catalog, in both): pairs of customer and item."""

    def pairs(where: str) -> int:
        (row,) = ask(("buyer_items",), (), "2000-01-01", "2000-12-31", where)
        return int(row["buyer_items"])

    store, catalog, either = pairs("channel = 'store'"), pairs("channel = 'catalog'"), pairs("channel in ('store', 'catalog')")
    return [(either - catalog, either - store, store + catalog - either)]
