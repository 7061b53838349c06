"""One JSON manifest per generation: which batches count, which files hold the facts and the mart, and the sha256 of each.

Keys that this version does not know are kept when a manifest is rewritten; a manifest of a newer schema is refused.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from kpi_core.errors import NewerStore, StoreError, Where, said

SCHEMA_VERSION = 1  # raise it when facts are made otherwise: facts and mart of an older one are built again from the batches
REBUILD = said("run: omnigap rebuild")
ACTIVE, UNDONE, DAMAGED = "active", "undone", "damaged"  # of a batch
ROWS_READ = "rows_read"  # of the extra of a batch: rows of its file
T = TypeVar("T", bound=msgspec.Struct)


class FileEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A file of the warehouse, by its path inside `.omnigap`."""

    file: str
    sha256: str
    bytes: int
    rows: int = 0
    part: str = ""  # of facts: '' or the month 'YYYY-MM'
    extra: dict[str, Any] = {}


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """One accepted export. `as_of` (ISO, what the file speaks of) orders versions, never the moment of the load."""

    load_id: int
    name: str
    sha256: str
    profile: str
    as_of: str
    loaded_at: str
    account: FileEntry
    files: dict[str, FileEntry]
    status: str = ACTIVE  # | UNDONE | DAMAGED: its files are not what was written, it waits for its export to be loaded again
    extra: dict[str, Any] = {}


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """Generation 0 is the empty warehouse and has no file."""

    generation: int = 0
    parent: int | None = None
    schema_version: int = SCHEMA_VERSION
    app_version: str = ""
    built_at: str = ""
    built_with: str = ""  # fingerprint of the settings, rollups and star version that made the mart
    key_check: str = ""  # tells a lost or foreign secret key from the right one; says nothing about it
    next_load_id: int = 1
    batches: tuple[Batch, ...] = ()
    facts: dict[str, tuple[FileEntry, ...]] = {}
    mart: FileEntry | None = None
    base: FileEntry | None = None  # what `mart` stands upon, where it holds only what has changed since (see `overlay`)
    extra: dict[str, Any] = {}

    @property
    def active(self) -> tuple[Batch, ...]:
        return tuple(batch for batch in self.batches if batch.status == "active")

    def files(self) -> list[FileEntry]:
        """Every file that this generation needs."""
        found = [entry for parts in self.facts.values() for entry in parts]
        for batch in self.batches:
            found += [batch.account, *batch.files.values()]
        return [*found, *(entry for entry in (self.base, self.mart) if entry)]


def encode(manifest: Manifest) -> bytes:
    """JSON of a manifest, keys that were not known merged back where they stood."""
    return msgspec.json.format(msgspec.json.encode(_flat(manifest)), indent=1)


def decode(raw: bytes, path: Path) -> Manifest:
    """The manifest in `raw`. Raises StoreError when it is damaged or of a newer schema."""
    try:
        value = msgspec.json.decode(raw)
        version = value["schema_version"]
        if not isinstance(version, int):
            raise TypeError(version)
    except (msgspec.DecodeError, KeyError, TypeError) as error:
        raise _damaged(path) from error
    if version > SCHEMA_VERSION:
        raise NewerStore(
            said("this warehouse was written by a newer omnigap (schema {found}, this one reads {known})", found=version, known=SCHEMA_VERSION),
            where=Where(str(path)),
            hint=said("update omnigap"),
        )
    try:
        return _struct(Manifest, value)
    except (msgspec.ValidationError, TypeError, AttributeError) as error:
        raise _damaged(path) from error


def checked(raw: bytes, path: Path, generation: int, sha256: str = "") -> Manifest:
    """The manifest of a generation in `raw`. Raises as `decode`, and when it is not what CURRENT names or belongs to another generation."""
    if sha256 and hashlib.sha256(raw).hexdigest() != sha256:
        raise _damaged(path)
    manifest = decode(raw, path)
    if manifest.generation != generation:
        raise _damaged(path)
    return manifest


def _damaged(path: Path) -> StoreError:
    return StoreError(said("the manifest of the warehouse is damaged"), where=Where(str(path)), hint=REBUILD)


def _struct(kind: type[T], value: dict[str, Any]) -> T:
    known = {field.encode_name for field in msgspec.structs.fields(kind)}
    fields = {key: item for key, item in value.items() if key in known}
    if kind is Manifest:
        fields["batches"] = tuple(_struct(Batch, item) for item in fields.get("batches", ()))
        fields["facts"] = {name: tuple(_struct(FileEntry, part) for part in parts) for name, parts in fields.get("facts", {}).items()}
        for name in ("mart", "base"):
            fields[name] = _struct(FileEntry, fields[name]) if fields.get(name) else None
    if kind is Batch:
        fields["account"] = _struct(FileEntry, fields["account"])
        fields["files"] = {name: _struct(FileEntry, item) for name, item in fields["files"].items()}
    # `from_attributes` lets the nested structs pass; every plain field is still type-checked
    return msgspec.convert({**fields, "extra": {key: item for key, item in value.items() if key not in known}}, kind, from_attributes=True)


def _flat(value: Any) -> Any:
    if isinstance(value, msgspec.Struct):
        plain = {name: _flat(getattr(value, name)) for name in value.__struct_fields__ if name != "extra"}
        return {**getattr(value, "extra", {}), **plain}
    if isinstance(value, dict):
        return {key: _flat(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [_flat(item) for item in value]
    return value


def digest(path: Path) -> str:
    """sha256 of a file, in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
