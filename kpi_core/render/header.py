"""The two lines over every view: where we are, which period against which, how fresh, and how many KPIs stand how."""

from __future__ import annotations

from datetime import date, timedelta

from kpi_core.errors import said
from kpi_core.pages import GapStatus, Header
from kpi_core.render.clean import clean, to_ascii
from kpi_core.render.format import Formatter
from kpi_core.render.gap import GLYPHS, ROLE_OF
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
VIEW_KEYS = {"overview": "1", "explore": "2", "gaps": "3", "whatif": "5", "data": "6"}  # the keys that turn to them
VIEW_TITLES = {"overview": said("Overview"), "explore": said("Explore"), "gaps": said("Gaps"), "whatif": said("What-if"), "data": said("Data")}


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


def crumb_parts(header: Header, fmt: Formatter) -> list[str]:
    """`Total`, then one part a filter: `Channel: Store`, `Channel: not Store`. Hostile values are cleaned."""
    return [fmt.t("Total"), *(f"{clean(dim)}: {clean(value)}" for dim, value in header.crumbs)]


def crumb_text(parts: list[str], width: int, fmt: Formatter) -> str:
    """The crumb in at most `width` cells, steps in its middle left out first."""
    if fmt.ascii:
        return middle([to_ascii(part) for part in parts], max(1, width), " > ", "...")
    return middle(parts, max(1, width))


def header_lines(header: Header, fmt: Formatter, width: int, today: date | None = None, note: str = "") -> list[Line]:
    """Two lines of exactly `width` cells; the crumb gives way first, from its middle.

    `today` decides what is stale (default: the clock); `note` stands on the second line, before the counts.
    """
    day = today or date.today()
    first = _first(header, fmt, width, day)
    second = _second(header, fmt, width, note)
    return [fmt.fit(first, width), fmt.fit(second, width)]


def _first(header: Header, fmt: Formatter, width: int, day: date) -> Line:
    wide = width >= 120
    period: Run = (f"‹ {fmt.period(header.period, long=wide)} ›", "accent")
    noted, dated, named = compare_forms(header, fmt, wide)
    versus = _after(named)
    fresh, short = freshness(header, fmt, day), freshness(header, fmt, day, short=True)
    end: Run = (" ", "")
    parts = crumb_parts(header, fmt)
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
    return join((f" {crumb}", "title"), (" " * max(1, width - line_width(right) - cell_width(crumb) - 1), ""), *right)


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


def _second(header: Header, fmt: Formatter, width: int, note: str) -> Line:
    noted: Line = ((note, "accent"), ("   ", "")) if note else ()
    filters = (*_filters(header, header.basis), *noted)
    narrow = (*_filters(header, header.basis_short or header.basis), *noted)
    forms = ((filters, True), (filters, False), (narrow, False), (filters, None), (narrow, None))
    whole, short = _tabs(header, fmt, False), _tabs(header, fmt, True)
    for tabs in (whole, short):
        for shown, full in (*forms, ((), True), ((), False), ((), None)):
            counts = () if full is None else _counts(header, fmt, full)
            left = width - line_width(tabs) - line_width(counts) - line_width(shown) - 1
            # A filter is never hidden: it is the counts that go, then the names of the other views.
            if left >= 1 and (shown or not filters):
                return join(*tabs, (" " * left, ""), *shown, *counts, (" ", ""))
    text = cut(" ".join(text for text, _ in narrow).strip(), max(1, width - line_width(short) - 2))
    return join(*short, (" ", ""), (text, "warn"))


def _tabs(header: Header, fmt: Formatter, short: bool) -> list[Run]:
    """The views with their keys; `short`: only the one on screen is named."""
    tabs: list[Run] = []
    for view in VIEWS:
        on = view == header.state.view
        tabs.append((f" {VIEW_KEYS[view]} ", "accent"))
        if on or not short:
            tabs += [(fmt.t(VIEW_TITLES[view]), "title" if on else "muted"), (" ", "")]
    return tabs


def _filters(header: Header, basis: tuple[str, ...]) -> Line:
    """How the numbers are counted when not in the usual way, and the row filter."""
    state = header.state
    found: list[Run] = []
    for text in (*(clean(name) for name in basis), *([f"/{clean(state.search)}"] if state.search else [])):
        found += [(text, "warn"), ("   ", "")]
    return tuple(found)


def _counts(header: Header, fmt: Formatter, full: bool) -> tuple[Run, ...]:
    """`17 KPIs · 8 ✓ · 3 ✗`; short: the missed ones only."""
    total = sum(count for _, count in header.counts)
    if not total:
        return ()
    runs: list[Run] = [(fmt.t("{count} KPIs", count=total) if total > 1 else fmt.t("1 KPI"), "")]
    for status in (GapStatus.MET, GapStatus.NEAR, GapStatus.NOISE, GapStatus.MISSED):
        count = dict(header.counts).get(status, 0)
        if count and (full or status is GapStatus.MISSED):
            role: Role = ROLE_OF.get(status, "muted")
            runs += [(" · ", "muted"), (f"{count} {GLYPHS[status][fmt.ascii]}", role)]
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
    if header.state.search:
        text += f" · /{clean(header.state.search)}"
    return to_ascii(text) if fmt.ascii else text
