"""Ten screens as they stand, text by text at three sizes, in French, in ASCII and without colour; a few pictures with their colours.

`OMNIGAP_GOLDEN=write pytest tests/tui/test_screens.py` writes the files anew: look at what changed (git diff) before keeping it.
"""

from __future__ import annotations

import os
import re
from datetime import date
from difflib import unified_diff
from pathlib import Path

import pytest
from textual.geometry import Size
from tui_driver import Ui, opened

from kpi_core.render import gaps, header, panes
from kpi_core.render.text import cell_width
from tui.options import Options

GOLDEN = Path(__file__).parent / "golden"
MOST = 600_000  # bytes of all golden files of this folder
EXPLORE = "omnigap://explore?kpi=aov&by=store&sort=-gap&at=Toulouse"
SCREENS: dict[str, tuple[str, tuple[str, ...]]] = {  # the link, and the keys pressed there
    "overview": ("omnigap://overview?at=conversion", ()),
    "explore": (EXPLORE, ()),
    "marked": (EXPLORE + "&q=gap%3C5&mk=Nantes,Toulouse&f=channel:store;store:!Nice", ()),
    "gaps": ("omnigap://gaps?near=1&at=aov%3Bstore%3AToulouse", ()),
    "trend": ("omnigap://trend?kpi=aov&tr=2026-W42", ("left",)),
    "heat": ("omnigap://trend?kpi=aov&shape=periods&tr=2026-W43", ("down",)),
    "whatif": ("omnigap://whatif?kpi=aov&mv=orders:5,conversion:-2", ("down",)),
    "data": ("omnigap://data", ("down",)),
    "explain": (EXPLORE, ("x", "down")),
    "commands": (EXPLORE, ("question_mark",)),
}
VARIANTS: dict[str, tuple[tuple[int, int], Options]] = {
    "80x24": ((80, 24), Options()),
    "120x36": ((120, 36), Options()),
    "160x48": ((160, 48), Options()),
    "80x24-fr": ((80, 24), Options("fr")),
    "80x24-ascii": ((80, 24), Options(ascii_only=True)),
}
PICTURES = {"overview": "dark", "gaps": "light", "explain": "colour-blind"}  # screen to theme


class Monday(date):
    """The clock stands still: data of Sunday are fresh."""

    @classmethod
    def today(cls) -> date:  # type: ignore[override]
        return date(2026, 11, 2)


@pytest.fixture(autouse=True)
def monday(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (header, gaps, panes):
        monkeypatch.setattr(module, "date", Monday)
    for name in ("NO_COLOR", "COLORTERM", "TEXTUAL_THEME"):
        monkeypatch.delenv(name, raising=False)


async def shown(ui: Ui, name: str) -> None:
    """One of the screens, from wherever the last one was."""
    link, keys = SCREENS[name]
    while ui.app.screen is not ui.app.main:
        await ui.press("escape")
    await ui.open(link).press(*keys)


def golden(name: str, text: str) -> str:
    """What is wrong with a text against the file of that name; '' for nothing."""
    path = GOLDEN / name
    if os.environ.get("OMNIGAP_GOLDEN") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return ""
    return "\n".join(unified_diff(path.read_text(encoding="utf-8").splitlines(), text.splitlines(), name, "now", lineterm="", n=0))


@pytest.mark.parametrize("variant", VARIANTS)
async def test_ten_screens(variant: str) -> None:
    size, options = VARIANTS[variant]
    wrong = []
    async with opened(size=size, options=options) as ui:
        for name in SCREENS:
            await shown(ui, name)
            assert len(ui.lines) == size[1] and all(cell_width(line) <= size[0] for line in ui.lines), ui.text
            assert not options.ascii_only or ui.text.isascii(), sorted({c for c in ui.text if not c.isascii()})
            wrong.append(golden(f"screen-{name}-{variant}.txt", ui.text + "\n"))
    assert not any(wrong), "\n".join(filter(None, wrong))


async def test_without_colour_every_word_is_the_same() -> None:
    async with opened(options=Options(no_color=True)) as ui:
        for name in SCREENS:
            await shown(ui, name)
            assert not golden(f"screen-{name}-80x24.txt", ui.text + "\n") or os.environ.get("OMNIGAP_GOLDEN")
            styles = [segment.style for strip in ui.app.screen._compositor.render_strips() for segment in strip if segment.style is not None]
            assert {c for style in styles for c in (style.color, style.bgcolor) if c is not None and not c.is_default} == set(), name


def normal(picture: str) -> str:
    """A picture without what differs from run to run: ids of the terminal, fonts from elsewhere. One element a line."""
    picture = re.sub(r"terminal-\d+", "terminal", picture)
    picture = re.sub(r"@font-face\s*\{.*?\}", "", picture, flags=re.DOTALL)
    return re.sub(r"\s*\n\s*", "\n", picture.replace("><", ">\n<")).strip() + "\n"


@pytest.mark.parametrize("name", PICTURES)
async def test_pictures_with_their_colours(name: str) -> None:
    async with opened(options=Options(theme=PICTURES[name])) as ui:
        await shown(ui, name)
        assert ui.app.size == Size(80, 24)
        wrong = golden(f"picture-{name}-{PICTURES[name]}.svg", normal(ui.app.export_screenshot(title="omnigap", simplify=True)))
        assert not wrong, wrong[:4000]


def test_the_golden_files_stay_small() -> None:
    files = [path for path in GOLDEN.iterdir() if path.name.startswith(("screen-", "picture-"))]
    expected = {f"screen-{name}-{variant}.txt" for name in SCREENS for variant in VARIANTS} | {
        f"picture-{name}-{theme}.svg" for name, theme in PICTURES.items()
    }
    assert {path.name for path in files} == expected
    assert sum(path.stat().st_size for path in GOLDEN.iterdir()) < MOST
