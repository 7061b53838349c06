"""Bytes to text: a file is opened safely, its encoding found from evidence, and anything that cannot be text is refused with a place.

The file is read in one streaming pass (hash, encoding, line count, the head as text); nothing is ever guessed from frequencies.
"""

from __future__ import annotations

import codecs
import hashlib
import os
import re
import stat
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import IO

from kpi_core.errors import DamagedFile, SourceError, Where, said

CHUNK = 1 << 20
MAX_BYTES = 4 << 30  # of text, after decompression
MAX_RATIO = 200  # decompressed to compressed: a real export stays far below
HEAD_CHARS = 1 << 19
_MAGIC = {b"PK\x03\x04": "Excel/ZIP", b"PAR1": "Parquet", b"%PDF": "PDF", b"SQLite format": "SQLite", b"\xd0\xcf\x11\xe0": "Excel 97", b"\x7fELF": "ELF"}
_BOMS = ((codecs.BOM_UTF8, "utf-8", "UTF-8 BOM"), (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16"), (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16"))
_DAY_IN_NAME = re.compile(r"(?<!\d)(20\d\d)[-_.]?(0[1-9]|1[0-2])[-_.]?(0[1-9]|[12]\d|3[01])(?!\d)")


@dataclass(frozen=True)
class Decoded:
    """What is known of a file once it was read through. `head` is its first half million characters; `plain`: UTF-8 as it lies."""

    path: Path
    name: str
    size: int  # bytes on disk
    sha256: str
    encoding: str  # as shown to people
    codec: str
    skip: int  # bytes of byte-order mark
    compression: str  # '' | 'gzip'
    lines: int  # physical lines
    newline: str  # the line end the count is of
    head: str
    file_day: date  # date in the name, else the day of last change
    day_from: str  # 'name' | 'mtime'

    @property
    def plain(self) -> bool:
        return self.codec == "utf-8" and not self.skip and not self.compression

    @contextmanager
    def utf8(self) -> Iterator[IO[bytes]]:
        """The whole text as an open UTF-8 file: the file itself when it is plain, else an unlinked private copy."""
        with _open(self.path) as file:
            if self.plain:
                yield file
                return
            with tempfile.TemporaryFile(prefix="omnigap-") as copy:
                for text in _text(file, self.codec, self.skip, self.compression, str(self.path)):
                    copy.write(text.encode("utf-8", "surrogatepass"))
                copy.flush()
                copy.seek(0)
                yield copy


def examine(path: Path) -> Decoded:
    """Read a file once and say what it is. Raises SourceError (missing, folder, empty …) or DamagedFile (bytes that are no text)."""
    with _open(path) as file:
        status = os.fstat(file.fileno())
        digest = hashlib.sha256()
        while block := file.read(CHUNK):
            digest.update(block)
        file.seek(0)
        start = file.read(16)
        compression = "gzip" if start[:2] == b"\x1f\x8b" else ""
        for magic, kind in _MAGIC.items():
            if start.startswith(magic):
                hint = said("open it in a spreadsheet and save it as CSV UTF-8") if kind.startswith("Excel") else None
                raise DamagedFile(said("this is a {kind} file, not text", kind=kind), where=Where(str(path)), hint=hint)
        first = next(_blocks(file, compression, str(path)), b"")
        if not first.strip():
            raise SourceError(said("the file is empty"), where=Where(str(path)), hint=said("export it again"))
        codec, shown, skip = _encoding(first, str(path))
        try:
            lines, newline, head = _scan(file, codec, skip, compression, str(path))
        except UnicodeDecodeError as error:
            if codec != "utf-8" or skip:
                raise DamagedFile(
                    said("the {encoding} text is damaged at byte {offset}", encoding=shown, offset=error.start),
                    where=Where(str(path)),
                    hint=said("export the file again; it was cut or joined with another"),
                ) from None
            codec = shown = "cp1252"
            try:
                lines, newline, head = _scan(file, codec, skip, compression, str(path))
            except UnicodeDecodeError as again:
                raise DamagedFile(
                    said("byte {offset} is neither UTF-8 nor Windows-1252 text", offset=again.start), where=Where(str(path)), hint=said("save it as UTF-8")
                ) from None
        day, origin = _file_day(path.name, status.st_mtime)
        return Decoded(path, path.name, status.st_size, digest.hexdigest(), shown, codec, skip, compression, lines, newline, head, day, origin)


def _open(path: Path) -> IO[bytes]:
    """Open without following links and without ever waiting for a pipe."""
    where = Where(str(path))
    try:
        fd = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError:
        raise SourceError(said("there is no such file"), where=where) from None
    except (OSError, ValueError) as error:
        if path.is_symlink():
            raise SourceError(said("this is a link; links are not followed"), where=where, hint=said("give the file itself")) from None
        raise SourceError(said("the file cannot be read: {why}", why=getattr(error, "strerror", None) or str(error)), where=where) from None
    mode = os.fstat(fd).st_mode
    if stat.S_ISREG(mode):
        return os.fdopen(fd, "rb")
    os.close(fd)
    if stat.S_ISDIR(mode):
        raise SourceError(said("this is a folder, not a file"), where=where)
    raise SourceError(said("this is not a regular file"), where=where)


