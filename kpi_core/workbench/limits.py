"""What settings.yaml lets a process take, as the store takes it."""

from __future__ import annotations

from kpi_core.config.settings_file import SettingsFile
from kpi_core.store.connection import Limits


def reading_limits(settings: SettingsFile) -> Limits:
    """Of a process that shows numbers."""
    of = settings.limits
    return Limits(of.memory, of.threads, of.temp, of.seconds)


def loading_limits(settings: SettingsFile) -> Limits:
    """Of a process that loads: it has no time limit."""
    of = settings.limits.load
    return Limits(of.memory, of.threads, of.temp, 0)
