"""The app in a real terminal of 40 by 10, through a pseudo-terminal: it shows numbers, stays inside its screen, and leaves at `q`."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from pathlib import Path

import pytest

from tests.shop import COMMAND, environment

pytestmark = pytest.mark.slow

DEADLINE = 60.0  # seconds; only ever reached by a failure
_TOKEN = re.compile(r"\x1b\[([0-9;?<>=$ ]*)([A-Za-z~])|\x1b[\]PX^_].*?(?:\x07|\x1b\\)|\x1b[()#][0-9A-Za-z]|\x1b.|([^\x1b]+)", re.S)


class Terminal:
    """Just enough of one: text, cursor positions, line ends and clearing. `outside` keeps what was drawn over the edge."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self.rows = [[" "] * width for _ in range(height)]
        self.row = self.column = 0
        self.outside: list[tuple[int, int, str]] = []
        self.waiting = ""

    @property
    def text(self) -> str:
        return "\n".join("".join(row).rstrip() for row in self.rows)

    def feed(self, data: str) -> None:
        self.waiting += data
        # a sequence cut in two waits for its end
        cut = self.waiting.rfind("\x1b")
        ready = self.waiting if cut < 0 or _TOKEN.fullmatch(self.waiting[cut:].split("\n")[0][:40]) or len(self.waiting) - cut > 40 else self.waiting[:cut]
        self.waiting = self.waiting[len(ready) :]
        for token in _TOKEN.finditer(ready):
            if token[3] is not None:
                self._write(token[3])
            elif token[2] in ("H", "f"):
                row, _, column = token[1].partition(";")
                self.row, self.column = int(row or 1) - 1, int(column or 1) - 1
            elif token[2] == "J":
                self.rows = [[" "] * self.width for _ in range(self.height)]

    def _write(self, text: str) -> None:
        for char in text:
            if char == "\r":
                self.column = 0
            elif char == "\n":
                self.row, self.column = self.row + 1, 0
            elif char >= " ":
                if self.row < self.height and self.column < self.width:
                    self.rows[self.row][self.column] = char
                elif char != " ":
                    self.outside.append((self.row, self.column, char))
                self.column += 1


class Session:
    """The command on a pseudo-terminal of its own."""

    def __init__(self, arguments: list[str], width: int, height: int) -> None:
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
        env = environment(TERM="xterm-256color", COLORTERM="truecolor", TEXTUAL_ANIMATIONS="none")
        self.process = subprocess.Popen([*COMMAND, *arguments], stdin=slave, stdout=slave, stderr=slave, env=env, start_new_session=True)
        os.close(slave)
        self.terminal = Terminal(width, height)
        self.end = time.monotonic() + DEADLINE

    def read(self) -> bool:
        """Take in what comes next; False when nothing will come any more."""
        ready, _, _ = select.select([self.master], [], [], max(0.0, self.end - time.monotonic()))
        if not ready:
            raise AssertionError(f"nothing more in {DEADLINE} s:\n{self.terminal.text}")
        try:
            data = os.read(self.master, 65536)
        except OSError:  # the other side has closed
            return False
        self.terminal.feed(data.decode("utf-8", "replace"))
        return bool(data)

    def until(self, pattern: str) -> str:
        """Read until the screen holds the text."""
        while not re.search(pattern, self.terminal.text):
            assert self.read(), f"it ended before {pattern!r} was there:\n{self.terminal.text}"
        return self.terminal.text

    def press(self, keys: str) -> None:
        os.write(self.master, keys.encode())

    def finish(self) -> int:
        while self.read():
            pass
        return self.process.wait(max(1.0, self.end - time.monotonic()))

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.master)


@pytest.mark.parametrize(("lang", "kpi", "deeper"), [("en", "Revenue", "Stores|Pop-up"), ("fr", "Chiffre d'af|CA", "Magasins|phémère")])
def test_forty_by_ten(small: Path, lang: str, kpi: str, deeper: str) -> None:
    session = Session([str(small), "--lang", lang, "-p", "2026-W43"], 40, 10)
    try:
        shown = session.until(kpi)
        assert any(char.isdigit() for char in shown)
        session.press("\r")  # goes deeper on the KPI under the cursor
        session.until(deeper)
        session.press("\x7f")  # and back
        session.until(kpi)
        session.press("q")
        assert session.finish() == 0
        assert session.terminal.outside == []
        assert "Traceback" not in session.terminal.text
    finally:
        session.close()


def test_a_mistake_on_a_terminal_is_told_before_any_screen(tmp_path: Path) -> None:
    session = Session([str(tmp_path / "nowhere")], 40, 10)
    try:
        assert session.finish() == 2
        assert "error" in session.terminal.text and "there is no folder" in session.terminal.text.replace("\n", "")
    finally:
        session.close()


@pytest.mark.fault(20)
def test_the_app_ends_with_a_terminal_that_hangs_up_without_a_signal(small: Path) -> None:
    session = Session([str(small), "--lang", "en", "-p", "2026-W43"], 80, 24)
    session.until("Revenue")
    os.close(session.master)  # its own session without a controlling terminal: no SIGHUP comes
    try:
        assert session.process.wait(DEADLINE) == 129
    finally:
        if session.process.poll() is None:
            session.process.kill()
