"""What a command is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from kpi_core.errors import Message
from tui.context import Context

Enabled = Callable[[Context], Message | None]

MOVE, GO, SHOW, WINDOW = "Move", "Go", "Show", "Window"
GROUPS = (GO, SHOW, MOVE, WINDOW)
POPUPS = ("explain", "bookmark", "bookmarks", "learn")  # pop-ups with commands of their own; these are live together with those of every pop-up
Keys = Mapping[str, tuple[str, ...]]  # by id of a command: the keys in force where they are not those of the registry; () for none


@dataclass(frozen=True)
class Command:
    """`title` and `hint` are msgids; `hint` is the short word of the hint bar, `priority` its rank there (0: never, 1 stays longest).

    `scope`: `main` (the views), `grid` (the table that has the focus), `overlay` (any pop-up), or one of POPUPS. `handler`: the method that runs it.
    `shown`: the key as people read it, with its ASCII form, while the keymap leaves it alone.
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
    pair: str = ""  # the command whose key stands before this one's in the hint bar: `< >`
    views: tuple[str, ...] = ()  # the views that it is made for; () for all


def of_popup(command: Command) -> bool:
    """Whether a command works in a pop-up only."""
    return command.scope in ("overlay", *POPUPS)


def together(one: str, other: str) -> bool:
    """Whether two scopes are live at the same time, so that a key may be bound in one of them only."""
    if one == other or "grid" in (one, other):
        return True
    above = ("overlay", *POPUPS)
    if (one in above) != (other in above):
        return False  # a pop-up hides the keys of the views
    return bool({one, other} & {"main", "overlay"})
