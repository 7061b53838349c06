"""Which export is this? A known header decides the delimiter and the header row; a frequency never does.

More required headers win; equal profiles are told apart by their content probe, then by the file name; still equal is an error,
never a choice. An unknown file is answered with the nearest layout and the difference.
"""

from __future__ import annotations

import csv
import fnmatch
import hashlib
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from kpi_core.errors import AmbiguousFormat, SourceError, UnknownFormat, Where, said
from kpi_core.sources.decode import Decoded, examine
from kpi_core.sources.profile import Profile, Profiles

DELIMITERS = (",", ";", "\t", "|")
HEADER_ROWS = 60
HEAD_LINES = 400
MAX_COLUMNS = 500
PROBE_ROWS = 200

_DASHES = re.compile(r"[\u2010-\u2015\u2212]")
_QUOTES = re.compile(r"[\u2018\u2019]")
_BLANKS = re.compile(r"\s+")


@lru_cache(maxsize=1 << 14)
def norm(text: str) -> str:
    """A header as compared: case, dashes, quotes, blanks and compatibility forms do not count."""
    if text.isascii():  # nothing to fold but case and blanks
        return " ".join(text.strip().strip('"').lower().split())
    text = unicodedata.normalize("NFKC", text).replace("\ufeff", "").strip().strip('"').casefold()
    return _BLANKS.sub(" ", _QUOTES.sub("'", _DASHES.sub("-", text))).strip()


