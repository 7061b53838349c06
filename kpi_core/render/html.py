"""A page as one self-contained HTML file: tables to read and print, plots as inline SVG with their numbers in words. No script, nothing loaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kpi_core.engine.result import Number, Status
from kpi_core.pages import (
    ExplainPage,
    ExplorePage,
    GapsPage,
    GapStatus,
    GlancePage,
    GlanceRow,
    Header,
    HeatPage,
    KpiInfo,
    OverviewPage,
    RowKind,
    Section,
    TrendPage,
    WhatIfPage,
    rows_of,
)
from kpi_core.render.arrange import FULL, Page, page_table
from kpi_core.render.cells import cause_line, is_good
from kpi_core.render.clean import clean
from kpi_core.render.explain import held_line, section_name
from kpi_core.render.explore import round_up, series_of
from kpi_core.render.forecast import pace_line
from kpi_core.render.format import Formatter
from kpi_core.render.gap import GLYPHS, WORDS, gap_view
from kpi_core.render.gaps import empty_text, rows_shown
from kpi_core.render.glance import due_text, since_text
from kpi_core.render.header import VIEW_TITLES
from kpi_core.render.html_parts import TOTAL, esc, frame, section, status_mark, table_html, words
from kpi_core.render.plot import Series
from kpi_core.render.svg import NARROW, WIDE, bullet_svg, spark_svg, trend_svg, waterfall_svg
from kpi_core.render.table import Table
from kpi_core.render.text import plain
from kpi_core.render.trend import bucket_series
from kpi_core.render.whatif import decimal, rounded_shares, scenario_lines

MOST_PARTS = 12  # of a waterfall
MOST_CARDS = 12


@dataclass(frozen=True)
class Extras:
    """What a report shows beside its page: what is missed and why, and course and causes of one KPI."""

    glance: GlancePage | None = None
    explore: ExplorePage | None = None
    explain: ExplainPage | None = None


def page_document(page: Page, fmt: Formatter, extras: Extras | None = None, table: Table | None = None) -> str:
    """The whole file. `table`: the rows and columns to show, those of a screen; else every column of the page."""
    found = extras or Extras()
    fmt = Formatter(fmt.lang)  # a browser has every sign
    table = table if table is not None else page_table(page, fmt, FULL)
    title = fmt.t(VIEW_TITLES[page.header.state.view])
    kpi = getattr(page, "kpi", None)
    heading = clean(kpi.name) if isinstance(kpi, KpiInfo) else title
    named = f"{heading} · {fmt.period(page.header.period)} · {clean(page.header.workspace)}"
    return frame(named, page.header, heading, _sections(page, table, found, fmt), fmt)


def document(title: str, header: Header, tables: Sequence[tuple[str, Table]], fmt: Formatter) -> str:
    """Tables under a title, such as the rows behind a number."""
    fmt = Formatter(fmt.lang)
    return frame(title, header, title, [section("", table_html(table, caption, fmt)) for caption, table in tables], fmt)


def plain_document(title: str, tables: Sequence[tuple[str, Table]], fmt: Formatter) -> str:
    """Tables that belong to no view, such as the answer of a query."""
    return frame(title, None, title, [section("", table_html(table, caption, fmt)) for caption, table in tables], fmt)


def explain_document(page: ExplainPage, fmt: Formatter) -> str:
    """Why a number stands where it stands: every way to part its gap, as a waterfall and as a table."""
    fmt = Formatter(fmt.lang)
    heading = f"{fmt.t('Why')} · {clean(page.kpi.name)}"
    return frame(heading, page.header, heading, _explained(page, fmt), fmt)


def _sections(page: Page, table: Table, extras: Extras, fmt: Formatter) -> list[str]:
    t = fmt.t
    if isinstance(page, OverviewPage):
        return _overview(page, table, extras, fmt)
    if isinstance(page, ExplorePage):
        return _explore(page, table, extras, fmt)
    if isinstance(page, GapsPage):
        count = t("{missed} of {all} targets missed", missed=page.count(GapStatus.MISSED), all=page.judged)
        how = t("worst first: share of the target missed × share of the whole")
        rows = table_html(table, f"{count} · {how}", fmt)
        return [section(t("Missed targets"), rows if rows_shown(page) else words(empty_text(page, fmt)))]
    if isinstance(page, TrendPage):
        values = table_html(table, clean(page.kpi.name), fmt, drop=("marks",))
        return [_course(bucket_series(page, fmt), page.kpi, fmt), section(t("Values"), values)]
    if isinstance(page, HeatPage):
        return _heat(page, table, fmt)
    if isinstance(page, WhatIfPage):
        told = [words(plain(line), "cause") for line in scenario_lines(page, fmt)]
        return [section(t("Scenario"), *told, _scenario(page, fmt)), section(t("Drivers"), table_html(table, clean(page.kpi.name), fmt))]
    return [section(t("Loaded files"), table_html(table, t("Data"), fmt))]


# ---------------------------------------------------------------- views


def _overview(page: OverviewPage, table: Table, extras: Extras, fmt: Formatter) -> list[str]:
    t = fmt.t
    sparks: dict[tuple[str | None, str], str] = {}
    for row in rows_of(page):
        values = [None if v is None else float(v) for v in row.spark]
        known = [v for v in row.spark if v is not None]
        told = t("{name}: {first} to {last}", name=row.kpi.name, first=fmt.kpi(known[0], row.kpi), last=fmt.kpi(known[-1], row.kpi)) if known else ""
        sparks[(row.kpi.id, "spark")] = spark_svg(values, None if row.spark_target is None else float(row.spark_target), told)
    parts = [_missed(extras.glance, fmt)] if extras.glance is not None else []
    parts.append(section(t("Scorecard"), table_html(table, t("All KPIs of the period"), fmt, sparks)))
    if extras.explore is not None:
        parts += [_trend(extras.explore, fmt), *(_causes(extras.explain, fmt) if extras.explain is not None else ())]
    return parts


def _missed(page: GlancePage, fmt: Formatter) -> str:
    """A card a missed KPI: by how much, since when, why, what is done about it."""
    cards = "".join(_card(item, page, fmt) for item in page.rows[:MOST_CARDS])
    left = len(page.rows) - MOST_CARDS
    near = words(f"{fmt.t('Near their target:')} {', '.join(clean(row.kpi.name) for row in page.near)}", "note") if page.near else ""
    more = words(fmt.t("… {count} more", count=left), "note") if left > 0 else ""
    return section(fmt.t("Missed, and what is done about it"), f'<div class="cards">{cards}</div>' if cards else "", more, near)


def _card(item: GlanceRow, page: GlancePage, fmt: Formatter) -> str:
    t, row = fmt.t, item.row
    view = gap_view(row.gap)
    arrow = f"{view.arrow} " if view.arrow.strip() else ""
    now = f"<b>{esc(fmt.value(row.value, row.kpi))}</b>{esc(t('target'))} {esc(fmt.target(row.target, row.kpi))}"
    lines = [f'<p class="bad">{status_mark(row.gap.status, fmt)} {arrow}{esc(fmt.gap(row.gap, row.kpi))} · {esc(since_text(item, page, fmt))}</p>']
    if item.cause is not None:
        lines.append(f"<p>{esc(t(item.cause.message))}</p>")
    if item.projection is not None:
        lines.append(f'<p class="muted">{esc(plain(pace_line(item.projection, row.kpi, fmt, 400)))}</p>')
    notes = ", ".join(clean(text) for text in (item.owner, due_text(item.due, fmt)) if text)
    if item.action:
        lines.append(f"<p>→ {esc(item.action)}" + (f' <span class="muted">({esc(notes)})</span>' if notes else "") + "</p>")
    else:
        lines.append(f'<p class="muted">→ {esc(t("no action written down: see objectives.yaml"))}</p>')
    return f'<article class="card"><h3>{esc(row.kpi.name)}</h3><p class="now">{now}</p>{"".join(lines)}</article>'


def _explore(page: ExplorePage, table: Table, extras: Extras, fmt: Formatter) -> list[str]:
    title = fmt.t("By {dimension}", dimension=page.by.title) if page.by else fmt.t("Values")
    cause = words(plain(cause_line(page.cause, fmt, is_good(page.total.gap, page.total.delta))))
    note = fmt.t(page.note) if page.note is not None else ""
    return [
        _trend(page, fmt),
        section(title, table_html(table, f"{clean(page.kpi.name)} · {title}", fmt, _bullets(page, fmt)), cause, note=note),
        *(_causes(extras.explain, fmt) if extras.explain is not None else ()),
    ]


def _bullets(page: ExplorePage, fmt: Formatter) -> dict[tuple[str | None, str], str]:
    """A bar a member on one scale, as on screen; a total beyond it has none."""
    rows = [row for row in (*page.rows, page.total) if row.kind in (RowKind.MEMBER, RowKind.TOTAL)]
    members = [row for row in rows if row.kind is RowKind.MEMBER]
    ends = [float(n) for row in members for n in (row.value.number, row.target.number if row.target else None) if n is not None]
    scale = round_up(max(ends, default=0.0))
    found: dict[tuple[str | None, str], str] = {}
    for row in rows:
        value = float(row.value.number) if row.value.number is not None and row.value.status in (Status.VALUE, Status.PARTIAL) else None
        if value is not None and value > scale * 1.0001:
            continue
        target = float(row.target.number) if row.target else None
        goal = f", {fmt.t('target')} {fmt.target(row.target, page.kpi)}" if row.target else ""
        told = f"{clean(row.label)}: {fmt.value(row.value, page.kpi)}{goal}"
        found[(TOTAL if row.kind is RowKind.TOTAL else row.key, "bar")] = bullet_svg(value, target, scale, gap_view(row.gap).role, told)
    return found


def _heat(page: HeatPage, table: Table, fmt: Formatter) -> list[str]:
    """The heatmap as a table: the darker a cell, the higher its number among those that can be compared."""
    t = fmt.t
    if page.refused is not None:
        return [section(t("Values"), words(t(page.refused)))]
    cells = [(row, column, cell) for row, line in zip(page.rows, page.cells, strict=True) for column, cell in zip(page.columns, line, strict=True)]
    scaled = [found for found in cells if found[1].scaled]
    known = [float(cell.value.number) for _, _, cell in scaled if cell.known and cell.value.number is not None]
    low, high = min(known, default=0.0), max(known, default=0.0)
    shades: dict[tuple[str | None, str], tuple[int, bool]] = {}
    for row, column, cell in scaled:
        if cell.known and cell.value.number is not None:
            share = (float(cell.value.number) - low) / (high - low) if high > low else 0.5
            shades[(row.key, column.id)] = min(4, int(share * 5)), cell.gap.status is GapStatus.MISSED
    ends = t("darker: higher; from {low} to {high}", low=fmt.kpi(low, page.kpi), high=fmt.kpi(high, page.kpi)) if known else ""
    if any(missed for _, missed in shades.values()):
        ends += f" · {GLYPHS[GapStatus.MISSED][0]} {t(WORDS[GapStatus.MISSED])}"
    rest = [t(note) for note in page.notes] + ([t("… {count} more", count=page.hidden)] if page.hidden else [])
    return [section(clean(page.title), table_html(table, clean(page.kpi.name), fmt, shades=shades), words(ends, "legend"), note=" · ".join(rest))]


def _trend(page: ExplorePage, fmt: Formatter) -> str:
    ahead = words(plain(pace_line(page.projection, page.kpi, fmt, 400)), "note") if page.projection is not None else ""
    return _course(series_of(page, fmt), page.kpi, fmt, ahead)


def _course(series: Series, info: KpiInfo, fmt: Formatter, more: str = "") -> str:
    """The plot of a KPI over time, with its legend and its numbers in words."""
    t = fmt.t
    known = [(label, value) for label, value in zip(series.labels, series.values, strict=True) if value is not None]
    if not known:
        return ""
    low, high = min(known, key=lambda item: item[1]), max(known, key=lambda item: item[1])
    told = t(
        "{name}, {count} periods: from {first} ({start}) to {last} ({end}); lowest {low}, highest {high}",
        name=info.name, count=len(series.values), first=fmt.kpi(known[0][1], info), start=known[0][0], last=fmt.kpi(known[-1][1], info), end=known[-1][0],
        low=fmt.kpi(low[1], info), high=fmt.kpi(high[1], info),
    )  # fmt: skip
    keys = [f'<span class="key" aria-hidden="true"></span>{esc(t("actual"))}']
    if any(v is not None for v in series.targets):
        goal = next(v for v in reversed(series.targets) if v is not None)
        keys.append(f'<span class="key target" aria-hidden="true"></span>{esc(t("target"))} {esc(fmt.kpi(goal, info))}')
    if any(v is not None for v in series.compare):
        keys.append(f'<span class="key compare" aria-hidden="true"></span>{esc(t("comparison"))}')
    drawn = "".join(trend_svg(series, lambda value: fmt.kpi(value, info, compact=True), told, *size) for size in ((WIDE, 270), (NARROW, 210)))
    return section(t("Trend · {name}", name=info.name), drawn, f'<p class="legend">{"".join(keys)}</p>', more)


# ---------------------------------------------------------------- causes


def _causes(page: ExplainPage, fmt: Formatter) -> list[str]:
    """The first way to part the gap, as a waterfall."""
    first = next((part for part in page.sections if part.parts), None)
    if first is None:
        return []
    return [section(fmt.t("First causes · {name}", name=page.kpi.name), words(_held(page, fmt)), _fall(page, first, fmt))]


def _held(page: ExplainPage, fmt: Formatter) -> str:
    """`Average order value 61.99 € · target 65.00 € · gap −3.01 €`."""
    return " · ".join(text.strip() for text in plain(held_line(page, fmt, 400)).split("  ") if text.strip())


def _explained(page: ExplainPage, fmt: Formatter) -> list[str]:
    from kpi_core.render.explain import explain_table

    top = [words(_held(page, fmt)), words(plain(cause_line(page.cause, fmt, page.good is True)))]
    top += [words(f"! {fmt.t(warning.message)}", "note") for warning in page.warnings]
    if page.reason is not None:
        top.append(words(fmt.t(page.reason)))
    parts = [section(fmt.t("In short"), *top)]
    for part in page.sections:
        note = fmt.t(part.note) if part.note is not None else ""
        if part.parts:
            rows = table_html(explain_table(page, part, fmt, FULL), section_name(part), fmt)
            parts.append(section(section_name(part), _fall(page, part, fmt), rows, note=note))
        elif part.reason is not None:
            parts.append(section(section_name(part), words(fmt.t(part.reason))))
    return parts


def _fall(page: ExplainPage, part: Section, fmt: Formatter) -> str:
    from kpi_core.render.explain import actual_word, expected_word
    from kpi_core.render.waterfall import folded

    top = [item for item in part.parts if item.level == 0]
    pairs: list[tuple[str, Number]] = [(clean(item.label), item.shown) for item in top]
    shown = folded(pairs, MOST_PARTS, lambda count: fmt.t("{count} others", count=count))
    labels = [expected_word(page, fmt), *(name for name, _ in shown), actual_word(page, fmt)]
    amounts: list[Number] = [page.expected or 0, *(amount for _, amount in shown), page.actual or 0]

    def write(amount: Number, signed: bool) -> str:
        return fmt.change(amount, None, page.kpi) if signed else fmt.kpi(amount, page.kpi)

    told = "; ".join(f"{label} {write(amount, 0 < place < len(labels) - 1)}" for place, (label, amount) in enumerate(zip(labels, amounts, strict=True)))
    return "".join(waterfall_svg(labels, amounts, write, page.kpi.good, told, width) for width in (WIDE, NARROW))


def _scenario(page: WhatIfPage, fmt: Formatter) -> str:
    """From today's number through the moves to the scenario."""
    tree, moves = page.tree, page.header.state.moves
    shares = rounded_shares(page, tree, moves) if tree is not None else {}
    if tree is None or not shares:
        return ""
    now, then = tree.value(tree.root), tree.value(tree.root, moves)
    if now is None or then is None:
        return ""
    labels = [fmt.t("Now"), *(clean(page.infos[lever].name) for lever in shares), fmt.t("Scenario")]
    amounts: list[Number] = [decimal(now), *shares.values(), decimal(then)]

    def write(amount: Number, signed: bool) -> str:
        return fmt.change(amount, None, page.kpi) if signed else fmt.kpi(amount, page.kpi)

    told = "; ".join(f"{label} {write(amount, 0 < place < len(labels) - 1)}" for place, (label, amount) in enumerate(zip(labels, amounts, strict=True)))
    return "".join(waterfall_svg(labels, amounts, write, page.kpi.good, told, width) for width in (WIDE, NARROW))
