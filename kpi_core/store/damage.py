"""Is a file what was written? Its size costs nothing to look at, its sha256 a reading of the whole."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import duckdb
import msgspec

from kpi_core.store.manifest import SCHEMA_VERSION, Batch, FileEntry, Manifest, digest

Kind = Literal["missing", "changed"]


def damage(root: Path, entry: FileEntry, *, read: bool = True) -> Kind | None:
    """What is wrong with a file of the warehouse; None when nothing is. Without `read` only its size is looked at."""
    path = root / entry.file
    try:
        if not path.is_file():
            return "missing"
        if path.stat().st_size != entry.bytes or (read and digest(path) != entry.sha256):
            return "changed"
    except OSError:  # bytes that the disk does not give back
        return "changed"
    return None


def of_damage(error: duckdb.Error) -> bool:
    """Does DuckDB say that a file is not what it wrote? A checksum that does not match has no class of its own (measured, 2.0)."""
    return isinstance(error, (duckdb.IOException, duckdb.SerializationException, duckdb.FatalException)) or "orrupt" in str(error)


def batch_damage(root: Path, batch: Batch) -> bool:
    """Are the rows or the account of a load other than what was written?"""
    return any(damage(root, entry) for entry in (batch.account, *batch.files.values()))


def without_damage(root: Path, parent: Manifest, *, read: bool = False) -> Manifest:
    """The manifest without the facts and the mart that are not what was written, so that they are built again from the batches.

    `read`: a full build of the mart reads every fact file, and a flipped bit in one would be summed. Facts of an older schema count as damaged.
    """
    if parent.schema_version < SCHEMA_VERSION:
        return msgspec.structs.replace(parent, facts={}, mart=None, base=None)
    facts = {name: parts for name, parts in parent.facts.items() if not any(damage(root, part, read=read) for part in parts)}
    whole = parent.mart is not None and not any(damage(root, entry, read=False) for entry in (parent.base, parent.mart) if entry)
    return parent if whole and facts == parent.facts else msgspec.structs.replace(parent, facts=facts, **({} if whole else {"mart": None, "base": None}))
