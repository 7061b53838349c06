"""`omnigap whatif KPI`: what if its drivers moved; the same page as view 5."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Annotated

import typer

from kpi_core.errors import UsageError, said
from tui.cli.common import EXIT_OK, t
from tui.cli.page import Asked, about_a_page
from tui.cli.report import Format, FormatOption, OutputOption, put, report_text

_MOVE = re.compile(r"(?P<driver>[a-z][a-z0-9_]*)\s*=\s*(?P<change>[-+]?\d{1,4}(?:[.,]\d{1,4})?)\s*%?")


@about_a_page("link", "basis")
def whatif(
    asked: Asked,
    what: Annotated[str, typer.Argument(metavar="KPI|LINK", help=t("Id of a KPI, or an omnigap:// link."))],
    move: Annotated[
        list[str] | None,
        typer.Option("--move", "-m", metavar="DRIVER=PERCENT", help=t("Move a driver: orders=+5 (NPS: points). May be repeated."), show_default=False),
    ] = None,
    format: FormatOption = Format.table,
    output: OutputOption = None,
) -> int:
    is_link = "://" in what
    state = replace(asked, link=what if is_link else None).state()
    moves = dict(state.moves)
    for text in move or ():
        match = _MOVE.fullmatch(text.strip())
        if match is None:
            raise UsageError(said("{text} is not a move", text=text), hint=said("write it like orders=+5 or aov=-2.5, in percent"))
        moves[match["driver"]] = match["change"].replace(",", ".")
    state = replace(state, view="whatif", kpi=state.kpi if is_link else what, moves=tuple(moves.items()))
    with asked.bench() as bench:
        page = bench.whatif(state)
    if page.tree is not None:
        unknown = [driver for driver in moves if driver not in page.tree.by_id]
        if unknown:
            known = ", ".join(lever.id for lever in page.tree.levers)
            raise UsageError(said("{name} is no driver of {kpi}", name=unknown[0], kpi=page.kpi.name), hint=said("drivers: {names}", names=known))
    put(report_text(page, format, asked.fmt, asked.how), output, asked.fmt)
    return EXIT_OK
