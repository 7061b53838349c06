"""Gaps, actions and notes on the command line."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

Run = Callable[..., CompletedProcess[str]]
GAPS = "omnigap://gaps"
LYON = "omnigap://explore?kpi=aov&f=store:Lyon%20Part-Dieu"


@pytest.fixture
def own(workspace: Path, tmp_path: Path) -> Path:
    """A copy of the loaded workspace that may be written to."""
    return Path(shutil.copytree(workspace, tmp_path / "shop"))


def test_gaps_are_reported_in_each_format_and_counted_by_check(run: Run, workspace: Path) -> None:
    table = run(["report", GAPS, "-w", str(workspace)])
    assert table.returncode == 0, table.stderr
    assert "targets missed" in table.stdout
    data = json.loads(run(["report", GAPS, "-w", str(workspace), "-f", "json"]).stdout)
    missed = [row for row in data["rows"] if row["status"] == "missed"]
    assert data["view"] == "gaps" and missed and len(missed) == data["targets"]["missed"]
    assert {"kpi", "level", "dimensions", "contribution", "rank", "periods_missed", "cause", "owner", "due", "link"} <= set(missed[0])
    rows = list(csv.DictReader(io.StringIO(run(["report", GAPS, "-w", str(workspace), "-f", "csv"]).stdout)))
    assert [row["link"] for row in rows] == [row["link"] for row in data["rows"]]
    assert "| KPI · WHERE |" in run(["report", GAPS, "-w", str(workspace), "-f", "md"]).stdout
    near = json.loads(run(["report", GAPS + "?near=1", "-w", str(workspace), "-f", "json"]).stdout)["rows"]
    assert len(near) == len(missed) + data["targets"].get("near", 0)
    check = run(["check", GAPS, "-w", str(workspace)])
    judged = sum(data["targets"].get(status, 0) for status in ("met", "near", "missed"))
    assert check.returncode == 1 and len(check.stdout.splitlines()) == len(missed)
    assert f"{len(missed)} of {judged} targets missed" in check.stderr


def test_actions_are_listed_for_a_kpi(run: Run, workspace: Path) -> None:
    done = run(["actions", "--kpi", "aov", "-f", "json", "-w", str(workspace)])
    actions = {action["action"]: action for action in json.loads(done.stdout)["actions"]}
    assert "cross_sell" in actions and all(action["kpi"] == "aov" for action in actions.values())
    assert actions["cross_sell"]["effect"]["days"] <= 28
    text = run(["actions", "-w", str(workspace), "--lang", "fr"])
    assert "Proposer un article" in text.stdout and "ÉCHÉANCE" in text.stdout
    wrong = run(["actions", "--kpi", "avo", "-w", str(workspace)])
    assert wrong.returncode == 2 and "did you mean aov" in wrong.stderr


def test_a_note_is_kept_beside_the_configuration_and_read_back(run: Run, own: Path) -> None:
    before = (own / "config" / "objectives.yaml").read_bytes()
    kept = run(["note", LYON, "fitting rooms\x1b[2J shut", "-w", str(own)])
    assert kept.returncode == 0 and "kept in notes.yaml" in kept.stderr
    read = run(["note", LYON, "-w", str(own)])
    assert "fitting rooms" in read.stdout and "\x1b" not in read.stdout
    whole = run(["note", "omnigap://explore?kpi=aov", "-w", str(own), "--lang", "fr"])
    assert "Lyon Part-Dieu" in whole.stdout  # a note of a part is told with its place
    assert "no note here yet" in run(["note", "omnigap://explore?kpi=revenue", "-w", str(own)]).stderr
    assert (own / "config" / "objectives.yaml").read_bytes() == before
    explore = run(["report", LYON, "-w", str(own)])
    assert "fitting rooms" in explore.stdout


@pytest.mark.parametrize(("link", "text", "told"), [("omnigap://gaps", "x", "choose one first"), (LYON, "  ", "needs a text"), (LYON, "x" * 1001, "at most 1000")], ids=["no KPI", "empty", "too long"])
def test_a_note_that_cannot_be_kept_says_why(run: Run, own: Path, link: str, text: str, told: str) -> None:
    done = run(["note", link, text, "-w", str(own)])
    assert done.returncode == 2 and told in done.stderr
    assert not (own / "notes.yaml").exists()


def test_mistakes_in_actions_are_told_with_their_line(run: Run, own: Path) -> None:
    path = own / "config" / "objectives.yaml"
    text = path.read_text(encoding="utf-8").replace("due: 2026-11-15", "due: mid November").replace("where: {channel: [marketplace]}", "where: {chanel: [x]}")
    path.write_text(text, encoding="utf-8")
    done = run(["config", "validate", "-w", str(own)])
    assert done.returncode == 2
    assert "mid November is not a day" in done.stdout + done.stderr and "did you mean channel" in done.stdout + done.stderr
