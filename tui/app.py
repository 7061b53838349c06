"""The Textual app: wiring only. Opens the main screen at once, the workspace behind it, and keeps crashes off the screen."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path, PurePath
from typing import ClassVar

from textual.app import App
from textual.binding import Binding, BindingType
from textual.filter import LineFilter

from kpi_core.pages import OverviewPage
from kpi_core.render.format import Formatter
from kpi_core.view import ViewState
from tui.actions import Actions
from tui.asking import POLL
from tui.commands import BY_ID
from tui.crash import write_log
from tui.drawing import Look
from tui.guard import AsciiFilter, GuardFilter
from tui.options import DEFAULTS, Options
from tui.screens.main import MainScreen
from tui.source import PageSource
from tui.theme import PALETTES

HERE = Path(__file__).parent
STDIN = 0
HANG_UP_SECONDS = 2.0


class OmnigapApp(App[int]):
    """`opener` gives the page source, called in a thread after the first frame; `place` is shown until then."""

    CSS_PATH: ClassVar[list[str | PurePath]] = [
        HERE / "screens" / f"{name}.tcss" for name in ("main", "overview", "explore", "gaps", "whatif", "data", "overlay", "explain")
    ]
    ENABLE_COMMAND_PALETTE = False
    PAUSE_GC_ON_SCROLL = True
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+q,ctrl+c", "quit", show=False, priority=True)]

    def __init__(
        self,
        opener: Callable[[], PageSource],
        *,
        state: ViewState | None = None,
        place: str = "",
        options: Options = DEFAULTS,
        debounce: float = 0.08,
        poll: float = POLL,
        log_dir: Path | None = None,
    ) -> None:
        super().__init__()
        self.options = options
        self._guards: list[LineFilter] = [GuardFilter(), AsciiFilter()] if options.ascii_only else [GuardFilter()]
        self._log_dir = log_dir
        self.crash_log: Path | None = None
        for palette in PALETTES.values():
            self.register_theme(palette.theme())
        self.theme = options.theme
        self.animation_level = "none"
        self.look = Look(Formatter(options.lang, options.ascii_only), PALETTES[options.theme], options.ascii_only)
        self.main = MainScreen(opener, state or ViewState(), self.look, place, debounce, poll)
        self.actions = Actions(self, self.main)

    def on_mount(self) -> None:
        self.push_screen(self.main)
        if not self.is_headless and os.isatty(STDIN):
            self.set_interval(HANG_UP_SECONDS, self.leave_when_hung_up)

    def leave_when_hung_up(self) -> None:
        """End with the terminal: where no SIGHUP comes (a lost session under nohup), reading it would spin for ever."""
        if not os.isatty(STDIN):
            os._exit(128 + signal.SIGHUP)  # there is no screen left to restore

    @property
    def scorecard(self) -> OverviewPage | None:
        """The newest scorecard shown: it knows the KPIs by name."""
        return self.main.scorecard

    def get_line_filters(self) -> Sequence[LineFilter]:
        return [*self._guards, *super().get_line_filters()]

    # ---------------------------------------------------------------- commands

    def action_command(self, command_id: str) -> None:
        """What every key of the views is bound to."""
        self.run_command(command_id)

    def run_command(self, command_id: str | None) -> None:
        """Run a command of the registry, or say why it cannot run."""
        if command_id is None:
            return
        command = BY_ID[command_id]
        if command.scope == "grid":
            self.call_later(self.main.view.grid.run_action, command.handler)
            return
        reason = command.enabled(self.main.context)
        if reason is not None:
            self.main.say(reason, "muted")
            return
        self.actions.run(command.handler)

    def next_theme(self) -> None:
        """The other palette."""
        names = list(PALETTES)
        self.theme = names[(names.index(self.look.palette.name) + 1) % len(names)]
        self.look.palette = PALETTES[self.theme]
        self.main.repaint()

    # ---------------------------------------------------------------- crashes

    def keep_log(self, error: BaseException) -> str:
        """Write the traceback to a file only its owner can read; where it is, or '' when it cannot be written."""
        try:
            path = write_log(error, self._log_dir)
        except OSError:
            return ""
        self.crash_log = path
        return str(path)

    def _handle_exception(self, error: Exception) -> None:
        # Textual would print the traceback with local variables, which hold data.
        self._return_code = 1
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
        self.keep_log(error)
        self._close_messages_no_wait()


def run_app(workspace: Path, state: ViewState | None = None, options: Options = DEFAULTS) -> int:
    """Open the app on a workspace. Returns the exit code: 0, or 1 after a crash, whose log only its owner can read."""

    def opener() -> PageSource:
        from kpi_core.workbench import Workbench

        return Workbench.open(workspace, lang=options.lang)

    app = OmnigapApp(opener, state=state, place=str(workspace), options=options)
    result = app.run(mouse=options.mouse)
    if app.main.asker.source is not None:
        app.main.asker.source.close()
    if app.return_code:
        where = f" {app.look.fmt.t('Details: {place}', place=str(app.crash_log))}" if app.crash_log else ""
        sys.stderr.write(app.look.fmt.t("omnigap stopped because of a fault of its own.") + where + "\n")
        return app.return_code
    return result or 0
