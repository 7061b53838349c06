"""How the app is opened: what the command line, the environment and the user's settings decide before the first frame."""

from __future__ import annotations

from dataclasses import dataclass

THEME = "omnigap-dark"


@dataclass(frozen=True)
class Options:
    """`theme`: one of `tui.theme.PALETTES`; `read_only`: nothing is written but the user's own session."""

    lang: str = "en"
    ascii_only: bool = False
    theme: str = THEME
    mouse: bool = True
    read_only: bool = False


DEFAULTS = Options()
