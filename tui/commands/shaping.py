"""What a view shows: period, comparison, dimension, sort, filter."""

from __future__ import annotations

from tui.commands import can
from tui.commands.model import SHOW, Command

COMMANDS: tuple[Command, ...] = (
    Command("filter", "Filter the rows", ("slash",), ("/", "/"), "main", SHOW, "filter", "filter", 5),
    Command("previous_period", "Previous period", ("less_than_sign",), ("<", "<"), "main", SHOW, "previous_period", "", 0, can.ready),
    Command("next_period", "Next period", ("greater_than_sign",), (">", ">"), "main", SHOW, "next_period", "period", 6, can.ready, pair="previous_period"),
    Command("compare", "Next comparison", ("c",), ("c", "c"), "main", SHOW, "compare", "compare", 7, can.ready),
    Command("basis", "Count the other way (returns by sale date, attribution)", ("B",), ("B", "B"), "main", SHOW, "basis", "", 0, can.basis),
    Command("dimension", "Break down by the next dimension", ("d",), ("d", "d"), "main", SHOW, "dimension", "dimension", 3, can.dimension, views=("explore",)),
    Command("sort", "Sort by the lit column", ("s",), ("s", "s"), "main", SHOW, "sort", "sort", 9, can.sort),
    Command("near", "Also show targets that are near", ("a",), ("a", "a"), "main", SHOW, "near", "near too", 3, can.near, views=("gaps",)),
    Command("period", "Choose a period", ("p",), ("p", "p"), "main", SHOW, "period", "choose period", 14, can.ready),
    Command("grain", "Day, week, month, quarter, year", ("P",), ("P", "P"), "main", SHOW, "grain", "", 0, can.ready),
    Command("comparisons", "Choose the comparison", ("C",), ("C", "C"), "main", SHOW, "comparisons", "", 0, can.ready),
    Command("dimensions", "Choose the dimension", ("D", "F"), ("D", "D"), "main", SHOW, "dimensions", "", 0, can.dimensions, views=("explore",)),
    Command("reverse", "Reverse the sort", ("S",), ("S", "S"), "main", SHOW, "reverse", enabled=can.sort),
)
