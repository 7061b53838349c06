"""What `omnigap doctor` found: one line per thing that was looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kpi_core.errors import Message

State = Literal["ok", "look", "trouble"]  # all is well | works, but look at it | something does not work, or can lose something
Section = Literal["versions", "terminal", "workspace", "disk", "data", "settings"]
SECTIONS: tuple[Section, ...] = ("versions", "terminal", "workspace", "disk", "data", "settings")


@dataclass(frozen=True)
class Finding:
    """`key` names the line for programs, once a section; `place`: the file it is about; `hint`: what to do, where something is to be done."""

    section: Section
    key: str
    state: State
    what: Message
    hint: Message | None = None
    place: str = ""


def worst(findings: tuple[Finding, ...]) -> State:
    """Of all lines; `ok` without any."""
    states = {finding.state for finding in findings}
    return "trouble" if "trouble" in states else "look" if "look" in states else "ok"
