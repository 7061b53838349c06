"""Batches -> facts: of each business key the newest version that counts, whatever the order in which files were loaded.

A dataset is resolved as a whole once; then only the months that a load touches are written again (see `months`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kpi_core.store.connection import identifier
from kpi_core.store.datasets import DATASETS, PROVENANCE, Dataset
from kpi_core.store.files import Fault, no_fault
from kpi_core.store.manifest import Batch, FileEntry, Manifest
from kpi_core.store.modes import feeds, take_back
from kpi_core.store.months import Place, update, write_all
from kpi_core.store.owners import KEPT, Contest, GaveWay, candidates
from kpi_core.store.resolve import batch_rows, columns, completed, parquet, rank_loads, resolve_sql, single
from kpi_core.store.settings import Overlapping

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

ROWS_PER_FILE = 500_000  # a dataset above this is cut into months


@dataclass(frozen=True)
class Changed:
    """What differs between the facts of the parent generation and the new ones of a dataset.

    `whole`: anything may. Else the temp table `changed_<dataset>` of the connection holds the distinct `version_key` columns whose rows
    differ, on the old or the new side; it is empty when nothing does. `gained`: none of them is on the old side.
    """

    whole: bool
    gained: bool = False


@dataclass(frozen=True)
class Facts:
    """Fact files by dataset. `owners` is kept in the manifest: by what each dataset was decided, and the rows that gave way to a better source.

    `changed` has every dataset, those without any rows too.
    """

    files: dict[str, tuple[FileEntry, ...]]
    owners: dict[str, Any]
    changed: dict[str, Changed]


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
    facts = Facts({}, {}, {})
    untouched: list[str] = []
    for name, dataset in DATASETS.items():
        place = Place(con, root, dataset, generation, ROWS_PER_FILE, fault)
        feeding = [batch for batch in batches if feeds(batch, name)]
        before = [batch for batch in parent.active if feeds(batch, name)]
        counted, counts = _known(before, name), _known(feeding, name)
        arrived = [batch for batch in feeding if counted.get(batch.load_id) != counts[batch.load_id]]
        gone = [batch for batch in before if counts.get(batch.load_id) != counted[batch.load_id]]
        decided, stamp = before_by.get(name, {}), contest.stamp(name)
        known = name in parent.facts or bool(parent.generation and not before)  # None of a dataset is known too
        same = known and decided.get("stamp", "") == stamp
        files: tuple[FileEntry, ...] | None = None
        gained = False
        if not arrived and not gone and (same or not feeding):
            files = parent.facts.get(name)
            untouched.append(_nothing_changed(dataset))
        elif same and not stamp and feeding and not {batch.load_id for batch in arrived} & {batch.load_id for batch in gone}:
            updated = update(place, parent.facts.get(name, ()), arrived, gone, feeding)
            files, gained = updated or (None, False)
        whole = files is None and bool(feeding or before)
        if whole and feeding:
            files, left_out = _resolve(place, feeding, parent.facts.get(name, ()), contest)
            decided = {"stamp": stamp, "left_out": [[item.load_id, item.by, item.rows] for item in left_out]}
        facts.changed[name] = Changed(whole, gained)
        if files is not None:
            facts.files[name] = files
        if stamp and feeding:
            facts.owners[name] = decided
    con.execute("; ".join(untouched))
    fault("facts_done")
    return facts


def _known(batches: Sequence[Batch], name: str) -> dict[int, tuple[str, str]]:
    """What a batch says of the dataset: a file written again under its number is another one."""
    return {batch.load_id: (batch.files[name].sha256 if name in batch.files else "", batch.as_of) for batch in batches}


def _nothing_changed(dataset: Dataset) -> str:
    keys = ", ".join(f"{identifier(column)} {dataset.columns[column]}" for column in dataset.version_key)
    return f"create or replace temp table {identifier(f'changed_{dataset.name}')} ({keys})"


def _resolve(place: Place, feeding: Sequence[Batch], old: tuple[FileEntry, ...], contest: Contest) -> tuple[tuple[FileEntry, ...], list[GaveWay]]:
    """Resolve and write a dataset from all its batches."""
    con, dataset = place.con, place.dataset
    checked: set[str] = set()

    def rows_of(name: str, some: Sequence[Batch]) -> str:
        return batch_rows(con, place.root, DATASETS[name], some, checked)

    left_out: list[GaveWay] = []
    source = rows_of(dataset.name, feeding)
    if contest.of_dataset(dataset.name):
        left_out, source = candidates(con, dataset, contest, feeding, rows_of), "candidate"
    newest = f"select {columns(dataset)} from {source}" if len(feeding) == 1 and single(con, dataset, source) else resolve_sql(dataset, source)
    con.execute(f"create or replace temp table resolved as {newest}")
    con.execute("drop table if exists candidate")
    take_back(con, dataset, "resolved", feeding, place.batches, feeding)
    written = write_all(place, "resolved", old)
    con.execute("drop table resolved")
    return written, left_out


def attach_facts(con: DuckDBPyConnection, root: Path, facts: dict[str, tuple[FileEntry, ...]], names: Collection[str] = DATASETS) -> None:
    """Make each dataset of `names` a view `facts.<name>` with its exact columns; empty where nothing was loaded."""
    con.execute("create schema if not exists facts")
    for name, dataset in DATASETS.items():
        if name not in names:
            continue
        entries = facts.get(name, ())
        typed = ", ".join(
            f"cast({identifier(column) if entries else 'null'} as {kind}) as {identifier(column)}" for column, kind in {**dataset.columns, **PROVENANCE}.items()
        )
        source = f"from {completed(con, dataset, parquet(root, entries))}" if entries else "where false"
        con.execute(f"create or replace view facts.{identifier(name)} as select {typed} {source}")
