"""What the main screen does about rows: the filter's field, marks, and the keys that end what newer data marked."""

from __future__ import annotations

from dataclasses import replace

from textual import events, on
from textual.widgets import Input

from kpi_core.errors import said
from kpi_core.view import ViewState
from tui.context import Page
from tui.look.rows import Rows
from tui.screens.saying import SayingScreen
from tui.screens.view import View
from tui.state.history import History
from tui.widgets.filter import FilterInput
from tui.widgets.message import MessageLine


class TableScreen(SayingScreen):
    """A screen with a view whose rows can be filtered and marked; the rest of it is `MainScreen`."""

    state: ViewState
    history: History
    page: Page | None
    rows: Rows
    _at: str | None

    @property
    def view(self) -> View:
        raise NotImplementedError

    @property
    def fresh(self) -> bool:
        raise NotImplementedError

    def here(self) -> ViewState:
        raise NotImplementedError

    def _draw(self, page: Page) -> None:
        raise NotImplementedError

    def _draw_header(self, page: Page) -> None:
        raise NotImplementedError

    def _hint(self) -> None:
        raise NotImplementedError

    def redraw_header(self) -> None:
        """The header says something else of the page on screen."""
        if self.page is not None and self.fresh:
            self._draw_header(self.page)

    # ---------------------------------------------------------------- marks

    def mark(self, marks: tuple[str, ...]) -> None:
        """Other rows are marked: nothing is asked, and only their lines are drawn."""
        self.state = replace(self.state, marks=marks)
        self.history.note(self.here())
        self.redraw_header()
        self._remark()

    def _remark(self) -> None:
        """Rows are marked as the state says; what the filter hides and what is marked is said."""
        self.view.grid.mark(self.state.marks)
        self.query_one(MessageLine).rest(self.rows.foot())
        self._hint()

    def on_key(self, event: events.Key) -> None:
        """A key was pressed: what newer data changed has been seen."""
        if self.view.grid.changed:
            self.view.grid.show_changes({})
            self.say(None)

    # ---------------------------------------------------------------- row filter

    def open_filter(self) -> None:
        self.rows.open()

    def close_filter(self) -> None:
        self.rows.close()
        self.query_one(MessageLine).rest(self.rows.foot())
        self.view.focus_table()
        self.history.note(self.here())

    @property
    def filtering(self) -> bool:
        return bool(self.query_one(FilterInput).display)

    @on(Input.Changed, "#filter")
    def _filter_typed(self, message: Input.Changed) -> None:
        if self.filtering:
            self.rows.typed()

    @on(FilterInput.Cut)
    def _filter_cut(self) -> None:
        self.say(said("what was pasted is too long for a filter: it was cut"))

    @on(Input.Submitted, "#filter")
    def _filter_done(self) -> None:
        self.close_filter()

    def set_search(self, text: str) -> None:
        """Change the row filter: nothing is asked, the rows on screen are filtered."""
        self._at = self.view.grid.cursor_key
        self.state = replace(self.state, search=text)
        if not self.filtering:
            self.history.note(self.state)
        if self.page is not None and self.fresh:
            self._draw(self.page)
