"""The app in a real terminal: it leaves it as it was, however it ends; it keeps up; nothing of the data gets through; the cursor can be followed."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pty_screen import Session, shop

from tests.shop import COMMAND


@contextmanager
def running(command: list[str], width: int = 80, height: int = 24, drop: tuple[str, ...] = (), until: str = "Revenue", **variables: str) -> Iterator[Session]:
    """A session with its first page drawn; killed in the end, should it still be there."""
    session = Session(command, width, height, drop, **variables)
    try:
        session.until(until)
        yield session
    finally:
        session.close()


def colours(session: Session) -> set[str]:
    """The codes of colour that were sent: 30-49 and 90-107, however they are written."""
    codes = {code for given in session.terminal.sgr for code in re.split("[;:]", given) if code}
    return {code for code in codes if 30 <= int(code) <= 49 or 90 <= int(code) <= 107}


@pytest.mark.fault(20)
@pytest.mark.parametrize("term", ["xterm-256color", "screen-256color", "tmux-256color", "linux", "dumb", ""])
def test_forty_by_ten_in_every_kind_of_terminal(term: str) -> None:
    with running(shop(), 40, 10, () if term else ("TERM",), TERM=term, COLORTERM="") as session:
        assert "25" not in session.terminal.modes and "1049" in session.terminal.modes
        session.press("q")
        assert session.finish() == 0
        assert session.unrestored == [] and session.terminal.strange == []
        assert session.terminal.outside == [], "".join(char for _, _, char in session.terminal.outside)
        assert "Traceback" not in session.terminal.text
        if term == "dumb":
            assert colours(session) == set()


@pytest.mark.fault(20)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_the_terminal_is_left_as_it_was_after_a_signal(number: signal.Signals) -> None:
    with running(shop("slow"), until="opening|asking") as session:  # in the middle of a question
        session.quiet(0.2).signal(number)
        assert session.finish() == 128 + number
        assert session.unrestored == []


@pytest.mark.fault(22)
def test_the_terminal_is_left_as_it_was_after_a_crash(tmp_path: Path) -> None:
    with running(shop("crash", f"log={tmp_path}")) as session:
        session.press("r")
        assert session.finish() == 1
        assert session.unrestored == []
        assert b"Secret" not in session.raw and b"Traceback" not in session.raw and list(tmp_path.glob("crash-*.log"))
        assert b"omnigap stopped because of a fault of its own" in session.raw


@pytest.mark.fault(20)
def test_resizing_while_a_question_runs() -> None:
    with running(shop("slow"), until="opening|asking") as session:
        for width, height in ((120, 36), (40, 10), (160, 48), (61, 17)):
            session.resize(width, height)
            session.quiet(0.2)
        session.signal(signal.SIGUSR1)
        session.until("Revenue")
        session.resize(100, 30)
        session.quiet()
        assert "Revenue" in session.terminal.text and "Return rate" in session.terminal.text
        assert len(session.terminal.lines[0]) <= 100 and session.terminal.strange == []
        session.press("q")
        assert session.finish() == 0 and session.unrestored == []


def test_a_paste_of_a_hundred_kilobytes() -> None:
    text = "\x1b[200~" + ("paste \U0001f600 [red] \x07 line\r\n" * 4000)[:100_000] + "\x1b[201~"
    with running(shop()) as session:
        session.press(text).quiet()  # over the table: nothing happens
        before = len(session.raw)
        session.press("/").quiet(0.2)
        session.press(text).quiet()
        assert len(session.raw) - before < 60_000
        assert session.terminal.strange == []
        session.ask("\x1b", "Average order value")
        session.quiet()
        session.press("\x1b").quiet(0.3)
        session.press("Q")
        assert session.finish() == 0 and session.unrestored == []


def test_keys_faster_than_the_screen() -> None:
    with running(shop("open=omnigap://explore?kpi=revenue&by=product"), 160, 48, until="Product 00") as session:
        session.quiet()
        before = len(session.raw)
        session.press("\x1b[B" * 200).until("▸Product 119")
        session.quiet()
        assert re.search("▸Product 119", session.terminal.text)
        assert len(session.raw) - before < 1_000_000  # a page for each key would be five times as much
        session.press("\x1b[H" + "jk" * 50 + "j").until("▸Product 001")
        session.press("Q")
        assert session.finish() == 0 and session.unrestored == []


@pytest.mark.parametrize("options", [("ascii",)])  # with colours: test_hostile.py
def test_nothing_of_hostile_names_gets_through(options: tuple[str, ...]) -> None:
    with running(shop("hostile", *options), 120, 36, ESCDELAY="10") as session:
        keys = ["2", "\r", "\x1b", "3", "\r", "\x1b", "4", "5", "6", "1", "x", "\x1b", "v", "\x1b", "i", "\x1b", "?", "\x1b", "D", "\x1b", "\r", "\r", "\r", "v", "\x1b", "x", "\x1b"]
        for key in keys:
            session.press(key).quiet(0.06)
        for _ in range(3):
            session.press("\x1b").quiet(0.6)  # a letter right behind it would be alt and the letter
        assert session.terminal.strange == [] and session.terminal.outside == []
        assert not options or session.raw.isascii()
        session.press("Q")
        assert session.finish() == 0 and session.unrestored == []


def test_columns_line_up_behind_hostile_names() -> None:
    with running(shop("hostile", "open=omnigap://explore?kpi=revenue&by=product"), 120, 36, until="emoji") as session:
        session.quiet()
        text = session.terminal.text
        first, last = (next(n for n, line in enumerate(session.terminal.lines) if word in line) for word in ("PRODUCT", "Total ("))
        places = {row.index("€") for row in session.terminal.rows[first + 1 : last]}
        assert last - first > 10 and len(places) == 1, text


def test_without_colours_and_without_mouse() -> None:
    with running(shop("no-color", "no-mouse", "ascii")) as session:
        session.press("jl").quiet()
        assert colours(session) == set()
        assert not session.terminal.modes & {"1000", "1003", "1006", "1015"}
        row = next(place for place, line in enumerate(session.terminal.lines) if line.startswith(">"))
        assert "7" in session.terminal.styles[row][0].split(";")  # reverse
        assert any("4" in style.split(";") for style in session.terminal.styles[2])  # the lit column is underlined
        session.press("T").until("high-contrast")
        session.press("\x1b[B\x1b[B").quiet(0.2)
        assert colours(session) == set() and session.raw.isascii()


def test_the_cursor_can_be_followed() -> None:
    """What a braille display shows: the row that has the focus, the field that is typed in, the row of a list."""
    with running(shop("show-cursor")) as session:
        session.quiet()
        screen = session.terminal

        def line() -> str:
            return screen.lines[screen.row][screen.column :]

        assert "25" in screen.modes and line().startswith("▸Revenue")
        session.press("j").quiet()
        assert line().startswith("▸Orders")
        session.press("/").quiet(0.3)
        session.press("ret").quiet(0.3)
        assert screen.lines[screen.row].strip() == "ret" and line() == "" and screen.column == screen.lines[screen.row].index("ret") + 3
        session.press("\x1b").quiet(0.4)
        session.press("T").quiet(0.4)
        assert line().startswith("type to search") or screen.lines[screen.row].strip("│ ").startswith("type to search")
        session.press("\x1b[B").quiet(0.3)
        assert line().startswith("▸")
        session.press("Q\x1b").quiet(0.3)
        session.press("Q")
        assert session.finish() == 0 and session.unrestored == []


def test_the_command_in_a_locale_of_ascii(sample_workspace: Path) -> None:
    command = [*COMMAND, str(sample_workspace), "--lang", "fr", "-p", "2026-W43"]
    with running(command, until="Chiffre d'affaires", LC_ALL="C", NO_COLOR="1") as session:
        session.quiet()
        assert session.raw.isascii() and colours(session) == set()
        session.press("q")
        assert session.finish() == 0 and session.unrestored == []
