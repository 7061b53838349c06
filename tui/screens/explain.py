"""`x`: why a number is off its target, or other than before: the parts of the gap as a waterfall, each of which can be opened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType

from kpi_core.errors import said
from kpi_core.pages import ExplainPage, ExplainPart, Section
from kpi_core.render.explain import cause_lines, explain_table, held_line, note_line, part_line, section_lines, sections_line, warning_lines
from kpi_core.render.header import crumb_parts, crumb_text
from kpi_core.view import Sort, ViewState
from tui.commands import bindings
from tui.look.drawing import Look
from tui.look.runs import Runs
from tui.look.tables import content, quiet
from tui.output.subject import Subject, of_explain
from tui.questions.asking import Answered, Asker, Failed, Question
from tui.screens.overlay import Box, Overlay
from tui.screens.records import error_text
from tui.widgets.content import GridContent
from tui.widgets.grid import GridView
from tui.widgets.lines import Lines

LEAST_ROWS = 9  # lines of parts that warnings must leave
LOW = 20  # lines of a screen under which there are only the parts
LEAST_MORE = 8  # lines under which the next section is not worth its title


class ExplainScreen(Overlay[ViewState]):
    """One way to part the gap at a time; Enter answers with the state that shows the part under the cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [*Overlay.BINDINGS, *bindings("explain")]
    SCOPE = "explain"

    def __init__(self, look: Look, asker: Asker, state: ViewState) -> None:
        super().__init__(look)
        self._asker = asker
        self._state = state
        self._page: ExplainPage | None = None
        self._at = 0

    def compose(self) -> ComposeResult:
        with Box(id="explain"):
            yield self.lines("title", "one")
            yield self.lines("explain-head")
            yield self.grid("parts")
            yield self.lines("explain-more")
            yield self.lines("trouble", "one")
            yield self.hint_bar()

    def on_mount(self) -> None:
        self.heading(self.look.fmt.t("Why"))
        self.query_one("#parts", GridView).focus()
        self._ask()

    def on_unmount(self) -> None:
        self._asker.drop("explain")

    def subject(self) -> Subject | None:
        page, grid = self._page, self.query_one("#parts", GridView)
        return of_explain(page, self._at, self._state, grid, self.look.fmt, self.size.width - 2) if page is not None else None

    def _ask(self) -> None:
        state = self._state
        self.trouble(said("asking …"), "muted")
        self._asker.ask(Question("explain", state, lambda source: source.explain(state), self, remember=False))

    # ---------------------------------------------------------------- answers

    @on(Answered)
    def _answered(self, message: Answered) -> None:
        message.stop()
        page = message.value
        if isinstance(page, ExplainPage):
            self._page = page
            self._at = 0
            self._show()

    @on(Failed)
    def _failed(self, message: Failed) -> None:
        message.stop()
        self.trouble(error_text(self.look, message.error))

    def on_resize(self) -> None:
        if self._page is not None:
            self._head()

    # ---------------------------------------------------------------- drawing

    @property
    def section(self) -> Section | None:
        """The section on screen."""
        page = self._page
        return page.sections[self._at] if page is not None and page.sections else None

    def _show(self) -> None:
        page, section, fmt = self._page, self.section, self.look.fmt
        if page is None:
            return
        crumb = crumb_text(crumb_parts(page.header, fmt), max(8, self.size.width - 40), fmt)
        title = f"{fmt.t('Why')} · {crumb} · {fmt.period(page.header.period)}"
        self.heading(fmt.fold(((title, ""),))[0][0])
        self._head()
        grid = self.query_one("#parts", GridView)
        if section is None:
            self.trouble(page.reason or said("there is nothing to explain"), "muted")
            grid.show(lambda width: GridContent())
            return
        # what was missing before is read, what has moved since is looked into
        first = next((str(place) for place, part in enumerate(section.parts) if part.kind != "base"), None)
        grid.show(lambda width: content(explain_table(page, section, fmt, width), Sort(), "", self.look.ascii_only, sortable=False), first)
        self._told(first)

    def _head(self) -> None:
        page = self._page
        if page is None:
            return
        fmt, head = self.look.fmt, self.query_one("#explain-head", Lines)
        width = max(20, self.size.width - 2)
        lines: list[Runs] = [held_line(page, fmt, width)]
        low = self.size.height < LOW
        lines += () if low else cause_lines(page, fmt, width)
        room = max(1, self.size.height - 7 - LEAST_ROWS - len(lines))
        warnings = () if low else warning_lines(page, fmt, width)
        if len(warnings) > room:  # what there is no room for is counted, and the report says it in full
            left = len(warnings) - room + 1
            warnings = [*warnings[: room - 1], fmt.fold(((" ! ", "warn"), (fmt.t("… {count} more", count=left), "warn")))]
        lines += [*warnings, sections_line(page, self._at, fmt, width)]
        head.styles.height = len(lines)
        head.show(lambda width, height: lines[:height])
        self._share(len(lines))

    def _share(self, head: int) -> None:
        """The parts take the lines they need; in what is left stand the sections after this one, to look at."""
        page, section, grid = self._page, self.section, self.query_one("#parts", GridView)
        if page is None:
            return
        more = self.query_one("#explain-more", Lines)
        needed = 2 + (len(section.parts) + 2 if section is not None and section.parts else 2)
        left = self.size.height - 7 - head - needed
        rest = [other for other in page.sections[self._at + 1 :] if other.parts]
        more.display = bool(rest) and left >= LEAST_MORE
        grid.styles.height = needed if more.display else "1fr"

        def draw(width: int, height: int) -> Sequence[Runs]:
            lines: list[Runs] = []
            for other in rest:
                found = section_lines(page, other, self.look.fmt, width - 1)
                if len(lines) + len(found) + 1 > height:
                    break
                lines += [(), *(quiet(line) for line in found)]
            return lines

        more.show(draw)

    def _told(self, key: str | None) -> None:
        """The part under the cursor in full: name and reason may be cut in the table."""
        part, section = self._part(key), self.section
        width = max(20, self.size.width - 2)
        line: Runs = part_line(part, self.look.fmt, width) if part is not None else ()
        if section is not None and (part is None or part.note is None):
            line = note_line(section, self.look.fmt, width) or line
        self.query_one("#trouble", Lines).show(lambda width, height: [line])

    def _part(self, key: str | None) -> ExplainPart | None:
        section = self.section
        if section is None or key is None or not key.isdigit():
            return None
        return section.parts[int(key)] if int(key) < len(section.parts) else None

    @on(GridView.Moved)
    def _moved(self, message: GridView.Moved) -> None:
        message.stop()
        if self._page is not None:
            self._told(message.key)

    # ---------------------------------------------------------------- keys

    def action_drill(self) -> None:
        part = self._part(self.query_one("#parts", GridView).cursor_key)
        if part is not None and part.drill is not None:
            self.dismiss(part.drill)
        elif part is not None:
            self.trouble(said("this part has nothing below it"), "warn")

    @on(GridView.Chosen)
    def _chosen(self, message: GridView.Chosen) -> None:
        message.stop()
        self.action_drill()

    def action_section(self, step: int) -> None:
        page = self._page
        if page is not None and page.sections:
            self._at = (self._at + step) % len(page.sections)
            self._show()

    def action_against(self) -> None:
        """The other thing that the gap can be held against."""
        page = self._page
        if page is None:
            return
        if not page.other:
            nothing = said("there is no other period to hold it against") if page.against == "target" else said("there is no target for this period")
            self.trouble(nothing, "warn")
            return
        self._state = replace(self._state, against=page.other)
        self._ask()
