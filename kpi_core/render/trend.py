"""A KPI over time: the course as a plot with what happened under it, the bucket under the cursor in words, and all buckets as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kpi_core.engine.calendars import kind
from kpi_core.engine.result import Number, Status
from kpi_core.errors import said
from kpi_core.pages import Bucket, TrendPage
from kpi_core.pages.trend import ACTION, EVENT, NOTE, Mark
from kpi_core.render.cells import delta_cell, gap_cells, target_cell, value_cell
from kpi_core.render.clean import clean, to_ascii
from kpi_core.render.forecast import pace_line
from kpi_core.render.format import Formatter
from kpi_core.render.gap import gap_view, point_role
from kpi_core.render.header import compare_text
from kpi_core.render.plot import AHEAD, PARTIAL, SAMPLES, Series, trend
from kpi_core.render.table import Cell, Column, Row, Table, fit
from kpi_core.render.text import Line, Run, cell_width, cut, join, line_width, pad

DAY = "day"  # an event of one day
MARKS = {ACTION: ("◆", "@"), NOTE: ("¶", '"'), EVENT: ("▬", "="), DAY: ("·", "'")}  # the first that a bucket has stands under it
GUTTER = 12  # cells that an axis and its numbers take at most
LOW_PLOT, LEAST_STORY = 20, 5  # lines that a plot keeps, and those under it that can tell something
LONGEST = 48  # cells of a note in the line of what happened
BY = {
    "day": said("by day"),
    "week": said("by week"),
    "month": said("by month"),
    "quarter": said("by quarter"),
    "year": said("by year"),
    "period": said("by retail period"),
}
FORMS = (  # of the table, for ever fewer cells: how periods are named, numbers in full, amounts of gaps, the comparison itself, the change
    ("long", True, True, True, True),
    ("short", True, True, True, True),
    ("short", False, True, True, True),
    ("short", False, True, False, True),
    ("tick", False, True, False, True),
    ("tick", False, True, False, False),
    ("tick", False, False, False, False),
)


def _number(number: Number | None) -> float | None:
    return None if number is None else float(number)


# ---------------------------------------------------------------- table


def trend_table(page: TrendPage, fmt: Formatter, width: int) -> Table:
    """A line a bucket, the newest first."""
    return next((table for form in FORMS if (table := _table(page, fmt, width, *form)).natural <= width), _table(page, fmt, width, *FORMS[-1]))


def _table(page: TrendPage, fmt: Formatter, width: int, named: str, full: bool, amounts: bool, base: bool, change: bool) -> Table:
    t, info = fmt.t, page.kpi
    found, space = list(reversed(page.buckets)), 1 if named == "tick" else 2
    columns = [Column("period", t("PERIOD"), shrink=8 if named == "tick" and not amounts else 0), Column("actual", t("ACTUAL"), "decimal", space=space)]
    if any(bucket.target is not None for bucket in found):
        columns += [Column("target", t("TARGET"), "decimal", space=space), Column("gap", t("GAP"), space=space)]
    if any(bucket.delta is not None for bucket in found):
        columns += [Column("base", compare_text(page.header, fmt), "decimal", space=space)] if base else []
        columns += [Column("delta", t("CHANGE"), "right", space=space)] if change else []
    if change and any(bucket.marks for bucket in found):
        columns.append(Column("marks", MARKS[ACTION][fmt.ascii], width=1, space=2))
    rows = []
    for bucket, gap in zip(found, gap_cells([(bucket.gap, info) for bucket in found], fmt, amounts), strict=True):
        cells = {
            "period": Cell(period_text(bucket, fmt, named), "" if bucket.value.number is not None else "muted", raw=fmt.period(bucket.period, long=True)),
            "actual": _expected(page, bucket, fmt, not full) or value_cell(bucket.value, info, fmt, not full),
            "target": target_cell(bucket.target, info, fmt, not full),
            "gap": gap if bucket.value.number is not None or page.expected(bucket) is None else Cell(fmt.t("expected"), "muted"),
            "base": Cell("") if bucket.delta is None else replace(value_cell(bucket.delta.base, info, fmt, not full), role="muted"),
            "delta": delta_cell(bucket.delta, info, fmt),
            "marks": Cell(*mark_of(bucket, fmt), exact="; ".join(clean(mark.text) for mark in bucket.marks) or None),
        }
        rows.append(Row(tuple(cells[column.id] for column in columns), key=bucket.key))
    return fit(columns, rows, width, decimal_mark=fmt.decimal_mark, ascii=fmt.ascii)


def _expected(page: TrendPage, bucket: Bucket, fmt: Formatter, compact: bool) -> Cell | None:
    """What a bucket without data yet is expected to end at."""
    found = page.expected(bucket)
    return None if found is None else Cell(f"{AHEAD[fmt.ascii]} {fmt.kpi(found.amount, page.kpi, compact=compact)}", "muted")


def period_text(bucket: Bucket, fmt: Formatter, named: str = "long") -> str:
    """The bucket's period with its year, without it (`short`), or as on the axis (`tick`); a ring says that it is not complete."""
    text = fmt.tick(bucket.period) if named == "tick" else fmt.period(bucket.period, long=named == "long")
    return f"{text} {PARTIAL[fmt.ascii]}" if bucket.partial else text


