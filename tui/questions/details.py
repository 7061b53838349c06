"""What stands around a table is asked when its cursor rests: one question after the other, the dearest last, nothing for a pane without room."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from kpi_core.errors import Message, OmnigapError, said
from kpi_core.pages import ExplainPage, ExplorePage, GapDetail
from kpi_core.view import ViewState
from tui.questions.asking import Answered, Asker, Failed, Question

MOST_CUTS = 3  # dimensions in a break-down


class Details:
    """The answers about one KPI under its filters: `state` is its Explore state. An answer about another one is not taken."""

    def __init__(self) -> None:
        self.state: ViewState | None = None
        self.page: ExplorePage | None = None
        self.cuts: list[ExplorePage] = []
        self.explained: ExplainPage | None = None
        self.known: GapDetail | None = None
        self.trouble: dict[str, Message] = {}  # by kind of question, why it has no answer

    def about(self, state: ViewState | None) -> bool:
        """Turn to another KPI; whether it is another one. What is known of the old one is forgotten here: the asker keeps answers."""
        if state == self.state:
            return False
        self.__init__()  # type: ignore[misc]
        self.state = state
        return True

    def forget(self) -> None:
        self.about(None)

    def take_page(self, page: ExplorePage) -> None:
        """The Explore page that is on screen already."""
        self.page, self.cuts = page, [page]

    def ask(self, asker: Asker, target: object, *, page: bool, cuts: bool, explain: bool) -> None:
        """Ask the next thing that is wanted and not known; nothing when all is there."""
        question = next(self._wanted(target, page, cuts, explain), None)
        if question is not None:
            asker.ask(question)

    def _wanted(self, target: object, page: bool, cuts: bool, explain: bool) -> Iterator[Question]:
        state = self.state
        if state is None:
            return
        if page and self.page is None and "page" not in self.trouble:
            yield _question(state, lambda source: source.explore(state), target)
        if cuts and (by := self.next_cut()) is not None:
            cut = replace(state, by=by)
            yield _question(cut, lambda source: source.explore(cut), target)
        if explain and self.explained is None and "explain" not in self.trouble:
            # a state of its own, because answers are kept by state
            yield _question(replace(state, pane="explain"), lambda source: source.explain(state), target)
        if explain and self.known is None and "known" not in self.trouble:
            detail = replace(state, view="gaps", at=state.kpi)
            yield _question(detail, lambda source: source.gap_detail(detail), target)

    def next_cut(self) -> str | None:
        """The dimension to ask next for the break-down."""
        page = self.page
        if page is None or page.by is None or len(self.cuts) >= MOST_CUTS or "cut" in self.trouble:
            return None
        settled = {step.dim for step in page.header.state.where if len(step.values) == 1 and not step.exclude}
        shown = {cut.by.id for cut in self.cuts if cut.by is not None}
        return next((c.id for c in page.choices if c.refused is None and c.id not in settled and c.id not in shown), None)

    def _kind(self, asked: ViewState) -> str | None:
        """What a question was about; None for one about something else."""
        state = self.state
        if state is None:
            return None
        if asked == state:
            return "page"
        if asked == replace(state, pane="explain"):
            return "explain"
        if asked == replace(state, view="gaps", at=state.kpi):
            return "known"
        return "cut" if replace(asked, by=state.by) == state else None

    def answered(self, message: Answered) -> str | None:
        """Take an answer; which kind it was, None for a stale one."""
        kind, value = self._kind(message.state), message.value
        if kind == "page" and isinstance(value, ExplorePage):
            self.take_page(value)
        elif kind == "cut" and isinstance(value, ExplorePage) and value.by is not None and all(cut.by != value.by for cut in self.cuts):
            self.cuts.append(value)
        elif kind == "explain" and isinstance(value, ExplainPage):
            self.explained = value
        elif kind == "known" and isinstance(value, GapDetail):
            self.known = value
        else:
            return None
        return kind

    def failed(self, message: Failed) -> str | None:
        """Remember that a question has no answer, so that it is not asked again and again."""
        kind = self._kind(message.state)
        if kind is not None:
            error = message.error
            self.trouble[kind] = error.what if isinstance(error, OmnigapError) else said("this could not be asked; r asks again")
        return kind


def _question(state: ViewState, call: Callable[..., object], target: object) -> Question:
    return Question("detail", state, call, target)  # type: ignore[arg-type]


__all__ = ["Details"]
