"""The commands that make and fill a workspace: init, load, demo."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kpi_core.errors import Undecided, UsageError, Where, said
from tui import settings
from tui.cli import open as cli_open
from tui.cli.ask import ask_about, can_ask
from tui.cli.common import EXIT_DATA, EXIT_OK, Look, gives_way, look, screen_width, t, tell, tell_error, workspace_dir, workspace_language, write, write_lines
from tui.cli.options import Ascii, Lang, NoColor, ThemeOption, WorkspaceOption
from tui.opening import opening_state

if TYPE_CHECKING:
    from kpi_core.store import LoadReport, Workspace

PathsArgument = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="[PATH]...",
        help=t("Files or folders: text, Excel, ODS, JSON, Parquet, packed or not, or one part of them: book.xlsx/Sheet2 (default: the workspace's exports)."),
        show_default=False,
    ),
]
DemoDir = Annotated[Path | None, typer.Option("--dir", metavar="DIR", help=t("Where to put the demo workspace (default: a cache folder)."), show_default=False)]


# ---------------------------------------------------------------- init


def init(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help=t("A new or existing folder; nothing in it is overwritten."))],
    lang: Lang = None,
) -> int:
    from kpi_core.store.workspace import Workspace

    how = look(lang)
    say = how.fmt.t
    workspace = Workspace.create(directory)
    write(f"{workspace.root}\n")
    tell(say("Put your exports into {folder}, then run: omnigap load -w {root}", folder=str(workspace.exports_dir), root=str(directory)))
    tell(say("KPIs, objectives and settings are commented YAML in {folder}.", folder=str(workspace.config_dir)))
    return EXIT_OK


# ---------------------------------------------------------------- load


def load(
    paths: PathsArgument = None,
    workspace: WorkspaceOption = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help=t("Only files that need attention."))] = False,
    accept_drift: Annotated[
        bool, typer.Option("--accept-drift", help=t("Load files that lack columns which were needed before, and remember their header."))
    ] = False,
    confirm: Annotated[bool, typer.Option("--confirm", help=t("Accept the experimental formats of this load without asking."))] = False,
    no_input: Annotated[bool, typer.Option("--no-input", help=t("Never ask; say what to write in config/layouts.yaml instead."))] = False,
    lang: Lang = None,
    no_color: NoColor = False,
    ascii: Ascii = False,
) -> int:
    from kpi_core.store.workspace import Workspace

    given = list(paths or [])
    folder = workspace_dir(workspace)
    if workspace is None and len(given) == 1 and _is_workspace(given[0]):  # `omnigap load DIR` with a workspace means its exports
        folder, given = given[0], []
    how = look(lang, ascii, no_color, workspace_language(folder))
    asking = not no_input and can_ask()
    gives_way(Workspace.open(folder))
    report = load_files(Workspace.open(folder), given, how, quiet=quiet, accept_drift=accept_drift, confirm=confirm, asking=asking)
    failed = len(report.failed)
    while report.undecided and asking:
        ready = ask_about(Workspace.open(folder), report, how)
        if not ready:
            break
        report = load_files(Workspace.open(folder), ready, how, quiet=quiet, accept_drift=accept_drift, confirm=confirm, asking=True, beside=True)
        failed -= len(ready) - len(report.failed)
    return EXIT_DATA if failed or not rates_known(Workspace.open(folder), how) else EXIT_OK


def rates_known(workspace: Workspace, how: Look) -> bool:
    """Have all amounts an exchange rate? Those that have none are named on stderr by currency, day, file and line."""
    from kpi_core.i18n import Translator
    from kpi_core.store import open_reader
    from kpi_core.workbench.rates import unrated

    if not workspace.generation():
        return True
    with open_reader(workspace) as reader:
        errors = unrated(reader)
    for error in errors:
        tell_error(error, Translator(how.lang))
    return not errors


def _is_workspace(path: Path) -> bool:
    return any((path / name).is_dir() for name in (".omnigap", "config", "exports"))


def load_files(
    workspace: Workspace, paths: list[Path], how: Look, *, quiet: bool = False, accept_drift: bool = False, confirm: bool = False, asking: bool = False,
    beside: bool = False,
) -> LoadReport:  # fmt: skip
    """Load `paths`, else the exports of the workspace: an account of each file on stdout, progress and the sum on stderr. `asking`: the caller asks
    what files leave open, so that it is not told here. `beside`: this load completes the last one."""
    from kpi_core.render.account import account_lines, failure_lines, passed_over_line
    from kpi_core.sources.files.container import shown
    from kpi_core.store import FileReport
    from kpi_core.workbench.loading import export_folders, load_exports

    fmt = how.fmt
    chosen = paths or export_folders(workspace)
    width = screen_width()
    with _progress(fmt.t("Reading")) as (advance, pause):

        def show(file: FileReport) -> None:
            if asking and isinstance(file.error, Undecided):
                return
            if file.status == "passed over" and file.error is not None:
                if quiet:
                    return
                lines = passed_over_line(shown(file.path), file.error, fmt, width)
            elif file.error is not None:
                lines = failure_lines(shown(file.path), file.error, fmt, width, at=str(file.path))
            elif file.account is not None:
                if quiet and not file.account.rejected_count and all(check.held == check.of for check in file.account.checks):
                    return
                lines = account_lines(file.account, fmt, width, full=not quiet)
            elif quiet:
                return
            else:
                lines = [((shown(file.path), "muted"), ("  " + fmt.t("already loaded"), "muted"))]
            with pause():
                write_lines(lines, how)
                sys.stdout.flush()

        def published(seconds: float) -> None:
            with pause():
                tell(fmt.t("the new numbers are there after {seconds} s; what screens ask most is being prepared", seconds=fmt.number(seconds, 1)))

        report = load_exports(
            workspace, chosen, progress=advance, on_file=show, on_published=published, accept_drift=accept_drift, confirm=confirm, beside=beside
        )
    loaded, known, failed = (len(report.with_status(status)) for status in ("loaded", "already loaded", "failed"))
    if not report.files and report.published:
        tell(fmt.t("no new export; the numbers were built anew for the configuration as it is now ({seconds} s)", seconds=fmt.number(report.seconds, 1)))
        return report
    if not report.files:
        raise UsageError(
            said("there is nothing to load"),
            where=Where(", ".join(map(str, paths)) or str(workspace.exports_dir)),
            hint=said("put exports into this folder, or name files: omnigap load FILE"),
        )
    tell(
        fmt.t(
            "{loaded} files loaded, {known} already loaded, {failed} not loaded ({seconds} s)",
            loaded=loaded,
            known=known,
            failed=failed,
            seconds=fmt.number(report.seconds, 1),
        )
    )
    return report


@contextmanager
def _progress(title: str) -> Iterator[tuple[Callable[[Path, float], None], Callable[[], Any]]]:
    """A bar on stderr when it is a terminal, else nothing. Yields how to advance it and how to stop it while stdout speaks."""
    from contextlib import nullcontext

    if not sys.stderr.isatty():
        yield (lambda path, part: None), nullcontext
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    from kpi_core.render.clean import clean

    bar = Progress(TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn(), console=Console(stderr=True), transient=True)

    @contextmanager
    def pause() -> Iterator[None]:
        bar.stop()
        try:
            yield
        finally:
            bar.start()

    with bar:
        task = bar.add_task(title, total=1.0)
        yield (lambda path, part: bar.update(task, completed=part, description=f"{title} {clean(path.name, 40)}")), pause


# ---------------------------------------------------------------- demo


def demo(
    directory: DemoDir = None,
    tour: Annotated[bool, typer.Option("--tour", help=t("Begin with a guided tour of eight steps."))] = False,
    theme: ThemeOption = None,
    lang: Lang = None,
    no_color: NoColor = False,
    ascii: Ascii = False,
) -> int:
    how = look(lang, ascii, no_color)
    workspace = demo_workspace(directory)
    if not workspace.generation():
        tell(how.fmt.t("Loading the sample into {folder} …", folder=str(workspace.root)))
        with _stdout_to_stderr():
            report = load_files(workspace, [], how, quiet=True)
        if report.failed:
            return EXIT_DATA
    if sys.stdin.isatty() and sys.stdout.isatty():
        return cli_open.show_screen(workspace.root, opening_state(workspace.root), replace(settings.options(how, theme=theme, no_color=no_color), tour=tour))
    from tui.cli.report import print_glance

    print_glance(workspace.root, opening_state(workspace.root), how)
    return EXIT_OK


@contextmanager
def _stdout_to_stderr() -> Iterator[None]:
    """What a load says is narration here: stdout is for the glance."""
    from contextlib import redirect_stdout

    with redirect_stdout(sys.stderr):
        yield


def demo_workspace(directory: Path | None) -> Workspace:
    """A workspace with the shipped sample's exports; made where it does not exist yet, refreshed when the sample is newer."""
    from kpi_core.config.shipped import shipped
    from kpi_core.store.workspace import Workspace

    try:
        sample = shipped("sample_data") / "exports"
    except FileNotFoundError:
        sample = Path("sample_data/exports")
    if not sample.is_dir():
        raise UsageError(said("this installation has no sample data"), where=Where(str(sample)), hint=said("install omnigap again from its wheel"))
    workspace = Workspace.create(directory if directory is not None else _demo_folder(sample), sample=True)
    try:
        for source in sorted(path for path in sample.rglob("*") if path.is_file()):
            target = workspace.root / "exports" / source.relative_to(sample)
            if not target.exists() or target.stat().st_size != source.stat().st_size:
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, target)
    except OSError as error:
        raise UsageError(said("the sample cannot be copied: {reason}", reason=error.strerror or str(error)), where=Where(str(workspace.root))) from None
    return workspace


def _demo_folder(sample: Path) -> Path:
    """In the user's cache folder, else in the temporary one. Named after what ships, so that another version makes its own."""
    import hashlib

    from platformdirs import user_cache_path

    from kpi_core.config.shipped import shipped

    digest = hashlib.sha256()
    for path in sorted(shipped("config").rglob("*.yaml")):
        digest.update(path.read_bytes())
    for path in sorted(path for path in sample.rglob("*") if path.is_file()):
        digest.update(f"{path.relative_to(sample)} {path.stat().st_size}".encode())
    folder = user_cache_path("omnigap") / f"demo-{digest.hexdigest()[:12]}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return Path(tempfile.mkdtemp(prefix="omnigap-demo-"))
    return folder if os.access(folder, os.W_OK) else Path(tempfile.mkdtemp(prefix="omnigap-demo-"))


__all__ = ["demo", "demo_workspace", "init", "load", "load_files"]
