"""The account of one file: what was read, used, left out and refused, so that every row of it is explained.

It holds no personal data: of the cells only those of refused rows are kept, and of these none of a column of names, addresses,
phones or e-mails (`shown_value`). Of the columns it keeps the headers and what kind of cells stood below them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, is_dataclass, replace
from datetime import date, datetime
from typing import Any

from kpi_core.personal import HIDDEN, masked, names_somebody

KEPT_REFUSALS = 1000
KEPT_LINES = 1000  # line numbers kept of each reason for which rows were left out
KEPT_HEADERS = 500
KEPT_TABLES = 200
LONGEST_HEADER = 200
LONGEST_VALUE = 200

_DIGESTS = ("sha256", "header_hash", "profile")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
_PERSONAL = re.compile(
    r"e-?mail|courriel|phone|tel\b|tél|mobile|fax|address|adresse|street|\brue\b|city|ville|\bzip|postal|company|société|"
    r"first.?name|last.?name|full.?name|prénom|prenom|surname|\bnom\b|buyer|acheteur|recipient|destinataire|"
    r"customer|client|contact|birth|naissance|\bip\b|passport|iban|card|carte|note|comment|message|verbatim",
    re.IGNORECASE,
)
_PHONE = re.compile(r"\+?\d[\d .()/-]{8,}\d")


@dataclass(frozen=True)
class Rejected:
    """A row that could not be used: its 1-based line, the column, the cell as written (`HIDDEN` if it may be somebody's) and why (an English msgid)."""

    line: int
    column: str
    value: str
    why: str


@dataclass(frozen=True)
class CheckResult:
    """An identity: `held` of `of` rows or groups; `note` names the first ones that do not hold. `by`: of several alternatives which held how often."""

    name: str
    held: int
    of: int
    note: str
    by: tuple[tuple[str, int], ...] = ()

    @property
    def ok(self) -> bool:
        return self.held == self.of


@dataclass(frozen=True)
class LimitNote:
    """What this file can never give, with a hint in each language."""

    missing: str
    en: str
    fr: str


@dataclass(frozen=True)
class HeaderCell:
    """A column of the file. `reads`: the working name that took it ('' = kept unused). `kind` of its cells: see `drift.kind_of`; 'empty' = no cell
    was filled, '' = not looked at."""

    name: str
    reads: str = ""
    kind: str = ""


@dataclass(frozen=True)
class TableNote:
    """One of several tables of a file: its first header, its rows (0 = noted as empty), and the period that is stated above it."""

    name: str
    rows: int
    first_day: date | None = None
    last_day: date | None = None


@dataclass(frozen=True)
class DriftNote:
    """How the header differs from that of `file`, loaded earlier. `renamed`: (old, new) headers that stand in the same place with cells of one kind.

    `lost`: headers of columns that fed something and whose data are gone; the user has accepted that. `kpis`: ids of the KPIs these touch.
    """

    file: str
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    lost: tuple[str, ...] = ()
    kpis: tuple[str, ...] = ()


@dataclass(frozen=True)
class Account:
    """Plain values only. Invariant: rows_read == rows_used + the dropped counts + rejected_count."""

    file: str
    sha256: str
    bytes: int
    profile: str
    title_en: str
    title_fr: str
    evidence: str
    encoding: str
    delimiter: str
    header_hash: str
    first_day: date | None
    last_day: date | None
    as_of: datetime
    currency: str | None
    rows_read: int
    rows_used: int
    dropped: tuple[tuple[str, int], ...]
    rejected: tuple[Rejected, ...]
    rejected_count: int
    checks: tuple[CheckResult, ...]
    unused: tuple[str, ...]
    limits: tuple[LimitNote, ...]
    notes: tuple[str, ...]  # English msgids
    rows_out: tuple[tuple[str, int], ...]
    dropped_lines: tuple[tuple[str, tuple[int, ...]], ...] = ()  # of each reason the first lines, at most KEPT_LINES
    headers: tuple[HeaderCell, ...] = ()
    tables: tuple[TableNote, ...] = ()  # of a file of several tables
    drift: DriftNote | None = None
    choices: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()  # how cells were read where that had to be decided: msgids with their values

    @property
    def balanced(self) -> bool:
        counts = [count for _, count in self.dropped]
        return min([self.rows_used, self.rejected_count, *counts]) >= 0 and self.rows_read == self.rows_used + sum(counts) + self.rejected_count

    def lines_of(self, reason: str) -> tuple[int, ...]:
        """The first lines that were left out for a reason; none for accounts written before lines were kept."""
        return next((lines for name, lines in self.dropped_lines if name == reason), ())

    def to_dict(self) -> dict[str, Any]:
        """JSON-able: dates in ISO form, tuples as lists."""
        return {key: _plain(value) for key, value in asdict(self).items()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Account:
        """The account that `to_dict` wrote, or an earlier or later version of omnigap: what it does not know is empty here."""
        known = {field.name for field in fields(cls)}
        values = {key: value for key, value in data.items() if key in known}
        for name in ("first_day", "last_day"):
            values[name] = _day(values.get(name))
        values["as_of"] = datetime.fromisoformat(values["as_of"])
        for name in ("dropped", "rows_out"):
            values[name] = tuple((reason, count) for reason, count in values[name])
        values["dropped_lines"] = tuple((reason, tuple(lines)) for reason, lines in values.get("dropped_lines", ()))
        for name, kind in (("rejected", Rejected), ("checks", CheckResult), ("limits", LimitNote), ("headers", HeaderCell)):
            values[name] = tuple(kind(**{key: _tuples(value) for key, value in _known(kind, item).items()}) for item in values.get(name, ()))
        tables = [_known(TableNote, item) for item in values.get("tables", ())]
        values["tables"] = tuple(TableNote(**item | {key: _day(item.get(key)) for key in ("first_day", "last_day")}) for item in tables)
        values["unused"], values["notes"] = tuple(values["unused"]), tuple(values["notes"])
        drift = values.get("drift")
        values["drift"] = DriftNote(**{key: _tuples(value) for key, value in _known(DriftNote, drift).items()}) if drift else None
        for field in fields(cls):  # fields of plain values that came later
            if field.name in values and isinstance(values[field.name], list):
                values[field.name] = _tuples(values[field.name])
        return cls(**values)


def without_names(account: Account) -> Account:
    """The account with every text as it may be kept: a label, a note or a name of a file may hold somebody's address."""
    return replace(account, **{field.name: _masked(getattr(account, field.name)) for field in fields(account) if field.name not in _DIGESTS})


def header_text(text: str) -> str:
    """A header as it is kept: without control characters, bounded."""
    return _CONTROL.sub("", text).strip()[:LONGEST_HEADER]


def shown_value(text: str, header: str, kind: str) -> str:
    """A cell as an account may keep it: `HIDDEN` where the column, or what stands in the cell, may be about a person."""
    if not text:
        return ""
    dated = kind in ("date", "timestamp", "time", "duration")  # their digits and dashes look like a phone's
    personal = kind in ("email", "phone", "comment") or "@" in text or _PERSONAL.search(header) or (not dated and _PHONE.search(text))
    personal = personal or (kind != "text" and names_somebody(text)) or masked(text) != text
    return HIDDEN if personal else text[:LONGEST_VALUE]


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, tuple):
        return tuple(_masked(item) for item in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{field.name: _masked(getattr(value, field.name)) for field in fields(value)})
    return value


def _known(kind: type, item: Mapping[str, Any]) -> dict[str, Any]:
    names = {field.name for field in fields(kind)}
    return {key: value for key, value in item.items() if key in names}


def _day(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None


def _tuples(value: Any) -> Any:
    return tuple(_tuples(item) for item in value) if isinstance(value, list | tuple) else value


def _plain(value: Any) -> Any:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value
