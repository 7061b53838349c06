"""What the numbered views have in common: a page shown with the row filter and sort of a state, one table that has the focus."""

from __future__ import annotations

from textual.containers import Container

from kpi_core.view import ViewState
from tui.context import Page
from tui.look.drawing import Look
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

    def rested(self, key: str | None) -> None:
        """The same on a page that answers the state: the time to ask for what stands around the table."""

    @property
    def pane(self) -> str:
        """The pane that has the focus; '' is the view's own table."""
        return ""

    @property
    def order(self) -> tuple[str, ...]:
        """The panes that Tab goes through."""
        return ("",)

    @property
    def table(self) -> GridView | None:
        """The table that the keys move in; None while a pane without rows has the focus."""
        return self.grid

    def changes(self, zoom: str) -> bool:
        """Whether this size of the pane in focus shows something else than the usual one."""
        return False

    def member(self) -> ViewState | None:
        """What the row under the cursor of a pane opens; None for nothing."""
        return None

    def hold(self, state: ViewState) -> None:
        """Take over pane and zoom of a state."""

    def focus_table(self) -> None:
        """Give the focus to the pane of the state."""
        self.grid.focus(scroll_visible=False)

    def new_grid(self, id: str) -> GridView:
        return GridView(palette=self.look.palette, ascii_only=self.look.ascii_only, id=id)

    def new_lines(self, id: str, ground: str = "background") -> Lines:
        return Lines(palette=self.look.palette, ground=ground, id=id)
