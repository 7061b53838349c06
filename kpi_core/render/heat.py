"""Heatmaps as lines of (text, role): shades that read without colour, numbers where there is room, one cell read out in words."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from kpi_core.engine.result import Number, Status
from kpi_core.errors import said
from kpi_core.pages import GapStatus, KpiInfo
from kpi_core.pages.heat import HeatCell, HeatPage
from kpi_core.render.cells import reason_of
from kpi_core.render.clean import clean
from kpi_core.render.format import Formatter
from kpi_core.render.gap import GLYPHS, gap_view
from kpi_core.render.header import SHAPE_TITLES
from kpi_core.render.plot import heat, sparkline
from kpi_core.render.text import Line, Role, Run, cell_width, cut, fit_line, join, pad, wrap_line

NUMBERED = 6  # cells from which a cell holds its number
WIDEST = 14
FULL_LEGEND = 100
MOST_TITLE = 24
LEAST_TITLE = 8
SHORT_TITLE = 10
TITLE = 14  # cells that the title of the rows may ask for
SHADES, MOST_SHADES = 2, 6  # cells of shade beside a number


@dataclass(frozen=True)
class HeatLayout:
    """Where things stand on a line of `width` cells: a mark, the row's title, its own number, the cells from column `first` on, the row's total."""

    width: int
    title: int
    lead: int
    cell: int
    first: int
    count: int
    total: int
    missed: int
    bounds: tuple[float, ...]  # of the five shades: the lowest number, the four between them, the highest
    numbers: bool
    symbols: str
    shades: int = SHADES  # beside a number, where it leaves them room
    texts: int = 0  # the longest number

    @property
    def start(self) -> int:
        """The first cell of the first column shown."""
        return 1 + self.title + (self.lead + 1 if self.lead else 0) + 1

    def shade(self, number: float) -> str:
        """Each shade stands for a fifth of the cells: one large member does not make all others look alike."""
        return heat(bisect_right(self.bounds[1:5], number) + 0.5, 0, 5, self.symbols)

    def span(self, column: int) -> tuple[int, int] | None:
        """(first cell, cell after the last) of a column; None where it is not on screen."""
        if not self.first <= column < self.first + self.count:
            return None
        start = self.start + (column - self.first) * self.cell
        return start, start + self.cell


def heat_layout(page: HeatPage, fmt: Formatter, width: int, first: int = 0, symbols: str | None = None, *, back: bool = True) -> HeatLayout:
    """The layout for a width: all columns if they have room, else as many as have, from `first` on; `back`: moved back where fewer are left."""
    longest = max((cell_width(clean(row.label)) for row in page.rows), default=0)
    names = max(longest, min(cell_width(clean(page.title)), TITLE))
    totals = [row.total.number for row in page.rows if row.total is not None] + ([page.total.number] if page.total is not None else [])
    total = max((cell_width(_total(number, page.kpi, fmt)) for number in totals), default=0)
    total = max(total, cell_width(fmt.t("Total"))) if totals else 0
    lead = max(cell_width(fmt.t(page.lead)), *(cell_width(fmt.number(row.lead or 0)) for row in page.rows)) if page.lead and page.rows else 0
    missed = 1 + max(2, *(len(str(count)) for count in _missed(page))) + len(_glyph(fmt)) if page.judged else 0
    columns = len(page.columns)
    title = max(LEAST_TITLE, min(names, MOST_TITLE, width // 4))
    if width < 60:  # what matters least goes first
        total, lead = 0, lead if width >= 40 else 0
        missed = missed if width >= 40 else 0
    room = width - 1 - title - 1 - (lead + 1 if lead else 0) - (total + 1 if total else 0) - missed - 1
    if room < columns:  # a name that is cut is better than columns that are not seen
        given = max(0, min(columns - room, title - SHORT_TITLE))
        title, room = title - given, room + given
    room = max(1, room)
    texts = max((cell_width(_number(cell.value.number, page.kpi, fmt)) for line in page.cells for cell in line), default=1)
    heads = max((cell_width(clean(column.label)) for column in page.columns), default=1)
    mark = len(_glyph(fmt)) if page.judged else 0
    least = max(NUMBERED, texts + 2 + mark, heads + 1)
    each = room // max(1, columns)
    numbers = each >= least
    cell = min(each, max(WIDEST, least)) if numbers else max(1, min(each, NUMBERED - 1))
    count = min(columns, max(1, room // cell))
    first = max(0, min(first, columns - count)) if back else max(0, min(first, columns - 1))
    count = min(count, columns - first)
    shades = max(SHADES, min(MOST_SHADES, cell - 4 - mark - texts))
    return HeatLayout(width, title, lead, cell, first, count, total, missed, _bounds(page), numbers, symbols or fmt.symbols, shades, texts)


def _bounds(page: HeatPage) -> tuple[float, ...]:
    """The ends of the fifths of all cells that take part in the scale; none without any."""
    known = sorted(
        float(cell.value.number) for line in page.cells for place, cell in enumerate(line) if page.columns[place].scaled and cell.value.number is not None
    )
    return (known[0], *(known[len(known) * step // 5] for step in range(1, 5)), known[-1]) if known else ()


# ---------------------------------------------------------------- lines


def header_line(page: HeatPage, fmt: Formatter, at: HeatLayout) -> Line:
    """The title of the rows and the names of the columns, as many as stand side by side."""
    runs: list[Run] = [(pad(clean(page.title).upper(), at.title, ellipsis=fmt.ellipsis), "muted"), (" ", "")]
    if at.lead:
        runs += [(pad(fmt.t(page.lead).upper(), at.lead, "right", fmt.ellipsis), "muted"), (" ", "")]
    labels = [clean(column.label) for column in page.columns[at.first : at.first + at.count]]
    runs.append((_axis(labels, at, fmt), "muted"))
    if at.total:
        runs.append((" " + pad(fmt.t("Total").upper(), at.total, "right", fmt.ellipsis), "muted"))
    if at.missed:
        runs.append((pad(_glyph(fmt), at.missed, "right"), "muted"))
    return fmt.fit(_hints(join(*runs), page, at, fmt), at.width)


def row_line(page: HeatPage, fmt: Formatter, at: HeatLayout, row: int) -> Line:
    """One row; the first cell is free for the cursor's mark."""
    item = page.rows[row]
    runs: list[Run] = [(" ", ""), (pad(clean(item.label), at.title, ellipsis=fmt.ellipsis), ""), (" ", "")]
    if at.lead:
        runs += [(pad(fmt.number(item.lead) if item.lead is not None else "", at.lead, "right"), "muted"), (" ", "")]
    for place in range(at.first, at.first + at.count):
        runs += _cell(page.cells[row][place], page.kpi, fmt, at, page.judged)
    if at.total:
        runs.append((" " + pad(_total(item.total.number, page.kpi, fmt) if item.total is not None else "", at.total, "right"), ""))
    if at.missed:
        count = _missed(page)[row]
        runs.append((pad(f"{count}{_glyph(fmt)}" if count else "", at.missed, "right"), "bad"))
    return fmt.fit(join(*runs), at.width)


