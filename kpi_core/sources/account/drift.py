"""Drift: the header of a file against that of the files of its kind that were loaded before.

A vendor renames a column, adds one, takes one away; whoever reads by name then reads nothing and says nothing. So the workspace remembers
the headers that it loaded (they stand in the accounts of what counts), and a file of a known kind with another header is compared with the
loaded file that it is most like (of equals the newest): vendors have several versions of one export, and some let people choose the columns.

* Columns that are added or moved, and columns that never fed anything, are noted.
* A column that fed something there (it had a cell, and some expression leads from it to a column of a dataset) and that nothing reads any
  more is lost: the file is refused with `Drift`, which names columns, KPIs and the line to write, until the user accepts it.
* A header that was loaded before is known, whatever came since. What one load brings together is not compared with itself.
* In reports whose dimensions people choose (`scope`), another dimension in place of one is another report, not a loss.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from kpi_core.errors import Drift, Message, UnknownFormat, Where, said
from kpi_core.sources.account.account import Account, DriftNote, HeaderCell
from kpi_core.sources.recognise import norm, spelling_in
from kpi_core.sources.rows.feeding import Fed, fed_by

if TYPE_CHECKING:
    from kpi_core.config.model import Text
    from kpi_core.sources.profiles.profile import Profile, Profiles

ALIKE = 0.5  # share of headers (those in both of those in either) under which a file is another report, not another version
NEARLY = 0.7  # share of a known header that a file must have to be told as a changed version of it
SHOWN = 6
LOOKED_AT = 100  # rows from which the kind of a column is told

Touched = Callable[[Fed], tuple[tuple[str, "Text"], ...]]  # (id, name) of the KPIs that read what is fed

_KINDS = (
    ("number", re.compile(r"[-+(]?[^\w\s]?\s?\d[\d\s.,'\u00a0\u202f]*\d*\)?\s?[%€$£]?-?")),
    ("date", re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([T ].*)?|\d{1,2} \w{3,9}\.? \d{4}.*|\w{3,9}\.? \d{1,2},? \d{4}.*")),
    ("time", re.compile(r"\d{1,2}:\d{2}(:\d{2})?( ?[AaPp][Mm])?")),
    ("email", re.compile(r"[^@\s]+@[^@\s]+")),
    ("yes or no", re.compile(r"(?i)true|false|yes|no|oui|non|vrai|faux")),
)


def kind_of(values: Iterable[str | None]) -> str:
    """What most cells of a column are: empty, number, date, time, email, yes or no, text."""
    filled = [text for value in values if value is not None and (text := value.strip().strip("'\""))]
    if not filled:
        return "empty"
    for kind, pattern in _KINDS:
        if 2 * sum(pattern.fullmatch(text) is not None for text in filled) > len(filled):
            return kind
    return "text"


# ---------------------------------------------------------------- the headers that were loaded


@dataclass(frozen=True)
class Layout:
    """The header of one loaded file. `order` is larger for the newer of two: (newest moment, number of the load)."""

    file: str
    header_hash: str
    columns: tuple[HeaderCell, ...]
    order: tuple[str, int]

    @property
    def names(self) -> frozenset[str]:
        return frozenset(norm(column.name) for column in self.columns)


class _Kept(msgspec.Struct):
    """What is read of an account on disk."""

    file: str
    header_hash: str
    as_of: str
    headers: tuple[dict[str, str], ...] = ()


def layout_of(raw: bytes, load_id: int) -> Layout | None:
    """The header that an account (JSON) tells; None for accounts that keep none."""
    try:
        kept = msgspec.json.decode(raw, type=_Kept)
        columns = tuple(HeaderCell(item["name"], item.get("reads", ""), item.get("kind", "")) for item in kept.headers)
    except (msgspec.DecodeError, KeyError):
        return None
    return Layout(kept.file, kept.header_hash, columns, (kept.as_of, load_id)) if columns else None


# ---------------------------------------------------------------- comparing


@dataclass(frozen=True)
class Changes:
    """A header against an earlier one. `renamed`: pairs of columns; neither is in `removed` or `added`. `lost`: those of the
    earlier one that fed something and whose data nothing reads now."""

    earlier: Layout
    added: tuple[HeaderCell, ...]
    removed: tuple[HeaderCell, ...]
    renamed: tuple[tuple[HeaderCell, HeaderCell], ...]
    lost: tuple[HeaderCell, ...]

    def new_name(self, column: HeaderCell) -> HeaderCell | None:
        return next((new for old, new in self.renamed if old == column), None)


def nearest(layouts: Iterable[Layout], columns: Sequence[HeaderCell]) -> Layout | None:
    """The layout that shares most headers with these columns, of equals the newest; None when none is of the same report."""
    names = {norm(column.name) for column in columns}
    scored = [(len(names & layout.names) / max(1, len(names | layout.names)), layout.order, layout) for layout in layouts]
    best = max(scored, key=lambda item: item[:2], default=None)
    return best[2] if best is not None and best[0] >= ALIKE else None


def compare(earlier: Layout, columns: Sequence[HeaderCell], profile: Profile) -> Changes:
    """What has changed between a loaded header and these columns."""
    old_names, new_names = earlier.names, {norm(column.name) for column in columns}
    removed = [column for column in earlier.columns if column.name and norm(column.name) not in new_names]
    added = [column for column in columns if column.name and norm(column.name) not in old_names]
    renamed = _renamed(earlier.columns, columns, removed, added)
    then = {norm(column.name): column.reads for column in earlier.columns}
    # a header that was there and fed nothing, or something else, is no other spelling of one that went
    read = {column.reads for column in columns if column.reads and then.get(norm(column.name), column.reads) == column.reads}
    before = {column.reads for column in earlier.columns if column.reads}
    feeds, scope = fed_by(profile), set(profile.spec.scope)
    other_report = bool(scope & read - before)
    lost = tuple(
        column
        for column in removed
        if column.reads in profile.spec.columns
        and column.reads not in read
        and column.kind != "empty"
        and feeds.get(column.reads)
        and not (other_report and column.reads in scope)
    )
    gone = {old for old, _ in renamed}
    come = {new for _, new in renamed}
    return Changes(earlier, tuple(c for c in added if c not in come), tuple(c for c in removed if c not in gone), tuple(renamed), lost)


def _renamed(
    old: Sequence[HeaderCell], new: Sequence[HeaderCell], removed: Sequence[HeaderCell], added: Sequence[HeaderCell]
) -> list[tuple[HeaderCell, HeaderCell]]:
    """Pairs by place and by kind of cells: a column that went and one that came between the same neighbours, or with a like name, or the only ones
    of their kind."""
    found: list[tuple[HeaderCell, HeaderCell]] = []
    left = list(added)
    scored = []
    for was in removed:
        for now in added:
            if was.reads and was.reads == now.reads:
                scored.append((9.0, was, now))
                continue
            if not _same_kind(was, now) or now.reads:
                continue
            same_place = _neighbours(old, was) & _neighbours(new, now)
            like = SequenceMatcher(None, norm(was.name), norm(now.name)).ratio()
            alone = len(removed) == len(added) == 1
            if same_place or like >= 0.6 or (alone and was.kind == now.kind != "text"):
                scored.append((2.0 * len(same_place) + like + (was.kind == now.kind), was, now))
    for _, was, now in sorted(scored, key=lambda item: -item[0]):
        if now in left and was not in [pair[0] for pair in found]:
            found.append((was, now))
            left.remove(now)
    return sorted(found, key=lambda pair: old.index(pair[0]))


def _same_kind(one: HeaderCell, other: HeaderCell) -> bool:
    return one.kind == other.kind or "" in (one.kind, other.kind) or "empty" in (one.kind, other.kind)


def _neighbours(columns: Sequence[HeaderCell], column: HeaderCell) -> set[tuple[int, str]]:
    """The columns on both sides (-1 and 1); the edge counts as one."""
    at = list(columns).index(column)
    sides = ((-1, columns[at - 1].name if at else ""), (1, columns[at + 1].name if at + 1 < len(columns) else ""))
    return {(side, norm(name)) for side, name in sides}


# ---------------------------------------------------------------- telling


class Memory:
    """The headers loaded so far, by profile. `read` gives the accounts of a profile: (JSON, number of the load)."""

    def __init__(
        self, read: Callable[[str], Iterable[tuple[bytes, int]]], known: Callable[[], Iterable[str]], *, touched: Touched, accept: bool = False
    ) -> None:
        self._read, self._known, self._touched, self._accept = read, known, touched, accept
        self._layouts: dict[str, tuple[Layout, ...]] = {}

    def of(self, profile: str) -> tuple[Layout, ...]:
        if profile not in self._layouts:
            found = (layout_of(raw, load_id) for raw, load_id in self._read(profile))
            self._layouts[profile] = tuple(layout for layout in found if layout is not None)
        return self._layouts[profile]

    def check(self, account: Account, profile: Profile, path: str) -> DriftNote | None:
        """What the header of a converted file has that earlier ones had not; None when it is known or the first of its kind. Raises Drift."""
        layouts = self.of(account.profile)
        names = {norm(column.name) for column in account.headers}  # of a file of several tables the hash is of the first header
        if any(layout.header_hash == account.header_hash and layout.names == names for layout in layouts):
            return None
        earlier = nearest(layouts, account.headers)
        if earlier is None:
            return None
        changes = compare(earlier, account.headers, profile)
        gone = changes.lost if changes.lost else (*changes.removed, *(old for old, _ in changes.renamed))
        feeds = fed_by(profile)
        kpis = self._touched(frozenset(target for column in gone for target in feeds.get(column.reads, ())))
        if changes.lost and not self._accept:
            raise _refusal(changes, profile, kpis, path)
        note = DriftNote(
            file=earlier.file,
            added=tuple(column.name for column in changes.added),
            removed=tuple(column.name for column in changes.removed),
            renamed=tuple((old.name, new.name) for old, new in changes.renamed),
            lost=tuple(column.name for column in changes.lost),
            kpis=tuple(kpi for kpi, _ in kpis),
        )
        return note if note.added or note.removed or note.renamed else None

    def explain(self, error: UnknownFormat, profiles: Profiles, path: str) -> Drift | None:
        """An unknown header that is nearly the header of a kind that was loaded before, or that a profile knows nearly whole: what it lacks."""
        best: tuple[float, tuple[str, int], Layout, Profile, tuple[HeaderCell, ...]] | None = None
        for profile_id in self._known():
            profile = profiles.get(profile_id)
            for layout in self.of(profile_id) if profile is not None else ():
                for row in error.rows:
                    names = {norm(cell) for cell in row}
                    share = len(names & layout.names) / max(1, len(layout.names))
                    if share >= NEARLY and (best is None or (share, layout.order) > best[:2]):
                        assert profile is not None
                        best = share, layout.order, layout, profile, _cells(row, profile)
        if best is not None:
            *_, layout, profile, columns = best
            changes = compare(layout, columns, profile)
            if not changes.lost:  # nothing is made of what went, but by it the export is known
                changes = replace(changes, lost=_known_by(layout, columns, profile))
            if not changes.lost:
                return None
            kpis = self._touched(frozenset(target for column in changes.lost for target in fed_by(profile).get(column.reads, ())))
            return _refusal(changes, profile, kpis, path, claimed=False)
        profile = profiles.get(error.nearest) if error.nearest is not None else None
        return None if profile is None else self._lacking(error, profile, path)

    def _lacking(self, error: UnknownFormat, profile: Profile, path: str) -> Drift | None:
        """A header that a profile knows nearly whole, and that lacks some of what the profile cannot do without."""
        rows = [(_cells(row, profile), row) for row in error.rows]
        columns, row = max(rows, key=lambda item: sum(bool(cell.reads) for cell in item[0]), default=((), ()))
        filled = [cell for cell in columns if cell.name]
        if len(filled) < 3 or sum(bool(cell.reads) for cell in filled) < NEARLY * len(filled):
            return None
        names = [norm(cell) for cell in row]
        spec = profile.spec
        lacking = [headers for headers in profile.required if spelling_in(headers, names) is None]
        gone = [name for name, column in spec.columns.items() if any(set(headers) <= set(column.headers) for headers in lacking)]
        if not lacking or not gone:
            return None
        kpis = self._touched(frozenset(target for name in gone for target in fed_by(profile).get(name, ())))
        missing = _listed([said("{name}", name=headers[0].removeprefix("re:")) for headers in lacking])
        what = _needing(said("columns that «{title}» needs are missing: {columns}", title=profile.title, columns=missing), kpis)
        spare = [cell for cell in filled if not cell.reads]
        hint = _alias(profile, HeaderCell(spec.columns[gone[0]].from_[0], gone[0]), spare[0] if len(spare) == len(gone) == 1 else None)
        return Drift(what, where=Where(path), hint=hint, columns=tuple(headers[0] for headers in lacking), kpis=tuple(kpi for kpi, _ in kpis))


def _known_by(earlier: Layout, columns: Sequence[HeaderCell], profile: Profile) -> tuple[HeaderCell, ...]:
    """Columns of the earlier header without which these are not told to be of the profile."""
    names = [norm(column.name) for column in columns]
    lacking = [headers for headers in profile.required if spelling_in(headers, names) is None]
    return tuple(column for column in earlier.columns if any(spelling_in(headers, [norm(column.name)]) is not None for headers in lacking))


def _cells(row: Sequence[str], profile: Profile) -> tuple[HeaderCell, ...]:
    """A header row nobody has read on from: which columns of the profile it has."""
    names = [norm(cell) for cell in row]
    taken = {hit[0]: name for name, column in profile.spec.columns.items() if (hit := spelling_in(column.headers, names)) is not None}
    return tuple(HeaderCell(cell.strip().removeprefix("\ufeff"), taken.get(at, "")) for at, cell in enumerate(row))


def _refusal(changes: Changes, profile: Profile, kpis: Sequence[tuple[str, Text]], path: str, *, claimed: bool = True) -> Drift:
    """The message: which columns, which KPIs, and the line that puts it right."""
    lost = [(column, changes.new_name(column)) for column in changes.lost]
    columns = [said("{old} (now {new}?)", old=old.name, new=new.name) if new is not None else said("{name}", name=old.name) for old, new in lost]
    what = said("the columns of this export have changed since {file}: gone: {columns}", file=changes.earlier.file, columns=_listed(columns))
    what = _needing(what, kpis)
    hints = [_alias(profile, old, new) for old, new in lost if new is not None and old.reads]
    if not hints:
        hints = [_alias(profile, old, None) for old, _ in lost[:1] if old.reads]
    if claimed:
        hints.append(said("or load it without them: omnigap load --accept-drift"))
    hint = _listed(hints, "; ") if hints else None
    return Drift(what, where=Where(path), hint=hint, columns=tuple(old.name for old, _ in lost), kpis=tuple(kpi for kpi, _ in kpis))


def _needing(what: Message, kpis: Sequence[tuple[str, Text]]) -> Message:
    return said("{what}; KPIs that need them: {kpis}", what=what, kpis=_listed([said("{name}", name=name) for _, name in kpis])) if kpis else what


def _alias(profile: Profile, old: HeaderCell, new: HeaderCell | None) -> Message:
    """The exact line: `from: [Subtotal, Net total]` under `columns.subtotal` of the profile."""
    column = profile.spec.columns[old.reads]
    where = profile.document.where(("columns", old.reads))
    spellings = [*column.from_, new.name if new is not None else "…"]
    line = f"columns.{old.reads}.from: [{', '.join(map(_yaml, spellings))}]"
    file = f"config/profiles/{Path(profile.document.file).name}"
    if new is None:
        return said("export it with this column, or give its new header in {file}, line {number}: {line}", file=file, number=str(where.line or 1), line=line)
    return said("if only the name is new, write in {file}, line {number}: {line}", file=file, number=str(where.line or 1), line=line)


def _yaml(text: str) -> str:
    """A string as it stands in a YAML list."""
    plain = re.fullmatch(r"[\w(][\w ./()%€$&+-]*", text) and text == text.strip() and not re.fullmatch(r"(?i)[\d.]+|true|false|yes|no|null|on|off|y|n", text)
    return text if plain and text != "…" else '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _listed(messages: Collection[Message], sign: str = ", ") -> Message:
    """Messages one after another, at most `SHOWN`, and how many more."""
    shown = list(messages)[:SHOWN]
    template = sign.join(f"{{m{at}}}" for at in range(len(shown)))
    values: dict[str, object] = {f"m{at}": message for at, message in enumerate(shown)}
    whole = Message(template, values)
    more = len(messages) - len(shown)
    return said("{listed} and {count} more", listed=whole, count=more) if more else whole
