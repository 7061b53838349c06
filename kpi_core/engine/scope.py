"""The scope of whoever asks: stores and channels that every question is narrowed to. The reader below it sees no others (`store.scoped`).

A question is narrowed where it is planned, so that a KPI that cannot be filtered so says why instead of showing the figure of everybody,
targets are those of the scope, and what was prepared for one store or channel is found.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kpi_core.errors import UsageError, said
from kpi_core.view import Filter


@dataclass(frozen=True)
class Scope:
    """`filters`: one of each limited dimension; none where everything is seen."""

    filters: tuple[Filter, ...] = ()

    @classmethod
    def of(cls, members: Mapping[str, frozenset[str]]) -> Scope:
        return cls(tuple(Filter(dim, tuple(sorted(members[dim]))) for dim in sorted(members, reverse=True)))  # the store, then the channel

    def members(self) -> dict[str, tuple[str, ...]]:
        """The visible members by dimension, as `open_reader` takes them."""
        return {step.dim: tuple(value for value in step.values if value) for step in self.filters}

    def __bool__(self) -> bool:
        return bool(self.filters)

    def narrow(self, where: tuple[Filter, ...]) -> tuple[Filter, ...]:
        """The filters inside the scope: its own first where nothing is said of their dimension, then those given, in their order.

        Raises UsageError where nothing of the scope is left.
        """
        if not self.filters:
            return where
        limits = {item.dim: item.values for item in self.filters}
        steps: list[Filter] = []
        for step in where:
            if step.dim in limits:
                values = tuple(value for value in limits[step.dim] if (value in step.values) != step.exclude)
                if not values:
                    raise outside(step, limits[step.dim])
                limits[step.dim] = values  # further filters of the dimension narrow what is left
                steps = [other for other in steps if other.dim != step.dim]
                step = Filter(step.dim, values)
            steps.append(step)
        named = {step.dim for step in steps}
        return (*(item for item in self.filters if item.dim not in named), *steps)

    def beyond(self, where: tuple[Filter, ...]) -> tuple[Filter, ...]:
        """The filters without those that only repeat the scope."""
        return tuple(step for step in where if step not in self.filters)


NO_SCOPE = Scope()


def outside(step: Filter, seen: tuple[str | None, ...]) -> UsageError:
    names = ", ".join(value or "-" for value in step.values)
    what = said("{names} lies outside what you see", names=("≠ " if step.exclude else "") + names)
    return UsageError(what, hint=said("config/access.yaml shows you: {names}", names=", ".join(str(value) for value in seen)))
