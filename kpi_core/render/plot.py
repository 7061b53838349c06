"""Trends as lines of (text, role), in braille, block or ASCII characters; with `plot_bars` all plots. No terminal, no colour."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kpi_core.render.plot_bars import Floats, Wrong, bullet, heat, never, spark, sparkline, wrong_side
from kpi_core.render.plot_canvas import SYMBOLS, Canvas, row_of
from kpi_core.render.text import Line, Role, Run, cell_width, join, pad

__all__ = ["AHEAD", "PARTIAL", "SAMPLES", "SYMBOLS", "Floats", "Series", "bullet", "heat", "never", "nice_bounds", "spark", "sparkline", "trend", "wrong_side"]

AHEAD = ("◇", "+")  # where the period is expected to end
HERE = ("●", "O")  # the point under the cursor
ALONE = ("•", "*")  # a point without neighbours
PARTIAL = ("○", "o")  # a point that is not complete
HERE_PARTIAL = ("◉", "0")
SAMPLES = {"braille": ("⣀⡠", "⠁⠁", "╌╌"), "block": ("▄▀", "▘▝", "╌╌"), "ascii": ("**", "..", "--")}  # in a legend: course, comparison, target
LEAST = 1e-200  # a smaller room on the axis has no digits left to place values in
FAR = 3.0  # a target further from the course than so many times its height is named on the edge, so that the course stays readable


@dataclass(frozen=True)
class Series:
    """What a trend draws: values with targets and comparison per point (same length), and the label under each point.

    `wrong(value, target)` says that the value is on the bad side, unless `roles` has a role a point; `partial_last`: the last point is
    not complete and is drawn hollow. `ahead`: where the last point is expected to end, as (low, amount, high); `ahead_target`: its
    target then. `marks`: a sign with its role under each point, '' for none; `cursor`: the point that is looked at.
    """

    values: Floats
    targets: Floats
    compare: Floats
    labels: Sequence[str]
    wrong: Wrong = never
    partial_last: bool = False
    ahead: tuple[float, float, float] | None = None
    ahead_target: float | None = None
    roles: Sequence[Role] = ()
    marks: Sequence[Run] = ()
    cursor: int | None = None

    def role(self, index: int) -> Role:
        if self.roles:
            return self.roles[index]
        value, target = self.values[index], self.targets[index] if index < len(self.targets) else None
        return "bad" if target is not None and value is not None and self.wrong(value, target) else "accent"

    @property
    def last_complete(self) -> tuple[int, float] | None:
        """Place and value of the point before the last; None where there is none."""
        count = len(self.values)
        value = self.values[count - 2] if count > 1 else None
        return None if value is None else (count - 2, value)


def nice_bounds(series: Series) -> tuple[float, float]:
    """Lowest and highest value to draw, with a margin; a flat series gets room around it, a target far away is left out."""
    drawn = [value for group in (series.values, series.compare, series.ahead or ()) for value in group if value is not None]
    low, high = min(drawn), max(drawn)
    reach = FAR * ((high - low) or abs(high) or 1.0)
    near = [target for target in (*series.targets, series.ahead_target) if target is not None and low - reach <= target <= high + reach]
    low, high = min(low, *near, high), max(high, *near, low)
    margin = (high - low) * 0.05 or abs(high) * 0.05
    margin = margin if margin > LEAST else 1.0
    # A series that never goes below zero should not show an axis that does.
    return (max(0.0, low - margin) if low >= 0 else low - margin), high + margin


def trend(series: Series, width: int, height: int, axis: Callable[[float], str], symbols: str = "braille") -> list[Line]:
    """`height` lines of `width` cells: the plot, its value axis left, its labels and marks below. Empty where there is nothing to draw."""
    marked = any(char.strip() for char, _ in series.marks)
    rows = height - 1 - marked
    if rows < 2 or width < 20 or not any(v is not None for v in series.values):
        return []
    low, high = nice_bounds(series)
    ascii = symbols == "ascii"
    target = next((t for t in reversed(series.targets) if t is not None), None)
    texts = {0: axis(high), rows - 1: axis(low)}
    pointer, wall = (">", "|") if ascii else ("▸", "│")
    target_row = None if target is None else row_of(target, low, high, rows)
    if target is not None and target_row is not None:
        if target > high:  # beside the end of the axis, which stays readable
            target_row, pointer = min(1, rows - 1), "^" if ascii else "▴"
        elif target < low:
            target_row, pointer = max(0, rows - 2), "v" if ascii else "▾"
        texts[target_row] = axis(target)
    gutter = max(map(cell_width, texts.values())) + 1
    if width - gutter < 10:
        texts, gutter = {}, 1  # numbers too long for the plot beside them
    inner = width - gutter - 1
    canvas = Canvas(inner, rows, symbols, low, high)
    _targets(canvas, series)
    _compare(canvas, series)
    _ahead(canvas, series)
    _values(canvas, series)
    _expected(canvas, series)
    _cursor(canvas, series)
    lines: list[Line] = []
    for row in range(rows):
        at_target = row == target_row
        label = pad(texts.get(row, ""), gutter - 1, "right") + (pointer if at_target else " ")
        lines.append(join((label, "target" if at_target else "muted"), (wall, "muted"), *canvas.row(row)))
    lines.append(join((" " * (gutter + 1), ""), *_labels(series, canvas)))
    if marked:
        lines.append(join((" " * (gutter + 1), ""), *_marks(series, canvas)))
    return lines


# ---------------------------------------------------------------- under the plot


def _labels(series: Series, canvas: Canvas) -> Line:
    """Labels under their points: the last and the first, and as many between as leave two blanks around each; over them the cursor's own."""
    labels, count, width = series.labels, len(series.labels), canvas.width
    placed: list[tuple[int, int, str]] = []

    def span(index: int, inside: bool) -> tuple[int, int]:
        size = cell_width(labels[index])
        at = canvas.column(index, count) - (size // 2 if inside else 0)
        at = min(max(0, at), width - size)
        return at, at + size

    def place(index: int) -> None:
        start, end = span(index, 0 < index < count - 1)
        if start >= 0 and all(end + 2 <= first or last + 2 <= start for first, last, _ in placed):
            placed.append((start, end, labels[index]))

    for index in dict.fromkeys((count - 1, 0, *(round(part * (count - 1) / share) for share in (2, 4, 8) for part in range(1, share)))) if count else ():
        place(index)
    lit = (width, width)
    if series.cursor is not None:
        start, end = span(series.cursor, True)
        if start >= 0:
            lit = start, end
            placed = [(first, last, text) for first, last, text in placed if end < first or last < start]  # a piece of one would be misread
            placed.append((start, end, labels[series.cursor]))
    runs: list[Run] = []
    at = 0
    for start, end, text in sorted(placed):
        runs += [(" " * (start - at), "muted"), (text, "accent" if (start, end) == lit else "muted")]
        at = end
    return join(*runs, (" " * (width - at), "muted"))


def _marks(series: Series, canvas: Canvas) -> Line:
    """The signs under their points; of points that share a cell the newest that has one."""
    cells: list[Run] = [(" ", "")] * canvas.width
    for index, (char, role) in enumerate(series.marks):
        if char.strip():
            cells[canvas.column(index, len(series.values))] = (char, role)
    return join(*cells)


# ---------------------------------------------------------------- layers, the first ones give way


def _targets(canvas: Canvas, series: Series) -> None:
    """A dashed row at each point's target: a step where the target changes. A target beyond the axis has no row."""
    count = len(series.targets)
    for cell in range(canvas.width):
        index = 0 if canvas.width < 2 or count < 2 else round(cell / (canvas.width - 1) * (count - 1))
        value = series.targets[index] if count else None
        if value is not None and canvas.low <= value <= canvas.high:
            canvas.put(canvas.level(value), cell, "-" if canvas.ascii else "╌", "target")


def _compare(canvas: Canvas, series: Series) -> None:
    """The comparison, dotted."""
    values = series.compare
    for index in range(len(values) - 1):
        a, b = values[index], values[index + 1]
        if a is None or b is None:
            continue
        x0, x1 = canvas.x(index, len(values)), canvas.x(index + 1, len(values))
        for x in range(x0, x1 + 1):
            if x % (3 * canvas.sub_x // 2 + 1) == 0:
                share = (x - x0) / (x1 - x0) if x1 > x0 else 0
                canvas.dot(x, canvas.y(a + (b - a) * share), "muted", ".", False)


def _ahead(canvas: Canvas, series: Series) -> None:
    """From the last complete point to where the period is expected to end: a widening shade; dots and lines drawn later stand before it."""
    if series.ahead is None:
        return
    start, width = series.last_complete, canvas.width
    left = canvas.column(start[0], len(series.values)) if start is not None else max(0, width - 3)
    base = start[1] if start is not None else series.ahead[1]
    cells = range(left + 1 if start is not None else left, width)
    spans = []
    for cell in cells:
        share = (cell - left) / max(1, width - 1 - left)
        bottom, top = (base + (end - base) * share for end in (series.ahead[0], series.ahead[2]))
        spans.append((canvas.level(top), canvas.level(bottom)))
    for index, (cell, (top_row, bottom_row)) in enumerate(zip(cells, spans, strict=True)):
        # on a steep way the shade reaches up to that of the next cell; the last one is the range and nothing else
        following = spans[min(index + 1, len(spans) - 1)]
        for row in range(min(top_row, following[1] + 1), max(bottom_row, following[0] - 1) + 1):
            if canvas.free(row, cell):
                canvas.put(row, cell, ":" if canvas.ascii else "░", "muted")


def _values(canvas: Canvas, series: Series) -> None:
    """The line; a lone point between gaps is still drawn; the part towards an incomplete last point is dotted and ends in a ring."""
    points, count = series.values, len(series.values)
    for index, value in enumerate(points):
        if value is None:
            continue
        role, here = series.role(index), (canvas.x(index, count), canvas.y(value))
        before = points[index - 1] if index else None
        hollow = series.partial_last and index == count - 1
        alone = before is None and (index == count - 1 or points[index + 1] is None)
        if before is not None:
            canvas.segment((canvas.x(index - 1, count), canvas.y(before)), here, role, hollow)
        if hollow or alone:
            canvas.put(here[1] // canvas.sub_y, here[0] // canvas.sub_x, (PARTIAL if hollow else ALONE)[canvas.ascii], role)
        else:
            canvas.dot(*here, role, "*", True)


def _expected(canvas: Canvas, series: Series) -> None:
    """The middle of the shade, dashed, and its end: the amount expected."""
    if series.ahead is None:
        return
    amount, start, width = series.ahead[1], series.last_complete, canvas.width
    dash = "-" if canvas.ascii else "╌"
    if series.ahead_target is not None and canvas.low <= series.ahead_target <= canvas.high:
        for cell in range(max(0, width - 4), width):
            canvas.put(canvas.level(series.ahead_target), cell, dash, "target")
    if start is not None:
        left, base = canvas.column(start[0], len(series.values)), start[1]
        for cell in range(left + 2, width - 1, 2):
            canvas.put(canvas.level(base + (amount - base) * (cell - left) / (width - 1 - left)), cell, dash, "accent")
    canvas.put(canvas.level(amount), width - 1, AHEAD[canvas.ascii], "accent")


def _cursor(canvas: Canvas, series: Series) -> None:
    """The point that is looked at; without a value a line in its place. A line through every plot would change too many cells."""
    if series.cursor is None:
        return
    x, value = canvas.column(series.cursor, len(series.values)), series.values[series.cursor]
    if value is None:
        for row in range(canvas.rows):
            if canvas.free(row, x):
                canvas.put(row, x, "|" if canvas.ascii else "┊", "accent")
        return
    partial = series.partial_last and series.cursor == len(series.values) - 1
    canvas.put(canvas.y(value) // canvas.sub_y, x, (HERE_PARTIAL if partial else HERE)[canvas.ascii], series.role(series.cursor))