@dataclass(frozen=True)
class Recognised:
    """A file, its profile, and how it is to be read. `header_row` counts records from 0, `header_line` is the 1-based line after the header."""

    path: Path
    profile: Profile
    decoded: Decoded
    delimiter: str
    header: tuple[str, ...]
    header_row: int
    data_line: int
    separator_line: bool

    @property
    def profile_id(self) -> str:
        return self.profile.id

    @property
    def sha256(self) -> str:
        return self.decoded.sha256

    @property
    def encoding(self) -> str:
        return self.decoded.encoding

    @property
    def header_hash(self) -> str:
        """Same layout, same hash: order counts, spelling variants do not."""
        return hashlib.sha256("\x1f".join(norm(cell) for cell in self.header).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class _Row:
    delimiter: str
    index: int
    next_line: int
    cells: tuple[str, ...]


def recognise(path: Path, profiles: Profiles) -> Recognised:
    """Say which profile a file has. Raises UnknownFormat, AmbiguousFormat, DamagedFile or SourceError."""
    path = Path(path)
    decoded = examine(path)
    rows, separator_line = _rows(decoded.head)
    best: dict[str, tuple[Profile, _Row]] = {}
    index, others = _index(profiles)
    for row in rows:
        names = [norm(cell) for cell in row.cells]
        maybe = {key for name in set(names) for key in index.get(name, ())}
        maybe.update(others)
        for place in sorted(maybe):
            profile = profiles.items[place]
            if profile.id not in best and claims(profile, names) and _preamble(profile, decoded.head, row):
                best[profile.id] = (profile, row)
    if not best:
        raise _unknown(path, rows, profiles)
    most = max(len(profile.required) for profile, _ in best.values())
    top = [found for found in best.values() if len(found[0].required) == most]
    if len(top) > 1:
        probed = [found for found in top if _probe(decoded.head, found[0], found[1])]
        top = probed if len(probed) == 1 else top
    if len(top) > 1:
        by_name = [found for found in top if any(fnmatch.fnmatch(path.name.casefold(), hint.casefold()) for hint in found[0].spec.detect.filename)]
        top = by_name if len(by_name) == 1 else top
    if len(top) > 1:
        fitting = ", ".join(profile.id for profile, _ in top)
        raise AmbiguousFormat(said("several formats fit: {names}", names=fitting), where=Where(str(path)), hint=said("name the file as the vendor does"))
    profile, row = top[0]
    if len(row.cells) > MAX_COLUMNS:
        where = Where(str(path))
        raise SourceError(said("the header has {count} columns; more than {limit} is no export", count=len(row.cells), limit=MAX_COLUMNS), where=where)
    header = tuple(cell.strip().removeprefix("\ufeff") for cell in row.cells)
    return Recognised(path, profile, decoded, row.delimiter, header, row.index, row.next_line, separator_line)


def _index(profiles: Profiles) -> tuple[dict[str, list[int]], list[int]]:
    """(normalised header -> profiles that cannot do without it, profiles without such a header): most lines are then no header at all.

    Of the required headers of a profile the one that the fewest profiles require is its key.
    """
    found: tuple[dict[str, list[int]], list[int]] | None = profiles.memo.get("index")
    if found is None:
        plain = [[_spellings(headers) for headers in profile.required if not any(item.startswith("re:") for item in headers)] for profile in profiles]
        common = Counter(spelling for required in plain for spellings in required for spelling in spellings)
        found = ({}, [])
        for place, required in enumerate(plain):
            if not required:
                found[1].append(place)
                continue
            key = min(required, key=lambda spellings: sum(common[spelling] for spelling in spellings))
            for spelling in {str(item) for item in key}:
                found[0].setdefault(spelling, []).append(place)
        profiles.memo["index"] = found
    return found


@lru_cache(maxsize=1 << 12)
def _spellings(headers: tuple[str, ...]) -> tuple[str | re.Pattern[str], ...]:
    """Spellings ready to be compared: patterns compiled, texts normalised."""
    return tuple(re.compile(header[3:]) if header.startswith("re:") else norm(header) for header in headers)


def spelling_in(headers: Sequence[str], names: Sequence[str]) -> tuple[int, str | None] | None:
    """(position, currency caught by the pattern) of the first spelling that the header row has."""
    for spelling in _spellings(tuple(headers)):
        if not isinstance(spelling, str):
            for index, name in enumerate(names):
                found = spelling.search(name)
                if found:
                    return index, (found.groupdict().get("currency") or "").upper() or None
        elif spelling in names:
            return names.index(spelling), None
    return None


def claims(profile: Profile, names: Sequence[str]) -> bool:
    """Do these normalised headers satisfy the profile?"""
    detect = profile.spec.detect
    if any(spelling_in((header,), names) is not None for header in detect.forbidden):
        return False
    if not all(spelling_in(headers, names) is not None for headers in profile.required):
        return False
    return not detect.closed or not unknown_headers(profile, names)


def unknown_headers(profile: Profile, names: Sequence[str]) -> list[str]:
    """Headers that no column of the profile takes."""
    taken = {hit[0] for column in profile.spec.columns.values() if (hit := spelling_in(column.headers, names)) is not None}
    return [name for index, name in enumerate(names) if name and index not in taken]


def _rows(head: str) -> tuple[list[_Row], bool]:
    """Candidate header rows under each delimiter, and whether a `sep=` line comes first (it is honoured, then skipped)."""
    lines = head.splitlines(keepends=True)[:HEAD_LINES]
    marked = bool(lines) and lines[0].lower().removeprefix("\ufeff").startswith("sep=")
    delimiters: tuple[str, ...] = DELIMITERS
    if marked:
        sign = lines[0].removeprefix("\ufeff")[4:5]
        delimiters = (sign,) if sign in DELIMITERS else DELIMITERS
        lines = lines[1:]
    found = []
    for delimiter in delimiters:
        reader = csv.reader(iter(lines), delimiter=delimiter)
        try:
            for index, cells in enumerate(reader):
                if index >= HEADER_ROWS:
                    break
                if len(cells) > 1:
                    found.append(_Row(delimiter, index + marked, reader.line_num + marked + 1, tuple(cells)))
        except csv.Error:
            continue
    return found, marked


def _preamble(profile: Profile, head: str, row: _Row) -> bool:
    """Does a line above the header say what the profile expects there?"""
    pattern = profile.spec.detect.preamble
    return pattern is None or any(re.search(pattern, line) for line in head.splitlines()[: row.next_line - 2])


def _probe(head: str, profile: Profile, row: _Row) -> bool:
    """Content decides between twins: is the probed column filled in any of the first rows?"""
    probe = profile.spec.detect.probe
    if probe is None:
        return False
    hit = spelling_in(profile.spec.columns[probe.column].headers, [norm(cell) for cell in row.cells])
    if hit is None:
        return False
    return any(cells[hit[0]].strip() for cells in _after(head, row) if len(cells) == len(row.cells)) is probe.filled


def _after(head: str, row: _Row) -> Iterator[list[str]]:
    reader = csv.reader(io.StringIO(head), delimiter=row.delimiter)
    try:
        for index, cells in enumerate(reader):
            if index > row.index + PROBE_ROWS:
                return
            if index > row.index:
                yield cells
    except csv.Error:
        return


def _unknown(path: Path, rows: Sequence[_Row], profiles: Profiles) -> UnknownFormat:
    """The refusal that helps: the nearest layout by shared headers, and what is missing or too much."""
    nearest: tuple[float, int, Profile, list[str]] | None = None
    for row in rows:
        names = [norm(cell) for cell in row.cells]
        for profile in profiles:
            shared = sum(spelling_in(headers, names) is not None for headers in profile.required)
            known = len(names) - len(unknown_headers(profile, names))
            if shared == 0 or known < 2:
                continue
            score = shared / len(profile.required) + known / max(len(names), 1)
            if nearest is None or (score, known) > nearest[:2]:
                nearest = (score, known, profile, names)
    where = Where(str(path))
    if nearest is None:
        return UnknownFormat(said("no known export has this header"), where=where, hint=said("see the list of formats, or write a profile for this one"))
    _, known, profile, names = nearest
    missing = [headers[0].removeprefix("re:") for headers in profile.required if spelling_in(headers, names) is None]
    extra = unknown_headers(profile, names)
    lacking, foreign = ", ".join(missing[:8]), ", ".join(extra[:8])
    hint = said("missing: {missing}", missing=lacking) if missing else said("not known to this format: {extra}", extra=foreign)
    return UnknownFormat(
        said("unknown format; the nearest is {title} ({known} of {all} columns)", title=profile.title.en, known=known, all=len(names)), where=where, hint=hint
    )
