"""Bookmarks on the command line, and links that name what the workspace lacks."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from tui import cli

Run = Callable[[list[str]], SimpleNamespace]
LYON = "omnigap://explore?kpi=aov&f=store:Lyon%20Part-Dieu"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """A run of the command in this process: what is tested is not how it starts."""

    def called(arguments: list[str]) -> SimpleNamespace:
        capsys.readouterr()
        code = cli.run(arguments)
        text = capsys.readouterr()
        return SimpleNamespace(returncode=code, stdout=text.out, stderr=text.err)

    return called


@pytest.fixture
def own(workspace: Path, tmp_path: Path) -> Path:
    """A copy of the loaded workspace that may be written to."""
    return Path(shutil.copytree(workspace, tmp_path / "shop"))


def test_bookmarks_are_kept_listed_opened_and_removed(run: Run, own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "me"))
    place = ["-w", str(own)]
    assert "no bookmark yet" in run(["bookmarks", *place]).stderr
    kept = run(["bookmarks", "add", "Lyon été", LYON, "--shared", *place])
    assert kept.returncode == 0 and str(own / "bookmarks.yaml") in kept.stderr
    assert run(["-w", str(own), "bookmarks", "add", "gaps", "omnigap://gaps"]).returncode == 0
    listed = run(["bookmarks", *place])
    assert [line.split() for line in listed.stdout.splitlines()] == [
        ["NAME", "WHOSE", "LINK"],
        ["gaps", "yours", "omnigap://gaps"],
        ["Lyon", "été", "shared", LYON],
    ]
    assert (tmp_path / "me" / "omnigap" / "bookmarks.yaml").stat().st_mode & 0o777 == 0o600
    report = run(["report", "@lyon ete", "-f", "json", *place])
    assert json.loads(report.stdout)["link"].startswith(LYON.partition("&")[0])
    assert run(["report", LYON, "-f", "json", *place]).stdout == report.stdout
    again = run(["bookmarks", "add", "LYON ETE", LYON, "--shared", *place])
    assert "replaced" in again.stderr
    assert run(["bookmarks", "remove", "lyon ete", *place]).returncode == 2  # it is shared, not one's own
    assert run(["bookmarks", "remove", "lyon ete", "--shared", *place]).returncode == 0
    missing = run(["report", "@lyon ete", *place, "--lang", "fr"])
    assert missing.returncode == 2 and "pas de signet" in missing.stderr
    bad = run(["bookmarks", "add", "x", "http://x", *place])
    assert bad.returncode == 2 and "a link begins with omnigap://" in bad.stderr and "Traceback" not in bad.stderr
    (own / "bookmarks.yaml").write_text("- {name: a, lnk: omnigap://gaps}\n")
    wrong = run(["bookmarks", *place])
    assert wrong.returncode == 2 and "bookmarks.yaml:1" in wrong.stderr and "did you mean link" in wrong.stderr


@pytest.mark.parametrize("command", ["report", "check"])
def test_what_programs_read_never_comes_from_another_question(run: Run, workspace: Path, command: str) -> None:
    """The app opens the nearest view and says so; a command says what is wrong and prints nothing."""
    for link, told in (("kpi=avo", "did you mean aov?"), ("kpi=aov&tr=2026-W99", "2026-W99 is not a period"), ("kpi=aov&basis=by_moon", "no basis by_moon")):
        done = run([command, f"omnigap://explore?{link}", "-w", str(workspace)])
        assert done.returncode == 2 and done.stdout == "" and told in done.stderr
