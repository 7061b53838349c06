"""Is all well with a workspace and its machine? Every check stands for itself: what one cannot look at does not hide the others.

No figure, no row and no name of a customer is read; files are named by their paths inside the workspace.
"""

from __future__ import annotations

import os
import platform
import pwd
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb

from kpi_core import __version__
from kpi_core.config.access import NAME, load_access
from kpi_core.config.bundle import Bundle, load_bundle
from kpi_core.config.layouts import load_layouts
from kpi_core.config.yaml import Document
from kpi_core.engine.catalogue import Catalogue
from kpi_core.engine.prepared import preparation
from kpi_core.engine.rollups import rollups
from kpi_core.errors import NewerStore, NothingLoaded, OmnigapError, said
from kpi_core.pages.doctor import Finding, State
from kpi_core.store import Workspace, fingerprint
from kpi_core.store.damage import damage
from kpi_core.store.host import disk_of, leftovers, lock_holder
from kpi_core.store.last_load import read_last_load
from kpi_core.store.permissions import problems
from kpi_core.store.spill import base_folder, left_behind
from kpi_core.store.star import STAR_VERSION
from kpi_core.workbench.accounts import unused
from kpi_core.workbench.loading import mart_settings, profiles_of
from kpi_core.workbench.scope import doubts, open_to_change

SUPPORTED = ((1, 5), (2, 0))  # lines of DuckDB that are tested
ROOM = 2  # a load writes facts and mart anew beside those that are read
LEAST = 200_000_000  # bytes without which nothing can be loaded
MEGABYTE = 1_000_000


def examine(folder: Path, lang: str = "en") -> tuple[Finding, ...]:
    """Everything about versions, workspace, disk, data and settings; never raises for what it finds."""
    found = list(_versions())
    try:
        workspace = Workspace.open(folder)
    except OmnigapError as error:
        return (*found, _of(error, "workspace", "folder"))
    bundle: Bundle | None = None
    try:
        bundle = load_bundle(workspace.config_dir)
    except OmnigapError as error:
        found.append(_of(error, "settings", "configuration"))
    checks: list[tuple[str, Callable[[], Iterator[Finding]]]] = [
        ("permissions", lambda: _permissions(workspace)),
        ("disk", lambda: _disk(workspace)),
        ("lock", lambda: _lock(workspace)),
        ("left_over", lambda: _left_over(workspace)),
        ("generation", lambda: _generation(workspace, bundle)),
        ("last_load", lambda: _last_load(workspace)),
        ("sources", lambda: _late(workspace, lang)),
        ("access", lambda: _access(workspace)),
        ("settings", lambda: _settings(bundle) if bundle is not None else iter(())),
    ]
    for key, check in checks:
        try:
            found += check()
        except OmnigapError as error:
            if not isinstance(error, NothingLoaded):
                found.append(_of(error, "data", key))
        except OSError as error:
            found.append(Finding("workspace", key, "trouble", said("cannot be looked at: {reason}", reason=error.strerror or str(error))))
    return tuple(_once(found))


def _once(found: list[Finding]) -> Iterator[Finding]:
    """The same trouble met by several checks is told once."""
    told: set[tuple[str, str]] = set()
    for finding in found:
        mark = (str(finding.what), finding.place)
        if mark not in told:
            told.add(mark)
            yield finding


def _of(error: OmnigapError, section: str, key: str) -> Finding:
    place = str(error.where) if error.where is not None else ""
    return Finding("settings" if section == "settings" else "workspace" if section == "workspace" else "data", key, "trouble", error.what, error.hint, place)


def _versions() -> Iterator[Finding]:
    yield Finding("versions", "omnigap", "ok", said("omnigap {version}", version=__version__))
    system = f"{platform.system()} {platform.release()} {platform.machine()}"
    yield Finding("versions", "python", "ok", said("Python {version} on {system}", version=platform.python_version(), system=system))
    line = tuple(int(part) for part in duckdb.__version__.split(".")[:2] if part.isdecimal())
    if line in SUPPORTED:
        yield Finding("versions", "duckdb", "ok", said("DuckDB {version}", version=duckdb.__version__))
    else:
        known = ", ".join(f"{major}.{minor}" for major, minor in SUPPORTED)
        what = said("DuckDB {version}, with which omnigap was not tested", version=duckdb.__version__)
        yield Finding("versions", "duckdb", "look", what, said("tested: {names}", names=known))


