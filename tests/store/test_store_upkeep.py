"""Whatever happens to a file of the warehouse is found and named, never summed, and put right or asked for again."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from store_rows import export, line, load, order, workspace

from kpi_core.errors import NothingLoaded, StoreError, UsageError
from kpi_core.store import Workspace, examine, open_reader, rebuild, set_status, verify
from kpi_core.store.files import load_lock
from kpi_core.store.manifest import FileEntry, Manifest

# a rebuild asks only whether a file is what was written, and takes half a second: one for each kind of file
REBUILT = {"facts": "flipped", "mart": "swapped", "batch": "deleted", "account": "truncated", "manifest": "flipped", "pointer": "truncated"}
HARM: dict[str, Callable[[Path, Path], None]] = {}


def harm(function: Callable[[Path, Path], None]) -> Callable[[Path, Path], None]:
    HARM[function.__name__] = function
    return function


@harm
def flipped(path: Path, _other: Path) -> None:
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)


@harm
def truncated(path: Path, _other: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


@harm
def deleted(path: Path, _other: Path) -> None:
    path.unlink()


@harm
def swapped(path: Path, other: Path) -> None:
    path.write_bytes(other.read_bytes())


def sold(folder: Path, name: str, amount: int) -> Path:
    rows = {"orders": [order(name, "2026-10-01")], "order_lines": [line(name, "2026-10-01", amount)]}
    return export(folder / "in", f"{name}.json", rows, f"2026-10-{2 + amount % 7:02d}")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two generations of two loads each its own."""
    folder = tmp_path_factory.mktemp("upkeep")
    space = workspace(folder)
    load(space, sold(folder, "first", 100))
    load(space, sold(folder, "second", 11))
    return folder


@pytest.fixture
def space(made: Path, tmp_path: Path) -> Workspace:
    shutil.copytree(made, tmp_path / "space")
    return Workspace.open(tmp_path / "space")


def answers(space: Workspace) -> dict[str, list[tuple[Any, ...]]]:
    """All that the mart says, but which generation says it, and when."""
    with open_reader(space) as reader:
        names = [name for (name,) in reader.execute("select table_name from information_schema.tables where table_catalog = 'mart' order by 1")]
        assert "orders" in names and "coverage" in names
        return {name: reader.execute(f'select * from "{name}" order by all') for name in names if name != "meta"}


def revenue(space: Workspace) -> int:
    with open_reader(space) as reader:
        return int(reader.execute("select coalesce(sum(net_amount), 0) from sale")[0][0])


def entries(manifest: Manifest) -> dict[str, tuple[FileEntry, FileEntry]]:
    """By what it holds, a file and another of its kind."""
    first, second = manifest.batches
    assert manifest.mart
    return {
        "batch": (first.files["order_lines"], second.files["order_lines"]),
        "account": (first.account, second.account),
        "facts": (manifest.facts["order_lines"][0], manifest.facts["orders"][0]),
        "mart": (manifest.mart, mart_before(manifest)),
    }


def mart_before(manifest: Manifest) -> FileEntry:
    """The mart of the generation before: of the same size, as likely as not."""
    assert manifest.mart
    return FileEntry(file=f"marts/{manifest.generation - 1:06d}.duckdb", sha256="", bytes=0)


@pytest.mark.fault(10)
@pytest.mark.parametrize("what", ["facts", "mart", "batch", "account", "manifest", "pointer"])
def test_damage_is_named_and_put_right_or_asked_for_again(space: Workspace, what: str) -> None:
    root, before = space.warehouse, answers(space)
    assert verify(space) == [] and revenue(space) == 111
    kept = {path.relative_to(root): path.read_bytes() for path in root.rglob("*") if path.is_file()}
    if what == "manifest":
        path, other = space.manifest_path(2), space.manifest_path(1)
    elif what == "pointer":
        path, other = root / "CURRENT", root / "last_load.json"
    else:
        path, other = (root / entry.file for entry in entries(space.manifest())[what])
    for name, damaging in HARM.items():
        for file, raw in kept.items():
            if not (root / file).exists() or (root / file).read_bytes() != raw:
                (root / file).write_bytes(raw)
        damaging(path, other)
        (found,) = verify(space)
        assert (root / found.file, found.holds, found.kind) == (path, what, "missing" if name == "deleted" else "changed")
        assert (found.load.name if found.load else "") == ("first.json" if what in ("batch", "account") else "")
        if what in ("mart", "manifest", "pointer"):
            with pytest.raises(StoreError) as caught:
                answers(space)
            assert "omnigap rebuild" in str(caught.value)
        else:
            assert answers(space) == before  # what is damaged is not what a screen reads
        if what == "account":
            with open_reader(space) as reader, pytest.raises(StoreError, match=r"account of a loaded file is damaged.*load that file again: first.json"):
                reader.accounts()
        if name != REBUILT[what]:
            continue
        done = rebuild(space)
        assert done.generation == 3
        if what == "batch":
            assert [(lost.load_id, lost.name, lost.rows) for lost in done.again] == [(1, "first.json", True)]
            assert revenue(space) == 11 and done.counted == 1  # the rest counts
            assert [batch.name for batch in examine(space).waiting] == ["first.json"]
        elif what == "account":
            assert [(lost.load_id, lost.rows) for lost in done.again] == [(1, False)] and answers(space) == before
        else:
            assert not done.again and answers(space) == before and verify(space) == []
            assert bool(done.notes) is (what in ("manifest", "pointer"))
        space.manifest_path(3).unlink()


