"""A load taken back counts no longer and is not lost: brought back, every number is what it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from store_rows import export, line, load, order, workspace

from kpi_core.errors import NothingLoaded, StoreBusy, UsageError
from kpi_core.store import MartSettings, Workspace, gc, open_reader, set_status, verify
from kpi_core.store.counting import ranges
from kpi_core.store.files import load_lock
from kpi_core.store.loading import accounts_of

DOLLARS = MartSettings(reporting_currency="USD")
RATES = {"fx_rates": [{"day": "2026-10-01", "currency": "USD", "base": "EUR", "rate": 2}]}


def sold(order_id: str, net: float) -> dict[str, list[dict[str, Any]]]:
    return {"orders": [order(order_id, "2026-10-01")], "order_lines": [line(order_id, "2026-10-01", net)]}


def answers(space: Workspace) -> dict[str, list[tuple[Any, ...]]]:
    """All that the mart says, but which generation says it."""
    with open_reader(space) as reader:
        names = [name for (name,) in reader.execute("select table_name from information_schema.tables where table_catalog = 'mart' order by 1")]
        assert "orders" in names and "coverage" in names
        found = {name: reader.execute(f'select * from "{name}" order by all') for name in names if name != "meta"}
        return found | {"accounts": [(number,) for number in reader.accounts()]}


def amounts(space: Workspace) -> list[float]:
    with open_reader(space) as reader:
        return [float(net) for (net,) in reader.execute("select net_amount from orders order by 1")]


@pytest.mark.fault(5)
def test_undone_and_redone_every_number_is_the_same(tmp_path: Path) -> None:
    space = workspace(tmp_path)
    first, newer, other = (export(tmp_path, f"{name}.json", rows, day) for name, rows, day in
                           (("a", sold("a", 10), "2026-10-02"), ("b", sold("a", 99), "2026-10-03"), ("c", sold("c", 7), "2026-10-02")))  # fmt: skip
    load(space, export(tmp_path, "rates.json", RATES), first, newer, other, settings=DOLLARS)
    before, kept = answers(space), {entry.file for entry in space.manifest().files() if entry.file.startswith(("batches", "accounts"))}
    assert amounts(space) == [14, 198]

    assert set_status(space, [3, 4], "undone", DOLLARS).generation == 2
    assert amounts(space) == [20]  # the older version of the order is the newest that counts
    manifest = space.manifest()
    assert [batch.load_id for batch in manifest.active] == [1, 2]
    assert [number for _, number in accounts_of(space, manifest, "test.rows")] == [1, 2]  # what drift is measured by
    for number in range(3):  # generations come and go: what was undone stays on the disk
        assert load(space, export(tmp_path, f"more{number}.json", sold(f"m{number}", 1)), settings=DOLLARS).published
        gc(space)
    assert all((space.warehouse / name).is_file() for name in kept) and not verify(space)

    set_status(space, [batch.load_id for batch in space.manifest().active if batch.load_id > 4], "undone", DOLLARS)
    assert set_status(space, [4, 3], "active", DOLLARS).parent == space.generation() - 1
    assert answers(space) == before


def test_a_file_loaded_again_is_a_load_of_its_own(tmp_path: Path) -> None:
    space = workspace(tmp_path)
    path = export(tmp_path, "a.json", sold("a", 10))
    load(space, path)
    set_status(space, [1], "undone")
    assert amounts(space) == []  # nothing counts, and that is a mart as well
    assert [file.load_id for file in load(space, path).with_status("loaded")] == [2]
    assert {batch.load_id: batch.status for batch in space.manifest().batches} == {1: "undone", 2: "active"}
    assert amounts(space) == [10]
    assert [file.load_id for file in load(space, path).with_status("already loaded")] == [2]
    with pytest.raises(UsageError, match=r"loads 1 and 2 are the same file.*omnigap undo 2 first"):
        set_status(space, [1], "active")
    set_status(space, [2], "undone")
    with pytest.raises(UsageError, match=r"loads 2 and 1 are the same file.*redo one of them"):
        set_status(space, [1, 2], "active")
    set_status(space, [1], "active")
    assert amounts(space) == [10]


def test_a_mistake_changes_nothing_and_says_what_exists(tmp_path: Path) -> None:
    space = workspace(tmp_path)
    with pytest.raises(NothingLoaded):
        set_status(space, [1], "undone")
    load(space, *(export(tmp_path, f"{name}.json", sold(name, 10)) for name in "abc"))
    with pytest.raises(UsageError, match=r"there is no load 4, 9 \(loads that count: 1-3\)"):
        set_status(space, [1, 9, 4], "undone")
    with pytest.raises(UsageError, match="load 2 counts already"):
        set_status(space, [2], "active")
    assert space.generation() == 1
    set_status(space, [2], "undone")
    with pytest.raises(UsageError, match=r"load 2 is undone already \(loads that count: 1, 3; undone: 2\)"):
        set_status(space, [1, 2], "undone")
    with load_lock(space.warehouse / "load.lock"), pytest.raises(StoreBusy):
        set_status(space, [1], "undone")
    assert (space.generation(), len(amounts(space))) == (2, 2)


def test_a_reader_keeps_the_generation_it_opened(tmp_path: Path) -> None:
    space = workspace(tmp_path)
    load(space, export(tmp_path, "a.json", sold("a", 10)))
    with open_reader(space) as reader:
        set_status(space, [1], "undone")
        assert reader.stale() and reader.execute("select net_amount from orders") == [(10,)]


def test_ranges_are_short() -> None:
    assert ranges([7, 3, 2, 1, 9, 10]) == "1-3, 7, 9-10"
    assert ranges([]) == ""
    assert ranges(range(0, 100, 2)).endswith("38, …")
