"""Of a frame only what is not on the screen goes over the line: a small terminal that gets all, and one that gets less, must show the same."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from pty_screen import Terminal
from rich.cells import cell_len

from tui.device.pen import PLAIN, changed
from tui.device.shown import Shown

WIDTH, HEIGHT = 12, 3
PENS = ("", "\x1b[31m", "\x1b[1;38;2;1;2;3;48;2;20;23;28m", "\x1b[48;2;20;23;28m", "\x1b[38;2;9;9;9;48;2;20;23;28m", "\x1b[7m", "\x1b[4;31m")
TEXT = st.text("ab  ─€✓漢字", min_size=1, max_size=WIDTH)
PIECE = st.tuples(st.sampled_from(PENS), TEXT)
RUN = st.tuples(st.integers(1, HEIGHT), st.integers(1, WIDTH), st.lists(PIECE, min_size=1, max_size=3))
FRAME = st.tuples(st.lists(RUN, max_size=4), st.tuples(st.integers(1, HEIGHT), st.integers(1, WIDTH)))


def written(frame: tuple[list[tuple[int, int, list[tuple[str, str]]]], tuple[int, int]]) -> str:
    """As Textual writes one; nothing over the edge, as its compositor cuts it."""
    runs, (row, column) = frame
    out = []
    for y, x, pieces in runs:
        out.append(f"\x1b[{y};{x}H")
        for pen, text in pieces:
            while x + cell_len(text) > WIDTH + 1:
                text = text[:-1]
            x += cell_len(text)
            out.append(f"{pen}{text}\x1b[0m" if text else "")
        out.append("\n")
    return "".join([*out[:-1], f"\x1b[{row};{column}H"])


class Cells(Terminal):
    """Keeps how every cell looks, and blanks what is left of half a wide sign."""

    pen = PLAIN

    def _control(self, given: str, final: str, whole: str) -> None:
        if final == "m":
            found = changed(self.pen, given)
            assert found is not None
            self.pen = found
        super()._control(given, final, whole)

    def _write(self, text: str) -> None:
        for char in text:
            if char == "\n":
                super()._write(char)
                continue
            row, start, end = self.rows[self.row], self.column, self.column + cell_len(char)
            if row[start] == "":
                row[start - 1] = " "
            if end < WIDTH and row[end] == "":
                row[end] = " "
            super()._write(char)
            look = replace(self.pen, colour="") if char == " " and not self.pen.attributes else self.pen  # of a blank only the ground is seen
            self.styles[self.row][start:end] = [str(look)] * (end - start)


@given(st.lists(FRAME, min_size=1, max_size=5))
@settings(max_examples=300, deadline=None)
def test_the_screen_is_the_same(frames: list[tuple[list[tuple[int, int, list[tuple[str, str]]]], tuple[int, int]]]) -> None:
    all_of_it, less = Cells(WIDTH, HEIGHT), Cells(WIDTH, HEIGHT)
    shown = Shown()
    for frame in frames:
        data = written(frame)
        all_of_it.feed(data)
        less.feed(shown.less(data))
        assert less.rows == all_of_it.rows
        assert less.styles == all_of_it.styles
        assert (less.row, less.column) == (all_of_it.row, all_of_it.column)
        assert not less.outside and not less.strange


def test_what_is_there_is_not_sent_again() -> None:
    shown = Shown()
    frame = "\x1b[1;1H\x1b[31mone two three four\x1b[0m\n\x1b[2;1Hsame\x1b[1;1H"
    assert shown.less(frame) == "\x1b[1;1H\x1b[31mone two three four\x1b[2;1H\x1b[0msame\x1b[1;1H"
    assert shown.less(frame) == ""
    assert shown.less(frame.replace("four", "fear")) == "\x1b[15C\x1b[31mea\x1b[0m\x1b[1;1H"
    assert shown.less("\x1b[2;1HsamE     X\x1b[1;1H") == "\x1b[2;4HE     X\x1b[1;1H"


def test_what_changes_the_screen_behind_its_back_is_forgotten() -> None:
    frame = "\x1b[1;1Hone\x1b[1;1H"
    for foreign in ("\x1b[?1049h", "\x1b[2J", "plain text", "\x1b[3A", "\x1b[1;1H\x1b[58;5;1mone\x1b[0m"):
        shown = Shown()
        shown.less(frame)
        assert shown.less(foreign) == foreign
        assert shown.less(frame) == frame
    for harmless in ("\x1b[?2026h", "\x1b]52;c;aGk=\x07", "\x1b[?25l", "\x1b]22;default\x07"):
        shown.less(harmless)
        assert shown.less(frame) == ""


def test_signs_of_several_letters_are_left_to_the_terminal() -> None:
    shown = Shown()
    frame = "\x1b[1;1Ha👩\u200d👧 b\x1b[1;1H"
    assert shown.less(frame) == frame
    assert shown.less(frame) == frame.removeprefix("\x1b[1;1H")  # where the cursor stands already
