"""Keys on rows: marks, exclusions, further sort keys, matches of the last filter; and live."""

from __future__ import annotations

from tui.commands import can
from tui.commands.model import MOVE, SHOW, WINDOW, Command

COMMANDS: tuple[Command, ...] = (
    Command("mark", "Mark the row (Enter keeps only the marked members) or unmark it", ("space",), ("␣", "Space"), "main", SHOW, "mark", "mark", 11, can.mark),
    Command("unmark", "Take all marks away", ("U",), ("U", "U"), "main", SHOW, "unmark", "", 0, can.unmark),
    Command("exclude", "Leave out the marked members, or the row's", ("exclamation_mark",), ("!", "!"), "main", SHOW, "exclude", "exclude", 12, can.exclude),
    Command("sort_then", "Sort also by the lit column", ("alt+s",), ("alt+s", "alt+s"), "main", SHOW, "sort_then"),
    Command("next_match", "Next row that holds the last filter", ("n",), ("n", "n"), "main", MOVE, "next_match", "", 0, can.match),
    Command("previous_match", "Row before that holds the last filter", ("N",), ("N", "N"), "main", MOVE, "previous_match", "", 0, can.match),
    Command("live", "Show new data as they come: on or off", ("R",), ("R", "R"), "main", WINDOW, "live", "", 0, can.ready),
)
