"""The commands about what is done: `actions` lists who does what and how the KPI stood before and after; `note` writes something down."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from tui.cli.common import EXIT_OK, Look, screen_width, t, tell, warn, write, write_lines
from tui.cli.page import Asked, about_a_page
from tui.cli.report import Format, FormatOption

if TYPE_CHECKING:
    from kpi_core.pages import ActionsPage
    from kpi_core.render.format import Formatter


@about_a_page("period", "compare", "basis")
def actions(
    asked: Asked,
    kpi: Annotated[str | None, typer.Option("--kpi", metavar="KPI", help=t("Only those for this KPI (its id)."), show_default=False)] = None,
    format: FormatOption = Format.table,
) -> int:
    fmt, state = asked.fmt, asked.state()
    with asked.bench() as bench:
        page = bench.actions(replace(state, kpi=kpi) if kpi is not None else state)
    if format in (Format.csv, Format.json):
        write(_data(page, fmt, format))
    else:
        _print(page, asked.how, format)
        if any(line.effect is not None for line, _ in page.rows):
            tell(fmt.t("before and after the start of an action: what was seen, not what the action caused"))
    if not page.rows:
        tell(fmt.t("no action is written here: they stand under actions: in objectives.yaml"))
    return EXIT_OK


def _data(page: ActionsPage, fmt: Formatter, format: Format) -> str:
    from kpi_core.render.actions import actions_csv, actions_json

    return actions_csv(page, fmt) if format is Format.csv else actions_json(page, fmt)


def _print(page: ActionsPage, how: Look, format: Format) -> None:
    from kpi_core.render.actions import actions_table
    from kpi_core.render.table import as_text, markdown

    if format is Format.md:
        write(markdown(actions_table(page, how.fmt, 400)))
        return
    if format is Format.text:
        from kpi_core.render.spoken import spoken_table

        write(spoken_table(actions_table(page, how.fmt, 400), how.fmt))
        return
    wide = not sys.stdout.isatty()
    table = actions_table(page, how.fmt, 400 if wide else screen_width())
    if wide:
        table = actions_table(page, how.fmt, min(table.natural, 200))
    write(as_text(table.lines(), how.colour))


@about_a_page("link", "period", "compare", "basis")
def note(
    asked: Asked,
    link: Annotated[str, typer.Argument(metavar="LINK", help=t("An omnigap:// link that names the KPI and filters (Y copies one in the app)."))],
    text: Annotated[str | None, typer.Argument(metavar="[TEXT]", help=t("What to write down; without it, the notes there are."), show_default=False)] = None,
) -> int:
    from kpi_core.pages import NOTES_FILE
    from kpi_core.render.gaps import note_lines

    fmt, state = asked.fmt, replace(asked, link=link).state()
    with asked.bench() as bench:
        if text is not None:
            kept = bench.add_note(state, text)
            tell(fmt.t("kept in {file}: {text}", file=NOTES_FILE, text=kept.text))
            return EXIT_OK
        lines, problems = bench.notes(state)
    write_lines([piece for line in lines for piece in note_lines(line, fmt, screen_width())], asked.how)
    for problem in problems:
        warn(fmt.t(problem), fmt)
    if not lines:
        tell(fmt.t("no note here yet"))
    return EXIT_OK
