"""What became of one loaded file, in a few lines: rows in and out, checks, what was refused and what it cannot give."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from kpi_core.errors import AmbiguousFormat, Message, OmnigapError, UnknownFormat, said
from kpi_core.pages import read_alike
from kpi_core.render.clean import clean, to_ascii
from kpi_core.render.data import DATASETS
from kpi_core.render.format import Formatter
from kpi_core.render.text import Line, Role, join, wrap_line

SHOWN_REFUSALS = 5
SHOWN_COLUMNS = 4
SHOWN_DRIFT = 6
ONE = {
    "orders": said("order"), "order_lines": said("order line"), "returns": said("return"), "carts": said("cart"), "fulfilments": said("delivery"),
    "products": said("product"), "touches": said("touchpoint"), "claims": said("amount claimed by a platform"),
}  # fmt: skip
DELIMITERS = {"\t": said("tab"), "|": said("vertical bar")}


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
    @property
    def by(self) -> Sequence[tuple[str, int]]: ...


class LimitLike(Protocol):
    @property
    def missing(self) -> str: ...
    @property
    def en(self) -> str: ...
    @property
    def fr(self) -> str: ...


class DriftLike(Protocol):
    @property
    def file(self) -> str: ...
    @property
    def added(self) -> tuple[str, ...]: ...
    @property
    def removed(self) -> tuple[str, ...]: ...
    @property
    def renamed(self) -> tuple[tuple[str, str], ...]: ...
    @property
    def lost(self) -> tuple[str, ...]: ...


class AccountLike(Protocol):
    """What is read of `sources.Account`; a protocol, because renderers must not load DuckDB."""

    @property
    def file(self) -> str: ...
    @property
    def title_en(self) -> str: ...
    @property
    def title_fr(self) -> str: ...
    @property
    def encoding(self) -> str: ...
    @property
    def delimiter(self) -> str: ...
    @property
    def drift(self) -> DriftLike | None: ...
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
    def choices(self) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]: ...
    @property
    def rows_out(self) -> tuple[tuple[str, int], ...]: ...


def account_lines(account: AccountLike, fmt: Formatter, width: int, full: bool = True) -> list[Line]:
    """The account of one file. `full` False keeps the first line and what needs attention."""
    t = fmt.t
    lines: list[Line] = [_first(account, fmt, width)]
    for reason, count in account.dropped:
        left = t("left out: {reason}, 1 row", reason=t(reason)) if count == 1 else t("left out: {reason}, {count} rows", reason=t(reason), count=count)
        lines.append(_note("-", left, "muted"))
    if account.rejected_count:
        refused = t("1 row refused") if account.rejected_count == 1 else t("{count} rows refused", count=account.rejected_count)
        lines.append(_note("✗", refused, "bad"))
        for item in account.rejected[:SHOWN_REFUSALS]:
            text = t("line {line}, {column}: {value}: {why}", line=str(item.line), column=item.column, value=_quoted(item.value), why=t(item.why))
            lines.append(join(("      ", ""), (text, "")))
        if account.rejected_count > SHOWN_REFUSALS:
            lines.append(join(("      ", ""), (t("… {count} more", count=account.rejected_count - SHOWN_REFUSALS), "muted")))
    held = [check for check in account.checks if check.held == check.of]
    if full and held:
        texts = [f"✓ {t(check.name)} {fmt.number(check.held)}/{fmt.number(check.of)}{_ways(check, fmt)}   " for check in held]
        lines.append(join(("  ", ""), *((text, "good") for text in texts)))
    for check in account.checks:
        if check.held != check.of:
            text = f"{t(check.name)} {fmt.number(check.held)}/{fmt.number(check.of)}{_ways(check, fmt)}"
            lines.append(_note("!", f"{text}: {t(check.note)}" if check.note else text, "warn"))
    if account.drift is not None:
        lines += [_note("!", t(message), "warn") for message in drift_messages(account.drift, fmt)]
    for note in account.notes if full else ():
        lines.append(_note("!", t(note), "warn"))
    lines += [_note("–", text, "muted") for text in choice_texts(account.choices, fmt)] if full else []
    for limit in account.limits if full else ():
        hint = limit.fr if fmt.lang == "fr" else limit.en
        named = "." not in limit.missing.split(" ")[0]  # what has no name but that of its column is said by the hint alone
        lines.append(_note("–", f"{t(limit.missing)} → {hint}" if named else hint, "muted"))
    if full and account.unused:
        names = ", ".join(clean(name) for name in account.unused[:SHOWN_COLUMNS])
        more = " …" if len(account.unused) > SHOWN_COLUMNS else ""
        lines.append(_note("–", t("columns not used: {names}{more} ({count})", names=names, more=more, count=len(account.unused)), "muted"))
    return [piece for line in lines for piece in _wrapped(_safe(line, fmt), width)]


def choice_texts(choices: Sequence[tuple[str, tuple[tuple[str, str], ...]]], fmt: Formatter) -> list[str]:
    """How columns are read, a sentence for those that are read alike."""
    return [fmt.t(message) for message in read_alike(choices)]


def _first(account: AccountLike, fmt: Formatter, width: int) -> Line:
    title = clean(account.title_fr if fmt.lang == "fr" else account.title_en) + reading_text(account.encoding, account.delimiter, fmt)
    used = account.rows_used
    rows = fmt.t("1 row read, {used} used", used=used) if account.rows_read == 1 else fmt.t("{read} rows read, {used} used", read=account.rows_read, used=used)
    made = rows_out_text(account.rows_out, fmt)
    rows = f"{rows} {'->' if fmt.ascii else '→'} {made}" if made else rows
    period = fmt.span(account.first_day, account.last_day, True) if account.first_day and account.last_day else ""
    tail = ", ".join(text for text in (rows, period, clean(account.currency or "")) if text)
    return join((clean(account.file, 400), "title"), ("  ", ""), (title, "accent"), ("  ", ""), (tail, ""))


def failure_lines(file: str, error: OmnigapError, fmt: Formatter, width: int, at: str = "") -> list[Line]:
    """The same for a file that could not be read: what is wrong with it and what to do. `at`: its path, for a command to copy."""
    place = f"{clean(file)}:{error.where.line}" if error.where and error.where.line else clean(file)
    lines = [join((place, "title"), ("  ", ""), (fmt.t("not loaded") + fmt.colon, "bad"), (fmt.t(error.what), "bad"))]
    if error.hint is not None:
        lines.append(_note("→", fmt.t(error.hint), "muted"))
    if isinstance(error, UnknownFormat | AmbiguousFormat):
        lines.append(_note("→", fmt.t("learn this layout: omnigap learn {file}", file=clean(at or file, 400)), "muted"))
    return [piece for line in lines for piece in _wrapped(_safe(line, fmt), width)]


def passed_over_line(file: str, error: OmnigapError, fmt: Formatter, width: int) -> list[Line]:
    """A file of an archive, or a sheet, that no profile knows: it is told, and is no failure."""
    told = fmt.t("passed over") + fmt.colon
    return _wrapped(_safe(join((clean(file), "muted"), ("  ", ""), (told, "muted"), (fmt.t(error.what), "muted")), fmt), width)


def rows_out_text(rows_out: Sequence[tuple[str, int]], fmt: Formatter) -> str:
    """`51 orders, 120 order lines`."""
    return ", ".join(f"{fmt.number(count)} {fmt.t(_noun(name, count))}" for name, count in rows_out if count)


def _noun(name: str, count: int) -> Message:
    return ONE[name] if count == 1 and name in ONE else DATASETS.get(name, Message(clean(name)))


def reading_text(encoding: str, delimiter: str, fmt: Formatter) -> str:
    """` (UTF-16, tab)`: how the file was read, where it is not as most are."""
    parts = [] if encoding.lower().replace("_", "-") in ("utf-8", "utf-8-sig", "ascii", "") else [clean(encoding, 40).upper().replace("CP", "cp")]
    if delimiter in DELIMITERS:
        parts.append(fmt.t(DELIMITERS[delimiter]))
    return f" ({', '.join(parts)})" if parts else ""


def drift_messages(drift: DriftLike, fmt: Formatter) -> list[Message]:
    """What is new in a header against that of an earlier file, in a few lines; what was accepted although it was needed first."""

    def some(names: Sequence[str]) -> str:
        return ", ".join(clean(name) for name in names[:SHOWN_DRIFT]) + (" …" if len(names) > SHOWN_DRIFT else "")

    told, file = [], clean(drift.file, 400)
    if drift.lost:
        told.append(said("accepted: columns that were needed are gone since {file}: {names}", file=file, names=some(drift.lost)))
    if drift.renamed:
        arrow = "->" if fmt.ascii else "→"
        told.append(said("columns renamed since {file}: {names}", file=file, names=some([f"{old} {arrow} {new}" for old, new in drift.renamed])))
    gone = [name for name in drift.removed if name not in drift.lost]
    if gone:
        told.append(said("columns gone since {file}, none was needed: {names}", file=file, names=some(gone)))
    if drift.added:
        told.append(said("new columns since {file}: {names}", file=file, names=some(drift.added)))
    return told


def _note(mark: str, text: str, role: Role) -> Line:
    return join((f"  {mark} ", role), (text, "" if role != "muted" else "muted"))


def _ways(check: CheckLike, fmt: Formatter) -> str:
    """Of a check with alternatives, which held how often: ` (tax included 48, tax on top 3)`."""
    return f" ({', '.join(f'{fmt.t(name)} {fmt.number(count)}' for name, count in check.by)})" if check.by else ""


def _quoted(value: str) -> str:
    return f"«{clean(value, 60)}»"


def _wrapped(line: Line, width: int) -> list[Line]:
    """Long lines go on under their text, never over the edge."""
    first = line[0][0] if line else ""
    return wrap_line(line, width, 4 if first[:2] == "  " and len(first) <= 4 else 6)


def _safe(line: Line, fmt: Formatter) -> Line:
    return tuple((to_ascii(clean(text, 2000)) if fmt.ascii else clean(text, 2000), role) for text, role in line)
