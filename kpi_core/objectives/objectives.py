"""Objectives ready to ask: the target of any cell, of the members of a cut, and who does what about a KPI."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from kpi_core.engine.result import Period
from kpi_core.errors import said
from kpi_core.objectives.exact import decimal
from kpi_core.objectives.model import Behaviour, Entry, PlannedAction, ResolvedTarget, SplitTargets
from kpi_core.objectives.schedule import Scheduled
from kpi_core.view import Filter

# The values a question asks of each dimension; None: everything but some values, which no written scope can equal.
Asked = dict[str, frozenset[str] | None]


@dataclass(frozen=True)
class Objectives:
    """Checked objectives; build them with `kpi_core.objectives.build`. Entries keep the order of the file."""

    entries: Mapping[str, tuple[Entry, ...]] = field(default_factory=dict)  # by KPI
    actions: Mapping[str, tuple[PlannedAction, ...]] = field(default_factory=dict)  # by KPI

    def target_for(self, kpi: str, where: tuple[Filter, ...], period: Period, narrow: Collection[str] = ()) -> ResolvedTarget | None:
        """The target of a cell, or None.

        A rate's target holds for every part of its scope unless a narrower one is written; an amount's target holds for its own
        scope only, and filters on several members of a split add their targets up.
        """
        return self._resolve(kpi, _asked(where), period)

    def split_targets(
        self, kpi: str, where: tuple[Filter, ...], by: str, period: Period, members: Iterable[str] = (), narrow: Collection[str] = ()
    ) -> SplitTargets:
        """Targets of the members of `by` under `where`: those written, and (rates) those of the given `members` that inherit one."""
        asked, only = _asked(where), frozenset(narrow)
        total = self._resolve(kpi, asked, period, only)
        names = dict.fromkeys(name for entry in self.entries.get(kpi, ()) for name in sorted(entry.scope.get(by, ())))
        names.update(dict.fromkeys(members))
        kept = asked.get(by, frozenset(names))
        found = {}
        for name in names:
            if kept is None or name not in kept:
                continue
            target = self._resolve(kpi, {**asked, by: frozenset({name})}, period, only)
            if target is not None:
                found[name] = target
        adds_up = any(entry.behaviour.adds_up for entry in self.entries.get(kpi, ()))
        rest = total.amount - sum((target.amount for target in found.values()), Fraction(0)) if total and found and adds_up else None
        return SplitTargets(total, found, rest)

    def owner(self, kpi: str) -> str:
        """Who answers for the KPI, '' when nobody is written."""
        return next((entry.owner for entry in self.entries.get(kpi, ()) if entry.owner), "")

    def actions_for(self, kpi: str) -> tuple[PlannedAction, ...]:
        """Actions written for the KPI, open ones first, in the order of the file."""
        return tuple(sorted(self.actions.get(kpi, ()), key=lambda action: action.status in ("done", "dropped")))

    def _resolve(self, kpi: str, asked: Asked, period: Period, narrow: frozenset[str] = frozenset()) -> ResolvedTarget | None:
        fitting = []
        for entry in self.entries.get(kpi, ()):
            if not _fits(entry, asked) or not narrow & set(asked) <= set(entry.scope):
                continue
            scheduled = entry.schedule.on(period.start, period.end)  # last: it sums the days of the period exactly
            if scheduled is not None:
                fitting.append((entry, scheduled))
        if fitting:
            # Most dimensions first, then the fewest values: the narrowest target that holds here.
            entry, scheduled = max(fitting, key=lambda pair: (len(pair[0].scope), -sum(map(len, pair[0].scope.values()))))
            return _target(entry, scheduled)
        return self._summed(kpi, asked, period)

    def _summed(self, kpi: str, asked: Asked, period: Period) -> ResolvedTarget | None:
        if not any(entry.behaviour.adds_up for entry in self.entries.get(kpi, ())):
            return None
        for dim, values in asked.items():
            if values is None or len(values) < 2:
                continue
            parts = [self._resolve(kpi, {**asked, dim: frozenset({value})}, period) for value in sorted(values)]
            known = [part for part in parts if part is not None]
            if len(known) < len(parts):
                continue
            amount = sum((part.amount for part in known), Fraction(0))
            limits = [part.near for part in known if part.near is not None]
            return ResolvedTarget(
                number=decimal(amount),
                bound=known[0].bound,
                objective=known[0].objective,
                file=known[0].file,
                line=known[0].line,
                note=said("sum of the targets of {members}", members=", ".join(sorted(values))),
                edge=decimal(sum(limits, Fraction(0))) if len(limits) == len(known) else None,
                amount=amount,
                near=sum(limits, Fraction(0)) if len(limits) == len(known) else None,
                floor_kpi=known[0].floor_kpi,
                owner=known[0].owner,
            )
        return None


def _asked(where: tuple[Filter, ...]) -> Asked:
    asked: Asked = {}
    for step in where:
        values = frozenset(value or "" for value in step.values)
        before = asked.get(step.dim, values)
        asked[step.dim] = None if step.exclude or before is None else before & values
    return asked


def _fits(entry: Entry, asked: Asked) -> bool:
    for dim, value in entry.implied.items():
        if dim in asked and asked[dim] != frozenset({value}):
            return False
    if entry.behaviour is Behaviour.RATE:
        for dim, scope in entry.scope.items():
            values = asked.get(dim)
            if not values or not values <= scope:
                return False
        return True
    return entry.scope == {dim: values for dim, values in asked.items() if dim not in entry.implied}


def _target(entry: Entry, scheduled: Scheduled) -> ResolvedTarget:
    near = entry.band.limit(scheduled.amount) if entry.band else None
    return ResolvedTarget(
        number=decimal(scheduled.amount),
        bound=entry.bound,
        objective=entry.objective,
        file=entry.file,
        line=entry.line,
        note=scheduled.note,
        edge=None if near is None else decimal(near),
        amount=scheduled.amount,
        near=near,
        floor_kpi=entry.floor_kpi,
        owner=entry.owner,
    )
