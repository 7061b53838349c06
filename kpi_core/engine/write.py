"""What the engine's statements are written with: numbered days, conditions, the rows of a fact, levels carried forward."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date

from kpi_core.engine import conversions, predicate, relation
from kpi_core.engine.catalogue import Catalogue
from kpi_core.engine.predicate import Literal, Operation, alike, identifier
from kpi_core.view import Filter


@dataclass(frozen=True)
class Statement:
    """`sql` with its positional `parameters`; `columns` names the output columns in order."""

    sql: str
    parameters: tuple[object, ...]
    columns: tuple[str, ...]


@dataclass
class Writer:
    """Collects common table expressions and the parameters in the order their marks are written. `held`: see `sql.render`."""

    parts: list[str] = field(default_factory=list)
    parameters: list[object] = field(default_factory=list)
    held: str = ""
    whole: str = ""  # see `coverage.Loaded`

    def all_of(self, item: str) -> str:
        """The FROM item with the rows that are not visible too, where it is a table by itself: to know days and keys, never to sum."""
        return item if item.startswith("(") else self.whole + item

    def add(self, head: str, body: str) -> None:
        self.parts.append(f"{head} as (\n{indent(body)}\n)")


def indent(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())


def day(value: date) -> str:
    return f"date '{value.isoformat()}'"


STALE = "too_old"
STILL_COUNTS = Operation("=", (predicate.Column(STALE), Literal("number", "0")))  # the row of a key that is not stale


def latest_sql(catalogue: Catalogue, measure: str, item: str, days: str, date_column: str, per: Sequence[str]) -> str:
    """The last day of every key up to the end of each slot, whatever is filtered: a level is looked at as of that day."""
    where = catalogue.measures[measure].where
    keys = [f"f.{identifier(key)}" for key in per]
    kept = f"\nwhere {predicate.condition_sql(where, 'f.')}" if where is not None else ""
    return (
        f"select s.slot as slot, s.end_day as end_day, {', '.join(f'{key} as {key[2:]}' for key in keys)}, max({date_column}) as last_day\n"
        f"from {item} as f join {days} as s on {date_column} <= s.end_day{kept}\ngroup by s.slot, s.end_day, {', '.join(keys)}"
    )


def carried_joins(latest: str, days: str, date_column: str, per: Sequence[str]) -> list[str]:
    """Only the rows of a key's last day, for every slot (and day) that they are carried to."""
    same = " and ".join(alike(f"c.{identifier(key)}", f"f.{identifier(key)}") for key in per)
    return [f"join {latest} as c on c.last_day = {date_column} and {same}", f"join {days} as s on s.slot = c.slot and s.end_day = c.end_day"]


def carried_columns(date_column: str, per: Sequence[str]) -> list[str]:
    """Whether a row is too old, and its place among the rows of its key: a key is counted once."""
    parts = ", ".join(["s.slot", "s.end_day", *(f"f.{identifier(key)}" for key in per)])
    place = f"row_number() over (partition by {parts} order by {date_column} nulls last) as place"
    return [f"case when {date_column} < s.start_day then 1 else 0 end as {STALE}", place]


def condition(filters: Sequence[Filter], prefix: str, parameters: list[object]) -> list[str]:
    """Filters as SQL conditions; their values are appended to `parameters`. An empty value means rows without a value."""
    found = []
    for item in filters:
        column = prefix + identifier(item.dim)
        values = [value for value in item.values if value not in (None, "")]
        empty = len(values) < len(item.values)
        parameters.extend(values)
        marks = ", ".join("?" for _ in values)
        if item.exclude:
            parts = ([f"{column} not in ({marks})"] if values else []) if empty else [f"({column} not in ({marks}) or {column} is null)"] if values else []
            found += [f"{column} is not null", *parts] if empty else parts
        elif values and empty:
            found.append(f"({column} in ({marks}) or {column} is null)")
        elif values:
            found.append(f"{column} in ({marks})")
        else:
            found.append(f"{column} is null" if empty else "1 = 0")
    return found


def source_of(catalogue: Catalogue, fact: str, measure: str, needed: Collection[str]) -> str:
    """The FROM item of a fact with the needed names; `measure` is a conversion where it counts one."""
    conversion = catalogue.measures[measure].conversion if measure else None
    if conversion is not None:
        return conversions.source(catalogue.file, conversion, needed, catalogue.columns)
    return relation.source(catalogue.file, fact, needed, catalogue.columns)


def among(numbers: Sequence[int], count: int) -> str:
    """`g.slot` is one of `numbers`, written as ranges: a long IN list is planned as a join."""
    if len(numbers) == count:
        return "g.slot >= 0"
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    tests = [f"g.slot = {first}" if first == last else f"g.slot between {first} and {last}" for first, last in ranges]
    return tests[0] if len(tests) == 1 else f"({' or '.join(tests)})"
