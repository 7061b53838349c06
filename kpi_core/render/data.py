"""The data view, the records behind a number and the definition card, as tables and lines."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from kpi_core.engine.result import Number
from kpi_core.errors import Message, said
from kpi_core.pages import DataPage, DefinitionCard, RecordsPage, SourceRow
from kpi_core.render.clean import clean, clean_block, to_ascii
from kpi_core.render.customers import customers_line
from kpi_core.render.format import Formatter, raw
from kpi_core.render.owned import owned_sections
from kpi_core.render.table import Cell, Column, Row, Table, fit
from kpi_core.render.text import Line, cell_width, cut, join, pad, wrap, wrap_line
from kpi_core.render.unused import status_text, unused_key

STATUS = {"good": ("✓", "OK"), "warn": ("!", "!"), "bad": ("✗", "!!")}
SHORT_WORDS = {"good": said("ok"), "warn": said("check"), "bad": said("refused")}
STATUS_WORDS = {"good": said("in order"), "warn": said("a check failed"), "bad": said("lines refused")}
DATASETS = {
    "orders": said("orders"),
    "order_lines": said("order lines"),
    "returns": said("returns"),
    "traffic": said("web traffic"),
    "footfall": said("store visits"),
    "touchpoints": said("touchpoints"),
    "touches": said("touchpoints"),
    "carts": said("carts"),
    "spend": said("ad spend"),
    "surveys": said("surveys"),
    "stock": said("stock"),
    "store_visits": said("store visits"),
    "ad_spend": said("ad spend"),
    "feedback": said("surveys"),
    "social_stats": said("social media"),
    "leads": said("leads"),
    "experiments": said("A/B tests"),
    "fulfilments": said("deliveries"),
    "products": said("products"),
    "product_costs": said("purchase costs"),
    "stores": said("stores"),
    "fx_rates": said("exchange rates"),
    "claims": said("amounts claimed by platforms"),
    "identifiers": said("customer identifiers"),
}
_MARKS = {
    "rejected": ("✗ ", "bad"), "check": ("! ", "warn"), "drift": ("! ", "warn"), "dropped": ("- ", "muted"), "limit": ("· ", "muted"), "late": ("! ", "warn"),
    "owned": ("- ", "muted"),
}  # fmt: skip


def status_of(source: SourceRow) -> str:
    """The role of a file: `bad` when lines were refused, `warn` when a check did not hold, else `good`."""
    if source.rows_rejected:
        return "bad"
    return "warn" if any(detail.kind in ("check", "late") for detail in source.details) else "good"


def status_cell(role: str, fmt: Formatter) -> str:
    """Mark and word for the role of a file."""
    mark, word = STATUS[role][fmt.ascii], fmt.t(SHORT_WORDS[role])
    return mark if mark.casefold() == word else f"{mark} {word}"


def data_table(page: DataPage, fmt: Formatter, width: int) -> Table:
    """Files that the last load did not use, a line a loaded file (key: load id) under a section a kind, what was left out, and what is missing.

    Narrow: the last day in place of the period, then fewer counts; a file's name is cut last, and `source_lines` gives it in full.
    """
    counts = ("used", "dropped", "rejected", "status")
    sets: list[tuple[str, ...]] = [("period", *counts), ("last", *counts), ("last", "rejected", "status"), ("rejected", "status"), ("status",)]
    if width >= 100:
        sets.insert(0, ("period", "loaded", "read", *counts))
    longest = max((cell_width(clean(name)) for name in (*(source.file for source in page.sources), *(file.name for file in page.refused))), default=0)
    for shown in sets:
        table = _sources(page, fmt, width, shown)
        least = min(longest, 40 if len(shown) > 5 else 28 if len(shown) > 3 else 20 if len(shown) > 1 else 0)
        if table.natural <= width and table.columns[0].width >= least:
            break
    rows = list(table.rows)
    if page.header.scope:
        why = fmt.t("not shown: an export holds the rows of everybody, and you see a part of them")
        return replace(table, rows=(*rows, *_section(fmt.t("Files, rows left out, customers, claims"), [why], table, fmt), *_lacking(page, table, fmt)))
    rows += _unrated(page, table, fmt)
    rows += _customers(page, table, fmt)
    for heading, told in owned_sections(page, fmt):
        rows += _section(heading, told, table, fmt)
    rows += _ledger(page, table, fmt)
    rows += _left_out(page, table, fmt)
    rows += _undated(page, table, fmt)
    rows += _lacking(page, table, fmt)
    return replace(table, rows=tuple(rows))


def _lacking(page: DataPage, table: Table, fmt: Formatter) -> list[Row]:
    """Exports that nobody loaded."""
    title = fmt.t("Exports that would bring more")
    lacking = [f"{clean(export)} {'->' if fmt.ascii else '→'} {clean(', '.join(kpis), 2000)}" for export, kpis in page.missing]
    return _section(title, lacking or [fmt.t("none: every KPI has the exports it needs")], table, fmt)


def _refused(page: DataPage, shown: tuple[str, ...], fmt: Formatter, width: int) -> list[Row]:
    """Files that the last load did not use, before all others; the pane beside them says why and what to do."""
    if not page.refused:
        return []
    title = fmt.t("Not used by the last load ({count})", count=len(page.refused))
    if page.refused_at is not None and cell_width(title) < width - 24:
        title = f"{title} · {fmt.moment(page.refused_at)}"
    rows = [Row((Cell(title, "title"), *(Cell("") for _ in shown)), "section")]
    for place, file in enumerate(page.refused):
        role = "bad" if file.status == "failed" and file.kind != "Undecided" else "warn"
        word = fmt.t("not used") if role == "bad" else status_text(file, fmt)
        state = Cell(f"{STATUS[role][fmt.ascii]} {word}", role, raw=-1, exact=status_text(file, fmt))
        cells = (Cell(clean(file.name)), *(state if column == "status" else Cell(fmt.dash, "muted") for column in shown))
        rows.append(Row(cells, key=unused_key(place)))
    return rows


def _ledger(page: DataPage, table: Table, fmt: Formatter) -> list[Row]:
    """Of each kind of rows: loaded = kept + left out, and what the kept ones come to. A load that does not add up is refused."""
    t = fmt.t
    if not page.ledger:
        return []
    lost: dict[str, Number] = {}
    for name, _, _, gone in page.excluded:
        lost[name] = Decimal(lost.get(name, 0)) + Decimal(gone or 0)
    names = [t(DATASETS[name]) if name in DATASETS else name for name, *_ in page.ledger]
    counts = [[fmt.number(count) for count in (loaded, kept, loaded - kept)] for _, loaded, kept, _ in page.ledger]
    widths = [max(cell_width(row[place]) for row in counts) for place in range(3)]
    texts = []
    for name, row, (dataset, _, _, amount) in zip(names, counts, page.ledger, strict=True):
        loaded, kept, out = (pad(text, size, "right") for text, size in zip(row, widths, strict=True))
        text = f"{pad(name, max(map(cell_width, names)))}  {loaded} = {kept} + {out}"
        if amount:
            own, gone = _amount(amount, page.currency, fmt), Decimal(lost.get(dataset, 0))
            sums = f"{_amount(Decimal(amount) + gone, page.currency, fmt)} = {own} + {_amount(gone, page.currency, fmt)}" if gone else own
            text += f"   {sums if cell_width(text) + cell_width(sums) + 5 <= table.width else own}"
        texts.append(text)
    return _section(t("Ledger: rows loaded = kept + left out"), texts, table, fmt)


def _customers(page: DataPage, table: Table, fmt: Formatter) -> list[Row]:
    """What is known of who is who; nothing where there are no orders."""
    found = page.customers
    if found is None or not found.total.orders:
        return []
    told = [customers_line(found, fmt), fmt.t("omnigap customers tells who is who, by kinds and counts")]
    return _section(fmt.t("Customers across channels"), told, table, fmt)


def _undated(page: DataPage, table: Table, fmt: Formatter) -> list[Row]:
    """Rows that lie in no period, by file and line."""
    t = fmt.t
    if not page.undated:
        return _section(t("Rows in no period"), [t("none: every row has its day")], table, fmt) if page.ledger else []
    texts = [
        t("{dataset}: {file}, line {line}", dataset=DATASETS.get(dataset, dataset), file=clean(file), line=fmt.dash if line is None else str(line))
        for dataset, file, line in page.undated
    ]
    return _section(t("Rows in no period: they have no day"), texts, table, fmt)


def _unrated(page: DataPage, table: Table, fmt: Formatter) -> list[Row]:
    return _section(fmt.t("Without exchange rate"), [fmt.t(message) for message in page.unrated], table, fmt) if page.unrated else []


def _left_out(page: DataPage, table: Table, fmt: Formatter) -> list[Row]:
    """The ledger of rows that count in no KPI, in columns of its own."""
    t = fmt.t
    if not page.excluded:
        return _section(t("Left out: rows and amount (raw = kept + left out)"), [t("nothing")], table, fmt)
    names = [t("{dataset}: {reason}", dataset=DATASETS.get(dataset, dataset), reason=Message(reason)) for dataset, reason, _, _ in page.excluded]
    counts = [fmt.number(count) for _, _, count, _ in page.excluded]
    amounts = [_amount(amount, page.currency, fmt) for *_, amount in page.excluded]
    first, second, third = (max(map(cell_width, texts)) for texts in (names, counts, amounts))
    first = max(12, min(first, table.width - second - third - 6))
    texts = [
        f"{pad(name, first, ellipsis=table.ellipsis)}  {pad(count, second, 'right')}  {pad(amount, third, 'right')}"
        for name, count, amount in zip(names, counts, amounts, strict=True)
    ]
    return _section(t("Left out: rows and amount (raw = kept + left out)"), texts, table, fmt)


def _amount(amount: Number | None, currency: str, fmt: Formatter) -> str:
    if not amount:
        return ""
    return fmt.money(amount, currency) if currency else fmt.number(amount, 2)


def _section(title: str, texts: list[str], table: Table, fmt: Formatter) -> list[Row]:
    """A title and rows whose first cell goes over all columns (kind `text`), wrapped."""
    blank = tuple(Cell("") for _ in table.columns[1:])
    fold = to_ascii if fmt.ascii else str
    rows = [Row((Cell(fold(title)), *blank), "section")]
    for text in texts:
        rows += [Row((Cell(fold(piece)), *blank), "text") for piece in (wrap(text, table.width - 2) if cell_width(text) > table.width - 2 else [text])]
    return rows


def _sources(page: DataPage, fmt: Formatter, width: int, shown: tuple[str, ...]) -> Table:
    t = fmt.t
    titles = {
        "period": t("PERIOD"),
        "last": t("LAST DAY"),
        "loaded": t("LOADED"),
        "read": t("READ"),
        "used": t("USED"),
        "dropped": t("LEFT OUT"),
        "rejected": t("REJECTED"),
        "status": "",
    }
    left = ("period", "last", "loaded", "status")
    columns = [Column("file", t("FILE"), shrink=12, grow=True, limit=48)]
    columns += [Column(id, titles[id], "left" if id in left else "right", space=1) for id in shown]
    groups: dict[str, list[SourceRow]] = {}
    for source in sorted(page.sources, key=lambda source: (source.title.casefold(), source.profile)):
        groups.setdefault(source.title, []).append(source)
    rows = _refused(page, shown, fmt, width)
    blank = tuple(Cell("") for _ in shown)
    for title, group in groups.items():
        rows.append(Row((Cell(_summary(title, group, fmt, width - 4), "title"), *blank), "section"))
        worst = sorted(group, key=lambda source: (("bad", "warn", "good").index(status_of(source)), source.first_day or date.min, source.file))
        rows += [Row(tuple(_source_cell(source, column.id, fmt) for column in columns), key=_key(source)) for source in worst]
    return fit(columns, rows, width, decimal_mark=fmt.decimal_mark, ascii=fmt.ascii)


def _key(source: SourceRow) -> str | None:
    return None if source.load_id is None else str(source.load_id)


def _summary(title: str, group: list[SourceRow], fmt: Formatter, width: int) -> str:
    """`Till tickets · 43 files · 98,765 rows · to 31 Oct 2026`, as much as there is room for."""
    parts = [clean(title)]
    if len(group) > 1:
        days = [source.last_day for source in group if source.last_day is not None]
        parts += [fmt.t("{count} files", count=len(group)), fmt.t("{count} rows", count=sum(source.rows_used for source in group))]
        parts += [fmt.t("to {day}", day=max(days))] if days else []
    while len(parts) > 1 and cell_width(" · ".join(parts)) > width:
        parts.pop()
    return " · ".join(parts)


def _source_cell(source: SourceRow, column: str, fmt: Formatter) -> Cell:
    if column == "file":
        return Cell(clean(source.file) or fmt.t("(missing)"), "" if source.file else "muted")
    if column == "period":
        if not source.first_day or not source.last_day:
            return Cell(fmt.dash, raw=source.last_day)
        days = f"{source.first_day.isoformat()}..{source.last_day.isoformat()}"
        return Cell(fmt.span(source.first_day, source.last_day, True), raw=source.last_day, exact=days)
    if column == "last":
        return Cell(fmt.day(source.last_day) if source.last_day else fmt.dash, raw=source.last_day)
    if column == "loaded":
        return Cell(fmt.moment(source.loaded_at) if source.loaded_at else fmt.dash, "muted", raw=source.loaded_at)
    if column == "status":
        role = status_of(source)
        if role == "warn" and any(detail.kind == "late" for detail in source.details):
            return Cell(f"! {fmt.t('late')}", role, raw=1, exact=fmt.t("late"))
        return Cell(status_cell(role, fmt), role, raw=("good", "warn", "bad").index(role), exact=fmt.t(STATUS_WORDS[role]))
    number = {"read": source.rows_read, "used": source.rows_used, "dropped": source.rows_dropped, "rejected": source.rows_rejected}[column]
    return Cell(fmt.number(number), "bad" if column == "rejected" and number else "" if number else "muted", raw=number)


def source_lines(source: SourceRow, fmt: Formatter, width: int, named: bool = True) -> list[Line]:
    """Everything about one file: its name in full (`named`), its kind and rows, lines refused, checks that failed, rows left out, limits."""
    t = fmt.t
    lines: list[Line] = [((piece, "title"),) for piece in wrap(clean(source.file, 400), width)] if named else []
    kind = [clean(source.title)]
    if source.first_day and source.last_day:
        kind.append(fmt.span(source.first_day, source.last_day, True))
    if source.loaded_at is not None:
        kind.append(t("loaded {moment}", moment=source.loaded_at))
    told = ""
    for part in kind:  # broken between parts, so that a date stays in one line
        joined = f"{told} · {part}" if told else part
        if told and cell_width(joined) > width:
            lines += [((piece, "muted"),) for piece in wrap(told, width)]
            joined = part
        told = joined
    lines += [((piece, "muted"),) for piece in wrap(told, width)]
    sums = t("{read} rows read = {used} used + {dropped} left out + {rejected} rejected", read=source.rows_read, used=source.rows_used,
             dropped=source.rows_dropped, rejected=source.rows_rejected)  # fmt: skip
    lines += [((piece, ""),) for piece in wrap(sums, width)]
    for detail in source.details:
        mark, role = _MARKS.get(detail.kind, ("· ", "muted"))
        text = t(detail.message)
        if detail.kind == "dropped":
            text = t("left out: {what}", what=text)
        elif detail.kind == "limit":
            text = t("never in such a file: {what}", what=text)
        lines += wrap_line(join((mark, role), (clean(text, 2000), "muted" if detail.kind == "limit" else "")), width, 2)
    if not source.details:
        lines.append((("✓ ", "good"), (t("nothing to report"), "")))
    return [fmt.fold(line) for line in lines]


def data_summary(page: DataPage, fmt: Formatter, width: int) -> list[Line]:
    """All files in a few lines."""
    read, used, dropped, rejected = (
        sum(getattr(source, name) for source in page.sources) for name in ("rows_read", "rows_used", "rows_dropped", "rows_rejected")
    )
    text = fmt.t("{read} rows read = {used} used + {dropped} left out + {rejected} rejected", read=read, used=used, dropped=dropped, rejected=rejected)
    lines: list[Line] = [((fmt.t("{count} files", count=len(page.sources)), "title"),)]
    return [fmt.fold(line) for line in [*lines, *(((piece, ""),) for piece in wrap(text, width))]]


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


FILE_FROM = 110  # cells from which the file has a column of its own; below it stands under the table for the row with the cursor


def records_table(page: RecordsPage, fmt: Formatter, width: int, first: int = 0) -> Table:
    """One page of the rows behind a number; key: its position from 0.

    The line in the file (and the file, on wide screens or when all fits) always stays; before it as many columns as fit, beginning
    with column `first`.
    """
    count = len(page.columns)
    body = list(range(min(max(0, first), max(0, count - 3)), count - 2))
    cap = 26 if width >= FILE_FROM else 14
    whole = _records(page, fmt, width, [*body, count - 2, count - 1], cap)
    if whole.natural <= width:
        return whole
    ends = [count - 2, count - 1] if width >= FILE_FROM else [count - 1]
    while True:
        table = _records(page, fmt, width, [*body, *ends], cap)
        if table.natural <= width or not body:
            return table
        body.pop()


def _records(page: RecordsPage, fmt: Formatter, width: int, places: list[int], cap: int) -> Table:
    columns, cells = [], []
    for place in places:
        values = [row[place] for row in page.rows]
        numeric = bool(values) and all(isinstance(value, Decimal | float | int | None) and not isinstance(value, bool) for value in values)
        # a line number is a name, not an amount: no grouping
        texts = [str(value) for value in values] if place == len(page.columns) - 1 else _column_texts(values, numeric, fmt)
        if not any(" " in text for text in texts):
            texts = [_tail(text, cap, fmt.ellipsis) for text in texts]
        title = clean(page.columns[place]).upper()
        least = 0 if numeric else min(cap, max(map(cell_width, texts), default=0))
        columns.append(Column(page.columns[place], title, "right" if numeric else "left", shrink=least))
        cells.append([Cell(text, raw=value) for text, value in zip(texts, values, strict=True)])
    rows = [Row(tuple(column[at] for column in cells), key=str(page.offset + at)) for at in range(len(page.rows))]
    return fit(columns, rows, width, decimal_mark=fmt.decimal_mark, ascii=fmt.ascii)


def _tail(text: str, width: int, ellipsis: str) -> str:
    """A long code by its end, which tells it from its neighbours."""
    return text if cell_width(text) <= width or not any(c.isdigit() for c in text) else ellipsis + text[-(width - 1) :]


def _column_texts(values: list[object], numeric: bool, fmt: Formatter) -> list[str]:
    """Numbers of one column with as many decimals as each other, two at most; other values as they read."""
    if not numeric:
        return [plain_value(value, fmt) for value in values]
    known = [Decimal(str(value)) for value in values if value is not None]
    decimals = 0 if all(value == value.to_integral_value() for value in known) else 2
    return ["" if value is None else fmt.number(Decimal(str(value)), decimals) for value in values]


def records_scroll(page: RecordsPage, fmt: Formatter, width: int, first: int) -> tuple[int, int]:
    """(columns shown before file and line, columns there are), to say how far a table is scrolled."""
    shown = records_table(page, fmt, width, first).columns
    ends = 2 if len(shown) > 1 and shown[-2].id == page.columns[-2] else 1
    return len(shown) - ends, len(page.columns) - 2


def records_title(page: RecordsPage, fmt: Formatter) -> str:
    """`Orders behind … · rows 1 to 200 of 18 402`; the title alone where there is no row."""
    last = page.offset + len(page.rows)
    text = (
        fmt.t("{title} · rows {first} to {last} of {total}", title=page.title, first=page.offset + 1, last=last, total=page.total) if page.rows else page.title
    )
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
