"""Keys on rows: marks, what Enter and ! make of them, further sort keys, matches of the last filter; and live."""

from __future__ import annotations

from dataclasses import replace

from kpi_core.errors import said
from kpi_core.pages import RowKind
from kpi_core.view import Sort
from tui.actions.base import Handlers
from tui.state import navigation

MOST_MARKS = 200  # a link has to hold them


class RowKeys(Handlers):
    """What a table's rows can be asked for."""

    def mark(self) -> None:
        """The row's mark comes or goes, and the cursor moves on."""
        main = self.main
        key = main.view.grid.cursor_key
        if key is None:
            return
        marks = main.state.marks
        if key not in marks and len(marks) >= MOST_MARKS:
            main.say(said("{count} rows are marked: no more fit into a link", count=MOST_MARKS), "muted")
            return
        main.mark(tuple(each for each in marks if each != key) if key in marks else (*marks, key))
        main.view.grid.action_move(1)

    def unmark(self) -> None:
        self.main.mark(())

    def keep(self) -> None:
        """Enter in Explore with marks: only the marked members are left, as one crumb."""
        main = self.main
        page = main.context.explore
        if page is not None and page.by is not None and main.state.marks:
            main.go(navigation.kept(main.here(), page, main.state.marks))

    def exclude(self) -> None:
        """Everything but the marked members, or but the one under the cursor."""
        main = self.main
        page, key = main.context.explore, main.view.grid.cursor_key
        keys = main.state.marks or ((key,) if key is not None else ())
        if page is None or page.by is None or not keys:
            return
        if not page.hidden and not [row for row in page.rows if row.kind is RowKind.MEMBER and row.key not in keys]:
            main.say(said("that would leave nothing"), "muted")
            return
        main.go(replace(navigation.excluded(main.here(), page, keys), at=self._after(keys)))

    def _after(self, gone: tuple[str, ...]) -> str | None:
        """The row that the cursor comes to when these are gone: the next one, else the one before."""
        keys, at = self.main.rows.keys(), self.main.view.grid.cursor_key
        place = keys.index(at) if at in keys else 0
        return next((key for key in (*keys[place:], *reversed(keys[:place])) if key not in gone), None)

    def sort_then(self) -> None:
        """The lit column decides between rows that are equal so far; again reverses it, a third time takes it away."""
        main = self.main
        column, natural = main.view.grid.column_id, main.view.grid.column_at > 0
        now = main.state.sort
        if not now.column or column == now.column or not column:
            self.app.actions.run("sort")
            return
        keys = dict(now.then)
        if column not in keys:
            keys[column] = natural
        elif keys[column] == natural:
            keys[column] = not natural
        else:
            del keys[column]
        sort = Sort(now.column, now.descending, tuple(keys.items()))
        main.go(replace(main.state, sort=sort, at=main.view.grid.cursor_key))

    def next_match(self) -> None:
        self._match(1)

    def previous_match(self) -> None:
        self._match(-1)

    def _match(self, step: int) -> None:
        """To the next row (-1: the row before) that the last filter would keep; after the last one comes the first."""
        main = self.main
        found, problem = main.rows.matches()
        if not found:
            main.say(problem or said("no row holds {text}", text=main.rows.searched), "muted")
            return
        order = {row.key: place for place, row in enumerate(main.view.grid.content.rows)}
        places = [order[key] for key in found]
        here = main.view.grid.cursor
        later = [place for place in places if (place > here if step > 0 else place < here)]
        place = (later or places)[0 if step > 0 else -1]
        main.view.grid.move_to(place)
        main.say(said("match {place} of {count}", place=places.index(place) + 1, count=len(places)), "muted")

    def live(self) -> None:
        self.main.live.switch()
