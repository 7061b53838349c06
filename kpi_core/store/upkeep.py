"""Cleaning up what no generation needs."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from kpi_core.errors import OmnigapError, StoreError
from kpi_core.store import stopping
from kpi_core.store.files import load_lock, sweep
from kpi_core.store.manifest import decode
from kpi_core.store.workspace import Workspace

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

KEEP = 2  # generations kept beside those that a reader has pinned


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
    for number in workspace.manifests():
        path = workspace.manifest_path(number)
        if number > current:  # a load died before its commit point
            path.unlink()
            gone += 1
        elif number <= current - keep and _drop_unpinned(path):
            gone += 1
        else:
            needed |= _named(path, root, number == current)
    for folder in ("batches", "facts", "marts", "accounts"):
        for path in (root / folder).rglob("*"):
            if path.is_file() and path not in needed:
                path.unlink()
                gone += 1
    return gone + sweep(root) + sweep(root / "gens")


@contextmanager
def tidied(workspace: Workspace, con: DuckDBPyConnection) -> Iterator[None]:
    """For the holder of the load lock: `con` is closed behind the work, and what no generation needs goes, also where the work was broken off."""
    try:
        yield
    except BaseException:
        stopping.close(con)
        with suppress(OSError, OmnigapError):
            collect(workspace)
        raise
    stopping.close(con)
    collect(workspace)


def _named(path: Path, root: Path, current: bool) -> set[Path]:
    """The files that a manifest names. An older one that is damaged names none: only a reader that has read it before can use it still."""
    try:
        return {root / entry.file for entry in decode(path.read_bytes(), path).files()}
    except StoreError:
        if current:
            raise
        return set()


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
