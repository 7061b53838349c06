"""A thousand loads beside somebody who reads: nothing grows but what is loaded."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from store_rows import workspace
from torture_scale import WHOLE, times
from torture_shop import check, counting, expected, step

from kpi_core.store import Workspace, gc, open_reader, spill, verify

LOADS = times(3, int(os.environ.get("OMNIGAP_LOADS", "1000")))


def resident() -> int:
    """Bytes of memory that this process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def files(space: Workspace) -> dict[str, int]:
    """How many files there are: open ones, those that a generation needs, and those in folders for what does not fit into memory."""
    root = space.warehouse
    own = spill._own.folder if spill._own else None
    return {
        "open": len(os.listdir("/proc/self/fd")),  # noqa: PTH208
        "generations": len(list((root / "gens").iterdir())),
        "marts": len(list((root / "marts").iterdir())),
        "facts": sum(path.is_file() for path in (root / "facts").rglob("*")),
        "temporary": len(list(root.glob(".tmp-*"))) + (sum(path.is_file() for path in own.rglob("*")) if own else 0),
    }


@pytest.mark.fault(7, 24)
def test_nothing_grows_but_what_is_loaded(tmp_path: Path) -> None:
    """Memory, open files, generations, facts and temporary files come to rest; a reader that stays open all the time keeps its numbers."""
    space, exports = workspace(tmp_path / "shop"), tmp_path / "in"
    step(space, exports, 0)
    pinned, seen = open_reader(space), list[tuple[int, dict[str, int]]]()
    started, first = time.monotonic(), pinned.manifest
    for place in range(1, LOADS):
        step(space, exports, place)
        for _ in range(times(1, 5)):
            with open_reader(space) as reader:
                check(space, reader)
        assert pinned.generation == first.generation and check(space, pinned) == expected([0])
        seen.append((resident(), files(space)))
    rest = seen[len(seen) // 2 :]  # by then everything is imported, and every order has been told of
    print(
        f"  {LOADS} changes in {time.monotonic() - started:.0f} s, {rest[0][0] >> 20} MB at half time and {rest[-1][0] >> 20} MB at the end, {rest[-1][1]}",
        end="",
    )
    most = {name: max(found[name] for _, found in rest) for name in rest[0][1]}
    assert most["open"] <= seen[0][1]["open"] + 2
    assert most["generations"] <= 3 and most["marts"] <= 5  # the last two and the pinned one, each with its base
    assert most["facts"] <= 3 * 2 * 4 * 9  # generations, datasets, months, files of a month
    assert most["temporary"] <= 1  # the lock of the folder for what does not fit into memory
    if WHOLE:
        quarter = len(rest) // 2
        before, after = (sorted(size for size, _ in part)[len(part) // 2] for part in (rest[:quarter], rest[quarter:]))
        assert after < before * 1.1 + (16 << 20), "memory grows"
    gone = [space.warehouse / entry.file for entry in first.files() if entry.file.startswith(("facts", "marts"))]
    assert all(path.is_file() for path in gone)
    pinned.close()
    gc(space)
    needed = {space.warehouse / entry.file for entry in space.manifest().files()}
    gc(space, keep=1)
    assert not any(path.exists() for path in gone if path not in needed)
    with open_reader(space) as reader:
        assert check(space, reader) == expected(counting(LOADS))
    assert verify(space) == []
