"""In the pop-ups of `x` and `X`: the parts of a gap."""

from __future__ import annotations

from tui.commands.model import SHOW, Command

COMMANDS: tuple[Command, ...] = (
    Command("part", "Look into the part under the cursor", ("enter",), ("⏎", "Enter"), "explain", SHOW, "drill", "look into", 2),
    Command("parting", "The next way to part the gap", ("d",), ("d", "d"), "explain", SHOW, "section(1)", "other parts", 3),
    Command("parting_back", "The way to part the gap before", ("D",), ("D", "D"), "explain", SHOW, "section(-1)"),
    Command("against", "Against the target, or against the period before", ("a", "tab"), ("a", "a"), "explain", SHOW, "against", "target or before", 4),
)
