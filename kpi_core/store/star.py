"""Facts -> mart: the star tables that every question reads, in one DuckDB file per generation."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from kpi_core.store.connection import STORAGE, quoted
from kpi_core.store.facts import attach_facts
from kpi_core.store.files import Fault, no_fault, settle, temporary
from kpi_core.store.manifest import FileEntry
from kpi_core.store.rollup import MartWriter, Preparation, RollupSpec, build_rollups
from kpi_core.store.settings import MartSettings
from kpi_core.store.star_audience import build_audience
from kpi_core.store.star_awaited import AWAITED
from kpi_core.store.star_base import constant_rates, prepare
from kpi_core.store.star_books import check_ledger, check_rates, currencies, write_books
from kpi_core.store.star_claims import build_claims
from kpi_core.store.star_customers import resolve
from kpi_core.store.star_delivery import build_deliveries
from kpi_core.store.star_journeys import build_journeys
from kpi_core.store.star_sales import build_sales
from kpi_core.store.star_stock import build_stock

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

STAR_VERSION = 11  # raise it when the SQL changes what a table holds: marts are then rebuilt at the next load

TABLES = (
    "sale", "orders", "returns", "sessions", "audience", "footfall", "touches", "carts", "spend", "surveys", "stock", "social",
    "customers", "customer_orders", "interactions", "conversions", "leads", "experiments", "attributed", "returns_by_sale", "landings",
    "deliveries", "pickups",
)  # fmt: skip
_LAST_DAY = {"audience": "period_end"}
JOINED = {"interactions": ("sessions", "footfall", "touches")}


def fingerprint(settings: MartSettings, rollups: Sequence[RollupSpec], preparation: Preparation | None = None) -> str:
    """Equal fingerprints and equal batches give equal marts."""
    specs = [[spec.name, spec.source, list(spec.dims), sorted(spec.measures.items())] for spec in rollups]
    stood = [settings.reporting_currency, settings.stock_max_days, settings.constant_rates_on, settings.hub, settings.largest]
    stood += [[item.profile, item.dataset, item.group, item.rank] for item in sorted(settings.overlaps)]
    raw = msgspec.json.encode([STAR_VERSION, *stood, sorted(specs), preparation.stamp if preparation else ""])
    return hashlib.sha256(raw).hexdigest()[:16]


def build_mart(
    con: DuckDBPyConnection,
    root: Path,
    facts: dict[str, tuple[FileEntry, ...]],
    generation: int,
    built_at: str,
    settings: MartSettings,
    rollups: Sequence[RollupSpec],
    *,
    preparation: Preparation | None = None,
    fault: Fault = no_fault,
) -> FileEntry:
    """Build the mart of `generation` from the fact files. Raises StoreError when rows were neither kept nor accounted for."""
    path = root / "marts" / f"{generation:06d}.duckdb"
    target = temporary(path)
    target.unlink(missing_ok=True)
    attach_facts(con, root, facts)
    con.execute(f"attach {quoted(str(target))} as mart (storage_version {quoted(STORAGE)})")
    try:
        prepare(con, settings)
        constant_rates(con)
        resolve(con, settings)
        build_sales(con)
        build_deliveries(con)
        build_audience(con)
        build_stock(con)
        build_journeys(con)
        build_claims(con)
        con.execute(AWAITED)
        con.execute("create table mart.constant_rates as select * from work.constant order by currency")
        check_ledger(con)
        check_rates(con, settings)
        write_books(con)
        _cover(con)
        write_meta(con, generation, built_at, settings, currencies(con))
        con.execute("use mart")
        try:
            build_rollups(con, tuple(rollups))
            if preparation is not None:
                preparation.run(MartWriter(con))
        finally:
            con.execute("use memory")
        con.execute("checkpoint mart")
    finally:
        con.execute("detach mart")
        con.execute("drop schema if exists work cascade")
        con.execute("drop schema if exists facts cascade")
    fault("mart_written")
    entry = settle(target, path, root)
    fault("mart_renamed")
    return entry


COVERAGE = 'create table {catalog}.coverage ("table" varchar, dim varchar, member varchar, "first" date, "last" date)'


def _cover(con: DuckDBPyConnection) -> None:
    """First and last day of each table, over all and by channel and store."""
    con.execute(COVERAGE.format(catalog="mart"))
    for table in TABLES:
        cover_table(con, table)


def cover_table(con: DuckDBPyConnection, table: str, catalog: str = "mart") -> None:
    """First and last day of one table, over all and by channel and store."""
    cover_whole(con, table, catalog)
    last = _LAST_DAY.get(table, "day")
    found = con.execute(
        "select column_name from duckdb_columns() where database_name = ? and schema_name = 'main' and table_name = ?", [catalog, table]
    ).fetchall()
    names = {str(row[0]) for row in found}
    for dim in ("channel", "store"):
        if dim in names:
            con.execute(
                f"insert into {catalog}.coverage select '{table}', '{dim}', {dim}, min(day), max({last}) from {catalog}.{table} "
                f"where {dim} is not null group by {dim} order by {dim}"
            )


def cover_whole(con: DuckDBPyConnection, table: str, catalog: str = "mart") -> None:
    """First and last day of one table over all."""
    last, into = _LAST_DAY.get(table, "day"), f"insert into {catalog}.coverage select '{table}', '', ''"
    if table in JOINED:
        # it is complete only where all that it is made of is loaded
        parts = " union all ".join(f"select min(day) as starts, max(day) as ends from {catalog}.{part} having count(*) > 0" for part in JOINED[table])
        con.execute(f"{into}, least(max(starts), min(ends)), min(ends) from ({parts}) where exists (select 1 from {catalog}.{table}) having count(*) > 0")
    else:
        con.execute(f"{into}, min(day), max({last}) from {catalog}.{table} having count(*) > 0")


def write_meta(con: DuckDBPyConnection, generation: int, built_at: str, settings: MartSettings, told: Iterable[str], catalog: str = "mart") -> None:
    """What a reader wants to know of the mart; `told`: the currencies of sales and returns that count."""
    row = con.execute(
        f"""select coalesce(max("last") filter (where "table" in ('orders', 'returns')), max("last")) from {catalog}.coverage where dim = ''"""
    ).fetchone()
    watermark = str(row[0]) if row and row[0] else ""
    con.execute(f"create table {catalog}.meta (key varchar, value varchar)")
    con.executemany(
        f"insert into {catalog}.meta values (?, ?)",
        [
            ["reporting_currency", settings.reporting_currency.upper()],
            ["stock_max_days", str(settings.stock_max_days)],
            ["currencies", " ".join(told)],
            ["built_at", built_at],
            ["watermark", watermark],
            ["generation", str(generation)],
            ["star_version", str(STAR_VERSION)],
        ],
    )
