"""Erasing a customer: every keyed hash of the person leaves the loaded rows for good; what was bought stays, as a guest's.

The files of all loads, those undone too, are written again under new names without the customer, facts and mart follow in a new generation,
and the files of before are deleted at once, save those that an open reader has pinned: these go when it closes. The manifest keeps when it was
done and how many rows of which loads it touched, under a short keyed number that says nothing about whom.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from kpi_core.errors import StoreError, UsageError, Where, said
from kpi_core.pages.forgetting import Forgetting, Person
from kpi_core.store.connection import Limits, quoted
from kpi_core.store.counting import writer
from kpi_core.store.damage import damage, without_damage
from kpi_core.store.files import Fault, no_fault, settle, temporary
from kpi_core.store.forgotten import KEYED, LINKS, WORDED, add_forgotten, read_forgotten
from kpi_core.store.manifest import DAMAGED, REBUILD, Batch, FileEntry, Manifest
from kpi_core.store.permissions import make_folder
from kpi_core.store.publish import publish
from kpi_core.store.rollup import Preparation, RollupSpec
from kpi_core.store.settings import MartSettings
from kpi_core.store.upkeep import collect
from kpi_core.store.workspace import Workspace

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

LOG = "forgotten"  # of the extra of a manifest
SHORTEST_KEY = 8  # hex digits of a key, as people are shown under
_LINK_ROUNDS = 64  # links between two identifiers of a person that are followed


@dataclass(frozen=True)
class Forgotten:
    """`pinned`: generations of before that open readers still show."""

    person: Person
    receipt: str
    generation: int
    pinned: int


def forgettings(manifest: Manifest) -> tuple[Forgetting, ...]:
    """The erasures of a warehouse, oldest first; what cannot be read is passed over."""
    found = []
    kept = manifest.extra.get(LOG)
    for item in kept if isinstance(kept, list) else ():
        try:
            rows = tuple((int(load), int(count)) for load, count in item["rows"])
            found.append(Forgetting(datetime.fromisoformat(item["at"]), str(item["receipt"]), rows))
        except (KeyError, TypeError, ValueError):
            continue
    return tuple(found)


def find(
    workspace: Workspace,
    texts: Sequence[str],
    keys: Sequence[str] = (),
    settings: MartSettings | None = None,
    *,
    country: str | None = None,
    limits: Limits | None = None,
) -> Person:
    """Whom these identifiers, as people write them, and keys, as screens show them, belong to, and what of them is loaded. Changes nothing.

    Needs the secret key. Raises UsageError where no loaded row names them or a key is of several customers, StoreError as a load does.
    """
    with writer(workspace, limits) as (parent, con):
        return _find(workspace, con, parent, texts, keys, settings or MartSettings(), country)


def forget(
    workspace: Workspace,
    texts: Sequence[str],
    keys: Sequence[str] = (),
    settings: MartSettings | None = None,
    *,
    country: str | None = None,
    rollups: Sequence[RollupSpec] = (),
    preparation: Preparation | None = None,
    limits: Limits | None = None,
    fault: Fault = no_fault,
) -> Forgotten:
    """Erase the customer that `find` finds, in a new generation. Raises as `find`; a crash before its commit point is made good by doing it again."""
    settings = settings or MartSettings()
    with writer(workspace, limits) as (parent, con):
        person = _find(workspace, con, parent, texts, keys, settings, country)
        if not person.rows:
            return Forgotten(person, "", parent.generation, 0)
        receipt = _receipt(workspace.key(), person.hashes)
        add_forgotten(workspace, person.hashes)  # first: a load after a crash must not bring back what is half gone
        fault("listed")
        touched: set[str] = set()
        batches = [_without(workspace, con, parent.generation + 1, batch, person, touched) for batch in parent.batches]
        fault("rewritten")
        rows = [[load, sum(found.values())] for load, found in sorted(person.rows.items())]
        kept = parent.extra.get(LOG)
        entry = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "receipt": receipt, "rows": rows}
        log = [*(kept if isinstance(kept, list) else ()), entry]
        sound = without_damage(workspace.warehouse, parent)
        facts = {name: parts for name, parts in sound.facts.items() if name not in touched}
        sound = msgspec.structs.replace(sound, facts=facts, mart=None, extra={**sound.extra, LOG: log})
        manifest = publish(workspace, con, sound, batches, settings, rollups, preparation=preparation, fault=fault)
        collect(workspace, keep=1)  # of before nothing stays that nobody looks at
        return Forgotten(person, receipt, manifest.generation, sum(number < manifest.generation for number in workspace.manifests()))


def _receipt(key: bytes, hashes: Iterable[int]) -> str:
    """A number of the erasure that only the holder of the secret key could make again."""
    text = ",".join(f"{one:016X}" for one in sorted(hashes))
    return hmac.new(key, b"omnigap receipt\0" + text.encode("ascii"), hashlib.sha256).hexdigest()[:8]


# ---------------------------------------------------------------- whom


def _find(
    workspace: Workspace, con: DuckDBPyConnection, parent: Manifest, texts: Sequence[str], keys: Sequence[str], settings: MartSettings, country: str | None
) -> Person:
    root = workspace.warehouse
    for batch in parent.batches:
        for name in KEYED:
            if batch.status != DAMAGED and name in batch.files and damage(root, batch.files[name]):  # it would be written again as if it were sound
                where = Where(str(root / batch.files[name].file))
                raise StoreError(said("the loaded rows of {name} are missing or damaged", name=batch.name), where=where, hint=REBUILD)
    sources = {name: [batch.files[name] for batch in parent.batches if batch.status != DAMAGED and name in batch.files] for name in KEYED}
    known = " union ".join(
        f"select {column} as id from {_read(root, entries)} where {column} is not null"
        for name, entries in sources.items()
        if entries
        for column in (("customer_key", "id_hash") if name == LINKS else ("customer_key",))
    )
    con.execute(f"create or replace temp table known as {known or 'select null::ubigint as id where false'}")
    asked: set[int] = set()
    if texts:
        asked |= set(hashes_of(con, texts, workspace.key(), country))
    before = asked & read_forgotten(workspace)
    found = {int(row[0]) for row in con.execute("select id from known where id in (select unnest(?::ubigint[]))", [sorted(asked)]).fetchall()}
    for text in keys:
        found.add(_of_key(con, text))
    if not found:
        if before:
            return Person(frozenset(before), (), {}, before=len(before))
        raise UsageError(
            said("no loaded row names this customer"),
            hint=said("an address or a number as the export writes it, or --key with the code of the customer as screens show it"),
        )
    hashes, apart = _joined(con, _read(root, sources[LINKS]) if sources[LINKS] else "", found, settings)
    rows: dict[int, dict[str, int]] = {}
    for name, entries in sources.items():
        if entries:
            sql = f"select load_id, count(*) from {_read(root, entries)} where {_names(name)} group by load_id"
            for load, count in con.execute(sql, _bound(name, hashes)).fetchall():
                rows.setdefault(int(load), {})[name] = int(count)
    return Person(frozenset(hashes), _kinds(con, _read(root, sources[LINKS]) if sources[LINKS] else "", hashes), rows, apart, len(before))


def hashes_of(con: DuckDBPyConnection, texts: Sequence[str], key: bytes, country: str | None) -> list[int]:
    """The keyed hashes that identifiers of any kind would have, written as loading writes them; `country` reads phones without a calling code."""
    from kpi_core.sources.cells.identity import KINDS, hashed, keyed, normalised  # here: the sources know the store's tables
    from kpi_core.sources.profiles.language import Identify

    found: set[int] = set()
    con.execute("create or replace temp table asked (raw varchar)")
    con.executemany("insert into asked values (?)", [[text] for text in texts])
    try:
        with keyed(con, key):
            for kind in KINDS:
                rows = normalised("asked", Identify(**{kind: "raw"}), country)
                told = f"'{kind}:' || omnigap_{kind}"
                found |= {int(row[0]) for row in con.execute(f"select {hashed(told)} from ({rows}) where omnigap_{kind} is not null").fetchall()}
    finally:
        con.execute("drop table if exists asked")
    return sorted(found)


def _of_key(con: DuckDBPyConnection, text: str) -> int:
    """The customer of a key: its number as records show it, or the first digits of the code that people are shown under."""
    written = text.split("·")[0].strip().upper()
    if written.isdecimal() and int(written) < 2**64 and con.execute("select 1 from known where id = ?", [int(written)]).fetchone():
        return int(written)
    if not SHORTEST_KEY <= len(written) <= 16 or set(written) - set("0123456789ABCDEF"):
        raise UsageError(said("{text} is no key of a customer", text=text), hint=said("write the code of the customer as screens show it: 8 signs or all 16"))
    rows = con.execute("select distinct id from known where starts_with(printf('%016X', id), ?) limit 2", [written]).fetchall()
    if not rows:
        raise UsageError(said("no loaded row names this customer"), hint=said("it may have been forgotten already: omnigap loads tells"))
    if len(rows) > 1:
        raise UsageError(said("several customers have a key that begins so"), hint=said("write all 16 signs"))
    return int(rows[0][0])


def _joined(con: DuckDBPyConnection, links: str, found: set[int], settings: MartSettings) -> tuple[set[int], int]:
    """The identifiers that stand together with these, however far, and how many others do that are not believed to be the same person's.

    As in `star_customers`: a shared identifier joins nobody, and more than `largest` are no person: then only those asked for are meant.
    """
    if not links:
        return found, 0
    con.execute(f"create or replace temp table link as select distinct customer_key as a, id_hash as b from {links} where customer_key <> id_hash")
    con.execute("insert into link select b, a from link")
    con.execute("create or replace temp table hub as select a as id from link group by a having count(distinct b) > ?", [settings.hub])
    every, newest = set(found), set(found)
    for _ in range(_LINK_ROUNDS):
        if not newest:
            break
        rows = con.execute(
            "select distinct b from link where a in (select unnest(?::ubigint[])) and a not in (select id from hub) and b not in (select id from hub)",
            [sorted(newest)],
        ).fetchall()
        newest = {int(row[0]) for row in rows} - every
        every |= newest
        if len(every) > settings.largest:
            return found, len(every) - len(found)
    return every, 0


def _kinds(con: DuckDBPyConnection, links: str, hashes: set[int]) -> tuple[tuple[str, int], ...]:
    named: dict[int, str] = {}
    if links:
        sql = f"select distinct id_hash, kind from {links} where id_hash in (select unnest(?::ubigint[]))"
        named = {int(one): str(kind or "") for one, kind in con.execute(sql, [sorted(hashes)]).fetchall()}
    counts: dict[str, int] = {}
    for one in hashes:
        kind = named.get(one, "")
        counts[kind] = counts.get(kind, 0) + 1
    return tuple(sorted(counts.items()))


# ---------------------------------------------------------------- out of the files


def _read(root: Path, entries: Iterable[FileEntry]) -> str:
    return f"read_parquet([{', '.join(quoted(str(root / entry.file)) for entry in entries)}], union_by_name = true)"


def _names(dataset: str) -> str:
    """Condition of rows that name the customer; its parameters are `_bound`."""
    gone = "in (select unnest(?::ubigint[]))"
    return f"(customer_key {gone} or id_hash {gone})" if dataset == LINKS else f"customer_key {gone}"


def _bound(dataset: str, hashes: Iterable[int]) -> list[object]:
    return [sorted(hashes)] * (2 if dataset == LINKS else 1)


def _has_comments(con: DuckDBPyConnection, source: str) -> bool:
    """Files of before comments could be kept have no such column."""
    return any(str(row[0]) == "comment" for row in con.execute(f"describe select * from {source}").fetchall())


def _without(workspace: Workspace, con: DuckDBPyConnection, generation: int, batch: Batch, person: Person, touched: set[str]) -> Batch:
    """The batch with files of its own that do not name the customer; the same one where none did. `touched` takes the datasets that changed."""
    root = workspace.warehouse
    files: dict[str, FileEntry] = {}
    for name, entry in batch.files.items():
        if batch.status == DAMAGED and name in KEYED:
            continue  # nobody can say whom it names, and it does not count: loading its export again makes it anew
        if name not in person.rows.get(batch.load_id, {}):
            files[name] = entry
            continue
        touched.add(name)
        before = root / entry.file
        path = before.with_name(f"{batch.load_id:06d}-{batch.sha256[:12]}-g{generation:06d}.parquet")
        make_folder(path.parent)
        source, bound = _read(root, [entry]), _bound(name, person.hashes)
        if name == LINKS:
            rows, left = f"select * from {source} where not coalesce({_names(name)}, false)", entry.rows - person.rows[batch.load_id][name]
        else:
            hidden = ["customer_key", *(["comment"] if name == WORDED and _has_comments(con, source) else [])]
            without = ", ".join(f"case when {_names(name)} then null else {column} end as {column}" for column in hidden)
            rows, left = f"select * replace ({without}) from {source}", entry.rows
            bound *= len(hidden)
        if not left:
            continue
        # materialised first: COPY takes no parameters
        con.execute(f"create or replace temp table kept as {rows}", bound)
        written = temporary(path)
        con.execute(f"copy kept to {quoted(str(written))} (format parquet, compression zstd)")
        con.execute("drop table kept")
        files[name] = settle(written, path, root, rows=left, sync=False)
    return msgspec.structs.replace(batch, files=files)
