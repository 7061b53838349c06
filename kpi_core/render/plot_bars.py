"""Plots in one line: sparklines, bullet bars, shades. Lines of (text, role) in braille, block or ASCII characters."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kpi_core.render.text import Line, Role, Run, join

_LEVELS = "▁▂▃▄▅▆▇█"
_ASCII_LEVELS = "_.-=+*#@"
Floats = Sequence[float | None]
Wrong = Callable[[float, float], bool]  # (value, target): the value is on the bad side


def wrong_side(good: str) -> Wrong | None:
    """What is bad of a KPI for which up or down is good; None where neither is."""
    return {"up": lambda value, target: value < target, "down": lambda value, target: value > target}.get(good)


def never(value: float, target: float) -> bool:
    """Nothing is on the wrong side."""
    return False


def sparkline(values: Floats, width: int, symbols: str = "braille") -> str:
    """`values` in exactly `width` cells, oldest left, the newest always shown; a missing value is a blank, never a low bar."""
    levels = _ASCII_LEVELS if symbols == "ascii" else _LEVELS
    shown = list(values)[-width:] if width else []
    known = [value for value in shown if value is not None]
    if not known:
        return " " * width
    low, high = min(known), max(known)
    top = len(levels) - 1
    text = "".join(" " if v is None else levels[round((v - low) / (high - low) * top)] if high > low else levels[top // 2] for v in shown)
    return text.rjust(width)


def spark(values: Floats, width: int, symbols: str = "braille", limit: float | None = None, wrong: Wrong | None = None) -> Line:
    """A sparkline whose values on the bad side of a limit are coloured as missed; how the newest stands is said beside it."""
    text = sparkline(values, width, symbols)
    if limit is None or wrong is None:
        return join((text, "accent"))
    newest = list(values)[-width:] if width else []
    shown: list[float | None] = [*(None for _ in range(width - len(newest))), *newest]
    return join(*((char, "bad" if value is not None and wrong(value, limit) else "accent") for char, value in zip(text, shown, strict=True)))


def bullet(value: float | None, target: float | None, scale: float, width: int, symbols: str = "braille", role: Role = "accent") -> Line:
    """A thin bar from 0 to `value` on 0…`scale` with the target as a mark. Nothing is drawn for a missing or negative value."""
    full, half, mark = ("=", "-", "|") if symbols == "ascii" else ("━", "╸", "┃")
    cells = [" "] * width
    if value is not None and value > 0 and scale > 0:
        halves = min(2 * width, max(1, round(value / scale * width * 2)))
        cells[: halves // 2] = full * (halves // 2)
        if halves % 2:
            cells[halves // 2] = half
    runs: list[Run] = [(cell, role) for cell in cells]
    if target is not None and scale > 0 and width and target >= 0:
        runs[min(width - 1, int(target / scale * width))] = (mark, "target")
    return join(*runs)


def heat(value: float | None, low: float, high: float, symbols: str = "braille") -> str:
    """One shade of five for a heat map; blank for no value."""
    shades = ".:*#@" if symbols == "ascii" else "·░▒▓█"
    if value is None:
        return " "
    return shades[min(4, int((value - low) / (high - low) * 5))] if high > low else shades[2]
