"""What became of one loaded file, in a few lines: rows in and out, checks, what was refused and what it cannot give."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from kpi_core.errors import Message, OmnigapError
from kpi_core.render.clean import clean, to_ascii
from kpi_core.render.format import Formatter
from kpi_core.render.text import Line, Role, join, wrap_line

SHOWN_REFUSALS = 5
SHOWN_COLUMNS = 4


class RejectedLike(Protocol):
    @property
    def line(self) -> int: ...
    @property
    def column(self) -> str: ...
    @property
    def value(self) -> str: ...
    @property
    def why(self) -> str: ...


class CheckLike(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def held(self) -> int: ...
    @property
    def of(self) -> int: ...
    @property
    def note(self) -> str: ...


class LimitLike(Protocol):
    @property
    def missing(self) -> str: ...
    @property
    def en(self) -> str: ...
    @property
    def fr(self) -> str: ...


class AccountLike(Protocol):
    """What is read of `sources.Account`; a protocol, because renderers must not load DuckDB."""

    @property
    def file(self) -> str: ...
    @property
    def title_en(self) -> str: ...
    @property
    def title_fr(self) -> str: ...
    @property
    def first_day(self) -> date | None: ...
    @property
    def last_day(self) -> date | None: ...
    @property
    def currency(self) -> str | None: ...
    @property
    def rows_read(self) -> int: ...
    @property
    def rows_used(self) -> int: ...
    @property
    def dropped(self) -> tuple[tuple[str, int], ...]: ...
    @property
    def rejected(self) -> Sequence[RejectedLike]: ...
    @property
    def rejected_count(self) -> int: ...
    @property
    def checks(self) -> Sequence[CheckLike]: ...
    @property
    def unused(self) -> tuple[str, ...]: ...
    @property
    def limits(self) -> Sequence[LimitLike]: ...
    @property
    def notes(self) -> tuple[str, ...]: ...
    @property
    def rows_out(self) -> tuple[tuple[str, int], ...]: ...


def account_lines(account: AccountLike, fmt: Formatter, width: int, full: bool = True) -> list[Line]:
    """The account of one file. `full` False keeps the first line and what needs attention."""
    t = fmt.t
    lines: list[Line] = [_first(account, fmt, width)]
    for reason, count in account.dropped:
        lines.append(_note("-", t("left out: {reason}, {count} rows", reason=t(reason), count=count), "muted"))
    if account.rejected_count:
        lines.append(_note("✗", t("{count} rows refused", count=account.rejected_count), "bad"))
        for item in account.rejected[:SHOWN_REFUSALS]:
            text = t("line {line}, {column}: {value}: {why}", line=str(item.line), column=item.column, value=_quoted(item.value), why=t(item.why))
            lines.append(join(("      ", ""), (text, "")))
        if account.rejected_count > SHOWN_REFUSALS:
            lines.append(join(("      ", ""), (t("… {count} more", count=account.rejected_count - SHOWN_REFUSALS), "muted")))
    held = [check for check in account.checks if check.held == check.of]
    if full and held:
        lines.append(join(("  ", ""), *((f"✓ {t(check.name)} {fmt.number(check.held)}/{fmt.number(check.of)}   ", "good") for check in held)))
    for check in account.checks:
        if check.held != check.of:
            text = f"{t(check.name)} {fmt.number(check.held)}/{fmt.number(check.of)}"
            lines.append(_note("!", f"{text}: {t(check.note)}" if check.note else text, "warn"))
    for note in account.notes if full else ():
        lines.append(_note("!", t(note), "warn"))
    for limit in account.limits if full else ():
        lines.append(_note("–", f"{t(limit.missing)} → {limit.fr if fmt.lang == 'fr' else limit.en}", "muted"))
    if full and account.unused:
        names = ", ".join(clean(name) for name in account.unused[:SHOWN_COLUMNS])
        more = " …" if len(account.unused) > SHOWN_COLUMNS else ""
        lines.append(_note("–", t("columns not used: {names}{more} ({count})", names=names, more=more, count=len(account.unused)), "muted"))
    return [piece for line in lines for piece in _wrapped(_safe(line, fmt), width)]


def _first(account: AccountLike, fmt: Formatter, width: int) -> Line:
    title = account.title_fr if fmt.lang == "fr" else account.title_en
    rows = fmt.t("{read} rows read, {used} used", read=account.rows_read, used=account.rows_used)
    period = fmt.span(account.first_day, account.last_day, True) if account.first_day and account.last_day else ""
    tail = ", ".join(text for text in (rows, period, clean(account.currency or "")) if text)
    return join((clean(account.file, 400), "title"), ("  ", ""), (clean(title), "accent"), ("  ", ""), (tail, ""))


def failure_lines(file: str, error: OmnigapError, fmt: Formatter, width: int) -> list[Line]:
    """The same for a file that could not be read: what is wrong with it and what to do."""
    place = f"{clean(file)}:{error.where.line}" if error.where and error.where.line else clean(file)
    lines = [join((place, "title"), ("  ", ""), (fmt.t("not loaded") + (" : " if fmt.lang == "fr" else ": "), "bad"), (fmt.t(error.what), "bad"))]
    if error.hint is not None:
        lines.append(_note("→", fmt.t(error.hint), "muted"))
    return [piece for line in lines for piece in _wrapped(_safe(line, fmt), width)]


def rows_out_text(rows_out: Sequence[tuple[str, int]], fmt: Formatter) -> str:
    """`51 orders, 120 order_lines`."""
    return ", ".join(f"{fmt.number(count)} {fmt.t(Message(name))}" for name, count in rows_out)


def _note(mark: str, text: str, role: Role) -> Line:
    return join((f"  {mark} ", role), (text, "" if role != "muted" else "muted"))


def _quoted(value: str) -> str:
    return f"«{clean(value, 60)}»"


def _wrapped(line: Line, width: int) -> list[Line]:
    """Long lines go on under their text, never over the edge."""
    first = line[0][0] if line else ""
    return wrap_line(line, width, 4 if first[:2] == "  " and len(first) <= 4 else 6)


def _safe(line: Line, fmt: Formatter) -> Line:
    return tuple((to_ascii(clean(text, 2000)) if fmt.ascii else clean(text, 2000), role) for text, role in line)