def mark_of(bucket: Bucket, fmt: Formatter) -> Run:
    """The sign of what happened in a bucket, with its role; blank for nothing. Public holidays and sales are quieter than what people did."""
    signs = [_sign(mark, fmt) for mark in bucket.marks]
    order = [shown[fmt.ascii] for shown in MARKS.values()]
    return min(signs, key=lambda sign: order.index(sign[0]), default=("", ""))


def _sign(mark: Mark, fmt: Formatter) -> Run:
    kind = DAY if mark.kind == EVENT and mark.start == mark.end else mark.kind
    return MARKS[kind][fmt.ascii], "muted" if mark.kind == EVENT else "accent"


# ---------------------------------------------------------------- plot


def visible(page: TrendPage, room: int, at: int | None) -> tuple[int, int]:
    """First and last + 1 of the buckets that have a cell each in `room` cells: the newest, or as far back as the cursor is."""
    count = min(len(page.buckets), max(2, room))
    start = len(page.buckets) - count
    if at is not None and at < start:
        start = at
    return start, start + count


def course_lines(page: TrendPage, fmt: Formatter, width: int, height: int, key: str | None = None) -> list[Line]:
    """The plot in exactly `height` lines of `width` cells, what happened under it where there is room; `key`: the bucket under the cursor."""
    told = len(_stories(page, key)) + 2
    rows = height if height < LOW_PLOT + LEAST_STORY or told == 2 else max(LOW_PLOT, height - told)
    return [*_course(page, fmt, width, rows, key), *story_lines(page, fmt, width, height - rows, key)]


def bucket_series(page: TrendPage, fmt: Formatter, start: int = 0, end: int | None = None) -> Series:
    """Buckets from `start` up to `end` as a plot takes them; what is expected only beside the newest one."""
    shown = page.buckets[start:end]
    ahead = page.projection if end is None or end == len(page.buckets) else None
    return Series(
        [_number(bucket.value.number) for bucket in shown],
        [_number(bucket.target.number) if bucket.target else None for bucket in shown],
        [_number(bucket.base) for bucket in shown],
        [to_ascii(fmt.tick(bucket.period)) if fmt.ascii else fmt.tick(bucket.period) for bucket in shown],
        partial_last=bool(shown) and shown[-1].partial,
        ahead=None if ahead is None else (float(ahead.low), float(ahead.amount), float(ahead.high)),
        ahead_target=None if ahead is None or ahead.target is None else float(ahead.target.number),
        roles=[point_role(bucket.gap.status) for bucket in shown],
    )


