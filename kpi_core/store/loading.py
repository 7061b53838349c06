"""Loading: many files under one lock become one new generation, or none at all."""

from __future__ import annotations

import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

import duckdb
import msgspec

from kpi_core.config.layouts import Answers, Layouts, accepted
from kpi_core.errors import Drift, NoTable, OmnigapError, SourceError, Undecided, UnknownFormat, Where, said
from kpi_core.store.connection import Limits, connect, identifier
from kpi_core.store.files import Fault, disk_is_full, explain, explained, load_lock, no_fault
from kpi_core.store.last_load import write_last_load
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
    from kpi_core.sources.account.drift import Memory
    from kpi_core.sources.account.expect import Expectations

READERS = 2  # files read side by side: planning one statement keeps a single core busy
Progress = Callable[[Path, float], None]  # the file being read and how far, 0 to 1
Status = Literal["loaded", "already loaded", "failed", "passed over"]


class Recognisable(Protocol):
    """A file whose format is known, not yet read."""

    @property
    def sha256(self) -> str: ...
    @property
    def profile_id(self) -> str: ...


class Importer(Protocol):
    """Where files become tables; `SourceImporter` uses `kpi_core.sources`, others may bring rows of their own."""

    def recognise(self, path: Path) -> Recognisable: ...
    def convert(self, con: DuckDBPyConnection, recognised: Any, key: bytes, progress: Callable[[float], None]) -> Incoming: ...


@dataclass(frozen=True)
class FileReport:
    """What became of one file. `account` is a `sources.Account`, None when the file failed; `error` says why it did.

    "passed over": a file of an archive, or a sheet, that no profile knows, beside others of the same container that one does.
    """

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

    @property
    def undecided(self) -> tuple[FileReport, ...]:
        """Files that leave open how they are to be read; their errors hold the questions."""
        return tuple(file for file in self.files if isinstance(file.error, Undecided))


@dataclass(frozen=True)
class SourceImporter:
    """`kpi_core.sources` with the profiles, the time zone and the country (of its phone numbers) of a workspace."""

    profiles: Profiles
    zone: str | None = None
    country: str | None = None
    layouts: Layouts | None = None  # what was answered about layouts; None: experimental formats count without being asked about
    confirm: bool = False  # experimental formats are accepted
    expected: Expectations | None = None  # what settings.yaml expects of a source; None: what its profile does
    memory: Memory | None = None  # the headers loaded so far: what has changed since is told, and refused where something needed is gone

    def recognise(self, path: Path) -> Recognisable:
        from kpi_core import sources

        try:
            return sources.recognise(path, self.profiles)
        except UnknownFormat as error:
            drift = self.memory.explain(error, self.profiles, str(path)) if self.memory is not None else None
            if drift is not None:
                raise drift from None
            raise

    def convert(self, con: DuckDBPyConnection, recognised: Any, key: bytes, progress: Callable[[float], None]) -> Incoming:
        from kpi_core import sources
        from kpi_core.sources.convert import AS_PROFILES

        told = {"expected": self.expected} if self.expected is not None else {}
        answers = self._answers(recognised)
        done = sources.convert(con, recognised, key=key, progress=progress, zone=self.zone, country=self.country, answers=answers, **told)
        account = done.account
        if self.memory is not None:
            try:
                drift = self.memory.check(account, recognised.profile, str(recognised.path))
            except Drift:
                for table in done.tables.values():
                    con.execute(f"drop table if exists {identifier(table)}")
                raise
            account = replace(account, drift=drift)
        fresh = (self.expected or AS_PROFILES).of(recognised.profile).fresh_within
        return Incoming(account.file, account.sha256, account.profile, done.as_of, done.tables, account, fresh)

    def _answers(self, recognised: Any) -> Answers:
        decoded = recognised.decoded
        found = (self.layouts or Layouts()).answers(recognised.profile_id, recognised.header_hash, decoded.name, decoded.sha256)
        return accepted(found) if self.confirm or self.layouts is None else found


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
    beside: bool = False,
    fault: Fault = no_fault,
) -> LoadReport:
    """Load files (and the files of folders) into the workspace as one new generation.

    A file that cannot be read is reported and does not stop the others; a full disk or a failing step raises StoreError and leaves
    the current numbers as they were. StoreBusy when another load runs. When every file was loaded before and the settings are those
    of the current mart, nothing is published. `on_account` receives the account of each loaded file, `on_file` the report of every file.
    `beside`: this load completes the last one, whose other unused files stay listed.
    """
    started = time.monotonic()
    settings = settings or MartSettings()
    workspace.prepare()
    with explained(workspace.root), load_lock(workspace.warehouse / "load.lock"):
        parent = workspace.manifest()
        collect(workspace)
        key = workspace.key()
        con = loading_connection(workspace, limits)
        try:
            run = _Run(workspace, importer, con, key, parent, progress or (lambda *_: None), fault)
            for report in run.read(_expanded(paths)):
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
            write_last_load(workspace, run.reports, beside=beside)
        finally:
            con.close()
        collect(workspace)
    return LoadReport(tuple(run.reports), manifest.generation, changed, time.monotonic() - started)


