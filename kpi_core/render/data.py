"""The data view, the records behind a number and the definition card, as tables and lines."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from kpi_core.errors import Message, said
from kpi_core.pages import DataPage, DefinitionCard, RecordsPage, SourceRow
from kpi_core.render.clean import clean, clean_block, to_ascii
from kpi_core.render.format import Formatter, raw
from kpi_core.render.table import Cell, Column, Row, Table, fit
from kpi_core.render.text import Line, cut, join, wrap

REASONS: dict[str, Message] = {
    "cancelled": said("cancelled"),
    "test": said("test order"),
    "voided": said("voided"),
    "pending": said("not paid"),
    "total_line": said("total line"),
    "duplicate": said("duplicate"),
}


def reason_text(reason: str, fmt: Formatter) -> str:
    """Why rows were left out, in words where omnigap has them."""
    known = REASONS.get(reason)
    return fmt.t(known) if known else clean(reason.replace("_", " "))


def data_table(page: DataPage, fmt: Formatter, width: int) -> Table:
    """Sources (key: load id), then what was left out, then what is missing. Narrow: file, last day and rejected rows."""
    t = fmt.t
    counts = ("read", "used", "dropped", "rejected")
    sets: list[tuple[str, ...]] = [("title", "period", *counts), ("title", "last", "used", "rejected"), ("last", "rejected"), ("rejected",)]
    if width >= 120:
        sets.insert(0, ("title", "period", "loaded", *counts))
    for shown in sets:
        table = _sources(page, fmt, width, shown)
        if table.natural <= width:
            break
    rows = list(table.rows)
    blank = tuple(Cell("") for _ in table.columns[1:])

    def section(title: str) -> None:
        rows.append(Row((Cell(to_ascii(title) if fmt.ascii else title), *blank), "section"))

    notes: list[str] = []
    if page.excluded:
        section(t("Left out (raw = kept + left out)"))
        for dataset, reason, count, amount in page.excluded:
            text = t("{dataset}: {reason}, {count} rows", dataset=dataset, reason=reason_text(reason, fmt), count=count)
            notes.append(text + (f", {fmt.number(amount, 2)}" if amount else ""))
        rows += _spanning(notes, table, fmt)
    if page.missing:
        section(t("Exports that would bring more"))
        rows += _spanning([f"{clean(export)} {'->' if fmt.ascii else '→'} {clean(', '.join(kpis))}" for export, kpis in page.missing], table, fmt)
    return replace(table, rows=tuple(rows))


def _spanning(texts: list[str], table: Table, fmt: Formatter) -> list[Row]:
    """Rows whose first cell goes over all columns (kind `text`)."""
    blank = tuple(Cell("") for _ in table.columns[1:])
    return [Row((Cell(cut(to_ascii(text) if fmt.ascii else text, table.width - 2, table.ellipsis)), *blank), "text") for text in texts]


def _sources(page: DataPage, fmt: Formatter, width: int, shown: tuple[str, ...]) -> Table:
    t = fmt.t
    titles = {
        "title": t("KIND"),
        "period": t("PERIOD"),
        "last": t("LAST DAY"),
        "loaded": t("LOADED"),
        "read": t("READ"),
        "used": t("USED"),
        "dropped": t("LEFT OUT"),
        "rejected": t("REJECTED"),
    }
    left = ("title", "period", "last", "loaded")
    columns = [Column("file", t("FILE"), shrink=12, grow=True)]
    columns += [Column(id, titles[id], "left" if id in left else "right", shrink=14 if id == "title" else 0) for id in shown]
    rows: list[Row] = []
    for source in page.sources:
        rows.append(Row(tuple(_source_cell(source, column.id, fmt) for column in columns), key=None if source.load_id is None else str(source.load_id)))
    table = fit(columns, rows, width, decimal_mark=fmt.decimal_mark, ascii=fmt.ascii)
    out: list[Row] = []
    for source, row in zip(page.sources, table.rows, strict=True):
        out.append(row)
        out += [Row(r.cells, r.kind, None) for r in _spanning([f"  ! {fmt.t(note)}" for note in source.notes], table, fmt)]
    return replace(table, rows=tuple(out))


def _source_cell(source: SourceRow, column: str, fmt: Formatter) -> Cell:
    if column == "file":
        return Cell(clean(source.file) or fmt.t("(missing)"), "" if source.file else "muted")
    if column == "title":
        return Cell(clean(source.title), "muted")
    if column == "period":
        return Cell(fmt.span(source.first_day, source.last_day, True) if source.first_day and source.last_day else fmt.dash)
    if column == "last":
        return Cell(fmt.day(source.last_day) if source.last_day else fmt.dash)
    if column == "loaded":
        return Cell(fmt.moment(source.loaded_at) if source.loaded_at else fmt.dash, "muted")
    number = {"read": source.rows_read, "used": source.rows_used, "dropped": source.rows_dropped, "rejected": source.rows_rejected}[column]
    return Cell(fmt.number(number), "bad" if column == "rejected" and number else "", raw=number)


def plain_value(value: object, fmt: Formatter) -> str:
    """A record's value: numbers as in the file, dates in the reader's form, texts cleaned."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return fmt.t("yes") if value else fmt.t("no")
    if isinstance(value, Decimal | float | int):
        return raw(value).replace(".", fmt.decimal_mark)
    if isinstance(value, datetime):
        return fmt.moment(value)
    if isinstance(value, date):
        return fmt.day(value)
    return clean(str(value))


