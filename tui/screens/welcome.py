"""The first page of an empty workspace: what to do, and what lies in its exports folder. It looks again while it is shown."""

from __future__ import annotations

from collections.abc import Callable

from textual import work
from textual.message import Message

from kpi_core.errors import OmnigapError
from kpi_core.pages import Welcome
from kpi_core.render.welcome import welcome_lines
from tui.look.drawing import Look
from tui.widgets.lines import Lines

LookAround = Callable[[], Welcome]


class WelcomePane(Lines):
    """Not there until `begin`. Posts `Loaded` once numbers are there."""

    DEFAULT_CSS = "WelcomePane { height: 1fr; display: none; }"

    class Loaded(Message):
        """Somebody has loaded exports."""

    class Looked(Message):
        """A look around is done."""

        def __init__(self, page: Welcome) -> None:
            super().__init__()
            self.page = page

    def __init__(self, look: Look, around: LookAround | None, poll: float) -> None:
        super().__init__(palette=look.palette, id="welcome")
        self.look = look
        self._around = around
        self._poll = poll
        self._page: Welcome | None = None

    def begin(self) -> bool:
        """Show what is there; False when there is no way to look."""
        if self._around is None:
            return False
        if not self.display:
            self.display = True
            if self._poll > 0:
                self.set_interval(self._poll, self.see)
        self.see()
        return True

    def end(self) -> None:
        self.display = False

    def see(self) -> None:
        """Look again, while this page is shown."""
        if self.display:
            self._see()

    @work(thread=True, exclusive=True, group="welcome", exit_on_error=False)
    def _see(self) -> None:
        around = self._around
        try:
            page = around() if around is not None else None
        except (OmnigapError, OSError):
            return  # what stood there stays; opening says what is wrong
        if page is not None:
            self.post_message(self.Looked(page))

    def on_welcome_pane_looked(self, message: Looked) -> None:
        message.stop()
        page = message.page
        if not self.display:
            return
        if page.loaded:
            self.post_message(self.Loaded())
        elif page != self._page:
            self._page = page
            self.show(lambda width, height: welcome_lines(page, self.look.fmt, width, height))