def _course(page: TrendPage, fmt: Formatter, width: int, height: int, key: str | None) -> list[Line]:
    at = page.at(key)
    start, end = visible(page, width - GUTTER, at)
    shown = page.buckets[start:end]
    series = replace(
        bucket_series(page, fmt, start, end),
        marks=[mark_of(bucket, fmt) for bucket in shown] if height >= 8 else (),
        cursor=None if at is None else at - start,
    )
    drawn = trend(series, width, height, lambda value: _axis(value, page, fmt), fmt.symbols)
    if not drawn:
        reason = next((bucket.value.reason for bucket in reversed(shown) if bucket.value.reason is not None), None)
        return [fmt.fit(((" " + (fmt.t("no data") if reason is None else fmt.t(reason)), "muted"),), width), *([fmt.fit((), width)] * (height - 1))][:height]
    return [fmt.fit(line, width) for line in drawn]


def story_lines(page: TrendPage, fmt: Formatter, width: int, height: int, key: str | None = None) -> list[Line]:
    """What happened, the newest first, in exactly `height` lines; what belongs to the bucket under the cursor is lit."""
    lit, found = _marks_at(page, key), _stories(page, key)
    if height < 2 or not found:
        return [fmt.fit((), width)] * height
    lines = [fmt.fit((), width), fmt.fit(((" " + fmt.t("What happened"), "title"),), width)]
    room = height - len(lines)
    shown = found if len(found) <= room else found[: room - 1]
    days = [fmt.span(mark.start, mark.end) for mark in shown]
    most = max(map(cell_width, days))
    for mark, text in zip(shown, days, strict=True):
        sign, role = _sign(mark, fmt)
        words = f"{clean(mark.text)}" if mark.kind != ACTION else fmt.t("{action} begins", action=clean(mark.text))
        lines.append(fmt.fit(join((f" {sign} ", role), (f"{pad(text, most)}  ", "muted"), (words, "accent" if mark in lit else "")), width))
    if len(shown) < len(found):
        lines.append(fmt.fit(((" " + fmt.t("… {count} more", count=len(found) - len(shown)), "muted"),), width))
    return [*lines, *([fmt.fit((), width)] * (height - len(lines)))][:height]


def _marks_at(page: TrendPage, key: str | None) -> tuple[Mark, ...]:
    here = page.at(key)
    return page.buckets[here].marks if here is not None else ()


def _stories(page: TrendPage, key: str | None) -> list[Mark]:
    """Without events of one day, except in the bucket under the cursor."""
    lit = _marks_at(page, key)
    return sorted({mark for bucket in page.buckets for mark in bucket.marks if mark.end > mark.start or mark.kind != EVENT or mark in lit}, key=_newest)


def _newest(mark: Mark) -> tuple[int, str]:
    return -mark.start.toordinal(), mark.text


def _axis(value: float, page: TrendPage, fmt: Formatter) -> str:
    """A tick: the KPI's own form, shortened."""
    text = fmt.kpi(value, page.kpi, compact=True)
    return to_ascii(text) if fmt.ascii else text


def title_line(page: TrendPage, fmt: Formatter, width: int) -> Line:
    """`Average order value by week`, and what each line of the plot is."""
    of = BY.get(kind(page.header.period.grain))
    runs: list[Run] = [(f" {clean(page.kpi.name)}", "title"), (f" {fmt.t(of)}" if of else "", "muted")]
    course, dots, dashes = SAMPLES[fmt.symbols]
    legend: list[tuple[Run, str]] = [((course, "accent"), fmt.t("actual"))]
    if any(bucket.target for bucket in page.buckets):
        legend.append(((dashes, "target"), fmt.t("target")))
    if any(bucket.base is not None for bucket in page.buckets):
        legend.append(((dots, "muted"), compare_text(page.header, fmt)))
    if page.projection is not None:
        legend.append(((AHEAD[fmt.ascii], "accent"), fmt.t("expected")))
    if any(bucket.partial for bucket in page.buckets):
        legend.append(((PARTIAL[fmt.ascii], "accent"), fmt.t("incomplete")))
    for sign, word in legend:
        piece: tuple[Run, ...] = (("   ", ""), sign, (f" {word}", "muted"))
        if line_width([*runs, *piece]) < width:
            runs += piece
    return fmt.fit(join(*runs), width)


