"""The words of the profile language: what a YAML file may say of an export, section by section, as frozen types.

The JSON schema and the reference page of the language are made from these types.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from kpi_core.config.model import Text

ColumnType = Literal[
    "text", "id", "enum", "email", "phone", "int", "number", "money", "percent", "ratio", "date", "timestamp", "time", "bool", "currency", "list", "duration"
]  # fmt: skip
# wider than the datasets: DuckDB keeps a product of two DECIMAL(18) at 18 digits and overflows
SQL_TYPE: dict[str, str] = {
    "text": "VARCHAR", "id": "VARCHAR", "enum": "VARCHAR", "email": "VARCHAR", "phone": "VARCHAR", "currency": "VARCHAR",
    "int": "BIGINT", "number": "DECIMAL(22,4)", "money": "DECIMAL(28,6)", "percent": "DOUBLE", "ratio": "DOUBLE",
    "date": "DATE", "timestamp": "TIMESTAMP", "time": "TIME", "bool": "BOOLEAN", "list": "VARCHAR[]", "duration": "DOUBLE",  # seconds
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


class Records(_Strict, frozen=True):
    """How records (JSON, lines of JSON, Parquet) become rows: nested names are joined by a dot, `a.b`.

    `path`: where the list of records lies in the document ('' = the document itself). `each`: a list inside a record; every element
    of it becomes a row that repeats the fields of its record. `pairs`: lists of {key, value} whose keys become names: `list.key`.
    """

    path: str = ""
    each: str | None = None
    pairs: tuple[str, ...] = ()


class Read(_Strict, frozen=True):
    """`decimal: auto` decides each column by evidence. `null`: spellings of «not reported» beside the empty cell.

    `header_rows: 2`: the row below the header belongs to it; `second` says whether its cells complete the names above (a blank name
    takes the last one: `Which stores?: Lyon`) or only describe them. `sheet`: names of the sheets of a workbook that may hold the table.
    `records`: the profile is of JSON or Parquet, not of text.
    """

    decimal: Literal[".", ",", "auto"] = "."
    null: tuple[str, ...] = ()
    guard: bool = True  # a leading ' before a digit or sign, and ="…", are Excel guards
    header_rows: Literal[1, 2] = 1
    second: Literal["join", "ignore"] = "ignore"
    sheet: tuple[str, ...] = ()
    records: Records | None = None


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
    sep: str = ","  # between the items of a list

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


class Explode(_Strict, frozen=True):
    """A cell that holds several items becomes a row each. `item_sep` parts the items, `pair_sep` the fields of one item.

    `into` maps a new name to a field: with `key_sep` its key (`Product SKU: A1` -> key `Product SKU`), else its position from 1.
    `pattern` reads an item by named groups instead (`2× Name`). `number` gets the item's place in the cell, from 1.
    """

    column: str
    item_sep: str
    into: dict[str, str | int] = {}
    pair_sep: str | None = None
    key_sep: str | None = None
    pattern: str | None = None
    number: str | None = None


class WideItems(_Strict, frozen=True):
    """Columns of one pattern (`re:^order_item_(\\d+)$`), as many as the largest order needs, become a row per filled cell:
    its text in `value`, its place in `number`."""

    columns: str
    value: str
    number: str


class PivotAmounts(_Strict, frozen=True):
    """One row per (document, kind of amount) becomes one row per `over`: each new name sums `amount` over the rows where its condition holds.

    A row that no condition takes is summed in `rest`.
    """

    over: tuple[str, ...]
    amount: str
    into: dict[str, str]
    rest: str


class Join(_Strict, frozen=True):
    """Take values from the sibling file (same folder, recognised as `profile`) where its `where` columns equal this row's `equals`."""

    profile: str
    where: tuple[str, ...]
    equals: tuple[str, ...]
    take: dict[str, str]
    required: bool = True


class Step(_Strict, frozen=True):
    """Exactly one of these."""

    fill_down: FillDown | None = None
    derive: dict[str, str] | None = None
    group: Group | None = None
    number: Number | None = None
    allocate: Allocate | None = None
    lookup: Lookup | None = None
    keep_last: KeepLast | None = None
    explode: Explode | None = None
    wide_items: WideItems | None = None
    pivot_amounts: PivotAmounts | None = None
    join: Join | None = None


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
    """An identity that should hold on every row (or every group), or a comparison with the file's own totals row.

    `any`: alternatives, of which each row needs one; the account tells how many rows hold by which.
    """

    name: str
    expr: str | None = None
    any: tuple[str, ...] = ()
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


class Overlap(_Strict, frozen=True):
    """Sources of one `group` speak of the same money or the same events: for a day that several cover the lowest `rank` is counted,
    the others are only compared. `owners` in settings.yaml decides otherwise."""

    group: str
    rank: int


class Expect(_Strict, frozen=True):
    """What should be true of this source: values that are `unique`, numbers within a `range`, the newest row at most `fresh_within`
    days old, `days_present`: no day without a row between the first and the last."""

    unique: tuple[tuple[str, ...], ...] = ()
    range: dict[str, tuple[float | None, float | None]] = {}
    fresh_within: int | None = None
    days_present: bool = False


class ProfileFile(_Strict, frozen=True):
    """`role: part`: the file only completes another one (`join`); it is accounted for, and emits nothing by itself."""

    profile: Literal[1]
    id: str
    title: Text
    evidence: Literal["real_file", "vendor", "parser", "template"]
    columns: dict[str, Column]
    emit: dict[str, Emit | tuple[Emit, ...]] = {}
    role: Literal["source", "part"] = "source"
    extends: str | None = None  # another profile whose sections this one completes or replaces
    overlaps: dict[str, Overlap] = {}
    expect: Expect = Expect()
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
