"""The profile language: one YAML file says how an export is recognised, read, shaped and turned into canonical rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import msgspec

from kpi_core.config.decode import decode, did_you_mean
from kpi_core.config.model import Text
from kpi_core.config.yaml import Document, YamlPath, load_yaml
from kpi_core.errors import ConfigError, said

ColumnType = Literal[
    "text", "id", "enum", "email", "phone", "int", "number", "money", "percent", "ratio", "date", "timestamp", "time", "bool", "currency"
]  # fmt: skip
# wider than the datasets: DuckDB keeps a product of two DECIMAL(18) at 18 digits and overflows
SQL_TYPE: dict[str, str] = {
    "text": "VARCHAR", "id": "VARCHAR", "enum": "VARCHAR", "email": "VARCHAR", "phone": "VARCHAR", "currency": "VARCHAR",
    "int": "BIGINT", "number": "DECIMAL(22,4)", "money": "DECIMAL(28,6)", "percent": "DOUBLE", "ratio": "DOUBLE",
    "date": "DATE", "timestamp": "TIMESTAMP", "time": "TIME", "bool": "BOOLEAN",
}  # fmt: skip
BUILTIN = ("file_line", "n_cells", "first_cell", "last_cell", "file_day", "file_name", "scope", "block")


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Unknown keys are errors; values are frozen."""


class Probe(_Strict, frozen=True):
    """Between twins of header only: is this column ever filled?"""

    column: str
    filled: bool


class Detect(_Strict, frozen=True):
    """`required` headers (a list inside = any of its spellings, `re:` = pattern), on top of the columns marked required.

    `preamble`: a pattern that some line above the header must match. `closed`: every header of the file
    must be known to the profile, for layouts whose required headers are common words.
    """

    required: tuple[str | tuple[str, ...], ...] = ()
    forbidden: tuple[str, ...] = ()
    probe: Probe | None = None
    preamble: str | None = None
    filename: tuple[str, ...] = ()
    closed: bool = False


class Read(_Strict, frozen=True):
    """`decimal: auto` decides each column by evidence. `null`: spellings of «not reported» beside the empty cell."""

    decimal: Literal[".", ",", "auto"] = "."
    null: tuple[str, ...] = ()
    guard: bool = True  # a leading ' before a digit or sign, and ="…", are Excel guards


class FactRule(_Strict, frozen=True):
    """A value stated above a table: the first group of the first pattern that matches a line. `range` gives `<name>_start` and `<name>_end`."""

    match: tuple[str, ...]
    as_: Literal["text", "date", "range"] = msgspec.field(name="as", default="text")


class Tables(_Strict, frozen=True):
    """`multiple`: the file is a row of blocks, each with its own header. `comment` marks lines that only state facts."""

    multiple: bool = False
    comment: str | None = None
    facts: dict[str, FactRule] = {}
    required_facts: tuple[str, ...] = ()


class Column(_Strict, frozen=True):
    """A working name: the headers it may have, and how its cells are read. `experimental` headers were never seen in a real file.

    `required`: the header must be there and no kept row may leave the cell empty. `as_of`: its moments count for the file's age.
    """

    from_: tuple[str, ...] = msgspec.field(name="from")
    as_: ColumnType = msgspec.field(name="as", default="text")
    experimental: tuple[str, ...] = ()
    required: bool = False
    format: tuple[str, ...] = ()
    values: dict[str, str] = {}
    other: Literal["keep", "null", "reject"] = "keep"
    null: tuple[str, ...] = ()
    as_of: bool = True

    @property
    def headers(self) -> tuple[str, ...]:
        return (*self.from_, *self.experimental)


class Drop(_Strict, frozen=True):
    when: str
    reason: str


class Unpivot(_Strict, frozen=True):
    """Every unmapped column to the right of header `after` becomes a row: its header in `name`, its cell in `value`."""

    after: str
    name: str
    value: str
    null: tuple[str, ...] = ()


class FillDown(_Strict, frozen=True):
    key: str
    columns: tuple[str, ...]


