"""`:`: one line of words that says where to go, with suggestions and what it will show. Returns what it means."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import chain

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.timer import Timer
from textual.widgets import Input

from kpi_core.engine.result import Period
from kpi_core.errors import Message, said
from kpi_core.pages import Members
from kpi_core.render.clean import clean
from kpi_core.render.text import cell_width, cut, pad, wrap
from kpi_core.view import ViewState
from tui.finding.completing import Entry, Suggestion, suggestions
from tui.finding.line import Known, Part, Reading, read
from tui.finding.matching import Index
from tui.look.drawing import Look
from tui.look.runs import Runs
from tui.questions.asking import Answered, Asker, Failed, Question
from tui.questions.source import PageSource
from tui.screens.overlay import Box, ListInput, Overlay
from tui.screens.records import error_text
from tui.state.navigation import COMPARE_TITLES
from tui.widgets.content import GridContent, GridRow
from tui.widgets.grid import GridView
from tui.widgets.lines import Lines

MEMBERS = 50
FEW = 5  # of each dimension, where a word may be a member of any
LEAST = 3  # letters of such a word
ANY = ""
SHOWS = "\n"  # the key of the row that says what the line means: no suggestion has it


@dataclass(frozen=True)
class Anywhere:
    """Members of any dimension that a text may mean."""

    text: str
    found: tuple[Members, ...]


@dataclass
class Past:
    """Lines that were run, newest last; `up` in an empty line brings them back."""

    lines: list[str] = field(default_factory=list)
    limit: int = 100

    def keep(self, text: str) -> None:
        text = text.strip()
        if text:
            self.lines = [*(line for line in self.lines if line != text), text][-self.limit :]


class LineInput(ListInput):
    """The line itself: Tab completes; up and down move in the list, in an empty line through the lines before."""

    def __init__(self, past: Sequence[str], complete: Callable[[], None], *, placeholder: str) -> None:
        super().__init__("suggestions", placeholder=placeholder, id="line-text")
        self._past = past
        self._at = len(past)
        self._complete = complete
        self._bindings.bind("tab", "complete", show=False, priority=True)

    def action_complete(self) -> None:
        self._complete()

    def action_list(self, kind: str, step: int) -> None:
        recalled = self._past[self._at] if self._at < len(self._past) else ""
        if kind != "move" or self.value != recalled or not self._past or (not self.value and step > 0):
            super().action_list(kind, step)
            return
        self._at = max(0, min(len(self._past), self._at + step))
        self.value = self._past[self._at] if self._at < len(self._past) else ""
        self.cursor_position = len(self.value)


class LineScreen(Overlay[Reading]):
    """Reads the line as it is typed. Members of dimensions are asked after a pause, and an answer that is too late is dropped."""

    FIELD = "line-text"

    def __init__(
        self, look: Look, asker: Asker, state: ViewState, known: Known, entries: Index[Entry], past: Past, text: str = "", debounce: float = 0.08
    ) -> None:
        super().__init__(look)
        self._asker, self._state, self._known, self._entries, self._past = asker, state, known, entries, past
        self._text = text
        self._debounce = debounce
        self._pause: Timer | None = None
        self._members: dict[tuple[str, str], Members] = {}
        self._anywhere: dict[tuple[str, str], tuple[Members, ...]] = {}
        self._dims = {one.id: one.title for one in known.dims}
        self._wanted: tuple[str, str] | None = None
        self._reading = Reading()
        self._hurry = False  # Enter was pressed while members were being asked
        self._shown: list[Suggestion] = []

    def compose(self) -> ComposeResult:
        t = self.look.fmt.t
        with Box(id="line"):
            with Horizontal(id="line-row"):
                yield self.lines("line-sign")
                yield LineInput(self._past.lines, self._complete, placeholder=t("KPI, store lyon, 2026-Q3 yoy, a view, @bookmark"))
            yield self.lines("trouble", "says")
            grid = self.grid("suggestions")
            grid.can_focus = False
            yield grid
            yield self.hint_bar(("Enter" if self.look.ascii_only else "⏎", t("go")), ("Tab", t("complete")))

    def on_mount(self) -> None:
        sign: Runs = ((" :", "key"),)
        self.query_one("#line-sign", Lines).show(lambda width, height: [sign])
        field = self.query_one(LineInput)
        if self._text:
            self._write(self._text)
        field.focus()
        self._read()

    def on_unmount(self) -> None:
        self._asker.drop("members")

    # ---------------------------------------------------------------- reading

    @on(Input.Changed)
    def _typing(self, message: Input.Changed) -> None:
        message.stop()
        self._hurry = False
        self._read()

    @property
    def text(self) -> str:
        return self.query_one(LineInput).value

    def _read(self) -> None:
        self._reading = self._read_text(self.text)
        self._want(self._reading)
        self._list()
        self._say()

    def _read_text(self, text: str) -> Reading:
        return read(text, self._state, self._known, self._lookup)

    def _lookup(self, dim: str, text: str) -> Members | None:
        """What is known of it: the answer to it, or a member of that very name in any answer."""
        found = self._members.get((dim, text))
        if found is not None:
            return found
        answers = chain(self._members.values(), *self._anywhere.values())
        same = next((one for members in answers if members.dim == dim for one in members.found if one.label == text), None)
        return Members(dim, text, (same,)) if same is not None else None

    def _want(self, reading: Reading) -> None:
        """Ask for members that the line needs and that are not known yet, once nothing is typed for a moment."""
        wanted = reading.ask or self._lost(reading) or ((reading.dim, "") if reading.dim and reading.parts[-1:] and reading.parts[-1].kind == "by" else None)
        if wanted == self._wanted:
            return
        self._asker.drop("members")
        self._wanted = wanted
        if self._pause is not None:
            self._pause.stop()
            self._pause = None
        if wanted is None or wanted in self._members or wanted in self._anywhere:
            return
        if self._debounce > 0:
            self._pause = self.set_timer(self._debounce, self._ask)
        else:
            self._ask()

    def _lost(self, reading: Reading) -> tuple[str, str] | None:
        """What may be a member of any dimension: words that are no name known here."""
        text = " ".join(self.text[reading.rest : reading.lost].split()) if reading.lost else ""
        return (ANY, text) if len(text) >= LEAST else None

    def _ask(self) -> None:
        self._pause = None
        if self._wanted is None:
            return
        dim, text = self._wanted

        def ask(source: PageSource) -> object:
            return Anywhere(text, source.anywhere(self._state, text, FEW)) if dim == ANY else source.members(self._state, dim, text, MEMBERS)

        self._asker.ask(Question("members", self._state, ask, self, remember=False))

    @on(Answered)
    def _answered(self, message: Answered) -> None:
        message.stop()
        members = message.value
        if isinstance(members, Members):
            self._members[members.dim, members.text] = members
            self._known_now()
        elif isinstance(members, Anywhere):
            self._anywhere[ANY, members.text] = members.found
            self._known_now()

    def _known_now(self) -> None:
        self._wanted = None
        self._read()
        if self._hurry and self._reading.ask is None:
            self._hurry = False
            self._enter()

    @on(Failed)
    def _failed(self, message: Failed) -> None:
        message.stop()
        self._wanted = None
        self.trouble(error_text(self.look, message.error))

    # ---------------------------------------------------------------- what is said

    def trouble(self, message: Message | str, role: str = "bad") -> None:
        """In as many lines as the box has for it."""
        text = message if isinstance(message, str) else self.look.fmt.t(message)
        self.query_one("#trouble", Lines).show(lambda width, height: [((" ", ""), (line, role)) for line in wrap(text, width - 2)][:height])

    def _say(self) -> None:
        """What Enter will show, or what was not understood."""
        reading = self._reading
        if reading.trouble is not None:
            pending = self._lost(reading) is not None and self._lost(reading) not in self._anywhere
            if reading.lost and self._shown:
                self.trouble("")  # a word that may still become one of these
            elif pending:
                self.trouble(said("asking …"), "muted")
            else:
                self.trouble(reading.trouble, "warn")
        elif reading.ask is not None:
            self.trouble(said("asking …"), "muted")
        elif reading.state is not None:
            self.trouble(self._meaning(reading.parts), "good")
        elif reading.command:
            self.trouble(next((one.title for one in self._known.commands if one.id == reading.command), ""), "good")
        else:
            self.trouble("")

    def _meaning(self, parts: Sequence[Part]) -> str:
        fmt = self.look.fmt
        texts = []
        for part in parts:
            if part.kind == "period" and isinstance(part.says, Period):
                texts.append(fmt.period(part.says, long=True))
            elif part.kind == "compare":
                texts.append(fmt.t(said("compared with {other}", other=COMPARE_TITLES[part.id])) if part.id != "none" else fmt.t(COMPARE_TITLES["none"]))
            elif part.kind == "by":
                texts.append(fmt.t("by {dim}", dim=part.says))
            elif part.exclude:
                texts.append(fmt.t("without {member}", member=part.says))
            else:
                texts.append(fmt.t(part.says) if isinstance(part.says, Message) else clean(str(part.says)))
        return " · ".join(texts)

    def _list(self) -> None:
        reading = self._reading
        dim = reading.dim
        members = self._members.get(self._wanted or ("", "")) or (self._latest(reading) if dim else None)
        lost = self._lost(reading)
        anywhere = self._anywhere.get(lost) if lost else ()
        self._shown = suggestions(self.text, reading, self._entries, members, anywhere, self._dims)
        grid = self.query_one("#suggestions", GridView)
        grid.show(self._content, SHOWS if reading.done else None)

    def _latest(self, reading: Reading) -> Members | None:
        """The members that the end of the line was last asked for."""
        by = bool(reading.parts) and reading.parts[-1].kind == "by"
        text = "" if by else self.text[reading.rest :].strip().strip('!"')
        return self._members.get((reading.dim, " ".join(text.split())))

    def _content(self, width: int) -> GridContent:
        t, dots = self.look.fmt.t, self.look.fmt.ellipsis
        rows = []
        if self._reading.done:
            rows.append(GridRow(SHOWS, ((" ", ""), (cut(t("go there"), width - 2, dots), "accent"))))
        names = min(max((cell_width(clean(one.title)) for one in self._shown), default=0), max(8, width - 16))
        for place, one in enumerate(self._shown):
            note = clean(one.note) or t(one.kind)
            rest = width - names - 4
            runs: Runs = ((" ", ""), (pad(cut(clean(one.title), names, dots), names), ""), ("  ", ""), (cut(note, max(0, rest), dots), "muted"))
            rows.append(GridRow(str(place), runs))
        waits = self._wanted is not None and self._wanted not in self._members and self._wanted not in self._anywhere
        empty = ((" " + t("nothing found"), "muted"),) if self.text.strip() and not waits else ()
        return GridContent(rows=rows, empty=empty)

    # ---------------------------------------------------------------- choosing

    def _chosen(self, first: bool = False) -> Suggestion | None:
        """The suggestion under the cursor; with `first`, the first one where the cursor is on none."""
        key = self.query_one("#suggestions", GridView).cursor_key
        if key is not None and key.isdigit() and int(key) < len(self._shown):
            return self._shown[int(key)]
        return self._shown[0] if first and self._shown else None

    def _complete(self) -> None:
        one = self._chosen(first=True)
        if one is not None:
            self._write(one.line + " ")

    def _write(self, text: str) -> None:
        field = self.query_one(LineInput)
        field.value = text
        field.cursor_position = len(text)

    @on(Input.Submitted)
    def _entered(self, message: Input.Submitted) -> None:
        message.stop()
        self._enter()

    @on(GridView.Chosen)
    def _clicked(self, message: GridView.Chosen) -> None:
        message.stop()
        self._enter()

    def _enter(self) -> None:
        """Do what the line says, or what the suggestion under the cursor makes of it."""
        one = self._chosen()
        if one is None:
            if self._reading.done:
                self._done(self._reading, self.text)
            self._hurry = self._wanted is not None and not self._reading.done
            return
        if one.command:
            self._done(Reading(command=one.command), one.command)
            return
        reading = self._read_text(one.line)
        if reading.done and not (reading.parts[-1:] and reading.parts[-1].kind == "by" and not self._reading.done):
            self._done(reading, one.line)
        else:
            self._write(one.line + " ")

    def _done(self, reading: Reading, text: str) -> None:
        self._past.keep(text)
        self.dismiss(reading)
