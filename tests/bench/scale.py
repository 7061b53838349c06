"""How load and pages behave at scale: `make bench-scale`, or `python tests/bench/scale.py LINES [WORKSPACE]`.

Makes a shop of so many order lines (60 stores, 4 channels, 5,000 products, 3 years) by SQL, straight into the tables that an import
makes, and loads it through the store's own path, so that only the parsing of files is left out. The same number of lines gives the same
rows on every machine. Then says how long the load took, how large the mart is, and the median and 95th percentile of each page.
A workspace that stands already is only asked.
"""

from __future__ import annotations

import hashlib
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from kpi_core.config.bundle import load_bundle  # noqa: E402
from kpi_core.engine import prepared  # noqa: E402
from kpi_core.engine.catalogue import Catalogue  # noqa: E402
from kpi_core.engine.prepared import preparation  # noqa: E402
from kpi_core.engine.rollups import rollups  # noqa: E402
from kpi_core.store import Workspace  # noqa: E402
from kpi_core.store.loading import load_with  # noqa: E402
from kpi_core.store.publish import Incoming  # noqa: E402
from kpi_core.workbench.loading import mart_settings  # noqa: E402

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

FIRST, LAST = date(2023, 11, 1), date(2026, 10, 31)
STORES, PRODUCTS, CATEGORIES = 60, 5000, 12
LINES_PER_ORDER = 2.5
PARTS = 12  # files of sales: memory holds one at a time

# `draw(n, salt, m)`: a number below m that looks random and depends on n alone.
_DRAW = "create or replace temp macro draw(n, salt, m) as hash(n, salt) % m"

# Orders grow by a third over the three years and are dearer and more at weekends and before Christmas.
_ORDERS = """
create or replace temp table {t}_orders as
with numbered as (
    select i, draw(i, 'day', 1000000) / 1000000.0 as u, draw(i, 'channel', 100) as c from range({first}, {last}) as r(i)
),
placed as (
    select i, c, date '{start}' + cast(floor({span} * u) as integer) as placed_on from numbered
)
select 'scale:' || i as order_id, '#' || i as order_ref,
       case when c < 35 then 'web' when c < 50 then 'app' when c < 95 then 'store' else 'marketplace' end as channel,
       case when c >= 50 and c < 95 then printf('S%02d', 1 + draw(i, 'store', 60) * draw(i, 'rank', 60) // 60) end as store,
       case when draw(i, 'known', 100) < 75 then cast(hash('customer', draw(i, 'customer', greatest(1, {orders} // 5))) as ubigint) end as customer_key,
       placed_on, cast(placed_on as timestamp) + to_minutes(cast(480 + draw(i, 'minute', 720) as bigint)) as placed_at,
       case when draw(i, 'status', 100) < 97 then 'completed' else 'cancelled' end as status, false as is_test, 'EUR' as currency,
       true as tax_included, 'EUR' as fx_base, 1.0 as fx_rate,
       case when c >= 50 and c < 95 then 'in_store' when c >= 95 then 'marketplace' when draw(i, 'pick', 100) < 20 then 'click_collect' else 'delivery' end
           as fulfilment,
       ['FR', 'BE', 'CH', 'DE'][1 + cast(least(3, draw(i, 'country', 10) // 3) as integer)] as country,
       case when c < 50 then ['mobile', 'desktop', 'tablet'][1 + cast(draw(i, 'device', 3) as integer)] end as device,
       true as items_known, i
from placed
"""

_LINES = """
create or replace temp table {t}_order_lines as
with priced as (
    select o.order_id, n.line_no, o.placed_on, draw(o.i * 7 + n.line_no, 'product', {products}) * draw(o.i * 7 + n.line_no, 'rank', {products}) // {products} as p,
           1 + draw(o.i * 7 + n.line_no, 'quantity', 10) // 8 as quantity, draw(o.i * 7 + n.line_no, 'discount', 10) as d
    from {t}_orders as o cross join (select unnest([1, 2, 3, 4]) as line_no) as n
    where n.line_no <= 1 + draw(o.i, 'lines', 4)
)
select order_id, cast(line_no as integer) as line_no, placed_on, 'product' as line_type, printf('P%05d', p) as sku, cast(quantity as decimal(18,4)) as quantity,
       cast(quantity * (5 + p % 95) as decimal(18,6)) as gross, cast(case when d < 2 then quantity * (5 + p % 95) * 0.1 else 0 end as decimal(18,6)) as discount,
       cast(quantity * (5 + p % 95) - case when d < 2 then quantity * (5 + p % 95) * 0.1 else 0 end as decimal(18,6)) as net,
       cast((quantity * (5 + p % 95) - case when d < 2 then quantity * (5 + p % 95) * 0.1 else 0 end) / 6 as decimal(18,6)) as tax, 'EUR' as currency
from priced
"""