def without_damage(workspace: Workspace, parent: Manifest) -> Manifest:
    """The manifest without facts and mart that are missing or not what was written, so that they are built again."""

    def sound(entry: FileEntry) -> bool:
        path = workspace.warehouse / entry.file
        return path.is_file() and path.stat().st_size == entry.bytes and digest(path) == entry.sha256

    facts = {name: parts for name, parts in parent.facts.items() if all(sound(part) for part in parts)}
    return msgspec.structs.replace(parent, facts=facts, mart=parent.mart if parent.mart and sound(parent.mart) else None)


def accounts_of(workspace: Workspace, manifest: Manifest, profile: str) -> Iterator[tuple[bytes, int]]:
    """The accounts (JSON, number of the load) of what counts of a profile, oldest load first; one that cannot be read is passed over."""
    for batch in manifest.active:
        if batch.profile == profile:
            try:
                yield (workspace.warehouse / batch.account.file).read_bytes(), batch.load_id
            except OSError:
                continue


def loading_connection(workspace: Workspace, limits: Limits | None) -> DuckDBPyConnection:
    """A connection with the memory and the room on disk that writing takes, and no time limit."""
    # the joins of one step hold five million till lines at once (measured: 1.2 GB do not suffice)
    return connect(replace(limits or Limits(memory="1300MB", temp="20GB"), seconds=0), temp=workspace.warehouse / f".tmp-{os.getpid()}")


def _expanded(paths: Iterable[Path]) -> list[tuple[Path, Path | None]]:
    """Every table to be read with the archive or workbook it lies in, None for a file by itself. A container that cannot be opened
    stays as it is: reading it says why."""
    from kpi_core.sources.files.container import members

    found: list[tuple[Path, Path | None]] = []
    for path in (file for item in paths for file in (files_under(item) if item.is_dir() else [item])):
        try:
            inner = members(path)
        except SourceError:
            inner = [path]
        found += [(item, None if item == path else path) for item in inner]
    return found


def _settled(reports: list[FileReport], container: Path | None) -> list[FileReport]:
    """A container whose files nobody knows fails as one, with the nearest layout; beside a known file the unknown ones are passed over."""
    unknown = [report for report in reports if isinstance(report.error, (UnknownFormat, NoTable))]
    if container is None or not unknown:
        return reports
    if len(unknown) < len(reports):
        return [replace(report, status="passed over") if report in unknown else report for report in reports]
    nearest = max(unknown, key=lambda report: _known_columns(report.error))
    return [FileReport(container, "failed", error=nearest.error)]


def _known_columns(error: OmnigapError | None) -> tuple[int, int]:
    known = error.what.values.get("known") if isinstance(error, UnknownFormat) else None
    return (isinstance(error, UnknownFormat), known if isinstance(known, int) else 0)


