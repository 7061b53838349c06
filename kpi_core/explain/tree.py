"""Trees of drivers: a KPI as a product of others, which may be products themselves; every factor gets its exact share of the change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product as every
from math import prod

from kpi_core.errors import said
from kpi_core.explain.chain import MAX_FACTORS, product
from kpi_core.explain.parts import CannotExplain, Explanation, Part, PartKind

# Values that come as doubles agree with a product to this; those made of exact measures agree exactly.
AGREES = Fraction(1, 10**9)


@dataclass(frozen=True)
class Node:
    """A KPI before and after. `power` is 1 for a factor and -1 for a divisor of its parent; without children it is a factor itself."""

    kpi: str
    before: Fraction
    after: Fraction
    power: int = 1
    children: tuple[Node, ...] = ()

    def leaves(self, power: int = 1) -> Iterator[tuple[Node, int]]:
        """The factors below, each with the sign of its exponent in the whole."""
        own = power * self.power
        if not self.children:
            yield self, own
        for child in self.children:
            yield from child.leaves(own)


@dataclass(frozen=True)
class TreeExplanation:
    """`effects`: the change in parts of the factors. `amounts`: part of every node of the tree, by its path of KPI ids; inner nodes sum their own."""

    root: Node
    effects: Explanation
    amounts: Mapping[tuple[str, ...], Fraction]


def grown(kpi: str, values: Mapping[str, tuple[Fraction, Fraction]], drivers: Mapping[str, Sequence[str]], room: int = MAX_FACTORS) -> Node:
    """The tree under a KPI as far as the products hold: a KPI whose drivers do not make it up stays a factor.

    `values`: (before, after) of every KPI known; `room`: factors that the tree may have in all.
    """
    return _grown(kpi, values, drivers, room, 1, ())


def _grown(
    kpi: str, values: Mapping[str, tuple[Fraction, Fraction]], drivers: Mapping[str, Sequence[str]], room: int, power: int, above: tuple[str, ...]
) -> Node:
    before, after = values[kpi]
    names = list(drivers.get(kpi, ()))
    leaf = Node(kpi, before, after, power)
    if not names or len(names) > room or kpi in above or any(name not in values for name in names):
        return leaf
    powers = _powers(values[kpi], [values[name] for name in names])
    if powers is None:
        return leaf
    children: list[Node] = []
    left = room - len(names)
    for name, own in zip(names, powers, strict=True):
        child = _grown(name, values, drivers, left + 1, own, (*above, kpi))
        left -= sum(1 for _ in child.leaves()) - 1
        children.append(child)
    return Node(kpi, before, after, power, tuple(children))


def _powers(whole: tuple[Fraction, Fraction], factors: Sequence[tuple[Fraction, Fraction]]) -> tuple[int, ...] | None:
    """Which factors multiply and which divide to give the whole in both periods; None when none does."""
    for powers in every((1, -1), repeat=len(factors)):
        if all(_holds(whole[at], [factor[at] for factor in factors], powers) for at in (0, 1)):
            return powers
    return None


def _holds(whole: Fraction, factors: Sequence[Fraction], powers: Sequence[int]) -> bool:
    if any(power < 0 and not factor for factor, power in zip(factors, powers, strict=True)):
        return False
    found = prod((factor**power for factor, power in zip(factors, powers, strict=True)), start=Fraction(1))
    return abs(found - whole) <= AGREES * max(abs(whole), abs(found))


def tree(root: Node) -> TreeExplanation:
    """The change of the root in parts of its factors by Shapley's value; raises CannotExplain for a KPI without drivers that make it up.

    What doubles leave between the product and the value is a part of its own, and nothing where measures are exact.
    """
    if not root.children:
        raise CannotExplain(said("no drivers multiply to this KPI here"))
    factors = list(root.leaves())
    before, after = ([(node.before, node.after)[at] ** power for node, power in factors] for at in (0, 1))
    chain = product([str(place) for place in range(len(factors))], before, after)
    gap = root.after - root.before
    loose = gap - chain.gap
    parts = [Part(PartKind.DRIVER, node.kpi, part.amount) for (node, _), part in zip(factors, chain.parts, strict=True)]
    effects = Explanation("product of drivers", gap, (*parts, *((Part(PartKind.EFFECT, "rounding", loose),) if loose else ())))
    amounts: dict[tuple[str, ...], Fraction] = {}
    shares = iter(part.amount for part in chain.parts)

    def add(node: Node, path: tuple[str, ...]) -> Fraction:
        here = (*path, node.kpi)
        amount = sum((add(child, here) for child in node.children), Fraction(0)) if node.children else next(shares)
        amounts[here] = amount
        return amount

    add(root, ())
    return TreeExplanation(root, effects, amounts)
