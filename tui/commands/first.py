"""The guided tour."""

from __future__ import annotations

from tui.commands import can
from tui.commands.model import WINDOW, Command

COMMANDS: tuple[Command, ...] = (
    Command("tour", "The guided tour, from its first step", ("f4",), ("F4", "F4"), "main", WINDOW, "tour", enabled=can.ready),
    Command("tour_skip", "The guided tour: its next step", ("f2",), ("F2", "F2"), "main", WINDOW, "tour_skip", enabled=can.tour),
    Command("tour_end", "The guided tour: end it", ("f3",), ("F3", "F3"), "main", WINDOW, "tour_end", enabled=can.tour),
)
