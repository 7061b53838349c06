"""The process is told to end: commands leave off what they do and clean up behind them; the second time they end at once.

Light: every command needs it, none of them Textual.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from types import FrameType

AGAIN_SECONDS = 0.05

told = 0  # the signal that told a command to end
_over = threading.Event()
_hurrying: threading.Thread | None = None


def listen() -> None:
    """From now on SIGTERM and SIGHUP end a command as Ctrl-C does. What whoever started it had it ignore (nohup, a job of a script) stays ignored."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            signal.signal(number, _told)


def _told(number: int, frame: FrameType | None) -> None:
    global told
    if told:
        at_once(128 + number)
    told = number
    hurry()
    raise KeyboardInterrupt  # DuckDB makes a RuntimeError of it where it comes in the middle of a statement: `told` says what was meant


def hurry() -> None:
    """Interrupt what writes to the warehouse until `finish`."""
    global _hurrying
    if _hurrying is None:
        _hurrying = threading.Thread(target=_hurry, name="hurry", daemon=True)
        _hurrying.start()


def _hurry() -> None:
    while True:
        stopping = sys.modules.get("kpi_core.store.stopping")  # without it nothing writes
        if stopping is not None:
            stopping.stop()
        if _over.wait(AGAIN_SECONDS):
            return


def finish() -> None:
    """What was told to end has ended."""
    if _hurrying is not None:
        _over.set()
        _hurrying.join()


def at_once(code: int) -> None:
    """End without waiting for threads: no exit handler runs, so that the private folder of this process goes here."""
    spill = sys.modules.get("kpi_core.store.spill")
    if spill is not None:
        spill.release()
    os._exit(code)
