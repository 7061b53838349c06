"""`omnigap targets`: a table of targets into a file of its own beside the user's objectives, checked with them before it is written."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kpi_core.config.bundle import TARGETS, Bundle, load_bundle
from kpi_core.config.decode import decode
from kpi_core.config.model import ObjectivesFile
from kpi_core.config.yaml import parse_yaml
from kpi_core.engine.catalogue import Catalogue
from kpi_core.errors import ConfigError, StoreError, UsageError, Where, said
from kpi_core.objectives import KpiCatalogue, validate
from kpi_core.objectives.imports import Choices, Imported, Names, file_text, import_grid, is_imported, stem_of
from kpi_core.objectives.imports.cells import fold
from kpi_core.store import Workspace
from kpi_core.workbench.desk import calendar_of
from kpi_core.workbench.scope import loaded_members
from kpi_core.workbench.target_table import read_table


@dataclass(frozen=True)
class Plan:
    """What an import would write: the account of the table, the file's text and its place; `replaces` an earlier import."""

    account: Imported
    text: str
    path: Path
    shown: str  # the place within the workspace
    replaces: bool


def plan_import(workspace: Workspace, table: Path, choices: Choices, *, into: str = "", sheet: str | None = None, extra: dict[str, Any] | None = None) -> Plan:
    """Read a table and check what it says together with all other objectives. Writes nothing.

    Raises UsageError for a mistake in the table (file, line, column), ConfigError when a target clashes with one that is written already.
    """
    bundle = load_bundle(workspace.config_dir)
    catalogue = Catalogue.build(bundle.kpis, bundle.documents["kpis"])
    loaded = loaded_members(workspace)
    known = KpiCatalogue(catalogue, calendar=calendar_of(bundle))
    account = import_grid(read_table(table, sheet), known, names(catalogue, loaded), choices, extra)
    if not account.targets:
        raise UsageError(said("the table has no number"), where=Where(table.name))
    stem = stem_of(into or table.name)
    if stem == "objectives":
        raise UsageError(said("objectives.yaml is yours and is never rewritten"), hint=said("choose another name: --into {name}", name=stem_of(table.name)))
    shown = f"config/{TARGETS}/{stem}.yaml"
    path = workspace.root / shown
    replaces = path.exists()
    if replaces and not is_imported(path.read_text(encoding="utf-8", errors="replace")):
        raise UsageError(said("this file was not written by an import"), where=Where(shown), hint=said("choose another name: --into NAME"))
    text = file_text(stem, table.name, account.targets)
    _check(bundle, known, text, shown)
    return Plan(account, text, path, shown, replaces)


def write_import(plan: Plan) -> None:
    """Put the file in its place at once or not at all. Raises StoreError."""
    try:
        plan.path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".targets-", dir=plan.path.parent)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(plan.text)
            Path(name).chmod(0o644)
            Path(name).replace(plan.path)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(name).unlink()
            raise
    except OSError as error:
        raise StoreError(said("the file cannot be written: {why}", why=error.strerror or str(error)), where=Where(plan.shown)) from None


def names(catalogue: Catalogue, loaded: Mapping[str, Collection[str]]) -> Names:
    """What KPIs, dimensions and members may be called in a table: their ids and names in both languages, and members of the data."""
    kpis: dict[str, str] = {}
    for name, spec in catalogue.file.kpis.items():
        texts = [text.in_(lang) for text in (spec.name, spec.short) if text is not None for lang in ("en", "fr")]
        for text in texts:
            kpis.setdefault(fold(text), name)
    kpis |= {fold(name): name for name in catalogue.file.kpis}
    order = [*catalogue.drill, *(dim for dim in catalogue.dimensions if dim not in catalogue.drill)]
    dims = {dim: tuple(catalogue.dimension(dim).name.in_(lang) for lang in ("en", "fr")) for dim in order}
    members: dict[str, dict[str, str]] = {}
    for dim in order:
        found = {fold(name): name for name in loaded.get(dim, ())}
        for code, called in catalogue.dimension(dim).values.items():
            found |= {fold(called.in_(lang)): code for lang in ("en", "fr")}
        members[dim] = found | {fold(code): code for code in catalogue.dimension(dim).values}
    return Names(kpis, dims, members, loaded)


def _check(bundle: Bundle, catalogue: KpiCatalogue, text: str, shown: str) -> None:
    document = parse_yaml(text.encode("utf-8"), shown)
    fresh = (decode(document, ObjectivesFile), document)
    others = tuple(item for item in bundle.targets if item[1].file != shown)
    problems = validate(bundle.objectives, bundle.documents["objectives"], catalogue, (*others, fresh))
    mine = [problem for problem in problems if problem.where is not None and problem.where.file == shown]
    if mine:
        raise _told(mine[0], fresh[0])


def _told(problem: ConfigError, file: ObjectivesFile) -> ConfigError:
    """A problem of the file that would be written, at the line of the table it comes from."""
    steps = (problem.where.column or "").split(".") if problem.where else []
    if len(steps) < 4 or not steps[3].isdigit():
        return problem
    source = file.objectives[0].targets[int(steps[3])].imported
    if source is None:
        return problem
    line = source.split.get(steps[5], {}).get(".".join(steps[6:7])) if len(steps) > 6 and steps[4] == "split" else None
    clash = "two targets" in problem.what.template
    hint = said("keep one of them: in objectives.yaml, or in the table") if clash else problem.hint
    return ConfigError(problem.what, where=Where(source.file, line or source.line), hint=hint)
