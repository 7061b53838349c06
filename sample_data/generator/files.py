"""Writing of files whose bytes depend on nothing but their content."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterable, Sequence
from pathlib import Path


def write_bytes(path: Path, data: bytes) -> None:
    """Write `data`, gzipped without name or time when the path ends in .gz (so that two runs give the same bytes)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix != ".gz":
        path.write_bytes(data)
        return
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=buffer, mtime=0) as packed:
        packed.write(data)
    path.write_bytes(buffer.getvalue())


def table(header: Sequence[str], rows: Iterable[Sequence[object]], delimiter: str = ",", end: str = "\n") -> str:
    """A CSV table as text; quotes only where the vendor's files have them (minimal quoting)."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator=end)
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue()


def write_table(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]], *, delimiter: str = ",", encoding: str = "utf-8", end: str = "\n") -> None:
    """Write one CSV table to `path` in `encoding`."""
    write_bytes(path, table(header, rows, delimiter, end).encode(encoding))


def comma(line: str) -> list[str]:
    """The names of a header line."""
    return line.split(",")


def words(line: str) -> list[str]:
    """Names divided by blanks."""
    return line.split()


def euros(cents: int, mark: str = ".") -> str:
    """Cents as a plain decimal number: 1234 -> '12.34' (or '12,34')."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}{mark}{abs(cents) % 100:02d}"
