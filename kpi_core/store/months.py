"""Fact files: a dataset is one file, or above a limit one a month; a load writes those months again in which its keys live or lived.

Rows that a month only gains come into a file beside its own, until they are too many (`TAIL`). A month that nothing touched keeps its files.
What a load does not touch is neither sorted nor read, but for the columns of the key.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kpi_core.store.connection import identifier, quoted
from kpi_core.store.datasets import Dataset
from kpi_core.store.files import Fault, settle, temporary
from kpi_core.store.manifest import Batch, FileEntry, digest
from kpi_core.store.modes import mode_of, reached, take_back
from kpi_core.store.resolve import batch_rows, columns, completed, parquet, ranked, resolve_sql, single

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_NO_MONTH = "none"
TAIL = 0.25  # what a month has gained beside its first file, as a share of that: more is merged into one
FILES = 8  # of a month
LARGE = 500_000  # rows: more of them than there are already, and all is resolved at once


@dataclass(frozen=True)
class Place:
    """Where the fact files of one dataset go. `limit`: rows above which it is cut into months."""

    con: DuckDBPyConnection
    root: Path
    dataset: Dataset
    generation: int
    limit: int
    fault: Fault

    def rows(self, entries: Sequence[FileEntry], *, named: bool = False) -> str:
        """The relation of fact files."""
        return completed(self.con, self.dataset, parquet(self.root, entries, named=named), parquet(self.root, entries[-1:]))

    def batches(self, some: Sequence[Batch], checked: set[str] | None = None) -> str:
        return batch_rows(self.con, self.root, self.dataset, some, checked)

    def write(self, select: str, part: str) -> FileEntry:
        """Write the rows of a SELECT as the file of a month ('' = of all)."""
        folder = self.root / "facts" / self.dataset.name
        folder.mkdir(mode=0o750, exist_ok=True)
        path = folder / f"{part + '-' if part else ''}g{self.generation:06d}.parquet"
        target = temporary(path)
        (rows,) = self.con.execute(f"copy ({select}) to {quoted(str(target))} (format parquet, compression zstd)").fetchone() or (0,)
        self.fault("facts_written")
        entry = settle(target, path, self.root, rows=int(rows), part=part)
        self.fault("one_fact_renamed")
        return entry

    @property
    def order(self) -> str:
        return ", ".join(identifier(name) for name in ((self.dataset.day,) if self.dataset.day else ()) + self.dataset.key)


def write_all(place: Place, table: str, old: Sequence[FileEntry]) -> tuple[FileEntry, ...]:
    """Write the rows of `table`, all that there are of the dataset. What was cut into months once stays so."""
    con, day = place.con, place.dataset.day
    (rows,) = con.execute(f"select count(*) from {table}").fetchone() or (0,)
    parts = [("", "true")]
    if day is not None and (rows > place.limit or any(entry.part for entry in old)):
        parts = [(part_of(month), _inside(day, month)) for month in _months(con, day, table)]
    written = []
    for part, where in parts:
        entry = place.write(f"select {columns(place.dataset)} from {table} where {where} order by {place.order}", part)
        for same in old:
            if same.sha256 == entry.sha256 and same.part == part and (place.root / same.file).is_file():
                (place.root / entry.file).unlink()  # nothing moved in this month: one file serves both generations
                entry = same
                break
        written.append(entry)
    return tuple(written)


def update(
    place: Place, old: tuple[FileEntry, ...], arrived: Sequence[Batch], gone: Sequence[Batch], feeding: Sequence[Batch]
) -> tuple[tuple[FileEntry, ...], bool] | None:
    """The fact files after some batches came and others went, and temp table `changed_<dataset>`; None: it is better to resolve all.
    With the files whether rows were only gained: none of these keys was there before.

    `old`: what was true of the batches `feeding`, those that count now, without `arrived` and with `gone`. Needs `load_rank`.
    """
    name = place.dataset.name
    if any(not _sound(place.root, batch.files[name]) for batch in gone if name in batch.files):
        return None  # its keys are not known any more
    moved = sum(batch.files[name].rows for batch in (*arrived, *gone) if name in batch.files)
    if moved > LARGE and moved > sum(entry.rows for entry in old):
        return None
    try:
        hit, becomes, keys = _versions(place, old, arrived, gone, feeding)
        if any(not _sound(place.root, entry) for entry in hit):
            return None
        return (_replaced(place, old, hit, becomes) if hit else _gained(place, old, becomes, keys)), not hit
    finally:
        place.con.execute("drop table if exists touched; drop table if exists was; drop table if exists becomes")


def _versions(
    place: Place, old: Sequence[FileEntry], arrived: Sequence[Batch], gone: Sequence[Batch], feeding: Sequence[Batch]
) -> tuple[list[FileEntry], str, str]:
    """The rows of the keys that the batches touch, before and after: temp table `was` and the files that hold it, if any do; the relation of
    the rows after, and one whose keys are theirs."""
    con, dataset = place.con, place.dataset
    checked: set[str] = set()
    keys = ", ".join(identifier(name) for name in dataset.version_key)
    new = place.batches([*arrived, *gone], checked)
    con.execute(f"create or replace temp table touched as select distinct {keys} from {new}")
    owning = any(mode_of(batch, dataset.name).takes_back for batch in (*feeding, *gone))
    if owning:
        if old:
            reached(con, dataset, [*arrived, *gone], place.batches, place.rows(old), [*feeding, *gone])
        if any(mode_of(batch, dataset.name).takes_back for batch in gone):  # what they took back is in no fact file
            reached(con, dataset, gone, place.batches, place.batches(feeding), feeding)
        con.execute("create or replace temp table touched as select distinct * from touched")
    same, ends = _keys(con, dataset, "touched")
    semi, inside = f"semi join touched on {same}", f"where {' and '.join(f'every.{name} between ? and ?' for name in ends)}" if ends else ""
    bounds = [end for pair in ends.values() for end in pair]
    hit: list[FileEntry] = []
    if old:
        found = con.execute(f"select distinct filename from {place.rows(old, named=True)} as every {semi} {inside}", bounds).fetchall()
        hit = [entry for entry in old if (str(place.root / entry.file),) in found]
    if hit:
        con.execute(f"create or replace temp table was as select {_of('every', dataset)} from {place.rows(hit)} as every {semi} {inside}", bounds)
    newest = {batch.load_id for batch in ranked(feeding)[-len(arrived) :]} if arrived else set()
    if not gone and (not owning or newest == {batch.load_id for batch in arrived}):
        # the facts hold the newest version of every other batch: only of rows that were taken back a newer one may be hidden
        if not hit and not owning and (len(arrived) == 1 or dataset.key == dataset.version_key) and single(con, dataset, new):
            return hit, new, "touched"  # as they came
        candidate, owners = f"(select {columns(dataset)} from {new} union all by name select * from was)" if hit else new, arrived
    else:
        found = con.execute(f"select distinct load_id from {place.batches(feeding, checked)} as every {semi}").fetchall()
        holding = [batch for batch in feeding if (batch.load_id,) in found]
        candidate = f"(select {_of('every', dataset)} from {place.batches(holding, checked)} as every {semi})"
        owners = feeding
    con.execute(f"create or replace temp table becomes as {resolve_sql(dataset, candidate)}")
    take_back(con, dataset, "becomes", owners, place.batches, feeding)
    return hit, "becomes", "becomes"


def _gained(place: Place, old: tuple[FileEntry, ...], becomes: str, keys: str) -> tuple[FileEntry, ...]:
    """Write the months of the rows of `becomes`; `old` has none of their keys. Temp table `changed_<dataset>` has those of `keys`."""
    con, dataset, day = place.con, place.dataset, place.dataset.day
    own = ", ".join(identifier(name) for name in dataset.version_key)
    con.execute(f"create or replace temp table {identifier(f'changed_{dataset.name}')} as select distinct {own} from {keys}")
    names = columns(dataset)
    if day is None or not any(entry.part for entry in old):
        if not _any(con, becomes):
            return old
        return _one(place, f"select {names} from {place.rows(old)}" if old else None, f"select {names} from {becomes}")
    kept = _by_part(old)
    for month in _months(con, day, becomes):
        part = part_of(month)
        kept[part] = _month(place, part, kept.get(part, ()), f"(select {names} from {becomes} where {_inside(day, month)})", None)
    return _in_order(kept)


def _replaced(place: Place, old: tuple[FileEntry, ...], hit: Sequence[FileEntry], becomes: str) -> tuple[FileEntry, ...]:
    """Write the months in which `was` and `becomes` differ; temp table `changed_<dataset>` names the keys."""
    con, dataset, day = place.con, place.dataset, place.dataset.day
    keys = ", ".join(identifier(name) for name in dataset.version_key)
    changed = identifier(f"changed_{dataset.name}")
    names = columns(dataset)
    con.execute(
        f"""create or replace temp table {changed} as select distinct {keys} from (
            (select {names} from was except all select {names} from {becomes})
            union all (select {names} from {becomes} except all select {names} from was))"""
    )
    same, _ends = _keys(con, dataset, changed)
    fresh = f"(select {_of('every', dataset)} from {becomes} as every semi join {changed} on {same})"
    stale = f"(select {_of('every', dataset)} from was as every semi join {changed} on {same})"
    if not _any(con, changed):
        return old
    if day is None or not any(entry.part for entry in old):
        return _one(place, f"select {_of('every', dataset)} from {place.rows(old)} as every anti join {changed} on {same}", f"select {names} from {fresh}")
    parts = {part_of(month): month for source in (fresh, stale) for month in _months(con, day, source)}
    kept = _by_part(old)
    for part, month in parts.items():
        before, rest = kept.get(part, ()), None
        if any(entry in hit for entry in before):
            rest = f"select {_of('every', dataset)} from {place.rows(before)} as every anti join {changed} on {same}"
        kept[part] = _month(place, part, before, f"(select {names} from {fresh} where {_inside(day, month)})", rest)
    return _in_order(kept)


def _one(place: Place, rest: str | None, fresh: str) -> tuple[FileEntry, ...]:
    """The file of a dataset that is not cut into months, of what it keeps and what is new; or its months, where it outgrew one file."""
    con, day = place.con, place.dataset.day
    both = f"{rest} union all {fresh}" if rest else fresh
    (rows,) = con.execute(f"select count(*) from ({both})").fetchone() or (0,)
    if day is None or rows <= place.limit:
        return (place.write(f"select * from ({both}) order by {place.order}", ""),)
    con.execute(f"create or replace temp table resolved as {both}")
    written = write_all(place, "resolved", ())
    con.execute("drop table resolved")
    return written


def _by_part(entries: Sequence[FileEntry]) -> dict[str, tuple[FileEntry, ...]]:
    found: dict[str, tuple[FileEntry, ...]] = {}
    for entry in entries:
        found[entry.part] = (*found.get(entry.part, ()), entry)
    return found


def _in_order(kept: dict[str, tuple[FileEntry, ...]]) -> tuple[FileEntry, ...]:
    return tuple(entry for part in sorted(kept) for entry in kept[part])


def _month(place: Place, part: str, before: tuple[FileEntry, ...], new: str, rest: str | None) -> tuple[FileEntry, ...]:
    """The files of a month with the rows of `new` beside the `rest` of those before; None: all of them stay."""
    con, names = place.con, columns(place.dataset)
    if rest is None:
        (rows,) = con.execute(f"select count(*) from {new}").fetchone() or (0,)
        gained = rows + sum(entry.rows for entry in before[1:])
        if not before or (len(before) < FILES and gained <= TAIL * before[0].rows):
            return (*before, place.write(f"select {names} from {new} order by {place.order}", part))
        rest = f"select {names} from {place.rows(before)}"
    both = f"({rest} union all select * from {new})"
    return (place.write(f"select * from {both} order by {place.order}", part),) if _any(con, both) else ()


def part_of(month: Any) -> str:
    return f"{month:%Y-%m}" if month is not None else _NO_MONTH


def _months(con: DuckDBPyConnection, day: str, source: str) -> list[Any]:
    """The first day of each month that has rows, None for rows without a day."""
    found = con.execute(f"select distinct date_trunc('month', {identifier(day)})::date as month from {source} order by 1").fetchall()
    return [month for (month,) in found]


def _inside(day: str, month: Any) -> str:
    """SQL that is true for the rows of a month; a range of days is found without a look at every row."""
    name = identifier(day)
    return f"{name} >= date '{month}' and {name} < date '{month}' + interval 1 month" if month is not None else f"{name} is null"


def _of(table: str, dataset: Dataset) -> str:
    return ", ".join(f"{table}.{name}" for name in columns(dataset).split(", "))


def _keys(con: DuckDBPyConnection, dataset: Dataset, table: str) -> tuple[str, dict[str, tuple[Any, Any]]]:
    """Of a temp table of keys: the condition that a row of `every` has one of them, and of each column that is known in all the least and the
    greatest. Outside these no row need be looked at, and DuckDB skips what the statistics of a file exclude: of a join by text it does not.
    """
    names = [identifier(name) for name in dataset.version_key]
    row = con.execute(f"select {', '.join(f'count(*) - count({name}), min({name}), max({name})' for name in names)} from {table}").fetchone() or ()
    found = {name: row[place * 3 : place * 3 + 3] for place, name in enumerate(names)}
    same = (f"every.{name} {'is not distinct from' if unknown else '='} {table}.{name}" for name, (unknown, _, _) in found.items())
    return " and ".join(same), {name: (least, most) for name, (unknown, least, most) in found.items() if not unknown}


def _any(con: DuckDBPyConnection, source: str) -> bool:
    return con.execute(f"select 1 from {source} limit 1").fetchone() is not None


def _sound(root: Path, entry: FileEntry) -> bool:
    path = root / entry.file
    return path.is_file() and digest(path) == entry.sha256
