"""The SQL behind a page, printed as a script: run anew by DuckDB alone it gives the page's numbers."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import duckdb
import pytest

from kpi_core.engine.result import Number
from kpi_core.links import to_link
from kpi_core.pages import RowKind, rows_of
from kpi_core.view import Filter, ViewState
from kpi_core.workbench import Workbench

Run = Callable[..., CompletedProcess[str]]
OCTOBER = ViewState(period="2026-10")
FIRST = date(2026, 10, 1)


@pytest.fixture(scope="module")
def bench(sample_workspace: Path) -> Iterator[Workbench]:
    with Workbench.open(sample_workspace, lang="en") as opened:
        yield opened


@pytest.fixture
def printed(run: Run, sample_workspace: Path) -> Callable[..., str]:
    """What the command prints for a state."""

    def ask(state: ViewState, *more: str) -> str:
        done = run(["sql", to_link(state), "-w", str(sample_workspace), "--lang", "en", *more])
        assert done.returncode == 0, done.stderr
        return done.stdout

    return ask


def ran(script: str) -> list[dict[str, Any]]:
    """The rows of October of every question of a script, run on a connection that knows nothing else."""
    con = duckdb.connect()
    rows: list[dict[str, Any]] = []
    for statement in con.extract_statements(script):
        con.execute(statement)
        names = [column[0] for column in con.description or ()]
        if "whole" in names:
            rows += [dict(zip(names, row, strict=True)) for row in con.fetchall()]
    return [row for row in rows if row.get("slot", 0) == 0 and row.get("start_day", FIRST) == FIRST]


def same(one: Number | None, other: Any) -> bool:
    return one is None if other is None else one is not None and float(one) == pytest.approx(float(other), rel=1e-12)


def test_the_overview_runs_again(printed: Callable[..., str], bench: Workbench) -> None:
    text = printed(OCTOBER)
    assert text.startswith("-- KPI: ") and "\nattach '" in text and "as mart (read_only);\nuse mart;\n" in text
    shown = {row.kpi.id: row.value.number for row in rows_of(bench.overview(OCTOBER))}
    found = [row for row in ran(text) if row["whole"] == 1]
    again = {kpi: row[kpi] for row in found for kpi in shown if kpi in row}
    assert len([kpi for kpi in shown if shown[kpi] is not None]) > 40
    assert not {kpi: (value, again.get(kpi)) for kpi, value in shown.items() if not same(value, again.get(kpi))}


def test_a_quote_in_a_filter_stays_a_letter(printed: Callable[..., str], bench: Workbench) -> None:
    state = replace(OCTOBER, view="explore", kpi="revenue", by="store", where=(Filter("channel", ("store", "it's; drop table sale --", "\x1b[2J")),))
    text = printed(state)
    assert "'it''s; drop table sale --'" in text and "\x1b" not in text and "(chr(27) || '[2J')" in text
    assert "in ('store', 'it''s" in text and "?" not in text.partition("use mart")[2]
    page = bench.explore(state)
    again = {row["member"]: row["revenue"] for row in ran(text) if row["whole"] == 0}
    shown = {row.key or "": row.value.number for row in page.rows if row.kind is RowKind.MEMBER}
    assert len(shown) > 3 and shown.keys() == again.keys() and all(same(value, again[member]) for member, value in shown.items())
    assert same(page.total.value.number, next(row["revenue"] for row in ran(text) if row["whole"] == 1))


def test_every_gap_runs_again(printed: Callable[..., str], bench: Workbench) -> None:
    state = replace(OCTOBER, view="gaps")
    rows = ran(printed(state))
    page = bench.gaps(state, explained=0)
    assert len(page.rows) > 5
    for gap in page.rows:
        member = gap.state.where[-1].values[0] if gap.state.where else ""
        assert any(row["member"] in (member, "") and gap.kpi.id in row and same(gap.value.number, row[gap.kpi.id]) for row in rows), gap.key
    one = printed(state, "--kpi", page.rows[0].kpi.id)
    assert page.rows[0].kpi.id in one.splitlines()[0] and len(one) < len(printed(state))
    assert {name for row in ran(one) for name in row} & set(bench.desk.catalogue.kpis) == {page.rows[0].kpi.id}


def test_the_card_has_the_same_script(bench: Workbench) -> None:
    for kpi in ("aov", "conversion_online", "nps"):
        state = replace(OCTOBER, view="explore", kpi=kpi)
        (row,) = ran(bench.definition(state).sql)
        assert same(next(item.value.number for item in rows_of(bench.overview(OCTOBER)) if item.kpi.id == kpi), row[kpi])


def test_the_shell_runs_it(printed: Callable[..., str]) -> None:
    shell = shutil.which("duckdb")
    if shell is None:
        pytest.skip("no duckdb shell on this machine")
    done = subprocess.run([shell, "-csv"], input=printed(replace(OCTOBER, view="explore", kpi="aov")), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and "aov" in done.stdout, done.stderr


def test_what_can_be_said(run: Run, sample_workspace: Path, tmp_path: Path, printed: Callable[..., str]) -> None:
    target = tmp_path / "revenue.sql"
    done = run(["sql", "--kpi", "revenue", "-p", "2026-10", "-o", str(target), "-w", str(sample_workspace), "--lang", "fr"])
    assert done.returncode == 0 and done.stdout == "" and "octobre 2026" in target.read_text(encoding="utf-8")
    assert ran(target.read_text(encoding="utf-8"))
    key = (sample_workspace / ".omnigap" / "secret.key").read_bytes()
    whole = printed(replace(OCTOBER, view="whatif", kpi="revenue"))
    assert key.hex() not in whole and "secret" not in whole and ran(whole)
    for arguments, what in ((["omnigap://data"], "the data page has no question"), (["--kpi", "revenu"], "did you mean revenue?")):
        done = run(["sql", *arguments, "-w", str(sample_workspace), "--lang", "en"])
        assert done.returncode == 2 and done.stdout == "" and what in done.stderr
