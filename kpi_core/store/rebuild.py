"""Facts and mart again from the batches, whatever happened to them: a new generation beside the damaged one."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from kpi_core.errors import Message, NewerStore, NothingLoaded, StoreError, Where, said
from kpi_core.store import stopping
from kpi_core.store.connection import Limits
from kpi_core.store.damage import damage
from kpi_core.store.files import Fault, explained, load_lock, no_fault
from kpi_core.store.loading import loading_connection
from kpi_core.store.manifest import ACTIVE, DAMAGED, Batch, Manifest, checked, decode
from kpi_core.store.publish import COPY, cells_pending, publish, publish_cells
from kpi_core.store.rollup import Preparation, RollupSpec
from kpi_core.store.settings import MartSettings
from kpi_core.store.upkeep import collect
from kpi_core.store.workspace import Workspace

WAS = "status_before"  # of the extra of a damaged batch
LISTED = 10  # names of files in a message


@dataclass(frozen=True)
class Lost:
    """An export to load again. `rows`: its rows are damaged and count no longer; else only the account of what became of them is."""

    load_id: int
    name: str
    rows: bool


@dataclass(frozen=True)
class Rebuilt:
    """`counted` loads are in the new generation; `notes` tell what it was built from where that is not what CURRENT named."""

    generation: int
    counted: int
    again: tuple[Lost, ...]
    notes: tuple[Message, ...]
    seconds: float


def rebuild(
    workspace: Workspace,
    settings: MartSettings | None = None,
    *,
    rollups: Sequence[RollupSpec] = (),
    preparation: Preparation | None = None,
    limits: Limits | None = None,
    fault: Fault = no_fault,
) -> Rebuilt:
    """Publish a generation whose facts and mart are made anew from every batch that is what was written; the others count no longer.

    Where CURRENT or its manifest is lost, the newest manifest takes their place. Raises NothingLoaded in an empty workspace, StoreBusy while
    a load runs, NewerStore for what a newer release wrote, StoreError when no manifest can be read at all.
    """
    started = time.monotonic()
    workspace.prepare()
    root = workspace.warehouse
    with explained(workspace.root), load_lock(root / "load.lock"):
        parent, notes = _foundation(workspace)
        batches = _judged(root, parent.batches)
        again = tuple(_lost(root, batch) for batch in batches if batch.status == DAMAGED or damage(root, batch.account))
        newest = max([parent.generation, *workspace.manifests()])
        con = loading_connection(workspace, limits)
        try:
            bare = msgspec.structs.replace(parent, generation=newest, facts={}, mart=None, base=None)
            made = publish(workspace, con, bare, batches, settings or MartSettings(), rollups, preparation=preparation, fault=fault)
            if preparation is not None and cells_pending(made):
                made = publish_cells(workspace, con, made, preparation, fault=fault)
        finally:
            stopping.close(con)
        collect(workspace)
    return Rebuilt(made.generation, len(made.active), again, notes, time.monotonic() - started)


def _judged(root: Path, batches: Sequence[Batch]) -> list[Batch]:
    """Every batch with what its files are worth. A damaged one whose content was loaded again under another number is needed no more."""
    broken = {batch.load_id: any(damage(root, entry) for entry in batch.files.values()) for batch in batches}
    sound = {(batch.sha256, batch.profile) for batch in batches if not broken[batch.load_id]}
    found = []
    for batch in batches:
        if broken[batch.load_id]:
            if (batch.sha256, batch.profile) not in sound:
                was = batch.extra.get(WAS, batch.status)
                found.append(msgspec.structs.replace(batch, status=DAMAGED, extra={**batch.extra, WAS: was}))
        elif batch.status == DAMAGED:  # its files were put back
            extra = {name: value for name, value in batch.extra.items() if name != WAS}
            found.append(msgspec.structs.replace(batch, status=str(batch.extra.get(WAS, ACTIVE)), extra=extra))
        else:
            found.append(batch)
    return found


def _lost(root: Path, batch: Batch) -> Lost:
    return Lost(batch.load_id, batch.name, batch.status == DAMAGED)


def _foundation(workspace: Workspace) -> tuple[Manifest, tuple[Message, ...]]:
    """The manifest that CURRENT names, else its copy, else the newest whose files are all there."""
    root = workspace.warehouse
    number, sha256 = 0, ""
    try:
        number, sha256 = workspace.pointer()
    except StoreError:
        pass
    else:
        if not number:
            raise NothingLoaded(
                said("nothing has been loaded yet"),
                where=Where(str(workspace.root)),
                hint=said("put exports into {folder}, then run: omnigap load", folder=workspace.exports_dir),
            )
        named = _read(workspace.manifest_path(number), number, sha256)
        if named is not None:
            return named, ()
        copy = _read(root / COPY, number, sha256)
        if copy is not None:
            return copy, (said("the manifest of generation {number} was damaged: its copy has taken its place", number=number),)
    known = [_read(workspace.manifest_path(one), one, "") for one in workspace.manifests()]
    found = [manifest for manifest in (*known, _read(root / COPY, None, "")) if manifest is not None]
    if not found:
        names = _names(_exports(root, 0))
        hint = said("restore the folder .omnigap from a backup, or delete it and load again: {names}", names=names)
        raise StoreError(said("no manifest of this warehouse can be read any more"), where=Where(str(root / "gens")), hint=hint)
    best = max(found, key=lambda manifest: (_complete(root, manifest), manifest.generation))
    moment = datetime.fromisoformat(best.built_at) if best.built_at else ""
    notes = [said("the pointer to the current numbers was lost or damaged: generation {number} of {moment} was taken", number=best.generation, moment=moment)]
    missing = _exports(root, best.next_load_id)
    if missing:
        notes.append(said("what was loaded since is not in it: load again {names}", names=_names(missing)))
    return best, tuple(notes)


def _read(path: Path, generation: int | None, sha256: str) -> Manifest | None:
    try:
        raw = path.read_bytes()
        return decode(raw, path) if generation is None else checked(raw, path, generation, sha256)
    except NewerStore:
        raise
    except (OSError, StoreError):
        return None


def _complete(root: Path, manifest: Manifest) -> bool:
    return not any(damage(root, entry, read=False) for batch in manifest.batches for entry in batch.files.values())


class _Named(msgspec.Struct):
    file: str = ""


def _exports(root: Path, first: int) -> list[str]:
    """The names of the exports whose accounts lie there, of the load `first` and of those after it."""
    names: dict[str, None] = {}
    for path in sorted((root / "accounts").glob("*.json")):
        number = path.stem.partition("-")[0]
        if number.isdecimal() and int(number) >= first:
            try:
                names[msgspec.json.decode(path.read_bytes(), type=_Named).file or path.stem] = None
            except (OSError, msgspec.DecodeError):
                names[path.stem] = None
    return list(names)


def _names(names: Sequence[str]) -> str:
    return ", ".join([*names[:LISTED], *(["…"] if len(names) > LISTED else [])])
