"""What an explanation is: a gap and the exact parts that make it up. One that does not add up cannot be built."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from kpi_core.errors import QueryError


class Unbalanced(ArithmeticError):
    """Parts that do not sum to their gap: a mistake in a method, never in the data."""


class CannotExplain(QueryError):
    """There is no exact explanation here; says why."""


class PartKind(StrEnum):
    MEMBER = "member"
    OVERLAP = "overlap"  # whole − sum of members, when a thing may lie in several members
    UNALLOCATED = "unallocated"  # target of the whole that no member was given
    DRIVER = "driver"  # a factor of a product
    EFFECT = "effect"  # rate, mix, price, volume …


@dataclass(frozen=True)
class Part:
    """`amount` is in the unit of the KPI. `key`: member, driver or effect; '' for rows that are none."""

    kind: PartKind
    key: str
    amount: Fraction


@dataclass(frozen=True)
class Explanation:
    """`gap` = the exact sum of `parts`; building one that does not balance raises Unbalanced.

    `own`: for members with a target of their own, their part against that one. It does not sum to the gap and only tells who is to blame:
    a marketplace with small baskets pulls the mean below its target though it does all that was asked of it.
    """

    method: str
    gap: Fraction
    parts: tuple[Part, ...]
    own: Mapping[str, Fraction] = field(default_factory=dict)

    def __post_init__(self) -> None:
        found = sum((part.amount for part in self.parts), Fraction(0))
        if found != self.gap:
            raise Unbalanced(f"{self.method}: the parts sum to {found}, the gap is {self.gap}")

    def members(self) -> Mapping[str, Fraction]:
        """The part of each member."""
        return {part.key: part.amount for part in self.parts if part.kind is PartKind.MEMBER}

    def amount(self, kind: PartKind, key: str = "") -> Fraction | None:
        """The amount of one part; None when there is no such part."""
        return next((part.amount for part in self.parts if part.kind is kind and part.key == key), None)

    @property
    def opposing(self) -> bool:
        """Whether large parts cancel out: the gap hides more than it shows (sum of sizes over three times the gap)."""
        return sum((abs(part.amount) for part in self.parts), Fraction(0)) > 3 * abs(self.gap)


def rest(kind: PartKind, amount: Fraction) -> tuple[Part, ...]:
    """A row for what members leave over, or none when they leave nothing."""
    return (Part(kind, "", amount),) if amount else ()
