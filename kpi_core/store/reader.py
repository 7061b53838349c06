"""Reading: one pinned generation, any number of readers, no lock that a load would feel."""

from __future__ import annotations

import fcntl
import hashlib
import os
import threading
import weakref
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import msgspec

from kpi_core.errors import Message, NothingLoaded, QueryError, StoreError, Where, said
from kpi_core.store.connection import STORAGE, Limits, connect, quoted, seal
from kpi_core.store.damage import damage, of_damage
from kpi_core.store.last_load import LastLoad, read_last_load
from kpi_core.store.manifest import REBUILD, SCHEMA_VERSION, Manifest, checked
from kpi_core.store.overlay import BASE
from kpi_core.store.owners import KEPT, GaveWay, gave_way
from kpi_core.store.permissions import check
from kpi_core.store.scoped import SCHEMA, Members, limit
from kpi_core.store.star import STAR_VERSION
from kpi_core.store.workspace import Workspace

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from kpi_core.sources import Account

_ATTEMPTS = 20  # a load may publish and clean up between reading CURRENT and pinning it; each attempt needs a whole load


@dataclass(frozen=True)
class Coverage:
    """First and last day with data in a star table: in all (`dim` ''), or of one channel or store."""

    table: str
    dim: str
    member: str
    first: date
    last: date


@dataclass(frozen=True)
class UnratedRows:
    """Rows that found no exchange rate: those of a star table are missing in it. `file_line` is the first of them in the file `load_id`."""

    table: str
    first: date
    last: date
    currency: str
    rows: int
    load_id: int
    file_line: int | None


class _Limit(msgspec.Struct):
    missing: str
    en: str
    fr: str


class _Limited(msgspec.Struct):
    """What is read of an account to know its limits."""

    limits: list[_Limit] = []


class Told(msgspec.Struct, frozen=True):
    """What is read of an account to know how old its export is."""

    title_en: str = ""
    title_fr: str = ""
    last_day: date | None = None


