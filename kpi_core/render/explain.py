"""The explanation of a gap: what is held against what, the way it is parted, parts as a waterfall in a table, warnings and the first cause."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from kpi_core.engine.result import Number
from kpi_core.pages import ExplainPage, ExplainPart, Section
from kpi_core.render.cells import cause_line, change_unit
from kpi_core.render.clean import clean, to_ascii
from kpi_core.render.format import Formatter
from kpi_core.render.header import headline
from kpi_core.render.table import Cell, Column, Row, Table, as_text, fit, markdown
from kpi_core.render.text import Line, Run, cell_width, cut, join, line_width, plain, wrap_line
from kpi_core.render.waterfall import ARROW, Axis, axis_of, axis_text, part_bar, steps, total_bar, waterfall

LEAST_BAR = 14
PICTURE = (100, 20)  # cells and lines of a waterfall in Markdown
LONGEST = 36  # cells of a part's name in the table; the line below it has it in full
NOTES = 104  # cells from which every part says how it came about


def section_name(section: Section) -> str:
    return clean(section.title)


def held_line(page: ExplainPage, fmt: Formatter, width: int) -> Line:
    """`Average order value 61.99 € · target 65.00 € · gap −3.01 €`: the two numbers and what lies between them."""
    t, info = fmt.t, page.kpi
    name: Run = (f" {clean(info.name)} ", "title")
    if page.gap is None or page.shown_gap is None:
        return fmt.fit(join(name), width)
    role = "" if page.good is None else "good" if page.good else "bad"
    other = t("target") if page.against == "target" or page.base is None else fmt.period(page.base)
    word = t("gap") if page.against == "target" else t("change")
    actual: list[Run] = [name, (fmt.kpi(page.actual, info), "")]
    expected: list[Run] = [(f"  {other} ", "muted"), (fmt.kpi(page.expected, info), "")]
    gap: list[Run] = [(f"  {word} ", "muted"), (fmt.change(page.shown_gap, None, info), role)]
    ratio: list[Run] = [(f" ({fmt.change(None, page.ratio, info)})", "muted")] if page.ratio is not None else []
    short: Run = (cut(name[0], max(6, width - line_width([actual[1], *gap])) - 1, fmt.ellipsis) + " ", "title")
    tries = ([*actual, *expected, *gap, *ratio], [*actual, *expected, *gap], [*actual, *gap], [short, actual[1], *gap])
    return fmt.fit(join(*next((runs for runs in tries if line_width(runs) <= width), actual)), width)


def sections_line(page: ExplainPage, at: int, fmt: Formatter, width: int) -> Line:
    """The ways to part the gap, the one shown in brackets; those further on are cut, never the one shown."""
    names = [section_name(section) for section in page.sections]
    if not names:
        return fmt.fit((), width)
    start = at
    used = cell_width(names[at]) + 3
    while start > 0 and used + cell_width(names[start - 1]) + 3 <= width // 2:
        start -= 1
        used += cell_width(names[start]) + 3
    runs: list[Run] = [(" d: " if len(names) > 1 else " ", "accent")]
    if start:
        runs.append(("… ", "muted"))
    for place in range(start, len(names)):
        text = f"[{names[place]}]" if place == at else names[place]
        last = "" if place == len(names) - 1 else " · "
        if line_width(runs) + cell_width(text) + cell_width(last) > width - 2 and place > at:
            runs.append(("…", "muted"))
            break
        runs += [(text, "accent" if place == at else "muted"), (last, "muted")]
    return fmt.fit(join(*runs), width)


def warning_lines(page: ExplainPage, fmt: Formatter, width: int) -> list[Line]:
    """One warning a line or more, never cut."""
    lines: list[Line] = []
    for warning in page.warnings:
        lines += wrap_line(join((" ! ", "warn"), (fmt.t(warning.message), "warn")), width, 3)
    return [fmt.fold(line) for line in lines]


def cause_lines(page: ExplainPage, fmt: Formatter, width: int) -> list[Line]:
    """The first cause, in as many lines as it needs."""
    if page.cause is None:
        return []
    return wrap_line(join((" ", ""), *cause_line(page.cause, fmt, page.good is True)), width, 3)


def note_line(section: Section, fmt: Formatter, width: int) -> Line:
    """What to know of the method."""
    return fmt.fit(join((" " + fmt.t(section.note), "muted")), width) if section.note is not None else ()


def part_line(part: ExplainPart, fmt: Formatter, width: int) -> Line:
    """One part in full: its name is never cut here, and how it came about is said on any width."""
    runs: list[Run] = [(" " + clean(part.label), "")]
    if part.note is not None:
        runs.append((" · " + fmt.t(part.note), "muted"))
    return fmt.fit(join(*runs), width)


# ---------------------------------------------------------------- the table


def explain_table(page: ExplainPage, section: Section, fmt: Formatter, width: int) -> Table:
    """What was expected, the parts (key: their place), what was reached; the last row says that the parts make up the gap.

    Columns: part, amount, share of the gap, and from some width on how it came about and a waterfall.
    """
    if section.reason is not None and not section.parts:
        return Table((Column("part", "", width=width - 1),), (Row((Cell(plain(fmt.fold(((fmt.t(section.reason), ""),))), "muted"),), "text"),), width)
    notes = width >= NOTES and any(part.note is not None for part in section.parts)
    for optional in (("note", "share", "bar") if notes else ("share", "bar"), ("share",), ()):
        table = _table(page, section, fmt, width, optional)
        if table.natural <= width:
            break
    return _with_bars(table, page, section, fmt) if "bar" in optional else table


def _table(page: ExplainPage, section: Section, fmt: Formatter, width: int, optional: Sequence[str]) -> Table:
    t = fmt.t
    columns = [Column("part", t("PART"), shrink=14 if width < 80 else 20, limit=40), Column("amount", t("AMOUNT"), "right")]
    if "share" in optional:
        columns.append(Column("share", t("OF GAP") if page.against == "target" else t("OF CHANGE"), "right", space=2))
    if "note" in optional:
        columns.append(Column("note", t("HOW"), shrink=12, space=2, limit=34))
    if "bar" in optional:
        columns.append(Column("bar", "", width=LEAST_BAR, grow=True, space=2))
    rows = [_total(expected_word(page, fmt), page.expected, page, fmt, columns)]
    for place, part in enumerate(section.parts):
        cells = {
            "part": Cell(cut("  " * part.level + clean(part.label), LONGEST, fmt.ellipsis), "" if part.drill is not None or part.level == 0 else "muted"),
            "amount": Cell(fmt.change(part.shown, None, page.kpi), raw=part.shown, unit=change_unit(page.kpi), decimals=page.kpi.decimals),
            "share": Cell(_share(part, fmt), "muted", exact=None if part.share is None else Decimal(f"{float(part.share):.12g}"), unit="%", decimals=0),
            "note": Cell(fmt.t(part.note) if part.note is not None else "", "muted"),
            "bar": Cell(""),
        }
        rows.append(Row(tuple(cells[column.id] for column in columns), "row", str(place)))
    rows.append(_total(actual_word(page, fmt), page.actual, page, fmt, columns))
    rows.append(_sum(section, page, fmt, columns))
    return fit(columns, rows, width, decimal_mark=fmt.decimal_mark, ascii=fmt.ascii)


def _share(part: ExplainPart, fmt: Formatter) -> str:
    return fmt.dash if part.share is None else fmt.percent(Decimal(part.share.numerator) / Decimal(part.share.denominator), 0, True)


def expected_word(page: ExplainPage, fmt: Formatter) -> str:
    """What the number is held against."""
    return fmt.t("Target") if page.against == "target" or page.base is None else fmt.period(page.base)


def actual_word(page: ExplainPage, fmt: Formatter) -> str:
    """What the number itself is called beside it."""
    return fmt.t("Actual") if page.against == "target" else fmt.period(page.header.period)


def _total(word: str, number: Number | None, page: ExplainPage, fmt: Formatter, columns: Sequence[Column]) -> Row:
    cells = {"part": Cell(word, "title"), "amount": Cell(fmt.kpi(number, page.kpi), "title", exact=number, unit=page.kpi.unit, decimals=page.kpi.decimals)}
    return Row(tuple(cells.get(column.id, Cell("")) for column in columns), "row")


def _sum(section: Section, page: ExplainPage, fmt: Formatter, columns: Sequence[Column]) -> Row:
    """`Σ parts = gap ✓`: building a section that does not add up raises, so this row can only be true."""
    word = fmt.t("Σ parts = gap") if page.against == "target" else fmt.t("Σ parts = change")
    cells = {
        "part": Cell(f"{word.replace('Σ', fmt.t('sum of')) if fmt.ascii else word} {'OK' if fmt.ascii else '✓'}", "title"),
        "amount": Cell(fmt.change(section.shown_gap, None, page.kpi), exact=section.shown_gap, unit=change_unit(page.kpi), decimals=page.kpi.decimals),
        "share": Cell(fmt.percent(1, 0, True), exact=1, unit="%", decimals=0) if section.gap else Cell(""),
    }
    return Row(tuple(cells.get(column.id, Cell("")) for column in columns), "total")


def _with_bars(table: Table, page: ExplainPage, section: Section, fmt: Formatter) -> Table:
    """The table with its waterfall drawn: parts of level 0 one after the other, those under one from where it begins."""
    at = next(place for place, column in enumerate(table.columns) if column.id == "bar")
    width = table.columns[at].width - ARROW
    places = _places(section)
    axis = axis_of([float(section.start), float(section.end), *(end for place in places for end in place)])
    good = page.kpi.good
    bars: list[Line] = [total_bar(float(section.start), axis, width, fmt.ascii)]
    bars += [part_bar(step, axis, width, good, fmt.ascii) for step in places]
    bars += [total_bar(float(section.end), axis, width, fmt.ascii), ()]
    rows = []
    for row, bar in zip(table.rows, bars, strict=True):
        cell = Cell("", runs=bar or ((" ", ""),))
        rows.append(Row((*row.cells[:at], cell, *row.cells[at + 1 :]), row.kind, row.key))
    heads = [Cell(column.title, "muted") for column in table.columns]
    heads[at] = Cell("", runs=((_ends(axis, page, fmt, width), "muted"),))
    return Table(table.columns, tuple(rows), table.width, table.rule, table.ellipsis, tuple(heads))


def _ends(axis: Axis, page: ExplainPage, fmt: Formatter, width: int) -> str:
    text = axis_text(axis, width, lambda value: fmt.kpi(value, page.kpi, compact=True))
    return fmt.fold(((text, ""),))[0][0] if text else " "


def _places(section: Section) -> list[tuple[float, float]]:
    """Where the bar of every part begins and ends."""
    found: list[tuple[float, float]] = []
    ends: list[float] = [float(section.start)]  # by level, where the next part begins
    for part in section.parts:
        if part.level + 1 > len(ends):
            ends.append(found[-1][0])
        del ends[part.level + 1 :]
        ((begin, end),) = steps(ends[part.level], [float(part.amount)])
        found.append((begin, end))
        ends[part.level] = end
    return found


# ---------------------------------------------------------------- the whole page as lines


def section_lines(page: ExplainPage, section: Section, fmt: Formatter, width: int) -> list[Line]:
    """One section under its title: its table, and what to know of the method."""
    dash = "-" if fmt.ascii else "─"
    title = fmt.fold(((section_name(section), ""),))[0][0]
    lines: list[Line] = [join((dash + " ", "muted"), (title + " ", "title"), (dash * max(0, width - cell_width(title) - 3), "muted"))]
    lines += explain_table(page, section, fmt, width).lines()[0 if section.parts else 1 :]
    note = note_line(section, fmt, width)
    return [*lines, note] if note else lines


def explain_lines(page: ExplainPage, fmt: Formatter, width: int) -> list[Line]:
    """Everything that the page knows, one section under the other, for a report."""
    lines: list[Line] = [held_line(page, fmt, width), *cause_lines(page, fmt, width), *warning_lines(page, fmt, width)]
    if page.reason is not None:
        lines.append(fmt.fold(join((" " + fmt.t(page.reason), "muted"))))
    for section in page.sections:
        lines += [(), *section_lines(page, section, fmt, width)]
    return lines


def explain_markdown(page: ExplainPage, fmt: Formatter) -> str:
    """The same as Markdown: each section as a table, then its waterfall in a block of code."""
    lines = [headline(page.header, fmt), "", plain(held_line(page, fmt, 400)).strip(), ""]
    lines += [f"{plain(line).strip()}  " for line in cause_lines(page, fmt, 400)]
    lines += [f"- {fmt.t(warning.message)}" for warning in page.warnings]
    if page.reason is not None:
        lines.append(fmt.t(page.reason))
    text = "\n".join(lines) + "\n"
    for section in page.sections:
        text += f"\n## {section_name(section)}\n\n"
        if section.parts:
            text += markdown(_table(page, section, fmt, 400, ("share", "note"))) + _picture(page, section, fmt)
        elif section.reason is not None:
            text += fmt.t(section.reason) + "\n"
        if section.note is not None and section.parts:
            text += f"\n{fmt.t(section.note)}\n"
    return to_ascii(text) if fmt.ascii else text


def _picture(page: ExplainPage, section: Section, fmt: Formatter) -> str:
    """The waterfall as a block of Markdown; '' where there is nothing to draw."""
    lines = waterfall_lines(page, section, fmt, *PICTURE)
    return "\n```\n" + as_text(lines) + "```\n" if lines else ""


def waterfall_lines(page: ExplainPage, section: Section, fmt: Formatter, width: int, height: int) -> list[Line]:
    """The waterfall of the parts of level 0, as rounded on screen; empty where there is nothing to draw or no room."""
    top = [part for part in section.parts if part.level == 0]
    labels = [expected_word(page, fmt), *(cut(clean(part.label).replace("`", "'"), LONGEST) for part in top), actual_word(page, fmt)]
    amounts: list[Number] = [page.expected or 0, *(part.shown for part in top), page.actual or 0]

    def write(amount: Number, signed: bool) -> str:
        return fmt.change(amount, None, page.kpi) if signed else fmt.kpi(amount, page.kpi, compact=True)

    def others(count: int) -> str:
        return fmt.t("{count} others", count=count)

    return waterfall(labels, amounts, width, height, write, good=page.kpi.good, ascii=fmt.ascii, others=others)
