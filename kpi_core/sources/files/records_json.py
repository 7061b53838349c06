"""Records of JSON texts and of lines of JSON, one after the other: a list is never in memory as a whole.

Where a profile's `path` leads nowhere the same records are looked for where vendors' tools put them instead: as the document itself,
as a list of pages, or wrapped in `{data: […]}`. Pages that were written one behind the other into one file are read one by one.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from kpi_core.errors import DamagedFile, SourceError, Where, said
from kpi_core.sources.files.decode import Decoded
from kpi_core.sources.files.limits import MAX_DOCUMENT, MAX_RECORD
from kpi_core.sources.files.records_rows import JSON, Twice
from kpi_core.sources.profiles.language import Records

WRAPPERS = ("data", "results", "records")
_BLANKS = frozenset(" \t\n\r\ufeff")


def json_records(decoded: Decoded, spec: Records) -> Iterator[tuple[int, object]]:
    """(number, record): its line in a file of lines, else its place in the document, from 1."""
    name = str(decoded.path)
    try:
        if decoded.form == "ndjson":
            for line, text in _lines(decoded, name):
                for record in _Document(text, name, line).records(spec.path):
                    yield line, record
        else:
            yield from enumerate(_Document(_whole(decoded, name), name, None).records(spec.path), 1)
    except RecursionError:
        raise DamagedFile(said("the records are nested too deeply"), where=Where(name)) from None


def _lines(decoded: Decoded, name: str) -> Iterator[tuple[int, str]]:
    """(line, its text) of every line that is not blank."""
    number, rest = 0, ""
    for piece in decoded.texts():
        *whole, rest = (rest + piece).split("\n")
        for text in whole:
            number += 1
            if text.strip():
                yield number, text
        if len(rest) > MAX_RECORD:
            where = Where(name, number + 1)
            raise DamagedFile(said("line {line} is longer than {limit} MB", line=number + 1, limit=MAX_RECORD >> 20), where=where)
    if rest.strip():
        yield number + 1, rest


def _whole(decoded: Decoded, name: str) -> str:
    pieces: list[str] = []
    size = 0
    for piece in decoded.texts():
        size += len(piece)
        if size > MAX_DOCUMENT:
            hint = said("export one record a line (NDJSON)")
            raise SourceError(said("the JSON document is larger than {limit} MB", limit=MAX_DOCUMENT >> 20), where=Where(name), hint=hint)
        pieces.append(piece)
    return "".join(pieces)


@dataclass
class _Walk:
    """What a walk along a path finds on its way."""

    keys: Sequence[str]
    reached: bool = False  # the path leads somewhere
    wrapped: list[int] = field(default_factory=list)  # where lists begin that may be the records when it does not


@dataclass(frozen=True)
class _Document:
    """One JSON text."""

    text: str
    file: str
    line: int | None  # in a file of lines

    def records(self, path: str) -> Iterator[object]:
        keys = [key for key in path.split(".") if key]
        try:
            at = self._blank(0)
            while True:
                at = self._blank((yield from self._page(at, keys)))
                if at >= len(self.text):
                    return
                if self.text[at] not in "{[":
                    raise json.JSONDecodeError("Extra data", self.text, at)
        except json.JSONDecodeError as error:
            line = self.line or error.lineno
            message = said("the JSON is damaged at character {column} of line {line}", column=error.colno, line=line)
            raise DamagedFile(message, where=Where(self.file, line), hint=said("download the file again")) from None
        except Twice as error:
            raise DamagedFile(said("a record has the name {name} twice", name=str(error)[:80]), where=Where(self.file, self.line)) from None

    def _page(self, at: int, keys: list[str]) -> Generator[object, None, int]:
        """Hand out the records of the value at a position, return where it ends."""
        sign = self.text[at : at + 1]
        if sign == "[" and self.line is None:
            return (yield from self._elements(at, keys))
        if sign == "{" and self.line is None:
            walk = _Walk(keys)
            end = yield from self._members(at, 0, walk)
            if walk.wrapped and not walk.reached:
                yield from self._elements(walk.wrapped[0], [])
            elif not walk.reached:
                yield JSON.raw_decode(self.text, at)[0]
            return end
        value, end = JSON.raw_decode(self.text, at)
        yield from _below(value, keys)
        return end

    def _members(self, at: int, depth: int, walk: _Walk) -> Generator[object, None, int]:
        """Walk through an object to the next name of the path."""
        at = self._blank(at + 1)
        seen: set[object] = set()
        if self.text[at : at + 1] == "}":
            return at + 1
        while True:
            start = at
            key, at = JSON.raw_decode(self.text, at)
            if self.text[start : start + 1] != '"':
                raise json.JSONDecodeError("Expecting a name", self.text, start)
            if key in seen:
                raise Twice(str(key))
            seen.add(key)
            at = self._blank(self._sign(self._blank(at), ":"))
            sign = self.text[at : at + 1]
            if depth < len(walk.keys) and key == walk.keys[depth]:
                if depth + 1 < len(walk.keys) and sign == "{":
                    at = yield from self._members(at, depth + 1, walk)
                elif sign == "[":
                    walk.reached = True
                    at = yield from self._elements(at, walk.keys[depth + 1 :])
                else:
                    value, at = JSON.raw_decode(self.text, at)
                    if depth + 1 == len(walk.keys):
                        walk.reached = True
                        yield from () if value is None else (value,)
            elif depth == 0 and sign == "[" and key in WRAPPERS:
                walk.wrapped.append(at)
                _, at = JSON.raw_decode(self.text, at)
            else:
                _, at = JSON.raw_decode(self.text, at)
            at = self._blank(at)
            if self.text[at : at + 1] == "}":
                return at + 1
            at = self._blank(self._sign(at, ","))

    def _elements(self, at: int, keys: Sequence[str]) -> Generator[object, None, int]:
        """The elements of a list; of a list of pages the records of its pages."""
        at = self._blank(at + 1)
        if self.text[at : at + 1] == "]":
            return at + 1
        while True:
            value, at = JSON.raw_decode(self.text, at)
            yield from _below(value, keys)
            at = self._blank(at)
            if self.text[at : at + 1] == "]":
                return at + 1
            at = self._blank(self._sign(at, ","))

    def _sign(self, at: int, sign: str) -> int:
        if self.text[at : at + 1] != sign:
            raise json.JSONDecodeError(f"Expecting {sign}", self.text, at)
        return at + 1

    def _blank(self, at: int) -> int:
        while at < len(self.text) and self.text[at] in _BLANKS:
            at += 1
        return at


def _below(value: object, keys: Sequence[str]) -> Iterable[object]:
    """The records of a page that was read as a whole; what is no page is a record itself."""
    if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        return value
    page: object = value
    for key in keys:
        if not isinstance(page, dict) or key not in page:
            return _wrapped(value)
        page = page[key]
    if not keys:
        return (value,)
    return page if isinstance(page, list) else () if page is None else (page,)


def _wrapped(value: object) -> Iterable[object]:
    inner = next((value[key] for key in WRAPPERS if isinstance(value.get(key), list)), None) if isinstance(value, dict) else None
    return (value,) if inner is None else inner
