"""What the screen knows of rows beyond the state: the filter as it is typed, the last search, the sort of each view, and the line about marks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from textual.timer import Timer

from kpi_core.errors import Message, said
from kpi_core.render import arrange
from kpi_core.render.filtering import Reading, explicit, keeps, read, told
from kpi_core.render.marks import marks_line
from kpi_core.render.table import Table
from kpi_core.render.text import Line
from kpi_core.view import Sort, ViewState
from tui.widgets.filter import FilterInput, FilterReading

if TYPE_CHECKING:
    from tui.screens.main import MainScreen

MANY = 300  # rows from which the filter waits for a pause in typing
PAUSE = 0.1  # seconds of that pause


class Rows:
    """One for the screen."""

    def __init__(self, main: MainScreen) -> None:
        self.main = main
        self.searched = ""  # the last filter that was in force: n and N look for it
        self._sorts: dict[tuple[str, str | None], Sort] = {}
        self._later: Timer | None = None

    # ---------------------------------------------------------------- where one goes

    def settled(self, here: ViewState, state: ViewState) -> ViewState:
        """The state to go to: elsewhere marks are dropped, and a view comes back in the order that it was given last."""
        if _place(here) == _place(state):
            return state
        if state.marks == here.marks:
            state = replace(state, marks=())
        if state.sort == Sort():
            state = replace(state, sort=self._sorts.get(_owner(state), Sort()))
        return state

    def noted(self, *states: ViewState) -> None:
        """These states were or are on screen, the newest last."""
        for state in states:
            self._sorts[_owner(state)] = state.sort
            if state.search.strip():
                self.searched = state.search

    # ---------------------------------------------------------------- the filter's field

    @property
    def waiting(self) -> bool:
        """What was typed is about to be applied."""
        return self._later is not None

    def open(self) -> None:
        """The field, with the filter in force."""
        field = self.main.query_one(FilterInput)
        field.show(self.main.state.search)
        self._tell(self.main.state.search)

    def close(self) -> None:
        """What was typed is in force; the field goes."""
        if self._later is not None:
            self._apply()
        self.main.query_one(FilterInput).display = False
        self.main.query_one(FilterReading).display = False
        self.noted(self.main.state)
        problem = self.problem()
        if problem is not None:
            self.main.say(problem)

    def typed(self) -> None:
        """The field holds another text: applied at once, after a pause where there are many rows."""
        if self._later is not None:
            self._later.stop()
            self._later = None
        if len(self.main.view.grid.content.rows) < MANY:
            self._apply()
        else:
            self._later = self.main.set_timer(PAUSE, self._apply)

    def _apply(self) -> None:
        if self._later is not None:
            self._later.stop()
            self._later = None
        text = self.main.query_one(FilterInput).value
        found = self.read(text)
        self.main.set_search(explicit(text, found[0]) if found is not None else text)
        self._tell(text)

    def read(self, text: str) -> tuple[Reading, Table] | None:
        """How a filter reads on the page on screen, a bare number on the lit column; None without a page that has rows."""
        table = self._table()
        return (read(text, table, self.main.view.grid.column_id), table) if table is not None else None

    def _table(self) -> Table | None:
        """Every row and column of the page on screen."""
        page = self.main.page
        return arrange.full_table(page, self.main.look.fmt) if isinstance(page, arrange.Page) and self.main.fresh else None

    def problem(self) -> Message | None:
        """What of the filter in force cannot be read here."""
        search = self.main.state.search
        found = self.read(search) if search.strip() else None
        return found[0].problem if found is not None else None

    def _tell(self, text: str) -> None:
        """Under the field: how the text was understood, or why it was not."""
        fmt = self.main.look.fmt
        found = self.read(text)
        line: Line = ((fmt.t("text, !text, gap<-3, >5, gap -5..-2, status:missed; a blank joins them"), "muted"),)
        if found is not None and text.strip():
            reading, table = found
            words = " · ".join(told(reading, table, fmt.t, fmt.decimal_mark))
            count = self.count()
            runs = [(f"{words}  ", ""), (count, "muted")] if words else [(count, "muted")]
            if reading.problem is not None:
                runs.insert(0, (fmt.t(reading.problem) + ("   " if words else "  "), "warn"))
            line = tuple(runs)
        self.main.query_one(FilterReading).tell(fmt.fold(line))

    # ---------------------------------------------------------------- the line about rows

    def count(self) -> str:
        """`3 of 17 rows`: what the filter keeps; '' without one."""
        table, fmt = self._table(), self.main.look.fmt
        if table is None or not self.main.state.search.strip():
            return ""
        every = sum(row.kind == "row" for row in table.rows)
        shown = len(self.keys())
        return fmt.t("{count} of {all} rows", count=shown, all=every) if every != 1 else fmt.t("{count} of 1 row", count=shown)

    def keys(self) -> list[str]:
        """The keys of the rows on screen, in their order."""
        return [row.key for row in self.main.view.grid.content.rows if row.key is not None and row.values]

    def foot(self) -> Line:
        """What stands in the message line while nothing else is said: rows that the filter hides, and the rows that are marked."""
        main, fmt = self.main, self.main.look.fmt
        if not main.fresh or main.page is None:
            return ()
        runs = [(self.count(), "muted")] if main.state.search.strip() and not main.filtering else []
        if main.state.marks:
            shown = set(self.keys())
            hidden = sum(key not in shown for key in main.state.marks)
            runs += [("  ·  ", "muted")] if runs and runs[0][0] else []
            runs += marks_line(main.page, main.state.marks, hidden, fmt)
        return fmt.fold(tuple(run for run in runs if run[0]))

    # ---------------------------------------------------------------- matches

    def matches(self) -> tuple[list[str], Message | None]:
        """Keys of the rows on screen that hold the last search, and what of it cannot be read here."""
        main = self.main
        search = main.state.search.strip() or self.searched
        found = self.read(search)
        if found is None or found[0].problem is not None:
            return [], found[0].problem if found is not None else said("the page is still being asked")
        holds = keeps(*found)
        good = {row.key for row in found[1].rows if row.kind == "row" and holds(row)}
        return [key for key in self.keys() if key in good], None


def _owner(state: ViewState) -> tuple[str, str | None]:
    """What a sort is remembered for."""
    return state.view, state.kpi if state.view not in ("overview", "gaps", "data") else None


def _place(state: ViewState) -> tuple[object, ...]:
    """Where one is, as far as rows go: the same rows may be shown in another period or against something else."""
    return (*_owner(state), state.by, state.where, state.shape)
