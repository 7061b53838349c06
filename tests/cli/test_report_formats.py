"""`omnigap report` in every format, as the command line gives it."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import duckdb
import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]
ROOT = Path(__file__).resolve().parents[2]
WEEK = "2026-W43"


@pytest.mark.parametrize("view", ["overview", "gaps"])
def test_the_ending_of_the_file_is_the_format(run: Run, workspace: Path, tmp_path: Path, view: str) -> None:
    page = tmp_path / "report.html"
    done = run(["report", f"omnigap://{view}", "-w", str(workspace), "-o", str(page), "--lang", "fr"])
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    text = page.read_text(encoding="utf-8")
    assert text.startswith("<!DOCTYPE html>")
    assert '<html lang="fr">' in text
    assert len(text.encode()) < 150_000
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_values_are_the_same_in_csv_parquet_and_workbook(run: Run, workspace: Path, tmp_path: Path) -> None:
    link = "omnigap://explore?kpi=revenue&by=store"
    for name in ("a.csv", "a.parquet", "a.xlsx"):
        done = run(["report", link, "-w", str(workspace), "-p", WEEK, "-o", str(tmp_path / name)])
        assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader(io.StringIO((tmp_path / "a.csv").read_text(encoding="utf-8"))))
    con = duckdb.connect()
    stored = con.execute("select member, value, unit from read_parquet(?)", [str(tmp_path / "a.parquet")]).fetchall()
    assert [(row["member"], float(row["value"] or 0), row["unit"]) for row in rows] == [(m, float(v or 0), u) for m, v, u in stored]
    (kind,) = con.execute("select distinct typeof(value) from read_parquet(?)", [str(tmp_path / "a.parquet")]).fetchall()
    assert kind[0].startswith(("DECIMAL", "BIGINT", "DOUBLE"))
    with zipfile.ZipFile(tmp_path / "a.xlsx") as book:
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    assert len(sheet.findall(".//{*}row")) == len(rows) + 1


def test_a_filter_keeps_its_rows_and_all_gives_them_back(run: Run, workspace: Path) -> None:
    link = "omnigap://explore?kpi=revenue&by=store&q=lyon"
    kept, every = (json.loads(run(["report", link, "-w", str(workspace), "-f", "json", *more]).stdout) for more in ([], ["--all"]))
    members = [[row["member"] for row in page["rows"] if row["kind"] == "member"] for page in (kept, every)]
    assert members[0] == ["Lyon Part-Dieu"]
    assert set(members[0]) < set(members[1])


def test_a_workbook_goes_into_a_pipe_and_not_onto_a_screen(workspace: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8"}
    command = [sys.executable, "-c", "from tui.cli import main; main()", "report", "-w", str(workspace), "-f", "xlsx"]
    done = subprocess.run(command, capture_output=True, env=environment, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert zipfile.is_zipfile(io.BytesIO(done.stdout))
    leader, follower = os.openpty()
    try:
        shown = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=follower, stderr=subprocess.PIPE, env=environment, timeout=300, check=False)
    finally:
        os.close(follower)
        os.close(leader)
    assert shown.returncode == 2
    assert b"-o FILE" in shown.stderr


def test_a_file_that_cannot_be_written_leaves_the_old_one(run: Run, workspace: Path, tmp_path: Path) -> None:
    done = run(["report", "-w", str(workspace), "-o", str(tmp_path / "none" / "x.html")])
    assert done.returncode == 2
    assert "cannot be written" in done.stderr
    folder = run(["report", "-w", str(workspace), "-f", "csv", "-o", str(tmp_path)])
    assert folder.returncode == 2
    assert "folder" in folder.stderr
