"""Drawing with roles: a line of (text, role) runs becomes a strip of styled cells. Never markup."""

from __future__ import annotations

import re
from collections.abc import Iterable

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual.strip import Strip

from tui.look.theme import Palette

_PICTURE = re.compile(r"[ \u2501\u2503\u2578\u2580-\u259f\u2800-\u28ff]*[\u2580-\u259f\u2800-\u28ff\u2501][ \u2501\u2503\u2578\u2580-\u259f\u2800-\u28ff]*")
Run = tuple[str, str]
Runs = tuple[Run, ...]


def marked(runs: Runs, mark: str, role: str = "accent") -> Runs:
    """The runs with a mark in the first cell, which rows keep free."""
    (text, own), *rest = runs or (("", ""),)
    return ((mark, role), (text[1:], own), *rest)


def strip_of(runs: Iterable[Run], width: int, palette: Palette, ground: str = "background", bold: bool = False) -> Strip:
    """One line of exactly `width` cells on a ground. Neighbouring runs of one style are one segment: fewer bytes over a slow line."""
    segments: list[Segment] = []
    texts: list[str] = []
    style = palette.style("", ground, bold)
    used = 0
    last = None
    for text, role in runs:
        size = cell_len(text)
        if used + size > width:
            text = set_cell_size(text, width - used)
            size = width - used
        used += size
        # in reverse, a bar would show what is missing of it
        wanted = palette.style(role, "background" if palette.ansi and ground == "selection" and _PICTURE.fullmatch(text) else ground, bold)
        # blanks have no colour of their own: they stay with what stands before them
        if last is not None and wanted is not last and text.isspace():
            wanted = last
        if wanted is last:
            texts.append(text)
            continue
        if last is not None:
            segments.append(Segment("".join(texts), last))
        texts, last = [text], wanted
    if last is None:
        return Strip([Segment(" " * width, style)], width)
    texts.append(" " * (width - used))
    segments.append(Segment("".join(texts), last))
    return Strip(segments, width)


def changed(before: Runs, after: Runs) -> tuple[int, int]:
    """First and last + 1 of the cells in which two lines differ: what is the same before and after need not go over a slow line."""
    one, other = ([(char, role) for text, role in runs for char in text] for runs in (before, after))
    most = min(len(one), len(other))
    lead = next((place for place in range(most) if one[place] != other[place]), most)
    tail = next((place for place in range(most - lead) if one[-1 - place] != other[-1 - place]), most - lead)
    kept = max(0, lead - 1)  # a mark that combines with the character before it changes that one's cell
    start = cell_len("".join(char for char, _ in one[:kept]))
    sizes = [cell_len("".join(char for char, _ in each)) for each in (one, other)]
    left = cell_len("".join(char for char, _ in one[len(one) - tail :])) if sizes[0] == sizes[1] else 0
    return start, max(start, max(sizes) - left)
