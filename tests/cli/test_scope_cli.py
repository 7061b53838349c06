"""Every command and every view of somebody who sees one store: no other store is named, no figure of everybody is shown."""

from __future__ import annotations

import csv
import io
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from kpi_core.view import VIEWS
from tests.limited import OTHERS, STORE, allow, shop_for
from tui.cli import PLACES
from tui.cli.scoped import LIMITED
from tui.screens.numbered import PAGES, VIEW_CLASSES

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shop_for(tmp_path_factory.mktemp("limited"), f"{{stores: [{STORE}]}}")


FORMATS = ("json", "table", "csv")
SHOWN: dict[str, list[list[str]]] = {
    "glance": [[]],
    "explain": [["omnigap://explore?kpi=aov", "--format", "json"]],
    "report": [
        *([f"omnigap://{view}?kpi=revenue", "--format", FORMATS[place % len(FORMATS)]] for place, view in enumerate(VIEWS)),
        ["omnigap://explore?kpi=revenue&by=store", "--format", "html"],
        ["omnigap://gaps", "--lang", "fr", "--ascii"],
    ],
    "query": [["revenue,orders", "--by", "store", "--grain", "month"]],
    "sql": [["omnigap://explore?kpi=revenue&by=store"]],
    "check": [[]],
    "whatif": [["revenue", "--format", "json"]],
    "actions": [[]],
    "note": [["omnigap://explore?kpi=revenue"]],
    "kpis": [[]],
    "profiles": [[]],
    "bookmarks": [[]],
    "config": [["validate"], ["show"]],
    "doctor": [[]],
}
NOT_RUN = {"open", "serve", "init", "demo", "keys", "export-db"}  # the screen (tests/tui), its server, workspaces of their own, none; a file (below)


def test_every_command_is_shown_refused_or_has_no_figures() -> None:
    """A new command is refused to who sees a part until somebody thinks about it, and is then run here."""
    assert {*SHOWN, *NOT_RUN} == LIMITED
    assert set(VIEW_CLASSES) == set(PAGES) == set(VIEWS)


@pytest.mark.parametrize("command", sorted(set(SHOWN) & set(PLACES)))
def test_a_command_shows_nothing_of_another_store(run: Run, shop: Path, command: str) -> None:
    for arguments in SHOWN[command]:
        done = run([command, *arguments, "-w", str(shop), *(["--lang", "en"] if "--lang" not in arguments else [])])
        told = done.stdout + done.stderr
        assert done.returncode in (0, 1), (arguments, told)
        assert done.stdout or command in ("note", "bookmarks"), arguments
        plain = told.casefold().replace("_", " ").replace("-", " ")  # also as a part of a file's name; `nice` is a word
        assert not [name for name in OTHERS if name in told or (name != "Nice" and name.casefold().replace("-", " ") in plain)], (arguments, told)
        if command in ("glance", "report", "explain", "query", "sql", "whatif") and "csv" not in arguments:
            assert STORE in told, arguments  # the scope is in every head


@pytest.mark.parametrize("command", sorted(set(PLACES) - LIMITED))
def test_what_tells_of_whole_exports_is_refused(run: Run, shop: Path, command: str) -> None:
    done = run([command, "1", "-w", str(shop), "--lang", "en"])
    assert done.returncode == 2 and not done.stdout
    assert "this tells of whole exports, and you see a part of them" in done.stderr
    assert run([command, "--help"]).returncode == 0
    twice = run([command, "1", "-w", "/nowhere", "-w", str(shop)])
    assert twice.returncode == 2 and "whole exports" in twice.stderr


def test_an_exported_database_holds_the_scope_only(run: Run, shop: Path, tmp_path: Path) -> None:
    target = tmp_path / "mine.duckdb"
    done = run(["export-db", str(target), "-w", str(shop), "--lang", "en"])
    assert done.returncode == 0, done.stderr
    con = duckdb.connect(str(target), read_only=True)
    tables = con.execute("select table_name from duckdb_columns() where column_name = 'store' and not internal").fetchall()
    assert len(tables) > 5
    for (table,) in tables:
        assert {row[0] for row in con.execute(f'select distinct store from "{table}"').fetchall()} <= {STORE}, table


def test_the_targets_of_everybody_are_not_shown(run: Run, shop: Path) -> None:
    done = run(["config", "show", "objectives", "-w", str(shop), "--lang", "en"])
    assert done.returncode == 2 and "whole exports" in done.stderr


def test_programs_read_the_scope(run: Run, shop: Path, sample_workspace: Path) -> None:
    asked = ["report", "omnigap://explore?kpi=revenue", "--format", "json", "-w"]
    mine, everybody = (json.loads(run([*asked, str(folder)]).stdout) for folder in (shop, sample_workspace))
    assert mine["scope"] == {"store": [STORE]} and everybody["scope"] is None
    assert mine["filters"] == []
    numbers = [row["value"] for row in mine["rows"] if row["kind"] == "total"]
    assert numbers and numbers != [row["value"] for row in everybody["rows"] if row["kind"] == "total"]


def test_the_script_gives_the_numbers_of_the_scope(run: Run, shop: Path) -> None:
    script = run(["sql", "omnigap://explore?kpi=revenue&by=store&tr=2026-10", "-w", str(shop)]).stdout
    table = run(["query", "revenue", "--by", "store", "--range", "2026-10", "--format", "csv", "-w", str(shop)]).stdout
    con = duckdb.connect()
    rows: list[dict[str, object]] = []
    for statement in con.extract_statements(script):
        found = con.execute(statement)
        if statement.type == duckdb.StatementType.SELECT:
            names = [item[0] for item in found.description or []]
            rows += [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    members = {row["member"] for row in rows if row.get("whole") == 0}
    assert members == {STORE}
    [told] = list(csv.DictReader(io.StringIO(table)))
    assert float(told["revenue"]) in [pytest.approx(float(str(row["revenue"]))) for row in rows if row.get("whole") == 0]


def test_validate_names_what_nobody_knows(run: Run, tmp_path: Path) -> None:
    root = shop_for(tmp_path, "all")
    text = "version: 1\ndefault: all\nusers:\n  nobody-of-that-name: {stores: [Lyon Part-Dieux], channels: [webb]}\n"
    (root / "config" / "access.yaml").write_text(text, encoding="utf-8")
    done = run(["config", "validate", "-w", str(root), "--lang", "en"])
    assert done.returncode == 0
    for told in ("no user nobody-of-that-name", "the store Lyon Part-Dieux (did you mean Lyon Part-Dieu?)", "did you mean web?", "can be changed by who runs this"):
        assert told in done.stderr
    (root / "config" / "access.yaml").write_text(text.replace("stores", "store"), encoding="utf-8")
    wrong = run(["config", "validate", "-w", str(root), "--lang", "en"])
    assert wrong.returncode == 2 and "config/access.yaml:4" in wrong.stderr and "did you mean stores?" in wrong.stderr


def test_who_sees_nothing_is_told_what_to_do(run: Run, tmp_path: Path) -> None:
    root = shop_for(tmp_path, "all")
    allow(root, "nothing")
    for command in (["glance"], ["query", "revenue"], ["loads"]):
        done = run([*command, "-w", str(root), "--lang", "fr"])
        assert done.returncode == 2 and not done.stdout
        assert "ne voit rien de cet espace de travail" in done.stderr and "config/access.yaml" in done.stderr
