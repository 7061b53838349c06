"""What plots look like, byte for byte, in each set of symbols. `OMNIGAP_GOLDEN=write pytest tests/render/test_plot_golden.py` writes them anew."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from kpi_core.render.plot import SYMBOLS, Series, bullet, sparkline, trend
from kpi_core.render.text import Line, line_width, plain
from kpi_core.render.waterfall import waterfall

GOLDEN = Path(__file__).parent / "golden"


def made(values: list[float | None], target: float | None = None, **more: object) -> Series:
    count = len(values)
    return Series(values, [target] * count, [None] * count, [f"W{place + 1:02d}" for place in range(count)], **more)  # type: ignore[arg-type]


WAVE: list[float | None] = [70 + 6 * math.sin(place / 2) - place / 4 for place in range(26)]
PLAIN = made(WAVE, 68, wrong=lambda value, target: value < target)
FULL = replace(
    PLAIN,
    compare=[None if value is None else value + 3 for value in WAVE],
    marks=[("◆", "accent") if place == 7 else ("", "") for place in range(26)],
    cursor=7,
)
TRENDS: dict[str, tuple[Series, int, int]] = {
    "against its target": (PLAIN, 60, 9),
    "with comparison, mark and cursor": (FULL, 60, 10),
    "20 cells wide": (PLAIN, 20, 7),
    "200 cells wide": (PLAIN, 200, 7),
    "negative": (made([-5, 3, -12, 4.5, -8, -1], 0), 40, 8),
    "with gaps and a lone point": (made([1, None, 3, None, None, 4, 5, None, 2]), 40, 7),
    "all missing": (made([None, None, None]), 40, 7),
    "a single point": (made([42], 40), 40, 7),
    "constant": (made([7, 7, 7, 7]), 40, 7),
    "constant zero": (made([0, 0, 0]), 40, 7),
    "huge": (made([1e15, 3e15, 2e15], 2.5e15), 60, 7),
    "numbers too long for the plot": (made([1e18, 3e18], 2e18), 24, 7),
    "target steps": (replace(PLAIN, targets=[64 if place < 13 else 71 for place in range(26)]), 60, 8),
    "target far above": (made([10, 12, 11, 13], 500), 40, 7),
    "target far below": (made([510, 512, 511, 513], 3), 40, 7),
    "in progress": (made([50, 60, 55, 40], 52, partial_last=True, ahead=(48.0, 56.0, 64.0), ahead_target=60.0, cursor=3), 40, 9),
    "just ahead": (made([50, 60, 55, None], 52, ahead=(48.0, 56.0, 64.0)), 40, 9),
}


def trends(symbols: str) -> list[Line]:
    lines: list[Line] = []
    for name, (series, width, height) in TRENDS.items():
        drawn = trend(series, width, height, lambda value: f"{value:,.1f}", symbols)
        assert len(drawn) in (0, height)
        assert all(line_width(line) == width for line in drawn)
        lines += [((f"# {name}", ""),), *(((*line, ("|", ""))) for line in drawn)]
    return lines


def bars(symbols: str) -> list[Line]:
    cells = [(0.0, 50.0), (0.4, 50.0), (33.0, 50.0), (50.0, 50.0), (66.6, 50.0), (100.0, None), (None, 50.0), (None, None), (-20.0, 50.0), (1e12, 50.0), (40.0, 120.0)]
    lines: list[Line] = []
    for width in (1, 20, 40):
        lines += [((f"# {width} cells, scale 100", ""),), *(((*bullet(value, target, 100, width, symbols), ("|", ""))) for value, target in cells)]
    return lines


def sparks(symbols: str) -> list[Line]:
    rows: dict[str, list[float | None]] = {
        "rising": [1, 2, 3, 4, 5, 6, 7, 8],
        "gap": [3, None, 5, None, 1],
        "constant": [4, 4, 4],
        "negative": [-3, -2, 0, 2],
        "missing": [None] * 4,
        "one": [9],
        "huge": [1e300, -1e300, 0],
        "more than fit": [float(place % 5) for place in range(30)],
    }
    return [((f"{name:<14}[{sparkline(values, 12, symbols)}]", ""),) for name, values in rows.items()]


def falls(symbols: str) -> list[Line]:
    labels, amounts = ["Target", "Items per order", "Price", "Mix", "Marketplace", "Actual"], [72.2, -2.6, -1.4, -0.86, 0.5, 67.84]
    lines: list[Line] = []
    for width in (24, 60, 100):
        drawn = waterfall(labels, amounts, width, 9, lambda value, signed: f"{value:+.2f}" if signed else f"{value:.2f}", good="up", ascii=symbols == "ascii")
        lines += [((f"# {width} cells", ""),), *drawn]
    below = waterfall(["Base", "Up", "Down", "End"], [-5, 12, -3, 4], 50, 8, lambda value, signed: f"{value:+.0f}" if signed else f"{value:.0f}", ascii=symbols == "ascii")
    return [*lines, (("# through zero", ""),), *below]


PLOTS: dict[str, Callable[[str], list[Line]]] = {"trend": trends, "bullet": bars, "sparkline": sparks, "waterfall": falls}


@pytest.mark.parametrize("symbols", SYMBOLS)
@pytest.mark.parametrize("name", PLOTS)
def test_plot(name: str, symbols: str) -> None:
    text = "".join(plain(line).rstrip() + "\n" for line in PLOTS[name](symbols))
    if symbols == "ascii" and name != "trend":  # marks are the caller's
        assert text.isascii()
    path = GOLDEN / f"plot-{name}-{symbols}.txt"
    if os.environ.get("OMNIGAP_GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")
