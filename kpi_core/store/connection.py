"""The one factory of DuckDB connections: what a process may take, and what SQL may never reach."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from kpi_core.errors import StoreError, said

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True)
class Limits:
    """What one process may take on a shared host: `memory` and `temp` as DuckDB writes sizes, `seconds` per query (0 = no limit)."""

    memory: str = "512MB"
    threads: int = 2
    temp: str = "1GB"
    seconds: int = 30


def spill_folder() -> Path:
    """A private folder for what does not fit in memory; DuckDB creates it only when it needs it."""
    cache = os.environ.get("XDG_CACHE_HOME")
    base = Path(cache) if cache else Path(tempfile.gettempdir())
    return base / f"omnigap-{os.getuid()}-{os.getpid()}"


def connect(limits: Limits | None = None, *, temp: Path | None = None) -> DuckDBPyConnection:
    """An in-memory connection that draws no progress bar and loads no extension. `seal` takes its file access away.

    Only settings that this DuckDB lists are set. Raises StoreError when a limit is not understood.
    """
    limits = limits or Limits()
    con = duckdb.connect(":memory:")
    known = {str(row[0]) for row in con.execute("select name from duckdb_settings()").fetchall()}
    wanted: dict[str, str | int | bool] = {
        "enable_progress_bar": False,  # it would paint over the screen
        "memory_limit": limits.memory,
        "threads": limits.threads,
        "temp_directory": str(temp or spill_folder()),
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
        if name not in known or (name == "max_execution_time" and not limits.seconds):
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


def seal(con: DuckDBPyConnection) -> None:
    """No file outside what is already attached, and no setting may change any more."""
    con.execute("set enable_external_access = false")
    con.execute("set lock_configuration = true")


def quoted(text: str) -> str:
    """A SQL string literal, for the few places where DuckDB takes no parameter (settings, ATTACH, COPY, file lists)."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """A SQL identifier in double quotes."""
    return '"' + name.replace('"', '""') + '"'
