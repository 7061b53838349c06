"""How the panes of a view share the screen: pure arithmetic from a size to rooms, the same for drawing, keys and tests.

From 160 columns there are four panes, from 120 three, below that one; 40 lines bring trend and explanation on any width that can show them.
Nothing is ever refused: what does not fit is left out, the view's own table last.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

MAIN = ""  # the view's own table
WIDE, FULL = 120, 160  # columns
LOW, TALL = 20, 40  # lines of the screen: under the first no causes, from the second on all panes
FRAMED = 12  # lines under which a box would take too many of them
HALVES = 14  # lines under which half a screen is no use

NONE, RULE, BOX = "", "rule", "box"


@dataclass(frozen=True)
class Room:
    """Where a pane stands in its view, frame included. `frame`: a box around it, a rule with its title above it, or nothing."""

    pane: str
    x: int
    y: int
    width: int
    height: int
    frame: str = NONE

    @property
    def inner(self) -> tuple[int, int, int, int]:
        """(x, y, width, height) of what the frame leaves."""
        if self.frame == BOX:
            return self.x + 1, self.y + 1, max(0, self.width - 2), max(0, self.height - 2)
        if self.frame == RULE:
            return self.x, self.y + 1, self.width, max(0, self.height - 1)
        return self.x, self.y, self.width, self.height

    def holds(self, x: int, y: int) -> bool:
        """Whether a cell of the view lies in it."""
        return self.x <= x < self.x + self.width and self.y <= y < self.y + self.height


Rooms = tuple[Room, ...]


def between(low: int, wanted: int, high: int) -> int:
    """`wanted`, but at least `low` and at most `high`; `low` wins."""
    return max(low, min(wanted, high))


def alone(width: int, height: int, pane: str = MAIN) -> Rooms:
    """One pane, without a frame when it is the view's own table."""
    frame = BOX if width >= WIDE and height >= FRAMED else RULE if pane and height > 3 else NONE
    return (Room(pane, 0, 0, width, height, NONE if pane == MAIN and width < WIDE else frame),)


