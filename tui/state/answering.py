"""Asking what a file left open, one question after another, and loading it then, while the rest of the app goes on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from textual import on, work
from textual.message import Message
from textual.widget import Widget

from kpi_core.config.layouts import SHOWN, zone_names
from kpi_core.errors import ConfigError, OmnigapError, said
from kpi_core.pages import LoadedFile, UnusedFile
from kpi_core.pages.question import LayoutQuestion
from kpi_core.render.clean import clean
from kpi_core.render.question import explained_text, option_texts, question_text
from tui.questions.asking import Answered, Failed, Question
from tui.screens.account import AccountScreen
from tui.screens.pick import Choice, PickScreen
from tui.screens.prompt import PromptScreen

if TYPE_CHECKING:
    from tui.screens.main import MainScreen

NOW, LATER = "now", "later"
STEP = 0.05  # of a load between two lines that say how far it is


class Answering(Widget):
    """Not drawn. `begin` asks the questions of a file that the last load left undecided; `load` loads a file in a thread of its own."""

    DEFAULT_CSS = "Answering { display: none; }"

    class Reached(Message):
        """So far a load is, 0 to 1."""

        def __init__(self, part: float) -> None:
            super().__init__()
            self.part = part

    class Done(Message):
        """A load is over."""

        def __init__(self, loaded: LoadedFile | None, error: Exception | None = None) -> None:
            super().__init__()
            self.loaded = loaded
            self.error = error

    def __init__(self, main: MainScreen) -> None:
        super().__init__()
        self._main = main
        self._file: UnusedFile | None = None
        self._open: list[LayoutQuestion] = []
        self.in_hand = ""  # the file that is being loaded

    # ---------------------------------------------------------------- questions

    def begin(self, file: UnusedFile) -> None:
        """Ask everything that the file leaves open; Esc leaves off, and keeps what was answered."""
        self._file, self._open = file, list(file.questions)
        self._next()

    def _next(self) -> None:
        file = self._file
        if file is None:
            return
        if self._open:
            self._ask(self._open[0], file)
        else:
            self._offer(file)

    def _ask(self, question: LayoutQuestion, file: UnusedFile) -> None:
        look, fmt = self._main.look, self._main.look.fmt
        asked, *shown = question_text(question, fmt)
        title = clean(file.name, 60)

        def entered(text: str | None) -> None:
            if text is None:
                self._left()
            else:
                self._main.asker.ask(Question("answer", self._main.state, lambda source: source.answer(question, text), self, remember=False))

        if not question.options:

            def check(text: str) -> str:
                return _accepted(question, text, fmt.t)

            help = f"{asked} {explained_text(question, fmt)}"
            prompt = PromptScreen(look, title, "", check, help, "period")  # the box with room for a long help
            self.app.push_screen(prompt, lambda text: entered(question.accepted(text) if text else None))
            return
        told = [Choice("", line.strip(), enabled=False, section=asked) for line in shown]
        texts = option_texts(question, fmt)
        choices = [Choice(str(place), text, section="" if told else asked) for place, text in enumerate(texts)]

        if question.kind == "zone":
            choices += [Choice(f"={name}", name, section=fmt.t("all time zones")) for name in zone_names()]

        def typed(text: str) -> Choice | None:
            try:
                answer = question.accepted(text.strip())
            except ConfigError:
                return None
            return Choice(f"={answer}", answer)

        def chosen(key: str | None) -> None:
            entered(None if not key else key[1:] if key.startswith("=") else question.options[int(key)].answer)

        self.app.push_screen(PickScreen(look, title, [*choices, *told], typed=typed if question.free else None), chosen)

    def _left(self) -> None:
        self._file, self._open = None, []

    @on(Answered)
    def _answered(self, message: Answered) -> None:
        message.stop()
        self._main.patience.end()
        self._open = self._open[1:]
        if not self._open:
            self._main.kept(said("answered in {file}", file=SHOWN))
        self._next()

    @on(Failed)
    def _failed(self, message: Failed) -> None:
        message.stop()
        self._main.patience.end()
        self._left()
        self._main.complain(message.error)

    # ---------------------------------------------------------------- loading

    def _offer(self, file: UnusedFile) -> None:
        """All is answered: the file can be loaded right here."""
        t = self._main.look.fmt.t
        asked = t("answered in {file}", file=SHOWN)
        choices = [Choice(NOW, t("load the file now"), section=asked), Choice(LATER, t("later, with omnigap load"), section=asked)]

        def chosen(key: str | None) -> None:
            self._left()
            if key == NOW:
                self.load(Path(file.path))

        self.app.push_screen(PickScreen(self._main.look, clean(file.name, 60), choices), chosen)

    def load(self, path: Path) -> None:
        """Load a file while the app goes on; its account opens when it is done. One at a time, and never in an app that writes nothing."""
        main = self._main
        if main.read_only:
            main.say(said("omnigap is open read-only (--read-only): nothing is written"), "warn")
        elif self.in_hand:
            main.say(said("{file} is being loaded; wait for it to end", file=self.in_hand), "warn")
        else:
            self.in_hand = clean(path.name, 60)
            self._tell(0.0)
            self._load(path)

    def _tell(self, part: float) -> None:
        self._main.say(said("loading {file}: {part} %", file=self.in_hand, part=int(100 * part)), "muted")

    @work(thread=True, group="load", exit_on_error=False)
    def _load(self, path: Path) -> None:
        source = self._main.asker.source
        reached = 0.0

        def progress(part: float) -> None:
            nonlocal reached
            if part >= reached + STEP:
                reached = part
                self.post_message(self.Reached(part))

        try:
            loaded = source.load(path, progress) if source is not None else None
        except (OmnigapError, OSError) as error:
            self.post_message(self.Done(None, error))
        else:
            self.post_message(self.Done(loaded))

    @on(Reached)
    def _reached(self, message: Reached) -> None:
        message.stop()
        if self.in_hand:
            self._tell(message.part)

    @on(Done)
    def _done(self, message: Done) -> None:
        """What became of it: its account, its next question, or why it does not count."""
        message.stop()
        main, loaded = self._main, message.loaded
        name, self.in_hand = self.in_hand, ""
        if message.error is not None:
            main.complain(message.error)
            return
        main.ask_again()
        if loaded is None:
            return
        free = self.app.screen is main  # nobody reads or types in a pop-up
        if loaded.left is not None and loaded.left.questions and free:
            self.begin(loaded.left)
        elif loaded.left is not None:
            main.say(said("{file} is not loaded: {why}", file=name, why=loaded.left.what), "warn")
        else:
            main.say(said("{file} is loaded", file=name), "good")
            if free and loaded.load_id is not None:
                self.app.push_screen(AccountScreen(main.look, main.asker, main.state, loaded.load_id, newest=True))


def _accepted(question: LayoutQuestion, text: str, t: Callable[..., str]) -> str:
    """What a text means as an answer. Raises ValueError with what is wrong, in the reader's language."""
    try:
        return question.accepted(text.strip())
    except ConfigError as error:
        problem = t(error.what)
        raise ValueError(t("{problem}: {hint}", problem=problem, hint=t(error.hint)) if error.hint is not None else problem) from None