def total_line(page: HeatPage, fmt: Formatter, at: HeatLayout) -> Line | None:
    """The totals of the columns: numbers, or their course where there is no room for numbers; None where there are none."""
    values = [column.total for column in page.columns[at.first : at.first + at.count]]
    if all(value is None for value in values):
        return None
    runs: list[Run] = [(" ", ""), (pad(fmt.t("Total"), at.title, ellipsis=fmt.ellipsis), "title"), (" ", "")]
    if at.lead:
        runs.append((" " * (at.lead + 1), ""))
    numbers = [value.number if value is not None else None for value in values]
    if at.numbers:
        texts = [_number(number, page.kpi, fmt, True) for number in numbers]
        mark = len(_glyph(fmt)) if page.judged else 0
        runs += [(pad(text, at.cell - mark, "right", fmt.ellipsis) + " " * mark, "") for text in texts]
    else:
        bars = sparkline([None if number is None else float(number) for number in numbers], len(numbers), at.symbols)
        runs.append(("".join(bar * max(1, at.cell - (at.cell > 2)) + " " * (at.cell > 2) for bar in bars), "muted"))
    if at.total:
        runs.append((" " + pad(_total(page.total.number, page.kpi, fmt) if page.total is not None else "", at.total, "right"), "title"))
    return fmt.fit(join(*runs), at.width)


