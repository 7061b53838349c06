"""A searchable list: commands, the palette, dimensions, comparisons. What cannot be chosen stays, with its reason."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.widgets import Input

from kpi_core.errors import said
from kpi_core.render.text import cell_width, cut, pad
from tui.finding.matching import Index
from tui.look.drawing import Look
from tui.screens.overlay import Box, ListInput, Overlay
from tui.widgets.content import GridContent, GridRow
from tui.widgets.grid import GridView

MOST, LEAST, FRAME = 36, 10, 7  # lines of the box, and those of them that are not the list
LEAST_NOTE = 6  # cells under which a note says nothing
Typed = Callable[[str], "Choice | None"]


@dataclass(frozen=True)
class Choice:
    """One line: what it is called, what it belongs to (or why it cannot be chosen), and the key that does the same.

    `section`: the title that it stands under while nothing is searched. `words`: what else it is found by, not shown.
    """

    id: str
    title: str
    note: str = ""
    enabled: bool = True
    key: str = ""
    section: str = ""
    words: str = ""


class PickScreen(Overlay[str]):
    """Returns the id of the choice, or None. `typed` may turn the text itself into a choice (a period)."""

    FIELD = "search"

    def __init__(self, look: Look, title: str, choices: Sequence[Choice], *, at: str | None = None, typed: Typed | None = None) -> None:
        super().__init__(look)
        self._title = title
        self._choices = list(choices)
        self._index = _index(self._choices)
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
        self._fit()
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

    def _fit(self) -> None:
        """A short list takes the lines that it needs; it does not shrink while it is searched."""
        sections = len({choice.section for choice in self._choices if choice.section})
        self.query_one("#pick").styles.max_height = min(MOST, max(LEAST, len(self._choices) + sections + FRAME))

    def offer(self, choices: Sequence[Choice]) -> None:
        """Other choices, searched for the text that stands there."""
        self._choices = list(choices)
        self._index = _index(self._choices)
        self._fit()
        self._search(self.query_one("#search", Input).value)

    def _search(self, text: str, at: str | None = None) -> None:
        exact = [choice for choice in self._choices if choice.key and choice.key == text.strip()]  # a key is found as it is: D is not d
        found = [*exact, *(choice for choice in self._index.search(text) if choice not in exact)]
        own = self._typed(text) if self._typed is not None and text.strip() else None
        self._shown = [own, *found] if own is not None else found
        keys = max((cell_width(choice.key) for choice in self._shown), default=0)
        names = max((cell_width(choice.title) for choice in self._shown), default=0)
        first = at if at is not None else (self._shown[0].id if self._shown else None)
        empty = self.look.fmt.t("nothing found")
        titled = not text.strip()
        self.query_one("#choices", GridView).show(lambda width: self._content(keys, names, empty, width, titled), first)

    def _content(self, keys: int, names: int, empty: str, width: int, titled: bool) -> GridContent:
        """Names keep the room they need; what stands beside them is cut first, and left out where nothing of it would be read."""
        rows = []
        dots = self.look.fmt.ellipsis
        left = width - 2 - (keys + 2 if keys else 0)
        names = min(names, left)
        room = left - names - 2
        section = ""
        for choice in self._shown:
            if titled and choice.section and choice.section != section:
                section = choice.section
                rows.append(GridRow(None, ((" ", ""), (cut(section, width - 2, dots), "title"))))
            lead = ((pad(choice.key, keys, "right") + "  ", "key" if choice.enabled else "muted"),) if keys else ()
            name = (pad(cut(choice.title, names, dots), names), "" if choice.enabled else "muted")
            note = (("  ", ""), (cut(choice.note, room, dots), "muted")) if room >= LEAST_NOTE else ()
            rows.append(GridRow(choice.id, ((" ", ""), *lead, name, *note)))
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


def _index(choices: Sequence[Choice]) -> Index[Choice]:
    return Index(choices, lambda choice: (choice.title, choice.words), lambda choice: f"{choice.key} {choice.note}")
