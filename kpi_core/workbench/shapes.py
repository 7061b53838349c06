"""The days of other years that phased targets ask for, read once a generation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from threading import Lock

from kpi_core.engine.days import Days, amounts, reach
from kpi_core.engine.run import Engine
from kpi_core.objectives.shapes import Scope
from kpi_core.view import Filter

_Key = tuple[str, str | None, tuple[Filter, ...], int]


class EngineShapes:
    """One statement per KPI, dimension and year, when the first target asks; all members and the whole come with it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._known: dict[_Key, Mapping[str | None, Days]] = {}
        self._lock = Lock()

    def daily(self, kpi: str, scope: Scope, start: date, end: date) -> Mapping[date, Fraction] | None:
        """See `kpi_core.objectives.shapes.Shapes`. Values of one dimension are summed, the other dimensions are filters."""
        loaded = reach(self._engine, kpi)
        if loaded is None or start < loaded[0] or end > loaded[1]:
            return None
        cut = next((dim for dim in reversed(list(scope)) if self._engine.catalogue.refused(kpi, dim) is None), None)
        where = tuple(Filter(dim, tuple(sorted(values))) for dim, values in sorted(scope.items()) if dim != cut)
        found: dict[date, Fraction] = {}
        for year in range(start.year, end.year + 1):
            members = self._year(kpi, cut, where, year, loaded)
            for name in [None] if cut is None else sorted(scope[cut]):
                for day, amount in members.get(name, {}).items():
                    found[day] = found.get(day, Fraction(0)) + amount
        return found

    def _year(self, kpi: str, cut: str | None, where: tuple[Filter, ...], year: int, loaded: tuple[date, date]) -> Mapping[str | None, Days]:
        """A year as far as it is loaded; without a cut, the whole of any cut will do."""
        with self._lock:
            for key, members in self._known.items():
                if key == (kpi, key[1], where, year) and cut in (key[1], None):
                    return members
            start, end = max(loaded[0], date(year, 1, 1)), min(loaded[1], date(year, 12, 31))
            found = self._known[kpi, cut, where, year] = amounts(self._engine, kpi, cut, where, start, end)
            return found
