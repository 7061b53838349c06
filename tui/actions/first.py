"""The guided tour's commands."""

from __future__ import annotations

from tui.actions.base import Handlers
from tui.state import navigation
from tui.tour import TourBar


class First(Handlers):
    """First minutes."""

    @property
    def _bar(self) -> TourBar:
        return self.main.query_one(TourBar)

    def tour(self) -> None:
        """From its first step, which stands on the overview."""
        self.main.go(navigation.to_view(self.main.state, "overview"))
        self._bar.begin(self.app.look, self.main.state)

    def tour_skip(self) -> None:
        self._bar.skip(self.main.state)

    def tour_end(self) -> None:
        self._bar.end()
