"""Answers that are kept while one generation is read: nothing in it changes, so what was found once stays true."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Kept(Generic[T]):
    """The values used last, as many as weigh `most` in all; what weighs over a quarter of that is not kept. Safe to share between threads."""

    def __init__(self, most: int) -> None:
        self._most, self._weight = most, 0
        self._kept: OrderedDict[Hashable, tuple[T, int]] = OrderedDict()
        self._guard = threading.Lock()

    def get(self, key: Hashable) -> T | None:
        with self._guard:
            found = self._kept.get(key)
            if found is None:
                return None
            self._kept.move_to_end(key)
            return found[0]

    def keep(self, key: Hashable, value: T, weigh: Callable[[T], int]) -> T:
        """Keep the value and return it."""
        weight = weigh(value)
        if 4 * weight > self._most:
            return value
        with self._guard:
            old = self._kept.pop(key, None)
            self._weight += weight - (old[1] if old else 0)
            self._kept[key] = (value, weight)
            while self._weight > self._most:
                _, (_, dropped) = self._kept.popitem(last=False)
                self._weight -= dropped
        return value
