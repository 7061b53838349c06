"""A page in sentences, for screen readers and for reading aloud: no boxes, no columns, no signs that carry the meaning alone.

One line a sentence; the numbers are those of the formatter, their units in words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from kpi_core.engine.result import Number, Status, Value
from kpi_core.errors import Message, said
from kpi_core.pages import (
    Delta,
    ExplorePage,
    Gap,
    GapRow,
    GapsPage,
    GapStatus,
    GlancePage,
    Header,
    KpiInfo,
    MemberRow,
    OverviewPage,
    RowKind,
    Target,
    TrendPoint,
)
from kpi_core.render.arrange import Page, page_table, row_order
from kpi_core.render.cells import is_good, reason_of
from kpi_core.render.clean import clean, to_ascii
from kpi_core.render.format import Formatter
from kpi_core.render.gap import GLYPHS, WORDS
from kpi_core.render.gaps import rows_shown
from kpi_core.render.glance import due_text, since_text
from kpi_core.render.header import VIEW_TITLES, crumb_parts
from kpi_core.render.late import late_text
from kpi_core.render.table import Table

COMPARED = {
    "previous": said("the period before"),
    "last_year": said("last year"),
    "last_year_weekday": said("last year, same weekdays"),
    "last_year_date": said("last year, same dates"),
    "last_year_events": said("last year, same events"),
}
_PARTS = {
    "target": said("part of the gap to the target: {amount}"),
    "compare": said("part of the change: {amount}"),
    "total": said("share of the total: {amount}"),
}
_STATUS = (GapStatus.MET, GapStatus.NEAR, GapStatus.MISSED, GapStatus.NOISE, GapStatus.FEW, GapStatus.NONE, GapStatus.NO_DATA)


def spoken_text(page: Page | GlancePage, fmt: Formatter) -> str:
    """The page as lines of plain sentences, one line break after each."""
    lines = [*_head(page, fmt), *_body(page, fmt)]
    text = "".join(f"{line}\n" for line in lines)
    return to_ascii(text) if fmt.ascii else text


def _body(page: Page | GlancePage, fmt: Formatter) -> Iterable[str]:
    if isinstance(page, OverviewPage):
        return _overview(page, fmt)
    if isinstance(page, ExplorePage):
        return _explore(page, fmt)
    if isinstance(page, GapsPage):
        return _gaps(page, fmt)
    if isinstance(page, GlancePage):
        return _glance(page, fmt)
    return _table(page_table(page, fmt, 240), fmt)


def spoken_table(table: Table, fmt: Formatter) -> str:
    """A table alone, a sentence a row."""
    text = "".join(f"{line}\n" for line in _table(table, fmt))
    return to_ascii(text) if fmt.ascii else text


# ---------------------------------------------------------------- the head


def _head(page: Page | GlancePage, fmt: Formatter) -> list[str]:
    header, t = page.header, fmt.t
    title = t("At a glance") if isinstance(page, GlancePage) else t(VIEW_TITLES[header.state.view])
    lines = [_sentence([clean(header.workspace), title, ", ".join(crumb_parts(header, fmt))], ". ")]
    period = t("Period: {start} to {end}", start=header.period.start, end=header.period.end)
    if header.compare is not None and header.state.compare in COMPARED:
        other = t("compared with {name}, {start} to {end}", name=COMPARED[header.state.compare], start=header.compare.start, end=header.compare.end)
        period = _sentence([period, other, clean(header.compare_note)], _then(fmt), "")
    lines += [f"{period}.", _freshness(header, fmt)]
    lines += [t("Counted: {names}.", names=", ".join(map(clean, header.basis)))] if header.basis else []
    lines += [t("Row filter: {text}.", text=header.state.search)] if header.state.search else []
    counts = dict(header.counts)
    listed = [f"{counts[status]} {t(WORDS[status])}" for status in _STATUS if counts.get(status)]
    lines += [t("Objectives: {listed}.", listed=", ".join(listed))] if listed else []
    return [*lines, ""]


def _freshness(header: Header, fmt: Formatter) -> str:
    data, t = header.freshness, fmt.t
    if data.last_day is None:
        return t("No data.")
    parts = [t("Data up to {day}", day=data.last_day)]
    if header.partial is not None:
        parts.append(t("{covered} of {days} days", covered=header.partial[0], days=header.partial[1]))
    parts += [t("{name} is late, last day {day}", name=name, day=day) for name, day in (*data.late, *data.stale)]
    parts += [late_text(item, fmt) for item in data.overdue]
    return _sentence(parts, _then(fmt))


# ---------------------------------------------------------------- the views


def _overview(page: OverviewPage, fmt: Formatter) -> Iterable[str]:
    order = row_order(page, fmt)
    for title, rows in page.groups:
        kept = [row for row in rows if order is None or row.kpi.id in order]
        if kept and title:
            yield f"{clean(title)}."
        for row in kept:
            yield _cell(row.kpi.name, row.kpi, row.value, row.target, row.gap, row.delta, page.header, fmt)
        if kept:
            yield ""


def _explore(page: ExplorePage, fmt: Formatter) -> Iterable[str]:
    t = fmt.t
    yield _member(page.total, page, fmt, page.kpi.name)
    if page.cause is not None:
        lead = t("Mostly thanks to:") if is_good(page.total.gap, page.total.delta) else t("First cause:")
        yield f"{lead} {_words(t(page.cause.message), fmt)}."
    yield ""
    if page.by is not None:
        yield t("{kpi} by {dimension}:", kpi=page.kpi.name, dimension=page.by.title)
        order = row_order(page, fmt)
        rows = [row for row in page.rows if order is None or row.key in order]
        rows.sort(key=lambda row: order.index(row.key) if order is not None and row.key in order else 0)
        for row in rows:
            yield _member(row, page, fmt, row.label)
        if page.hidden:
            yield t("{count} more are not listed.", count=page.hidden)
        yield ""
    yield from _trend(page.trend, page.kpi, fmt)


def _member(row: MemberRow, page: ExplorePage, fmt: Formatter, name: str) -> str:
    part = ""
    if row.contribution is not None and row.kind is not RowKind.TOTAL:
        if page.contribution_of == "total":
            whole = page.total.contribution
            amount = _words(fmt.percent(row.contribution / whole), fmt) if whole else ""  # type: ignore[operator]
        else:
            amount = _change(row.contribution, None, page.kpi, fmt, signed=True)
        part = fmt.t(Message(_PARTS[page.contribution_of].template, {"amount": amount})) if amount else ""
    return _cell(name, page.kpi, row.value, row.target, row.gap, row.delta, page.header, fmt, part)


def _trend(points: tuple[TrendPoint, ...], info: KpiInfo, fmt: Formatter) -> Iterable[str]:
    known = [(point.value.number, point) for point in points if point.value.number is not None]
    if len(known) < 2:
        return
    low, high = min(known, key=lambda pair: pair[0]), max(known, key=lambda pair: pair[0])
    yield fmt.t(
        "Trend over {count} periods: {first} from {start}, {last} from {end}; lowest {low} from {when_low}, highest {high} from {when_high}.",
        count=len(points),
        first=_amount(known[0][0], info, fmt),
        start=known[0][1].period.start,
        last=_amount(known[-1][0], info, fmt),
        end=known[-1][1].period.start,
        low=_amount(low[0], info, fmt),
        when_low=low[1].period.start,
        high=_amount(high[0], info, fmt),
        when_high=high[1].period.start,
    )


def _gaps(page: GapsPage, fmt: Formatter) -> Iterable[str]:
    rows = rows_shown(page)
    order = row_order(page, fmt)
    if order is not None:
        rows = sorted((row for row in rows if row.key in order), key=lambda row: order.index(row.key))
    if not rows:
        yield fmt.t("No target is missed here.")
    for row in rows:
        name = f"{row.kpi.name}, {row.scope}" if row.scope else row.kpi.name
        yield _cell(name, row.kpi, row.value, row.target, row.gap, None, page.header, fmt, *_gap_more(row, page, fmt))
    for problem in page.problems:
        yield f"{fmt.t(problem)}."


def _gap_more(row: GapRow, page: GapsPage, fmt: Formatter) -> list[str]:
    t = fmt.t
    more = [since_text(row, page, fmt)] if row.since else []
    more += [f"{t('First cause:')} {_words(t(row.cause.message), fmt)}"] if row.cause is not None else []
    if row.action is not None:
        more.append(t("action: {name}", name=row.action.name))
        more += [t("due {day}", day=row.action.due)] if row.action.due is not None else []
    return [*more, *([t("owner: {name}", name=row.owner)] if row.owner else [])]


def _glance(page: GlancePage, fmt: Formatter) -> Iterable[str]:
    t = fmt.t
    if not page.rows:
        yield t("No target is missed here.")
    for item in page.rows:
        row = item.row
        more = [since_text(item, page, fmt)]
        more += [f"{t('First cause:')} {_words(t(item.cause.message), fmt)}"] if item.cause is not None else []
        more += [t("action: {name}", name=item.action)] if item.action else []
        more += [t("owner: {name}", name=item.owner)] if item.owner else []
        more += [t("due {day}", day=due_text(item.due, fmt))] if item.due else []
        yield _cell(row.kpi.name, row.kpi, row.value, row.target, row.gap, row.delta, page.header, fmt, *more)
    if page.near:
        yield f"{t('Near their target:')} {', '.join(clean(row.kpi.name) for row in page.near)}."


def _table(table: Table, fmt: Formatter) -> Iterable[str]:
    """A table of another kind: its first cell, then each other one after the title of its column."""
    shown = [place for place, column in enumerate(table.columns) if column.id not in ("bar", "spark")]
    for row in table.rows:
        if row.kind in ("section", "text", "note") or len(row.cells) < len(table.columns):
            text = " ".join(filter(None, (_words(cell.text.strip(), fmt) for cell in row.cells)))
            yield text if not text or text[-1] in ".:" else f"{text}."
            continue
        titles = [column.title.strip().lower() if column.title.isupper() else column.title.strip() for column in table.columns]
        cells = [(titles[place], _words(row.cells[place].text.strip(), fmt)) for place in shown]
        parts = [f"{title} {text}" if title and place else text for place, (title, text) in enumerate(cells) if text != fmt.dash and text]
        yield _sentence([f"{parts[0]}: {parts[1]}", *parts[2:]] if len(parts) > 1 else parts, ", ")


# ---------------------------------------------------------------- one cell


def _cell(name: str, info: KpiInfo, value: Value, target: Target | None, gap: Gap, delta: Delta | None, header: Header, fmt: Formatter, *more: str) -> str:
    """`Average order value: 67.84 euros, target 72.20 euros, missed, 6.0 percent below; last year 69.80 euros, down 2.8 percent.`"""
    parts = [_judged(info, value, target, gap, fmt), _changed(info, delta, header, fmt), *more]
    return f"{clean(name)}{fmt.colon}{_sentence(parts, _then(fmt))}"


def _judged(info: KpiInfo, value: Value, target: Target | None, gap: Gap, fmt: Formatter) -> str:
    t = fmt.t
    reason = reason_of(value, gap)
    why = f" ({t(reason)})" if reason is not None else ""
    if value.number is None or value.status not in (Status.VALUE, Status.PARTIAL):
        return t("no data") + why
    parts = [_amount(value.number, info, fmt)]
    if target is not None:
        goal = _amount(target.number, info, fmt)
        parts.append(t("target at most {amount}", amount=goal) if target.bound in ("≤", "<=") else t("target {amount}", amount=goal))
    word = t(WORDS[gap.status]) + why
    if gap.amount is None and gap.ratio is None:
        return ", ".join([*parts, word])
    amount = _change(gap.amount, gap.ratio, info, fmt)
    side = {1: t("{amount} above", amount=amount), -1: t("{amount} below", amount=amount)}.get(gap.arrow, t("equal"))
    return ", ".join([*parts, word, side])


def _changed(info: KpiInfo, delta: Delta | None, header: Header, fmt: Formatter) -> str:
    t = fmt.t
    if delta is None or header.state.compare not in COMPARED:
        return ""
    name = t(COMPARED[header.state.compare])
    if delta.base.number is None or (delta.amount is None and delta.ratio is None):
        why = t(delta.reason) if delta.reason is not None else t("no data")
        return t("{name}: {reason}", name=name, reason=why)
    move = delta.amount if delta.amount is not None else delta.ratio
    change = _change(delta.amount, delta.ratio, info, fmt)
    way = t("unchanged") if not move else t("up {amount}", amount=change) if move > 0 else t("down {amount}", amount=change)
    noise = f" ({t(WORDS[GapStatus.NOISE])})" if delta.noise else ""
    return t("{name} {amount}, {change}", name=name, amount=_amount(delta.base.number, info, fmt), change=way + noise)


def _amount(number: Number, info: KpiInfo, fmt: Formatter) -> str:
    """A value with its unit in words."""
    if len(info.unit) == 3 and info.unit.isupper():
        several = _size(number) >= 2 if fmt.lang == "fr" else _size(number) != 1
        return _signed(f"{fmt.number(_size(number), info.decimals)} {_currency(info.unit, fmt.lang, several)}", number, fmt)
    return _signed(_words(fmt.kpi(_size(number), info), fmt), number, fmt)


def _change(amount: Number | None, ratio: Number | None, info: KpiInfo, fmt: Formatter, signed: bool = False) -> str:
    """The size of a gap or change, its unit in words; the sign only where nothing else says it."""
    number = ratio if ratio is not None else amount
    if number is None:
        return ""
    if ratio is None and info.unit != "%":
        return _amount(number if signed else _size(number), info, fmt)
    text = _words(fmt.change(_size(amount) if amount is not None else None, _size(ratio) if ratio is not None else None, info).lstrip("+"), fmt)
    return _signed(text, number, fmt) if signed else text


def _size(number: Number) -> Number:
    return -number if number < 0 else number


def _signed(text: str, number: Number, fmt: Formatter) -> str:
    return fmt.t("minus {number}", number=text) if number < 0 else text


@lru_cache(maxsize=64)
def _currency(code: str, lang: str, several: bool) -> str:
    from babel.core import UnknownLocaleError
    from babel.numbers import get_currency_name

    try:
        return get_currency_name(code, count=2 if several else 1, locale=lang)
    except (UnknownLocaleError, LookupError):
        return code


_UNIT = re.compile(r"(?<=\d)[ \u00a0](%|pt|d|j|s)(?!\w)")


def _words(text: str, fmt: Formatter) -> str:
    """Signs as words: units after a number, statuses, arrows, the minus sign; a sign that has no word is left out."""
    t = fmt.t
    units = {"%": t("percent"), "pt": t("points"), "d": t("days"), "j": t("days"), "s": t("seconds")}
    glyphs = {GLYPHS[status][0]: t(WORDS[status]) for status in (GapStatus.MET, GapStatus.NEAR, GapStatus.MISSED, GapStatus.NOISE)}
    signs = {**glyphs, "▲": t("above"), "▼": t("below"), "≤": t("at most"), "≥": t("at least"), "→": t("to")}
    text = _UNIT.sub(lambda found: f" {units[found[1]]}", text)
    text = re.sub(r"−(?=\d)", t("minus {number}", number=""), text)
    text = "".join(f" {signs[char]} " if char in signs else " , " if char == "·" else char for char in text)
    heard = "".join(char for char in text if char in "+<>=␛" or unicodedata.category(char) not in ("Sm", "So", "Sk"))
    return re.sub(r"\s+([,)])", r"\1", " ".join(heard.split())).strip(" ,")


def _then(fmt: Formatter) -> str:
    return "\u00a0; " if fmt.lang == "fr" else "; "


def _sentence(parts: Iterable[str], between: str, end: str = ".") -> str:
    return between.join(filter(None, parts)).rstrip(".") + end
