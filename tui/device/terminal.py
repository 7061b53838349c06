"""What the app asks of a real terminal beyond Textual: to be left as it was when the process is told to end, and a visible cursor."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import termios
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from tui.device import ending

SHOW_CURSOR = "\x1b[?25h"
# paste mode, mouse, focus and keyboard reports off, line wrap on, the main screen, the cursor: what Textual's driver undoes when it ends well
RESTORE = "\x1b[?2004l\x1b[?7h\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?1016l\x1b[?2048l\x1b[<u\x1b[?1049l\x1b[?25h\x1b[?1004l"
GRACE_SECONDS = 2.0
STDIN = 0


def settings() -> list[Any] | None:
    """How the terminal treats typed lines now; None where there is no terminal."""
    try:
        return termios.tcgetattr(STDIN)
    except (termios.error, OSError):
        return None


def restore(before: list[Any] | None) -> None:
    """Bring the terminal back by hand. For the cases in which the app cannot do it any more; what is gone is let go."""
    try:
        if before is not None:
            termios.tcsetattr(STDIN, termios.TCSANOW, before)
        stream = sys.__stderr__
        if stream is not None and stream.isatty():
            os.write(stream.fileno(), RESTORE.encode())
    except (OSError, ValueError, termios.error):
        pass


def end_with_signals(end: Callable[[int], None], before: list[Any] | None) -> None:
    """`end(128 + signal)` when the process is told to end; if that takes too long (a query that runs on), the terminal is
    restored by hand and the process ends all the same."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
        loop.add_signal_handler(number, partial(_told, number, end, before))


def _told(number: int, end: Callable[[int], None], before: list[Any] | None) -> None:
    code = 128 + number
    last = threading.Timer(GRACE_SECONDS, _at_once, (code, before))
    last.daemon = True
    last.start()
    ending.hurry()
    end(code)


def _at_once(code: int, before: list[Any] | None) -> None:
    restore(before)
    ending.at_once(code)
