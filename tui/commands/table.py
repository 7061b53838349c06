"""Moving in a table."""

from __future__ import annotations

from tui.commands.model import GO, MOVE, WINDOW, Command

COMMANDS: tuple[Command, ...] = (
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
    Command("popup_help", "The commands of this pop-up and all others", ("question_mark", "f1"), ("?", "?"), "overlay", WINDOW, "help"),
    Command("close", "Close", ("escape", "q", "backspace"), ("Esc", "Esc"), "overlay", GO, "close", "close", 1),
)
