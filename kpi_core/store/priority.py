"""Whoever loads gives way to those who look: less of the processor, and of the disk what nobody else asks for."""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import sys
import threading

_IOPRIO_SET = {"x86_64": 251, "aarch64": 30, "riscv64": 30, "ppc64le": 273, "s390x": 282}  # numbers of the system call; the C library has no name for it
_THIS_THREAD = (1, 0)
_IDLE = 3 << 13


def give_way(nice: int) -> None:
    """Lower the priority of the calling thread by `nice` (0: not at all) and of every thread it starts from now on; it cannot be raised again.

    On Linux the other threads of the process keep theirs; elsewhere nothing happens unless the process has this thread only.
    """
    if nice <= 0 or not (sys.platform == "linux" or threading.active_count() == 1):
        return
    with contextlib.suppress(OSError):
        os.nice(nice)
    number = _IOPRIO_SET.get(platform.machine()) if sys.platform == "linux" else None
    if number is not None:
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None, use_errno=True).syscall(number, *_THIS_THREAD, _IDLE)
