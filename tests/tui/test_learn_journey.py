"""A file that no profile knows is learnt in Data, with keys alone: pointed at, checked, written, loaded; then its account shows."""

from __future__ import annotations

from pathlib import Path

import pytest
from source_files import tickets
from tui_driver import Ui, opened
from tui_shop import Shop

from kpi_core.errors import said
from kpi_core.links import from_link
from kpi_core.pages import UnusedFile
from kpi_core.store import Workspace
from kpi_core.workbench import Workbench
from kpi_core.workbench.loading import load_exports
from tui.app import OmnigapApp
from tui.options import Options
from tui.screens.account import AccountScreen
from tui.screens.learn import LearnScreen

DATA = from_link("omnigap://data")[0]
ODD = """Bon;Verkauft am;Was;Stück;Zeile EUR
B1;13/04/2026;Lampe;2;40,00
B1;13/04/2026;Kabel;1;3,50
B2;14/04/2026;Lampe;1;20,00
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    workspace = Workspace.create(tmp_path / "shop")
    tickets(workspace.exports_dir)
    without_copies(workspace.root)
    (workspace.exports_dir / "kasse.csv").write_text(ODD, encoding="utf-8")
    load_exports(workspace, [workspace.exports_dir])
    return workspace.root


def without_copies(root: Path) -> None:
    """The shipped profiles are enough: a workspace's copies of them would be read once more each time."""
    for path in (root / "config" / "profiles").glob("*.yaml"):
        path.unlink()


async def rested(ui: Ui) -> None:
    """At rest, the threads of the assistant too."""
    for _ in range(3000):
        await ui.wait_idle()
        front = ui.app.screen
        if not (isinstance(front, LearnScreen) and front.working):
            return
    raise AssertionError("the assistant never came to rest")


async def keys(ui: Ui, *pressed: str) -> None:
    for key in pressed:
        await ui.press(key)
        await rested(ui)


async def test_an_unknown_file_is_learnt_loaded_and_accounted_for(shop: Path) -> None:
    app = OmnigapApp(lambda: Workbench.open(shop, lang="en"), state=DATA, place=str(shop), options=Options(), debounce=0, poll=0)
    async with app.run_test(size=(80, 24)) as pilot:
        ui = Ui(app, pilot)
        await ui.wait_idle()
        assert "kasse.csv" in ui.row and "omnigap learn" in ui.text, ui.text
        await keys(ui, "L")
        assert "What is in this file?" in ui.text
        await keys(ui, *"till", "enter")
        assert "still needed: amount of the line" in ui.text, ui.text
        screen = app.screen
        assert isinstance(screen, LearnScreen) and screen._plan is not None
        for field, header in (("amount", "Zeile EUR"), ("title", "Was")):
            await _point(ui, screen, field, header)
        assert dict(screen._plan.columns) == {"number": "Bon", "day": "Verkauft am", "amount": "Zeile EUR", "title": "Was", "quantity": "Stück"}
        assert "ready: w writes the profile" in ui.text, ui.text
        await keys(ui, "tab", "tab")
        assert "2 orders" in ui.text and "3 order lines" in ui.text and "63.5" in ui.text
        await keys(ui, "escape", "w", "enter")
        written = shop / "config" / "profiles" / "mine.kasse.yaml"
        assert written.is_file() and "mine.kasse.yaml" in ui.text
        await keys(ui, "enter")
        assert isinstance(app.screen, AccountScreen) and "kasse.csv" in ui.text and "3 rows read = 3 used" in ui.text, ui.text
        await keys(ui, "escape")
        assert "Not used by the last load" not in ui.text and "kasse" in ui.text


async def _point(ui: Ui, screen: LearnScreen, field: str, header: str) -> None:
    """Down to the field, Enter, down to the column, Enter."""
    fields, columns = (screen.query_one(f"#learn-{name}") for name in ("fields", "columns"))
    await keys(ui, "g")
    for _ in range(40):
        if fields.cursor_key == field:  # type: ignore[attr-defined]
            break
        await keys(ui, "down")
    await keys(ui, "enter", "g")
    for _ in range(12):
        if columns.cursor_key == header:  # type: ignore[attr-defined]
            break
        await keys(ui, "down")
    await keys(ui, "enter")
    assert screen._plan is not None and screen._plan.columns.get(field) == header, ui.text


@pytest.mark.parametrize(("size", "options"), [((60, 16), Options("fr")), ((80, 24), Options("fr", ascii_only=True))])
async def test_it_fits_and_nothing_is_lost_by_one_key(size: tuple[int, int], options: Options, tmp_path: Path) -> None:
    root = Workspace.create(tmp_path / "shop").root
    without_copies(root)
    (tmp_path / "odd.csv").write_text(ODD, encoding="utf-8")
    app = OmnigapApp(Shop, state=DATA, place=str(root), options=options, debounce=0, poll=0)
    async with app.run_test(size=size) as pilot:
        ui = Ui(app, pilot)
        await ui.wait_idle()
        app.actions.find("learn_file")(tmp_path / "odd.csv")
        await rested(ui)
        await keys(ui, *"ticket", "enter")
        screen = app.screen
        assert isinstance(screen, LearnScreen)
        for _ in range(3):
            assert all(len(line) <= size[0] for line in ui.lines) and (not options.ascii_only or ui.text.isascii()), ui.text
            await keys(ui, "tab")
        before = screen._plan
        await keys(ui, "g", "backspace")
        assert screen._plan is not None and before is not None and len(screen._plan.columns) == len(before.columns) - 1
        await keys(ui, "w")
        assert app.screen is screen, (screen._field, before.columns, screen._plan)
        await keys(ui, "escape")
        assert app.screen is screen
        await keys(ui, "escape")
        assert app.screen is app.main and not list((root / "config" / "profiles").glob("mine.*.yaml"))


@pytest.mark.parametrize("options", [Options(read_only=True), Options(read_only=True, served=True)])
async def test_where_nothing_is_written_it_is_not_offered(options: Options) -> None:
    shop = Shop()
    shop.refused = (UnusedFile("/in/odd.csv", "failed", "UnknownFormat", said("unknown format")),)
    async with opened(shop, state=DATA, options=options) as ui:
        assert "L learn" not in ui.lines[-1]
        await ui.press("L")
        assert ui.app.screen is ui.app.main and ("read-only" in ui.text or "served" in ui.text)
