"""Pictures as SVG text: a screen of lines, sparklines, trends, bullet bars and waterfalls. Pure values in, escaped text out; nothing is loaded.

Plots take their colours from classes of the page (`html_style`); a picture of lines stands alone and has them in itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

from kpi_core.engine.result import Number
from kpi_core.render.clean import clean
from kpi_core.render.plot import Floats, Series, nice_bounds
from kpi_core.render.text import Line, cell_width
from kpi_core.render.waterfall import axis_of, steps

CELL, LINE = 8.0, 19  # pixels of a character and of a line
# The light theme, for pictures made without a screen.
LIGHT = {
    "background": "#ffffff", "text": "#1f2328", "muted": "#59636e", "axis": "#59636e", "accent": "#0756ad", "key": "#0756ad", "good": "#136c2e",
    "warn": "#7d5200", "bad": "#b3202a", "target": "#7a5a00", "line": "#c3cad2", "compare": "#59636e",
}  # fmt: skip
_PIECES = re.compile(r" {2,}|^ | $|(?:[^ ]| (?=[^ ]))+| ")
_BOLD = ("title", "heading", "strong")


def _n(value: float) -> str:
    """A coordinate in as few characters as it needs."""
    return f"{value:.1f}".removesuffix(".0")


def lines_svg(lines: Sequence[Line], title: str, colours: Mapping[str, str] | None = None) -> str:
    """Lines of runs as a picture of text in cells, with its title for screen readers. `colours`: by role, and `background`, `text`."""
    found = LIGHT if colours is None else colours
    plain = found["text"]
    width = max((sum(cell_width(text) for text, _ in line) for line in lines), default=1) * CELL + 24
    height = len(lines) * LINE + 24
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_n(width)} {height}" width="{_n(width)}" height="{height}" role="img"'
        f" aria-label={quoteattr(clean(title))}>",
        f"<title>{escape(clean(title))}</title>",
        f'<rect width="100%" height="100%" fill="{found["background"]}"/>',
        f'<g font-family="ui-monospace,Menlo,Consolas,\'DejaVu Sans Mono\',monospace" font-size="13.3" fill="{plain}">',
    ]
    for place, line in enumerate(lines):
        at = 0
        y = 12 + place * LINE + 14
        for text, role in line:
            colour = found.get(role, plain)
            look = (f' fill="{colour}"' if colour != plain else "") + (' font-weight="600"' if role in _BOLD else "")
            for piece in _PIECES.findall(text):  # SVG makes one blank of many: what they part is drawn where it belongs
                if not piece.isspace():
                    width_of = cell_width(piece) * CELL  # keeps columns in line whatever the font
                    spot = f'x="{_n(12 + at * CELL)}" y="{y}" textLength="{_n(width_of)}" lengthAdjust="spacingAndGlyphs"'
                    out.append(f"<text {spot}{look}>{escape(clean(piece, 2000))}</text>")
                at += cell_width(piece)
    return "\n".join([*out, "</g>", "</svg>"]) + "\n"


# ---------------------------------------------------------------- plots for a page


def _kind(name: str, width: float) -> str:
    return f"{name} {'wide' if width > NARROW else 'narrow'}"


def _open(width: float, height: float, label: str, kind: str) -> str:
    said = clean(label, 400)
    return f'<svg class="{kind}" viewBox="0 0 {_n(width)} {_n(height)}" role="img" aria-label={quoteattr(said)}><title>{escape(said)}</title>'


def spark_svg(values: Floats, target: float | None, label: str, width: float = 108, height: float = 24) -> str:
    """A line without axes, the target dashed, the newest point marked; a missing value leaves a gap."""
    known = [value for value in (*values, target) if value is not None]
    if not [value for value in values if value is not None]:
        return ""
    low, high = min(known), max(known)
    span = (high - low) or abs(high) or 1.0
    step = (width - 6) / max(1, len(values) - 1)

    def y(value: float) -> float:
        return height - 3 - (value - low) / span * (height - 6)

    out = [_open(width, height, label, "spark")]
    if target is not None:
        out.append(f'<path class="target" d="M3 {_n(y(target))}H{_n(width - 3)}"/>')
    out.append(f'<path class="actual" d="{_path([None if v is None else (3 + i * step, y(v)) for i, v in enumerate(values)])}"/>')
    last = values[-1]
    if last is not None:
        out.append(f'<circle class="dot" cx="{_n(3 + (len(values) - 1) * step)}" cy="{_n(y(last))}" r="2.4"/>')
    return "".join([*out, "</svg>"])


def _path(points: Sequence[tuple[float, float] | None]) -> str:
    """A line through the points, interrupted where one is missing; a lone point is a short stroke."""
    found: list[str] = []
    for place, point in enumerate(points):
        if point is None:
            continue
        joined = place and points[place - 1] is not None
        follows = place + 1 < len(points) and points[place + 1] is not None
        found.append(f"{'L' if joined else 'M'}{_n(point[0])} {_n(point[1])}" + ("" if joined or follows else "h.1"))
    return "".join(found)


WIDE, NARROW = 1060.0, 380.0  # pixels of a plot on a desk and on a phone: a page has both and shows one


def trend_svg(series: Series, axis: Callable[[float], str], label: str, width: float = WIDE, height: float = 270) -> str:
    """Actual as a line, target as dashed steps, comparison dotted, an incomplete last point hollow, where it will end as a range."""
    values = series.values
    if not [value for value in values if value is not None]:
        return ""
    low, high = nice_bounds(series)
    left, right, top, bottom = (78.0 if width > NARROW else 56.0), 14.0, 12.0, 26.0
    step = (width - left - right) / max(1, len(values) - 1)

    def x(place: int) -> float:
        return left + place * step

    def y(value: float) -> float:
        return top + (high - min(high, max(low, value))) / (high - low) * (height - top - bottom)  # a target far away lies on the edge

    out = [_open(width, height, label, _kind("trend", width))]
    for share in (0.0, 0.5, 1.0):
        level = low + (high - low) * share
        out.append(f'<path class="grid" d="M{_n(left)} {_n(y(level))}H{_n(width - right)}"/>')
        out.append(f'<text class="tick" x="{_n(left - 8)}" y="{_n(y(level) + 4)}" text-anchor="end">{escape(axis(level))}</text>')
    every = max(1, round(len(series.labels) / (7 if width > NARROW else 3)))
    for place in range(len(series.labels) - 1, -1, -every):
        anchor = "end" if place == len(series.labels) - 1 else "middle" if place else "start"
        out.append(f'<text class="tick" x="{_n(x(place))}" y="{_n(height - 8)}" text-anchor="{anchor}">{escape(clean(series.labels[place]))}</text>')
    if series.ahead is not None and len(values) > 1:
        (a, b, c), place = series.ahead, len(values) - 1
        before = values[place - 1]
        start = y(b if before is None else before)
        out.append(f'<path class="range" d="M{_n(x(place - 1))} {_n(start)}L{_n(x(place))} {_n(y(c))}V{_n(y(a))}Z"/>')
        out.append(f'<path class="ahead" d="M{_n(x(place - 1))} {_n(start)}L{_n(x(place))} {_n(y(b))}"/>')
    out.append(f'<path class="compare" d="{_path([None if v is None else (x(i), y(v)) for i, v in enumerate(series.compare)])}"/>')
    out.append(f'<path class="target" d="{_steps(series.targets, x, y, step)}"/>')
    whole = [None if v is None or (series.partial_last and i == len(values) - 1) else (x(i), y(v)) for i, v in enumerate(values)]
    out.append(f'<path class="actual" d="{_path(whole)}"/>')
    for place, value in enumerate(values):
        if value is None:
            continue
        wrong = series.role(place) == "bad"
        hollow = series.partial_last and place == len(values) - 1
        if wrong or hollow or place == len(values) - 1:
            kind = ("bad" if wrong else "dot") + (" hollow" if hollow else "")
            out.append(f'<circle class="{kind}" cx="{_n(x(place))}" cy="{_n(y(value))}" r="{3.6 if place == len(values) - 1 else 2.6}"/>')
    return "".join([*out, "</svg>"])


def _steps(targets: Floats, x: Callable[[int], float], y: Callable[[float], float], step: float) -> str:
    """Each target over its own period; neighbours of the same height are one dash line."""
    out = ""
    before: float | None = None
    for place, target in enumerate(targets):
        if target is not None and target != before:
            out += f"M{_n(max(x(0), x(place) - step / 2))} {_n(y(target))}"
        if target is not None:
            end = min(x(len(targets) - 1), x(place) + step / 2)
            out += f"H{_n(end)}"
        before = target
    return out


def bullet_svg(value: float | None, target: float | None, scale: float, role: str, label: str, width: float = 160, height: float = 16) -> str:
    """A thin bar from zero on 0…`scale`, the target as a mark over it."""
    if scale <= 0 or (value is None and target is None):
        return ""
    out = [_open(width, height, label, "bullet"), f'<path class="grid" d="M0 {_n(height / 2)}H{_n(width)}"/>']
    if value is not None and value > 0:
        out.append(f'<rect class="{role or "plain"}" x="0" y="{_n(height / 2 - 3.5)}" width="{_n(min(1.0, value / scale) * width)}" height="7" rx="1"/>')
    if target is not None and target >= 0:
        out.append(f'<rect class="mark" x="{_n(min(width - 2.5, target / scale * width - 1.2))}" y="1" width="2.5" height="{_n(height - 2)}"/>')
    return "".join([*out, "</svg>"])


def waterfall_svg(labels: Sequence[str], amounts: Sequence[Number], write: Callable[[Number, bool], str], good: str, label: str, width: float = WIDE) -> str:
    """From the first amount through the parts to the last: floating bars, a line each, with sign and arrow."""
    if len(labels) != len(amounts) or len(labels) < 2:
        return ""
    places = steps(amounts[0], amounts[1:-1])
    axis = axis_of([float(amounts[0]), float(amounts[-1]), *(end for place in places for end in place)])
    wide = width > NARROW
    left, right, row, top = (250.0 if wide else 112.0), (130.0 if wide else 96.0), 26.0, 4.0
    room = width - left - right

    def x(value: float) -> float:
        span = axis.high - axis.low
        return left + (min(1.0, max(0.0, (value - axis.low) / span)) * room if span > 0 else 0.0)

    top += 20 if axis.cut else 0  # an axis that does not start at zero says so
    out = [_open(width, len(labels) * row + top, label, _kind("waterfall", width))]
    if axis.cut:
        out.append(f'<path class="grid" d="M{_n(left)} {_n(top)}H{_n(width - right)}"/>')
        for value, anchor in ((axis.low, "start"), (axis.high, "end")):
            out.append(f'<text class="tick" x="{_n(x(value))}" y="14" text-anchor="{anchor}">{escape(write(value, False))}</text>')
    zero = min(max(0.0, axis.low), axis.high)
    for place, (name, amount) in enumerate(zip(labels, amounts, strict=True)):
        total = place in (0, len(labels) - 1)
        begin, end = (zero, float(amount)) if total else places[place - 1]
        middle = place * row + row / 2 + top
        up = end > begin
        role = "plain" if total else "part" if good == "none" else "good" if up == (good == "up") else "bad"
        first, last = sorted((x(begin), x(end)))
        text = write(amount, not total) + ("" if total or not amount else " ▲" if up else " ▼")
        strong = ' font-weight="600"' if total else ""
        shown = clean(name, 34 if wide else 15)
        out.append(f'<text class="name" x="{_n(left - 10)}" y="{_n(middle + 4)}" text-anchor="end"{strong}>{escape(shown)}</text>')
        out.append(f'<rect class="{role}" x="{_n(first)}" y="{_n(middle - 6)}" width="{_n(max(1.5, last - first))}" height="12" rx="1"/>')
        out.append(f'<text class="tick" x="{_n(last + 7)}" y="{_n(middle + 4)}"{strong}>{escape(text)}</text>')
        if place < len(labels) - 1:
            edge = x(end)
            out.append(f'<path class="grid" d="M{_n(edge)} {_n(middle + 6)}V{_n(middle + row - 6)}"/>')
    return "".join([*out, "</svg>"])
