"""Loading with everything that the workspace's configuration asks for: profiles, currency, rollups and prepared cells."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path

from kpi_core.config.bundle import Bundle, load_bundle
from kpi_core.config.shipped import shipped
from kpi_core.engine.catalogue import Catalogue
from kpi_core.engine.prepared import preparation
from kpi_core.engine.rollups import rollups
from kpi_core.errors import ConfigError, said
from kpi_core.sources import Profiles
from kpi_core.store import FileReport, LoadReport, MartSettings, SourceImporter, Workspace, load_with


def export_folders(workspace: Workspace) -> list[Path]:
    """The folders that settings.yaml names and that exist: what is loaded when nothing is named."""
    settings = load_bundle(workspace.config_dir).settings
    return [workspace.root / name for name in settings.exports if (workspace.root / name).is_dir()]


def profiles_of(workspace: Workspace) -> Profiles:
    """The shipped profiles; those of the workspace replace or add to them. Raises ConfigError at the first mistake."""
    return Profiles.load(shipped("config") / "profiles", workspace.config_dir / "profiles")


def mart_settings(bundle: Bundle) -> MartSettings:
    """What settings.yaml says of the star. Raises ConfigError for a day that is none."""
    spec, text = bundle.settings, bundle.settings.constant_rates_on
    try:
        day = None if text is None else date.fromisoformat(text)
    except ValueError:
        where = bundle.documents["settings"].where(("constant_rates_on",))
        raise ConfigError(said("{text} is not a day", text=str(text)), where=where, hint=said("write it as 2026-10-31")) from None
    return MartSettings(spec.currency, spec.stock_max_days, day)


def load_exports(
    workspace: Workspace,
    paths: Iterable[Path],
    *,
    progress: Callable[[Path, float], None] | None = None,
    on_file: Callable[[FileReport], None] | None = None,
) -> LoadReport:
    """Load files and folders as one new generation. Raises ConfigError or StoreError; a file that cannot be read is in the report."""
    bundle = load_bundle(workspace.config_dir)
    catalogue = Catalogue.build(bundle.kpis, bundle.documents["kpis"])
    return load_with(
        workspace,
        paths,
        SourceImporter(profiles_of(workspace), bundle.calendar.timezone),
        mart_settings(bundle),
        rollups=rollups(catalogue),
        preparation=preparation(catalogue),
        progress=progress,
        on_file=on_file,
    )
