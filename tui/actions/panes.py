"""Commands about panes: the focus, the size, what Enter does in one, and jump letters."""

from __future__ import annotations

from kpi_core.errors import said
from kpi_core.view import ZOOMS
from tui.actions.base import Handlers
from tui.screens.jump import JumpScreen, Spot, targets


class Panes(Handlers):
    """The panes of the view on screen."""

    def next_pane(self) -> None:
        self._step(1)

    def previous_pane(self) -> None:
        self._step(-1)

    def _step(self, step: int) -> None:
        main = self.main
        if main.filtering:
            main.close_filter()
        order = main.view.order
        main.to_pane(order[(order.index(main.view.pane) + step) % len(order)], main.state.zoom)

    def zoom(self) -> None:
        """As before → half → full → as before; a size that would show the same again is left out."""
        main, view = self.main, self.main.view
        at = ZOOMS.index(main.state.zoom)
        sizes = [*ZOOMS[at + 1 :], ""]
        main.to_pane(view.pane, next(zoom for zoom in sizes if not zoom or view.changes(zoom)))

    def enter_pane(self) -> None:
        """What Enter does in a pane that is not the view's own table."""
        main, pane = self.main, self.main.view.pane
        if pane == "breakdown":
            state = main.view.member()
            if state is None:
                main.say(said("this row has nothing below it"), "muted")
            else:
                main.go(state)
        elif pane == "trend":
            self.app.run_command("trend")
        elif pane == "explain":
            self.app.run_command("explain_row" if main.state.view == "overview" else "explain_whole")
        else:
            main.say(said("this pane has nothing to open"), "muted")

    def jump(self) -> None:
        """Letters over the screen; typing one goes there."""
        self.app.push_screen(JumpScreen(self.app.look, targets(self.main)), self._jumped)

    def _jumped(self, spot: Spot | None) -> None:
        main = self.main
        if spot is None:
            return
        if spot.kind == "view":
            self.app.run_command(spot.name)
        elif spot.kind == "pane":
            main.to_pane(spot.name, main.state.zoom)
        elif main.view.table is not None:
            main.view.table.move_to(spot.row)
