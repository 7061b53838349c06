"""Colours that can be read, and nothing foreign that reaches the terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import ControlType, Segment
from rich.style import Style
from textual.color import Color

from tui.device.guard import GuardFilter, guarded
from tui.look.runs import strip_of
from tui.look.theme import DARK

ROLES = ("", "good", "warn", "bad", "muted", "accent", "key", "target", "title")


@pytest.mark.parametrize("text", ["\x1b]52;c;UFdORUQ=\x07", "\x1b[2J", "\x9b31m", "a\x00b", "\u202ertl", "\u2028line", "tab\there", "\x7f"])
def test_the_guard_lets_no_control_through(text: str) -> None:
    (segment,) = GuardFilter().apply([Segment(text, Style(color="red"))], Color(0, 0, 0))
    assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 or c in "\u202e\u2028" for c in segment.text)
    assert segment.style == Style(color="red")
    assert "\ufffd" in segment.text


def test_the_guard_leaves_textuals_own_controls_and_clean_text_alone() -> None:
    control = Segment("\x1b[1A", None, [(ControlType.CURSOR_UP, 1)])
    plain = Segment("Panier moyen 67,84 € ▁▂▃ ✓", Style())
    assert GuardFilter().apply([control, plain], Color(0, 0, 0)) == [control, plain]


@given(st.text())
def test_guarded_text_has_no_control(text: str) -> None:
    assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 for c in guarded(text))


@given(st.lists(st.tuples(st.text("abé漢 €", max_size=12), st.sampled_from(ROLES)), max_size=8), st.integers(0, 60))
def test_a_strip_has_exactly_the_width_asked_for(runs: list[tuple[str, str]], width: int) -> None:
    strip = strip_of(runs, width, DARK)
    assert cell_len(strip.text) == width == strip.cell_length


def test_neighbours_of_one_style_are_one_segment() -> None:
    strip = strip_of([("a", ""), (" ", "muted"), ("b", ""), ("c", "good"), ("  ", ""), ("d", "good")], 10, DARK)
    assert [segment.text for segment in strip] == ["a b", "c  d   "]
