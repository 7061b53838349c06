"""Where a workspace was left: a small private file a workspace in the user's state folder, read when it is opened again."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

from kpi_core.links import SCHEME, from_link, to_link
from kpi_core.view import ViewState
from tui.state import places

_VERSION = 1
_MOST_BYTES = 64 * 1024


@dataclass(frozen=True)
class Session:
    """The session of one workspace."""

    path: Path

    @classmethod
    def of(cls, workspace: Path) -> Session:
        """That of the workspace in a folder, whichever way the folder is written."""
        name = hashlib.sha256(os.fsencode(workspace.expanduser().resolve())).hexdigest()[:24]
        return cls(places.state_dir() / "sessions" / f"{name}.json")

    def read(self) -> ViewState | None:
        """The state in which the workspace was left; None where none is known or the file cannot be read: a session is a convenience."""
        try:
            with self.path.open("rb") as stream:
                value = json.loads(stream.read(_MOST_BYTES))
        except (OSError, ValueError, RecursionError):
            return None
        link = value.get("link") if isinstance(value, dict) and value.get("version") == _VERSION else None
        if not isinstance(link, str) or not link.startswith(SCHEME):
            return None
        state, problems = from_link(link)
        return None if problems else state

    def keep(self, state: ViewState) -> bool:
        """Write the state, whole or not at all, for its owner only. False when it cannot be written: nothing is said of that."""
        data = json.dumps({"version": _VERSION, "link": to_link(state)}).encode("ascii")
        written = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(written, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(data)
            written.replace(self.path)
        except OSError:
            return False
        return True
