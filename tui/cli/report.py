"""The commands that answer on stdout: glance, report, check, kpis."""

from __future__ import annotations

import sys
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kpi_core.errors import UsageError, said
from tui.cli.common import EXIT_MISSED, EXIT_OK, Look, look, open_workbench, screen_width, t, tell, workspace_dir, workspace_language, write, write_lines
from tui.cli.formats import SVG_WIDTH, AllOption, ReportFormat, ReportFormatOption, chosen, content_of, deliver, extras_of, unfiltered, values_of
from tui.cli.options import Ascii, Lang, NoColor, WorkspaceOption
from tui.cli.page import Asked, about_a_page
from tui.output.saving import save_bytes

if TYPE_CHECKING:
    from kpi_core.render.arrange import Page
    from kpi_core.render.format import Formatter
    from kpi_core.view import ViewState
    from kpi_core.workbench import Workbench


PLOT = 14  # lines of a trend in a report
REPORTED = 60  # causes in a report of gaps: as many as anybody reads


class Format(StrEnum):
    table = "table"
    md = "md"
    csv = "csv"
    json = "json"
    text = "text"  # sentences, for screen readers


class GlanceFormat(StrEnum):
    table = "table"
    text = "text"


FormatOption = Annotated[Format, typer.Option("--format", "-f", help=t("How to write it."))]
OutputOption = Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help=t("Write to this file instead of stdout."), show_default=False)]


@about_a_page()
def glance(
    asked: Asked,
    format: Annotated[GlanceFormat, typer.Option("--format", "-f", help=t("How to write it; text: sentences, for screen readers."))] = GlanceFormat.table,
) -> int:
    print_glance(asked.folder, asked.state(), asked.how, format is GlanceFormat.text)
    return EXIT_OK


def print_glance(folder: Path, state: ViewState, how: Look, sentences: bool = False) -> None:
    from kpi_core.render.glance import glance_lines
    from kpi_core.render.spoken import spoken_text

    fmt = how.fmt
    bench = open_workbench(folder, how.lang)
    try:
        page = bench.glance(state)
    finally:
        bench.close()
    if sentences:
        write(spoken_text(page, fmt))
        return
    write_lines(glance_lines(page, fmt, min(screen_width(80), 120), 24), how)


def page_of(bench: Workbench, state: ViewState) -> Page:
    """The page that a state shows."""
    if state.view == "explore":
        return bench.explore(state)
    if state.view == "gaps":
        return bench.gaps(state, explained=REPORTED)
    if state.view == "trend":
        return bench.heat(state) if state.shape else bench.trend(state)
    if state.view == "whatif":
        return bench.whatif(state)
    return bench.data(state) if state.view == "data" else bench.overview(state)


@about_a_page()
def report(asked: Asked, format: ReportFormatOption = None, output: OutputOption = None, every: AllOption = False) -> int:
    fmt, how = asked.fmt, asked.how
    found = chosen(format, output)
    with asked.bench() as bench:
        state = asked.state()
        page = page_of(bench, unfiltered(state) if every else state)
        extras = extras_of(bench, page) if found is ReportFormat.html else None
    _tell_filter(page, fmt)
    if found.value in Format.__members__:
        put(report_text(page, Format(found.value), fmt, how), output, fmt)
    else:
        lines = page_lines(page, fmt, SVG_WIDTH) if found is ReportFormat.svg else []
        made = content_of(page, fmt, lines, extras)
        deliver(found.value, replace(made, sheet=values_of(page, fmt)) if found is ReportFormat.parquet else made, output, fmt)
    return EXIT_OK


def _tell_filter(page: Page, fmt: Formatter) -> None:
    """Say what of the row filter cannot be read on this page: that part leaves nothing out."""
    from kpi_core.render.arrange import page_reading

    problem = page_reading(page, fmt, page.header.state.search)[0].problem if page.header.state.search.strip() else None
    if problem is not None:
        tell(fmt.t("the row filter: {problem}", problem=problem))


def put(text: str, output: Path | None, fmt: Formatter) -> None:
    """To stdout, or into a file and say so."""
    if output is None:
        write(text)
    else:
        save(text, output)
        tell(fmt.t("written: {file}", file=str(output)))


def save(text: str, path: Path) -> None:
    """Write a report, whole or not at all; line ends stay as they are."""
    save_bytes(path, text.encode("utf-8"))


def report_text(page: Page, format: Format, fmt: Formatter, how: Look) -> str:
    """The page in one of the four formats."""
    from kpi_core.render.report import report_csv, report_json
    from kpi_core.render.table import as_text, markdown

    if format is Format.json:
        return report_json(page, fmt)
    if format is Format.csv:
        return report_csv(page, fmt)
    if format is Format.text:
        from kpi_core.render.spoken import spoken_text

        return spoken_text(page, fmt)
    if format is Format.md:
        from kpi_core.render.arrange import page_table
        from kpi_core.render.header import headline

        return f"{headline(page.header, fmt)}\n\n{markdown(page_table(page, fmt, 240))}"
    width = screen_width()
    return as_text(page_lines(page, fmt, width), how.colour)


