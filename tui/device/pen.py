"""Fewer bytes over a slow line: colours are sent when they change, not again with every piece of text.

Textual sends each piece as `colours text reset`. Here the reset and what stays the same are left out; what the terminal shows is the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

_TOKENS = re.compile(r"\x1b\[([0-9;]*)m|\x1b\[\d+;\d+H|\r\n")
_ATTRIBUTES = {"1": "bold", "2": "dim", "3": "italic", "4": "underline", "5": "blink", "7": "reverse", "8": "hidden", "9": "strike"}
_CODES = {name: code for code, name in _ATTRIBUTES.items()}
_SPACES = str.maketrans("\u00a0\u202f", "  ")  # not broken on a screen, and shorter


@dataclass(frozen=True)
class Pen:
    """How the terminal writes now: codes of the colours ('' for its own), and attributes."""

    colour: str = ""
    ground: str = ""
    attributes: frozenset[str] = frozenset()


PLAIN = Pen()


@lru_cache(maxsize=4096)
def changed(pen: Pen, codes: str) -> Pen | None:
    """The pen after a sequence of codes; None for codes that are not known here."""
    parts = codes.split(";") if codes else ["0"]
    at = 0
    while at < len(parts):
        code = parts[at]
        if code in ("0", ""):
            pen = PLAIN
        elif code in ("38", "48"):
            size = {"2": 5, "5": 3}.get(parts[at + 1] if at + 1 < len(parts) else "", 0)
            if not size or at + size > len(parts):
                return None
            whole = ";".join(parts[at : at + size])
            pen = replace(pen, colour=whole) if code == "38" else replace(pen, ground=whole)
            at += size - 1
        elif code in _ATTRIBUTES:
            pen = replace(pen, attributes=pen.attributes | {_ATTRIBUTES[code]})
        elif code.isdigit() and (30 <= int(code) <= 37 or 90 <= int(code) <= 97):
            pen = replace(pen, colour=code)
        elif code.isdigit() and (40 <= int(code) <= 47 or 100 <= int(code) <= 107):
            pen = replace(pen, ground=code)
        elif code == "39":
            pen = replace(pen, colour="")
        elif code == "49":
            pen = replace(pen, ground="")
        else:
            return None
        at += 1
    return pen


def step(now: Pen, wanted: Pen) -> str:
    """The shortest sequence from one pen to another; '' when they are the same."""
    if now == wanted:
        return ""
    if wanted == PLAIN:
        return "\x1b[0m"
    codes: list[str] = []
    if now.attributes - wanted.attributes:
        codes, now = ["0"], PLAIN
    codes += [_CODES[name] for name in sorted(wanted.attributes - now.attributes)]
    if wanted.colour != now.colour:
        codes.append(wanted.colour or "39")
    if wanted.ground != now.ground:
        codes.append(wanted.ground or "49")
    return f"\x1b[{';'.join(codes)}m"


def pieces(text: str) -> str:
    """A text as it is sent."""
    return text.translate(_SPACES)


def thrifty(data: str) -> str:
    """The same screen for fewer bytes. Begins and ends with the terminal's own colours, as every write of Textual does."""
    if "\x1b[" not in data or "m" not in data:
        return data
    out: list[str] = []
    now = wanted = PLAIN
    at = 0
    for match in _TOKENS.finditer(data):
        if match.start() > at:
            out += [step(now, wanted), pieces(data[at : match.start()])]
            now = wanted
        at = match.end()
        if match[1] is None:  # the cursor moves: the pen does not matter
            out.append(match[0])
            continue
        found = changed(wanted, match[1])
        if found is None:  # nothing is guessed: it passes, and everything that follows with it
            return "".join([*out, step(now, wanted), data[match.start() :]])
        wanted = found
    if at < len(data):
        out += [step(now, wanted), pieces(data[at:])]
        now = wanted
    out.append(step(now, PLAIN))
    return "".join(out)
