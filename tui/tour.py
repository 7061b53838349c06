"""The guided tour: eight things to do, each done when the screen shows that it was."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from string import Formatter

from textual.screen import Screen

from kpi_core.errors import Message, said
from kpi_core.pages import GapStatus, OverviewPage, rows_of
from kpi_core.render.gap import GLYPHS
from kpi_core.render.text import wrap
from kpi_core.view import ViewState
from tui.context import Context
from tui.look.drawing import Look
from tui.look.runs import Runs
from tui.screens.explain import ExplainScreen
from tui.screens.pick import PickScreen
from tui.screens.records import RecordsScreen
from tui.widgets.lines import Lines

LOW = 16  # lines of the screen under which the bar has no rule above it


@dataclass(frozen=True)
class Seen:
    """What the tour looks at: the context of the main screen, the screen in front, and the state when the step began."""

    context: Context
    front: Screen[object]
    began: ViewState


@dataclass(frozen=True)
class Step:
    """`text` says what to press and why; `done` whether it was."""

    text: Message
    done: Callable[[Seen], bool]


def _on_missed(seen: Seen) -> bool:
    page = seen.context.page
    if not isinstance(page, OverviewPage):
        return False
    return any(row.kpi.id == seen.context.at and row.gap.status is GapStatus.MISSED for row in rows_of(page))


def _explore(seen: Seen) -> bool:
    return seen.context.state.view == "explore"


STEPS: tuple[Step, ...] = (  # the fields are ids of commands, said as the keys in force
    Step(
        said("This is the overview: a line a KPI, {missed} where its target is missed. Press {down} until the mark stands on a line with {missed}."),
        _on_missed,
    ),
    Step(said("Why is it red? Press {explain_row}: the gap in parts that sum to it. {close} comes back."), lambda seen: isinstance(seen.front, ExplainScreen)),
    Step(said("Where is it red? Press {drill}: the KPI opens, broken down by channel or store."), _explore),
    Step(
        said("{down} goes to a line, {drill} opens it: one level deeper. The crumb at the top says where you are; {up} goes up again."),
        lambda seen: bool(seen.context.state.where),
    ),
    Step(said("Every number has lines of an export behind it: {records} shows them, {close} comes back."), lambda seen: isinstance(seen.front, RecordsScreen)),
    Step(
        said("Another time: {previous_period} is the period before, {next_period} the next, {period} chooses. {compare} holds it against another one."),
        lambda seen: (seen.context.state.period, seen.context.state.compare) != (seen.began.period, seen.began.compare),
    ),
    Step(said("{gaps} shows every missed target at once, the worst first, and who does what about it."), lambda seen: seen.context.state.view == "gaps"),
    Step(
        said("For all the rest there is {help}: every command, type to search, {drill} runs one. {quit_level} goes back, at the top it ends."),
        lambda seen: isinstance(seen.front, PickScreen),
    ),
)
LAST = said("That was the tour. omnigap init DIR makes a workspace for your own exports; omnigap glance says in one screen what is red.")


class TourBar(Lines):
    """The step to do, above the hint bar. `look` is told after everything that happened."""

    DEFAULT_CSS = "TourBar { height: 4; display: none; }"

    _told = ""  # the text of the step

    def begin(self, look: Look, state: ViewState) -> None:
        self.looks = look
        self._at = 0
        self._began = state
        self.display = True
        self._say()

    def end(self) -> None:
        self.display = False

    def look(self, context: Context, front: Screen[object]) -> None:
        """Go on when the step is done; what a later step asks for may be done already, and is asked again all the same."""
        if self.display and self._at < len(STEPS) and STEPS[self._at].done(Seen(context, front, self._began)):
            self.skip(context.state)

    def skip(self, state: ViewState) -> None:
        """The next step; after the last one the tour says farewell, and then ends."""
        self._at += 1
        self._began = state
        if self._at > len(STEPS):
            self.end()
        else:
            self._say()

    def _say(self) -> None:
        look, fmt, at = self.looks, self.looks.fmt, self._at
        text = STEPS[at].text if at < len(STEPS) else LAST
        head = fmt.t("Tour {step} of {steps}", step=at + 1, steps=len(STEPS)) if at < len(STEPS) else fmt.t("The end of the tour")

        told = fmt.t(text.template, **{name: _named(look, name) for _, name, _, _ in Formatter().parse(text.template) if name})

        self._told = told

        def draw(width: int, height: int) -> Sequence[Runs]:
            top: Runs = ((f" {head}", "accent"), ("   " + fmt.t("{skip} skips, {end} ends it", skip=look.key("tour_skip"), end=look.key("tour_end")), "muted"))
            rule: Runs = (("-" * width if fmt.ascii else "─" * width, "line"),)
            text: list[Runs] = [((" ", ""), (line, "strong")) for line in wrap(told, width - 2)]
            return [*([rule] if self.screen.size.height >= LOW else []), fmt.fit(top, width), *text][:height]

        self._stretch()
        self.show(draw)

    def on_resize(self) -> None:
        super().on_resize()
        self._stretch()

    def _stretch(self) -> None:
        """As many lines as the text takes, up to half of the screen."""
        width, height = self.screen.size
        if self._told and width > 2:
            self.styles.height = min(height // 2, len(wrap(self._told, width - 2)) + (2 if height >= LOW else 1))


def _named(look: Look, name: str) -> str:
    return GLYPHS[GapStatus.MISSED][look.ascii_only] if name == "missed" else look.key(name)
