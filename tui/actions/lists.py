"""The list of places to go, and that of all commands."""

from __future__ import annotations

from dataclasses import replace

from kpi_core.engine import calendar
from kpi_core.errors import OmnigapError
from kpi_core.render.clean import clean
from kpi_core.view import Sort
from tui import navigation
from tui.actions.base import Handlers
from tui.commands import COMMANDS, GROUPS, key_name
from tui.screens.pick import Choice, PickScreen


class Lists(Handlers):
    """Searchable lists."""

    def goto(self) -> None:
        """KPIs, views and periods by name."""
        t = self.app.look.fmt.t
        choices = [
            Choice(f"view:{view}", t(title), t("view"))
            for view, title in (("overview", "Overview"), ("explore", "Explore"), ("gaps", "Gaps"), ("whatif", "What-if"), ("data", "Data"))
            if view not in ("explore", "whatif") or self.main.state.kpi is not None
        ]
        choices += [Choice(f"kpi:{row.kpi.id}", clean(row.kpi.name), clean(row.kpi.group)) for row in self.kpis()]

        shown = {row.kpi.id for row in self.kpis()}
        choices += [Choice(f"list:{kpi}:{dim}", t(title), t("list")) for kpi, dim, title in navigation.LISTS if kpi in shown]

        def typed(text: str) -> Choice | None:
            try:
                period = calendar.parse(text, self.last_day(), self.calendar())
            except OmnigapError:
                return None
            return Choice(f"period:{text.strip()}", self.app.look.fmt.period(period, long=True), t("period"))

        self.app.push_screen(PickScreen(self.app.look, t("Go to"), choices, typed=typed), self._go_to)

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
            self.to_period(name)

    def help(self) -> None:
        """Every command, by group, with its keys; those that cannot run say why."""
        t = self.app.look.fmt.t
        context = self.main.context
        choices = []
        for command in sorted(COMMANDS, key=lambda c: GROUPS.index(c.group)):
            if command.scope == "overlay":
                continue
            reason = command.enabled(context)
            note = t(reason) if reason is not None else t(command.group)
            choices.append(Choice(command.id, t(command.title), note, reason is None, key_name(command, self.app.look.ascii_only)))
        self.app.push_screen(PickScreen(self.app.look, t("Commands"), choices), self.app.run_command)
