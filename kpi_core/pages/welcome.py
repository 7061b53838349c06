"""What is said while nothing is loaded: where files go, which are there already, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass

from kpi_core.errors import Message


@dataclass(frozen=True)
class FoundFile:
    """A file in the exports folder: `title` of the export it was recognised as, else `problem`."""

    name: str
    title: str = ""
    problem: Message | None = None


@dataclass(frozen=True)
class Welcome:
    """`made`: the folder holds a configuration, so it is a workspace; `loaded`: numbers are there by now; `more`: files not looked at."""

    folder: str
    exports: str
    made: bool
    loaded: bool = False
    files: tuple[FoundFile, ...] = ()
    more: int = 0
    kinds: tuple[str, ...] = ()  # titles of exports that omnigap knows
