"""The registry: no key twice, a title in both languages, a handler behind every command, hints that are never cut."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi_core.i18n import read_parts
from kpi_core.view import Filter, ViewState
from tui.actions import SUBJECTS
from tui.commands import COMMANDS, POPUPS, SCOPES, Hint, bindings, hints, key_name, keys_of, together
from tui.context import Context
from tui.keyboard.keymap import clashes, load, presets
from tui.keyboard.names import textual_name
from tui.widgets.grid import GridView
from tui.widgets.hints import fit

PARTS = Path(__file__).resolve().parents[2] / "config" / "locale" / "parts"


@pytest.mark.parametrize("preset", presets())
def test_no_key_is_bound_twice_where_it_could_be_meant_twice(preset: str) -> None:
    assert [(key, one.id, other.id) for key, one, other in clashes(load(preset).keys)] == []


def test_scopes_that_are_live_together() -> None:
    assert all(together("grid", scope) and together(scope, "grid") for scope in SCOPES)
    assert all(together("overlay", popup) and not together("main", popup) for popup in POPUPS)
    assert not together("main", "overlay") and not together(POPUPS[0], POPUPS[1])


@pytest.mark.parametrize("preset", presets())
def test_every_command_has_a_key_that_terminals_send_and_is_in_the_list(preset: str) -> None:
    keys = load(preset).keys
    for command in COMMANDS:
        assert keys_of(command, keys), command.id
        assert all(textual_name(key) == key for key in keys_of(command, keys)), command.id
        assert key_name(command, False, keys), command.id
        assert preset == "azerty" or key_name(command, True, keys).isascii(), command.id


def test_ids_are_unique_and_every_handler_exists() -> None:
    assert len({command.id for command in COMMANDS}) == len(COMMANDS)
    for command in COMMANDS:
        if command.scope == "main":
            assert [subject for subject in SUBJECTS if callable(getattr(subject, command.handler, None))][1:] == [], command.id
            assert any(callable(getattr(subject, command.handler, None)) for subject in SUBJECTS), command.id
        elif command.scope == "grid":
            assert callable(getattr(GridView, "action_" + command.handler.partition("(")[0], None)), command.id


def test_every_text_of_the_app_has_its_french() -> None:
    french = read_parts(PARTS)
    texts = {command.title for command in COMMANDS} | {command.hint for command in COMMANDS if command.hint} | {command.group for command in COMMANDS}
    root = Path(__file__).resolve().parents[2] / "tui"
    for path in root.rglob("*.py"):
        if path.name.startswith("cli"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = node.func.attr if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else getattr(getattr(node, "func", None), "id", "")
            if isinstance(node, ast.Call) and name in ("said", "t") and node.args and isinstance(node.args[0], ast.Constant):
                texts.add(str(node.args[0].value))
    assert sorted(text for text in texts if text and text not in french) == []


def test_azerty_digits_and_no_core_command_on_brackets_alone() -> None:
    keys = {command.id: command.keys for command in COMMANDS}
    assert "ampersand" in keys["overview"] and "é" in keys["explore"]
    brackets = ("left_square", "right_square", "left_curly", "right_curly")
    assert [id for id, own in keys.items() if own and all(key.startswith(brackets) for key in own)] == []


@pytest.mark.parametrize("scope", SCOPES)
def test_bindings_carry_the_registry(scope: str) -> None:
    assert {b.id for b in bindings(scope)} == {command.id for command in COMMANDS if command.scope == scope}


def test_a_command_that_cannot_run_says_why() -> None:
    closed = Context(ViewState())
    reasons = {command.id: command.enabled(closed) for command in COMMANDS}
    for name in ("drill", "up", "records", "definition", "dimension", "back", "forward", "escape", "next_period"):
        assert reasons[name] is not None, name
        assert str(reasons[name])
    for name in ("help", "quit", "quit_level", "filter"):
        assert reasons[name] is None, name
    deep = Context(ViewState(view="explore", kpi="aov", where=(Filter("channel", ("web",)),)), ready=True, back=True)
    by_id = {command.id: command for command in COMMANDS}
    assert by_id["up"].enabled(deep) is None and by_id["escape"].enabled(deep) is None and by_id["back"].enabled(deep) is None


def test_hints_show_only_what_can_be_done_and_help_stays_longest() -> None:
    listed = hints("main", Context(ViewState(), ready=True, at="aov"))
    assert "up" not in {hint.command for hint in listed}
    assert [hint.command for hint in fit(listed, 8)] == ["help"]


HINTS = st.tuples(st.text("abc⏎é", min_size=1, max_size=4), st.text("abcé ", min_size=1, max_size=14), st.integers(1, 20))


@given(st.lists(HINTS, max_size=14), st.integers(0, 120))
def test_hints_are_whole_or_absent(pairs: list[tuple[str, str, int]], width: int) -> None:
    listed = [Hint(str(place), key, word, rank) for place, (key, word, rank) in enumerate(pairs)]
    kept = fit(listed, width)
    assert len(" " + "  ".join(f"{hint.key} {hint.word}" for hint in kept)) <= width or not kept
    assert [hint for hint in listed if hint in kept] == kept
    dropped = [hint for hint in listed if hint not in kept]
    assert not kept or not dropped or max(h.priority for h in kept) <= min(h.priority for h in dropped)
