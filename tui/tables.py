"""From the renderers' tables to the grid: rows that scroll, totals that stay, and the arrow of the sorted column."""

from __future__ import annotations

from kpi_core.render.table import Row, Table
from kpi_core.render.text import Line, plain
from kpi_core.view import Sort
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
        header=_with_arrow(table.header(), columns, sort, ascii_only),
        columns=tuple(columns),
        rows=[GridRow(_key(row, index), quiet(table.line(row))) for index, row in enumerate(rows)],
        totals=tuple(GridRow(None, table.line(row)) for row in fixed),
        empty=((" " + empty, "muted"),),
    )


def _key(row: Row, index: int) -> str | None:
    """Rows of text have no key of their own; the cursor may still stand on them, to read on."""
    return f"#{index}" if row.kind == "text" else row.key if row.kind == "row" else None


def quiet(line: Line) -> Line:
    """Rules in the colour of lines, so that titles stand out."""
    return tuple((text, "line" if len(text) > 1 and set(text) <= _RULE and "─" in text else role) for text, role in line)


def _with_arrow(header: Line, columns: list[GridColumn], sort: Sort, ascii_only: bool) -> Line:
    column = next((c for c in columns if c.id == sort.column), None)
    if column is None:
        return header
    arrow = ("v" if sort.descending else "^") if ascii_only else ("▾" if sort.descending else "▴")
    text = plain(header)
    title = text[column.start : column.end]
    # the arrow stands in a blank beside the title, or in place of its last letter
    if title.endswith(" "):
        spot = column.start + len(title.rstrip())
    elif text[column.start - 1 : column.start] == " ":
        spot = column.start - 1
    else:
        spot = column.end - 1
    out: list[tuple[str, str]] = []
    seen = 0
    for piece, role in header:
        start, seen = seen, seen + len(piece)
        if start <= spot < seen:
            cut = spot - start
            out += [(piece[:cut], role), (arrow, "accent"), (piece[cut + 1 :], role)]
        else:
            out.append((piece, role))
    return tuple(run for run in out if run[0])
