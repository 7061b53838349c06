"""The line above the hint bar that says what happened."""

from __future__ import annotations

from kpi_core.render.text import wrap
from tui.widgets.lines import Lines


class MessageLine(Lines):
    """Up to three lines: an error says what, where and what to do, which may be long. Not there while there is nothing to say."""

    MOST = 3

    def tell(self, text: str, role: str = "warn") -> None:
        """Show a text in a role; '' takes the line away."""
        if text:
            self.styles.height = min(self.MOST, len(wrap(text, max(10, self.app.size.width - 2))))
            self.show(lambda width, height: [((" ", ""), (piece, role)) for piece in wrap(text, max(10, width - 2))][:height])
        self.display = bool(text)
