"""Learning a layout in a workspace: tables of a file, a draft and its preview, and the profile written into config/profiles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from kpi_core.config.bundle import load_bundle
from kpi_core.errors import ConfigError, OmnigapError, UsageError, Where, said
from kpi_core.sources.files.container import locate
from kpi_core.sources.learning.draft import Draft, draft
from kpi_core.sources.learning.kinds import BY_ID, Kind
from kpi_core.sources.learning.learn import Plan, kinds_by_likeness, suggest
from kpi_core.sources.learning.preview import ROWS, Preview, preview
from kpi_core.sources.learning.tables import Table, tables
from kpi_core.sources.profiles.profile import Profiles
from kpi_core.store import LoadReport, Workspace
from kpi_core.store.files import write_bytes
from kpi_core.workbench.loading import giving_way, load_exports, phone_country, profiles_of

FOLDER = "config/profiles"


@dataclass(frozen=True)
class Looked:
    """What a plan comes to: the draft, or why there is none yet, and what it makes of the head of the file."""

    plan: Plan
    draft: Draft | None = None
    preview: Preview | None = None
    error: OmnigapError | None = None

    @property
    def ready(self) -> bool:
        """Could it be written as it is?"""
        return self.draft is not None and not self.draft.rivals and self.preview is not None and self.preview.error is None


@dataclass(frozen=True)
class Learner:
    """A workspace as it is needed for learning; nothing needs to be loaded in it."""

    workspace: Workspace
    profiles: Profiles
    zone: str | None
    country: str | None

    @classmethod
    def open(cls, folder: Path) -> Learner:
        """Raises ConfigError for a mistake in the configuration or in a profile of the workspace."""
        workspace = Workspace.open(folder)
        bundle = load_bundle(workspace.config_dir)
        return cls(workspace, profiles_of(workspace), bundle.calendar.timezone, phone_country(bundle))

    def tables(self, path: Path) -> list[Table]:
        return tables(path)

    def kinds(self, table: Table) -> list[tuple[Kind, Plan]]:
        """Every kind with what is proposed for it, the likeliest first."""
        return kinds_by_likeness(table, self.profiles)

    def suggest(self, kind: str, table: Table) -> Plan:
        return suggest(BY_ID[kind], table, self.profiles)

    def look(self, plan: Plan, table: Table, name: str = "", rows: int = ROWS) -> Looked:
        """Never raises for what the plan or the file has wrong."""
        try:
            made = draft(plan, table, self.profiles, name)
        except OmnigapError as error:
            return Looked(plan, error=error)
        return Looked(plan, made, preview(made, table, self.profiles, rows, zone=self.zone, country=self.country))

    def write(self, made: Draft) -> Path:
        """Put the profile into config/profiles. Raises UsageError when another profile would claim its files too, ConfigError when a file of this
        name is there or it cannot be written."""
        if made.rivals:
            hint = said("point at more columns, or remove that profile")
            raise UsageError(said("{names} would claim this file as well", names=", ".join(made.rivals)), hint=hint)
        if not (self.workspace.root / "config").is_dir():
            Workspace.create(self.workspace.root)  # a folder with this file alone would hide the defaults
        path = self.workspace.config_dir / "profiles" / made.file
        shown = f"{FOLDER}/{made.file}"
        if path.exists():
            raise ConfigError(said("this profile is there already"), where=Where(shown), hint=said("choose another name, or remove the file"))
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_bytes(path, made.text.encode(), self.workspace.root)
        except OSError as error:
            raise ConfigError(said("the file cannot be written: {why}", why=error.strerror or str(error)), where=Where(shown)) from None
        return path

    def load(self, path: Path, progress: Callable[[Path, float], None] | None = None) -> LoadReport:
        """Load the file that was learnt, with the profiles as they are now."""
        return giving_way(self.workspace, lambda: load_exports(self.workspace, [locate(path)[0]], progress=progress))


def shown_tables(found: Sequence[Table], path: Path) -> list[str]:
    """Where each table lies in the file: its sheet or file inside, list of records, or nothing to say."""
    told = []
    for table in found:
        try:
            inside = table.path.relative_to(path).as_posix()
        except ValueError:
            inside = ""
        parts = [part for part in (table.decoded.sheet or ("" if inside == "." else inside), *_list_of(table)) if part]
        told.append(" ".join(parts))
    return told


def _list_of(table: Table) -> list[str]:
    spec = table.records
    return [".".join(part for part in (spec.path, spec.each) if part)] if spec is not None else []
