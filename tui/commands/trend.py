"""The course of a KPI over time."""

from __future__ import annotations

from tui.commands import can
from tui.commands.model import GO, SHOW, Command

COMMANDS: tuple[Command, ...] = (
    Command("trend", "Trend: the KPI over time", ("4", "apostrophe"), ("4", "4"), "main", GO, "view_trend", enabled=can.kpi),
    Command("trend_row", "Trend of the row under the cursor", ("t",), ("t", "t"), "main", SHOW, "trend_row", "trend", 9, can.trend_row),
)