def legend_line(page: HeatPage, fmt: Formatter, at: HeatLayout) -> Line:
    """The five shades with the numbers at their ends, and what a blank and a mark mean, as far as there is room."""
    if not at.bounds:
        return ()
    low, *inner, high = (fmt.kpi(number, page.kpi, compact=True) for number in at.bounds)
    shades = [heat(step + 0.5, 0, 5, at.symbols) for step in range(5)]
    between = inner if at.width >= FULL_LEGEND and len(set(at.bounds)) == 6 else [""] * 4
    runs: list[Run] = [(" ", ""), (low, "muted"), (f" {shades[0]} ", "accent")]
    for shade, bound in zip(shades[1:], between, strict=True):
        runs += [(bound, "muted"), (f" {shade} " if bound else f"{shade} ", "accent")]
    runs.append((high, "muted"))
    more = [f"{_glyph(fmt)} {fmt.t('target missed')}"] if page.judged else []
    more.append(fmt.t("blank: no data"))
    if page.hidden:
        more.append(fmt.t("{count} more are not shown", count=page.hidden))
    if not any(between):
        more.append(fmt.t("each shade a fifth of the cells"))
    if at.count < len(page.columns):
        more.append(fmt.t("columns {first} to {last} of {count}", first=at.first + 1, last=at.first + at.count, count=len(page.columns)))
    for text in more:
        if sum(cell_width(piece) for piece, _ in runs) + 3 + cell_width(text) < at.width:
            runs += [("   ", ""), (text, "muted")]
    return fmt.fit(join(*runs), at.width)


def note_line(page: HeatPage, fmt: Formatter, width: int) -> Line:
    """What there is to know of the figures."""
    text = " · ".join(fmt.t(note) for note in page.notes)
    return fmt.fit(((" ", ""), (cut(text, width - 2, fmt.ellipsis), "muted")), width)


def reading_line(page: HeatPage, fmt: Formatter, width: int, key: str | None, brief: int = 0) -> Line:
    """One cell in words: `Lyon · W44: 58.10 €, target 72.20 € ✗ −19.5 %`; `brief` 1: without the target's amount, 2: the column by its shortest name too."""
    place = page.place(key)
    if place is None:
        return fmt.fit((), width)
    row, column = place
    cell, info = page.cells[row][column], page.kpi
    name = fmt.t("{period}:", period=f"{clean(page.rows[row].label)} · {clean(page.columns[column].label if brief > 1 else page.columns[column].name)}")
    runs: list[Run] = [(" ", ""), (f"{name} ", "title"), *_read(cell, info, fmt, brief > 0)]
    return fmt.fit(join(*runs), width)


def reading_lines(page: HeatPage, fmt: Formatter, width: int, height: int, key: str | None) -> list[Line]:
    """The same in at most `height` lines, broken between words; where they are too few, what its target is gives way to how it stands to it."""
    lines: list[Line] = []
    for brief in range(3):
        lines = wrap_line(_stripped(reading_line(page, fmt, 4 * max(1, width), key, brief)), width, 1)
        if len(lines) <= height:
            break
    return [fmt.fit(line, width) for line in lines[:height]] if lines else []


def _stripped(line: Line) -> Line:
    """The line without the blanks at its end."""
    runs = list(line)
    while runs and not runs[-1][0].strip():
        runs.pop()
    return (*runs[:-1], (runs[-1][0].rstrip(), runs[-1][1])) if runs else ()


def _read(cell: HeatCell, info: KpiInfo, fmt: Formatter, brief: bool = False) -> Iterator[Run]:
    if not cell.known:
        yield fmt.t("not known yet"), "muted"
        return
    if cell.value.number is None:
        why = cell.value.reason
        yield (fmt.t(why) if why is not None else fmt.t("no data")), "muted"
        if cell.target is not None:
            yield f", {fmt.t('target')} {fmt.target(cell.target, info)}", "muted"
        return
    yield fmt.kpi(cell.value.number, info), ""
    if cell.more is not None:
        yield f" ({fmt.t(cell.more)})", "muted"
    if cell.target is not None:
        view = gap_view(cell.gap, fmt.ascii)
        yield " " if brief else f", {fmt.t('target')} {fmt.target(cell.target, info)} ", "muted"
        yield f"{view.glyph} {fmt.gap(cell.gap, info)} ({fmt.t(view.word)})", view.role
    reason = reason_of(cell.value, cell.gap)
    if reason is not None:
        yield f" · {fmt.t(reason)}", "muted"
    elif not cell.value.enough:
        yield f" · {fmt.t('too few to judge')}", "muted"


def title_line(page: HeatPage, fmt: Formatter, width: int) -> Line:
    """The KPI, what its rows are, and the shapes that it has, the one on screen lit."""
    runs: list[Run] = [(" ", ""), (clean(page.kpi.name), "title"), ("   ", "")]
    for choice in page.shapes:
        on = choice.id == page.shape
        text = fmt.t(SHAPE_TITLES.get(choice.id, COURSE))
        if choice.refused is None or on:
            runs += [(f"[{text}]" if on else text, "accent" if on else "muted"), ("  ", "")]
    if page.by is not None:
        runs += [(" ", ""), (fmt.t("by {dimension}", dimension=page.by.title), "")]
    return fmt.fit(join(*runs), width)


