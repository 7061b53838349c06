"""Which loads count: one can be taken back and brought back. Facts and mart follow in a new generation; no batch is ever deleted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

import msgspec

from kpi_core.errors import Message, NothingLoaded, UsageError, Where, said
from kpi_core.store.connection import Limits
from kpi_core.store.damage import without_damage
from kpi_core.store.files import Fault, explained, load_lock, no_fault
from kpi_core.store.loading import loading_connection
from kpi_core.store.manifest import DAMAGED, UNDONE, Batch, Manifest
from kpi_core.store.publish import cells_pending, publish, publish_cells
from kpi_core.store.rollup import Preparation, RollupSpec
from kpi_core.store.settings import MartSettings
from kpi_core.store.upkeep import tidied
from kpi_core.store.workspace import Workspace

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Counting = Literal["active", "undone"]
LISTED = 20  # runs of numbers in a message


def set_status(
    workspace: Workspace,
    load_ids: Iterable[int],
    status: Counting,
    settings: MartSettings | None = None,
    *,
    rollups: Sequence[RollupSpec] = (),
    preparation: Preparation | None = None,
    limits: Limits | None = None,
    fault: Fault = no_fault,
) -> Manifest:
    """Make loads count no longer ("undone") or again ("active"), all of them in one new generation; returns its manifest.

    Their files stay, so that the other status brings the same numbers back. Raises UsageError, and changes nothing, for a number that
    no load has, a load that has that status already, and one that would count beside another load of the same file; NothingLoaded in an
    empty workspace, StoreBusy while another load runs, StoreError when rows that are needed are missing or damaged.
    """
    chosen = set(load_ids)
    with writer(workspace, limits) as (parent, con):
        _check(parent, chosen, status)
        batches = [msgspec.structs.replace(batch, status=status) if batch.load_id in chosen else batch for batch in parent.batches]
        sound = without_damage(workspace.warehouse, parent)
        manifest = publish(workspace, con, sound, batches, settings or MartSettings(), rollups, preparation=preparation, fault=fault)
        if preparation is not None and cells_pending(manifest):
            manifest = publish_cells(workspace, con, manifest, preparation, fault=fault)
        return manifest


@contextmanager
def writer(workspace: Workspace, limits: Limits | None) -> Iterator[tuple[Manifest, DuckDBPyConnection]]:
    """The current manifest and a connection, for the one writer; what is needed no longer is swept away behind it."""
    workspace.prepare()
    with explained(workspace.root), load_lock(workspace.warehouse / "load.lock"):
        parent = workspace.manifest()
        if not parent.generation:
            raise NothingLoaded(
                said("nothing has been loaded yet"),
                where=Where(str(workspace.root)),
                hint=said("put exports into {folder}, then run: omnigap load", folder=workspace.exports_dir),
            )
        con = loading_connection(workspace, limits)
        with tidied(workspace, con):
            yield parent, con


def _check(manifest: Manifest, chosen: set[int], status: Counting) -> None:
    known = {batch.load_id: batch for batch in manifest.batches}
    unknown = chosen - set(known)
    if unknown:
        raise UsageError(said("there is no load {numbers}", numbers=ranges(unknown)), hint=_what_exists(manifest))
    already = {number for number in chosen if known[number].status == status}
    if already:
        if status == "undone":
            what = said("load {numbers} is undone already", numbers=ranges(already))
        else:
            what = said("load {numbers} counts already", numbers=ranges(already))
        raise UsageError(what, hint=_what_exists(manifest))
    damaged = {number for number in chosen if known[number].status == DAMAGED}
    if damaged:
        names = ", ".join(sorted({known[number].name for number in damaged}))
        raise UsageError(said("the rows of load {numbers} are damaged", numbers=ranges(damaged)), hint=said("load its file again: {names}", names=names))
    if status == "active":
        _check_twins(manifest.active, [known[number] for number in sorted(chosen)])


def _check_twins(active: Sequence[Batch], again: Sequence[Batch]) -> None:
    """The same content read by the same profile counts once: what a second load of it made would be told twice where rows have no key."""
    counted = {(batch.sha256, batch.profile): batch.load_id for batch in active}
    for batch in again:
        other = counted.setdefault((batch.sha256, batch.profile), batch.load_id)
        if other != batch.load_id:
            loaded = any(one.load_id == other for one in active)
            raise UsageError(
                said("loads {number} and {other} are the same file: only one of them can count", number=batch.load_id, other=other),
                hint=said("omnigap undo {number} first", number=other) if loaded else said("redo one of them"),
            )


def _what_exists(manifest: Manifest) -> Message:
    undone = ranges(batch.load_id for batch in manifest.batches if batch.status == UNDONE)
    counted = ranges(batch.load_id for batch in manifest.active)
    if not undone:
        return said("loads that count: {counted}", counted=counted)
    if not counted:
        return said("loads that are undone: {undone}", undone=undone)
    return said("loads that count: {counted}; undone: {undone}", counted=counted, undone=undone)


def ranges(numbers: Iterable[int]) -> str:
    """Numbers as people write them: 1-3, 7; what is beyond `LISTED` runs is an ellipsis."""
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    texts = [str(first) if first == last else f"{first}-{last}" for first, last in runs]
    return ", ".join([*texts[:LISTED], *(["…"] if len(texts) > LISTED else [])])
