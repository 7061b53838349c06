"""Commands that lead to another state: into a row, up, back, another view."""

from __future__ import annotations

from kpi_core.view import ViewState
from tui import navigation
from tui.actions.base import Handlers
from tui.screens.gaps import row_of


class Going(Handlers):
    """Where to."""

    def drill(self) -> None:
        main = self.main
        context = main.context
        if main.filtering:
            main.close_filter()
        if context.explore is not None and context.explore.by is None:
            self.app.run_command("records")
            return
        key = context.at
        if key is None:
            return
        if main.state.view == "whatif":
            self.app.actions.run("type_move")
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
        """The newest transient thing: the filter's input, the filter, one crumb."""
        main = self.main
        if main.state.search or main.filtering:
            main.close_filter()
            main.set_search("")
        elif main.state.where:
            self.up()

    def back(self) -> None:
        self._travel(self.main.history.back(self.main.here()))

    def forward(self) -> None:
        self._travel(self.main.history.forward(self.main.here()))

    def _travel(self, state: ViewState | None) -> None:
        if state is not None:
            self.main.go(state, remember=False)

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
