"""What pop-ups have in common: a framed box over the view, closed by Esc; the header stays in sight."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

from textual.containers import Container
from textual.screen import ModalScreen
from textual.widgets import Input

from kpi_core.errors import Message
from tui.commands import BY_ID, Hint, bindings
from tui.drawing import Look
from tui.runs import Runs
from tui.widgets.grid import GridView
from tui.widgets.hints import HintBar
from tui.widgets.lines import Lines

Result = TypeVar("Result")


class Overlay(ModalScreen[Result], Generic[Result]):
    """A pop-up. Subclasses compose into a `Box` and say their hints."""

    BINDINGS = bindings("overlay")

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.look = look
        self.set_class(look.ascii_only, "-ascii")

    def action_close(self) -> None:
        self.dismiss(None)

    def lines(self, id: str, classes: str = "") -> Lines:
        widget = Lines(palette=self.look.palette, id=id)
        widget.add_class(*classes.split())
        return widget

    def grid(self, id: str) -> GridView:
        return GridView(palette=self.look.palette, ascii_only=self.look.ascii_only, id=id)

    def hint_bar(self, *pairs: tuple[str, str]) -> HintBar:
        """Keys and words (already said) of this pop-up; `Esc close` is always there."""
        bar = HintBar(palette=self.look.palette)
        close = BY_ID["close"]
        listed = [Hint("", key, word, place + 2) for place, (key, word) in enumerate(pairs)]
        bar.show([*listed, Hint("close", close.shown[self.look.ascii_only], self.look.fmt.t(close.hint), 1)])
        return bar

    def heading(self, text: str) -> None:
        """The first line of the box."""
        line: Runs = ((" ", ""), (text, "title"))
        self.query_one("#title", Lines).show(lambda width, height: [line])

    def trouble(self, message: Message | str, role: str = "bad") -> None:
        """The message line of the box."""
        text = message if isinstance(message, str) else self.look.fmt.t(message)
        line: Runs = ((" ", ""), (text, role))
        self.query_one("#trouble", Lines).show(lambda width, height: [line])

    def on_hint_bar_clicked(self, message: HintBar.Clicked) -> None:
        message.stop()
        if message.command == "close":
            self.action_close()


class Box(Container):
    """The frame of a pop-up."""


class ListInput(Input):
    """A text field over a list: up and down move in the list."""

    def __init__(self, grid: str, *, placeholder: str = "", id: str | None = None) -> None:
        super().__init__(placeholder=placeholder, id=id, compact=True, select_on_focus=False)
        self.cursor_blink = False
        self._grid = grid
        for key, step in (("down", 1), ("up", -1)):
            self._bindings.bind(key, f"list('move', {step})", show=False)
        for key, side in (("pagedown", 1), ("pageup", -1)):
            self._bindings.bind(key, f"list('page', {side})", show=False)

    def action_list(self, kind: str, step: int) -> None:
        grid = self.screen.query_one(f"#{self._grid}", GridView)
        (grid.action_move if kind == "move" else grid.action_page)(step)


def plain_lines(lines: Sequence[str]) -> list[Runs]:
    """Lines of text without roles, one cell in."""
    return [((" ", ""), (line, "")) for line in lines]
