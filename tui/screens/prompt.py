"""One line of text, checked as it is typed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import on
from textual.app import ComposeResult
from textual.widgets import Input

from kpi_core.render.text import wrap
from tui.drawing import Look
from tui.runs import Runs
from tui.screens.overlay import Box, Overlay
from tui.widgets.lines import Lines

Check = Callable[[str], str]


class PromptScreen(Overlay[str]):
    """Returns the text, or None. `check` says what the text means, or raises ValueError with what is wrong."""

    def __init__(self, look: Look, title: str, value: str, check: Check, help: str) -> None:
        super().__init__(look)
        self._title = title
        self._value = value
        self._check = check
        self._help = help

    def compose(self) -> ComposeResult:
        with Box(id="prompt"):
            yield self.lines("title", "one")
            yield Input(self._value, id="text", compact=True)
            yield self.lines("trouble", "one")
            yield self.lines("help")
            yield self.hint_bar(("Enter" if self.look.ascii_only else "⏎", self.look.fmt.t("apply")))

    def on_mount(self) -> None:
        self.heading(self._title)
        text = self._help

        def drawn(width: int, height: int) -> Sequence[Runs]:
            return [((" ", ""), (line, "muted")) for line in wrap(text, width - 2)][:height]

        self.query_one("#help", Lines).show(drawn)
        field = self.query_one("#text", Input)
        field.cursor_blink = False
        field.focus()

    def _judge(self, text: str) -> bool:
        try:
            self.trouble(self._check(text), "good")
        except ValueError as error:
            self.trouble(str(error), "bad")
            return False
        return True

    @on(Input.Changed)
    def _typing(self, message: Input.Changed) -> None:
        message.stop()
        self._judge(message.value)

    @on(Input.Submitted)
    def _entered(self, message: Input.Submitted) -> None:
        message.stop()
        if self._judge(message.value):
            self.dismiss(message.value.strip())
