"""What whoever runs this process may see of a workspace, and what of a page stays away from who sees a part."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from kpi_core.config.access import NAME, Access, Grant, granted, me, writable
from kpi_core.config.decode import did_you_mean
from kpi_core.engine.coverage import Loaded
from kpi_core.engine.scope import Scope
from kpi_core.errors import Message, OmnigapError, UsageError, Where, said
from kpi_core.store import Workspace, open_reader

if TYPE_CHECKING:
    from kpi_core.config.model import KpiFile
    from kpi_core.workbench.desk import Desk


def grant_of(config_dir: Path) -> Grant:
    """The grant of who runs this process. Raises UsageError where they may see nothing, ConfigError for mistakes in access.yaml."""
    grant = granted(config_dir)
    if grant.nothing:
        user = me()[0]
        raise UsageError(
            said("{user} sees nothing of this workspace", user=user),
            where=Where(NAME, grant.line),
            hint=said("who keeps the workspace can name {user}, or a group of {user}, in that file", user=user),
        )
    return grant


def scope_of(config_dir: Path) -> Scope:
    """The same as filters; see `grant_of` for what it raises."""
    return Scope.of(grant_of(config_dir).members)


def lookups(file: KpiFile) -> Collection[str]:
    """Tables that are joined to say more about a row, and counted by no fact."""
    counted = {table for fact in file.facts.values() for table in (fact.table, *(part.table for part in fact.union))}
    return {spec.table for spec in file.lookups.values()} - counted


def doubts(root: Path, access: Access) -> tuple[Message, ...]:
    """What of access.yaml is no mistake of writing and yet limits nobody or shows nothing: names that this host or the loaded data do not know."""
    found = []
    for section, name, where in access.unknown():
        what = said("{where}: this host knows no group {name}", where=str(where), name=name)
        found.append(said("{where}: this host knows no user {name}", where=str(where), name=name) if section == "users" else what)
    known = loaded_members(Workspace.open(root)) if not granted(root / "config").limited else {}  # who sees a part is told nothing of the rest
    for dim, names in access.names().items():
        for name, where in names:
            if dim in known and name not in known[dim]:
                near = did_you_mean(name, known[dim])
                what = said("{where}: nothing is loaded of the store {name}", where=str(where), name=name)
                what = said("{where}: nothing is loaded of the channel {name}", where=str(where), name=name) if dim == "channel" else what
                found.append(said("{what} ({near})", what=what, near=near) if near is not None else what)
    return tuple(found)


def open_to_change(root: Path) -> Message | None:
    """Said where who runs this could change access.yaml."""
    if not writable(root / "config"):
        return None
    return said("{file} can be changed by who runs this: it guards against mistakes, the file permissions guard the data", file=NAME)


def loaded_members(workspace: Workspace) -> dict[str, set[str]]:
    """Channels and stores of the data; none when nothing is loaded."""
    found: dict[str, set[str]] = {}
    try:
        with open_reader(workspace) as reader:
            for (_, dim), spans in Loaded.read(reader).spans.items():
                if dim:
                    found.setdefault(dim, set()).update(name for name in spans if name)
    except OmnigapError:
        return {}
    return found


def whole_only(scope: Scope) -> None:
    """Refuse what tells of whole exports, whoever's rows they hold, to who sees a part. Raises UsageError."""
    if scope:
        raise UsageError(
            said("this tells of whole exports, and you see a part of them: {names}", names=names_of(scope)),
            where=Where(NAME),
            hint=said("ask somebody who sees everything"),
        )


def names_of(scope: Scope, desk: Desk | None = None) -> str:
    """The scope in words: `Lyon Part-Dieu, Nice · Web`; '' for everything."""

    def label(dim: str, value: str | None) -> str:
        return desk.label(dim, value) if desk is not None and dim in desk.catalogue.dimensions else value or ""

    return " · ".join(", ".join(label(step.dim, value) for value in step.values) for step in scope.filters)
