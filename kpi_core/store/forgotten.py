"""Customers who were forgotten, as a list of keyed hashes: an export that names them again does not bring them back.

`.omnigap/forgotten` is the loader's alone. It goes with the warehouse, whose secret key made its hashes.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import msgspec

from kpi_core.errors import StoreError, Where, said
from kpi_core.store.connection import identifier
from kpi_core.store.datasets import DATASETS
from kpi_core.store.files import settle, temporary
from kpi_core.store.workspace import Workspace

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

NAME = "forgotten"
KEYED = tuple(name for name, dataset in DATASETS.items() if "customer_key" in dataset.columns)  # datasets that tell customers
LINKS = "identifiers"  # the one whose rows are about nothing else
WORDED = "feedback"  # the dataset that may hold what a customer wrote
_VERSION = 1


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: int
    hashes: tuple[str, ...]


def read_forgotten(workspace: Workspace) -> frozenset[int]:
    """The hashes of those who were forgotten. Raises StoreError when the list cannot be read: to load without it would bring them back."""
    path = workspace.warehouse / NAME
    try:
        kept = msgspec.json.decode(path.read_bytes(), type=_File)
        return frozenset(int(text, 16) for text in kept.hashes)
    except FileNotFoundError:
        return frozenset()
    except (OSError, ValueError) as error:
        raise StoreError(
            said("the list of forgotten customers cannot be read"), where=Where(str(path)), hint=said("put it back from a backup: nothing is loaded before")
        ) from error


def add_forgotten(workspace: Workspace, hashes: Iterable[int]) -> None:
    """Add to the list; called by the holder of the load lock."""
    path = workspace.warehouse / NAME
    every = sorted(read_forgotten(workspace) | set(hashes))
    written = temporary(path)
    descriptor = os.open(written, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(msgspec.json.encode(_File(_VERSION, tuple(f"{one:016X}" for one in every))))
    settle(written, path, workspace.warehouse)


def leave_out(con: DuckDBPyConnection, tables: Mapping[str, str], hashes: frozenset[int]) -> None:
    """Take the forgotten out of converted tables (dataset -> temp table): their rows stay, without a customer; what links identifiers goes."""
    if not hashes:
        return
    gone, wanted = "(select unnest(?::ubigint[]))", sorted(hashes)
    for name, table in tables.items():
        if name == LINKS:
            con.execute(f"delete from {identifier(table)} where customer_key in {gone} or id_hash in {gone}", [wanted, wanted])
        elif name in KEYED:
            words = ", comment = null" if name == WORDED else ""
            con.execute(f"update {identifier(table)} set customer_key = null{words} where customer_key in {gone}", [wanted])
