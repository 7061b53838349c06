"""How much of a fact has a customer: what a KPI over customers can speak of, and what it cannot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from kpi_core.engine import calendar
from kpi_core.engine.predicate import identifier
from kpi_core.engine.result import Period
from kpi_core.engine.run import Engine
from kpi_core.engine.write import condition, day
from kpi_core.view import Filter


@dataclass(frozen=True)
class Keyed:
    """Rows of `fact`, and those of them that have the key (`null_key` of a measure)."""

    fact: str
    rows: int
    known: int

    @property
    def share(self) -> Fraction:
        return Fraction(self.known, self.rows) if self.rows else Fraction(0)


def keyed(engine: Engine, kpi: str, period: Period, where: tuple[Filter, ...], by: str | None = None) -> Mapping[str | None, tuple[Keyed, ...]]:
    """For each fact with a `null_key` behind a KPI: its rows and those with the key, under the KPI's scope; by member of `by` too (None: all).

    A table of known customers only is looked up in the one that covers it. A fact that lacks a filter's dimension is left out.
    """
    catalogue = engine.catalogue
    reach = calendar.clamped(period, engine.watermark([kpi]))
    found: dict[str | None, list[Keyed]] = {}
    done: set[tuple[object, ...]] = set()
    for ref in catalogue.refs(kpi):
        spec = catalogue.measures[ref.name].spec
        if spec.null_key is None or reach is None or ref.context:
            continue
        fact = _of_all(engine, spec.fact, spec.null_key)
        filters = (*where, *(Filter(dim, values) for dim, values in catalogue.scope(kpi, ref.scope).items()))
        key = (fact, spec.null_key, filters, spec.over_time)
        if key in done or not {item.dim for item in filters} <= set(catalogue.file.facts[fact].dims):
            continue
        done.add(key)
        cut = by if by in catalogue.file.facts[fact].dims else None
        for member, keys in _count(engine, fact, spec.null_key, reach, filters, cut, to_date=spec.over_time == "to_date").items():
            found.setdefault(member, []).append(keys)
    return {member: tuple(keys) for member, keys in found.items()}


def _of_all(engine: Engine, fact: str, key: str) -> str:
    """The fact that also holds rows without the key."""
    covering = engine.catalogue.file.facts[fact].covered_by
    if covering is None or key not in engine.catalogue.columns[engine.catalogue.file.facts[covering].table]:
        return fact
    return covering


def _count(engine: Engine, fact: str, key: str, period: Period, filters: tuple[Filter, ...], by: str | None, *, to_date: bool) -> dict[str | None, Keyed]:
    spec = engine.catalogue.file.facts[fact]
    parameters: list[object] = []
    date = identifier(spec.date)
    days = f"{date} <= {day(period.end)}" if to_date else f"{date} between {day(period.start)} and {day(period.end)}"
    wheres = " and ".join([days, *condition(filters, "", parameters)])
    member = f"coalesce({identifier(by)}, '')" if by else "''"
    sql = f"select {member} as member, count(*), count({identifier(key)}) from {identifier(spec.table)} where {wheres} group by {member}"
    rows = engine.rows(sql, parameters)
    found: dict[str | None, Keyed] = {str(name): Keyed(fact, int(count), int(known)) for name, count, known in rows} if by else {}
    found[None] = Keyed(fact, sum(int(row[1]) for row in rows), sum(int(row[2]) for row in rows))
    return found
