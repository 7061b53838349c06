"""The two lines over every view: where we are, which period against which, how fresh, and how many KPIs stand how."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from kpi_core.errors import said
from kpi_core.pages import GapStatus, Header
from kpi_core.render.clean import clean, to_ascii
from kpi_core.render.format import Formatter
from kpi_core.render.gap import GLYPHS, ROLE_OF
from kpi_core.render.late import late_texts
from kpi_core.render.text import Line, Role, Run, cell_width, cut, join, line_width, middle
from kpi_core.view import VIEWS, Filter

STALE_AFTER = timedelta(days=2)  # yesterday's closed day is fresh; the day before is what a Monday morning sees
COMPARE_SHORT = {
    "previous": said("vs prev."),
    "last_year": said("vs LY"),
    "last_year_weekday": said("vs LY (weekday)"),
    "last_year_date": said("vs LY (date)"),
    "last_year_events": said("vs LY (events)"),
}
SHAPE_TITLES = {"periods": said("periods"), "hours": said("hours"), "cohorts": said("cohorts")}
VIEW_KEYS = {"overview": "1", "explore": "2", "gaps": "3", "trend": "4", "whatif": "5", "data": "6"}  # the keys that turn to them
VIEW_TITLES = {
    "overview": said("Overview"),
    "explore": said("Explore"),
    "gaps": said("Gaps"),
    "trend": said("Trend"),
    "whatif": said("What-if"),
    "data": said("Data"),
}


def compare_text(header: Header, fmt: Formatter) -> str:
    """The comparison in a few cells: `vs N-1`, `vs LY`; empty for none."""
    if header.compare is None or header.state.compare == "none":
        return ""
    return fmt.t(COMPARE_SHORT.get(header.state.compare, said("vs {other}", other=header.compare_label)))


def compare_forms(header: Header, fmt: Formatter, wide: bool) -> tuple[str, str, str]:
    """The comparison with its dates and what a reader must know of them, the same without the latter, and its name alone; '' for none."""
    name = compare_text(header, fmt)
    if not name or header.compare is None:
        return "", "", ""
    if wide:
        dated = f"vs {fmt.period(header.compare, long=True)}"
    elif header.compare.grain == "week":
        dated = f"{name} {fmt.span(header.compare.start, header.compare.end)}"
    else:
        dated = f"vs {fmt.period(header.compare)}"
    return f"{dated} ({header.compare_note})" if header.compare_note else dated, dated, name


def _after(compare: str) -> tuple[Run, ...]:
    return (("  ", ""), (compare, "")) if compare else ()


def freshness(header: Header, fmt: Formatter, today: date, short: bool = False) -> Run:
    """`● 31/10` fresh, `◐ Lyon late` or `◐ 5/7 d` partial, `○ 9 d old` stale. Without data: `○ no data`. `short` counts who is late."""
    fresh, partial, stale = ("*", "o", "o") if fmt.ascii else ("●", "◐", "○")
    data = header.freshness
    if data.last_day is None:
        return f"{stale} {fmt.t('no data')}", "bad"
    if header.partial is not None:
        covered, whole = header.partial
        return f"{partial} {fmt.t('{covered}/{days} d', covered=covered, days=whole)}", "warn"
    if data.late:
        name, more = clean(data.late[0][0]), len(data.late) - 1
        text = fmt.t("{name} late", name=cut(name, 14)) if not more and not short else fmt.t("{count} late", count=more + 1)
        return f"{partial} {text}", "warn"
    if data.stale:
        text = fmt.t("1 store stale") if len(data.stale) == 1 else fmt.t("{count} stores stale", count=len(data.stale))
        return f"{partial} {text}", "warn"
    age = today - data.last_day
    if age > STALE_AFTER:
        return f"{stale} {fmt.t('{days} d old', days=age.days)}", "warn"
    loaded = data.loaded_at.astimezone() if data.loaded_at and data.loaded_at.tzinfo else data.loaded_at
    if loaded is not None and loaded.date() == today:
        return f"{fresh} {loaded:%H:%M}", "good"
    return f"{fresh} {fmt.day(data.last_day, False)}", "good"


def crumb_parts(header: Header, fmt: Formatter, room: int = 0) -> list[str]:
    """`Total`, then one part a filter: `Channel: Store`, `Channel: not Store`. Hostile values are cleaned.

    Parts longer than `room` (0: none is) keep their dimension and say how many members they name: `Store: Lyon, Lil… (12)`.
    """
    steps = header.state.where if len(header.state.where) == len(header.crumbs) else ()
    counts = [len(step.values) for step in steps] or [1] * len(header.crumbs)
    return [_top(header, fmt, room), *(_step(clean(dim), clean(value), count, room, fmt) for (dim, value), count in zip(header.crumbs, counts, strict=True))]


def _top(header: Header, fmt: Formatter, room: int) -> str:
    """What the first crumb stands for: everything, or as much of it as whoever asks may see."""
    if not header.scope:
        return fmt.t("Total")
    text = fmt.t("scope: {names}", names=clean(header.scope_text))
    count = f" ({sum(len(step.values) for step in header.scope)})"
    return text if not room or cell_width(text) <= room else cut(text, max(1, room - len(count)), fmt.ellipsis) + count


def _step(dim: str, value: str, count: int, room: int, fmt: Formatter) -> str:
    text = f"{dim}: {value}"
    if not room or cell_width(text) <= room:
        return text
    more = f" ({count})" if count > 1 else ""
    dim = cut(dim, max(4, room // 3), fmt.ellipsis)
    return f"{dim}: {cut(value, max(1, room - cell_width(dim) - 2 - len(more)), fmt.ellipsis)}{more}"


def crumb_text(parts: list[str], width: int, fmt: Formatter) -> str:
    """The crumb in at most `width` cells, steps in its middle left out first."""
    if fmt.ascii:
        return middle([to_ascii(part) for part in parts], max(1, width), " > ", "...")
    return middle(parts, max(1, width))


def header_lines(
    header: Header, fmt: Formatter, width: int, today: date | None = None, note: str = "", sorts: Sequence[str] = (), read_only: bool = False
) -> list[Line]:
    """Two lines of exactly `width` cells, and more where everything that shapes the view needs them: nothing of it is hidden.

    `today` decides what is stale (default: the clock); `note` stands before the counts; `sorts` are the sort keys that the table itself
    does not show; `read_only` flags that nothing is written.
    """
    day = today or date.today()
    first, left_out = _first(header, fmt, width, day)
    flags: list[Run] = [(text, "warn") for text in (*_asked(header, fmt), *sorts)]
    if header.state.search:
        flags.append((f"/{clean(header.state.search)}", "warn"))
    if read_only:
        flags.append((fmt.t("READ-ONLY"), "muted"))
    if note:
        flags.append((note, "accent"))
    before: list[Run] = [(text, "title") for text in left_out]
    late: list[Run] = [(text, "warn") for text in late_texts(header.freshness, fmt)]
    return [fmt.fit(line, width) for line in (first, *_with(_second(header, fmt, width, before, flags), late, width, fmt))]


def _first(header: Header, fmt: Formatter, width: int, day: date) -> tuple[Line, list[str]]:
    """Crumb, period, comparison and freshness; and what of crumb and comparison it had no room for."""
    wide = width >= 120
    period: Run = (f"‹ {fmt.period(header.period, long=wide)} ›", "accent")
    noted, dated, named = compare_forms(header, fmt, wide)
    versus = _after(named)
    fresh, short = freshness(header, fmt, day), freshness(header, fmt, day, short=True)
    end: Run = (" ", "")
    parts = crumb_parts(header, fmt, max(12, width - 2))
    tails: list[Line] = [
        *((period, *_after(form), ("  ", ""), state, end) for form in dict.fromkeys((noted, dated)) for state in (fresh, short) if form),
        (period, *versus, ("  ", ""), fresh, end),
        (period, *versus, ("  ", ""), short, end),
        (period, *versus, ("  ", ""), (short[0][:1], short[1]), end),
        (period, *versus, end),
        (period, ("  ", ""), (short[0][:1], short[1]), end),
        (period, end),
    ]
    if wide:
        tails[:0] = [tail for form in dict.fromkeys((noted, dated)) for tail in _roomy(header, fmt, (period, *_after(form)), fresh)]
    # A crumb in full is worth more than words about freshness; the period always stays.
    whole = sum(map(cell_width, parts)) + 3 * (len(parts) - 1)
    right = next((tail for tail in tails if width - line_width(tail) - 3 >= whole), None)
    if right is None:
        right = next((tail for tail in tails[-4:] if width - line_width(tail) - 3 >= min(whole, 24)), tails[-1])
    crumb = crumb_text(parts, width - line_width(right) - 3, fmt)
    shown = crumb.split(" > " if fmt.ascii else " › ")
    left_out = [part for part in (parts if header.scope else parts[1:]) if (to_ascii(part) if fmt.ascii else part) not in shown]
    if named and not any(text in (noted, dated, named) for text, _ in right):
        left_out.append(named)
    return join((f" {crumb}", "title"), (" " * max(1, width - line_width(right) - cell_width(crumb) - 1), ""), *right), left_out


def _roomy(header: Header, fmt: Formatter, start: Line, fresh: Run) -> list[Line]:
    """What a wide screen adds: the last day of the data, the workspace, the language."""
    gap: Run = ("   ", "")
    data = header.freshness
    glyph, _, text = fresh[0].partition(" ")
    reach = fmt.t("data to {day}", day=data.last_day) if data.last_day is not None else text
    note = f" · {text}" if data.last_day is not None and fresh[1] != "good" else ""
    state: Run = (f"{glyph} {reach}{note}", fresh[1])
    place: Run = (clean(header.workspace, 30), "muted")
    return [(*start, gap, state, gap, place, gap, (fmt.lang.upper(), "muted"), (" ", "")), (*start, gap, state, (" ", ""))]


def _second(header: Header, fmt: Formatter, width: int, before: list[Run], after: list[Run]) -> list[Line]:
    """The views, what shapes the numbers, and the counts; in lines of their own what has no room beside the views."""

    def shown(basis: tuple[str, ...]) -> Line:
        return tuple(run for text, role in (*before, *((clean(name), "warn") for name in basis), *after) for run in ((text, role), ("   ", "")))

    filters, narrow = shown(header.basis), shown(header.basis_short or header.basis)
    whole, short = _tabs(header, fmt, False), _tabs(header, fmt, True)
    for tabs in (whole, short):
        for runs, detail in ((filters, 3), (filters, 2), (filters, 1), (narrow, 1), (narrow, 0)):
            counts = _counts(header, fmt, detail)
            left = width - line_width(tabs) - line_width(counts) - line_width(runs) - 1
            if left >= 1:
                return [join(*tabs, (" " * left, ""), *runs, *counts, (" ", ""))]
        # A filter is never hidden: it is the counts that go, then the names of the other views.
        for runs in (filters, narrow):
            left = width - line_width(tabs) - line_width(runs) - 1
            if left >= 1:
                return [join(*tabs, (" " * left, ""), *runs, (" ", ""))]
    lines: list[Line] = []
    for tabs in (whole, short):
        for counts in (*(_counts(header, fmt, detail) for detail in (3, 2, 1, 0)), ()):
            left = width - line_width(tabs) - line_width(counts) - 1
            if left >= 1 and not lines:
                lines = [join(*tabs, (" " * left, ""), *counts, (" ", ""))]
    return [*(lines or [join(*short)]), *_wrapped(narrow[::2], width, fmt)]


def _with(lines: list[Line], runs: list[Run], width: int, fmt: Formatter) -> list[Line]:
    """What stands for long takes the place of blanks between the views and the rest, else a line of its own: nothing else gives way to it."""
    for run in runs:
        blanks = " " * (cell_width(run[0]) + 4)
        place = next((place for place, (text, role) in enumerate(lines[0]) if blanks in text and role == ""), None)
        if place is None:
            lines = [*lines, *_wrapped((run,), width, fmt)]
        else:
            text = lines[0][place][0]
            start, end = text.index(blanks), text.index(blanks) + len(blanks)
            pieces: Line = ((f"{text[:start]} ", ""), run, (f"   {text[end:]}", ""))
            lines = [join(*lines[0][:place], *pieces, *lines[0][place + 1 :]), *lines[1:]]
    return lines


def _wrapped(runs: Line, width: int, fmt: Formatter) -> list[Line]:
    """Whole pieces beside each other in as few lines as they need, in their order."""
    lines: list[list[Run]] = []
    used = width
    for text, role in runs:
        text = cut(text, max(1, width - 2), fmt.ellipsis)
        size = cell_width(text)
        if used + 3 + size > width - 1:
            lines.append([(" ", "")])
            used = 1
        else:
            lines[-1].append(("   ", ""))
            used += 3
        lines[-1].append((text, role))
        used += size
    return [join(*line) for line in lines]


def _tabs(header: Header, fmt: Formatter, short: bool) -> list[Run]:
    """The views with their keys; `short`: only the one on screen is named."""
    tabs: list[Run] = []
    for view in VIEWS:
        on = view == header.state.view
        tabs.append((f" {VIEW_KEYS[view]} ", "accent"))
        if on or not short:
            tabs += [(fmt.t(VIEW_TITLES[view]), "title" if on else "muted"), (" ", "")]
    return tabs


def _asked(header: Header, fmt: Formatter) -> list[str]:
    """What else shapes the view and stands in no column of it."""
    state, t = header.state, fmt.t
    found: list[str] = []
    if state.view == "gaps" and state.near:
        found.append(t("also near"))
    if state.view == "trend" and state.shape:
        found.append(t(SHAPE_TITLES[state.shape]))
    if state.against:
        found.append(t("gap to the target") if state.against == "target" else t("gap to the comparison"))
    if state.view == "whatif" and state.moves:
        found.append(t("{count} drivers moved", count=len(state.moves)) if len(state.moves) > 1 else t("1 driver moved"))
    if state.marks:
        found.append(t("{count} marked", count=len(state.marks)) if len(state.marks) > 1 else t("1 marked"))
    if state.zoom:
        found.append(t("pane at full size") if state.zoom == "full" else t("pane at half size"))
    return found


def _counts(header: Header, fmt: Formatter, detail: int) -> tuple[Run, ...]:
    """`17 KPIs · 8 ✓ · 3 ✗ · 2 no data`; 2: without the last; 1: the missed ones only; 0: those without blanks, `17 KPIs·3✗`."""
    total = sum(count for _, count in header.counts)
    if not total:
        return ()
    runs: list[Run] = [(fmt.t("{count} KPIs", count=total) if total > 1 else fmt.t("1 KPI"), "")]
    between, space = (" · ", " ") if detail else ("·", "")
    for status in (GapStatus.MET, GapStatus.NEAR, GapStatus.NOISE, GapStatus.MISSED):
        count = dict(header.counts).get(status, 0)
        if count and (detail > 1 or status is GapStatus.MISSED):
            role: Role = ROLE_OF.get(status, "muted")
            runs += [(between, "muted"), (f"{count}{space}{GLYPHS[status][fmt.ascii]}", role)]
    silent = dict(header.counts).get(GapStatus.NO_DATA, 0)
    if silent and detail > 2:
        runs.append((" · " + fmt.t("{count} no data", count=silent), "muted"))
    return tuple(runs)


def filter_text(step: Filter, title: str, values: tuple[str, ...], fmt: Formatter) -> str:
    """One crumb in words."""
    joined = ", ".join(clean(value) for value in values)
    return f"{clean(title)}: {fmt.t('not {values}', values=joined) if step.exclude else joined}"


def headline(header: Header, fmt: Formatter) -> str:
    """The header as one sentence of text, for Markdown: crumb, both date ranges, freshness."""
    text = f"**{' › '.join(crumb_parts(header, fmt))}** · {fmt.period(header.period, long=True)}"
    if header.compare is not None:
        text += f" · vs {fmt.period(header.compare, long=True)}" + (f" ({header.compare_note})" if header.compare_note else "")
    text += "".join(f" · {clean(name)}" for name in header.basis)
    if header.freshness.last_day is not None:
        text += " · " + fmt.t("data to {day}", day=header.freshness.last_day)
    text += "".join(f" · {late}" for late in late_texts(header.freshness, fmt))
    if header.state.search:
        text += f" · /{clean(header.state.search)}"
    return to_ascii(text) if fmt.ascii else text


def suggested_name(header: Header, fmt: Formatter, kpi: str = "") -> str:
    """What a bookmark of the view could be called: the KPI or the view, the filters, and the period where it is a fixed one."""
    state = header.state
    parts = [clean(kpi) or fmt.t(VIEW_TITLES[state.view]), *crumb_parts(header, fmt, 40)[1:]]
    if state.period[:1].isdigit():
        parts.append(fmt.period(header.period))
    return cut(" · ".join(parts), 80, fmt.ellipsis)
