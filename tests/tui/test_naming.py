"""The command line, the palette and the list of commands on screen: keys only, in both languages, on small screens."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest
from textual import events
from tui_driver import Ui, opened
from tui_shop import HOSTILE, Shop

from kpi_core.view import Filter, ViewState
from tui.finding.matching import Index
from tui.options import Options
from tui.screens.line import LineScreen
from tui.screens.pick import PickScreen

KEYS = {":": "colon", " ": "space", "\n": "enter", "-": "minus", "?": "question_mark", "/": "slash"}


def run(journey: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(journey())  # type: ignore[arg-type]


async def burst(ui: Ui, text: str) -> None:
    """All keys at once, as from hands that are faster than the screen."""
    for char in text:
        ui.app.post_message(events.Key(KEYS.get(char, char), char))
    await ui.wait_idle()


def test_a_line_says_what_it_will_show_and_shows_it() -> None:
    async def journey() -> None:
        async with opened() as ui:
            await ui.press("colon")
            await ui.type("aov store lyon 2026-Q3 yoy")
            ui.expect("Average order value · Store: Lyon Part-Dieu · Q3 2026 · compared", "compared with last", "go there")
            await ui.press("enter")
            assert ui.state == ViewState("explore", "aov", where=(Filter("store", ("Lyon Part-Dieu",)),), period="2026-Q3")
            await ui.press("minus")
            assert ui.state.view == "overview"

    run(journey)


def test_in_french() -> None:
    async def journey() -> None:
        async with opened(options=Options("fr")) as ui:
            await ui.press("colon")
            await ui.type("ecarts prec")
            ui.expect("Écarts · comparé à")
            await ui.press("enter")
            assert (ui.state.view, ui.state.compare) == ("gaps", "previous")

    run(journey)


def test_tab_completes_enter_takes_the_top_hit_and_up_brings_lines_back() -> None:
    async def journey() -> None:
        async with opened() as ui:
            await ui.press("colon")
            await ui.type("store ")
            ui.expect("Lyon Part-Dieu", "Marseille")
            await ui.type("li")
            await ui.press("tab")
            ui.expect(': store "Lille Centre"', "Store: Lille Centre")
            await ui.press("enter")
            assert ui.state.where == (Filter("store", ("Lille Centre",)),)
            await ui.press("colon")
            await ui.type("convers")
            await ui.press("enter")
            assert ui.state.kpi == "conversion" and ui.state.where
            await ui.press("colon", "up", "up")
            ui.expect(': store "Lille Centre"')
            await ui.press("down")
            ui.expect(": convers")
            await ui.press("escape")
            assert ui.state.kpi == "conversion"

    run(journey)


def test_commands_and_quitting_by_name() -> None:
    async def journey() -> None:
        async with opened() as ui:
            await burst(ui, ":all commands\n")
            assert isinstance(ui.app.screen, PickScreen)
            await ui.press("escape")
            await burst(ui, ":q\n")
            assert not ui.app.is_running

    run(journey)


def test_a_wrong_word_is_said_with_the_nearest_and_enter_goes_nowhere() -> None:
    async def journey() -> None:
        async with opened() as ui:
            before = ui.state
            await ui.press("colon")
            await ui.type("aov storr lyon")
            ui.expect("not understood: storr · did you mean store?")
            await ui.press("enter")
            assert isinstance(ui.app.screen, LineScreen) and ui.state == before

    run(journey)


def test_keys_faster_than_the_screen_reach_the_line_and_stale_members_are_dropped() -> None:
    async def journey() -> None:
        shop = Shop()
        async with opened(shop) as ui:
            await burst(ui, ":aov store lyon 2026-Q3\n")
            assert (ui.state.kpi, ui.state.period, ui.state.where[0].values) == ("aov", "2026-Q3", ("Lyon Part-Dieu",))
            await burst(ui, "/lyo")
            assert ui.state.search == "lyo"
            await ui.press("escape")
            shop.hold()
            await ui.pilot.press("colon", *"store", "space", "n")
            shop.release()
            await ui.type("ice")
            ui.expect("Store: Nice").refuse("Store: Nantes")

    run(journey)


def test_a_name_alone_is_looked_for_in_every_dimension() -> None:
    async def journey() -> None:
        async with opened() as ui:
            await ui.press("colon")
            await ui.type("aov marse")
            ui.expect("Marseille", "Store").expect_row_in_box("Marseille")
            await ui.press("enter")
            assert (ui.state.kpi, ui.state.where) == ("aov", (Filter("store", ("Marseille",)),))
            await ui.press("colon")
            await ui.type("nantes revenue 2026-Q3")
            await ui.press("enter")
            assert (ui.state.kpi, ui.state.period, ui.state.where) == ("revenue", "2026-Q3", (Filter("store", ("Nantes",)),))
            await burst(ui, ":shoes\n")
            assert ui.state.where[-1] == Filter("category", ("Shoes",))

    run(journey)


def test_a_huge_paste_is_cut_and_read() -> None:
    async def journey() -> None:
        async with opened() as ui:
            await ui.press("colon")
            ui.app.post_message(events.Paste("aov 2026-Q3\x1b[31m\n" + "x" * 100_000))
            await ui.wait_idle()
            ui.expect(": aov 2026-Q3")
            ui.app.post_message(events.Paste("y " * 50_000))
            await ui.wait_idle()
            assert len(ui.app.screen.query_one("#line-text").value) <= 300  # type: ignore[attr-defined]

    run(journey)


def test_hostile_members_are_shown_harmlessly() -> None:
    async def journey() -> None:
        async with opened(Shop(hostile=True), size=(100, 30)) as ui:
            await ui.press("colon")
            await ui.type("product ")
            ui.expect("[@click=app.bell]click[/]", "[red]markup[/red]")
            assert not any(char in ui.text for char in "\x1b\x07\x9b\u202e")
            await ui.type("[/no")
            await ui.press("enter")
            assert ui.state.where == (Filter("product", (HOSTILE[4],)),)

    run(journey)


def test_the_palette_finds_commands_kpis_and_lists_and_runs_them() -> None:
    async def journey() -> None:
        async with opened() as ui:
            await ui.press("ctrl+p")
            ui.expect("Commands", "Open the row under the cursor")
            await ui.type("cart")
            await ui.press("enter")
            assert (ui.state.view, ui.state.kpi) == ("explore", "abandonment")
            await ui.press("ctrl+p")
            await ui.type("best prod")
            await ui.press("enter")
            assert (ui.state.kpi, ui.state.by) == ("revenue", "product")
            await ui.press("ctrl+p")
            await ui.type("next comparison")
            await ui.press("enter")
            assert ui.state.compare == "previous"

    run(journey)


def test_commands_of_the_view_stand_first_then_by_group_with_the_reasons() -> None:
    async def journey() -> None:
        async with opened(state=ViewState("gaps"), size=(100, 40)) as ui:
            await ui.press("question_mark")
            found = [line.strip("│ ") for line in ui.lines]
            assert found.index("Gaps") < found.index("Go") < found.index("Views")
            assert "near" in found[found.index("Gaps") + 1]
            await ui.type("driver up")
            await ui.press("enter")
            ui.expect("not now: drivers are moved in What-if (5)")
            await ui.press(*["backspace"] * 9)
            await ui.type("next row")
            await ui.press("enter")
            assert ui.app.main.view.grid.cursor == 1

    run(journey)


def test_from_a_popup_its_own_commands_stand_first_and_run_there() -> None:
    async def journey() -> None:
        async with opened(size=(100, 40)) as ui:
            await ui.press("x", "question_mark")
            found = [line.strip("│ ▸") for line in ui.lines]
            assert any(line.endswith("This pop-up") for line in found)
            ui.expect("The next way to part the gap", "Back to the view before")
            await ui.type("next way")
            await ui.press("enter")
            ui.expect("Rate and mix")
            await ui.press("f1")
            await ui.type("previous period")
            await ui.press("enter")
            assert ui.app.screen is ui.app.main and ui.state.period == "2026-W43"

    run(journey)


@pytest.mark.parametrize("keys", ["colon", "question_mark", "ctrl+p"])
@pytest.mark.parametrize("size", [(80, 24), (40, 10)])
def test_on_small_screens_there_is_a_field_a_list_and_the_hints(keys: str, size: tuple[int, int]) -> None:
    async def journey() -> None:
        async with opened(size=size, options=Options("fr", ascii_only=True)) as ui:
            await ui.press(keys)
            ui.expect("Esc fermer", "Enter", ">")
            assert max(map(len, ui.lines)) <= size[0]
            assert ui.text.isascii()

    run(journey)


def test_three_thousand_names_are_searched_in_no_time() -> None:
    names = [f"{word} {number} {place}" for number in range(500) for word in ("Revenue", "Panier", "Écart") for place in ("Lyon", "Lille")]
    found = Index(names, lambda name: (name,))
    began = time.perf_counter()
    for text in ("p", "pa", "pan", "panier 4", "ecart lil", "rvn", "zzz"):
        found.search(text)
    assert time.perf_counter() - began < 7 * 0.1
    assert found.search("ecart 499 ly") == ["Écart 499 Lyon"] and found.search("lille")[0].endswith("Lille") and found.search("zqx") == []
    assert found.search("rvn 0 lln") == [] or found.search("rvn")[0].startswith("Revenue")


def test_titles_that_begin_so_stand_before_words_and_parts() -> None:
    found = Index(["Reverse the sort", "Sort by the lit column", "Consorts", "Also sort"], lambda name: (name,))
    assert found.search("sort") == ["Sort by the lit column", "Reverse the sort", "Also sort", "Consorts"]
