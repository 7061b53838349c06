"""Where a fault of omnigap itself is written down. Light: the commands use it without Textual."""

from __future__ import annotations

import os
import traceback
from datetime import datetime
from pathlib import Path


def write_log(error: BaseException, folder: Path | None = None, link: str = "") -> Path:
    """The link of the view that was on screen and the traceback of `error`, without values of variables, in a new file with mode 0600;
    by default in the user's log folder."""
    if folder is None:
        from platformdirs import user_log_path

        folder = user_log_path("omnigap")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"crash-{datetime.now():%Y%m%d-%H%M%S-%f}.log"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(f"{link}\n\n" if link else "")
        stream.write("".join(traceback.format_exception(error)))
    return path