def page_lines(page: Page, fmt: Formatter, width: int) -> list[tuple[tuple[str, str], ...]]:
    """The page as a screen shows it, without keys."""
    from kpi_core.pages import DataPage, ExplorePage, GapsPage, HeatPage, TrendPage, WhatIfPage
    from kpi_core.render.arrange import page_table, shown_heat, unseen_sorts
    from kpi_core.render.cells import cause_line, is_good
    from kpi_core.render.data import source_lines, status_of
    from kpi_core.render.explore import choices_line, trend_lines
    from kpi_core.render.gaps import empty_text, note_lines, rows_shown, summary_line
    from kpi_core.render.header import header_lines
    from kpi_core.render.heat import heat_lines
    from kpi_core.render.trend import course_lines, reading_lines, title_line

    lines = header_lines(page.header, fmt, width, sorts=unseen_sorts(page, fmt, page.header.state.sort))
    if isinstance(page, HeatPage):
        return [*lines, *heat_lines(shown_heat(page, fmt), fmt, width)]
    if isinstance(page, ExplorePage):
        lines.append(choices_line(page, fmt, width))
    if isinstance(page, GapsPage):
        lines.append(summary_line(page, fmt, width))
    if isinstance(page, TrendPage):
        key = page.header.period.text
        lines += [title_line(page, fmt, width), *course_lines(page, fmt, width, PLOT, key), *reading_lines(page, fmt, width, 2, key), ()]
    lines += page_table(page, fmt, width).lines()
    if isinstance(page, GapsPage) and not rows_shown(page):
        lines.append(((" " + empty_text(page, fmt), "muted"),))
    if isinstance(page, ExplorePage):
        lines += [(), *trend_lines(page, fmt, width, 12)]
        if page.cause is not None:
            lines += [(), ((" ", ""), *cause_line(page.cause, fmt, is_good(page.total.gap, page.total.delta)))]
        lines += [((" ", ""), *piece) for note in page.notes for piece in note_lines(note, fmt, width - 1)]
    if isinstance(page, WhatIfPage):
        from kpi_core.render.whatif import picture_lines, scenario_lines

        lines += [(), *(((" ", ""), *line) for line in scenario_lines(page, fmt)), (), *picture_lines(page, fmt, width, 24)]
    if isinstance(page, DataPage):
        for source in (source for source in page.sources if status_of(source) != "good"):
            lines += [(), *(((" ", ""), *line) for line in source_lines(source, fmt, width - 2))]
    return lines


@about_a_page()
def check(asked: Asked, quiet: Annotated[bool, typer.Option("--quiet", "-q", help=t("Say nothing: only the exit code."))] = False) -> int:
    from kpi_core.pages import ExplorePage, GapsPage, GapStatus, HeatPage, OverviewPage, TrendPage, rows_of
    from kpi_core.render.cells import gap_cells
    from kpi_core.render.clean import clean, to_ascii
    from kpi_core.render.gaps import row_name
    from kpi_core.render.late import late_text

    fmt, state = asked.fmt, asked.state()
    if state.view == "data":
        raise UsageError(said("check needs an overview or explore link"), hint=said("targets are judged on KPIs, not on files"))
    with asked.bench() as bench:
        page = page_of(bench, state)
    if isinstance(page, ExplorePage):
        judged = [(f"{page.kpi.name} · {row.label}", row.gap, page.kpi, row.value, row.target) for row in (*page.rows, page.total)]
    elif isinstance(page, GapsPage):
        judged = [(row_name(row), row.gap, row.kpi, row.value, row.target) for row in page.rows]
    elif isinstance(page, TrendPage) and page.shown is not None:
        shown = page.buckets[page.shown]
        judged = [(page.kpi.name, shown.gap, page.kpi, shown.value, shown.target)]
    elif isinstance(page, HeatPage):
        names = [f"{row.label} · {column.name}" for row in page.rows for column in page.columns]
        judged = [(name, cell.gap, page.kpi, cell.value, cell.target) for name, cell in zip(names, (cell for line in page.cells for cell in line), strict=True)]
    else:
        assert isinstance(page, OverviewPage)
        judged = [(row.kpi.name, row.gap, row.kpi, row.value, row.target) for row in rows_of(page)]
    missed = [item for item in judged if item[1].status is GapStatus.MISSED]
    if not quiet:
        marks = gap_cells([(gap, info) for _, gap, info, _, _ in missed], fmt)
        for (name, _, info, value, target), mark in zip(missed, marks, strict=True):
            line = f"{mark.text.strip()}  {clean(name)}: {fmt.value(value, info)} ({fmt.t('target')} {fmt.target(target, info)})\n"
            write(to_ascii(line) if fmt.ascii else line)
        with_target = sum(1 for item in judged if item[1].status in (GapStatus.MET, GapStatus.NEAR, GapStatus.MISSED))
        if isinstance(page, GapsPage):  # its rows are those that are not met
            with_target = page.judged
        tell(fmt.t("{period}: {missed} of {all} targets missed", period=page.header.period, missed=len(missed), all=with_target))
        noise = sum(1 for item in judged if item[1].status is GapStatus.NOISE)
        if noise:
            tell(fmt.t("{count} within the noise: samples too small to tell", count=noise))
        for late in page.header.freshness.overdue:  # no target is missed by it: the numbers are older than they should be
            line = f"! {late_text(late, fmt)}\n"
            write(to_ascii(line) if fmt.ascii else line)
    return EXIT_MISSED if missed else EXIT_OK


