"""Commands about the window: newest data, link, colours."""

from __future__ import annotations

from kpi_core.errors import OmnigapError, said
from kpi_core.render.clean import clean
from tui import settings
from tui.actions.base import Handlers
from tui.look import themes
from tui.look.theme import ABOUT, PALETTES, Palette
from tui.screens.pick import Choice
from tui.screens.themes import ThemeScreen


class Window(Handlers):
    """The window itself."""

    def refresh(self) -> None:
        self.main.live.reload()

    def redraw(self) -> None:
        self.app.redraw()

    def theme(self) -> None:
        """A list of the themes; the one chosen is kept in the user's settings."""
        t = self.app.look.fmt.t
        config = self.app.options.config
        palettes = dict(PALETTES)
        choices = [Choice(name, name, t(ABOUT[name])) for name in PALETTES]
        for name, found in themes.user_themes(config):
            if isinstance(found, Palette):
                palettes[name] = found
                weak = themes.weaknesses(found)
                choices.append(Choice(name, clean(name), t(weak) if weak is not None else t("your own")))
            else:
                choices.append(Choice(name, clean(name), clean(f"{t(found.what)} ({found.where})"), False))
        self.app.push_screen(ThemeScreen(self.app.look, t("Colours"), choices, palettes), self._theme_chosen)

    def _theme_chosen(self, name: str | None) -> None:
        options = self.app.options
        if name is None or options.config is None or options.read_only or options.served:
            return
        try:
            place = settings.keep_theme(options.config, name)
        except OmnigapError as error:
            self.main.complain(error)
            return
        self.main.say(said("theme {name}, kept in {file}", name=name, file=str(place)), "good")
