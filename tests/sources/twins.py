"""A made-up file in a vendor's layout, with the traps of that layout."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Twin:
    """`profile` must be the only one to claim the file. `data` as it lies on the disk (text is written as UTF-8)."""

    profile: str
    name: str
    data: str | bytes
