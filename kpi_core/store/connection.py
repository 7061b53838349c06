"""The one factory of DuckDB connections: what a process may take, and what SQL may never reach.

No other module calls `duckdb.connect` (a test of the house looks). The order is one that DuckDB 1.5 and 2.0 take: limits, then what may be
had, then access off, then the lock. Two things no setting forbids (measured on both): `COPY ... TO` a file that may be read, with
`use_tmp_file false`, overwrites it; and a database may be detached and attached again for writing. Whoever only reads must not own the files.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from kpi_core.errors import StoreError, said
from kpi_core.store.spill import spill_folder

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

STORAGE = "v1.5.0"  # of database files: both supported DuckDB lines read it
DESCRIPTORS = Path("/proc/self/fd")


@dataclass(frozen=True)
class Limits:
    """What one process may take on a shared host: `memory` and `temp` as DuckDB writes sizes ('': nothing on disk), `seconds` per query (0 = no limit)."""

    memory: str = "512MB"
    threads: int = 2
    temp: str = "1GB"
    seconds: int = 30


LOADING = Limits(memory="1300MB", temp="20GB", seconds=0)  # one step joins five million till lines at once (measured: 1.2 GB do not suffice)
ONE_THREAD = Limits(threads=1, seconds=0)
SMALL = Limits(threads=1, temp="", seconds=0)


def connect(limits: Limits | None = None, *, temp: Path | None = None) -> DuckDBPyConnection:
    """An in-memory connection that draws no progress bar and loads no extension. `seal` takes its file access away.

    What does not fit in memory goes to `temp`, else to a private folder of its own. Only settings that this DuckDB lists are set.
    Raises StoreError when a limit is not understood.
    """
    limits = limits or Limits()
    con = duckdb.connect(":memory:")
    known = {str(row[0]) for row in con.execute("select name from duckdb_settings()").fetchall()}
    spilled = (temp or spill_folder()) if limits.temp else None
    wanted: dict[str, str | int | bool] = {
        "enable_progress_bar": False,  # it would paint over the screen
        "memory_limit": limits.memory,
        "threads": limits.threads,
        "temp_directory": str(spilled) if spilled else "",  # '': what does not fit fails
        "max_temp_directory_size": limits.temp,
        "TimeZone": "UTC",
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "allow_community_extensions": False,
        "allow_persistent_secrets": False,
        "python_enable_replacements": False,
        "max_execution_time": limits.seconds * 1000,
    }
    for name, value in wanted.items():
        if name not in known or (name == "max_execution_time" and not limits.seconds) or (name == "max_temp_directory_size" and not spilled):
            continue
        text = str(value).lower() if isinstance(value, bool) else str(value) if isinstance(value, int) else quoted(value)
        try:
            _set(con, name, text)
        except duckdb.Error as error:
            con.close()
            raise StoreError(said("the limit {name} = {value} is not understood", name=name, value=value)) from error
    return con


def _set(con: DuckDBPyConnection, name: str, text: str) -> None:
    """Set for every cursor of the connection: a plain SET of some settings holds for one cursor only (measured)."""
    try:
        con.execute(f"set global {name} = {text}")
    except duckdb.CatalogException:
        con.execute(f"set {name} = {text}")


def seal(con: DuckDBPyConnection, paths: Iterable[Path] = (), folders: Iterable[Path] = ()) -> None:
    """No file outside what is already attached, these `paths` and what lies in these `folders`; and no setting may change any more.

    DuckDB compares where a path leads to, so a symbolic link in a folder leads nowhere else. What may be read may be overwritten as well
    by whoever owns it (see above): nothing is given here that must not be.
    """
    listed = {"allowed_paths": _texts(paths), "allowed_directories": _texts(folders)}
    for name, places in listed.items():
        if places:
            con.execute(f"set global {name} = [{', '.join(map(quoted, places))}]")
    con.execute("set enable_external_access = false")
    con.execute("set lock_configuration = true")


def _texts(paths: Iterable[Path]) -> list[str]:
    """Absolute paths; one that is no text (a name in another encoding) cannot be told to DuckDB and stays closed to it."""
    texts = [str(path.absolute()) for path in paths]
    return [text for text in texts if not any("\ud800" <= char <= "\udfff" for char in text)]


def seal_for_loading(con: DuckDBPyConnection, files: Iterable[Path], warehouse: Path) -> None:
    """`seal`, with the files that are loaded and the warehouse. Files are read by descriptor: those of copies without a name are this process' own.

    Where descriptors have no paths (no /proc), such copies lie in the system's temporary folder.
    """
    seal(con, files, [warehouse, DESCRIPTORS if DESCRIPTORS.is_dir() else Path(tempfile.gettempdir())])


def sealed(limits: Limits = SMALL) -> DuckDBPyConnection:
    """A connection that reaches no file at all: for what is computed or parsed only."""
    con = connect(limits)
    seal(con)
    return con


def quoted(text: str) -> str:
    """A SQL string literal, for the few places where DuckDB takes no parameter (settings, ATTACH, COPY, file lists)."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """A SQL identifier in double quotes."""
    return '"' + name.replace('"', '""') + '"'
