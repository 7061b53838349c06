"""A searchable list: commands, dimensions, comparisons, places to go. What cannot be chosen stays, with its reason."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.widgets import Input

from kpi_core.errors import said
from kpi_core.render.arrange import folded
from kpi_core.render.text import cell_width, cut, pad
from tui.drawing import Look
from tui.screens.overlay import Box, ListInput, Overlay
from tui.widgets.content import GridContent, GridRow
from tui.widgets.grid import GridView

Typed = Callable[[str], "Choice | None"]


@dataclass(frozen=True)
class Choice:
    """One line: what it is called, what it belongs to (or why it cannot be chosen), and the key that does the same."""

    id: str
    title: str
    note: str = ""
    enabled: bool = True
    key: str = ""


class PickScreen(Overlay[str]):
    """Returns the id of the choice, or None. `typed` may turn the text itself into a choice (a period)."""

    def __init__(self, look: Look, title: str, choices: Sequence[Choice], *, at: str | None = None, typed: Typed | None = None) -> None:
        super().__init__(look)
        self._title = title
        self._choices = list(choices)
        self._at = at
        self._typed = typed
        self._shown: list[Choice] = []

    def compose(self) -> ComposeResult:
        t = self.look.fmt.t
        with Box(id="pick"):
            yield self.lines("title", "one")
            yield ListInput("choices", placeholder=t("type to search"), id="search")
            grid = self.grid("choices")
            grid.can_focus = False
            yield grid
            yield self.lines("trouble", "one")
            yield self.hint_bar(("Enter" if self.look.ascii_only else "⏎", t("choose")))

    def on_mount(self) -> None:
        self.heading(self._title)
        self._search("", self._at)
        self.query_one("#search", Input).focus()

    @on(Input.Changed)
    def _typing(self, message: Input.Changed) -> None:
        message.stop()
        self._search(message.value)

    @on(Input.Submitted)
    def _entered(self, message: Input.Submitted) -> None:
        message.stop()
        self._choose()

    @on(GridView.Chosen)
    def _clicked(self, message: GridView.Chosen) -> None:
        message.stop()
        self._choose()

    @on(GridView.Moved)
    def _moved(self, message: GridView.Moved) -> None:
        message.stop()
        choice = next((choice for choice in self._shown if choice.id == message.key), None)
        self.trouble("" if choice is None or choice.enabled else said("not now: {reason}", reason=choice.note), "warn")

    def _search(self, text: str, at: str | None = None) -> None:
        words = folded(text).split()
        found = [choice for choice in self._choices if all(word in folded(f"{choice.key} {choice.title} {choice.note}") for word in words)]
        if words:  # a title that begins with the text comes first; the rest keeps its order
            found.sort(key=lambda choice: not folded(choice.title).startswith(folded(text).strip()))
        own = self._typed(text) if self._typed is not None and text.strip() else None
        self._shown = [own, *found] if own is not None else found
        keys = max((cell_width(choice.key) for choice in self._choices), default=0)
        names = max((cell_width(choice.title) for choice in self._shown), default=0)
        first = at if at is not None else (self._shown[0].id if self._shown else None)
        empty = self.look.fmt.t("nothing found")
        self.query_one("#choices", GridView).show(lambda width: self._content(keys, names, empty, width), first)

    def _content(self, keys: int, names: int, empty: str, width: int) -> GridContent:
        rows = []
        room = max(1, width - names - 4 - (keys + 2 if keys else 0))
        dots = self.look.fmt.ellipsis
        for choice in self._shown:
            lead = ((pad(choice.key, keys, "right") + "  ", "key" if choice.enabled else "muted"),) if keys else ()
            name = (pad(choice.title, names), "" if choice.enabled else "muted")
            rows.append(GridRow(choice.id, ((" ", ""), *lead, name, ("  ", ""), (cut(choice.note, room, dots), "muted"))))
        return GridContent(rows=rows, empty=((" " + empty, "muted"),))

    def _choose(self) -> None:
        key = self.query_one("#choices", GridView).cursor_key
        choice = next((choice for choice in self._shown if choice.id == key), None)
        if choice is None:
            return
        if not choice.enabled:
            self.trouble(said("not now: {reason}", reason=choice.note), "warn")
            return
        self.dismiss(choice.id)
