"""Keymaps: names of keys, presets, the user's own file, and every mistake in it by file, line and key."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from textual.keys import _character_to_key
from tui_driver import opened

from kpi_core.errors import ConfigError, OmnigapError, UsageError
from kpi_core.i18n import Translator
from kpi_core.pages import OverviewPage
from kpi_core.view import ViewState
from tui.commands import BY_ID, COMMANDS, hints
from tui.context import Context
from tui.keyboard import keymap
from tui.keyboard.names import shown, textual_name, written
from tui.options import Options

PRINTABLE = [chr(code) for code in range(33, 127)] + list("éèçàùµ²£§°€")


@pytest.mark.parametrize("character", PRINTABLE)
def test_a_character_is_named_as_textual_names_it(character: str) -> None:
    key = textual_name(character)
    assert key == _character_to_key(character) and shown(key) == character and written(key) == character


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("ctrl+d", "ctrl+d"),
        ("Ctrl + D", "ctrl+d"),
        ("shift+a", "A"),
        ("shift+left", "shift+left"),
        ("alt+ctrl+x", "alt+ctrl+x"),
        ("ctrl++", "ctrl+plus"),
        ("space", "space"),
        (" ", "space"),
        ("Esc", "escape"),
        ("PgDn", "pagedown"),
        ("F1", "f1"),
        ("question_mark", "question_mark"),
        ("foo", None),
        ("hyper+x", None),
        ("", None),
        ("ctrl+", None),
    ],
)
def test_keys_are_written_as_people_write_them(text: str, key: str | None) -> None:
    assert textual_name(text) == key


def test_every_key_of_the_registry_can_be_written_and_read_back() -> None:
    assert [key for command in COMMANDS for key in command.keys if textual_name(written(key)) != key] == []


@pytest.mark.parametrize("name", keymap.presets())
def test_presets_are_valid_and_explained_in_both_languages(name: str) -> None:
    file, _ = keymap.read_preset(name)
    assert file.name and file.name.fr and file.note and file.note.fr
    assert keymap.load(name).name == name


def test_azerty_needs_neither_altgr_nor_shift_for_what_the_digit_row_does() -> None:
    keys = keymap.load("azerty").keys
    altgr = {textual_name(key) for key in "[]{}\\|~@#`^"}
    assert not [one.id for one in COMMANDS if set(keys.get(one.id, one.keys)) <= altgr]
    row = ["ampersand", "é", "quotation_mark", "apostrophe", "left_parenthesis", "minus"]
    assert [next((key for key in keys.get(view, BY_ID[view].keys) if key in row), "") for view in ("overview", "explore", "gaps", "trend", "whatif", "data")] == row
    assert written(keys["help"][0]) == ","


def saved(folder: Path, text: str) -> Path:
    path = folder / "keymap.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_users_file_is_laid_over_its_preset(tmp_path: Path) -> None:
    found = keymap.load(str(saved(tmp_path, "preset: vim\nkeys:\n  records: [K, v]\n  page_down: pgdn\n  overview: 1\n  theme: []\n")))
    assert found.keys["records"] == ("K", "v") and found.keys["page_up"] == ("ctrl+b", "pageup")
    assert "page_down" not in found.keys, "as the registry has it again"
    assert found.keys["overview"] == ("1",) and found.keys["theme"] == ()
    assert found.overrides["theme"] == keymap.NO_KEY


@pytest.mark.parametrize(
    ("text", "line", "words", "hint"),
    [
        ("keys: {drll: enter}", 1, "no command drll", "drill"),
        ("keys:\n  drill: entr", 2, "entr is no key", "enter"),
        ("keys:\n  records: hyper+x", 2, "hyper+x is no key", "ctrl+"),
        ("keys:\n  up: [backspace]\n  records: x", 3, "x would run both records and explain_row", "explain_row: []"),
        ("keys:\n  down: x", 2, "x would run both down and explain_row", "explain_row"),
        ("keys:\n  records: ctrl+m", 2, "most terminals", "enter"),
        ("keys:\n  records: ctrl+c", 2, "always quits", ""),
        ("preset: vmi", 1, "no keymap vmi", "vim"),
        ("kys: {}", 1, "unknown key kys", "keys"),
        ("keys:\n  help: []", 2, "help needs a key", ""),
        ("keys:\n  drill: {a: b}", 2, "", ""),
    ],
)
def test_a_mistake_is_named_by_file_line_and_the_nearest_name(tmp_path: Path, text: str, line: int, words: str, hint: str) -> None:
    path = saved(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        keymap.load(str(path))
    error = caught.value
    assert words in str(error.what) and error.where is not None and (error.where.file, error.where.line) == (str(path), line)
    assert hint in str(error.hint or "")
    assert Translator("fr")(error.what) != str(error.what) or not words or "unknown" in words


def test_an_unknown_keymap_names_the_nearest() -> None:
    with pytest.raises(UsageError) as caught:
        keymap.load("azrty")
    assert "azerty" in str(caught.value.hint)
    with pytest.raises(OmnigapError):
        keymap.load("no/such/file.yaml")


def test_two_commands_may_swap_their_keys(tmp_path: Path) -> None:
    found = keymap.load(str(saved(tmp_path, "keys: {records: x, explain_row: v}")))
    assert (found.keys["records"], found.keys["explain_row"]) == (("x",), ("v",))


def test_hints_and_pairs_show_the_keys_in_force(tmp_path: Path) -> None:
    context = Context(ViewState(), ready=True, at="aov")
    own = keymap.load(str(saved(tmp_path, "keys: {records: K, previous_period: [',']}"))).keys
    listed = {hint.command: hint.key for hint in hints("main", context, False, own)}
    assert listed["records"] == "K" and listed["next_period"] == ", >"
    none = keymap.load(str(saved(tmp_path, "keys: {records: []}"))).keys
    assert "records" not in {hint.command for hint in hints("main", context, False, none)}


def test_the_example_of_the_keyboard_page_is_valid(tmp_path: Path) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "keyboard.md").read_text(encoding="utf-8")
    block = page.partition("```yaml\n")[2].partition("```")[0]
    assert keymap.load(str(saved(tmp_path, block))).keys["records"] == ("K", "v")


def test_every_command_and_every_preset_is_on_the_keyboard_page() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "keyboard.md").read_text(encoding="utf-8")
    assert [one.id for one in COMMANDS if f"| {one.id} |" not in page] == []
    assert [name for name in keymap.presets() if name != keymap.DEFAULT and f"--keymap {name}" not in page] == []


def test_the_app_obeys_and_shows_the_keymap(tmp_path: Path) -> None:
    text = "keys: {down: [W, down], whatif: 5, gaps: [Z], explain_row: v, records: x, parting: n, close: [escape, k], up_row: up}"
    own = keymap.load(str(saved(tmp_path, text)))

    async def journey() -> None:
        async with opened(options=Options(keymap=own)) as ui:
            await ui.press("W")
            ui.expect_row("Orders")
            await ui.press("k")
            ui.expect_row("Orders").expect("v explain", "x records")
            await ui.press("v")
            ui.expect("Why", "n other parts", "Esc close")
            await ui.press("n")
            ui.expect("Rate and mix")
            await ui.press("k")
            ui.refuse("Rate and mix")
            await ui.press("3")
            assert ui.state.view == "overview"
            await ui.press("Z")
            assert ui.state.view == "gaps"
            assert not isinstance(ui.app.main.page, OverviewPage)

    asyncio.run(journey())
