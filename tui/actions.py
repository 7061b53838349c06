"""What each command does. Every method is the `handler` of a command; the app has already checked that it is enabled."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from kpi_core.engine import calendar
from kpi_core.errors import OmnigapError, said
from kpi_core.links import to_link
from kpi_core.pages import LONGEST_NOTE as LONGEST
from kpi_core.pages import NOTES_FILE, KpiRow, OverviewPage, rows_of
from kpi_core.render.clean import clean
from kpi_core.render.period import comparison_notes, example_lines, reading
from kpi_core.view import COMPARISONS, Sort, ViewState
from tui import navigation
from tui.asking import Question
from tui.commands import COMMANDS, key_name
from tui.screens.card import CardScreen
from tui.screens.explain import ExplainScreen
from tui.screens.gaps import row_of
from tui.screens.pick import Choice, PickScreen
from tui.screens.prompt import PromptScreen
from tui.screens.records import RecordsScreen
from tui.whatif import WhatIfActions

if TYPE_CHECKING:
    from tui.app import OmnigapApp
    from tui.screens.main import MainScreen

COMPARE_TITLES = {
    "none": said("no comparison"),
    "previous": said("the period before"),
    "last_year": said("last year"),
    "last_year_weekday": said("last year, same weekdays"),
    "last_year_date": said("last year, same dates"),
    "last_year_events": said("last year, same events"),
}


class Actions(WhatIfActions):
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
        if main.state.view == "whatif":
            self.type_move()
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

    def goto(self) -> None:
        """KPIs, views and periods by name."""
        t = self.app.look.fmt.t
        choices = [
            Choice(f"view:{view}", t(title), t("view"))
            for view, title in (("overview", "Overview"), ("explore", "Explore"), ("gaps", "Gaps"), ("whatif", "What-if"), ("data", "Data"))
            if view not in ("explore", "whatif") or self.main.state.kpi is not None
        ]
        choices += [Choice(f"kpi:{row.kpi.id}", clean(row.kpi.name), clean(row.kpi.group)) for row in self._kpis()]

        shown = {row.kpi.id for row in self._kpis()}
        choices += [Choice(f"list:{kpi}:{dim}", t(title), t("list")) for kpi, dim, title in navigation.LISTS if kpi in shown]

        def typed(text: str) -> Choice | None:
            try:
                period = calendar.parse(text, self._last_day(), self._calendar())
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
        elif kind == "list":
            kpi, _, dim = name.partition(":")
            main.go(replace(main.state, view="explore", kpi=kpi, by=dim, where=(), search="", at=None, sort=Sort()))
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
            period = calendar.step(calendar.parse(self.main.state.period, self._last_day(), self._calendar()), count)
        except OmnigapError as error:
            self.main.complain(error)
            return
        self._period(period.text)

    def _period(self, text: str) -> None:
        self.main.go(replace(self.main.state, period=text, at=self.main.view.grid.cursor_key))

    def _last_day(self) -> date | None:
        return self.main.header.freshness.last_day if self.main.header is not None else None

    def _calendar(self) -> calendar.Calendar:
        """The workspace's, which every period of a page carries."""
        return self.main.header.period.calendar if self.main.header is not None else calendar.CIVIL

    def grain(self) -> None:
        """The period of the next grain that holds the last day shown; the last complete one when the data end before it does."""
        try:
            of, last = self._calendar(), self._last_day()
            now = calendar.parse(self.main.state.period, last, of)
            grain = navigation.next_grain(now.grain, of.grains)
            period = calendar.unit(now.end, grain, of)
            if last is not None and period.end > last:
                period = calendar.latest(grain, last, of)
        except OmnigapError as error:
            self.main.complain(error)
            return
        self._period(period.text)

    def period(self) -> None:
        """What is typed is read as it is typed: its dates, those it is compared with, and how many days."""
        fmt, of = self.app.look.fmt, self._calendar()

        def check(text: str) -> str:
            if not text.strip():
                raise ValueError(fmt.t("write a period"))
            try:
                return "\n".join(reading(text, self.main.state.compare, self._last_day(), of, fmt))
            except OmnigapError as error:
                hint = error.hint
                if hint is not None and "grammar" in hint.values:  # the forms stand below: what was meant is enough
                    hint = said("did you mean {name}?", name=hint.values["name"]) if "name" in hint.values else None
                raise ValueError(fmt.t(error.what) + (f" · {fmt.t(hint)}" if hint is not None else "")) from None

        now = self.main.header.period.text if self.main.header is not None else self.main.state.period
        self.app.push_screen(
            PromptScreen(self.app.look, fmt.t("Period"), now, check, lambda width: example_lines(of, fmt, width), "period"),
            lambda text: self._period(text) if text else None,
        )

    def compare(self) -> None:
        main = self.main
        main.go(replace(main.state, compare=navigation.next_compare(main.state.compare), at=main.view.grid.cursor_key))

    def basis(self) -> None:
        """The next way of counting of what is shown; after the last one the usual way again."""
        main = self.main
        known = main.header.bases if main.header is not None else ()
        main.go(replace(main.state, basis=navigation.next_basis(main.state.basis, known), at=main.view.grid.cursor_key))

    def comparisons(self) -> None:
        fmt, header = self.app.look.fmt, self.main.header
        notes = comparison_notes(header.period, COMPARISONS, self._last_day(), fmt) if header is not None else {}
        choices = [Choice(name, fmt.t(COMPARE_TITLES[name]), notes.get(name, "")) for name in COMPARISONS]

        def chosen(name: str | None) -> None:
            if name is not None:
                self.main.go(replace(self.main.state, compare=name, at=self.main.view.grid.cursor_key))

        self.app.push_screen(PickScreen(self.app.look, fmt.t("Compare with"), choices, at=self.main.state.compare), chosen)

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
        gap = row_of(main.context.page, key)
        if gap is not None:
            return navigation.asked(gap.state)
        page = main.context.explore
        if page is None or page.by is None or key is None:
            return state
        return replace(state.only(page.by.id, key or None), by=None)

    def records(self) -> None:
        self.app.push_screen(RecordsScreen(self.app.look, self.main.asker, self._of_row()))

    def explain_row(self) -> None:
        """Why the number under the cursor is what it is; a part that is looked into opens in Explore."""
        self._explain(self._of_row())

    def explain_whole(self) -> None:
        """The same for what the view is about, broken down as on screen."""
        page = self.main.context.explore
        state = self._of_row() if page is None else replace(navigation.asked(self.main.state), by=page.by.id if page.by else None)
        self._explain(state)

    def _explain(self, state: ViewState) -> None:
        self.app.push_screen(ExplainScreen(self.app.look, self.main.asker, state), lambda part: self.main.go(part) if part is not None else None)

    def definition(self) -> None:
        self.app.push_screen(CardScreen(self.app.look, self.main.asker, self._of_row()))

    def near(self) -> None:
        """Gaps: targets that are near come and go; nothing is asked."""
        state = self.main.state
        self.main.go(replace(state, near=not state.near, at=self.main.view.grid.cursor_key), remember=False)

    def note(self) -> None:
        """A line of text about the KPI of the row, kept in the workspace's notes."""
        t = self.app.look.fmt.t
        state = self._of_row()

        def check(text: str) -> str:
            count = len(" ".join(text.split()))
            if not count:
                raise ValueError(t("write what you know; Enter keeps it, Esc does not"))
            if count > LONGEST:
                raise ValueError(t("a note has at most {limit} characters, this one {count}", limit=LONGEST, count=count))
            return t("{count} characters", count=count)

        def entered(text: str | None) -> None:
            if text:
                self.main.asker.ask(Question("note", state, lambda source: source.add_note(state, text), self.main, remember=False))

        help = t("kept with date and your name in {file} of the workspace; {place}", file=NOTES_FILE, place=to_link(replace(state, view="explore")))
        self.app.push_screen(PromptScreen(self.app.look, t("Note"), "", check, help), entered)

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
