"""A pop-up whose work is done in threads, one request at a time: an answer to what is no longer asked is dropped."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic

from textual import on
from textual.message import Message as Posted

from kpi_core.errors import Message, OmnigapError
from tui.look.drawing import Look
from tui.screens.overlay import Overlay, Result
from tui.screens.records import error_text


class Done(Posted):
    """A thread is done: `value` answers the request `number`; `then` takes it."""

    def __init__(self, number: int, then: Callable[[object], None], value: object) -> None:
        super().__init__()
        self.number, self.then, self.value = number, then, value


class Working(Overlay[Result], Generic[Result]):
    """`working`: a request is under way."""

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        self._turn = threading.Lock()
        self._number = 0  # of the newest request
        self.working = False

    def _do(self, work: Callable[[], object], then: Callable[[object], None], told: Message | None = None) -> None:
        """Run `work` in a thread, then `then` with what it gave, an OmnigapError too; nothing of an older request comes any more."""
        self._number += 1
        number = self._number
        self.working = True
        if told is not None:
            self.trouble(told, "muted")

        def run() -> None:
            with self._turn:
                if number != self._number:
                    return
                try:
                    value = work()
                except OmnigapError as error:
                    value = error
            self.post_message(Done(number, then, value))

        self.run_worker(run, thread=True, exit_on_error=False, group="learn")

    @on(Done)
    def _done(self, message: Done) -> None:
        message.stop()
        if message.number != self._number:
            return
        self.working = False
        if isinstance(message.value, OmnigapError):
            self.trouble(error_text(self.look, message.value))
            return
        self.trouble("")
        message.then(message.value)
