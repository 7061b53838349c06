"""A customer who is to be forgotten, and what the log says of those who were: kinds, counts and loads, never an identifier."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Person:
    """What of a customer would go. `kinds`: identifiers by kind ('' where no row names it); `rows`: by load and dataset how many name them.

    `apart`: identifiers that stand with these, too many to be one person: they stay. `before`: asked for and forgotten already.
    """

    hashes: frozenset[int]
    kinds: tuple[tuple[str, int], ...]
    rows: Mapping[int, Mapping[str, int]]
    apart: int = 0
    before: int = 0

    @property
    def total(self) -> int:
        return sum(count for found in self.rows.values() for count in found.values())


@dataclass(frozen=True)
class Forgetting:
    """An erasure as the manifest tells it: when, under which number, and how many rows of which loads."""

    at: datetime
    receipt: str
    rows: tuple[tuple[int, int], ...]  # (load, rows)

    @property
    def total(self) -> int:
        return sum(count for _, count in self.rows)
