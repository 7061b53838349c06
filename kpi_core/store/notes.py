"""Notes that people write from the app: `notes.yaml` in the workspace, one line a note, only ever added to.

Each line is an item of a YAML list in JSON's flow form, so that people can read and edit the file, put comments between notes, and a
torn line costs that line only. objectives.yaml is never written.
"""

from __future__ import annotations

import fcntl
import getpass
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from kpi_core.config.yaml import parse_yaml
from kpi_core.errors import ConfigError, Message, UsageError, Where, said
from kpi_core.pages.notes import LONGEST_NOTE, NOTES_FILE, Note
from kpi_core.render.clean import clean
from kpi_core.store.files import explain, sync_folder
from kpi_core.store.workspace import Workspace
from kpi_core.view import Filter

MOST_BYTES = 4 * 1024 * 1024
_HEAD = "# Notes added from omnigap, one a line, newest last. Lines and comments of your own stay as they are.\n"


class _Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    dim: str
    values: tuple[str | None, ...]
    exclude: bool = False


class _Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    at: str  # a day, or a moment with or without its zone
    author: str
    kpi: str
    text: str
    where: tuple[_Step, ...] = ()


@dataclass(frozen=True)
class Notes:
    """All notes in the order of the file, and what in it could not be read."""

    all: tuple[Note, ...] = ()
    problems: tuple[Message, ...] = ()


def notes_path(workspace: Workspace) -> Path:
    return workspace.root / NOTES_FILE


def read_notes(workspace: Workspace) -> Notes:
    """Every readable note. A damaged line becomes a problem that names it; a missing file is no notes."""
    path = notes_path(workspace)
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return Notes()
    except OSError as error:
        return Notes((), (said("{file} cannot be read: {reason}", file=NOTES_FILE, reason=error.strerror or str(error)),))
    problems: list[Message] = []
    if len(data) > MOST_BYTES:
        data = data[:MOST_BYTES]
        problems.append(said("{file} is larger than {limit} MB: its end is not read", file=NOTES_FILE, limit=MOST_BYTES // 1024 // 1024))
    found: list[Note] = []
    for number, item in _items(data.removeprefix(b"\xef\xbb\xbf")):
        note = _note(item)
        if note is None:
            problems.append(said("{file}, line {line}: not a note, left out", file=NOTES_FILE, line=str(number)))
        else:
            found.append(note)
    return Notes(tuple(found), tuple(problems))


def _items(data: bytes) -> list[tuple[int, bytes]]:
    """The items of the list, each with its first line: from one `- ` at the margin to the next. Comments and `version:` are none."""
    items: list[tuple[int, list[bytes]]] = []
    for number, line in enumerate(data.split(b"\n"), 1):
        line = line.rstrip(b"\r")
        if line.startswith(b"-"):
            items.append((number, [line]))
        elif not line.strip() or line.lstrip().startswith(b"#") or line.strip() in (b"version: 1", b"notes:", b"---"):
            continue
        elif items and line[:1] in (b" ", b"\t"):
            items[-1][1].append(line)
        else:
            items.append((number, [line]))
    return [(number, b"\n".join(lines)) for number, lines in items]


def _note(item: bytes) -> Note | None:
    """One item: as omnigap writes it, or as a person does in YAML of several lines."""
    try:
        if item.startswith(b"- {"):
            try:
                value = json.loads(item[2:])
            except ValueError:
                value = parse_yaml(item, NOTES_FILE).value[0]
        else:
            value = parse_yaml(item, NOTES_FILE).value[0]
        line = msgspec.convert(value, _Line, strict=False)
        moment = datetime.fromisoformat(line.at)
        moment = moment if moment.tzinfo else moment.astimezone()
    except (ValueError, ConfigError, LookupError, TypeError, OverflowError, RecursionError):
        return None
    where = tuple(Filter(clean(step.dim, 100), tuple(None if v is None else clean(v) for v in step.values), step.exclude) for step in line.where)
    text = _one_line(line.text, LONGEST_NOTE)
    return Note(moment, _one_line(line.author, 80), clean(line.kpi, 100), where, text) if text else None


def _one_line(text: str, limit: int) -> str:
    """One line without anything that a terminal would obey."""
    return clean(" ".join(text.split()), limit)


def author() -> str:
    """The name of the system's user."""
    try:
        return _one_line(getpass.getuser(), 80)
    except (OSError, KeyError, ImportError):
        return str(os.getuid())


def add_note(workspace: Workspace, kpi: str, where: Sequence[Filter], text: str, *, by: str | None = None, at: datetime | None = None) -> Note:
    """Append a note under a lock and make it durable. Raises UsageError for an empty or overlong text, StoreError when the file cannot be written."""
    written = " ".join(text.split())
    if len(written) > LONGEST_NOTE:
        raise UsageError(said("a note has at most {limit} characters, this one {count}", limit=LONGEST_NOTE, count=len(written)))
    shown = _one_line(written, LONGEST_NOTE)
    if not shown:  # nothing, or nothing that may be shown
        raise UsageError(said("a note needs a text"))
    path = notes_path(workspace)
    moment = (at or datetime.now().astimezone()).replace(microsecond=0)
    note = Note(moment, author() if by is None else _one_line(by, 80), kpi, tuple(where), shown)
    try:
        _append(path, _written(note))
    except OSError as error:
        raised = explain(error, path)
        raise type(raised)(raised.what, where=Where(NOTES_FILE), hint=said("notes stand in {file} of the workspace", file=NOTES_FILE)) from error
    return note


def _written(note: Note) -> bytes:
    value: dict[str, object] = {"at": note.at.isoformat(), "author": note.author, "kpi": note.kpi}
    if note.where:
        steps = [{"dim": step.dim, "values": list(step.values), **({"exclude": True} if step.exclude else {})} for step in note.where]
        value["where"] = steps
    value["text"] = note.text
    return b"- " + json.dumps(value, ensure_ascii=False).encode("utf-8", "replace") + b"\n"


def _append(path: Path, line: bytes) -> None:
    """One write to the end of the file while nobody else writes; an unfinished last line is left to itself."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o660)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            size = os.fstat(descriptor).st_size
            if not _still_there(path, descriptor):
                continue  # an editor has put another file in its place meanwhile
            before = b"" if size else _HEAD.encode("utf-8")
            if size and os.pread(descriptor, 1, size - 1) != b"\n":
                before = b"\n"
            data = before + line
            done = os.write(descriptor, data)
            while done < len(data):
                done += os.write(descriptor, data[done:])
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if not size:
            sync_folder(path.parent)
        return


def _still_there(path: Path, descriptor: int) -> bool:
    try:
        return path.stat().st_ino == os.fstat(descriptor).st_ino
    except FileNotFoundError:
        return False
