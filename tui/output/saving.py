"""Writing a file that somebody asked for: whole or not at all, and never over another one without saying so."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path

from kpi_core.errors import OmnigapError, UsageError, Where, said

LONGEST_NAME = 80


def save(path: Path, make: Callable[[Path], object]) -> Path:
    """`make` writes a file beside `path`, which then takes its place at once. A pipe or device is written to as it is.

    Raises UsageError when the folder does not take it; what `make` raises otherwise goes on, and leaves nothing behind.
    """
    try:
        target = path.expanduser().resolve()
        if target.exists() and not target.is_file():
            if target.is_dir():
                raise UsageError(said("this is a folder, not a file"), where=Where(str(path)))
            make(target)
            return target
        part = target.with_name(f".{target.name[:100]}.{os.getpid()}.part")
        try:
            make(part)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(said("the file cannot be written: {reason}", reason=error.strerror or str(error)), where=Where(str(path))) from None
    except OmnigapError as error:
        if error.where is not None and ".part" in error.where.file:  # the name that the reader knows
            error.where = Where(str(path))
        raise
    return target


def save_bytes(path: Path, data: bytes) -> Path:
    return save(path, lambda part: part.write_bytes(data))


def free(path: Path) -> Path:
    """`path`, or the same with the first number that no file has yet: `report-2.csv`."""
    if not path.expanduser().exists():
        return path
    for number in range(2, 10_000):
        other = path.with_name(f"{path.stem}-{number}{path.suffix}")
        if not other.expanduser().exists():
            return other
    raise UsageError(said("there are thousands of files of this name: choose another one"), where=Where(str(path)))


def file_name(*parts: str) -> str:
    """A name that every system takes, from words that may hold anything: letters, digits, `-` and `_`."""
    words = []
    for part in parts:
        plain = "".join(c for c in unicodedata.normalize("NFKD", part) if not unicodedata.combining(c))
        word = re.sub(r"[^A-Za-z0-9_]+", "-", plain).strip("-_")
        if word:
            words.append(word[:32].rstrip("-_"))
    return "-".join(words)[:LONGEST_NAME].rstrip("-_") or "omnigap"