def records_table(page: RecordsPage, fmt: Formatter, width: int) -> Table:
    """One page of the rows behind a number, with the file and line each came from; key: its position from 0.

    The file and line always stay; columns before them go from the right when the screen is narrow, and the last head says how many.
    """
    numeric = [all(isinstance(row[i], Decimal | float | int | None) for row in page.rows) for i in range(len(page.columns))]
    keep = list(range(len(page.columns)))
    while True:
        columns = [
            Column(page.columns[i], clean(page.columns[i]).upper(), "right" if numeric[i] and page.rows else "left", shrink=0 if numeric[i] else 8)
            for i in keep
        ]
        rows = [
            Row(tuple(Cell(plain_value(row[i], fmt), raw=row[i]) for i in keep), key=str(page.offset + at)) for at, row in enumerate(page.rows)
        ]
        table = fit(columns, rows, width, decimal_mark=fmt.decimal_mark, ascii=fmt.ascii)
        if table.natural <= width or len(keep) <= 2:
            break
        keep.pop(-3 if len(keep) > 2 else 0)
    return table


def records_title(page: RecordsPage, fmt: Formatter) -> str:
    """`Orders behind … · rows 1–200 of 18 402`."""
    last = page.offset + len(page.rows)
    text = fmt.t("{title} · rows {first} to {last} of {total}", title=page.title, first=page.offset + 1 if page.rows else 0, last=last, total=page.total)
    return to_ascii(text) if fmt.ascii else text


def definition_lines(card: DefinitionCard, fmt: Formatter, width: int) -> list[Line]:
    """The card as lines: label and text, wrapped, then the SQL as it ran."""
    size = min(20, max((len(clean(label)) for label, _ in card.lines), default=0)) + 2
    lines: list[Line] = [join((clean(card.kpi.name), "title")), ()]
    for label, text in card.lines:
        for place, piece in enumerate(line for part in clean_block(text).split("\n") for line in wrap(part, max(10, width - size))):
            lines.append(join((cut(clean(label), size - 1).ljust(size) if place == 0 else " " * size, "muted"), (piece, "")))
    if card.sql:
        lines += [(), join(("SQL", "muted"))]
        lines += [join((piece, "")) for part in clean_block(card.sql).split("\n") for piece in (wrap(part, width) if len(part) > width else [part])]
    return [tuple((to_ascii(text), role) for text, role in line) for line in lines] if fmt.ascii else lines
