"""Jump letters: one on every view, pane and visible row; typing it goes there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.app import ComposeResult
from textual.screen import ModalScreen
from textual.strip import Strip
from textual.widget import Widget

from kpi_core.render.header import VIEW_KEYS
from kpi_core.render.text import plain
from kpi_core.view import VIEWS
from tui.look.drawing import Look
from tui.screens.panes import PanesView
from tui.widgets.lines import HeaderBar

if TYPE_CHECKING:
    from tui.screens.main import MainScreen

LETTERS = "qsdfghjklmazertyuiopwxcvbn"  # under the fingers first, and on the same keys' row whether the keyboard is AZERTY or QWERTY


@dataclass(frozen=True)
class Spot:
    """A place to go to: a view (its command), a pane (its name), or a row of the table in focus (its index); its letter stands at (x, y)."""

    kind: str
    x: int
    y: int
    name: str = ""
    row: int = 0


def codes(count: int) -> list[str]:
    """As many different codes as asked for, short ones first; none is the beginning of another."""
    prefixes = 0
    while len(LETTERS) - prefixes + prefixes * len(LETTERS) < count:
        prefixes += 1
    single = LETTERS[: len(LETTERS) - prefixes]
    double = (first + second for first in LETTERS[len(LETTERS) - prefixes :] for second in LETTERS)
    return [*single, *double][:count]


def targets(main: MainScreen) -> list[Spot]:
    """Rows first, so that they have the letters under the fingers; then panes, then views."""
    view, table = main.view, main.view.table
    found: list[Spot] = []
    if table is not None:
        region = table.content_region
        first = table.scroll_offset.y
        shown = min(table.page_rows, len(table.content.rows) - first)
        found += [Spot("row", region.x, region.y + 1 + line, row=first + line) for line in range(shown) if table.content.rows[first + line].key is not None]
    if isinstance(view, PanesView) and len(view.rooms) > 1:
        base = view.content_region.offset
        others = (room for room in view.rooms if room.pane != view.pane)
        found += [Spot("pane", base.x + room.x + 1, base.y + (room.y if room.frame else room.inner[1]), room.pane) for room in others]
    return [*found, *(Spot("view", x, 1, name) for name, x in _tabs(main) if name != main.state.view)]


def _tabs(main: MainScreen) -> list[tuple[str, int]]:
    """The views whose keys stand in the header, each with the cell of its key. The id of a view is that of its command."""
    lines = main.query_one(HeaderBar).lines
    text = plain(lines[1]) if len(lines) > 1 else ""
    found, at = [], 0
    for view in VIEWS:
        place = text.find(f" {VIEW_KEYS[view]} ", at)
        if place < 0:
            break
        found.append((view, place + 1))
        at = place + 2
    return found


class _Letter(Widget):
    """One code over the screen."""

    DEFAULT_CSS = "_Letter { position: absolute; height: 1; }"

    def __init__(self, look: Look, code: str, spot: Spot) -> None:
        super().__init__()
        self.look, self.code = look, code
        self.styles.width = len(code)
        self.styles.offset = (spot.x, spot.y)

    def render_line(self, y: int) -> Strip:
        return Strip([Segment(self.code, self.look.palette.style("accent", bold=True) + Style(reverse=True))], len(self.code))


class JumpScreen(ModalScreen[Spot]):
    """The view stays in sight under the letters. Esc, or a letter that is on none, leaves."""

    DEFAULT_CSS = "JumpScreen { background: transparent; }"

    def __init__(self, look: Look, spots: Sequence[Spot]) -> None:
        super().__init__()
        self.look = look
        self.spots = dict(zip(codes(len(spots)), spots, strict=True))
        self.typed = ""

    def compose(self) -> ComposeResult:
        for code, spot in self.spots.items():
            yield _Letter(self.look, code, spot)

    def on_key(self, event: events.Key) -> None:
        event.stop()
        event.prevent_default()
        typed = self.typed + (event.character or "").lower()
        if typed in self.spots:
            self.dismiss(self.spots[typed])
        elif event.character and len(typed) == 1 and any(code.startswith(typed) for code in self.spots):
            self.typed = typed
            for letter in self.query(_Letter):
                letter.display = letter.code.startswith(typed)
        else:
            self.dismiss(None)

    def on_click(self) -> None:
        self.dismiss(None)

    def on_resize(self, event: events.Resize) -> None:
        """The letters stand on what has moved."""
        if event.size != self.app.main.size:  # type: ignore[attr-defined]
            self.dismiss(None)

