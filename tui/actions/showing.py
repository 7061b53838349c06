"""Commands that open a pop-up about the number under the cursor."""

from __future__ import annotations

from dataclasses import replace

from kpi_core.links import to_link
from kpi_core.pages import LONGEST_NOTE as LONGEST
from kpi_core.pages import NOTES_FILE, DataPage
from kpi_core.render.unused import unused_of
from kpi_core.view import ViewState
from tui.actions.base import Handlers
from tui.questions.asking import Question
from tui.screens.account import AccountScreen
from tui.screens.card import CardScreen
from tui.screens.explain import ExplainScreen
from tui.screens.prompt import PromptScreen
from tui.screens.records import RecordsScreen
from tui.state import navigation


class Showing(Handlers):
    """What is behind a number."""

    def records(self) -> None:
        self.app.push_screen(RecordsScreen(self.app.look, self.main.asker, self.of_row()))

    def explain_row(self) -> None:
        """Why the number under the cursor is what it is; a part that is looked into opens in Explore."""
        self._explain(self.of_row())

    def explain_whole(self) -> None:
        """The same for what the view is about, broken down as on screen."""
        page = self.main.context.explore
        state = self.of_row() if page is None else replace(navigation.asked(self.main.state), by=page.by.id if page.by else None)
        self._explain(state)

    def _explain(self, state: ViewState) -> None:
        self.app.push_screen(ExplainScreen(self.app.look, self.main.asker, state), lambda part: self.main.go(part) if part is not None else None)

    def definition(self) -> None:
        self.app.push_screen(CardScreen(self.app.look, self.main.asker, self.of_row()))

    def account(self) -> None:
        """The account of the file under the cursor in Data, or why the last load did not use it."""
        page, key = self.main.context.page, self.main.context.at
        about = unused_of(page, key) if isinstance(page, DataPage) else None
        if about is None and key is not None and key.isdigit():
            self.app.push_screen(AccountScreen(self.app.look, self.main.asker, self.main.state, int(key)))
        elif about is not None and about.questions and not self.main.read_only:
            self.main.answering.begin(about)
        elif about is not None:
            self.app.push_screen(AccountScreen(self.app.look, self.main.asker, self.main.state, about))

    def note(self) -> None:
        """A line of text about the KPI of the row, kept in the workspace's notes."""
        t = self.app.look.fmt.t
        state = self.of_row()

        def check(text: str) -> str:
            count = len(" ".join(text.split()))
            if not count:
                raise ValueError(t("write what you know; Enter keeps it, Esc does not"))
            if count > LONGEST:
                raise ValueError(t("a note has at most {limit} characters, this one {count}", limit=LONGEST, count=count))
            return t("{count} characters", count=count)

        def entered(text: str | None) -> None:
            if text:
                self.main.asker.ask(Question("note", state, lambda source: source.add_note(state, text), self.main, remember=False))

        help = t("kept with date and your name in {file} of the workspace; {place}", file=NOTES_FILE, place=to_link(replace(state, view="explore")))
        self.app.push_screen(PromptScreen(self.app.look, t("Note"), "", check, help), entered)
