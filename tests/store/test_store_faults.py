"""Whatever breaks while loading, the numbers people see are the whole of before or the whole of after."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from store_rows import export, line, load, order, workspace

from kpi_core.errors import StoreBusy, StoreError
from kpi_core.store import Workspace, open_reader, verify
from kpi_core.store.files import load_lock

BEFORE_COMMIT = [
    "hashed",
    "batch_written",
    "batch_renamed",
    "facts_written",
    "one_fact_renamed",
    "facts_done",
    "mart_written",
    "mart_renamed",
    "manifest_written",
    "current_written",
]


def revenue(space: Workspace) -> tuple[int, int]:
    """(generation, sum of net sales)."""
    with open_reader(space) as reader:
        return reader.generation, int(reader.execute("select sum(net_amount) from sale")[0][0])


def sold(folder: Path, name: str, amount: int, as_of: str = "2026-10-31") -> Path:
    return export(folder / "in", f"{name}.json", {"orders": [order(name, "2026-10-01")], "order_lines": [line(name, "2026-10-01", amount)]}, as_of)


@pytest.fixture
def space(tmp_path: Path) -> Workspace:
    made = workspace(tmp_path)
    load(made, sold(tmp_path, "first", 100))
    return made


@pytest.mark.parametrize("step", [*BEFORE_COMMIT, "published"])
def test_a_killed_load_changes_nothing_until_it_is_published(space: Workspace, tmp_path: Path, step: str) -> None:
    source = sold(tmp_path, "second", 11)
    killed = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("crash.py")), str(tmp_path), str(source), step], timeout=120, capture_output=True, text=True
    )
    assert killed.returncode == 9, killed.stderr
    assert revenue(space) == ((2, 111) if step == "published" else (1, 100))
    report = load(space, source)
    assert report.files[0].status == ("already loaded" if step == "published" else "loaded")
    assert revenue(space) == (2, 111)
    assert verify(space) == []
    assert not list(space.warehouse.rglob(".tmp-*"))
    needed = {entry.file for number in (1, 2) for entry in space.manifest(number).files()}
    folders = ("batches", "facts", "marts", "accounts")
    assert {path.relative_to(space.warehouse).as_posix() for name in folders for path in (space.warehouse / name).rglob("*") if path.is_file()} == needed


@pytest.mark.parametrize("step", BEFORE_COMMIT[1:])  # a failing read before that is a matter of its file alone
def test_a_failing_step_is_one_clear_error(space: Workspace, tmp_path: Path, step: str) -> None:
    def full(reached: str) -> None:
        if reached == step:
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(StoreError, match="the disk is full"):
        load(space, sold(tmp_path, "second", 11), fault=full)
    assert revenue(space) == (1, 100)
    assert load(space, sold(tmp_path, "second", 11)).published
    assert revenue(space) == (2, 111)


@contextmanager
def files_up_to(size: int) -> Iterator[None]:
    """The kernel refuses to let any file of this process grow beyond `size` bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)


@pytest.mark.parametrize("size", [500, 20_000, 300_000])
def test_a_disk_that_fills_leaves_the_old_numbers(space: Workspace, tmp_path: Path, size: int) -> None:
    source = sold(tmp_path, "second", 11)
    with files_up_to(size), pytest.raises(StoreError, match="disk is full"):
        load(space, source)
    assert revenue(space) == (1, 100)
    assert load(space, source).published and revenue(space) == (2, 111)


def test_the_second_of_two_loads_is_told_who_holds_the_lock(space: Workspace, tmp_path: Path) -> None:
    with load_lock(space.warehouse / "load.lock"), pytest.raises(StoreBusy, match=f"another load is running: process {os.getpid()}, since 20") as caught:
        load(space, sold(tmp_path, "second", 11))
    assert caught.value.exit_code == 75
    assert load(space, sold(tmp_path, "second", 11)).published


def test_the_lock_dies_with_its_process(space: Workspace, tmp_path: Path) -> None:
    lock = str(space.warehouse / "load.lock")
    code = f"import os\nfrom pathlib import Path\nfrom kpi_core.store.files import load_lock\nwith load_lock(Path({lock!r})):\n    os._exit(9)"
    assert subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).resolve().parents[2], timeout=60).returncode == 9
    assert load(space, sold(tmp_path, "second", 11)).published


def test_a_pinned_reader_keeps_its_numbers_and_files_while_loads_run(space: Workspace, tmp_path: Path) -> None:
    pinned = open_reader(space)
    mart = space.warehouse / (pinned.manifest.mart.file if pinned.manifest.mart else "")
    for number in range(4):
        load(space, sold(tmp_path, f"n{number}", 1))
        assert pinned.execute("select sum(net_amount) from sale") == [(100,)]
    assert mart.is_file() and pinned.stale()
    assert revenue(space) == (5, 104)
    assert sorted(int(path.stem) for path in (space.warehouse / "gens").glob("*.json")) == [1, 4, 5]
    pinned.close()
    pinned.close()  # closing twice is harmless
    load(space, sold(tmp_path, "last", 1))
    assert not mart.exists()
    assert sorted(int(path.stem) for path in (space.warehouse / "gens").glob("*.json")) == [5, 6]
    assert verify(space) == []


