"""One account loads, its group reads, nobody else comes in; a place that everybody may write to is refused with the command that helps."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from store_rows import export, line, load, order, workspace

from kpi_core.errors import StoreError
from kpi_core.store import Workspace, open_reader
from kpi_core.store.permissions import check, problems

pytestmark = pytest.mark.fault(27)
GROUP, STRANGER = 54321, 54322  # accounts that this machine does not know

_READ = """
import os, sys, tempfile
from pathlib import Path
sys.path[:0] = [sys.argv[1], sys.argv[2]]
import duckdb
from store_rows import load
from kpi_core.errors import StoreError
from kpi_core.store import Workspace, open_reader, spill
from kpi_core.store.permissions import problems
open_reader(Workspace.open(sys.argv[3])).execute("select count(*) from sale")  # everything is imported before rights are given up
b"".decode("ascii")
if os.getuid() == 0:  # permissions do not bind the superuser
    os.setgroups([])
    os.setgid(int(sys.argv[5]))
    os.setuid(65534)
    spill._own = None  # what it has made was made by another account
    os.environ["XDG_CACHE_HOME"] = tempfile.mkdtemp(prefix="omnigap-test-")
try:
    space = Workspace.open(sys.argv[3])
    print(open_reader(space).execute("select sum(net_amount) from sale")[0][0])
    print([str(problem.what) for problem in problems(space)])
    try:
        (space.warehouse / "secret.key").read_bytes()
    except PermissionError:
        print("no key")
    load(space, Path(sys.argv[4]))
except StoreError as error:
    print(error)
"""


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that others may pass through, as they may not through those of pytest."""
    with TemporaryDirectory() as name:
        folder = Path(name).resolve()
        folder.chmod(0o755)
        yield folder


def source(folder: Path) -> Path:
    path = export(folder / "in", "first.json", {"orders": [order("a", "2026-10-01")], "order_lines": [line("a", "2026-10-01", 100)]})
    path.chmod(0o644)
    return path


def loaded(folder: Path) -> Workspace:
    space = workspace(folder / "space")
    assert load(space, source(folder)).published
    return space


def read_as(space: Workspace, file: Path, group: int, *before: str) -> list[str]:
    """What a process of nobody's and of this group sees."""
    root, here = Path(__file__).resolve().parents[2], Path(__file__).resolve().parent
    cache = file.parent / "cache"
    cache.mkdir(exist_ok=True)
    cache.chmod(0o1777)
    script = [sys.executable, "-c", _READ, str(root), str(here), str(space.root), str(file), str(group)]
    done = subprocess.run([*before, *script], capture_output=True, text=True, timeout=120, env=os.environ | {"TMPDIR": str(cache)})
    assert done.returncode == 0 and "Traceback" not in done.stderr, done.stderr
    return done.stdout.splitlines()


def modes(space: Workspace) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {"folders": set(), "files": set(), "own": set()}
    for path in (space.warehouse, *space.warehouse.rglob("*")):
        kind = "folders" if path.is_dir() else "own" if path.name in ("secret.key", "forgotten") else "files"
        found[kind].add(stat.S_IMODE(path.stat().st_mode) & 0o777)
    return found


