"""An empty workspace, looked at: its exports folder, each file recognised or not. Nothing is written."""

from __future__ import annotations

from pathlib import Path

from kpi_core.errors import OmnigapError, StoreError
from kpi_core.pages import FoundFile, Welcome
from kpi_core.sources import Profiles
from kpi_core.sources.files.container import locate, members
from kpi_core.sources.recognise import recognise
from kpi_core.store import Workspace
from kpi_core.store.workspace import files_under
from kpi_core.workbench.loading import export_folders, profiles_of

LOOKED_AT = 40  # files; recognising reads each
LARGEST = 64 << 20  # bytes of a file that is read only to name it


def page(folder: Path, lang: str) -> Welcome:
    """What lies in a workspace in which nothing is loaded. Raises OmnigapError when the folder or its configuration cannot be read."""
    workspace = Workspace.open(folder)
    made = (workspace.root / "config").is_dir()
    profiles = profiles_of(workspace)
    paths = [path for exports in export_folders(workspace) for path in files_under(exports)]
    files = tuple(_found(path, workspace.root, profiles, lang) for path in _tables(paths[:LOOKED_AT])[:LOOKED_AT])
    kinds = tuple(dict.fromkeys(profile.title.in_(lang) for profile in profiles))
    try:
        loaded = bool(workspace.generation())
    except StoreError:
        loaded = False
    return Welcome(str(workspace.root), str(workspace.exports_dir), made, loaded, files, max(0, len(paths) - LOOKED_AT), kinds)


def _tables(paths: list[Path]) -> list[Path]:
    """The files, and instead of a small archive or workbook of several tables what it holds."""
    found: list[Path] = []
    for path in paths:
        try:
            found += members(path) if path.stat().st_size <= LARGEST else [path]
        except (OmnigapError, OSError):  # reading it says why
            found.append(path)
    return found


def _found(path: Path, root: Path, profiles: Profiles, lang: str) -> FoundFile:
    name = str(path.relative_to(root)) if path.is_relative_to(root) else path.name
    try:
        if locate(path)[0].stat().st_size > LARGEST:
            return FoundFile(name)
        return FoundFile(name, recognise(path, profiles).profile.title.in_(lang))
    except OmnigapError as error:
        return FoundFile(name, problem=error.what)
    except OSError:
        return FoundFile(name)