def test_damaged_facts_and_marts_are_named_and_built_again(space: Workspace, tmp_path: Path) -> None:
    manifest = space.manifest()
    assert manifest.mart
    mart, fact = space.warehouse / manifest.mart.file, space.warehouse / manifest.facts["orders"][0].file
    raw = bytearray(fact.read_bytes())
    raw[len(raw) // 2] ^= 1
    fact.write_bytes(raw)
    mart.write_bytes(mart.read_bytes()[:-100])
    assert {(item.file, item.kind) for item in verify(space)} == {(manifest.mart.file, "changed"), (manifest.facts["orders"][0].file, "changed")}
    with pytest.raises(StoreError, match="missing or damaged"):
        open_reader(space)
    report = load(space, sold(tmp_path, "first", 100))
    assert report.files[0].status == "already loaded" and report.published
    assert verify(space) == [] and revenue(space) == (2, 100)


def test_a_damaged_batch_is_named_and_never_summed(space: Workspace, tmp_path: Path) -> None:
    batch = space.warehouse / space.manifest().batches[0].files["order_lines"].file
    raw = bytearray(batch.read_bytes())
    raw[len(raw) // 2] ^= 1
    batch.write_bytes(raw)
    with pytest.raises(StoreError, match=r"the loaded rows of first.json are missing or damaged"):
        load(space, sold(tmp_path, "second", 11))
    assert revenue(space) == (1, 100)


@pytest.mark.parametrize("content", [b"", b"seven", b"0", b"\xff"])
def test_a_damaged_pointer_is_refused(space: Workspace, content: bytes) -> None:
    (space.warehouse / "CURRENT").write_bytes(content)
    with pytest.raises(StoreError, match=r"pointer to the current numbers is damaged|cannot be read"):
        open_reader(space)


def test_a_missing_or_torn_manifest_is_refused(space: Workspace) -> None:
    path = space.manifest_path(1)
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(StoreError, match="manifest of the warehouse is damaged"):
        open_reader(space)
    path.unlink()
    with pytest.raises(StoreError, match="manifest of generation 1 is missing"):
        open_reader(space)


_STRANGER = """
import os, sys
from pathlib import Path
sys.path[:0] = [sys.argv[1], sys.argv[2]]
import duckdb
from store_rows import load
from kpi_core.errors import StoreError
from kpi_core.store import Workspace, open_reader
space = Workspace.open(sys.argv[3])
open_reader(space).execute("select count(*) from sale")  # everything is imported before rights are given up
if os.getuid() == 0:  # permissions do not bind the superuser
    os.setgid(65534)
    os.setuid(65534)
print(open_reader(space).execute("select sum(net_amount) from sale"))
try:
    load(space, Path(sys.argv[4]))
except StoreError as error:
    print(error)
"""


def test_a_read_only_workspace_can_be_read_and_refuses_loads() -> None:
    root, here = Path(__file__).resolve().parents[2], Path(__file__).resolve().parent
    with TemporaryDirectory() as name:
        folder = Path(name)
        made = workspace(folder / "space")
        source = sold(folder, "first", 100)
        load(made, source)
        folders = [path for path in (folder, *folder.rglob("*")) if path.is_dir()]
        for path in folders:
            path.chmod(0o555)
        try:
            done = subprocess.run(
                [sys.executable, "-c", _STRANGER, str(root), str(here), str(made.root), str(source)], capture_output=True, text=True, timeout=120
            )
        finally:
            for path in folders:
                path.chmod(0o755)
    assert done.stdout.splitlines()[:1] == ["[(Decimal('100.000000'),)]"], done.stderr
    assert "this folder cannot be written" in done.stdout, done.stdout + done.stderr


def test_a_failing_file_does_not_stop_the_others(space: Workspace, tmp_path: Path) -> None:
    bad = tmp_path / "in" / "bad.json"
    bad.write_text("<html>")
    missing = tmp_path / "in" / "nowhere.json"
    report = load(space, bad, missing, sold(tmp_path, "second", 11), sold(tmp_path, "first", 100))
    assert [file.status for file in report.files] == ["failed", "failed", "loaded", "already loaded"]
    assert str(report.failed[0].error) == f"{bad}: not an export"
    assert revenue(space) == (2, 111)


def test_when_every_file_fails_nothing_is_published(space: Workspace, tmp_path: Path) -> None:
    bad = tmp_path / "in" / "bad.json"
    bad.write_text("<html>")
    report = load(space, bad)
    assert report.failed and not report.published and report.generation == 1
    shutil.rmtree(space.warehouse)
    assert load(space, bad).generation == 0
    with pytest.raises(StoreError, match="nothing has been loaded yet"):
        open_reader(space)
