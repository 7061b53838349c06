"""View 6: what is loaded, what was left out and why, and what each missing export would bring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual.app import ComposeResult

from kpi_core.pages import DataPage
from kpi_core.render.clean import clean
from kpi_core.render.data import data_summary, source_lines
from kpi_core.render.text import cell_width
from kpi_core.render.unused import unused_file_lines, unused_of
from kpi_core.view import ViewState
from tui.context import Page
from tui.look.drawing import data_content
from tui.look.rooms import WIDE, Rooms, table_and_detail
from tui.look.runs import Runs
from tui.screens.panes import MAIN, PanesView
from tui.widgets.grid import GridView
from tui.widgets.lines import Lines


class DataView(PanesView):
    """A line a file; beside it (120 columns) or below it everything about the file under the cursor."""

    PANES: ClassVar[Mapping[str, str]] = {MAIN: "sources", "source": "source"}

    def compose(self) -> ComposeResult:
        yield self.new_grid("sources")
        yield self.new_scrolled("source")

    def arranged(self, width: int, height: int) -> Rooms:
        return table_and_detail(width, height, "source", self.screen.size.height, WIDE, 40)

    def on_mount(self) -> None:
        self._page: DataPage | None = None

    @property
    def grid(self) -> GridView:
        return self.query_one("#sources", GridView)

    def show(self, page: Page, state: ViewState, at: str | None) -> None:
        if isinstance(page, DataPage):
            self._page = page
            self.grid.show(lambda width: data_content(page, self.look, state.search, state.sort, width), at)
            self.moved(self.grid.cursor_key)

    def moved(self, key: str | None) -> None:
        """Draw what is known of the file; of all files when the cursor is on none."""
        page, look = self._page, self.look
        if page is None:
            return
        source = next((source for source in page.sources if str(source.load_id) == key), None)
        unused = unused_of(page, key)

        def draw(width: int, height: int) -> Sequence[Runs]:
            room = width - 2
            titled = source is not None and bool(source.file) and cell_width(clean(source.file, 400)) <= room - 4  # the frame has the name in full
            if unused is not None:
                lines = unused_file_lines(unused, look.fmt, room)
            else:
                lines = source_lines(source, look.fmt, room, not titled) if source is not None else data_summary(page, look.fmt, room)
            return [((" ", ""), *line) for line in lines]

        self.entitle(MAIN, look.fmt.t("Exports"))
        named = clean(source.file or source.title) if source is not None else clean(unused.name) if unused is not None else ""
        self.entitle("source", named or look.fmt.t("All exports"))
        self.query_one("#source", Lines).show(draw)
