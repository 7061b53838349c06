"""How the app is opened: what the command line, the environment and the user's settings decide before the first frame."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.keyboard.keymap import Keymap

THEME = "dark"
POLL = 2.0  # seconds between two looks for newer data
SERVED = "OMNIGAP_SERVED"  # set for the processes that draw in a browser


@dataclass(frozen=True)
class Options:
    """`theme`: one of `tui.look.theme.PALETTES`, or a file of `config`, the user's folder (None: nothing of a user is read or kept);
    `show_cursor`: the terminal's own cursor stands where the reader is; `read_only`: nothing is written but the user's own
    session; `served`: drawn in a browser, where not even that is written, nor any file."""

    lang: str = "en"
    ascii_only: bool = False
    theme: str = THEME
    mouse: bool = True
    read_only: bool = False
    served: bool = False
    tour: bool = False  # begin with the guided tour
    no_color: bool = False
    plot: str = "braille"  # what plots are drawn in: see `kpi_core.render.plot_canvas.SYMBOLS`
    show_cursor: bool = False
    live: bool = True  # new data are shown as they come
    config: Path | None = None
    learn: Path | None = None  # begin with learning the layout of this file
    keymap: Keymap | None = None  # None: the keys of the registry


DEFAULTS = Options()
