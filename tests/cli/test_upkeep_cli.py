"""`omnigap verify` and `rebuild`: damage is named with what to do, and put right by what is said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kpi_core.store import Workspace
from tests.cli.conftest import Run
from tests.cli.test_account_cli import TICKETS


def flip(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)


@pytest.mark.fault(10)
def test_what_verify_says_puts_the_numbers_right(tmp_path: Path, run: Run) -> None:
    def tell(*words: str, lang: str = "en", code: int = 0) -> Any:
        done = run([*words, "-w", str(root), "--lang", lang])
        assert done.returncode == code, done.stdout + done.stderr
        return done

    space = Workspace.create(tmp_path / "shop")
    root = space.root
    assert "nothing has been loaded yet" in tell("verify", code=3).stderr and "omnigap load" in tell("rebuild", code=3).stderr
    (root / "exports" / "tickets.csv").write_text(TICKETS.split("LYO;1;101")[0], encoding="utf-8")
    tell("load")
    before = tell("glance", "-p", "2026-10").stdout
    sound = tell("verify")
    assert sound.stdout.startswith("✓ generation 1: ") and "all as they were written" in sound.stdout and not sound.stderr

    manifest = space.manifest()
    assert manifest.mart
    flip(space.warehouse / manifest.mart.file)
    flip(space.warehouse / manifest.facts["orders"][0].file)
    harmed = tell("verify", code=3)
    said = " ".join(harmed.stdout.split())
    assert f"✗ damaged {manifest.mart.file} the numbers that every screen reads; made anew by: omnigap rebuild" in said
    assert f"✗ damaged {manifest.facts['orders'][0].file} newest rows: orders" in said and "omnigap rebuild makes these numbers anew" in harmed.stderr
    assert "✗ abîmé" in tell("verify", lang="fr", code=3).stdout
    assert "generation 2: built anew from 1 loads" in tell("rebuild").stdout
    assert tell("glance", "-p", "2026-10").stdout == before and json.loads(tell("verify", "-f", "json").stdout)["sound"] is True

    (space.warehouse / manifest.batches[0].files["orders"].file).unlink()
    found = json.loads(tell("verify", "-f", "json", code=3).stdout)
    assert [(item["holds"], item["kind"], item["export"], item["remedy"]) for item in found["damaged"]] == [("batch", "missing", "tickets.csv", "load")]
    rebuilt = json.loads(tell("rebuild", "--format", "json", code=3).stdout)
    assert (rebuilt["loads"], rebuilt["load_again"]) == (0, [{"load_id": 1, "export": "tickets.csv", "rows": True}])
    assert tell("loads").stdout.split()[:4] == ["1", "✗", "damaged", "tickets.csv"] and '"damaged"' in tell("loads", "-f", "json").stdout
    assert "load its file again: tickets.csv" in tell("redo", "1", code=2).stderr
    tell("load")
    assert tell("glance", "-p", "2026-10").stdout == before and tell("verify").returncode == 0

    (space.warehouse / "CURRENT").write_text("")
    lost = tell("glance", code=3)
    assert "what to do: run: omnigap rebuild" in lost.stderr
    assert "CURRENT" in tell("verify", code=3).stdout
    taken = " ".join(tell("rebuild").stdout.split())
    assert "was taken" in taken and "load again" not in taken  # nothing was loaded since
    assert tell("glance", "-p", "2026-10").stdout == before


def test_numbers_of_another_version_say_what_to_run(workspace: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kpi_core.store.reader.STAR_VERSION", 10_000)
    done = run(["glance", "-w", str(workspace)])
    assert done.returncode == 0 and done.stderr.startswith("warning: built by an earlier omnigap: run omnigap load")
    shown = run(["report", "-w", str(workspace)]).stdout
    assert "! built by an earlier omnigap: run omnigap load" in shown
