"""The Textual app: wiring only. Opens the main screen at once, the workspace behind it, and keeps crashes off the screen."""

from __future__ import annotations

import asyncio
import importlib
import os
import shutil
import signal
import sys
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.driver import Driver
from textual.filter import LineFilter, Monochrome, NoColor
from textual.geometry import Offset
from textual.widgets import Input
from textual.worker import WorkerFailed

from kpi_core.errors import Message, OmnigapError
from kpi_core.i18n import Translator
from kpi_core.render.clean import clean
from tui.device import clipboard, ending, spans
from tui.device.crash import write_log
from tui.device.guard import AsciiFilter, GuardFilter, PlainFilter
from tui.device.shown import saving
from tui.device.terminal import SHOW_CURSOR, end_with_signals, restore, settings
from tui.look.theme import PALETTES, Palette, theme_name
from tui.opening import opening_state
from tui.options import DEFAULTS, POLL, Options
from tui.widgets.lines import Lines

# The views and all they need are loaded behind the first frame, which does not wait for them.
if TYPE_CHECKING:
    from kpi_core.pages import OverviewPage, Welcome
    from kpi_core.view import ViewState
    from tui.actions import Actions
    from tui.look.drawing import Look
    from tui.questions.source import PageSource
    from tui.screens.main import MainScreen
    from tui.screens.welcome import LookAround
    from tui.state.session import Session

HERE = Path(__file__).parent
STDIN = 0
HANG_UP_SECONDS = 2.0


