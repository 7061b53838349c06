"""Waterfalls: from one total to another through floating bars, one line each. Pure: labels and amounts in, lines of (text, role) out.

Direction is said three times: by the sign of the amount, by the shade of the bar (░ down, ▓ up) and by the arrow after it; colour only
repeats it. The axis need not start at zero, so its ends are printed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kpi_core.engine.result import Number
from kpi_core.render.text import Line, Role, cell_width, cut, join, pad

Write = Callable[[Number, bool], str]  # the text of an amount; True: with its sign
_LOOSE = 0.08  # of the spread, left free at both ends of an axis that does not start at zero
ARROW = 2  # cells after the longest bar, for its arrow


@dataclass(frozen=True)
class Axis:
    """What the cells of the bars stand for. `cut`: it does not start at zero."""

    low: float
    high: float
    cut: bool

    def at(self, value: float, width: int) -> int:
        """The cell boundary of a value, 0 to `width`."""
        span = self.high - self.low
        return 0 if span <= 0 else min(width, max(0, round((value - self.low) / span * width)))


def steps(start: Number, parts: Sequence[Number]) -> list[tuple[float, float]]:
    """Where the bar of each part begins and ends: every part goes on where the one before stopped."""
    found, at = [], float(start)
    for part in parts:
        found.append((at, at + float(part)))
        at += float(part)
    return found


def axis_of(ends: Sequence[float]) -> Axis:
    """An axis that holds every end of a bar. It starts at zero unless that would squeeze the parts into less than a third of it."""
    low, high = min(ends), max(ends)
    spread = high - low
    if low >= 0 and spread * 3 < high and spread > 0:
        return Axis(max(0.0, low - spread * _LOOSE), high + spread * _LOOSE, low - spread * _LOOSE > 0)
    if high <= 0 and spread * 3 < -low and spread > 0:
        return Axis(low - spread * _LOOSE, min(0.0, high + spread * _LOOSE), high + spread * _LOOSE < 0)
    return Axis(min(0.0, low), max(0.0, high), False)


def total_bar(value: Number, axis: Axis, width: int, ascii: bool = False) -> Line:
    """A total: a thin bar from zero, or from the edge of an axis without zero."""
    full = "=" if ascii else "━"
    zero = min(max(0.0, axis.low), axis.high)
    start, end = sorted((axis.at(zero, width), axis.at(float(value), width)))
    if start == end and value:  # too small for a cell of its own
        start, end = (start, start + 1) if start < width else (start - 1, start)
    return join((" " * start, ""), (full * (end - start), "accent"))


def part_bar(step: tuple[float, float], axis: Axis, width: int, good: str = "none", ascii: bool = False) -> Line:
    """A floating bar with its arrow; `good`: whether up or down is good news ('none': neither)."""
    begin, end = step
    up = end > begin
    if end == begin:
        return join((" " * axis.at(begin, width), ""), ("|" if ascii else "│", "muted"))
    first, last = sorted((axis.at(begin, width), axis.at(end, width)))
    if last == first:  # too small for a cell of its own
        first, last = (first, first + 1) if first < width else (first - 1, first)
    shade = ("+" if ascii else "▓") if up else ("-" if ascii else "░")
    arrow = ("^" if ascii else "▲") if up else ("v" if ascii else "▼")
    role: Role = "" if good == "none" else "good" if up == (good == "up") else "bad"
    return join((" " * first, ""), (shade * (last - first), role), (f" {arrow}", role))


def folded(parts: Sequence[tuple[str, Number]], room: int, others: Callable[[int], str]) -> list[tuple[str, Number]]:
    """At most `room` parts: the smallest join in one, which says how many they are."""
    if len(parts) <= room:
        return list(parts)
    if room < 1:
        return []
    kept = set(sorted(range(len(parts)), key=lambda place: -abs(float(parts[place][1])))[: room - 1])
    small = [amount for place, (_, amount) in enumerate(parts) if place not in kept]
    return [*(part for place, part in enumerate(parts) if place in kept), (others(len(small)), sum(small[1:], small[0]))]


def waterfall(
    labels: Sequence[str],
    amounts: Sequence[Number],
    width: int,
    height: int,
    fmt: Write,
    *,
    good: str = "none",
    ascii: bool = False,
    others: Callable[[int], str] = "… {}".format,
) -> list[Line]:
    """At most `height` lines of at most `width` cells: the axis, the first total, the parts, the last total.

    `labels` and `amounts` are those of the first total, of the parts, and of the last total. Parts that do not fit in `height` join in one.
    Empty when there is no room for a picture.
    """
    if len(labels) != len(amounts) or len(labels) < 2 or height < 4 or width < 24:
        return []
    parts = folded(list(zip(labels[1:-1], amounts[1:-1], strict=True)), height - 3, others)
    if not parts and len(labels) > 2:
        return []
    places = steps(amounts[0], [amount for _, amount in parts])
    axis = axis_of([float(amounts[0]), float(amounts[-1]), *(end for place in places for end in place)])
    rows = [(labels[0], fmt(amounts[0], False)), *((label, fmt(amount, True)) for label, amount in parts), (labels[-1], fmt(amounts[-1], False))]
    numbers = max(cell_width(text) for _, text in rows)
    names = min(max(cell_width(label) for label, _ in rows), max(8, width - numbers - 4 - width // 3))
    room = width - names - numbers - 4 - ARROW
    if room < 6:
        return []
    bars = [total_bar(amounts[0], axis, room, ascii)]
    bars += [part_bar(step, axis, room, good, ascii) for step in places]
    bars.append(total_bar(amounts[-1], axis, room, ascii))
    ellipsis = "." if ascii else "…"
    lines = [join((" " * (names + numbers + 4), ""), (axis_text(axis, room, lambda value: fmt(value, False)), "muted"))]
    for place, ((label, text), bar) in enumerate(zip(rows, bars, strict=True)):
        role = "title" if place in (0, len(rows) - 1) else ""
        lines.append(join((" ", ""), (pad(label, names, ellipsis=ellipsis), role), (f" {pad(text, numbers, 'right')}  ", ""), *bar))
    return lines


def axis_text(axis: Axis, width: int, write: Callable[[float], str]) -> str:
    """The ends of the axis over its bars, as much as there is room for."""
    low, high = write(axis.low), write(axis.high)
    if cell_width(low) + cell_width(high) + 2 <= width:
        return low + " " * (width - cell_width(low) - cell_width(high)) + high
    return cut(low, width) if axis.cut else ""
