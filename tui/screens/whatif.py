"""View 5: the drivers of one KPI, moved with the arrow keys; the scenario against the target, and how far each driver alone would lead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.app import ComposeResult

from kpi_core.pages import WhatIfPage
from kpi_core.render.arrange import page_table
from kpi_core.render.clean import clean
from kpi_core.render.text import wrap_line
from kpi_core.render.whatif import picture_lines, scenario_lines
from kpi_core.view import Sort, ViewState
from tui.context import Page
from tui.look.drawing import Look, rule_of
from tui.look.rooms import Rooms, with_picture
from tui.look.runs import Runs
from tui.look.tables import content
from tui.screens.panes import MAIN, PanesView
from tui.widgets.content import GridContent
from tui.widgets.grid import GridView
from tui.widgets.lines import Lines


class WhatIfView(PanesView):
    """The tree above, the tornado below. Moves are the state's: a page is drawn with them, and nothing is asked."""

    PANES: ClassVar[Mapping[str, str]] = {MAIN: "drivers", "tornado": "tornado"}

    def compose(self) -> ComposeResult:
        yield self.new_grid("drivers")
        yield self.new_lines("scenario")
        yield self.new_scrolled("tornado")

    def arranged(self, width: int, height: int) -> Rooms:
        return with_picture(width, height, "tornado", len(self.grid.content.rows) + 2, self.screen.size.height)

    def edges(self, width: int, height: int) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
        return [], [("scenario", 3 if self.screen.size.height >= 16 else 2)]

    def on_mount(self) -> None:
        self._page: WhatIfPage | None = None
        self._moves: tuple[tuple[str, str], ...] = ()

    @property
    def grid(self) -> GridView:
        return self.query_one("#drivers", GridView)

    def show(self, page: Page, state: ViewState, at: str | None) -> None:
        if not isinstance(page, WhatIfPage):
            return
        self._page, self._moves = page, state.moves
        look = self.look
        self.entitle(MAIN, look.fmt.t("Drivers of {kpi}", kpi=clean(page.kpi.name)))
        self.entitle("tornado", look.fmt.t("How far each driver leads"))
        first = page.tree.levers[0].id if page.tree is not None and at is None else at
        self.grid.show(lambda width: drivers_content(page, look, state, width), first)

        def said(width: int, height: int) -> Sequence[Runs]:
            lines: list[Runs] = [(rule_of(look, width),)]
            for line in scenario_lines(page, look.fmt, state.moves):
                lines += [((" ", ""), *part) for part in wrap_line(line, width - 2, 0)]
            return lines[:height]

        self.re_lay()
        self.query_one("#scenario", Lines).show(said)
        self.query_one("#tornado", Lines).show(lambda width, height: picture_lines(page, look.fmt, width, height, state.moves))

    @on(GridView.Sideways)
    def _sideways(self, message: GridView.Sideways) -> None:
        message.stop()
        # The cursor may have gone on since the key was pressed.
        self.app.actions.find("nudge")(message.key, message.step)  # type: ignore[attr-defined]


def drivers_content(page: WhatIfPage, look: Look, state: ViewState, width: int) -> GridContent:
    """The tree; its columns cannot be chosen, so that ← and → move the driver."""
    moved = replace(page, header=replace(page.header, state=replace(page.header.state, moves=state.moves)))
    table = page_table(moved, look.fmt, width, state.search, Sort())
    found = content(table, Sort(), look.fmt.t(page.reason) if page.reason else "", look.ascii_only)
    return replace(found, columns=tuple(replace(column, sortable=False) for column in found.columns))
