"""What people noted about a KPI, as values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kpi_core.view import Filter

NOTES_FILE = "notes.yaml"
LONGEST_NOTE = 1000  # characters


@dataclass(frozen=True)
class Note:
    """What somebody wrote down about a KPI under these filters. `text` is data: one line, never markup."""

    at: datetime
    author: str
    kpi: str
    where: tuple[Filter, ...]
    text: str


@dataclass(frozen=True)
class NoteLine:
    """A note as a page shows it; `scope` names its filters where they are narrower than the page's, else ''."""

    note: Note
    scope: str = ""
