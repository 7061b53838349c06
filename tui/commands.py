"""The command registry: key bindings, the hint bar and the `?` list all come from it.

A command that cannot run now stays visible, with the reason.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from textual.binding import Binding, BindingType

from kpi_core.errors import Message, said
from kpi_core.pages import ExplorePage, GapsPage, OverviewPage, WhatIfPage, rows_of
from tui.context import Context
from tui.navigation import next_dimension, parent

Enabled = Callable[[Context], Message | None]


@dataclass(frozen=True)
class Command:
    """`title` and `hint` are msgids; `hint` is the short word of the hint bar, `priority` its rank there (0: never, 1 stays longest).

    `scope`: `main` (the views), `grid` (the table that has the focus), `overlay` (a pop-up). `handler`: the method that runs it.
    `shown`: the key as people read it, with its ASCII form.
    """

    id: str
    title: str
    keys: tuple[str, ...]
    shown: tuple[str, str]
    scope: str
    group: str
    handler: str
    hint: str = ""
    priority: int = 0
    enabled: Enabled = lambda context: None
    hint_key: str = ""  # what the hint bar shows where one hint stands for two keys
    hint_in: tuple[tuple[str, str], ...] = ()  # (view, hint) where the command does something else there


def _ready(context: Context) -> Message | None:
    return None if context.ready else said("the workspace is not open")


def _drill(context: Context) -> Message | None:
    if not context.ready:
        return said("the workspace is not open")
    if context.state.view == "data":
        return said("this view has nothing to open")
    if context.page is None:
        return said("the page is still being asked")
    if isinstance(context.page, OverviewPage) and not rows_of(context.page):
        return said("there is no KPI to open")
    if isinstance(context.page, GapsPage) and context.at is None:
        return said("no target is missed here")
    if isinstance(context.page, ExplorePage) and context.at is None and context.page.by is not None:
        return said("this row has nothing below it")
    return None


def _up(context: Context) -> Message | None:
    return None if parent(context.state) is not None else said("this is the top")


def _escape(context: Context) -> Message | None:
    return None if context.state.search or context.state.where else said("there is nothing to undo here; q goes back")


def _dimension(context: Context) -> Message | None:
    if context.state.view != "explore":
        return said("dimensions are chosen in Explore")
    if context.explore is None:
        return said("the page is still being asked")
    return None if next_dimension(context.explore) else said("this KPI has no other dimension here")


def _dimensions(context: Context) -> Message | None:
    if context.state.view != "explore":
        return said("dimensions are chosen in Explore")
    return None if context.explore is not None else said("the page is still being asked")


def _basis(context: Context) -> Message | None:
    if context.page is None:
        return said("the page is still being asked")
    return None if context.page.header.bases or context.state.basis else said("what is shown here is counted in one way only")


def _kpi(context: Context) -> Message | None:
    if not context.ready:
        return said("the workspace is not open")
    if context.state.view == "data":
        return said("choose a KPI first (1 or 2)")
    if context.state.view in ("overview", "gaps") and context.at is None:
        return said("choose a KPI first (1 or 2)")
    return None


def _driver(context: Context) -> Message | None:
    if context.state.view != "whatif":
        return said("drivers are moved in What-if (5)")
    if not isinstance(context.page, WhatIfPage):
        return said("the page is still being asked")
    return context.page.reason if context.page.tree is None else None


def _near(context: Context) -> Message | None:
    return None if context.state.view == "gaps" else said("near targets are shown in Gaps (3)")


def _back(context: Context) -> Message | None:
    return None if context.back else said("there is no earlier view")


def _forward(context: Context) -> Message | None:
    return None if context.forward else said("there is no later view")


MOVE, GO, SHOW, WINDOW = "Move", "Go", "Show", "Window"

COMMANDS: tuple[Command, ...] = (
    # the views
    Command("drill", "Open the row under the cursor", ("enter",), ("⏎", "Enter"), "main", GO, "drill", "drill in", 2, _drill, hint_in=(("whatif", "type it"),)),
    Command("up", "Up one level", ("backspace",), ("⌫", "Bksp"), "main", GO, "up", "up", 4, _up),
    Command("filter", "Filter the rows", ("slash",), ("/", "/"), "main", SHOW, "filter", "filter", 5),
    Command("previous_period", "Previous period", ("less_than_sign",), ("<", "<"), "main", SHOW, "previous_period", "", 0, _ready),
    Command("next_period", "Next period", ("greater_than_sign",), (">", ">"), "main", SHOW, "next_period", "period", 6, _ready, "< >"),
    Command("compare", "Next comparison", ("c",), ("c", "c"), "main", SHOW, "compare", "compare", 7, _ready),
    Command("basis", "Count the other way (returns by sale date, attribution)", ("B",), ("B", "B"), "main", SHOW, "basis", "", 0, _basis),
    Command("dimension", "Break down by the next dimension", ("d",), ("d", "d"), "main", SHOW, "dimension", "dimension", 3, _dimension),
    Command("sort", "Sort by the lit column", ("s",), ("s", "s"), "main", SHOW, "sort", "sort", 9),
    Command("records", "Records behind the number", ("v",), ("v", "v"), "main", SHOW, "records", "records", 8, _kpi),
    Command("explain_row", "Why: the gap of the row in parts", ("x",), ("x", "x"), "main", SHOW, "explain_row", "explain", 4, _kpi),
    Command("explain_whole", "Why: the gap of the whole view in parts", ("X",), ("X", "X"), "main", SHOW, "explain_whole", "", 0, _kpi),
    Command("definition", "Definition and SQL", ("i",), ("i", "i"), "main", SHOW, "definition", "definition", 10, _kpi),
    Command("note", "Add a note to this KPI", ("n",), ("n", "n"), "main", SHOW, "note", "note", 12, _kpi),
    Command("near", "Also show targets that are near", ("a",), ("a", "a"), "main", SHOW, "near", "near too", 3, _near),
    Command("goto", "Go to a KPI, a view or a period", ("colon",), (":", ":"), "main", GO, "goto", "go to", 11, _ready),
    Command("overview", "Overview", ("1", "ampersand"), ("1", "1"), "main", GO, "view_overview"),
    Command("explore", "Explore", ("2", "é"), ("2", "2"), "main", GO, "view_explore", enabled=_kpi),
    Command("gaps", "Gaps: every missed target, the worst first", ("3", "quotation_mark"), ("3", "3"), "main", GO, "view_gaps", enabled=_ready),
    Command("whatif", "What-if: move the drivers of the KPI", ("5", "left_parenthesis", "w"), ("5", "5"), "main", GO, "view_whatif", enabled=_kpi),
    Command("raise", "What-if: the driver up by 1 % (also → on its row)", ("alt+up",), ("→", "->"), "main", SHOW, "raise_driver", "adjust", 1, _driver, "← →"),
    Command("lower", "What-if: the driver down by 1 % (also ←)", ("alt+down",), ("←", "<-"), "main", SHOW, "lower_driver", "", 0, _driver),
    Command("raise_more", "What-if: the driver up by 5 %", ("shift+right",), ("⇧→", "shift+right"), "main", SHOW, "raise_more", "5 %", 5, _driver, "⇧← ⇧→"),
    Command("lower_more", "What-if: the driver down by 5 %", ("shift+left",), ("⇧←", "shift+left"), "main", SHOW, "lower_more", "", 0, _driver),
    Command("reset_driver", "What-if: the driver as it is; on the KPI all of them", ("0",), ("0", "0"), "main", SHOW, "reset_driver", "reset", 6, _driver),
    Command("data", "Data", ("6",), ("6", "6"), "main", GO, "view_data"),
    Command("period", "Choose a period", ("p",), ("p", "p"), "main", SHOW, "period", "choose period", 14, _ready),
    Command("grain", "Day, week, month, quarter, year", ("P",), ("P", "P"), "main", SHOW, "grain", "", 0, _ready),
    Command("comparisons", "Choose the comparison", ("C",), ("C", "C"), "main", SHOW, "comparisons", "", 0, _ready),
    Command("dimensions", "Choose the dimension", ("D",), ("D", "D"), "main", SHOW, "dimensions", "", 0, _dimensions),
    Command("reverse", "Reverse the sort", ("S",), ("S", "S"), "main", SHOW, "reverse"),
    Command("escape", "Undo the newest filter or crumb", ("escape",), ("Esc", "Esc"), "main", GO, "escape", "", 0, _escape),
    Command("back", "Back to the view before", ("minus", "alt+left"), ("-", "-"), "main", GO, "back", "back", 13, _back),
    Command("forward", "Forward again", ("alt+right",), ("alt+→", "alt+right"), "main", GO, "forward", "", 0, _forward),
    Command("refresh", "Ask again, with the newest data", ("r",), ("r", "r"), "main", WINDOW, "refresh", "", 0, _ready),
    Command("link", "Copy a link to this view", ("Y",), ("Y", "Y"), "main", WINDOW, "link", "copy link", 12),
    Command("theme", "Dark or light", ("T",), ("T", "T"), "main", WINDOW, "theme"),
    Command("quit_level", "Back one level; quit at the top", ("q",), ("q", "q"), "main", WINDOW, "quit_level"),
    Command("quit", "Quit now", ("Q",), ("Q", "Q"), "main", WINDOW, "quit_now"),
    Command("help", "All commands and keys", ("question_mark", "f1"), ("?", "?"), "main", WINDOW, "help", "help", 1),
    # the table
    Command("down", "Next row", ("down", "j"), ("↓ j", "j"), "grid", MOVE, "move(1)"),
    Command("up_row", "Row before", ("up", "k"), ("↑ k", "k"), "grid", MOVE, "move(-1)"),
    Command("first", "First row", ("g", "home"), ("g", "g"), "grid", MOVE, "edge(-1)"),
    Command("last", "Last row", ("G", "end"), ("G", "G"), "grid", MOVE, "edge(1)"),
    Command("page_down", "Page down", ("pagedown",), ("PgDn", "PgDn"), "grid", MOVE, "page(1)"),
    Command("page_up", "Page up", ("pageup",), ("PgUp", "PgUp"), "grid", MOVE, "page(-1)"),
    Command("half_down", "Half a page down", ("ctrl+d",), ("ctrl+d", "ctrl+d"), "grid", MOVE, "half(1)"),
    Command("half_up", "Half a page up", ("ctrl+u",), ("ctrl+u", "ctrl+u"), "grid", MOVE, "half(-1)"),
    Command("column_right", "Next column (for the sort)", ("right", "l"), ("→ l", "l"), "grid", MOVE, "column(1)"),
    Command("column_left", "Column before", ("left", "h"), ("← h", "h"), "grid", MOVE, "column(-1)"),
    # pop-ups
    Command("close", "Close", ("escape", "q", "backspace"), ("Esc", "Esc"), "overlay", GO, "close", "close", 1),
)

BY_ID = {command.id: command for command in COMMANDS}
SCOPES = ("main", "grid", "overlay")


def bindings(scope: str) -> list[BindingType]:
    """The key bindings of a scope. Main commands all go through the app, which says why when one cannot run."""
    found: list[BindingType] = []
    for command in COMMANDS:
        if command.scope == scope:
            action = f"app.command('{command.id}')" if scope == "main" else command.handler
            found.append(Binding(",".join(command.keys), action, show=False, id=command.id))
    return found


@dataclass(frozen=True)
class Hint:
    """One hint of the hint bar: the key as shown, the word beside it (a msgid), and its rank (1 stays longest)."""

    command: str
    key: str
    word: str
    priority: int


def hints(scope: str, context: Context, ascii_only: bool = False) -> list[Hint]:
    """The hints of what can be done now, in reading order."""
    return [
        Hint(command.id, command.hint_key or key_name(command, ascii_only), dict(command.hint_in).get(context.state.view, command.hint), command.priority)
        for command in COMMANDS
        if command.scope == scope and command.priority and command.enabled(context) is None
    ]


def key_name(command: Command, ascii_only: bool = False) -> str:
    """The key as people read it in lists."""
    return command.shown[1 if ascii_only else 0]
