"""Widgets that draw laid-out lines: the header, the trend, the cause lines, the message line."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from tui.look.runs import Runs, changed, strip_of
from tui.look.theme import DARK, Palette
from tui.widgets.laid import LaidOut

Draw = Callable[[int, int], Sequence[Runs]]


class Lines(LaidOut, Widget):
    """Lines of runs, asked for again when the size changes: `draw(width, height)`. What does not fit below is not drawn."""

    def __init__(self, *, palette: Palette = DARK, ground: str = "background", id: str | None = None) -> None:
        super().__init__(id=id)
        self.palette = palette
        self.ground = ground
        self._draw: Draw | None = None
        self._lines: Sequence[Runs] = ()
        self._for: tuple[int, int] | None = None

    def _size_updated(self, size: Size, virtual_size: Size, container_size: Size, layout: bool = True) -> bool:
        """Textual would lay out and draw everything once more after a first size: nothing scrolls here."""
        self.set_reactive(Widget.virtual_size, virtual_size)
        return super()._size_updated(size, virtual_size, container_size, layout)

    def on_resize(self) -> None:
        self.drawn_by_layout()  # the layout has drawn all of it; Textual would send it again with the next change

    def show(self, draw: Draw | None) -> None:
        """Draw other lines; only the cells that read otherwise than before are sent to the terminal."""
        self._draw = draw
        before = self._lines
        self._for = None
        after = self._ask()
        width = self.size.width
        for y in range(max(len(before), len(after))):
            if y >= len(before) or y >= len(after):
                self.refresh(Region(0, y, width, 1))
            elif before[y] != after[y]:
                start, end = changed(before[y], after[y])
                self.refresh(Region(start, y, max(0, min(width, end) - start), 1))

    @property
    def lines(self) -> Sequence[Runs]:
        """What is drawn now."""
        return self._ask()

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
    """The lines that every view shares: crumb, period, comparison, freshness, then views, filters and counts; two where they are enough."""

    DEFAULT_CSS = "HeaderBar { height: 2; }"

    def show(self, draw: Draw | None) -> None:
        self._draw = draw
        self._grow()
        super().show(draw)

    def on_resize(self) -> None:
        self._grow()

    def _grow(self) -> None:
        """As many lines as are needed to hide nothing, up to half of the screen."""
        width = self.content_size.width
        if self._draw is not None and width > 0:
            height = max(2, min(len(self._draw(width, 0)), self.app.size.height // 2))
            if self.styles.height is None or self.styles.height.value != height:
                self.styles.height = height

    def render_line(self, y: int) -> Strip:
        lines = self._ask()
        ground = "bar" if y == 0 else "background"
        return strip_of(lines[y] if y < len(lines) else (), self.content_size.width, self.palette, ground)