_RETURNS = """
create or replace temp table {t}_returns as
select 'return:' || l.order_id || ':' || l.line_no as return_id, l.order_id, o.channel, o.store, o.channel as return_channel, l.sku,
       l.placed_on + cast(3 + draw(o.i, 'back', 20) as integer) as returned_on, l.placed_on as sold_on, l.quantity, cast(l.net - l.tax as decimal(18,6)) as amount, 'EUR' as currency,
       'exact' as date_quality
from {t}_order_lines as l join {t}_orders as o using (order_id)
where draw(o.i * 7 + l.line_no, 'return', 100) < 8 and l.placed_on <= date '{last_day}' - 25
"""

_TOUCHES = """
create or replace temp table {t}_touches as
select 'touch:' || i as touch_id, placed_on - cast(draw(i, 'before', 20) as integer) as occurred_on,
       ['web', 'app', 'email', 'store', 'social'][1 + cast(draw(i, 'touch', 5) as integer)] as channel,
       ['Organic Search', 'Paid Search', 'Email', 'Direct'][1 + cast(draw(i, 'source', 4) as integer)] as source,
       'campaign ' || draw(i, 'campaign', 20) as campaign, 'mobile' as device, 'visit' as kind, customer_key
from {t}_orders where customer_key is not null and draw(i, 'touched', 100) < 60
"""

_CARTS = """
create or replace temp table {t}_carts as
select 'cart:' || i || ':' || n as cart_id, channel, device, placed_on as created_on, case when n = 0 then order_id end as order_id, customer_key
from {t}_orders cross join (select unnest([0, 1, 2]) as n) where channel in ('web', 'app')
"""

_FEEDBACK = """
create or replace temp table {t}_feedback as
select 'answer:' || i as feedback_id, case when i % 2 = 0 then 'nps' else 'csat' end as kind,
       cast(case when i % 2 = 0 then 10 - least(10, draw(i, 'score', 100) // 9) else 5 - draw(i, 'score', 100) // 25 end as double) as score,
       case when i % 3 = 0 then 'hot' else 'cold' end as timing, placed_on as answered_on, channel, store, country
from {t}_orders where draw(i, 'asked', 100) < 2
"""

_TRAFFIC = """
create or replace temp table {t}_traffic as
select 'ga' as platform, 'shop' as property, channel, d as period_start, d as period_end, 'day' as grain, 'country,device,source' as scope, source, device, country,
       400 + draw(d, source || device || country || channel, 200) as sessions, 250 + draw(d, source || device || country || channel, 100) as engaged_sessions,
       8 + draw(d, source || device || country || channel, 9) as purchases
from (select cast(unnest(generate_series(date '{start}', date '{end}', interval 1 day)) as date) as d)
cross join (select unnest(['web', 'app']) as channel)
cross join (select unnest(['Organic Search', 'Paid Search', 'Email', 'Direct', 'Paid Social', 'Referral']) as source)
cross join (select unnest(['mobile', 'desktop', 'tablet']) as device)
cross join (select unnest(['FR', 'BE', 'CH', 'DE']) as country)
"""

_DOORS = """
create or replace temp table {t}_store_visits as
select printf('S%02d', s) as store, d as day, 300 + draw(d, s, 200) as visitors
from (select cast(unnest(generate_series(date '{start}', date '{end}', interval 1 day)) as date) as d) cross join range(1, {stores} + 1) as r(s)
"""

_SPEND = """
create or replace temp table {t}_ad_spend as
select 'ads' as platform, 'one' as account, 'campaign ' || c as campaign, 'Paid Search' as source, d as period_start, d as period_end,
       cast(40 + draw(d, c, 60) as decimal(18,6)) as spend, 'EUR' as currency
from (select cast(unnest(generate_series(date '{start}', date '{end}', interval 1 day)) as date) as d) cross join range(0, 20) as r(c)
"""

_PRODUCTS = """
create or replace temp table {t}_products as
select printf('P%05d', p) as sku, 'Product ' || p as title, 'Category ' || (p % {categories}) as category, cast(5 + p % 95 as decimal(18,6)) as price,
       cast((5 + p % 95) * 0.4 as decimal(18,6)) as cost, 'EUR' as currency from range({products}) as r(p)
"""

_STORES = """
create or replace temp table {t}_stores as
select printf('S%02d', s) as store, printf('Store %02d', s) as name, 'store' as channel, 'FR' as country from range(1, {stores} + 1) as r(s)
"""

