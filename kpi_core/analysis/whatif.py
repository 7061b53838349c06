"""What-if: a KPI as exact arithmetic over its drivers, and what follows when drivers move. Pure numbers: fractions in, fractions out.

A tree holds every number that the KPI is made of. Its leaves are levers: they are moved by percent (NPS: by points), everything above
them follows by the formula, and nothing else changes. Association, not cause: moving one lever in reality may move another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from functools import cached_property
from itertools import combinations
from math import factorial

from kpi_core.engine import expression
from kpi_core.engine.expression import Binary, Constant, DivisorIsZero, Expr, Negative, Ref

Moves = Sequence[tuple[str, str]]  # (lever, percent or points as text), as `ViewState.moves`
Polynomial = list[Fraction]  # coefficients, constant first

STEPS = (1, 5, 10)
MAX_MOVED = 7  # levers whose effects are told apart: every order of moving them is weighed
LOWEST, HIGHEST = Fraction(-100), Fraction(1000)  # percent; nothing is less than nothing


class LeverKind(StrEnum):
    FACTOR = "factor"  # moved by percent of itself
    POINTS = "points"  # moved by points: NPS
    ASSUMPTION = "assumption"  # an elasticity that is believed, not measured; moved by percent of itself


@dataclass(frozen=True)
class Lever:
    """A leaf. `base` is its number now, in the unit of its KPI or measure."""

    id: str
    base: Fraction
    kind: LeverKind = LeverKind.FACTOR

    def moved(self, change: Fraction) -> Fraction:
        """The number after a move of `change` percent (points)."""
        return self.base + change if self.kind is LeverKind.POINTS else self.base * (1 + change / 100)

    def change_to(self, number: Fraction) -> Fraction | None:
        """The move that leads to `number`; None from zero."""
        if self.kind is LeverKind.POINTS:
            return number - self.base
        return (number / self.base - 1) * 100 if self.base else None


@dataclass(frozen=True)
class Node:
    """A number of the tree, in reading order: the root first, then what it is made of. `expr` is over lever ids; a lever's is itself."""

    id: str
    depth: int
    expr: Expr


@dataclass(frozen=True)
class Swing:
    """What the root gains when a lever alone moves: `effects[step]` is (down, up) for each of STEPS; None where it is not computable."""

    lever: str
    effects: Mapping[int, tuple[Fraction | None, Fraction | None]]

    @property
    def size(self) -> Fraction:
        """The largest effect, which ranks the levers."""
        return max((abs(effect) for pair in self.effects.values() for effect in pair if effect is not None), default=Fraction(0))


