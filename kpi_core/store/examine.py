"""Reading everything that counts, to find what a disk or a hand has changed since it was written."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from kpi_core.errors import NewerStore, NothingLoaded, StoreError, Where, said
from kpi_core.store.damage import Kind, damage
from kpi_core.store.manifest import DAMAGED, Batch, FileEntry, Manifest, checked
from kpi_core.store.publish import COPY
from kpi_core.store.workspace import Workspace

Holds = Literal["pointer", "manifest", "batch", "account", "facts", "mart"]
_ATTEMPTS = 20  # a load may publish and clean up between reading CURRENT and holding on to what it names


@dataclass(frozen=True)
class Damage:
    """A file that is not what was written. `file` as in the manifest, inside `.omnigap`; `load` where it belongs to one."""

    file: str
    kind: Kind
    holds: Holds
    dataset: str = ""
    part: str = ""  # of facts: '' or the month 'YYYY-MM'
    load: Batch | None = None


@dataclass(frozen=True)
class Examined:
    """What a reading of the current generation found; `generation` is 0 where not even CURRENT could be read, `orphans` are files that it
    does not need, `waiting` the loads that do not count until their export is loaded again."""

    generation: int
    files: int
    bytes: int
    damaged: tuple[Damage, ...]
    waiting: tuple[Batch, ...] = ()
    orphans: tuple[str, ...] = ()


def verify(workspace: Workspace) -> list[Damage]:
    """The files of the current generation that are not what was written; empty when all is well. Raises as `examine`."""
    return list(examine(workspace).damaged)


def examine(workspace: Workspace) -> Examined:
    """Read every file of the current generation and compare it with its size and sha256; nothing is changed, and a load may run meanwhile.

    Raises NothingLoaded in an empty workspace, NewerStore for what a newer release wrote, StoreError where it may not be read.
    """
    root = workspace.warehouse
    try:
        if not workspace.generation():
            raise NothingLoaded(
                said("nothing has been loaded yet"),
                where=Where(str(workspace.root)),
                hint=said("put exports into {folder}, then run: omnigap load", folder=workspace.exports_dir),
            )
    except NothingLoaded:
        raise
    except StoreError:
        return Examined(0, 1, 0, (Damage("CURRENT", "changed" if (root / "CURRENT").exists() else "missing", "pointer"),))
    with _held(workspace) as (number, manifest, broken):
        if manifest is None:
            return Examined(number, 2, 0, broken)
        found = list(_damaged(root, manifest))
        waiting = tuple(batch for batch in manifest.batches if batch.status == DAMAGED)
        needed = {entry.file for entry in manifest.files()}
        size = sum(entry.bytes for entry in manifest.files())
        return Examined(number, len(needed) + 2, size, tuple(found), waiting, tuple(_orphans(workspace, needed, number)))


def _damaged(root: Path, manifest: Manifest) -> Iterator[Damage]:
    def look(entry: FileEntry, holds: Holds, dataset: str = "", part: str = "", load: Batch | None = None) -> Iterator[Damage]:
        kind = damage(root, entry)
        if kind is not None:
            yield Damage(entry.file, kind, holds, dataset, part, load)

    for batch in manifest.batches:
        yield from look(batch.account, "account", load=batch)
        for name, entry in batch.files.items():
            yield from look(entry, "batch", name, load=batch)
    for name, parts in manifest.facts.items():
        for entry in parts:
            yield from look(entry, "facts", name, entry.part)
    for mart in (manifest.base, manifest.mart):
        if mart is not None:
            yield from look(mart, "mart")


def _orphans(workspace: Workspace, needed: set[str], current: int) -> Iterator[str]:
    """Files that no generation speaks of: what a load that was stopped left, or is writing just now. The next load deletes them."""
    for number in workspace.manifests():
        if number > current:
            yield workspace.manifest_path(number).relative_to(workspace.warehouse).as_posix()
        elif number < current:
            try:
                needed |= {entry.file for entry in workspace.manifest(number).files()}
            except StoreError:
                continue
    for folder in ("batches", "facts", "marts", "accounts"):
        for path in sorted((workspace.warehouse / folder).rglob("*")):
            name = path.relative_to(workspace.warehouse).as_posix()
            if name not in needed and path.is_file():
                yield name


@contextmanager
def _held(workspace: Workspace) -> Iterator[tuple[int, Manifest | None, tuple[Damage, ...]]]:
    """The current generation, its manifest while no load may clean its files up, and what is wrong with the manifest or the pointer to it."""
    for attempt in range(_ATTEMPTS):
        number, sha256 = workspace.pointer()
        path = workspace.manifest_path(number)
        try:
            pin = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            if workspace.generation() != number and attempt + 1 < _ATTEMPTS:
                continue
            yield number, None, (_unnamed(workspace, number, sha256),)
            return
        except OSError as error:
            raise StoreError(said("the warehouse cannot be read"), where=Where(str(path))) from error
        try:
            fcntl.flock(pin, fcntl.LOCK_SH)
            if not os.fstat(pin).st_nlink and attempt + 1 < _ATTEMPTS:
                continue
            try:
                yield number, checked(path.read_bytes(), path, number, sha256), ()
            except NewerStore:
                raise
            except StoreError:
                yield number, None, (_unnamed(workspace, number, sha256),)
            return
        finally:
            os.close(pin)


def _unnamed(workspace: Workspace, number: int, sha256: str) -> Damage:
    """Which of the two is damaged, the manifest or the pointer that names another? The copy of the manifest tells."""
    path = workspace.manifest_path(number)
    name = path.relative_to(workspace.warehouse).as_posix()
    raw, copy = _bytes(path), _bytes(workspace.warehouse / COPY)
    if copy is not None and sha256 and hashlib.sha256(copy).hexdigest() != sha256 and (raw is None or raw == copy):
        return Damage("CURRENT", "changed", "pointer")  # what it names is nowhere
    return Damage(name, "changed" if raw is not None else "missing", "manifest")


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
