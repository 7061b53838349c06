"""Text measured in terminal cells: widths, cutting with an ellipsis, padding, wrapping. Runs are pieces of a line with a role."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

Role = str  # '', good, warn, bad, muted, accent, target, title: a theme gives each a colour
Run = tuple[str, Role]
Line = tuple[Run, ...]

ROLES = ("", "good", "warn", "bad", "muted", "accent", "target", "title")


@lru_cache(maxsize=4096)
def _char_width(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


@lru_cache(maxsize=4096)
def folded(text: str) -> str:
    """For comparing what people type: case and accents do not matter."""
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))


def cell_width(text: str) -> int:
    """Cells that `text` takes on a terminal: wide characters two, combining marks none."""
    if text.isascii():
        return len(text)
    return sum(map(_char_width, text))


def cut(text: str, width: int, ellipsis: str = "…") -> str:
    """`text` in at most `width` cells, its end replaced by an ellipsis when it does not fit."""
    if cell_width(text) <= width:
        return text
    if width <= cell_width(ellipsis):
        return ellipsis if width == cell_width(ellipsis) else ""
    return _take(text, width - cell_width(ellipsis)).rstrip(" …") + ellipsis  # an ellipsis of its own would make two


def _take(text: str, width: int) -> str:
    used = 0
    for index, char in enumerate(text):
        used += _char_width(char)
        if used > width:
            return text[:index]
    return text


def pad(text: str, width: int, align: str = "left", ellipsis: str = "…") -> str:
    """`text` in exactly `width` cells. `align`: left, right or centre."""
    text = cut(text, width, ellipsis)
    space = width - cell_width(text)
    if align == "right":
        return " " * space + text
    if align == "centre":
        return " " * (space // 2) + text + " " * (space - space // 2)
    return text + " " * space


def middle(parts: Sequence[str], width: int, separator: str = " › ", ellipsis: str = "…") -> str:
    """Path `parts` joined in at most `width` cells: steps in the middle go first, the first and the last stay; words are not cut while a step can go."""
    whole = separator.join(parts)
    if cell_width(whole) <= width or not parts:
        return whole
    for keep in range(len(parts) - 2, 0, -1):
        text = separator.join((parts[0], ellipsis, *parts[len(parts) - keep :]))
        if cell_width(text) <= width:
            return text
    text = separator.join((ellipsis, parts[-1]))
    return text if cell_width(text) <= width else cut(parts[-1], width, ellipsis)


def wrap(text: str, width: int) -> list[str]:
    """`text` in lines of at most `width` cells, broken between words where possible."""
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        joined = f"{line} {word}" if line else word
        if cell_width(joined) <= width:
            line = joined
            continue
        if line:
            lines.append(line)
        while cell_width(word) > width > 0:
            head = _take(word, width) or word[0]
            lines.append(head)
            word = word[len(head) :]
        line = word
    return [*lines, line] if line or not lines else lines


def wrap_line(line: Line, width: int, indent: int) -> list[Line]:
    """The line in as many lines of at most `width` cells as it needs, broken at blanks; those after the first start `indent` cells in."""
    if line_width(line) <= width:
        return [line]
    lines: list[list[Run]] = [[]]
    used = 0
    for text, role in line:
        for piece in re.findall(r" +|[^ ]+", text):
            size = cell_width(piece)
            if used + size > width:
                if used > indent or (len(lines) == 1 and used):
                    lines.append([(" " * indent, "")])
                    used = indent
                if piece[0] == " ":
                    continue
                while size > width - indent:
                    head = _take(piece, width - used) or piece[0]
                    lines[-1].append((head, role))
                    lines.append([(" " * indent, "")])
                    used, piece = indent, piece[len(head) :]
                    size = cell_width(piece)
            elif piece[0] == " " and len(lines) > 1 and used == indent:
                continue
            lines[-1].append((piece, role))
            used += size
    return [join(*runs) for runs in lines if any(text.strip() for text, _ in runs)]


def line_width(line: Iterable[Run]) -> int:
    return sum(cell_width(text) for text, _ in line)


def join(*runs: Run) -> Line:
    """One line of the runs, neighbours of the same role merged, empty ones left out."""
    merged: list[Run] = []
    for text, role in runs:
        if not text:
            continue
        if merged and merged[-1][1] == role:
            merged[-1] = (merged[-1][0] + text, role)
        else:
            merged.append((text, role))
    return tuple(merged)


def fit_line(line: Line, width: int, ellipsis: str = "…") -> Line:
    """The line cut or padded to exactly `width` cells."""
    out: list[Run] = []
    left = width
    for text, role in line:
        size = cell_width(text)
        if size > left:
            out.append((cut(text, left, ellipsis), role))
            left -= cell_width(out[-1][0])
            break
        out.append((text, role))
        left -= size
    return join(*out, (" " * left, ""))


def plain(line: Iterable[Run]) -> str:
    return "".join(text for text, _ in line)