# ---------------------------------------------------------------- words


def reading_lines(page: TrendPage, fmt: Formatter, width: int, height: int, key: str | None = None) -> list[Line]:
    """The bucket under the cursor in words; below it what happened then, else where the last bucket is expected to end."""
    at = page.at(key)
    if at is None:
        return []
    bucket = page.buckets[at]
    lines = [fmt.fit(reading_line(page, bucket, fmt, width), width)]
    if bucket.marks:
        lines.append(fmt.fit(marks_line(bucket.marks, fmt, width), width))
    elif page.projection is not None:
        lines.append(fmt.fit(join((" ", ""), *pace_line(page.projection, page.kpi, fmt, width - 2)), width))
    return lines[:height]


def reading_line(page: TrendPage, bucket: Bucket, fmt: Formatter, width: int) -> Line:
    """`W44 2026 · 26 Oct–1 Nov: 67.84 €   target 72.20 € ✗ ▼ −6.0 %   vs LY 69.80 € −2.8 %`; narrower ever less of it, the gap longest."""
    runs: Line = ()
    for named, left_out, brief in (*((named, 0, False) for named in ("long", "short", "tick")), *(("tick", step, step > 2) for step in range(1, 5))):
        runs = fmt.fold(_reading(page, bucket, fmt, named, left_out, brief))
        if line_width(runs) <= width:
            break
    return runs


def _reading(page: TrendPage, bucket: Bucket, fmt: Formatter, named: str, left_out: int, brief: bool) -> Line:
    info, value = page.kpi, bucket.value
    known = value.status in (Status.VALUE, Status.PARTIAL)
    soon = page.expected(bucket)
    text = fmt.value(value, info) if known else fmt.t("no data") if soon is None else f"{fmt.t('expected')} {fmt.kpi(soon.amount, info)}"
    pieces: list[list[Run]] = [[(" " + fmt.t("{period}:", period=period_text(bucket, fmt, named)) + " ", ""), (text, "title" if known else "muted")]]
    if bucket.target is not None:
        pieces.append([] if brief else [("   " + fmt.t("target {amount}", amount=fmt.target(bucket.target, info)), "muted")])
        if bucket.gap.amount is not None:
            view = gap_view(bucket.gap, fmt.ascii)
            pieces[-1].append((f" {view.mark} {fmt.gap(bucket.gap, info)}", view.role))
    if bucket.delta is not None and bucket.base is not None:
        change = f" {fmt.delta(bucket.delta, info)}" if known else ""
        pieces.append([(f"   {compare_text(page.header, fmt)} {fmt.kpi(bucket.base, info)}{change}", "muted")])
    if value.reason is not None:
        pieces.append([(f"   {fmt.t(value.reason)}", "muted")])
    return join(*(run for piece in pieces[: max(1 if left_out > 3 else 1 + (bucket.target is not None), len(pieces) - left_out)] for run in piece))


def marks_line(marks: Sequence[Mark], fmt: Formatter, width: int) -> Line:
    """`◆ Cross-sell prompt begins 5 Oct  ▬ Summer sales 24 Jun–21 Jul`; what does not fit is counted."""
    runs: list[Run] = []
    for place, mark in enumerate(marks):
        left = len(marks) - place - 1
        text = cut(clean(mark.text), LONGEST)
        days = fmt.span(mark.start, mark.end)
        words = fmt.t("{action} begins {day}", action=text, day=days) if mark.kind == ACTION else f"{text} {days}" if mark.kind == EVENT else f"{days} {text}"
        sign, role = _sign(mark, fmt)
        piece = fmt.fold(join(*runs, ("  " if runs else " ", ""), (sign + " ", role), (words, "")))
        more = f"  +{left}" if left else ""
        if line_width(piece) + cell_width(more) > width:
            if not runs:
                return fmt.fit(piece, width)
            return join(*runs, (f"  +{left + 1}", "muted"))
        runs = list(piece)
    return join(*runs)
