"""The account of one file: what was read, used, left out and refused, so that every row of it is explained."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

KEPT_REFUSALS = 1000


@dataclass(frozen=True)
class Rejected:
    """A row that could not be used: its 1-based line, the column, the cell as written and why (an English msgid)."""

    line: int
    column: str
    value: str
    why: str


@dataclass(frozen=True)
class CheckResult:
    """An identity: `held` of `of` rows or groups; `note` names the first ones that do not hold."""

    name: str
    held: int
    of: int
    note: str

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

    @property
    def balanced(self) -> bool:
        return self.rows_read == self.rows_used + sum(count for _, count in self.dropped) + self.rejected_count

    def to_dict(self) -> dict[str, Any]:
        """JSON-able: dates in ISO form, tuples as lists."""
        return {key: _plain(value) for key, value in asdict(self).items()}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Account:
        """The account that `to_dict` wrote."""
        values = dict(data)
        for name in ("first_day", "last_day"):
            values[name] = date.fromisoformat(values[name]) if values[name] else None
        values["as_of"] = datetime.fromisoformat(values["as_of"])
        values["dropped"] = tuple((reason, count) for reason, count in values["dropped"])
        values["rows_out"] = tuple((name, count) for name, count in values["rows_out"])
        values["rejected"] = tuple(Rejected(**item) for item in values["rejected"])
        values["checks"] = tuple(CheckResult(**item) for item in values["checks"])
        values["limits"] = tuple(LimitNote(**item) for item in values["limits"])
        values["unused"], values["notes"] = tuple(values["unused"]), tuple(values["notes"])
        return cls(**values)


def _plain(value: Any) -> Any:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value
