"""What screens look like, byte for byte. `OMNIGAP_GOLDEN=write pytest tests/render/test_golden.py` writes the files anew."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from render_samples import TODAY, explore, glance, header, in_progress, overview

from kpi_core.render.explore import choices_line, explore_table, trend_lines
from kpi_core.render.format import Formatter
from kpi_core.render.glance import glance_lines
from kpi_core.render.header import header_lines
from kpi_core.render.overview import overview_table
from kpi_core.render.table import as_text
from kpi_core.render.text import Line, line_width, plain

GOLDEN = Path(__file__).parent / "golden"
WIDTHS = (44, 60, 80, 120, 160)


def overview_screen(fmt: Formatter, width: int) -> list[Line]:
    return [*header_lines(header(fmt.lang), fmt, width, TODAY), *overview_table(overview(fmt.lang), fmt, width).lines()]


def explore_screen(fmt: Formatter, width: int) -> list[Line]:
    page = explore(fmt.lang, hidden=3 if width == 120 else 0, partial=width == 160)
    fmt = Formatter(fmt.lang, fmt.ascii, "block" if width == 60 else "braille")
    return [choices_line(page, fmt, width), *explore_table(page, fmt, width).lines(), *trend_lines(page, fmt, width, 12)]


def glance_screen(fmt: Formatter, width: int) -> list[Line]:
    return glance_lines(glance(fmt.lang), fmt, width, 24, TODAY)


def in_progress_screen(fmt: Formatter, width: int) -> list[Line]:
    page = in_progress(fmt.lang)
    fmt = Formatter(fmt.lang, fmt.ascii, "block" if width == 60 else "braille")
    return [*explore_table(page, fmt, width).lines(), *trend_lines(page, fmt, width, 12)]


SCREENS: dict[str, Callable[[Formatter, int], list[Line]]] = {
    "overview": overview_screen,
    "explore": explore_screen,
    "glance": glance_screen,
    "in_progress": in_progress_screen,
}


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("ascii", [False, True], ids=["utf8", "ascii"])
@pytest.mark.parametrize("lang", ["en", "fr"])
@pytest.mark.parametrize("name", SCREENS)
def test_screen(name: str, lang: str, ascii: bool, width: int) -> None:
    lines = SCREENS[name](Formatter(lang, ascii), width)
    assert all(line_width(line) <= width for line in lines)
    text = as_text(lines)
    if ascii:
        assert text.isascii()
    path = GOLDEN / f"{name}-{lang}-{'ascii' if ascii else 'utf8'}-{width}.txt"
    if os.environ.get("OMNIGAP_GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("width", range(24, 170, 7))
@pytest.mark.parametrize("ascii", [False, True])
def test_no_width_overflows_or_cuts_a_number(width: int, ascii: bool) -> None:
    fmt = Formatter("fr", ascii)
    for lines in (overview_screen(fmt, width), explore_screen(fmt, width), glance_screen(fmt, width)):
        assert all(line_width(line) <= width for line in lines), [plain(line) for line in lines]
    table = overview_table(overview("fr"), fmt, width)
    aov = next(row for row in table.rows if row.key == "aov")
    assert "67,84" in plain(table.line(aov))
    assert any(glyph in plain(table.line(aov)) for glyph in ("✗", "!!"))


def test_colour_only_repeats_what_is_said() -> None:
    fmt = Formatter("en")
    lines = overview_screen(fmt, 80)
    plain_text, coloured = as_text(lines), as_text(lines, colour=True)
    import re

    assert re.sub(r"\x1b\[\d+m", "", coloured).replace(" \n", "\n").split() == plain_text.split()
    assert "\x1b[31m✗ ▼" in coloured
