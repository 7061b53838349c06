"""Everything a user can be told went wrong: one tree, each error with what happened, where, and what to do.

OmnigapError
├── UsageError            an option, link, KPI or dimension that does not exist          exit 2
├── ConfigError           a mistake in a YAML file: file, line, key, nearest valid key   exit 2
├── SourceError           an export that cannot be read                                  exit 3
│   ├── UnknownFormat     no profile recognises the header; the nearest one is named
│   ├── Drift             an export whose columns have changed, so that something that is needed is gone
│   ├── AmbiguousFormat   two profiles claim it: never chosen silently
│   ├── Undecided         the file leaves open how it is to be read: its questions can be answered
│   └── DamagedFile       bytes that cannot be what the file claims to be
│       └── NoTable       a sound file of another kind (a picture, an empty sheet): beside tables in one container it is passed over
├── StoreError            a workspace or warehouse that cannot be read or written        exit 3
│   ├── NothingLoaded     a workspace without numbers yet
│   ├── NewerStore        a warehouse that a newer release wrote
│   └── StoreBusy         another load is running                                        exit 75
└── QueryError            a question that the loaded data cannot answer as asked         exit 2
    └── NotAdditive       a cut that would mislead; says why
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Where:
    """The place a user should look at: a file and, where known, a 1-based line and a column or key."""

    file: str
    line: int | None = None
    column: str | None = None

    def __str__(self) -> str:
        parts = [self.file]
        if self.line is not None:
            parts.append(str(self.line))
        text = ":".join(parts)
        return f"{text} [{self.column}]" if self.column else text


@dataclass(frozen=True)
class Message:
    """A sentence as its English template and its values, so that the border can say it in the reader's language.

    `template` is a gettext msgid with `{name}` fields; `values` fills them and is never parsed as a template or markup.
    """

    template: str
    values: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.template.format_map(dict(self.values))


def said(template: str, /, **values: object) -> Message:
    """Shorthand for a `Message`; the template is collected for the catalogues."""
    return Message(template, values)


class OmnigapError(Exception):
    """Base of every error a user may meet. `what` happened, `where`, and `hint`: what to do."""

    exit_code = 3

    def __init__(self, what: Message, *, where: Where | None = None, hint: Message | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        tail = f" ({self.hint})" if self.hint else ""
        return f"{place}{self.what}{tail}"


class UsageError(OmnigapError):
    exit_code = 2


class ConfigError(OmnigapError):
    exit_code = 2


class SourceError(OmnigapError):
    exit_code = 3


class UnknownFormat(SourceError):
    """`rows`: the lines that could have been the header. `nearest`: id of the profile that knows most of them."""

    def __init__(
        self, what: Message, *, where: Where | None = None, hint: Message | None = None, rows: Sequence[Sequence[str]] = (), nearest: str | None = None
    ) -> None:
        super().__init__(what, where=where, hint=hint)
        self.rows, self.nearest = rows, nearest


class Drift(SourceError):
    """`columns`: headers that are needed and gone; `kpis`: ids of the KPIs that need them."""

    def __init__(
        self, what: Message, *, where: Where | None = None, hint: Message | None = None, columns: Sequence[str] = (), kpis: Sequence[str] = ()
    ) -> None:
        super().__init__(what, where=where, hint=hint)
        self.columns, self.kpis = tuple(columns), tuple(kpis)


class AmbiguousFormat(SourceError):
    pass


class Undecided(SourceError):
    """`questions`: what the file leaves open, each a `kpi_core.sources.account.questions.Question`."""

    def __init__(self, what: Message, *, where: Where | None = None, hint: Message | None = None, questions: Sequence[Any] = ()) -> None:
        super().__init__(what, where=where, hint=hint)
        self.questions = tuple(questions)


class DamagedFile(SourceError):
    pass


class NoTable(DamagedFile):
    pass


class StoreError(OmnigapError):
    exit_code = 3


class NothingLoaded(StoreError):
    """The workspace is there, numbers are not: what to do first is no fault."""


class NewerStore(StoreError):
    pass


class StoreBusy(StoreError):
    exit_code = 75


class QueryError(OmnigapError):
    exit_code = 2


class NotAdditive(QueryError):
    pass
