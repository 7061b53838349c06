"""One screen for a store manager: what is red, by how much, since when, why, and what to do next."""

from __future__ import annotations

from datetime import date

from kpi_core.engine.calendar import kind
from kpi_core.errors import Message, said
from kpi_core.pages import GapRow, GapsPage, GapStatus, GlancePage, GlanceRow
from kpi_core.render.clean import clean
from kpi_core.render.forecast import pace_line
from kpi_core.render.format import Formatter
from kpi_core.render.gap import gap_view
from kpi_core.render.header import compare_forms, compare_text, crumb_parts, crumb_text, freshness
from kpi_core.render.text import Line, Run, cell_width, cut, join, line_width, pad, wrap_line

_STREAK = {
    "day": said("{count} days in a row"),
    "week": said("{count} weeks in a row"),
    "month": said("{count} months in a row"),
    "quarter": said("{count} quarters in a row"),
    "year": said("{count} years in a row"),
}


def glance_lines(page: GlancePage, fmt: Formatter, width: int = 80, height: int = 24, today: date | None = None) -> list[Line]:
    """At most `height` lines of at most `width` cells; missed KPIs that do not fit are counted, never dropped silently."""
    head = [_title(page, fmt, width, today or date.today()), _summary(page, fmt), ()]
    foot: list[Line] = []
    if page.near:
        names = ", ".join(clean(row.kpi.name) for row in page.near)
        foot = [(), join((" ~ ", "warn"), (fmt.t("Near their target:") + " ", "muted"), (names, ""))]
    blocks = _blocks(page, fmt, width)
    room = height - len(head) - len(foot)
    body: list[Line] = []
    shown = 0
    for block in blocks:
        left = len(blocks) - shown - 1
        if len(body) + len(block) + (1 if left else 0) > room:
            break
        body += block
        shown += 1
    if shown < len(blocks):
        body.append(join((" " + fmt.t("… {count} more missed: omnigap report", count=len(blocks) - shown), "muted")))
    lines = [*head, *body, *foot]
    return [fmt.fit(line, width) if line else () for line in lines]


def _title(page: GlancePage, fmt: Formatter, width: int, today: date) -> Line:
    header = page.header
    period = f"‹ {fmt.period(header.period)} ›"
    name = [clean(header.workspace)] if header.workspace else []
    parts = [*name, *(crumb_parts(header, fmt)[1:] if name and not header.scope else crumb_parts(header, fmt))]
    state = freshness(header, fmt, today)
    room = width - sum(map(cell_width, (*parts, period, state[0]))) - 3 * len(parts) - 6
    compare = next((form for form in compare_forms(header, fmt, False) if cell_width(form) <= room), compare_text(header, fmt))
    right: Line = ((period, "accent"), (f"  {compare}" if compare else "", ""), ("  ", ""), state, (" ", ""))
    left = crumb_text(parts, width - line_width(right) - 3, fmt)
    return join((f" {left}", "title"), (" " * max(1, width - line_width(right) - cell_width(left) - 1), ""), *right)


def _summary(page: GlancePage, fmt: Formatter) -> Line:
    counts = dict(page.header.counts)
    judged = sum(counts.get(status, 0) for status in (GapStatus.MET, GapStatus.NEAR, GapStatus.MISSED))
    missed = counts.get(GapStatus.MISSED, len(page.rows))
    if not judged and not page.rows:
        return join((" " + fmt.t("No objective can be judged on this period."), "muted"))
    if not missed:
        return join((" " + fmt.t("Every objective is met or near: {met} of {all} met.", met=counts.get(GapStatus.MET, 0), all=judged), "good"))
    text = fmt.t("{missed} of {all} objectives missed, {near} near.", missed=missed, all=judged or missed, near=counts.get(GapStatus.NEAR, 0))
    noise = counts.get(GapStatus.NOISE, 0)
    more: list[Run] = [(" " + fmt.t("{count} within the noise.", count=noise), "muted")] if noise else []
    return join((" " + text, "bad"), *more)


def _blocks(page: GlancePage, fmt: Formatter, width: int) -> list[list[Line]]:
    rows = [item.row for item in page.rows]
    names = min(max((cell_width(clean(row.kpi.name)) for row in rows), default=0), max(12, width - 56))
    compact = width < 80
    actual = _right([fmt.value(row.value, row.kpi, compact=compact) for row in rows])
    target = _right([fmt.target(row.target, row.kpi, compact=compact) for row in rows])
    gaps = _right([fmt.gap(row.gap, row.kpi) for row in rows])
    blocks = []
    for item, a, t, g in zip(page.rows, actual, target, gaps, strict=True):
        view = gap_view(item.row.gap, fmt.ascii)
        runs: list[Run] = [(f" {view.glyph} {view.arrow} ", view.role), (pad(clean(item.row.kpi.name), names), "title"), (f"  {a}", "")]
        goal = f"  {fmt.t('target')} {t}"
        if line_width(runs) + cell_width(goal) + cell_width(g) + 2 <= width:
            runs.append((goal, "muted"))
        runs.append((f"  {g}", view.role))
        blocks.append([join(*runs), *_why(item, page, fmt, width)])
    return blocks


def _right(texts: list[str]) -> list[str]:
    """The texts padded on their left to one width."""
    width = max(map(cell_width, texts), default=0)
    return [pad(text, width, "right") for text in texts]


def _why(item: GlanceRow, page: GlancePage, fmt: Formatter, width: int) -> list[Line]:
    since = since_text(item, page, fmt)
    lines: list[Line] = []
    cause = fmt.t(item.cause.message) if item.cause else ""
    first: list[Run] = [("     " + since, "muted")]
    if cause and cell_width(since) + cell_width(cause) + 8 <= width:
        lines.append(join(*first, (" · ", "muted"), (cause, "")))
    else:
        lines.append(join(*first))
        if cause:
            lines.append(join(("     ", ""), (cut(cause, width - 5), "")))
    if item.projection is not None:
        lines.append(join(("     ", ""), *pace_line(item.projection, item.row.kpi, fmt, width - 5)))
    if item.action:
        notes = [clean(text) for text in (item.owner, due_text(item.due, fmt)) if text]
        tail = f" ({', '.join(notes)})" if notes else ""
        lines += wrap_line(join(("     → ", "accent"), (clean(item.action, 120), ""), (tail, "muted")), width, 7)
    else:
        lines.append(join(("     → ", "accent"), (cut(fmt.t("no action written down: see objectives.yaml"), width - 7), "muted")))
    return lines


def due_text(text: str, fmt: Formatter) -> str:
    """A date of objectives.yaml in the reader's form; what is no date as it stands."""
    try:
        return fmt.day(date.fromisoformat(text)) if text else ""
    except ValueError:
        return text


def since_text(item: GlanceRow | GapRow, page: GlancePage | GapsPage, fmt: Formatter) -> str:
    """Since when the target is missed, in words."""
    if item.since <= 1:
        return fmt.t("new this period")
    streak: Message = _STREAK.get(kind(page.header.period.grain), said("{count} periods in a row"))
    text = fmt.t(Message(streak.template, {"count": item.since}))
    if item.at_least:
        return fmt.t("at least {streak}", streak=text)
    return fmt.t("{streak}, since {day}", streak=text, day=fmt.day(item.since_start, False)) if item.since_start else text
