"""`L` in Data and `omnigap learn FILE`: point at the columns of a file of unknown layout, see what comes of it, write the profile.

The work is done in a thread on the head of the file, one look at a time; an answer to what is no longer asked is dropped.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container

from kpi_core.errors import OmnigapError, said
from kpi_core.render.clean import clean
from kpi_core.render.learning import preview_lines
from kpi_core.render.question import option_texts
from kpi_core.render.text import cut
from kpi_core.sources.account.questions import Question
from kpi_core.sources.learning.draft import PREFIX, named_of, slug
from kpi_core.sources.learning.kinds import BY_ID, SETTINGS, Field, Kind
from kpi_core.sources.learning.learn import Plan, with_columns, with_settings
from kpi_core.sources.learning.tables import Table
from kpi_core.store import LoadReport
from kpi_core.workbench.learning import FOLDER, Learner, Looked, shown_tables
from tui.commands import bindings
from tui.look.drawing import Look
from tui.look.learning import OPTIONS, QUESTION, SETTING, TEXT, Shown, column_rows, field_rows, next_wanted
from tui.look.runs import Runs
from tui.screens.overlay import Box, Overlay
from tui.screens.pick import Choice, PickScreen
from tui.screens.prompt import PromptScreen
from tui.screens.records import error_text
from tui.screens.working import Working
from tui.widgets.grid import GridView
from tui.widgets.lines import Lines
from tui.widgets.scrolled import ScrolledLines

PANES = ("learn-fields", "learn-columns", "learn-preview")
LOW, TALL, NARROW = 20, 30, 76


class LearnScreen(Working[LoadReport]):
    """Answers with the report of the load, or None where nothing was loaded."""

    # Backspace takes back what was pointed at; in other pop-ups it closes
    BINDINGS: ClassVar[list[BindingType]] = [*Overlay.BINDINGS, *bindings("learn"), Binding("backspace", "clear", show=False, priority=True)]
    SCOPE = "learn"

    def __init__(self, look: Look, folder: Path, file: Path) -> None:
        super().__init__(look)
        self._folder, self._file = folder, file
        self._learner: Learner | None = None
        self._tables: list[Table] = []
        self._table: Table | None = None
        self._plan: Plan | None = None
        self._looked: Looked | None = None
        self._changed = self._leaving = False
        self._pane = PANES[0]
        self._field = ""  # the one that is pointed at

    def compose(self) -> ComposeResult:
        with Box(id="learn"):
            yield self.lines("title", "one")
            with Container(id="learn-panes"):
                yield self.grid("learn-fields")
                yield self.grid("learn-columns")
            yield self.lines("learn-title")
            yield ScrolledLines(palette=self.look.palette, ascii_only=self.look.ascii_only, id="learn-preview")
            yield self.lines("trouble", "one")
            yield self.hint_bar()

    def on_mount(self) -> None:
        self.heading(self.look.fmt.t("Learn the layout of {file}", file=clean(self._file.name, 60)))
        self.query_one("#learn-fields", GridView).focus()
        self._do(lambda: self._opened(), self._have_tables, said("reading the file …"))

    def _opened(self) -> object:
        self._learner = Learner.open(self._folder)
        return self._learner.tables(self._file)

    # ---------------------------------------------------------------- which table, what it is

    def _have_tables(self, value: object) -> None:
        self._tables = list(value)  # type: ignore[call-overload]
        if len(self._tables) == 1:
            self._with_table(self._tables[0])
        else:
            self.action_table()

    def action_table(self) -> None:
        """Choose among the candidates: where each lies and what its header says."""
        t = self.look.fmt.t
        if not self._tables:
            return
        choices = []
        for number, (table, place) in enumerate(zip(self._tables, shown_tables(self._tables, self._file), strict=True)):
            where = " ".join(part for part in (clean(place, 30), t("line {line}", line=str(table.line)) if table.line else "") if part) or t("records")
            choices.append(Choice(str(number), where, ", ".join(column.shown for column in table.columns)))
        at = str(self._tables.index(self._table)) if self._table in self._tables else "0"

        def chosen(key: str | None) -> None:
            if key is not None:
                self._with_table(self._tables[int(key)])
            elif self._table is None:
                self.dismiss(None)

        self.app.push_screen(PickScreen(self.look, t("Which table of the file?"), choices, at=at), chosen)

    def _with_table(self, table: Table) -> None:
        self._table = table
        learner = self._learner
        if learner is not None:
            self._do(lambda: learner.kinds(table), self._ask_kind, said("looking at the columns …"))

    def action_kind(self) -> None:
        if self._table is not None:
            self._with_table(self._table)

    def _ask_kind(self, value: object) -> None:
        kinds: list[tuple[Kind, Plan]] = value  # type: ignore[assignment]
        t, lang = self.look.fmt.t, self.look.fmt.lang
        choices = []
        for kind, plan in kinds:
            missing = [item.label.in_(lang) for item in plan.missing()]
            note = t("needs {fields}", fields=", ".join(missing)) if missing else t("all that is needed was found")
            choices.append(Choice(kind.id, kind.label.in_(lang), note))

        def chosen(key: str | None) -> None:
            plan = next((plan for kind, plan in kinds if kind.id == key), None)
            if plan is not None:
                self._begin(plan)
            elif self._plan is None:
                self.dismiss(None)

        self.app.push_screen(PickScreen(self.look, t("What is in this file?"), choices, at=self._plan.kind if self._plan else None), chosen)

    def _begin(self, plan: Plan) -> None:
        self._looked = None
        missing = plan.missing()
        self._field = missing[0].name if missing else next(iter(plan.columns), "")
        self._use(plan)
        self._changed = False
        self._to(PANES[0])

    # ---------------------------------------------------------------- drawing

    def _use(self, plan: Plan) -> None:
        """Another plan: drawn at once, its preview asked for."""
        self._plan, self._changed, self._leaving = plan, True, False
        self._show()
        learner, table = self._learner, self._table
        if learner is not None and table is not None:
            self._do(lambda: learner.look(plan, table), self._have_look, said("looking …"))

    def _have_look(self, value: object) -> None:
        if isinstance(value, Looked):
            self._looked = value
            self._show()

    @property
    def _questions(self) -> tuple[Question, ...]:
        looked = self._looked
        return looked.preview.questions if looked is not None and looked.preview is not None and looked.plan == self._plan else ()

    def _show(self) -> None:
        plan, table, fmt = self._plan, self._table, self.look.fmt
        if plan is None or table is None:
            return
        shown = Shown(plan, table, self._questions, self.look)
        kind = BY_ID[plan.kind]
        self.heading(f"{clean(self._file.name, 60)} {fmt.dash} {kind.label.in_(fmt.lang)}")
        self.query_one("#learn-fields", GridView).show(lambda width: field_rows(shown, width), self._field or None)
        field = kind.field(self._field)
        at = plan.columns.get(self._field) or self.query_one("#learn-columns", GridView).cursor_key
        self.query_one("#learn-columns", GridView).show(lambda width: column_rows(shown, field, width - 1), at)
        looked = self._looked
        self.query_one("#learn-title", Lines).show(lambda width, height: [self._state(width)])
        self.query_one("#learn-preview", ScrolledLines).show(lambda width, height: self._preview(looked, width), keep=True)

    def _state(self, width: int) -> Runs:
        """Over the preview: what is still missing, or how much holds."""
        fmt, plan, looked = self.look.fmt, self._plan, self._looked
        t = fmt.t
        text, role = t("looking …"), "muted"
        missing = plan.missing() if plan is not None else []
        if missing:
            text, role = t("still needed: {fields}", fields=", ".join(item.label.in_(fmt.lang) for item in missing)), "warn"
        elif looked is not None and looked.plan == plan and looked.preview is not None:
            held, of = looked.preview.held
            if looked.preview.questions:
                text, role = t("to be decided first, see the fields"), "warn"
            elif not looked.ready:
                text, role = t("this cannot be written yet"), "bad"
            elif held < of:
                text, role = t("{held} of {of} checks hold", held=held, of=of), "warn"
            else:
                text, role = t("ready: w writes the profile"), "good"
        return fmt.fold(((" ", ""), (cut(text, width - 2, fmt.ellipsis), role)))

    def _preview(self, looked: Looked | None, width: int) -> Sequence[Runs]:
        fmt = self.look.fmt
        if looked is None or looked.draft is None or looked.preview is None:
            return []
        return [((" ", ""), *line) for line in preview_lines(looked.preview, fmt, width - 2, looked.draft.notes)]

    def on_resize(self) -> None:
        self._share()

    def _share(self) -> None:
        """A small screen gives the pane in focus the room: a short one the preview, a narrow one the fields or the columns."""
        height, narrow = self.size.height, self.size.width < NARROW
        reading = self._pane == PANES[2] and height < TALL
        preview = self.query_one("#learn-preview", ScrolledLines)
        self.query_one("#learn-panes").display = not reading
        preview.styles.height = "1fr" if reading else 3 if height < LOW else 8 if height < TALL else height // 3
        self.query_one("#learn-fields").display = not narrow or self._pane != PANES[1]
        self.query_one("#learn-columns").display = not narrow or self._pane == PANES[1]

    # ---------------------------------------------------------------- keys

    def _to(self, pane: str) -> None:
        self._pane = pane
        self._share()
        self.query_one(f"#{pane}").focus(scroll_visible=False)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Also by the mouse."""
        if event.widget.id in PANES and event.widget.id != self._pane:
            self._pane = str(event.widget.id)
            self._share()

    def action_pane(self) -> None:
        self._to(PANES[(PANES.index(self._pane) + 1) % len(PANES)])

    @on(GridView.Moved, "#learn-fields")
    def _field_moved(self, message: GridView.Moved) -> None:
        message.stop()
        plan, table = self._plan, self._table
        if plan is None or table is None or message.key is None or message.key == self._field:
            return
        self._field = message.key
        field = BY_ID[plan.kind].field(self._field)
        shown = Shown(plan, table, self._questions, self.look)
        self.query_one("#learn-columns", GridView).show(lambda width: column_rows(shown, field, width - 1), plan.columns.get(self._field))

    @on(GridView.Moved)
    def _moved(self, message: GridView.Moved) -> None:
        message.stop()

    @on(GridView.Chosen)
    def _chosen(self, message: GridView.Chosen) -> None:
        message.stop()
        self.action_point()

    def action_point(self) -> None:
        """In the fields: to the columns, or to what is to be chosen. In the columns: this one it is."""
        plan, table = self._plan, self._table
        if plan is None or table is None:
            return
        fields, columns = self.query_one("#learn-fields", GridView), self.query_one("#learn-columns", GridView)
        if self._pane == PANES[1]:
            field = BY_ID[plan.kind].field(self._field)
            if columns.cursor_key == TEXT and field is not None:
                self._ask_text(field)
            elif columns.cursor_key is not None and field is not None:
                self._set_columns(field, columns.cursor_key)
            return
        key = fields.cursor_key or ""
        if self._pane != PANES[0]:
            self._to(PANES[0])
        elif key.startswith(QUESTION):
            self._ask_question(self._questions[int(key.removeprefix(QUESTION))])
        elif key.startswith(SETTING):
            self._ask_setting(key.removeprefix(SETTING))
        elif key:
            self._to(PANES[1])

    def _set_columns(self, field: Field, header: str) -> None:
        plan, table = self._plan, self._table
        if plan is None or table is None:
            return
        new = with_columns(plan, table, [(field.name, header)])
        self._field = next_wanted(new, field.name)
        self._use(new)
        self._to(PANES[0])

    def action_clear(self) -> None:
        plan, table = self._plan, self._table
        field = BY_ID[plan.kind].field(self._field) if plan is not None else None
        if plan is None or table is None or (field is None and not self._field.startswith(SETTING)):
            return
        if field is None:
            self._use(with_settings(plan, [(self._field.removeprefix(SETTING), "")]))
        elif field.name in plan.constants:
            self._use(with_settings(plan, [(field.name, "")]))
        else:
            self._use(with_columns(plan, table, [(field.name, "")]))

    def _set(self, name: str, text: str) -> None:
        if self._plan is None:
            return
        try:
            new = with_settings(self._plan, [(name, text)])
        except OmnigapError as error:
            self.trouble(error_text(self.look, error))
            return
        self._field = next_wanted(new, self._field) if new.constants != self._plan.constants else self._field
        self._use(new)
        self._to(PANES[0])

    def _ask_text(self, field: Field) -> None:
        """One text for the whole file."""
        t, lang = self.look.fmt.t, self.look.fmt.lang
        if field.only:
            choices = [Choice(name, name) for name in field.only]
            self.app.push_screen(PickScreen(self.look, field.label.in_(lang), choices), lambda key: self._set(field.name, key) if key else None)
            return
        self._prompt(field.name, field.label.in_(lang), self._plan.constants.get(field.name, "") if self._plan else "", t("stands in every row of the file"))

    def _ask_setting(self, name: str) -> None:
        setting, t = SETTINGS[name], self.look.fmt.t
        title = setting.label.in_(self.look.fmt.lang)
        if setting.options:
            choices = [Choice(option, t(OPTIONS[option])) for option in setting.options]
            self.app.push_screen(PickScreen(self.look, title, choices), lambda key: self._set(name, key) if key else None)
        else:
            self._prompt(name, title, self._plan.settings.get(name, "") if self._plan else "", "")

    def _prompt(self, name: str, title: str, value: str, help: str) -> None:
        def check(text: str) -> str:
            try:
                if self._plan is not None:
                    with_settings(self._plan, [(name, text)])
            except OmnigapError as error:
                raise ValueError(self.look.fmt.t(error.what)) from None
            return ""

        self.app.push_screen(PromptScreen(self.look, title, value, check, help), lambda text: self._set(name, text) if text is not None else None)

    def _ask_question(self, question: Question) -> None:
        name = {"decimal": "decimal", "currency": "currency"}.get(question.kind, f"order.{question.column}")
        choices = [Choice(option.answer, text) for option, text in zip(question.options, option_texts(question, self.look.fmt), strict=True)]
        title = self.look.fmt.t(question.asked())
        self.app.push_screen(PickScreen(self.look, clean(title, 200), choices), lambda key: self._set(name, key) if key else None)

    # ---------------------------------------------------------------- the end

    def action_close(self) -> None:
        """From the columns and the preview back to the fields; what was pointed at is not lost by one key."""
        if self._plan is not None and self._pane != PANES[0]:
            self._to(PANES[0])
            return
        if self._changed and not self._leaving:
            self._leaving = True
            self.trouble(said("nothing is written yet; the same key again closes"), "warn")
            return
        self.dismiss(None)

    def action_write(self) -> None:
        """Ask for the name, then write."""
        t, looked, table = self.look.fmt.t, self._looked, self._table
        if table is None or looked is None or looked.plan != self._plan or not looked.ready:
            missing = self._plan.missing() if self._plan is not None else []
            self.trouble(said("point at what is needed first") if missing else said("this cannot be written yet: see below the fields"), "warn")
            return

        def check(text: str) -> str:
            name = slug(text)
            if not name:
                raise ValueError(t("a name needs a letter"))
            return f"{FOLDER}/{PREFIX}{name}.yaml"

        help = t("the profile is a text of yours: it can be edited, checked and shared")
        self.app.push_screen(PromptScreen(self.look, t("Write the profile as"), named_of(table.decoded.name), check, help), self._named)

    def _named(self, name: str | None) -> None:
        learner, table, plan = self._learner, self._table, self._plan
        if not name or learner is None or table is None or plan is None:
            return

        def write() -> object:
            looked = learner.look(plan, table, name)
            if looked.draft is None or looked.error is not None:
                raise looked.error or AssertionError
            return learner.write(looked.draft)

        self._do(write, self._written, said("writing …"))

    def _written(self, value: object) -> None:
        t = self.look.fmt.t
        self._changed = False
        choices = [Choice("load", t("Load the file now")), Choice("later", t("Later: omnigap load"))]

        def chosen(key: str | None) -> None:
            learner = self._learner
            if key == "load" and learner is not None:
                self._do(lambda: learner.load(self._file), self._loaded, said("loading the file …"))
            else:
                self.dismiss(None)

        self.app.push_screen(PickScreen(self.look, t("Written: {file}", file=f"{FOLDER}/{Path(str(value)).name}"), choices), chosen)

    def _loaded(self, value: object) -> None:
        self.dismiss(value if isinstance(value, LoadReport) else None)
