"""One line of text, checked as it is typed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import on
from textual.app import ComposeResult
from textual.widgets import Input

from kpi_core.render.text import wrap
from tui.look.drawing import Look
from tui.look.runs import Runs
from tui.screens.overlay import Box, Overlay
from tui.widgets.lines import Lines

Check = Callable[[str], str]
HelpLines = Callable[[int], Sequence[Runs]]


class PromptScreen(Overlay[str]):
    """Returns the text, or None. `check` says what the text means (in several lines where the box has them), or raises ValueError
    with what is wrong. `help` is a text, or draws its own lines for a width."""

    FIELD = "text"

    def __init__(self, look: Look, title: str, value: str, check: Check, help: str | HelpLines, box: str = "prompt") -> None:
        super().__init__(look)
        self._title = title
        self._value = value
        self._check = check
        self._help = help
        self._box = box

    def compose(self) -> ComposeResult:
        with Box(id=self._box):
            yield self.lines("title", "one")
            yield Input(self._value, id="text", compact=True)
            yield self.lines("trouble", "says")
            yield self.lines("help")
            yield self.hint_bar(("Enter" if self.look.ascii_only else "⏎", self.look.fmt.t("apply")))

    def on_mount(self) -> None:
        self.heading(self._title)
        help = self._help

        def drawn(width: int, height: int) -> Sequence[Runs]:
            if not isinstance(help, str):
                return help(width)[:height]
            return [((" ", ""), (line, "muted")) for line in wrap(help, width - 2)][:height]

        self.query_one("#help", Lines).show(drawn)
        field = self.query_one("#text", Input)
        field.cursor_blink = False
        field.focus()

    def _judge(self, text: str) -> bool:
        try:
            self._say(self._check(text).split("\n"), "good")
        except ValueError as error:
            self._say([str(error)], "bad")
            return False
        return True

    def _say(self, texts: Sequence[str], role: str) -> None:
        """The first line in the role's colour; lines that are too long go on in the next."""

        def drawn(width: int, height: int) -> Sequence[Runs]:
            lines = [(line, role if index == 0 or len(texts) == 1 else "") for index, text in enumerate(texts) for line in wrap(text, width - 2)]
            return [((" ", ""), line) for line in lines][:height]

        self.query_one("#trouble", Lines).show(drawn)

    @on(Input.Changed)
    def _typing(self, message: Input.Changed) -> None:
        message.stop()
        self._judge(message.value)

    @on(Input.Submitted)
    def _entered(self, message: Input.Submitted) -> None:
        message.stop()
        if self._judge(message.value):
            self.dismiss(message.value.strip())
