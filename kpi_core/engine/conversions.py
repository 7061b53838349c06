"""Conversions as a measure: the rows of `base`, each with the number of `event` rows that it led to.

Every event is matched to one base row at most: same entity (and `held` columns), not later, within the window; of several the latest,
and on one date the one with the lowest grain key, so that the answer never depends on the order of rows.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from kpi_core.config.model import Conversion, KpiFile
from kpi_core.engine import relation
from kpi_core.engine.predicate import alike, identifier

COLUMN = "converted"  # events that a base row led to; null when none
_WINDOW = re.compile(r"(\d{1,4}) +(day|week|month|year)s?")


def measure_names(name: str) -> tuple[str, str]:
    """The measures behind a conversion: events counted, base rows. No name of a user's has a double underscore."""
    return f"{name}__events", f"{name}__base"


def window_of(spec: Conversion) -> tuple[int, str] | None:
    """(count, unit) of the window; None when there is none. Raises ValueError."""
    if spec.window is None:
        return None
    found = _WINDOW.fullmatch(spec.window.strip())
    if found is None:
        raise ValueError(spec.window)
    return int(found[1]), found[2]


def source(file: KpiFile, spec: Conversion, needed: Collection[str], columns: relation.Columns) -> str:
    """A FROM item with the needed names of the base fact and `COLUMN`."""
    base, event = file.facts[spec.base], file.facts[spec.event]
    same = (spec.entity, *spec.held)
    names = sorted({*needed, *base.grain} - {COLUMN})
    rows = relation.source(file, spec.base, names, columns)
    bases = relation.source(file, spec.base, {*base.grain, base.date, *same}, columns)
    events = relation.source(file, spec.event, {*event.grain, event.date, *same}, columns)
    pairs = [f"b.{identifier(name)} = e.{identifier(name)}" for name in same]
    base_date, event_date = f"b.{identifier(base.date)}", f"e.{identifier(event.date)}"
    pairs.append(f"{base_date} <= {event_date}")
    window = window_of(spec)
    if window is not None:
        pairs.append(f"{base_date} > {event_date} - interval '{window[0]}' {window[1]}")
    keys = [identifier(name) for name in base.grain]
    order = ", ".join([f"{base_date} desc nulls last", *(f"b.{key} asc nulls last" for key in keys)])
    each = ", ".join(f"e.{identifier(name)}" for name in event.grain)
    listed = ", ".join(f"b.{key} as {key}" for key in keys)
    first = f"row_number() over (partition by {each} order by {order}) as place"
    ranked = f"select {listed}, {first}\n    from {events} as e join {bases} as b on {' and '.join(pairs)}"
    grouped = ", ".join(f"m.{key}" for key in keys)
    chosen = ", ".join(f"m.{key} as {key}" for key in keys)
    counted = f"select {chosen}, count(*) as {COLUMN}\n  from (\n    {ranked}\n  ) as m where m.place = 1 group by {grouped}"
    outputs = ", ".join([*(f"r.{identifier(name)} as {identifier(name)}" for name in names), f"c.{COLUMN} as {COLUMN}"])
    joined = " and ".join(alike(f"r.{key}", f"c.{key}") for key in keys)
    return f"(\n  select {outputs}\n  from {rows} as r left join (\n  {counted}\n  ) as c on {joined}\n)"
