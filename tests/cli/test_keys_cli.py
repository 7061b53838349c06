"""`omnigap keys`: the table of the registry, of presets and of one's own file; nothing of the screen is loaded."""

from __future__ import annotations

from pathlib import Path

import pytest

from kpi_core.i18n import Translator
from tests.shop import output
from tui.commands import COMMANDS
from tui.keyboard.keymap import presets


@pytest.mark.parametrize("lang", ["en", "fr"])
@pytest.mark.parametrize("form", ["table", "md"])
def test_every_command_is_listed_with_its_id(lang: str, form: str) -> None:
    status, text = output("keys", "--lang", lang, "--format", form, "--keymap", "default")
    assert status == 0
    flat = " ".join(text.split())
    say = Translator(lang)
    for command in COMMANDS:
        assert command.id in text
        assert say(command.title).split()[0] in flat


@pytest.mark.parametrize("name", presets())
def test_presets_are_shown(name: str) -> None:
    status, text = output("keys", "--keymap", name, "--lang", "en")
    assert status == 0 and "drill" in text
    assert ("ctrl+o" in text) == (name == "vim") and ("ç" in text) == (name == "azerty")


def test_ascii_and_narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    status, text = output("keys", "--keymap", "azerty", "--ascii", "--lang", "fr")
    assert status == 0 and text.isascii()


def test_a_mistake_in_a_file_is_told_with_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("keys:\n  drll: enter\n", encoding="utf-8")
    status, _ = output("keys", "--keymap", str(path), "--lang", "en")
    told = capsys.readouterr().err
    assert status == 2 and f"{path}:2" in told and "drill" in told


def test_the_users_own_file_counts_without_being_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.state.places.config_dir", lambda: tmp_path)
    (tmp_path / "keymap.yaml").write_text("preset: azerty\nkeys: {records: K}\n", encoding="utf-8")
    status, text = output("keys", "--lang", "en")
    assert status == 0
    assert next(line for line in text.splitlines() if line.endswith("records")).split()[0] == "K"
    assert "ç" in text