class OmnigapApp(App[int]):
    """`opener` gives the page source, called in a thread after the first frame; `place` is shown until then."""

    SHEETS: ClassVar[list[str | PurePath]] = [  # loaded with the views; the first frame needs none
        HERE / "screens" / f"{name}.tcss" for name in ("main", "overview", "explore", "gaps", "trend", "whatif", "data", "overlay", "explain", "learn")
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
        around: LookAround | None = None,
    ) -> None:
        super().__init__()
        spans.install()
        self.options = options
        self.no_color = options.no_color
        if self.console.is_dumb_terminal:  # of which Rich believes that it is 80 by 25
            self.console.size = shutil.get_terminal_size()
        self._guards: list[LineFilter] = [GuardFilter(), *([AsciiFilter()] if options.ascii_only else []), *([PlainFilter()] if options.no_color else [])]
        self.told = 0  # the exit code where a signal ended the app
        self._log_dir = log_dir
        self.crash_log: Path | None = None
        self.session: Session | None = None
        self.opening: Callable[[], ViewState] | None = None  # what it opens with where no state is given
        self.link_told: tuple[Message, ...] = ()  # what was wrong with the link it opens at
        self._given = (opener, state, place, debounce, poll, around)
        self._first = self._use(PALETTES[options.theme] if options.theme in PALETTES else self._own_theme())
        self.animation_level = "none"
        self.set_keymap(options.keymap.overrides if options.keymap else {})

    @cached_property
    def look(self) -> Look:
        """How things are drawn."""
        from kpi_core.render.format import Formatter
        from tui.look.drawing import Look

        options = self.options
        return Look(Formatter(options.lang, options.ascii_only, options.plot), self._first, options.ascii_only, options.keymap.keys if options.keymap else {})

    @cached_property
    def main(self) -> MainScreen:
        """The one screen behind the pop-ups."""
        from kpi_core.view import ViewState
        from tui.screens.main import MainScreen

        opener, state, place, debounce, poll, around = self._given
        main = MainScreen(opener, state or (self.opening() if self.opening is not None else ViewState()), self.look, place, debounce, poll, around)
        main.css_path = [Path(sheet) for sheet in self.SHEETS]
        main.read_only = self.options.read_only
        main.served = self.options.served
        main.arrival.told = self.link_told
        return main

    @cached_property
    def actions(self) -> Actions:
        """What commands do."""
        from tui.actions import Actions

        return Actions(self, self.main)

    @property
    def built(self) -> bool:
        """Is there a main screen yet?"""
        return "main" in self.__dict__

    def _own_theme(self) -> Palette:
        from tui.look import themes

        return themes.find(self.options.theme, self.options.config)

    def compose(self) -> ComposeResult:
        """The first frame: where we are, and that the rest is coming."""
        if self.built:
            return
        t = Translator(self.options.lang)
        top = Lines(palette=self._first, ground="bar")
        top.styles.height = 1
        top.show(lambda width, height: [((" " + clean(self._given[2])[: width - 2], "title"),)])
        wait = Lines(palette=self._first)
        wait.styles.height = "1fr"
        wait.show(lambda width, height: [(), ((" " + t("opening the workspace …"), "warn"),)])
        yield top
        yield wait

    def on_mount(self) -> None:
        if self.built:
            self.push_screen(self.main)
        else:
            self.call_after_refresh(self._begin)
        if not self.is_headless and os.isatty(STDIN):
            self.set_interval(HANG_UP_SECONDS, self.leave_when_hung_up)
            end_with_signals(self._end, getattr(self._driver, "attrs_before", None))
        if self.options.show_cursor:
            self._show_cursor()
            self.app_resume_signal.subscribe(self, self._show_cursor)

    async def _begin(self) -> None:
        """Load the views, with the first frame in sight; keys typed meanwhile wait for them."""
        await asyncio.to_thread(importlib.import_module, "tui.views")
        self.push_screen(self.main)
        if self.options.learn is not None:
            self.actions.find("learn_file")(self.options.learn)

    def leave_when_hung_up(self) -> None:
        """End with the terminal: where no SIGHUP comes (a lost session under nohup), reading it would spin for ever."""
        if not os.isatty(STDIN):
            self.keep_session()
            ending.at_once(128 + signal.SIGHUP)  # there is no screen left to restore

    @property
    def scorecard(self) -> OverviewPage | None:
        """The newest scorecard shown: it knows the KPIs by name."""
        return self.main.scorecard

    def get_line_filters(self) -> Sequence[LineFilter]:
        # what no colour looks like is the palette's affair, not that of Textual's greys
        return [*self._guards, *(found for found in super().get_line_filters() if not isinstance(found, Monochrome | NoColor))]

    # ---------------------------------------------------------------- the terminal

    def on_resize(self) -> None:
        """The terminal has moved its text about: what follows is drawn whole."""
        forget = getattr(self._driver, "forget", None)
        if forget is not None:
            forget()

    def get_driver_class(self) -> type[Driver]:
        """On a terminal of Unix the one that sends nothing twice; elsewhere (a browser, Windows) Textual's own."""
        kind = super().get_driver_class()
        return saving(kind) if kind.__name__ == "LinuxDriver" else kind

    @property
    def cursor_position(self) -> Offset:
        """Where the terminal's own cursor stands after each frame: on the row that has the focus, else where Textual wants it."""
        focused = self.screen.focused if self._screen_stack else None
        spot = getattr(focused, "cursor_spot", None)
        if isinstance(spot, Offset):
            return spot
        if isinstance(focused, Input):
            from tui.widgets.filter import text_spot

            return text_spot(focused)
        return self._cursor_position

    @cursor_position.setter
    def cursor_position(self, position: Offset) -> None:
        self._cursor_position = position

    def _show_cursor(self, app: App[int] | None = None) -> None:
        """Textual hides it whenever it starts to draw; screen readers and braille displays follow it."""
        if self._driver is not None:
            self._driver.write(SHOW_CURSOR)

    def _end(self, code: int) -> None:
        """A signal told the process to end."""
        self.told = code
        self.keep_session()
        if self.built and self.main.asker.source is not None:
            self.main.asker.source.interrupt()
        self.exit(return_code=code)

    def redraw(self) -> None:
        """Send every cell, whatever the terminal is believed to show."""
        forget = getattr(self._driver, "forget", None)
        if forget is not None:
            forget()
        self.screen.refresh()

    # ---------------------------------------------------------------- clipboard

    def copy_to_clipboard(self, text: str) -> None:
        """What a text field copies; see `hand_over`."""
        try:
            self.hand_over(text)
        except OmnigapError as error:
            self.main.complain(error)

    def hand_over(self, text: str) -> clipboard.Copied:
        """Copy a text through the app's own output. Raises UsageError where it fits nowhere."""
        self._clipboard = text
        return clipboard.copy(text, self._to_terminal, files=not self.options.served)

    def _to_terminal(self, text: str) -> None:
        if self._driver is not None:
            self._driver.write(text)

    # ---------------------------------------------------------------- commands

    def on_key(self, event: events.Key) -> None:
        """Keys that were on their way to the view when a pop-up opened over it, or the row filter."""
        from tui.screens.overlay import Overlay
        from tui.widgets.filter import FilterInput

        screen = self.screen
        field = screen if isinstance(screen, Overlay) else screen.query_one_optional("#filter", FilterInput)
        if field is not None and field.take(event):
            event.prevent_default()

    def action_command(self, command_id: str) -> None:
        """What every key of the views is bound to."""
        self.run_command(command_id)

    def run_command(self, command_id: str | None) -> None:
        """Run a command of the registry, or say why it cannot run."""
        from tui.commands import BY_ID, refusal

        if command_id is None:
            return
        command = BY_ID[command_id]
        if command.scope == "grid":
            self.call_later(self.main.view.grid.run_action, command.handler)
            return
        reason = refusal(command, self.main.context)
        if reason is not None:
            self.main.say(reason, "muted")
            return
        self.actions.run(command.handler)

    def show_theme(self, palette: Palette) -> None:
        """Draw every screen in another palette, at once."""
        palette = self._use(palette)
        self.look.palette = palette
        for screen in self.screen_stack:
            for widget in screen.query("*"):
                if isinstance(getattr(widget, "palette", None), Palette):
                    widget.repaint(palette)  # type: ignore[attr-defined]

    def _use(self, palette: Palette) -> Palette:
        """The palette in the colours that this terminal has, known to the style sheets."""
        palette = palette.at(None if self.no_color else self.console.color_system)
        self.register_theme(palette.theme())
        self.theme = theme_name(palette.name)
        return palette

    # ---------------------------------------------------------------- the end

    def keep_session(self) -> None:
        """Where one is, for when the workspace is opened again; nothing while it never opened."""
        if self.session is not None and self.built and self.main.asker.source is not None:
            self.session.keep(self.main.last_seen)

    def keep_log(self, error: BaseException) -> str:
        """Write the traceback to a file only its owner can read; where it is, or '' when it cannot be written."""
        try:
            path = write_log(error, self._log_dir, self._link())
        except OSError:
            return ""
        self.crash_log = path
        return str(path)

    def _link(self) -> str:
        """Of the view; '' before there is one, or where it is in pieces."""
        from kpi_core.links import to_link

        try:
            return to_link(self.main.last_seen) if self.built else ""
        except Exception:
            return ""

    def _handle_exception(self, error: Exception) -> None:
        # Textual would print the traceback with local variables, which hold data.
        self.own_fault(error)
        self._close_messages_no_wait()

    def own_fault(self, error: Exception) -> None:
        """Write it down; the app ends with exit code 1."""
        if isinstance(error, WorkerFailed) and isinstance(error.error, Exception):
            error = error.error  # which knows where it happened
        self._return_code = 1
        if self._exception is None:  # what follows from the first one says less
            self._exception = error
            self._exception_event.set()
            self.keep_log(error)


