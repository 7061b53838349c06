"""What is left out changes nothing on the screen: a small terminal reads both and must show the same."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from tui.device.pen import thrifty

Cell = tuple[str, str]


def shown(data: str) -> list[Cell]:
    """Every character with the codes in force, as a terminal keeps them: colours by kind, attributes until a reset."""
    cells: list[Cell] = []
    pen: dict[str, str] = {}
    for codes, move, char in re.findall(r"\x1b\[([0-9;]*)m|(\x1b\[\d+;\d+H|\r\n)|(.)", data, re.DOTALL):
        if char:
            cells.append((char, ",".join(sorted(pen.values()))))
        elif move:
            cells.append((move, ""))
        else:
            parts = (codes or "0").split(";")
            while parts:
                code = parts.pop(0)
                if code == "0":
                    pen = {}
                elif code in ("38", "48"):
                    size = 4 if parts[0] == "2" else 2
                    pen[code] = ";".join([code, *parts[:size]])
                    del parts[:size]
                elif code in ("39", "49"):
                    pen.pop({"39": "38", "49": "48"}[code], None)
                elif 30 <= int(code) <= 37:
                    pen["38"] = code
                elif 40 <= int(code) <= 47:
                    pen["48"] = code
                else:
                    pen[code] = code
    return cells


CODES = st.lists(st.sampled_from(("0", "1", "2", "4", "7", "31", "42", "38;2;1;2;3", "38;2;9;9;9", "48;2;20;23;28", "48;5;7", "39", "49")), min_size=1, max_size=4)
PIECES = st.one_of(CODES.map(lambda codes: f"\x1b[{';'.join(codes)}m"), st.text("ab €✓", min_size=1, max_size=5), st.just("\x1b[3;4H"), st.just("\r\n"), st.just("\x1b[0m"))


@given(st.lists(PIECES, max_size=20).map("".join))
def test_the_screen_is_the_same_for_no_more_bytes(data: str) -> None:
    found = thrifty(data)
    assert shown(found) == shown(data)
    assert thrifty(found) == found or shown(thrifty(found)) == shown(found)


def test_what_stays_is_not_sent_again() -> None:
    data = "\x1b[38;2;1;2;3;48;2;0;0;0mone\x1b[0m\x1b[38;2;4;5;6;48;2;0;0;0mtwo\x1b[0m\x1b[2;1H\x1b[38;2;4;5;6;48;2;0;0;0mthree\x1b[0m"
    assert thrifty(data) == "\x1b[38;2;1;2;3;48;2;0;0;0mone\x1b[38;2;4;5;6mtwo\x1b[2;1Hthree\x1b[0m"


def test_foreign_sequences_pass_as_they_are() -> None:
    for data in ("\x1b[?2026h", "\x1b]52;c;aGk=\x07", "\x1b[4:3mcurly\x1b[0m", "\x1b[58;2;1;2;3mline\x1b[0m", "plain"):
        assert thrifty(data).startswith(data.removesuffix("\x1b[0m"))
