"""Enter in Data: the account of a file, every row of it by reason with its lines; or why the last load did not use one."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult

from kpi_core.errors import said
from kpi_core.pages import FileAccount, UnusedFile
from kpi_core.render.clean import clean
from kpi_core.render.file_account import file_account_lines
from kpi_core.render.text import Line
from kpi_core.render.unused import unused_file_lines
from kpi_core.view import ViewState
from tui.look.drawing import Look
from tui.questions.asking import Answered, Asker, Failed, Question
from tui.questions.source import PageSource
from tui.screens.overlay import Box, Overlay
from tui.screens.records import error_text
from tui.widgets.content import GridContent, GridRow
from tui.widgets.grid import GridView


class AccountScreen(Overlay[None]):
    """A text that scrolls like a table."""

    def __init__(self, look: Look, asker: Asker, state: ViewState, about: int | UnusedFile, newest: bool = False) -> None:
        super().__init__(look)
        self._asker = asker
        self._state = state
        self._about = about
        self._newest = newest  # it was loaded a moment ago
        self._account: FileAccount | None = None

    def compose(self) -> ComposeResult:
        with Box(id="account"):
            yield self.lines("title", "one")
            yield self.grid("text")
            yield self.lines("trouble", "one")
            t = self.look.fmt.t
            yield self.hint_bar(("↓ ↑" if not self.look.ascii_only else "j k", t("scroll")), (self.look.key("page_down"), t("page down")))

    def on_mount(self) -> None:
        t, about = self.look.fmt.t, self._about
        self.query_one("#text", GridView).focus()
        if isinstance(about, UnusedFile):
            self.heading(t("Not used by the last load"))
            self.query_one("#text", GridView).show(lambda width: self._content(unused_file_lines(about, self.look.fmt, width - 2)), "0")
            return
        self.heading(t("Account"))
        self.trouble(said("asking …"), "muted")
        self._asker.ask(Question("account", self._state, lambda source: self._ask(source, about), self, remember=False, reload=self._newest))

    def _ask(self, source: PageSource, about: int) -> FileAccount:
        if self._newest:
            source.reload()
        return source.account(about)

    def on_unmount(self) -> None:
        self._asker.drop("account")

    @on(Answered)
    def _answered(self, message: Answered) -> None:
        message.stop()
        account = message.value
        if isinstance(account, FileAccount):
            fmt = self.look.fmt
            self.heading(fmt.t("Account — {file}", file=clean(account.file, 400)))
            self.trouble("")
            self.query_one("#text", GridView).show(lambda width: self._content(file_account_lines(account, fmt, width - 2, every=True)[1:]), "0")

    def _content(self, lines: list[Line]) -> GridContent:
        return GridContent(rows=[GridRow(str(index), ((" ", ""), *line)) for index, line in enumerate(lines)])

    @on(Failed)
    def _failed(self, message: Failed) -> None:
        message.stop()
        self.trouble(error_text(self.look, message.error))
