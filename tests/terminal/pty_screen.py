"""A program behind a pseudo-terminal, and just enough of a terminal to see what it draws, which modes it leaves on, and what it must not send."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from codecs import getincrementaldecoder
from pathlib import Path

from rich.cells import cell_len

from tests.shop import environment

DEADLINE = 60.0  # seconds; only ever reached by a failure
ROOT = Path(__file__).parents[2]
_TOKEN = re.compile(r"\x1b\[([0-9;?<>=:$ ]*)([@-~])|(\x1b[\]PX^_].*?(?:\x07|\x1b\\))|\x1b[()#][0-9A-Za-z]|(\x1b[^\[\]PX^_()#])|([^\x1b]+)", re.S)
MOVES = frozenset("ABDcp")  # what Textual sends beside colours, positions and modes; anything else has come out of the data
POINTER = "\x1b]22;default\x07"  # Textual's pointer shape


class Terminal:
    """Cells, cursor, modes. `strange` keeps every sequence that no part of the app sends; `outside` what was drawn over the edge."""

    def __init__(self, width: int, height: int) -> None:
        self.resize(width, height)
        self.row = self.column = 0
        self.modes: set[str] = set()
        self.keyboard = 0
        self.strange: list[str] = []
        self.outside: list[tuple[int, int, str]] = []
        self.sgr: set[str] = set()
        self._style = ""
        self._waiting = ""

    def resize(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self.rows = [[" "] * width for _ in range(height)]
        self.styles = [[""] * width for _ in range(height)]

    @property
    def lines(self) -> list[str]:
        return ["".join(row).rstrip() for row in self.rows]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def feed(self, data: str) -> None:
        data = self._waiting + data
        cut = data.rfind("\x1b")
        whole = cut < 0 or len(data) - cut > 4096 or _TOKEN.match(data, cut) is not None
        self._waiting = "" if whole else data[cut:]
        for token in _TOKEN.finditer(data if whole else data[:cut]):
            given, final, string, other, text = token.groups()
            if text is not None:
                self._write(text)
            elif string is not None or other is not None:
                self.strange += [] if token[0] == POINTER else [token[0]]
            elif final is not None:
                self._control(given, final, token[0])

    def _control(self, given: str, final: str, whole: str) -> None:
        if final == "H":
            row, _, column = given.partition(";")
            self.row, self.column = int(row or 1) - 1, int(column or 1) - 1
        elif final == "C":
            self.column += int(given or 1)
        elif final in "hl" and given.startswith("?"):
            for mode in given[1:].split(";"):
                (self.modes.add if final == "h" else self.modes.discard)(mode)
        elif final == "u":
            self.keyboard += 1 if given.startswith(">") else -1
        elif final == "J":
            self.resize(self.width, self.height)
        elif final == "m":
            self._style = "" if given in ("", "0") else given
            self.sgr.add(given)
        elif final not in MOVES:
            self.strange.append(whole)

    def _write(self, text: str) -> None:
        for char in text:
            if char == "\r":
                self.column = 0
            elif char == "\n":
                self.row, self.column = self.row + 1, 0
            elif char < " " or "\x7f" <= char < "\xa0":
                self.strange.append(char)
            elif (size := cell_len(char)) > 0:
                if self.row < self.height and self.column + size <= self.width:
                    self.rows[self.row][self.column : self.column + size] = [char, *([""] * (size - 1))]
                    self.styles[self.row][self.column] = self._style
                elif char != " ":
                    self.outside.append((self.row, self.column, char))
                self.column += size


class Session:
    """A command on a pseudo-terminal. `raw` is every byte that came out."""

    def __init__(self, command: list[str], width: int = 80, height: int = 24, drop: tuple[str, ...] = (), **variables: str) -> None:
        self.master, self._slave = pty.openpty()
        self.before = termios.tcgetattr(self._slave)
        self._size(width, height)
        env = environment(**{"TERM": "xterm-256color", "COLORTERM": "truecolor", **variables})
        for name in drop:
            env.pop(name, None)
        slave = self._slave  # kept open here, so that its modes can be looked at after the end
        self.process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=env, cwd=ROOT, start_new_session=True)
        self.terminal = Terminal(width, height)
        self.raw = b""
        self._decode = getincrementaldecoder("utf-8")("replace").decode  # a letter may come in two parts
        self.end = time.monotonic() + DEADLINE

    def _size(self, width: int, height: int) -> None:
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    def resize(self, width: int, height: int) -> None:
        self._size(width, height)
        self.terminal.resize(width, height)
        self.signal(signal.SIGWINCH)

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.process.pid, number)

    def read(self, silence: float | None = None) -> bool:
        """Take in what comes next; False when the process has ended and nothing more is there, or after `silence` seconds without a byte."""
        until = self.end if silence is None else min(self.end, time.monotonic() + silence)
        while True:
            ready, _, _ = select.select([self.master], [], [], max(0.0, min(0.05, until - time.monotonic())))
            if ready:
                data = os.read(self.master, 65536)
                self.raw += data
                self.terminal.feed(self._decode(data))
                return True
            if self.process.poll() is not None:
                return False
            if time.monotonic() >= until:
                assert silence is not None, f"nothing more in {DEADLINE} s:\n{self.terminal.text}"
                return False

    def until(self, pattern: str) -> str:
        """Read until the screen holds the text."""
        while not re.search(pattern, self.terminal.text):
            assert self.read(), f"it ended before {pattern!r} was there:\n{self.terminal.text}"
        return self.terminal.text

    def quiet(self, seconds: float = 0.4) -> Session:
        """Read until nothing has come for a while."""
        while self.read(seconds):
            pass
        return self

    def press(self, keys: str) -> Session:
        """Type; what is drawn meanwhile is read, because both lines hold a few kilobytes only."""
        data = keys.encode()
        while data:
            _, ready, _ = select.select([], [self.master], [], 0.05)
            if ready:
                data = data[os.write(self.master, data[:1024]) :]
            self.read(0)
        return self

    def ask(self, keys: str, pattern: str) -> str:
        self.press(keys)
        return self.until(pattern)

    def finish(self) -> int:
        """Read to the end; the exit code."""
        while self.read():
            pass
        return self.process.wait(max(1.0, self.end - time.monotonic()))

    @property
    def unrestored(self) -> list[str]:
        """What is not as it was before the program."""
        now = termios.tcgetattr(self._slave)
        wrong = [f"mode {mode}" for mode in sorted(self.terminal.modes - {"7", "25"})]
        wrong += [name for mode, name in (("25", "the cursor is hidden"), ("7", "no line wrap")) if mode not in self.terminal.modes]
        wrong += ["keyboard protocol"] if self.terminal.keyboard > 0 else []
        return wrong + [f"termios {index}" for index in range(4) if now[index] != self.before[index]]

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for handle in (self.master, self._slave):
            os.close(handle)


def shop(*options: str) -> list[str]:
    """The command that opens the app on the made-up pages of `tests/tui/tui_shop.py`; options as in `shop_app.py`."""
    return [sys.executable, str(Path(__file__).parent / "shop_app.py"), *options]
