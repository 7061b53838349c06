"""Which export is this? A known header decides the delimiter and the header row; a frequency never does.

More required headers win; equal profiles are told apart by their content probe, then by the file name; still equal is an error,
never a choice. An unknown file is answered with the nearest layout and the difference.
"""

from __future__ import annotations

import csv
import fnmatch
import hashlib
import io
import itertools
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from kpi_core.errors import AmbiguousFormat, SourceError, UnknownFormat, Where, said
from kpi_core.sources.files import records
from kpi_core.sources.files.decode import Decoded, examine
from kpi_core.sources.files.limits import MAX_COLUMNS
from kpi_core.sources.profiles.language import Records
from kpi_core.sources.profiles.profile import Profile, Profiles
from kpi_core.sources.profiles.siblings import Sibling, with_siblings

DELIMITERS = (",", ";", "\t", "|")
HEADER_ROWS = 60
HEAD_LINES = 400
PROBE_ROWS = 200
UNFINISHED = {".crdownload", ".part", ".partial", ".download", ".opdownload"}  # as browsers name a file until they have all of it

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
    siblings: tuple[Sibling, ...] = ()  # the files it is to be joined with

    @property
    def profile_id(self) -> str:
        return self.profile.id

    @property
    def sha256(self) -> str:
        """Of the content that counts: a file whose sibling changed is another one."""
        others = [file.sha256 for sibling in self.siblings for file in sibling.files]
        return hashlib.sha256("\n".join([self.decoded.sha256, *others]).encode()).hexdigest() if others else self.decoded.sha256

    @property
    def encoding(self) -> str:
        return self.decoded.encoding

    @property
    def header_hash(self) -> str:
        """Same layout, same hash: order counts, spelling variants do not."""
        names = [norm(cell) for cell in self.header]
        if self.decoded.records:  # the names of a record have no order
            names.sort()
        return hashlib.sha256("\x1f".join(names).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class _Row:
    delimiter: str
    index: int
    next_line: int
    cells: tuple[str, ...]


def recognise(path: Path, profiles: Profiles) -> Recognised:
    """Say which profile a file has. Raises UnknownFormat, AmbiguousFormat, DamagedFile or SourceError."""
    return with_siblings(alone(path, profiles), profiles)


def alone(path: Path, profiles: Profiles) -> Recognised:
    """The same without a look at the files beside it."""
    path = Path(path)
    if path.suffix.lower() in UNFINISHED:
        raise SourceError(said("this download has not ended"), where=Where(str(path)), hint=said("wait for it to end, or download the file again"))
    decoded = examine(path)
    path = decoded.path  # of an archive of one file: that file
    best, rows, separator_line = _of_records(decoded, profiles) if decoded.records else _of_lines(decoded, profiles)
    if not best:
        raise _unknown(path, rows, [profile for profile in profiles if (profile.spec.read.records is not None) is decoded.records])
    profile, row = _chosen(path, decoded, best)
    cells = row.cells  # of records: the names of the first; all of them are known once they are read
    if len(cells) > MAX_COLUMNS:
        where = Where(str(path))
        raise SourceError(said("the header has {count} columns; more than {limit} is no export", count=len(cells), limit=MAX_COLUMNS), where=where)
    header, data_line = tuple(cell.strip().removeprefix("\ufeff") for cell in cells), row.next_line
    if profile.spec.read.header_rows == 2:
        second, data_line = _second(decoded.head, row)
        header = _joined(header, second) if profile.spec.read.second == "join" else header
    return Recognised(path, profile, decoded, row.delimiter, header, row.index, data_line, separator_line)


_Claims = dict[str, tuple[Profile, _Row]]


def _of_lines(decoded: Decoded, profiles: Profiles) -> tuple[_Claims, list[_Row], bool]:
    """(profiles that claim a line of the file, with the first such line; all lines looked at; whether a `sep=` line comes first)."""
    rows, separator_line = _rows(decoded.head, sheet=decoded.form == "workbook")
    best: _Claims = {}
    index, others = _index(profiles)
    for row in rows:
        names = [norm(cell) for cell in row.cells]
        maybe = {key for name in set(names) for key in index.get(name, ())}
        if others:
            joined = "\n".join(names)  # one search of a line instead of one a cell
            maybe.update(place for place, patterns in others if not patterns or any(pattern.search(joined) for pattern in patterns))
        for place in sorted(maybe):
            profile = profiles.items[place]
            if profile.id in best or not _right_sheet(profile, decoded):
                continue
            if claims(profile, names) and _preamble(profile, decoded.head, row):
                best[profile.id] = (profile, row)
    return best, rows, separator_line


def _right_sheet(profile: Profile, decoded: Decoded) -> bool:
    wanted = profile.spec.read.sheet
    return not wanted or decoded.form != "workbook" or norm(decoded.sheet) in {norm(name) for name in wanted}


def _of_records(decoded: Decoded, profiles: Profiles) -> tuple[_Claims, list[_Row], bool]:
    """The same for records: each profile says itself how they become rows, so each has a header of its own."""
    rows: dict[Records, _Row] = {}
    best: _Claims = {}
    for profile in profiles:
        spec = profile.spec.read.records
        if spec is None:
            continue
        if spec not in rows:
            rows[spec] = _Row(",", 0, 2, records.header_of(decoded, spec))
        if claims(profile, [norm(cell) for cell in rows[spec].cells]):
            best[profile.id] = (profile, rows[spec])
    if not rows:
        rows[Records()] = _Row(",", 0, 2, records.header_of(decoded, Records()))
    return best, list(rows.values()), False


def _chosen(path: Path, decoded: Decoded, best: _Claims) -> tuple[Profile, _Row]:
    """The one profile: more required headers win, then the lines above, the probe, the file's name. Raises AmbiguousFormat."""
    most = max(len(profile.required) for profile, _ in best.values())
    top = [found for found in best.values() if len(found[0].required) == most]
    if len(top) > 1:  # the lines above its header speak for a profile
        top = [found for found in top if found[0].spec.detect.preamble is not None] or top
    if len(top) > 1:
        probed = [found for found in top if _probe(decoded.head, found[0], found[1])]
        top = probed if len(probed) == 1 else top
    if len(top) > 1:
        called = {decoded.name.casefold(), path.name.casefold()}
        by_name = [found for found in top if any(fnmatch.fnmatch(name, hint.casefold()) for hint in found[0].spec.detect.filename for name in called)]
        top = by_name if len(by_name) == 1 else top
    if len(top) > 1:  # a profile that completes another is the closer one
        bases = {profile.spec.extends for profile, _ in top}
        top = [found for found in top if found[0].id not in bases] or top
    if len(top) > 1:
        fitting = ", ".join(profile.id for profile, _ in top)
        raise AmbiguousFormat(said("several formats fit: {names}", names=fitting), where=Where(str(path)), hint=said("name the file as the vendor does"))
    return top[0]


def _second(head: str, row: _Row) -> tuple[list[str], int]:
    """(cells of the row below the header, the line after it)."""
    reader = csv.reader(iter(head.splitlines(keepends=True)), delimiter=row.delimiter)
    cells = next(itertools.islice(reader, row.index + 1, None), [])
    return cells, reader.line_num + 1


def _joined(header: Sequence[str], second: Sequence[str]) -> tuple[str, ...]:
    """Names completed by the cells below them; a blank name is that of the column to its left."""
    names: list[str] = []
    last = ""
    for place, name in enumerate(header):
        last = name or last
        below = second[place].strip() if place < len(second) else ""
        names.append(f"{last}: {below}" if last and below else last if name else below)
    return tuple(names)


_Index = tuple[dict[str, list[int]], list[tuple[int, tuple[re.Pattern[str], ...]]]]


def _index(profiles: Profiles) -> _Index:
    """(normalised header -> profiles that cannot do without it, profiles without such a header and patterns of which one must be found in
    a line): most lines are then no header at all.

    Of the required headers of a profile the one that the fewest profiles require is its key.
    """
    found: _Index | None = profiles.memo.get("index")
    if found is None:
        plain = [[_spellings(headers) for headers in profile.required if not any(item.startswith("re:") for item in headers)] for profile in profiles]
        of_records = {place for place, profile in enumerate(profiles) if profile.spec.read.records is not None}
        common = Counter(spelling for required in plain for spellings in required for spelling in spellings)
        found = ({}, [])
        for place, required in enumerate(plain):
            if place in of_records:
                continue
            if not required:
                found[1].append((place, _in_line(profiles.items[place].required[0])))
                continue
            key = min(required, key=lambda spellings: sum(common[spelling] for spelling in spellings))
            for spelling in {str(item) for item in key}:
                found[0].setdefault(spelling, []).append(place)
        profiles.memo["index"] = found
    return found


def _in_line(headers: Sequence[str]) -> tuple[re.Pattern[str], ...]:
    """Patterns for names that stand below each other in one text; none when a pattern may mean something else there."""
    if any(sign in header for header in headers for sign in ("\\A", "\\Z", "(?<", "(?!")):
        return ()
    return tuple(re.compile(header[3:] if header.startswith("re:") else f"^{re.escape(norm(header))}$", re.MULTILINE) for header in headers)


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


def _rows(head: str, *, sheet: bool = False) -> tuple[list[_Row], bool]:
    """Candidate header rows under each delimiter, and whether a `sep=` line comes first (it is honoured, then skipped)."""
    lines = list(itertools.islice(io.StringIO(head, newline=""), HEAD_LINES))
    marked = bool(lines) and not sheet and lines[0].lower().removeprefix("\ufeff").startswith("sep=")
    delimiters: tuple[str, ...] = (",",) if sheet else DELIMITERS
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


def _unknown(path: Path, rows: Sequence[_Row], profiles: Sequence[Profile]) -> UnknownFormat:
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
        hint = said("see the list of formats, or write a profile for this one")
        return UnknownFormat(said("no known export has this header"), where=where, hint=hint, rows=[row.cells for row in rows])
    _, known, profile, names = nearest
    from kpi_core.sources.profiles.lint import plain

    missing = [plain(headers[0]) for headers in profile.required if spelling_in(headers, names) is None]
    extra = unknown_headers(profile, names)
    lacking, foreign = ", ".join(missing[:8]), ", ".join(extra[:8])
    hint = said("missing: {missing}", missing=lacking) if missing else said("not known to this format: {extra}", extra=foreign)
    return UnknownFormat(
        said("unknown format; the nearest is {title} ({known} of {all} columns)", title=profile.title, known=known, all=len(names)),
        where=where,
        hint=hint,
        rows=[row.cells for row in rows],
        nearest=profile.id,
    )
