"""The line above the hint bar that says what happened."""

from __future__ import annotations

from kpi_core.render.text import Line, fit_line, wrap
from tui.widgets.lines import Lines


class MessageLine(Lines):
    """Up to three lines: an error says what, where and what to do, which may be long. Not there while there is nothing to say."""

    MOST = 3
    _rest: Line = ()
    _told = False

    def tell(self, text: str, role: str = "warn") -> None:
        """Show a text in a role; '' takes the line away, or shows again what stands there else."""
        self._told = bool(text)
        if text:
            self.styles.height = min(self.MOST, len(wrap(text, max(10, self.app.size.width - 2))))
            self.show(lambda width, height: [((" ", ""), (piece, role)) for piece in wrap(text, max(10, width - 2))][:height])
            self.display = True
        else:
            self._at_rest()

    def rest(self, line: Line) -> None:
        """What stands here while nothing is said: rows that are hidden or marked."""
        self._rest = line
        if not self._told:
            self._at_rest()

    def _at_rest(self) -> None:
        line = self._rest
        if line:
            self.styles.height = 1
            self.show(lambda width, height: [fit_line(((" ", ""), *line), width)])
        self.display = bool(line)
