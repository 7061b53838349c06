"""The command registry: key bindings, the hint bar, the `?` list and the keyboard page all come from it.

A command that cannot run now stays visible, with the reason. Subjects stand in the order of the hint bar.
"""

from __future__ import annotations

from dataclasses import dataclass

from textual.binding import Binding, BindingType

from tui.commands import drivers, going, shaping, showing, table, window
from tui.commands.model import GROUPS, Command, Enabled
from tui.context import Context

__all__ = ["BY_ID", "COMMANDS", "GROUPS", "SCOPES", "Command", "Enabled", "Hint", "bindings", "hints", "key_name"]

COMMANDS: tuple[Command, ...] = (*going.COMMANDS, *shaping.COMMANDS, *showing.COMMANDS, *drivers.COMMANDS, *window.COMMANDS, *table.COMMANDS)
BY_ID = {command.id: command for command in COMMANDS}
SCOPES = ("main", "grid", "overlay")


def bindings(scope: str) -> list[BindingType]:
    """The key bindings of a scope. Main commands all go through the app, which says why when one cannot run."""
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


def hints(scope: str, context: Context, ascii_only: bool = False) -> list[Hint]:
    """The hints of what can be done now, in reading order."""
    return [
        Hint(command.id, command.hint_key or key_name(command, ascii_only), dict(command.hint_in).get(context.state.view, command.hint), command.priority)
        for command in COMMANDS
        if command.scope == scope and command.priority and command.enabled(context) is None
    ]


def key_name(command: Command, ascii_only: bool = False) -> str:
    """The key as people read it in lists."""
    return command.shown[1 if ascii_only else 0]
