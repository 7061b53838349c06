"""Commands that lead to another state: into a row, up, back, another view."""

from __future__ import annotations

from kpi_core.pages import HeatPage, TrendPage
from tui.actions.base import Handlers
from tui.screens.gaps import row_of
from tui.state import navigation


class Going(Handlers):
    """Where to."""

    def drill(self) -> None:
        main = self.main
        context = main.context
        if main.filtering:
            main.close_filter()
        if context.pane and context.state.view in ("overview", "explore"):
            self.app.actions.run("enter_pane")
            return
        if context.explore is not None and context.explore.by is None:
            self.app.run_command("records")
            return
        if context.explore is not None and main.state.marks:
            self.app.actions.run("keep")
            return
        key = context.at
        if key is None:
            return
        if main.state.view == "data":
            self.app.actions.run("account")
            return
        if main.state.view == "whatif":
            self.app.actions.run("type_move")
            return
        if isinstance(context.page, HeatPage):
            cell = context.page.cell(key)
            if cell is not None and cell.state is not None:
                main.go(cell.state)
            return
        if isinstance(context.page, TrendPage):
            main.go(navigation.scrubbed(main.here(), context.page.header.period.text, key))
            return
        gap = row_of(context.page, key)
        if gap is not None:
            main.go(gap.state)
            return
        state = navigation.into(main.here(), context.explore, key)
        if state is not None:
            main.go(state)

    def up(self) -> None:
        state = navigation.parent(self.main.here())
        if state is not None:
            self.main.go(state)

    def escape(self) -> None:
        """The newest transient thing: a question that runs, a pane, the filter's input, the filter, marks, one crumb."""
        main = self.main
        if main.context.asking:
            main.cancel()
        elif main.state.zoom and not main.filtering:
            main.to_pane(main.state.pane)
        elif main.view.pane and not main.filtering:
            main.to_pane("")
        elif main.state.search or main.filtering:
            main.close_filter()
            main.set_search("")
        elif main.state.marks:
            main.mark(())
        elif main.state.where:
            self.up()

    def quit_level(self) -> None:
        state = navigation.parent(self.main.here())
        if state is None:
            self.app.exit(0)
        else:
            self.main.go(state)

    def quit_now(self) -> None:
        self.app.exit(0)

    def view_overview(self) -> None:
        self.main.go(navigation.to_view(self.main.state, "overview"))

    def view_explore(self) -> None:
        main = self.main
        if main.state.view in ("overview", "gaps"):
            self.drill()
        else:
            main.go(navigation.to_view(main.state, "explore"))

    def view_gaps(self) -> None:
        self.main.go(navigation.to_view(self.main.state, "gaps"))

    def view_data(self) -> None:
        self.main.go(navigation.to_view(self.main.state, "data"))
