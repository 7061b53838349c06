"""Commands about the window: newest data, link, colours."""

from __future__ import annotations

from kpi_core.errors import said
from kpi_core.links import to_link
from tui.actions.base import Handlers


class Window(Handlers):
    """The window itself."""

    def refresh(self) -> None:
        self.main.refresh_data()

    def link(self) -> None:
        link = to_link(self.main.here())
        self.app.copy_to_clipboard(link)
        self.main.say(said("copied: {link}", link=link), "good")

    def theme(self) -> None:
        self.app.next_theme()
