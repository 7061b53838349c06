"""The last line of defence: no control byte of a foreign text reaches the terminal, whichever widget drew it.

Texts are cleaned where they are rendered (`kpi_core.render.clean`); this filter sees every line that leaves the app
and replaces what must never be there: C0 and C1 controls, DEL, the marks that change the reading direction, and what nobody sees.
"""

from __future__ import annotations

import re

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

from kpi_core.render.clean import FOREIGN_SIGNS, to_ascii

_FOREIGN = re.compile(f"[\t\n{FOREIGN_SIGNS}]")  # a line on the screen has neither breaks nor tabs


def guarded(text: str) -> str:
    """`text` with every foreign control character replaced by U+FFFD (the same number of cells or more, never an escape)."""
    return _FOREIGN.sub("\ufffd", text)


class GuardFilter(LineFilter):
    """Returned first by the app's `get_line_filters`. Segments that carry control codes are Textual's own and pass."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [segment if segment.control or not _FOREIGN.search(segment.text) else Segment(guarded(segment.text), segment.style) for segment in segments]


class AsciiFilter(LineFilter):
    """For `--ascii`: whatever is still not ASCII when it leaves (a typed text, a frame) becomes one ASCII character per cell."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [s if s.control or s.text.isascii() else Segment("".join(map(_one_ascii, s.text)), s.style) for s in segments]


class PlainFilter(LineFilter):
    """For no colour: whatever still asks for one (a style sheet, a field's cursor) keeps bold, reverse and underline only."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [Segment(s.text, s.style.without_color) if s.style is not None and not s.control and _coloured(s.style) else s for s in segments]


def _coloured(style: Style) -> bool:
    return style.color is not None or style.bgcolor is not None


def _one_ascii(char: str) -> str:
    if char.isascii():
        return char
    size = cell_len(char)
    return to_ascii(char)[:1].ljust(size, "?") if size else ""
