"""Only what changed goes over the line: Textual 8.2 sends a line from its beginning when a part of it is drawn anew (its own TODO)."""

from __future__ import annotations

from rich.console import Console
from rich.control import Control
from textual._compositor import ChopsUpdate


def render_segments(update: ChopsUpdate, console: Console) -> str:
    """As Textual's method of that name, with every span cropped on both sides."""
    found: list[str] = []
    last = update.spans[-1][0]
    for y, x1, x2 in update.spans:
        for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            if strip is None or x >= x2 or end <= x1:
                continue
            start = max(x, x1)
            part = strip if start == x and end <= x2 else strip.crop(start - x, min(end, x2) - x)
            found += [Control.move_to(start, y).segment.text, part.render(console)]
        if y != last:
            found.append("\n")
    return "".join(found)


def install() -> None:
    """Let every app of this process draw so."""
    ChopsUpdate.render_segments = render_segments  # type: ignore[assignment, method-assign]
