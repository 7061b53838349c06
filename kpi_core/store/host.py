"""What a workspace has of its machine: the kind of its disk, what is free on it, who holds the lock, what nobody needs any more."""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec

from kpi_core.errors import StoreError, Where, said
from kpi_core.store.files import TEMPORARY
from kpi_core.store.manifest import decode
from kpi_core.store.permissions import FOLDERS

if TYPE_CHECKING:
    from kpi_core.store.workspace import Workspace

MOUNTS = Path("/proc/self/mounts")
NETWORK = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "afs", "coda", "davfs", "fuse.sshfs", "fuse.davfs2", "fuse.rclone", "fuse.s3fs"})
UNSURE = ("fuse", "9p", "virtiofs", "ceph", "lustre", "gluster", "vboxsf", "drvfs")  # beginnings of kinds that may keep the promises or not
_ESCAPED = re.compile(r"\\([0-7]{3})")

Keeps = Literal["yes", "unsure", "no"]


@dataclass(frozen=True)
class Disk:
    """`kind` as the system calls it, '' where it does not tell; `keeps`: whether locks and renames mean what loads rely on. Sizes in bytes."""

    kind: str
    keeps: Keeps
    free: int
    used: int  # by the warehouse


@dataclass(frozen=True)
class Holder:
    """Who holds the lock of the one writer; texts are '?' where the file does not say."""

    pid: str
    since: str


@dataclass(frozen=True)
class Leftovers:
    """Files of the warehouse that no generation needs: `temporary` of loads that died or run now, `orphans` that the next load deletes."""

    temporary: int
    orphans: int
    bytes: int


def disk_of(workspace: Workspace, mounts: Path = MOUNTS) -> Disk:
    """Raises OSError where the folder cannot be looked at."""
    folder = workspace.warehouse if workspace.warehouse.is_dir() else workspace.root
    kind = kind_of(folder, mounts)
    numbers = os.statvfs(folder)
    used = sum(size for _, size in _files(workspace.warehouse))
    return Disk(kind, keeps_promises(kind), numbers.f_bavail * numbers.f_frsize, used)


def kind_of(folder: Path, mounts: Path = MOUNTS) -> str:
    """The kind of file system that holds a folder, '' where the system does not tell."""
    real = folder.resolve()
    best, kind = -1, ""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return ""
    for line in lines:
        parts = line.split(" ")
        if len(parts) < 3:
            continue
        at = Path(_ESCAPED.sub(lambda found: chr(int(found[1], 8)), parts[1]))
        if real.is_relative_to(at) and len(at.parts) >= best:  # the last of those at one place hides the others
            best, kind = len(at.parts), parts[2]
    return kind


def keeps_promises(kind: str) -> Keeps:
    """Do locks hold between machines and processes, and does a rename happen at once? Loads and readers rely on both."""
    if kind in NETWORK:
        return "no"
    return "unsure" if kind.startswith(UNSURE) else "yes"


def refuse_network(workspace: Workspace, mounts: Path = MOUNTS) -> None:
    """Raise StoreError where the workspace lies on a disk whose locks and renames cannot be relied on: a load there could lose numbers."""
    kind = kind_of(workspace.root, mounts)
    if keeps_promises(kind) == "no":
        raise StoreError(
            said("this folder lies on a network disk ({kind}), where a load could lose numbers", kind=kind),
            where=Where(str(workspace.root)),
            hint=said("keep the workspace on a disk of the machine that loads"),
        )


def lock_holder(workspace: Workspace) -> Holder | None:
    """Who loads now; None when nobody does. Nothing is changed; a lock is only tried while the process that took it last is alive."""
    path = workspace.warehouse / "load.lock"
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        pid, since = _named(os.pread(descriptor, 400, 0))
        if pid.isdecimal() and not _alive(int(pid)):
            return None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return Holder(pid, since)
        return None
    finally:
        os.close(descriptor)


def _named(content: bytes) -> tuple[str, str]:
    try:
        holder = msgspec.json.decode(content)
        return str(int(holder["pid"])), str(holder["since"])[:40]
    except (msgspec.DecodeError, KeyError, TypeError, ValueError):
        return "?", "?"


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True


def leftovers(workspace: Workspace) -> Leftovers:
    """Read from the names alone. Manifests that cannot be read are somebody else's to tell: what they need is then not counted as left over."""
    root = workspace.warehouse
    needed: set[Path] = set()
    readable = True
    for path in (root / "gens").glob("*.json"):
        try:
            needed |= {root / entry.file for entry in decode(path.read_bytes(), path).files()}
        except (StoreError, OSError):
            readable = False
    temporary = orphans = size = 0
    for path, found in _files(root):
        inside = path.relative_to(root).parts
        if any(part.startswith(TEMPORARY) for part in inside):
            temporary += 1
        elif readable and len(inside) > 1 and inside[0] in FOLDERS and inside[0] != "gens" and path not in needed:
            orphans += 1
        else:
            continue
        size += found
    return Leftovers(temporary, orphans, size)


def _files(root: Path) -> Iterator[tuple[Path, int]]:
    """Every file below a folder that may be looked at, with its size; links are not followed."""
    for at, folders, names in os.walk(root, onerror=lambda _: None):
        folders.sort()
        for name in names:
            path = Path(at) / name
            with suppress(OSError):
                yield path, path.lstat().st_size
