"""The mart of a generation as one database file of its own, for DuckDB's shell and other programs. Nothing of it leads back to the workspace."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from kpi_core.errors import StoreError, UsageError, Where, said
from kpi_core.store.connection import identifier
from kpi_core.store.files import disk_is_full, sync_folder
from kpi_core.store.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable

    from kpi_core.store.reader import Reader

README = "readme"
WORDED = "select table_name from information_schema.columns where table_catalog = current_database() and table_schema = current_schema()"
EXPORTED = "exported"  # the name of the new database beside the mart
Note = tuple[str, str, str]  # kind, name, what it says


def checked_target(workspace: Workspace, path: Path, *, replace: bool) -> Path:
    """Where the file will stand. Raises UsageError for what is no place for it, or a file that is there and may not be replaced."""
    where = Where(str(path))
    target = path.expanduser().absolute()
    try:
        found = target.lstat()
    except FileNotFoundError:
        found = None
    except OSError as error:
        raise UsageError(said("the file cannot be written: {reason}", reason=error.strerror or str(error)), where=where) from None
    if found is not None:
        if stat.S_ISDIR(found.st_mode):
            raise UsageError(said("this is a folder, not a file"), where=where, hint=said("name a file: {file}", file=path / "omnigap.duckdb"))
        if stat.S_ISLNK(found.st_mode):
            raise UsageError(said("this is a link to another file"), where=where, hint=said("name the file itself"))
        if not stat.S_ISREG(found.st_mode):
            raise UsageError(said("this is no file"), where=where, hint=said("name a file: {file}", file=path.with_name("omnigap.duckdb")))
        if not replace:
            raise UsageError(said("this file is there already"), where=where, hint=said("name another one, or replace it with --force"))
    if not target.parent.is_dir():
        raise UsageError(said("there is no such folder"), where=Where(str(path.parent)))
    if target.parent.resolve().is_relative_to(workspace.warehouse.resolve()):
        raise UsageError(said("this is omnigap's own folder"), where=where, hint=said("name a file outside of it"))
    return target


def export_db(open_beside: Callable[[Path], Reader], target: Path, notes: Callable[[Reader, list[str]], Iterable[Note]], *, replace: bool) -> tuple[int, int]:
    """Write every table that a reader sees, and `notes` about them as a table of its own; returns how many tables and rows there are.

    `open_beside` opens the reader with a new database under this path attached as `exported`. The file appears at once under its name, whole,
    or not at all. Raises StoreError and UsageError.
    """
    where = Where(str(target))
    try:
        folder = Path(tempfile.mkdtemp(prefix=".omnigap-", dir=target.parent))  # 0700: nobody can put a file of their own in the place of ours
    except OSError as error:
        raise UsageError(said("the file cannot be written: {reason}", reason=error.strerror or str(error)), where=where) from None
    try:
        written = folder / "database"
        with open_beside(written) as reader:
            counts = _copied(reader, notes)
        _settle(written, target, replace)
        return counts
    except duckdb.Error as error:
        if disk_is_full(error):
            full = said("the disk is full: no file was written")
            raise StoreError(full, where=where, hint=said("free some space, or name a file on another disk")) from error
        if isinstance(error, duckdb.OutOfMemoryException):
            what = said("not enough memory: no file was written")
            raise StoreError(what, where=where, hint=said("raise limits.load.memory in config/settings.yaml")) from error
        raise StoreError(said("the file cannot be written: {reason}", reason=str(error).splitlines()[0]), where=where) from error
    except OSError as error:
        raise UsageError(said("the file cannot be written: {reason}", reason=error.strerror or str(error)), where=where) from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _copied(reader: Reader, notes: Callable[[Reader, list[str]], Iterable[Note]]) -> tuple[int, int]:
    """Bare names are what the reader sees, tables or views, wherever the parts of a mart lie."""
    con = reader.connection()
    seen = "select table_name from information_schema.tables where table_catalog = current_database() and table_schema = current_schema() order by 1"
    tables = [str(name) for (name,) in con.execute(seen).fetchall() if name != README]
    worded = {str(name) for (name,) in con.execute(f"{WORDED} and column_name = 'comment'").fetchall()}
    rows = 0
    for name in tables:
        chosen = "* exclude (comment)" if name in worded else "*"  # people's own words stay in the workspace
        made = con.execute(f"create table {EXPORTED}.main.{identifier(name)} as select {chosen} from {identifier(name)}").fetchone()
        rows += int(made[0]) if made else 0
    con.execute(f"create table {EXPORTED}.main.{README} (kind varchar, name varchar, says varchar)")
    listed = list(notes(reader, tables))
    if listed:
        con.executemany(f"insert into {EXPORTED}.main.{README} values (?, ?, ?)", listed)
    con.execute(f"checkpoint {EXPORTED}")
    return len(tables), rows


def _settle(written: Path, target: Path, replace: bool) -> None:
    descriptor = os.open(written, os.O_RDWR | os.O_CLOEXEC)
    try:
        os.fchmod(descriptor, os.fstat(descriptor).st_mode & 0o640)  # what the umask left of it
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if replace:
        written.replace(target)
    else:
        try:
            target.hardlink_to(written)  # unlike a rename it never takes the place of a file that has come meanwhile
        except FileExistsError:
            raise
        except OSError:  # a disk without links
            written.rename(target)
    with contextlib.suppress(OSError):
        sync_folder(target.parent)
