"""What is behind a number."""

from __future__ import annotations

from tui.commands import can
from tui.commands.model import SHOW, Command

COMMANDS: tuple[Command, ...] = (
    Command("records", "Records behind the number", ("v",), ("v", "v"), "main", SHOW, "records", "records", 8, can.records),
    Command("explain_row", "Why: the gap of the row in parts", ("x",), ("x", "x"), "main", SHOW, "explain_row", "explain", 4, can.records),
    Command("explain_whole", "Why: the gap of the whole view in parts", ("X",), ("X", "X"), "main", SHOW, "explain_whole", "", 0, can.kpi),
    Command("definition", "Definition and SQL", ("i",), ("i", "i"), "main", SHOW, "definition", "definition", 10, can.kpi),
    Command("note", "Add a note to this KPI", ("A",), ("A", "A"), "main", SHOW, "note", "note", 12, can.note),
)
