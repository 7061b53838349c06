"""Lines that can take the focus and be scrolled: what a pane without a table shows."""

from __future__ import annotations

from textual import events
from textual.strip import Strip

from tui.commands import bindings
from tui.look.runs import marked, strip_of
from tui.widgets.lines import Draw, Lines

WHEEL = 3  # lines a turn of the wheel


class ScrolledLines(Lines, can_focus=True):
    """`draw` may give more lines than there is height for: the keys of a table and the wheel go through them."""

    BINDINGS = bindings("grid")

    def __init__(self, *, ascii_only: bool = False, **how: object) -> None:
        super().__init__(**how)  # type: ignore[arg-type]
        self.ascii_only = ascii_only
        self.top = 0

    def show(self, draw: Draw | None, keep: bool = False) -> None:
        """Draw other lines, from the first one on unless `keep`."""
        if not keep and self.top:
            self.top = 0
            self.refresh()
        super().show(draw)
        self._to(self.top)

    @property
    def _last(self) -> int:
        return max(0, len(self._ask()) - self.content_size.height)

    def _to(self, top: int) -> None:
        found = max(0, min(top, self._last))
        if found != self.top:
            self.top = found
            self.refresh()

    def render_line(self, y: int) -> Strip:
        lines, at = self._ask(), y + self.top
        runs = lines[at] if at < len(lines) else ()
        if y == self.content_size.height - 1 and at < len(lines) - 1:
            runs = marked(runs, "v" if self.ascii_only else "▾", "muted")
        elif y == 0 and self.top:
            runs = marked(runs, "^" if self.ascii_only else "▴", "muted")
        return strip_of(runs, self.content_size.width, self.palette, self.ground)

    def on_resize(self) -> None:
        super().on_resize()
        self._to(self.top)

    # ---------------------------------------------------------------- keys and wheel

    def action_move(self, step: int) -> None:
        self._to(self.top + step)

    def action_edge(self, side: int) -> None:
        self._to(0 if side < 0 else self._last)

    def action_page(self, side: int) -> None:
        self._to(self.top + side * max(1, self.content_size.height - 1))

    def action_half(self, side: int) -> None:
        self._to(self.top + side * max(1, self.content_size.height // 2))

    def action_column(self, step: int) -> None:
        """There are no columns."""

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self._to(self.top + WHEEL)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self._to(self.top - WHEEL)