def overview(width: int, height: int, rows: int, screen: int) -> Rooms:
    """Scorecard (of `rows` lines) with break-down, trend and explanation. `screen`: lines of the whole screen."""
    if width >= FULL and height >= 2 * FRAMED:
        top = between(FRAMED, between(height * 45 // 100, rows + 3, height * 60 // 100), height - 10)
        left, under = between(50, width * 34 // 100, 72), width * 56 // 100
        return (
            Room("breakdown", 0, 0, left, top, BOX),
            Room(MAIN, left, 0, width - left, top, BOX),
            Room("trend", 0, top, under, height - top, BOX),
            Room("explain", under, top, width - under, height - top, BOX),
        )
    if width >= FULL and height >= FRAMED:
        side = between(38, (width - 84) // 2, 57)
        return (
            Room("breakdown", 0, 0, side, height, BOX),
            Room(MAIN, side, 0, width - 2 * side, height, BOX),
            Room("trend", width - side, 0, side, height, BOX),
        )
    if width >= WIDE and height >= FRAMED:
        side = between(38, width - 102, 57)
        left = width - side
        main = Room(MAIN, 0, 0, left, height, BOX)
        if screen >= TALL and height >= 34:
            first = height * 32 // 100
            second = (height - first) // 2
            return (
                main,
                Room("trend", left, 0, side, first, BOX),
                Room("breakdown", left, first, side, second, BOX),
                Room("explain", left, first + second, side, height - first - second, BOX),
            )
        if height >= 2 * FRAMED:
            first = height * 45 // 100
            return main, Room("trend", left, 0, side, first, BOX), Room("explain", left, first, side, height - first, BOX)
        return main, Room("trend", left, 0, side, height, BOX)
    if screen >= TALL and width >= 60 and height >= 30:
        under = between(12, height - rows - 1, height * 65 // 100)
        top = height - under
        if width < 80:
            return Room(MAIN, 0, 0, width, top), Room("trend", 0, top, width, under, RULE)
        left = width // 2
        return (
            Room(MAIN, 0, 0, width, top),
            Room("trend", 0, top, left, under, RULE),
            Room("explain", left, top, width - left, under, RULE),
        )
    return alone(width, height)


def explore(width: int, height: int, rows: int, screen: int) -> Rooms:
    """Leaderboard (of `rows` lines) with the trend under it, and from 120 columns the explanation beside the trend."""
    rows = max(3, rows)
    if width >= WIDE and height >= 20:
        top = between(7, rows + 2, height * 55 // 100)
        under = width * 56 // 100
        return (
            Room(MAIN, 0, 0, width, top, BOX),
            Room("trend", 0, top, under, height - top, BOX),
            Room("explain", under, top, width - under, height - top, BOX),
        )
    if screen < LOW or width < 20:
        return alone(width, height)
    trend = between(9, height - rows, 30)
    if height - trend < between(3, rows, 6):
        return alone(width, height)
    if screen >= TALL and width >= 80 and height - rows >= 24:  # the explanation takes what a trend has no use for
        trend = (height - rows) // 2
        return Room(MAIN, 0, 0, width, rows), Room("trend", 0, rows, width, trend, RULE), Room("explain", 0, rows + trend, width, height - rows - trend, RULE)
    return Room(MAIN, 0, 0, width, height - trend), Room("trend", 0, height - trend, width, trend, RULE)


def table_and_detail(width: int, height: int, pane: str, screen: int, beside: int, least: int) -> Rooms:
    """A table with what is known of its row: beside it from `beside` columns (at least `least` cells wide), else under it."""
    if width >= beside and height >= FRAMED:
        side = max(least, width * 28 // 100)
        return Room(MAIN, 0, 0, width - side, height, BOX), Room(pane, width - side, 0, side, height, BOX)
    if screen < LOW:
        return alone(width, height)
    under = 13 if screen >= TALL else 10 if screen >= 30 else 8
    return Room(MAIN, 0, 0, width, height - under), Room(pane, 0, height - under, width, under, RULE)


def with_picture(width: int, height: int, pane: str, rows: int, screen: int) -> Rooms:
    """A table (of `rows` lines) with a picture under it, that takes what the table leaves."""
    if screen < LOW:
        return alone(width, height)
    least = 20 if screen >= TALL else 16 if screen >= 30 else 9
    boxed = width >= WIDE and height >= 2 * FRAMED
    under = min(height - 4, max(least, height - rows - (2 if boxed else 0)))
    frame = (BOX, BOX) if boxed else (NONE, RULE)
    return Room(MAIN, 0, 0, width, height - under, frame[0]), Room(pane, 0, height - under, width, under, frame[1])


def zoomed(rooms: Rooms, pane: str, zoom: str, width: int, height: int) -> Rooms:
    """The rooms with one pane larger: `full` leaves it alone, `half` gives it half of the height and the view's own table the rest."""
    if not zoom:
        return rooms
    if zoom == "full" or height < HALVES:
        return alone(width, height, pane)
    frame = BOX if width >= WIDE else RULE
    own = BOX if width >= WIDE else NONE
    if pane != MAIN:
        top = height // 2
        return Room(MAIN, 0, 0, width, top, own), Room(pane, 0, top, width, height - top, frame)
    others = _lower(rooms)[: 2 if width >= 80 else 1]
    if not others or height < 2 * FRAMED:
        return alone(width, height)
    top = height * 65 // 100
    each = width // len(others)
    found = [Room(MAIN, 0, 0, width, top, own)]
    for place, room in enumerate(others):
        start = place * each
        found.append(replace(room, x=start, y=top, width=width - start if place == len(others) - 1 else each, height=height - top, frame=frame))
    return tuple(found)


def _lower(rooms: Sequence[Room]) -> list[Room]:
    """The panes that a larger table leaves: pictures before tables."""
    order = ("trend", "explain", "breakdown")
    return sorted((room for room in rooms if room.pane in order), key=lambda room: order.index(room.pane))


def panes_of(rooms: Rooms) -> tuple[str, ...]:
    """The panes in the order in which Tab goes through them: the view's own table, then the others as they are read."""
    return tuple(room.pane for room in sorted(rooms, key=lambda room: (room.pane != MAIN, room.y, room.x)))
