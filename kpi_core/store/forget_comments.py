"""Taking what customers wrote out of the loaded rows for good: answers and scores stay, without a word.

As an erased customer does (see `forget`): the files of all loads, those undone too, are written again under new names, facts and mart follow in
a new generation, and the files of before are deleted at once, save those that an open reader has pinned.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from kpi_core.errors import StoreError, Where, said
from kpi_core.store.connection import Limits, quoted
from kpi_core.store.counting import writer
from kpi_core.store.damage import damage, without_damage
from kpi_core.store.files import Fault, no_fault, settle, temporary
from kpi_core.store.forgotten import WORDED as ANSWERS
from kpi_core.store.manifest import DAMAGED, REBUILD, Batch, FileEntry, Manifest
from kpi_core.store.permissions import make_folder
from kpi_core.store.publish import publish
from kpi_core.store.rollup import Preparation, RollupSpec
from kpi_core.store.settings import MartSettings
from kpi_core.store.upkeep import collect
from kpi_core.store.workspace import Workspace

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True)
class Silenced:
    """`comments` that were taken out of `loads`; `pinned`: generations of before that open readers still show."""

    comments: int
    loads: int
    pinned: int


def count_comments(workspace: Workspace, limits: Limits | None = None) -> Silenced:
    """How many comments are kept, and of how many loads. Changes nothing. Raises StoreError as a load does."""
    with writer(workspace, limits) as (parent, con):
        found = _counted(workspace.warehouse, con, parent)
    return Silenced(sum(found.values()), len(found), 0)


def forget_comments(
    workspace: Workspace,
    settings: MartSettings | None = None,
    *,
    rollups: Sequence[RollupSpec] = (),
    preparation: Preparation | None = None,
    limits: Limits | None = None,
    fault: Fault = no_fault,
) -> Silenced:
    """Take every kept comment out of the store, in a new generation. Raises StoreError as a load does; a crash is made good by doing it again."""
    root = workspace.warehouse
    with writer(workspace, limits) as (parent, con):
        found = _counted(root, con, parent)
        if not found and not any(_unreadable(batch) for batch in parent.batches):
            return Silenced(0, 0, 0)
        batches = [_without(root, con, parent.generation + 1, batch, found) for batch in parent.batches]
        fault("rewritten")
        sound = without_damage(root, parent)
        facts = {name: parts for name, parts in sound.facts.items() if name != ANSWERS}
        sound = msgspec.structs.replace(sound, facts=facts, mart=None)
        manifest = publish(workspace, con, sound, batches, settings or MartSettings(), rollups, preparation=preparation, fault=fault)
        collect(workspace, keep=1)  # of before nothing stays that nobody looks at
        return Silenced(sum(found.values()), len(found), sum(number < manifest.generation for number in workspace.manifests()))


def _unreadable(batch: Batch) -> bool:
    """Nobody can say what stands in its answers, and they do not count: loading the export again makes them anew."""
    return batch.status == DAMAGED and ANSWERS in batch.files


def _counted(root: Path, con: DuckDBPyConnection, parent: Manifest) -> dict[int, int]:
    """Comments by load, of the loads that have any. Raises StoreError for damaged rows: they would be written again as if they were sound."""
    found: dict[int, int] = {}
    for batch in parent.batches:
        if ANSWERS not in batch.files or _unreadable(batch):
            continue
        entry = batch.files[ANSWERS]
        if damage(root, entry):
            where = Where(str(root / entry.file))
            raise StoreError(said("the loaded rows of {name} are missing or damaged", name=batch.name), where=where, hint=REBUILD)
        source = f"read_parquet({quoted(str(root / entry.file))})"
        if any(str(row[0]) == "comment" for row in con.execute(f"describe select * from {source}").fetchall()):
            row = con.execute(f"select count(comment) from {source}").fetchone()
            if row is not None and row[0]:
                found[batch.load_id] = found.get(batch.load_id, 0) + int(row[0])
    return found


def _without(root: Path, con: DuckDBPyConnection, generation: int, batch: Batch, found: dict[int, int]) -> Batch:
    """The batch with answers of its own that hold no comment; the same one where none did."""
    if _unreadable(batch):
        return msgspec.structs.replace(batch, files={name: entry for name, entry in batch.files.items() if name != ANSWERS})
    if ANSWERS not in batch.files or batch.load_id not in found:
        return batch
    entry: FileEntry = batch.files[ANSWERS]
    before = root / entry.file
    path = before.with_name(f"{batch.load_id:06d}-{batch.sha256[:12]}-g{generation:06d}.parquet")
    make_folder(path.parent)
    written = temporary(path)
    told = f"select * replace (cast(null as varchar) as comment) from read_parquet({quoted(str(before))})"
    con.execute(f"copy ({told}) to {quoted(str(written))} (format parquet, compression zstd)")
    return msgspec.structs.replace(batch, files={**batch.files, ANSWERS: settle(written, path, root, rows=entry.rows, sync=False)})
