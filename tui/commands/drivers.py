"""Moving the drivers of What-if."""

from __future__ import annotations

from tui.commands import can
from tui.commands.model import SHOW, Command

COMMANDS: tuple[Command, ...] = (
    Command(
        "raise",
        "What-if: the driver up by 1 % (also → on its row)",
        ("alt+up",),
        ("→", "->"),
        "main",
        SHOW,
        "raise_driver",
        "adjust",
        1,
        can.driver,
        "← →",
        views=("whatif",),
    ),
    Command(
        "lower", "What-if: the driver down by 1 % (also ←)", ("alt+down",), ("←", "<-"), "main", SHOW, "lower_driver", "", 0, can.driver, views=("whatif",)
    ),
    Command(
        "raise_more",
        "What-if: the driver up by 5 %",
        ("shift+right",),
        ("⇧→", "shift+right"),
        "main",
        SHOW,
        "raise_more",
        "5 %",
        5,
        can.driver,
        "⇧← ⇧→",
        views=("whatif",),
    ),
    Command(
        "lower_more", "What-if: the driver down by 5 %", ("shift+left",), ("⇧←", "shift+left"), "main", SHOW, "lower_more", "", 0, can.driver, views=("whatif",)
    ),
    Command(
        "reset_driver",
        "What-if: the driver as it is; on the KPI all of them",
        ("0",),
        ("0", "0"),
        "main",
        SHOW,
        "reset_driver",
        "reset",
        6,
        can.driver,
        views=("whatif",),
    ),
)
