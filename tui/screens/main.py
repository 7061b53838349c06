"""The one screen behind the pop-ups: header, the view of the state, message line, row filter, hint bar."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from textual import on
from textual.app import ComposeResult
from textual.containers import Container
from textual.reactive import Reactive
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input

from kpi_core.errors import Message, NothingLoaded, said
from kpi_core.pages import NOTES_FILE, Header, OverviewPage
from kpi_core.render.arrange import unseen_sorts
from kpi_core.render.clean import clean
from kpi_core.render.header import header_lines
from kpi_core.render.text import cut
from kpi_core.view import ViewState
from tui.commands import Hint, bindings, hints
from tui.context import Context, Page
from tui.look.drawing import Look
from tui.look.rows import Rows
from tui.options import POLL
from tui.questions.asking import Answered, Asker, Ended, Failed, Newer, Opened, OpenFailed, Question
from tui.questions.live import Live
from tui.questions.patience import Patience
from tui.questions.source import PageSource
from tui.screens.numbered import VIEW_CLASSES, page_of
from tui.screens.panes import PanesView
from tui.screens.table import TableScreen
from tui.screens.view import View
from tui.screens.welcome import LookAround, WelcomePane
from tui.state.answering import Answering
from tui.state.arrival import Arrival
from tui.state.history import History
from tui.state.navigation import asked
from tui.tour import TourBar
from tui.widgets.filter import FilterInput, FilterReading
from tui.widgets.grid import GridView
from tui.widgets.hints import HintBar
from tui.widgets.lines import HeaderBar
from tui.widgets.message import MessageLine

WIDTHS = [(0, "-narrow"), (120, "-wide"), (160, "-full")]
HEIGHTS = [(0, "-tiny"), (16, "-low"), (20, "-normal"), (30, "-high"), (40, "-tall")]


class MainScreen(TableScreen):
    """Holds the state on screen and the way back; shows pages; asks for new ones. What keys do is in `actions`."""

    BINDINGS = bindings("main")
    HORIZONTAL_BREAKPOINTS = WIDTHS
    VERTICAL_BREAKPOINTS = HEIGHTS
    AUTO_FOCUS = ""
    focused: Reactive[Widget | None] = Reactive(None, repaint=False)  # Textual draws the whole screen again; the widgets draw themselves

    def __init__(
        self,
        opener: Callable[[], PageSource],
        state: ViewState,
        look: Look,
        place: str,
        debounce: float = 0.08,
        poll: float = POLL,
        around: LookAround | None = None,
    ) -> None:
        super().__init__()
        self.look = look
        self.set_class(look.ascii_only, "-ascii")
        self.state = state
        self.place = place
        self.history = History(state)
        self._seen = state
        self.read_only = self.served = False
        self.scorecard: OverviewPage | None = None  # the newest one: it knows the KPIs by name
        self.page: Page | None = None  # the page on screen; answers `self.state` unless a newer one is being asked
        self._page_for: ViewState | None = None  # the state that the page was asked for
        self.trouble: tuple[ViewState, Exception] | None = None
        self.debounce = debounce
        self._rest: Timer | None = None
        self._at: str | None = state.at
        self._left = state  # that of the page on screen, as it was left for one that is being asked
        self.rows, self.live, self.patience = Rows(self), Live(self), Patience(self)
        self.asker = Asker(opener, poll)
        self.arrival = Arrival(self)
        self.answering = Answering(self)
        self._around = around

    def compose(self) -> ComposeResult:
        yield self.asker
        yield self.arrival
        yield self.answering
        yield HeaderBar(palette=self.look.palette, id="header")
        with Container(id="body"):
            for name, kind in VIEW_CLASSES.items():
                yield kind(self.look, id=name)
            yield WelcomePane(self.look, self._around, self.asker.poll)
        yield TourBar(palette=self.look.palette, id="tour")
        yield MessageLine(palette=self.look.palette, id="message")
        yield FilterInput(self.look.fmt.t("text, !text, gap < -3"))
        yield FilterReading(self.look.palette)
        yield HintBar(palette=self.look.palette, id="hints")

    def on_mount(self) -> None:
        self.query_one(MessageLine).tell("")
        self.live.on = self.app.options.live  # type: ignore[attr-defined]
        self.app.screen_change_signal.subscribe(self, lambda front: self._hint())
        self.query_one("#filter").display = self.query_one(FilterReading).display = False
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
        way = self.history
        ready, tour = self.asker.source is not None, self.query_one(TourBar).display
        view = self.view
        shown = Context(self.state, fresh, at, ready, way.can_back, way.can_forward, way.can_undo, way.can_redo, self.read_only)
        return replace(
            shown,
            served=self.served,
            tour=tour,
            asking=self.asker.waits_for("page"),
            searched=bool(self.rows.searched),
            closed=not ready and self.trouble is not None,
            pane=view.pane,
            panes=view.order,
            zoomable=view.changes("half") or view.changes("full"),
        )

    @property
    def busy(self) -> bool:
        """A question is running or about to be asked; tests wait for its end."""
        return self.asker.busy or self._rest is not None or self.rows.waiting or (self.asker.source is None and self.trouble is None)

    # ---------------------------------------------------------------- going somewhere

    def go(self, state: ViewState) -> None:
        """Show another state; the one left stays in the history with its cursor."""
        state = self.rows.settled(self.here(), state)
        if state == self.state:
            return
        self.history.note(self.here())
        self.history.note(state)
        self.turn_to(state)

    def turn_to(self, state: ViewState) -> None:
        """Show a state that the history knows already. What is on screen stays until its page is there."""
        self._left = self.here() if self.fresh else self._left
        self.rows.noted(self.state, state)
        self.state = state
        self._at = state.at
        self.say(None)
        if self.page is None or self.view.display:
            self._turn_to_view()
        self.load()

    def here(self) -> ViewState:
        """The state with the row under the cursor."""
        return replace(self.state, at=self.view.grid.cursor_key) if self.fresh else self.state

    @property
    def last_seen(self) -> ViewState:
        """As `here`, also when the screen is gone or in pieces: for the session and the log of a crash."""
        return self._seen if replace(self._seen, at=self.state.at) == self.state else self.state

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
            if not self.live.loading:
                self.asker.drop("page")
            self._draw(self.page)
            return
        self.ask("page", asked(self.state))

    def ask(self, purpose: str, state: ViewState, reload: bool = False) -> None:
        """Ask the source for the page of a state, of the newest data if `reload`."""
        self.asker.ask(Question(purpose, state, lambda source: page_of(source, state, reload), self, reload=reload))
        self.patience.begin()

    def cancel(self) -> None:
        """End the question for the page: the state is that of what is on screen again."""
        reloading = self.live.loading
        self.asker.drop("page")
        self.live.drop()
        if not reloading and self.page is not None:
            self.history.give_up(self._left)
            self.turn_to(self._left)
        self.patience.cancelled()
        self.say(said("cancelled; r asks again") if reloading or self.page is None else said("cancelled"), "muted")

    def ask_again(self) -> None:
        """Ask for everything anew, of the newest data, the cursor where it is; what is on screen stays until then."""
        self._at = self.view.grid.cursor_key if self.fresh else self.state.at
        self.asker.forget()
        self.asker.drop("detail")
        self.ask("page", asked(self.state), reload=True)

    def _turn_to_view(self) -> None:
        for view in self.query(View):
            view.display = view.id == self.state.view
        self.view.hold(self.state)
        if not isinstance(self.focused, Input):
            self.view.focus_table()

    # ---------------------------------------------------------------- answers

    @on(Opened)
    def _opened(self, message: Opened) -> None:
        self.asker.opened(message.source)
        self.say(None)
        if self.app.options.tour and not self.query_one(TourBar).display:  # type: ignore[attr-defined]
            self.query_one(TourBar).begin(self.look, self.state)
        self.arrival.begin()

    @on(Newer)
    def _newer(self) -> None:
        self.live.noticed()

    @on(Ended)
    def _ended(self) -> None:
        self.patience.end()

    @on(OpenFailed)
    def _open_failed(self, message: OpenFailed) -> None:
        self.trouble = (self.state, message.error)
        if isinstance(message.error, NothingLoaded) and self.query_one(WelcomePane).begin():
            self.view.display = False
            self.say(None)
        else:
            self.complain(message.error)
        self._hint()

    @on(WelcomePane.Loaded)
    def _loaded(self) -> None:
        """Exports have been loaded meanwhile: the page that waited for them opens."""
        self.query_one(WelcomePane).end()
        self.trouble = None
        self._turn_to_view()
        self.asker.open()
        self._hint()

    @on(Answered)
    def _answered(self, message: Answered) -> None:
        self.patience.end()
        value = message.value
        if message.purpose == "page" and message.state == asked(self.state) and isinstance(value, Page):
            if self.trouble is not None:
                self.trouble = None
                self.say(None)
            self.page, self._page_for = value, message.state
            if isinstance(value, OverviewPage):
                self.scorecard = value
            self._draw(value)
            self.live.shown(message.state)
        elif message.purpose == "note":
            self.kept(said("kept in {file}", file=NOTES_FILE))

    def kept(self, told: Message) -> None:
        """Something was written: whatever shows it is asked again."""
        self.asker.forget()
        self._at = self.view.grid.cursor_key
        self.ask("page", asked(self.state))
        self.say(told, "good")

    @on(Failed)
    def _failed(self, message: Failed) -> None:
        self.patience.end()
        if message.purpose == "page" and message.state == asked(self.state):
            self.trouble = (message.state, message.error)
            self.live.drop()
            self._turn_to_view()
            self.complain(message.error)
            self._hint()
        elif message.purpose != "detail":
            self.complain(message.error)

    def _draw(self, page: Page) -> None:
        at, self._at = self._at, None
        if not self.view.display:
            self._turn_to_view()
        self._draw_header(page)
        self.view.show(page, self.state, at)
        self.view.grid.show_changes({})
        self._remark()

    @on(GridView.Resized)
    def _resized(self) -> None:
        """Sort keys that no title of the table shows stand in the header: which, is known once the table has its width."""
        if self.state.sort.column:
            self.redraw_header()

    def _draw_header(self, page: Page) -> None:
        now = self.state
        asked_of = page.header.state
        shown = replace(page.header, state=replace(now, kpi=asked_of.kpi, by=asked_of.by, where=asked_of.where, pane=self.view.pane))
        fmt, note = self.look.fmt, self.live.note()
        sorts = unseen_sorts(page, fmt, now.sort, self.view.grid.size.width)
        self.query_one(HeaderBar).show(lambda width, height: header_lines(shown, fmt, width, None, note, sorts, self.read_only))

    def _hint(self) -> None:
        t = self.look.fmt.t
        self.query_one(TourBar).look(self.context, self.app.screen)
        listed = hints("main", self.context, self.look.ascii_only, self.look.keys)
        self.query_one(HintBar).show([Hint(h.command, h.key, t(h.word), h.priority) for h in listed])

    # ---------------------------------------------------------------- cursor

    @on(GridView.Moved)
    def _moved(self, message: GridView.Moved) -> None:
        """Nothing is asked while the cursor moves: only once it rests."""
        message.stop()
        if message.grid is not self.view.grid:
            return
        self._seen = replace(self.state, at=message.key)
        if self._rest is not None:
            self._rest.stop()
        self._rest = self.set_timer(self.debounce, self._rested) if self.debounce > 0 else None
        if self._rest is None:
            self._rested()

    def _rested(self) -> None:
        self._rest = None
        key = self.view.grid.cursor_key
        self.view.moved(key)
        self._hint()
        if self.fresh:
            self.view.rested(key)

    # ---------------------------------------------------------------- panes

    def to_pane(self, pane: str, zoom: str = "") -> None:
        """Give a pane of the view the focus and a size; nothing is asked, and nothing but frames drawn unless sizes change."""
        self.state = replace(self.state, pane=pane, zoom=zoom)
        self.history.note(self.here())
        self.view.hold(self.state)
        self.view.focus_table()
        if self.page is not None:
            self._draw_header(self.page)
        self._hint()

    @on(PanesView.Entered)
    def _entered(self, message: PanesView.Entered) -> None:
        if message.control is self.view and message.pane != self.view.pane:
            self.to_pane(message.pane, self.state.zoom)

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
