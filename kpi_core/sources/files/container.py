"""Files inside files: a member of an archive, or a sheet of a workbook, is named by a path below its container.

Opening is safe: no link is followed, nothing is unpacked to disk under a name, and every size is bounded before it is read.
"""

from __future__ import annotations

import lzma
import os
import stat
import struct
import tempfile
import threading
import zipfile
import zlib
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Literal

from kpi_core.errors import DamagedFile, NoTable, SourceError, Where, said
from kpi_core.render.clean import clean
from kpi_core.sources.files.limits import CHUNK, MAX_BYTES, MAX_MEMBERS, MAX_RATIO, SMALL
from kpi_core.sources.files.opening import Identity, open_file, reading

Kind = Literal["text", "zip", "workbook", "parquet"]

_MAGIC = {
    b"%PDF": "PDF", b"SQLite format": "SQLite", b"\x7fELF": "ELF", b"\x89PNG": "PNG", b"\xff\xd8\xff": "JPEG", b"GIF8": "GIF",
    b"7z\xbc\xaf": "7-Zip", b"Rar!": "RAR",
}  # fmt: skip
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_OFFICE = {"word/": "Word", "ppt/": "PowerPoint"}
_AGAIN = said("download the file again")
# what the standard library raises when it reads an archive of wrong bytes
BROKEN = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, RuntimeError, ValueError, OverflowError, LookupError, OSError)


@dataclass(frozen=True)
class Opened:
    """Open bytes, and where they lie: the file on disk, the name of the file they are, and what the path still names in them (a sheet)."""

    file: IO[bytes]
    disk: Path
    status: os.stat_result
    name: str
    rest: str
    inside: bool


def locate(path: Path) -> tuple[Path, str]:
    """(file on disk, what is named below it): `exports/search.zip/Chart.csv` is `Chart.csv` of the file `exports/search.zip`."""
    for place in (path, *path.parents):
        try:
            mode = os.lstat(place).st_mode
        except (FileNotFoundError, NotADirectoryError):
            continue
        except (OSError, ValueError):
            break
        if place != path and stat.S_ISREG(mode):
            return place, path.relative_to(place).as_posix()
        break
    return path, ""


def shown(path: Path) -> str:
    """What people are told of a file: its name, in a container after the container's."""
    disk, inner = locate(path)
    return clean(f"{disk.name}/{inner}" if inner else path.name)


@contextmanager
def opened(path: Path) -> Iterator[Opened]:
    """The bytes that a path names, on disk or in an archive (then an unlinked private copy). Raises SourceError or DamagedFile, also when
    the file changes meanwhile."""
    disk, inner = locate(path)
    with open_file(disk) as file, reading(path):
        status = os.fstat(file.fileno())
        yield from _of_disk(path, disk, inner, file, status)
        if not file.closed:
            Identity.of(status).check(os.fstat(file.fileno()), path)


def _of_disk(path: Path, disk: Path, inner: str, file: IO[bytes], status: os.stat_result) -> Iterator[Opened]:
    if not inner or kind_of(file, str(disk)) != "zip":
        yield Opened(file, disk, status, disk.name, inner, False)
        return
    with _archive(file, str(disk)) as archive:
        listed = _listing(archive, status.st_size, str(disk))
        name = next((name for name in _ancestors(inner) if name in listed), None)
        if name is None:
            raise SourceError(said("the archive has no file of this name"), where=Where(str(path)))
        with _unpacked(archive, listed[name], str(disk / name)) as copy:
            rest = inner[len(name) + 1 :]
            yield Opened(copy, disk, status, PurePosixPath(name).name, rest, True)


def _ancestors(inner: str) -> Iterator[str]:
    place = PurePosixPath(inner)
    yield str(place)
    yield from (str(parent) for parent in place.parents if parent.name)


def kind_of(file: IO[bytes], name: str) -> Kind:
    """What the first bytes say, whatever the file is called. Raises NoTable for pictures, documents and programs."""
    file.seek(0)
    start = file.read(16)
    file.seek(0)
    if start.startswith(b"PAR1"):
        return "parquet"
    if start.startswith(_OLE):  # Excel 97, or an Excel file with a password
        return "workbook"
    foreign = next((kind for magic, kind in _MAGIC.items() if start.startswith(magic)), None)
    if start.startswith((_ZIP, b"PK\x05\x06")):
        with _archive(file, name) as archive:
            names = archive.namelist()
            if any(item.startswith("xl/") for item in names):
                return "workbook"
            foreign = next((kind for folder, kind in _OFFICE.items() if any(item.startswith(folder) for item in names)), None)
            if foreign is None and "mimetype" in names:
                mime = _mimetype(archive)
                if mime.startswith(b"application/vnd.oasis.opendocument.spreadsheet"):
                    return "workbook"
                foreign = "OpenDocument" if mime.startswith(b"application/") else None
        if foreign is None:
            return "zip"
    if foreign is not None:
        raise NoTable(said("this is a {kind} file, not text", kind=foreign), where=Where(name))
    return "text"


def _mimetype(archive: zipfile.ZipFile) -> bytes:
    try:
        with archive.open("mimetype") as file:
            return file.read(100)
    except BROKEN:
        return b""


@contextmanager
def _archive(file: IO[bytes], name: str) -> Iterator[zipfile.ZipFile]:
    try:
        archive = zipfile.ZipFile(file)
    except BROKEN:
        raise DamagedFile(said("the Excel or ZIP file is damaged or cut short"), where=Where(name), hint=_AGAIN) from None
    with archive:
        yield archive


