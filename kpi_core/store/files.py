"""Writes that a crash cannot tear: temporary name, fsync, rename, fsync of the folder. And the lock of the one writer."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import msgspec

from kpi_core.errors import OmnigapError, StoreBusy, StoreError, Where, said
from kpi_core.store.manifest import REBUILD, FileEntry, digest
from kpi_core.store.permissions import FILE_MODE, writing

Fault = Callable[[str], None]  # called at each named step of a load; tests make it fail or kill there
TEMPORARY = ".tmp-"
MORE_MEMORY = said("raise limits.load.memory and limits.load.temp in config/settings.yaml")


def no_fault(_step: str) -> None:
    """Nothing goes wrong."""


def sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def temporary(path: Path) -> Path:
    """The name under which `path` is written before it counts; leftovers are swept by the next load."""
    return path.with_name(f"{TEMPORARY}{os.getpid()}-{path.name}")


def settle(
    written: Path, path: Path, root: Path, *, rows: int = 0, part: str = "", before_rename: Callable[[], None] | None = None, sync: bool = True
) -> FileEntry:
    """Make a finished temporary file durable under its real name and describe it.

    Without `sync` its bytes are durable but its name is not yet: the folder must be synced before anything durable names the file.
    """
    descriptor = os.open(written, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    entry = FileEntry(file=path.relative_to(root).as_posix(), sha256=digest(written), bytes=written.stat().st_size, rows=rows, part=part)
    if before_rename:
        before_rename()
    written.replace(path)
    if sync:
        sync_folder(path.parent)
    return entry


def write_bytes(path: Path, data: bytes, root: Path, before_rename: Callable[[], None] | None = None, *, sync: bool = True) -> FileEntry:
    """Write a small file atomically; `sync` as in `settle`."""
    written = temporary(path)
    written.write_bytes(data)
    return settle(written, path, root, before_rename=before_rename, sync=sync)


def sweep(folder: Path) -> int:
    """Delete what crashed loads left under temporary names. Only the holder of the lock may call it."""
    gone = 0
    for path in folder.glob(f"{TEMPORARY}*"):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
        gone += 1
    return gone


@contextmanager
def load_lock(path: Path) -> Iterator[None]:
    """Hold the lock of the one writer. Raises StoreBusy with the process and the time of the load that holds it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o640)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EWOULDBLOCK, errno.EACCES):
                raise
            raise _busy(path, os.pread(descriptor, 400, 0)) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, msgspec.json.encode({"pid": os.getpid(), "since": datetime.now(UTC).isoformat(timespec="seconds")}), 0)
        with writing():
            with suppress(OSError):
                os.fchmod(descriptor, FILE_MODE)  # opened before, under whatever umask
            yield
    finally:
        os.close(descriptor)


def _busy(path: Path, content: bytes) -> StoreBusy:
    try:
        holder = msgspec.json.decode(content)
        pid, since = holder["pid"], holder["since"]
    except (msgspec.DecodeError, KeyError, TypeError):
        pid = since = "?"  # caught between taking the lock and writing the name
    return StoreBusy(
        said("another load is running: process {pid}, since {since}", pid=pid, since=since),
        where=Where(str(path)),
        hint=said("wait for it to end, then load again"),
    )


@contextmanager
def explained(root: Path) -> Iterator[None]:
    """Turn what the disk or DuckDB refuse into one StoreError a person can act on."""
    try:
        yield
    except OmnigapError:
        raise
    except (OSError, duckdb.Error, MemoryError) as error:
        raise explain(error, root) from error


def disk_is_full(error: BaseException) -> bool:
    """Does an error of the operating system, or one that quotes it, say that no more can be written?"""
    if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return True
    return any(sign in str(error) for sign in ("No space left", "File too large", "Disk quota"))


def explain(error: BaseException, root: Path) -> StoreError:
    """The StoreError for an error of the operating system or of DuckDB."""
    where = Where(str(root))
    number = getattr(error, "errno", None)
    text = str(error)
    if disk_is_full(error):
        return StoreError(
            said("the disk is full: nothing was changed"), where=where, hint=said("free some space, then load again; the numbers shown are those of before")
        )
    if number in (errno.EACCES, errno.EPERM, errno.EROFS) or "Permission denied" in text or "Read-only file system" in text:
        return StoreError(said("this folder cannot be written"), where=where, hint=said("ask its owner, or work in a folder of your own: omnigap init FOLDER"))
    if isinstance(error, duckdb.Error) and "orrupt" in text:  # a checksum of the mart that the load starts from
        return StoreError(said("the warehouse is damaged: {detail}", detail=text.splitlines()[0]), where=where, hint=REBUILD)
    if isinstance(error, (duckdb.OutOfMemoryException, MemoryError)):
        return StoreError(said("not enough memory: nothing was changed"), where=where, hint=MORE_MEMORY)
    return StoreError(said("the warehouse could not be written: {detail}", detail=text.splitlines()[0] if text else type(error).__name__), where=where)