class Group(_Strict, frozen=True):
    """Aggregates over rows that share `over`, repeated on each of them."""

    over: tuple[str, ...]
    values: dict[str, str]


class Number(_Strict, frozen=True):
    over: tuple[str, ...]
    into: str
    when: str | None = None


class Allocate(_Strict, frozen=True):
    """Spread `amount` (the same on every row of `over`) by `weight`, to the cent, by largest remainder."""

    amount: str
    over: tuple[str, ...]
    weight: str
    into: str


class Lookup(_Strict, frozen=True):
    """Take values from the first other row of the file whose `where` columns equal this row's `equals` columns."""

    where: tuple[str, ...]
    equals: tuple[str, ...]
    take: dict[str, str]
    when: str | None = None


class KeepLast(_Strict, frozen=True):
    over: tuple[str, ...]


class Step(_Strict, frozen=True):
    """Exactly one of these."""

    fill_down: FillDown | None = None
    derive: dict[str, str] | None = None
    group: Group | None = None
    number: Number | None = None
    allocate: Allocate | None = None
    lookup: Lookup | None = None
    keep_last: KeepLast | None = None


class Identify(_Strict, frozen=True):
    """Expressions that name a customer; the first that has a value counts, in this order."""

    email: str | None = None
    loyalty: str | None = None
    phone: str | None = None
    platform: str | None = None


class Emit(_Strict, frozen=True):
    """Rows of one dataset. `duplicates`: what rows with the same key mean (a later line wins, numbers add up, gaps are filled)."""

    columns: dict[str, str]
    when: str | None = None
    one_per: tuple[str, ...] = ()
    identify: Identify | None = None
    duplicates: Literal["last", "sum", "merge"] = "last"


class Check(_Strict, frozen=True):
    """An identity that should hold on every row (or every group), or a comparison with the file's own totals row."""

    name: str
    expr: str | None = None
    when: str | None = None
    one_per: tuple[str, ...] = ()
    label: str | None = None
    totals: str | None = None  # which dropped row holds the totals
    columns: tuple[str, ...] = ()
    tolerance: float = 0.01


class Limit(_Strict, frozen=True):
    """What this source can never give; `unless` names a working column that gives it when present.

    `empty` names a working column that some rows leave empty: `{share}` in the hint becomes their part of the rows read, and the
    limit is only said when there are such rows.
    """

    missing: str
    hint: Text
    unless: str | None = None
    empty: str | None = None


class ProfileFile(_Strict, frozen=True):
    profile: Literal[1]
    id: str
    title: Text
    evidence: Literal["real_file", "vendor", "parser", "template"]
    columns: dict[str, Column]
    emit: dict[str, Emit | tuple[Emit, ...]]
    get_it: Text | None = None
    detect: Detect = Detect()
    read: Read = Read()
    tables: Tables = Tables()
    unpivot: Unpivot | None = None
    scope: tuple[str, ...] = ()
    rows: tuple[Drop, ...] = ()
    together: tuple[str, ...] = ()
    shape: tuple[Step, ...] = ()
    checks: tuple[Check, ...] = ()
    limits: tuple[Limit, ...] = ()


@dataclass(frozen=True)
class Profile:
    """A profile and the document it came from (for lines in messages)."""

    spec: ProfileFile
    document: Document
    memo: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)  # what was worked out once for this profile

    @property
    def id(self) -> str:
        return self.spec.id

    @property
    def title(self) -> Text:
        return self.spec.title

    @cached_property
    def required(self) -> tuple[tuple[str, ...], ...]:
        """Headers that must all be there, each with its spellings."""
        explicit = tuple((item,) if isinstance(item, str) else item for item in self.spec.detect.required)
        wanted = explicit + tuple(column.headers for column in self.spec.columns.values() if column.required)
        seen: dict[str, tuple[str, ...]] = {}
        for headers in wanted:
            seen.setdefault(headers[0].casefold(), headers)
        return tuple(seen.values())

    def emits(self) -> Iterator[tuple[str, Emit, YamlPath]]:
        for dataset, emits in self.spec.emit.items():
            if isinstance(emits, Emit):
                yield dataset, emits, ("emit", dataset)
            else:
                for index, emit in enumerate(emits):
                    yield dataset, emit, ("emit", dataset, index)

    def facts(self) -> dict[str, str]:
        """Names of the facts and their SQL types; currencies caught in a header are called `<column>_currency`."""
        found: dict[str, str] = {}
        for name, rule in self.spec.tables.facts.items():
            if rule.as_ == "range":
                found |= {f"{name}_start": "DATE", f"{name}_end": "DATE"}
            else:
                found[name] = "DATE" if rule.as_ == "date" else "VARCHAR"
        for name, column in self.spec.columns.items():
            if any("(?P<currency>" in header for header in column.headers):
                found[f"{name}_currency"] = "VARCHAR"
        return found


