"""`omnigap learn`: a profile for a file of unknown layout, on the screen or, with options, without one."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kpi_core.errors import UsageError, Where, said
from kpi_core.i18n import Translator
from tui import settings
from tui.cli import open as cli_open
from tui.cli.common import EXIT_DATA, EXIT_OK, EXIT_USAGE, Look, look, screen_width, t, tell, tell_error, workspace_dir, workspace_language, write, write_lines
from tui.cli.options import Ascii, Lang, NoColor, WorkspaceOption

if TYPE_CHECKING:
    from kpi_core.sources.learning.kinds import Kind
    from kpi_core.sources.learning.learn import Plan
    from kpi_core.sources.learning.tables import Table
    from kpi_core.workbench.learning import Learner, Looked


class ProposalFormat(StrEnum):
    text = "text"
    json = "json"


FileArgument = Annotated[
    Path, typer.Argument(metavar="FILE", help=t("The file of unknown layout: a sheet or a file of an archive by its path in it."), show_default=False)
]
KindOption = Annotated[
    str | None, typer.Option("--as", metavar="KIND", help=t("What it is: lines, orders, returns, stock, products, spend …"), show_default=False)
]
ColumnOption = Annotated[
    list[str] | None,
    typer.Option("--column", metavar="FIELD=HEADER", help=t("Which column is which field; FIELD= takes a proposed one back."), show_default=False),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="NAME=TEXT", help=t("One text for the whole file (channel, currency …), or tax, vat, decimal, order.FIELD."), show_default=False
    ),
]
TableOption = Annotated[
    int | None, typer.Option("--table", metavar="N", help=t("Which table of the file, as --propose lists them (default: the first)."), show_default=False)
]


def learn(
    file: FileArgument,
    workspace: WorkspaceOption = None,
    kind: KindOption = None,
    column: ColumnOption = None,
    set: SetOption = None,
    table: TableOption = None,
    id: Annotated[str, typer.Option("--id", metavar="NAME", help=t("What the layout is called (default: after the file)."), show_default=False)] = "",
    propose: Annotated[bool, typer.Option("--propose", help=t("Only list the tables, kinds and columns that are proposed."))] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=t("Print the profile and what it makes of the file; write nothing."))] = False,
    load: Annotated[bool, typer.Option("--load", help=t("Load the file once the profile is written."))] = False,
    format: Annotated[ProposalFormat, typer.Option("--format", "-f", help=t("How --propose is written."))] = ProposalFormat.text,
    lang: Lang = None,
    ascii: Ascii = False,
    no_color: NoColor = False,
) -> int:
    folder = workspace_dir(workspace)
    how = look(lang, ascii, no_color, workspace_language(folder))
    if not (kind or column or set or propose or dry_run or id or load or table):
        return _on_screen(folder, file, how, no_color)
    from kpi_core.workbench.learning import Learner

    learner = Learner.open(folder)
    tables = learner.tables(file)
    if propose and format is ProposalFormat.text:
        write_lines(_proposal_lines(learner, tables, file, kind, how), how)
        return EXIT_OK
    if propose:
        from kpi_core.render.json_text import json_text

        write(json_text(_proposal(learner, tables, file, kind, how)))
        return EXIT_OK
    chosen = _table(tables, table or 1)
    looked = learner.look(_plan(learner, chosen, kind, column or (), set or ()), chosen, id)
    return _finish(learner, looked, file, how, dry_run, load)


def _on_screen(folder: Path, file: Path, how: Look, no_color: bool) -> int:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        hint = said("without one: omnigap learn FILE --propose, then --as and --column")
        raise UsageError(said("the screen needs a terminal"), where=Where(str(file)), hint=hint)
    return cli_open.show_screen(folder, None, replace(settings.options(how, no_color=no_color), learn=file.absolute()))


def _table(tables: list[Table], number: int) -> Table:
    if not 1 <= number <= len(tables):
        raise UsageError(said("there is no table {number}", number=str(number)), hint=said("omnigap learn FILE --propose lists {count}", count=len(tables)))
    return tables[number - 1]


def _plan(learner: Learner, table: Table, kind: str | None, columns: Iterable[str], texts: Iterable[str]) -> Plan:
    """What is proposed, with what was said on top. Raises UsageError for a name that does not exist."""
    from kpi_core.sources.learning.learn import kind_named, with_columns, with_settings

    plan = learner.suggest(kind_named(kind).id, table) if kind else learner.kinds(table)[0][1]
    plan = with_columns(plan, table, [_pair(text) for text in columns])
    return with_settings(plan, [_pair(text) for text in texts])


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise UsageError(said("{text} is not of the form NAME=VALUE", text=text))
    return name.strip(), value.strip()


def _finish(learner: Learner, looked: Looked, file: Path, how: Look, dry_run: bool, load: bool) -> int:
    from kpi_core.render.learning import preview_lines

    say = Translator(how.lang)
    if looked.draft is None or looked.preview is None:
        if looked.error is not None:
            tell_error(looked.error, say)
        return EXIT_USAGE
    lines = preview_lines(looked.preview, how.fmt, screen_width(), looked.draft.notes)
    if dry_run:
        write(looked.draft.text + "\n")
        write_lines(lines, how)
    if not looked.ready:
        if not dry_run:
            write_lines(lines, how)
        if looked.preview.questions:
            tell(how.fmt.t("answer with {examples}", examples=" ".join(f"--set {name}={value}" for name, value in answers_for(looked))))
        return EXIT_USAGE if looked.draft.rivals or looked.preview.questions else EXIT_DATA
    if dry_run:
        return EXIT_OK
    path = learner.write(looked.draft)
    write_lines(lines, how)
    tell(how.fmt.t("written: {file}", file=str(path)))
    if not load:
        tell(how.fmt.t("now run: omnigap load {file}", file=str(file)))
        return EXIT_OK
    from tui.cli.setup import load_files

    return EXIT_DATA if load_files(learner.workspace, [file], how).failed else EXIT_OK


def answers_for(looked: Looked) -> list[tuple[str, str]]:
    """How to set what the file leaves open: the name and the first possible answer of each question."""
    found = []
    for question in looked.preview.questions if looked.preview is not None else ():
        name = {"decimal": "decimal", "currency": "currency"}.get(question.kind, f"order.{question.column}")
        found.append((name, question.options[0].answer))
    return list(dict(found).items())


# ---------------------------------------------------------------- the proposal


def _proposal(learner: Learner, tables: list[Table], file: Path, kind: str | None, how: Look) -> dict[str, Any]:
    from kpi_core.workbench.learning import shown_tables

    told = []
    for number, (table, place) in enumerate(zip(tables, shown_tables(tables, file), strict=True), 1):
        kinds = [
            {
                "kind": one.id, "title": one.label.in_(how.lang), "columns": dict(plan.columns), "set": {**plan.constants, **plan.settings},
                "needed": [item.name for item in plan.missing()],
            }
            for one, plan in _kinds(learner, table, kind)
        ]  # fmt: skip
        columns = [{"header": column.shown, "looks_like": column.shape, "examples": list(column.examples[:3])} for column in table.columns]
        told.append({"table": number, "place": place, "line": table.line, "delimiter": table.delimiter, "columns": columns, "kinds": kinds})
    return {"version": 1, "file": str(file), "tables": told}


def _kinds(learner: Learner, table: Table, kind: str | None) -> list[tuple[Kind, Plan]]:
    from kpi_core.sources.learning.learn import kind_named

    if kind is None:
        return learner.kinds(table)[:3]
    return [(kind_named(kind), learner.suggest(kind, table))]


def _proposal_lines(learner: Learner, tables: list[Table], file: Path, kind: str | None, how: Look) -> list[Any]:
    from kpi_core.render.clean import clean, to_ascii
    from kpi_core.render.text import join, wrap_line
    from kpi_core.workbench.learning import shown_tables

    tell_, width = how.fmt.t, screen_width()
    lines: list[Any] = []
    for number, (table, place) in enumerate(zip(tables, shown_tables(tables, file), strict=True), 1):
        where = f"{place} " if place else ""
        line = tell_("line {line}", line=str(table.line)) if table.line else tell_("records")
        headers = clean(", ".join(column.shown for column in table.columns), 2000)
        lines += wrap_line(join((f"{number}  ", "key"), (clean(f"{where}{line}"), "title"), ("  ", ""), (headers, "muted")), width, 3)
        if number > 1 and len(tables) > 3:
            continue
        for one, plan in _kinds(learner, table, kind):
            lines.append(join((f"   --as {one.id}  ", "accent"), (one.label.in_(how.lang), "")))
            for item in one.fields:
                if item.name in plan.columns:
                    column = table.column(plan.columns[item.name])
                    shown = clean(", ".join(column.examples[:2]), 60) if column is not None else ""
                    pointed = (f'      --column {item.name}="{clean(plan.columns[item.name], 80)}"', "")
                    lines += wrap_line(join(pointed, (f"  {item.label.in_(how.lang)}: {shown}", "muted")), width, 8)
            lines += [join((f"      --set {name}={value}", "")) for name, value in {**plan.constants, **plan.settings}.items()]
            if plan.missing():
                needed = ", ".join(f"{item.name} ({item.label.in_(how.lang)})" for item in plan.missing())
                lines += wrap_line(join((f"      {tell_('still needed: {fields}', fields=needed)}", "warn")), width, 8)
    return [tuple((to_ascii(text), role) for text, role in line) if how.ascii else line for line in lines]
