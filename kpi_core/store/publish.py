"""One generation: batches, facts, mart, manifest, and last of all CURRENT, the only commit point."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import msgspec

from kpi_core import __version__
from kpi_core.store import stopping
from kpi_core.store.connection import quoted
from kpi_core.store.damage import without_damage
from kpi_core.store.datasets import DATASETS, PROVENANCE
from kpi_core.store.facts import build_facts
from kpi_core.store.files import Fault, disk_is_full, no_fault, settle, sync_folder, temporary, write_bytes
from kpi_core.store.manifest import ACTIVE, ROWS_READ, SCHEMA_VERSION, Batch, FileEntry, Manifest, encode
from kpi_core.store.modes import EVENTS, Mode, events, kept, with_days
from kpi_core.store.owners import KEPT
from kpi_core.store.rollup import Preparation, RollupSpec
from kpi_core.store.settings import MartSettings
from kpi_core.store.star import build_mart, fingerprint
from kpi_core.store.star_update import prepare_cells, update_mart
from kpi_core.store.workspace import Workspace, key_check

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

FRESH = "fresh_within"
PENDING = "cells_pending"  # of the extra of a manifest
COPY = "manifest.copy"  # of the manifest that CURRENT names: without one no batch would count


@dataclass(frozen=True)
class Incoming:
    """One converted export: `tables` names a temp table per dataset (its columns, then file_line); `account` is kept as JSON.

    `as_of` is the newest moment the file speaks of: it decides which version of a row is newest.
    """

    name: str
    sha256: str
    profile: str
    as_of: datetime
    tables: Mapping[str, str]
    account: Any
    fresh_within: int | None = None  # days by which its format may be behind; kept with the batch
    modes: Mapping[str, Mode] = field(default_factory=dict)  # how its datasets meet older rows; none: by key


def write_batch(workspace: Workspace, con: DuckDBPyConnection, incoming: Incoming, load_id: int, *, again: int = 0, fault: Fault = no_fault) -> Batch:
    """Write the immutable files of one export; nothing counts before `publish`, which also makes their names durable.

    `again`: a number that tells these files from those of the same load that are damaged.
    """
    root = workspace.warehouse
    stem = f"{load_id:06d}-{incoming.sha256[:12]}" + (f"-{again:06d}" if again else "")
    files: dict[str, FileEntry] = {}
    modes = with_days(con, incoming.modes, incoming.tables)
    for name in DATASETS:
        if name not in incoming.tables:
            continue
        table = incoming.tables[name]
        path = root / "batches" / name / f"{stem}.parquet"
        path.parent.mkdir(mode=0o750, exist_ok=True)
        typed = ", ".join(f'cast("{column}" as {kind}) as "{column}"' for column, kind in DATASETS[name].columns.items())
        (rows,) = con.execute(f"select count(*) from {table}").fetchone() or (0,)
        if not rows:
            continue
        target = temporary(path)
        provenance = f"cast({load_id} as {PROVENANCE['load_id']}) as load_id, cast(file_line as {PROVENANCE['file_line']}) as file_line"
        if name in modes and modes[name].name == EVENTS:
            table = events(DATASETS[name], table, incoming.sha256)
        con.execute(f"copy (select {typed}, {provenance} from {table}) to {quoted(str(target))} (format parquet, compression zstd)")
        fault("batch_written")
        files[name] = settle(target, path, root, rows=rows, sync=False)
        fault("batch_renamed")
    account = write_bytes(root / "accounts" / f"{stem}.json", msgspec.json.encode(incoming.account), root, sync=False)
    return Batch(
        load_id=load_id,
        name=incoming.name,
        sha256=incoming.sha256,
        profile=incoming.profile,
        as_of=incoming.as_of.isoformat(sep=" "),
        loaded_at=datetime.now(UTC).isoformat(timespec="seconds"),
        account=account,
        files=files,
        extra={ROWS_READ: getattr(incoming.account, "rows_read", 0)} | ({} if incoming.fresh_within is None else {FRESH: incoming.fresh_within}) | kept(modes),
    )


def publish(
    workspace: Workspace,
    con: DuckDBPyConnection,
    parent: Manifest,
    batches: Sequence[Batch],
    settings: MartSettings,
    rollups: Sequence[RollupSpec] = (),
    *,
    preparation: Preparation | None = None,
    key: bytes | None = None,
    fault: Fault = no_fault,
) -> Manifest:
    """Make `batches` (all of them, old and new) the current generation and return its manifest.

    Until the last step nothing that readers see has changed; a crash before it leaves files that the next load sweeps away.
    """
    root = workspace.warehouse
    generation = parent.generation + 1
    built_at = datetime.now(UTC).isoformat(timespec="seconds")
    active = [batch for batch in batches if batch.status == ACTIVE]
    parent = without_damage(root, parent)
    built = build_facts(con, root, parent, active, generation, overlaps=settings.overlaps, fault=fault)
    same = parent.built_with == fingerprint(settings, rollups, preparation)
    carried = update_mart(con, root, parent, built, generation, built_at, settings, rollups, preparation=preparation, fault=fault) if same else None
    if carried is not None:
        base, (mart, pending) = parent.base or parent.mart, carried
    else:
        sound = without_damage(root, parent, read=True)  # building the mart reads every fact file; hashing what is not read would cost seconds
        if sound.facts != parent.facts:
            built = build_facts(con, root, sound, active, generation, overlaps=settings.overlaps, fault=fault)
        base, pending = None, False
        mart = build_mart(con, root, built.files, generation, built_at, settings, rollups, preparation=preparation, fault=fault)
    manifest = msgspec.structs.replace(
        parent,
        generation=generation,
        parent=parent.generation or None,
        schema_version=SCHEMA_VERSION,
        app_version=__version__,
        built_at=built_at,
        built_with=fingerprint(settings, rollups, preparation),
        key_check=key_check(key) if key else parent.key_check,
        next_load_id=max([parent.next_load_id, *(batch.load_id + 1 for batch in batches)]),
        batches=tuple(batches),
        facts=built.files,
        mart=mart,
        base=base,
        extra={**parent.extra, KEPT: built.owners, PENDING: pending},
    )
    _sync_names(root, batches)
    return _commit(workspace, manifest, fault)


def publish_cells(workspace: Workspace, con: DuckDBPyConnection, parent: Manifest, preparation: Preparation, *, fault: Fault = no_fault) -> Manifest:
    """The same numbers in a new generation whose screens are prepared again; `parent` has `cells_pending`.

    On a full disk it is `parent`: its numbers are there, and what is asked live until then is prepared by the next load.
    """
    generation, built_at = parent.generation + 1, parent.built_at
    try:
        mart = prepare_cells(con, workspace.warehouse, parent, generation, built_at, preparation, fault=fault)
        extra = {**parent.extra, PENDING: False}
        return _commit(workspace, msgspec.structs.replace(parent, generation=generation, parent=parent.generation, mart=mart, extra=extra), fault)
    except (OSError, duckdb.Error) as error:
        if not disk_is_full(error):
            raise
        return parent


def cells_pending(manifest: Manifest) -> bool:
    """Were few rows changed, so that some prepared cells are asked live until they are prepared again?"""
    return bool(manifest.extra.get(PENDING)) and manifest.base is not None


def _commit(workspace: Workspace, manifest: Manifest, fault: Fault) -> Manifest:
    root, generation = workspace.warehouse, manifest.generation
    raw = encode(manifest)
    if manifest.parent is None:
        sync_folder(workspace.root)  # the folder of the warehouse is as new as what is in it
    write_bytes(root / COPY, raw, root, sync=False)
    entry = write_bytes(workspace.manifest_path(generation), raw, root)
    fault("manifest_written")
    stopping.go_on()
    write_bytes(root / "CURRENT", f"{generation} {entry.sha256}\n".encode("ascii"), root, before_rename=lambda: fault("current_written"))
    fault("published")
    return manifest


def _sync_names(root: Path, batches: Sequence[Batch]) -> None:
    """Once per folder instead of once per file: the names of all batch files are on the disk before a manifest speaks of them.

    Fact files have theirs already, but not yet the folder of a dataset that is new.
    """
    folders = {(root / entry.file).parent for batch in batches for entry in (batch.account, *batch.files.values())}
    for folder in sorted({*folders, *(folder.parent for folder in folders), root / "facts"}):
        if folder.is_dir():
            sync_folder(folder)
