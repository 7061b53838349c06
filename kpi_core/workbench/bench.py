"""Opening a workspace, and the pages it gives."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from kpi_core.analysis.sample import SampledEngine
from kpi_core.config.bundle import load_bundle
from kpi_core.engine.catalogue import Catalogue
from kpi_core.engine.table import TableQuestion
from kpi_core.errors import Message
from kpi_core.nearest import Changed, nearest
from kpi_core.pages import (
    ActionsPage,
    DataPage,
    DefinitionCard,
    ExplainPage,
    ExplorePage,
    FileAccount,
    GapDetail,
    GapsPage,
    GlancePage,
    HeatPage,
    LoadedFile,
    Members,
    Names,
    Note,
    NoteLine,
    OverviewPage,
    RecordsPage,
    TrendPage,
    WhatIfPage,
)
from kpi_core.pages.claims import ClaimsPage
from kpi_core.pages.customers import CustomersPage
from kpi_core.pages.query import QueryPage
from kpi_core.pages.question import LayoutQuestion
from kpi_core.store import Workspace, open_reader
from kpi_core.view import ViewState
from kpi_core.workbench import (
    accounts,
    actions,
    basis,
    claims,
    customers,
    data,
    definition,
    explain,
    explore,
    gaps,
    glance,
    heat,
    members,
    overview,
    query,
    records,
    statement,
    trend,
    whatif,
)
from kpi_core.workbench.desk import Desk, objectives_of
from kpi_core.workbench.frame import frame
from kpi_core.workbench.limits import reading_limits
from kpi_core.workbench.nearest import KnownHere
from kpi_core.workbench.scope import lookups, scope_of, whole_only
from kpi_core.workbench.shapes import EngineShapes


class Workbench:
    """Pages of one workspace in one language; reads one generation until `reload`. Safe to ask from a worker thread."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._under: dict[tuple[str, ...], Desk] = {}

    @classmethod
    def open(cls, folder: Path | str, lang: str = "en") -> Workbench:
        """Read the configuration and pin the current generation. Raises ConfigError or StoreError, each with what to do."""
        workspace = Workspace.open(folder)
        bundle = load_bundle(workspace.config_dir)
        catalogue = Catalogue.build(bundle.kpis, bundle.documents["kpis"])
        scope = scope_of(workspace.config_dir)
        reader = open_reader(workspace, reading_limits(bundle.settings), scope.members(), lookups(bundle.kpis))
        engine = SampledEngine(reader, catalogue, reader.limits, scope)
        objectives = objectives_of(bundle, catalogue, shapes=EngineShapes(engine))
        built = reader.meta().get("built_at", "")
        loaded_at = datetime.fromisoformat(built) if built else None
        return cls(Desk(workspace, bundle, catalogue, objectives, reader, engine, lang, loaded_at))

    def inside(self, state: ViewState) -> ViewState:
        """The state narrowed to what whoever asks may see. Raises UsageError where nothing of that is left."""
        return replace(state, where=self.desk.scope.narrow(state.where)) if self.desk.scope else state

    def at(self, state: ViewState) -> Desk:
        """The desk as the state counts: with its KPIs exchanged for their variants where a basis is on. Raises UsageError for an unknown one."""
        if not state.basis:
            return self.desk
        under, desk = self._under, self.desk
        if state.basis not in under:
            under[state.basis] = basis.under(desk, state.basis)
        return under[state.basis]

    def overview(self, state: ViewState) -> OverviewPage:
        return overview.page(self.at(state), self.inside(state))

    def explore(self, state: ViewState) -> ExplorePage:
        return explore.page(self.at(state), self.inside(state))

    def explain(self, state: ViewState) -> ExplainPage:
        """The gap of the KPI of the state in parts that sum to it, against its target or its comparison."""
        return explain.page(self.at(state), self.inside(state))

    def whatif(self, state: ViewState) -> WhatIfPage:
        """The KPI of the state as a tree of drivers that can be moved."""
        return whatif.page(self.at(state), self.inside(state))

    def trend(self, state: ViewState) -> TrendPage:
        """The KPI of the state over time."""
        desk, state = self.at(state), self.inside(state)
        return replace(trend.page(desk, state), shapes=heat.choices(desk, state))

    def heat(self, state: ViewState) -> HeatPage:
        """The KPI of the state as the heatmap of its shape."""
        return heat.page(self.at(state), self.inside(state))

    def records(self, state: ViewState, offset: int = 0, limit: int = 200) -> RecordsPage:
        return records.page(self.at(state), self.inside(state), offset, limit)

    def definition(self, state: ViewState) -> DefinitionCard:
        return definition.card(self.at(state), self.inside(state))

    def sql(self, state: ViewState) -> str:
        """What ran for the main question of a state, as a script for DuckDB's own shell. Raises UsageError where nothing is asked."""
        return statement.page(self.at(state), self.inside(state))

    def data(self, state: ViewState) -> DataPage:
        return data.page(self.at(state), self.inside(state))

    def account(self, load_id: int) -> FileAccount:
        """Every row of a loaded file by reason, its checks, columns, limits. Raises UsageError where there is no such load."""
        whole_only(self.desk.scope)
        return accounts.page(self.desk, load_id)

    def glance(self, state: ViewState) -> GlancePage:
        return glance.page(self.at(state), self.inside(state))

    def gaps(self, state: ViewState, explained: int = gaps.EXPLAINED) -> GapsPage:
        """Missed targets over all levels; the first `explained` rows with their cause."""
        return gaps.page(self.at(state), self.inside(state), explained)

    def gap_detail(self, state: ViewState) -> GapDetail:
        """Cause, actions and notes of the KPI of the state under its filters."""
        return gaps.detail(self.at(state), self.inside(state))

    def customers(self) -> CustomersPage:
        """Who is who across channels, over all that is loaded."""
        whole_only(self.desk.scope)
        return customers.page(self.desk)

    def claims(self, state: ViewState) -> ClaimsPage:
        """What platforms claim over the period of the state, beside what the source that owns it has for the same days."""
        whole_only(self.desk.scope)
        return claims.page(self.desk, frame(self.desk, state).period)

    def actions(self, state: ViewState) -> ActionsPage:
        """Actions of the KPI of the state (without one: of all), with their effect."""
        return actions.actions_page(self.at(state), self.inside(state))

    def add_note(self, state: ViewState, text: str) -> Note:
        """Keep a note on the KPI of the state. Raises UsageError or StoreError."""
        return actions.note(self.at(state), self.inside(state), text)

    def answer(self, question: LayoutQuestion, text: str) -> Path:
        """Keep the answer to what a file left open in config/layouts.yaml; the next load uses it. Raises ConfigError where it cannot be written."""
        from kpi_core.sources.account.questions import Question
        from kpi_core.workbench.loading import answer

        assert isinstance(question, Question)
        whole_only(self.desk.scope)
        return answer(self.desk.workspace, question, text)

    def load(self, path: Path, progress: Callable[[float], None]) -> LoadedFile:
        """Load a file, beside what the last load left unused. The page shows it after `reload`. Raises ConfigError or StoreError (StoreBusy: another load)."""
        from kpi_core.workbench.loading import load_beside

        whole_only(self.desk.scope)
        return load_beside(self.desk.workspace, path, progress)

    def notes(self, state: ViewState) -> tuple[tuple[NoteLine, ...], tuple[Message, ...]]:
        """Notes on the KPI of the state under its filters and inside them, newest first, and what of the file could not be read."""
        return actions.notes(self.at(state), self.inside(state))

    def days(self, text: str) -> tuple[date, date]:
        """First and last day of a text of the range grammar. Raises UsageError."""
        return query.range_of(self.desk, text)

    def query(self, question: TableQuestion) -> QueryPage:
        """KPIs as a table. Raises UsageError and QueryError with the nearest name."""
        return query.page(self.desk, question)

    def query_sql(self, question: TableQuestion) -> str:
        """What ran for a table, as a script for DuckDB's own shell. Raises as `query` does."""
        return statement.of_table(self.desk, self.query(question))

    def missing(self) -> dict[str, tuple[str, ...]]:
        """KPIs that lack an input, each with the exports that would bring it, in the reader's language."""
        found: dict[str, tuple[str, ...]] = {}
        for fact, kpis in self.desk.engine.missing().items():
            export = self.desk.catalogue.file.facts[fact].fed_by.in_(self.desk.lang)
            for kpi in kpis:
                found[kpi] = (*found.get(kpi, ()), export)
        return found

    def members(self, state: ViewState, dim: str, text: str, limit: int = members.MOST) -> Members:
        """Members of a dimension by a part of their name, or a word of it. Raises UsageError for an unknown dimension."""
        return members.page(self.at(state), dim, text, limit)

    def anywhere(self, state: ViewState, text: str, limit: int = 5) -> tuple[Members, ...]:
        """Members by a part of their name in any dimension that is drilled into."""
        return members.anywhere(self.at(state), text, limit)

    def names(self) -> Names:
        """What KPIs and dimensions are called. Asks nothing."""
        return members.names(self.desk)

    def nearest(self, state: ViewState) -> Changed:
        """The state with every name in it known here, and what had to be changed for that."""
        return nearest(state, KnownHere(self.desk))

    def config_file(self, name: str) -> Path:
        """Where a file of the configuration lies, by the name that targets and actions carry."""
        stem = name.removeprefix("config/").removesuffix(".yaml")
        return self.desk.bundle.origins.get(stem) or self.desk.workspace.root / name

    def stale(self) -> bool:
        """Has a newer generation been published?"""
        return self.desk.reader.stale()

    def reload(self) -> None:
        """Go over to the newest generation and configuration. A page that another thread is being given stays of one generation: whose files are let go
        when nobody asks it any more."""
        with self.renewed():
            pass

    @contextmanager
    def renewed(self) -> Iterator[None]:
        """As `reload`, for what is asked meanwhile: where that fails or is interrupted, back to the generation that is still on the screen."""
        before = self.desk
        self._turn(Workbench.open(before.workspace.root, before.lang).desk)
        try:
            yield
        except BaseException:
            failed = self.desk
            self._turn(before)
            failed.reader.close()
            raise

    def _turn(self, desk: Desk) -> None:
        self.desk = desk
        self._under = {}

    def interrupt(self) -> None:
        """Stop the question that runs now."""
        self.desk.reader.interrupt()

    def close(self) -> None:
        self.desk.reader.close()

    def __enter__(self) -> Workbench:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
