"""`report`: its JSON is what docs/report-json.md promises, and all its formats say the same numbers in both languages."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from kpi_core.i18n import LANGUAGES
from kpi_core.links import from_link, to_link
from tests.shop import ROOT, omnigap, output

pytestmark = pytest.mark.slow

LINKS = {
    "overview": "omnigap://overview?tr=2026-10",
    "explore": "omnigap://explore?kpi=revenue&by=store&tr=2026-10",
    "ratio": "omnigap://explore?kpi=aov&by=channel&tr=2026-W43&cmp=previous",
    "overlap": "omnigap://explore?kpi=orders&by=category&f=channel:store&tr=2026-W44",
    "data": "omnigap://data",
}
_NUMBER = re.compile(r"[-−+]?\d[\d\u202f\u00a0 ,.]*")


@pytest.fixture(scope="module")
def reports(sample_workspace: Path) -> dict[tuple[str, str, str], str]:
    """Every link in every format and language, asked once."""
    found = {}
    for name, link in LINKS.items():
        for form, lang in [("json", "en"), ("json", "fr"), ("csv", "en"), ("csv", "fr"), ("md", "en"), ("md", "fr")]:
            code, found[name, form, lang] = output("report", link, "-w", sample_workspace, "--format", form, "--lang", lang)
            assert code == 0
    return found


def test_the_command_in_a_process_of_its_own_says_the_same(reports: dict[tuple[str, str, str], str], sample_workspace: Path) -> None:
    for form in ("json", "csv", "md"):
        done = omnigap("report", LINKS["ratio"], "-w", sample_workspace, "--format", form, "--lang", "fr")
        assert (done.returncode, done.stderr, done.stdout) == (0, "", reports["ratio", form, "fr"].replace("\r\n", "\n"))


def content(reports: dict[tuple[str, str, str], str], name: str, lang: str = "en") -> dict[str, Any]:
    return json.loads(reports[name, "json", lang], parse_float=Decimal)  # type: ignore[no-any-return]


def documented() -> dict[str, dict[str, str]]:
    """Keys of the page's tables, by heading, with what it says of each."""
    found: dict[str, dict[str, str]] = {}
    heading = ""
    for line in (ROOT / "docs" / "report-json.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            heading = line[3:]
        if line.startswith("| `"):
            keys, _, text = line.strip("| ").partition(" | ")
            found.setdefault(heading, {}).update(dict.fromkeys(re.findall(r"`(\w+)`", keys), text))
    return found


# --- the promise


@pytest.mark.parametrize("name", LINKS)
def test_the_top_level_is_documented(reports: dict[tuple[str, str, str], str], name: str) -> None:
    known = set(documented()["Top level"])
    extra = {"data": {"left_out", "missing", "ledger", "not_used"}, "overview": set()}.get(name, {"by", "contribution_of", "hidden_members", "trend", "cause", "projection"})
    page = content(reports, name)
    assert page["version"] == 1
    assert set(page) == known | extra
    assert set(page["period"]) == {"text", "start", "end", "grain", "days"}
    assert set(page["data"]) == {"last_day", "loaded_at", "late"}


@pytest.mark.parametrize("name", ["overview", "explore", "ratio", "overlap"])
def test_rows_have_the_documented_keys_and_only_those(reports: dict[tuple[str, str, str], str], name: str) -> None:
    table = documented()["Rows of an overview and of an exploration"]
    other = "exploration:" if name == "overview" else "overview:"
    expected = {key for key, text in table.items() if not text.startswith(other)}
    for row in content(reports, name)["rows"]:
        assert set(row) == expected


def test_rows_of_the_data_view_are_documented(reports: dict[tuple[str, str, str], str]) -> None:
    text = (ROOT / "docs" / "report-json.md").read_text(encoding="utf-8").partition("## Rows of the data view")[2].partition("## CSV")[0]
    page = content(reports, "data")
    for row in page["rows"]:
        assert set(row) <= set(re.findall(r"`(\w+)`", text))
    assert {key for row in page["left_out"] for key in row} == {"dataset", "reason", "rows", "amount"}
    assert {key for row in page["missing"] for key in row} <= {"export", "kpis"}
    assert all(row["rows"] == row["kept"] + row["left_out"] for row in page["ledger"]) and "undated" not in page
    lost = {name: sum(row["rows"] for row in page["left_out"] if row["dataset"] == name) for name in (row["dataset"] for row in page["ledger"])}
    assert lost == {row["dataset"]: row["left_out"] for row in page["ledger"]}
    assert any(row["reason"] == "test order" for row in page["left_out"])


def test_values_are_of_the_documented_kinds(reports: dict[tuple[str, str, str], str]) -> None:
    words = {key: set(re.findall(r"`([a-z_]+)`", text)) for key, text in documented()["Rows of an overview and of an exploration"].items()}
    for name in ("overview", "explore", "ratio", "overlap"):
        for row in content(reports, name)["rows"]:
            assert row["value_status"] in words["value_status"] and row["status"] in words["status"] and row["good"] in words["good"]
            assert (row["value"] is None) == (row["value_status"] in ("no_data", "not_computable"))
            assert row["value"] is not None or row["reason"]
            assert row["bound"] in ("≥", "≤", None) and (row["bound"] is None) == (row["target"] is None)
            for key in ("value", "target", "gap", "gap_ratio", "comparison", "change", "change_ratio"):
                assert row[key] is None or isinstance(row[key], (int, Decimal))
                assert not isinstance(row[key], Decimal) or -int(row[key].as_tuple().exponent) <= 12
            if row["target"] is not None and row["value"] is not None and row.get("kind", "member") in ("member", "total"):
                assert abs(row["gap"] - (row["value"] - row["target"])) < Decimal("1e-9")
                assert re.fullmatch(r"config/objectives\.yaml:\d+", row["target_file"])
            assert 0 <= row["coverage"]["days"] <= row["coverage"]["of"]
            assert "member" not in row or row["kind"] in words["kind"]


def test_parts_add_up_to_the_total(reports: dict[tuple[str, str, str], str]) -> None:
    for name in ("explore", "overlap"):
        rows = content(reports, name)["rows"]
        parts = [row for row in rows if row["kind"] in ("member", "overlap")]
        (total,) = [row for row in rows if row["kind"] == "total"]
        assert abs(sum(row["value"] or 0 for row in parts) - total["value"]) < Decimal("1e-6")
    assert any(row["kind"] == "overlap" for row in content(reports, "overlap")["rows"])
    for name in ("explore", "ratio", "overlap"):
        rows = content(reports, name)["rows"]
        pieces = [row["contribution"] for row in rows if row["kind"] != "total" and row["contribution"] is not None]
        assert pieces and abs(sum(pieces) - rows[-1]["contribution"]) < Decimal("1e-6")


def test_ranges_links_and_dates(reports: dict[tuple[str, str, str], str]) -> None:
    for name, link in LINKS.items():
        page = content(reports, name)
        state, problems = from_link(page["link"])
        assert not problems and page["link"] == to_link(from_link(link)[0])
        assert replace(state, at=None) == from_link(link)[0]
        start, end = date.fromisoformat(page["period"]["start"]), date.fromisoformat(page["period"]["end"])
        assert (end - start).days + 1 == page["period"]["days"]
    page = content(reports, "overview")
    assert (page["period"]["start"], page["period"]["end"], page["comparison"]["text"]) == ("2026-10-01", "2026-10-31", "2025-10")
    assert content(reports, "ratio")["comparison"]["text"] == "2026-W42"
    assert page["data"]["late"] == [{"name": "Lille Centre", "last_day": "2026-10-24"}]


# --- all say the same


@pytest.mark.parametrize("name", LINKS)
def test_csv_is_json_cell_for_cell(reports: dict[tuple[str, str, str], str], name: str) -> None:
    rows = content(reports, name)["rows"]
    table = list(csv.DictReader(io.StringIO(reports[name, "csv", "en"], newline="")))
    assert len(table) == len(rows)
    for flat, row in zip(table, rows, strict=True):
        for key, value in row.items():
            if isinstance(value, bool):
                assert flat[key] == str(value).lower()
            elif isinstance(value, (int, Decimal)):
                assert Decimal(flat[key]) == value, (key, flat[key], value)
            elif value is None:
                assert flat[key] == ""
        if "coverage" in row:
            assert (int(flat["coverage_days"]), int(flat["coverage_of"])) == (row["coverage"]["days"], row["coverage"]["of"])


@pytest.mark.parametrize("name", LINKS)
def test_numbers_do_not_depend_on_the_language(reports: dict[tuple[str, str, str], str], name: str) -> None:
    english, french = (content(reports, name, lang) for lang in LANGUAGES) if LANGUAGES[0] == "en" else (content(reports, name), content(reports, name, "fr"))
    free = {"name", "group", "member", "reason", "cause", "notes", "language", "export", "kpis"}

    def bare(value: object) -> object:
        if isinstance(value, dict):
            return {key: bare(inner) for key, inner in value.items() if key not in free}
        return [bare(item) for item in value] if isinstance(value, list) else value

    assert bare(english) == bare(french)
    if name in ("overview", "explore"):
        assert [row["name"] for row in english["rows"]] != [row["name"] for row in french["rows"]]
    assert (english["language"], french["language"]) == ("en", "fr")


def shown(cell: str, lang: str) -> tuple[Decimal, int] | None:
    """The number in a cell of the table and its decimals."""
    found = _NUMBER.search(cell)
    if found is None:
        return None
    text = found[0].replace("−", "-").replace("+", "")
    text = re.sub(r"[\u202f\u00a0 ]", "", text)
    text = text.replace(",", ".") if lang == "fr" else text.replace(",", "")
    text = text.rstrip(".")
    return Decimal(text), len(text.partition(".")[2])


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", ["overview", "explore", "ratio", "overlap"])
def test_the_table_shows_the_numbers_of_the_csv(reports: dict[tuple[str, str, str], str], name: str, lang: str) -> None:
    rows = list(csv.DictReader(io.StringIO(reports[name, "csv", lang], newline="")))
    lines = [[cell.strip() for cell in line.strip().strip("|").split(" | ")] for line in reports[name, "md", lang].splitlines() if line.startswith("| ")]
    head, *body = lines
    body = [line for line in body if not line[0].startswith(("**", "---"))]
    columns = {"value": 1, "target": 2}
    assert len(body) == len(rows), (head, len(body), len(rows))
    compared = 0
    for line, row in zip(body, rows, strict=True):
        for key, place in columns.items():
            number = shown(line[place], lang)
            if not row[key]:
                assert number is None, (line, row[key])
                continue
            assert number is not None, (line, row[key])
            scale = 100 if row["unit"] == "%" else 1
            assert abs(Decimal(row[key]) * scale - number[0]) <= Decimal(1).scaleb(-number[1]) / 2 + Decimal("1e-9"), (line, key, row[key])
            compared += 1
    assert compared >= len(rows)


def test_units_are_written_as_each_language_does(reports: dict[tuple[str, str, str], str]) -> None:
    assert re.search(r"\| 161,12\d\u00a0€ \|", reports["overview", "md", "en"])
    assert re.search(r"\| 161\u202f12\d\u00a0€ \|", reports["overview", "md", "fr"])
