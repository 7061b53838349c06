"""Tables as values: cells with a role, columns with a width that fits the screen, and their plain, ANSI, Markdown and CSV texts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from kpi_core.render.clean import clean, csv_safe, guarded, to_ascii
from kpi_core.render.text import Line, Role, Run, cell_width, cut, fit_line, join, pad, plain

LONGEST = 32_000  # characters of a cell: what a spreadsheet takes
ANSI: dict[Role, str] = {"good": "32", "warn": "33", "bad": "31", "muted": "2", "accent": "36", "target": "33", "title": "1"}


@dataclass(frozen=True)
class Cell:
    """One cell. `runs`, when given, replace `text` by pieces of different roles and must already be as wide as the column asks.

    `raw` is what rows are sorted and filtered by: the number as it is shown, rates times a hundred. `exact` is what is copied and exported
    where that differs: the number itself (0.0231 for 2.31 %) with its `unit` and how many decimals it is shown with, or a text that says
    more than the cell; `status` is the judgement that a glyph stands for.
    """

    text: str
    role: Role = ""
    align: str = ""  # '' follows the column
    runs: Line = ()
    raw: object = None
    exact: object = None
    unit: str = ""  # that of a KpiInfo, or pt: a difference of rates
    decimals: int | None = None
    status: str = ""  # of a GapStatus


@dataclass(frozen=True)
class Column:
    """`align`: left, right, or decimal (right, with units padded so that decimal marks stand under each other).

    `shrink` > 0 lets the column be cut down to that many cells; `grow` gives it the free space, up to `limit` cells when that is set:
    a name far from its number is hard to read. `space`: blank cells before it.
    """

    id: str
    title: str
    align: str = "left"
    width: int = 0
    shrink: int = 0
    grow: bool = False
    space: int = 1
    limit: int = 0


@dataclass(frozen=True)
class Row:
    """`kind`: row, section and text (the first cell spans the table), total, note. `key` names what the row is about: a KPI id or a member."""

    cells: tuple[Cell, ...]
    kind: str = "row"
    key: str | None = None


@dataclass(frozen=True)
class Table:
    """Columns with final widths and rows; `width` is what a line takes, the cursor mark in its first cell included."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    width: int
    rule: str = "─"
    ellipsis: str = "…"
    heads: tuple[Cell, ...] = field(default=())  # replaces column titles where a head has runs of its own

    @property
    def natural(self) -> int:
        """Cells that the columns need; more than `width` when the table does not fit."""
        return 1 + sum(column.width for column in self.columns) + sum(column.space for column in self.columns[1:])

    def spans(self) -> list[tuple[str, int, int]]:
        """(column id, first cell, cell after the last) of each column on a line."""
        out, at = [], 1
        for index, column in enumerate(self.columns):
            at += column.space if index else 0
            out.append((column.id, at, at + column.width))
            at += column.width
        return out

    def header(self) -> Line:
        """The line of titles."""
        cells = self.heads or tuple(Cell(column.title, "muted") for column in self.columns)
        return self._line(cells, " ", header=True)

    def line(self, row: Row, mark: str = " ") -> Line:
        """One row; `mark` is the cell before it (`▸` cursor)."""
        if row.kind == "section":
            title = f"{self.rule} {row.cells[0].text} "
            title = cut(title, self.width, self.ellipsis)
            return join((title[:2], "muted"), (title[2:], "title"), (self.rule * (self.width - cell_width(title)), "muted"))
        if row.kind == "text":
            return join((" ", ""), (pad(row.cells[0].text, self.width - 1, ellipsis=self.ellipsis), row.cells[0].role or "muted"))
        return self._line(row.cells, mark)

    def lines(self) -> list[Line]:
        """Header and rows."""
        return [self.header(), *(self.line(row) for row in self.rows)]

    def _line(self, cells: Sequence[Cell], mark: str, header: bool = False) -> Line:
        runs: list[Run] = [(mark, "accent")] if mark != " " else [(" ", "")]
        for index, (column, cell) in enumerate(zip(self.columns, cells, strict=True)):
            runs.append((" " * (column.space if index else 0), ""))
            if cell.runs:
                runs.extend(cell.runs)
                size = sum(cell_width(text) for text, _ in cell.runs)
                runs.append((" " * max(0, column.width - size), ""))
                continue
            align = cell.align or column.align
            if header and align == "decimal":
                align = "right"
            runs.append((pad(cell.text, column.width, "right" if align == "decimal" else align, self.ellipsis), cell.role))
        return fit_line(join(*runs), self.width, self.ellipsis)


def _split(text: str, mark: str) -> tuple[str, str]:
    """A number's text before and from its decimal mark, or before and from what follows its last digit."""
    at = text.rfind(mark) if any(c.isdigit() for c in text) else -1
    if at > 0 and at + 1 < len(text) and text[at - 1].isdigit() and text[at + 1].isdigit():
        return text[:at], text[at:]
    last = max((i for i, c in enumerate(text) if c.isdigit()), default=-1)
    return (text[: last + 1], text[last + 1 :]) if last >= 0 else (text, "")


