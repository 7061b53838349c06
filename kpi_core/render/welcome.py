"""The first page: three steps from an empty folder to numbers, and what lies in the exports folder already."""

from __future__ import annotations

from collections.abc import Sequence

from kpi_core.pages import FoundFile, Welcome
from kpi_core.render.clean import clean
from kpi_core.render.format import Formatter
from kpi_core.render.text import Line, Run, cell_width, cut, join, pad, wrap

LEAST_FILES = 3  # lines of files for which kinds of exports give way


def welcome_lines(page: Welcome, fmt: Formatter, width: int, height: int) -> list[Line]:
    """At most `height` lines of at most `width` cells; what matters most stands first."""
    t = fmt.t
    room = max(10, width - 2)
    head = t("Nothing is loaded in this workspace yet.") if page.made else t("This folder is no workspace yet.")
    lines: list[Line] = [((cut(head, room, fmt.ellipsis), "title"),), ()]
    steps: list[tuple[str, str]] = [] if page.made else [(t("make it one"), f"omnigap init {page.folder}")]
    steps += [(t("put exports into"), page.exports), (t("load them"), f"omnigap load -w {page.folder}")]
    label = max(cell_width(text) for text, _ in steps)
    for number, (text, what) in enumerate(steps, 1):
        lines += _step(f"{number}  {pad(text, label)}  ", what, room, fmt)
    lines += [()] if height >= 20 else []
    lines += [((line, "muted"),) for line in wrap(t("This page turns into the overview by itself as soon as numbers are there."), room)]
    lines += [(), join((t("No data at hand?") + "  ", "muted"), ("omnigap demo --tour", "accent"))]
    left = height - len(lines) - 2
    if page.files and left >= 1:
        lines += [(), *_files(page, fmt, room, left)]
    elif page.kinds and left >= 2:
        told = _columns(page.kinds, room, left - 1) or wrap(", ".join(clean(kind) for kind in page.kinds), room)
        told = told if len(told) <= left - 1 else [*told[: left - 2], cut(told[left - 2] + " …", room, "…")] if left > 2 else []
        lines += [(), ((t("Exports that are recognised by their header:"), "heading"),), *(((line, "muted"),) for line in told)]
    return [fmt.fit(((" ", ""), *line), width) for line in lines[:height]]


def _columns(kinds: Sequence[str], room: int, lines: int) -> list[str]:
    """The kinds one below the other in columns, in at most `lines` lines; nothing where that has no room."""
    names = [clean(kind) for kind in kinds]
    each = max(map(cell_width, names)) + 3
    deep = -(-len(names) // max(1, (room + 3) // each))
    if deep > lines or each > room:
        return []
    return ["".join(pad(name, each) for name in names[line::deep]).rstrip() for line in range(deep)]


def _step(lead: str, what: str, room: int, fmt: Formatter) -> list[Line]:
    """One line where the command fits beside its words, else two: a command is never cut in its middle while there is a line for it."""
    what = clean(what)
    if cell_width(lead) + cell_width(what) <= room:
        return [join((lead, ""), (what, "accent"))]
    pieces = wrap(what, room - 3)
    return [((lead.rstrip(), ""),), *(join(("   ", ""), (cut(piece, room - 3, fmt.ellipsis), "accent")) for piece in pieces)]


def _files(page: Welcome, fmt: Formatter, room: int, left: int) -> list[Line]:
    known = sum(1 for file in page.files if file.title)
    whole = len(page.files) + page.more
    head = fmt.t("{count} files are there, {known} of them recognised:", count=whole, known=known) if whole > 1 else fmt.t("1 file is there:")
    shown = page.files if len(page.files) + bool(page.more) <= left - 1 else page.files[: max(0, left - 2)]
    names = min(room // 2, max((cell_width(clean(file.name)) for file in shown), default=0))
    lines: list[Line] = [((head, "heading"),), *(_file(file, names, fmt, room) for file in shown)]
    hidden = whole - len(shown)
    return [*lines, ((fmt.t("… {count} more files", count=hidden), "muted"),)] if hidden else lines


def _file(file: FoundFile, names: int, fmt: Formatter, room: int) -> Line:
    good, bad, open_ = ("OK", "!!", "- ") if fmt.ascii else ("✓", "✗", "·")
    mark: Run = (f"{good} ", "good") if file.title else (f"{bad} ", "bad") if file.problem is not None else (f"{open_} ", "muted")
    text = file.title or (fmt.t(file.problem) if file.problem is not None else fmt.t("large: it is looked at when it is loaded"))
    rest = room - names - cell_width(mark[0]) - 2
    return join(mark, (pad(clean(file.name), names, ellipsis=fmt.ellipsis) + "  ", ""), (cut(clean(text), rest, fmt.ellipsis), "muted"))
