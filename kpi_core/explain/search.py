"""Which combinations of members explain a gap: a greedy search over all elements (`store = Lille and category = shoes`) of a table of cells.

Cells are the finest combinations, each with an actual v and an expected number f (target, last year, forecast). For an element e let
rho = sum(v) / sum(f) over its cells; its gain is how much of the absolute deviation one ratio rho explains:

    gain(e) = sum |v - f| - sum |v - rho f|,      purity(e) = gain(e) / sum |v - f|

The element with the largest gain x purity is taken, its cells are set aside, and the search goes on: matching pursuit with the ripple
effect of HotSpot (Sun et al. 2018) and the generalised potential score of Squeeze (Li et al. 2019). Deviations are counted in units of
their noise, s max(v, f) with s from the lower quartile of deviations, so that a large cell's swing does not hide a small one's collapse. Where
nothing is certain in that measure, plain amounts decide instead. By the triangle inequality gain(e) <= |sum(v - f)|, so only few
elements are looked at closely.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

LEAST = 0.003  # share of the whole deviation under which an element says nothing
SURE_ALONE, SURE = 5.5, 10.0  # noise units an element must explain: a single cell, several
_EQUAL = 1e-9
_LOOKS = 200  # elements looked at closely before each choice
_NORMAL = 3.1382  # standard deviation of a normal spread whose lower quartile of absolute deviations is 1: most cells may have moved

Cell = tuple[tuple[str, ...], float, float]  # members in the order of the dimensions, actual, expected


@dataclass(frozen=True)
class Found:
    """An element and what it explains. `share`: of the whole absolute deviation of the table.

    `actual` and `expected` are sums over its cells as they were given; `purity` is 1 when every cell of it moved by the same ratio.
    """

    where: Mapping[str, str]
    actual: float
    expected: float
    cells: int
    share: float
    purity: float

    @property
    def ratio(self) -> float | None:
        """Actual over expected; None where nothing was expected."""
        return self.actual / self.expected if self.expected else None


def search(
    dims: Sequence[str], cells: Iterable[Cell], *, depth: int | None = None, most: int = 8, least: float = LEAST, unit: float = 0.01
) -> list[Found]:
    """The elements that explain most, the largest share first; at most `most`, of at most `depth` dimensions. Empty when nothing deviates.

    `unit` is the step in which the numbers are written (cents), under which a deviation is rounding. Numbers are sums of one sign;
    a cell that expects less than nothing counts with its deviation only.
    """
    rows = [row for row in cells if row[1] != row[2]]
    whole = sum(abs(actual - expected) for _, actual, expected in rows)
    if not whole:
        return []
    spread = _spread(rows, unit)
    weights = [1 / math.hypot(spread * max(actual, expected, 0.0), unit) for _, actual, expected in rows]
    lattice = _Lattice(dims, rows, weights, depth or len(dims))
    found = list(_pursued(lattice, most, SURE_ALONE, SURE))
    if not found:
        lattice = _Lattice(dims, rows, [1.0] * len(rows), depth or len(dims))
        found = list(_pursued(lattice, most, least * whole, least * whole))
    told = [_told(lattice, rows, element, whole) for element in found]
    return sorted(told, key=lambda item: item.share, reverse=True)


def _spread(rows: Sequence[Cell], unit: float) -> float:
    """How far cells usually miss, as a share of their size: what a cell must exceed to say anything."""
    misses = sorted(abs(v - f) / max(v, f) for _, v, f in rows if f > 50 * unit or v > 50 * unit)
    return misses[len(misses) // 4] * _NORMAL if misses else 1.0


def _pursued(lattice: _Lattice, most: int, alone: float, several: float) -> Iterator[_Element]:
    for _ in range(most):
        best = lattice.best(min(alone, several))
        if best is None or best.score < (alone if len(best.cells) == 1 else several):
            return
        yield best
        lattice.set_aside(best)


def _told(lattice: _Lattice, rows: Sequence[Cell], element: _Element, whole: float) -> Found:
    actual = sum(rows[index][1] for index in element.cells)
    expected = sum(rows[index][2] for index in element.cells)
    ratio = actual / expected if expected > 0 else 1.0
    left = sum(abs(rows[index][1] - ratio * rows[index][2]) for index in element.cells) if expected else 0.0
    gain = sum(abs(rows[index][1] - rows[index][2]) for index in element.cells) - left
    return Found(lattice.named(element.key), actual, expected, len(element.cells), max(0.0, gain) / whole, element.purity)


@dataclass(frozen=True)
class _Element:
    key: int
    cells: Sequence[int]
    gain: float
    purity: float

    @property
    def score(self) -> float:
        return self.gain * self.purity


class _Lattice:
    """Sums of every element. An element is one number in mixed radix, with the digit 0 for a dimension that it leaves open."""

    def __init__(self, dims: Sequence[str], rows: Sequence[Cell], weights: Sequence[float], depth: int) -> None:
        self.dims = dims
        members = list(zip(*(row[0] for row in rows), strict=True)) or [() for _ in dims]
        self.names: list[list[str]] = [list(dict.fromkeys(column)) for column in members]
        self.radix = [len(names) + 1 for names in self.names]
        self.places: list[int] = []
        place = 1
        for radix in self.radix:
            self.places.append(place)
            place *= radix
        digits = [{name: (index + 1) * place for index, name in enumerate(names)} for names, place in zip(self.names, self.places, strict=True)]
        coded = [[digit[name] for name in column] for digit, column in zip(digits, members, strict=True)]
        self.keys = [sum(parts) for parts in zip(*coded, strict=True)]
        self.actual = [row[1] * weight for row, weight in zip(rows, weights, strict=True)]
        self.expected = [row[2] * weight for row, weight in zip(rows, weights, strict=True)]
        self.deviation = [actual - expected for actual, expected in zip(self.actual, self.expected, strict=True)]
        self._coded = coded
        self._holding: list[dict[int, list[int]]] = []
        for column in coded:
            holding: dict[int, list[int]] = {}
            for index, digit in enumerate(column):
                holding.setdefault(digit, []).append(index)
            self._holding.append(holding)
        self.sums: dict[int, complex] = {}
        for known in self._rolled(self.keys, [complex(value, abs(value)) for value in self.deviation]):
            self.sums.update(known)
        self._deep = depth < len(dims)
        self.depth = depth

    def _rolled(self, keys: Sequence[int], amounts: Sequence[complex]) -> Iterator[dict[int, complex]]:
        """Sums of all elements of every cuboid, each rolled up from the smallest one that is finer by one dimension.

        An amount carries the deviation and its size as one complex number: one addition instead of two.
        """
        all_dims = tuple(range(len(self.dims)))
        finest: dict[int, complex] = {}
        for key, amount in zip(keys, amounts, strict=True):
            finest[key] = finest.get(key, 0j) + amount
        known: dict[tuple[int, ...], dict[int, complex]] = {all_dims: finest}
        yield finest
        for size in range(len(self.dims) - 1, 0, -1):
            for cuboid in combinations(all_dims, size):
                finer = [(tuple(sorted((*cuboid, dim))), dim) for dim in all_dims if dim not in cuboid]
                parent, dropped = min(finer, key=lambda pair: len(known[pair[0]]))
                known[cuboid] = self._dropped(known[parent], dropped)
                yield known[cuboid]

    def _dropped(self, finer: dict[int, complex], dim: int) -> dict[int, complex]:
        place, radix = self.places[dim], self.radix[dim]
        coarser: dict[int, complex] = {}
        known = coarser.get
        for key, amount in finer.items():
            above = key - key // place % radix * place
            coarser[above] = known(above, 0j) + amount
        return coarser

    def best(self, least: float) -> _Element | None:
        """The element with the largest gain x purity, the shallower of equals; None when none gains `least`."""
        hopeful = [
            (amount.real * amount.real / amount.imag, key)
            for key, amount in self.sums.items()
            if amount.imag > 0 and amount.real * amount.real >= least * amount.imag
        ]
        hopeful = heapq.nlargest(_LOOKS, hopeful)
        best: _Element | None = None
        for bound, key in hopeful:
            if best is not None and bound < best.score * (1 - _EQUAL):
                break
            if self._deep and self._depth(key) > self.depth:
                continue
            element = self._element(key)
            if element.gain < least:
                continue
            better = best is None or element.score > best.score * (1 + _EQUAL)
            if better or (best is not None and element.score >= best.score * (1 - _EQUAL) and self._depth(key) < self._depth(best.key)):
                best = element
        return best

    def _digits(self, key: int) -> list[tuple[int, int]]:
        """(dimension, coded member) of every dimension that the element fixes."""
        found = []
        for dim, (place, radix) in enumerate(zip(self.places, self.radix, strict=True)):
            digit = key // place % radix
            if digit:
                found.append((dim, digit * place))
        return found

    def _depth(self, key: int) -> int:
        return len(self._digits(key))

    def _cells(self, key: int) -> list[int]:
        """The cells of an element: those of its rarest member, sifted by the other members."""
        fixed = sorted(self._digits(key), key=lambda pair: len(self._holding[pair[0]][pair[1]]))
        found = self._holding[fixed[0][0]][fixed[0][1]]
        for dim, digit in fixed[1:]:
            column = self._coded[dim]
            found = [index for index in found if column[index] == digit]
        return found

    def _element(self, key: int) -> _Element:
        cells = self._cells(key)
        actual, expected = self.actual, self.expected
        total, asked = sum(actual[i] for i in cells), sum(expected[i] for i in cells)
        # What nothing was expected of has no ratio: all of it is told by saying that it is new.
        ratio = total / asked if asked > 0 else 1.0
        size = self.sums[key].imag
        gain = size - (sum(abs(actual[i] - ratio * expected[i]) for i in cells) if any(expected[i] for i in cells) else 0.0)
        purity = min(1.0, max(0.0, gain / size)) if size > 0 else 0.0
        return _Element(key, cells, gain, purity)

    def set_aside(self, element: _Element) -> None:
        """The element is told: its cells expect what they got, and every sum follows."""
        keys, amounts = [], []
        for index in element.cells:
            deviation = self.deviation[index]
            if deviation:
                keys.append(self.keys[index])
                amounts.append(complex(-deviation, -abs(deviation)))
                self.expected[index], self.deviation[index] = self.actual[index], 0.0
        for known in self._rolled(keys, amounts):
            for key, amount in known.items():
                self.sums[key] += amount

    def named(self, key: int) -> dict[str, str]:
        return {self.dims[dim]: self.names[dim][coded // self.places[dim] - 1] for dim, coded in self._digits(key)}
