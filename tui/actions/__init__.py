"""What each command does: handlers by subject, found by the name that the command gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tui.actions.base import Handlers
from tui.actions.copying import Copying
from tui.actions.drivers import Drivers
from tui.actions.first import First
from tui.actions.going import Going
from tui.actions.heat import Heat
from tui.actions.learn import Learning
from tui.actions.lists import Lists
from tui.actions.panes import Panes
from tui.actions.places import Places
from tui.actions.rows import RowKeys
from tui.actions.shaping import Shaping
from tui.actions.showing import Showing
from tui.actions.trend import Trends
from tui.actions.window import Window

if TYPE_CHECKING:
    from tui.app import OmnigapApp
    from tui.screens.main import MainScreen

SUBJECTS: tuple[type[Handlers], ...] = (Going, Shaping, RowKeys, Showing, Copying, Lists, Panes, Places, Drivers, Trends, Heat, Window, First, Learning)


class Actions:
    """The handlers of one app."""

    def __init__(self, app: OmnigapApp, main: MainScreen) -> None:
        self._subjects = [kind(app, main) for kind in SUBJECTS]

    def find(self, handler: str) -> Callable[..., None]:
        """The method of a name; each stands in one subject. Raises KeyError."""
        for subject in self._subjects:
            method: Callable[..., None] | None = getattr(subject, handler, None)
            if method is not None:
                return method
        raise KeyError(handler)

    def run(self, handler: str) -> None:
        self.find(handler)()
