"""The Gaps view: a row a missed target, and under it all that is known of the one under the cursor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from kpi_core.engine.result import Number, Status
from kpi_core.errors import Message, said
from kpi_core.pages import ActionLine, Effect, GapDetail, GapRow, GapsPage, GapStatus, KpiInfo, NoteLine
from kpi_core.render.cells import cause_line, change_unit, gap_cells, shorter, target_cell, value_cell
from kpi_core.render.clean import clean, to_ascii
from kpi_core.render.format import Formatter
from kpi_core.render.gap import gap_view
from kpi_core.render.table import Cell, Column, Row, Table, fit
from kpi_core.render.text import Line, Run, cell_width, cut, fit_line, join, line_width, wrap_line

WIDE, FULL = 104, 140  # from here on also: part of the whole, first cause
NAME = 32  # cells of a name that the owner of a gap is not worth
_UNITS = {"day": said("{count} d"), "week": said("{count} wk"), "month": said("{count} mo"), "quarter": said("{count} qu"), "year": said("{count} y")}
_STREAKS = {
    "day": said("missed {count} days in a row"),
    "week": said("missed {count} weeks in a row"),
    "month": said("missed {count} months in a row"),
    "quarter": said("missed {count} quarters in a row"),
    "year": said("missed {count} years in a row"),
}
STATUSES = {"planned": said("planned"), "running": said("running"), "done": said("done"), "dropped": said("dropped")}


def rows_shown(page: GapsPage) -> list[GapRow]:
    """Missed targets, and those that are near where the state asks for them."""
    return [row for row in page.rows if page.header.state.near or row.gap.status is GapStatus.MISSED]


def gaps_table(page: GapsPage, fmt: Formatter, width: int, today: date | None = None) -> Table:
    """One row a target, `width` cells wide, worst first. When there is no room, columns go from the right: the words before the numbers."""
    columns = ["target", "gap", *(["part"] if width >= WIDE else []), "since", "owner", "due", *(["cause"] if width >= FULL else [])]
    drops: list[set[str]] = [set(), {"cause"}, {"cause", "part"}, {"cause", "part", "owner"}, {"cause", "part", "owner", "due"}]
    drops += [{"cause", "part", "owner", "due", "since"}, set(columns) - {"gap"}]
    least = min(NAME, max((cell_width(row_name(row)) for row in page.rows), default=8), width * 2 // 5)
    for dropped in drops:
        for compact in (width < 60, True):
            tried = _table(page, fmt, width, [c for c in columns if c not in dropped], compact, least, today or date.today())
            if tried.natural <= width:
                return tried
    return _table(page, fmt, width, ["gap"], True, 4, today or date.today(), amounts=False)


def _table(page: GapsPage, fmt: Formatter, width: int, shown: Sequence[str], compact: bool, least: int, today: date, amounts: bool = True) -> Table:
    t = fmt.t
    titles = {
        "target": Column("target", t("TARGET"), "right"),
        "gap": Column("gap", t("GAP"), space=2),
        "part": Column("part", t("OF TOTAL"), "right", space=2),
        "since": Column("since", t("SINCE"), "right", space=2),
        "owner": Column("owner", t("OWNER"), shrink=8, space=2),
        "due": Column("due", t("DUE"), "right", space=1),
        "cause": Column("cause", t("FIRST CAUSE"), shrink=20, space=2),
    }
    columns = [Column("kpi", t("KPI · WHERE"), shrink=max(8, least), grow=True, limit=48), Column("actual", t("ACTUAL"), "right")]
    columns += [titles[id] for id in shown]
    rows = rows_shown(page)
    gaps = gap_cells([(row.gap, row.kpi) for row in rows], fmt, amounts)
    made = []
    for row, gap in zip(rows, gaps, strict=True):
        cells = [gap if id == "gap" else _cell(row, id, page, fmt, compact, today) for id in shown]
        made.append(Row((Cell(row_name(row)), value_cell(row.value, row.kpi, fmt, compact), *cells), key=row.key))
    table = fit(columns, made, width, decimal_mark=fmt.decimal_mark, ascii=fmt.ascii)
    return replace(table, rows=tuple(_named(row, gap, table.columns[0].width, fmt) for row, gap in zip(table.rows, rows, strict=True)))


def _named(row: Row, gap: GapRow, width: int, fmt: Formatter) -> Row:
    """The name in `width` cells: the KPI gives way before the place does; the row filter reads it whole."""
    full, scope = row_name(gap), clean(gap.scope)
    shown = full
    if cell_width(full) > width:
        kpi = shorter(gap.kpi, width - cell_width(scope) - 3)
        shown = cut(kpi, max(6, width - cell_width(scope) - 3), fmt.ellipsis) + (f" · {scope}" if scope else "")
    shown = to_ascii(shown) if fmt.ascii else shown
    return replace(row, cells=(replace(row.cells[0], text=shown, raw=full), *row.cells[1:]))


def _cell(row: GapRow, id: str, page: GapsPage, fmt: Formatter, compact: bool, today: date) -> Cell:
    if id == "target":
        return target_cell(row.target, row.kpi, fmt, compact)
    if id == "part":
        return _part(row, fmt)
    if id == "since":
        return _since(row, page.header.period.grain, fmt)
    if id == "owner":
        return Cell(clean(row.owner, 60), "muted")
    if id == "due":
        return _due(row.action, today, fmt)
    return Cell(clean(fmt.t(row.cause.message), 200) if row.cause else "", "muted")


def row_name(row: GapRow) -> str:
    """`Returns · Paris Rivoli`; the KPI alone for the whole."""
    return clean(f"{row.kpi.name} · {row.scope}" if row.scope else row.kpi.name)


def _part(row: GapRow, fmt: Formatter) -> Cell:
    """The exact part of the whole's gap, in the KPI's unit; nothing for the whole itself."""
    if not row.scope or row.contribution is None:
        return Cell("", "muted")
    shown = row.contribution * 100 if row.kpi.unit == "%" else row.contribution
    return Cell(fine(row.contribution, row.kpi, fmt), "muted", raw=shown, exact=row.contribution, unit=change_unit(row.kpi), decimals=row.kpi.decimals)


def fine(amount: Number, info: KpiInfo, fmt: Formatter) -> str:
    """A signed part in the KPI's unit, with one more digit where it would read as zero."""
    text = fmt.change(amount, None, info)
    if amount and not any(c in "123456789" for c in text):
        more = KpiInfo(info.id, info.name, info.unit, info.good, info.decimals + 1, info.group, info.formula)
        return fmt.change(amount, None, more)
    return text