def _blocks(file: IO[bytes], compression: str, name: str) -> Iterator[bytes]:
    """The file's bytes from its start, decompressed within bounds."""
    file.seek(0)
    if not compression:
        while block := file.read(CHUNK):
            yield block
        return
    total, read, pending = 0, 0, b""
    inflate = zlib.decompressobj(31)
    try:
        while True:
            if not pending:
                pending = file.read(CHUNK)
                read += len(pending)
                if not pending:
                    break
            if inflate.eof:  # several members in one file
                if not pending.strip(b"\x00"):
                    break
                inflate = zlib.decompressobj(31)
            out = inflate.decompress(pending, CHUNK)
            pending = inflate.unused_data if inflate.eof else inflate.unconsumed_tail
            total += len(out)
            if total > MAX_BYTES or (total > 16 * CHUNK and total > MAX_RATIO * read):
                raise DamagedFile(said("the compressed file unpacks to more than is safe ({bytes} bytes)", bytes=total), where=Where(name))
            if out:
                yield out
    except zlib.error:
        raise DamagedFile(said("the gzip data is damaged"), where=Where(name), hint=said("download the file again")) from None
    if not inflate.eof:
        raise DamagedFile(said("the gzip file is cut short"), where=Where(name), hint=said("download the file again"))


def _encoding(first: bytes, name: str) -> tuple[str, str, int]:
    """(codec, name for people, length of the mark) from the first block."""
    for bom, codec, shown in _BOMS:
        if first.startswith(bom):
            if codec.startswith("utf-16"):
                _check_utf16(first, len(bom), name)
            return codec, shown, len(bom)
    if len(first) > 8:
        for codec, zeros in (("utf-16-le", first[1::2].count(0)), ("utf-16-be", first[0::2].count(0))):
            if zeros > 0.3 * (len(first) // 2):
                return codec, "UTF-16 without mark", 0
    control = sum(first.count(bytes([code])) for code in range(32) if code not in (9, 10, 11, 12, 13, 26, 27))
    if b"\x00" in first or control > 0.01 * len(first):
        offset = next((index for index, code in enumerate(first) if code < 32 and code not in (9, 10, 11, 12, 13, 26, 27)), 0)
        raise DamagedFile(said("binary data at byte {offset}: this is not a text file", offset=offset), where=Where(name))
    return "utf-8", "UTF-8", 0


def _check_utf16(first: bytes, skip: int, name: str) -> None:
    """A UTF-16 mark before 8-bit text decodes to nonsense without any error: a stretch without a single zero byte gives it away."""
    step = 4096
    for offset in range(skip, len(first), step):
        window = first[offset : offset + step]
        if len(window) >= 16 and b"\x00" not in window:
            raise DamagedFile(
                said("the file says it is UTF-16 but holds 8-bit text at byte {offset}", offset=offset), where=Where(name), hint=said("export the file again")
            )


def _text(file: IO[bytes], codec: str, skip: int, compression: str, name: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(codec)("strict")
    done = 0
    for index, block in enumerate(_blocks(file, compression, name)):
        piece = block[skip:] if index == 0 else block
        if codec.startswith("utf-16") and index:
            _check_utf16(piece, 0, name)
        held = len(decoder.getstate()[0])
        try:
            text = decoder.decode(piece)
        except UnicodeDecodeError as error:
            error.start += done - held + (skip if index == 0 else 0)
            raise
        done += len(block)
        yield text
    try:
        decoder.decode(b"", True)
    except UnicodeDecodeError as error:
        error.start = max(done - 1, 0)
        raise


def _scan(file: IO[bytes], codec: str, skip: int, compression: str, name: str) -> tuple[int, str, str]:
    """(physical lines, line end, head). Raises UnicodeDecodeError with the offset in the (decompressed) file, DamagedFile on NUL."""
    head: list[str] = []
    size = feeds = returns = done = 0
    last = ""
    for text in _text(file, codec, skip, compression, name):
        nul = text.find("\x00")
        if nul >= 0:
            raise DamagedFile(said("binary data at byte {offset}: this is not a text file", offset=done + nul), where=Where(name))
        if size < HEAD_CHARS:
            head.append(text[: HEAD_CHARS - size])
            size += len(head[-1])
        feeds += text.count("\n")
        returns += text.count("\r")
        last = text[-1:] or last
        done += len(text)
    newline = "\n" if feeds or not returns else "\r"
    count = feeds if newline == "\n" else returns
    return count + (last not in ("\n", "\r")), newline, "".join(head)


def _file_day(name: str, mtime: float) -> tuple[date, str]:
    for found in reversed(list(_DAY_IN_NAME.finditer(name))):
        try:
            return date(int(found[1]), int(found[2]), int(found[3])), "name"
        except ValueError:
            continue
    return datetime.fromtimestamp(mtime, tz=UTC).date(), "mtime"
