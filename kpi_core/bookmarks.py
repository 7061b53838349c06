"""Bookmarks: links under a name, in `bookmarks.yaml` of the user's folder or of a workspace (shared by those who use it).

A list of YAML, an item a bookmark. Omnigap adds and removes whole items and leaves every other line as it stands, comments too; each
change is a new file put in the place of the old one, made while nobody else writes.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from kpi_core.config.decode import decode
from kpi_core.config.yaml import Document, load_yaml, parse_yaml
from kpi_core.errors import ConfigError, StoreError, UsageError, Where, said
from kpi_core.links import SCHEME
from kpi_core.render.clean import clean
from kpi_core.render.text import folded
from kpi_core.store.files import explain, sync_folder, temporary

BOOKMARKS_FILE = "bookmarks.yaml"
LONGEST_NAME = 80
_HEAD = "# Bookmarks of omnigap, an item each. Lines and comments of your own stay as they are.\n"


class _Item(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    link: str


@dataclass(frozen=True)
class Bookmark:
    """`shared`: it lies in the workspace, for everybody who uses that."""

    name: str
    link: str
    shared: bool = False


def read_bookmarks(path: Path, shared: bool = False, called: str = "") -> tuple[Bookmark, ...]:
    """The bookmarks of a file, in its order; none where there is no file. Messages call it `called` (default: its path).

    Raises ConfigError with line and key: unknown keys, a name twice or empty, a link that is none.
    """
    if not path.exists():
        return ()
    items = _items(load_yaml(path, called or str(path)))
    return tuple(Bookmark(clean(" ".join(item.name.split()), LONGEST_NAME), item.link, shared) for item in items)


def _items(document: Document) -> tuple[_Item, ...]:
    """The items of a file, every one as it should be. Raises ConfigError at the first that is not."""
    items = () if document.value == {} else decode(document, tuple[_Item, ...])
    seen: set[str] = set()
    for place, item in enumerate(items):
        name = folded(item.name.strip())
        if not name:
            raise ConfigError(said("a bookmark needs a name"), where=document.where((place, "name")))
        if name in seen:
            raise ConfigError(said("there are two bookmarks {name}", name=item.name), where=document.where((place, "name")), hint=said("rename one of them"))
        if not item.link.lower().startswith(SCHEME):
            raise ConfigError(said("a link begins with {scheme}", scheme=SCHEME), where=document.where((place, "link")))
        seen.add(name)
    return items


def checked_name(name: str) -> str:
    """A name as it is kept: one line, nothing that a terminal would obey. Raises UsageError for an empty, overlong or odd one."""
    shown = clean(" ".join(name.split()), LONGEST_NAME + 1)
    if not shown:
        raise UsageError(said("a bookmark needs a name"))
    if len(shown) > LONGEST_NAME:
        raise UsageError(said("a name has at most {limit} characters", limit=LONGEST_NAME))
    if shown.startswith("@"):
        raise UsageError(said("a name does not begin with @: {name}", name=shown), hint=said("that sign asks for a bookmark: --open @NAME"))
    return shown


def add_bookmark(path: Path, name: str, link: str, *, private: bool = False) -> bool:
    """Keep a link under a name; one of that name is replaced, and True returned. `private`: a new file is for its owner's eyes only.

    Raises UsageError for a bad name or link, ConfigError for a file that cannot be read, StoreError when it cannot be written.
    """
    name = checked_name(name)
    if not link.lower().startswith(SCHEME):
        raise UsageError(said("a link begins with {scheme}", scheme=SCHEME), hint=said("Y copies the link of a view"))
    with _changing(path, 0o600 if private else 0o664) as (text, write):
        before = _items(parse_yaml(text.encode(), str(path)))
        kept = [item for item in before if folded(item.name.strip()) != folded(name)]
        if len(kept) < len(before):
            text = _without(text, str(path), name)
        write(_appended(text, _Item(name, link)), [*kept, _Item(name, link)])
        return len(kept) < len(before)


def remove_bookmark(path: Path, name: str) -> bool:
    """Take a bookmark out; False when there is none of that name. Raises as `add_bookmark`."""
    if not path.exists():
        return False
    with _changing(path, 0o600) as (text, write):
        before = _items(parse_yaml(text.encode(), str(path)))
        kept = [item for item in before if folded(item.name.strip()) != folded(name.strip())]
        if len(kept) == len(before):
            return False
        write(_without(text, str(path), name.strip()), kept)
        return True


def _without(text: str, file: str, name: str) -> str:
    """The text without the lines of one item; comments and blank lines around it stay."""
    document = parse_yaml(text.encode(), file)
    items = _items(document)
    lines = text.splitlines(keepends=True)
    starts = [document.line_of((place,)) - 1 for place in range(len(items))]
    gone = [place for place, item in enumerate(items) if folded(item.name.strip()) == folded(name)]
    for place in reversed(gone):
        end = starts[place + 1] if place + 1 < len(starts) else len(lines)
        while end > starts[place] + 1 and lines[end - 1].lstrip()[:1] in ("", "#"):
            end -= 1
        del lines[starts[place] : end]
    return "".join(lines)


def _appended(text: str, item: _Item) -> str:
    """The text with one item more, indented as the last one is."""
    lines = text.splitlines()
    indent = next((line[: len(line) - len(line.lstrip())] for line in reversed(lines) if line.lstrip().startswith("- ")), "")
    if text and not text.endswith("\n"):
        text += "\n"
    written = json.dumps({"name": item.name, "link": item.link}, ensure_ascii=False)
    return f"{text or _HEAD}{indent}- {written}\n"


class _Write:
    """Puts a new text in the place of the file, once it is sure to say what it should."""

    def __init__(self, path: Path, mode: int) -> None:
        self._path, self._mode = path, mode

    def __call__(self, text: str, meant: list[_Item]) -> None:
        try:
            same = list(_items(parse_yaml(text.encode(), str(self._path)))) == meant
        except ConfigError:
            same = False
        if not same:
            raise StoreError(
                said("the file is written in a form that omnigap cannot change"),
                where=Where(str(self._path)),
                hint=said("write one item a line: {example}", example='- {name: "Lyon", link: "omnigap://explore?kpi=aov"}'),
            )
        written = temporary(self._path)
        descriptor = os.open(written, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, self._mode)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as stream:
                stream.write(text)
                stream.flush()
                os.fchmod(stream.fileno(), self._mode)
                os.fsync(stream.fileno())
            written.replace(self._path)
        except BaseException:
            written.unlink(missing_ok=True)
            raise
        sync_folder(self._path.parent)


@contextlib.contextmanager
def _changing(path: Path, mode: int) -> Iterator[tuple[str, _Write]]:
    """The text of the file and what writes it anew, while nobody else changes it. A link to a file stays one."""
    path = path.resolve()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        while True:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, mode)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                found = os.fstat(descriptor)
                if not path.exists() or path.stat().st_ino != found.st_ino:
                    continue  # another process has put a new file in its place meanwhile
                text = path.read_bytes().decode("utf-8-sig")
                yield text, _Write(path, found.st_mode & 0o777)
                return
            finally:
                os.close(descriptor)
    except UnicodeDecodeError:
        raise ConfigError(said("the file is not UTF-8"), where=Where(str(path)), hint=said("save it as UTF-8")) from None
    except OSError as error:
        raise explain(error, path) from error
