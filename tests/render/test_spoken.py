"""Reports for screen readers, byte for byte. `OMNIGAP_GOLDEN=write pytest tests/render/test_spoken.py` writes the files anew."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from render_samples import explore, glance, overview
from test_gaps_golden import page as gaps_page

from kpi_core.pages import GlancePage, rows_of
from kpi_core.render.arrange import Page
from kpi_core.render.format import Formatter
from kpi_core.render.spoken import spoken_text
from kpi_core.view import Sort

GOLDEN = Path(__file__).parent / "golden"
PAGES: dict[str, Callable[[str], Page | GlancePage]] = {"overview": overview, "explore": explore, "glance": glance, "gaps": gaps_page}


@pytest.mark.parametrize("lang", ["en", "fr"])
@pytest.mark.parametrize("name", PAGES)
def test_golden(name: str, lang: str) -> None:
    text = spoken_text(PAGES[name](lang), Formatter(lang))
    path = GOLDEN / f"spoken-{name}-{lang}.txt"
    if os.environ.get("OMNIGAP_GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("lang", ["en", "fr"])
@pytest.mark.parametrize("name", PAGES)
def test_nothing_to_look_at_only_to_hear(name: str, lang: str) -> None:
    """No frames, arrows, glyphs, braille; no runs of blanks that align; every line ends as a sentence does."""
    text = spoken_text(PAGES[name](lang), Formatter(lang))
    odd = {char for char in text if ord(char) > 127 and char != "␛" and not unicodedata.category(char).startswith(("L", "Z", "P"))}
    assert not odd, odd
    assert not re.search(r"[ \u00a0]{2}|[%€]|\bpt\b", text)
    assert all(line == "" or line[-1] in ".:" for line in text.splitlines())


@pytest.mark.parametrize("name", PAGES)
def test_ascii(name: str) -> None:
    assert spoken_text(PAGES[name]("fr"), Formatter("fr", True)).isascii()


def test_every_kpi_is_said_once_with_its_judgement() -> None:
    page = overview("en")
    lines = spoken_text(page, Formatter("en")).splitlines()
    for row in rows_of(page):
        assert sum(line.startswith(f"{row.kpi.name}: ") for line in lines) == 1
    assert any("missed, 6.0 percent below" in line and line.startswith("Average order value: 67.84 euros, target 72.20 euros") for line in lines)


def test_the_filter_and_the_sort_of_the_state_count() -> None:
    page = overview("en")
    kept = spoken_text(replace(page, header=replace(page.header, state=replace(page.header.state, search="average"))), Formatter("en"))
    assert "Average order value:" in kept and "Revenue:" not in kept and "Row filter: average." in kept
    board = explore("en")
    ordered = spoken_text(replace(board, header=replace(board.header, state=replace(board.header.state, sort=Sort("member", False)))), Formatter("en"))
    names = ["Accessories", "Home", "Outerwear", "Shoes"]
    places = [ordered.index(f"\n{name}:") for name in names]
    assert places == sorted(places)
