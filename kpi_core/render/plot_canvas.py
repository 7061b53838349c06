"""The cells of a plot: dots of a line in braille (2 by 4 a cell), in blocks (2 by 2) or in ASCII (one), and characters among them."""

from __future__ import annotations

from kpi_core.render.text import Line, Role, Run, join

SYMBOLS = ("braille", "block", "ascii")
_SUB = {"braille": (2, 4), "block": (2, 2), "ascii": (1, 1)}
_BRAILLE = ((1, 8), (2, 16), (4, 32), (64, 128))
_QUADRANTS = " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"  # by bits: upper left 1, upper right 2, lower left 4, lower right 8
_QUIET = ("muted", "line")  # what gives way to the course itself


def row_of(value: float, low: float, high: float, rows: int) -> int:
    """The row of a value; values beyond the ends are on the first or last row."""
    return round((high - min(high, max(low, value))) / (high - low) * (rows - 1))


class Canvas:
    """Each cell has dots or a character, and one role. Values are placed between `low` and `high`, points between the sides."""

    def __init__(self, width: int, rows: int, symbols: str, low: float, high: float) -> None:
        self.width, self.rows, self.symbols = width, rows, symbols
        self.low, self.high = low, high
        self.sub_x, self.sub_y = _SUB[symbols]
        self._dots = [[0] * width for _ in range(rows)]
        self._chars = [[" "] * width for _ in range(rows)]
        self._roles: list[list[Role]] = [[""] * width for _ in range(rows)]

    @property
    def ascii(self) -> bool:
        return self.symbols == "ascii"

    def row(self, row: int) -> Line:
        """One line of cells."""
        return join(*(self._cell(row, x) for x in range(self.width)))

    def _cell(self, row: int, x: int) -> Run:
        dots = self._dots[row][x]
        if not dots:
            return self._chars[row][x], self._roles[row][x]
        return chr(0x2800 + dots) if self.symbols == "braille" else _QUADRANTS[dots] if self.symbols == "block" else self._chars[row][x], self._roles[row][x]

    # ------------------------------------------------------------ where things are

    def x(self, index: int, count: int) -> int:
        """The dot column of a point; a single point is the newest, on the right."""
        span = self.width * self.sub_x - 1
        return span if count < 2 else round(index / (count - 1) * span)

    def y(self, value: float) -> int:
        return row_of(value, self.low, self.high, self.rows * self.sub_y)

    def column(self, index: int, count: int) -> int:
        """The cell of a point."""
        return self.x(index, count) // self.sub_x

    def level(self, value: float) -> int:
        """The row of cells of a value that has a whole cell."""
        return row_of(value, self.low, self.high, self.rows)

    def free(self, row: int, x: int) -> bool:
        return not self._dots[row][x] and self._chars[row][x] == " "

    # ------------------------------------------------------------ drawing

    def put(self, row: int, x: int, char: str, role: Role) -> None:
        """A character, whatever was there."""
        self._dots[row][x], self._chars[row][x], self._roles[row][x] = 0, char, role

    def dot(self, x: int, y: int, role: Role, char: str, own: bool) -> None:
        """A dot of the course (`own`) or of something that gives way to it. `char` stands for it in ASCII."""
        cx, cy = x // self.sub_x, y // self.sub_y
        if not (0 <= cx < self.width and 0 <= cy < self.rows):
            return
        there = self._roles[cy][cx]
        if self.ascii:
            if not own and self._chars[cy][cx] != " ":
                return
            self._chars[cy][cx] = char
        else:
            if not own and ((self._dots[cy][cx] and there != role) or self._chars[cy][cx] != " "):
                return
            if own and there in _QUIET:
                self._dots[cy][cx] = 0  # one cell has one role
            self._dots[cy][cx] |= _BRAILLE[y % 4][x % 2] if self.symbols == "braille" else 1 << (y % 2 * 2 + x % 2)
        self._roles[cy][cx] = role

    def segment(self, start: tuple[int, int], end: tuple[int, int], role: Role, dotted: bool = False) -> None:
        """The way between two points, without the first."""
        (x0, y0), (x1, y1) = start, end
        last = y0
        for x in range(x0 + 1, x1 + 1):
            y = round(y0 + (y1 - y0) * (x - x0) / (x1 - x0))
            step = 1 if y >= last else -1
            for each in range(last + step, y + step, step) if y != last else (y,):
                if not dotted or (x + each) % 3 == 0:
                    self.dot(x, each, role, "*", True)
            last = y
