"""`report` in every format: to stdout or into a file, with what an HTML page shows beside its table."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from kpi_core.errors import OmnigapError, UsageError, said
from tui.cli.common import t, tell, write
from tui.output.formats import FORMATS, Content, as_bytes, as_text, write_file

if TYPE_CHECKING:
    from kpi_core.render.arrange import Page
    from kpi_core.render.export import Sheet
    from kpi_core.render.format import Formatter
    from kpi_core.render.html import Extras
    from kpi_core.render.text import Line
    from kpi_core.view import ViewState
    from kpi_core.workbench import Workbench

Found = TypeVar("Found")
SVG_WIDTH = 120  # cells of a picture


class ReportFormat(StrEnum):
    table = "table"
    csv = "csv"
    xlsx = "xlsx"
    parquet = "parquet"
    md = "md"
    html = "html"
    json = "json"
    text = "text"
    svg = "svg"


ReportFormatOption = Annotated[
    ReportFormat | None,
    typer.Option("--format", "-f", help=t("How to write it (default: as the ending of --output says, else a table)."), show_default=False),
]
AllOption = Annotated[bool, typer.Option("--all", help=t("All rows, without the row filter of the link."))]


def chosen(format: ReportFormat | None, output: Path | None) -> ReportFormat:
    """The format asked for, else that of the file's ending, else a table."""
    if format is not None:
        return format
    ending = output.suffix[1:].lower() if output is not None else ""
    return ReportFormat(ending) if ending in FORMATS else ReportFormat.table


def unfiltered(state: ViewState) -> ViewState:
    """The state without what hides rows."""
    return replace(state, search="", marks=())


def content_of(page: Page, fmt: Formatter, lines: Sequence[Line], extras: Extras | None) -> Content:
    """A page for files: the formats for programs have every value of the report, the others every column of the table."""
    from kpi_core.links import to_link
    from kpi_core.render.arrange import FULL, page_table
    from kpi_core.render.export import facts_of, sheet_of
    from kpi_core.render.header import VIEW_TITLES
    from kpi_core.render.html import page_document

    table = page_table(page, fmt, FULL)
    sheet = sheet_of(table, fmt.t(VIEW_TITLES[page.header.state.view]), fmt, facts_of(page.header, fmt), to_link(page.header.state))
    return Content(sheet, lambda: table, lambda: lines, lambda: page_document(page, fmt, extras))


def values_of(page: Page, fmt: Formatter) -> Sheet:
    """What `--format csv` holds, with types."""
    from kpi_core.links import to_link
    from kpi_core.render.export import facts_of, flat_sheet
    from kpi_core.render.report import flat_rows

    names, rows = flat_rows(page, fmt)
    return flat_sheet(page.header.state.view, names, rows, facts_of(page.header, fmt), to_link(page.header.state))


def extras_of(bench: Workbench, page: Page) -> Extras:
    """What an HTML page shows beside its table: of the scorecard what is missed and why, of a KPI its causes. What cannot be asked is left out."""
    from kpi_core.pages import ExplorePage, OverviewPage, rows_of
    from kpi_core.render.html import Extras

    state = page.header.state
    if isinstance(page, OverviewPage):
        glance = bench.glance(state)
        first = next((item.row.kpi.id for item in glance.rows), next((row.kpi.id for row in rows_of(page)), None))
        about = replace(unfiltered(state), view="explore", kpi=first, by=None)
        return Extras(glance, _asked(lambda: bench.explore(about)), _asked(lambda: bench.explain(about))) if first is not None else Extras(glance)
    return Extras(explain=_asked(lambda: bench.explain(state))) if isinstance(page, ExplorePage) else Extras()


def _asked(ask: Callable[[], Found]) -> Found | None:
    try:
        return ask()
    except OmnigapError:
        return None


def deliver(format: str, content: Content, output: Path | None, fmt: Formatter) -> None:
    """Into the file, and say so; else to stdout, which must not be a screen where the format is no text. Raises UsageError or StoreError."""
    if output is not None:
        write_file(output, format, content, fmt)
        tell(fmt.t("written: {file}", file=str(output)))
    elif format not in ("xlsx", "parquet"):
        write(as_text(format, content, fmt))
    elif sys.stdout.isatty():
        raise UsageError(said("{format} is no text for a screen", format=format), hint=said("write it into a file: -o FILE"))
    else:
        sys.stdout.buffer.write(_bytes(format, content, fmt))
        sys.stdout.buffer.flush()


def _bytes(format: str, content: Content, fmt: Formatter) -> bytes:
    if format != "parquet":
        return as_bytes(format, content, fmt)
    with tempfile.TemporaryDirectory(prefix="omnigap-") as folder:
        return write_file(Path(folder) / "report.parquet", format, content, fmt).read_bytes()
