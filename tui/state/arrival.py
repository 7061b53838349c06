"""Arriving at a state that comes from outside: a link, a bookmark, the last session. What is not there is left out, and said."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from textual import on
from textual.widget import Widget

from kpi_core.errors import Message, said
from kpi_core.view import ViewState
from tui.questions.asking import Answered, Failed, Question

if TYPE_CHECKING:
    from tui.screens.main import MainScreen

Show = Callable[[ViewState, Sequence[Message]], None]


class Arrival(Widget):
    """Not drawn. Asks the source for the nearest state that opens, and shows it on the main screen with what had to be changed."""

    DEFAULT_CSS = "Arrival { display: none; }"

    def __init__(self, main: MainScreen) -> None:
        super().__init__()
        self._main = main
        self._show: Show | None = None
        self.told: tuple[Message, ...] = ()  # what was wrong with the link that the app was opened with

    def begin(self) -> None:
        """The workspace has been opened: show the state that it was to open at, unless a key was faster."""
        main = self._main

        def show(state: ViewState, told: Sequence[Message]) -> None:
            if main.history.can_undo:
                return
            main.history.stay(state)
            main.turn_to(state)
            main.say(together((*self.told, *told)))

        self._ask(main.state, show)

    def come(self, state: ViewState, told: Sequence[Message] = ()) -> None:
        """Go to the state of a link or bookmark. `told`: what was wrong with the link itself."""

        def show(near: ViewState, changed: Sequence[Message]) -> None:
            self._main.go(near)
            self._main.say(together((*told, *changed)))

        self._ask(state, show)

    def _ask(self, state: ViewState, show: Show) -> None:
        self._show = show  # another arrival before the answer takes this one's place
        self._main.asker.ask(Question("arrive", state, lambda source: source.nearest(state), self, remember=False))

    @on(Answered)
    def _answered(self, message: Answered) -> None:
        message.stop()
        if isinstance(message.value, tuple):
            state, told = message.value
            self._arrived(replace(state, at=message.state.at), told)

    @on(Failed)
    def _failed(self, message: Failed) -> None:
        """Whatever keeps the source from looking, the page itself will say."""
        message.stop()
        self._arrived(message.state, ())

    def _arrived(self, state: ViewState, told: Sequence[Message]) -> None:
        show, self._show = self._show, None
        if show is not None:
            show(state, told)


def together(told: Sequence[Message]) -> Message | None:
    """Several sentences as one; None for none."""
    whole: Message | None = None
    for message in told:
        whole = message if whole is None else said("{one} · {other}", one=whole, other=message)
    return whole