class Reader:
    """A consistent view of one generation. Use one from any thread: each thread gets its own cursor. Close it to unpin, or let it go."""

    def __init__(
        self, workspace: Workspace, manifest: Manifest, pin: int, con: DuckDBPyConnection, seconds: int = 0, views: Mapping[str, str] | None = None
    ) -> None:
        self._workspace, self._manifest, self._pin, self._con = workspace, manifest, pin, con
        self.views = dict(views or {})  # of a limited reader: by table, the statement that made what is visible of it
        limited = con.execute("select count(*) from duckdb_settings() where name = 'max_execution_time'").fetchone()
        self._timer = 0 if limited and limited[0] else seconds  # DuckDB 1.5 has no time limit of its own
        self._local = threading.local()
        self._cursors: list[DuckDBPyConnection] = []
        self._guard = threading.Lock()
        self._closed = False
        self._end = weakref.finalize(self, _let_go, con, pin, self._cursors, self._guard)
        self._meta: dict[str, str] | None = None

    @property
    def generation(self) -> int:
        return self._manifest.generation

    @property
    def manifest(self) -> Manifest:
        return self._manifest

    @property
    def attached(self) -> dict[str, Path]:
        """The database files of this generation by catalog, in their order; they stay as they are while the reader is open."""
        found = {BASE: self._manifest.base, "mart": self._manifest.mart}
        return {catalog: self._workspace.warehouse / entry.file for catalog, entry in found.items() if entry}

    @property
    def fingerprint(self) -> str:
        """What the mart was built with; compare with `star.fingerprint(settings, rollups)` to see whether settings changed since."""
        return self._manifest.built_with

    def connection(self) -> DuckDBPyConnection:
        """The calling thread's own cursor; bare table names mean the mart, in a limited reader what is visible of it."""
        if self._closed:
            raise StoreError(said("this reader is closed"))
        cursor: DuckDBPyConnection | None = getattr(self._local, "cursor", None)
        if cursor is None:
            cursor = self._con.cursor()
            cursor.execute(f"use {SCHEMA}" if self.views else "use mart")
            self._local.cursor = cursor
            with self._guard:
                self._cursors.append(cursor)
        return cursor

    def execute(self, sql: str, params: Sequence[object] | None = None) -> list[tuple[Any, ...]]:
        """Rows of a query. Raises QueryError when it was interrupted or took longer or more memory than allowed."""
        cursor = self.connection()
        late = threading.Event()

        def stop() -> None:
            late.set()
            cursor.interrupt()

        timer = threading.Timer(self._timer, stop) if self._timer else None
        if timer:
            timer.daemon = True
            timer.start()
        try:
            return cursor.execute(sql, list(params or ())).fetchall()
        except duckdb.InterruptException as error:
            if "maximum execution time" in str(error) or late.is_set():
                hint = said("narrow the period, or raise limits.seconds in config/settings.yaml")
                raise QueryError(said("this question took too long"), hint=hint) from error
            raise QueryError(said("the question was interrupted")) from error
        except duckdb.OutOfMemoryException as error:
            raise QueryError(
                said("this question needs more memory than allowed"), hint=said("narrow the period, or raise limits.memory in config/settings.yaml")
            ) from error
        except (duckdb.BinderException, duckdb.CatalogException) as error:
            raise StoreError(
                said("the numbers were built for other KPIs or by another version of omnigap"),
                where=Where(str(self._workspace.root)),
                hint=said("run omnigap load: it builds the numbers again from what was loaded"),
            ) from error
        except duckdb.Error as error:
            if not of_damage(error):
                raise
            raise StoreError(
                said("the warehouse is damaged: {detail}", detail=str(error).splitlines()[0]), where=Where(str(self._workspace.warehouse)), hint=REBUILD
            ) from error
        finally:
            if timer:
                timer.cancel()

    def interrupt(self) -> None:
        """Stop what any thread of this reader is asking; the reader stays usable."""
        with self._guard:
            for cursor in self._cursors:
                cursor.interrupt()

    def accounts(self) -> dict[int, dict[str, Any]]:
        """The account of each active load as plain JSON values, by `load_id`."""
        root = self._workspace.warehouse
        found: dict[int, dict[str, Any]] = {}
        for batch in self._manifest.active:
            path = root / batch.account.file
            try:
                raw = path.read_bytes()
                if hashlib.sha256(raw).hexdigest() != batch.account.sha256:
                    raise ValueError("not what was written")
                found[batch.load_id] = msgspec.json.decode(raw)
            except (OSError, ValueError) as error:  # a DecodeError is a ValueError
                hint = said("load that file again: {names}", names=batch.name)
                raise StoreError(said("the account of a loaded file is damaged"), where=Where(str(path)), hint=hint) from error
        return found

    def loads(self) -> list[Account]:
        """The accounts (`sources.Account`) of the active loads, oldest load first."""
        from kpi_core.sources import Account

        return [Account.from_dict(account) for _, account in sorted(self.accounts().items())]

    def limits(self) -> list[tuple[str, str, str]]:
        """What the active loads say they can never give, each once: (what, hint in English, in French). Reads nothing else of the accounts."""
        found: dict[tuple[str, str, str], None] = {}
        for batch in self._manifest.active:
            try:
                kept = msgspec.json.decode((self._workspace.warehouse / batch.account.file).read_bytes(), type=_Limited)
            except (OSError, msgspec.DecodeError):
                continue  # `accounts` says so to whoever reads the account itself
            found.update(dict.fromkeys((limit.missing, limit.en, limit.fr) for limit in kept.limits))
        return list(found)

    def last_load(self) -> LastLoad | None:
        """What the last load could not use; None when it is not known."""
        return read_last_load(self._workspace)

    def file_names(self) -> dict[int, str]:
        """Name of the file behind each `load_id`."""
        return {batch.load_id: batch.name for batch in self._manifest.batches}

    def coverage(self, table: str) -> list[Coverage]:
        """Days with data of a star table: the whole table first, then by channel and store; empty when it has no rows."""
        rows = self.execute('select "table", dim, member, "first", "last" from coverage where "table" = ? order by dim, member', [table])
        return [Coverage(*row) for row in rows]

    def excluded(self) -> list[tuple[Any, ...]]:
        """What was left out: (dataset, reason, rows, orders, amount in the reporting currency or None)."""
        return self.execute('select dataset, reason, "rows", orders, amount from excluded order by dataset, reason')

    def ledger(self) -> list[tuple[str, int, int, Decimal | None]]:
        """(dataset, rows loaded, rows kept, amount kept in the reporting currency or None) of every dataset that has rows."""
        return self.execute("select dataset, raw, kept, kept_amount from ledger where raw > 0 order by dataset")

    def last_days(self, profile: str) -> Told | None:
        """What the active loads of an export format are called, and the last day that any of them tells of; None without such a load."""
        found: list[Told] = []
        for batch in self._manifest.active:
            if batch.profile == profile:
                try:
                    found.append(msgspec.json.decode((self._workspace.warehouse / batch.account.file).read_bytes(), type=Told))
                except (OSError, msgspec.DecodeError):
                    continue  # `accounts` says so to whoever reads the account itself
        return max(found, key=lambda told: told.last_day or date.min, default=None)

    def gave_way(self) -> list[GaveWay]:
        """Rows of loaded files that do not count, because a better source tells of the same."""
        return gave_way(self._manifest.extra.get(KEPT))

    def undated(self) -> list[tuple[str, int, int | None]]:
        """Rows that lie in no period, because they have no day: (dataset, load_id, line in the file); the first hundred of each dataset."""
        return self.execute("select dataset, load_id, file_line from undated order by dataset, load_id, file_line")

    def unrated(self) -> list[UnratedRows]:
        """Rows that found no exchange rate; the table `cost` stands for purchase costs."""
        rows = self.execute("""select "table", "first", "last", currency, "rows", load_id, file_line from unrated order by "table", "first", currency""")
        return [UnratedRows(*row) for row in rows]

    def meta(self) -> dict[str, str]:
        """reporting_currency, built_at, watermark (ISO day, '' when empty), generation."""
        if self._meta is None:
            self._meta = {str(key): str(value) for key, value in self.execute("select key, value from meta")}
        return dict(self._meta)

    def other_version(self) -> Message | None:
        """What to do where another version of omnigap built this generation, whose tables may hold other things; None for one of this version's."""
        star, schema = int(self.meta().get("star_version") or 0), self._manifest.schema_version
        if star > STAR_VERSION:
            return said("built by a newer omnigap: update yours")
        if star < STAR_VERSION or schema < SCHEMA_VERSION:
            return said("built by an earlier omnigap: run omnigap load")
        return None

    def stale(self) -> bool:
        """Has a newer generation been published since this one was opened?"""
        return self._workspace.generation() != self.generation

    def close(self) -> None:
        """Let go of the generation, also under a question that still runs; idempotent. A reader that nobody holds any more closes by itself."""
        self._closed = True
        self._end()

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _let_go(con: DuckDBPyConnection, pin: int, cursors: list[DuckDBPyConnection], guard: threading.Lock) -> None:
    with guard:
        for cursor in cursors:
            cursor.close()
        cursors.clear()
    con.close()
    os.close(pin)


