"""Commands that shape what a view shows: period, comparison, dimension, way of counting, sort, row filter."""

from __future__ import annotations

from dataclasses import replace

from kpi_core.engine import calendar
from kpi_core.errors import OmnigapError, said
from kpi_core.render.clean import clean
from kpi_core.render.period import comparison_notes, example_lines, reading
from kpi_core.view import COMPARISONS, Sort
from tui.actions.base import Handlers
from tui.screens.pick import Choice, PickScreen
from tui.screens.prompt import PromptScreen
from tui.state import navigation


class Shaping(Handlers):
    """What is shown."""

    def filter(self) -> None:
        self.main.open_filter()

    def previous_period(self) -> None:
        self._step(-1)

    def next_period(self) -> None:
        self._step(1)

    def _step(self, count: int) -> None:
        try:
            period = calendar.step(calendar.parse(self.main.state.period, self.last_day(), self.calendar()), count)
        except OmnigapError as error:
            self.main.complain(error)
            return
        self.to_period(period.text)

    def grain(self) -> None:
        """The period of the next grain that holds the last day shown; the last complete one when the data end before it does."""
        try:
            of, last = self.calendar(), self.last_day()
            now = calendar.parse(self.main.state.period, last, of)
            grain = navigation.next_grain(now.grain, of.grains)
            period = calendar.unit(now.end, grain, of)
            if last is not None and period.end > last:
                period = calendar.latest(grain, last, of)
        except OmnigapError as error:
            self.main.complain(error)
            return
        self.to_period(period.text)

    def period(self) -> None:
        """What is typed is read as it is typed: its dates, those it is compared with, and how many days."""
        fmt, of = self.app.look.fmt, self.calendar()

        def check(text: str) -> str:
            if not text.strip():
                raise ValueError(fmt.t("write a period"))
            try:
                return "\n".join(reading(text, self.main.state.compare, self.last_day(), of, fmt))
            except OmnigapError as error:
                hint = error.hint
                if hint is not None and "grammar" in hint.values:  # the forms stand below: what was meant is enough
                    hint = said("did you mean {name}?", name=hint.values["name"]) if "name" in hint.values else None
                raise ValueError(fmt.t(error.what) + (f" · {fmt.t(hint)}" if hint is not None else "")) from None

        now = self.main.header.period.text if self.main.header is not None else self.main.state.period
        self.app.push_screen(
            PromptScreen(self.app.look, fmt.t("Period"), now, check, lambda width: example_lines(of, fmt, width), "period"),
            lambda text: self.to_period(text) if text else None,
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
        notes = comparison_notes(header.period, COMPARISONS, self.last_day(), fmt) if header is not None else {}
        choices = [Choice(name, fmt.t(navigation.COMPARE_TITLES[name]), notes.get(name, "")) for name in COMPARISONS]

        def chosen(name: str | None) -> None:
            if name is not None:
                self.main.go(replace(self.main.state, compare=name, at=self.main.view.grid.cursor_key))

        self.app.push_screen(PickScreen(self.app.look, fmt.t("Compare with"), choices, at=self.main.state.compare), chosen)

    def dimension(self) -> None:
        page = self.main.context.cut
        name = navigation.next_dimension(page) if page is not None else None
        self._cut(name)

    def dimensions(self) -> None:
        page = self.main.context.cut
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
        self.main.go(replace(self.main.state, sort=sort, at=self.main.view.grid.cursor_key))

    def near(self) -> None:
        """Gaps: targets that are near come and go; nothing is asked."""
        state = self.main.state
        self.main.go(replace(state, near=not state.near, at=self.main.view.grid.cursor_key))
