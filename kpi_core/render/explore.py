"""One KPI cut by one dimension: the leaderboard with bullet bars, and the trend under it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from kpi_core.engine.result import Number, Status
from kpi_core.errors import said
from kpi_core.pages import ExplorePage, KpiInfo, MemberRow, RowKind
from kpi_core.render.cells import change_unit, delta_cell, gap_cells, margin_cell, target_cell, value_cell
from kpi_core.render.clean import clean, to_ascii
from kpi_core.render.forecast import pace_line
from kpi_core.render.format import Formatter
from kpi_core.render.gap import point_role
from kpi_core.render.header import compare_text
from kpi_core.render.plot import AHEAD, SAMPLES, Series, bullet, never, trend, wrong_side
from kpi_core.render.table import Cell, Column, Row, Table, fit
from kpi_core.render.text import Line, Run, cell_width, join, line_width, pad, wrap_line
from kpi_core.rounding import largest_remainder

LEAST_BAR, MOST_BAR = 8, 60
PACE_HEIGHT = 8  # lines of a trend from which one says where the period will end
CONTRIBUTIONS = {"target": said("OF GAP"), "compare": said("OF CHANGE"), "total": said("SHARE")}
_ROUND = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)


def explore_table(page: ExplorePage, fmt: Formatter, width: int, least: Mapping[str, int] | None = None) -> Table:
    """One row a member (key: its filter value), then overlap, unallocated and hidden rows, then the total; `width` cells.

    Under 80 cells: member, value, gap, and a bullet bar where names stay whole. From 80 on the contribution too; from 120 on target
    and change. Samples have their margin beside them. A page without any target shows changes in place of gaps. `least`: cells that
    columns take at least, by id.
    """
    judged = any(row.target is not None for row in _rows(page))
    verdict = "gap" if judged or page.header.compare is None else "delta"
    optional: tuple[str, ...] = ("bar",) if width < 80 else ("bar", "contribution") if width < 120 else ("target", "bar", "delta", "contribution")
    if page.header.compare is None:
        optional = tuple(column for column in optional if column != "delta")
    if not judged:
        optional = tuple(column for column in optional if column not in ("target", "delta"))
    if any(row.value.interval is not None for row in _rows(page)):
        optional = ("margin", *optional)
    if width < 44:
        optional = ()
    for count in range(len(optional), -1, -1):
        for compact in (width < 36, True):
            table = _table(page, fmt, width, (verdict, *optional[:count]), compact, least or {})
            if table.natural <= width:
                return table
    return _table(page, fmt, width, (verdict,), True, least or {}, amounts=False)


def _rows(page: ExplorePage) -> list[MemberRow]:
    return [*page.rows, page.total]


def _label(row: MemberRow, page: ExplorePage, fmt: Formatter) -> str:
    if row.kind is RowKind.TOTAL:
        members = sum(1 for r in page.rows if r.kind is RowKind.MEMBER) + page.hidden
        return f"{clean(row.label) or fmt.t('Total')} ({members})" if members else clean(row.label) or fmt.t("Total")
    return clean(row.label)


def _values(page: ExplorePage) -> dict[int, Number]:
    """Values rounded so that the column adds up to its total, for KPIs whose parts do; keyed by row position."""
    rows, total = page.rows, page.total.value.number
    numbers = [row.value.number for row in rows if row.kind is not RowKind.UNALLOCATED]
    if page.hidden or total is None or len(numbers) != len(rows) or len(rows) < 2:
        return {}
    known = [Decimal(str(n)) for n in numbers if n is not None]
    whole = Decimal(str(total))
    if len(known) != len(numbers) or abs(sum(known) - whole) > Decimal("1e-6") * max(Decimal(1), abs(whole)):
        return {}
    decimals = page.kpi.decimals + (2 if page.kpi.unit == "%" else 0)
    return dict(enumerate(largest_remainder(known, decimals, total)))


def _contributions(page: ExplorePage, fmt: Formatter) -> list[str]:
    """Texts of the contributions in row order, then of the hidden members' share, then of the total: they add up as written."""
    info, total = page.kpi, page.total.contribution
    rows = [row.contribution for row in page.rows]
    if total is None or not any(c is not None for c in rows):
        return [fmt.dash if c is None else _part(c, info, page, fmt) for c in (*rows, None, total)]
    known = [Decimal(str(c)) for c in rows if c is not None]
    whole = Decimal(str(total))
    parts = [*known, whole - sum(known)]
    share = page.contribution_of == "total"
    if share and whole:
        parts, whole = [part / whole for part in parts], Decimal(1)
    decimals = 3 if share else info.decimals + (2 if info.unit == "%" else 0)
    # Without hidden members, what float arithmetic leaves over belongs to those shown.
    rounded = largest_remainder(parts, decimals, whole) if page.hidden else [*largest_remainder(parts[:-1], decimals, whole), Decimal(0)]
    exact = iter(rounded)
    texts = [fmt.dash if c is None else _part(next(exact), info, page, fmt) for c in rows]
    return [*texts, _part(next(exact), info, page, fmt), _part(whole, info, page, fmt)]


