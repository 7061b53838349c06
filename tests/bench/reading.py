"""How fast exports are read, against DuckDB alone: `make bench-reading`, or `python tests/bench/reading.py ROWS [LAYOUT...]`.

Makes a file of so many rows in a vendor's layout and times, in turn and in one run, DuckDB's `CREATE TABLE AS SELECT * FROM
read_csv(…, all_varchar = true)` and a whole load of the same file: recognised, typed, shaped, checked and written as canonical rows.
Says the ratio of the two, the peak memory of the load, and how long the steps took. Then how long it takes to recognise each of a
thousand known files.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import duckdb

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

KEY = b"a key for benchmarks, 32 bytes.."
ROUNDS = 3

# 79 columns, in the vendor's order; an order has 1 to 4 lines and its own fields on the first one only
_SHOPIFY = """
with orders as (select i, cast(1 + hash(i, 'n') % 4 as bigint) as lines, timestamp '2024-01-01' + to_seconds(cast(hash(i, 't') % 63072000 as bigint)) as placed from range({rows} * 2 // 5) t(i)),
lines as (
    select i, placed, lines, k, 1 + hash(i, k, 'q') % 3 as qty, (5 + hash(i, k, 'p') % 9500 / 100.0)::decimal(10,2) as price from orders, unnest(range(1, lines + 1)) u(k)
),
summed as (select *, sum(qty * price) over (partition by i) as subtotal from lines)
select '#' || (1000 + i) as "Name", 'someone' || hash(i, 'c') % 200000 || '@example.org' as "Email",
    {first}('paid') as "Financial Status", {first}(placed::varchar || ' +0100') as "Paid at", {first}('fulfilled') as "Fulfillment Status", {first}(placed::varchar || ' +0100') as "Fulfilled at",
    {first}('no') as "Accepts Marketing", {first}('EUR') as "Currency", {first}(subtotal::decimal(12,2)) as "Subtotal", {first}('4.90') as "Shipping",
    {first}((subtotal * 0.2)::decimal(12,2)) as "Taxes", {first}((subtotal * 1.2)::decimal(12,2) + 4.90) as "Total", {first}('') as "Discount Code", {first}('0.00') as "Discount Amount",
    {first}('Standard') as "Shipping Method", placed::varchar || ' +0100' as "Created at", qty as "Lineitem quantity", 'Product ' || hash(i, k, 's') % 5000 as "Lineitem name",
    price as "Lineitem price", '' as "Lineitem compare at price", 'SKU' || hash(i, k, 's') % 5000 as "Lineitem sku", 'true' as "Lineitem requires shipping",
    'true' as "Lineitem taxable", 'fulfilled' as "Lineitem fulfillment status",
    {blank}
from summed order by i, k
"""
_SHOPIFY_REST = (  # noqa: SIM905 - a list of 55 names reads better as it stands in the file
    "Billing Name,Billing Street,Billing Address1,Billing Address2,Billing Company,Billing City,Billing Zip,Billing Province,Billing Country,Billing Phone,"
    "Shipping Name,Shipping Street,Shipping Address1,Shipping Address2,Shipping Company,Shipping City,Shipping Zip,Shipping Province,Shipping Country,Shipping Phone,"
    "Notes,Note Attributes,Cancelled at,Payment Method,Payment Reference,Refunded Amount,Vendor,Outstanding Balance,Employee,Location,Device ID,Id,Tags,Risk Level,"
    "Source,Lineitem discount,Tax 1 Name,Tax 1 Value,Tax 2 Name,Tax 2 Value,Tax 3 Name,Tax 3 Value,Tax 4 Name,Tax 4 Value,Tax 5 Name,Tax 5 Value,Phone,"
    "Receipt Number,Duties,Billing Province Name,Shipping Province Name,Payment ID,Payment Terms Name,Next Payment Due At,Payment References"
).split(",")
_FILLED = {
    "Billing Name": "'Name ' || hash(i, 'c') % 200000",
    "Billing City": "'Lyon'",
    "Billing Zip": "'''69001'",
    "Billing Country": "'FR'",
    "Billing Phone": "'''+336' || lpad((hash(i, 'c') % 100000000)::varchar, 8, '0')",
    "Shipping Country": "'FR'",
    "Payment Method": "'Card'",
    "Refunded Amount": "'0.00'",
    "Vendor": "'Maison'",
    "Outstanding Balance": "'0.00'",
    "Id": "5000000000 + i",
    "Risk Level": "'Low'",
    "Source": "'web'",
    "Lineitem discount": "'0.00'",
}
_ON_EVERY_LINE = ("Vendor", "Lineitem discount")
_TILL = """
select 'S' || lpad((hash(i // 3, 's') % 60)::varchar, 2, '0') as "MAGASIN", '1' as "CAISSE", i // 3 as "TICKET", 1 + i % 3 as "LIGNE",
    strftime(date '2024-01-01' + cast(hash(i // 3, 'd') % 730 as integer), '%d/%m/%Y') as "DATE", printf('%02d:%02d', 9 + hash(i // 3, 'h') % 10, hash(i // 3, 'm') % 60) as "HEURE",
    'A' || hash(i, 'a') % 5000 as "ARTICLE", 'Article ' || hash(i, 'a') % 5000 as "DESIGNATION", 'Mode' as "CATEGORIE", 1 as "QTE",
    replace(p::varchar, '.', ',') as "PRIX_TTC", '' as "REMISE", replace(p::varchar, '.', ',') as "MT_TTC", replace((p / 6)::decimal(10,2)::varchar, '.', ',') as "TVA",
    case when hash(i // 3, 'k') % 2 = 0 then 'client' || hash(i // 3, 'c') % 100000 || '@exemple.fr' end as "EMAIL_CLIENT", '' as "CARTE", '' as "MODE", 'FR' as "PAYS", '' as "TICKET_ORIGINE"
from (select i, (5 + hash(i, 'p') % 9500 / 100.0)::decimal(10,2) as p from range({rows}) t(i)) order by i
"""


def make(layout: str, rows: int, path: Path) -> None:
    """A file of the layout, the same on every machine."""
    con = duckdb.connect()
    con.execute("create macro own(k, v) as case when k = 1 then v::varchar else '' end")
    if layout == "till":
        con.execute(f"copy ({_TILL.format(rows=rows)}) to '{path}' (header, delimiter ';')")
        return
    rest = []
    for name in _SHOPIFY_REST:
        value = _FILLED.get(name, "''")
        rest.append(f'{value if name in _ON_EVERY_LINE or name not in _FILLED else f"own(k, {value})"} as "{name}"')
    sql = _SHOPIFY.replace("{first}(", "own(k, ").format(rows=rows, blank=", ".join(rest))
    con.execute(f"copy ({sql}) to '{path}' (header)")


def by_duckdb(path: Path, delimiter: str) -> float:
    con = duckdb.connect()
    con.execute("set threads = 2")
    started = time.perf_counter()
    con.execute("create table t as select * from read_csv(?, all_varchar = true, delim = ?)", [str(path), delimiter])
    return time.perf_counter() - started


def load(path: Path) -> None:
    """A whole load into a new workspace, in this process: seconds to the canonical rows, to the published numbers, and peak memory."""
    from kpi_core.store import Workspace
    from kpi_core.workbench.loading import load_exports

    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace.create(Path(folder) / "shop")
        done: list[float] = []
        started = time.perf_counter()
        report = load_exports(workspace, [path], on_file=lambda _: done.append(time.perf_counter()))
        ended = time.perf_counter()
        assert not report.failed, report.failed[0].error
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{done[0] - started:.3f} {ended - started:.3f} {peak:.0f}")


def measure(layout: str, rows: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / ("tickets.csv" if layout == "till" else "orders_export.csv")
        make(layout, rows, path)
        alone, read, whole, peaks = [], [], [], []
        for _ in range(ROUNDS):
            alone.append(by_duckdb(path, ";" if layout == "till" else ","))
            out = subprocess.run([sys.executable, __file__, "--load", str(path)], check=True, capture_output=True, text=True).stdout.split()
            read.append(float(out[0]))
            whole.append(float(out[1]))
            peaks.append(float(out[2]))
        size = path.stat().st_size / 1e6
        base = median(alone)
        print(
            f"{layout}: {rows:,} rows, {size:.0f} MB; read_csv alone {base:.2f} s; to canonical rows {median(read):.2f} s = {median(read) / base:.1f}x; "
            f"to published numbers {median(whole):.2f} s = {median(whole) / base:.1f}x; peak {max(peaks):.0f} MB",
            flush=True,
        )


def recognition(count: int = 1000) -> None:
    from kpi_core.config.shipped import shipped
    from kpi_core.sources import Profiles, recognise

    profiles = Profiles.load(shipped("config") / "profiles")
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for index in range(count):
            path = Path(folder) / f"{index}.csv"
            if index < 2:
                make("till" if index else "shopify", 200, path)
            else:
                path.write_bytes(paths[index % 2].read_bytes())
            paths.append(path)
        recognise(paths[0], profiles)
        started = time.perf_counter()
        for path in paths:
            recognise(path, profiles)
        print(f"recognised {count} files in {1000 * (time.perf_counter() - started) / count:.1f} ms each")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--load"]:
        load(Path(sys.argv[2]))
    else:
        rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
        for layout in sys.argv[2:] or ["shopify", "till"]:
            measure(layout, rows)
        recognition()