class _Run:
    """The files of one load. They are read side by side, each on a connection of its own, and counted in the order they were given."""

    def __init__(
        self, workspace: Workspace, importer: Importer, con: DuckDBPyConnection, key: bytes, parent: Manifest, progress: Progress, fault: Fault
    ) -> None:
        self.workspace, self.importer, self.con, self.key = workspace, importer, con, key
        self.progress, self.fault = progress, fault
        self.batches: list[Batch] = list(parent.batches)
        self.reports: list[FileReport] = []
        self.first_id = parent.next_load_id
        self._own = threading.local()

    def read(self, paths: Sequence[tuple[Path, Path | None]]) -> Iterator[FileReport]:
        """Read every file. What is no fault of a file ends the load: a full disk, say."""
        with ThreadPoolExecutor(max(1, min(READERS, len(paths), os.cpu_count() or 1)), thread_name_prefix="load") as pool:
            futures = [pool.submit(self._read, path, self.first_id + place) for place, (path, _) in enumerate(paths)]
            held: list[FileReport] = []  # of one container: what becomes of a file depends on the others
            try:
                for place, (future, (_, container)) in enumerate(zip(futures, paths, strict=True)):
                    held.append(self._count(*future.result()))
                    following = paths[place + 1][1] if place + 1 < len(paths) else None
                    if container is None or following != container:
                        held = _settled(held, container)
                        self.reports += held
                        yield from held
                        held = []
            finally:
                for future in futures:
                    future.cancel()

    def _count(self, report: FileReport, batch: Batch | None) -> FileReport:
        if batch is not None:
            twin = self._loaded(batch.sha256, batch.profile)
            if twin is None:
                self.batches.append(batch)
            else:  # the same content under two names, read side by side; its batch is swept away
                report = FileReport(report.path, "already loaded", load_id=twin)
        return report

    def _read(self, path: Path, load_id: int) -> tuple[FileReport, Batch | None]:
        try:
            return self._convert(path, load_id)
        except SourceError as error:
            return FileReport(path, "failed", error=error), None

    def _convert(self, path: Path, load_id: int) -> tuple[FileReport, Batch | None]:
        con = self._connection()
        try:
            recognised = self.importer.recognise(path)
            before = self._loaded(recognised.sha256, recognised.profile_id)
            if before is not None:
                return FileReport(path, "already loaded", load_id=before), None
            self.fault("hashed")
            incoming = self.importer.convert(con, recognised, self.key, lambda part: self.progress(path, part))
        except (SourceError, duckdb.Error, OSError) as error:
            # Reading writes too, a copy of what was packed: a full disk is no fault of the file.
            if disk_is_full(error):
                raise explain(error, Path(tempfile.gettempdir()) if isinstance(error, OSError) else self.workspace.root) from error
            if isinstance(error, SourceError):
                raise
            if isinstance(error, OSError):
                raise SourceError(said("the file cannot be read: {detail}", detail=error.strerror or str(error)), where=Where(str(path))) from error
            raise SourceError(said("the file cannot be read: {detail}", detail=str(error).splitlines()[0]), where=Where(str(path))) from error
        try:
            batch = write_batch(self.workspace, con, incoming, load_id, fault=self.fault)
        finally:
            for table in incoming.tables.values():
                con.execute(f"drop table if exists {identifier(table)}")
        return FileReport(path, "loaded", load_id=load_id, account=incoming.account), batch

    def _connection(self) -> DuckDBPyConnection:
        con: DuckDBPyConnection | None = getattr(self._own, "con", None)
        if con is None:
            con = self._own.con = self.con.cursor()
        return con

    def _loaded(self, sha256: str, profile: str) -> int | None:
        return next((batch.load_id for batch in self.batches if batch.status == "active" and (batch.sha256, batch.profile) == (sha256, profile)), None)
