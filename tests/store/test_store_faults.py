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
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from crash import MODULES, Workers, carried_on, current, prepared, steps
from store_rows import export, line, load, order, workspace

from kpi_core.errors import StoreBusy, StoreError
from kpi_core.store import Workspace, files, open_reader, publish, set_status, verify
from kpi_core.store.files import load_lock

CELLS = ["mart_written", "mart_renamed", "manifest_written", "current_written", "published"]
IN_ORDER = ["hashed", "batch_written", "batch_renamed", "facts_written", "one_fact_renamed", "facts_done", *CELLS]


def revenue(space: Workspace) -> tuple[int, int]:
    """(generation, sum of net sales)."""
    with open_reader(space) as reader:
        return reader.generation, int(reader.execute("select sum(net_amount) from sale")[0][0])


def sold(folder: Path, name: str, amount: int, day: str = "2026-10-01", as_of: str = "2026-10-31") -> Path:
    return export(folder / "in", f"{name}.json", {"orders": [order(name, day)], "order_lines": [line(name, day, amount)]}, as_of)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("loaded")
    load(workspace(folder), sold(folder, "first", 100))
    return folder


@pytest.fixture
def space(loaded: Path, tmp_path: Path) -> Workspace:
    """One load, in a folder of its own."""
    shutil.copytree(loaded, tmp_path, dirs_exist_ok=True)
    return Workspace.open(tmp_path)


@pytest.fixture(scope="module")
def workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workers]:
    with Workers(tmp_path_factory.mktemp("workers") / "log", *MODULES) as started:
        yield started


def seen_by_people(space: Workspace) -> tuple[object, ...]:
    return (*current(space), revenue(space))


@pytest.mark.fault(1, 2)
def test_a_killed_load_changes_nothing_until_it_is_published(tmp_path: Path, workers: Workers) -> None:
    """A load of a month beside others into a mart that is carried on, killed at every step of it, one after the other."""
    space, died = workspace(tmp_path), tmp_path / "died"
    older = [sold(tmp_path, name, amount, day) for name, amount, day in (("a", 60, "2026-09-30"), ("b", 40, "2026-10-01"))]
    for source in older:  # the second is carried on and its cells prepared, which is a generation of its own
        assert workers.run("crash.do", str(tmp_path), "load", [str(source)], None) == 0, workers.told()
    assert space.manifest().base is not None and revenue(space) == (3, 100)
    source, passed = sold(tmp_path, "second", 11, "2026-10-02"), list[str]()
    before = seen_by_people(space)
    while True:
        ended = workers.run("crash.until", str(tmp_path), "load", [str(source)], passed, str(died))
        if ended == 0:
            break
        assert ended == -signal.SIGKILL, workers.told()
        passed.append(died.read_text())
        if passed[-1] == "4 published":
            before = seen_by_people(space)
            assert revenue(space) == (4, 111) and space.manifest().base is not None
        elif passed[-1] == "5 published":
            assert revenue(space) == (5, 111)
        else:
            assert seen_by_people(space) == before, passed[-1]
    assert passed == [*(f"3 {step}" for step in IN_ORDER[:-1]), "4 published", *(f"4 {step}" for step in CELLS[:-1]), "5 published"]
    assert {label.split()[1] for label in passed} == steps() - {"listed", "rewritten"}  # those of `forget`: tests/torture/test_steps.py
    with carried_on():
        assert load(space, source, preparation=prepared()).files[0].status == "already loaded"
    assert revenue(space) == (5, 111) and verify(space) == []
    assert not list(space.warehouse.rglob(".tmp-*"))
    needed = {entry.file for number in (4, 5) for entry in space.manifest(number).files()}
    folders = ("batches", "facts", "marts", "accounts")
    assert {path.relative_to(space.warehouse).as_posix() for name in folders for path in (space.warehouse / name).rglob("*") if path.is_file()} == needed


@pytest.mark.fault(8)
def test_a_failing_step_is_one_clear_error(space: Workspace, tmp_path: Path) -> None:
    def full(reached: str) -> None:
        if reached == step:
            raise OSError(errno.ENOSPC, "No space left on device")

    source = sold(tmp_path, "second", 11)
    for step in IN_ORDER[1:-1]:  # a failing read before that is a matter of its file alone
        with pytest.raises(StoreError, match="the disk is full"):
            load(space, source, fault=full)
        assert revenue(space) == (1, 100), step
    assert load(space, source).published
    assert revenue(space) == (2, 111) and verify(space) == []


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


@pytest.mark.fault(8)
@pytest.mark.parametrize("size", [500, 20_000, 300_000])
def test_a_disk_that_fills_leaves_the_old_numbers(space: Workspace, tmp_path: Path, size: int) -> None:
    source = sold(tmp_path, "second", 11)
    with files_up_to(size), pytest.raises(StoreError, match="disk is full"):
        load(space, source)
    assert revenue(space) == (1, 100)
    assert load(space, source).published and revenue(space) == (2, 111)


@pytest.mark.fault(6)
def test_the_second_of_two_loads_is_told_who_holds_the_lock(space: Workspace, tmp_path: Path) -> None:
    with load_lock(space.warehouse / "load.lock"), pytest.raises(StoreBusy, match=f"another load is running: process {os.getpid()}, since 20") as caught:
        load(space, sold(tmp_path, "second", 11))
    assert caught.value.exit_code == 75
    assert load(space, sold(tmp_path, "second", 11)).published