def _permissions(workspace: Workspace) -> Iterator[Finding]:
    bad = problems(workspace)
    told = {problem.path for problem in bad}
    for problem in bad:
        state: State = "trouble" if problem.refused else "look"
        yield Finding("workspace", "permissions", state, problem.what, problem.hint, _inside(workspace, problem.path))
    root = workspace.warehouse
    for path in (workspace.root, workspace.root / "config", workspace.root / "exports", root, root / "secret.key"):
        if path in told:
            continue
        try:
            seen = path.lstat()
        except OSError:
            continue
        what = said("{mode}, of {owner}", mode=stat.filemode(seen.st_mode), owner=_owner(seen.st_uid))
        yield Finding("workspace", "permissions", "ok", what, place=_inside(workspace, path))
    if root.is_dir() and not os.access(root, os.W_OK):
        yield Finding("workspace", "writable", "ok", said("this account reads the numbers; loading is for {owner}", owner=_owner(root.stat().st_uid)))


def _owner(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _inside(workspace: Workspace, path: Path) -> str:
    """A path of the workspace as people know it."""
    if path == workspace.root or not path.is_relative_to(workspace.root):
        return str(path)
    return path.relative_to(workspace.root).as_posix()


def _disk(workspace: Workspace) -> Iterator[Finding]:
    disk = disk_of(workspace)
    if disk.keeps == "no":
        what = said("{kind} is a network disk: its locks and renames cannot be relied on, loads refuse it", kind=disk.kind)
        yield Finding("disk", "kind", "trouble", what, said("keep the workspace on a disk of the machine that loads"))
    elif disk.keeps == "unsure":
        what = said("{kind}: whether its locks and renames can be relied on is not known", kind=disk.kind)
        yield Finding("disk", "kind", "look", what, said("keep the workspace on a disk of the machine that loads"))
    elif disk.kind:
        yield Finding("disk", "kind", "ok", said("{kind}, a disk of this machine", kind=disk.kind))
    sizes = {"free": disk.free // MEGABYTE, "used": disk.used // MEGABYTE}
    if disk.free < max(LEAST, disk.used // 2):
        state: State = "trouble" if disk.free < LEAST else "look"
        what = said("{free} MB free, and the warehouse takes {used} MB: a load may find the disk full", **sizes)
        yield Finding("disk", "free", state, what, said("free {more} MB", more=max(1, (max(LEAST, disk.used * ROOM) - disk.free) // MEGABYTE)))
    else:
        yield Finding("disk", "free", "ok", said("{free} MB free; the warehouse takes {used} MB", **sizes))


def _lock(workspace: Workspace) -> Iterator[Finding]:
    holder = lock_holder(workspace)
    if holder is None:
        yield Finding("workspace", "lock", "ok", said("no load is running"))
    else:
        what = said("a load is running: process {pid}, since {since}", pid=holder.pid, since=holder.since)
        yield Finding("workspace", "lock", "ok" if holder.pid != "?" else "look", what)


def _left_over(workspace: Workspace) -> Iterator[Finding]:
    found = leftovers(workspace)
    running = lock_holder(workspace) is not None
    if (found.temporary or found.orphans) and not running:
        what = said("{count} files of loads that did not end ({size} MB)", count=found.temporary + found.orphans, size=found.bytes // MEGABYTE)
        yield Finding("disk", "left_over", "look", what, said("the next load deletes them"), ".omnigap")
    elif not running:
        yield Finding("disk", "left_over", "ok", said("no file is left over from a load"))
    base = base_folder()
    if base is None:
        yield Finding("disk", "spill", "look", said("no private folder for what does not fit in memory"), said("set XDG_CACHE_HOME to a folder of your own"))
    elif dead := left_behind(base):
        what = said("{count} folders of processes that died", count=len(dead))
        yield Finding("disk", "spill", "look", what, said("the next omnigap deletes them"), str(base))
    else:
        yield Finding("disk", "spill", "ok", said("what does not fit in memory goes to a private folder"), place=str(base))


def _generation(workspace: Workspace, bundle: Bundle | None) -> Iterator[Finding]:
    try:
        manifest = workspace.manifest()
    except NewerStore as error:
        yield _of(error, "data", "generation")
        return
    if not manifest.generation:
        hint = said("put exports into {folder}, then run: omnigap load", folder=_inside(workspace, workspace.exports_dir))
        yield Finding("data", "generation", "look", said("nothing has been loaded yet"), hint)
        return
    about = {"number": manifest.generation, "moment": manifest.built_at[:16].replace("T", " "), "version": manifest.app_version or "?", "star": STAR_VERSION}
    what = said("generation {number}, built {moment} UTC by omnigap {version} (star {star})", **about)
    if bundle is not None and manifest.built_with != _wanted(workspace, bundle):
        hint = said("run omnigap load: it builds the numbers again from what was loaded")
        yield Finding("data", "generation", "look", said("{generation}, for other settings or KPIs than those of now", generation=what), hint)
    else:
        yield Finding("data", "generation", "ok", what)
    lost = [entry.file for entry in manifest.files() if damage(workspace.warehouse, entry, read=False)]
    if lost:
        what = said("{count} files are missing or of another size: {name}", count=len(lost), name=lost[0])
        yield Finding("data", "files", "trouble", what, said("run: omnigap rebuild"), ".omnigap")
    else:
        counts = {"files": len(manifest.files()), "loads": len(manifest.active)}
        yield Finding("data", "files", "ok", said("{files} files of {loads} loads are there; omnigap verify reads them", **counts))


def _wanted(workspace: Workspace, bundle: Bundle) -> str:
    catalogue = Catalogue.build(bundle.kpis, bundle.documents["kpis"])
    return fingerprint(mart_settings(bundle, profiles_of(workspace)), rollups(catalogue), preparation(catalogue))


def _last_load(workspace: Workspace) -> Iterator[Finding]:
    last = read_last_load(workspace)
    if last is None:
        return
    left = unused(last, load_layouts(workspace.config_dir))
    if left:
        what = said("{count} files of the last load did not count", count=len(left) + last.more)
        yield Finding("data", "last_load", "look", what, said("the view Data (6) and omnigap load say why"))
    else:
        yield Finding("data", "last_load", "ok", said("every file of the last load counts"))


def _late(workspace: Workspace, lang: str) -> Iterator[Finding]:
    from kpi_core.workbench.bench import Workbench
    from kpi_core.workbench.lateness import overdue

    if not workspace.generation():
        return
    bench = Workbench.open(workspace.root, lang)
    try:
        late = overdue(bench.desk)
    finally:
        bench.close()
    for item in late:
        told = said("{name}: last day {day}, expected within {days} days of {newest}", name=item.name, day=item.last, days=item.days, newest=item.as_of)
        what = told if item.last is not None else said("{name}: nothing loaded", name=item.name)
        yield Finding("data", "late", "look", what, said("export it again, then run: omnigap load"))
    if not late:
        yield Finding("data", "late", "ok", said("no source is later than expected"))


def _access(workspace: Workspace) -> Iterator[Finding]:
    """Who is limited by access.yaml, and what of it limits nobody."""
    access = load_access(workspace.config_dir)
    if access is None:
        yield Finding("settings", "access", "ok", said("no config/access.yaml: who may read the workspace sees all of it"))
        return
    told = open_to_change(workspace.root) or said("limits what users see; the file permissions guard the data")
    yield Finding("settings", "access", "ok", told, None, NAME)
    for number, message in enumerate(doubts(workspace.root, access), start=1):
        yield Finding("settings", f"access_{number}", "look", message, None, NAME)


def _settings(bundle: Bundle) -> Iterator[Finding]:
    of, document = bundle.settings, bundle.documents["settings"]
    limits = of.limits
    values = {
        ("language",): of.language,
        ("currency",): of.currency,
        ("privacy", "comments"): "true" if of.privacy.comments else "false",
        ("limits", "memory"): limits.memory,
        ("limits", "threads"): limits.threads,
        ("limits", "temp"): limits.temp,
        ("limits", "seconds"): limits.seconds,
        ("limits", "load", "memory"): limits.load.memory,
        ("limits", "load", "threads"): limits.load.threads,
        ("limits", "load", "temp"): limits.load.temp,
        ("limits", "load", "nice"): limits.load.nice,
    }
    cores, memory = os.cpu_count() or 1, _memory()
    for path, value in values.items():
        name = ".".join(path)
        what = said("{name}: {value}", name=name, value=str(value))
        place = _origin(document, path)
        if path[-1] == "threads" and isinstance(value, int) and value > cores:
            hint = said("this machine has {count} cores", count=cores)
            yield Finding("settings", name, "look", what, hint, place)
        elif path[-1] == "memory" and memory and _bytes(str(value)) > memory:
            yield Finding("settings", name, "look", what, said("this machine has {size} MB of memory", size=memory // MEGABYTE), place)
        else:
            kept = said("comments that were kept before stay until: omnigap forget --comments") if value == "false" else None
            yield Finding("settings", name, "ok", what, kept, place)


def _origin(document: Document, path: tuple[str, ...]) -> str:
    """`file:line` of a value that is written, '' for one that is not."""
    return f"{document.file}:{document.lines[path]}" if path in document.lines else ""


def _memory() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError):
        return 0


def _bytes(size: str) -> int:
    """Bytes of a size that settings.yaml takes (see `SIZE`)."""
    number = size.rstrip("iIbB")
    power = " kmgt".find(number[-1].lower())
    base = 1024 if "i" in size.lower() else 1000
    return int(float(number[:-1]) * base**power)
