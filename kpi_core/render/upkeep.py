"""What a check of the warehouse found and what a rebuild made, as lines and as plain values."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from kpi_core.errors import said
from kpi_core.pages.upkeep import DamagedFile, RebuiltStore, StoreCheck, WaitingLoad
from kpi_core.render.clean import clean
from kpi_core.render.data import DATASETS
from kpi_core.render.format import Formatter
from kpi_core.render.text import Line, Role, wrap_line

KINDS = {"missing": said("missing"), "changed": said("damaged")}
_MEGABYTE = 1_000_000
_ROLES: dict[str, Role] = {"✗": "bad", "!!": "bad", "✓": "good", "OK": "good", "!": "warn"}
_LISTED = 5  # files that nothing needs, by name


def check_lines(check: StoreCheck, fmt: Formatter, width: int) -> list[Line]:
    """Every damaged file with what it holds and what to do; without one, what was read."""
    bad, good = ("!!", "OK") if fmt.ascii else ("✗", "✓")
    lines: list[Line] = []
    for item in check.damaged:
        head: Line = ((f"{bad} {fmt.t(KINDS[item.kind])}  ", "bad"), (clean(item.file, 400), "title"))
        lines += [head, *_indented(_holds(item, fmt), fmt, width)]
    for load in check.waiting:
        if not any(item.load_id == load.load_id for item in check.damaged):
            lines += _indented(_again(load, fmt), fmt, width, bad)
    if check.sound:
        size = fmt.number(check.bytes / _MEGABYTE, 1)
        text = fmt.t("generation {number}: {files} files ({size} MB), all as they were written", number=check.generation, files=check.files, size=size)
        lines += _indented(text, fmt, width, good)
    if check.orphans:
        names = ", ".join([*(clean(name, 200) for name in check.orphans[:_LISTED]), *([fmt.ellipsis] if len(check.orphans) > _LISTED else [])])
        text = fmt.t("{count} files that nothing needs, which the next load deletes: {names}", count=len(check.orphans), names=names)
        lines += _indented(text, fmt, width, "-")
    return lines


def check_advice(check: StoreCheck, fmt: Formatter) -> list[str]:
    """What to do about the damage, one sentence each; nothing where there is none."""
    found = []
    if any(item.remedy == "rebuild" for item in check.damaged):
        found.append(fmt.t("omnigap rebuild makes these numbers anew from what was loaded"))
    if any(item.holds == "batch" for item in check.damaged):
        found.append(fmt.t("load the named exports again: their rows take the place of the damaged ones; omnigap rebuild goes on without them"))
    elif any(item.holds == "account" for item in check.damaged):
        found.append(fmt.t("load the named exports again; until then their rows count, but what became of them is not known"))
    return found


def rebuilt_lines(done: RebuiltStore, fmt: Formatter, width: int) -> list[Line]:
    """The new generation, from what it was made, and the exports that are to be loaded again."""
    bad, good = ("!!", "OK") if fmt.ascii else ("✗", "✓")
    lines: list[Line] = []
    for note in done.notes:
        lines += _indented(fmt.t(note), fmt, width, "!")
    seconds = fmt.number(done.seconds, 1)
    text = fmt.t("generation {number}: built anew from {loads} loads ({seconds} s)", number=done.generation, loads=done.counted, seconds=seconds)
    lines += _indented(text, fmt, width, good)
    for load in done.waiting:
        lines += _indented(_again(load, fmt), fmt, width, bad)
    return lines


def check_values(check: StoreCheck) -> dict[str, Any]:
    """Plain values, for JSON."""
    names = ("file", "kind", "holds", "dataset", "part", "load_id", "export", "remedy")
    return {
        "generation": check.generation,
        "sound": check.sound,
        "files": check.files,
        "bytes": check.bytes,
        "damaged": [{name: getattr(item, name) for name in names} for item in check.damaged],
        "load_again": _waiting(check.waiting),
        "orphans": list(check.orphans),
    }


def rebuilt_values(done: RebuiltStore) -> dict[str, Any]:
    """Plain values, for JSON; notes in English."""
    return {
        "generation": done.generation,
        "loads": done.counted,
        "load_again": _waiting(done.waiting),
        "notes": [str(note) for note in done.notes],
        "seconds": round(done.seconds, 3),
    }


def _waiting(loads: Sequence[WaitingLoad]) -> list[dict[str, Any]]:
    return [{"load_id": load.load_id, "export": load.export, "rows": load.rows} for load in loads]


def _again(load: WaitingLoad, fmt: Formatter) -> str:
    values = {"number": load.load_id, "name": clean(load.export, 400)}
    if load.rows:
        return fmt.t("load {number} does not count, its rows are damaged: load {name} again", **values)
    return fmt.t("the account of load {number} is damaged, its rows count: load {name} again", **values)


def _holds(item: DamagedFile, fmt: Formatter) -> str:
    dataset = fmt.t(DATASETS[item.dataset]) if item.dataset in DATASETS else item.dataset
    if item.holds == "pointer":
        return fmt.t("names the generation that counts; put back by: omnigap rebuild")
    if item.holds == "manifest":
        return fmt.t("says which loads count; put back by: omnigap rebuild")
    if item.holds == "mart":
        return fmt.t("the numbers that every screen reads; made anew by: omnigap rebuild")
    if item.holds == "facts":
        when = _month(item.part, fmt)
        rows = fmt.t("{dataset}, {month}", dataset=dataset, month=when) if when else dataset
        return fmt.t("newest rows: {rows}; made anew by: omnigap rebuild", rows=rows)
    values = {"number": item.load_id, "name": clean(item.export, 400)}
    if item.holds == "account":
        return fmt.t("what became of the rows of load {number}; load again: {name}", **values)
    return fmt.t("{dataset} of load {number}; load again: {name}", dataset=dataset, **values)


def _month(part: str, fmt: Formatter) -> str:
    try:
        first = date.fromisoformat(f"{part}-01")
    except ValueError:
        return ""
    return f"{fmt.month(first.month)} {first.year}"


def _indented(text: str, fmt: Formatter, width: int, mark: str = "") -> list[Line]:
    line: Line = ((f"{mark} " if mark else "  ", _ROLES.get(mark, "muted")), (text, ""))
    return wrap_line(fmt.fold(line), width, 2)
