"""What is loaded: first and last day per star table, over all and by channel and store. Decides clamping and when nothing means zero."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Protocol

from kpi_core.engine.result import Coverage
from kpi_core.store.scoped import MART
from kpi_core.view import Filter

PROVEN_BY = ("channel", "store")  # dimensions whose members have their own coverage rows
COVERAGE_SQL = 'select "table", dim, member, "first", "last" from coverage'


WHOLE = f"{MART}."
CLOSED_DAYS = 2  # a shop may be closed that long: its last sale need not be the last day loaded


def settled(start: date, end: date) -> date:
    """The day that a channel or store must reach to count as loaded for start..end: within it, and at most CLOSED_DAYS before its end."""
    return max(start, end - timedelta(days=CLOSED_DAYS))


class Reader(Protocol):
    """Runs SQL on the published star; see `kpi_core.store`."""

    def execute(self, sql: str, parameters: Sequence[object] = (), /) -> list[tuple[Any, ...]]: ...


@dataclass(frozen=True)
class Loaded:
    """Coverage rows by (table, dim): member -> (first, last).

    `whole` stands before the name of a table that is read whole where only a part of its rows is visible: for days on which it is known.
    """

    spans: Mapping[tuple[str, str], Mapping[str, tuple[date, date]]]
    whole: str = ""

    @classmethod
    def read(cls, reader: Reader) -> Loaded:
        return cls.of(reader.execute(COVERAGE_SQL))

    @classmethod
    def of(cls, rows: Iterable[tuple[object, ...]]) -> Loaded:
        spans: dict[tuple[str, str], dict[str, tuple[date, date]]] = {}
        for table, dim, member, first, last in rows:
            if isinstance(first, date) and isinstance(last, date):
                spans.setdefault((str(table), str(dim or "")), {})[str(member or "")] = (first, last)
        return cls(spans)

    def span(self, table: str) -> tuple[date, date] | None:
        """First and last loaded day of a table; None when it was never loaded."""
        whole = self.spans.get((table, ""), {})
        return whole.get("") or next(iter(whole.values()), None)

    def describe(self, fact: str, table: str) -> Coverage:
        """The table's coverage as shown to people; `late`: channels and stores that end before the table does."""
        span = self.span(table)
        if span is None:
            return Coverage(fact, None, None)
        late = [(member, last) for dim in PROVEN_BY for member, (_, last) in sorted(self.spans.get((table, dim), {}).items()) if last < span[1]]
        return Coverage(fact, span[0], span[1], tuple(late))

    def proves(self, table: str, start: date, end: date, filters: Iterable[Filter]) -> bool:
        """True when the table was loaded over all of start..end, also for the channels and stores that the filters name."""
        span = self.span(table)
        if span is None or start < span[0] or end > span[1]:
            return False
        for item in filters:
            if item.exclude or item.dim not in PROVEN_BY:
                continue
            known = self.spans.get((table, item.dim), {})
            named = [known[value] for value in item.values if value is not None and value in known]
            if not named or any(start < first or last < settled(start, end) for first, last in named):
                return False
        return True
