"""The options that commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tui.cli.common import t

THEME_NAMES = "auto, dark, light, high-contrast, high-contrast-light, colour-blind, colour-blind-light, terminal"

Lang = Annotated[str | None, typer.Option("--lang", metavar="fr|en", help=t("Language (default: settings, then the terminal's)."))]
WorkspaceOption = Annotated[
    Path | None, typer.Option("--workspace", "-w", metavar="DIR", help=t("Workspace folder (default: OMNIGAP_WORKSPACE, else here)."), show_default=False)
]
PeriodOption = Annotated[
    str | None, typer.Option("--period", "-p", metavar="PERIOD", help="2026-W44, 2026-10, 2026-10-01..2026-10-07, last 8 weeks, mtd, ytd as of complete.")
]
CompareOption = Annotated[
    str | None, typer.Option("--compare", "-c", metavar="COMPARISON", help="none, previous, last_year, last_year_weekday, last_year_date, last_year_events.")
]
BasisOption = Annotated[
    list[str] | None,
    typer.Option("--basis", "-b", metavar="BASIS", help=t("Another way of counting, as kpis.yaml names it: by_sale (returns by sale date), first_touch …")),
]
NoColor = Annotated[bool, typer.Option("--no-color", help=t("No colours (also: NO_COLOR, CLICOLOR=0)."))]
Ascii = Annotated[bool, typer.Option("--ascii", help=t("ASCII characters only."))]
PlotOption = Annotated[
    str | None, typer.Option("--plot", metavar="braille|block|ascii", help=t("Plots in braille (default), block or ascii characters."), show_default=False)
]
ThemeOption = Annotated[
    str | None,
    typer.Option("--theme", metavar="NAME", help=t("Colours: {names}, or a theme of your own.", names=THEME_NAMES), show_default=False),
]
ShowCursor = Annotated[bool, typer.Option("--show-cursor", help=t("The terminal's own cursor follows the row, for screen readers and braille displays."))]
NoMouse = Annotated[bool, typer.Option("--no-mouse", help=t("Leave the mouse to the terminal (with it: hold Shift to select text)."))]