def _since(row: GapRow, grain: str, fmt: Formatter) -> Cell:
    if not row.since:
        return Cell("")
    if row.since == 1:
        return Cell(fmt.t("new"), raw=1)
    text = fmt.t(Message(_UNITS.get(grain, said("{count} x")).template, {"count": row.since}))
    return Cell(f"{'>=' if fmt.ascii else '≥'} {text}" if row.at_least else text, raw=row.since)


def _due(action: ActionLine | None, today: date, fmt: Formatter) -> Cell:
    if action is None or action.due is None:
        return Cell("")
    late = action.overdue(today)
    text = fmt.day(action.due, abs((action.due - today).days) > 300)
    return Cell(f"! {text}" if late else text, "bad" if late else "muted", raw=action.due)


# ---------------------------------------------------------------- lines


def summary_line(page: GapsPage, fmt: Formatter, width: int) -> Line:
    """How many of all targets are missed, how many near; what of the notes file could not be read."""
    t = fmt.t
    runs: list[Run] = [(" ", "")]
    missed, near = page.count(GapStatus.MISSED), page.count(GapStatus.NEAR)
    if page.judged:
        if missed > 1:
            told = t("{missed} of {all} targets missed", missed=missed, all=page.judged)
        else:
            told = t("1 of {all} targets missed", all=page.judged) if missed else t("none of {all} targets missed", all=page.judged)
        runs.append((told, "bad" if missed else "good"))
        if near == 1:
            runs += [(" · ", "muted"), (t("1 near, shown too (a)") if page.header.state.near else t("1 near (a shows it)"), "muted")]
        elif near:
            told = t("{near} near, shown too (a)", near=near) if page.header.state.near else t("{near} near (a shows them)", near=near)
            runs += [(" · ", "muted"), (told, "muted")]
    else:
        runs.append((t("no target can be judged on this period"), "muted"))
    quiet = page.count(GapStatus.FEW, GapStatus.NOISE)
    if quiet:
        text = " · " + t("{count} with too little data to tell", count=quiet)
        if line_width(runs) + cell_width(text) < width:
            runs.append((text, "muted"))
    how = " · " + t("worst first: share of the target missed × share of the whole")
    if page.rows and not page.problems and line_width(runs) + cell_width(how) < width:
        runs.append((how, "muted"))
    if page.problems:
        more = t(page.problems[0]) if len(page.problems) == 1 else t("{count} lines of notes.yaml could not be read", count=len(page.problems))
        runs += [("  ! ", "warn"), (more, "warn")]
    return fmt.fit(join(*runs), width)


