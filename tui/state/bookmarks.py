"""The bookmarks of a user and of a workspace together: found by name, kept, removed. Nothing here needs a screen."""

from __future__ import annotations

from pathlib import Path

from kpi_core.bookmarks import BOOKMARKS_FILE, Bookmark, add_bookmark, read_bookmarks, remove_bookmark
from kpi_core.config.decode import did_you_mean
from kpi_core.errors import OmnigapError, UsageError, said
from kpi_core.render.text import folded
from tui.state import places

SIGN = "@"  # what stands before a name where a link could stand too


def path_of(folder: Path, shared: bool) -> Path:
    """The file of a workspace's bookmarks, or of the user's own."""
    return (folder if shared else places.config_dir()) / BOOKMARKS_FILE


def listed(folder: Path) -> tuple[Bookmark, ...]:
    """The user's own first, then those of the workspace, each in the order of its file. Raises ConfigError at the first mistake."""
    return (*_read(folder, False), *_read(folder, True))


def readable(folder: Path) -> tuple[tuple[Bookmark, ...], OmnigapError | None]:
    """The same from the files that can be read, and the first mistake in the others."""
    known: list[Bookmark] = []
    trouble: OmnigapError | None = None
    for shared in (False, True):
        try:
            known += _read(folder, shared)
        except OmnigapError as error:
            trouble = trouble or error
    return tuple(known), trouble


def _read(folder: Path, shared: bool) -> tuple[Bookmark, ...]:
    return read_bookmarks(path_of(folder, shared), shared, BOOKMARKS_FILE if shared else "")


def found(folder: Path, name: str) -> Bookmark:
    """The bookmark of a name, case and accents aside; the user's own before a shared one. Raises UsageError with the nearest name."""
    name = name.removeprefix(SIGN)
    known = listed(folder)
    match = next((item for item in known if item.name == name), None) or next((item for item in known if folded(item.name) == folded(name.strip())), None)
    if match is None:
        hint = did_you_mean(name, [item.name for item in known]) or said("omnigap bookmarks lists them; m keeps one in the app")
        raise UsageError(said("there is no bookmark {name}", name=name), hint=hint)
    return match


def keep(folder: Path, name: str, link: str, shared: bool) -> bool:
    """Keep a link under a name; True when one of that name was replaced. Raises UsageError, ConfigError or StoreError."""
    return add_bookmark(path_of(folder, shared), name, link, private=not shared)


def drop(folder: Path, name: str, shared: bool) -> bool:
    """Remove a bookmark; False when there is none of that name there."""
    return remove_bookmark(path_of(folder, shared), name)
