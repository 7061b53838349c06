"""Sparklines, bullet bars and trends as lines of (text, role), in braille, block or ASCII characters. No terminal, no colour."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kpi_core.render.text import Line, Role, Run, cell_width, join, pad

SYMBOLS = ("braille", "block", "ascii")
_LEVELS = "▁▂▃▄▅▆▇█"
_ASCII_LEVELS = "_.-=+*#@"
AHEAD = ("◇", "+")  # where the period is expected to end
_BRAILLE = 0x2800
_DOTS = ((1, 8), (2, 16), (4, 32), (64, 128))

Floats = Sequence[float | None]


def sparkline(values: Floats, width: int, symbols: str = "braille") -> str:
    """`values` in exactly `width` cells, oldest left, the newest always shown; a missing value is a blank, never a low bar."""
    levels = _ASCII_LEVELS if symbols == "ascii" else _LEVELS
    shown = list(values)[-width:] if width else []
    known = [value for value in shown if value is not None]
    if not known:
        return " " * width
    low, high = min(known), max(known)
    top = len(levels) - 1
    text = "".join(" " if v is None else levels[round((v - low) / (high - low) * top)] if high > low else levels[top // 2] for v in shown)
    return text.rjust(width)


def bullet(value: float | None, target: float | None, scale: float, width: int, symbols: str = "braille", role: Role = "accent") -> Line:
    """A thin bar from 0 to `value` on 0…`scale` with the target as a mark. Nothing is drawn for a missing or negative value."""
    full, half, mark = ("=", "-", "|") if symbols == "ascii" else ("━", "╸", "┃")
    cells = [" "] * width
    if value is not None and value > 0 and scale > 0:
        halves = min(2 * width, max(1, round(value / scale * width * 2)))
        cells[: halves // 2] = full * (halves // 2)
        if halves % 2:
            cells[halves // 2] = half
    runs: list[Run] = [(cell, role) for cell in cells]
    if target is not None and scale > 0 and width and target >= 0:
        runs[min(width - 1, int(target / scale * width))] = (mark, "target")
    return join(*runs)


def heat(value: float | None, low: float, high: float, symbols: str = "braille") -> str:
    """One shade of five for a heat map; blank for no value."""
    shades = ".:*#@" if symbols == "ascii" else "·░▒▓█"
    if value is None:
        return " "
    return shades[min(4, int((value - low) / (high - low) * 5))] if high > low else shades[2]


@dataclass(frozen=True)
class Series:
    """What a trend draws: values with targets and comparison per point (same length), and the label under each point.

    `wrong(value, target)` says that the value is on the bad side; `partial_last`: the last point is not complete and is drawn hollow.
    `ahead`: where the last point is expected to end, as (low, amount, high); `ahead_target`: its target then.
    """

    values: Floats
    targets: Floats
    compare: Floats
    labels: Sequence[str]
    wrong: Callable[[float, float], bool] = lambda value, target: False
    partial_last: bool = False
    ahead: tuple[float, float, float] | None = None
    ahead_target: float | None = None


def nice_bounds(series: Series) -> tuple[float, float]:
    """Lowest and highest value to draw, with a margin; a flat series gets room around it."""
    known = [v for group in (series.values, series.targets, series.compare, series.ahead or (), (series.ahead_target,)) for v in group if v is not None]
    low, high = min(known), max(known)
    margin = (high - low) * 0.05 or abs(high) * 0.05 or 1.0
    # A series that never goes below zero should not show an axis that does.
    return (max(0.0, low - margin) if low >= 0 else low - margin), high + margin


def trend(series: Series, width: int, height: int, axis: Callable[[float], str], symbols: str = "braille") -> list[Line]:
    """`height` lines of `width` cells: the plot, its value axis left, its labels below. Empty list when there is nothing to draw."""
    if height < 3 or width < 20 or not any(v is not None for v in series.values):
        return []
    low, high = nice_bounds(series)
    rows = height - 1
    target = next((t for t in reversed(series.targets) if t is not None), None)
    target_row = None if target is None else _row(target, low, high, rows)
    texts = {0: axis(high), rows - 1: axis(low)}
    if target is not None and target_row is not None:
        texts[target_row] = axis(target)
    gutter = max(map(cell_width, texts.values())) + 1
    inner = width - gutter - 1
    grid = _Canvas(inner, rows, symbols)
    grid.targets(series.targets, low, high)
    grid.compare(series.compare, low, high)
    grid.ahead(series, low, high)
    grid.values(series, low, high)
    grid.expected(series, low, high)
    ascii = symbols == "ascii"
    pointer, wall = (">", "|") if ascii else ("▸", "│")
    lines: list[Line] = []
    for row in range(rows):
        at_target = row == target_row
        label = pad(texts.get(row, ""), gutter - 1, "right") + (pointer if at_target else " ")
        lines.append(join((label, "target" if at_target else "muted"), (wall, "muted"), *grid.row(row)))
    lines.append(join((" " * (gutter + 1), ""), (_labels(series.labels, inner), "muted")))
    return lines


def _row(value: float, low: float, high: float, rows: int) -> int:
    return min(rows - 1, max(0, round((high - value) / (high - low) * (rows - 1))))


def _labels(labels: Sequence[str], width: int) -> str:
    """Labels under their points, first and last always, as many between as leave two blanks around each."""
    count = len(labels)
    cells = [" "] * width

    def place(index: int) -> bool:
        text = labels[index]
        size = cell_width(text)
        at = 0 if count < 2 else round(index / (count - 1) * (width - 1))
        at = min(max(0, at - (size // 2 if 0 < index < count - 1 else 0)), width - size)
        near = cells[max(0, at - 2) : at + size + 2]
        if at < 0 or any(c != " " for c in near):
            return False
        cells[at : at + len(text)] = text
        return True

    if not count or width < 1:
        return " " * max(0, width)
    place(count - 1)
    place(0)
    for share in (2, 4, 8):
        for part in range(1, share):
            place(round(part * (count - 1) / share))
    return "".join(cells)


class _Canvas:
    """Cells of a plot, each with dots or a character and a role; the value line beats the target, the target the comparison."""

    def __init__(self, width: int, rows: int, symbols: str) -> None:
        self.width, self.rows, self.symbols = width, rows, symbols
        self.sub_x, self.sub_y = (2, 4) if symbols == "braille" else (1, 1)
        self.dots = [[0] * width for _ in range(rows)]
        self.chars = [[" "] * width for _ in range(rows)]
        self.roles: list[list[Role]] = [[""] * width for _ in range(rows)]

    def row(self, row: int) -> Line:
        return join(
            *((chr(_BRAILLE + dots) if dots else char, role) for dots, char, role in zip(self.dots[row], self.chars[row], self.roles[row], strict=True))
        )

    def _x(self, index: int, count: int) -> int:
        span = self.width * self.sub_x - 1
        return span if count < 2 else round(index / (count - 1) * span)

    def _y(self, value: float, low: float, high: float) -> int:
        span = self.rows * self.sub_y - 1
        return min(span, max(0, round((high - value) / (high - low) * span)))

    def _dot(self, x: int, y: int, role: Role, char: str, own: bool) -> None:
        cx, cy = x // self.sub_x, y // self.sub_y
        if not (0 <= cx < self.width and 0 <= cy < self.rows):
            return
        if self.symbols == "braille":
            if not own and self.dots[cy][cx] and self.roles[cy][cx] != role:
                return
            if own and self.roles[cy][cx] == "muted":
                self.dots[cy][cx] = 0  # the comparison gives way: one cell has one role
            self.dots[cy][cx] |= _DOTS[y % 4][x % 2]
        elif own or self.chars[cy][cx] == " ":
            self.chars[cy][cx] = char
        else:
            return
        self.roles[cy][cx] = role

    def targets(self, targets: Floats, low: float, high: float) -> None:
        """A dashed row at each point's target: a step where the target changes."""
        count = len(targets)
        for cell in range(self.width):
            index = 0 if self.width < 2 or count < 2 else round(cell / (self.width - 1) * (count - 1))
            value = targets[index] if count else None
            if value is not None:
                row = _row(value, low, high, self.rows)
                self.chars[row][cell] = "-" if self.symbols == "ascii" else "╌"
                self.roles[row][cell] = "target"

    def compare(self, values: Floats, low: float, high: float) -> None:
        """The comparison, dotted."""
        char = "." if self.symbols == "ascii" else "·"
        for index in range(len(values) - 1):
            a, b = values[index], values[index + 1]
            if a is None or b is None:
                continue
            x0, x1 = self._x(index, len(values)), self._x(index + 1, len(values))
            for x in range(x0, x1 + 1):
                if x % (3 * self.sub_x // 2 + 1) == 0:
                    share = (x - x0) / (x1 - x0) if x1 > x0 else 0
                    self._dot(x, self._y(a + (b - a) * share, low, high), "muted", char, False)

    def ahead(self, series: Series, low: float, high: float) -> None:
        """From the last complete point to where the period is expected to end: a widening shade; dots and lines drawn later stand before it."""
        start = self._last_complete(series)
        if series.ahead is None:
            return
        left, base = start if start is not None else (max(0, self.width - 3), series.ahead[1])
        cells = range(left + 1 if start is not None else left, self.width)
        spans = []
        for cell in cells:
            share = (cell - left) / max(1, self.width - 1 - left)
            bottom, top = (base + (end - base) * share for end in (series.ahead[0], series.ahead[2]))
            spans.append((_row(top, low, high, self.rows), _row(bottom, low, high, self.rows)))
        for index, (cell, (top_row, bottom_row)) in enumerate(zip(cells, spans, strict=True)):
            # on a steep way the shade reaches up to that of the next cell; the last one is the range and nothing else
            following = spans[min(index + 1, len(spans) - 1)]
            for row in range(min(top_row, following[1] + 1), max(bottom_row, following[0] - 1) + 1):
                if self.chars[row][cell] == " " and not self.dots[row][cell]:
                    self.chars[row][cell] = ":" if self.symbols == "ascii" else "░"
                    self.roles[row][cell] = "muted"

    def expected(self, series: Series, low: float, high: float) -> None:
        """The middle of the shade, dashed, and its end: the amount expected."""
        if series.ahead is None:
            return
        amount, start = series.ahead[1], self._last_complete(series)
        if series.ahead_target is not None:
            for cell in range(max(0, self.width - 4), self.width):
                self._put(_row(series.ahead_target, low, high, self.rows), cell, "-" if self.symbols == "ascii" else "╌", "target")
        if start is not None:
            left, base = start
            for cell in range(left + 2, self.width - 1, 2):
                row = _row(base + (amount - base) * (cell - left) / (self.width - 1 - left), low, high, self.rows)
                self._put(row, cell, "-" if self.symbols == "ascii" else "╌", "accent")
        self._put(_row(amount, low, high, self.rows), self.width - 1, AHEAD[self.symbols == "ascii"], "accent")

    def _put(self, row: int, cell: int, char: str, role: Role) -> None:
        self.dots[row][cell], self.chars[row][cell], self.roles[row][cell] = 0, char, role

    def _last_complete(self, series: Series) -> tuple[int, float] | None:
        """Cell and value of the point before the last; None where there is none."""
        count = len(series.values)
        value = series.values[count - 2] if count > 1 else None
        return None if value is None else (self._x(count - 2, count) // self.sub_x, value)

    def values(self, series: Series, low: float, high: float) -> None:
        """The line; a lone point between gaps is still drawn; the part towards an incomplete last point is dotted and ends in a ring."""
        points, count = series.values, len(series.values)
        if self.symbols == "block":
            self._bars(series, low, high)
            return
        for index, value in enumerate(points):
            if value is None:
                continue
            role = self._role(series, index, value)
            x, y = self._x(index, count), self._y(value, low, high)
            before = points[index - 1] if index else None
            hollow = series.partial_last and index == count - 1
            if before is not None:
                self._segment((self._x(index - 1, count), self._y(before, low, high)), (x, y), role, hollow)
            if hollow:
                cx, cy = x // self.sub_x, y // self.sub_y
                self.dots[cy][cx] = 0
                self.chars[cy][cx] = "o" if self.symbols == "ascii" else "○"
                self.roles[cy][cx] = role
            else:
                self._dot(x, y, role, "*", True)

    def _segment(self, start: tuple[int, int], end: tuple[int, int], role: Role, hollow: bool) -> None:
        (x0, y0), (x1, y1) = start, end
        last = y0
        for x in range(x0 + 1, x1 + 1):
            y = round(y0 + (y1 - y0) * (x - x0) / (x1 - x0))
            step = 1 if y >= last else -1
            column = range(last + (step if y != last else 0), y + step, step) if y != last else range(y, y + 1)
            for dot in column:
                if not hollow or (x + dot) % 3 == 0:
                    self._dot(x, dot, role, "*", True)
            last = y

    def _bars(self, series: Series, low: float, high: float) -> None:
        count = len(series.values)
        for cell in range(self.width):
            index = 0 if self.width < 2 or count < 2 else round(cell / (self.width - 1) * (count - 1))
            value = series.values[index]
            if value is None:
                continue
            role = self._role(series, index, value)
            eighths = max(1, round((value - low) / (high - low) * self.rows * 8))
            hollow = series.partial_last and index == count - 1
            for row in range(self.rows):
                fill = eighths - (self.rows - 1 - row) * 8
                if fill > 0:
                    self.chars[row][cell] = "░" if hollow else _LEVELS[min(8, fill) - 1]
                    self.roles[row][cell] = role

    @staticmethod
    def _role(series: Series, index: int, value: float) -> Role:
        target = series.targets[index] if index < len(series.targets) else None
        return "bad" if target is not None and series.wrong(value, target) else "accent"
