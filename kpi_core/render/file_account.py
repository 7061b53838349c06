"""The whole account of one file: every row by reason with its lines, checks, header, tables, limits and columns kept unused; and the same as records."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from kpi_core.errors import Message, said
from kpi_core.pages import FileAccount, LimitLine, Reason
from kpi_core.render.account import drift_messages, reading_text, rows_out_text
from kpi_core.render.clean import clean
from kpi_core.render.format import Formatter
from kpi_core.render.text import Line, join, wrap
from kpi_core.render.unused import item

KINDS = {"refused": said("Rows refused"), "left_out": said("Rows left out")}
FIRST = 5  # refused rows shown of each reason where not all are asked for
UNVERIFIED = said("experimental: no real file of this format was ever seen; compare its totals with the vendor's")


def file_account_lines(page: FileAccount, fmt: Formatter, width: int, *, only: str = "", every: bool = False) -> list[Line]:
    """All of an account. `every`: each line of each reason, else the first few; `only`: reasons that hold this text, and nothing else."""
    t = fmt.t
    reasons = _chosen(page, fmt, only)
    lines = list(_head(page, fmt, width))
    for kind, title in KINDS.items():
        chosen = [reason for reason in reasons if reason.kind == kind]
        if chosen:
            lines += _titled(t(title), sum(reason.count for reason in chosen), fmt)
        for reason in chosen:
            lines += _reason(reason, fmt, width, every)
    if only:
        return [fmt.fold(line) for line in lines]
    if page.checks:
        lines += _titled(t("Checks"), len(page.checks), fmt)
    for check in page.checks:
        counts = f"{fmt.number(check.held)}/{fmt.number(check.of)}"
        sound = check.held == check.of
        ways = f" ({', '.join(f'{t(name)} {fmt.number(count)}' for name, count in check.by)})" if check.by else ""
        text = f"{t(check.name)} {counts}{ways}" + (f": {t(check.note)}" if check.note is not None else "")
        lines += item("✓" if sound else "!", text, "good" if sound else "warn", width)
    if page.drift is not None or page.notes:
        lines += _titled(t("Notes"), None, fmt)
    if page.drift is not None:
        for message in drift_messages(page.drift, fmt):
            lines += item("!", t(message), "warn", width)
        if page.drift.kpis:
            lines += item(" ", t("KPIs that these columns feed: {kpis}", kpis=", ".join(map(clean, page.drift.kpis))), "", width)
    for note in page.notes:
        lines += item("!", t(note), "warn", width)
    lines += _tables(page, fmt, width)
    if page.limits:
        lines += _titled(t("Never in such a file"), len(page.limits), fmt)
    for limit in page.limits:
        lines += _limit(limit, fmt, width)
    if page.unused:
        lines += _titled(t("Columns kept unused"), len(page.unused), fmt)
        lines += [((f"    {piece}", "muted"),) for piece in wrap(", ".join(clean(name) for name in page.unused), width - 4)]
    return [fmt.fold(line) for line in lines]


def _chosen(page: FileAccount, fmt: Formatter, only: str) -> list[Reason]:
    """The reasons that hold a text, in the reader's language or in English."""
    wanted = only.casefold()
    return [reason for reason in page.reasons if wanted in fmt.t(reason.text).casefold() or wanted in str(reason.text).casefold()]


def _head(page: FileAccount, fmt: Formatter, width: int) -> Iterator[Line]:
    t = fmt.t
    yield from (((piece, "title"),) for piece in wrap(clean(page.file, 400), width))
    kind = [clean(page.title) + reading_text(page.encoding, page.delimiter, fmt)]
    if page.first_day and page.last_day:
        kind.append(fmt.span(page.first_day, page.last_day, True))
    kind += [clean(page.currency)] if page.currency else []
    kind += [t("loaded {moment}", moment=page.loaded_at)] if page.loaded_at is not None else []
    yield from (((piece, "muted"),) for piece in wrap(" · ".join(kind), width))
    if page.evidence in ("vendor", "parser"):
        yield from item("!", t(UNVERIFIED), "warn", width, 0)
    sums = t("{read} rows read = {used} used + {dropped} left out + {rejected} rejected", read=page.rows_read, used=page.rows_used,
             dropped=page.rows("left_out"), rejected=page.rows("refused"))  # fmt: skip
    yield from (((piece, ""),) for piece in wrap(sums, width))
    made = rows_out_text(page.rows_out, fmt)
    if made:
        yield from (((piece, ""),) for piece in wrap(t("they became {rows}", rows=made), width))


def _titled(title: str, count: int | None, fmt: Formatter) -> list[Line]:
    return [(), join((title, "title"), (f" ({fmt.number(count)})" if count is not None else "", "muted"))]


def _reason(reason: Reason, fmt: Formatter, width: int, every: bool) -> list[Line]:
    t, refused = fmt.t, reason.kind == "refused"
    lines = item("✗" if refused else "-", t("{count} rows: {reason}", count=reason.count, reason=reason.text), "bad" if refused else "muted", width)
    if reason.advice is not None:
        lines += item("→", t(reason.advice), "muted", width, 4)
    shown = reason.cells if every else reason.cells[:FIRST]
    for cell in shown:
        parts = [t("line {line}", line=str(cell.line)), clean(cell.column), f"«{clean(cell.value, 60)}»" if cell.value else ""]
        lines += item("·", ", ".join(part for part in parts if part), "", width, 4)
    told = len(shown)
    if not reason.cells and reason.lines:
        text, told = _ranges(reason.lines, width - 6, every)
        lines += [((f"      {piece}", "muted"),) for piece in wrap(t("lines {lines}", lines=text), width - 6)]
    if told < reason.count and (reason.lines or reason.cells):
        lines += item(" ", t("… {count} more", count=reason.count - told), "muted", width, 4)
    return lines


