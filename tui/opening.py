"""What a workspace opens with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from kpi_core.errors import OmnigapError

if TYPE_CHECKING:
    from kpi_core.view import ViewState


def opening_state(folder: Path) -> ViewState:
    """What opens first, by the workspace's calendar.yaml; the default when it cannot be read (the error belongs to whoever needs it)."""
    from kpi_core.config.decode import decode
    from kpi_core.config.model import CalendarFile
    from kpi_core.config.shipped import config_file
    from kpi_core.config.yaml import load_yaml
    from kpi_core.view import ViewState

    try:
        file = decode(load_yaml(config_file(folder / "config", "calendar")), CalendarFile)
    except (OmnigapError, OSError):
        return ViewState()
    return ViewState(period=f"latest:{file.default_grain}", compare=file.compare.default)