def empty_text(page: GapsPage, fmt: Formatter) -> str:
    """What stands in place of rows."""
    if not page.written:
        return fmt.t("no targets are written: see omnigap config show objectives")
    if not page.judged:
        return fmt.t("their KPIs have no data: < > turns to another period, 6 shows which exports would bring them")
    return fmt.t("no target is missed in this period") + (" OK" if fmt.ascii else " ✓")


def detail_lines(page: GapsPage, row: GapRow, detail: GapDetail | None, fmt: Formatter, width: int, today: date | None = None) -> list[Line]:
    """Everything about one row: value and target, since when and how much of the whole, first cause, actions with their effect, notes."""
    t, day = fmt.t, today or date.today()
    view = gap_view(row.gap, fmt.ascii)
    head: list[Run] = [(row_name(row), "title"), (f"  {fmt.value(row.value, row.kpi)}", ""), (f"  {t('target')} {fmt.target(row.target, row.kpi)}", "muted")]
    head.append((f"  {view.mark} {fmt.gap(row.gap, row.kpi)}", view.role))
    lines: list[Line] = [*_wrapped(fmt, join(*head), width, 2), *_wrapped(fmt, join((_facts(page, row, fmt), "muted")), width, 2)]
    cause = detail.cause if detail is not None else row.cause
    if cause is not None:
        lines += _wrapped(fmt, cause_line(cause, fmt), width, 2)
    elif detail is not None or row.explained:
        lines += _wrapped(fmt, join((t("First cause: no part stands out (x explains the gap in full)"), "muted")), width, 2)
    else:
        lines.append(((t("First cause: asking …"), "muted"),))
    actions = detail.actions if detail is not None else ()
    for action in actions:
        lines += action_lines(action, row.kpi, fmt, width, day)
    if not row.actions:
        lines += _wrapped(fmt, join(("→ ", "accent"), (t("no action written down: see objectives.yaml"), "muted")), width, 2)
    elif detail is None and row.action is not None:
        lines += action_lines(row.action, row.kpi, fmt, width, day)
    for line in detail.notes if detail is not None else ():
        lines += note_lines(line, fmt, width)
    return [fmt.fold(line) for line in lines]


def _wrapped(fmt: Formatter, line: Line, width: int, indent: int) -> list[Line]:
    """In ASCII a sign may take more cells than before: it is folded before it is broken."""
    return wrap_line(fmt.fold(line), width, indent)


def _facts(page: GapsPage, row: GapRow, fmt: Formatter) -> str:
    """`missed 4 weeks in a row, since 5 Oct · −0.42 € of the total's −3.01 € · Grow revenue · config/objectives.yaml:81`."""
    t = fmt.t
    parts = []
    if row.since == 1:
        parts.append(t("new this period"))
    elif row.since:
        template = _STREAKS.get(page.header.period.grain, said("missed {count} periods in a row"))
        text = t(Message(template.template, {"count": row.since}))
        if row.at_least:
            text = t("{streak} or more", streak=text)
        elif row.since_start is not None:
            text = t("{streak}, since {day}", streak=text, day=fmt.day(row.since_start, False))
        parts.append(text)
    if row.scope and row.contribution is not None and row.whole_gap is not None:
        parts.append(t("{part} of the whole's gap of {gap}", part=fine(row.contribution, row.kpi, fmt), gap=fine(row.whole_gap, row.kpi, fmt)))
    parts.append(clean(row.objective, 80))
    parts.append(f"{clean(row.target.file)}:{row.target.line}" if row.target.line else clean(row.target.file))
    return " · ".join(parts)


