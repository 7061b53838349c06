"""What the numbered views have in common: a page shown with the row filter and sort of a state, one table that has the focus."""

from __future__ import annotations

from textual.containers import Container

from kpi_core.view import ViewState
from tui.context import Page
from tui.drawing import Look
from tui.widgets.grid import GridView
from tui.widgets.lines import Lines


class View(Container):
    """A numbered view. `show` draws a page that answers the state; `focus_grid` is the table that keys move in."""

    def __init__(self, look: Look, id: str) -> None:
        super().__init__(id=id)
        self.look = look

    @property
    def grid(self) -> GridView:
        raise NotImplementedError

    def show(self, page: Page, state: ViewState, at: str | None) -> None:
        """Draw the page. `at`: the row to stand on; None is the first."""
        raise NotImplementedError

    def moved(self, key: str | None) -> None:
        """The cursor of the table is on another row, and has rested there."""

    def repaint(self) -> None:
        """Draw again in the look's palette."""
        for grid in self.query(GridView):
            grid.repaint(self.look.palette)
        for lines in self.query(Lines):
            lines.repaint(self.look.palette)

    def new_grid(self, id: str) -> GridView:
        return GridView(palette=self.look.palette, ascii_only=self.look.ascii_only, id=id)

    def new_lines(self, id: str, ground: str = "background") -> Lines:
        return Lines(palette=self.look.palette, ground=ground, id=id)
