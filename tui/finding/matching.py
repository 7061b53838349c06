"""How what is typed finds names: in the command line, the palette, the list of commands and every other list. Quick with thousands of names."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from kpi_core.render.text import folded

T = TypeVar("T")
MISSED = 99
_WORD = re.compile(r"[^\W_]+")


def plain(text: str) -> str:
    """As it is compared: folded, one space between words."""
    return " ".join(folded(text).split())


@dataclass(frozen=True)
class _Entry(Generic[T]):
    item: T
    names: tuple[str, ...]
    rest: str


class Index(Generic[T]):
    """Things by their names (the first is their title) and what else is written beside them."""

    def __init__(self, items: Iterable[T], names: Callable[[T], Iterable[str]], rest: Callable[[T], str] = lambda item: "") -> None:
        self._entries = [_Entry(item, tuple(plain(name) for name in names(item) if name), plain(rest(item))) for item in items]

    def search(self, text: str, loosely: bool = True) -> list[T]:
        """The things that `text` may mean, the likeliest first; all of them, in their own order, for an empty text.

        `loosely`: where none has its words, those that have its letters in their order.
        """
        wanted = plain(text)
        if not wanted:
            return [entry.item for entry in self._entries]
        words = wanted.split()
        ranked = []
        for at, entry in enumerate(self._entries):
            place = min((_place(wanted, words, name) for name in entry.names), default=MISSED)
            if place == MISSED and entry.rest and all(word in entry.rest or any(word in name for name in entry.names) for word in words):
                place = 5
            if place < MISSED:
                ranked.append((place, at, entry.item))
        if ranked or not loosely or len(wanted) < 2:
            return [item for _, _, item in sorted(ranked, key=lambda one: one[:2])]
        loose = re.compile(".*?".join(re.escape(char) for char in wanted if char != " "))  # its letters, in their order
        return [entry.item for entry in self._entries if any(loose.search(name) for name in entry.names)]


def _place(wanted: str, words: list[str], name: str) -> int:
    """How well a name answers: 0 it is the text, 1 it begins with it, 2 each word begins one of its words, 3 it holds the text, 4 it holds the words."""
    if name == wanted:
        return 0
    if name.startswith(wanted):
        return 1
    if not all(word in name for word in words):
        return MISSED
    starts = _WORD.findall(name)
    if all(any(start.startswith(word) for start in starts) for word in words):
        return 2
    return 3 if wanted in name else 4


def closest(text: str, names: Iterable[str]) -> str | None:
    """The name that a mistyped one most likely meant; None when none is near."""
    known: dict[str, str] = {}
    for name in names:
        known.setdefault(plain(name), name)
    found = difflib.get_close_matches(plain(text), list(known), n=1, cutoff=0.6)
    return known[found[0]] if found else None
