"""Bytes to text: a file is opened safely, its encoding found from evidence, and anything that cannot be text is refused with a place.

The file is read in one streaming pass (hash, encoding, line count, the head as text); nothing is ever guessed from frequencies.
"""

from __future__ import annotations

import codecs
import json
import os
import re
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import IO, Literal

from kpi_core.errors import DamagedFile, NoTable, SourceError, Where, said
from kpi_core.sources.files.container import Opened, Shelf, kind_of, members, opened, shown
from kpi_core.sources.files.limits import CHUNK, MAX_BYTES, MAX_LINE, MAX_LINES, MAX_RATIO, SMALL
from kpi_core.sources.files.opening import Identity, changed, digest_of
from kpi_core.sources.files.workbook import sheet_text

HEAD_CHARS = 1 << 19
Form = Literal["text", "workbook", "json", "ndjson", "parquet"]
_BOMS = ((codecs.BOM_UTF8, "utf-8", "UTF-8 BOM"), (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16"), (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16"))
_DAY_IN_NAME = re.compile(r"(?<!\d)(20\d\d)[-_.]?(0[1-9]|1[0-2])[-_.]?(0[1-9]|[12]\d|3[01])(?!\d)")
_JSON = re.compile(r'\s*(?:\{\s*["}]|\[\s*[\[{\]])')
_VISIBLE = bytes(range(0x20, 0x7F)) + b"\n"
_shelf = Shelf()
Scanned = tuple[int, str, str, frozenset[str] | None, int]  # physical lines, line end, head, odd signs, the first line that is too long (0: none)


@dataclass(frozen=True)
class Decoded:
    """What is known of a file once it was read through. `head` is its first half million characters; `plain`: UTF-8 as it lies.

    `name` is what the file is called (a sheet: its workbook), `shown` what people are told: `search.zip/Chart.csv`, `book.xlsx/Sheet2`.
    """

    path: Path
    name: str
    size: int  # bytes on disk
    sha256: str  # of the file; of a file in an archive: of that file, unpacked; of a sheet: of its text
    encoding: str  # as shown to people
    codec: str
    skip: int  # bytes of byte-order mark
    compression: str  # '' | 'gzip'
    lines: int  # physical lines
    newline: str  # the line end the count is of
    head: str
    file_day: date  # date in the name, else the day of last change
    day_from: str  # 'name' | 'mtime'
    form: Form = "text"
    sheet: str = ""
    shown: str = ""
    inside: bool = False  # in an archive
    signs: frozenset[str] | None = None  # what is neither a visible ASCII sign nor a letter of any alphabet; None: any may occur
    identity: Identity | None = None  # of the file on disk when it was examined; None: was not

    @property
    def plain(self) -> bool:
        return self.codec == "utf-8" and not self.skip and not self.compression and self.form == "text" and not self.inside

    @property
    def typed(self) -> bool:
        """Do numbers come from typed cells? Then their decimal mark is always the point."""
        return self.form != "text"

    @property
    def records(self) -> bool:
        """Nested records (JSON, Parquet) rather than lines of cells."""
        return self.form in ("json", "ndjson", "parquet")

    @contextmanager
    def raw(self) -> Iterator[IO[bytes]]:
        """The bytes of the file, out of its archive; of a sheet: its text. Raises SourceError when they are not those that were examined."""
        packed = self.inside or self.form == "workbook"
        kept = _shelf.take((self.path, self.sha256)) if packed else None
        if kept is not None:
            with kept:
                yield kept
            return
        with opened(self.path) as source:
            if self.identity is not None:
                self.identity.check(source.status, self.path)
            if not packed:
                yield source.file
                return
            text = sheet_text(source.file, source.rest, str(self.path))[0] if self.form == "workbook" else source.file
            with text:
                if self.sha256 and digest_of(text) != self.sha256:
                    raise changed(self.path)
                yield text

    @contextmanager
    def utf8(self) -> Iterator[IO[bytes]]:
        """The whole text as an open UTF-8 file: the file itself when it is plain, else an unlinked private copy."""
        with self.raw() as file:
            if self.codec == "utf-8" and not self.skip and not self.compression:
                file.seek(0)
                yield file
                return
            with tempfile.TemporaryFile(prefix="omnigap-") as copy:
                for text in _text(file, self.codec, self.skip, self.compression, str(self.path)):
                    copy.write(text.encode("utf-8", "surrogatepass"))
                copy.flush()
                copy.seek(0)
                yield copy

    def prove(self) -> None:
        """What was read since the file was examined is what was hashed then. Raises SourceError; to be asked after the reading."""
        if self.identity is not None and self.sha256 and not self.inside and self.form != "workbook":
            self.identity.prove(self.path, self.sha256)

    def texts(self) -> Iterator[str]:
        """The text in pieces, never all of it at once."""
        with self.raw() as file:
            yield from _text(file, self.codec, self.skip, self.compression, str(self.path))