@dataclass(frozen=True)
class Tree:
    """A KPI and its drivers. `nodes[0]` is the KPI itself."""

    nodes: tuple[Node, ...]
    levers: tuple[Lever, ...]

    @property
    def root(self) -> Node:
        return self.nodes[0]

    @cached_property
    def by_id(self) -> Mapping[str, Lever]:
        return {lever.id: lever for lever in self.levers}

    def settings(self, moves: Moves = ()) -> dict[str, Fraction]:
        """The number of every lever; moves of levers that the tree does not have are left out."""
        values = {lever.id: lever.base for lever in self.levers}
        for lever, change in self.valid(moves).items():
            values[lever] = self.by_id[lever].moved(change)
        return values

    def valid(self, moves: Moves) -> dict[str, Fraction]:
        """The moves that mean something here, within what a number may become."""
        found = {}
        for lever, text in moves:
            if lever in self.by_id:
                change = Fraction(text)
                found[lever] = change if self.by_id[lever].kind is LeverKind.POINTS else min(HIGHEST, max(LOWEST, change))
        return {lever: change for lever, change in found.items() if change}

    def value(self, node: Node, moves: Moves = ()) -> Fraction | None:
        """A number of the tree after the moves; None when it divides by zero."""
        return _evaluated(node.expr, self.settings(moves))

    def swings(self, moves: Moves = ()) -> list[Swing]:
        """The tornado: each lever alone moved by ±1, ±5, ±10 percent (points) from where the moves have put it, the strongest first."""
        values = self.settings(moves)
        now = _evaluated(self.root.expr, values)
        found = []
        for lever in self.levers:
            if lever.kind is LeverKind.ASSUMPTION and not any(self.by_id[other].kind is LeverKind.POINTS for other in self.valid(moves)):
                continue
            at = Lever(lever.id, values[lever.id], lever.kind)
            effects = {}
            for step in STEPS:
                down, up = (_evaluated(self.root.expr, {**values, lever.id: at.moved(Fraction(way * step))}) for way in (-1, 1))
                effects[step] = (_less(down, now), _less(up, now))
            found.append(Swing(lever.id, effects))
        return sorted(found, key=lambda swing: swing.size, reverse=True)

    def shares(self, moves: Moves) -> dict[str, Fraction] | None:
        """What each move brings: its mean effect over every order of making them (Shapley). Sums exactly to scenario − base.

        None when a number on the way is not computable, or more than MAX_MOVED levers moved.
        """
        moved = self.valid(moves)
        names = list(moved)
        if len(names) > MAX_MOVED:
            return None
        before, after = self.settings(), self.settings(moves)
        worth: dict[frozenset[str], Fraction] = {}
        for size in range(len(names) + 1):
            for chosen in combinations(names, size):
                number = _evaluated(self.root.expr, {**before, **{name: after[name] for name in chosen}})
                if number is None:
                    return None
                worth[frozenset(chosen)] = number
        found = {}
        for name in names:
            others = [other for other in names if other != name]
            share = Fraction(0)
            for size in range(len(names)):
                weight = Fraction(factorial(size) * factorial(len(names) - size - 1), factorial(len(names)))
                for chosen in combinations(others, size):
                    share += weight * (worth[frozenset((*chosen, name))] - worth[frozenset(chosen)])
            found[name] = share
        return found

    def needed(self, lever: str, target: Fraction, moves: Moves = ()) -> Fraction | None:
        """The move (percent or points from the base, in place of its own) at which the lever alone brings the root to `target`, exactly.

        None when no move within its bounds does, or the formula is not linear in the lever over linear.
        """
        values = self.settings(moves)
        top, bottom = _rational(self.root.expr, lever, values)
        constant, slope = _at(top, 0) - target * _at(bottom, 0), _at(top, 1) - target * _at(bottom, 1)
        if max(len(top), len(bottom)) > 2 or not slope:
            return None
        number = -constant / slope
        if not _at(bottom, 0) + _at(bottom, 1) * number:
            return None
        at = self.by_id[lever]
        change = at.change_to(number)
        if change is None or (at.kind is not LeverKind.POINTS and not LOWEST <= change <= HIGHEST):
            return None
        return change


def elasticity(driver: str, effect: str, base: Fraction) -> Expr:
    """`1 + effect x (driver − base)`: what a KPI is multiplied by when it gains `effect` of itself for each point of the driver. Linear."""
    points = Binary("-", Ref(driver), Constant(base, str(float(base))))
    return Binary("+", Constant(Fraction(1), "1"), Binary("*", Ref(effect), points))


def _evaluated(expr: Expr, values: Mapping[str, Fraction]) -> Fraction | None:
    try:
        return expression.evaluate(expr, values)
    except DivisorIsZero:
        return None


def _less(number: Fraction | None, other: Fraction | None) -> Fraction | None:
    return None if number is None or other is None else number - other


def _at(polynomial: Polynomial, degree: int) -> Fraction:
    return polynomial[degree] if degree < len(polynomial) else Fraction(0)


def _sum(one: Polynomial, other: Polynomial, sign: int = 1) -> Polynomial:
    total = [_at(one, degree) + sign * _at(other, degree) for degree in range(max(len(one), len(other)))]
    while len(total) > 1 and not total[-1]:
        total.pop()
    return total


def _times(one: Polynomial, other: Polynomial) -> Polynomial:
    found = [Fraction(0)] * (len(one) + len(other) - 1)
    for left, first in enumerate(one):
        for right, second in enumerate(other):
            found[left + right] += first * second
    while len(found) > 1 and not found[-1]:
        found.pop()
    return found


def _rational(expr: Expr, lever: str, values: Mapping[str, Fraction]) -> tuple[Polynomial, Polynomial]:
    """The formula as a quotient of polynomials in one lever, the others at their values."""
    one = [Fraction(1)]
    if isinstance(expr, Ref) and expr.key == lever:
        return [Fraction(0), Fraction(1)], one
    if isinstance(expr, Negative):
        top, bottom = _rational(expr.of, lever, values)
        return _times([Fraction(-1)], top), bottom
    if not isinstance(expr, Binary):
        number = expression.evaluate(expr, values)
        return [number or Fraction(0)], one
    (top, bottom), (other, under) = _rational(expr.left, lever, values), _rational(expr.right, lever, values)
    if expr.op == "*":
        return _times(top, other), _times(bottom, under)
    if expr.op == "/":
        return _times(top, under), _times(bottom, other)
    if bottom == under:
        return _sum(top, other, 1 if expr.op == "+" else -1), bottom
    return _sum(_times(top, under), _times(other, bottom), 1 if expr.op == "+" else -1), _times(bottom, under)
