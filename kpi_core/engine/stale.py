"""Levels that nobody reports any more: places whose last stock count is too old to stand for the end of a period."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from kpi_core.engine import calendar
from kpi_core.engine.predicate import identifier
from kpi_core.engine.result import Period
from kpi_core.engine.run import Engine
from kpi_core.engine.write import condition, day
from kpi_core.view import Filter

LEVELS = ("last", "mean_of_days")
FORGOTTEN = timedelta(days=366)  # a place that reported nothing for a year is gone, not late


@dataclass(frozen=True)
class Stale:
    """Members of `dim` that report levels: how many there are, and which have none at the end of a period, with the last day of each."""

    dim: str
    known: int
    members: tuple[tuple[str, date], ...]


def stale(engine: Engine, kpi: str, period: Period, where: tuple[Filter, ...] = ()) -> Stale | None:
    """What a KPI over levels lacks at the end of a period; None for a KPI without levels whose fact says by whom they are `counted_per`."""
    catalogue = engine.catalogue
    reach = calendar.clamped(period, engine.watermark([kpi]))
    if reach is None:
        return None
    for ref in catalogue.refs(kpi):
        spec = catalogue.measures[ref.name].spec
        fact = catalogue.file.facts[spec.fact]
        level = spec.over_time in LEVELS or spec.agg.startswith("count(")
        if fact.counted_per is None or not level or engine.loaded.span(fact.table) is None:
            continue
        filters = tuple(item for item in (*where, *(Filter(dim, values) for dim, values in catalogue.scope(kpi, ref.scope).items())) if item.dim in fact.dims)
        parameters: list[object] = []
        member, date_column = identifier(fact.counted_per), identifier(fact.date)
        span = f"{date_column} between {day(reach.end - FORGOTTEN)} and {day(reach.end)}"
        wheres = " and ".join([span, f"{member} is not null", *condition(filters, "", parameters)])
        sql = f"select {member} as member, max({date_column}) as last_day from {identifier(fact.table)} where {wheres} group by {member} order by {member}"
        rows = engine.rows(sql, parameters)
        return Stale(fact.counted_per, len(rows), tuple((str(name), last) for name, last in rows if last < reach.end))
    return None
