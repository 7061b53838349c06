"""What the terminal shows, cell by cell: of a frame, only what is otherwise there goes over the line.

Textual sends a whole screen when anything moves or a pop-up closes, mostly cells that stand there already. Whatever is not a frame is passed on
as it is; what could have changed the screen without us (another buffer, a resize) makes us forget, and the next frame goes out whole.
"""

from __future__ import annotations

import re
import sys
from codecs import getincrementaldecoder
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache, partial

from rich.cells import cell_len
from textual.driver import Driver

from tui.device.pen import PLAIN, Pen, changed, pieces, step, thrifty

_FRAME = re.compile(r"\x1b\[(\d+);(\d+)H|\x1b\[([0-9;]*)m|(\n)|([^\x1b\n\r\t\x07\x08]+)")
# modes of the mouse, of pasting, of the keyboard, the cursor's shape, synchronized frames, and strings for the terminal (clipboard, title)
_HARMLESS = re.compile(
    r"(?:\x1b\[\?(?:25|1000|1002|1003|1004|1006|1015|1016|2004|2026|2048)[hl]|\x1b\[\?\d+\$p|\x1b\[[<>=][\d;]*u|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\))+"
)
_NEAR = 6  # unchanged cells that are sent again rather than jumped over
_JOINING = re.compile("[\u200d\ufe0e\ufe0f\U0001f1e6-\U0001f1ff\U0001f3fb-\U0001f3ff]")  # makes one sign of several

Cell = str | None  # the sign; '' behind a wide one; None where nobody knows
Row = list[tuple[Cell, Pen]]
UNKNOWN: tuple[Cell, Pen] = (None, PLAIN)


@lru_cache(maxsize=4096)
def _size(char: str) -> int:
    return cell_len(char)


def _cells(text: str) -> list[Cell] | None:
    """The cells that a text takes; None where only the terminal knows."""
    if text.isascii():
        return list(text)
    found: list[Cell] = []
    for char in text:
        size = 1 if char.isascii() else _size(char)
        if not size:
            return None
        found += [char] if size == 1 else [char, ""]
    return None if _JOINING.search(text) else found


def _alike(one: tuple[Cell, Pen], other: tuple[Cell, Pen]) -> bool:
    """Do two cells look the same? Of a blank only the ground is seen."""
    if one[0] != other[0] or one[0] is None:
        return False
    a, b = one[1], other[1]
    return a == b or (one[0] == " " and a.ground == b.ground and not a.attributes and not b.attributes)


class Shown:
    """The screen as far as it is known."""

    def __init__(self) -> None:
        self.rows: dict[int, Row] = {}
        self.cursor: tuple[int, int] | None = None

    def forget(self) -> None:
        """The next frame goes out whole."""
        self.rows.clear()
        self.cursor = None

    def less(self, data: str) -> str:
        """What is to be sent so that the terminal shows what it would after `data`."""
        found = list(_runs(data)) if data.startswith("\x1b[") else [None]
        if None not in found:
            return self._frame([run for run in found if run is not None], _last_place(data))
        if not _HARMLESS.fullmatch(data):
            self.forget()
        return thrifty(data)

    def _frame(self, runs: list[tuple[int, int, str, Pen]], cursor: tuple[int, int] | None) -> str:
        out: list[str] = []
        now, at = PLAIN, self.cursor
        for y, x, text, pen in runs:
            for start, piece, end in self._differing(y, x, text, pen):
                if at != (y, start):
                    ahead = at is not None and at[0] == y and start > at[1]
                    out.append(f"\x1b[{start - at[1]}C" if ahead and at is not None else f"\x1b[{y};{start}H")
                blank = not piece.strip(" ") and not pen.attributes and not now.attributes
                wanted = replace(pen, colour=now.colour) if blank else pen
                out += [step(now, wanted), piece]
                now, at = wanted, None if end is None else (y, end)
        out.append(step(now, PLAIN))
        if cursor is not None and cursor != at:
            out.append(f"\x1b[{cursor[0]};{cursor[1]}H")
        self.cursor = cursor or at
        return "".join(out)

    def _differing(self, y: int, x: int, text: str, pen: Pen) -> Iterator[tuple[int, str, int | None]]:
        """The parts of a run that the terminal does not show yet: (column, text, column behind it), which count as shown from now on."""
        row = self.rows.setdefault(y, [])
        cells = _cells(text)
        size = len(cells) if cells is not None else cell_len(text)
        row += [UNKNOWN] * (x + size + 1 - len(row))
        if cells is None:
            row[x:] = [UNKNOWN] * (len(row) - x)
            yield x, text, None
            return
        new: Row = [(cell, pen) for cell in cells]
        old = row[x : x + size]
        if new == old:
            return
        where = [place for place in range(size) if not _alike(new[place], old[place])]
        if not where:
            return
        if row[x][0] == "" and x:  # half of a wide sign is overwritten: what becomes of the other half is the terminal's affair
            row[x - 1] = UNKNOWN
        if row[x + size][0] == "":
            row[x + size] = UNKNOWN
        row[x : x + size] = new
        first = last = where[0]
        for place in [*where[1:], size + _NEAR + 1]:
            if place - last <= _NEAR + 1 and place < size:
                last = place
                continue
            while first and cells[first] == "":
                first -= 1
            while last + 1 < size and cells[last + 1] == "":
                last += 1
            yield x + first, "".join(cell or "" for cell in cells[first : last + 1]), x + last + 1
            first = last = place


def _runs(data: str) -> Iterator[tuple[int, int, str, Pen] | None]:
    """Text by place and pen; None at the first thing that does not belong into a frame."""
    pen, at, end = PLAIN, None, 0
    for match in _FRAME.finditer(data):
        if match.start() != end:
            break
        end = match.end()
        line, column, codes, newline, text = match.groups()
        if line is not None:
            at = int(line), int(column)
        elif codes is not None:
            following = changed(pen, codes)
            if following is None:
                break
            pen = following
        elif newline:
            at = None
        else:
            if at is None:
                break
            yield at[0], at[1], pieces(text), pen
            at = at[0], at[1] + cell_len(text)
    else:
        if end == len(data) and pen == PLAIN:
            return
    yield None


def _last_place(data: str) -> tuple[int, int] | None:
    """Where a frame leaves the cursor, where it says so at its end."""
    found = re.search(r"\x1b\[(\d+);(\d+)H$", data)
    return (int(found[1]), int(found[2])) if found else None


def saving(kind: type[Driver]) -> type[Driver]:
    """A terminal's driver that sends only what is not shown yet. `forget` after whatever may have changed the screen behind its back."""
    # Textual reads strictly: one byte that is no UTF-8 (line noise, an old terminal, a paste) would end the app.
    vars(sys.modules[kind.__module__])["getincrementaldecoder"] = lambda name: partial(getincrementaldecoder(name), "replace")

    class Saving(kind):  # type: ignore[valid-type, misc]
        shown: Shown | None = None

        def write(self, data: str) -> None:
            if self.shown is None:
                self.shown = Shown()
            data = self.shown.less(data)
            if data:
                super().write(data)

        def forget(self) -> None:
            if self.shown is not None:
                self.shown.forget()

        def _run_input_thread(self) -> None:
            # Textual would print the traceback: it quotes what was typed or pasted
            try:
                self.run_input_thread()
            except Exception as error:
                self._app.call_later(self._app._handle_exception, error)

    return Saving