@dataclass(frozen=True)
class Profiles:
    """All known profiles, in order of id."""

    items: tuple[Profile, ...]
    memo: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    @classmethod
    def load(cls, *dirs: Path) -> Profiles:
        """Read every `*.yaml` of the folders; a later folder's profile replaces an earlier one of the same id. Raises ConfigError."""
        found: dict[str, Profile] = {}
        for folder in dirs:
            here: dict[str, Path] = {}
            for path in sorted(folder.glob("*.yaml")) if folder.is_dir() else ():
                profile = load_profile(path)
                if profile.id in here:
                    other = here[profile.id].name
                    raise ConfigError(said("profile {id} is written twice, also in {other}", id=profile.id, other=other), where=profile.document.where(("id",)))
                here[profile.id] = path
                found[profile.id] = profile
        return cls(tuple(found[key] for key in sorted(found)))

    def __iter__(self) -> Iterator[Profile]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def get(self, profile_id: str) -> Profile | None:
        return next((profile for profile in self.items if profile.id == profile_id), None)


def load_profile(path: Path) -> Profile:
    """Read one profile strictly. Raises ConfigError with file, line, key and the nearest valid key."""
    document = load_yaml(path)
    return check_profile(Profile(decode(document, ProfileFile), document))


def check_profile(profile: Profile) -> Profile:
    """What types alone cannot say: known datasets, columns and names. Expressions are checked when compiled."""
    from kpi_core.store.datasets import DATASETS  # here: the store imports this package

    spec, document = profile.spec, profile.document

    def known(name: str, names: object, path: YamlPath) -> None:
        choices = list(names)  # type: ignore[call-overload]
        if name not in choices:
            raise ConfigError(said("unknown name {name}", name=name), where=document.where(path), hint=did_you_mean(name, choices))

    for name in spec.columns:
        if name in BUILTIN:
            raise ConfigError(said("{name} is a name the reader gives itself", name=name), where=document.where(("columns", name)))
    for index, step in enumerate(spec.shape):
        if sum(getattr(step, field) is not None for field in step.__struct_fields__) != 1:
            raise ConfigError(said("a shape step has exactly one key"), where=document.where(("shape", index)))
    if not spec.emit:
        raise ConfigError(said("a profile must emit something"), where=document.where(("emit",)))
    for dataset, emit, path in profile.emits():
        known(dataset, DATASETS, path)
        for column in emit.columns:
            known(column, DATASETS[dataset].columns, (*path, "columns", column))
        if emit.identify is not None:
            known("customer_key", DATASETS[dataset].columns, (*path, "identify"))
    for index, limit in enumerate(spec.limits):
        for key, named in (("unless", limit.unless), ("empty", limit.empty)):
            if named is not None:
                known(named, spec.columns, ("limits", index, key))
    for name in spec.scope:
        known(name, spec.columns, ("scope",))
    if spec.detect.probe is not None:
        known(spec.detect.probe.column, spec.columns, ("detect", "probe", "column"))
    for name in spec.tables.required_facts:
        known(name, {*profile.facts(), *spec.tables.facts}, ("tables", "required_facts"))
    if not profile.required:
        raise ConfigError(said("a profile needs at least one required header"), where=document.where(("detect",)))
    return profile