def check_size(infos: list[zipfile.ZipInfo], packed: int, name: str) -> None:
    """Refuse an archive that unpacks to more than any export would: the sizes it states are those that are read at most."""
    total = sum(info.file_size for info in infos)
    if total > MAX_BYTES or (total > SMALL and total > MAX_RATIO * max(packed, 1)):
        raise DamagedFile(said("the compressed file unpacks to more than is safe ({bytes} bytes)", bytes=total), where=Where(name))


def _listing(archive: zipfile.ZipFile, packed: int, name: str) -> dict[str, zipfile.ZipInfo]:
    """The regular files of an archive by their path; what tries to get out of it, or is locked, makes the whole archive refused."""
    where = Where(name)
    infos = [info for info in archive.infolist() if not info.is_dir() and not _hidden(info.filename)]
    if len(infos) > MAX_MEMBERS:
        raise DamagedFile(said("the archive holds {count} files; more than {limit} is no export", count=len(infos), limit=MAX_MEMBERS), where=where)
    check_size(infos, packed, name)
    found: dict[str, zipfile.ZipInfo] = {}
    for info in infos:
        place = PurePosixPath(info.filename.replace("\\", "/"))
        if place.is_absolute() or ".." in place.parts or not place.name or (len(place.parts[0]) == 2 and place.parts[0][1] == ":"):
            raise DamagedFile(said("the archive names a file outside itself: {name}", name=info.filename[:80]), where=where)
        mode = info.external_attr >> 16
        if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
            raise DamagedFile(said("the archive holds a link or a device: {name}", name=info.filename[:80]), where=where)
        if info.flag_bits & 0x1:
            hint = said("unpack it with its password, then load what it holds")
            raise SourceError(said("the archive is protected by a password"), where=where, hint=hint)
        if str(place) in found:
            raise DamagedFile(said("the archive holds two files of one name: {name}", name=info.filename[:80]), where=where)
        found[str(place)] = info
    return found


def _hidden(name: str) -> bool:
    parts = [part for part in name.replace("\\", "/").split("/") if part]
    return "__MACOSX" in parts or any(part.startswith(".") and part.strip(".") for part in parts)


@contextmanager
def _unpacked(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str) -> Iterator[IO[bytes]]:
    with tempfile.TemporaryFile(prefix="omnigap-") as copy:
        for block in _member(archive, info, name):
            copy.write(block)
        copy.flush()
        copy.seek(0)
        yield copy


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str) -> Iterator[bytes]:
    try:
        with archive.open(info) as file:
            while block := file.read(CHUNK):
                yield block
    except NotImplementedError:
        hint = said("unpack it, then load what it holds")
        raise SourceError(said("the archive is packed in a way that is not read here"), where=Where(name), hint=hint) from None
    except BROKEN:
        raise DamagedFile(said("the archive is damaged"), where=Where(name), hint=_AGAIN) from None


def members(path: Path) -> list[Path]:
    """The tables a path may hold: itself, or the files of an archive and the filled sheets of a workbook, in their order.

    Raises SourceError or DamagedFile when a container cannot be opened or is not safe to open.
    """
    from kpi_core.sources.files.workbook import filled_sheets  # here: it opens containers too

    with opened(path) as source:
        kind = kind_of(source.file, str(path))
        if kind == "workbook" and not source.rest:
            sheets = filled_sheets(source.file, str(path))
            return [path / sheet for sheet in sheets] if len(sheets) > 1 else [path]
        if kind != "zip" or source.inside:
            return [path]
        found: list[Path] = []
        with _archive(source.file, str(path)) as archive:
            for name, info in _listing(archive, source.status.st_size, str(path)).items():
                found += _below(path / name, next(_member(archive, info, str(path / name)), b""))
    if not found:
        raise NoTable(said("the archive is empty"), where=Where(str(path)), hint=said("export it again"))
    return found


def _below(path: Path, start: bytes) -> list[Path]:
    """A file of an archive, or its sheets. What is wrong with it is its own fault, told when it is read."""
    if not start.startswith((_ZIP, _OLE)):
        return [path]
    try:
        return members(path)
    except SourceError:
        return [path]


def beside(path: Path) -> list[Path]:
    """The other files of the folder, or of the archive or workbook, in which a file lies."""
    disk, inner = locate(path)
    if inner:
        return [item for item in members(disk) if item != path]
    return sorted(item for item in path.parent.iterdir() if item.is_file() and not item.is_symlink() and item.name != path.name and item.name[0] != ".")


class Shelf:
    """A few unpacked texts, kept between the look at a file and its reading so that nothing is unpacked twice. Whoever takes one owns it."""

    def __init__(self, places: int = 4, largest: int = 256 << 20) -> None:
        self.places, self.largest = places, largest
        self._kept: OrderedDict[object, IO[bytes]] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, key: object, file: IO[bytes]) -> None:
        old = [file]
        if os.fstat(file.fileno()).st_size <= self.largest:
            with self._lock:
                old = [self._kept.pop(key)] if key in self._kept else []
                self._kept[key] = file
                while len(self._kept) > self.places:
                    old.append(self._kept.popitem(last=False)[1])
        for item in old:
            item.close()

    def take(self, key: object) -> IO[bytes] | None:
        with self._lock:
            file = self._kept.pop(key, None)
        if file is not None:
            file.seek(0)
        return file


def state_of(path: Path) -> object:
    """A key that changes with the file on disk behind a path."""
    try:
        status = locate(path)[0].stat()
    except (OSError, ValueError):
        return (str(path), None)
    return (str(path), status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
