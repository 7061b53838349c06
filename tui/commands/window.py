"""The window itself."""

from __future__ import annotations

from tui.commands import can
from tui.commands.model import WINDOW, Command

COMMANDS: tuple[Command, ...] = (
    Command("refresh", "Ask again, with the newest data", ("r",), ("r", "r"), "main", WINDOW, "refresh", "", 0, can.ready),
    Command("redraw", "Draw the screen anew, after another program wrote over it", ("ctrl+l",), ("ctrl+l", "ctrl+l"), "main", WINDOW, "redraw"),
    Command("theme", "Colours: choose a theme", ("T",), ("T", "T"), "main", WINDOW, "theme"),
    Command("help", "All commands and keys", ("question_mark", "f1"), ("?", "?"), "main", WINDOW, "help", "help", 1),
)
