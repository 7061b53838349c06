"""Files that the last load did not use: their rows in Data, and why they were not used."""

from __future__ import annotations

from kpi_core.errors import said
from kpi_core.pages import DataPage, UnusedFile
from kpi_core.render.clean import clean
from kpi_core.render.format import Formatter
from kpi_core.render.text import Line, join, wrap, wrap_line

UNUSED = "#!"  # begins the key of a row of such a file; `#`: it cannot be marked
STATUS = {"failed": said("not loaded"), "passed over": said("passed over"), "undecided": said("undecided")}


def unused_key(place: int) -> str:
    """Key of a row of a file that the last load did not use."""
    return f"{UNUSED}{place}"


def unused_of(page: DataPage, key: str | None) -> UnusedFile | None:
    """The file that was not used behind a row; None for any other row."""
    if key is None or not key.startswith(UNUSED):
        return None
    place = int(key.removeprefix(UNUSED))
    return page.refused[place] if place < len(page.refused) else None


def item(mark: str, text: str, role: str, width: int, indent: int = 2) -> list[Line]:
    """A point of a list, its further lines under its text; `role` '' for plain text."""
    muted: str = "muted" if role == "muted" else ""
    return wrap_line(join((" " * indent + f"{mark} ", role), (clean(text, 4000), muted)), width, indent + 2)


def unused_file_lines(file: UnusedFile, fmt: Formatter, width: int) -> list[Line]:
    """Why the last load did not use a file, where, and what to do."""
    t = fmt.t
    lines: list[Line] = [((piece, "title"),) for piece in wrap(clean(file.path, 400), width)]
    failed = file.status not in ("passed over", "undecided")
    lines += item("✗" if failed else "!", f"{status_text(file, fmt)}{fmt.colon}{t(file.what)}", "bad" if failed else "warn", width, 0)
    if file.where is not None and (file.where.line is not None or file.where.column):
        lines += item("·", t("where: {place}", place=clean(str(file.where), 400)), "", width, 0)
    if file.hint is not None:
        lines += item("→", t(file.hint), "", width, 0)
    if file.kind in ("UnknownFormat", "AmbiguousFormat"):
        lines += item("→", t("learn this layout: L, or omnigap learn {file}", file=clean(file.path, 400)), "", width, 0)
    return [fmt.fold(line) for line in lines]


def status_text(file: UnusedFile, fmt: Formatter) -> str:
    if file.kind == "Undecided":
        return fmt.t(STATUS["undecided"])
    return fmt.t(STATUS.get(file.status, STATUS["failed"]))
