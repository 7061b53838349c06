"""Which commands somebody may run who sees a part of a workspace (config/access.yaml).

A command is listed here once it shows nothing but what the workbench gives, which is limited, or no figures at all. Everything else tells
of whole exports or changes what everybody sees: it is refused to them, and so is a command that nobody has thought about yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from tui.cli.common import workspace_dir

LIMITED = frozenset({
    "open", "glance", "explain", "report", "query", "sql", "check", "whatif", "actions", "note", "serve",  # through the workbench
    "export-db",  # through a limited reader
    "init", "keys", "kpis", "demo", "bookmarks", "profiles", "config", "doctor",  # no figures of this workspace
})  # fmt: skip


def refuse_whole(arguments: Sequence[str]) -> None:
    """Raises UsageError where who runs this may see a part only and the command tells of more; `arguments` begin with the command."""
    objectives = arguments[:2] == ["config", "show"] and "objectives" in arguments  # targets of everybody
    if (arguments[0] in LIMITED and not objectives) or "--help" in arguments or "-h" in arguments:
        return
    for config in (folder / "config" for folder in _folders(arguments)):
        if _named(config):
            from kpi_core.workbench.scope import scope_of, whole_only

            whole_only(scope_of(config))


def _named(config: Path) -> bool:
    """Nothing more is read of a workspace without the file."""
    try:
        (config / "access.yaml").lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True


def _folders(arguments: Sequence[str]) -> list[Path]:
    """Every workspace that the arguments name: which of two counts is the parser's to say."""
    found = [value for word, value in pairwise(arguments) if word in ("--workspace", "-w")]
    found += [word.partition("=")[2] for word in arguments if word.startswith("--workspace=")]
    found += [word[2:].removeprefix("=") for word in arguments if word.startswith("-w") and len(word) > 2]
    return [Path(value) for value in found] or [workspace_dir(None)]
