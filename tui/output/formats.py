"""Formats of a file: what is exported, and its bytes. Used by the app and by the command line; nothing here needs a screen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kpi_core.errors import said
from tui.output.saving import save

if TYPE_CHECKING:
    from kpi_core.render.export import Sheet
    from kpi_core.render.format import Formatter
    from kpi_core.render.table import Table
    from kpi_core.render.text import Line

FORMATS = {  # by ending
    "csv": said("values, comma-separated: any program"),
    "xlsx": said("Excel workbook: typed numbers, and a sheet about them"),
    "parquet": said("typed columns for DuckDB, pandas, Spark"),
    "md": said("Markdown, as it reads here"),
    "html": said("one page for a browser, mail or printer"),
    "json": said("values with titles and units, for programs"),
    "svg": said("a picture of the table in the theme's colours"),
}


@dataclass(frozen=True)
class Content:
    """One table in every form: `sheet` its values, `table` to read, `lines` to draw, `page` its HTML."""

    sheet: Sheet
    table: Callable[[], Table]
    lines: Callable[[], Sequence[Line]]
    page: Callable[[], str]
    json: Callable[[], str] | None = None  # where a format for programs is already settled
    csv: Callable[[], str] | None = None
    md: Callable[[], str] | None = None
    spoken: Callable[[], str] | None = None  # for screen readers


def write_file(path: Path, format: str, content: Content, fmt: Formatter, colours: Mapping[str, str] | None = None) -> Path:
    """Write the content in a format; where it is now. Raises UsageError or StoreError, and then there is no file."""
    if format == "parquet":
        return save(path, lambda part: _parquet(part, content.sheet))
    data = as_bytes(format, content, fmt, colours)
    return save(path, lambda part: part.write_bytes(data))


def as_bytes(format: str, content: Content, fmt: Formatter, colours: Mapping[str, str] | None = None) -> bytes:
    """The file's bytes; Parquet is written by the database and has a path only."""
    if format == "xlsx":
        from kpi_core.render.export_xlsx import sheet_xlsx

        return sheet_xlsx(content.sheet, fmt)
    return as_text(format, content, fmt, colours).encode("utf-8")


def as_text(format: str, content: Content, fmt: Formatter, colours: Mapping[str, str] | None = None) -> str:
    """csv, json, md, html, svg, or table: as it reads in a terminal, without colours."""
    from kpi_core.render.export import sheet_csv, sheet_json, table_markdown
    from kpi_core.render.svg import lines_svg
    from kpi_core.render.table import as_text as plain_text

    if format == "text" and content.spoken is not None:
        return content.spoken()
    if format == "table":
        return plain_text(content.lines())
    if format == "csv":
        return content.csv() if content.csv is not None else sheet_csv(content.sheet)
    if format == "json":
        return content.json() if content.json is not None else sheet_json(content.sheet)
    if format == "md":
        return content.md() if content.md is not None else table_markdown(content.table(), content.sheet.facts)
    if format == "html":
        return content.page()
    return lines_svg(content.lines(), content.sheet.title, colours)


def _parquet(part: Path, sheet: Sheet) -> None:
    from kpi_core.render.export import metadata, with_units
    from kpi_core.store.parquet import write_parquet

    full = with_units(sheet)
    write_parquet(part, [(column.id, column.kind) for column in full.columns], full.values(), metadata(sheet))
