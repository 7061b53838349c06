"""`e`: the table on screen into a file: format, rows, name. The file appears whole, and never over another one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from kpi_core.errors import Message, OmnigapError, UsageError, said
from kpi_core.render.text import cell_width, cut, pad
from tui.look.drawing import Look
from tui.look.runs import Runs
from tui.output.formats import FORMATS, write_file
from tui.output.saving import free
from tui.output.subject import Subject
from tui.questions.asking import Answered, Asker, Failed, Question
from tui.questions.source import PageSource
from tui.screens.overlay import Box, ListInput, Overlay
from tui.screens.records import error_text
from tui.widgets.content import GridContent, GridRow
from tui.widgets.grid import GridView
from tui.widgets.lines import Lines


@dataclass(frozen=True)
class Written:
    """What was written: `rows` of `of`, in a format, where. `numbered`: the name was taken, so it got a number."""

    path: Path
    format: str
    rows: int
    of: int
    numbered: bool = False

    def told(self) -> Message:
        home = str(Path.home())
        file = str(self.path)
        file = f"~{file.removeprefix(home)}" if file.startswith(home + "/") else file
        if self.rows < self.of:
            return said("written as {format}, the first {rows} of {all} rows: {file}", file=file, rows=self.rows, all=self.of, format=self.format)
        if self.numbered:
            return said("written as {format}, {rows} rows, with a number because the name was taken: {file}", file=file, rows=self.rows, format=self.format)
        return said("written as {format}, {rows} rows: {file}", file=file, rows=self.rows, format=self.format)


def middle_of(text: str, width: int) -> str:
    """A path by its end, which tells it from others."""
    return text if cell_width(text) <= width else "…" + text[-max(8, width - 1) :]


class ExportScreen(Overlay[Written]):
    """Answers with what was written. The format follows the ending that is typed, and the ending the format that is chosen."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("tab", "rows", show=False, priority=True)]

    def __init__(self, look: Look, asker: Asker, about: Subject, folder: Path) -> None:
        super().__init__(look)
        self._asker = asker
        self._about = about
        self._folder = folder
        self._all = False
        self._busy = False

    def compose(self) -> ComposeResult:
        t = self.look.fmt.t
        with Box(id="export"):
            yield self.lines("title", "one")
            yield ListInput("formats", id="name")
            yield self.lines("export-rows", "says")
            grid = self.grid("formats")
            grid.can_focus = False
            yield grid
            yield self.lines("trouble", "says")
            arrows = "up down" if self.look.ascii_only else "↓ ↑"
            enter = "Enter" if self.look.ascii_only else "⏎"
            yield self.hint_bar((enter, t("write")), (arrows, t("format")), ("Tab", t("all rows")))

    def on_mount(self) -> None:
        self.heading(f"{self.look.fmt.t('Export')} · {self._about.title}")
        field = self.query_one("#name", Input)
        field.value = f"{self._about.name}.csv"
        field.cursor_position = len(field.value)
        field.focus()
        self.query_one("#formats", GridView).show(self._formats, "csv")
        self._rows()
        self._where()

    def on_unmount(self) -> None:
        self._asker.drop("export")

    def _formats(self, width: int) -> GridContent:
        t, dots = self.look.fmt.t, self.look.fmt.ellipsis
        most = max(cell_width(name) for name in FORMATS)
        room = max(8, width - most - 4)
        rows = [GridRow(name, ((" ", ""), (pad(name, most), "key"), ("  ", ""), (cut(t(says), room, dots), "muted"))) for name, says in FORMATS.items()]
        return GridContent(rows=rows)

    @property
    def format(self) -> str:
        return self.query_one("#formats", GridView).cursor_key or "csv"

    def _rows(self) -> None:
        """Which rows: those on screen, or all."""
        t, shown = self.look.fmt.t, self._about.table
        count = sum(row.kind != "section" for row in shown.rows) if shown is not None else 0
        screen = t("the rows and columns on screen ({count})", count=count)
        every = t("all rows, every column; without the row filter")
        now, other = (every, screen) if self._all else (screen, every)
        lines: Sequence[Runs] = [((" ", ""), (t("Rows:") + " ", "muted"), (now, "accent"))]
        if self._about.whole is not None:
            lines = [*lines, ((" ", ""), ("Tab ", "key"), (other, "muted"))]
        self.query_one("#export-rows", Lines).show(lambda width, height: [self.look.fmt.fit(line, width) for line in lines[:height]])

    def _path(self) -> Path:
        text = self.query_one("#name", Input).value.strip()
        if not text or text.endswith("/"):
            raise UsageError(said("write a file name"))
        path = Path(text).expanduser()
        return path if path.is_absolute() else self._folder / path

    def _where(self) -> None:
        """The whole path, and what is in its way."""
        t = self.look.fmt.t
        lines: Sequence[Runs]
        try:
            path = self._path()
        except UsageError as error:
            lines = [((" ", ""), (t(error.what), "warn"))]
        else:
            found = free(path)
            lines = [((" ", ""), (middle_of(str(found), self.size.width - 8), "muted"))]
            if found != path:
                lines = [((" ", ""), (t("{name} is there already: it gets a number", name=path.name), "warn")), *lines]
        self.query_one("#trouble", Lines).show(lambda width, height: lines[:height])

    # ---------------------------------------------------------------- keys

    def action_rows(self) -> None:
        if self._about.whole is None:
            self.trouble(said("these are all the rows there are"), "muted")
            return
        self._all = not self._all
        self._rows()

    @on(GridView.Moved)
    def _moved(self, message: GridView.Moved) -> None:
        """Another format: the ending of the name follows."""
        message.stop()
        field = self.query_one("#name", Input)
        stem, dot, ending = field.value.rpartition(".")
        name = stem if dot and ending.lower() in FORMATS else field.value
        wanted = f"{name}.{self.format}"
        if name and field.value != wanted and not (dot and ending.lower() == self.format):
            field.value = wanted
            field.cursor_position = len(wanted)

    @on(Input.Changed)
    def _typing(self, message: Input.Changed) -> None:
        message.stop()
        ending = message.value.rpartition(".")[2].lower()
        if ending in FORMATS and ending != self.format:
            self.query_one("#formats", GridView).move_to(list(FORMATS).index(ending))
        self._where()

    @on(GridView.Chosen)
    def _clicked(self, message: GridView.Chosen) -> None:
        message.stop()
        self._write()

    @on(Input.Submitted)
    def _entered(self, message: Input.Submitted) -> None:
        message.stop()
        self._write()

    # ---------------------------------------------------------------- writing

    def _write(self) -> None:
        """Made and written in a thread: a large workbook takes its time, and Esc leaves no half of it."""
        if self._busy:
            return
        try:
            asked = self._path()
            path = free(asked)
        except UsageError as error:
            self.trouble(error.what)
            return
        about, format, fmt, every = self._about, self.format, self.look.fmt, self._all
        colours = {role: self.look.palette.colour(role) for role in ROLES} | {"background": self.look.palette.background, "text": self.look.palette.text}

        def make(source: PageSource) -> Written:
            if every and about.whole is not None:
                found = about.whole(source)
                content, rows, of = found.content, found.rows, found.of
            elif about.shown is not None:
                content = about.shown()
                rows = of = len(content.sheet.rows)
            else:
                raise UsageError(said("there is no table to export here; y and Y copy"))
            return Written(write_file(path, format, content, fmt, colours), format, rows, of, path != asked)

        self._busy = True
        self.trouble(said("writing …"), "muted")
        self._asker.ask(Question("export", about.state, make, self, remember=False))

    @on(Answered)
    def _answered(self, message: Answered) -> None:
        message.stop()
        if isinstance(message.value, Written):
            self.dismiss(message.value)

    @on(Failed)
    def _failed(self, message: Failed) -> None:
        message.stop()
        self._busy = False
        error = message.error
        t = self.look.fmt.t
        lines = [error_text(self.look, error)]
        if isinstance(error, OmnigapError) and error.where is not None:  # what is wrong is worth more than a long path
            lines = [t(error.what) + (f" · {t(error.hint)}" if error.hint else ""), middle_of(str(error.where), self.size.width - 8)]
        runs: Sequence[Runs] = [((" ", ""), (line, "bad" if place == 0 else "muted")) for place, line in enumerate(lines)]
        self.query_one("#trouble", Lines).show(lambda width, height: runs[:height])


ROLES = ("muted", "axis", "accent", "key", "good", "warn", "bad", "target", "line", "compare")