@pytest.mark.fault(10)
def test_a_damaged_export_is_loaded_again_under_its_number(space: Workspace) -> None:
    before = answers(space)
    (space.warehouse / space.manifest().batches[0].files["order_lines"].file).unlink()
    source = sold(space.root, "first", 100)
    assert [(file.status, file.load_id) for file in load(space, source, source).files] == [("loaded", 1), ("loaded", 1)]
    assert answers(space) == before and verify(space) == []
    assert load(space, source).files[0].status == "already loaded"

    flipped(space.warehouse / space.manifest().batches[0].files["orders"].file, source)
    rebuild(space)
    assert revenue(space) == 11
    with pytest.raises(UsageError, match=r"the rows of load 1 are damaged.*load its file again: first.json"):
        set_status(space, [1], "active")
    assert [(file.status, file.load_id) for file in load(space, source).files] == [("loaded", 1)]
    assert answers(space) == before and verify(space) == [] and examine(space).waiting == ()


def test_rows_that_are_put_back_count_again(space: Workspace) -> None:
    before, path = answers(space), space.warehouse / space.manifest().batches[0].files["orders"].file
    raw = path.read_bytes()
    truncated(path, path)
    assert rebuild(space).again
    path.write_bytes(raw)
    done = rebuild(space)
    assert not done.again and done.counted == 2 and answers(space) == before
    assert [batch.extra for batch in space.manifest().batches] == [{"rows_read": 0}, {"rows_read": 0}]


@pytest.mark.fault(10)
def test_without_a_pointer_nothing_is_swept_away(space: Workspace) -> None:
    before = answers(space)
    (space.warehouse / "CURRENT").unlink()
    for ask in (lambda: load(space, sold(space.root, "third", 1)), lambda: open_reader(space)):
        with pytest.raises(StoreError, match=r"pointer to the current numbers is lost.*omnigap rebuild"):
            ask()
    space.manifest_path(2).unlink()
    (space.warehouse / "manifest.copy").unlink()
    done = rebuild(space)
    assert [str(note) for note in done.notes][1] == "what was loaded since is not in it: load again second.json"
    assert revenue(space) == 100
    load(space, sold(space.root, "second", 11))
    assert answers(space) == before

    for path in [*(space.warehouse / "gens").iterdir(), space.warehouse / "manifest.copy"]:
        path.write_bytes(b"{")
    with pytest.raises(StoreError, match=r"no manifest of this warehouse can be read any more.*load again: .*second.json"):
        rebuild(space)
    assert list((space.warehouse / "batches").rglob("*.parquet"))


def test_what_a_stopped_load_left_is_told_and_harmless(space: Workspace) -> None:
    stray = space.warehouse / "facts" / "orders" / "g000009.parquet"
    stray.write_bytes(b"torn")
    found = examine(space)
    assert found.orphans == ("facts/orders/g000009.parquet",) and found.damaged == ()
    assert load(space, sold(space.root, "third", 1)).published and not stray.exists()


def test_a_damaged_manifest_of_before_stops_no_load(space: Workspace) -> None:
    space.manifest_path(1).write_bytes(b"{")
    assert verify(space) == [] and load(space, sold(space.root, "third", 1)).published
    assert revenue(space) == 112 and verify(space) == []


def test_verify_and_rebuild_of_an_empty_workspace_say_what_to_do(tmp_path: Path) -> None:
    space = workspace(tmp_path)
    for ask in (verify, rebuild):
        with pytest.raises(NothingLoaded, match="omnigap load"):
            ask(space)


def test_while_a_load_runs_verify_reads_and_rebuild_waits(space: Workspace) -> None:
    with load_lock(space.warehouse / "load.lock"):
        assert verify(space) == []
        with pytest.raises(StoreError, match="another load is running"):
            rebuild(space)
