"""Which keys are in force: the registry's, a preset over them, the user's keymap.yaml over that. Every mistake is named by file, line and key."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from kpi_core.config.decode import decode, did_you_mean
from kpi_core.config.keymap import KeymapFile, Written
from kpi_core.config.shipped import shipped
from kpi_core.config.yaml import Document, load_yaml
from kpi_core.errors import ConfigError, Message, UsageError, said
from tui.commands import BY_ID, COMMANDS, Command, Keys, keys_of, together
from tui.keyboard.names import MODIFIERS, NAMED, SAME, TAKEN, textual_name, written
from tui.state import places

FILE = places.KEYMAP
DEFAULT = "default"
NO_KEY = "no_key"  # for Textual, which takes an empty text for "leave it": a key that no keyboard has
ESSENTIAL = ("help", "quit_level", "close")  # without them nobody finds the way


@dataclass(frozen=True)
class Keymap:
    """`keys`: by id of a command, Textual's names of its keys, for those commands that differ from the registry."""

    name: str = DEFAULT
    keys: Keys = field(default_factory=dict)

    @property
    def overrides(self) -> dict[str, str]:
        """What Textual's `App.set_keymap` wants."""
        return {name: ",".join(keys) or NO_KEY for name, keys in self.keys.items()}


def folder() -> Path:
    """Where the shipped keymaps lie."""
    return shipped("config") / "keymaps"


def presets() -> tuple[str, ...]:
    """Names of the shipped keymaps, `default` first."""
    found = sorted(path.stem for path in folder().glob("*.yaml"))
    return tuple(sorted(found, key=lambda name: name != DEFAULT))


def read_preset(name: str) -> tuple[KeymapFile, Document]:
    """A shipped keymap. Raises ConfigError."""
    document = load_yaml(folder() / f"{name}.yaml", f"keymaps/{name}.yaml")
    return decode(document, KeymapFile), document


def load(asked: str | None = None) -> Keymap:
    """The keymap of `--keymap NAME|FILE`, else the user's own file, else the registry as it is. Raises UsageError and ConfigError."""
    if asked is None:
        own = places.config_dir() / FILE
        return _from_file(own) if own.is_file() else Keymap()
    if asked in presets():
        return _over({}, asked, *read_preset(asked))
    path = Path(asked).expanduser()
    if path.is_file():
        return _from_file(path)
    if path.suffix in (".yaml", ".yml") or len(path.parts) > 1:
        raise UsageError(said("there is no file {name}", name=asked))
    raise UsageError(said("there is no keymap {name}", name=asked), hint=did_you_mean(asked, presets()))


def _from_file(path: Path) -> Keymap:
    document = load_yaml(path)
    file = decode(document, KeymapFile)
    name = file.preset or DEFAULT
    if name not in presets():
        raise ConfigError(said("there is no keymap {name}", name=name), where=document.where(("preset",)), hint=did_you_mean(name, presets()))
    under = dict(_over({}, name, *read_preset(name)).keys)
    return _over(under, str(path) if file.keys else name, file, document)


def _over(under: dict[str, tuple[str, ...]], name: str, file: KeymapFile, document: Document) -> Keymap:
    """The keys of a file over those under it, checked as a whole."""
    keys = dict(under)
    for command, given in file.keys.items():
        if command not in BY_ID:
            raise ConfigError(said("there is no command {name}", name=command), where=document.where(("keys", command)), hint=did_you_mean(command, BY_ID))
        keys[command] = tuple(dict.fromkeys(_key(document, command, one) for one in (given if isinstance(given, tuple) else (given,))))
        if not keys[command] and command in ESSENTIAL:
            raise ConfigError(said("{command} needs a key: without it nobody finds the way", command=command), where=document.where(("keys", command)))
    _check(keys, file, document)
    return Keymap(name, {command: own for command, own in keys.items() if own != BY_ID[command].keys})


def _key(document: Document, command: str, given: Written) -> str:
    where = document.where(("keys", command))
    key = textual_name(str(given))
    if key is None:
        raise ConfigError(said("{key} is no key", key=str(given)), where=where, hint=_nearest_key(str(given)))
    if key in TAKEN:
        raise ConfigError(said("{key} always quits", key=str(given)), where=where)
    if key in SAME:
        hint = said("write {key}, or choose another", key=written(SAME[key]).lower())
        raise ConfigError(said("most terminals send the same for {key} and {other}", key=str(given), other=written(SAME[key])), where=where, hint=hint)
    return key


def _nearest_key(text: str) -> Message | None:
    *before, last = re.split(r"\+", text.lower())
    if any(word not in MODIFIERS for word in before):
        return said("known: {names}", names=", ".join(f"{word}+" for word in MODIFIERS))
    return did_you_mean(last, NAMED)


def clashes(keys: Keys) -> Iterable[tuple[str, Command, Command]]:
    """Keys that two commands would have where both are live."""
    holders: dict[str, list[Command]] = {}
    for command in COMMANDS:
        for key in keys_of(command, keys):
            for other in holders.setdefault(key, []):
                if together(command.scope, other.scope):
                    yield key, other, command
            holders[key].append(command)


def _check(keys: Keys, file: KeymapFile, document: Document) -> None:
    for key, one, other in clashes(keys):
        at = next((command for command in (other, one) if command.id in file.keys), other)
        second = one if at is other else other
        raise ConfigError(
            said("{key} would run both {one} and {other}", key=written(key), one=at.id, other=second.id),
            where=document.where(("keys", at.id)),
            hint=said("give {other} another key too, or none: {other}: []", other=second.id),
        )
