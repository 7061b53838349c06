"""A table as it is exported: typed values with their units, and the facts that explain it. Formats are made from this one value.

Numbers are raw: a rate is 0.0231 where the screen shows 2.31 %, and so is a difference of rates (unit `pt`). Texts are cleaned.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from kpi_core.links import to_link
from kpi_core.pages import GapStatus, Header, RecordsPage
from kpi_core.render.clean import clean, csv_safe
from kpi_core.render.format import Formatter
from kpi_core.render.gap import WORDS
from kpi_core.render.header import compare_forms, crumb_parts
from kpi_core.render.json_text import json_text
from kpi_core.render.late import late_text
from kpi_core.render.report import machine, number
from kpi_core.render.table import LONGEST, Cell, Row, Table, csv_text, fit, markdown
from kpi_core.render.text import plain

TEXT, NUMBER, WHOLE, DATE, MOMENT, FLAG = "text", "number", "whole", "date", "moment", "flag"
PICTURES = ("bar", "spark")  # columns that hold no value of their own
VERSION = 1


@dataclass(frozen=True)
class SheetColumn:
    """`id` is for programs, `title` for people. `kind`: text, number, whole, date, moment or flag; text where values differ in kind."""

    id: str
    title: str
    kind: str = TEXT


@dataclass(frozen=True)
class Entry:
    """One value: None, text, Decimal, int, date, datetime or bool. `unit` and `decimals`: how people read a number.

    `code` is what a program reads in place of a word in the reader's language.
    """

    value: object = None
    unit: str = ""
    decimals: int | None = None
    code: str = ""


@dataclass(frozen=True)
class Sheet:
    """`kinds` says of every row whether it is a row, a total or a note. `facts` are (label, text) pairs: link, period, comparison, filters."""

    title: str
    columns: tuple[SheetColumn, ...]
    rows: tuple[tuple[Entry, ...], ...]
    kinds: tuple[str, ...]
    facts: tuple[tuple[str, str], ...] = ()
    link: str = ""

    def values(self) -> list[list[object]]:
        """The bare values, row by row."""
        return [[entry.value for entry in row] for row in self.rows]


# ---------------------------------------------------------------- making one


def sheet_of(table: Table, title: str, fmt: Formatter, facts: Sequence[tuple[str, str]] = (), link: str = "") -> Sheet:
    """The rows and columns of a table as it stands, in its order. Sections become a column of their own; pictures are left out.

    Where a cell holds a judgement, its word has a column after it.
    """
    places = [place for place, column in enumerate(table.columns) if column.id not in PICTURES]
    sections = [row for row in table.rows if row.kind == "section"]
    judged = {place for place in places for row in table.rows if len(row.cells) > place and row.cells[place].status}
    columns: list[tuple[str, str]] = [("section", fmt.t("GROUP"))] if sections else []
    for place in places:
        column = table.columns[place]
        columns.append((column.id, clean(column.title)))
        if place in judged:
            columns.append(("status", fmt.t("STATUS")))
    rows: list[tuple[Entry, ...]] = []
    kinds: list[str] = []
    section = ""
    for row in table.rows:
        if row.kind == "section":
            section = _plain(row.cells[0])
            continue
        found = [Entry(section)] if sections else []
        for place in places:
            cell = row.cells[place] if place < len(row.cells) else Cell("")
            found.append(entry_of(cell))
            if place in judged:
                found.append(Entry(fmt.t(WORDS[GapStatus(cell.status)]), code=str(cell.status)) if cell.status else Entry())
        rows.append(tuple(found))
        kinds.append(row.kind)
    return _typed(title, columns, rows, kinds, facts, link)


def entry_of(cell: Cell) -> Entry:
    """What a cell stands for: its exact value, else the number or day behind it, else its text."""
    value = cell.exact if cell.exact is not None else cell.raw if isinstance(cell.raw, bool | int | float | Decimal | date) else None
    if value is None and cell.unit:  # a number that is missing: its dash is no text
        return Entry(None, cell.unit, cell.decimals)
    if value is None and isinstance(cell.raw, str):
        value = cell.raw
    return Entry(_value(_plain(cell) or None if value is None else value), cell.unit, cell.decimals)


def _plain(cell: Cell) -> str:
    return (plain(cell.runs) if cell.runs else cell.text).strip()


def _value(value: object) -> object:
    """One of the few types that every format has."""
    if value is None or isinstance(value, bool | date):
        return value
    if isinstance(value, Fraction):
        return number(float(value)) if value.denominator != 1 else value.numerator
    if isinstance(value, int | float | Decimal):
        return number(value)
    return clean(str(value), LONGEST)


def records_sheet(page: RecordsPage, fmt: Formatter) -> Sheet:
    """The rows behind a number with every column."""
    columns = [(name, clean(name)) for name in page.columns]
    rows = [tuple(Entry(_value(value)) for value in row) for row in page.rows]
    return _typed(clean(page.title), columns, rows, ["row"] * len(rows), facts_of(page.header, fmt), to_link(page.header.state))


def flat_sheet(title: str, names: Sequence[str], rows: Iterable[Sequence[object]], facts: Sequence[tuple[str, str]] = (), link: str = "") -> Sheet:
    """Values that already have names for programs, such as the rows of a report."""
    made = [tuple(Entry(_value(value)) for value in row) for row in rows]
    return _typed(title, [(name, clean(name)) for name in names], made, ["row"] * len(made), facts, link)


def _typed(
    title: str,
    columns: Sequence[tuple[str, str]],
    rows: Sequence[tuple[Entry, ...]],
    kinds: Sequence[str],
    facts: Sequence[tuple[str, str]],
    link: str,
) -> Sheet:
    ids = _unique([id for id, _ in columns])
    found = tuple(SheetColumn(id, name, _kind([row[place].value for row in rows])) for place, (id, (_, name)) in enumerate(zip(ids, columns, strict=True)))
    return Sheet(title, found, tuple(rows), tuple(kinds), tuple(facts), link)


def _unique(ids: Sequence[str]) -> list[str]:
    """Every id once: a second one of the same name gets its number."""
    found: list[str] = []
    for id in ids:
        count, name = 2, id or "column"
        while name in found:
            name, count = f"{id}_{count}", count + 1
        found.append(name)
    return found


def _kind(values: Iterable[object]) -> str:
    kinds = {_kind_of(value) for value in values if value is not None}
    if kinds == {NUMBER, WHOLE}:
        return NUMBER
    return kinds.pop() if len(kinds) == 1 else TEXT


def _kind_of(value: object) -> str:
    if isinstance(value, bool):
        return FLAG
    if isinstance(value, int):
        return WHOLE
    if isinstance(value, Decimal | float):
        return NUMBER
    return MOMENT if isinstance(value, datetime) else DATE if isinstance(value, date) else TEXT


def kinds_of(table: Table) -> list[str]:
    """The kind of values of every column."""
    rows = [row for row in table.rows if row.kind in ("row", "total")]
    return [_kind([entry_of(row.cells[p]).value for row in rows if p < len(row.cells)]) for p in range(len(table.columns))]


def facts_of(header: Header, fmt: Formatter) -> tuple[tuple[str, str], ...]:
    """What explains a table away from its screen: where, when, against what, how it is filtered and counted, how fresh, and its link."""
    t, state = fmt.t, header.state
    facts = [(t("Workspace"), clean(header.workspace)), (t("Where"), " › ".join(crumb_parts(header, fmt))), (t("Period"), fmt.dates(header.period))]
    if header.compare is not None and state.compare != "none":
        facts.append((t("Compared with"), compare_forms(header, fmt, True)[0].removeprefix("vs ")))
    if header.partial is not None:
        facts.append((t("Days covered"), t("{covered} of {days}", covered=header.partial[0], days=header.partial[1])))
    if header.basis:
        facts.append((t("Counted"), ", ".join(clean(name) for name in header.basis)))
    if state.search:
        facts.append((t("Row filter"), clean(state.search)))
    if header.freshness.last_day is not None:
        facts.append((t("Data to"), header.freshness.last_day.isoformat()))
    if header.freshness.overdue:
        facts.append((t("Late"), ", ".join(late_text(item, fmt) for item in header.freshness.overdue)))
    return (*facts, (t("Link"), to_link(state)))


# ---------------------------------------------------------------- texts


def with_units(sheet: Sheet) -> Sheet:
    """For programs: after each column of numbers the unit that they are in, where that is not the one of the column before; codes for words."""
    columns: list[SheetColumn] = []
    rows: list[list[Entry]] = [[] for _ in sheet.rows]
    last: tuple[str, ...] = ()
    for place, column in enumerate(sheet.columns):
        columns.append(column)
        units = tuple(row[place].unit for row in sheet.rows)
        for row, made in zip(sheet.rows, rows, strict=True):
            made.append(Entry(row[place].code) if row[place].code else row[place])
        if any(units) and units != last:
            columns.append(SheetColumn(f"{column.id}_unit", ""))
            for unit, row, made in zip(units, sheet.rows, rows, strict=True):
                made.append(Entry(unit if unit and row[place].value is not None else None))
            last = units
    return replace(sheet, columns=tuple(columns), rows=tuple(tuple(row) for row in rows))


def sheet_csv(sheet: Sheet) -> str:
    """RFC 4180, columns named for programs, numbers raw with their units, days in ISO form, formulas guarded."""
    full = with_units(sheet)
    return csv_text([column.id for column in full.columns], full.values(), machine)


def sheet_json(sheet: Sheet) -> str:
    """Columns with their titles and kinds, and a value per column and row; numbers raw with their units."""
    full = with_units(sheet)
    out: dict[str, Any] = {
        "version": VERSION,
        "title": sheet.title,
        "link": sheet.link or None,
        "about": dict(sheet.facts),
        "columns": [{"id": c.id, "title": c.title or None, "kind": c.kind} for c in full.columns],
        "rows": [{column.id: entry.value for column, entry in zip(full.columns, row, strict=True)} | ({} if kind == "row" else {"row": kind})
                 for row, kind in zip(full.rows, full.kinds, strict=True)],
    }  # fmt: skip
    return json_text(out)


def tsv_row(entries: Sequence[Entry]) -> str:
    """One line for a spreadsheet: raw numbers between tabs, no formula."""
    return "\t".join("" if e.value is None else _cell(e.value) for e in entries)


def _cell(value: object) -> str:
    return csv_safe(value.replace("\t", " ").replace("\n", " ")) if isinstance(value, str) else machine(value)


def sheet_tsv(sheet: Sheet) -> str:
    """Titles and rows for pasting into a spreadsheet."""
    return "\n".join(["\t".join(_cell(column.title or column.id) for column in sheet.columns), *(tsv_row(row) for row in sheet.rows)]) + "\n"


def table_markdown(table: Table, facts: Sequence[tuple[str, str]] = ()) -> str:
    """The table as it reads on screen, under what explains it."""
    kept = [place for place, column in enumerate(table.columns) if column.id != "bar"]
    rows = tuple(Row(tuple(row.cells[place] for place in kept if place < len(row.cells)), row.kind, row.key) for row in table.rows)
    columns = tuple(table.columns[place] for place in kept)
    head = "".join(f"- {name}: {_escaped(text)}\n" for name, text in facts)
    return (f"{head}\n" if head else "") + markdown(replace(table, columns=columns, rows=rows))


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("<", "&lt;").replace("[", "\\[").replace("`", "\\`").replace("*", "\\*").replace("_", "\\_")


def sheet_table(sheet: Sheet, fmt: Formatter) -> Table:
    """A sheet as a table to read, for formats that are read: all records, a table of KPIs."""
    from kpi_core.render.data import plain_value
    from kpi_core.render.table import Column

    columns = [Column(c.id, c.title or c.id, "right" if c.kind in (NUMBER, WHOLE) else "left") for c in sheet.columns]
    rows = [
        Row(tuple(Cell(plain_value(entry.value, fmt), exact=entry.value) for entry in row), kind) for row, kind in zip(sheet.rows, sheet.kinds, strict=True)
    ]
    return fit(columns, rows, 10_000, decimal_mark=fmt.decimal_mark, ascii=fmt.ascii)


def metadata(sheet: Sheet) -> Mapping[str, str]:
    """For formats that keep words beside the rows: the title, the link, and the facts as JSON."""
    return {"omnigap.title": sheet.title, "omnigap.link": sheet.link, "omnigap.about": json.dumps(dict(sheet.facts), ensure_ascii=False)}
