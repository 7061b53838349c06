"""Bookmarks: kept under a name, for oneself or shared; files that people edit too stay as they wrote them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tui_driver import Ui, opened
from tui_shop import Shop

from kpi_core.bookmarks import BOOKMARKS_FILE, Bookmark, add_bookmark, checked_name, read_bookmarks, remove_bookmark
from kpi_core.errors import ConfigError, StoreError, UsageError
from kpi_core.render.text import folded
from kpi_core.view import Filter, ViewState
from tui.options import Options
from tui.state import bookmarks, places

LINK = "omnigap://explore?kpi=aov&f=store:Nice"
OWN = """\
# mine, by hand

- name: Lyon   # the flagship
  link: "omnigap://explore?kpi=aov&f=store:Lyon%20Part-Dieu"
  # belongs to Nice
- {name: 'Nice: "été"', link: omnigap://gaps}

# the end
"""


def names(path: Path) -> list[str]:
    return [item.name for item in read_bookmarks(path)]


def test_adding_and_removing_leaves_every_other_line_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / BOOKMARKS_FILE
    path.write_text(OWN, encoding="utf-8")
    assert names(path) == ["Lyon", 'Nice: "été"']
    assert not add_bookmark(path, 'new: [x] # "é"', LINK)
    assert path.read_text(encoding="utf-8") == OWN + '- {"name": "new: [x] # \\"é\\"", "link": "' + LINK + '"}\n'
    assert remove_bookmark(path, 'NEW: [X] # "e"')
    assert path.read_text(encoding="utf-8") == OWN
    assert remove_bookmark(path, "lyon")
    text = path.read_text(encoding="utf-8")
    assert names(path) == ['Nice: "été"'] and "# mine, by hand" in text and "# belongs to Nice" in text and "flagship" not in text
    assert not remove_bookmark(path, "lyon") and path.read_text(encoding="utf-8") == text


def test_one_of_that_name_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / BOOKMARKS_FILE
    path.write_text(OWN, encoding="utf-8")
    assert add_bookmark(path, "LYON", LINK)
    assert [(item.name, item.link) for item in read_bookmarks(path)] == [('Nice: "été"', "omnigap://gaps"), ("LYON", LINK)]


@pytest.mark.parametrize("text", ["  - {name: a, link: 'omnigap://gaps'}\n", "- name: a\n  link: omnigap://gaps", "---\n- name: a\n  link: omnigap://gaps\n"])
def test_the_form_of_the_file_is_kept(tmp_path: Path, text: str) -> None:
    path = tmp_path / BOOKMARKS_FILE
    path.write_text(text)
    add_bookmark(path, "b", LINK)
    assert names(path) == ["a", "b"] and path.read_text().startswith(text)


def test_a_form_that_cannot_be_changed_is_said_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / BOOKMARKS_FILE
    text = "[{name: a, link: 'omnigap://gaps'}]\n"
    path.write_text(text)
    with pytest.raises(StoreError, match="cannot change"):
        add_bookmark(path, "b", LINK)
    assert path.read_text() == text and [found.name for found in tmp_path.iterdir()] == [BOOKMARKS_FILE]


NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(NAMES, st.booleans()), max_size=8))
def test_the_file_says_what_was_done_to_it(steps: list[tuple[str, bool]]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / BOOKMARKS_FILE
        known: dict[str, str] = {}
        for name, keep in steps:
            try:
                name = checked_name(name)
            except UsageError:
                continue
            if keep:
                assert add_bookmark(path, name, LINK) == (folded(name) in known)
                known.pop(folded(name), None)
                known[folded(name)] = name
            else:
                assert remove_bookmark(path, name) == (known.pop(folded(name), None) is not None)
            assert names(path) == list(known.values())


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("- {name: a, lnk: omnigap://gaps}\n", 1, "unknown key lnk"),
        ("# c\n- name: a\n", 2, "link"),
        ("- {name: a, link: omnigap://gaps}\n- {name: Á, link: omnigap://gaps}\n", 2, "two bookmarks"),
        ("- {name: ' ', link: omnigap://gaps}\n", 1, "needs a name"),
        ("\n- name: a\n  link: http://x\n", 3, "begins with omnigap://"),
        ("a: b\n", 1, "array"),
        ("- {name: [\n", 2, "not valid YAML"),
    ],
)
def test_a_mistake_names_its_line(tmp_path: Path, text: str, line: int, told: str) -> None:
    path = tmp_path / BOOKMARKS_FILE
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=told) as caught:
        read_bookmarks(path, called="bookmarks.yaml")
    assert caught.value.where is not None and (caught.value.where.file, caught.value.where.line) == ("bookmarks.yaml", line)
    with pytest.raises(ConfigError):
        add_bookmark(path, "b", LINK)
    assert path.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("name", ["", "  ", "x" * 81, "@home"])
def test_a_bad_name_is_said(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError):
        add_bookmark(tmp_path / BOOKMARKS_FILE, name, LINK)
    with pytest.raises(UsageError, match="begins with"):
        add_bookmark(tmp_path / BOOKMARKS_FILE, "a", "http://x")
    assert not (tmp_path / BOOKMARKS_FILE).exists()


def test_a_users_file_is_private_a_shared_one_keeps_its_mode_and_a_link_stays_a_link(tmp_path: Path) -> None:
    real = tmp_path / "dotfiles" / "mine.yaml"
    real.parent.mkdir()
    (tmp_path / BOOKMARKS_FILE).symlink_to(real)
    add_bookmark(tmp_path / BOOKMARKS_FILE, "a", LINK, private=True)
    assert (tmp_path / BOOKMARKS_FILE).is_symlink() and names(real) == ["a"] and real.stat().st_mode & 0o777 == 0o600
    real.chmod(0o664)
    remove_bookmark(real, "a")
    assert real.stat().st_mode & 0o777 == 0o664


def test_two_who_add_at_once_lose_nothing(tmp_path: Path) -> None:
    import threading

    path = tmp_path / BOOKMARKS_FILE
    threads = [threading.Thread(target=add_bookmark, args=(path, f"b{n}", LINK)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(names(path)) == [f"b{n}" for n in range(8)]


def test_found_by_name_ones_own_before_a_shared_one(tmp_path: Path) -> None:
    bookmarks.keep(tmp_path, "Été", "omnigap://gaps", shared=True)
    assert bookmarks.found(tmp_path, "@ete") == Bookmark("Été", "omnigap://gaps", True)
    bookmarks.keep(tmp_path, "ete", LINK, shared=False)
    assert bookmarks.found(tmp_path, "@ETE").link == LINK and bookmarks.found(tmp_path, "Été").shared
    with pytest.raises(UsageError, match=r"no bookmark etee.*did you mean"):
        bookmarks.found(tmp_path, "@etee")
    (tmp_path / BOOKMARKS_FILE).write_text("x: 1\n")
    known, trouble = bookmarks.readable(tmp_path)
    assert [item.link for item in known] == [LINK] and isinstance(trouble, ConfigError)
    bookmarks.drop(tmp_path, "ete", shared=False)


# ---------------------------------------------------------------- in the app


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a workspace; the user's own folder is another one."""
    monkeypatch.setattr(places, "config_dir", lambda: tmp_path / "me")
    (tmp_path / "shop").mkdir()
    return tmp_path / "shop"


def at(ui: Ui, folder: Path) -> Ui:
    ui.app.main.place = str(folder)
    return ui


def test_m_proposes_a_name_and_tab_shares_it(shop: Path) -> None:
    async def journey() -> None:
        async with opened(state=ViewState("explore", "aov", where=(Filter("channel", ("store",)),)), size=(100, 24)) as ui:
            at(ui, shop)
            await ui.press("down", "m")
            ui.expect("Bookmark this view", "Average order value · Channel: store", "your own")
            await ui.press("enter")
            ui.expect("bookmark kept: Average order value · Channel: store")
            await ui.press("m")
            ui.expect("replaces the bookmark of this name")
            await ui.press("tab")
            ui.expect("everybody who uses this workspace").refuse("replaces")
            await ui.press(*["backspace"] * 40)
            ui.expect("needs a name")
            await ui.type("ours")
            await ui.press("enter")
            assert read_bookmarks(shop / BOOKMARKS_FILE)[0].link.endswith("&at=Lille%20Centre")
            assert names(shop.parent / "me" / BOOKMARKS_FILE) == ["Average order value · Channel: store"]

    asyncio.run(journey())


def test_capital_m_opens_searches_and_deletes_after_a_second_key(shop: Path) -> None:
    for name, link, shared in (("Nice", LINK, False), ("all gaps", "omnigap://gaps", True), ("old", "omnigap://explore?kpi=avo&q=x", True)):
        bookmarks.keep(shop, name, link, shared)

    async def journey() -> None:
        async with opened(size=(100, 24)) as ui:
            at(ui, shop)
            await ui.press("M")
            ui.expect("Bookmarks", "Nice", "yours", "all gaps", "shared")
            await ui.type("gaps")
            ui.refuse("Nice")
            await ui.press("delete")
            ui.expect("Del again deletes all gaps")
            await ui.press(*["backspace"] * 4)
            assert len(bookmarks.listed(shop)) == 3
            await ui.press("down", "delete", "down", "delete")
            ui.expect("Del again deletes old")
            assert len(bookmarks.listed(shop)) == 3
            await ui.press("up", "delete", "delete")
            ui.expect("deleted: all gaps")
            assert [item.name for item in bookmarks.listed(shop)] == ["Nice", "old"]
            await ui.type("nic")
            await ui.press("enter")
            ui.expect_crumb("Total › Store: Nice")
            assert ui.state.kpi == "aov"
            await ui.press("minus")
            assert ui.state.view == "overview"
            await ui.press("M")
            await ui.type("old")
            await ui.press("enter")
            ui.expect("there is no KPI avo: the overview opens", "/x")

    asyncio.run(journey())


def test_read_only_opens_bookmarks_but_writes_nothing(shop: Path) -> None:
    bookmarks.keep(shop, "all gaps", "omnigap://gaps", True)

    async def journey() -> None:
        async with opened(options=Options(read_only=True), size=(100, 24)) as ui:
            at(ui, shop)
            ui.expect("READ-ONLY")
            for key in ("m", "A", "o"):
                await ui.press(key)
                ui.expect("omnigap is open read-only")
            await ui.press("M", "delete", "delete")
            ui.expect("omnigap is open read-only")
            await ui.press("enter")
            assert ui.state.view == "gaps" and len(bookmarks.listed(shop)) == 1

    asyncio.run(journey())


def test_a_mistake_in_a_file_is_said_with_its_line(shop: Path) -> None:
    (shop / BOOKMARKS_FILE).write_text("- {name: a, lnk: omnigap://gaps}\n")

    async def journey() -> None:
        async with opened(size=(100, 24)) as ui:
            await at(ui, shop).press("M")
            ui.expect("bookmarks.yaml:1 [0.lnk]: unknown key lnk", "did you mean link?")

    asyncio.run(journey())


def test_no_bookmark_yet(shop: Path) -> None:
    async def journey() -> None:
        async with opened(source=Shop()) as ui:
            await at(ui, shop).press("M")
            ui.expect("no bookmark yet")

    asyncio.run(journey())
