"""A statement as a script for DuckDB's own shell: the bound values written as literals, the mart attached for reading."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from kpi_core.store.connection import quoted
from kpi_core.store.scoped import SCHEMA

# A mark inside a text, a quoted name or a comment binds nothing.
_PIECE = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/|\?", re.DOTALL)
_WORD = re.compile(r"\w+")
_UNSEEN = ("Cc", "Cf", "Cs", "Zl", "Zp")


def literal(value: object) -> str:
    """A bound value as SQL that reads back as the same value and holds nothing that a terminal obeys. Raises TypeError for other kinds."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal) and value.is_finite():
        return format(value, "f")
    if isinstance(value, float) and math.isfinite(value):
        return f"cast({value!r} as double)"
    if isinstance(value, datetime):
        return f"timestamp '{value.isoformat(sep=' ')}'"
    if isinstance(value, date):
        return f"date '{value.isoformat()}'"
    if isinstance(value, str):
        return _text(value)
    raise TypeError(f"no literal for {type(value).__name__}")


def _text(value: str) -> str:
    """Letters that nobody sees, or that move the cursor, are written by their number."""
    pieces: list[str] = []
    plain = ""
    for char in value:
        if unicodedata.category(char) in _UNSEEN:
            pieces += [f"'{plain}'"] * bool(plain) + [f"chr({ord(char)})"]
            plain = ""
        else:
            plain += "''" if char == "'" else char
    pieces += [f"'{plain}'"] * bool(plain or not pieces)
    return pieces[0] if len(pieces) == 1 else f"({' || '.join(pieces)})"


def inlined(sql: str, parameters: Sequence[object]) -> str:
    """The statement (or several, one after the other) with each `?` as its value. Raises ValueError when their numbers differ."""
    left = iter(parameters)

    def put(found: re.Match[str]) -> str:
        return literal(next(left)) if found[0] == "?" else found[0]

    try:
        text = _PIECE.sub(put, sql)
    except StopIteration:
        raise ValueError("more marks than values") from None
    if next(left, left) is not left:
        raise ValueError("more values than marks")
    return text


def script(attached: Mapping[str, Path], head: Iterable[str], parts: Sequence[tuple[str, str]], views: Mapping[str, str] | None = None) -> str:
    """Comment lines, the files of the mart by catalog, and each statement below its title; the text ends with a line end.

    `head` and titles are single lines; each statement of `parts` may be several, parted by `;`. `views`: see `Reader.views`.
    """
    lines = [*_comments(head), "", *(f"attach {quoted(str(path))} as {catalog} (read_only);" for catalog, path in attached.items())]
    if views:
        named = {word for _, sql in parts for word in _WORD.findall(sql)}
        lines += [f"create schema {SCHEMA};", *(f"{view};" for table, view in views.items() if table in named), f"use {SCHEMA};"]
    else:
        lines.append("use mart;")
    for title, sql in parts:
        lines += ["", *_comments([title] if title else ()), f"{sql};"]
    return "\n".join(lines) + "\n"


def _comments(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        yield "-- " + " ".join(line.split())
