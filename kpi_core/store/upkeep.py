"""Cleaning up what no generation needs, and checking that what is needed is unharmed."""

from __future__ import annotations

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path

from kpi_core.store.files import load_lock, sweep
from kpi_core.store.manifest import decode, digest
from kpi_core.store.workspace import Workspace

KEEP = 2  # generations kept beside those that a reader has pinned


@dataclass(frozen=True)
class Damage:
    """A file of the current generation that is not what the manifest says: 'missing' or 'changed'."""

    file: str
    kind: str


def gc(workspace: Workspace, keep: int = KEEP) -> int:
    """Delete what neither the last `keep` generations nor a pinned one needs; returns how many files went. Takes the load lock."""
    with load_lock(workspace.warehouse / "load.lock"):
        return collect(workspace, keep)


def collect(workspace: Workspace, keep: int = KEEP) -> int:
    """`gc` for a caller that already holds the load lock."""
    root = workspace.warehouse
    current = workspace.generation()
    needed: set[Path] = set()
    gone = 0
    for path in sorted((root / "gens").glob("*.json")):
        number = int(path.stem)
        if number > current:  # a load died before its commit point
            path.unlink()
            gone += 1
        elif number <= current - keep and _drop_unpinned(path):
            gone += 1
        else:
            needed |= {root / entry.file for entry in decode(path.read_bytes(), path).files()}
    for folder in ("batches", "facts", "marts", "accounts"):
        for path in (root / folder).rglob("*"):
            if path.is_file() and path not in needed:
                path.unlink()
                gone += 1
    return gone + sweep(root) + sweep(root / "gens")


def _drop_unpinned(path: Path) -> bool:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.unlink()
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True


def verify(workspace: Workspace) -> list[Damage]:
    """Read every file of the current generation and compare it with its sha256; empty when all is well."""
    found = []
    for entry in workspace.manifest().files():
        path = workspace.warehouse / entry.file
        if not path.is_file():
            found.append(Damage(entry.file, "missing"))
        elif digest(path) != entry.sha256:
            found.append(Damage(entry.file, "changed"))
    return found
