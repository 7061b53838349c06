"""Opening the screen does without the option parser where the arguments are plain: it must mean the same."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path
from typing import Any

import typer
from hypothesis import given, settings
from hypothesis import strategies as st
from shop import ROOT, environment

from tui.cli import PLACES, arrange
from tui.cli.open import SWITCHES, VALUES, open_screen, plain_options
from tui.cli.parser import TEXTS, application

PARSER = typer.main.get_command(application(PLACES, "open")).commands["open"]  # type: ignore[attr-defined]
VALUE = st.sampled_from(["shop", "fr", "2026-W44", "none", "@mine", "omnigap://gaps?colour=red&q=a=b", "", "-", "a b", "é"])
WORD = st.one_of(
    st.sampled_from([*VALUES, *SWITCHES, "--help", "-h", "--", "--no-such", "-x", "-wshop", "--fresh=yes"]),
    VALUE,
    st.builds("{}={}".format, st.sampled_from(sorted(VALUES)), VALUE),
)


def parsed(words: list[str]) -> dict[str, Any] | None:
    """What the option parser makes of them; None where it has something to say."""
    try:
        found: dict[str, Any] = PARSER.make_context("open", list(words), resilient_parsing=False).params
    except Exception as error:
        if hasattr(error, "format_message") or type(error).__name__ == "Exit":
            return None
        raise
    return found


@given(st.lists(WORD, max_size=6))
@settings(max_examples=400, deadline=None)
def test_plain_arguments_mean_what_the_parser_says(words: list[str]) -> None:
    plain = plain_options(words)
    if plain is not None:
        assert parsed(words) == {name: plain.get(name, item.default) for name, item in inspect.signature(open_screen).parameters.items()}


def test_all_that_one_writes_is_plain() -> None:
    assert plain_options(["shop", "--lang=fr", "-p", "2026-W44", "--fresh"]) == {"directory": Path("shop"), "lang": "fr", "period": "2026-W44", "fresh": True}
    assert plain_options(arrange(["--lang", "fr"])[1:]) == {"lang": "fr"}
    assert {option for item in PARSER.params for option in item.opts if option.startswith("-")} == {*VALUES, *SWITCHES}


def test_what_is_not_plain_is_left_to_the_parser() -> None:
    for words in (["--help"], ["--no-such"], ["--lang"], ["--lang", "--fresh"], ["a", "b"], ["--fresh=yes"], ["-wshop"], ["--", "shop"]):
        assert plain_options(words) is None


def test_every_command_has_a_place_and_a_text() -> None:
    assert list(TEXTS) == list(PLACES)
    for name in PLACES:
        assert application(PLACES, name) is not None


def test_help_of_one_command_loads_no_other() -> None:
    code = "import sys; sys.argv = ['omnigap', 'keys', '--help']\nfrom tui.cli import main\ntry:\n    main()\nfinally:\n    print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment(), cwd=ROOT, timeout=60, check=True)
    loaded = {name for name in done.stderr.split() if name.startswith("tui.cli.")}
    assert loaded == {"tui.cli.common", "tui.cli.open", "tui.cli.options", "tui.cli.parser", "tui.cli.scoped", "tui.cli.keys"}