def examine(path: Path) -> Decoded:
    """Read a file once and say what it is. Raises SourceError (missing, folder, empty …) or DamagedFile (bytes that are no text)."""
    with opened(path) as source:
        name = str(path)
        kind = kind_of(source.file, name)
        if kind == "zip":
            inner = members(path) if not source.inside else []
            if len(inner) == 1:
                return examine(inner[0])
            if source.inside:
                raise NoTable(said("an archive inside an archive is not opened"), where=Where(name), hint=said("unpack it, then load what it holds"))
            hint = said("name one of them: {names}", names=", ".join(item.relative_to(path).as_posix() for item in inner[:8]))
            raise SourceError(said("the archive holds {count} files", count=len(inner)), where=Where(name), hint=hint)
        if kind == "workbook":
            return _sheet(path, source)
        if source.rest:
            raise SourceError(said("there is no such file"), where=Where(name))
        digest = digest_of(source.file)
        decoded = _parquet(path, source) if kind == "parquet" else _of_text(path, source, source.file)
        decoded = replace(decoded, sha256=digest)
        if source.inside:  # the archive's own copy goes when this ends; another descriptor keeps the bytes
            _shelf.put((path, digest), os.fdopen(os.dup(source.file.fileno()), "rb"))
        return decoded


def _sheet(path: Path, source: Opened) -> Decoded:
    """The sheet of a workbook that the path names, else the only one that is filled."""
    text, title = sheet_text(source.file, source.rest, str(path))
    decoded = replace(_of_text(path, source, text, form="workbook"), sheet=title)
    decoded = replace(decoded, sha256=digest_of(text))
    _shelf.put((path, decoded.sha256), text)
    return decoded


def _parquet(path: Path, source: Opened) -> Decoded:
    return _known(path, source, "parquet", "utf-8", "Parquet", 0, "", (0, "\n", "", None, 0))


def _known(path: Path, source: Opened, form: Form, codec: str, encoding: str, skip: int, compression: str, scanned: Scanned) -> Decoded:
    day, origin = _file_day((source.name, source.disk.name), source.status.st_mtime)
    size = source.status.st_size
    lines, newline, head, signs, _ = scanned
    name = source.name.encode("utf-8", "replace").decode("utf-8")  # a name of odd bytes is one of a file, never a value
    return Decoded(path, name, size, "", encoding, codec, skip, compression, lines, newline, head, day, origin, form=form, shown=shown(path),
                   inside=source.inside, signs=signs, identity=Identity.of(source.status))  # fmt: skip


def _of_text(path: Path, source: Opened, file: IO[bytes], form: Form = "text") -> Decoded:
    name = str(path)
    file.seek(0)
    compression = "gzip" if form == "text" and file.read(2) == b"\x1f\x8b" else ""
    first = next(_blocks(file, compression, name), b"")
    if not first.strip(b' \t\r\n\f\v,"'):
        raise NoTable(said("the file is empty"), where=Where(name), hint=said("export it again"))
    book = "ODS" if source.name.lower().endswith(".ods") else "Excel"
    codec, encoding, skip = ("utf-8", book, 0) if form == "workbook" else _encoding(first, name)
    try:
        scanned = _scan(file, codec, skip, compression, name)
    except UnicodeDecodeError as error:
        if codec != "utf-8" or skip:
            raise DamagedFile(
                said("the {encoding} text is damaged at byte {offset}", encoding=encoding, offset=error.start),
                where=Where(name),
                hint=said("export the file again; it was cut or joined with another"),
            ) from None
        codec = encoding = "cp1252"
        try:
            scanned = _scan(file, codec, skip, compression, name)
        except UnicodeDecodeError as again:
            raise DamagedFile(
                said("byte {offset} is neither UTF-8 nor Windows-1252 text", offset=again.start), where=Where(name), hint=said("save it as UTF-8")
            ) from None
    if form == "text" and _JSON.match(scanned[2]):
        form = "ndjson" if one_a_line(scanned[2]) else "json"
        scanned = (*scanned[:3], None, 0)  # escapes may write any sign; lines have limits of their own
    lines, _, _, _, long = scanned
    if long:
        hint = said("export it again, with one record a line")
        raise DamagedFile(said("line {line} is longer than {limit} MB", line=long, limit=MAX_LINE >> 20), where=Where(name, long), hint=hint)
    if lines > MAX_LINES:
        hint = said("export shorter periods, one file each")
        raise DamagedFile(said("the file has {count} lines; more than {limit} is no export", count=lines, limit=MAX_LINES), where=Where(name), hint=hint)
    return _known(path, source, form, codec, encoding, skip, compression, scanned)


