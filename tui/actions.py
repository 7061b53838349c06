"""What each command does. Every method is the `handler` of a command; the app has already checked that it is enabled."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from kpi_core.engine import calendar
from kpi_core.errors import OmnigapError, said
from kpi_core.links import to_link
from kpi_core.pages import KpiRow, OverviewPage, rows_of
from kpi_core.render.clean import clean
from kpi_core.view import COMPARISONS, Sort, ViewState
from tui import navigation
from tui.commands import COMMANDS, key_name
from tui.screens.card import CardScreen
from tui.screens.pick import Choice, PickScreen
from tui.screens.prompt import PromptScreen
from tui.screens.records import RecordsScreen

if TYPE_CHECKING:
    from tui.app import OmnigapApp
    from tui.screens.main import MainScreen

COMPARE_TITLES = {
    "none": said("no comparison"),
    "previous": said("the period before"),
    "last_year": said("last year"),
    "last_year_weekday": said("last year, same weekdays"),
    "last_year_date": said("last year, same dates"),
}
GRAIN_TITLES = {"day": said("day"), "week": said("week"), "month": said("month"), "quarter": said("quarter"), "year": said("year")}


class Actions:
    """The commands of the main screen."""

    def __init__(self, app: OmnigapApp, main: MainScreen) -> None:
        self.app = app
        self.main = main

    # ---------------------------------------------------------------- going

    def drill(self) -> None:
        main = self.main
        context = main.context
        if main.filtering:
            main.close_filter()
        if context.explore is not None and context.explore.by is None:
            self.records()
            return
        key = context.at
        if key is None:
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
        if main.state.view == "overview":
            self.drill()
        else:
            main.go(navigation.to_view(main.state, "explore"))

    def view_data(self) -> None:
        self.main.go(navigation.to_view(self.main.state, "data"))

    def goto(self) -> None:
        """KPIs, views and periods by name."""
        t = self.app.look.fmt.t
        choices = [
            Choice(f"view:{view}", t(title), t("view"))
            for view, title in (("overview", "Overview"), ("explore", "Explore"), ("data", "Data"))
            if view != "explore" or self.main.state.kpi is not None
        ]
        choices += [Choice(f"kpi:{row.kpi.id}", clean(row.kpi.name), clean(row.kpi.group)) for row in self._kpis()]

        def typed(text: str) -> Choice | None:
            try:
                period = calendar.parse(text, self._last_day())
            except OmnigapError:
                return None
            return Choice(f"period:{text.strip()}", self.app.look.fmt.period(period, long=True), t("period"))

        self.app.push_screen(PickScreen(self.app.look, t("Go to"), choices, typed=typed), self._go_to)

    def _kpis(self) -> list[KpiRow]:
        return list(rows_of(self.app.scorecard)) if isinstance(self.app.scorecard, OverviewPage) else []

    def _go_to(self, choice: str | None) -> None:
        if choice is None:
            return
        kind, _, name = choice.partition(":")
        main = self.main
        if kind == "view":
            main.go(navigation.to_view(main.state, name))
        elif kind == "kpi":
            main.go(replace(main.state, view="explore", kpi=name, by=None, search="", at=None, sort=Sort()))
        else:
            self._period(name)

    # ---------------------------------------------------------------- shaping

    def filter(self) -> None:
        self.main.open_filter()

    def previous_period(self) -> None:
        self._step(-1)

    def next_period(self) -> None:
        self._step(1)

    def _step(self, count: int) -> None:
        try:
            period = calendar.step(calendar.parse(self.main.state.period, self._last_day()), count)
        except OmnigapError as error:
            self.main.complain(error)
            return
        self._period(period.text)

    def _period(self, text: str) -> None:
        self.main.go(replace(self.main.state, period=text, at=self.main.view.grid.cursor_key))

    def _last_day(self) -> date | None:
        return self.main.header.freshness.last_day if self.main.header is not None else None

    def grain(self) -> None:
        """The period of the next grain that holds the last day shown; the last complete one when the data end before it does."""
        try:
            now = calendar.parse(self.main.state.period, self._last_day())
            grain = navigation.next_grain(now.grain)
            period = calendar.unit(now.end, grain)
            last = self._last_day()
            if last is not None and period.end > last:
                period = calendar.latest(grain, last)
        except OmnigapError as error:
            self.main.complain(error)
            return
        self._period(period.text)

    def period(self) -> None:
        def check(text: str) -> str:
            try:
                period = calendar.parse(text, self._last_day())
            except OmnigapError as error:
                hint = f" · {t(error.hint)}" if error.hint else ""
                raise ValueError(t(error.what) + hint) from None
            return self.app.look.fmt.period(period, long=True)

        t = self.app.look.fmt.t
        now = self.main.header.period.text if self.main.header is not None else self.main.state.period
        self.app.push_screen(
            PromptScreen(self.app.look, t("Period"), now, check, t("for example {grammar}", grammar=calendar.GRAMMAR)),
            lambda text: self._period(text) if text else None,
        )

    def compare(self) -> None:
        main = self.main
        main.go(replace(main.state, compare=navigation.next_compare(main.state.compare), at=main.view.grid.cursor_key))

    def comparisons(self) -> None:
        t = self.app.look.fmt.t
        choices = [Choice(name, t(COMPARE_TITLES[name])) for name in COMPARISONS]

        def chosen(name: str | None) -> None:
            if name is not None:
                self.main.go(replace(self.main.state, compare=name, at=self.main.view.grid.cursor_key))

        self.app.push_screen(PickScreen(self.app.look, t("Compare with"), choices, at=self.main.state.compare), chosen)

    def dimension(self) -> None:
        page = self.main.context.explore
        name = navigation.next_dimension(page) if page is not None else None
        self._cut(name)

    def dimensions(self) -> None:
        page = self.main.context.explore
        if page is None:
            return
        t = self.app.look.fmt.t
        choices = [Choice(c.id, clean(c.title), t(c.refused) if c.refused else "", enabled=c.refused is None) for c in page.choices]
        self.app.push_screen(PickScreen(self.app.look, t("Break down by"), choices, at=page.by.id if page.by else None), self._cut)

    def _cut(self, name: str | None) -> None:
        if name is not None:
            self.main.go(replace(self.main.state, by=name, at=None, search="", sort=Sort()))

    def sort(self) -> None:
        """By the column under the column cursor, largest first; again reverses, a third time gives the view's own order back."""
        main = self.main
        column = main.view.grid.column_id
        now = main.state.sort
        if now.column != column:
            sort = Sort(column, descending=main.view.grid.column_at > 0)
        elif now.descending == (main.view.grid.column_at > 0):
            sort = replace(now, descending=not now.descending)
        else:
            sort = Sort()
        self._sorted(sort)

    def reverse(self) -> None:
        now = self.main.state.sort
        if now.column:
            self._sorted(replace(now, descending=not now.descending))
        else:
            self.sort()

    def _sorted(self, sort: Sort) -> None:
        self.main.go(replace(self.main.state, sort=sort, at=self.main.view.grid.cursor_key), remember=False)

    # ---------------------------------------------------------------- pop-ups

    def _of_row(self) -> ViewState:
        """The state whose numbers stand on the row under the cursor."""
        main = self.main
        key = main.view.grid.cursor_key
        state = navigation.asked(main.state)
        if main.state.view == "overview":
            return replace(state, kpi=key)
        page = main.context.explore
        if page is None or page.by is None or key is None:
            return state
        return replace(state.only(page.by.id, key or None), by=None)

    def records(self) -> None:
        self.app.push_screen(RecordsScreen(self.app.look, self.main.asker, self._of_row()))

    def definition(self) -> None:
        self.app.push_screen(CardScreen(self.app.look, self.main.asker, self._of_row()))

    def help(self) -> None:
        """Every command, by group, with its keys; those that cannot run say why."""
        t = self.app.look.fmt.t
        context = self.main.context
        choices = []
        for command in sorted(COMMANDS, key=lambda c: ("Go", "Show", "Move", "Window").index(c.group)):
            if command.scope == "overlay":
                continue
            reason = command.enabled(context)
            note = t(reason) if reason is not None else t(command.group)
            choices.append(Choice(command.id, t(command.title), note, reason is None, key_name(command, self.app.look.ascii_only)))
        self.app.push_screen(PickScreen(self.app.look, t("Commands"), choices), self.app.run_command)

    # ---------------------------------------------------------------- the window

    def refresh(self) -> None:
        self.main.refresh_data()

    def link(self) -> None:
        link = to_link(self.main.here())
        self.app.copy_to_clipboard(link)
        self.main.say(said("copied: {link}", link=link), "good")

    def theme(self) -> None:
        self.app.next_theme()
