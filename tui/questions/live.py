"""Live: newer data are shown in place, and the numbers that they changed are marked until the next key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from kpi_core.errors import said
from kpi_core.view import ViewState
from tui.state.navigation import asked
from tui.widgets.content import GridContent, GridRow, total_key
from tui.widgets.message import MessageLine

if TYPE_CHECKING:
    from tui.screens.main import MainScreen

NOISE = 1e-9  # of a number: what adding floats in another order may change


@dataclass(frozen=True)
class Changes:
    """`cells`: (row, column) to 1, -1 or 0 for a number that rose, fell, or came or went. `new`, `gone`: rows."""

    cells: Mapping[tuple[str, str], int] = field(default_factory=dict)
    new: int = 0
    gone: int = 0


@dataclass(frozen=True)
class Before:
    """A page as it was: `marks` are the changes that nobody has seen yet."""

    state: ViewState
    content: GridContent
    marks: Mapping[tuple[str, str], int]
    loaded: datetime | None


def changes(before: GridContent, after: GridContent) -> Changes:
    """What differs between two contents of one grid: raw numbers by row and column, wherever rows and columns stand now."""
    old, now = _numbers(before), _numbers(after)
    rows_before, rows_after = _keys(before), _keys(after)
    stayed = rows_before & rows_after
    cells: dict[tuple[str, str], int] = {}
    for place, number in now.items():
        if place[0] in stayed and place in old and (step := _step(old[place], number)) is not None:
            cells[place] = step
    return Changes(cells, len(rows_after - rows_before), len(rows_before - rows_after))


def _keyed(content: GridContent) -> list[tuple[str, GridRow]]:
    rows = [(row.key, row) for row in content.rows if row.key is not None and row.values]
    return [*rows, *((total_key(place), row) for place, row in enumerate(content.totals) if row.values)]


def _keys(content: GridContent) -> set[str]:
    return {key for key, _ in _keyed(content)}


def _numbers(content: GridContent) -> dict[tuple[str, str], float | None]:
    """The raw numbers; None where a cell of a column of numbers has none."""
    found: dict[tuple[str, str], float | None] = {}
    for key, row in _keyed(content):
        for column, value in zip(content.columns, row.values, strict=True):
            if isinstance(value, bool):
                continue
            if isinstance(value, int | float | Decimal):
                found[key, column.id] = float(value)
            elif value is None:
                found[key, column.id] = None
    return found


def _step(before: float | None, after: float | None) -> int | None:
    if before is None or after is None:
        return None if before is after else 0
    if abs(after - before) <= NOISE * max(abs(after), abs(before)):
        return None
    return 1 if after > before else -1


class Live:
    """Reloads the page on screen when newer data are there, while nobody types or reads a pop-up."""

    def __init__(self, main: MainScreen, on: bool = True) -> None:
        self.main = main
        self.on = on
        self.newer = False  # newer data are there than those on screen
        self.held = False  # a reload failed or was cancelled: the next one is asked for with `r`
        self._before: Before | None = None  # what was on screen when the reload began
        self._news = False  # it began because of newer data
        self._unasked = False  # nor did the user ask for it
        self._reloading = False

    @property
    def loading(self) -> bool:
        """The page is being asked for anew."""
        return self._reloading

    def note(self) -> str:
        """What the header says of it."""
        t = self.main.look.fmt.t
        off = "" if self.on else t("live off")
        news = t("new data · r") if self.newer and not self.loading else ""
        return " · ".join(filter(None, (off, news)))

    def _loaded(self) -> datetime | None:
        """When the data on screen were loaded."""
        header = self.main.header
        return header.freshness.loaded_at if header is not None else None

    def noticed(self) -> None:
        """Newer data have been loaded; said again and again until they are shown."""
        main = self.main
        known, self.newer = self.newer, True
        quiet = main.app.screen is main and not main.filtering and not main.asker.busy and main.fresh
        if self.on and not self.held and quiet and not self.loading:
            self.reload(unasked=True)
        elif not known:
            main.redraw_header()

    def reload(self, unasked: bool = False) -> None:
        """Ask for the page on screen again, of the newest data; it stays there until the answer comes. `unasked`: without a key."""
        main = self.main
        self.held = False
        self._unasked = unasked
        self._news = self.newer
        self._reloading = True
        grid = main.view.grid
        self._before = Before(asked(main.state), grid.content, grid.changed, self._loaded()) if main.fresh else None
        main.ask_again()

    def switch(self) -> None:
        """On or off."""
        main = self.main
        self.on = not self.on
        self.held = False
        main.say(said("live: new data are shown as they come") if self.on else said("live is off: r shows new data"), "muted")
        if self.on and self.newer:
            self.noticed()
        main.redraw_header()

    def drop(self) -> None:
        """The reload was cancelled or failed: the header offers it again."""
        if self._reloading:
            self._before, self._reloading = None, False
            self.held = self.newer = True
            self.main.redraw_header()

    def shown(self, state: ViewState) -> None:
        """The page that answers `state` has just been drawn: mark and say what it changed."""
        main, (before, self._before) = self.main, (self._before, None)
        if not self._reloading:
            return
        self._reloading = self.newer = False
        main.redraw_header()
        if before is None or before.state != state:
            return
        found = changes(before.content, main.view.grid.content)
        loaded = self._loaded()
        if self._unasked and found == Changes() and loaded == before.loaded:  # the same load, whose screens have been prepared meanwhile
            main.view.grid.show_changes(before.marks)
            return
        main.view.grid.show_changes(found.cells)
        fmt = main.look.fmt
        when = "" if loaded is None else f"{loaded.astimezone() if loaded.tzinfo else loaded:%H:%M}"
        count = len(found.cells)
        parts = [fmt.t("1 number changed") if count == 1 else fmt.t("{count} numbers changed", count=count) if count else fmt.t("no number changed")]
        if found.new:
            parts.append(fmt.t("1 row is new") if found.new == 1 else fmt.t("{count} rows are new", count=found.new))
        if found.gone:
            parts.append(fmt.t("1 row is gone") if found.gone == 1 else fmt.t("{count} rows are gone", count=found.gone))
        what = ", ".join(parts)
        if not self._news:
            told = fmt.t("asked again: {changes}", changes=what)
        else:
            told = fmt.t("new data of {time}: {changes}", time=when, changes=what) if when else fmt.t("new data: {changes}", changes=what)
        main.query_one(MessageLine).tell(told, "muted")
