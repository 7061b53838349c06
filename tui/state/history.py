"""The way behind and ahead: one line of states, with large steps (pages, as in a browser) and small ones (every change of what is shown).

Back and forward lead to the state in which a page was left, with its filter, sort, marks and cursor; undo and redo go through the
changes one by one. Both walk the same line, so one can be taken back with the other. Going somewhere new forgets what lay ahead.
"""

from __future__ import annotations

from dataclasses import replace

from kpi_core.view import ViewState
from tui.state.navigation import asked

MOST = 500


class History:
    """States seen, oldest first, and the place of the one on screen."""

    def __init__(self, state: ViewState, most: int = MOST) -> None:
        self._states = [state]
        self._place = 0
        self._most = most

    @property
    def now(self) -> ViewState:
        return self._states[self._place]

    def stay(self, state: ViewState) -> None:
        """The state on screen is really this one: no step of its own, what lies ahead stays."""
        self._states[self._place] = state

    def note(self, state: ViewState) -> None:
        """What is on screen now. Another row or pane is no step; everything else is, and what lay ahead is forgotten."""
        if _quiet(state) == _quiet(self.now):
            self.stay(state)
            return
        del self._states[self._place + 1 :]
        self._states.append(state)
        del self._states[: -self._most]
        self._place = len(self._states) - 1

    def give_up(self, state: ViewState) -> None:
        """What was gone to was never shown: this state is on screen still; the nearest place that it has."""
        same = [place for place, known in enumerate(self._states) if _quiet(known) == _quiet(state)]
        if not same:
            self.note(state)
            return
        self._place = min(same, key=lambda place: abs(place - self._place))
        self.stay(state)

    @property
    def can_undo(self) -> bool:
        return self._place > 0

    @property
    def can_redo(self) -> bool:
        return self._place < len(self._states) - 1

    @property
    def can_back(self) -> bool:
        return self._page(-1) is not None

    @property
    def can_forward(self) -> bool:
        return self._page(1) is not None

    def undo(self) -> ViewState | None:
        """The state before the last change; None at the beginning."""
        return self._to(self._place - 1 if self.can_undo else None)

    def redo(self) -> ViewState | None:
        """The change that was undone, again."""
        return self._to(self._place + 1 if self.can_redo else None)

    def back(self) -> ViewState | None:
        """The page before, as it was left."""
        return self._to(self._page(-1))

    def forward(self) -> ViewState | None:
        """The page after, as it was left."""
        return self._to(self._page(1))

    def _to(self, place: int | None) -> ViewState | None:
        if place is None:
            return None
        self._place = place
        return self.now

    def _page(self, step: int) -> int | None:
        """The place where the page before (-1) or after (1) was left: the last of its states that lie together."""
        places = range(self._place - 1, -1, -1) if step < 0 else range(self._place + 1, len(self._states))
        other = next((place for place in places if asked(self._states[place]) != asked(self.now)), None)
        if other is None or step < 0:
            return other
        page = asked(self._states[other])
        while other + 1 < len(self._states) and asked(self._states[other + 1]) == page:
            other += 1
        return other


def _quiet(state: ViewState) -> ViewState:
    """What counts as a change: everything but the row and the pane that have the cursor."""
    return replace(state, at=None, pane="")
