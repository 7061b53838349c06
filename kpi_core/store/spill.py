"""Private folders for what does not fit in memory: rows of customers in clear, on a disk that others use too.

    CACHE/omnigap/          0700, the user's own: XDG_CACHE_HOME, else ~/.cache, else the system's temporary folder
      spill-XXXXXXXX/       of one process, which holds a lock in it; a folder whose lock is free belongs to a process that died
        1/                  of one connection: two of them in a folder would write into each other's files (DuckDB 1.5)
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import itertools
import os
import shutil
import stat
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

NAME = "omnigap"
PREFIX = "spill-"
LOCK = "lock"


@dataclass(frozen=True)
class _Own:
    """The folder of this process: `lock` is the descriptor that says that it lives."""

    pid: int
    folder: Path
    lock: int


_guard = threading.Lock()
_numbers = itertools.count(1)
_own: _Own | None = None


def spill_folder() -> Path | None:
    """A path inside this process' private folder, another at each call; DuckDB makes it when it needs it. None where no folder can be private."""
    global _own
    with _guard:
        if _own is None or _own.pid != os.getpid() or not _own.folder.is_dir():
            _own = _made()
            if _own is not None:
                atexit.register(_remove, _own)
        return _own.folder / str(next(_numbers)) if _own is not None else None


def candidates() -> list[Path]:
    """Where private folders may lie, the best first."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", ""))
    found = [cache / NAME] if cache.is_absolute() else []
    with contextlib.suppress(RuntimeError):  # no home
        found.append(Path.home() / ".cache" / NAME)
    return [*found, Path(tempfile.gettempdir()) / f"{NAME}-{os.getuid()}"]


def base_folder() -> Path | None:
    """The first candidate that is, or becomes, a folder of this user that nobody else can look into; None without one."""
    return next((path for path in candidates() if _private(path)), None)


def _private(path: Path) -> bool:
    """Make the folder; refuse one that is a link, of somebody else, or in a folder where somebody else may put another in its place."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        above = path.parent.stat()
        if above.st_mode & 0o022 and not above.st_mode & stat.S_ISVTX:
            return False
        with contextlib.suppress(FileExistsError):
            path.mkdir(mode=0o700)
        found = path.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
            return False
        if stat.S_IMODE(found.st_mode) & 0o077:
            path.chmod(0o700)
        return os.access(path, os.W_OK | os.X_OK)
    except OSError:
        return False


def _made() -> _Own | None:
    base = base_folder()
    try:
        if base is None:  # whatever stands in the way: a folder of which nobody knows the name
            return _locked(Path(tempfile.mkdtemp(prefix=f"{NAME}-{PREFIX}")))
        with _alone(base):
            _sweep(base)
            return _locked(Path(tempfile.mkdtemp(prefix=PREFIX, dir=base)))
    except OSError:
        return None


def _locked(folder: Path) -> _Own:
    descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return _Own(os.getpid(), folder, descriptor)


@contextmanager
def _alone(base: Path) -> Iterator[None]:
    """Between making a folder and locking it, it looks like one of a process that died: nobody may sweep then."""
    descriptor = os.open(base / LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def left_behind(base: Path) -> list[Path]:
    """Folders of processes that died: their lock is free. Those of this user only."""
    found = []
    for path in base.glob(f"{PREFIX}*"):
        try:
            seen = path.lstat()
            if not stat.S_ISDIR(seen.st_mode) or seen.st_uid != os.getuid():
                continue
            descriptor = os.open(path / LOCK, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            found.append(path)
            continue
        except OSError:
            continue
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            found.append(path)
        except OSError:
            pass
        finally:
            os.close(descriptor)
    return found


def _sweep(base: Path) -> None:
    for path in left_behind(base):
        shutil.rmtree(path, ignore_errors=True)


def release() -> None:
    """For a process that ends without its exit handlers: remove its folder now."""
    if _own is not None:
        _remove(_own)


def _remove(own: _Own) -> None:
    """At exit; a child that was forked leaves the folder to the process that made it."""
    if own.pid == os.getpid():
        shutil.rmtree(own.folder, ignore_errors=True)
