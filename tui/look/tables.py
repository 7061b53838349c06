"""From the renderers' tables to the grid: rows that scroll, totals that stay, and the arrow of the sorted column."""

from __future__ import annotations

from collections.abc import Mapping

from kpi_core.render.table import Row, Table
from kpi_core.render.text import Line, plain
from kpi_core.view import Sort
from tui.look.runs import marked
from tui.widgets.content import GridColumn, GridContent, GridRow

_RULE = set("─-")


def content(table: Table, sort: Sort, empty: str, ascii_only: bool = False, sortable: bool = True) -> GridContent:
    """The table for the grid: totals and notes at its end stay put, the sorted column's title carries its arrow."""
    columns: list[GridColumn] = []
    at = 1
    for place, column in enumerate(table.columns):
        at += column.space if place else 0
        columns.append(GridColumn(column.id, at, at + column.width, sortable and column.id != "bar"))
        at += column.width
    rows = list(table.rows)
    fixed: list[Row] = []
    while rows and rows[-1].kind in ("total", "note"):
        fixed.insert(0, rows.pop())
    return GridContent(
        header=_with_arrows(table.header(), columns, sort, ascii_only),
        columns=tuple(columns),
        rows=[GridRow(_key(row, index), quiet(table.line(row)), _values(row)) for index, row in enumerate(rows)],
        totals=tuple(GridRow(None, table.line(row), _values(row)) for row in fixed),
        empty=((" " + empty, "muted"),),
        table=table,
    )


def _key(row: Row, index: int) -> str | None:
    """Rows of text have no key of their own; the cursor may still stand on them, to read on."""
    return f"#{index}" if row.kind == "text" else row.key if row.kind == "row" else None


def _values(row: Row) -> tuple[object, ...]:
    return tuple(cell.raw for cell in row.cells) if row.kind in ("row", "total") else ()


def quiet(line: Line) -> Line:
    """Rules in the colour of lines, so that titles stand out."""
    return tuple((text, "line" if len(text) > 1 and set(text) <= _RULE and "─" in text else role) for text, role in line)


def _with_arrows(header: Line, columns: list[GridColumn], sort: Sort, ascii_only: bool) -> Line:
    """The titles with the arrow of each sorted column; numbered (`▾1 ▾2`) where there are several."""
    keys = [(sort.column, sort.descending), *sort.then] if sort.column else []
    for place, (name, descending) in enumerate(keys, 1):
        column = next((c for c in columns if c.id == name), None)
        if column is not None:
            arrow = ("v" if descending else "^") if ascii_only else ("▾" if descending else "▴")
            header = _beside(header, column, arrow + (str(place) if len(keys) > 1 else ""))
    return header


def _beside(header: Line, column: GridColumn, mark: str) -> Line:
    """The mark in blanks after the title, else before it, else in place of its last letters."""
    text, size = plain(header), len(mark)
    start, end = title_span(text, column)
    if text[end : min(column.end, end + size)] == " " * size:
        return put(header, end, mark)
    if start - size > 0 and text[start - size - 1 : start] == " " * (size + 1):
        return put(header, start - size, mark)
    return put(header, max(column.start, column.end - size), mark)


def title_span(text: str, column: GridColumn) -> tuple[int, int]:
    """Where the title of a column stands in the line of titles."""
    title = text[column.start : column.end]
    start = column.start + len(title) - len(title.lstrip())
    return start, max(start, column.start + len(title.rstrip()))


def put(line: Line, at: int, text: str, role: str = "accent") -> Line:
    """The line with `text` in place of what stands at character `at`."""
    out: list[tuple[str, str]] = []
    seen = 0
    for piece, own in line:
        start, seen = seen, seen + len(piece)
        if start <= at < seen:
            out += [(piece[: at - start], own), (text, role)]
        elif start < at:
            out.append((piece, own))
        if seen > at + len(text):
            out.append((piece[max(0, at + len(text) - start) :], own))
    return tuple(run for run in out if run[0])


def pointed(line: Line, on: bool, chosen: bool, more: bool, ascii_only: bool) -> Line:
    """The row with the mark of its first cell: under the cursor, marked, both, or `more` rows below it."""
    if on or chosen:
        return marked(line, {(True, True): "◉#", (True, False): "▸>", (False, True): "●*"}[on, chosen][ascii_only])
    return marked(line, "v" if ascii_only else "▾", "muted") if more else line


def with_changes(row: GridRow, columns: tuple[GridColumn, ...], changed: Mapping[tuple[str, str], int], key: str, ascii_only: bool) -> Line:
    """The row with a mark before every number that newer data changed: `Δ`, and `↑` or `↓` where there is room for it."""
    line = row.runs
    delta, arrows = ("*", {1: "^", -1: "v", 0: ""}) if ascii_only else ("Δ", {1: "↑", -1: "↓", 0: ""})
    for column in columns:
        step = changed.get((key, column.id))
        if step is None:
            continue
        text = plain(line)
        at = column.start
        while at < column.end and text[at : at + 1] == " ":
            at += 1
        at = column.start if at >= column.end else at  # an empty cell: a number that went away
        free = 0
        while at - free - 1 > 0 and text[at - free - 1] == " " and free < 3:
            free += 1
        mark = delta + arrows[step]
        if free < len(mark) + (at - free > 1):
            mark = delta  # the number before it stays apart
        if free:
            line = put(line, at - len(mark), mark, "muted")
    return line
