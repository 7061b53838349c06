"""The command line, the palette, and the list of all commands: three ways into the same registry and the same names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from textual.screen import Screen

from kpi_core.errors import said
from kpi_core.links import from_link
from kpi_core.pages import Name, Names
from kpi_core.render.clean import clean
from kpi_core.render.header import VIEW_TITLES
from kpi_core.view import VIEWS, Sort, ViewState
from tui.actions.base import Handlers
from tui.commands import BY_ID, COMMANDS, GROUPS, Command, key_name, keys_of, of_popup, refusal
from tui.finding.completing import Entry, index
from tui.finding.line import Known, Reading
from tui.finding.matching import Index
from tui.screens.line import LineScreen, Past
from tui.screens.overlay import Overlay
from tui.screens.pick import Choice, PickScreen
from tui.state import bookmarks, navigation

PERIODS = (said("last week"), said("last month"), said("last quarter"), said("this month"), said("last 8 weeks"), said("mtd"), said("ytd"), said("yesterday"))
COMPARE_WORDS = (("yoy", "last_year"), ("prev", "previous"), ("none", "none"))


class CommandsScreen(PickScreen):
    """The list of all commands."""

    def action_help(self) -> None:
        """It is open."""


class Lists(Handlers):
    """Searchable lists."""

    _past: Past | None = None

    # ---------------------------------------------------------------- names

    def _names(self) -> Names:
        source = self.main.asker.source
        return source.names() if source is not None else Names()

    def _bookmarks(self) -> Mapping[str, ViewState]:
        """The states of the bookmarks; of files with a mistake none, `M` tells of it."""
        found, _ = bookmarks.readable(Path(self.main.place))
        return {item.name: from_link(item.link)[0] for item in reversed(found)}

    def _lists(self, names: Names) -> list[Name]:
        known = {one.id for one in names.kpis}
        return [Name(f"{kpi}:{dim}", self.app.look.fmt.t(title)) for kpi, dim, title in navigation.LISTS if kpi in known]

    def _views(self) -> list[Name]:
        t = self.app.look.fmt.t
        return [Name(view, t(title), (title.template,)) for view, title in VIEW_TITLES.items()]

    def _known(self) -> Known:
        """What a line may mean."""
        t, names = self.app.look.fmt.t, self._names()
        commands = [
            Name(one.id, t(one.title), (), key_name(one, self.app.look.ascii_only, self.app.look.keys)) for one in COMMANDS if self._runs_from_here(one)
        ]
        return Known(names.kpis, names.dims, self._views(), self._lists(names), commands, self._bookmarks(), self.last_day(), self.calendar())

    def _runs_from_here(self, command: Command) -> bool:
        return not of_popup(command) and command.id != "goto"

    def _entries(self, known: Known) -> Index[Entry]:
        t = self.app.look.fmt.t
        comparisons = [
            (word, t(said("compared with {other}", other=navigation.COMPARE_TITLES[how])) if how != "none" else t(navigation.COMPARE_TITLES[how]))
            for word, how in COMPARE_WORDS
        ]
        return index(known, [t(text) for text in PERIODS], comparisons)

    # ---------------------------------------------------------------- the command line

    def goto(self) -> None:
        """`:`"""
        if self._past is None:
            self._past = Past()
        known = self._known()
        main = self.main
        screen = LineScreen(self.app.look, main.asker, main.state, known, self._entries(known), self._past, debounce=main.debounce)
        self.app.push_screen(screen, self._read)

    def _read(self, reading: Reading | None) -> None:
        if reading is None:
            return
        if reading.command:
            self.app.run_command(reading.command)
        elif reading.state is not None:
            self._go(reading.state, outside=any(part.kind == "bookmark" for part in reading.parts))

    def _go(self, state: ViewState, outside: bool = False) -> None:
        """Show a state; one that comes from a bookmark first loses what is not there any more."""
        if outside:
            self.main.arrival.come(state)
        else:
            self.main.go(state)

    # ---------------------------------------------------------------- the palette

    def palette(self) -> None:
        """`ctrl+p`: everything with a name."""
        t, names, marks = self.app.look.fmt.t, self._names(), self._bookmarks()
        choices = [replace(choice, id=f"command:{choice.id}", section=t("Commands")) for choice in self._commands() if choice.id != "palette"]
        choices += [Choice(f"kpi:{one.id}", clean(one.title), clean(one.group), section=t("KPIs"), words=" ".join((one.id, *one.others))) for one in names.kpis]
        choices += [Choice(f"list:{one.id}", one.title, t("list"), section=t("Lists")) for one in self._lists(names)]
        choices += [Choice(f"bookmark:{name}", clean(name), t("bookmark"), section=t("Bookmarks")) for name in marks]

        def chosen(choice: str | None) -> None:
            kind, _, name = (choice or "").partition(":")
            state = replace(self.main.state, view="explore", where=self.main.state.where, by=None, search="", at=None, sort=Sort(), marks=())
            if kind == "command":
                self.app.run_command(name)
            elif kind == "kpi":
                self._go(replace(state, kpi=name))
            elif kind == "list":
                kpi, _, dim = name.partition(":")
                self._go(replace(state, kpi=kpi, by=dim, where=()))
            elif kind == "bookmark":
                self._go(marks[name], outside=True)

        self.app.push_screen(PickScreen(self.app.look, t("Commands, KPIs, lists, bookmarks"), choices), chosen)

    # ---------------------------------------------------------------- all commands

    def help(self) -> None:
        """Every command with its keys: of this view first, then by group; those that cannot run say why."""
        self.show_help(None)

    def show_help(self, front: Screen[object] | None) -> None:
        """`front`: the pop-up that it is asked from; its own commands stand first and run there, the others close it."""
        scope = front.SCOPE if isinstance(front, Overlay) else ""

        def chosen(choice: str | None) -> None:
            if choice is None:
                return
            command = BY_ID[choice]
            if isinstance(front, Overlay) and command.scope in (scope, "overlay"):
                front.call_later(front.run_action, command.handler)
                return
            if isinstance(front, Overlay) and command.scope == "main":
                front.dismiss(None)
            self.app.call_later(self.app.run_command, choice)

        self.app.push_screen(CommandsScreen(self.app.look, self.app.look.fmt.t("Commands"), self._commands(scope)), chosen)

    def _commands(self, scope: str = "") -> list[Choice]:
        """Commands in sections; `scope` is that of the pop-up in front."""
        look, context, view = self.app.look, self.main.context, self.main.state.view
        t = look.fmt.t
        sections: list[tuple[str, Sequence[Command]]] = []
        if scope:
            own = [one for one in COMMANDS if one.scope == scope and scope != "overlay"]
            sections.append((t("This pop-up"), [*own, *(one for one in COMMANDS if one.scope == "overlay" and one.id != "popup_help")]))
        rest = [one for one in COMMANDS if not of_popup(one)]
        here = [one for one in rest if view in one.views]
        sections.append((t(VIEW_TITLES[view]), here))
        turns = [BY_ID[name] for name in VIEWS if name in BY_ID]
        sections += [(t(group), [one for one in rest if one.group == group and one not in (*here, *turns)]) for group in GROUPS]
        sections.insert(-len(GROUPS) + 1, (t("Views"), turns))
        if not scope:
            sections.append((t("In every pop-up"), [one for one in COMMANDS if one.scope == "overlay" and one.id != "popup_help"]))
        found = []
        for title, commands in sections:
            for command in commands:
                reason = refusal(command, context)
                closed = reason is None and not scope and command.scope == "overlay"
                note = t(reason) if reason is not None else t("in a pop-up") if closed else ""
                keys = key_name(command, look.ascii_only, look.keys) if keys_of(command, look.keys) else ""
                found.append(Choice(command.id, t(command.title), note, reason is None and not closed, keys, section=title))
        return found
