"""A disk that is full at any write of a load."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from crash import Workers
from torture_scale import WHOLE
from torture_shop import write

SIZE = 64 << 20
FREE = range(0, 16 << 20, 16 << 10)
needs_a_mount = pytest.mark.skipif(
    os.getuid() != 0 or subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode != 0, reason="needs a mount of its own"
)


@pytest.mark.skipif(not WHOLE, reason="make torture; a slice is in tests/acceptance/test_wrong_input.py")
@needs_a_mount
@pytest.mark.fault(8)
def test_whatever_finds_no_room_leaves_the_old_numbers(tmp_path: Path) -> None:
    """With a little more room each time, until the load finds enough: the disk was full at each of its writes."""
    exports = [write(tmp_path / "in", number) for number in range(3)]
    (tmp_path / "disk").mkdir()
    with Workers(tmp_path / "log", "torture_shop", under=("unshare", "-m")) as workers:
        ended = workers.run("torture_shop.fill_up", str(tmp_path / "disk"), SIZE, [str(path) for path in exports], list(FREE), str(tmp_path / "told"))
        assert ended == 0, workers.told()
    told = json.loads((tmp_path / "told").read_text())
    full = [text for text in told if text != "loaded"]
    assert full and all("the disk is full: nothing was changed" in text for text in full)
    assert told[-1] == "loaded"
    print(f"  {len(full)} full disks", end="", flush=True)
