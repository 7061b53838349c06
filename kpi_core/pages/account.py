"""The account of one loaded file as a screen or a command tells it, and files that the last load did not use. Names in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from kpi_core.errors import Message, Where, said
from kpi_core.pages.question import LayoutQuestion

MOST_ALIKE = 4  # columns named beside the first that is read as they are
HOLDERS = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".zip")  # files whose parts have paths below them


def read_alike(choices: Iterable[tuple[str, tuple[tuple[str, str], ...]]]) -> list[Message]:
    """How columns are read, those that are read alike in one sentence: the first with its example, the others by name."""
    alike: dict[tuple[str, str], list[dict[str, str]]] = {}
    for template, values in choices:
        found = dict(values)
        alike.setdefault((template, found.get("zone", "")), []).append(found)
    told = []
    for (template, _), same in alike.items():
        others = [item["column"] for item in same[1:] if "column" in item]
        names = ", ".join(others[:MOST_ALIKE]) + (" …" if len(others) > MOST_ALIKE else "")
        first = Message(template, same[0])
        told.append(said("{text}; likewise {names}", text=first, names=names) if others else first)
    return told


@dataclass(frozen=True)
class RefusedLine:
    """A refused row: `value` as written, '…' where it may be somebody's."""

    line: int
    column: str
    value: str


@dataclass(frozen=True)
class Reason:
    """Rows that one reason explains. `kind`: refused or left_out. Of refused rows `cells` says where each stands and what it holds.

    `lines` are the first of them (1-based lines of the file); `count` is all of them.
    """

    kind: str
    text: Message
    count: int
    lines: tuple[int, ...] = ()
    cells: tuple[RefusedLine, ...] = ()
    advice: Message | None = None


@dataclass(frozen=True)
class CheckLine:
    """An identity that held for `held` of `of` rows or groups; `note` names the first ones where it did not."""

    name: Message
    held: int
    of: int
    note: Message | None = None
    by: tuple[tuple[Message, int], ...] = ()  # which of several alternatives held how often


@dataclass(frozen=True)
class LimitLine:
    """What the file can never give. `kpis` stand empty for it, `cuts` (KPI, dimension) cannot be told apart; neither while another source gives it."""

    missing: str
    hint: str
    kpis: tuple[str, ...] = ()
    cuts: tuple[tuple[str, str], ...] = ()
    given: bool = False


@dataclass(frozen=True)
class TableLine:
    """One of several tables in the file; `rows` 0: it is empty."""

    name: str
    rows: int
    first_day: date | None
    last_day: date | None


@dataclass(frozen=True)
class DriftLines:
    """How the header differs from that of `file`, loaded earlier; `lost` fed something, and the user has accepted that it is gone."""

    file: str
    added: tuple[str, ...]
    removed: tuple[str, ...]
    renamed: tuple[tuple[str, str], ...]
    lost: tuple[str, ...]
    kpis: tuple[str, ...]


@dataclass(frozen=True)
class FileAccount:
    """rows_read = rows_used + the counts of all reasons."""

    load_id: int | None
    file: str
    profile: str
    title: str
    evidence: str
    encoding: str
    delimiter: str
    first_day: date | None
    last_day: date | None
    currency: str
    loaded_at: datetime | None
    rows_read: int
    rows_used: int
    rows_out: tuple[tuple[str, int], ...]
    reasons: tuple[Reason, ...] = ()
    checks: tuple[CheckLine, ...] = ()
    notes: tuple[Message, ...] = ()
    tables: tuple[TableLine, ...] = ()
    drift: DriftLines | None = None
    limits: tuple[LimitLine, ...] = ()
    unused: tuple[str, ...] = ()

    def only(self, kind: str) -> tuple[Reason, ...]:
        return tuple(reason for reason in self.reasons if reason.kind == kind)

    def rows(self, kind: str) -> int:
        return sum(reason.count for reason in self.only(kind))


@dataclass(frozen=True)
class UnusedFile:
    """A file that the last load did not use: refused, left undecided or passed over. `kind`: the class of what was wrong."""

    path: str
    status: str
    kind: str
    what: Message
    hint: Message | None = None
    where: Where | None = None
    questions: tuple[LayoutQuestion, ...] = ()  # what is still to be answered before it can be loaded

    @property
    def name(self) -> str:
        """Of a sheet or a member of an archive with the file it is in."""
        parts = self.path.replace("\\", "/").split("/")
        inside = next((place for place, part in enumerate(parts[:-1]) if part.lower().endswith(HOLDERS)), len(parts) - 1)
        return "/".join(parts[inside:])


@dataclass(frozen=True)
class LoadedFile:
    """What became of a file that was loaded from the screen. `load_id`: its number, None when it does not count; `left`: why it does not."""

    file: str
    load_id: int | None = None
    left: UnusedFile | None = None
