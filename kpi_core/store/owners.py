"""One source owns each measure: of sources that tell of the same events, only the best one counts for a day; the others are left out by count.

A file covers the days from the first to the last of its rows of the datasets that overlap, those without a row too. A row that stands for
several days gives way when one of them is covered: nothing counts twice. A return that names its order gives way to a better source's
return of that order, whatever its day; only where the better source names no orders does the day decide. A store, platform or account that
the better file never names is not covered by it, as far as the rows say which they are of.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from kpi_core.store.connection import identifier, quoted
from kpi_core.store.datasets import DATASETS, Dataset
from kpi_core.store.manifest import Batch
from kpi_core.store.settings import Overlapping

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

KEPT = "owners"  # key of the manifest: what the facts of each dataset were decided by, and what gave way
OF_ORDERS = ("order_lines", "fulfilments")  # rows of an order go with it
# (kind of place, its name, a second one): rows of equal places are of the same source; what is unknown may be any.
# Visits by page or event say what the same visits by day do not: they are places of their own.
_PLACES = {
    "orders": ("'sale'", "store", "null"),
    "returns": ("'sale'", "store", "null"),
    "ad_spend": ("'ads'", "platform", "account"),
    "traffic": ("concat_ws(',', 'visits', case when landing_page is not null then 'l' end, case when page is not null then 'p' end, "
                "case when event is not null then 'e' end)", "platform", "null"),
    "claims": ("'claims'", "platform", "null"),
}  # fmt: skip
_OTHERS = ("'rows'", "null", "null")
Rows = Callable[[str, Sequence[Batch]], str]  # the relation of the batch rows of a dataset


@dataclass(frozen=True)
class GaveWay:
    """`rows` of a dataset of a load that do not count: the profile `by` tells of the same and is better."""

    dataset: str
    load_id: int
    by: str
    rows: int


@dataclass(frozen=True)
class Contest:
    """Who of the active files speaks of the same as another: per dataset and load its (group, rank)."""

    batches: Mapping[int, Batch] = field(default_factory=dict)
    standing: Mapping[str, Mapping[int, tuple[str, int]]] = field(default_factory=dict)

    @classmethod
    def of(cls, overlaps: Sequence[Overlapping], batches: Sequence[Batch]) -> Contest:
        """Only groups in which files of several ranks stand; a file of a group without rows of it says nothing."""
        by_profile: dict[str, list[Overlapping]] = {}
        for item in overlaps:
            by_profile.setdefault(item.profile, []).append(item)
        found: dict[str, dict[int, tuple[str, int]]] = {}
        ranks: dict[tuple[str, str], set[int]] = {}
        for batch in batches:
            own = by_profile.get(batch.profile, [])
            if not any(item.dataset in batch.files for item in own):
                continue
            for item in own:
                found.setdefault(item.dataset, {})[batch.load_id] = (item.group, item.rank)
                ranks.setdefault((item.dataset, item.group), set()).add(item.rank)
        standing = {
            dataset: {load: (group, rank) for load, (group, rank) in loads.items() if len(ranks[dataset, group]) > 1} for dataset, loads in found.items()
        }
        return cls({batch.load_id: batch for batch in batches}, {dataset: loads for dataset, loads in standing.items() if loads})

    def of_dataset(self, dataset: str) -> Mapping[int, tuple[str, int]]:
        return self.standing.get("orders" if dataset in OF_ORDERS else dataset, {})

    def stamp(self, dataset: str) -> str:
        """What the facts of the dataset depend on beside its own files; '' where no other source speaks of the same."""
        standing = self.of_dataset(dataset)
        if not standing:
            return ""
        loads = sorted((load, *place) for load, place in standing.items())
        named = sorted(load for load, batch in self.batches.items() if "orders" in batch.files) if dataset == "returns" else []
        return hashlib.sha256(msgspec.json.encode([loads, named])).hexdigest()[:16]


def gave_way(kept: Any) -> list[GaveWay]:
    """What a manifest keeps of rows that do not count; none for manifests written before there were owners."""
    found = []
    for dataset, entry in sorted(kept.items()) if isinstance(kept, dict) else ():
        for load_id, by, rows in entry.get("left_out", ()) if isinstance(entry, dict) else ():
            found.append(GaveWay(str(dataset), int(load_id), str(by), int(rows)))
    return found


def candidates(con: DuckDBPyConnection, dataset: Dataset, contest: Contest, feeding: Sequence[Batch], rows: Rows) -> list[GaveWay]:
    """Make temp table `candidate`: the rows of `feeding` without those that another source owns; returns what gave way.

    `rows` gives the relation of the batch rows of a dataset.
    """
    if dataset.name in OF_ORDERS:
        orders = [batch for batch in contest.batches.values() if "orders" in batch.files and batch.load_id in contest.of_dataset("orders")]
        _decide(con, DATASETS["orders"], contest, orders, rows)
        con.execute("create or replace temp table order_gone as select load_id, order_id, any_value(best) as best from gone group by load_id, order_id")
        con.execute(f"create or replace temp table candidate as select * from {rows(dataset.name, feeding)}")
        con.execute(
            """create or replace temp table gone as
               select candidate.rowid as place, candidate.load_id, order_gone.best from candidate join order_gone using (load_id, order_id)"""
        )
        con.execute("drop table order_gone")
    else:
        _decide(con, dataset, contest, feeding, rows)
    counted = con.execute("select load_id, best, count(*) from gone group by all order by all").fetchall()
    con.execute("delete from candidate where rowid in (select place from gone)")
    con.execute("drop table gone")
    return [GaveWay(dataset.name, int(load), str(by), int(count)) for load, by, count in counted]


def _decide(con: DuckDBPyConnection, dataset: Dataset, contest: Contest, feeding: Sequence[Batch], rows: Rows) -> None:
    """Temp tables `candidate` (all rows of `feeding`) and `gone` (place, load_id, the order it names, the profile that owns it)."""
    _standing(con, dataset, contest, rows)
    con.execute(f"create or replace temp table candidate as select * from {rows(dataset.name, feeding)}")
    kind, first, second = _PLACES.get(dataset.name, _OTHERS)
    day = identifier(dataset.day) if dataset.day else "cast(null as date)"
    end = "coalesce(period_end, period_start)" if "period_end" in dataset.columns else day
    order = "order_id" if "order_id" in dataset.columns else "cast(null as varchar)"
    con.execute(
        f"""create or replace temp table told as
            select candidate.rowid as place, candidate.load_id, {order} as order_id, {day} as starts, {end} as ends, {kind} as kind,
                   cast({first} as varchar) as one, cast({second} as varchar) as two, standing.grp, standing.rank
            from candidate join standing using (load_id)"""
    )
    by_order = dataset.name == "returns"
    if by_order:
        _name_orders(con, contest, rows)
    con.execute(
        f"""create or replace temp table gone as
        with naming as (select distinct load_id from told where order_id is not null),
        covered as (
            select told.place, better.rank, better.profile
            from told
            join standing as better on better.grp = told.grp and better.rank < told.rank and told.starts <= better.ends and told.ends >= better.starts
            where {"(told.order_id is null or better.load_id not in (select load_id from naming)) and" if by_order else ""}
            exists (
                select 1 from standing_place as place
                where place.load_id = better.load_id and place.kind = told.kind
                  and (place.one = told.one or place.one is null or told.one is null) and (place.two = told.two or place.two is null or told.two is null)
            )
            {
            '''union all
            select told.place, better.rank, standing.profile
            from told join told as better on better.order_id = told.order_id and better.grp = told.grp and better.rank < told.rank
            join standing on standing.load_id = better.load_id'''
            if by_order
            else ""
        }
        ),
        best as (select place, min_by(profile, (rank, profile)) as best from covered group by place)
        select told.place, told.load_id, told.order_id, best.best from told join best using (place)"""
    )
    for name in ("told", "standing", "standing_place"):
        con.execute(f"drop table {name}")


def _standing(con: DuckDBPyConnection, dataset: Dataset, contest: Contest, rows: Rows) -> None:
    """`standing`: group, rank, profile and covered days of each file; `standing_place`: what it names as its stores, platforms or accounts."""
    con.execute("create or replace temp table standing (load_id integer, grp varchar, rank integer, profile varchar, starts date, ends date)")
    con.execute("create or replace temp table standing_place (load_id integer, kind varchar, one varchar, two varchar)")
    loads = contest.of_dataset(dataset.name)
    con.executemany(
        "insert into standing values (?, ?, ?, ?, null, null)",
        [[load, group, rank, contest.batches[load].profile] for load, (group, rank) in sorted(loads.items())],
    )
    parts = []
    for name, standing in contest.standing.items():  # a file without refunds still says that there were none on its days
        other = DATASETS[name]
        feeding = [contest.batches[load] for load in loads if load in standing and name in contest.batches[load].files]
        if not feeding or other.day is None or (name != dataset.name and _PLACES.get(name) != _PLACES.get(dataset.name)):
            continue
        end = "coalesce(period_end, period_start)" if "period_end" in other.columns else identifier(other.day)
        kind, first, second = _PLACES.get(name, _OTHERS)
        parts.append(
            f"select load_id, {identifier(other.day)} as starts, {end} as ends, {kind} as kind, {first} as one, {second} as two from {rows(name, feeding)}"
        )
    if not parts:
        return
    con.execute(f"create or replace temp table told as {' union all '.join(parts)}")
    con.execute(
        """update standing set starts = known.starts, ends = known.ends
           from (select load_id, min(starts) as starts, max(ends) as ends from told group by load_id) as known where known.load_id = standing.load_id"""
    )
    con.execute("insert into standing_place select distinct load_id, kind, cast(one as varchar), cast(two as varchar) from told")


def _name_orders(con: DuckDBPyConnection, contest: Contest, rows: Rows) -> None:
    """Orders named as people write them (`ref:<platform>:<number>`) get the number of the one loaded order that is called so."""
    feeding = [batch for batch in contest.batches.values() if "orders" in batch.files]
    if feeding:
        con.execute(
            f"""update told set order_id = named.order_id
                from (select {quoted("ref:")} || split_part(order_id, ':', 1) || ':' || order_ref as ref, min(order_id) as order_id
                      from {rows("orders", feeding)} where order_ref is not null group by ref having count(distinct order_id) = 1) as named
                where told.order_id = named.ref"""
        )
