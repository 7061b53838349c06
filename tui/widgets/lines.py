"""Widgets that draw laid-out lines: the header, the trend, the cause lines, the message line."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from tui.runs import Runs, strip_of
from tui.theme import DARK, Palette

Draw = Callable[[int, int], Sequence[Runs]]


class Lines(Widget):
    """Lines of runs, asked for again when the size changes: `draw(width, height)`. What does not fit below is not drawn."""

    def __init__(self, *, palette: Palette = DARK, ground: str = "background", id: str | None = None) -> None:
        super().__init__(id=id)
        self.palette = palette
        self.ground = ground
        self._draw: Draw | None = None
        self._lines: Sequence[Runs] = ()
        self._for: tuple[int, int] | None = None

    def show(self, draw: Draw | None) -> None:
        """Draw other lines; only those that read otherwise than before are sent to the terminal."""
        self._draw = draw
        before = self._lines
        self._for = None
        after = self._ask()
        width = self.size.width
        for y in range(max(len(before), len(after))):
            if y >= len(before) or y >= len(after) or before[y] != after[y]:
                self.refresh(Region(0, y, width, 1))

    def repaint(self, palette: Palette) -> None:
        self.palette = palette
        self.refresh()

    def _ask(self) -> Sequence[Runs]:
        size = (self.content_size.width, self.content_size.height)
        if self._for != size:
            self._lines = self._draw(*size) if self._draw is not None and min(size) > 0 else ()
            self._for = size
        return self._lines

    def render_line(self, y: int) -> Strip:
        lines = self._ask()
        width = self.content_size.width
        return strip_of(lines[y] if y < len(lines) else (), width, self.palette, self.ground)


class HeaderBar(Lines):
    """The two lines that every view shares: crumb, period, comparison, freshness, then views, filters and counts."""

    DEFAULT_CSS = "HeaderBar { height: 2; }"

    def render_line(self, y: int) -> Strip:
        lines = self._ask()
        ground = "bar" if y == 0 else "background"
        return strip_of(lines[y] if y < len(lines) else (), self.content_size.width, self.palette, ground)
