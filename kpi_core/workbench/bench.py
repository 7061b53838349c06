"""Opening a workspace, and the pages it gives."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from kpi_core.config.bundle import load_bundle
from kpi_core.engine.catalogue import Catalogue
from kpi_core.engine.run import Engine
from kpi_core.pages import DataPage, DefinitionCard, ExplorePage, GlancePage, OverviewPage, RecordsPage
from kpi_core.store import Workspace, open_reader
from kpi_core.store.connection import Limits
from kpi_core.view import ViewState
from kpi_core.workbench import data, definition, explore, glance, overview, records
from kpi_core.workbench.desk import Desk, objectives_of


class Workbench:
    """Pages of one workspace in one language; reads one generation until `reload`. Safe to ask from a worker thread."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    @classmethod
    def open(cls, folder: Path | str, lang: str = "en") -> Workbench:
        """Read the configuration and pin the current generation. Raises ConfigError or StoreError, each with what to do."""
        workspace = Workspace.open(folder)
        bundle = load_bundle(workspace.config_dir)
        catalogue = Catalogue.build(bundle.kpis, bundle.documents["kpis"])
        limits = bundle.settings.limits
        reader = open_reader(workspace, Limits(limits.memory, limits.threads, limits.temp, limits.seconds))
        engine = Engine(reader, catalogue)
        objectives = objectives_of(bundle, catalogue)
        built = reader.meta().get("built_at", "")
        loaded_at = datetime.fromisoformat(built) if built else None
        return cls(Desk(workspace, bundle, catalogue, objectives, reader, engine, lang, loaded_at))

    def overview(self, state: ViewState) -> OverviewPage:
        return overview.page(self.desk, state)

    def explore(self, state: ViewState) -> ExplorePage:
        return explore.page(self.desk, state)

    def records(self, state: ViewState, offset: int = 0, limit: int = 200) -> RecordsPage:
        return records.page(self.desk, state, offset, limit)

    def definition(self, state: ViewState) -> DefinitionCard:
        return definition.card(self.desk, state)

    def data(self, state: ViewState) -> DataPage:
        return data.page(self.desk, state)

    def glance(self, state: ViewState) -> GlancePage:
        return glance.page(self.desk, state)

    def missing(self) -> dict[str, tuple[str, ...]]:
        """KPIs that lack an input, each with the exports that would bring it, in the reader's language."""
        found: dict[str, tuple[str, ...]] = {}
        for fact, kpis in self.desk.engine.missing().items():
            export = self.desk.catalogue.file.facts[fact].fed_by.in_(self.desk.lang)
            for kpi in kpis:
                found[kpi] = (*found.get(kpi, ()), export)
        return found

    def stale(self) -> bool:
        """Has a newer generation been published?"""
        return self.desk.reader.stale()

    def reload(self) -> None:
        """Go over to the newest generation and configuration."""
        fresh = Workbench.open(self.desk.workspace.root, self.desk.lang)
        old, self.desk = self.desk, fresh.desk
        old.reader.close()

    def interrupt(self) -> None:
        """Stop the question that runs now."""
        self.desk.reader.interrupt()

    def close(self) -> None:
        self.desk.reader.close()

    def __enter__(self) -> Workbench:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
