"""What the app loads behind its first frame: the screens, the formats of numbers, what commands do, the workbench."""

from __future__ import annotations

import kpi_core.render.format
import kpi_core.workbench
import tui.actions
import tui.screens.main

__all__ = ["kpi_core", "tui"]
