"""Batches -> facts: of each business key the newest version, whatever the order in which files were loaded.

Newest means: greatest (as_of, rows read, sha256) of the file, then the last line within it; of two files that speak up to the same moment
the longer one has the late events. Rows that share a dataset's `version_key` come from one file: a newer export of an order replaces all its
lines, also those it no longer has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kpi_core.errors import StoreError, Where, said
from kpi_core.store.connection import identifier, quoted
from kpi_core.store.datasets import DATASETS, PROVENANCE, Dataset
from kpi_core.store.files import Fault, no_fault, settle, temporary
from kpi_core.store.manifest import ROWS_READ, Batch, FileEntry, Manifest, digest
from kpi_core.store.owners import KEPT, Contest, GaveWay, candidates
from kpi_core.store.settings import Overlapping

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

ROWS_PER_FILE = 500_000  # a dataset above this is cut into months
_NO_MONTH = "none"


def rank_loads(con: DuckDBPyConnection, batches: Sequence[Batch]) -> None:
    """Fill `load_rank(load_id, rank)`: the order of versions, a function of what the files say and are."""
    con.execute("create or replace temp table load_rank (load_id integer, rank integer)")
    ordered = sorted(batches, key=lambda batch: (batch.as_of, batch.extra.get(ROWS_READ, 0), batch.sha256, batch.profile))
    if ordered:
        con.executemany("insert into load_rank values (?, ?)", [[batch.load_id, rank] for rank, batch in enumerate(ordered)])


def parquet(root: Path, entries: Sequence[FileEntry]) -> str:
    """The table function that reads these files."""
    names = ", ".join(quoted(str(root / entry.file)) for entry in entries)
    return f"read_parquet([{names}], union_by_name = true)"


def completed(con: DuckDBPyConnection, dataset: Dataset, source: str) -> str:
    """A relation of `source` with all columns of the dataset: files written before a column was known have nothing there."""
    found = {str(row[0]) for row in con.execute(f"describe select * from {source}").fetchall()}
    missing = {name: kind for name, kind in {**dataset.columns, **PROVENANCE}.items() if name not in found}
    if not missing:
        return source
    empty = ", ".join(f"cast(null as {kind}) as {identifier(name)}" for name, kind in missing.items())
    return f"(select *, {empty} from {source})"


def columns(dataset: Dataset) -> str:
    return ", ".join(identifier(name) for name in (*dataset.columns, *PROVENANCE))


def resolve_sql(dataset: Dataset, source: str) -> str:
    """SELECT of the newest version of each key of `source`, a relation of batch rows. Needs `load_rank`."""
    key = ", ".join(f"ranked.{identifier(name)}" for name in dataset.key)
    newest, together = "", ""
    if dataset.version_key != dataset.key:
        group = ", ".join(identifier(name) for name in dataset.version_key)
        same = " and ".join(f"ranked.{identifier(name)} is not distinct from newest.{identifier(name)}" for name in dataset.version_key)
        newest = f", newest as (select {group}, max(rank) as rank from ranked group by {group})"
        together = f"join newest on ranked.rank = newest.rank and {same}"
    names = ", ".join(f"ranked.{identifier(name)}" for name in (*dataset.columns, *PROVENANCE))
    return f"""
        with ranked as (select every.*, load_rank.rank from {source} as every join load_rank using (load_id)){newest}
        select {names} from ranked {together}
        qualify row_number() over (partition by {key} order by ranked.rank desc, ranked.file_line desc nulls last) = 1
    """


@dataclass(frozen=True)
class Facts:
    """Fact files by dataset. `owners` is kept in the manifest: by what each dataset was decided, and the rows that gave way to a better source."""

    files: dict[str, tuple[FileEntry, ...]]
    owners: dict[str, Any]


def build_facts(
    con: DuckDBPyConnection,
    root: Path,
    parent: Manifest,
    batches: Sequence[Batch],
    generation: int,
    *,
    overlaps: Sequence[Overlapping] = (),
    fault: Fault = no_fault,
) -> Facts:
    """Write the fact files of `generation`; a dataset that no changed batch touches keeps the files of `parent`.

    Of sources that `overlaps` says tell of the same, the best one counts (see `owners`).
    """
    rank_loads(con, batches)
    contest = Contest.of(overlaps, batches)
    kept = parent.extra.get(KEPT)
    before_by: dict[str, Any] = kept if isinstance(kept, dict) else {}
    facts = Facts({}, {})
    for name, dataset in DATASETS.items():
        feeding = [batch for batch in batches if name in batch.files]
        before = {batch.load_id for batch in parent.active if name in batch.files}
        decided, stamp = before_by.get(name, {}), contest.stamp(name)
        if name in parent.facts and before == {batch.load_id for batch in feeding} and decided.get("stamp", "") == stamp:
            facts.files[name] = parent.facts[name]
        elif feeding:
            facts.files[name], left_out = _write(con, root, dataset, feeding, parent.facts.get(name, ()), generation, fault, contest)
            decided = {"stamp": stamp, "left_out": [[item.load_id, item.by, item.rows] for item in left_out]}
        if stamp and feeding:
            facts.owners[name] = decided
    fault("facts_done")
    return facts


def _write(
    con: DuckDBPyConnection,
    root: Path,
    dataset: Dataset,
    feeding: Sequence[Batch],
    old: tuple[FileEntry, ...],
    generation: int,
    fault: Fault,
    contest: Contest,
) -> tuple[tuple[FileEntry, ...], list[GaveWay]]:
    for batch in feeding:
        _check_batch(root, batch, batch.files[dataset.name])

    def rows_of(name: str, some: Sequence[Batch]) -> str:
        return completed(con, DATASETS[name], parquet(root, [batch.files[name] for batch in some]))

    left_out: list[GaveWay] = []
    source = rows_of(dataset.name, feeding)
    if contest.of_dataset(dataset.name):
        left_out, source = candidates(con, dataset, contest, feeding, rows_of), "candidate"
    newest = f"select {columns(dataset)} from {source}" if len(feeding) == 1 and _single(con, dataset, source) else resolve_sql(dataset, source)
    con.execute(f"create or replace temp table resolved as {newest}")
    con.execute("drop table if exists candidate")
    (rows,) = con.execute("select count(*) from resolved").fetchone() or (0,)
    parts: list[tuple[str, str, int]] = [("", "true", rows)]
    if rows > ROWS_PER_FILE and dataset.day:
        parts = _months(con, identifier(dataset.day))
    written = tuple(_write_part(con, root, dataset, part, where, count, old, generation, fault) for part, where, count in parts)
    con.execute("drop table resolved")
    return written, left_out


def _single(con: DuckDBPyConnection, dataset: Dataset, source: str) -> bool:
    """Is each key there once? Then nothing is newer than anything else, and to rank all rows by key would cost most of the load."""
    key = ", ".join(identifier(name) for name in dataset.key)
    row = con.execute(f"select (select count(*) from {source}) = (select count(*) from (select distinct {key} from {source}))").fetchone()
    return row is not None and bool(row[0])


def _months(con: DuckDBPyConnection, day: str) -> list[tuple[str, str, int]]:
    """(month, condition, rows) of each month of `resolved`; a range of days is found without a look at every row."""
    found = con.execute(f"select date_trunc('month', {day})::date as month, count(*) from resolved group by 1 order by 1").fetchall()
    parts = []
    for month, rows in found:
        inside = f"{day} >= date '{month}' and {day} < date '{month}' + interval 1 month" if month is not None else f"{day} is null"
        parts.append((f"{month:%Y-%m}" if month is not None else _NO_MONTH, inside, int(rows)))
    return parts


def _check_batch(root: Path, batch: Batch, entry: FileEntry) -> None:
    path = root / entry.file
    if not path.is_file() or digest(path) != entry.sha256:  # most flipped bits in Parquet give wrong sums without an error
        raise StoreError(
            said("the loaded rows of {name} are missing or damaged", name=batch.name),
            where=Where(str(path)),
            hint=said("restore .omnigap from a backup, or delete it and load every export again"),
        )


def _write_part(
    con: DuckDBPyConnection, root: Path, dataset: Dataset, part: str, where: str, rows: int, old: tuple[FileEntry, ...], generation: int, fault: Fault
) -> FileEntry:
    folder = root / "facts" / dataset.name
    folder.mkdir(mode=0o750, exist_ok=True)
    path = folder / f"{part + '-' if part else ''}g{generation:06d}.parquet"
    order = ", ".join(identifier(name) for name in ((dataset.day,) if dataset.day else ()) + dataset.key)
    target = temporary(path)
    con.execute(f"copy (select {columns(dataset)} from resolved where {where} order by {order}) to {quoted(str(target))} (format parquet, compression zstd)")
    fault("facts_written")
    entry = settle(target, path, root, rows=rows, part=part)
    for same in old:
        if same.sha256 == entry.sha256 and same.part == part and (root / same.file).is_file():
            path.unlink()  # nothing moved in this month: one file serves both generations
            return same
    fault("one_fact_renamed")
    return entry


def attach_facts(con: DuckDBPyConnection, root: Path, facts: dict[str, tuple[FileEntry, ...]]) -> None:
    """Make every dataset a view `facts.<name>` with its exact columns; empty where nothing was loaded."""
    con.execute("create schema if not exists facts")
    for name, dataset in DATASETS.items():
        entries = facts.get(name, ())
        typed = ", ".join(
            f"cast({identifier(column) if entries else 'null'} as {kind}) as {identifier(column)}" for column, kind in {**dataset.columns, **PROVENANCE}.items()
        )
        source = f"from {completed(con, dataset, parquet(root, entries))}" if entries else "where false"
        con.execute(f"create or replace view facts.{identifier(name)} as select {typed} {source}")
