"""The app on a real workspace that changes under it: loaded behind its back, renamed, damaged; every page is of one generation."""

from __future__ import annotations

import fcntl
import os
import shutil
import threading
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from test_live import loaded
from textual.widgets import Input
from tui_driver import Ui, opened
from tui_shop import Shop

from kpi_core.errors import QueryError, said
from kpi_core.pages import ExplorePage
from kpi_core.store import Workspace
from kpi_core.view import ViewState
from kpi_core.workbench import Workbench
from tests.shop import load_into

HERE = ViewState(view="explore", kpi="csat", by="store", period="2026-10")
HEADER = "ID_REPONSE,TYPE,NOTE,MOMENT,DATE,CANAL,MAGASIN,PAYS,COMMANDE\n"
STORES = ("Lille", "Lyon", "Nantes", "Nice", "Paris")
SLOW = "select count(*) from range(12000) as a, range(12000) as b where (a.range * b.range) % 7 = 3"


def surveys(space: Workspace, name: str, scores: dict[str, int]) -> None:
    """Four answers a store."""
    rows = [
        f"{name}-{store}-{place},csat,{score},hot,{date(2026, 10, 1) + timedelta(days=7 * place):%d/%m/%Y},magasin,{store},FR,"
        for store, score in scores.items()
        for place in range(4)
    ]
    path = space.exports_dir / f"{name}.csv"
    path.write_text(HEADER + "\n".join(rows) + "\n", encoding="utf-8")
    report = load_into(space, [path])
    assert not report.failed, str(report.failed[0].error)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    space = Workspace.create(tmp_path_factory.mktemp("live") / "shop")
    surveys(space, "first", dict.fromkeys(STORES, 5))
    return space.root


@pytest.fixture
def space(made: Path, tmp_path: Path) -> Workspace:
    return Workspace.open(shutil.copytree(made, tmp_path / "shop"))


