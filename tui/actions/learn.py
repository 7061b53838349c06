"""The assistant for unknown layouts: opened from Data or by the command line, and what follows it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from kpi_core.pages import DataPage
from kpi_core.render.unused import unused_of
from tui.actions.base import Handlers
from tui.screens.account import AccountScreen
from tui.state import navigation

if TYPE_CHECKING:
    from kpi_core.store import LoadReport


class Learning(Handlers):
    """What the last load could not read is learnt."""

    def learn(self) -> None:
        """The file under the cursor in Data."""
        page, key = self.main.context.page, self.main.context.at
        about = unused_of(page, key) if isinstance(page, DataPage) else None
        if about is not None:
            self.learn_file(Path(about.path))

    def learn_file(self, file: Path) -> None:
        from tui.screens.learn import LearnScreen  # here: views do not wait for it

        self.app.push_screen(LearnScreen(self.app.look, Path(self.main.place), file), self._learnt)

    def _learnt(self, report: LoadReport | None) -> None:
        """Show what was loaded: its account, over Data."""
        main = self.main
        if report is None:
            if self.app.options.learn is not None:  # it was opened for this alone
                self.app.exit(0)
            return
        failed = report.failed
        if failed and failed[0].error is not None:
            main.complain(failed[0].error)
            return
        loaded = next((file.load_id for file in report.files if file.load_id is not None), None)
        if main.asker.source is None or loaded is None:
            return  # the first data of a workspace: whoever waits for them opens it
        main.go(navigation.to_view(main.state, "data"))
        main.live.reload()
        self.app.push_screen(AccountScreen(self.app.look, main.asker, main.state, loaded, newest=True))
