"""A loader that is killed at any moment, again and again, beside people who read."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from pathlib import Path

import pytest
from crash import Workers
from store_rows import workspace
from torture_scale import times
from torture_shop import check, counting, fresh, go_on, tables

from kpi_core.store import open_reader, verify

READERS = times(1, 3)


@pytest.mark.fault(3)
def test_no_kill_loses_or_doubles_anything(tmp_path: Path, workers: Workers) -> None:
    """Killed at random moments of loads, undo and redo into months and a mart that is carried on. What was acknowledged is there at the end, once."""
    seed = int(os.environ.get("OMNIGAP_SEED", "20261122"))
    rng, kills = random.Random(seed), times(6, int(os.environ.get("OMNIGAP_KILLS", "500")))
    space, exports, done, stop = workspace(tmp_path / "shop"), tmp_path / "in", tmp_path / "done", tmp_path / "stop"
    started = time.monotonic()
    go_on(str(space.root), str(exports), 0, str(done), 1)
    seconds = time.monotonic() - started  # the longest until a kill: time for about one load, however busy the machine is
    readers = [
        workers.start("torture_shop.read_on", str(space.root), times(0.3, 0.01), str(stop), str(tmp_path / f"read{number}")) for number in range(READERS)
    ]
    for _ in range(kills):
        first = acknowledged(done)
        loader = workers.start("torture_shop.go_on", str(space.root), str(exports), first, str(done))
        time.sleep(rng.uniform(0, seconds))
        os.kill(loader, signal.SIGKILL)
        assert workers.wait(loader) == -signal.SIGKILL, f"seed {seed}: {workers.told()}"
        seconds *= 0.9 if acknowledged(done) > first else 1.2
        with open_reader(space) as reader:
            check(space, reader)
    assert workers.run("torture_shop.go_on", str(space.root), str(exports), acknowledged(done), str(done), 1) == 0, workers.told()
    stop.touch()
    for reader_process in readers:
        assert workers.wait(reader_process) == 0, workers.told()
    steps = acknowledged(done)
    read = [json.loads((tmp_path / f"read{number}").read_text()) for number in range(READERS)]
    seen: dict[str, list[int]] = {}
    for one in read:
        assert one["errors"] == []
        for generation, found in one["seen"].items():
            assert seen.setdefault(generation, found) == found, generation
    checks = sum(one["checks"] for one in read)
    print(
        f"  {kills} kills, {steps} changes acknowledged, {checks + kills} checks of {len(seen)} generations by {READERS} readers, 0 errors", end="", flush=True
    )
    counts = counting(steps)
    assert {int(Path(batch.name).stem) for batch in space.manifest().active} == counts
    assert len({batch.name for batch in space.manifest().batches}) == len(space.manifest().batches)
    with open_reader(space) as reader:
        check(space, reader)
    assert checks and verify(space) == []
    assert tables(space) == tables(fresh(tmp_path / "fresh", exports, counts))


def acknowledged(done: Path) -> int:
    """How many steps were, each once and in their order."""
    places = [int(line) for line in done.read_text().split()]
    assert places == list(range(len(places)))
    return len(places)
