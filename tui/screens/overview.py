"""View 1: the scorecard, with break-down, trend and explanation of the KPI under the cursor where there is room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult

from kpi_core.pages import KpiRow, OverviewPage, rows_of
from kpi_core.render.cells import cause_line, is_good
from kpi_core.render.clean import clean
from kpi_core.render.forecast import pace_line
from kpi_core.render.overview import formula_line
from kpi_core.render.panes import SENTENCE, foot_line, words
from kpi_core.view import ViewState
from tui.context import Page
from tui.look import rooms
from tui.look.drawing import Look, breakdown_content, explain_drawing, explain_title, overview_content, rule_of, trend_drawing, trend_title
from tui.look.rooms import LOW, WIDE, Rooms
from tui.look.runs import Runs
from tui.questions.asking import Answered, Asker, Failed
from tui.questions.details import Details
from tui.screens.panes import MAIN, PanesView
from tui.state.navigation import asked, into
from tui.widgets.content import GridContent
from tui.widgets.grid import GridView
from tui.widgets.lines import Lines


class OverviewView(PanesView):
    """Scorecard alone on a small terminal; around it the panes of one KPI, which follow the cursor when it rests."""

    PANES: ClassVar[Mapping[str, str]] = {MAIN: "scorecard", "breakdown": "members", "trend": "overview-trend", "explain": "overview-explain"}

    def __init__(self, look: Look, id: str) -> None:
        super().__init__(look, id)
        self._page: OverviewPage | None = None
        self._state = ViewState()
        self.details = Details()

    def compose(self) -> ComposeResult:
        yield self.new_grid("scorecard")
        yield self.new_grid("members")
        yield self.new_scrolled("overview-trend")
        yield self.new_scrolled("overview-explain")
        yield self.new_lines("overview-causes")

    @property
    def grid(self) -> GridView:
        return self.query_one("#scorecard", GridView)

    # ---------------------------------------------------------------- where things are

    def arranged(self, width: int, height: int) -> Rooms:
        page = self._page
        rows = len(rows_of(page)) + len(page.groups) if page is not None else 20
        return rooms.overview(width, height, rows, self.screen.size.height)

    def edges(self, width: int, height: int) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
        """Formula, where the period will end, first cause: what the panes do not say already."""
        if self.screen.size.height < LOW:
            return [], []
        if self._wanted[1] == "full" and self._wanted[0] != MAIN:
            return [], []
        return [], [("overview-causes", len(self._kinds(width, height)))]

    def _kinds(self, width: int, height: int) -> list[str]:
        """The lines under the panes; above them a rule where there are no boxes."""
        partial = self._page is not None and self._page.header.partial is not None
        wide = {room.pane for room in self._inside(width, height - 3) if room.inner[2] >= SENTENCE}
        kinds = [] if width >= WIDE else ["rule"]
        kinds += ["formula"]
        kinds += ["pace"] if partial and "trend" not in wide else []
        return kinds if "explain" in wide else [*kinds, "cause"]

    # ---------------------------------------------------------------- drawing

    def show(self, page: Page, state: ViewState, at: str | None) -> None:
        if not isinstance(page, OverviewPage):
            return
        if self._page is None or self._page.groups is not page.groups:
            self.details.forget()
        self._page, self._state = page, state
        crumbs = " › ".join(clean(value) for _, value in page.header.crumbs) or self.look.fmt.t("Total")
        self.entitle(MAIN, self.look.fmt.t("Scorecard — {scope}", scope=crumbs))
        self.re_lay()
        # where few exports are loaded, most KPIs have nothing to say: the cursor starts at the first that has
        first = at or next((row.kpi.id for row in rows_of(page) if row.value.number is not None), None)
        if self.details.state is not None and self.details.state.kpi != first:
            self._empty_panes()
        self.grid.show(lambda width: overview_content(page, self.look, state.search, state.sort, width), first)

    def row(self, key: str | None) -> KpiRow | None:
        """The scorecard's row of a KPI."""
        return next((row for row in rows_of(self._page) if row.kpi.id == key), None) if self._page is not None else None

    def moved(self, key: str | None) -> None:
        """The line under the panes follows the cursor at once when it rests; the panes follow when their answers are there."""
        self._foot(key)

    def rested(self, key: str | None) -> None:
        below = into(self._state, None, key) if key is not None else None
        if self.details.about(asked(below) if below is not None else None) and key is None:
            self._draw_panes()
        self._ask()

    def _ask(self) -> None:
        shown = {room.pane for room in self.rooms}
        low = self.screen.size.height < LOW
        wanted = {"page": not low or len(shown) > 1, "cuts": "breakdown" in shown, "explain": "explain" in shown}
        self.details.ask(self.screen.query_one(Asker), self, **wanted)

    @on(Answered)
    def _answered(self, message: Answered) -> None:
        if message.purpose == "detail" and self.details.answered(message) is not None:
            self._draw_panes(message)
            self._ask()

    @on(Failed)
    def _failed(self, message: Failed) -> None:
        if message.purpose == "detail" and self.details.failed(message) is not None:
            self._draw_panes()
            self._ask()

    def _draw_panes(self, message: Answered | None = None) -> None:
        """The panes whose answer has come; the others keep what they show, which their titles name."""
        found, look = self.details, self.look
        if found.state is None:
            self._clear_panes()
        if found.page is not None:
            page = found.page
            self.entitle("trend", trend_title(page, look))
            self.query_one("#overview-trend", Lines).show(trend_drawing(page, look))
            self._draw_cuts()
        if found.explained is not None or found.state is None or "explain" in found.trouble:
            self.entitle("explain", *explain_title(found, look))
            self.query_one("#overview-explain", Lines).show(explain_drawing(found, look))
        self._foot(self.grid.cursor_key)

    def _empty_panes(self) -> None:
        """The panes were about another row: nothing of that one is drawn again on the way to this one."""
        t = self.look.fmt.t
        self.details.forget()
        for pane, title in (("trend", t("Trend")), ("breakdown", t("Break down")), ("explain", t("Explain gap"))):
            self.entitle(pane, title)
        for name in ("overview-trend", "overview-explain"):
            self.query_one(f"#{name}", Lines).show(None)
        self.query_one("#members", GridView).show(lambda width: GridContent())

    def _clear_panes(self) -> None:
        """No row is chosen: the panes say so, and nothing of another one is left in them."""
        t, fmt = self.look.fmt.t, self.look.fmt
        self.entitle("trend", t("Trend"))
        self.entitle("breakdown", t("Break down"))
        self.query_one("#overview-trend", Lines).show(lambda width, height: words(t("choose a row: its course is drawn here"), fmt, width))
        text: Runs = ((" " + t("choose a row: its members are listed here"), "muted"),)
        self.query_one("#members", GridView).show(lambda width: GridContent(empty=fmt.fold(text)))

    def _draw_cuts(self) -> None:
        found, look = self.details, self.look
        page, pages = found.page, tuple(found.cuts)
        grid = self.query_one("#members", GridView)
        if page is None:
            return
        self.entitle("breakdown", look.fmt.t("Break down: {kpi}", kpi=clean(page.kpi.name)))
        if page.by is None:
            reason = page.total.value.reason
            why = look.fmt.t(reason) if reason is not None else look.fmt.t("nothing to break down by; v shows the records")
            grid.show(lambda width: GridContent(empty=words(why, look.fmt, width)[0]))
            return
        grid.show(lambda width: breakdown_content(pages, look, width - 1, grid.size.height), grid.cursor_key)

    def on_mount(self) -> None:
        self.query_one("#members", GridView).pointed = False

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        super().on_descendant_focus(event)
        self._point()

    def on_descendant_blur(self) -> None:
        self._point()

    def _point(self) -> None:
        """The break-down has a cursor while it has the focus."""
        members = self.query_one("#members", GridView)
        if members.pointed != members.has_focus:
            members.pointed = members.has_focus
            members.repaint()

    def member(self) -> ViewState | None:
        """What Enter opens in the break-down: the KPI at the member under its cursor; at `… more` the whole list."""
        place, _, key = (self.query_one("#members", GridView).cursor_key or "").partition(":")
        pages = self.details.cuts
        if not place.rstrip("+").isdigit() or self.details.state is None:
            return None
        page = pages[int(place.rstrip("+"))] if int(place.rstrip("+")) < len(pages) else None
        if page is None or page.by is None:
            return None
        if place.endswith("+"):
            return _plain(self.details.state, page.by.id)
        return into(_plain(self.details.state, page.by.id), page, key)

    def _foot(self, key: str | None) -> None:
        row, look = self.row(key), self.look
        found = self.details.page
        detail = found if found is not None and found.kpi.id == key else None

        def draw(width: int, height: int) -> Sequence[Runs]:
            if row is None:
                return ()
            lines: list[Runs] = []
            for kind in self._kinds(*self.size):
                if kind == "rule":
                    lines.append((rule_of(look, width),))
                elif kind == "formula" and width >= WIDE:
                    keys = (("i", look.fmt.t("definition")), ("v", look.fmt.t("records")))
                    lines.append(((" ", ""), *foot_line(row, detail, look.fmt, width - 2, keys)))
                elif kind == "formula":
                    lines.append(((" ", ""), *formula_line(row, look.fmt, width - 2)))
                elif kind == "pace" and detail is not None and detail.projection is not None:
                    lines.append(((" ", ""), *pace_line(detail.projection, detail.kpi, look.fmt, width - 2)))
                elif kind == "cause" and detail is not None and detail.cause is not None:
                    lines.append(((" ", ""), *cause_line(detail.cause, look.fmt, is_good(row.gap, row.delta))))
            return lines[:height]

        self.query_one("#overview-causes", Lines).show(draw)

    def on_resize(self, event: events.Resize) -> None:
        super().on_resize(event)
        if self._page is not None and self.display:
            self.moved(self.grid.cursor_key)


def _plain(state: ViewState, by: str) -> ViewState:
    """The Explore state cut by one dimension, nothing of the screen left in it."""
    return replace(asked(state), view="explore", by=by)
