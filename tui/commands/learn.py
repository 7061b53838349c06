"""Learning the layout of an unknown file: the key in Data, and those of the assistant."""

from __future__ import annotations

from tui.commands import can
from tui.commands.model import GO, SHOW, Command

COMMANDS: tuple[Command, ...] = (
    Command("learn", "Learn the layout of a file that was not used", ("L",), ("L", "L"), "main", SHOW, "learn", "learn", 3, can.learn, views=("data",)),
    Command("learn_point", "Point: the field's column, then the next field", ("enter",), ("⏎", "Enter"), "learn", SHOW, "point", "point", 2),
    Command("learn_clear", "Take back what stands for the field", ("delete",), ("Del", "Del"), "learn", SHOW, "clear", "clear", 6),
    Command("learn_pane", "Fields, columns of the file, what comes of it", ("tab",), ("tab", "tab"), "learn", GO, "pane", "next pane", 4),
    Command("learn_kind", "What the file is", ("o",), ("o", "o"), "learn", SHOW, "kind", "what it is", 5),
    Command("learn_table", "Another table of the file", ("t",), ("t", "t"), "learn", SHOW, "table", "table", 7),
    Command("learn_write", "Write the profile", ("w",), ("w", "w"), "learn", SHOW, "write", "write", 3),
)
