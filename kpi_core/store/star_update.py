"""The next mart from the one before and what has changed, where the change is small; `star.build_mart` makes one from nothing."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kpi_core.store.connection import STORAGE, identifier, quoted
from kpi_core.store.facts import Facts
from kpi_core.store.files import Fault, no_fault, settle, temporary
from kpi_core.store.manifest import FileEntry, Manifest
from kpi_core.store.overlay import BASE, DELTA, NEXT, TOP, Before, TooFar, gives_way, same
from kpi_core.store.rollup import MartWriter, Preparation, RollupSpec
from kpi_core.store.rollup_delta import Touched, follow_rollups
from kpi_core.store.settings import MartSettings
from kpi_core.store.star import COVERAGE, JOINED, TABLES, cover_table, cover_whole, write_meta
from kpi_core.store.star_books import check_changes, check_rates
from kpi_core.store.star_delta import follow

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

LARGE = 500_000  # rows of sales from which on a mart is worth being carried on
SHARE = 4  # of so many rows of sales one may lie above the base; beyond it the mart is written whole again
BOOKS = ("coverage", "meta", "excluded", "ledger", "undated", "unrated")


def update_mart(
    con: DuckDBPyConnection,
    root: Path,
    parent: Manifest,
    facts: Facts,
    generation: int,
    built_at: str,
    settings: MartSettings,
    rollups: Sequence[RollupSpec],
    *,
    preparation: Preparation | None = None,
    fault: Fault = no_fault,
) -> tuple[FileEntry, bool] | None:
    """Write what lies above the base in `generation`; with it, whether prepared cells wait for `prepare_cells`. None where the mart must be built
    whole. Raises StoreError as `build_mart` does."""
    mart = parent.mart
    base = parent.base or mart
    rows = sum(entry.rows for name in ("orders", "order_lines") for entry in parent.facts.get(name, ()))
    if mart is None or base is None or rows < LARGE or any(changed.whole for changed in facts.changed.values()):
        return None
    path = root / "marts" / f"{generation:06d}.duckdb"
    target = temporary(path)
    target.unlink(missing_ok=True)
    con.execute(f"attach {quoted(str(root / base.file))} as {BASE} (read_only)")
    if parent.base is not None:
        con.execute(f"attach {quoted(str(root / mart.file))} as {TOP} (read_only)")
        shutil.copyfile(root / mart.file, target)
    con.execute("attach ':memory:' as mart")
    # no file beside it that would be written twice: nobody reads it before it is whole
    con.execute(f"attach {quoted(str(target))} as {NEXT} (storage_version {quoted(STORAGE)}, recovery_mode no_wal_writes)")
    con.execute(f"create schema if not exists {NEXT}.{DELTA}")
    try:
        before = Before.of(con, parent.base is not None)
        if before.came() * SHARE > rows:
            return None
        pending = _write(con, root, before, parent, facts, generation, built_at, settings, rollups, preparation)
    except TooFar:
        return None
    finally:
        _let_go(con)
    fault("mart_written")
    entry = settle(target, path, root)
    fault("mart_renamed")
    return entry, pending


def prepare_cells(
    con: DuckDBPyConnection, root: Path, parent: Manifest, generation: int, built_at: str, preparation: Preparation, *, fault: Fault = no_fault
) -> FileEntry:
    """The mart of `parent` once more, as that of `generation`, with all its cells prepared."""
    assert parent.mart is not None and parent.base is not None, "only a mart that was carried on waits for its cells"
    path = root / "marts" / f"{generation:06d}.duckdb"
    target = temporary(path)
    shutil.copyfile(root / parent.mart.file, target)
    con.execute(f"attach {quoted(str(root / parent.base.file))} as {BASE} (read_only)")
    try:
        con.execute(f"attach {quoted(str(target))} as mart")
        for kind in ("view", "table"):
            found = con.execute(f"select {kind}_name from duckdb_{kind}s() where database_name = 'mart' and starts_with({kind}_name, 'prepared')").fetchall()
            for (name,) in found:
                con.execute(f"drop {kind} mart.main.{identifier(str(name))}")
        con.execute("delete from mart.meta where key in ('prepared', 'generation', 'built_at')")
        con.execute("insert into mart.meta values ('generation', ?), ('built_at', ?)", [str(generation), built_at])
        con.execute("use mart")
        try:
            preparation.run(MartWriter(con))
        finally:
            con.execute("use memory")
        con.execute("checkpoint mart")
    finally:
        _let_go(con)
    fault("mart_written")
    entry = settle(target, path, root)
    fault("mart_renamed")
    return entry


def _write(
    con: DuckDBPyConnection,
    root: Path,
    before: Before,
    parent: Manifest,
    facts: Facts,
    generation: int,
    built_at: str,
    settings: MartSettings,
    rollups: Sequence[RollupSpec],
    preparation: Preparation | None,
) -> bool:
    """True when there are prepared cells that may be others now."""
    pending = False
    touched = [name for name in facts.changed if con.execute(f'select exists (select 1 from "changed_{name}")').fetchone() == (True,)]
    books, written = follow(con, root, before, parent.facts, facts, touched, settings)
    check_rates(con, settings)
    touched_days = Touched(con, before)
    since = follow_rollups(con, before, rollups, written, touched_days)
    rolled = {spec.name for spec in rollups}
    for name in sorted(before.tables - {*written, *rolled, *BOOKS}):
        same(before, name)
    for name in BOOKS:
        gives_way(before, name)
    books.write(con, f"{NEXT}.main")
    books.write(con, "work")
    for name in ("undated", "unrated"):
        con.execute(f"create table {NEXT}.main.{name} as select * from {before.table(name)}")
    check_changes(con, books.held)
    _cover(con, before, written)
    write_meta(con, generation, built_at, settings, sorted(books.currencies), NEXT)
    if preparation is not None:
        for name, (table, columns) in preparation.read.items():
            if table in written and (days := touched_days.days(table, columns)):
                since[name] = min(days)
        con.execute(f"use {NEXT}")
        try:
            pending = preparation.carry(MartWriter(con), before.table("meta").removesuffix('"meta"'), since)
        finally:
            con.execute("use memory")
    con.execute(f"checkpoint {NEXT}")
    return pending


def _cover(con: DuckDBPyConnection, before: Before, written: Sequence[str]) -> None:
    """First and last days: where rows only came, those before and theirs."""
    con.execute(COVERAGE.format(catalog=NEXT))
    stood = before.table("coverage")
    con.execute(f'insert into {NEXT}.coverage select * from {stood} where "table" not in (select unnest(?))', [list(written)])
    for table in TABLES:
        if table not in written:
            continue
        dims = [dim for dim in ("channel", "store") if dim in before.columns(table)]
        if _lost(con, table, ["day", *dims]):
            cover_table(con, table, NEXT)
            continue
        parts = [f"""select * from {stood} where "table" = '{table}'""", f"select '{table}', '', '', min(day), max(day) from came_{table} having count(*) > 0"]
        if table in JOINED:
            parts = [parts[0] + " and dim <> ''"]
            cover_whole(con, table, NEXT)
        parts += [f"select '{table}', '{dim}', {dim}, min(day), max(day) from came_{table} where {dim} is not null group by {dim}" for dim in dims]
        con.execute(
            f"""insert into {NEXT}.coverage select "table", dim, member, min("first"), max("last") from ({" union all ".join(parts)})
                group by "table", dim, member order by dim, member"""
        )


def _lost(con: DuckDBPyConnection, table: str, columns: Sequence[str]) -> bool:
    """Are there days of a channel or store from which rows went and to which none came back?"""
    if con.execute(f"select 1 from went_{table} limit 1").fetchone() is None:
        return False
    listed = ", ".join(map(identifier, columns))
    return con.execute(f"select 1 from (select {listed} from went_{table} except select {listed} from came_{table}) limit 1").fetchone() is not None


def _let_go(con: DuckDBPyConnection) -> None:
    con.execute("use memory")
    attached = {str(row[0]) for row in con.execute("select database_name from duckdb_databases()").fetchall()}
    for catalog in ("mart", NEXT, TOP, BASE):
        if catalog in attached:
            con.execute(f"detach {catalog}")
    for (name,) in con.execute("select view_name from duckdb_views() where temporary and not internal and starts_with(view_name, 'came_')").fetchall():
        con.execute(f"drop view temp.{identifier(str(name))}")
    for schema in ("work", "facts"):
        con.execute(f"drop schema if exists {schema} cascade")