@pytest.mark.fault(6)
def test_the_lock_dies_with_its_process(space: Workspace, tmp_path: Path) -> None:
    lock = str(space.warehouse / "load.lock")
    code = f"import os\nfrom pathlib import Path\nfrom kpi_core.store.files import load_lock\nwith load_lock(Path({lock!r})):\n    os._exit(9)"
    assert subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).resolve().parents[2], timeout=60).returncode == 9
    assert load(space, sold(tmp_path, "second", 11)).published


@pytest.mark.fault(7)  # ten loads and more: tests/torture/test_soak.py
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


@pytest.mark.fault(10)
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


@pytest.mark.fault(10)
def test_a_damaged_batch_is_named_and_never_summed(space: Workspace, tmp_path: Path) -> None:
    batch = space.warehouse / space.manifest().batches[0].files["order_lines"].file
    raw = bytearray(batch.read_bytes())
    raw[len(raw) // 2] ^= 1
    batch.write_bytes(raw)
    load(space, sold(tmp_path, "first", 11, as_of="2026-11-01"))  # a newer version of what the damaged file has
    assert revenue(space) == (2, 11)
    with pytest.raises(StoreError, match=r"the loaded rows of first.json are missing or damaged.*load that file again"):
        set_status(space, [2], "undone")
    assert revenue(space) == (2, 11)


@pytest.mark.fault(10, 11)
@pytest.mark.parametrize("content", [b"", b"seven", b"0", b"\xff"])
def test_a_damaged_pointer_is_refused(space: Workspace, content: bytes) -> None:
    (space.warehouse / "CURRENT").write_bytes(content)
    with pytest.raises(StoreError, match=r"pointer to the current numbers is damaged|cannot be read"):
        open_reader(space)


@pytest.mark.fault(10)
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
from kpi_core.store import Workspace, open_reader, spill
space = Workspace.open(sys.argv[3])
open_reader(space).execute("select count(*) from sale")  # everything is imported before rights are given up
if os.getuid() == 0:  # permissions do not bind the superuser
    os.setgroups([])
    os.setgid(space.warehouse.stat().st_gid)  # a reader of its group
    os.setuid(65534)
    spill._own = None  # what it has made was made by another account
    os.environ["XDG_CACHE_HOME"] = sys.argv[5]
print(open_reader(space).execute("select sum(net_amount) from sale"))
try:
    load(space, Path(sys.argv[4]))
except StoreError as error:
    print(error)
"""


@pytest.mark.fault(27)
def test_a_read_only_workspace_can_be_read_and_refuses_loads() -> None:
    root, here = Path(__file__).resolve().parents[2], Path(__file__).resolve().parent
    with TemporaryDirectory() as name, TemporaryDirectory() as cache:
        Path(cache).chmod(0o777)
        folder = Path(name)
        made = workspace(folder / "space")
        source = sold(folder, "first", 100)
        load(made, source)
        folders = [path for path in (folder, *folder.rglob("*")) if path.is_dir()]
        for path in folders:
            path.chmod(0o555)
        try:
            done = subprocess.run(
                [sys.executable, "-c", _STRANGER, str(root), str(here), str(made.root), str(source), cache], capture_output=True, text=True, timeout=120
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


# ---------------------------------------------------------------- clocks and calendars

DAYS = ("2023-12-31", "2024-01-01", "2024-02-28", "2024-02-29", "2024-03-01", "2025-12-31", "2026-01-01", "2026-03-29", "2026-10-25")


@pytest.mark.fault(14)
def test_a_clock_that_jumps_back_changes_no_order_and_no_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Loads are numbered, and the newest version is what the exports say: whatever the clock of the machine says meanwhile. Days stay the days
    that they are: the end of a year, 29 February, and the nights in which an hour is missing (29 March) or comes twice (25 October)."""
    space = workspace(tmp_path)

    def at(moment: str) -> None:
        class Clock(datetime):
            @classmethod
            def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
                return datetime.fromisoformat(moment).replace(tzinfo=tz)

        for module in (publish, files):
            monkeypatch.setattr(module, "datetime", Clock)

    def told(name: str, hours: tuple[int, ...], amount: int, as_of: str) -> Path:
        orders = [order(f"{day} {hour}", day, placed_at=f"{day} {hour:02d}:30:00") for day in DAYS for hour in hours]
        lines = [line(str(one["order_id"]), str(one["placed_on"]), amount) for one in orders]
        return export(tmp_path / "in", f"{name}.json", {"orders": orders, "order_lines": lines}, as_of)

    with carried_on():
        for moment, source in (
            ("2026-10-25 02:30", told("newest", (0, 2), 7, "2026-10-25 02:40:00")),
            ("2026-10-25 02:10", told("older", (2, 23), 1, "2026-10-25 02:20:00")),  # an hour that comes twice
            ("1970-01-01 00:00", told("late", (23,), 3, "2026-10-25 02:50:00")),
        ):
            at(moment)
            assert load(space, source, preparation=prepared()).published
    assert [batch.load_id for batch in space.manifest().batches] == [1, 2, 3]
    expected = [(date.fromisoformat(day), hour, amount) for day in DAYS for hour, amount in ((0, 7), (2, 7), (23, 3))]
    with open_reader(space) as reader:
        assert reader.execute("select day, hour(placed_at), net_amount from orders order by 1, 2") == expected
        assert reader.execute("select first, last from coverage where \"table\" = 'sale' and dim = ''") == [(expected[0][0], expected[-1][0])]
    months = {entry.part: entry.rows for entry in space.manifest().facts["orders"]}
    assert set(months) == {day[:7] for day in DAYS} and sum(entry.rows for entry in space.manifest().facts["orders"]) == len(expected)
