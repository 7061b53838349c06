"""What a command is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kpi_core.errors import Message
from tui.context import Context

Enabled = Callable[[Context], Message | None]

MOVE, GO, SHOW, WINDOW = "Move", "Go", "Show", "Window"
GROUPS = (GO, SHOW, MOVE, WINDOW)


@dataclass(frozen=True)
class Command:
    """`title` and `hint` are msgids; `hint` is the short word of the hint bar, `priority` its rank there (0: never, 1 stays longest).

    `scope`: `main` (the views), `grid` (the table that has the focus), `overlay` (a pop-up). `handler`: the method that runs it.
    `shown`: the key as people read it, with its ASCII form.
    """

    id: str
    title: str
    keys: tuple[str, ...]
    shown: tuple[str, str]
    scope: str
    group: str
    handler: str
    hint: str = ""
    priority: int = 0
    enabled: Enabled = lambda context: None
    hint_key: str = ""  # what the hint bar shows where one hint stands for two keys
    hint_in: tuple[tuple[str, str], ...] = ()  # (view, hint) where the command does something else there
