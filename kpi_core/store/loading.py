"""Loading: many files under one lock become one new generation, or none at all."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

import duckdb

from kpi_core.config.layouts import Answers, Layouts, accepted
from kpi_core.errors import Drift, NoTable, OmnigapError, SourceError, Undecided, UnknownFormat, Where, said
from kpi_core.personal import quiet
from kpi_core.store import stopping
from kpi_core.store.connection import LOADING, Limits, connect, identifier, seal_for_loading
from kpi_core.store.damage import batch_damage, without_damage
from kpi_core.store.files import MORE_MEMORY, Fault, disk_is_full, explain, explained, load_lock, no_fault
from kpi_core.store.forgotten import leave_out, read_forgotten
from kpi_core.store.last_load import write_last_load
from kpi_core.store.manifest import DAMAGED, UNDONE, Batch, Manifest
from kpi_core.store.modes import Mode
from kpi_core.store.publish import Incoming, cells_pending, publish, publish_cells, write_batch
from kpi_core.store.rollup import Preparation, RollupSpec
from kpi_core.store.settings import MartSettings
from kpi_core.store.star import fingerprint
from kpi_core.store.upkeep import collect, tidied
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
    """`generation` is the current one after the load; `published` whether this load made it, `seconds` until its numbers were there. What was left
    out, by reason, is in the reader."""

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
    comments: bool = False  # people's own words are kept, masked
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

        expected, answers = self.expected or AS_PROFILES, self._answers(recognised)
        done = sources.convert(
            con, recognised, key=key, progress=progress, zone=self.zone, country=self.country, answers=answers, expected=expected, comments=self.comments
        )
        account = done.account
        if self.memory is not None:
            try:
                drift = self.memory.check(account, recognised.profile, str(recognised.path))
            except Drift:
                for table in done.tables.values():
                    con.execute(f"drop table if exists {identifier(table)}")
                raise
            account = replace(account, drift=drift)
        fresh = expected.of(recognised.profile).fresh_within
        modes = {name: Mode(mode, *done.windows.get(name, (None, None))) for name, mode in recognised.profile.modes().items()}
        return Incoming(account.file, account.sha256, account.profile, done.as_of, done.tables, account, fresh, modes)

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
    on_published: Callable[[float], None] | None = None,
    beside: bool = False,
    fault: Fault = no_fault,
) -> LoadReport:
    """Load files (and the files of folders) into the workspace as one new generation.

    A file that cannot be read is reported and does not stop the others; a full disk or a failing step raises StoreError and leaves
    the current numbers as they were. StoreBusy when another load runs. When every file was loaded before and the settings are those
    of the current mart, nothing is published. `on_account` receives the account of each loaded file, `on_file` the report of every file,
    `on_published` the seconds after which the numbers are there, where screens are still to be prepared for them.
    `beside`: this load completes the last one, whose other unused files stay listed.
    """
    started = time.monotonic()
    settings = settings or MartSettings()
    workspace.prepare()
    with explained(workspace.root), load_lock(workspace.warehouse / "load.lock"):
        parent = workspace.manifest()
        collect(workspace)
        key = workspace.key()
        tables = _expanded(paths)
        con = loading_connection(workspace, limits, (container or path for path, container in tables))
        with tidied(workspace, con):
            run = _Run(workspace, importer, con, key, parent, progress or (lambda *_: None), fault)
            with closing(run.read(tables)) as reports:  # whatever goes wrong here, its threads have ended before anything is swept away
                for report in reports:
                    if report.status == "loaded" and on_account:
                        on_account(report.account)
                    if on_file:
                        on_file(report)
            sound = without_damage(workspace.warehouse, parent)
            changed = bool(run.batches) and (
                run.batches != list(parent.batches) or sound != parent or parent.built_with != fingerprint(settings, rollups, preparation)
            )
            manifest = parent
            if changed:
                manifest = publish(workspace, con, sound, run.batches, settings, rollups, preparation=preparation, key=key, fault=fault)
            write_last_load(workspace, run.reports, beside=beside)
            seconds = time.monotonic() - started
            if preparation is not None and cells_pending(manifest):
                if on_published:
                    on_published(seconds)
                manifest = publish_cells(workspace, con, manifest, preparation, fault=fault)
    return LoadReport(tuple(run.reports), manifest.generation, changed, seconds)


def accounts_of(workspace: Workspace, manifest: Manifest, profile: str) -> Iterator[tuple[bytes, int]]:
    """The accounts (JSON, number of the load) of what counts of a profile, oldest load first; one that cannot be read is passed over."""
    for batch in manifest.active:
        if batch.profile == profile:
            try:
                yield (workspace.warehouse / batch.account.file).read_bytes(), batch.load_id
            except OSError:
                continue


def loading_connection(workspace: Workspace, limits: Limits | None, files: Iterable[Path] = ()) -> DuckDBPyConnection:
    """A connection with the memory and the room on disk that writing takes, and no time limit; it reaches the warehouse and these `files` only."""
    temp = workspace.warehouse / f".tmp-{os.getpid()}"
    temp.mkdir(mode=0o700, exist_ok=True)  # rows that do not fit into memory lie there as the files wrote them: not for the group
    try:
        con = connect(replace(limits or LOADING, seconds=0), temp=temp)
        seal_for_loading(con, files, workspace.warehouse)
    except BaseException:
        shutil.rmtree(temp, ignore_errors=True)
        raise
    return stopping.stoppable(con)


def _expanded(paths: Iterable[Path]) -> list[tuple[Path, Path | None]]:
    """Every table to be read with the archive or workbook it lies in, None for a file by itself. A container that cannot be opened
    stays as it is: reading it says why."""
    from kpi_core.sources.files.container import members

    found: list[tuple[Path, Path | None]] = []
    for path in (file for item in paths for file in (files_under(item) if os.path.isdir(item) else [item])):  # noqa: PTH112
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
        self.forgotten = read_forgotten(workspace)
        self._own = threading.local()

    def read(self, paths: Sequence[tuple[Path, Path | None]]) -> Generator[FileReport, None, None]:
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
            places = [place for place, other in enumerate(self.batches) if other.load_id == batch.load_id]
            twin = None if places else self._loaded(batch.sha256, batch.profile)
            if places:  # its files were damaged: the same load, written again
                self.batches[places[0]] = batch
            elif twin is None:
                self.batches.append(batch)
            else:  # the same content under two names, read side by side; its batch is swept away
                report = FileReport(report.path, "already loaded", load_id=twin.load_id)
        return report

    def _read(self, path: Path, load_id: int) -> tuple[FileReport, Batch | None]:
        try:
            return self._convert(path, load_id)
        except SourceError as error:
            return FileReport(path, "failed", error=error), None

    def _reached(self, path: Path, part: float) -> None:
        stopping.go_on()
        self.progress(path, part)

    def _convert(self, path: Path, load_id: int) -> tuple[FileReport, Batch | None]:
        stopping.go_on()
        con = self._connection()
        try:
            recognised = self.importer.recognise(path)
            before = self._loaded(recognised.sha256, recognised.profile_id)
            damaged = before is not None and (before.status == DAMAGED or batch_damage(self.workspace.warehouse, before))
            if before is not None and not damaged:
                return FileReport(path, "already loaded", load_id=before.load_id), None
            self.fault("hashed")
            incoming = self.importer.convert(con, recognised, self.key, lambda part: self._reached(path, part))
        except (SourceError, duckdb.Error, OSError) as error:
            stopping.go_on()
            # Reading writes too, a copy of what was packed: a full disk is no fault of the file.
            if disk_is_full(error):
                raise explain(error, Path(tempfile.gettempdir()) if isinstance(error, OSError) else self.workspace.root) from error
            if isinstance(error, SourceError):
                raise
            if isinstance(error, OSError):
                raise SourceError(said("the file cannot be read: {detail}", detail=error.strerror or str(error)), where=Where(str(path))) from error
            if isinstance(error, duckdb.OutOfMemoryException):
                raise SourceError(said("this file needs more memory than a load may take"), where=Where(str(path)), hint=MORE_MEMORY) from error
            raise SourceError(said("the file cannot be read: {detail}", detail=quiet(error)), where=Where(str(path))) from error
        try:
            leave_out(con, incoming.tables, self.forgotten)
            number = before.load_id if before is not None else load_id
            batch = write_batch(self.workspace, con, incoming, number, again=0 if before is None else load_id, fault=self.fault)
        finally:
            for table in incoming.tables.values():
                con.execute(f"drop table if exists {identifier(table)}")
        return FileReport(path, "loaded", load_id=number, account=incoming.account), batch

    def _connection(self) -> DuckDBPyConnection:
        con: DuckDBPyConnection | None = getattr(self._own, "con", None)
        if con is None:
            con = self._own.con = stopping.stoppable(self.con.cursor())
        return con

    def _loaded(self, sha256: str, profile: str) -> Batch | None:
        """The load of this content that counts, or would if its files were not damaged."""
        same = [batch for batch in self.batches if batch.status != UNDONE and (batch.sha256, batch.profile) == (sha256, profile)]
        return min(same, key=lambda batch: batch.status == DAMAGED, default=None)
