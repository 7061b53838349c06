"""What `y`, `Y` and `e` are about: the table in focus with its cursor, marks and columns, and the facts that explain it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kpi_core.errors import Message, UsageError, said
from kpi_core.links import to_link
from kpi_core.pages import DefinitionCard, ExplainPage, RecordsPage
from kpi_core.render.arrange import FULL, page_table
from kpi_core.render.clean import clean, clean_block
from kpi_core.render.data import definition_lines, records_table
from kpi_core.render.explain import explain_lines, explain_table, section_name
from kpi_core.render.export import entry_of, facts_of, records_sheet, sheet_of, sheet_table, sheet_tsv, table_markdown, tsv_row
from kpi_core.render.format import Formatter
from kpi_core.render.header import VIEW_TITLES, header_lines
from kpi_core.render.table import Row, Table
from kpi_core.render.text import Line, plain
from kpi_core.view import ViewState
from tui.output.formats import Content
from tui.output.saving import file_name
from tui.questions.source import PageSource
from tui.widgets.grid import GridView

if TYPE_CHECKING:
    from tui.context import Page

WIDE = 10_000  # cells in which every column of a record has room
MOST_RECORDS = 100_000  # rows behind a number that one file gets


@dataclass(frozen=True)
class Whole:
    """All rows, and how many there would be without the limit of one file."""

    content: Content
    rows: int
    of: int


@dataclass(frozen=True)
class Subject:
    """`shown` is what stands on the screen; `whole` asks for the rows that a filter, a page or a section hides (None: there are none).

    `row` and `column` are the cursor's, `marks` the marked rows. `line`: the text under the cursor where there is no table;
    `definition` and `sql` where they are known already.
    """

    title: str
    name: str
    state: ViewState
    table: Table | None = None
    row: str | None = None
    column: str = ""
    marks: tuple[str, ...] = ()
    line: str = ""
    definition: str = ""
    sql: str = ""
    shown: Callable[[], Content] | None = None
    whole: Callable[[PageSource], Whole] | None = None

    @property
    def link(self) -> str:
        return to_link(self.state)

    def rows(self) -> list[Row]:
        """The marked rows in the order of the screen, else the one under the cursor."""
        if self.table is None:
            return []
        wanted = [row for row in self.table.rows if row.kind == "row" and row.key in self.marks and row.key is not None]
        return wanted or [row for place, row in enumerate(self.table.rows) if (row.key if row.kind != "text" else f"#{place}") == self.row is not None]

    def place(self) -> int | None:
        """The place of the column under the column cursor; None on the first, or where none can be chosen."""
        ids = [column.id for column in self.table.columns] if self.table is not None else []
        return ids.index(self.column) if self.column in ids[1:] else None


# ---------------------------------------------------------------- texts to copy


def cell_text(subject: Subject, fmt: Formatter) -> tuple[str, Message]:
    """The cell under both cursors, raw; on the first column the rows. Raises UsageError where there is nothing."""
    place = subject.place()
    if subject.table is None or place is None:
        return rows_text(subject, fmt)
    row = next((row for row in subject.table.rows if row.key == subject.row and row.kind == "row"), None)
    if row is None or place >= len(row.cells):
        raise UsageError(said("there is no row to copy"))
    text = tsv_row([entry_of(row.cells[place])])
    if not text:
        raise UsageError(said("this cell is empty: there is nothing to copy"))
    return text, said("{text}", text=text)


def rows_text(subject: Subject, fmt: Formatter) -> tuple[str, Message]:
    """The marked rows or the one under the cursor, raw numbers between tabs."""
    if subject.table is None:
        if not subject.line.strip():
            raise UsageError(said("there is nothing to copy here"))
        return subject.line, said("{text}", text=clean(subject.line, 60))
    rows = subject.rows()
    if not rows:
        raise UsageError(said("there is no row to copy"))
    part = replace(subject.table, rows=tuple(rows))
    sheet = sheet_of(part, subject.title, fmt)
    return "\n".join(tsv_row(row) for row in sheet.rows), _rows_as(len(rows), "TSV")


def _rows_as(count: int, form: str) -> Message:
    return said("1 row as {form}", form=form) if count == 1 else said("{count} rows as {form}", count=count, form=form)


def table_text(subject: Subject, fmt: Formatter) -> tuple[str, Message]:
    """The whole table with its titles, for a spreadsheet."""
    if subject.table is None:
        raise UsageError(said("there is nothing to copy here"))
    sheet = sheet_of(subject.table, subject.title, fmt)
    return sheet_tsv(sheet), _rows_as(len(sheet.rows), "TSV")


def markdown_text(subject: Subject) -> tuple[str, Message]:
    if subject.table is None:
        raise UsageError(said("there is nothing to copy here"))
    count = sum(row.kind != "section" for row in subject.table.rows)
    return table_markdown(subject.table), _rows_as(count, "Markdown")


# ---------------------------------------------------------------- HTML: its modules are loaded when somebody asks for it


def _page_html(page: Page, fmt: Formatter, table: Table) -> str:
    from kpi_core.render.html import page_document

    return page_document(page, fmt, table=table)


def _table_html(title: str, page: RecordsPage, table: Table, fmt: Formatter) -> str:
    from kpi_core.render.html import document

    return document(title, page.header, [(title, table)], fmt)


def _explain_html(page: ExplainPage, fmt: Formatter) -> str:
    from kpi_core.render.html import explain_document

    return explain_document(page, fmt)


# ---------------------------------------------------------------- subjects


def of_grid(grid: GridView) -> tuple[Table | None, str | None, str]:
    """The table of a grid, and where its cursors are."""
    return grid.content.table, grid.row_key, grid.column_id


def of_page(page: Page, state: ViewState, grid: GridView, fmt: Formatter, width: int) -> Subject:
    """A numbered view: `state` is what is on screen, with its filter and sort; `grid` the table in focus."""
    table, row, column = of_grid(grid)
    page = replace(page, header=replace(page.header, state=state))
    title = fmt.t(VIEW_TITLES[state.view])
    kpi = getattr(page, "kpi", None)
    if kpi is not None:
        title = f"{title} · {clean(kpi.name)}"
    words = [value or "none" for step in state.where for value in step.values]
    name = file_name("omnigap", state.view, state.kpi or "", *words, page.header.period.text)
    shown = table if table is not None else page_table(page, fmt, width)
    if fmt.ascii:
        shown, fmt = _unfolded(shown, page, fmt), Formatter(fmt.lang)

    def whole(source: PageSource) -> Whole:
        bare = replace(page, header=replace(page.header, state=replace(state, search="", marks=())))
        full = page_table(bare, fmt, FULL)
        made = _page_content(bare, full, title, fmt, max(width, 160))
        return Whole(made, len(made.sheet.rows), len(made.sheet.rows))

    return Subject(title, name, state, shown, row, column, state.marks, shown=lambda: _page_content(page, shown, title, fmt, width), whole=whole)


def _unfolded(table: Table, page: Page, fmt: Formatter) -> Table:
    """The same columns and rows with names as they are: only the screen has to do with ASCII."""
    full = page_table(page, Formatter(fmt.lang), FULL)
    wanted = [column.id for column in table.columns]
    places = [place for place, column in enumerate(full.columns) if column.id in wanted]
    rows = tuple(replace(row, cells=tuple(row.cells[place] for place in places)) for row in full.rows)
    return replace(full, columns=tuple(full.columns[place] for place in places), rows=rows, heads=())


def _page_content(page: Page, table: Table, title: str, fmt: Formatter, width: int) -> Content:
    facts = facts_of(page.header, fmt)
    sheet = sheet_of(table, title, fmt, facts, to_link(page.header.state))
    lines: Sequence[Line] = [*header_lines(page.header, fmt, max(width, table.width)), *table.lines()]
    return Content(sheet, lambda: table, lambda: lines, lambda: _page_html(page, fmt, table))


def of_records(page: RecordsPage, state: ViewState, grid: GridView, fmt: Formatter) -> Subject:
    """The rows behind a number: every column, the rows of the page on screen or all of them."""
    _, row, _ = of_grid(grid)
    name = file_name("omnigap", "records", state.kpi or "", page.header.period.text)

    def whole(source: PageSource) -> Whole:
        every = source.records(state, 0, MOST_RECORDS)
        return Whole(_records_content(every, fmt), len(every.rows), every.total)

    table = records_table(page, fmt, WIDE)
    return Subject(clean(page.title), name, replace(state, view="explore"), table, row, shown=lambda: _records_content(page, fmt), whole=whole)


def _records_content(page: RecordsPage, fmt: Formatter) -> Content:
    sheet = records_sheet(page, fmt)
    table = sheet_table(sheet, fmt)
    title = clean(page.title)
    return Content(sheet, lambda: table, lambda: [((" " + title, "title"),), *table.lines()], lambda: _table_html(title, page, table, fmt))


def of_explain(page: ExplainPage, at: int, state: ViewState, grid: GridView, fmt: Formatter, width: int) -> Subject:
    """The parts of a gap: the section on screen, or all of them one after the other."""
    _, row, _ = of_grid(grid)
    title = f"{fmt.t('Why')} · {clean(page.kpi.name)}"
    name = file_name("omnigap", "explain", page.kpi.id, page.header.period.text)
    section = page.sections[at] if page.sections else None
    table = explain_table(page, section, fmt, width) if section is not None else None

    def content(places: Sequence[int]) -> Content:
        rows: list[Row] = []
        tables = [explain_table(page, page.sections[place], fmt, FULL) for place in places]
        widest = max(tables, key=lambda table: len(table.columns))
        for place, part in zip(places, tables, strict=True):
            if len(places) > 1:
                rows.append(Row((replace(part.rows[0].cells[0], text=section_name(page.sections[place]), runs=(), exact=None),), "section"))
            by_id = [column.id for column in part.columns]
            empty = replace(part.rows[0].cells[0], text="", runs=(), raw=None, exact=None)
            for line in part.rows:
                if line.kind != "text":
                    cells = tuple(line.cells[by_id.index(column.id)] if column.id in by_id else empty for column in widest.columns)
                    rows.append(Row(cells, line.kind, line.key))
        joined = replace(widest, rows=tuple(rows))
        sheet = sheet_of(joined, title, fmt, facts_of(page.header, fmt), to_link(state))
        lines = explain_lines(replace(page, sections=tuple(page.sections[place] for place in places)), fmt, max(width, 100))
        return Content(sheet, lambda: joined, lambda: lines, lambda: _explain_html(page, fmt))

    def whole(source: PageSource) -> Whole:
        made = content([place for place, section in enumerate(page.sections) if section.parts])
        return Whole(made, len(made.sheet.rows), len(made.sheet.rows))

    parted = section is not None and bool(section.parts)
    state = replace(state, view="explore")
    return Subject(title, name, state, table if parted else None, row, shown=(lambda: content([at])) if parted else None, whole=whole if parted else None)


def of_card(card: DefinitionCard, state: ViewState, grid: GridView, fmt: Formatter) -> Subject:
    """A definition: the line under the cursor, the whole text, the SQL."""
    rows, at = grid.content.rows, grid.cursor
    line = plain(rows[at].runs).strip() if 0 <= at < len(rows) else ""
    text = "\n".join(plain(row).rstrip() for row in definition_lines(replace(card, sql=""), fmt, 110))
    return Subject(clean(card.kpi.name), "", replace(state, view="explore"), line=line, definition=text.strip() + "\n", sql=clean_block(card.sql))
