"""What an objective is once its file is read: targets with a scope, a schedule and a band."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import Protocol

from kpi_core import pages
from kpi_core.config.model import Text
from kpi_core.engine.calendars import Calendar
from kpi_core.objectives.bands import Band
from kpi_core.objectives.schedule import Schedule
from kpi_core.view import Filter


class Behaviour(StrEnum):
    """How a KPI joins: `SUM` over days and members (revenue), `LEVEL` over members only (stock), `RATE` and `DISTINCT` over neither.

    A rate's target also holds for the parts of its scope; that of a distinct count (buyers) does not.
    """

    SUM = "sum"
    LEVEL = "level"
    RATE = "rate"
    DISTINCT = "distinct"

    @property
    def adds_up(self) -> bool:
        """Whether members sum to the whole."""
        return self in (Behaviour.SUM, Behaviour.LEVEL)


class CatalogueLike(Protocol):
    """What objectives need to know of the KPIs they name."""

    def kpis(self) -> Collection[str]: ...

    def good(self, kpi: str) -> str:
        """up, down or none."""

    def unit(self, kpi: str) -> str: ...

    def behaviour(self, kpi: str) -> Behaviour: ...

    def dims(self, kpi: str) -> Collection[str]:
        """Dimensions the KPI may be cut by."""

    def filters(self, kpi: str) -> Collection[str]:
        """Dimensions the KPI may be filtered by."""

    def members(self, dim: str) -> Collection[str] | None:
        """Values of a dimension; None when they are not known, and then not checked."""

    @property
    def calendar(self) -> Calendar:
        """What the ranges of targets are read in, with the events that phasing may move."""


class HasUnit(Protocol):
    """The two properties of a KPI that decide how a difference reads; `pages.KpiInfo` has them."""

    @property
    def unit(self) -> str: ...

    @property
    def good(self) -> str: ...


@dataclass(frozen=True)
class Entry:
    """One target for one scope. `implied` are dimensions that a member of the scope settles (store -> channel): a filter on them may be there or not."""

    kpi: str
    scope: Mapping[str, frozenset[str]]
    implied: Mapping[str, str]
    schedule: Schedule
    band: Band | None
    bound: str
    behaviour: Behaviour
    floor_kpi: str | None
    objective: str
    owner: str
    file: str
    line: int


@dataclass(frozen=True)
class ResolvedTarget(pages.Target):
    """A target for one cell, with what judging needs: its exact `amount` and `near`, the last value that is still near it."""

    amount: Fraction = Fraction(0)
    near: Fraction | None = None
    floor_kpi: str | None = None
    owner: str = ""


@dataclass(frozen=True)
class SplitTargets:
    """Targets of the members of one dimension. `unallocated`: what the total's target gives to no member; None for rates and without a split."""

    total: ResolvedTarget | None
    members: Mapping[str, ResolvedTarget] = field(default_factory=dict)
    unallocated: Fraction | None = None


@dataclass(frozen=True)
class PlannedAction:
    """What is being done for a KPI, as written beside its objective. Dates are texts, empty when not written; no `where`: everywhere."""

    id: str
    name: Text
    objective: Text
    owner: str
    start: str
    due: str
    status: str
    file: str
    line: int
    where: tuple[Filter, ...] = ()
    cause: Text | None = None
    note: Text | None = None
    kpis: tuple[str, ...] = ()

    @property
    def open(self) -> bool:
        """Still to be done or under way."""
        return self.status in ("planned", "running")

    def bears_on(self, where: tuple[Filter, ...]) -> bool:
        """Whether it concerns a scope: one that lies inside its own `where`, or one that its own lies inside."""
        mine, asked = _values(self.where), _values(where)
        if not set(mine) <= set(asked) and not set(asked) <= set(mine):
            return False
        return all(mine[dim] & asked[dim] for dim in mine.keys() & asked.keys())


def _values(where: tuple[Filter, ...]) -> dict[str, frozenset[str]]:
    """Values asked for by dimension; steps that leave values out ask for none in particular."""
    return {step.dim: frozenset(value or "" for value in step.values) for step in where if not step.exclude}