def open_reader(
    workspace: Workspace, limits: Limits | None = None, members: Members | None = None, lookups: Collection[str] = (), *, beside: Path | None = None
) -> Reader:
    """Pin the current generation and attach its mart. Needs no write access. With `members` nothing else can be seen: see `store.scoped`.
    `beside`: a new database of this path, attached as `exported`, for `store.export_db`.

    Raises StoreError when nothing was loaded yet, a file of the generation is missing or damaged, or everybody may write to the workspace.
    """
    check(workspace)
    manifest, pin = _pin(workspace)
    try:
        mart = manifest.mart
        path = workspace.warehouse / (mart.file if mart else "")
        base = workspace.warehouse / manifest.base.file if manifest.base else None
        if mart is None or any(damage(workspace.warehouse, entry, read=False) for entry in (mart, manifest.base) if entry):
            raise _unusable(manifest, path)
        con = _attach(path, base, limits, beside)
        views = limit(con, members, lookups) if members else None
        return Reader(workspace, manifest, pin, con, (limits or Limits()).seconds, views)
    except BaseException:
        os.close(pin)
        raise


def _attach(path: Path, base: Path | None, limits: Limits | None, beside: Path | None = None) -> DuckDBPyConnection:
    con = connect(limits)
    try:
        if base is not None:
            con.execute(f"attach {quoted(str(base))} as {BASE} (read_only)")
        con.execute(f"attach {quoted(str(path))} as mart (read_only)")
        if beside is not None:
            con.execute(f"attach {quoted(str(beside))} as exported (storage_version {quoted(STORAGE)})")
        seal(con)
        if con.execute("select value from mart.meta where key = 'generation'").fetchone() != (str(int(path.stem)),):
            raise duckdb.Error("another generation")  # a file of the same size
    except duckdb.Error as error:
        con.close()
        raise StoreError(said("the warehouse is damaged: {detail}", detail=str(error).splitlines()[0]), where=Where(str(path)), hint=REBUILD) from error
    return con


def _unusable(manifest: Manifest, path: Path) -> StoreError:
    what = said("the numbers of generation {number} are missing or damaged", number=manifest.generation)
    return StoreError(what, where=Where(str(path)), hint=REBUILD)


def _pin(workspace: Workspace) -> tuple[Manifest, int]:
    """The current manifest, and a descriptor whose shared lock keeps its files from being cleaned up."""
    for _ in range(_ATTEMPTS):
        number, sha256 = workspace.pointer()
        if not number:
            raise NothingLoaded(
                said("nothing has been loaded yet"),
                where=Where(str(workspace.root)),
                hint=said("put exports into {folder}, then run: omnigap load", folder=workspace.exports_dir),
            )
        path = workspace.manifest_path(number)
        try:
            pin = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            if workspace.generation() == number:
                raise StoreError(said("the manifest of generation {number} is missing", number=number), where=Where(str(path)), hint=REBUILD) from None
            continue
        except OSError as error:
            raise StoreError(said("the warehouse cannot be read"), where=Where(str(path))) from error
        try:
            fcntl.flock(pin, fcntl.LOCK_SH)
            if os.fstat(pin).st_nlink:
                return checked(path.read_bytes(), path, number, sha256), pin
        except BaseException:
            os.close(pin)
            raise
        os.close(pin)  # cleaned up between reading CURRENT and locking: CURRENT has moved on
    raise StoreError(said("the warehouse keeps changing"), where=Where(str(workspace.root)), hint=said("try again"))
