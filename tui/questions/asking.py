"""Questions to the page source, each in a thread: never a widget touched there, the answer comes back as a message.

Queries run one at a time. A newer question ends the one it replaces (`interrupt`), and an answer that nobody waits for is dropped.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from textual import work
from textual.message import Message
from textual.widget import Widget
from textual.worker import get_current_worker

from kpi_core.errors import StoreError
from kpi_core.view import ViewState
from tui.options import POLL
from tui.questions.source import PageSource

Call = Callable[[PageSource], object]
KEPT = 64


class Answered(Message):
    """`value` answers `state` for `purpose` (page, detail, records …)."""

    def __init__(self, purpose: str, state: ViewState, value: object) -> None:
        super().__init__()
        self.purpose = purpose
        self.state = state
        self.value = value


class Failed(Message):
    """`state` could not be answered."""

    def __init__(self, purpose: str, state: ViewState, error: Exception) -> None:
        super().__init__()
        self.purpose = purpose
        self.state = state
        self.error = error


class Opened(Message):
    """The workspace is open."""

    def __init__(self, source: PageSource) -> None:
        super().__init__()
        self.source = source


class OpenFailed(Message):
    """The workspace cannot be opened."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error


class Newer(Message):
    """Newer data have been loaded than those that the source shows."""


@dataclass(frozen=True)
class Question:
    """`remember`: keep the answer (a page of `state.view`) for when the same state is asked again, until `forget` or the answer of a `reload`."""

    purpose: str
    state: ViewState
    call: Call
    target: Widget
    remember: bool = True
    reload: bool = False


class Finished(Message):
    """A thread is done with a question; the asker sees whether anybody still waits for it."""

    def __init__(self, question: Question, value: object = None, error: Exception | None = None) -> None:
        super().__init__()
        self.question = question
        self.value = value
        self.error = error


class Ended(Message):
    """A thread has nothing in hand any more, whether its answer is wanted or not."""


class Asker(Widget):
    """Not drawn. Opens the source, runs questions in threads, keeps the last answers."""

    DEFAULT_CSS = "Asker { display: none; }"

    def __init__(self, opener: Callable[[], PageSource], poll: float = POLL) -> None:
        super().__init__()
        self.poll = poll
        self._opener = opener
        self.source: PageSource | None = None
        self._turn = threading.Lock()
        self._in_hand = ""
        self._interrupts = 0
        self._waiting: dict[str, Question] = {}
        self._since: dict[str, float] = {}  # when those were asked
        self._known: OrderedDict[ViewState, object] = OrderedDict()
        self.asked = 0  # questions that went to the source, for tests

    @property
    def busy(self) -> bool:
        return bool(self._waiting)

    @property
    def working(self) -> bool:
        """A thread still has a question in hand, though perhaps nobody waits for its answer."""
        return bool(self._in_hand)

    def waits_for(self, purpose: str) -> bool:
        return purpose in self._waiting

    def seconds(self) -> float:
        """How long the page has been asked for; else the oldest question."""
        since = self._since.get("page") if "page" in self._waiting else min((self._since[name] for name in self._waiting), default=None)
        return 0.0 if since is None else time.monotonic() - since

    def on_mount(self) -> None:
        self.open()

    @work(thread=True, exclusive=True, group="open", exit_on_error=False)
    def open(self) -> None:
        try:
            source = self._opener()
        except Exception as error:
            self.post_message(OpenFailed(error))
            return
        self.post_message(Opened(source))

    def opened(self, source: PageSource) -> None:
        """The source to ask; from now on it is looked at for newer data, unless `poll` is 0."""
        self.source = source
        if self.poll > 0:
            self.set_interval(self.poll, self.look)

    @work(thread=True, exclusive=True, group="look", exit_on_error=False)
    def look(self) -> None:
        """Say whether newer data have been loaded. Nothing is reloaded by itself."""
        source = self.source
        try:
            newer = source is not None and source.stale()
        except OSError:
            return  # a folder that is away for a moment is no news
        except StoreError:
            newer = True  # what is wrong with the workspace is said where it is read again
        if newer:
            self.post_message(Newer())

    def forget(self) -> None:
        """The data may have changed: kept answers are worth nothing."""
        self._known.clear()

    def ask(self, question: Question) -> None:
        """Answer now if it is known, else ask in a thread and end the question it replaces."""
        if self.source is None:
            return
        known = self._known.get(question.state) if question.remember else None
        if known is not None:
            self._known.move_to_end(question.state)
            self._waiting.pop(question.purpose, None)
            question.target.post_message(Answered(question.purpose, question.state, known))
            return
        if self._in_hand and (self._in_hand == question.purpose or self._in_hand == "detail" or question.purpose == "page"):
            self._interrupts += 1
            self.source.interrupt()
        self._waiting[question.purpose] = question
        self._since[question.purpose] = time.monotonic()
        self.asked += 1
        self.run_worker(lambda: self._answer(question), name=question.purpose, group=question.purpose, exclusive=True, thread=True, exit_on_error=False)

    def drop(self, purpose: str) -> None:
        """Nobody waits for this any more."""
        if self._waiting.pop(purpose, None) is not None and self._in_hand == purpose and self.source is not None:
            self._interrupts += 1
            self.source.interrupt()

    def _answer(self, question: Question) -> None:
        worker = get_current_worker()
        source = self.source
        if source is None:
            return
        with self._turn:
            finished = self._ask_it(source, question, lambda: worker.is_cancelled or self._waiting.get(question.purpose) is not question)
            self.post_message(finished or Ended())  # in the order in which they were asked: what comes behind a reload is of its data

    def _ask_it(self, source: PageSource, question: Question, unwanted: Callable[[], bool]) -> Finished | None:
        """In the thread: the answer, or None when nobody waits for it any more."""
        for _ in range(3):
            if unwanted():
                return None
            seen = self._interrupts
            self._in_hand = question.purpose
            try:
                value = question.call(source)
            except Exception as error:
                # an interrupt meant for the question before may hit this one: ask again
                if self._interrupts != seen:
                    continue
                return Finished(question, error=error)
            finally:
                self._in_hand = ""
            return Finished(question, value=value)
        return Finished(question, error=InterruptedError())

    def on_finished(self, message: Finished) -> None:
        message.stop()
        question = message.question
        if self._waiting.get(question.purpose) is not question:
            self.post_message(Ended())  # stale
            return
        del self._waiting[question.purpose]
        if message.error is not None:
            question.target.post_message(Failed(question.purpose, question.state, message.error))
            return
        if question.reload:
            self.forget()
        if question.remember:
            self._known[question.state] = message.value
            if len(self._known) > KEPT:
                self._known.popitem(last=False)
        question.target.post_message(Answered(question.purpose, question.state, message.value))
