"""What stands in the panes beside a table: the explanation of a gap with what is done about it, and the line under a scorecard."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from kpi_core.errors import said
from kpi_core.pages import ActionLine, ExplainPage, ExplorePage, GapDetail, KpiRow, Section
from kpi_core.render.clean import clean, to_ascii
from kpi_core.render.explain import cause_lines, section_name, waterfall_lines
from kpi_core.render.format import Formatter
from kpi_core.render.gaps import STATUSES
from kpi_core.render.overview import formula_line
from kpi_core.render.text import Line, Run, cell_width, cut, join, line_width, wrap, wrap_line

PARTS = 12  # of a section; the rest is behind `x`
SECTIONS = 4
ACTIONS = 4
SENTENCE = 60  # cells in which a sentence stands on one line or two


def gap_title(page: ExplainPage, fmt: Formatter, brief: bool = False) -> str:
    """`Explain gap — AOV −4.36 € (−6.0 %)`; `brief`: `Gap — …`."""
    name = clean(page.kpi.short or page.kpi.name)
    if page.shown_gap is None:
        return fmt.t("Explain gap — {kpi}", kpi=name)
    amount = fmt.change(page.shown_gap, None, page.kpi)
    ratio = f" ({fmt.change(None, page.ratio, page.kpi)})" if page.ratio is not None else ""
    target = page.against == "target"
    if brief:
        title = said("Gap — {kpi} {gap}") if target else said("Change — {kpi} {gap}")
    else:
        title = said("Explain gap — {kpi} {gap}") if target else said("Explain change — {kpi} {gap}")
    return fmt.t(title.template, kpi=name, gap=amount + ratio)


def explain_pane(
    page: ExplainPage, detail: GapDetail | None, fmt: Formatter, width: int, height: int, today: date | None = None, causes: bool = True
) -> list[Line]:
    """The first section as a waterfall, first cause (`causes`), warnings, actions, then the other sections; may be more lines than `height`."""
    day = today or date.today()
    if page.reason is not None or page.gap is None:
        return words(fmt.t(page.reason) if page.reason is not None else fmt.t("there is nothing to explain"), fmt, width)
    actions = action_rows(detail.actions, fmt, width, day) if detail is not None else []
    sections = [section for section in page.sections if section.parts][:SECTIONS]
    if not sections:
        reason = next((section.reason for section in page.sections if section.reason is not None), None)
        return [*words(fmt.t(reason) if reason is not None else fmt.t("there is nothing to explain"), fmt, width), *actions]
    room = max(6, height - len(actions) - (1 if actions else 0) - (causes and page.cause is not None and width >= SENTENCE))
    lines = _picture(page, sections[0], fmt, width, min(room, PARTS + 3))
    lines += cause_lines(page, fmt, width) if causes and width >= SENTENCE else []
    if actions:
        lines += [(), *actions]
    for warning in page.warnings[:2]:
        told = wrap_line(fmt.fold(join((" ! ", "warn"), (fmt.t(warning.message), "warn"))), width, 3)
        if len(lines) + len(told) <= height:
            lines += told
    for section in sections[1:]:
        lines += [(), *_picture(page, section, fmt, width, PARTS + 3)]
    return lines


def _picture(page: ExplainPage, section: Section, fmt: Formatter, width: int, height: int) -> list[Line]:
    """A waterfall, the name of its section in the blank before the axis; parts in words where there is no room for bars."""
    name = section_name(section)
    lines = waterfall_lines(page, section, fmt, width, height)
    if not lines:
        parts = [part for part in section.parts if part.level == 0]
        numbers = [fmt.change(part.shown, None, page.kpi) for part in parts]
        wide = max(map(cell_width, numbers), default=0)
        left = max(1, width - wide - 3)
        names = [cut(clean(part.label), left, fmt.ellipsis) for part in parts]
        told: list[Line] = [((" " + cut(name, width - 1), "muted"),)]
        told += [
            ((f" {text}{' ' * (left - cell_width(text))} ", ""), (f"{' ' * (wide - cell_width(number))}{number}", ""))
            for text, number in zip(names, numbers, strict=True)
        ]
        return [fmt.fold(line) for line in told[: max(2, height)]]
    axis = "".join(text for text, _ in lines[0])
    free = len(axis) - len(axis.lstrip()) - 2
    if free > 3:
        head = " " + cut(name, free - 1, fmt.ellipsis)
        lines[0] = join((head + " " * (free + 2 - cell_width(head)), "muted"), (axis.lstrip(), "muted"))
    return [fmt.fold(line) for line in lines]


def action_rows(actions: Sequence[ActionLine], fmt: Formatter, width: int, today: date) -> list[Line]:
    """`Actions`, and a line an action: what, who, until when or how it stands. Empty without any."""
    if not actions:
        return []
    t = fmt.t
    lines: list[Line] = [join((" " + t("Actions"), "title"), (f" ({clean(actions[0].file)})", "muted"))]
    for action in actions[:ACTIONS]:
        tail: list[Run] = []
        if action.owner:
            tail.append((f"  {clean(action.owner, 16)}", "muted"))
        if action.due is not None and action.open:
            when = t("due {day}", day=fmt.day(action.due, abs((action.due - today).days) > 300))
            tail.append((f"  {when}", "bad" if action.overdue(today) else "muted"))
        else:
            tail.append((f"  {t(STATUSES.get(action.status, said('planned')))}", "muted"))
        text = clean(action.name, 160)
        if width < SENTENCE and cell_width(text) > width - line_width(tail) - 4:  # in full, and who and when under it
            first = wrap_line(join((" • " if action.open else " ◦ ", "accent"), (text, "")), width - 1, 3)
            lines += [*first, join(("   ", ""), (tail[0][0].lstrip(), tail[0][1]), *tail[1:])]
            continue
        while len(tail) > 1 and width - line_width(tail) - 4 < 14:
            tail.pop(0)
        room = max(6, width - line_width(tail) - 4)
        name = cut(text, room, fmt.ellipsis)
        lines.append(join((" • " if action.open else " ◦ ", "accent"), (name + " " * (room - cell_width(name)), ""), *tail))
    if len(actions) > ACTIONS:
        lines.append(((" " + t("… {count} more", count=len(actions) - ACTIONS), "muted"),))
    return [fmt.fold(line) for line in lines]


def words(text: str, fmt: Formatter, width: int) -> list[Line]:
    """A text in a pane that has nothing else to show: why, and what would fill it."""
    text = to_ascii(text) if fmt.ascii else text
    return [((" " + line, "muted"),) for line in wrap(text, max(8, width - 2))]


def foot_line(row: KpiRow, page: ExplorePage | None, fmt: Formatter, width: int, hints: Sequence[tuple[str, str]] = ()) -> Line:
    """`AOV = revenue ÷ orders · lower bound 71.48 € · source: orders · target: objectives.yaml:12 · i definition`, as much as there is room for.

    The bound is the last value that still counts as near the target.
    """
    base = formula_line(row, fmt, width)
    left = width - line_width(base)
    runs: list[Run] = []
    target = row.target
    if target is not None and target.edge is not None and target.edge != target.number:
        bound = said("lower bound {value}") if target.bound != "≤" else said("upper bound {value}")
        runs.append((" · " + fmt.t(bound.template, value=fmt.kpi(target.edge, row.kpi)), ""))
    if page is not None and page.kpi.id == row.kpi.id and page.fed_by and row.value.reason is None:
        runs.append((" · " + fmt.t("source: {names}", names=", ".join(clean(name) for name in page.fed_by)), "muted"))
    shown: list[Run] = []
    for run in fmt.fold(tuple(runs)):
        if line_width([*shown, run]) <= left:
            shown.append(run)
    keys = [piece for key, word in hints for piece in (("  " + key, "accent"), (" " + word, "muted"))]
    if keys and line_width([*shown, *keys]) + 3 <= left:
        shown += [(" " * (left - line_width([*shown, *keys])), ""), *keys]
    return join(*base, *shown)
