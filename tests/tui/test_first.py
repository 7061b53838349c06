"""First minutes: an empty workspace says what to do and opens by itself; the tour goes on when its step is done."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual.pilot import Pilot
from tui_driver import Ui, opened
from tui_shop import Shop

from kpi_core.errors import NothingLoaded, said
from kpi_core.pages import FoundFile, Welcome
from kpi_core.render.format import Formatter
from kpi_core.render.text import line_width, plain
from kpi_core.render.welcome import welcome_lines
from kpi_core.store import Workspace
from kpi_core.workbench import welcome
from tests.shop import EXPORTS
from tui.app import OmnigapApp
from tui.options import Options
from tui.questions.source import PageSource
from tui.tour import STEPS


def test_an_empty_workspace_names_its_folder_and_the_command(tmp_path: Path) -> None:
    Workspace.create(tmp_path / "shop")
    page = welcome.page(tmp_path / "shop", "en")
    assert page.made and not page.loaded and page.files == ()
    text = "\n".join(plain(line) for line in welcome_lines(page, Formatter("en"), 200, 30))
    assert str(tmp_path / "shop" / "exports") in text and f"omnigap load -w {tmp_path / 'shop'}" in text and "omnigap demo --tour" in text
    assert "omnigap init" not in text


def test_a_folder_that_is_no_workspace_is_told_how_to_become_one(tmp_path: Path) -> None:
    page = welcome.page(tmp_path, "fr")
    assert not page.made
    text = "\n".join(plain(line) for line in welcome_lines(page, Formatter("fr"), 200, 30))
    assert f"omnigap init {tmp_path}" in text


def test_files_that_lie_there_are_recognised_or_refused_with_the_reason(tmp_path: Path) -> None:
    shop = Workspace.create(tmp_path / "shop")
    shutil.copy(EXPORTS / "stores" / sorted(path.name for path in (EXPORTS / "stores").iterdir())[0], shop.exports_dir)
    (shop.exports_dir / "odd\x1b[31m.csv").write_text("a;b\n1;2\n")
    page = welcome.page(shop.root, "en")
    assert [bool(file.title) for file in sorted(page.files, key=lambda file: "odd" in file.name)] == [True, False]
    odd = next(file for file in page.files if "odd" in file.name)
    assert odd.problem is not None
    text = "\n".join(plain(line) for line in welcome_lines(page, Formatter("en"), 80, 20))
    assert "\x1b" not in text and "2 files are there, 1 of them recognised" in text


FILES = st.lists(st.builds(FoundFile, st.text(min_size=1, max_size=60), st.sampled_from(["", "Orders of the till"]), st.sampled_from([None, said("no")])), max_size=60)


@settings(max_examples=60)
@given(FILES, st.integers(12, 200), st.integers(1, 50), st.booleans(), st.sampled_from(["en", "fr"]))
def test_the_page_fits_whatever_lies_there(files: list[FoundFile], width: int, height: int, ascii: bool, lang: str) -> None:
    page = Welcome("/srv/a long folder name/shop", "/srv/a long folder name/shop/exports", True, files=tuple(files), kinds=("Tills", "Orders"))
    lines = welcome_lines(page, Formatter(lang, ascii), width, height)
    assert len(lines) <= height and all(line_width(line) <= width for line in lines)
    assert not ascii or all(c.isprintable() for line in lines for c in plain(line))


class Waiting:
    """A workspace into which somebody loads while the page is shown."""

    def __init__(self) -> None:
        self.loaded = False

    def open(self) -> PageSource:
        if not self.loaded:
            raise NothingLoaded(said("nothing has been loaded yet"))
        return Shop()

    def around(self) -> Welcome:
        return Welcome("/shop", "/shop/exports", True, self.loaded, (FoundFile("exports/orders.csv", "Orders"),))


@pytest.mark.parametrize("size", [(80, 24), (160, 48), (40, 10)])
async def test_the_first_page_gives_way_to_the_overview_once_exports_are_loaded(size: tuple[int, int]) -> None:
    shop = Waiting()
    app = OmnigapApp(shop.open, place="/shop", debounce=0, poll=0, around=shop.around)
    async with app.run_test(size=size) as pilot:
        ui = Ui(app, pilot)
        await ui.wait_idle()
        ui.expect("omnigap load", "q quit", "? help").refuse("Traceback", "filter", "sort", "copy")
        await ui.press("slash", "s", "f")
        ui.expect("the workspace is not open")
        await ui.press("3", "x", "question_mark", "escape")
        shop.loaded = True
        app.main.query_one("#welcome").see()  # type: ignore[attr-defined]
        await _until(pilot, ui, "Revenue")
        ui.refuse("omnigap load")


async def _until(pilot: Pilot[int], ui: Ui, text: str) -> None:
    for _ in range(50):
        await ui.wait_idle()
        if text in ui.text:
            return
    ui.expect(text)


async def test_the_tour_goes_on_when_its_step_is_done_and_ends() -> None:
    async with opened(options=Options(tour=True), size=(100, 36)) as ui:
        ui.expect("Tour 1 of 8")
        for _ in range(9):
            if "Tour 1" in ui.text:
                await ui.press("down")
        ui.expect("Tour 2 of 8", "Press x")
        await ui.press("x", "escape")
        ui.expect("Tour 3 of 8")
        await ui.press("enter")
        ui.expect("Tour 4 of 8")
        await ui.press("enter")
        ui.expect("Tour 5 of 8")
        await ui.press("v", "escape")
        ui.expect("Tour 6 of 8")
        await ui.press("less_than_sign")
        ui.expect("Tour 7 of 8")
        await ui.press("3")
        ui.expect("Tour 8 of 8")
        await ui.press("question_mark", "escape")
        ui.expect("The end of the tour", "omnigap init")
        await ui.press("f3")
        ui.refuse("tour. omnigap")


async def test_a_step_can_be_skipped_and_the_tour_taken_again() -> None:
    async with opened(lang="fr") as ui:
        await ui.press("f2")
        ui.expect("aucune visite")
        await ui.press("3", "f4")
        ui.expect("Visite 1 sur 8").expect_crumb("Total")
        for step in range(2, len(STEPS) + 1):
            await ui.press("f2")
            ui.expect(f"Visite {step} sur 8")
        await ui.press("f2", "f2")
        ui.refuse("Visite")
