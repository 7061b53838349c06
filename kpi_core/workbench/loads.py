"""The loads of a workspace by number, and which of them a person means."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import PurePath

import msgspec

from kpi_core.errors import NothingLoaded, UsageError, Where, said
from kpi_core.pages.loads import LoadLine
from kpi_core.store import Workspace
from kpi_core.store.counting import ranges
from kpi_core.store.manifest import ACTIVE, DAMAGED, Batch


class _Told(msgspec.Struct):
    """What is read of an account."""

    title_en: str = ""
    title_fr: str = ""
    first_day: date | None = None
    last_day: date | None = None
    rows_read: int | None = None
    rows_used: int | None = None


def loads(workspace: Workspace, lang: str = "en") -> tuple[LoadLine, ...]:
    """Every load that was ever published, the newest last. Raises NothingLoaded in an empty workspace."""
    manifest = workspace.manifest()
    if not manifest.generation:
        raise NothingLoaded(
            said("nothing has been loaded yet"),
            where=Where(str(workspace.root)),
            hint=said("put exports into {folder}, then run: omnigap load", folder=workspace.exports_dir),
        )
    return tuple(_line(workspace, batch, lang) for batch in sorted(manifest.batches, key=lambda batch: batch.load_id))


def _line(workspace: Workspace, batch: Batch, lang: str) -> LoadLine:
    try:
        told = msgspec.json.decode((workspace.warehouse / batch.account.file).read_bytes(), type=_Told)
    except (OSError, msgspec.DecodeError):
        told = _Told()  # whoever reads the account itself is told; here its load can still be named and undone
    title = told.title_fr if lang == "fr" else told.title_en
    return LoadLine(
        load_id=batch.load_id,
        file=batch.name,
        profile=batch.profile,
        title=title or batch.profile,
        first_day=told.first_day,
        last_day=told.last_day,
        rows_read=told.rows_read,
        rows_used=told.rows_used,
        loaded_at=datetime.fromisoformat(batch.loaded_at),
        counts=batch.status == ACTIVE,
        damaged=batch.status == DAMAGED,
    )


def numbers_of(known: Sequence[LoadLine], texts: Iterable[str], *, counting: bool) -> list[int]:
    """The loads that numbers and names of files mean; of several of a name the one that counts (`counting`), or the one that does not.

    Raises UsageError for a name that no load has, or that more than one has. A number stays as it is: who changes its load looks at it.
    """
    found: list[int] = []
    for text in texts:
        if text.isdecimal() and len(text) <= 9:
            found.append(int(text))
            continue
        named = [load for load in known if load.file == text] or _by_last_part(known, text)
        meant = [load for load in named if load.counts is counting] or named
        if not meant:
            raise UsageError(said("no load is of a file called {name}", name=text), hint=said("omnigap loads lists them by number"))
        if len(meant) > 1:
            numbers = ranges(load.load_id for load in meant)
            raise UsageError(said("{name} is the file of several loads: {numbers}", name=text, numbers=numbers), hint=said("name the one by its number"))
        found.append(meant[0].load_id)
    return found


def _by_last_part(known: Sequence[LoadLine], text: str) -> list[LoadLine]:
    """A path is as good as the name, in capitals or not."""
    name = PurePath(text).name.casefold()
    return [load for load in known if name and PurePath(load.file).name.casefold() == name]
