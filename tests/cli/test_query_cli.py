"""KPIs as a table on the command line."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import duckdb
import pytest

Run = Callable[..., CompletedProcess[str]]


def test_one_answer_in_every_format(run: Run, workspace: Path) -> None:
    asked = ["query", "revenue,orders,buyers", "--by", "store", "--grain", "month", "--range", "2026-09..2026-10", "--order", "-revenue", "-w", str(workspace)]
    data = json.loads(run([*asked, "-f", "json"]).stdout)
    assert data["by"] == ["store"] and data["rows"] and data["notes"] == ["Buyers: the parts do not add up to the whole"]
    revenue = [row["revenue"] for row in data["rows"] if row["revenue"] is not None]
    assert revenue == sorted(revenue, reverse=True)
    rows = list(csv.DictReader(io.StringIO(run([*asked, "-f", "csv"]).stdout)))
    assert [row["period"] for row in rows] == [row["period"] for row in data["rows"]] and set(rows[0]) == {"period", "store", "revenue", "orders", "buyers", "partial"}
    assert [float(row["revenue"]) for row in rows if row["revenue"]] == [float(value) for value in revenue]
    table = run([*asked, "--limit", "1"])
    assert len(table.stdout.splitlines()) == 2 and "October 2026" in table.stdout and "do not add up" in table.stderr
    assert "| PERIOD | STORE |" in run([*asked, "-f", "md"]).stdout
    french = run([*asked, "--lang", "fr", "--limit", "1"])
    assert "PÉRIODE" in french.stdout and "octobre 2026" in french.stdout and "ne s'additionnent pas" in french.stderr


def test_a_filter_keeps_rows_and_parts_sum(run: Run, workspace: Path) -> None:
    def numbers(*more: str) -> list[float]:
        out = run(["query", "revenue", "--range", "2026-10", "-f", "json", "-w", str(workspace), *more])
        assert out.returncode == 0, out.stderr
        return [float(row["revenue"] or 0) for row in json.loads(out.stdout)["rows"]]

    (whole,) = numbers("--where", "channel = 'store'")
    assert sum(numbers("--by", "store", "--where", "channel = 'store'")) == pytest.approx(whole)
    assert sum(numbers("--by", "date_part.dow", "--where", "channel = 'store'")) == pytest.approx(whole)
    assert sum(numbers("--grain", "day", "--where", "channel = 'store'")) == pytest.approx(whole)
    (rest,) = numbers("--where", "channel <> 'store' or channel is null") or (0.0,)
    assert numbers() == [pytest.approx(whole + rest)]


def test_the_sql_that_is_shown_gives_the_rows(run: Run, workspace: Path) -> None:
    asked = ["query", "aov", "--by", "channel", "--grain", "week", "--range", "2026-10", "-w", str(workspace)]
    rows = duckdb.connect().execute(run([*asked, "--sql"]).stdout).fetchall()
    shown = json.loads(run([*asked, "-f", "json"]).stdout)["rows"]
    assert [(row[1], row[2]) for row in rows] == [(row["channel"], pytest.approx(row["aov"])) for row in shown] and shown


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["revenu"], "did you mean revenue?"),
        (["revenue", "--by", "chanel"], "did you mean channel?"),
        (["revenue", "--where", "chanel = 'web'"], "did you mean channel?"),
        (["revenue", "--where", "1 = 1 --"], "are not allowed"),
        (["revenue", "--where", "channel in (select channel from sale)"], "not allowed"),
        (["revenue", "--grain", "moth"], "did you mean month?"),
        (["revenue", "--range", "2026-13"], "2026-13"),
        (["aov", "--by", "network"], "aov can be cut by"),
        (["revenue", "--order", "-revenu"], "did you mean revenue?"),
    ],
)
def test_a_mistake_is_told(run: Run, workspace: Path, arguments: list[str], what: str) -> None:
    out = run(["query", *arguments, "-w", str(workspace)])
    assert out.returncode == 2 and what in out.stderr and not out.stdout, out.stderr
