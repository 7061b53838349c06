"""The power goes at any moment of a load: whatever of the disk is left, CURRENT names a generation that is whole."""

from __future__ import annotations

import json
import random
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from crash import Workers
from power import Disk, State, lay_out
from store_rows import load, workspace
from torture_scale import WHOLE, times
from torture_shop import carried_on, check, prepared, write

from kpi_core.store import Workspace, open_reader, verify
from kpi_core.store.manifest import Manifest, decode
from kpi_core.store.workspace import key_check

SOME = times(2, 10)  # random states a moment
TRIED = times(1, 12)  # states of a change that a load goes on from; of the first change none in `make test`


@cache
def decoded(path: Path) -> Manifest:
    return decode(path.read_bytes(), path)


def generation(state: State, objects: Path) -> int:
    """What CURRENT names, whole; 0 where there is none."""
    names = {path.removeprefix(".omnigap/"): sha256 for path, sha256 in state.items() if path.startswith(".omnigap/")}
    if "CURRENT" not in names:
        assert "last_load.json" not in names or not any(name.startswith("gens/") and not name.startswith("gens/.tmp-") for name in names), "CURRENT is lost"
        return 0
    number, sha256 = (objects / names["CURRENT"]).read_text().split()
    manifest_path = f"gens/{int(number):06d}.json"
    assert names.get(manifest_path) == sha256, f"{manifest_path} is missing or short"
    manifest = decoded(objects / sha256)
    wrong = [entry.file for entry in manifest.files() if names.get(entry.file) != entry.sha256]
    assert not wrong, f"CURRENT names generation {number}, of which these are missing or short: {wrong}"
    assert key_check(bytes.fromhex((objects / names["secret.key"]).read_text())) == manifest.key_check, "the key is lost"
    return int(number)


@pytest.mark.fault(13)
def test_after_a_power_loss_every_generation_is_whole(tmp_path: Path, workers: Workers) -> None:
    space, objects = workspace(tmp_path / "shop"), tmp_path / "objects"
    objects.mkdir()
    exports = [write(tmp_path / "in", number) for number in range(4)]
    changes: list[tuple[str, list[object]]] = [
        ("load", [str(exports[0])]),
        ("load", [str(path) for path in exports[1:3]]),
        ("undo", [2]),
        ("load", [str(exports[3])]),
        ("redo", [2]),
        ("rebuild", []),
    ]
    rng, moments, states, tried = random.Random(13), 0, 0, 0
    for verb, what in changes[: times(2, len(changes))]:
        before, out = space.generation(), tmp_path / "events"
        assert workers.run("power.record", str(space.root), verb, what, str(objects), str(out)) == 0, workers.told()
        after = space.generation()
        disk, begun, published = Disk(), False, before
        seen: Counter[int] = Counter()
        kept: list[State] = []
        for event in json.loads(out.read_text()):
            if event[0] == "step":
                published += event[1] == "published"
                continue
            disk.take(event)
            begun = begun or event[0] == "begin"
            if not begun:
                continue
            moments += 1
            for state in disk.after(rng, SOME):
                found = generation(state, objects)
                assert published <= found <= published + 1, f"{verb}: generation {found} is left, though {published} was acknowledged"
                states += 1
                seen[found] += 1
                kept.append(state)
        assert {before, after} <= set(seen) and published == after
        for state in rng.sample(kept, TRIED if WHOLE or before else 0):
            tried += 1
            go_on(tmp_path / f"left-{tried}", state, objects, exports)
    print(f"  {moments} moments, {states} states, {tried} loaded into again", end="", flush=True)


def go_on(folder: Path, state: State, objects: Path, exports: list[Path]) -> None:
    """A store as it was left is read, and loaded into."""
    lay_out(state, objects, folder)
    (folder / "exports").mkdir(parents=True, exist_ok=True)
    space = Workspace.open(folder)
    if space.generation():
        with open_reader(space) as reader:
            check(space, reader)
        assert verify(space) == []
    with carried_on():
        report = load(space, *exports, preparation=prepared())
    assert not report.failed
    with open_reader(space) as reader:
        check(space, reader)
    assert verify(space) == []
