"""`omnigap loads`, `undo`, `redo`: a wrong answer about a layout is taken back, and nothing is lost by it."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import duckdb

from kpi_core.store import Workspace
from tests.cli.conftest import Run
from tests.cli.test_account_cli import TICKETS

COSTS = 'sku,valid from,unit cost\nA,2026-02-01,"1,234"\n'
LAYOUTS = "version: 1\nlayouts:\n  - {{profile: omnigap.costs, decimal: {{cost: '{mark}'}}}}\n"


def cost(root: Path) -> list[float]:
    """The purchase costs that count."""
    space = Workspace.open(root)
    entries = space.manifest().facts.get("product_costs", ())
    return [float(value) for entry in entries for (value,) in duckdb.connect().execute(f"select unit_cost from '{space.warehouse / entry.file}'").fetchall()]


def test_a_wrong_answer_is_taken_back(tmp_path: Path, run: Run) -> None:
    def tell(*words: str, lang: str = "en", code: int = 0) -> Any:
        done = run([*words, "-w", str(root), "--lang", lang])
        assert done.returncode == code, done.stdout + done.stderr
        return done

    root = Workspace.create(tmp_path / "shop").root
    nothing = tell("loads", code=3)
    assert "nothing has been loaded yet" in nothing.stderr
    (root / "exports" / "costs.csv").write_text(COSTS, encoding="utf-8")
    (root / "exports" / "tickets.csv").write_text(TICKETS.split("LYO;1;101")[0], encoding="utf-8")
    answers = root / "config" / "layouts.yaml"
    answers.write_text(LAYOUTS.format(mark="."), encoding="utf-8")
    tell("load")
    assert cost(root) == [1234]  # the comma was taken for one of thousands

    undone = tell("undo", "exports/costs.csv")
    assert undone.stdout.split()[:4] == ["1", "-", "undone", "costs.csv"] and "omnigap redo 1" in undone.stderr
    assert cost(root) == []
    assert "costs.csv" not in tell("account").stdout and "there is no loaded file 1" in tell("account", "1", code=2).stderr
    answers.write_text(LAYOUTS.format(mark=","), encoding="utf-8")
    tell("load")
    assert cost(root) == [1.234]

    shown = [line.split("  ") for line in tell("loads").stdout.splitlines() if line[0] != " "]
    assert [(line[0], line[1].strip(), line[2]) for line in shown] == [
        ("1", "- undone", "costs.csv"),
        ("2", "✓ counts", "tickets.csv"),
        ("3", "✓ counts", "costs.csv"),
    ]
    french = " ".join(tell("loads", lang="fr").stdout.split())
    assert "1 - annulé costs.csv" in french and "1 lignes utilisées sur 1" in french
    found = json.loads(tell("loads", "-f", "json").stdout)["loads"]
    assert [(load["load_id"], load["status"], load["rows_read"]) for load in found] == [(1, "undone", 1), (2, "counts", 1), (3, "counts", 1)]
    assert (found[1]["first_day"], found[2]["profile"]) == ("2026-04-14", "omnigap.costs")
    rows = list(csv.DictReader(io.StringIO(tell("loads", "-f", "csv").stdout)))
    assert [(row["load_id"], row["status"], row["file"]) for row in rows] == [
        ("1", "undone", "costs.csv"),
        ("2", "counts", "tickets.csv"),
        ("3", "counts", "costs.csv"),
    ]
    assert rows[0]["loaded_at"] == found[0]["loaded_at"]

    assert "omnigap undo 3 first" in tell("redo", "1", code=2).stderr
    assert tell("undo", "COSTS.csv").stdout.split()[0] == "3"  # by name: the one that counts
    assert "is the file of several loads: 1, 3" in tell("redo", "costs.csv", code=2).stderr
    assert "no load is of a file called cost.csv" in tell("undo", "cost.csv", code=2).stderr
    assert "compte" in tell("undo", "7", lang="fr", code=2).stderr
    tell("undo", "1", "2", code=2)  # one of them is undone already: nothing happens
    assert tell("redo", "1").stdout.split()[:3] == ["1", "✓", "counts"]
    assert cost(root) == [1234]
