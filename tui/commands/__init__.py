"""The command registry: key bindings, the hint bar, the `?` list and the keyboard page all come from it.

A command that cannot run now stays visible, with the reason. Subjects stand in the order of the hint bar.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kpi_core.errors import Message, said
from tui.commands import copying, drivers, explain, first, going, heat, learn, panes, places, rows, shaping, showing, table, trend, window
from tui.commands.model import GROUPS, POPUPS, Command, Enabled, Keys, of_popup, together
from tui.context import Context
from tui.keyboard.names import shown

if TYPE_CHECKING:
    from textual.binding import BindingType

__all__ = [
    "BY_ID",
    "COMMANDS",
    "GROUPS",
    "POPUPS",
    "SCOPES",
    "Command",
    "Enabled",
    "Hint",
    "Keys",
    "bindings",
    "hints",
    "key_name",
    "keys_of",
    "of_popup",
    "refusal",
    "together",
]

COMMANDS: tuple[Command, ...] = (
    *going.COMMANDS,
    *trend.COMMANDS,
    *heat.COMMANDS,
    *shaping.COMMANDS,
    *rows.COMMANDS,
    *showing.COMMANDS,
    *copying.COMMANDS,
    *drivers.COMMANDS,
    *panes.COMMANDS,
    *places.COMMANDS,
    *window.COMMANDS,
    *first.COMMANDS,
    *table.COMMANDS,
    *explain.COMMANDS,
    *learn.COMMANDS,
)
BY_ID = {command.id: command for command in COMMANDS}
SCOPES = tuple(dict.fromkeys(command.scope for command in COMMANDS))
HINTED = (  # the order of the hint bar where it is not that of the registry; `help` closes it
    *("drill", "raise", "raise_more", "reset_driver", "mark", "exclude", "up", "filter", "goto", "next_period", "compare", "dimension", "near", "sort"),
    *("explain_row", "records", "copy", "export", "bookmark", "palette"),
)
_ASCII_SIGNS = str.maketrans({"←": "<-", "→": "->", "⇧": "shift"})


CLOSED = ("quit_level", "quit", "refresh", "theme", "help", "tour", "tour_skip", "tour_end")  # what can be done while no workspace is open


def refusal(command: Command, context: Context) -> Message | None:
    """Why the command cannot run now; None when it can."""
    if context.closed and command.scope in ("main", "grid") and command.id not in CLOSED:
        return said("the workspace is not open")
    return command.enabled(context)


def bindings(scope: str) -> list[BindingType]:
    """The key bindings of a scope as the registry has them; the app lays the user's keymap over them.

    Main commands all go through the app, which says why when one cannot run.
    """
    from textual.binding import Binding  # the registry is also read by commands without a screen

    found: list[BindingType] = []
    for command in COMMANDS:
        if command.scope == scope:
            action = f"app.command('{command.id}')" if scope == "main" else command.handler
            found.append(Binding(",".join(command.keys), action, show=False, id=command.id))
    return found


@dataclass(frozen=True)
class Hint:
    """One hint of the hint bar: the key as shown, the word beside it (a msgid), and its rank (1 stays longest)."""

    command: str
    key: str
    word: str
    priority: int


def hints(scope: str, context: Context, ascii_only: bool = False, keys: Keys | None = None) -> list[Hint]:
    """The hints of what can be done now, in reading order; those of pop-ups of their own kind stand before those of all."""
    offered = [command for command in COMMANDS if command.scope == scope and (command.priority or _leaves(command, context))]
    listed = [command for command in offered if keys_of(command, keys) and refusal(command, context) is None]
    listed.sort(key=lambda command: (command.id == "help", HINTED.index(command.id) if command.id in HINTED else len(HINTED)))
    return [Hint(command.id, _hint_key(command, ascii_only, keys), _word(command, context), command.priority) for command in listed]


def _leaves(command: Command, context: Context) -> bool:
    """Where there is little else to do, the way out is said."""
    return context.closed and command.id == "quit_level"


def _word(command: Command, context: Context) -> str:
    """What the command does here: in this pane, in this view, or anywhere."""
    words = dict(command.hint_in)
    here = words.get(f"{context.state.view}/{context.pane}") if context.pane else words.get(f"{context.state.view}/shape") if context.state.shape else None
    return here or words.get(context.state.view, command.hint)


def _hint_key(command: Command, ascii_only: bool, keys: Keys | None) -> str:
    before = BY_ID.get(command.pair)
    if before is not None and keys_of(before, keys):
        return f"{key_name(before, ascii_only, keys)} {key_name(command, ascii_only, keys)}"
    if not command.hint_key or keys_of(command, keys) != command.keys:
        return key_name(command, ascii_only, keys)
    return command.hint_key.translate(_ASCII_SIGNS) if ascii_only else command.hint_key


def keys_of(command: Command, keys: Keys | None = None) -> tuple[str, ...]:
    """The keys in force, as Textual calls them; () where the user's keymap leaves none."""
    return command.keys if keys is None else keys.get(command.id, command.keys)


def key_name(command: Command, ascii_only: bool = False, keys: Keys | None = None) -> str:
    """The key as people read it in lists and hints; '' for none."""
    found = keys_of(command, keys)
    if found == command.keys:
        return command.shown[1 if ascii_only else 0]
    return shown(found[0], ascii_only) if found else ""
