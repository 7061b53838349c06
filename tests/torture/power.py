"""What a disk may hold after the power went, at any moment of a change of the store.

`record` makes a change and writes down, in their order, the names that came, went and moved, and the bytes that an fsync made durable.
`Disk.after` says what of it may be left: bytes without an fsync are lost, and of the names of a folder that was not synced since, any.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import stat
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crash import do

from kpi_core.store import loading

State = dict[str, str]  # the path of a file, and the sha256 of its bytes
LOST = hashlib.sha256(b"").hexdigest()  # of a name whose bytes are gone
Event = list[Any]


class _Recorder:
    def __init__(self, root: Path, objects: Path) -> None:
        self.root, self.objects = root, objects
        self.names: dict[str, int] = {}  # path from the root, and a number for what it leads to
        self.events: list[Event] = []
        self.next, self.busy = 1, True
        self.look()
        for path, number in self.names.items():
            if (root / path).is_file():
                self.events.append(["bytes", number, self.keep(root / path)])
        self.events.append(["begin"])

    def keep(self, path: Path) -> str:
        raw = path.read_bytes()
        sha256 = hashlib.sha256(raw).hexdigest()
        (self.objects / sha256).write_bytes(raw)
        return sha256

    def look(self) -> None:
        """Names that came and went without Python: DuckDB writes its own files."""
        found = {path.relative_to(self.root).as_posix() for path in self.root.rglob("*")}
        for path in sorted(set(self.names) - found, reverse=True):
            self.event("gone", path, self.names.pop(path))
        for path in sorted(found - set(self.names)):
            self.names[path] = self.next
            self.next += 1
            self.event("came", path, self.names[path], (self.root / path).is_dir())

    def event(self, *event: object) -> None:
        self.events.append(list(event))

    def inside(self, path: object, folder: int = -1) -> str | None:
        beside = _opened(folder) if folder >= 0 else Path.cwd()
        found = _opened(path) if isinstance(path, int) else beside / os.fsdecode(path)  # type: ignore[arg-type]
        return found.relative_to(self.root).as_posix() if found != self.root and found.is_relative_to(self.root) else None

    def heard(self, event: str, arguments: Sequence[Any]) -> None:
        """Before Python does what changes names."""
        if self.busy or event not in ("os.rename", "os.remove", "os.rmdir", "os.link", "os.mkdir"):
            return
        self.busy = True
        try:
            self.look()
            path = self.inside(arguments[0], arguments[1] if event in ("os.remove", "os.rmdir") else -1)
            if event == "os.rename" and path in self.names:
                target = self.inside(arguments[1])
                assert target and Path(target).parent == Path(path).parent, (path, target)  # one folder: a rename is one change
                self.names[target] = self.names.pop(path)
                self.event("moved", path, target, self.names[target])
            elif event in ("os.remove", "os.rmdir") and path in self.names:
                self.event("gone", path, self.names.pop(path))
            elif event == "os.link" and path in self.names and (target := self.inside(arguments[1])) and target not in self.names:
                self.names[target] = self.names[path]
                self.event("came", target, self.names[target], False)
        finally:
            self.busy = False

    def synced(self, descriptor: int) -> None:
        self.busy = True
        try:
            self.look()
            folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
            path = "" if _opened(descriptor) == self.root else self.inside(descriptor)
            if folder and path is not None:
                self.event("names", path)
            elif path in self.names:
                self.event("bytes", self.names[path], self.keep(self.root / path))
        finally:
            self.busy = False


def _opened(descriptor: int) -> Path:
    return Path(f"/proc/self/fd/{descriptor}").readlink()


def record(folder: str, verb: str, what: Sequence[Any], objects: str, out: str) -> None:
    """Make the change of `crash.do` in `folder`; for a process of its own, which listens to what it does to files."""
    loading.READERS = 1  # one thread: what two do at once cannot be told apart from outside
    recorder = _Recorder(Path(folder).resolve(), Path(objects))
    fsync = os.fsync

    def heard_fsync(descriptor: Any) -> None:
        fsync(descriptor)
        recorder.synced(descriptor if isinstance(descriptor, int) else descriptor.fileno())

    os.fsync = heard_fsync  # type: ignore[assignment]
    sys.addaudithook(recorder.heard)
    recorder.busy = False
    do(folder, verb, what, lambda name: recorder.event("step", name))
    recorder.busy = True
    recorder.look()
    Path(out).write_text(json.dumps(recorder.events))


@dataclass
class Disk:
    """What is durable, and what is not yet: changes of names by folder, in the order in which they were made."""

    durable: dict[str, dict[str, int]] = field(default_factory=dict)  # by folder: names
    waiting: list[tuple[str, dict[str, int | None]]] = field(default_factory=list)  # folder, and what it changes there
    bytes: dict[int, str] = field(default_factory=dict)
    folders: set[int] = field(default_factory=set)

    def take(self, event: Event) -> None:
        verb, *rest = event
        if verb == "bytes":
            self.bytes[rest[0]] = rest[1]
        elif verb == "names":
            for folder, change in self.waiting:
                if folder == rest[0]:
                    _apply(self.durable.setdefault(folder, {}), change)
            self.waiting = [(folder, change) for folder, change in self.waiting if folder != rest[0]]
        elif verb == "begin":  # what was there before is durable
            for folder, change in self.waiting:
                _apply(self.durable.setdefault(folder, {}), change)
            self.waiting = []
        elif verb == "came":
            path, number, folder = rest
            if folder:
                self.folders.add(number)
            self.waiting.append((_parent(path), {Path(path).name: number}))
        elif verb == "gone":
            self.waiting.append((_parent(rest[0]), {Path(rest[0]).name: None}))
        elif verb == "moved":
            self.waiting.append((_parent(rest[0]), {Path(rest[0]).name: None, Path(rest[1]).name: rest[2]}))

    def after(self, rng: random.Random, some: int) -> Iterator[State]:
        """What may be left: nothing of what waits, all of it, the first of it as a journal would have it, and any of it."""
        count = len(self.waiting)
        yield self.left([])
        yield self.left(range(count))
        for _ in range(some if count > 1 else 0):
            yield self.left(range(rng.randrange(count)))
            yield self.left([place for place in range(count) if rng.random() < 0.5])

    def left(self, places: Sequence[int]) -> State:
        names = {folder: dict(inside) for folder, inside in self.durable.items()}
        for place in places:
            folder, change = self.waiting[place]
            _apply(names.setdefault(folder, {}), change)
        return dict(self._walk(names, ""))

    def _walk(self, names: Mapping[str, Mapping[str, int]], folder: str) -> Iterator[tuple[str, str]]:
        for name, number in names.get(folder, {}).items():
            path = f"{folder}/{name}" if folder else name
            if number in self.folders:
                yield from self._walk(names, path)
            else:
                yield path, self.bytes.get(number, LOST)


def _apply(names: dict[str, int], change: Mapping[str, int | None]) -> None:
    for name, number in change.items():
        if number is None:
            names.pop(name, None)
        else:
            names[name] = number


def _parent(path: str) -> str:
    return path.rpartition("/")[0]


def lay_out(state: State, objects: Path, folder: Path) -> None:
    """Make the files of a state."""
    for path, sha256 in state.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((objects / sha256).read_bytes() if sha256 != LOST else b"")
        if target.name == "secret.key":
            target.chmod(0o400)
