"""`omnigap customers`: who is who across channels, by kinds and counts."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from tui.cli.common import EXIT_OK, screen_width, t, write, write_lines
from tui.cli.page import Asked, about_a_page


class CustomersFormat(StrEnum):
    text = "text"
    json = "json"


@about_a_page("link", "period", "compare", "basis", "plot")
def customers(
    asked: Asked,
    format: Annotated[CustomersFormat, typer.Option("--format", "-f", help=t("How to write it."))] = CustomersFormat.text,
) -> int:
    from kpi_core.render.customers import customers_json, customers_lines

    with asked.bench() as bench:
        page = bench.customers()
    if format is CustomersFormat.json:
        write(customers_json(page, asked.fmt))
    else:
        write_lines(customers_lines(page, asked.fmt, screen_width()), asked.how)
    return EXIT_OK