def _part(number: Number, info: KpiInfo, page: ExplorePage, fmt: Formatter) -> str:
    return fmt.percent(number) if page.contribution_of == "total" else fmt.change(number, None, info)


def _exact_part(contribution: Number | None, page: ExplorePage) -> Number | None:
    """The contribution itself, or as a share of the total where it is shown as one."""
    whole = page.total.contribution
    if contribution is None or page.contribution_of != "total":
        return contribution
    return Decimal(str(contribution)) / Decimal(str(whole)) if whole else None


def _part_as_shown(contribution: Number | None, page: ExplorePage) -> Number | None:
    """What `of gap < -3` compares: percents of the total or points as they are written."""
    part = _exact_part(contribution, page)
    return part * 100 if part is not None and (page.contribution_of == "total" or page.kpi.unit == "%") else part


def _table(
    page: ExplorePage, fmt: Formatter, width: int, shown: tuple[str, ...], compact: bool, least: Mapping[str, int], amounts: bool = True
) -> Table:
    t, info = fmt.t, page.kpi
    title = clean(page.by.title).upper() if page.by else t("KPI")
    # whole numbers are worth more than a bar, and names of some length more than whole numbers
    shrink = 28 if "bar" in shown and width < 80 else 14 if width < 48 and not compact else min(16, max(6, width // 4))
    columns = [Column("member", title, shrink=shrink, grow="bar" not in shown, limit=36)]
    columns.append(Column("actual", t("ACTUAL"), "right"))
    if "margin" in shown:
        columns.append(Column("margin", "+-" if fmt.ascii else "±", "right", space=1))
    if "target" in shown:
        columns.append(Column("target", t("TARGET"), "right"))
    if "bar" in shown:
        columns.append(Column("bar", "", width=LEAST_BAR if width < 80 else 2 * LEAST_BAR, grow=True, limit=max(MOST_BAR, width - 100)))
    if "gap" in shown:
        columns.append(Column("gap", t("GAP"), space=2))
    if "delta" in shown:
        columns.append(Column("delta", compare_text(page.header, fmt) or t("CHANGE"), "right", space=1 if "gap" in shown else 2))
    if "contribution" in shown:
        columns.append(Column("contribution", t(CONTRIBUTIONS[page.contribution_of]), "right", space=2))
    columns = [replace(column, width=max(column.width, least.get(column.id, 0))) for column in columns]
    members = _rows(page)
    gaps = gap_cells([(row.gap, info) for row in members], fmt, amounts)
    exact = {} if compact else _values(page)
    contributions = _contributions(page, fmt)
    rows: list[Row] = []
    for index, member in enumerate(members):
        is_total = member.kind is RowKind.TOTAL
        if is_total and page.hidden:
            hidden = {"member": Cell(t("… {count} more", count=page.hidden), "muted"), "contribution": Cell(contributions[-2], "muted")}
            rows.append(Row(tuple(hidden.get(column.id, Cell("")) for column in columns), "note"))
        value = value_cell(member.value, info, fmt, compact)
        if index in exact:
            value = replace(value, text=fmt.kpi(exact[index], info))
        no_target = member.kind in (RowKind.OVERLAP, RowKind.UNALLOCATED)
        cells = {
            "member": Cell(_label(member, page, fmt), "title" if is_total else "" if member.kind is RowKind.MEMBER else "muted"),
            "actual": value,
            "margin": margin_cell(member.value, info, fmt),
            "target": target_cell(member.target, info, fmt, compact),
            "bar": Cell(""),
            "gap": Cell("") if no_target else gaps[index],
            "delta": delta_cell(member.delta, info, fmt),
            "contribution": Cell(
                contributions[-1] if is_total else contributions[index],
                "" if member.contribution is not None else "muted",
                raw=_part_as_shown(member.contribution, page),
                exact=_exact_part(member.contribution, page),
                unit="%" if page.contribution_of == "total" else change_unit(info),
                decimals=1 if page.contribution_of == "total" else info.decimals,
            ),
        }
        kind = "total" if is_total else "row" if member.kind is RowKind.MEMBER else "note"
        rows.append(Row(tuple(cells[column.id] for column in columns), kind, member.key))
    table = fit(columns, rows, width, decimal_mark=fmt.decimal_mark, ascii=fmt.ascii)
    return _with_bars(table, page, members, fmt) if "bar" in shown else table


def _number(number: Number | None) -> float | None:
    return None if number is None else float(number)


def _with_bars(table: Table, page: ExplorePage, members: list[MemberRow], fmt: Formatter) -> Table:
    """The table with its bar column drawn: one scale for all members, given by the head. A total beyond the scale has no bar."""
    at = next(i for i, column in enumerate(table.columns) if column.id == "bar")
    width = table.columns[at].width
    ends = [_number(n) for row in page.rows if row.kind is RowKind.MEMBER for n in (row.value.number, row.target.number if row.target else None)]
    scale = round_up(max((n for n in ends if n is not None), default=0.0))
    by_place = iter(members)
    rows = []
    for row in table.rows:
        if row.kind == "note" and row.cells[0].text.startswith(("…", "...")):
            rows.append(row)
            continue
        member = next(by_place)
        value = _number(member.value.number) if member.value.status in (Status.VALUE, Status.PARTIAL) else None
        target = _number(member.target.number) if member.target else None
        fits = member.kind in (RowKind.MEMBER, RowKind.TOTAL) and (value is None or value <= scale * 1.0001)
        bar = bullet(value, target, scale, width, fmt.symbols) if fits and scale > 0 else ()
        rows.append(replace(row, cells=(*row.cells[:at], Cell("", runs=bar), *row.cells[at + 1 :])))
    heads = tuple(Cell("", runs=_scale(page, fmt, scale, width)) if i == at else Cell(column.title, "muted") for i, column in enumerate(table.columns))
    return replace(table, rows=tuple(rows), heads=heads)


def round_up(number: float) -> float:
    """The end of an axis that holds `number`: the next round one; 0 for none."""
    if number <= 0:
        return 0.0
    unit = 10.0 ** math.floor(math.log10(number))
    return next(step * unit for step in _ROUND if step * unit >= number * 0.9999)


def _scale(page: ExplorePage, fmt: Formatter, scale: float, width: int) -> Line:
    """`0    target┃    1,2 M €` over the bars, as much as there is room for."""
    has_target = any(row.target for row in page.rows)
    right = _bare(fmt.kpi(scale, page.kpi, compact=True), fmt) if scale > 0 else ""
    mark = "|" if fmt.ascii else "┃"
    word = fmt.t("target") + mark if has_target else ""
    room = width - 1 - cell_width(right)
    fold = to_ascii if fmt.ascii else str
    if room < cell_width(word) + 2:
        word = ""
    if room < 1:
        return (("0".ljust(width), "muted"),)
    return join(("0", "muted"), (fold(pad(word, room, "centre")), "target"), (fold(right), "muted"))


def _bare(text: str, fmt: Formatter) -> str:
    """A round number without the zeros after its decimal mark."""
    return re.sub(rf"{re.escape(fmt.decimal_mark)}(\d*?)0+(?!\d)", lambda m: f"{fmt.decimal_mark}{m[1]}" if m[1] else "", text)


def empty_text(page: ExplorePage, fmt: Formatter) -> str:
    """What stands in place of members: why the KPI itself has no value, if it has none."""
    reason = page.total.value.reason
    return fmt.t(reason) if reason is not None else fmt.t("nothing to show for this period and filter")


def choices_line(page: ExplorePage, fmt: Formatter, width: int, named: bool = True) -> Line:
    """`AOV by [Category]   Store · Channel · Product`: what the KPI (`named`) is cut by, and what it could be cut by."""
    runs: list[Run] = [(f" {clean(page.kpi.name)} ", "title")] if named else [(" ", "")]
    if page.by is not None:
        runs += [(fmt.t("by") + " ", "muted")] if named else []
        runs.append((f"[{clean(page.by.title)}]", "accent"))
    settled = {step.dim for step in page.header.state.where if len(step.values) == 1 and not step.exclude}
    if page.by is not None:
        settled.add(page.by.id)
    others = [clean(choice.title) for choice in page.choices if choice.refused is None and choice.id not in settled]
    note = fmt.t(page.note) if page.note is not None else ""
    if note and sum(cell_width(text) for text, _ in runs) + cell_width(note) + 24 > width:
        note = ""  # the definition card has it too
    left = width - sum(cell_width(text) for text, _ in runs) - 4 - (cell_width(note) + 3 if note else 0)
    names: list[str] = []
    for name in others:
        if cell_width(" · ".join([*names, name])) > left:
            break
        names.append(name)
    if names and (page.rows or page.by is not None or page.total.value.reason is None):
        runs += [("  d: ", "accent"), (" · ".join(names), "muted")]
    if note:
        runs += [(" " * max(2, width - sum(cell_width(text) for text, _ in runs) - cell_width(note) - 1), ""), (note, "muted")]
    return fmt.fit(join(*runs), width)


def series_of(page: ExplorePage, fmt: Formatter) -> Series:
    """The trend of the page as plots take it."""
    points, ahead = page.trend, page.projection
    return Series(
        [_number(point.value.number) for point in points],
        [_number(point.target) for point in points],
        [_number(point.compare) for point in points],
        [to_ascii(fmt.tick(point.period)) if fmt.ascii else fmt.tick(point.period) for point in points],
        wrong_side(page.kpi.good) or never,
        bool(points) and points[-1].partial,
        None if ahead is None else (float(ahead.low), float(ahead.amount), float(ahead.high)),
        None if ahead is None or ahead.target is None else float(ahead.target.number),
        roles=[point_role(point.status) for point in points],
    )


def trend_lines(page: ExplorePage, fmt: Formatter, width: int, height: int, pace: bool = True) -> list[Line]:
    """The trend with its target and comparison in exactly `height` lines; one line of words when there is nothing to draw.

    A period in progress is drawn on to where it will end, with a line that says so where `pace` and the height allow.
    """
    ahead = page.projection
    series = series_of(page, fmt)
    legend = height >= 6
    pace = pace and height >= PACE_HEIGHT and ahead is not None
    drawn = trend(series, width, height - legend - pace, lambda v: _axis(v, page.kpi, fmt), fmt.symbols)
    if not drawn:
        reason = page.total.value.reason
        told = wrap_line(((" " + (fmt.t(reason) if reason is not None else fmt.t("no data")), "muted"),), width - 1, 1)
        return [fmt.fit(line, width) for line in (*told, *([()] * height))][:height]
    if ahead is not None and pace:
        drawn.append(join((" ", ""), *pace_line(ahead, page.kpi, fmt, width - 2)))
    if legend:
        full = _legend(page, fmt)
        noted = join(*full, *_target_note(page, fmt))  # where the target's number comes from; the definition card has it too
        drawn.append(next((line for line in (noted, full) if line_width(line) <= width), _legend(page, fmt, values=False)))
    return [fmt.fit(line, width) for line in drawn]


def _axis(value: float, info: KpiInfo, fmt: Formatter) -> str:
    """A tick: the KPI's own form, shortened, without its sign when it is an amount."""
    text = fmt.kpi(value, info, compact=True)
    return to_ascii(text) if fmt.ascii else text


def _target_note(page: ExplorePage, fmt: Formatter) -> tuple[Run, ...]:
    note = page.total.target.note if page.total.target is not None else None
    if note is None:
        return ()
    text = clean(fmt.t(note))
    return ("   ", ""), (to_ascii(text) if fmt.ascii else text, "muted")


def _legend(page: ExplorePage, fmt: Formatter, values: bool = True) -> Line:
    """What each line of the trend is; with `values`, where it stands at the end."""
    last = page.trend[-1]
    actual, target = fmt.t("actual"), fmt.t("target")
    if values:
        actual = f"{actual} {fmt.value(last.value, page.kpi)}"
        target = f"{target} {fmt.kpi(last.target, page.kpi)}"
    course, dots, dashes = SAMPLES[fmt.symbols]
    runs: list[Run] = [("  ", ""), (course, "accent"), (f" {actual}", "")]
    if last.target is not None:
        runs += [("   ", ""), (dashes, "target"), (f" {target}", "")]
    if any(point.compare is not None for point in page.trend):
        runs += [("   ", ""), (dots, "muted"), (f" {compare_text(page.header, fmt)}", "muted")]
    if last.partial:
        runs += [("   ", ""), ("o" if fmt.ascii else "○", "accent"), (f" {fmt.t('incomplete')}", "muted")]
    if page.projection is not None:
        runs += [("   ", ""), (AHEAD[fmt.ascii], "accent"), (f" {fmt.t('expected')}", "muted")]
    return join(*runs)