_SALES = {"orders": _ORDERS, "order_lines": _LINES, "returns": _RETURNS, "touches": _TOUCHES, "carts": _CARTS, "feedback": _FEEDBACK}
_OTHERS = {"traffic": _TRAFFIC, "store_visits": _DOORS, "ad_spend": _SPEND, "products": _PRODUCTS, "stores": _STORES}


@dataclass(frozen=True)
class _Part:
    """One made export: all that is not sales, or one part of the sales."""

    number: int
    sha256: str
    profile_id: str = "scale"


@dataclass(frozen=True)
class Maker:
    """An importer whose files are only names: what stands in them is made by SQL."""

    lines: int

    def recognise(self, path: Path) -> _Part:
        return _Part(int(path.stem.split("-")[1]), hashlib.sha256(f"{self.lines} {path.name}".encode()).hexdigest())

    def convert(self, con: DuckDBPyConnection, recognised: _Part, key: bytes, progress: Callable[[float], None]) -> Incoming:
        con.execute(_DRAW)
        orders, days = round(self.lines / LINES_PER_ORDER), (LAST - FIRST).days + 1
        number = recognised.number
        bounds = [days * part // PARTS for part in range(PARTS + 1)]
        start = FIRST + timedelta(days=bounds[number - 1] if number else 0)
        names = {
            "t": f"part{number}", "start": start, "end": LAST, "last_day": LAST, "span": bounds[number] - bounds[number - 1] if number else days,
            "first": orders * (number - 1) // PARTS, "last": orders * number // PARTS, "orders": orders,
            "products": PRODUCTS, "categories": CATEGORIES, "stores": STORES,
        }  # fmt: skip
        tables = {}
        for dataset, sql in (_SALES if number else _OTHERS).items():
            con.execute(sql.format(**names))
            table = f"part{number}_{dataset}"
            self._complete(con, dataset, table)
            tables[dataset] = table
        account = {"file": f"part-{number}.sql", "sha256": recognised.sha256, "profile": "scale"}
        return Incoming(f"part-{number}.sql", recognised.sha256, "scale", datetime(2026, 11, 1), tables, account)

    def _complete(self, con: DuckDBPyConnection, dataset: str, table: str) -> None:
        """Columns that this shop knows nothing of are there and empty, as an import leaves them."""
        from kpi_core.store.datasets import DATASETS

        there = {str(row[0]) for row in con.execute("select column_name from duckdb_columns() where table_name = ?", [table]).fetchall()}
        for column, kind in {**DATASETS[dataset].columns, "file_line": "BIGINT"}.items():
            if column not in there:
                con.execute(f'alter table {table} add column "{column}" {kind}')
        con.execute(f"update {table} set file_line = rowid + 1")


def make(folder: Path, lines: int) -> None:
    """A workspace at `folder` with so many order lines."""
    from kpi_core.engine.prepared import prepare

    workspace = Workspace.create(folder, sample=True)
    for path in workspace.config_dir.glob("objectives.yaml"):
        path.unlink()  # those of the sample name its stores
    names = [folder / f"part-{number}.sql" for number in range(PARTS + 1)]
    for name in names:
        name.touch()
    bundle = load_bundle(workspace.config_dir)
    catalogue = Catalogue.build(bundle.kpis, bundle.documents["kpis"])
    spent: list[float] = []

    def timed(*arguments: object) -> None:
        started = time.perf_counter()
        prepare(*arguments)  # type: ignore[arg-type]
        spent.append(time.perf_counter() - started)

    prepared.prepare = timed  # type: ignore[assignment]
    started = time.perf_counter()
    report = load_with(workspace, names, Maker(lines), mart_settings(bundle), rollups=rollups(catalogue), preparation=preparation(catalogue))
    seconds = time.perf_counter() - started
    prepared.prepare = prepare
    if report.failed:
        raise SystemExit(str([str(file.error) for file in report.failed]))
    size = sum(path.stat().st_size for path in folder.rglob("*.duckdb"))
    print(f"{lines:,} lines: load {seconds:.1f} s, of which prepared cells {sum(spent):.1f} s; mart {size / 2**20:.0f} MB", flush=True)


if __name__ == "__main__":
    from tests.bench.pages import main

    count = int(sys.argv[1].replace("_", "")) if len(sys.argv) > 1 else 1_000_000
    if len(sys.argv) > 2:
        if not Path(sys.argv[2]).exists():
            make(Path(sys.argv[2]), count)
        main(Path(sys.argv[2]))
    else:
        with tempfile.TemporaryDirectory(prefix="omnigap-scale-") as name:
            make(Path(name) / "shop", count)
            main(Path(name) / "shop")
