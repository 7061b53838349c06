"""The days of a KPI's measures in one short select a fact: for looking back over years, where a question with a period per day is slow.

Only for measures whose days add up; a day without rows is left out. The same aggregates, filters and rollups as in any other question.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

from kpi_core.engine import predicate
from kpi_core.engine.catalogue import Catalogue
from kpi_core.engine.coverage import Reader
from kpi_core.engine.expression import Ref
from kpi_core.engine.plan import pick_table
from kpi_core.engine.predicate import identifier
from kpi_core.engine.result import Number, finite
from kpi_core.engine.write import condition, day, source_of
from kpi_core.view import Filter

Rows = Mapping[str, Mapping[date, Number]]  # by Ref.key


def adds_up(catalogue: Catalogue, ref: Ref) -> bool:
    """Whether the days of a measure sum to a period: no level, distinct count, growth rate, share of a total or conversion."""
    compiled = catalogue.measures[ref.name]
    spec = compiled.spec
    plain = spec.over_time == "sum" and spec.additive == "all" and spec.cells == "any" and spec.also_in is None and compiled.conversion is None
    return plain and not ref.context and not ref.time and catalogue.file.facts[spec.fact].date_grain == "day"


def by_day(
    reader: Reader, catalogue: Catalogue, rollups: Collection[str], kpi: str, where: tuple[Filter, ...], start: date, end: date
) -> Rows:
    """Each measure of the KPI by day under `where` and the KPI's own scope.

    Raises ValueError for a measure that does not add up over days or knows a filter's dimension nowhere.
    """
    groups: dict[tuple[str, str, tuple[Filter, ...]], dict[str, str]] = {}
    needed: dict[tuple[str, str, tuple[Filter, ...]], set[str]] = {}
    for ref in catalogue.refs(kpi):
        filters = (*where, *(Filter(dim, values) for dim, values in catalogue.scope(kpi, ref.scope).items()))
        dims = {item.dim for item in filters}
        found = catalogue.source(ref.name, dims)
        if found is None or not adds_up(catalogue, ref):
            raise ValueError(f"{ref.key} has no days")
        spec = catalogue.measures[ref.name].spec
        goes_by = catalogue.file.facts[found.fact].date if found.across or spec.date is None else spec.date
        table, rolled = "", False
        if not found.across and spec.date is None and catalogue.rolls_up(ref.name):
            table, rolled = pick_table(catalogue, found.fact, dims, rollups)
        key = (table if rolled else "", f"{found.fact}\0{goes_by}", filters)
        value = f"sum(f.{identifier(ref.name)})" if rolled else predicate.aggregate_sql(found.agg, found.where, "f.")
        groups.setdefault(key, {})[ref.key] = value
        used = set() if rolled else {*predicate.columns(found.agg), *predicate.columns(found.where)}
        needed.setdefault(key, set()).update({*used, *dims, goes_by})
    rows: dict[str, dict[date, Number]] = {}
    for key, values in groups.items():
        table, (fact, goes_by) = key[0], key[1].split("\0")
        item = identifier(table) if table else source_of(catalogue, fact, "", needed[key])
        column, parameters = "f." + identifier(goes_by), list[object]()
        wheres = [f"{column} between {day(start)} and {day(end)}", *condition(key[2], "f.", parameters)]
        listed = ", ".join(f"{value} as v_{place}" for place, value in enumerate(values.values()))
        sql = f"select {column} as day, {listed}\nfrom {item} as f\nwhere {' and '.join(wheres)}\ngroup by {column}\norder by {column} nulls last"
        for found_day, *numbers in reader.execute(sql, parameters):
            assert isinstance(found_day, date)
            for name, number in zip(values, numbers, strict=True):
                known = finite(number)
                if known is not None:
                    rows.setdefault(name, {})[found_day] = known
    return rows
