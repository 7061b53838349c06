"""`v`: the rows behind a number, a page at a time, each with the file and line of the export it came from."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult

from kpi_core.errors import OmnigapError, said
from kpi_core.pages import RecordsPage
from kpi_core.render.clean import clean
from kpi_core.render.data import records_scroll, records_table, records_title
from kpi_core.view import Sort, ViewState
from tui.look.drawing import Look
from tui.look.tables import content
from tui.output.subject import Subject, of_records
from tui.questions.asking import Answered, Asker, Failed, Question
from tui.screens.overlay import Box, Overlay
from tui.widgets.grid import GridView

PAGE = 200


class RecordsScreen(Overlay[None]):
    """Moving past the last row asks for the next page, past the first for the one before."""

    def __init__(self, look: Look, asker: Asker, state: ViewState) -> None:
        super().__init__(look)
        self._asker = asker
        self._state = state
        self._offset = 0
        self._page: RecordsPage | None = None
        self._to_end = False
        self._first = 0  # the leftmost column shown

    def compose(self) -> ComposeResult:
        t = self.look.fmt.t
        with Box(id="records"):
            yield self.lines("title", "one")
            yield self.grid("rows")
            yield self.lines("trouble", "one")
            arrows = ("j k", "h l") if self.look.ascii_only else ("↓ ↑", "← →")
            yield self.hint_bar((arrows[0], t("move")), (arrows[1], t("columns")), (self.look.key("page_down"), t("page down")))

    def on_mount(self) -> None:
        self.heading(self.look.fmt.t("Records"))
        self.trouble(said("asking …"), "muted")
        self.query_one("#rows", GridView).focus()
        self._ask(0)

    def on_unmount(self) -> None:
        self._asker.drop("records")

    def subject(self) -> Subject | None:
        page = self._page
        return of_records(page, self._state, self.query_one("#rows", GridView), self.look.fmt) if page is not None else None

    def _ask(self, offset: int) -> None:
        state = self._state
        self._asker.ask(Question("records", state, lambda source: source.records(state, offset, PAGE), self, remember=False))

    @on(Answered)
    def _answered(self, message: Answered) -> None:
        message.stop()
        page = message.value
        if not isinstance(page, RecordsPage):
            return
        self._page = page
        keys = [str(page.offset + index) for index in range(len(page.rows))]
        self._show((keys[-1] if self._to_end else keys[0]) if keys else None)

    def _show(self, at: str | None) -> None:
        page = self._page
        if page is None:
            return
        fmt, first = self.look.fmt, self._first
        grid = self.query_one("#rows", GridView)
        self.trouble("")
        empty = fmt.t("no row behind this number")
        grid.show(lambda width: content(records_table(page, fmt, width, first), Sort(), empty, self.look.ascii_only, sortable=False), at)
        shown, columns = records_scroll(page, fmt, max(20, grid.size.width), first)
        more = fmt.t("columns {first} to {last} of {all}", first=first + 1, last=first + shown, all=columns) if shown < columns and page.rows else ""
        self.heading(" · ".join(text for text in (records_title(page, fmt), fmt.fold(((more, ""),))[0][0]) if text))

    @on(GridView.Sideways)
    def _sideways(self, message: GridView.Sideways) -> None:
        """One column further, until the last one is in sight."""
        message.stop()
        if self._page is None:
            return
        shown, columns = records_scroll(self._page, self.look.fmt, message.grid.size.width, self._first)
        if message.step < 0 < self._first or (message.step > 0 and self._first + shown < columns):
            self._first += message.step
            self._show(message.grid.cursor_key)

    @on(GridView.Moved)
    def _moved(self, message: GridView.Moved) -> None:
        """The file and line of the row under the cursor, in full: on a narrow screen the columns cut them."""
        message.stop()
        page = self._page
        index = int(message.key) - page.offset if page is not None and message.key is not None else -1
        if page is not None and 0 <= index < len(page.rows):
            file, line = page.rows[index][-2:]
            self.trouble(f"{clean(str(file))}:{line}", "muted")

    @on(Failed)
    def _failed(self, message: Failed) -> None:
        message.stop()
        self.trouble(error_text(self.look, message.error))

    @on(GridView.Edge)
    def _edge(self, message: GridView.Edge) -> None:
        message.stop()
        page = self._page
        if page is None:
            return
        offset = page.offset + message.step * PAGE
        if 0 <= offset < page.total:
            self._to_end = message.step < 0
            self._ask(offset)


def error_text(look: Look, error: Exception) -> str:
    """An error in a line: what, where, what to do; a fault of omnigap by its name only."""
    t = look.fmt.t
    if not isinstance(error, OmnigapError):
        return t("this view failed inside omnigap ({name})", name=type(error).__name__)
    where = f"{error.where}: " if error.where else ""
    hint = f" · {t(error.hint)}" if error.hint else ""
    return f"{where}{t(error.what)}{hint}"
