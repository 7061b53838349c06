"""The shapes of Trend: its course, and heatmaps."""

from __future__ import annotations

from tui.commands import can
from tui.commands.model import SHOW, Command

COMMANDS: tuple[Command, ...] = (
    Command(
        "shape", "Trend as a heatmap: members by period, hours by weekday, cohorts",
        ("H",), ("H", "H"), "main", SHOW, "shape", "shape", 3, can.shape, views=("trend",),
    ),
)
