"""The panes around a table: which has the focus, how large it is, and the letters that jump to them."""

from __future__ import annotations

from tui.commands import can
from tui.commands.model import GO, MOVE, WINDOW, Command

COMMANDS: tuple[Command, ...] = (
    Command("next_pane", "Next pane", ("tab",), ("Tab", "Tab"), "main", MOVE, "next_pane", "pane", 9, can.panes),
    Command("previous_pane", "Pane before", ("shift+tab",), ("shift+Tab", "shift+Tab"), "main", MOVE, "previous_pane", "", 0, can.panes),
    Command("zoom", "Larger pane: half, full, as before", ("z",), ("z", "z"), "main", WINDOW, "zoom", "zoom", 16, can.zoom),
    Command("jump", "Jump: a letter on every pane, view and row", ("f",), ("f", "f"), "main", GO, "jump", "jump", 17, can.jump),
)