COURSE = said("course")


def heat_lines(page: HeatPage, fmt: Formatter, width: int, symbols: str | None = None) -> list[Line]:
    """The whole heatmap for a report: every row, and as many blocks of columns as it takes, all of one size."""
    lines: list[Line] = [title_line(page, fmt, width)]
    if page.refused is not None:
        return [*lines, fmt.fold(((" ", ""), (fmt.t(page.refused), "muted")))]
    first = 0
    while True:
        at = heat_layout(page, fmt, width, first, symbols, back=False)
        blocks = -(-(len(page.columns) - first) // max(1, at.count))
        at = replace(at, count=-(-(len(page.columns) - first) // max(1, blocks)))
        total = total_line(page, fmt, at)
        lines += [header_line(page, fmt, at), *(row_line(page, fmt, at, row) for row in range(len(page.rows))), *([total] if total is not None else [])]
        first = at.first + at.count
        if first >= len(page.columns):
            break
        lines.append(())
    lines.append(legend_line(page, fmt, at))
    return [*lines, note_line(page, fmt, width)] if page.notes else lines


# ---------------------------------------------------------------- cells


def _cell(cell: HeatCell, info: KpiInfo, fmt: Formatter, at: HeatLayout, judged: bool) -> list[Run]:
    """A cell in exactly its width. The bad side is lit only against a target; a number that is not whole, or too small a sample, is grey."""
    number = cell.value.number
    if number is None:
        return [(" " * at.cell, "")]
    shade = at.shade(float(number))
    missed = cell.gap.status is GapStatus.MISSED
    role: Role = "bad" if missed else "muted" if cell.value.status is Status.PARTIAL or not cell.value.enough else ""
    if not at.numbers:
        blank = 1 if at.cell > 2 else 0
        return [(shade * (at.cell - blank) + " " * blank, role or "accent")]
    mark = _glyph(fmt) if judged else ""
    text = _number(number, info, fmt)
    lead = max(1, at.cell - len(mark) - at.shades - 1 - at.texts)  # a number stands nearer to its own shade than to the next one
    room = at.cell - len(mark) - lead
    shades = max(1, min(at.shades, room - cell_width(text) - 1)) if room - cell_width(text) >= 2 else 1
    rest = pad(text, room - shades, "right", fmt.ellipsis)
    return [(" " * lead + shade * shades, role or "accent"), (rest, role), (mark if missed else " " * len(mark), "bad")]


def _glyph(fmt: Formatter) -> str:
    """The mark of a missed target, one cell in either symbol set."""
    return GLYPHS[GapStatus.MISSED][fmt.ascii][0]


def _number(number: Number | None, info: KpiInfo, fmt: Formatter, total: bool = False) -> str:
    """The number as short as it stays telling, without its unit: the legend has that."""
    if number is None:
        return ""
    if info.unit == "%":
        return fmt.number(number * 100, min(1, info.decimals))
    if abs(float(number)) >= 10**5 or (total and abs(float(number)) >= 10**4):
        return fmt.compact(number)
    return fmt.number(number, info.decimals if abs(float(number)) < 1000 else 0)


def _total(number: Number | None, info: KpiInfo, fmt: Formatter) -> str:
    return fmt.kpi(number, info, compact=True) if number is not None else fmt.dash


def _missed(page: HeatPage) -> list[int]:
    return [sum(cell.gap.status is GapStatus.MISSED for cell in line) for line in page.cells]


def _axis(labels: Sequence[str], at: HeatLayout, fmt: Formatter) -> str:
    """Column names over their columns: each in its cell where all fit, else every so many, none cut."""
    width = at.cell * len(labels)
    if at.numbers:
        mark = at.missed and 1
        return "".join(pad(label, at.cell - mark, "right", fmt.ellipsis) + " " * mark for label in labels)
    text = ""
    for place, label in enumerate(labels):
        start = place * at.cell
        if start >= cell_width(text) + (1 if text else 0) and start + cell_width(label) <= width:
            text = pad(text, start) + label
    return pad(text, width)


def _hints(line: Line, page: HeatPage, at: HeatLayout, fmt: Formatter) -> Line:
    """An arrow at either end where more columns lie beyond."""
    left, right = ("<", ">") if fmt.ascii else ("‹", "›")
    start: Run = (left, "accent") if at.first > 0 else (" ", "")
    end: Run = (right, "accent") if at.first + at.count < len(page.columns) else (" ", "")
    return join(start, *fit_line(line, at.width - 2, fmt.ellipsis), end)

