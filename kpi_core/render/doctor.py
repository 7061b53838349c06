"""What `omnigap doctor` found, as lines and as records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kpi_core.errors import Message, said
from kpi_core.pages.doctor import SECTIONS, Finding, Section, State, worst
from kpi_core.render.clean import clean
from kpi_core.render.format import Formatter
from kpi_core.render.text import Line, Role, cell_width, wrap_line

TITLES: dict[Section, Message] = {
    "versions": said("Versions"),
    "terminal": said("Terminal"),
    "workspace": said("Workspace"),
    "disk": said("Disk"),
    "data": said("Loaded data"),
    "settings": said("Settings in force"),
}
WORDS: dict[State, Message] = {"ok": said("ok"), "look": said("look"), "trouble": said("trouble")}
MARKS: dict[State, tuple[str, str, Role]] = {"ok": ("✓", "+", "good"), "look": ("!", "!", "warn"), "trouble": ("✗", "x", "bad")}
SUMS: dict[State, Message] = {
    "ok": said("all is well"),
    "look": said("all works; to look at: {count}"),
    "trouble": said("not in order: {count}"),
}
LONGEST = 400


def doctor_lines(findings: Sequence[Finding], fmt: Formatter, width: int) -> list[Line]:
    """A heading a section, a line a finding with what to do below it, and the sum last."""
    words = {state: f"{MARKS[state][fmt.ascii]} {fmt.t(word)}" for state, word in WORDS.items()}
    room = max(map(cell_width, words.values())) + 2
    lines: list[Line] = []
    for section in SECTIONS:
        of = [finding for finding in findings if finding.section == section]
        if not of:
            continue
        lines += [fmt.fold(((fmt.t(TITLES[section]), "title"),))]
        for finding in of:
            word = words[finding.state]
            runs: list[tuple[str, str]] = [("  " + word + " " * (room - cell_width(word)), MARKS[finding.state][2])]
            if finding.place and section != "settings":
                runs.append((clean(finding.place, LONGEST) + "  ", "muted"))
            runs.append((clean(fmt.t(finding.what), LONGEST), ""))
            if section == "settings":
                runs.append(("  " + (clean(finding.place, LONGEST) or fmt.t("default")), "muted"))
            lines += wrap_line(fmt.fold(tuple(runs)), width, room + 2)
            if finding.hint is not None:
                hint: Line = ((" " * (room + 2), ""), (f"{'->' if fmt.ascii else '→'} {clean(fmt.t(finding.hint), LONGEST)}", "muted"))
                lines += wrap_line(fmt.fold(hint), width, room + 5)
    state = worst(tuple(findings))
    count = sum(1 for finding in findings if finding.state == state)
    lines += [(), fmt.fold(((f"{MARKS[state][fmt.ascii]} ", MARKS[state][2]), (fmt.t(SUMS[state].template, count=count), "")))]
    return lines


def doctor_values(findings: Sequence[Finding], fmt: Formatter) -> dict[str, Any]:
    """Plain values, for JSON; sentences in the language asked for."""
    return {
        "state": worst(tuple(findings)),
        "findings": [
            {
                "section": finding.section,
                "key": finding.key,
                "state": finding.state,
                "place": finding.place or None,
                "what": fmt.t(finding.what),
                "hint": fmt.t(finding.hint) if finding.hint is not None else None,
            }
            for finding in findings
        ],
    }
