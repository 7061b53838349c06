"""The words of the profile language: what a YAML file may say of an export, section by section, as frozen types.

The JSON schema and the reference page of the language are made from these types.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from kpi_core.config.model import Text
from kpi_core.config.settings_file import Expect

ColumnType = Literal[
    "text", "id", "enum", "email", "phone", "int", "number", "money", "percent", "ratio", "date", "timestamp", "time", "bool", "currency", "list", "duration",
    "comment",
]  # fmt: skip
# wider than the datasets: DuckDB keeps a product of two DECIMAL(18) at 18 digits and overflows
SQL_TYPE: dict[str, str] = {
    "text": "VARCHAR", "id": "VARCHAR", "enum": "VARCHAR", "email": "VARCHAR", "phone": "VARCHAR", "currency": "VARCHAR",
    "int": "BIGINT", "number": "DECIMAL(22,4)", "money": "DECIMAL(28,6)", "percent": "DOUBLE", "ratio": "DOUBLE",
    "date": "DATE", "timestamp": "TIMESTAMP", "time": "TIME", "bool": "BOOLEAN", "list": "VARCHAR[]", "duration": "DOUBLE",  # seconds
    "comment": "VARCHAR",
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
    `skip`: names whose content no column needs; it is not read, which makes large exports much faster.
    """

    path: str = ""
    each: str | None = None
    pairs: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()


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
    """A value stated above a table, or in the file's name: the first group of the first pattern that matches. `range` gives `<name>_start` and `<name>_end`.

    `of: name` looks at the file's name instead of the lines. `unless`: working names; where the file has the column of one
    the fact is not needed. Or other facts that make up for it.
    """

    match: tuple[str, ...]
    of: Literal["lines", "name"] = "lines"
    unless: str | tuple[str, ...] | None = None
    as_: Literal["text", "date", "range"] = msgspec.field(name="as", default="text")

    @property
    def instead(self) -> tuple[str, ...]:
        return (self.unless,) if isinstance(self.unless, str) else self.unless or ()


class Tables(_Strict, frozen=True):
    """`multiple`: the file is a row of blocks, each with its own header. `comment` marks lines that only state facts; with `titles` a single
    cell above a header does too.

    A table that lacks one of `required_facts` is asked for it when it is a date or a range, else refused; `asked_facts` are asked when no table
    of the file states them. The answer belongs to the file (`files` in config/layouts.yaml).
    """

    multiple: bool = False
    titles: bool = False
    comment: str | None = None
    facts: dict[str, FactRule] = {}
    required_facts: tuple[str, ...] = ()
    asked_facts: tuple[str, ...] = ()


class Ask(_Strict, frozen=True):
    """A column whose header nobody can know, as the question of a survey: where no spelling finds it, the user is asked which of the free columns
    it is. Those are offered whose cells all match the pattern `match` in full; `what` says in words what it holds."""

    match: str
    what: Text


