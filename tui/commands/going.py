"""Where to: into a row, up, back, another view."""

from __future__ import annotations

from tui.commands import can
from tui.commands.model import GO, WINDOW, Command

COMMANDS: tuple[Command, ...] = (
    Command(
        "drill",
        "Open the row under the cursor",
        ("enter",),
        ("⏎", "Enter"),
        "main",
        GO,
        "drill",
        "drill in",
        2,
        can.drill,
        hint_in=(
            ("whatif", "type it"),
            ("overview/breakdown", "only this"),
            ("overview/trend", "open trend"),
            ("overview/explain", "why"),
            ("explore/trend", "open trend"),
            ("explore/explain", "why"),
            ("trend", "this period"), ("trend/shape", "drill in"),
            ("data", "account"),
        ),
    ),
    Command("up", "Up one level", ("backspace",), ("⌫", "Bksp"), "main", GO, "up", "up", 4, can.up),
    Command("goto", "Command line: KPI, store, period, view … by name", ("colon",), (":", ":"), "main", GO, "goto", "go to", 11, can.ready),
    Command("palette", "Palette: commands, KPIs, lists, bookmarks", ("ctrl+p",), ("ctrl+p", "ctrl+p"), "main", GO, "palette", "commands", 16, can.ready),
    Command("overview", "Overview", ("1", "ampersand"), ("1", "1"), "main", GO, "view_overview"),
    Command("explore", "Explore", ("2", "é"), ("2", "2"), "main", GO, "view_explore", enabled=can.kpi),
    Command("gaps", "Gaps: every missed target, the worst first", ("3", "quotation_mark"), ("3", "3"), "main", GO, "view_gaps", enabled=can.ready),
    Command("whatif", "What-if: move the drivers of the KPI", ("5", "left_parenthesis", "w"), ("5", "5"), "main", GO, "view_whatif", enabled=can.kpi),
    Command("data", "Data", ("6",), ("6", "6"), "main", GO, "view_data"),
    Command("escape", "Undo the newest filter or crumb", ("escape",), ("Esc", "Esc"), "main", GO, "escape", "", 0, can.escape),
    Command("back", "Back to the view before", ("minus", "alt+left", "left_square_bracket"), ("-", "-"), "main", GO, "back", "back", 13, can.back),
    Command("forward", "Forward again", ("alt+right", "right_square_bracket"), ("alt+→", "alt+right"), "main", GO, "forward", "", 0, can.forward),
    Command("quit_level", "Back one level; quit at the top", ("q",), ("q", "q"), "main", WINDOW, "quit_level", "quit"),
    Command("quit", "Quit now", ("Q",), ("Q", "Q"), "main", WINDOW, "quit_now"),
)
