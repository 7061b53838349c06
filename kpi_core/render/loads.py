"""The loads of a workspace as lines and as records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from kpi_core.errors import said
from kpi_core.pages.loads import LoadLine
from kpi_core.render.clean import clean
from kpi_core.render.format import Formatter
from kpi_core.render.text import Line, Role, cell_width, wrap_line

STATUS = {"counts": said("counts"), "undone": said("undone"), "damaged": said("damaged")}
_MARKS: dict[str, tuple[str, str, Role]] = {"counts": ("✓", "OK", "good"), "undone": ("-", "-", "muted"), "damaged": ("✗", "!!", "bad")}
CSV_COLUMNS = ("load_id", "status", "file", "profile", "title", "first_day", "last_day", "rows_read", "rows_used", "loaded_at")


def load_lines(loads: Sequence[LoadLine], fmt: Formatter, width: int) -> list[Line]:
    """A load: its number, whether it counts, and its file; format, period, rows and moment follow, on lines below where it is narrow."""
    size = max((len(str(load.load_id)) for load in loads), default=1)
    words = {status: f"{_MARKS[status][fmt.ascii]} {fmt.t(message)}" for status, message in STATUS.items()}
    longest = max(cell_width(words[_status(load)]) for load in loads) if loads else 0
    lines: list[Line] = []
    for load in loads:
        status = _status(load)
        word = words[status]
        about = [clean(load.title)]
        if load.first_day and load.last_day:
            about.append(fmt.span(load.first_day, load.last_day, True))
        if load.rows_read is not None:
            about.append(fmt.t("{used} of {read} rows used", used=load.rows_used or 0, read=load.rows_read))
        about.append(fmt.t("loaded {moment}", moment=load.loaded_at))
        file: Role = "title" if load.counts else "muted"
        line: Line = (
            (f"{load.load_id:>{size}}  ", "muted"),
            (word + " " * (longest - cell_width(word)) + "  ", _MARKS[status][2]),
            (clean(load.file, 400), file),
            ("  " + " · ".join(about), "" if load.counts else "muted"),
        )
        lines += wrap_line(fmt.fold(line), width, size + 2)
    return lines


def _status(load: LoadLine) -> str:
    return "damaged" if load.damaged else "counts" if load.counts else "undone"


def load_values(load: LoadLine) -> dict[str, Any]:
    """Plain values of a load, for JSON and CSV; names as `CSV_COLUMNS`."""
    values = {name: getattr(load, name) for name in CSV_COLUMNS if name != "status"}
    return {name: values.get(name, _status(load)) for name in CSV_COLUMNS}


def load_rows(loads: Sequence[LoadLine]) -> list[tuple[object, ...]]:
    """A record a load; columns: `CSV_COLUMNS`, days and moments as in JSON."""
    return [tuple(msgspec.to_builtins(load_values(load)).values()) for load in loads]