@pytest.mark.skipif(os.getuid() != 0, reason="gives files to a group")
@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_the_group_reads_without_the_key_and_writes_nothing_whatever_the_umask(place: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        root = place / "space"
        root.mkdir()
        root.chmod(0o750)
        os.chown(root, -1, GROUP)
        space = loaded(place)
        assert os.umask(umask) == umask  # as it was before
    finally:
        os.umask(before)
    assert modes(space) == {"folders": {0o750}, "files": {0o640}, "own": {0o400}}
    assert {path.stat().st_gid for path in space.warehouse.rglob("*") if path.name != "secret.key"} == {GROUP}
    (place / "in").chmod(0o755)
    seen = read_as(space, place / "in" / "first.json", GROUP)
    assert seen[:3] == ["100.000000", "[]", "no key"] and "this folder cannot be written" in seen[3]
    assert not read_as(space, place / "in" / "first.json", STRANGER)[0].startswith("100")


@pytest.mark.skipif(os.getuid() != 0 or subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode != 0, reason="needs a mount of its own")
def test_a_read_only_mount_is_read(place: Path) -> None:
    space = loaded(place)
    space.root.chmod(0o755)
    mount = ["unshare", "-m", "sh", "-c", 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"', str(space.root)]
    seen = read_as(space, place / "in" / "first.json", 0, *mount)
    assert seen[:1] == ["100.000000"] and "cannot be written" in seen[-1]


@pytest.mark.parametrize("where", ["space", "space/config", "space/.omnigap", "space/.omnigap/facts", "space/config/kpis.yaml", "."])
def test_what_everybody_may_write_to_is_refused_with_the_fix(place: Path, where: str) -> None:
    space = loaded(place)
    (space.root / "config").mkdir()
    (space.root / "config" / "kpis.yaml").write_text("version: 1\n")
    assert problems(space) == []
    path = place / where
    path.chmod(stat.S_IMODE(path.stat().st_mode) | 0o002)
    for attempt in (lambda: open_reader(space), lambda: load(space, source(place)), lambda: check(space)):
        with pytest.raises(StoreError, match="everybody on this machine may") as raised:
            attempt()
    assert raised.value.hint is not None
    command = str(raised.value.hint).removeprefix("run: ").split()
    assert command[:2] == ["chmod", "o-w"] and [problem.path for problem in problems(space) if problem.refused] == [path]
    subprocess.run(command, check=True)
    open_reader(space).close()
    if where == ".":
        path.chmod(0o1777)  # as /tmp is: nobody may replace what is another's
        open_reader(space).close()


def test_a_key_that_is_not_the_owners_alone_is_refused(place: Path) -> None:
    space = loaded(place)
    key = space.warehouse / "secret.key"
    more = export(place / "in", "more.json", {"orders": [order("b", "2026-10-01")]})
    for mode in (0o440, 0o404, 0o420):
        key.chmod(mode)
        with pytest.raises(StoreError, match="can be read by others") as raised:
            load(space, more)
        assert f"chmod 400 {key}" in str(raised.value.hint) and problems(space)[0].path == key
    key.chmod(0o600)  # works, and is told
    assert [problem.refused for problem in problems(space)] == [False]
    key.chmod(0o400)
    if os.getuid() == 0:
        os.chown(key, STRANGER, -1)
        with pytest.raises(StoreError, match="belongs to another account"):
            load(space, more)
        os.chown(key, 0, -1)
    other = place / "key"
    shutil.move(key, other)
    key.symlink_to(other)
    with pytest.raises(StoreError, match="link to another file"):
        load(space, more)
    other.unlink()  # and a link to nowhere
    with pytest.raises(StoreError, match="link to another file"):
        load(space, more)
    key.unlink()
    with pytest.raises(StoreError, match="key of this warehouse is lost"):
        load(space, more)


def test_init_puts_a_folder_right(place: Path) -> None:
    space = loaded(place)
    for path in (space.root, *space.root.rglob("*")):
        path.chmod(0o777 if path.is_dir() else 0o666)
    (space.warehouse / "forgotten").write_text('{"version": 1, "hashes": []}')
    assert {problem.refused for problem in problems(space)} == {True, False}
    Workspace.create(space.root)
    assert modes(space) == {"folders": {0o750}, "files": {0o640}, "own": {0o400}} and problems(space) == []
    assert load(space, export(place / "in", "more.json", {"orders": [order("b", "2026-10-01")]})).published
    new = Workspace.create(place / "new")
    assert stat.S_IMODE(new.root.stat().st_mode) & 0o777 == 0o750 and problems(new) == []
    for path in space.warehouse.rglob("*.parquet"):
        path.chmod(0o600)
    [told] = problems(space)
    assert "cannot read all" in str(told.what) and not told.refused


def test_rows_that_do_not_fit_into_memory_are_for_nobody_else(place: Path) -> None:
    space = workspace(place / "space")
    seen: list[int] = []

    def look(_step: str) -> None:
        seen.extend(stat.S_IMODE(path.stat().st_mode) & 0o777 for path in space.warehouse.glob(".tmp-*") if path.is_dir())

    load(space, source(place), fault=look)
    assert set(seen) == {0o700}
