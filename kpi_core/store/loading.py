"""Loading: many files under one lock become one new generation, or none at all."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

import duckdb
import msgspec

from kpi_core.errors import OmnigapError, SourceError, StoreError, Where, said
from kpi_core.store.connection import Limits, connect, identifier
from kpi_core.store.files import Fault, explained, load_lock, no_fault
from kpi_core.store.manifest import Batch, FileEntry, Manifest, digest
from kpi_core.store.publish import Incoming, publish, write_batch
from kpi_core.store.rollup import Preparation, RollupSpec
from kpi_core.store.settings import MartSettings
from kpi_core.store.star import fingerprint
from kpi_core.store.upkeep import collect
from kpi_core.store.workspace import Workspace, files_under

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from kpi_core.sources import Profiles

Progress = Callable[[Path, float], None]  # the file being read and how far, 0 to 1
Status = Literal["loaded", "already loaded", "failed"]


class Recognisable(Protocol):
    """A file whose format is known, not yet read."""

    @property
    def sha256(self) -> str: ...
    @property
    def profile_id(self) -> str: ...


class Importer(Protocol):
    """Where files become tables; `load` uses `kpi_core.sources`, tests may bring rows of their own."""

    def recognise(self, path: Path) -> Recognisable: ...
    def convert(self, con: DuckDBPyConnection, recognised: Any, key: bytes, progress: Callable[[float], None]) -> Incoming: ...


@dataclass(frozen=True)
class FileReport:
    """What became of one file. `account` is a `sources.Account`, None when the file failed; `error` says why it did."""

    path: Path
    status: Status
    load_id: int | None = None
    account: Any = None
    error: OmnigapError | None = None


@dataclass(frozen=True)
class LoadReport:
    """`generation` is the current one after the load; `published` whether this load made it. `left_out` rows of excluded by reason are in the reader."""

    files: tuple[FileReport, ...]
    generation: int
    published: bool
    seconds: float

    def with_status(self, status: Status) -> tuple[FileReport, ...]:
        return tuple(file for file in self.files if file.status == status)

    @property
    def failed(self) -> tuple[FileReport, ...]:
        return self.with_status("failed")


@dataclass(frozen=True)
class SourceImporter:
    """`kpi_core.sources` with the profiles of a workspace."""

    profiles: Profiles

    def recognise(self, path: Path) -> Recognisable:
        from kpi_core import sources

        return sources.recognise(path, self.profiles)

    def convert(self, con: DuckDBPyConnection, recognised: Any, key: bytes, progress: Callable[[float], None]) -> Incoming:
        from kpi_core import sources

        done = sources.convert(con, recognised, key=key, progress=progress)
        account = done.account
        return Incoming(account.file, account.sha256, account.profile, done.as_of, done.tables, account)


def load(
    workspace: Workspace,
    paths: Iterable[Path],
    profiles: Profiles,
    settings: MartSettings | None = None,
    *,
    rollups: Sequence[RollupSpec] = (),
    preparation: Preparation | None = None,
    progress: Progress | None = None,
    on_account: Callable[[Any], None] | None = None,
    on_file: Callable[[FileReport], None] | None = None,
    limits: Limits | None = None,
    fault: Fault = no_fault,
) -> LoadReport:
    """Load files (and the files of folders) into the workspace as one new generation.

    A file that cannot be read is reported and does not stop the others; a full disk or a failing step raises StoreError and leaves
    the current numbers as they were. StoreBusy when another load runs. When every file was loaded before and the settings are those
    of the current mart, nothing is published. `on_account` receives the account of each loaded file, `on_file` the report of every file.
    """
    return load_with(
        workspace,
        paths,
        SourceImporter(profiles),
        settings,
        rollups=rollups,
        preparation=preparation,
        progress=progress,
        on_account=on_account,
        on_file=on_file,
        limits=limits,
        fault=fault,
    )


def load_with(
    workspace: Workspace,
    paths: Iterable[Path],
    importer: Importer,
    settings: MartSettings | None = None,
    *,
    rollups: Sequence[RollupSpec] = (),
    preparation: Preparation | None = None,
    progress: Progress | None = None,
    on_account: Callable[[Any], None] | None = None,
    on_file: Callable[[FileReport], None] | None = None,
    limits: Limits | None = None,
    fault: Fault = no_fault,
) -> LoadReport:
    """`load` with any importer."""
    started = time.monotonic()
    settings = settings or MartSettings()
    workspace.prepare()
    with explained(workspace.root), load_lock(workspace.warehouse / "load.lock"):
        parent = workspace.manifest()
        collect(workspace)
        key = workspace.key()
        con = _connect(workspace, limits)
        try:
            run = _Run(workspace, importer, con, key, parent, progress or (lambda *_: None), fault)
            for path in _expanded(paths):
                report = run.read(path)
                if report.status == "loaded" and on_account:
                    on_account(report.account)
                if on_file:
                    on_file(report)
            sound = without_damage(workspace, parent)
            changed = bool(run.batches) and (
                run.batches != list(parent.batches) or sound != parent or parent.built_with != fingerprint(settings, rollups, preparation)
            )
            manifest = parent
            if changed:
                manifest = publish(workspace, con, sound, run.batches, settings, rollups, preparation=preparation, key=key, fault=fault)
        finally:
            con.close()
        collect(workspace)
    return LoadReport(tuple(run.reports), manifest.generation, changed, time.monotonic() - started)


def rebuild(
    workspace: Workspace,
    settings: MartSettings | None = None,
    *,
    rollups: Sequence[RollupSpec] = (),
    preparation: Preparation | None = None,
    limits: Limits | None = None,
    without: Iterable[int] = (),
    fault: Fault = no_fault,
) -> int:
    """Build facts and mart anew from the loaded batches; loads in `without` no longer count (their batches stay). Returns the generation.

    Needed when settings or KPIs changed, or when `verify` names a damaged fact or mart file. Raises StoreError when a batch itself is gone.
    """
    workspace.prepare()
    dropped = set(without)
    with explained(workspace.root), load_lock(workspace.warehouse / "load.lock"):
        parent = workspace.manifest()
        if not parent.generation:
            raise StoreError(
                said("nothing has been loaded yet"),
                where=Where(str(workspace.root)),
                hint=said("put exports into {folder}, then run: omnigap load", folder=workspace.exports_dir),
            )
        batches = [msgspec.structs.replace(batch, status="undone") if batch.load_id in dropped else batch for batch in parent.batches]
        con = _connect(workspace, limits)
        try:
            manifest = publish(
                workspace, con, msgspec.structs.replace(parent, facts={}), batches, settings or MartSettings(), rollups, preparation=preparation, fault=fault
            )
        finally:
            con.close()
        collect(workspace)
    return manifest.generation


def without_damage(workspace: Workspace, parent: Manifest) -> Manifest:
    """The manifest without facts and mart that are missing or not what was written, so that they are built again."""

    def sound(entry: FileEntry) -> bool:
        path = workspace.warehouse / entry.file
        return path.is_file() and path.stat().st_size == entry.bytes and digest(path) == entry.sha256

    facts = {name: parts for name, parts in parent.facts.items() if all(sound(part) for part in parts)}
    return msgspec.structs.replace(parent, facts=facts, mart=parent.mart if parent.mart and sound(parent.mart) else None)


def _connect(workspace: Workspace, limits: Limits | None) -> DuckDBPyConnection:
    return connect(replace(limits or Limits(memory="1GB", temp="20GB"), seconds=0), temp=workspace.warehouse / f".tmp-{os.getpid()}")


def _expanded(paths: Iterable[Path]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        found += files_under(path) if path.is_dir() else [path]
    return found


class _Run:
    """The files of one load, one after the other."""

    def __init__(
        self, workspace: Workspace, importer: Importer, con: DuckDBPyConnection, key: bytes, parent: Manifest, progress: Progress, fault: Fault
    ) -> None:
        self.workspace, self.importer, self.con, self.key = workspace, importer, con, key
        self.progress, self.fault = progress, fault
        self.batches: list[Batch] = list(parent.batches)
        self.reports: list[FileReport] = []
        self.next_id = parent.next_load_id

    def read(self, path: Path) -> FileReport:
        try:
            report = self._read(path)
        except SourceError as error:
            report = FileReport(path, "failed", error=error)
        self.reports.append(report)
        return report

    def _read(self, path: Path) -> FileReport:
        try:
            recognised = self.importer.recognise(path)
            before = self._loaded(recognised.sha256, recognised.profile_id)
            if before is not None:
                return FileReport(path, "already loaded", load_id=before)
            self.fault("hashed")
            incoming = self.importer.convert(self.con, recognised, self.key, lambda part: self.progress(path, part))
        except duckdb.Error as error:
            raise SourceError(said("the file cannot be read: {detail}", detail=str(error).splitlines()[0]), where=Where(str(path))) from error
        except OSError as error:
            raise SourceError(said("the file cannot be read: {detail}", detail=error.strerror or str(error)), where=Where(str(path))) from error
        try:
            batch = write_batch(self.workspace, self.con, incoming, self.next_id, fault=self.fault)
        finally:
            for table in incoming.tables.values():
                self.con.execute(f"drop table if exists {identifier(table)}")
        self.next_id += 1
        self.batches.append(batch)
        return FileReport(path, "loaded", load_id=batch.load_id, account=incoming.account)

    def _loaded(self, sha256: str, profile: str) -> int | None:
        return next((batch.load_id for batch in self.batches if batch.status == "active" and (batch.sha256, batch.profile) == (sha256, profile)), None)