def one_a_line(head: str) -> bool:
    """Is every line a record of its own (NDJSON)? Then the first line is a whole object, and another one begins below it."""
    first, _, rest = head.lstrip().partition("\n")
    try:
        return isinstance(json.loads(first), dict) and rest.lstrip()[:1] == "{"
    except (ValueError, RecursionError):
        return False


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
            if total > MAX_BYTES or (total > SMALL and total > MAX_RATIO * read):
                raise DamagedFile(said("the compressed file unpacks to more than is safe ({bytes} bytes)", bytes=total), where=Where(name))
            if out:
                yield out
    except zlib.error:
        raise DamagedFile(said("the gzip data is damaged"), where=Where(name), hint=said("download the file again")) from None
    if not inflate.eof:
        raise DamagedFile(said("the gzip file is cut short"), where=Where(name), hint=said("download the file again"))


def _encoding(first: bytes, name: str) -> tuple[str, str, int]:
    """(codec, name for people, length of the mark) from the first block."""
    for bom, codec, label in _BOMS:
        if first.startswith(bom):
            if codec.startswith("utf-16"):
                _check_utf16(first, len(bom), name)
            return codec, label, len(bom)
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


def _scan(file: IO[bytes], codec: str, skip: int, compression: str, name: str) -> Scanned:
    """What a look at the whole text tells. Raises UnicodeDecodeError with the offset in the (decompressed) file, DamagedFile on NUL."""
    head: list[str] = []
    size = feeds = returns = ends = done = running = long = 0
    last = ""
    signs: set[str] = set()
    for text in _text(file, codec, skip, compression, name):
        nul = text.find("\x00")
        if nul >= 0:
            raise DamagedFile(said("binary data at byte {offset}: this is not a text file", offset=done + nul), where=Where(name))
        if size < HEAD_CHARS:
            head.append(text[: HEAD_CHARS - size])
            size += len(head[-1])
        first, latest = text.find("\n"), text.rfind("\n")
        if running + (first if first >= 0 else len(text)) > MAX_LINE and "\r" not in text:
            long = long or feeds + 1
        running = running + len(text) if latest < 0 else len(text) - latest - 1
        feeds += text.count("\n")
        if back := text.count("\r"):
            returns += back
            ends += text.count("\r\n")
            running = min(running, len(text) - text.rfind("\r") - 1)
        ends += last == "\r" and text[:1] == "\n"
        signs |= _odd(text)
        last = text[-1:] or last
        done += len(text)
    newline = "\n" if feeds or not returns else "\r"
    count = feeds if newline == "\n" else returns
    if ends == returns:  # only at the ends of lines: no cell has one
        signs.discard("\r")
    return count + (last not in ("\n", "\r")), newline, "".join(head), frozenset(signs), long


def _odd(text: str) -> set[str]:
    """Control characters, blanks of any kind and marks of direction: what a cell may have to be washed of."""
    found = text.encode("utf-8", "surrogatepass").translate(None, _VISIBLE)  # far cheaper than a look at every character
    return {sign for sign in set(found.decode("utf-8", "surrogatepass")) if not sign.isalnum()} if found else set()


def _file_day(names: Sequence[str], mtime: float) -> tuple[date, str]:
    """The last day that the file's name states, else its archive's, else the day the file was last changed."""
    for name in names:
        for found in reversed(list(_DAY_IN_NAME.finditer(name))):
            try:
                return date(int(found[1]), int(found[2]), int(found[3])), "name"
            except ValueError:
                continue
    return datetime.fromtimestamp(mtime, tz=UTC).date(), "mtime"
