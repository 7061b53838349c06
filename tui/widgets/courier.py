"""An answer that one command waits for, brought back to it: no screen has to know what was asked."""

from __future__ import annotations

from collections.abc import Callable

from textual import on
from textual.widget import Widget

from tui.questions.asking import Answered, Failed


class Courier(Widget):
    """Not drawn; there until its answer is. `arrived` gets the value, `lost` the error, both in the screen's own thread."""

    DEFAULT_CSS = "Courier { display: none; }"

    def __init__(self, arrived: Callable[[object], None], lost: Callable[[Exception], None]) -> None:
        super().__init__()
        self._arrived = arrived
        self._lost = lost

    @on(Answered)
    def _answered(self, message: Answered) -> None:
        message.stop()
        self.remove()
        self._arrived(message.value)

    @on(Failed)
    def _failed(self, message: Failed) -> None:
        message.stop()
        self.remove()
        self._lost(message.error)
