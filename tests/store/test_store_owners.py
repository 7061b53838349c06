"""Of sources that tell of the same sales or refunds one counts for each day, whatever the order of loading; a plain rule in Python says which."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from duckdb import DuckDBPyConnection
from hypothesis import given, settings
from hypothesis import strategies as st
from store_rows import Recognised, RowImporter, Rows, export, order, rewrite, workspace

from kpi_core.store import Incoming, MartSettings, Workspace, load_with, open_reader, set_status
from kpi_core.store.connection import connect
from kpi_core.store.facts import attach_facts
from kpi_core.store.settings import Overlapping

TILL = (
    Overlapping("items", "orders", "sales", 1),
    Overlapping("items", "returns", "refunds", 1),
    Overlapping("payments", "orders", "sales", 2),
    Overlapping("payments", "returns", "refunds", 2),
)
SHOP = (Overlapping("paid", "returns", "shop refunds", 1), Overlapping("ordered", "returns", "shop refunds", 2))
MONTH = date(2026, 5, 1)


class ByName(RowImporter):
    """The profile of an export is its name up to the dash."""

    def recognise(self, path: Path) -> Recognised:
        found = super().recognise(path)
        return Recognised(path, found.sha256, path.name.partition("-")[0])

    def convert(self, con: DuckDBPyConnection, recognised: Recognised, key: bytes, progress: Callable[[float], None]) -> Incoming:
        done = super().convert(con, recognised, key, progress)
        return Incoming(done.name, done.sha256, recognised.profile_id, done.as_of, done.tables, done.account)


def day(number: int) -> str:
    return str(MONTH + timedelta(days=number))


def sale(profile: str, number: int, at: int, store: str | None = "Lyon") -> dict[str, Any]:
    return order(f"{profile}:{number}", day(at)) | {"store": store}


def refund(id: str, at: int, order_id: str | None = None, store: str | None = "Lyon") -> dict[str, Any]:
    return {"return_id": id, "order_id": order_id, "returned_on": day(at), "store": store, "channel": "store", "amount": 5, "currency": "EUR"}


def load(space: Workspace, paths: list[Path], overlaps: tuple[Overlapping, ...]) -> None:
    report = load_with(space, paths, ByName(), MartSettings(overlaps=overlaps))
    assert not report.failed


def counted(space: Workspace, dataset: str = "orders", key: str = "order_id") -> set[str]:
    con = connect()
    attach_facts(con, space.warehouse, space.manifest().facts)
    found = {row[0] for row in con.execute(f"select {key} from facts.{dataset}").fetchall()}
    con.close()
    return found


def write(folder: Path, files: dict[str, Rows]) -> list[Path]:
    return [export(folder / "in", f"{name}.json", rows) for name, rows in files.items()]


def oracle(files: dict[str, list[dict[str, Any]]], ranks: dict[str, int]) -> set[str]:
    """A sale counts unless a file of a better profile spans its day and names its store, or one of the two names none."""
    kept = set()
    for name, rows in files.items():
        for row in rows:
            beaten = False
            for other, theirs in files.items():
                if ranks[other.partition("-")[0]] < ranks[name.partition("-")[0]]:
                    days, stores = [item["placed_on"] for item in theirs], {item["store"] for item in theirs}
                    beaten |= min(days) <= row["placed_on"] <= max(days) and (row["store"] is None or None in stores or row["store"] in stores)
            if not beaten:
                kept.add(row["order_id"])
    return kept


SALES = st.lists(st.tuples(st.integers(0, 20), st.sampled_from(("Lyon", "Lille", None))), min_size=1, max_size=4)


@settings(max_examples=8, deadline=None)
@given(st.lists(SALES, min_size=1, max_size=2), st.lists(SALES, min_size=1, max_size=2), st.sampled_from((1, 9)))
def test_a_day_belongs_to_the_best_source_of_its_store(tmp_path_factory: Any, items: list[Any], payments: list[Any], rank: int) -> None:
    folder = tmp_path_factory.mktemp("owners")
    number = itertools.count()
    files = {
        f"{profile}-{place}": [sale(profile, next(number), at, store) for at, store in rows]
        for profile, exports in (("items", items), ("payments", payments))
        for place, rows in enumerate(exports)
    }
    overlaps = (Overlapping("items", "orders", "sales", rank), Overlapping("payments", "orders", "sales", 2))
    space = workspace(folder)
    load(space, write(folder, {name: {"orders": rows} for name, rows in files.items()}), overlaps)
    assert counted(space) == oracle(files, {"items": rank, "payments": 2})
    with open_reader(space) as reader:
        gone = sum(item.rows for item in reader.gave_way())
    assert gone + len(counted(space)) == sum(map(len, files.values()))


def test_order_of_loading_undo_and_settings_change_nothing_but_who_counts(tmp_path: Path) -> None:
    files: dict[str, Rows] = {
        "items-a": {
            "orders": [sale("i", 1, 0), sale("i", 2, 9)],
            "order_lines": [{"order_id": "i:1", "line_no": 1, "placed_on": day(0), "net": 5, "quantity": 1}],
            "returns": [refund("i-back", 3)],
        },
        "payments-a": {
            "orders": [sale("p", 1, 0), sale("p", 2, 5), sale("p", 3, 10), sale("p", 4, 5, "Paris")],
            "returns": [refund("p-back", 3), refund("p-late", 12)],
        },
    }
    expected, back = {"i:1", "i:2", "p:3", "p:4"}, {"i-back", "p-late"}
    for place, names in enumerate((list(files), list(reversed(files)))):
        for together in (True, False):
            folder = tmp_path / f"{place}{together}"
            space = workspace(folder)
            paths = [export(folder / "in", f"{name}.json", files[name]) for name in names]
            for some in [paths] if together else [[path] for path in paths]:
                load(space, some, TILL)
            assert counted(space) == expected
            assert counted(space, "returns", "return_id") == back
    with open_reader(space) as reader:
        told = {(item.dataset, reader.file_names()[item.load_id], item.by, item.rows) for item in reader.gave_way()}
    assert told == {("orders", "payments-a.json", "items", 2), ("returns", "payments-a.json", "items", 1)}

    # the other source as the owner: the lines of orders that give way go with them
    other = (
        *(item for item in TILL if item.profile != "payments"),
        Overlapping("payments", "orders", "sales", 0),
        Overlapping("payments", "returns", "refunds", 0),
    )
    load(space, paths, other)
    assert counted(space) == {"p:1", "p:2", "p:3", "p:4"}
    assert counted(space, "order_lines") == set()
    # back, and the better file undone: what gave way counts again
    load(space, paths, TILL)
    assert counted(space) == expected and counted(space, "order_lines") == {"i:1"}
    items = next(batch.load_id for batch in space.manifest().active if batch.profile == "items")
    set_status(space, [items], "undone", MartSettings(overlaps=TILL))
    assert counted(space) == {"p:1", "p:2", "p:3", "p:4"}
    with open_reader(space) as reader:
        assert reader.gave_way() == []


def test_a_refund_that_names_its_order_gives_way_to_the_same_order_only(tmp_path: Path) -> None:
    sold = [order(f"shop:{number}", day(number)) | {"order_ref": f"#{number}"} for number in range(4)]
    files: dict[str, Rows] = {
        "ordered-a": {"orders": sold, "returns": [refund(f"o{number}", number, f"shop:{number}") for number in range(3)]},
        # another day than the order's; one by the number that people write; order 2 was paid back elsewhere
        "paid-a": {"returns": [refund("p0", 20, "shop:0"), refund("p1", 1, "ref:shop:#1"), refund("p3", 2, "ref:shop:#3")]},
    }
    for place, names in enumerate((list(files), list(reversed(files)))):
        folder = tmp_path / str(place)
        space = workspace(folder)
        for name in names:
            load(space, [export(folder / "in", f"{name}.json", files[name])], SHOP)
        assert counted(space, "returns", "return_id") == {"o2", "p0", "p1", "p3"}


def test_old_manifests_open_and_a_row_of_several_days_never_counts_beside_a_day_of_it(tmp_path: Path) -> None:
    def spend(platform: str, campaign: str, first: int, last: int) -> dict[str, Any]:
        return {"platform": platform, "campaign": campaign, "period_start": day(first), "period_end": day(last), "spend": 10, "currency": "EUR"}

    space = workspace(tmp_path)
    paths = write(
        tmp_path,
        {
            "campaigns-a": {"ad_spend": [spend("Google Ads", "c", 3, 3), spend("Google Ads", "c", 5, 5)]},
            "account-a": {
                "ad_spend": [spend("Google Ads", "all", at, at) for at in (2, 4, 6)] + [spend("Google Ads", "wide", 0, 9), spend("Meta", "all", 4, 4)]
            },
        },
    )
    load_with(space, paths, ByName(), MartSettings())
    path = space.manifest_path(space.generation())
    old = json.loads(path.read_text())
    del old["owners"]  # as it was written before there were owners
    rewrite(space, json.dumps(old).encode())
    assert len(counted(space, "ad_spend", "period_start || campaign || platform")) == 7
    load(space, paths, (Overlapping("campaigns", "ad_spend", "ads", 1), Overlapping("account", "ad_spend", "ads", 2)))
    assert counted(space, "ad_spend", "campaign || '/' || platform || '/' || (period_start - date '2026-05-01')") == {
        "c/Google Ads/2", "c/Google Ads/4", "all/Google Ads/2", "all/Google Ads/6", "all/Meta/4",
    } - {"c/Google Ads/2", "c/Google Ads/4"} | {"c/Google Ads/3", "c/Google Ads/5"}  # fmt: skip