def run_app(workspace: Path, state: ViewState | None = None, options: Options = DEFAULTS, told: Sequence[Message] = ()) -> int:
    """Open the app on a workspace; `told` is what was wrong with its link. Returns the exit code: 0, or 1 after a crash, whose log only its owner can read."""

    def opener() -> PageSource:
        from kpi_core.workbench import Workbench

        return Workbench.open(workspace, lang=options.lang)

    def around() -> Welcome:
        from kpi_core.workbench import welcome

        return welcome.page(workspace, options.lang)

    app = OmnigapApp(opener, state=state, place=str(workspace), options=options, around=around)
    app.link_told = tuple(told)
    app.opening = lambda: opening_state(workspace)
    if not options.served:
        from tui.state.session import Session

        app.session = Session.of(workspace)
    return run_to_end(app)


def run_to_end(app: OmnigapApp) -> int:
    """Run the app and give its exit code. However it ends, the terminal is as it was; a fault while it leaves is one like any other."""
    before = settings()
    try:
        result = app.run(mouse=app.options.mouse)
    except Exception as error:
        restore(before)
        app.own_fault(error)
        result = None
    except BaseException:
        restore(before)
        raise
    return end_of(app, result)


def end_of(app: OmnigapApp, result: int | None) -> int:
    """Close what the app left open, say what went wrong, and give the exit code."""
    app.keep_session()
    if app.built and app.main.asker.source is not None:
        app.main.asker.source.close()
    if app.told:
        return app.told
    if app.return_code:
        told = app.look.fmt.t("Details, and the link of the view: {place}. If it happens again: omnigap --fresh", place=str(app.crash_log))
        where = f" {told}" if app.crash_log else ""
        sys.stderr.write(app.look.fmt.t("omnigap stopped because of a fault of its own.") + where + "\n")
        return app.return_code
    return result or 0
