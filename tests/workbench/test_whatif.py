"""The What-if page of the loaded sample, from the command line and in the app."""

from __future__ import annotations

import asyncio
import json
from fractions import Fraction
from pathlib import Path

import pytest
from shop import copy_of_sample, loaded_sample, output
from tui_driver import opened

from kpi_core.links import to_link
from kpi_core.view import Filter, ViewState
from kpi_core.workbench import Workbench

OCTOBER = ViewState(view="whatif", period="2026-10")


@pytest.fixture(scope="module")
def bench() -> Workbench:
    return Workbench.open(loaded_sample())


def test_the_tree_of_revenue_multiplies_up_to_revenue(bench: Workbench) -> None:
    page = bench.whatif(ViewState(view="whatif", kpi="revenue", period="2026-10"))
    tree = page.tree
    assert tree is not None
    assert [(node.id, node.depth) for node in tree.nodes] == [("revenue", 0), ("orders", 1), ("aov", 1), ("items_per_order", 2), ("asp", 2)]
    product = Fraction(1)
    for lever in tree.levers:
        product *= lever.base
    assert product == tree.value(tree.root) == Fraction(str(page.value.number))
    assert set(page.usual) == {"orders", "items_per_order", "asp"}


def test_a_kpi_without_drivers_is_moved_by_the_measures_of_its_formula(bench: Workbench) -> None:
    page = bench.whatif(ViewState(view="whatif", kpi="conversion_online", period="2026-10"))
    assert page.tree is not None
    assert float(page.tree.value(page.tree.root) or 0) == pytest.approx(float(page.value.number or 0))
    assert len(page.tree.levers) == 2


def test_nps_moves_clv_by_an_assumption_that_says_so(tmp_path: Path) -> None:
    shop = copy_of_sample(tmp_path / "shop")
    settings = shop / "config" / "settings.yaml"
    text = settings.read_text(encoding="utf-8").split("assumptions:")[0]
    settings.write_text(text + "assumptions:\n  - {id: nps_clv, driver: nps, kpi: clv, per: 10, effect: 0.2, source: our own}\n", encoding="utf-8")
    with Workbench.open(shop) as bench:
        page = bench.whatif(ViewState(view="whatif", kpi="clv", period="2026-10"))
        assert page.tree is not None
        before, after = page.tree.value(page.tree.root), page.tree.value(page.tree.root, (("nps", "10"),))
        assert before is not None and after == before * Fraction(12, 10)
        assert "our own" in str(page.assumptions[0].text) and page.assumptions[0].line
    code, out = output("whatif", "clv_to_cac", "-w", shop, "-p", "2026-10", "-m", "nps=10", "-f", "json", "--lang", "en")
    value = json.loads(out)
    assert code == 0 and value["moves"] == {"nps": "10"}
    assert Fraction(value["change"]) == Fraction(next(row["effect"] for row in value["rows"] if row["driver"] == "nps"))
    assert value["scenario"] == pytest.approx(value["base"] * 1.2)


def test_the_command_says_what_moved_and_what_would_close_the_gap() -> None:
    code, out = output("whatif", "revenue", "-w", loaded_sample(), "-p", "2026-10", "-m", "orders=+5", "-m", "asp=-2", "--lang", "en")
    assert code == 0
    told = out.replace("\u00a0", " ")
    assert "+5 %" in told and "−2 %" in told and "MEETS TARGET" in out and "If one driver alone moves" in out
    link = to_link(ViewState(view="whatif", kpi="revenue", period="2026-10", moves=(("orders", "5"), ("asp", "-2"))))
    code, again = output("report", link, "-w", loaded_sample(), "--lang", "en")
    assert (code, again) == (0, out)


@pytest.mark.parametrize(
    ("arguments", "told"), [(("revenue", "-m", "order=5"), "orders, items_per_order, asp"), (("revenue", "-m", "orders"), "orders=+5"), (("revenu",), "revenue")]
)
def test_mistakes_name_what_is_meant(arguments: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, _ = output("whatif", *arguments, "-w", loaded_sample(), "--lang", "en")
    assert code == 2 and told in capsys.readouterr().err


def test_moves_in_the_app_ask_nothing_and_can_be_typed_and_taken_back() -> None:
    async def journey() -> None:
        source = Workbench.open(loaded_sample())
        async with opened(source=source, state=ViewState(view="explore", kpi="revenue", period="2026-10", where=(Filter("channel", ("store",)),))) as ui:
            await ui.press("5")
            ui.expect("DRIVER", "Price per item", "If one driver alone", "type it").expect_row("Orders").refuse("drill in")
            asked = ui.app.main.asker.asked
            await ui.press("right", "right", "shift+right")
            ui.expect("+7 %")
            assert ui.state.moves == (("orders", "7"),)
            await ui.press("left", "enter")
            await ui.pilot.press("backspace", *"=0")
            await ui.pilot.press("escape")
            await ui.wait_idle()
            assert ui.state.moves == (("orders", "6"),)
            assert ui.app.main.asker.asked == asked
            await ui.press("0")
            assert ui.state.moves == ()
            await ui.press("right", "q")
            assert (ui.state.view, ui.state.moves) == ("explore", ())

    asyncio.run(journey())


def test_the_number_above_its_drivers_is_not_moved_itself() -> None:
    async def journey() -> None:
        async with opened(source=Workbench.open(loaded_sample()), state=ViewState(view="whatif", kpi="revenue", period="2026-10")) as ui:
            await ui.press("g", "right")
            ui.expect("this number follows from the drivers below it")
            assert ui.state.moves == ()

    asyncio.run(journey())
