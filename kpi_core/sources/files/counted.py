"""How many records a text of cells holds, counted without the parser that reads the cells: what is read must agree with it."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from typing import IO


def records_in(text: IO[bytes], delimiter: str, *, quoted: bool = True, expected: int | None = None) -> int:
    """Records of a UTF-8 text, blank lines too. A line break within quotes ends none; with `quoted` False a quote is a sign like any other.

    Where every quote stands for a cell's beginning, its end or a doubled one, a record ends where the number of quotes is even: that is
    counted first, and if it is `expected` that is all. Else a quote counts only where it begins a cell.
    """
    count = _of(text, lambda lines: sum(1 for _ in lines)) if not quoted else _of(text, _by_pairs)
    return count if not quoted or count == expected else _of(text, lambda lines: _by_cells(lines, delimiter))


def _of(text: IO[bytes], count: Callable[[Iterable[str]], int]) -> int:
    text.seek(0)
    lines = io.TextIOWrapper(text, encoding="latin-1", newline=None)  # the bytes of signs beyond ASCII are none of those looked for
    try:
        return count(lines)
    finally:
        lines.detach()


def _by_pairs(lines: Iterable[str]) -> int:
    count = 0
    inside = False
    for line in lines:
        if '"' in line and line.count('"') & 1:
            inside = not inside
        if not inside:
            count += 1
    return count + inside


def _by_cells(lines: Iterable[str], delimiter: str) -> int:
    count = 0
    inside = False
    for line in lines:
        if '"' in line or inside:
            inside = _inside_after(line.removesuffix("\n"), delimiter, inside)
        if not inside:
            count += 1
    return count + inside


def _inside_after(line: str, delimiter: str, inside: bool) -> bool:
    """Does a cell that is open at the end of the line go on below it?"""
    at = 0
    while True:
        if not inside:
            if line[at : at + 1] != '"':
                at = line.find(delimiter, at) + 1
                if at == 0:
                    return False
                continue
            at += 1
        inside = False
        while True:
            end = line.find('"', at)
            if end < 0:
                return True
            at = end + 1
            if line[at : at + 1] != '"':
                break
            at += 1
        if line[at : at + 1] != delimiter:  # the end of the line, or a quote in the middle of a cell: the reader refuses the record
            return False
        at += 1
