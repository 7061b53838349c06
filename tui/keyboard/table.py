"""The keyboard as a table: what `omnigap keys` prints and docs/keyboard.md holds. Made from the registry and the keymap in force."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from kpi_core.errors import Message, said
from kpi_core.render.text import cell_width, pad, wrap
from kpi_core.view import VIEWS
from tui.commands import COMMANDS, GROUPS, SCOPES, Command, Keys, keys_of
from tui.keyboard.names import written

TITLES = {
    "main": said("In every view"),
    "grid": said("In a table"),
    "overlay": said("In every pop-up"),
    "explain": said("In the pop-ups of x and X"),
    "bookmark": said("When keeping a bookmark"),
    "bookmarks": said("In the list of bookmarks"),
    "learn": said("When a layout is learnt (L in Data)"),
}
Say = Callable[[str | Message], str]


def title_of(scope: str) -> Message:
    """Where the commands of a scope work."""
    return TITLES.get(scope, said("In {place}", place=scope))


def sections(keys: Keys | None = None) -> Iterator[tuple[Message, list[tuple[Command, tuple[str, ...]]]]]:
    """By scope: each command with its keys as they are written; those without a key too."""
    for scope in SCOPES:
        found = sorted((one for one in COMMANDS if one.scope == scope), key=_place)
        yield title_of(scope), [(one, tuple(written(key) for key in keys_of(one, keys))) for one in found]


def _place(command: Command) -> tuple[int, int]:
    """Views first, in their order; then by group."""
    return (0, VIEWS.index(command.id)) if command.id in VIEWS else (1 + GROUPS.index(command.group), 0)


def markdown(say: Say, keys: Keys | None = None) -> str:
    """Tables in one language."""
    parts = []
    for title, rows in sections(keys):
        parts += [f"## {say(title)}", "", f"| {say('key')} | {say('does')} | id |", "| --- | --- | --- |"]
        parts += [f"| {code(names)} | {cell(say(one.title))} | {one.id} |" for one, names in rows]
        parts.append("")
    return "\n".join(parts)


def code(names: Sequence[str]) -> str:
    """Keys as code in a cell of a Markdown table."""
    return " ".join(f"`` {name} ``" if "`" in name else f"`{cell(name)}`" for name in names) or "–"


def cell(text: str) -> str:
    return text.replace("|", "\\|")


def plain(say: Say, width: int, keys: Keys | None = None) -> list[str]:
    """The same for people: keys, what they do, and the id that a keymap.yaml calls it by."""
    found = [(say(title), [("  ".join(names) or "-", say(one.title), one.id) for one, names in rows]) for title, rows in sections(keys)]
    first = max(cell_width(row[0]) for _, rows in found for row in rows)
    last = max(len(row[2]) for _, rows in found for row in rows)
    room = max(20, width - first - last - 6)
    lines: list[str] = []
    for title, rows in found:
        lines += ["", title] if lines else [title]
        for names, does, name in rows:
            head, *rest = wrap(does, room) or [""]
            lines.append(f"  {pad(names, first)}  {pad(head, room)}  {name}".rstrip())
            lines += [f"  {' ' * first}  {more}" for more in rest]
    return lines
