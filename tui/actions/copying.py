"""Copying and exporting: the commands of the views, and what pop-ups call for their own content."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from kpi_core.errors import Message, OmnigapError, said
from kpi_core.pages import DefinitionCard
from kpi_core.render.clean import clean, clean_block
from kpi_core.render.data import definition_lines
from kpi_core.render.text import cut, plain
from kpi_core.view import ViewState
from tui.actions.base import Handlers
from tui.commands import can
from tui.device.clipboard import told
from tui.output import subject
from tui.output.subject import Subject
from tui.questions.asking import Question
from tui.questions.source import PageSource
from tui.screens.export import ExportScreen, Written
from tui.screens.pick import Choice, PickScreen
from tui.widgets.courier import Courier
from tui.widgets.grid import GridView

if TYPE_CHECKING:
    from tui.screens.overlay import Overlay

Say = Callable[[Message, str], None]


class Copying(Handlers):
    """`y`, `Y` and `e`, of the view or of the pop-up that is open."""

    # ---------------------------------------------------------------- what is meant

    def subject(self) -> Subject | None:
        """What is on screen: the page with its filter and sort, in the pane that has the focus."""
        main = self.main
        page = main.page
        if page is None or not main.fresh:
            return None
        focused = main.focused
        grid = focused if isinstance(focused, GridView) and focused.content.table is not None else main.view.grid
        return subject.of_page(page, main.here(), grid, self.app.look.fmt, main.size.width)

    def _say(self, overlay: Overlay[object] | None) -> Say:
        """Where a message of this is read."""
        return self.main.say if overlay is None else overlay.trouble

    def _try(self, work: Callable[[], None], overlay: Overlay[object] | None = None) -> None:
        try:
            work()
        except OmnigapError as error:
            self._lost(error, overlay)

    def _lost(self, error: Exception, overlay: Overlay[object] | None) -> None:
        if overlay is None:
            self.main.complain(error)
        elif isinstance(error, OmnigapError):
            overlay.trouble(error.what, "warn")
        else:
            overlay.trouble(said("this view failed inside omnigap ({name})", name=type(error).__name__))

    # ---------------------------------------------------------------- copying

    def copy(self) -> None:
        self.copy_of(self.subject())

    def copy_of(self, about: Subject | None, overlay: Overlay[object] | None = None) -> None:
        """The cell, or on the first column the rows."""
        if about is not None:
            self._try(lambda: self._hand_over(*subject.cell_text(about, self.app.look.fmt), overlay), overlay)

    def copy_link(self) -> None:
        about = self.subject()
        if about is not None:
            self._chosen("link", about, None)

    def _hand_over(self, text: str, what: Message, overlay: Overlay[object] | None) -> None:
        copied = self.app.hand_over(text)
        self._say(overlay)(told(what, copied), "warn" if copied.how == "nowhere" else "good")

    def copy_menu(self) -> None:
        self.copy_menu_of(self.subject())

    def copy_menu_of(self, about: Subject | None, overlay: Overlay[object] | None = None) -> None:
        """What can be copied, the link first: Y Enter copies it."""
        if about is None:
            return
        t = self.app.look.fmt.t
        choices = [Choice("link", t("Link to this view"), clean(about.link, 80))]
        if about.table is not None:
            rows = len(about.rows())
            if about.place() is not None:
                choices.append(Choice("cell", t("The number under the cursor"), t("raw, as programs read it")))
            if rows:
                note = t("{count} marked", count=rows) if about.marks and rows > 1 else t("the one under the cursor")
                choices.append(Choice("rows", t("Rows, for a spreadsheet"), note))
            choices += [
                Choice("tsv", t("Table, for a spreadsheet (TSV)"), t("with titles, numbers raw")),
                Choice("markdown", t("Table as Markdown"), t("as it reads here")),
            ]
        elif about.line:
            choices.append(Choice("rows", t("The line under the cursor"), clean(about.line, 60)))
        if about.sql or about.state.view != "data":
            choices.append(Choice("sql", t("SQL that ran"), t("as a script for DuckDB's own shell")))
        if about.definition or about.state.kpi or self._kpi(about):
            choices.append(Choice("definition", t("Definition of the KPI"), clean(self._named(about))))
        self.app.push_screen(PickScreen(self.app.look, t("Copy"), choices), lambda choice: self._chosen(choice, about, overlay))

    def _kpi(self, about: Subject) -> str | None:
        """The KPI of the state; in views that list several the one under the cursor."""
        if about.state.view in ("overview", "gaps"):
            return self.of_row().kpi
        return about.state.kpi

    def _named(self, about: Subject) -> str:
        kpi = self._kpi(about) or ""
        return next((row.kpi.name for row in self.kpis() if row.kpi.id == kpi), kpi)

    def _chosen(self, choice: str | None, about: Subject, overlay: Overlay[object] | None) -> None:
        fmt = self.app.look.fmt

        def work() -> None:
            if choice == "link":
                # one line says it: a second one would take a line from the view
                self._hand_over(about.link, said("{link}", link=cut(about.link, max(20, self.main.size.width - 14), fmt.ellipsis)), overlay)
            elif choice == "cell":
                self._hand_over(*subject.cell_text(about, self.app.look.fmt), overlay)
            elif choice == "rows":
                self._hand_over(*subject.rows_text(about, fmt), overlay)
            elif choice == "tsv":
                self._hand_over(*subject.table_text(about, fmt), overlay)
            elif choice == "markdown":
                self._hand_over(*subject.markdown_text(about), overlay)
            elif choice == "sql":
                self._sql(about, overlay)
            elif choice == "definition":
                self._definition(about, overlay)

        self._try(work, overlay)

    def _sql(self, about: Subject, overlay: Overlay[object] | None) -> None:
        if about.sql:
            self._hand_over(about.sql, said("the SQL that ran"), overlay)
            return
        state = self.of_row() if overlay is None and about.state.view == "overview" else about.state

        def arrived(value: object) -> None:
            self._try(lambda: self._hand_over(clean_block(str(value), 200_000), said("the SQL that ran"), overlay), overlay)

        self._ask(state, lambda source: source.sql(state), arrived, overlay)

    def _definition(self, about: Subject, overlay: Overlay[object] | None) -> None:
        if about.definition:
            self._hand_over(about.definition, said("the definition"), overlay)
            return
        state = self.of_row() if overlay is None and about.state.view in ("overview", "gaps") else about.state

        def arrived(value: object) -> None:
            if isinstance(value, DefinitionCard):
                lines = definition_lines(value, self.app.look.fmt, 110)
                text = "\n".join(plain(line).rstrip() for line in lines) + "\n"
                self._try(lambda: self._hand_over(text, said("the definition"), overlay), overlay)

        self._ask(state, lambda source: source.definition(state), arrived, overlay)

    def _ask(self, state: ViewState, call: Callable[[PageSource], object], arrived: Callable[[object], None], overlay: Overlay[object] | None) -> None:
        """Ask the source, and go on with the answer."""
        courier = Courier(arrived, lambda error: self._lost(error, overlay))
        self._say(overlay)(said("asking …"), "muted")
        where = self.main if overlay is None else overlay
        where.mount(courier)
        self.main.asker.ask(Question("copy", state, call, courier, remember=False))

    # ---------------------------------------------------------------- exporting

    def export(self) -> None:
        self.export_of(self.subject())

    def export_of(self, about: Subject | None, overlay: Overlay[object] | None = None) -> None:
        """The export pop-up; what was written is said where it was asked for."""
        if about is None or about.shown is None:
            if overlay is not None:
                overlay.trouble(said("there is no table to export here; y and Y copy"), "warn")
            return
        reason = can.exporting(self.main.context)
        if overlay is not None and reason is not None:
            overlay.trouble(reason, "warn")
            return

        def done(written: Written | None) -> None:
            if written is not None:
                self._say(overlay)(written.told(), "good")

        self.app.push_screen(ExportScreen(self.app.look, self.main.asker, about, Path.cwd()), done)