def _ranges(lines: Sequence[int], width: int, every: bool) -> tuple[str, int]:
    """`3-8, 12, 20` and how many lines these are: all, or what one line of the screen holds."""
    spans: list[list[int]] = []
    for line in lines:
        if spans and line == spans[-1][1] + 1:
            spans[-1][1] = line
        else:
            spans.append([line, line])
    text, told = "", 0
    for first, last in spans:
        piece = str(first) if first == last else f"{first}-{last}"
        joined = f"{text}, {piece}" if text else piece
        if text and not every and len(joined) > width - 10:
            break
        text, told = joined, told + last - first + 1
    return text, told


def _tables(page: FileAccount, fmt: Formatter, width: int) -> list[Line]:
    """Each table that has rows with its period, then how many are empty."""
    if not page.tables:
        return []
    t = fmt.t
    lines = _titled(t("Tables in the file"), len(page.tables), fmt)
    for table in page.tables:
        if table.rows:
            period = f" · {fmt.span(table.first_day, table.last_day, True)}" if table.first_day and table.last_day else ""
            lines += item("·", f"{clean(table.name)} · {t('{count} rows', count=table.rows)}{period}", "", width)
    empty = sum(not table.rows for table in page.tables)
    return [*lines, *(item("-", t("empty tables: {count}", count=empty), "muted", width) if empty else [])]


def _limit(limit: LimitLine, fmt: Formatter, width: int) -> list[Line]:
    t = fmt.t
    lines = item("–", f"{clean(limit.hint, 1000)} ({t(Message(clean(limit.missing)))})", "muted", width)
    if limit.given:
        lines += item("✓", t("another loaded file gives it"), "good", width, 4)
    if limit.kpis:
        lines += item("!", t("no data for: {kpis}", kpis=", ".join(map(clean, limit.kpis))), "warn", width, 4)
    by: dict[str, list[str]] = {}
    for kpi, dim in limit.cuts:
        by.setdefault(dim, []).append(kpi)
    for dim, kpis in by.items():
        lines += item("!", t("not by {dim}: {kpis}", dim=clean(dim), kpis=", ".join(map(clean, kpis))), "warn", width, 4)
    return lines


def account_values(page: FileAccount, fmt: Formatter, only: str = "") -> dict[str, Any]:
    """Plain values of an account, for JSON; with `only`, those reasons that hold this text."""
    t = fmt.t
    return {
        "version": 1,
        "load_id": page.load_id,
        "file": page.file,
        "profile": page.profile,
        "title": page.title,
        "evidence": page.evidence,
        "encoding": page.encoding,
        "delimiter": page.delimiter,
        "first_day": page.first_day,
        "last_day": page.last_day,
        "currency": page.currency or None,
        "loaded_at": page.loaded_at,
        "rows_read": page.rows_read,
        "rows_used": page.rows_used,
        "rows_left_out": page.rows("left_out"),
        "rows_rejected": page.rows("refused"),
        "rows_out": dict(page.rows_out),
        "reasons": [
            {
                "kind": reason.kind,
                "reason": t(reason.text),
                "rows": reason.count,
                "advice": t(reason.advice) if reason.advice is not None else None,
                "lines": [{"line": cell.line, "column": cell.column, "value": cell.value} for cell in reason.cells] or [{"line": n} for n in reason.lines],
            }
            for reason in _chosen(page, fmt, only)
        ],
        "checks": [{"name": t(c.name), "held": c.held, "of": c.of, "note": t(c.note) if c.note is not None else None} for c in page.checks],
        "notes": [t(note) for note in page.notes],
        "tables": [{"name": table.name, "rows": table.rows, "first_day": table.first_day, "last_day": table.last_day} for table in page.tables],
        "drift": None
        if page.drift is None
        else {
            "file": page.drift.file,
            "added": list(page.drift.added),
            "removed": list(page.drift.removed),
            "renamed": [list(pair) for pair in page.drift.renamed],
            "lost": list(page.drift.lost),
            "kpis": list(page.drift.kpis),
        },
        "limits": [
            {"missing": limit.missing, "hint": limit.hint, "kpis": list(limit.kpis), "cuts": [list(cut) for cut in limit.cuts], "given": limit.given}
            for limit in page.limits
        ],
        "unused": list(page.unused),
    }


CSV_COLUMNS = ("load_id", "file", "kind", "reason", "rows", "line", "column", "value")


def account_rows(page: FileAccount, fmt: Formatter, only: str = "") -> Iterator[tuple[object, ...]]:
    """A record for each line that a reason explains (those that are kept), for CSV; one without a line where none is kept. Columns: `CSV_COLUMNS`."""
    for reason in _chosen(page, fmt, only):
        text = fmt.t(reason.text)
        places: Sequence[tuple[object, str, str]] = [(cell.line, cell.column, cell.value) for cell in reason.cells] or [(line, "", "") for line in reason.lines]
        for line, column, value in places or [(None, "", "")]:
            yield page.load_id, page.file, reason.kind, text, reason.count, line, column, value
