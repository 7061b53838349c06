"""Where a fault of omnigap itself is written down. Light: the commands use it without Textual."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import threading
import traceback
from datetime import datetime
from pathlib import Path
from types import TracebackType

from kpi_core.i18n import Translator, choose_language


def keep_quiet() -> None:
    """What fails in a thread, at exit, or where nobody is left to catch it, quotes data on stderr: it is written down instead."""

    if os.environ.get("OMNIGAP_DEBUG"):
        return

    def kept(error: BaseException | None) -> None:
        gone = isinstance(error, OSError) and error.errno in (errno.EIO, errno.EPIPE, errno.EBADF)  # the terminal, or whoever read the output
        if error is not None and not gone and not isinstance(error, KeyboardInterrupt):
            with contextlib.suppress(OSError, RuntimeError):
                write_log(error)

    def last(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        kept(error)
        with contextlib.suppress(OSError):
            sys.stderr.write(Translator(choose_language(None))("omnigap stopped because of a fault of its own.") + "\n")

    sys.excepthook = last
    sys.unraisablehook = lambda found: kept(found.exc_value)
    threading.excepthook = lambda found: kept(found.exc_value)


def write_log(error: BaseException, folder: Path | None = None, link: str = "") -> Path:
    """The link of the view that was on screen and the traceback of `error`, without values of variables, in a new file with mode 0600;
    by default in the user's log folder."""
    if folder is None:
        from platformdirs import user_log_path

        folder = user_log_path("omnigap")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"crash-{datetime.now():%Y%m%d-%H%M%S-%f}.log"
    from kpi_core.personal import quiet_traceback

    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(f"{link}\n\n" if link else "")
        stream.write(quiet_traceback("".join(traceback.format_exception(error))))
    return path
