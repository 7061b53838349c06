"""A target with its split laid over days so that parts and whole agree on every single day.

Where the shape of another year counts, members have shapes of their own (the marketplace has another December than a shop). The
whole then is the sum of its members' days and of the rest that no member got; were it laid over the days by its own shape, the
parts of a fully divided year would miss or exceed it in November. A second split of the same whole takes each day's share of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from kpi_core.objectives.phasing import Phasing, Shape
from kpi_core.objectives.schedule import InShapeOf, Phased, Piece, Schedule, Summed
from kpi_core.objectives.shapes import Scope

Amounts = dict[str, Fraction]  # per range text; the key '' when the number does not name its range
Owner = tuple[str, str] | None  # (dimension, member) whose target a split divides; None: the whole
Schedules = dict[Owner, Schedule]


@dataclass(frozen=True)
class Laid:
    """`pieces` gives amounts their ranges; `shape` the shape of the first of some scopes that has data; `scope` is the target's own."""

    phasing: Phasing
    parts: Mapping[str, Mapping[str, Amounts]]
    owners: Mapping[tuple[str, str], Owner]
    pieces: Callable[[Amounts], tuple[Piece, ...]]
    shape: Callable[[tuple[Scope, ...]], Shape]
    scope: Scope

    def schedules(self, whole: Amounts) -> Schedules:
        """The schedule of the whole under None, and of every (dimension, member)."""
        found: Schedules = {}
        found[None] = self._node(None, whole, (self.scope,), found)
        return found

    def _node(self, owner: Owner, amounts: Amounts, scopes: tuple[Scope, ...], found: Schedules) -> Phased | Summed:
        """The schedule of what `owner` stands for; those of its parts go to `found`."""
        inside = self._inside(owner)
        if not inside:
            return self._phased(amounts, scopes)
        if self.phasing.like is None:
            plain = self._phased(amounts, scopes)
            for dim, members in inside.items():
                for member in members:
                    found[dim, member] = self._node((dim, member), self.parts[dim][member], (), found)
            return plain
        first, *others = inside
        nodes: list[Phased | Summed] = []
        rest = dict(amounts)
        for member in inside[first]:
            part = self._node((first, member), self.parts[first][member], ({**self.scope, first: frozenset({member})}, self.scope), found)
            found[first, member] = part
            nodes.append(part)
            for text, amount in self.parts[first][member].items():
                rest[text] -= amount
        whole = Summed(tuple(nodes), self._phased(rest, scopes))
        for dim in others:
            for member in inside[dim]:
                self._follow((dim, member), whole, found)
        return whole

    def _follow(self, part: tuple[str, str], whole: Summed, found: Schedules) -> None:
        """A part, and the parts of it, take their share of every day of `whole`."""
        found[part] = InShapeOf(self.pieces(self.parts[part[0]][part[1]]), whole)
        for dim, members in self._inside(part).items():
            for member in members:
                self._follow((dim, member), whole, found)

    def _inside(self, owner: Owner) -> dict[str, list[str]]:
        """Parts that divide what `owner` stands for, by dimension."""
        found: dict[str, list[str]] = {}
        for (dim, member), its in self.owners.items():
            if its == owner:
                found.setdefault(dim, []).append(member)
        return found

    def _phased(self, amounts: Amounts, scopes: tuple[Scope, ...]) -> Phased:
        return Phased(self.pieces(amounts), self.shape(scopes))