def align_decimals(texts: Sequence[str], mark: str) -> list[str]:
    """The texts right-aligned to one width with the decimal marks of numbers under each other; texts without a digit just right-aligned."""
    parts = [_split(text, mark) if any(c.isdigit() for c in text) else None for text in texts]
    tail = max((cell_width(part[1]) for part in parts if part), default=0)
    padded = [text if part is None else text + " " * (tail - cell_width(part[1])) for text, part in zip(texts, parts, strict=True)]
    width = max(map(cell_width, padded), default=0)
    return [" " * (width - cell_width(text)) + text for text in padded]


def _decimal(rows: Sequence[Row], index: int, mark: str) -> list[Row]:
    own = [row for row in rows if row.kind != "section"]
    texts = iter(align_decimals([row.cells[index].text for row in own], mark))
    return [
        row if row.kind == "section" else replace(row, cells=(*row.cells[:index], replace(row.cells[index], text=next(texts)), *row.cells[index + 1 :]))
        for row in rows
    ]


def _natural(columns: Sequence[Column], rows: Sequence[Row]) -> list[int]:
    sizes = [max(column.width, cell_width(column.title)) for column in columns]
    for row in rows:
        if row.kind == "section":
            continue
        for index, cell in enumerate(row.cells):
            size = sum(cell_width(text) for text, _ in cell.runs) if cell.runs else cell_width(cell.text)
            if size > sizes[index]:
                sizes[index] = size
    return sizes


_LOOSE = 4  # free cells that may go before a column


def fit(columns: Sequence[Column], rows: Sequence[Row], width: int, *, decimal_mark: str = ".", ascii: bool = False) -> Table:
    """A table of exactly `width` cells: decimal columns aligned if there is room, flexible columns cut or grown."""
    if ascii:
        rows, columns = [ascii_row(row) for row in rows], [replace(column, title=to_ascii(column.title)) for column in columns]
    spaces = sum(column.space for column in columns[1:]) + 1

    aligned: Sequence[Row] = rows
    for index, column in enumerate(columns):
        if column.align == "decimal":
            aligned = _decimal(aligned, index, decimal_mark)
    least = spaces + sum(min(size, column.shrink or size) for size, column in zip(_natural(columns, aligned), columns, strict=True))
    rows = aligned if least <= width else rows
    sizes = _natural(columns, rows)
    over = spaces + sum(sizes) - width
    for index in sorted((i for i, c in enumerate(columns) if c.shrink), key=lambda i: -sizes[i]):
        take = max(0, min(over, sizes[index] - columns[index].shrink))
        sizes[index] -= take
        over -= take
    growing = [i for i, c in enumerate(columns) if c.grow]
    for index in growing if over < 0 else ():
        most = max(columns[index].limit, sizes[index]) if columns[index].limit else width
        more = min(-over // len(growing), most - sizes[index])
        sizes[index] += more
        over += more
    # What is still free goes between the columns, a little each, then stays at the end of the line.
    loose = min(_LOOSE, -over // max(1, len(columns) - 1)) if over < 0 else 0
    fitted = tuple(
        replace(column, width=size, space=column.space + (loose if place else 0)) for place, (column, size) in enumerate(zip(columns, sizes, strict=True))
    )
    return Table(fitted, tuple(rows), width, *(("-", ".") if ascii else ("─", "…")))


def ascii_row(row: Row) -> Row:
    """The row in ASCII characters only."""
    return replace(
        row, cells=tuple(replace(cell, text=to_ascii(cell.text), runs=tuple((to_ascii(text), role) for text, role in cell.runs)) for cell in row.cells)
    )


# ---------------------------------------------------------------- texts


def as_text(lines: Iterable[Line], colour: bool = False) -> str:
    """Lines as text, trailing blanks removed; with `colour`, roles as ANSI codes."""
    return "".join(_coloured(line) + "\n" if colour else guarded(plain(line)).rstrip() + "\n" for line in lines)


def _coloured(line: Line) -> str:
    runs = [(guarded(text), role) for text, role in line]
    out = "".join(f"\x1b[{ANSI[role]}m{text}\x1b[0m" if role in ANSI and text.strip() else text for text, role in runs)
    return out.rstrip()


def markdown(table: Table) -> str:
    """A Markdown table of the texts; sections become bold rows. Pipes and angle brackets are escaped."""

    def esc(text: str) -> str:
        return text.strip().replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("[", "\\[").replace("`", "\\`")

    def text(cell: Cell) -> str:
        return esc(plain(cell.runs) if cell.runs else cell.text)

    lines = ["| " + " | ".join(esc(column.title) for column in table.columns) + " |"]
    lines.append("|" + "|".join(" --- " if column.align == "left" else " ---: " for column in table.columns) + "|")
    for row in table.rows:
        if row.kind == "section":
            lines.append("| **" + text(row.cells[0]) + "** |" + " |" * (len(table.columns) - 1))
        else:
            lines.append("| " + " | ".join(text(cell) for cell in row.cells) + " |")
    return "\n".join(lines) + "\n"


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[object]], number: Callable[[object], str] = str) -> str:
    """RFC 4180 text with a header: numbers raw, texts safe for spreadsheets."""
    import csv
    import io

    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([_text(name) for name in columns])
    for row in rows:
        writer.writerow(["" if v is None else _text(v) if isinstance(v, str) else number(v) for v in row])
    return out.getvalue()


def _text(value: str) -> str:
    """Cleaned first: what is left may begin with a sign that a spreadsheet computes."""
    return csv_safe(clean(value, LONGEST))
