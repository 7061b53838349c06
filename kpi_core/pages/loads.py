"""The loads of a workspace, those that count and those that were taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class LoadLine:
    """One load. Without days where the file speaks of none; rows are None where its account cannot be read."""

    load_id: int
    file: str
    profile: str
    title: str
    first_day: date | None
    last_day: date | None
    rows_read: int | None
    rows_used: int | None
    loaded_at: datetime
    counts: bool  # False: undone, or `damaged`
    damaged: bool = False  # its rows are not what was written: its file has to be loaded again