class Column(_Strict, frozen=True):
    """A working name: the headers it may have, and how its cells are read. `experimental` headers were never seen in a real file.

    `required`: the header must be there and no kept row may leave the cell empty. `as_of`: its moments count for the file's age.
    `format` of dates: the spellings of the vendor; of two orders of day and month, or without a format, the file decides. ISO is always read.
    `comment`: people's own words, only read where settings.yaml says `privacy: {comments: true}`; only the `comment` of `feedback` may be made of them.
    `zone`: of times without an offset: a working name whose cells name it, an IANA name, UTC, or `ask`. `ask`: for a column with a header that nobody knows.
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
    zone: str | None = None  # of times without an offset: a working name whose cells say it, or an IANA name, or UTC, or `ask`
    ask: Ask | None = None

    @property
    def headers(self) -> tuple[str, ...]:
        return (*self.from_, *self.experimental)


class Drop(_Strict, frozen=True):
    """Rows that are no data, by `when` they are such, or `unless` they are of the kinds named (an empty cell is of none); counted under `reason`."""

    reason: str
    when: str | None = None
    unless: str | None = None

    @property
    def condition(self) -> str:
        """SQL that is true for the rows to drop."""
        return f"({self.when}\n)" if self.when is not None else f"NOT coalesce(({self.unless}\n), false)"


class Unpivot(_Strict, frozen=True):
    """Every unmapped column becomes a row: its header in `name`, its cell in `value`; but not those in `keep` (as in `from`), nor with
    `after` those that stand before that header."""

    name: str
    value: str
    after: str | None = None
    keep: tuple[str, ...] = ()
    null: tuple[str, ...] = ()


class FillDown(_Strict, frozen=True):
    """Rows of one `key` take the values of its first filled row. `carry`: the key too is only written on the first row; those below belong to it."""

    key: str
    columns: tuple[str, ...]
    carry: bool = False


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
    """A cell that holds several items becomes a row each; a row without items stays one row. `item_sep` parts the items (none: the cell is one).

    An item is read by named groups of `pattern` (`2× Name`), or its fields are parted by `pair_sep` and `into` maps a new name to a field:
    with `key_sep` to its key (`Product SKU: A1` -> key `Product SKU`), else to its position from 1. Separators are text, or a pattern
    after `re:` whose group belongs to what follows (`re:, (\\d+× )`); with keys a separator only counts before a key, so that names may
    hold it: the keys of `into` and those listed in `keys`. `types` says how fields are read (default: text); `decimal` is their mark.
    An item that cannot be read refuses its row. `number` gets the item's place in the cell, from 1.
    """

    column: str
    item_sep: str | None = None
    into: dict[str, str | int] = {}
    pair_sep: str | None = None
    key_sep: str | None = None
    keys: tuple[str, ...] = ()
    pattern: str | None = None
    types: dict[str, ColumnType] = {}
    format: tuple[str, ...] = ()
    decimal: Literal[".", ","] = "."
    number: str | None = None


class WideItems(_Strict, frozen=True):
    """Numbered columns, as many as the largest order needs, become a row per place with a filled cell; a row without any stays one row.

    `columns` maps each new name to the pattern of its columns (`re:^order_item_(\\d+)$`); its group is the place, which goes into `number`
    (no group: their order in the file, from 1). `types`, `format` and `decimal` as in `explode`.
    """

    columns: dict[str, str]
    number: str | None = None
    types: dict[str, ColumnType] = {}
    format: tuple[str, ...] = ()
    decimal: Literal[".", ","] = "."


class PivotAmounts(_Strict, frozen=True):
    """One row per (document, kind of amount) becomes one row per `over`: each new name sums `amount` over the rows where its condition holds.

    The first condition that holds takes a row; a row that none takes is summed in `rest`: the sums add up to the amounts exactly. A kind
    without rows is null. Of other columns the row keeps the first filled value.
    """

    over: tuple[str, ...]
    amount: str
    into: dict[str, str]
    rest: str


class Join(_Strict, frozen=True):
    """Take values from the sibling file (same folder, recognised as `profile`) where its `where` columns equal this row's `equals`.

    `take` maps a new name to a working name of the sibling, after its own steps. Of several rows with the same key the first counts, of
    several such files the last by name. Without a sibling the file is refused, save with `required: false`.
    """

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
    """Expressions that name a customer; the first that has a value is the customer's key, in this order, and those of one row belong together.

    `country`: ISO 3166 alpha-2 code of the row, by which a phone without its calling code is read; without: the workspace's.
    """

    email: str | None = None
    loyalty: str | None = None
    phone: str | None = None
    platform: str | None = None
    country: str | None = None


LoadMode = Literal["upsert", "replace_window", "append_events", "snapshot"]


class Emit(_Strict, frozen=True):
    """Rows of one dataset. `duplicates`: what rows with the same key mean (a later line wins, numbers add up, gaps are filled).

    `mode`: how a newer export meets what is loaded already. `upsert` (default): the newest version of each key counts. `replace_window`: also, rows
    of this profile in the days of the newer export that it no longer has disappear; the days are those from its first to its last row, or those of
    the fact `window` (a range). `snapshot` (default of `stock`): the newest state of a day, and of a place, replaces the whole state of that day.
    `append_events`: every row of every file counts, the same file once; for carts, feedback, leads, returns and touches. A file that speaks of an
    earlier moment is older, whenever it is loaded.
    """

    columns: dict[str, str]
    when: str | None = None
    one_per: tuple[str, ...] = ()
    identify: Identify | None = None
    duplicates: Literal["last", "sum", "merge"] = "last"
    mode: LoadMode | None = None
    window: str | None = None


class Check(_Strict, frozen=True):
    """An identity that should hold on every row (or every group), or a comparison with the file's own totals row.

    `any`: named alternatives, of which each row needs one; the account tells how many rows hold by which, the first that holds.
    Exactly one of `expr`, `any` and `totals`.
    """

    name: str
    expr: str | None = None
    any: dict[str, str] = {}
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


class ProfileFile(_Strict, frozen=True):
    """`role: part`: the file only completes another one (`join`); it is accounted for, and emits nothing by itself."""

    profile: Literal[1]
    id: str
    title: Text
    evidence: Literal["real_file", "vendor", "parser", "template"]
    columns: dict[str, Column]
    emit: dict[str, Emit | tuple[Emit, ...]] = {}
    role: Literal["source", "part"] = "source"
    extends: str | None = None  # another profile: what is not written here is taken from it, columns by name and the rest by section
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
