"""Loading with everything that the workspace's configuration asks for: profiles, currency, rollups and prepared cells."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import cache
from pathlib import Path

from kpi_core.config.bundle import Bundle, load_bundle, load_settings
from kpi_core.config.layouts import Layouts, add_file, add_layout, load_layouts
from kpi_core.config.model import Text
from kpi_core.config.shipped import shipped
from kpi_core.engine.catalogue import Catalogue
from kpi_core.engine.feeds import reach_of
from kpi_core.engine.prepared import preparation
from kpi_core.engine.rollups import rollups
from kpi_core.errors import ConfigError, said
from kpi_core.pages import LoadedFile
from kpi_core.sources import Profiles
from kpi_core.sources.account.drift import Memory
from kpi_core.sources.account.questions import Question
from kpi_core.sources.cells.phones import PLANS, country_of_zone
from kpi_core.sources.rows.feeding import Fed
from kpi_core.store import FileReport, LoadReport, MartSettings, SourceImporter, Workspace, load_with
from kpi_core.store.counting import Counting, set_status
from kpi_core.store.last_load import read_last_load
from kpi_core.store.loading import accounts_of
from kpi_core.store.manifest import Manifest
from kpi_core.store.priority import give_way
from kpi_core.workbench.accounts import unused
from kpi_core.workbench.limits import loading_limits
from kpi_core.workbench.owning import expectations, overlaps


def export_folders(workspace: Workspace) -> list[Path]:
    """The folders that settings.yaml names and that exist: what is loaded when nothing is named."""
    settings = load_bundle(workspace.config_dir).settings
    return [workspace.root / name for name in settings.exports if (workspace.root / name).is_dir()]


def profiles_of(workspace: Workspace) -> Profiles:
    """The shipped profiles; those of the workspace replace or add to them. Raises ConfigError at the first mistake."""
    return Profiles.load(shipped("config") / "profiles", workspace.config_dir / "profiles")


def mart_settings(bundle: Bundle, profiles: Profiles | None = None) -> MartSettings:
    """What settings.yaml says of the star, and which `profiles` tell of the same. Raises ConfigError for a day that is none, or an unknown owner."""
    spec, text = bundle.settings, bundle.settings.constant_rates_on
    try:
        day = None if text is None else date.fromisoformat(text)
    except ValueError:
        where = bundle.documents["settings"].where(("constant_rates_on",))
        raise ConfigError(said("{text} is not a day", text=str(text)), where=where, hint=said("write it as 2026-10-31")) from None
    owned = overlaps(bundle, profiles) if profiles is not None else ()
    return MartSettings(spec.currency, spec.stock_max_days, day, spec.customers.hub, spec.customers.largest, owned)


def phone_country(bundle: Bundle) -> str | None:
    """ISO code of the country that a phone without its calling code is of: what settings.yaml says, else that of the time zone, else None.

    Raises ConfigError for a country whose numbers are not known.
    """
    told = bundle.settings.customers.country
    if told is None:
        return country_of_zone(bundle.calendar.timezone)
    if told not in PLANS:
        where = bundle.documents["settings"].where(("customers", "country"))
        hint = said("known: {names}", names=", ".join(PLANS))
        raise ConfigError(said("the telephone numbers of {country} are not known", country=told), where=where, hint=hint)
    return told


def memory_of(workspace: Workspace, catalogue: Catalogue, accept: bool = False) -> Memory:
    """The headers of what counts in the workspace, read when they are needed; KPIs are told by the catalogue."""

    @cache
    def manifest() -> Manifest:
        return workspace.manifest()

    def touched(columns: Fed) -> tuple[tuple[str, Text], ...]:
        reach = reach_of(catalogue, columns)
        kpis = reach.kpis or tuple(dict.fromkeys(kpi for kpi, _ in reach.cuts))
        return tuple((kpi, catalogue.kpi(kpi).name) for kpi in kpis)

    def known() -> list[str]:
        return list(dict.fromkeys(batch.profile for batch in manifest().active))

    return Memory(lambda profile: accounts_of(workspace, manifest(), profile), known, touched=touched, accept=accept)


def layouts_of(workspace: Workspace, profiles: Profiles) -> Layouts:
    """The answers in config/layouts.yaml. Raises ConfigError for a key, a profile or a column that does not exist."""
    return load_layouts(workspace.config_dir).check({profile.id: tuple(profile.spec.columns) for profile in profiles})


def answer(workspace: Workspace, question: Question, text: str) -> Path:
    """Remember the answer to a question (one of its options, or a text that it accepts) in config/layouts.yaml; the next load asks no more.

    Raises ConfigError for a text that is no answer, and when the file cannot be written or its own lines are wrong.
    """
    text = question.accepted(text)
    if not (workspace.root / "config").is_dir():
        Workspace.create(workspace.root)  # a folder with this file alone would hide the defaults
    if question.kind == "period":
        return add_file(workspace.config_dir, *question.says(text))
    return add_layout(workspace.config_dir, question.entry(text))


def pending_questions(workspace: Workspace) -> list[tuple[Path, Question]]:
    """Files of the last load that were left undecided, each with a question that config/layouts.yaml does not answer yet; a layout asks once."""
    last, layouts = read_last_load(workspace), load_layouts(workspace.config_dir)
    found: dict[tuple[str, ...], tuple[Path, Question]] = {}
    for item in last.unused if last is not None else ():
        for question in item.questions:
            if not question.answered(layouts):
                found.setdefault(question.key, (Path(item.path), question))
    return list(found.values())


def load_beside(workspace: Workspace, path: Path, progress: Callable[[float], None]) -> LoadedFile:
    """Load one file, beside what the last load left unused. Raises as `load_exports`."""
    report = giving_way(workspace, lambda: load_exports(workspace, [path], progress=lambda _, part: progress(part), beside=True))
    counted = next((file.load_id for file in report.files if file.load_id is not None), None)
    own = {str(file.path) for file in report.failed}
    left = [item for item in unused(read_last_load(workspace), load_layouts(workspace.config_dir)) if item.path in own]
    return LoadedFile(str(path), counted, left[0] if left else None)


def giving_way(workspace: Workspace, work: Callable[[], LoadReport]) -> LoadReport:
    """Load in a thread of lower priority, beside a screen that stays quick: settings.yaml says how much lower (limits.load.nice)."""
    nice = load_settings(workspace.config_dir).limits.load.nice
    with ThreadPoolExecutor(1, thread_name_prefix="giving-way", initializer=give_way, initargs=(nice,)) as pool:
        return pool.submit(work).result()


def load_exports(
    workspace: Workspace,
    paths: Iterable[Path],
    *,
    progress: Callable[[Path, float], None] | None = None,
    on_file: Callable[[FileReport], None] | None = None,
    on_published: Callable[[float], None] | None = None,
    accept_drift: bool = False,
    confirm: bool = False,
    beside: bool = False,
) -> LoadReport:
    """Load files and folders as one new generation. Raises ConfigError or StoreError; a file that cannot be read is in the report.

    A file that lacks columns which the files of its kind fed something from is one of these (`Drift`); `accept_drift` loads it as it is, and its
    header is known from then on. One that leaves open how it is to be read is another (`Undecided`), unless config/layouts.yaml says it;
    `confirm` accepts the experimental formats of this load. `beside`: the load completes the last one, whose other unused files stay listed.
    """
    bundle = load_bundle(workspace.config_dir)
    catalogue = Catalogue.build(bundle.kpis, bundle.documents["kpis"])
    profiles = profiles_of(workspace)
    return load_with(
        workspace,
        paths,
        SourceImporter(
            profiles,
            bundle.calendar.timezone,
            phone_country(bundle),
            layouts=layouts_of(workspace, profiles),
            confirm=confirm,
            expected=expectations(bundle, profiles),
            comments=bundle.settings.privacy.comments,
            memory=memory_of(workspace, catalogue, accept_drift),
        ),
        mart_settings(bundle, profiles),
        rollups=rollups(catalogue),
        preparation=preparation(catalogue),
        progress=progress,
        on_file=on_file,
        on_published=on_published,
        limits=loading_limits(bundle.settings),
        beside=beside,
    )


def undo_loads(workspace: Workspace, load_ids: Iterable[int]) -> int:
    """Loads that count no longer, in a new generation, whose number is returned; what they brought stays, so that `redo_loads` brings it back.

    Raises UsageError for a load that is not there or undone already, ConfigError, and StoreError as a load does.
    """
    return _count(workspace, load_ids, "undone")


def redo_loads(workspace: Workspace, load_ids: Iterable[int]) -> int:
    """Undone loads that count again, in a new generation. Raises as `undo_loads`, and UsageError where the same file was loaded again since."""
    return _count(workspace, load_ids, "active")


def _count(workspace: Workspace, load_ids: Iterable[int], status: Counting) -> int:
    bundle = load_bundle(workspace.config_dir)
    catalogue = Catalogue.build(bundle.kpis, bundle.documents["kpis"])
    settings = mart_settings(bundle, profiles_of(workspace))
    limits = loading_limits(bundle.settings)
    return set_status(workspace, load_ids, status, settings, rollups=rollups(catalogue), preparation=preparation(catalogue), limits=limits).generation
