"""A store manager's Monday, keys only, in both languages: sees red, asks why and where, goes to the own store, keeps a bookmark and a note."""

from __future__ import annotations

from pathlib import Path

import pytest
from tui_driver import Ui, opened
from tui_shop import Shop

from kpi_core.view import ViewState
from kpi_core.workbench import Workbench
from tests.shop import copy_of_sample
from tui.app import OmnigapApp, end_of
from tui.state import places
from tui.state.session import Session

SAID = {
    "en": {
        "why": "Why · Total",
        "rows": "1 of 8 rows",
        "bookmark": "Bookmark this view",
        "kept": "bookmark kept: Conversion rate · Store: Lyon Part-Dieu",
        "missed": "targets missed",
        "note": "Note",
        "noted": "kept in notes.yaml",
        "over": "! overdue",
    },
    "fr": {
        "why": "Pourquoi · Total",
        "rows": "1 sur 8 lignes",
        "bookmark": "Mettre cette vue en signet",
        "kept": "signet gardé : Conversion rate · Store: Lyon Part-Dieu",
        "missed": "objectifs manqués",
        "note": "Note",
        "noted": "gardé dans notes.yaml",
        "over": "! en retard",
    },
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of the workspace; what is the user's own lies beside it."""
    monkeypatch.setattr(places, "config_dir", lambda: tmp_path / "me")
    (tmp_path / "shop").mkdir()
    return tmp_path / "shop"


def at_home(ui: Ui, folder: Path) -> Ui:
    """The app on this workspace keeps its session, as `omnigap open` does."""
    ui.app.main.place = str(folder)
    ui.app.session = Session(folder.parent / "session.json")
    return ui


def left_at(folder: Path, app: OmnigapApp) -> ViewState:
    """What the app kept when it ended."""
    assert end_of(app, None) == 0
    state = Session(folder.parent / "session.json").read()
    assert state is not None
    return state


def without(ui: Ui, message: str) -> list[str]:
    """The screen but for a message and blank lines."""
    return [line for line in ui.lines if line.strip() and line.strip() != message]


@pytest.mark.parametrize("lang", SAID)
async def test_monday_morning(lang: str, folder: Path) -> None:
    t, shop = SAID[lang], Shop()
    async with opened(shop, lang=lang) as ui:
        at_home(ui, folder)
        await ui.overview.select("conversion").expect_status("missed")
        await ui.press("x").expect_popup(t["why"]).select("store").press("enter")
        await ui.explore.expect_crumb("Total › Channel: store").expect_state(kpi="conversion")
        await ui.filter("lyon").expect_filter("lyon").expect(t["rows"]).expect_row("Lyon Part-Dieu")
        await ui.press("escape").expect_filter("").expect("Lille Centre")
        await ui.press("backspace").explore.expect_crumb("Total  ")

        await ui.command("store lyon").explore.expect_crumb("Total › Store: Lyon Part-Dieu").expect_state(kpi="conversion")
        await ui.press("m").expect_popup(t["bookmark"]).press("enter").explore.expect(t["kept"])

        await ui.press("backspace", "3").gaps.expect(t["missed"]).expect_status("missed")
        await ui.select("Paris Rivoli").expect_row("Average order value · Paris Rivoli").expect("Cross-sell prompt", t["over"])
        await ui.press("A").expect_popup(t["note"]).choose("fitting rooms closed").gaps.expect(t["noted"], "fitting rooms closed")
        assert [(note.kpi, note.text) for note in shop.notes] == [("aov", "fitting rooms closed")]
        before = without(ui, t["noted"])
        await ui.press("Q").expect_closed()

    async with opened(shop, lang=lang, state=left_at(folder, ui.app)) as ui:
        at_home(ui, folder)
        await ui.gaps.expect_row("Paris Rivoli").expect("fitting rooms closed")
        assert without(ui, "") == before
        await ui.press("M").expect_popup("Lyon Part-Dieu").press("enter").explore.expect_crumb("Total › Store: Lyon Part-Dieu").expect_state(kpi="conversion")
        await ui.press("minus").gaps.expect_row("Paris Rivoli").press("q").overview.press("q").expect_closed()


@pytest.mark.slow
async def test_a_week_of_the_sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same on the real engine, with the sample's own stores and words."""
    monkeypatch.setattr(places, "config_dir", lambda: tmp_path / "me")
    folder = copy_of_sample(tmp_path / "magasin")
    start = ViewState(period="2026-W43")
    async with opened(opener=lambda: Workbench.open(folder, lang="fr"), lang="fr", size=(100, 40), state=start) as ui:
        at_home(ui, folder)
        await ui.overview.expect("Chiffre d'affaires", "S43").select("Conversion omnicanale").expect_status("missed")
        await ui.press("x").expect_popup("Pourquoi · Total").press("escape").overview.press("enter").explore.expect("Conversion omnicanale par")
        await ui.command("panier moyen magasin lyon").explore.expect_crumb("Total › Magasin: Lyon Part-Dieu").expect("Panier moyen par")
        await ui.filter("mode").expect_filter("mode").expect_row("Mode").press("escape")
        await ui.press("m").expect_popup("Mettre cette vue en signet").press("enter").explore.expect("signet gardé")
        await ui.press("3").gaps.expect("objectifs manqués").select("Panier moyen").expect_status("missed").expect("Lyon Part-Dieu")
        await ui.press("A").expect_popup("notes.yaml").choose("cabines fermées").gaps.expect("cabines fermées")
        await ui.press("Q").expect_closed()
    assert "cabines fermées" in next(folder.rglob("notes.yaml")).read_text(encoding="utf-8")

    async with opened(opener=lambda: Workbench.open(folder, lang="fr"), lang="fr", size=(100, 40), state=left_at(folder, ui.app)) as ui:
        at_home(ui, folder)
        await ui.gaps.expect_crumb("Total › Magasin: Lyon Part-Dieu").expect_row("Panier moyen").expect("cabines fermées")
        await ui.press("M").expect_popup("Lyon Part-Dieu").press("enter").explore.expect("Panier moyen par")
