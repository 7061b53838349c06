"""Of each business key the newest version, whatever the order in which files were loaded.

Newest means: greatest (as_of, rows read, sha256) of the file, then the last line within it; of two files that speak up to the same moment
the longer one has the late events. Rows that share a dataset's `version_key` come from one file: a newer export of an order replaces all its
lines, also those it no longer has. Of files that own their days (see `modes`) and speak up to the same moment the one loaded later is newer.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kpi_core.errors import StoreError, Where, said
from kpi_core.store.connection import identifier, quoted
from kpi_core.store.datasets import PROVENANCE, Dataset
from kpi_core.store.manifest import ROWS_READ, Batch, FileEntry, digest
from kpi_core.store.modes import owns_days

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def ranked(batches: Sequence[Batch]) -> list[Batch]:
    """The oldest first: the order of versions, a function of what the files say and are."""

    def newness(batch: Batch) -> tuple[str, int, int, str, str]:
        return batch.as_of, batch.load_id if owns_days(batch) else 0, batch.extra.get(ROWS_READ, 0), batch.sha256, batch.profile

    return sorted(batches, key=newness)


def rank_loads(con: DuckDBPyConnection, batches: Sequence[Batch]) -> None:
    """Fill `load_rank(load_id, rank)` with that order."""
    con.execute("create or replace temp table load_rank (load_id integer, rank integer)")
    if batches:
        con.executemany("insert into load_rank values (?, ?)", [[batch.load_id, rank] for rank, batch in enumerate(ranked(batches))])


def parquet(root: Path, entries: Sequence[FileEntry], *, named: bool = False) -> str:
    """The table function that reads these files; `named`: with the file of each row in `filename`."""
    names = ", ".join(quoted(str(root / entry.file)) for entry in entries)
    return f"read_parquet([{names}], union_by_name = true{', filename = true' if named else ''})"


def completed(con: DuckDBPyConnection, dataset: Dataset, source: str, some: str | None = None) -> str:
    """A relation of `source` with all columns of the dataset: files written before a column was known have nothing there.

    `some`: a few of its files. If they lack nothing the others need not be opened.
    """
    for look in (some, source):
        if look:
            found = {str(row[0]) for row in con.execute(f"describe select * from {look}").fetchall()}
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


def single(con: DuckDBPyConnection, dataset: Dataset, source: str) -> bool:
    """Is each key there once? Then nothing is newer than anything else, and to rank all rows by key would cost most of the load."""
    key = ", ".join(identifier(name) for name in dataset.key)
    row = con.execute(f"select (select count(*) from {source}) = (select count(*) from (select distinct {key} from {source}))").fetchone()
    return row is not None and bool(row[0])


def batch_rows(con: DuckDBPyConnection, root: Path, dataset: Dataset, some: Sequence[Batch], checked: set[str] | None = None) -> str:
    """The relation of the rows of some batches. Raises StoreError for a file that is not what was written, but for those in `checked`,
    to which the others are added; with None nothing is checked."""
    feeding = [batch for batch in some if dataset.name in batch.files]
    for batch in feeding:
        entry = batch.files[dataset.name]
        if checked is not None and entry.file not in checked:
            _check_batch(root, batch, entry)
            checked.add(entry.file)
    if not feeding:
        nothing = ", ".join(f"cast(null as {kind}) as {identifier(name)}" for name, kind in {**dataset.columns, **PROVENANCE}.items())
        return f"(select {nothing} where false)"
    return completed(con, dataset, parquet(root, [batch.files[dataset.name] for batch in feeding]))


def _check_batch(root: Path, batch: Batch, entry: FileEntry) -> None:
    path = root / entry.file
    if not path.is_file() or digest(path) != entry.sha256:  # most flipped bits in Parquet give wrong sums without an error
        raise StoreError(
            said("the loaded rows of {name} are missing or damaged", name=batch.name),
            where=Where(str(path)),
            hint=said("load that file again, or go on without it: omnigap rebuild"),
        )