def missing_exports(folder: Path, lang: str) -> dict[str, tuple[str, ...]]:
    """KPIs that cannot be computed with what is loaded, and the exports that would help; empty where nothing was loaded yet."""
    if not (folder / ".omnigap" / "CURRENT").exists():
        return {}
    bench = open_workbench(folder, lang)
    try:
        return bench.missing()
    finally:
        bench.close()


def kpis(
    workspace: WorkspaceOption = None,
    format: FormatOption = Format.table,
    lang: Lang = None,
    ascii: Ascii = False,
    no_color: NoColor = False,
) -> int:
    from kpi_core.config.decode import decode
    from kpi_core.config.model import Group, KpiFile, Text
    from kpi_core.config.shipped import config_file
    from kpi_core.config.yaml import load_yaml
    from kpi_core.render.clean import clean
    from kpi_core.render.json_text import json_text
    from kpi_core.render.table import Cell, Column, Row, as_text, csv_text, fit, markdown

    folder = workspace_dir(workspace)
    how = look(lang, ascii, no_color, workspace_language(folder))
    fmt = how.fmt
    catalogue = decode(load_yaml(config_file(folder / "config", "kpis")), KpiFile)
    shown = {id for group in catalogue.groups for id in group.kpis}
    rest = Group(id="", name=Text(en="Not in the overview", fr="Hors synthèse"), kpis=tuple(id for id in catalogue.kpis if id not in shown))
    listed = [(group, id, catalogue.kpis[id]) for group in (*catalogue.groups, rest) for id in group.kpis if id in catalogue.kpis]
    missing = missing_exports(folder, how.lang)
    if format in (Format.csv, Format.json):
        names = ("id", "group", "name", "unit", "good", "formula", "help", "missing")
        rows = [
            (
                id,
                group.name.in_(how.lang),
                kpi.name.in_(how.lang),
                kpi.unit,
                kpi.good,
                kpi.expr,
                kpi.help.in_(how.lang) if kpi.help else None,
                "; ".join(missing.get(id, ())) or None,
            )
            for group, id, kpi in listed
        ]
        if format is Format.csv:
            write(csv_text(names, rows))
        else:
            write(json_text({"version": 1, "kpis": [dict(zip(names, row, strict=True)) for row in rows]}))
        return EXIT_OK
    columns = [Column("id", fmt.t("ID")), Column("name", fmt.t("NAME"), shrink=16), Column("unit", fmt.t("UNIT"))]
    columns.append(Column("formula", fmt.t("FORMULA"), shrink=16))
    if missing:
        columns.append(Column("missing", fmt.t("MISSING EXPORT"), shrink=16))
    table_rows: list[Row] = []
    seen: str | None = None
    for group, id, kpi in listed:
        if group.id != seen:
            table_rows.append(Row((Cell(clean(group.name.in_(how.lang)), "title"), *(Cell("") for _ in columns[1:])), "section"))
            seen = group.id
        cells = [Cell(id, "accent"), Cell(clean(kpi.name.in_(how.lang))), Cell(kpi.unit, "muted"), Cell(clean(kpi.expr))]
        if missing:
            cells.append(Cell(clean("; ".join(missing.get(id, ()))), "warn"))
        table_rows.append(Row(tuple(cells), key=id))
    if format is Format.text:
        from kpi_core.render.spoken import spoken_table

        write(spoken_table(fit(columns, table_rows, 400, ascii=fmt.ascii), fmt))
        return EXIT_OK
    wide = format is Format.md or not sys.stdout.isatty()
    table = fit(columns, table_rows, 400 if wide else screen_width(), ascii=fmt.ascii)
    natural = min(table.natural, 160)
    table = table if not wide or format is Format.md else fit(columns, table_rows, natural, ascii=fmt.ascii)
    write(markdown(table) if format is Format.md else as_text(table.lines(), how.colour))
    return EXIT_OK
