"""The list of themes, each shown on the whole screen while the cursor stands on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual import on

from tui.look.drawing import Look
from tui.look.theme import Palette
from tui.screens.pick import Choice, PickScreen
from tui.widgets.grid import GridView


class ThemeScreen(PickScreen):
    """Returns the name of the theme, which is shown; or None, and the theme from before is shown again."""

    def __init__(self, look: Look, title: str, choices: Sequence[Choice], palettes: Mapping[str, Palette]) -> None:
        super().__init__(look, title, choices, at=look.palette.name)
        self._palettes = palettes
        self._before = look.palette

    @on(GridView.Moved)
    def _preview(self, message: GridView.Moved) -> None:
        palette = self._palettes.get(message.key or "")
        if palette is not None and palette.name != self.look.palette.name:
            self.app.show_theme(palette)  # type: ignore[attr-defined]

    def action_close(self) -> None:
        if self.look.palette is not self._before:
            self.app.show_theme(self._before)  # type: ignore[attr-defined]
        super().action_close()
