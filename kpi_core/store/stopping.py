"""A process that is told to end while it writes: what DuckDB does for it is interrupted, and nothing new is begun.

A load changes nothing before its last step, so that it may be left off anywhere; whoever leaves it off cleans up behind it.
"""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING
from weakref import WeakSet

import duckdb

from kpi_core.errors import StoreError, said

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_guard = threading.Lock()
_writing: WeakSet[DuckDBPyConnection] = WeakSet()
_told = threading.Event()


def stoppable(con: DuckDBPyConnection) -> DuckDBPyConnection:
    """The connection, which `stop` interrupts from now on; close it with `close`."""
    with _guard:
        _writing.add(con)
    return con


def close(con: DuckDBPyConnection) -> None:
    """Close a connection, never while `stop` interrupts it; idempotent."""
    with _guard:
        _writing.discard(con)
    con.close()


def stop() -> None:
    """The process is about to end. An interrupt reaches the statement that runs now and no later one: say it again until the writer has noticed."""
    _told.set()
    with _guard:
        for con in _writing:
            with contextlib.suppress(duckdb.Error):
                con.interrupt()


def go_on() -> None:
    """Between two steps. Raises StoreError when the process was told to end."""
    if _told.is_set():
        raise StoreError(said("interrupted: nothing was changed"))
