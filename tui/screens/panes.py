"""Views of several panes: one layout for all sizes and zooms, frames around the panes, and which of them has the focus.

The panes are placed by arithmetic (`tui.look.rooms`), and the frames are lines that the view itself draws: moving the focus redraws two frames, nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from textual import events
from textual.geometry import NULL_OFFSET, NULL_SPACING, Region, Size
from textual.layout import ArrangeResult, DockArrangeResult, Layout, WidgetPlacement
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from kpi_core.render.clean import clean, to_ascii
from kpi_core.render.text import cell_width, cut
from kpi_core.view import ViewState
from tui.look import rooms
from tui.look.drawing import Look
from tui.look.rooms import BOX, MAIN, NONE, RULE, Room, Rooms
from tui.look.runs import Run, strip_of
from tui.screens.view import View
from tui.widgets.grid import GridView
from tui.widgets.laid import LaidOut
from tui.widgets.scrolled import ScrolledLines

# corners, then across and down: without the focus, with it
_LINES = {(False, False): "╭╮╰╯─│", (False, True): "┏┓┗┛━┃", (True, False): "++++-|", (True, True): "####=|"}


class _PaneLayout(Layout):
    """Puts the children of a PanesView where its rooms say; a child without a room is not drawn."""

    name = "panes"

    def arrange(self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True) -> ArrangeResult:
        assert isinstance(parent, PanesView)
        found = parent.place(size.width, size.height)
        placed = [(child, found.get(child.id or "")) for child in children]
        return [WidgetPlacement(Region(*region), NULL_OFFSET, NULL_SPACING, child) for child, region in placed if region is not None and min(region[2:]) > 0]


class PanesView(LaidOut, View):
    """A view whose table has panes around it. `PANES` names them: pane → id of its widget, the view's own table first (pane '').

    Subclasses say where panes go (`arranged`), which lines stand above and below them (`edges`), and what their titles are (`title`).
    """

    PANES: ClassVar[Mapping[str, str]] = {MAIN: ""}

    class Entered(Message):
        """The focus has come into a pane, by mouse or by key."""

        def __init__(self, view: PanesView, pane: str) -> None:
            super().__init__()
            self.view = view
            self.pane = pane

        @property
        def control(self) -> PanesView:
            return self.view

    def __init__(self, look: Look, id: str) -> None:
        super().__init__(look, id)
        self.rooms: Rooms = ()
        self._layout = _PaneLayout()
        self._wanted = (MAIN, "")  # the pane of the state, and its zoom
        self._titles: dict[str, str] = {}
        self._shorts: dict[str, str] = {}
        self._hinted: tuple[object, ...] = ()

    def _size_updated(self, size: Size, virtual_size: Size, container_size: Size, layout: bool = True) -> bool:
        """As for `Lines`: a first size is no reason to draw everything twice."""
        self.set_reactive(Widget.virtual_size, virtual_size)
        return super()._size_updated(size, virtual_size, container_size, layout)

    # ---------------------------------------------------------------- for subclasses

    def arranged(self, width: int, height: int) -> Rooms:
        """The rooms without zoom in a space of this size."""
        raise NotImplementedError

    def edges(self, width: int, height: int) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
        """Widgets (id, lines) that stand above and below the panes."""
        return [], []

    def title(self, pane: str) -> str:
        """What stands in the frame of a pane."""
        return self._titles.get(pane, "")

    def new_scrolled(self, id: str) -> ScrolledLines:
        return ScrolledLines(palette=self.look.palette, ascii_only=self.look.ascii_only, id=id)

    # ---------------------------------------------------------------- where the panes are

    @property
    def layout(self) -> Layout:
        return self._layout

    def arrange(self, size: Size, optimal: bool = False) -> DockArrangeResult:
        """Always anew: a kept arrangement would not tell where the frames are."""
        self._clear_arrangement_cache()
        return super().arrange(size, optimal)

    def place(self, width: int, height: int) -> dict[str, tuple[int, int, int, int]]:
        """Where each widget goes, by its id: (x, y, width, height). Keeps the rooms for the frames."""
        above, below = self.edges(width, height)
        top, bottom = sum(lines for _, lines in above), sum(lines for _, lines in below)
        if height - top - bottom < 2:
            above, below, top, bottom = [], [], 0, 0
        found: dict[str, tuple[int, int, int, int]] = {}
        y = 0
        for name, lines in above:
            found[name] = (0, y, width, lines)
            y += lines
        y = height - bottom
        for name, lines in below:
            found[name] = (0, y, width, lines)
            y += lines
        inside = self._inside(width, height - top - bottom)
        self.rooms = tuple(Room(room.pane, room.x, room.y + top, room.width, room.height, room.frame) for room in inside)
        for room in self.rooms:
            found[self.PANES[room.pane]] = room.inner
        return found

    def _inside(self, width: int, height: int) -> Rooms:
        pane, zoom = self._wanted
        return rooms.zoomed(self.arranged(width, height), pane, zoom, width, height)

    def room(self, pane: str) -> Room | None:
        """Where a pane stands now; None when it does not."""
        return next((room for room in self.rooms if room.pane == pane), None)

    @property
    def pane(self) -> str:
        """The pane that has the focus: that of the state if it is on screen, else the view's own table."""
        pane = self._wanted[0]
        return pane if not self.rooms or self.room(pane) is not None else MAIN

    @property
    def order(self) -> tuple[str, ...]:
        """The panes that Tab goes through; while one fills the screen, those that stand there without it."""
        pane, zoom = self._wanted
        if not zoom:
            return rooms.panes_of(self.rooms)
        found = rooms.panes_of(self.arranged(*self.size))
        return found if pane in found else (*found, pane)

    @property
    def table(self) -> GridView | None:
        widget = self.pane_widget(self.pane)
        return widget if isinstance(widget, GridView) else None

    def changes(self, zoom: str) -> bool:
        width, height = self.size
        usual, pane = self.arranged(width, height), self.pane
        found = rooms.zoomed(usual, pane, zoom, width, height)
        return found != usual and (zoom == "full" or found != rooms.alone(width, height, pane))

    def re_lay(self) -> None:
        """Place the panes anew: the state's pane or zoom has changed, or a table needs another number of lines."""
        width, height = self.size
        if not width or not height:
            return
        before = self.rooms
        self._clear_arrangement_cache()
        self.place(width, height)
        if self.rooms != before:
            self.refresh(layout=True)

    # ---------------------------------------------------------------- focus

    def hold(self, state: ViewState) -> None:
        """Take over pane and zoom of a state. A pane that the view does not have counts as its own table."""
        pane = state.pane if state.pane in self.PANES else MAIN
        before, zoom = self.pane, self._wanted[1]
        self._wanted = (pane, state.zoom)
        if zoom or state.zoom:
            self.re_lay()
        self._reframe(before, self.pane)

    def focus_table(self) -> None:
        self.pane_widget(self.pane).focus(scroll_visible=False)

    def pane_widget(self, pane: str) -> Widget:
        """The widget that takes the focus for a pane."""
        return self.query_one(f"#{self.PANES[pane]}")

    def pane_of(self, widget: Widget | None) -> str | None:
        """The pane of a widget; None for any other."""
        return next((pane for pane, name in self.PANES.items() if widget is not None and widget.id == name), None)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        pane = self.pane_of(event.widget)
        if pane is not None and pane != self.pane:
            self.post_message(self.Entered(self, pane))

    def on_click(self, event: events.Click) -> None:
        """A click on a frame is one on its pane."""
        room = next((room for room in self.rooms if room.holds(event.x, event.y)), None)
        if room is not None and event.widget is self:
            self.pane_widget(room.pane).focus(scroll_visible=False)

    def on_resize(self, event: events.Resize) -> None:
        """After the panes have moved: the focus goes where the state says, or to the table while there is no room for its pane."""
        self.drawn_by_layout()  # as for `Lines`
        if self.display and self.screen.focused is not None and self.pane_of(self.screen.focused) not in (None, self.pane):
            self.focus_table()

    # ---------------------------------------------------------------- frames

    def entitle(self, pane: str, title: str, short: str = "") -> None:
        """Give a pane another title (`short` where there is no room for it); only its line is drawn again."""
        if (self._titles.get(pane), self._shorts.get(pane, "")) == (title, short):
            return
        self._titles[pane], self._shorts[pane] = title, short
        room = self.room(pane)
        if room is not None and room.frame != NONE:
            self.refresh(Region(room.x, room.y, room.width, 1))

    def _reframe(self, *panes: str) -> None:
        for pane in dict.fromkeys(panes):
            room = self.room(pane)
            if room is None or room.frame == NONE or len(set(panes)) < 2:
                continue
            x, y, width, height = room.x, room.y, room.width, room.height
            self.refresh(Region(x, y, width, 1))
            if room.frame == BOX:
                self.refresh(Region(x, y + height - 1, width, 1), Region(x, y, 1, height), Region(x + width - 1, y, 1, height))

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        runs: list[Run] = []
        at = 0
        for room in sorted((room for room in self.rooms if room.y <= y < room.y + room.height), key=lambda room: room.x):
            piece = self._frame(room, y - room.y)
            runs += [(" " * (room.x - at), ""), *piece]
            at = room.x + sum(cell_width(text) for text, _ in piece)
        return strip_of(runs, width, self.look.palette)

    def _frame(self, room: Room, line: int) -> list[Run]:
        """One line of the frame of a room, the cells of its pane left blank."""
        on = room.pane == self.pane and (len(self.rooms) > 1 or bool(self._wanted[1]))
        role = "accent" if on else "line"
        topleft, topright, bottomleft, bottomright, across, down = tuple(_LINES[self.look.ascii_only, on])
        if room.frame == RULE and line == 0:
            return self._titled(room, across * 2, across, "", across, role)
        if room.frame != BOX:
            return []
        if line == 0:
            return self._titled(room, topleft + across, across, topright, across, role)
        if line == room.height - 1:
            return [(bottomleft + across * (room.width - 2) + bottomright, role)]
        return [(down, role), (" " * (room.width - 2), ""), (down, role)]

    def _titled(self, room: Room, start: str, across: str, end: str, fill: str, role: str) -> list[Run]:
        title = clean(self.title(room.pane), 400)
        if self.look.ascii_only:
            title = to_ascii(title)
        least = max(0, room.width - len(start) - len(end) - 3)
        short = clean(self._shorts.get(room.pane, ""), 400)
        if short and cell_width(title) > least:
            title = to_ascii(short) if self.look.ascii_only else short
        text = cut(title, least, "." if self.look.ascii_only else "…")
        if not text:
            return [(start + fill * (room.width - len(start) - len(end)) + end, role)]
        left = room.width - len(start) - len(end) - cell_width(text) - 2
        return [(start + " ", role), (text, "title"), (" " + fill * left + end, role)]


__all__ = ["MAIN", "PanesView"]
