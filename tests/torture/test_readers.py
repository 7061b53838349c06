"""People who keep screens open while a load runs."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import quantiles
from typing import Any

import pytest
from crash import Workers
from store_rows import RowImporter
from torture_scale import WHOLE
from torture_shop import write
from walkers import RECORDS, put, screens

from kpi_core.store import Workspace, verify
from kpi_core.workbench import Workbench

QUIET = 60  # seconds without a load
PAUSE = 2.0  # seconds between two keys
LINES = int(os.environ.get("OMNIGAP_LINES", "1000000"))


def walked(outs: Sequence[Path]) -> list[dict[str, Any]]:
    """What everybody saw: no error, and of one generation the same screens."""
    found, shown = [json.loads(out.read_text()) for out in outs], dict[str, str]()
    for one in found:
        assert one["errors"] == []
        for name, digest in one["shown"].items():
            assert shown.setdefault(name, digest) == digest, f"two people see another {name}"
    return found


def begun(outs: Sequence[Path]) -> None:
    """Wait until everybody has seen a screen."""
    last = time.monotonic() + 60
    while not all(Path(f"{out}.begun").exists() for out in outs):
        assert time.monotonic() < last, "somebody sees no screen"
        time.sleep(0.05)


def p95(found: list[dict[str, Any]], kind: str, first: float, last: float) -> float:
    times = [seconds for one in found for moment, seconds in one[kind] if first <= moment < last]
    return quantiles(times, n=20)[-1]


@pytest.mark.fault(26)
def test_screens_are_of_one_generation_while_loads_run(tmp_path: Path, workers: Workers) -> None:
    """In a small shop whose mart is carried on from load to load. At the end its screens are those of a shop that was loaded at once."""
    exports, period = [str(write(tmp_path / "in", number)) for number in range(2)], "2026-02"
    space = Workspace.create(tmp_path / "shop")
    assert put(str(space.root), exports[:1], RowImporter()).published
    stop, outs = tmp_path / "stop", [tmp_path / f"walk{number}" for number in range(4)]
    people = [workers.start("walkers.walk", str(space.root), [period], 1.5, str(stop), str(out), number) for number, out in enumerate(outs)]
    begun(outs)
    assert workers.run("walkers.add", str(space.root), exports[1:], str(tmp_path / "done")) == 0, workers.told()
    stop.touch()
    assert [workers.wait(person) for person in people] == [0] * len(people), workers.told()
    found = walked(outs)
    generations = {name.split()[0] for one in found for name in one["shown"]}
    print(f"  {sum(len(one['pages']) for one in found)} screens of {len(generations)} generations, 0 errors", end="", flush=True)
    assert len(generations) > 1 and verify(space) == [] and space.manifest().base is not None
    whole = Workspace.create(tmp_path / "at once" / "shop")
    assert put(str(whole.root), exports, RowImporter()).published
    with Workbench.open(space.root) as carried, Workbench.open(whole.root) as built:
        for place, screen in enumerate(screens(period)):
            if place != RECORDS:  # which name the file of each row
                assert told(screen(carried)) == told(screen(built)), place


def told(page: object) -> str:
    """A page without when it was loaded."""
    return re.sub(r"datetime\.datetime\([^)]*\)", "", repr(page))


@pytest.mark.skipif(not WHOLE, reason="make torture")
@pytest.mark.parametrize("readers", [pytest.param(20, id="twenty"), pytest.param(10, id="ten", marks=pytest.mark.fault(23))])
def test_a_million_lines_come_in_beside_many_readers(tmp_path: Path, readers: int, workers: Workers) -> None:
    """Twenty walk on while a load of a million lines runs: their keys take at most twice what they take without it. For ten, each with 512 MB, no statement is slow."""
    import scale

    shop, stop, done = tmp_path / "shop", tmp_path / "stop", tmp_path / "done"
    scale.make(shop, LINES // 5)
    outs = [tmp_path / f"walk{number}" for number in range(readers)]
    people = [
        workers.start("walkers.walk", str(shop), ["2026-10", "2026-W30", "2026-Q3"], PAUSE, str(stop), str(out), number) for number, out in enumerate(outs)
    ]
    time.sleep(QUIET / 4)
    first = time.time()
    time.sleep(QUIET)
    begun = time.time()
    assert workers.run("walkers.add_lines", str(shop), LINES, str(done)) == 0, workers.told()
    ended = time.time()
    time.sleep(2 * PAUSE)
    stop.touch()
    assert [workers.wait(person) for person in people] == [0] * readers, workers.told()
    found = walked(outs)
    quiet, busy = p95(found, "pages", first, begun), p95(found, "pages", begun, ended)
    slowest = p95(found, "asked", begun, ended)
    count = sum(len(one["pages"]) for one in found)
    print(
        f"  {readers} readers, {count} screens, 0 errors; a load of {LINES:,} lines in {ended - begun:.0f} s; "
        f"p95 of screens {quiet * 1000:.0f} ms without it, {busy * 1000:.0f} ms beside it; p95 of statements beside it {slowest * 1000:.0f} ms",
        flush=True,
    )
    assert busy <= 2 * quiet or readers != 20
    assert slowest < 0.2
