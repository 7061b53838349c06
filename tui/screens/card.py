"""`i`: what a KPI means: formula, target and where it is written, the SQL that ran."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult

from kpi_core.errors import said
from kpi_core.pages import DefinitionCard
from kpi_core.render.data import definition_lines
from kpi_core.view import ViewState
from tui.look.drawing import Look
from tui.output.subject import Subject, of_card
from tui.questions.asking import Answered, Asker, Failed, Question
from tui.screens.overlay import Box, Overlay
from tui.screens.records import error_text
from tui.widgets.content import GridContent, GridRow
from tui.widgets.grid import GridView


class CardScreen(Overlay[None]):
    """A text that scrolls like a table."""

    def __init__(self, look: Look, asker: Asker, state: ViewState) -> None:
        super().__init__(look)
        self._asker = asker
        self._state = state
        self._card: DefinitionCard | None = None

    def compose(self) -> ComposeResult:
        with Box(id="card"):
            yield self.lines("title", "one")
            yield self.grid("text")
            yield self.lines("trouble", "one")
            yield self.hint_bar(("↓ ↑" if not self.look.ascii_only else "j k", self.look.fmt.t("scroll")))

    def on_mount(self) -> None:
        self.heading(self.look.fmt.t("Definition"))
        self.trouble(said("asking …"), "muted")
        self.query_one("#text", GridView).focus()
        state = self._state
        self._asker.ask(Question("definition", state, lambda source: source.definition(state), self, remember=False))

    def subject(self) -> Subject | None:
        return of_card(self._card, self._state, self.query_one("#text", GridView), self.look.fmt) if self._card is not None else None

    def on_unmount(self) -> None:
        self._asker.drop("definition")

    @on(Answered)
    def _answered(self, message: Answered) -> None:
        message.stop()
        card = message.value
        if isinstance(card, DefinitionCard):
            self._card = card
            self.trouble("")
            self.query_one("#text", GridView).show(lambda width: self._content(card, width), "0")

    def _content(self, card: DefinitionCard, width: int) -> GridContent:
        lines = definition_lines(card, self.look.fmt, width - 2)
        return GridContent(rows=[GridRow(str(index), ((" ", ""), *line)) for index, line in enumerate(lines)])

    @on(Failed)
    def _failed(self, message: Failed) -> None:
        message.stop()
        self.trouble(error_text(self.look, message.error))
