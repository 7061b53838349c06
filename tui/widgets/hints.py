"""The hint bar: what can be done now, whole hints only."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tui.commands import Hint
from tui.look.runs import Run, strip_of
from tui.look.theme import DARK, Palette

GAP = 2


def fit(hints: Sequence[Hint], width: int) -> list[Hint]:
    """The hints that fit in `width` cells in reading order; the least important go first, none is ever cut."""
    kept = list(hints)
    while kept and 1 + sum(cell_len(h.key) + 1 + cell_len(h.word) for h in kept) + GAP * (len(kept) - 1) > width:
        kept.remove(max(kept, key=lambda hint: hint.priority))
    return kept


class HintBar(Widget):
    """One line of keys and words; a click runs the command. `note` stands on the right (asking …)."""

    DEFAULT_CSS = "HintBar { height: 1; dock: bottom; }"

    class Clicked(Message):
        """A hint was clicked."""

        def __init__(self, command: str) -> None:
            super().__init__()
            self.command = command

    def __init__(self, *, palette: Palette = DARK, id: str | None = None) -> None:
        super().__init__(id=id)
        self.palette = palette
        self._hints: Sequence[Hint] = ()
        self._note = ""
        self._spots: list[tuple[int, int, str]] = []

    def show(self, hints: Sequence[Hint]) -> None:
        if list(hints) != list(self._hints):
            self._hints = list(hints)
            self.refresh()

    def note(self, text: str) -> None:
        if text != self._note:
            self._note = text
            self.refresh()

    def repaint(self, palette: Palette) -> None:
        self.palette = palette
        self.refresh()

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        room = width - (cell_len(self._note) + 2 if self._note else 0)
        runs: list[Run] = [(" ", "")]
        self._spots = []
        at = 1
        for place, hint in enumerate(fit(self._hints, room)):
            if place:
                runs.append((" " * GAP, ""))
                at += GAP
            size = cell_len(hint.key) + 1 + cell_len(hint.word)
            self._spots.append((at, at + size, hint.command))
            runs += [(hint.key, "key"), (f" {hint.word}", "muted")]
            at += size
        if self._note:
            runs += [(" " * max(0, width - at - cell_len(self._note) - 1), ""), (self._note, "warn")]
        return strip_of(runs, width, self.palette, "bar")

    def on_click(self, event: events.Click) -> None:
        for start, end, command in self._spots:
            if start <= event.x < end:
                self.post_message(self.Clicked(command))
                return
