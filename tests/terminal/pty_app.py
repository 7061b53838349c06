"""The real app in a real pseudo-terminal: what it sends for a key, byte by byte. Run as a script it is the app on the shop of fixed pages."""

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
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve()
ROOT = HERE.parents[2]
FAKE = (sys.executable, str(HERE))  # the app on tests/tui/tui_shop.py
SYNC = re.compile(rb"\x1b\[\?2026\$p")
KEYS = {"down": b"\x1b[B", "up": b"\x1b[A", "left": b"\x1b[D", "right": b"\x1b[C", "enter": b"\r", "escape": b"\x1b", "tab": b"\t", "pagedown": b"\x1b[6~", "backspace": b"\x7f", "shift+tab": b"\x1b[Z", "ctrl+l": b"\x0c"}

REST = 1.5  # seconds without a byte after which nothing more is under way
ANSWER = 4.0  # seconds within which a key draws something, if it does


class PtyApp:
    """`press` gives the bytes that a key costs. Waits until the app has been silent for `quiet` seconds, never longer than `most`."""

    def __init__(self, argv: Sequence[str], size: tuple[int, int] = (80, 24), env: dict[str, str] | None = None, quiet: float = 0.35, most: float = 20.0) -> None:
        self.quiet, self.most = quiet, most
        self.master, slave = pty.openpty()
        self._size(slave, *size)
        clean = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "TMUX", "STY", "SSH_CONNECTION")}
        chosen = {**clean, "TERM": "xterm-256color", "COLORTERM": "truecolor", **(env or {})}
        self.process = subprocess.Popen(argv, stdin=slave, stdout=slave, stderr=slave, env=chosen, cwd=ROOT, start_new_session=True, close_fds=True)
        os.close(slave)
        self.first = b""  # what the first screen cost

    @staticmethod
    def _size(handle: int, width: int, height: int) -> None:
        fcntl.ioctl(handle, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    def resize(self, width: int, height: int) -> bytes:
        self._size(self.master, width, height)
        os.killpg(self.process.pid, signal.SIGWINCH)
        return self.read()

    def read(self, until: bytes = b"") -> bytes:
        """Everything sent until the app is silent; with `until`, at least until that has been seen."""
        found = b""
        end = time.monotonic() + self.most
        while time.monotonic() < end:
            waiting = until and until not in found
            ready, _, _ = select.select([self.master], [], [], min(end - time.monotonic(), 5.0) if waiting else self.quiet)
            if not ready:
                if not waiting:
                    break
                continue
            try:
                piece = os.read(self.master, 1 << 16)
            except OSError:
                break
            if not piece:
                break
            found += piece
        return found

    def begin(self, until: bytes = b"") -> bytes:
        """The first screen."""
        self.first = self.read(until)
        return self.first

    def wait(self, until: bytes) -> None:
        """Until that has been seen, in the first screen or since, and all that follows from it has come, on a busy machine too."""
        if until not in self.first:
            self.read(until)
        while select.select([self.master], [], [], REST)[0]:
            self.read()

    def press(self, key: str) -> bytes:
        """What a key costs, all that follows from it included. A busy machine may take a while to answer."""
        os.write(self.master, KEYS.get(key, key.encode()))
        select.select([self.master], [], [], ANSWER)
        return self.read()

    def close(self) -> int:
        """End the app as a lost terminal would; its exit code."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        os.close(self.master)
        return self.process.returncode


@contextmanager
def in_pty(argv: Sequence[str] = FAKE, size: tuple[int, int] = (80, 24), env: dict[str, str] | None = None, until: bytes = b"Revenue") -> Iterator[PtyApp]:
    """The app in a pseudo-terminal, its first screen drawn."""
    app = PtyApp(argv, size, env)
    try:
        app.begin(until)
        yield app
    finally:
        app.close()


def main() -> int:
    """The app on fixed pages. Arguments: --ascii, --lang fr, --rest SECONDS (after which the cursor rests)."""
    sys.path[:0] = [str(ROOT / "tests" / "tui"), str(ROOT)]
    from tui_shop import Shop

    from tui.app import OmnigapApp
    from tui.options import Options

    def given(name: str, default: str) -> str:
        return sys.argv[sys.argv.index(name) + 1] if name in sys.argv else default

    options = Options(lang=given("--lang", "en"), ascii_only="--ascii" in sys.argv)
    app = OmnigapApp(Shop, place="/shop", options=options, debounce=float(given("--rest", "0.08")), poll=0)
    return app.run() or 0


if __name__ == "__main__":
    raise SystemExit(main())
