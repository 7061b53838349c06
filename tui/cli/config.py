"""`omnigap config`: check every YAML file, or show each value with the line it comes from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kpi_core.errors import ConfigError, UsageError, said
from tui.cli.common import EXIT_OK, Look, look, t, tell_error, warn, workspace_dir, workspace_language, write
from tui.cli.options import Ascii, Lang, NoColor, WorkspaceOption

if TYPE_CHECKING:
    from kpi_core.config.yaml import Document


def config_validate(workspace: WorkspaceOption = None, lang: Lang = None, no_color: NoColor = False, ascii: Ascii = False) -> int:
    from kpi_core.config.access import FILE, load_access
    from kpi_core.config.bundle import load_bundle
    from kpi_core.config.layouts import load_layouts
    from kpi_core.config.shipped import shipped
    from kpi_core.engine.catalogue import Catalogue
    from kpi_core.objectives import validate
    from kpi_core.objectives.catalogue import KpiCatalogue
    from kpi_core.sources import Profiles
    from kpi_core.workbench.desk import calendar_of
    from kpi_core.workbench.owning import expectations, overlaps
    from kpi_core.workbench.scope import doubts, open_to_change

    folder = workspace_dir(workspace)
    how = look(lang, ascii, no_color, workspace_language(folder))
    fmt = how.fmt
    config = folder / "config"
    bundle = load_bundle(config)
    access = load_access(config)
    catalogue = Catalogue.build(bundle.kpis, bundle.documents["kpis"])
    known = KpiCatalogue(catalogue, {}, calendar_of(bundle))
    problems: tuple[ConfigError, ...] = validate(bundle.objectives, bundle.documents["objectives"], known, bundle.targets)
    profiles = Profiles.load(shipped("config") / "profiles", config / "profiles")
    load_layouts(config).check({profile.id: tuple(profile.spec.columns) for profile in profiles})
    overlaps(bundle, profiles)
    expectations(bundle, profiles)
    for stem, path in bundle.origins.items():
        bad = sum(1 for problem in problems if problem.where and problem.where.file == bundle.documents[stem].file)
        write(f"{'-' if bad else ('OK' if fmt.ascii else '✓')} {path}\n")
    counts = {"kpis": len(catalogue.kpis), "objectives": len(bundle.objectives.objectives), "profiles": len(profiles)}
    write(f"{'OK' if fmt.ascii else '✓'} {fmt.t('{kpis} KPIs, {objectives} objectives, {profiles} export formats', **counts)}\n")
    if access is not None:
        write(f"{'OK' if fmt.ascii else '✓'} {config / FILE}\n")
        changeable = open_to_change(folder)
        for message in (*doubts(folder, access), *([changeable] if changeable is not None else [])):
            warn(fmt.t(message), fmt)
    for problem in problems:
        tell_error(problem, fmt.t)
    return problems[0].exit_code if problems else EXIT_OK


def config_show(
    file: Annotated[str | None, typer.Argument(metavar="[settings|calendar|kpis|objectives]", show_default=False, help=t("Only this file."))] = None,
    workspace: WorkspaceOption = None,
    lang: Lang = None,
    no_color: NoColor = False,
    ascii: Ascii = False,
) -> int:
    import msgspec

    from kpi_core.config.bundle import FILES, load_bundle

    folder = workspace_dir(workspace)
    how = look(lang, ascii, no_color, workspace_language(folder))
    if file is not None and file not in FILES:
        raise UsageError(said("there is no configuration file {name}", name=file), hint=said("known: {names}", names=", ".join(FILES)))
    bundle = load_bundle(folder / "config")
    for stem in (file,) if file else ("settings", "calendar"):
        document = bundle.documents[stem]
        rows = list(_leaves(msgspec.to_builtins(getattr(bundle, stem)), ()))
        write(f"# {bundle.origins[stem]}\n")
        texts = [(".".join(map(str, path)), _plain(value), _origin(document, path, how)) for path, value in rows]
        key_width = min(max((len(key) for key, _, _ in texts), default=0), 44)
        value_width = min(max((len(value) for _, value, _ in texts), default=0), 44)
        for key, value, origin in texts:
            write(f"{key:<{key_width}}  {value:<{value_width}}  {origin}\n")
    return EXIT_OK


def _leaves(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Every plain value of a nested one with its path; empty lists and mappings are values too."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list | tuple) else None
    if items is None or not value:
        yield path, value
        return
    for key, item in items:
        yield from _leaves(item, (*path, key))


def _plain(value: Any) -> str:
    from kpi_core.render.clean import clean

    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return clean(str(value))


def _origin(document: Document, path: tuple[str | int, ...], how: Look) -> str:
    """`file:line` of a value that is written, else `default`."""
    if path in document.lines:
        return f"{document.file}:{document.lines[path]}"
    return how.fmt.t("default")


def group(text: str) -> typer.Typer:
    """The command with those below it."""
    found = typer.Typer(rich_markup_mode=None, no_args_is_help=True, help=text)
    found.command("validate", help=t("Check every YAML file; exit 2 with file, line and key of a mistake."))(config_validate)
    found.command("show", help=t("Print each value with the file and line it comes from."))(config_show)
    return found
