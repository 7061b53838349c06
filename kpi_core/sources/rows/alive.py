"""Which columns are still read after each step of a profile: what nothing reads is not carried along.

A table of rows is written anew by nearly every step, and most of its width is text that was needed once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import msgspec

from kpi_core.sources.profiles.language import Step
from kpi_core.sources.profiles.profile import Profile
from kpi_core.sources.rows import emit
from kpi_core.sources.rows.shape_rows import made_by
from kpi_core.sources.rows.typed import columns_of

_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Alive:
    """`before`: the names there are before the first step; `made` and `reads`: names that each step adds, and the words of all that it reads.

    `after`: the words of all that is read once the steps are done. A word is as good as a name: too much is kept, never too little.
    """

    before: frozenset[str]
    made: tuple[frozenset[str], ...]
    reads: tuple[frozenset[str], ...]
    after: frozenset[str]

    def left(self, ends: Sequence[int]) -> Iterator[list[str]]:
        """For each of several points (a number of steps done): the names nothing reads from there on, told once."""
        gone: set[str] = set()
        for end in ends:
            there = self.before.union(*self.made[:end]) - gone
            read = self.after.union(*self.reads[end:])
            dead = [name for name in there if name not in _OWN and not name.endswith("_") and _WORD.fullmatch(name) and name.casefold() not in read]
            gone.update(dead)
            yield dead


_OWN = ("file_line", "block")  # of the machinery: order, and where a table of the file ends


def words(texts: Iterable[str | None]) -> frozenset[str]:
    """Every word of some expressions, in lower case: SQL names know no case."""
    return frozenset(word.casefold() for text in texts if text for word in _WORD.findall(text))


def alive(profile: Profile) -> Alive:
    """What is read when by a profile: its steps, then what it emits, whom it identifies and what it checks."""
    found: Alive | None = profile.memo.get("alive")
    if found is None:
        steps = profile.spec.shape
        found = Alive(
            frozenset(columns_of(profile)),
            tuple(frozenset(_made(step)) for step in steps),
            tuple(words([msgspec.json.encode(step).decode()]) for step in steps),
            words(claim.text for claim in emit.claims(profile, set())),
        )
        profile.memo["alive"] = found
    return found


def _made(step: Step) -> Iterator[str]:
    yield from step.derive or ()
    yield from step.group.values if step.group is not None else ()
    yield from (rule.into for rule in (step.number, step.allocate) if rule is not None)
    yield from (name for rule in (step.lookup, step.join) if rule is not None for name in rule.take)
    yield from made_by(step)
