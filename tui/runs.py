"""Drawing with roles: a line of (text, role) runs becomes a strip of styled cells. Never markup."""

from __future__ import annotations

from collections.abc import Iterable

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual.strip import Strip

from tui.theme import Palette

Run = tuple[str, str]
Runs = tuple[Run, ...]


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
        wanted = palette.style(role, ground, bold)
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