def action_lines(action: ActionLine, info: KpiInfo, fmt: Formatter, width: int, today: date) -> list[Line]:
    """An action: what, who, until when, how it stands; the cause it answers; the KPI before and after its start."""
    t = fmt.t
    words = [clean(action.owner, 60)] if action.owner else []
    if action.due is not None:
        words.append(t("due {day}", day=fmt.day(action.due, abs((action.due - today).days) > 300)))
    words.append(t(STATUSES.get(action.status, said("planned"))))
    runs: list[Run] = [("→ ", "accent"), (clean(action.name, 160), ""), (f" ({', '.join(words)})", "muted")]
    if action.overdue(today):
        runs.append((" ! " + t("overdue"), "bad"))
    lines = _wrapped(fmt, join(*runs), width, 2)
    if action.cause:
        lines += _wrapped(fmt, join(("  " + t("answers: {cause}", cause=action.cause), "muted")), width, 4)
    if action.effect is not None:
        lines += _wrapped(fmt, join(("  ", ""), (effect_text(action.effect, info, fmt), "")), width, 4)
    if action.note:
        lines += _wrapped(fmt, join(("  " + clean(action.note, 400), "muted")), width, 4)
    return lines


def effect_text(effect: Effect, info: KpiInfo, fmt: Formatter, brief: bool = False) -> str:
    """`before 2.1 % → after 2.6 %, 28 days each (last year, same weeks: 2.2 % → 2.2 %); …`, or why there is none yet. `brief`: the numbers only."""
    t = fmt.t
    if effect.scope:
        return t("{place}: {text}", place=effect.scope, text=effect_text(replace(effect, scope=""), info, fmt, brief))
    if effect.reason is not None:
        return t(effect.reason)
    before, after = fmt.value(effect.before, info), fmt.value(effect.after, info)
    if effect.before.status not in (Status.VALUE, Status.PARTIAL) and effect.after.status not in (Status.VALUE, Status.PARTIAL):
        return t("no data before or after {day}", day=fmt.day(effect.start, False))
    if brief:
        was, then = fmt.value(effect.before_last_year, info), fmt.value(effect.after_last_year, info)
        return t("{before} → {after} in {count} days (last year {was} → {then})", before=before, after=after, count=effect.days, was=was, then=then)
    if effect.before_last_year.number is None and effect.after_last_year.number is None:
        last_year = t("no data last year")
    else:
        was, then = fmt.value(effect.before_last_year, info), fmt.value(effect.after_last_year, info)
        last_year = t("last year, same weeks: {was} → {then}", was=was, then=then)
    text = t("before {before} → after {after}, {count} days each", before=before, after=after, count=effect.days)
    return t("{text} ({last_year}); seen, not proven to be its doing", text=text, last_year=last_year)


def note_lines(line: NoteLine, fmt: Formatter, width: int) -> list[Line]:
    """`“ 22 Nov, anna: text`."""
    note = line.note
    scope = f" · {clean(line.scope)}" if line.scope else ""
    head = f"{fmt.day(note.at.date(), False)}, {clean(note.author, 60)}{scope}{':' if fmt.lang == 'en' else ' :'} "
    return _wrapped(fmt, join(("* " if fmt.ascii else "▪ ", "accent"), (head, "muted"), (clean(note.text, 1000), "")), width, 2)


def newest_note(notes: Sequence[NoteLine], fmt: Formatter, width: int) -> Line:
    """The newest note in one line of `width` cells, and how many more there are; empty without one."""
    if not notes:
        return ()
    more = f"  {fmt.t('+{count} more (i)', count=len(notes) - 1)}" if len(notes) > 1 else ""
    first = note_lines(notes[0], fmt, 10_000)[0]
    line = fit_line(join((" ", ""), *first), max(8, width - cell_width(more) - 1), fmt.ellipsis)
    return fmt.fit(join(*line, (more, "muted")), width)
