"""Checking what lies in the warehouse, and building it again, with everything that the workspace's configuration asks for."""

from __future__ import annotations

from kpi_core.config.bundle import load_bundle
from kpi_core.engine.catalogue import Catalogue
from kpi_core.engine.prepared import preparation
from kpi_core.engine.rollups import rollups
from kpi_core.pages.upkeep import DamagedFile, RebuiltStore, StoreCheck, WaitingLoad
from kpi_core.store import Damage, Workspace, examine, rebuild
from kpi_core.workbench.loading import mart_settings, profiles_of


def check_store(workspace: Workspace) -> StoreCheck:
    """Read every file that counts and compare it with what was written; nothing is changed. Raises as `store.examine`."""
    found = examine(workspace)
    return StoreCheck(
        generation=found.generation,
        files=found.files,
        bytes=found.bytes,
        damaged=tuple(_file(item) for item in found.damaged),
        waiting=tuple(WaitingLoad(batch.load_id, batch.name) for batch in found.waiting),
        orphans=found.orphans,
    )


def rebuild_store(workspace: Workspace) -> RebuiltStore:
    """Facts and mart again from what was loaded, as a new generation. Raises ConfigError, and StoreError as `store.rebuild`."""
    bundle = load_bundle(workspace.config_dir)
    catalogue = Catalogue.build(bundle.kpis, bundle.documents["kpis"])
    settings = mart_settings(bundle, profiles_of(workspace))
    done = rebuild(workspace, settings, rollups=rollups(catalogue), preparation=preparation(catalogue))
    waiting = tuple(WaitingLoad(lost.load_id, lost.name, lost.rows) for lost in done.again)
    return RebuiltStore(done.generation, done.counted, waiting, done.notes, done.seconds)


def _file(item: Damage) -> DamagedFile:
    return DamagedFile(
        file=item.file,
        kind=item.kind,
        holds=item.holds,
        dataset=item.dataset,
        part=item.part,
        load_id=item.load.load_id if item.load is not None else None,
        export=item.load.name if item.load is not None else "",
        remedy="load" if item.holds in ("batch", "account") else "rebuild",
    )
