"""`e`: exactly what is on screen goes into a file, in every format, from every view and pop-up."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import stat
import zipfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from xml.etree import ElementTree

import duckdb
import pytest
from textual.widgets import Input
from tui_driver import Ui, opened
from tui_shop import MEMBERS, Shop

from kpi_core.view import Sort, ViewState
from tui.options import Options
from tui.output.formats import FORMATS


def run(journey: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(journey())  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def rows_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))


async def exported(ui: Ui, format: str, *keys: str) -> Path:
    """Export in a format, after `keys` in the pop-up; the newest file."""
    await ui.press("e", *keys, *(["down"] * list(FORMATS).index(format)), "enter")
    return max(Path.cwd().glob(f"*.{format}"), key=lambda path: path.stat().st_mtime_ns)


def test_what_is_on_screen_and_nothing_else(here: Path) -> None:
    async def journey() -> None:
        state = ViewState("explore", "aov", "store", search="i", sort=Sort("actual", descending=True))
        async with opened(size=(100, 30), state=state) as ui:
            path = await exported(ui, "csv")
            assert path.name == "omnigap-explore-aov-2026-W44.csv"
            ui.expect("written as csv, 6 rows")
            rows = rows_of(path)
            on_screen = [line.split("  ")[0].strip(" ▸") for line in ui.lines if any(name in line for name in MEMBERS["store"])]
            assert [row["member"] for row in rows if row["member"] != "Total (8)"] == on_screen[: len(rows) - 1]
            numbers = [float(row["actual"]) for row in rows[:-1]]
            assert numbers == sorted(numbers, reverse=True)
            assert "target" not in rows[0], "this screen is too narrow for that column"
            every = rows_of(await exported(ui, "csv", "tab"))
            assert len(every) == 9
            assert "target" in every[0]
            assert [row["member"] for row in every] != [row["member"] for row in rows]

    run(journey)


def test_every_format(here: Path) -> None:
    async def journey() -> None:
        async with opened(size=(120, 36)) as ui:
            found = {format: await exported(ui, format) for format in FORMATS}
            count = len(rows_of(found["csv"]))
            assert count > 3
            assert len(json.loads(found["json"].read_text(encoding="utf-8"))["rows"]) == count
            assert duckdb.connect().execute("select count(*) from read_parquet(?)", [str(found["parquet"])]).fetchone() == (count,)
            with zipfile.ZipFile(found["xlsx"]) as book:
                sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
            lines = sheet.findall(".//{*}row")
            assert len(lines) == count + 1
            assert not sheet.findall(".//{*}f"), "no formula"
            assert "<table>" in found["html"].read_text(encoding="utf-8")
            assert found["svg"].read_text(encoding="utf-8").startswith("<svg")
            ElementTree.parse(found["svg"])
            assert "| --- |" in found["md"].read_text(encoding="utf-8")
            assert not list(here.glob(".*")), "no half of a file stays"
            assert stat.S_IMODE(found["csv"].stat().st_mode) & 0o077 == 0o044, "a file like any other"

    run(journey)


@pytest.mark.parametrize("view", ["gaps", "data"])
def test_other_views(view: str, here: Path) -> None:
    async def journey() -> None:
        async with opened(size=(120, 36), state=ViewState(view)) as ui:
            assert len(rows_of(await exported(ui, "csv"))) > 3
            assert "<table>" in (await exported(ui, "html")).read_text(encoding="utf-8")

    run(journey)


def test_no_file_is_written_over(here: Path) -> None:
    async def journey() -> None:
        async with opened(size=(100, 30)) as ui:
            await ui.press("e", "enter", "e")
            ui.expect("is there already: it gets a number")
            await ui.press("enter")
            ui.expect("name was taken")
            assert sorted(path.name for path in here.iterdir()) == ["omnigap-overview-2026-W44-2.csv", "omnigap-overview-2026-W44.csv"]

    run(journey)


def test_the_ending_and_the_format_follow_each_other(here: Path) -> None:
    async def journey() -> None:
        async with opened(size=(100, 30)) as ui:
            await ui.press("e", "down", "down")
            ui.expect("omnigap-overview-2026-W44.parquet")
            ui.app.screen.query_one(Input).value = "mine.json"
            await ui.press("enter")
            assert [path.name for path in here.iterdir()] == ["mine.json"]
            assert json.loads((here / "mine.json").read_text(encoding="utf-8"))["link"].startswith("omnigap://overview")

    run(journey)


def test_a_folder_that_is_not_there_is_said_and_the_pop_up_stays(here: Path) -> None:
    async def journey() -> None:
        async with opened(size=(100, 30)) as ui:
            await ui.press("e")
            ui.app.screen.query_one(Input).value = "none/x.csv"
            await ui.press("enter")
            ui.expect("Export · Overview", "cannot be written")
            assert not list(here.iterdir())

    run(journey)


def test_records_by_page_or_all_of_them(here: Path) -> None:
    async def journey() -> None:
        shop = Shop()
        async with opened(shop, size=(100, 30)) as ui:
            await ui.press("v")
            assert len(rows_of(await exported(ui, "csv"))) == 200
            ui.expect("200 rows")
            assert len(rows_of(await exported(ui, "csv", "tab"))) == 430
            await ui.press("escape", "x")
            assert [row["part"] for row in rows_of(await exported(ui, "csv"))][:2] == ["Target", "web"]
            assert {row["section"] for row in rows_of(await exported(ui, "csv", "tab"))} == {"Channel", "Rate and mix"}

    run(journey)


def test_a_definition_has_no_table_and_a_browser_writes_no_file(here: Path) -> None:
    async def journey() -> None:
        async with opened(size=(100, 30)) as ui:
            await ui.press("i", "e")
            ui.expect("there is no table to export here")
        async with opened(size=(120, 30), options=Options(served=True)) as ui:
            await ui.press("e")
            ui.expect("served to a browser, omnigap writes no file")
        assert not list(here.iterdir())

    run(journey)


def test_an_ascii_screen_exports_names_as_they_are(here: Path) -> None:
    async def journey() -> None:
        shop = Shop()
        shop.members_of["channel"] = ("Liège", "Köln")
        async with opened(shop, size=(100, 30), ascii_only=True, state=ViewState("explore", "aov", "channel")) as ui:
            ui.expect("Liege")
            rows = rows_of(await exported(ui, "csv"))
            assert [row["member"] for row in rows] == ["Liège", "Köln", "Total (2)"]
            assert "contribution" in rows[0]

    run(journey)


def test_hostile_names_are_no_formula_and_no_markup(here: Path) -> None:
    async def journey() -> None:
        shop = Shop(hostile=True)
        shop.members_of["channel"] = ("=1+1", "@SUM(A1)", "-2+3", "<script>alert(1)</script>", "a\x1b]52;c;eA==\x07b", '"><img src=x>')
        async with opened(shop, size=(120, 36), state=ViewState("explore", "revenue", "channel")) as ui:
            names = [row["member"] for row in rows_of(await exported(ui, "csv"))]
            assert names[:3] == ["'=1+1", "'@SUM(A1)", "'-2+3"]
            page = (await exported(ui, "html")).read_text(encoding="utf-8")
            assert "<script" not in page
            assert "<img" not in page
            assert "\x1b" not in page
            picture = ElementTree.parse(await exported(ui, "svg"))
            assert not picture.findall(".//{*}script")
            with zipfile.ZipFile(await exported(ui, "xlsx")) as book:
                assert b"=1+1" in book.read("xl/sharedStrings.xml"), "text, as it is"
                assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")

    run(journey)
