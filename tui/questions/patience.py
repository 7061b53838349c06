"""Long work: after a moment the hint bar says that a question runs, for how long, and that Esc cancels it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.timer import Timer

from tui.widgets.hints import HintBar

if TYPE_CHECKING:
    from tui.screens.main import MainScreen

SLOW = 0.25  # seconds after which a running question is said
TICK = 1.0  # seconds between two words about it: no animation, few bytes over a slow line


class Patience:
    """The note about running questions."""

    def __init__(self, main: MainScreen) -> None:
        self.main = main
        self._timer: Timer | None = None
        self._cancelled = False

    def begin(self) -> None:
        """A question has been asked."""
        self._cancelled = False
        if self.main.asker.busy and self._timer is None:
            self._timer = self.main.set_timer(SLOW, self.tick)

    def tick(self) -> None:
        """Say how it stands, and look again later while there is something to say."""
        self._timer = None
        text = self.text()
        self.main.query_one(HintBar).note(text)
        if text:
            self._timer = self.main.set_timer(TICK, self.tick)

    def text(self) -> str:
        """`asking … 1.2 s · Esc cancels`; '' when nothing runs."""
        main, fmt = self.main, self.main.look.fmt
        if not main.asker.busy:
            return fmt.t("cancelling …") if self._cancelled and main.asker.working else ""
        seconds = fmt.number(main.asker.seconds(), 1)
        if main.asker.waits_for("page"):
            return fmt.t("asking … {seconds} s · Esc cancels", seconds=seconds)
        return fmt.t("asking … {seconds} s", seconds=seconds)

    def cancelled(self) -> None:
        """The question is being ended, which may take a moment."""
        self._cancelled = True
        self._stop()
        self.tick()

    def end(self) -> None:
        """A question has ended: nothing more is said unless another one runs."""
        if not self.main.asker.busy:
            self._stop()
            self.main.query_one(HintBar).note("")

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
