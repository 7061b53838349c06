"""What the main screen says in its message line."""

from __future__ import annotations

from textual.screen import Screen

from kpi_core.errors import Message, OmnigapError, said
from tui.look.drawing import Look
from tui.screens.records import error_text
from tui.widgets.message import MessageLine


class SayingScreen(Screen[None]):
    """A screen with a message line."""

    look: Look
    _last_logged: tuple[Exception, str] | None = None

    def say(self, message: Message | None, role: str = "warn") -> None:
        """A line above the hint bar, until the next key that changes something; None clears it."""
        self.query_one(MessageLine).tell("" if message is None else self.look.fmt.t(message), role)

    def _logged(self, error: Exception) -> str:
        """Where the error was written down, once."""
        if self._last_logged is None or self._last_logged[0] is not error:
            self._last_logged = (error, self.app.keep_log(error))  # type: ignore[attr-defined]
        return self._last_logged[1]

    def complain(self, error: Exception) -> None:
        """An error as a line: what happened, where, what to do. Never a traceback, never a value of the data that is not meant."""
        if not isinstance(error, OmnigapError):
            place = self._logged(error)
            self.say(said("this view failed inside omnigap ({name}); details: {place}", name=type(error).__name__, place=place), "bad")
            return
        self.query_one(MessageLine).tell(error_text(self.look, error), "bad")
