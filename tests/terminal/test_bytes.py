"""What a key costs over a slow line, measured through a pseudo-terminal."""

from __future__ import annotations

import pytest
from pty_app import FAKE, in_pty

PAGE = 25_000


@pytest.mark.parametrize(("size", "move"), [((160, 48), 1_500), ((80, 24), 600)])
def test_a_cursor_move_and_a_page_cost_little(size: tuple[int, int], move: int) -> None:
    # the cursor rests only after a while, so that what a move costs is told from what the panes cost that follow
    with in_pty((*FAKE, "--rest", "1.2"), size=size) as app:
        app.wait(b"of the sample")
        assert 0 < len(app.press("down")) <= move
        followed = app.read(until=b"orders of the sample")
        assert 0 < len(followed) <= PAGE
        opened = app.press("enter")
        assert b"marketplace" in opened and len(opened) <= PAGE


def test_going_about_draws_nothing_twice() -> None:
    with in_pty(FAKE, size=(160, 48)) as app:
        app.wait(b"of the sample")
        assert len(app.first) <= 45_000
        for key in ("tab", "shift+tab"):
            assert len(app.press(key)) <= 6_000  # two frames change their lines
        for key in ("3", "1", "t", "1", "/", "escape"):
            assert len(app.press(key)) <= PAGE


def test_a_screen_that_was_written_over_can_be_drawn_anew() -> None:
    with in_pty(FAKE, size=(80, 24)) as app:
        app.wait(b"of the sample")
        drawn = app.press("ctrl+l")
        assert len(drawn) > 3_000 and b"Revenue" in drawn and b"of the sample" in drawn
