"""A user's own themes: one YAML file each, `themes/NAME.yaml` of the user's folder, colours on top of a shipped theme.

    base: dark          # the shipped theme that gives what is not written here
    good: "#6fdc8c"     # any of background, bar, selection, line, text, muted, accent, good, warn, bad, target
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from kpi_core.config.decode import decode, did_you_mean
from kpi_core.config.yaml import load_yaml
from kpi_core.errors import ConfigError, Message, OmnigapError, UsageError, said
from tui.look.theme import PALETTES, TOKENS, Palette

if TYPE_CHECKING:
    from kpi_core.config.yaml import Document

_COLOUR = re.compile("#[0-9a-fA-F]{6}")


class ThemeFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a theme's file may hold."""

    base: str = "dark"
    background: str = ""
    bar: str = ""
    selection: str = ""
    line: str = ""
    text: str = ""
    muted: str = ""
    accent: str = ""
    good: str = ""
    warn: str = ""
    bad: str = ""
    target: str = ""


def names(config: Path | None) -> list[str]:
    """The themes there are: the shipped ones, then the user's."""
    return [*PALETTES, *(path.stem for path in _files(config))]


def find(name: str, config: Path | None) -> Palette:
    """The palette of a theme. Raises UsageError for an unknown name, ConfigError for a file that is not a theme."""
    if name in PALETTES:
        return PALETTES[name]
    for path in _files(config):
        if path.stem == name:
            return _read(path)
    raise UsageError(said("there is no theme {name}", name=name), hint=did_you_mean(name, names(config)))


def user_themes(config: Path | None) -> Iterator[tuple[str, Palette | OmnigapError]]:
    """The user's themes by name; in place of one whose file is wrong, what is wrong."""
    for path in _files(config):
        try:
            yield path.stem, _read(path)
        except OmnigapError as error:
            yield path.stem, error


def weaknesses(palette: Palette) -> Message | None:
    """Which colours of a theme cannot be read where they stand; the app shows them stronger. None when all can."""
    found = palette.weak()
    if not found:
        return None
    listed = ", ".join(dict.fromkeys(f"{token}/{ground}" for token, ground, _ in found))
    return said("theme {name}: contrast below {least}, shown stronger: {roles}", name=palette.name, least=palette.least, roles=listed)


def _files(config: Path | None) -> list[Path]:
    """The theme files; a shipped name stays the shipped theme's."""
    folder = config / "themes" if config is not None else None
    return [path for path in sorted(folder.glob("*.yaml")) if path.stem not in PALETTES] if folder is not None and folder.is_dir() else []


def _read(path: Path) -> Palette:
    document = load_yaml(path)
    file = decode(document, ThemeFile)
    base = PALETTES.get(file.base)
    if base is None or base.ansi:
        known = [palette.name for palette in PALETTES.values() if not palette.ansi]
        raise ConfigError(said("there is no theme {name}", name=file.base), where=document.where(("base",)), hint=did_you_mean(file.base, known))
    given = {token: _colour(getattr(file, token), token, document) for token in TOKENS if getattr(file, token)}
    return base.coloured({"name": path.stem, **given})


def _colour(text: str, token: str, document: Document) -> str:
    if not _COLOUR.fullmatch(text):
        hint = said('a colour is written "#rrggbb", in quotes')
        raise ConfigError(said("{value} is not a colour", value=text), where=document.where((token,)), hint=hint)
    return text.lower()
