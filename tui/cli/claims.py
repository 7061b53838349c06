"""`omnigap claims`: what platforms claim beside what the source that owns it has, for the same days."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from tui.cli.common import EXIT_OK, screen_width, t, write, write_lines
from tui.cli.page import Asked, about_a_page


class ClaimsFormat(StrEnum):
    text = "text"
    json = "json"
    csv = "csv"
    md = "md"


@about_a_page("link", "compare", "basis", "plot")
def claims(
    asked: Asked,
    format: Annotated[ClaimsFormat, typer.Option("--format", "-f", help=t("How to write it."))] = ClaimsFormat.text,
) -> int:
    from kpi_core.render import claims_export as render
    from kpi_core.render.claims import claims_lines

    with asked.bench() as bench:
        page = bench.claims(asked.state())
    if format is ClaimsFormat.text:
        write_lines(claims_lines(page, asked.fmt, screen_width()), asked.how)
    else:
        writers = {ClaimsFormat.json: render.claims_json, ClaimsFormat.csv: render.claims_csv, ClaimsFormat.md: render.claims_markdown}
        write(writers[format](page, asked.fmt))
    return EXIT_OK
