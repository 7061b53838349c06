"""The one way in which an input file is opened: by descriptor, no link followed, no pipe waited for, and never a pattern.

What is read later is the content that was hashed, or the file is refused: a name may be swapped between two looks at it, and a file that
is still being written changes under its reader. So each later look compares the file with what was examined.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from kpi_core.errors import Message, SourceError, Where, said
from kpi_core.sources.files.limits import CHUNK

_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOCTTY", 0)
_OURS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EMFILE, errno.ENFILE, errno.ENOMEM)  # of this machine, not of the file
_YOUNG = 2_000_000_000  # ns: two writes within the tick of a clock leave the same time; some file systems tick every two seconds


def open_file(path: Path) -> IO[bytes]:
    """Open without following a link and without ever waiting for a pipe. Raises SourceError for whatever is no regular file that can be read."""
    where = Where(str(path))
    try:
        descriptor = os.open(path, _FLAGS)
    except FileNotFoundError:
        raise SourceError(said("there is no such file"), where=where) from None
    except (OSError, ValueError) as error:
        if os.path.islink(path):  # noqa: PTH114 - a name that is no path at all is no link
            raise SourceError(said("this is a link; links are not followed"), where=where, hint=said("give the file itself")) from None
        if isinstance(error, OSError) and error.errno in _OURS:
            raise
        if isinstance(error, OSError) and error.errno == errno.ENXIO:
            raise _no_file(where) from None
        raise unreadable(path, error) from None
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return os.fdopen(descriptor, "rb")
    os.close(descriptor)
    if stat.S_ISDIR(mode):
        raise SourceError(said("this is a folder, not a file"), where=where)
    raise _no_file(where)


def _no_file(where: Where) -> SourceError:
    """A pipe, a socket, a device."""
    return SourceError(said("this is not a regular file"), where=where, hint=said("write it to a file first, then load that"))


def unreadable(path: Path, error: OSError | ValueError) -> SourceError:
    return SourceError(said("the file cannot be read: {why}", why=getattr(error, "strerror", None) or str(error)), where=Where(str(path)))


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """What goes wrong with the file while it is read, as an error that names it. A full disk or too many open files are no fault of the file."""
    try:
        yield
    except OSError as error:
        if error.errno is None or error.errno in _OURS:
            raise
        raise unreadable(path, error) from error


@dataclass(frozen=True)
class Identity:
    """Which file was examined, and in which state. `young`: it had changed just before, so that its times do not tell every later change."""

    device: int
    inode: int
    size: int
    modified: int
    changed: int
    young: bool

    @classmethod
    def of(cls, status: os.stat_result) -> Identity:
        young = time.time_ns() - max(status.st_mtime_ns, status.st_ctime_ns) < _YOUNG
        return cls(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns, young)

    def check(self, status: os.stat_result, path: Path) -> None:
        """Raises SourceError when another file has come under the name, or the file has been written to."""
        if (status.st_dev, status.st_ino) != (self.device, self.inode):
            raise changed(path, said("the file was replaced by another one while it was read"))
        if (status.st_size, status.st_mtime_ns) != (self.size, self.modified):
            raise changed(path)

    def prove(self, path: Path, sha256: str) -> None:
        """The file still has the content that was examined. It is read again only where its times cannot tell."""
        with open_file(path) as file, reading(path):
            status = os.fstat(file.fileno())
            self.check(status, path)
            if (self.young or status.st_ctime_ns != self.changed) and digest_of(file) != sha256:
                raise changed(path)


def changed(path: Path, what: Message | None = None) -> SourceError:
    hint = said("wait until nothing writes to it any more, then load it again")
    return SourceError(what or said("the file changed while it was read"), where=Where(str(path)), hint=hint)


def digest_of(file: IO[bytes]) -> str:
    """SHA-256 of the whole file, which then stands at its start again."""
    digest = hashlib.sha256()
    file.seek(0)
    while block := file.read(CHUNK):
        digest.update(block)
    file.seek(0)
    return digest.hexdigest()


@contextmanager
def on_disk(file: IO[bytes]) -> Iterator[str]:
    """A name under which another reader of this process may open the bytes: the descriptor, or where there is none a private copy. It is
    never the name of an input, which DuckDB would read as a pattern (`sales[2026].csv`)."""
    path = f"/proc/self/fd/{file.fileno()}"
    if os.path.exists(path):  # noqa: PTH110 - a descriptor, not a path of ours
        yield path
        return
    with tempfile.NamedTemporaryFile(prefix="omnigap-") as copy:
        file.seek(0)
        while block := file.read(CHUNK):
            copy.write(block)
        copy.flush()
        yield copy.name
