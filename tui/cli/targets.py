"""`omnigap targets`: import a budget from CSV or a workbook."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kpi_core.errors import UsageError, said
from tui.cli.common import EXIT_OK, Look, look, t, tell, warn, workspace_dir, workspace_language, write
from tui.cli.options import Ascii, Lang, NoColor, WorkspaceOption

if TYPE_CHECKING:
    from kpi_core.workbench.targets import Plan

MARKS = {"comma": ",", "point": "."}


def targets(
    table: Annotated[Path, typer.Argument(metavar="FILE", help=t("A table: CSV, or a workbook (xlsx, ods)."))],
    workspace: WorkspaceOption = None,
    into: Annotated[
        str | None, typer.Option("--into", metavar="NAME", help=t("Name of the file in config/targets (default: the table's)."), show_default=False)
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=t("Print what would be written, and write nothing."))] = False,
    kpi: Annotated[str | None, typer.Option("--kpi", metavar="KPI", help=t("The KPI of a table that does not name it."), show_default=False)] = None,
    period: Annotated[
        str | None, typer.Option("--period", "-p", metavar="PERIOD", help=t("The period of rows without one, and the year of months."), show_default=False)
    ] = None,
    decimal: Annotated[
        str | None, typer.Option("--decimal", metavar="comma|point", help=t("The decimal mark, where the table does not prove it."), show_default=False)
    ] = None,
    sheet: Annotated[str | None, typer.Option("--sheet", metavar="NAME", help=t("The sheet of a workbook (default: the first)."), show_default=False)] = None,
    like: Annotated[
        str | None, typer.Option("--like", metavar="YEAR", help=t("Phase amounts by the weeks of this year, or last_year."), show_default=False)
    ] = None,
    amber: Annotated[
        str | None, typer.Option("--amber", metavar="BAND", help=t("How far short still counts as near, for example -3%."), show_default=False)
    ] = None,
    lang: Lang = None,
    no_color: NoColor = False,
    ascii: Ascii = False,
) -> int:
    from kpi_core.objectives.imports import Choices
    from kpi_core.store.workspace import Workspace
    from kpi_core.workbench.targets import plan_import, write_import

    folder = workspace_dir(workspace)
    how = look(lang, ascii, no_color, workspace_language(folder))
    if decimal is not None and decimal not in MARKS:
        raise UsageError(said("{text} is not a decimal mark", text=decimal), hint=said("known: {names}", names=", ".join(MARKS)))
    extra: dict[str, Any] = {} if amber is None else {"amber": amber}
    if like is not None:
        if not re.fullmatch(r"\d{4}|last_year", like):
            raise UsageError(said("{text} is no year to phase by", text=like), hint=said("write for example --like 2025, or --like last_year"))
        extra["phase"] = {"like": int(like) if like.isdigit() else like, "by": "iso_week"}
    choices = Choices(kpi or "", period or "", MARKS.get(decimal or ""))
    plan = plan_import(Workspace.open(folder), table, choices, into=into or "", sheet=sheet, extra=extra)
    if dry_run:
        write(plan.text)
    else:
        write_import(plan)
        write(f"{plan.shown}\n")
    _account(plan, how, dry_run)
    return EXIT_OK


def _account(plan: Plan, how: Look, dry_run: bool) -> None:
    """What was understood, and what a person should look at."""
    fmt, found = how.fmt, plan.account
    tell(fmt.t("{rows} rows read: targets for {names}", rows=found.rows, names=", ".join(found.kpis)))
    if found.sums:
        tell(fmt.t("{count} rows stand above others: checked against them, counted once", count=found.sums))
    for rest in found.remainders:
        scope = ", ".join(member for _, member in rest.scope) or fmt.t("Total")
        period = f" {rest.range}" if rest.range else ""
        amount = fmt.number(rest.amount, 0 if rest.amount == rest.amount.to_integral_value() else 2)
        tell(fmt.t("{kpi}{period}, {scope} by {dim}: {amount} unallocated", kpi=rest.kpi, period=period, scope=scope, dim=rest.dim, amount=amount))
    for name in found.unread:
        warn(fmt.t("column {name} was not read", name=name), fmt)
    for dim, member, line, near in found.strangers:
        told = fmt.t("line {line}: no loaded data have the {dim} {member}", line=line, dim=dim, member=member)
        warn(f"{told} ({fmt.t('did you mean {name}?', name=near)})" if near else told, fmt)
    if not dry_run and plan.replaces:
        tell(fmt.t("It takes the place of the earlier import. Remove the file to be rid of these targets."))
    if not dry_run:
        tell(fmt.t("objectives.yaml was not touched. Check everything with: omnigap config validate"))