def pinned(space: Workspace, generation: int) -> bool:
    """Does a reader hold the files of a generation?"""
    descriptor = os.open(space.manifest_path(generation), os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


def bench_of(space: Workspace) -> Callable[[], Workbench]:
    return lambda: Workbench.open(space.root, lang="en")


async def look(ui: Ui) -> None:
    ui.app.main.asker.look()
    await ui.wait_idle()


async def test_a_load_behind_its_back_leaves_cursor_filter_and_typed_text(space: Workspace) -> None:
    async with opened(opener=bench_of(space), state=HERE, size=(100, 30)) as ui:
        await ui.filter("!Paris").select("Nantes")
        before = space.generation()
        surveys(space, "second", {"Nantes": 1, "Lyon": 1})
        assert pinned(space, before)
        await ui.press("slash").type(" N")
        typed, numbers = ui.app.main.query_one("#filter", Input).value, ui.lines[4:8]
        await look(ui)
        assert ui.app.main.query_one("#filter", Input).value == typed and typed.endswith(" N") and ui.lines[4:8] == numbers
        assert pinned(space, before)
        await ui.press("backspace", "backspace", "enter")
        await look(ui)
        ui.expect("new data of", "Δ").expect_row("Nantes").expect_state(search="!Paris", by="store", kpi="csat")
        assert not [line for line in ui.lines if line[1:].startswith("Paris")]
        assert not pinned(space, before) and pinned(space, space.generation())


@pytest.mark.fault(9, 10)
async def test_a_workspace_that_goes_or_is_damaged_leaves_the_page_and_says_so(space: Workspace) -> None:
    async with opened(opener=bench_of(space), state=HERE, size=(100, 30)) as ui:
        pointer = space.warehouse / "CURRENT"
        right = pointer.read_bytes()
        pointer.write_bytes(b"\x00nonsense")
        await look(ui)
        ui.expect("to the current numbers is damaged", "Nantes", "new data · r")
        pointer.write_bytes(right)
        gone = space.root.rename(space.root.with_name("gone"))
        await ui.press("r")
        ui.expect("Nantes", str(space.root)[:20])
        await ui.press("c", "d", "escape", "down", "left")  # other questions are asked of what is still open
        assert ui.app.is_running
        gone.rename(space.root)
        mart = next((space.warehouse / "marts").iterdir())
        whole = mart.read_bytes()
        os.truncate(mart, len(whole) // 3)
        await ui.press("less_than_sign", "3", "6")
        assert ui.app.is_running and "failed inside omnigap" not in ui.text
        mart.write_bytes(whole)
        await ui.open("omnigap://explore?kpi=csat&by=store&p=2026-10")
        await ui.press("r")
        ui.expect("Nantes").refuse("damaged")


def test_a_page_in_flight_is_of_the_generation_it_began_with(space: Workspace) -> None:
    bench = Workbench.open(space.root)
    before = space.generation()
    begun, seen = threading.Event(), []

    def page() -> None:
        desk = bench.at(HERE)
        begun.set()
        desk.reader.execute(SLOW)
        seen.append((desk.reader.generation, dict(desk.reader.execute("select key, value from meta"))["generation"]))

    thread = threading.Thread(target=page)
    thread.start()
    begun.wait()
    surveys(space, "second", {"Nantes": 1})
    bench.reload()
    bench.interrupt()  # of what runs now: the page of before is nobody's any more, and goes on
    now = bench.desk.reader.generation
    assert bench.explore(HERE).rows
    thread.join()
    assert seen == [(before, str(before))] and now == before + 1
    assert not pinned(space, before) and pinned(space, now)
    bench.close()


def test_a_reload_whose_page_fails_stays_with_what_is_on_screen(space: Workspace) -> None:
    bench = Workbench.open(space.root)
    before = bench.desk
    surveys(space, "second", {"Nantes": 1})
    with pytest.raises(QueryError), bench.renewed():
        assert bench.desk.reader.generation == space.generation()
        raise QueryError(said("the question was interrupted"))
    assert bench.desk is before and bench.stale() and bench.explore(HERE).rows
    assert not pinned(space, space.generation())
    with bench.renewed():
        bench.explore(HERE)
    number = before.reader.generation
    assert not bench.stale() and pinned(space, number)
    del before  # held by this test alone
    assert not pinned(space, number)
    bench.close()


class Held(Workbench):
    """Its next page is in a query that ends by itself only after minutes, or when it is interrupted."""

    endless = False

    def explore(self, state: ViewState) -> ExplorePage:
        if self.endless:
            type(self).endless = False
            self.desk.reader.execute(SLOW.replace("12000", "30000000"))
        return super().explore(state)


async def test_a_reload_ends_the_question_that_runs_and_shows_no_error(space: Workspace) -> None:
    async with opened(opener=lambda: Held.open(space.root, lang="en"), state=HERE, size=(100, 30)) as ui:
        Held.endless = True
        await ui.pilot.press("c")
        while Held.endless:
            await ui.pilot.pause(0.01)
        surveys(space, "second", {"Nantes": 1, "Lyon": 1})
        ui.app.main.live.reload()
        await ui.wait_idle()
        ui.expect("Nantes").refuse("interrupted", "failed", "too long")
        assert ui.app.main.asker.source.desk.reader.generation == space.generation()  # type: ignore[union-attr]


async def test_numbers_are_marked_once_where_one_load_publishes_twice() -> None:
    shop = Shop()
    async with opened(shop, state=ViewState(view="explore", kpi="aov", by="store")) as ui:
        await loaded(ui, shop, Nice=50)
        ui.expect("4 numbers changed", "Δ")
        before = ui.text
        await loaded(ui, shop)  # the same data: the screens have been prepared
        assert shop.reloads == 2 and ui.text == before
        await ui.press("down")
        ui.refuse("Δ", "changed")
        await loaded(ui, shop)
        ui.refuse("Δ", "changed", "new data")
