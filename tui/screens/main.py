"""The one screen behind the pop-ups: header, the view of the state, message line, row filter, hint bar."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from textual import on
from textual.app import ComposeResult
from textual.containers import Container
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Input

from kpi_core.errors import Message, OmnigapError, said
from kpi_core.pages import NOTES_FILE, ExplorePage, Header, OverviewPage
from kpi_core.render.clean import clean
from kpi_core.render.header import header_lines
from kpi_core.render.text import cut
from kpi_core.view import ViewState
from tui.asking import POLL, Answered, Asker, Failed, Newer, Opened, OpenFailed, Question
from tui.commands import Hint, bindings, hints
from tui.context import Context, Page
from tui.drawing import Look
from tui.navigation import History, asked, into
from tui.screens.overview import OverviewView
from tui.screens.records import error_text
from tui.screens.registry import VIEW_CLASSES, page_of
from tui.screens.view import View
from tui.source import PageSource
from tui.widgets.filter import FilterInput
from tui.widgets.grid import GridView
from tui.widgets.hints import HintBar
from tui.widgets.lines import HeaderBar, Lines
from tui.widgets.message import MessageLine

SLOW = 0.25  # seconds after which a running question is said

WIDTHS = [(0, "-narrow"), (120, "-wide"), (160, "-full")]
HEIGHTS = [(0, "-tiny"), (16, "-low"), (20, "-normal"), (30, "-high"), (40, "-tall")]


class MainScreen(Screen[None]):
    """Holds the state on screen and the way back; shows pages; asks for new ones. What keys do is in `actions`."""

    BINDINGS = bindings("main")
    HORIZONTAL_BREAKPOINTS = WIDTHS
    VERTICAL_BREAKPOINTS = HEIGHTS
    AUTO_FOCUS = ""

    def __init__(self, opener: Callable[[], PageSource], state: ViewState, look: Look, place: str, debounce: float = 0.08, poll: float = POLL) -> None:
        super().__init__()
        self.look = look
        self.set_class(look.ascii_only, "-ascii")
        self.state = state
        self.place = place
        self.history = History()
        self.scorecard: OverviewPage | None = None  # the newest one: it knows the KPIs by name
        self.page: Page | None = None  # the page on screen; answers `self.state` unless a newer one is being asked
        self._page_for: ViewState | None = None  # the state that the page was asked for
        self.trouble: tuple[ViewState, Exception] | None = None
        self._last_logged: tuple[Exception, str] | None = None
        self._debounce = debounce
        self._rest: Timer | None = None
        self._slow: Timer | None = None
        self._at: str | None = state.at
        self.newer = False  # newer data are there; `r` shows them
        self.asker = Asker(opener, poll)

    def compose(self) -> ComposeResult:
        yield self.asker
        yield HeaderBar(palette=self.look.palette, id="header")
        with Container(id="body"):
            for name, kind in VIEW_CLASSES.items():
                yield kind(self.look, id=name)
        yield MessageLine(palette=self.look.palette, id="message")
        yield FilterInput(self.look.fmt.t("text, !text, gap < -3"))
        yield HintBar(palette=self.look.palette, id="hints")

    def on_mount(self) -> None:
        self.query_one(MessageLine).tell("")
        self.query_one("#filter").display = False
        self._turn_to_view()
        self.query_one(HeaderBar).show(lambda width, height: [((" " + cut(clean(self.place), width - 2), "title"),)])
        self.say(said("opening the workspace …"))
        self._hint()

    # ---------------------------------------------------------------- what is on screen

    @property
    def view(self) -> View:
        """The numbered view of the state."""
        return self.query_one(f"#{self.state.view}", View)

    @property
    def header(self) -> Header | None:
        return self.page.header if self.page is not None else None

    @property
    def fresh(self) -> bool:
        """The page on screen answers the state (a source may write the state in its header in another form)."""
        return self.page is not None and self._page_for == asked(self.state)

    @property
    def context(self) -> Context:
        fresh = self.page if self.fresh else None
        at = self.view.grid.cursor_key if fresh is not None else None
        return Context(self.state, fresh, at, ready=self.asker.source is not None, back=bool(self.history.past), forward=bool(self.history.ahead))

    @property
    def busy(self) -> bool:
        """A question is running or about to be asked; tests wait for its end."""
        return self.asker.busy or self._rest is not None or (self.asker.source is None and self.trouble is None)

    def say(self, message: Message | None, role: str = "warn") -> None:
        """A line above the hint bar, until the next key that changes something; None clears it."""
        self.query_one(MessageLine).tell("" if message is None else self.look.fmt.t(message), role)

    def _logged(self, error: Exception) -> str:
        """Where the error was written down, once."""
        if self._last_logged is None or self._last_logged[0] is not error:
            self._last_logged = (error, self.app.keep_log(error))  # type: ignore[attr-defined]
        return self._last_logged[1]

    def complain(self, error: Exception) -> None:
        """An error as a line: what happened, where, what to do. Never a traceback, never a value of the data that is not meant."""
        if not isinstance(error, OmnigapError):
            place = self._logged(error)
            self.say(said("this view failed inside omnigap ({name}); details: {place}", name=type(error).__name__, place=place), "bad")
            return
        self.query_one(MessageLine).tell(error_text(self.look, error), "bad")

    # ---------------------------------------------------------------- going somewhere

    def go(self, state: ViewState, remember: bool = True) -> None:
        """Show another state; the one left goes to the history with its cursor."""
        if state == self.state:
            return
        here = self.here()
        if remember and asked(state) != asked(here):
            self.history.leave(here)
        self.state = state
        self._at = state.at
        self.say(None)
        self._turn_to_view()
        self.load()

    def here(self) -> ViewState:
        """The state with the row under the cursor."""
        return replace(self.state, at=self.view.grid.cursor_key)

    def load(self) -> None:
        """Ask for the page of the state, or draw the one that is there if only cursor, filter or sort changed."""
        if self.asker.source is None:
            if self.trouble is not None:
                self.complain(self.trouble[1])
            return
        self.asker.drop("detail")
        if self._rest is not None:
            self._rest.stop()
            self._rest = None
        if self.page is not None and self.fresh:
            self.asker.drop("page")
            self._draw(self.page)
            return
        self.ask("page", asked(self.state))

    def ask(self, purpose: str, state: ViewState, reload: bool = False) -> None:
        """Ask the source for the page of a state, of the newest data if `reload`."""
        self.asker.ask(Question(purpose, state, lambda source: page_of(source, state, reload), self))
        if self.asker.busy and self._slow is None:
            self._slow = self.set_timer(SLOW, self._say_slow)

    def _say_slow(self) -> None:
        self._slow = None
        if self.asker.busy:
            self.query_one(HintBar).note(self.look.fmt.t("asking …"))

    def refresh_data(self) -> None:
        """Ask again for everything, the cursor where it is."""
        self._at = self.view.grid.cursor_key
        self.asker.forget()
        self.page = None
        self.newer = False
        self.asker.drop("detail")
        self.ask("page", asked(self.state), reload=True)

    def _turn_to_view(self) -> None:
        for view in self.query(View):
            view.display = view.id == self.state.view
        if not isinstance(self.focused, Input):
            self.view.grid.focus(scroll_visible=False)

    # ---------------------------------------------------------------- answers

    @on(Opened)
    def _opened(self, message: Opened) -> None:
        self.asker.opened(message.source)
        self.say(None)
        self.load()

    @on(Newer)
    def _newer(self) -> None:
        if not self.newer:
            self.newer = True
            if self.page is not None:
                self._draw_header(self.page)

    @on(OpenFailed)
    def _open_failed(self, message: OpenFailed) -> None:
        self.trouble = (self.state, message.error)
        self.complain(message.error)

    @on(Answered)
    def _answered(self, message: Answered) -> None:
        if not self.asker.busy:
            self.query_one(HintBar).note("")
        value = message.value
        if message.purpose == "page" and message.state == asked(self.state) and isinstance(value, Page):
            if self.trouble is not None:
                self.trouble = None
                self.say(None)
            self.page, self._page_for = value, message.state
            if isinstance(value, OverviewPage):
                self.scorecard = value
            self._draw(value)
        elif message.purpose == "detail" and isinstance(value, ExplorePage) and self.state.view == "overview":
            overview = self.query_one(OverviewView)
            about = self._detail_state(self.view.grid.cursor_key)
            if about is None or replace(message.state, by=None) != about:
                return
            if message.state.by is None:
                overview.show_detail(value)
            else:
                overview.show_cut(value)
            more = overview.next_cut()
            if more is not None:
                self.ask("detail", replace(about, by=more))

        elif message.purpose == "note":
            self._noted()

    def _noted(self) -> None:
        """A note is kept: whatever shows notes is asked again."""
        self.asker.forget()
        self._at = self.view.grid.cursor_key
        self.ask("page", asked(self.state))
        self.say(said("kept in {file}", file=NOTES_FILE), "good")

    @on(Failed)
    def _failed(self, message: Failed) -> None:
        if not self.asker.busy:
            self.query_one(HintBar).note("")
        if message.purpose == "page" and message.state == asked(self.state):
            self.trouble = (message.state, message.error)
            self.complain(message.error)
            self._hint()
        elif message.purpose != "detail":
            self.complain(message.error)

    def _draw(self, page: Page) -> None:
        at, self._at = self._at, None
        self._draw_header(page)
        self.view.show(page, self.state, at)
        self._hint()

    def _draw_header(self, page: Page) -> None:
        now = self.state
        shown = replace(page.header, state=replace(page.header.state, search=now.search, sort=now.sort, view=now.view, moves=now.moves))
        note = self.look.fmt.t("new data · r") if self.newer else ""
        self.query_one(HeaderBar).show(lambda width, height: header_lines(shown, self.look.fmt, width, note=note))

    def _hint(self) -> None:
        t = self.look.fmt.t
        listed = hints("main", self.context, self.look.ascii_only)
        self.query_one(HintBar).show([Hint(h.command, h.key, t(h.word), h.priority) for h in listed])

    # ---------------------------------------------------------------- cursor

    @on(GridView.Moved)
    def _moved(self, message: GridView.Moved) -> None:
        """Nothing is asked while the cursor moves: only once it rests."""
        message.stop()
        if message.grid is not self.view.grid:
            return
        if self._rest is not None:
            self._rest.stop()
        self._rest = self.set_timer(self._debounce, self._rested) if self._debounce > 0 else None
        if self._rest is None:
            self._rested()

    def _rested(self) -> None:
        self._rest = None
        key = self.view.grid.cursor_key
        self.view.moved(key)
        self._hint()
        state = self._detail_state(key)
        if state is not None and self.fresh and self.size.height >= 20:
            self.ask("detail", state)

    def _detail_state(self, key: str | None) -> ViewState | None:
        """The Explore state of the KPI under the cursor of the scorecard."""
        if self.state.view != "overview" or key is None:
            return None
        state = into(self.state, None, key)
        return asked(state) if state is not None else None

    @on(GridView.Chosen)
    def _chosen(self, message: GridView.Chosen) -> None:
        message.stop()
        self.app.run_command("drill")  # type: ignore[attr-defined]

    @on(GridView.HeaderClicked)
    def _header_clicked(self, message: GridView.HeaderClicked) -> None:
        message.stop()
        self.app.run_command("sort")  # type: ignore[attr-defined]

    @on(HintBar.Clicked)
    def _hint_clicked(self, message: HintBar.Clicked) -> None:
        message.stop()
        self.app.run_command(message.command)  # type: ignore[attr-defined]

    # ---------------------------------------------------------------- row filter

    def open_filter(self) -> None:
        field = self.query_one("#filter", FilterInput)
        field.value = self.state.search
        field.display = True
        field.focus(scroll_visible=False)

    def close_filter(self) -> None:
        self.query_one("#filter").display = False
        self.view.grid.focus(scroll_visible=False)

    @property
    def filtering(self) -> bool:
        return bool(self.query_one("#filter").display)

    @on(Input.Changed, "#filter")
    def _filter_typed(self, message: Input.Changed) -> None:
        if self.filtering and message.value != self.state.search:
            self.set_search(message.value)

    @on(Input.Submitted, "#filter")
    def _filter_done(self) -> None:
        self.close_filter()

    def set_search(self, text: str) -> None:
        """Change the row filter: nothing is asked, the rows on screen are filtered."""
        self._at = self.view.grid.cursor_key
        self.state = replace(self.state, search=text)
        if self.page is not None and self.fresh:
            self._draw(self.page)

    # ---------------------------------------------------------------- look

    def repaint(self) -> None:
        """Draw everything again, after the palette changed."""
        for view in self.query(View):
            view.repaint()
        for lines in self.query(Lines):
            lines.repaint(self.look.palette)
        self.query_one(HintBar).repaint(self.look.palette)
