"""`omnigap whatif KPI`: what if its drivers moved; the same page as view 5."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Annotated

import typer

from kpi_core.errors import UsageError, said
from tui.cli_common import (
    EXIT_OK,
    Ascii,
    CompareOption,
    Lang,
    NoColor,
    PeriodOption,
    WorkspaceOption,
    look,
    open_workbench,
    state_of,
    t,
    tell,
    workspace_dir,
    workspace_language,
    write,
)
from tui.cli_report import Format, FormatOption, OutputOption, report_text, save

_MOVE = re.compile(r"(?P<driver>[a-z][a-z0-9_]*)\s*=\s*(?P<change>[-+]?\d{1,4}(?:[.,]\d{1,4})?)\s*%?")


def whatif(
    what: Annotated[str, typer.Argument(metavar="KPI|LINK", help=t("Id of a KPI, or an omnigap:// link."))],
    move: Annotated[
        list[str] | None,
        typer.Option("--move", "-m", metavar="DRIVER=PERCENT", help=t("Move a driver: orders=+5 (NPS: points). May be repeated."), show_default=False),
    ] = None,
    format: FormatOption = Format.table,
    output: OutputOption = None,
    workspace: WorkspaceOption = None,
    period: PeriodOption = None,
    compare: CompareOption = None,
    lang: Lang = None,
    no_color: NoColor = False,
    ascii: Ascii = False,
) -> int:
    folder = workspace_dir(workspace)
    how = look(lang, ascii, no_color or output is not None, workspace_language(folder))
    fmt = how.fmt
    is_link = "://" in what
    state = state_of(folder, what if is_link else None, period, compare, fmt)
    moves = dict(state.moves)
    for text in move or ():
        match = _MOVE.fullmatch(text.strip())
        if match is None:
            raise UsageError(said("{text} is not a move", text=text), hint=said("write it like orders=+5 or aov=-2.5, in percent"))
        moves[match["driver"]] = match["change"].replace(",", ".")
    state = replace(state, view="whatif", kpi=state.kpi if is_link else what, moves=tuple(moves.items()))
    bench = open_workbench(folder, how.lang)
    try:
        page = bench.whatif(state)
    finally:
        bench.close()
    if page.tree is not None:
        unknown = [driver for driver in moves if driver not in page.tree.by_id]
        if unknown:
            known = ", ".join(lever.id for lever in page.tree.levers)
            raise UsageError(said("{name} is no driver of {kpi}", name=unknown[0], kpi=page.kpi.name), hint=said("drivers: {names}", names=known))
    text = report_text(page, format, fmt, how)
    if output is None:
        write(text)
    else:
        save(text, output)
        tell(fmt.t("written: {file}", file=str(output)))
    return EXIT_OK
