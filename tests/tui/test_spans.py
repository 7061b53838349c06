"""Of a line only what is drawn anew is sent, at its place."""

from __future__ import annotations

from rich.console import Console
from rich.segment import Segment
from textual._compositor import ChopsUpdate
from textual.strip import Strip

from tui.device.spans import render_segments


def sent(line: dict[int, str], ends: list[int], *spans: tuple[int, int, int]) -> str:
    update = ChopsUpdate([{x: Strip([Segment(text)]) for x, text in line.items()}] * 3, list(spans), [ends] * 3)
    return render_segments(update, Console(color_system=None, force_terminal=True))


def test_a_span_is_cropped_on_both_sides() -> None:
    assert sent({0: "abcdefgh"}, [8], (1, 2, 5)) == "\x1b[2;3Hcde"
    assert sent({0: "abcdefgh"}, [8], (0, 0, 8)) == "\x1b[1;1Habcdefgh"


def test_a_span_over_two_widgets_and_two_lines() -> None:
    assert sent({0: "abcd", 4: "efgh"}, [4, 8], (0, 3, 6)) == "\x1b[1;4Hd\x1b[1;5Hef"
    assert sent({0: "abcd", 4: "efgh"}, [4, 8], (0, 0, 1), (2, 7, 8)) == "\x1b[1;1Ha\n\x1b[3;8Hh"


def test_half_a_wide_character_is_a_blank_not_a_shift() -> None:
    assert sent({0: "漢字ab"}, [6], (0, 1, 6)) == "\x1b[1;2H 字ab"
