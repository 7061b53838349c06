"""Colours: one palette per theme, from roles (what a thing means) to colours; the renderers know roles only.

Every status also has a glyph and a word, so that the screen reads the same without colour. A palette is written in `#rrggbb`;
`at` gives the one for a terminal with fewer colours. The palettes of the terminal's own colours name them as Rich does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from kpi_core.errors import said

if TYPE_CHECKING:
    from rich.style import Style
    from textual.theme import Theme

READABLE = 4.5  # WCAG 2.1, success criterion 1.4.3 (AA)
STRONG = 7.0  # 1.4.6 (AAA): what the high-contrast themes keep
TOKENS = ("background", "bar", "selection", "line", "text", "muted", "accent", "good", "warn", "bad", "target")


@dataclass(frozen=True)
class Palette:
    """The colours of one theme, as `#rrggbb`; with `ansi`, as words that Rich reads (`green`, `dim`, '' for the terminal's own).

    `least` is the contrast that every text has on every ground; `depth` the bits of colour that the terminal has.
    """

    name: str
    dark: bool
    background: str
    bar: str  # header and hint bar
    selection: str  # the row under the cursor
    line: str  # frames and rules
    text: str
    muted: str
    accent: str
    good: str
    warn: str
    bad: str
    target: str
    ansi: bool = False
    least: float = READABLE
    depth: int = 24

    @cached_property
    def _styles(self) -> dict[tuple[str, str, bool], Style]:
        return {}

    def colour(self, role: str) -> str:
        """The colour of a role; an unknown or empty role is plain text."""
        return getattr(self, _ROLE_COLOURS.get(role, "text"))  # type: ignore[no-any-return]

    def style(self, role: str = "", ground: str = "background", bold: bool = False) -> Style:
        """The style of a role on one of the grounds `background`, `bar`, `selection`."""
        key = (role, ground, bold)
        found = self._styles.get(key)
        if found is None:
            found = self._styles[key] = self._ansi_style(role, ground, bold) if self.ansi else self._rgb_style(role, ground, bold)
        return found

    def _rgb_style(self, role: str, ground: str, bold: bool) -> Style:
        from rich.style import Style

        under = getattr(self, ground)
        colour = self.line if role == "line" else readable(self.colour(role), under, self.text, self.least, self.depth)
        return Style(color=colour, bgcolor=under, bold=bold or role in _STRONG or None)

    def _ansi_style(self, role: str, ground: str, bold: bool) -> Style:
        """The row under the cursor is shown in reverse: which colours lie behind the names only the terminal knows."""
        from rich.style import Style

        style = Style.parse(self.colour(role) or "none")
        if self.background:
            style += Style(bgcolor=self.background)
        return style + Style(reverse=ground == "selection" or None, bold=bold or role in _STRONG or None, underline=role == "lit" or None)

    def coloured(self, colours: dict[str, Any]) -> Palette:
        """The palette with other colours for some tokens."""
        return replace(self, **colours)

    def at(self, colours: str | None) -> Palette:
        """The palette for a terminal of these colours, as Rich names them: truecolor, 256, standard (16), or None for no colour at all."""
        if colours is None:
            return replace(_NO_COLOUR, name=self.name, dark=self.dark)
        if self.ansi or colours == "truecolor":
            return self
        if colours == "256":
            return replace(self.coloured({token: nearest_256(getattr(self, token)) for token in TOKENS}), depth=8)
        return replace(_SIXTEEN[self.dark, "blind" in self.name], name=self.name)

    def theme(self) -> Theme:
        """The same colours for the style sheets (`$bar`, `$line`, `$selection`, `$muted`, `$good` …)."""
        from textual.theme import Theme

        names = {token: self._sheet(getattr(self, token)) for token in TOKENS}
        own = {key: value for key, value in names.items() if key not in ("background", "accent")}
        field = {"input-cursor-background": names["accent"], "input-cursor-foreground": names["background"], "input-selection-background": names["selection"]}
        if self.ansi:
            field = {f"input-{part}": names[token] for part, token in (("cursor-background", "background"), ("cursor-foreground", "text"))}
            field |= {"ansi-background": self._sheet(self.background or "black"), "ansi-foreground": self._sheet(self.text or "white")}
            field["border-blurred"] = "ansi_default"
            field |= {"input-cursor-text-style": "reverse", "input-selection-background": "ansi_white", "input-selection-foreground": "ansi_black"}
        return Theme(
            name=theme_name(self.name),
            primary=names["accent"],
            secondary=names["muted"],
            accent=names["accent"],
            warning=names["warn"],
            error=names["bad"],
            success=names["good"],
            foreground=names["text"],
            background=names["background"],
            surface=names["background"],
            panel=names["bar"],
            boost=names["background"] if self.ansi else None,
            dark=self.dark,
            text_alpha=1.0,
            variables={**own, **field},
            ansi=self.ansi,
        )

    def _sheet(self, colour: str) -> str:
        """A colour as the style sheets write it; an attribute (dim, bold) has none of its own."""
        if not self.ansi:
            return colour
        word = colour.split()[-1] if colour else ""
        return f"ansi_{word}" if word not in ("", "dim", "bold") else "ansi_default"

    def weak(self) -> list[tuple[str, str, float]]:
        """Which role is too weak on which ground, and its contrast; on screen it is moved towards the text's colour until it reads."""
        if self.ansi:
            return []
        grounds = ("background", "bar", "selection")
        found = [(token, ground, contrast(getattr(self, token), getattr(self, ground))) for token in TOKENS[4:] for ground in grounds]
        return [(token, ground, ratio) for token, ground, ratio in found if ratio < self.least]


def theme_name(palette: str) -> str:
    """What Textual calls the theme of a palette."""
    return f"omnigap-{palette}"


_ROLE_COLOURS = {
    "good": "good",
    "warn": "warn",
    "bad": "bad",
    "muted": "muted",
    "axis": "muted",
    "accent": "accent",
    "key": "accent",
    "lit": "accent",
    "target": "target",
    "title": "text",
    "heading": "text",
    "strong": "text",
    "line": "line",
    "compare": "muted",
}
_STRONG = frozenset({"title", "heading", "strong", "lit"})


def _palette(name: str, dark: bool, colours: str, least: float = READABLE, ansi: bool = False) -> Palette:
    """A palette from its colours in the order of `TOKENS`."""
    given: dict[str, Any] = dict(zip(TOKENS, colours.split(","), strict=True))
    return Palette(name=name, dark=dark, ansi=ansi, least=least, **given)


# ---------------------------------------------- background bar selection line text muted accent good warn bad target
DARK = _palette("dark", True, "#14171c,#22272e,#263447,#343b46,#d7dae0,#7d8590,#6cb6ff,#63c17f,#d4a72c,#f47067,#e0b84f")
LIGHT = _palette("light", False, "#ffffff,#eaeef2,#dbe9f9,#c3cad2,#1f2328,#59636e,#0756ad,#136c2e,#7d5200,#b3202a,#7a5a00")
HIGH_CONTRAST = _palette("high-contrast", True, "#000000,#1c1c1c,#00315c,#8a8a8a,#ffffff,#d0d0d0,#7cd0ff,#6cff9c,#ffd640,#ff9d9d,#ffd640", STRONG)
HIGH_CONTRAST_LIGHT = _palette("high-contrast-light", False, "#ffffff,#ebebeb,#cfe3ff,#6b6b6b,#000000,#333333,#003a80,#00463c,#5b0e73,#960014,#5b0e73", STRONG)
# blue, yellow and vermillion: M. Okabe and K. Ito, Color Universal Design, 2008
COLOUR_BLIND = _palette("colour-blind", True, "#14171c,#22272e,#30343c,#343b46,#d7dae0,#8b939e,#cfb8ff,#56b4e9,#f0e442,#f0793a,#f0e442")
COLOUR_BLIND_LIGHT = _palette("colour-blind-light", False, "#ffffff,#eef0f2,#e4e6ea,#c3cad2,#1f2328,#59636e,#5b3a9e,#0058a8,#2f2c00,#b04a00,#2f2c00")
# the terminal's own colours on its own ground; grey is `dim`, because bright black is the background itself in some schemes
TERMINAL = _palette("terminal", True, ",,,dim,,dim,cyan,green,yellow,red,yellow", ansi=True)
PALETTES = {p.name: p for p in (DARK, LIGHT, HIGH_CONTRAST, HIGH_CONTRAST_LIGHT, COLOUR_BLIND, COLOUR_BLIND_LIGHT, TERMINAL)}

ABOUT = {  # for the list of themes
    "dark": said("on a dark ground"),
    "light": said("on white"),
    "high-contrast": said("on black, contrast of 7 and more"),
    "high-contrast-light": said("on white, contrast of 7 and more"),
    "colour-blind": said("blue, yellow and orange on a dark ground"),
    "colour-blind-light": said("blue, olive and orange on white"),
    "terminal": said("the terminal's own 16 colours, on its own ground"),
}

_NO_COLOUR = _palette("none", True, ",,,dim,,dim,bold,,,bold,", ansi=True)
# Rich's nearest of sixteen colours puts grey on grey: these are chosen. Green and yellow cannot be read on white: blue and magenta can.
_SIXTEEN = {  # (dark, for colour-blind readers)
    (True, False): _palette("16", True, "black,black,black,white,bright_white,white,bright_cyan,bright_green,bright_yellow,bright_red,yellow", ansi=True),
    (True, True): _palette("16", True, "black,black,black,white,bright_white,white,white,bright_cyan,bright_white,bright_yellow,bright_white", ansi=True),
    (False, False): _palette("16", False, "bright_white,bright_white,bright_white,black,black,black,blue,blue,magenta,red,magenta", ansi=True),
    (False, True): _palette("16", False, "bright_white,bright_white,bright_white,black,black,black,black,blue,black,red,black", ansi=True),
}


# ---------------------------------------------------------------- contrast


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def luminance(colour: str) -> float:
    """Relative luminance of `#rrggbb` as WCAG 2.1 defines it, from 0 to 1."""
    red, green, blue = (c / 255 / 12.92 if c / 255 <= 0.03928 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG contrast ratio of two `#rrggbb` colours, from 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def readable(colour: str, ground: str, towards: str, least: float = READABLE, depth: int = 24) -> str:
    """`colour`, moved in small steps `towards` the text colour until it reads on `ground` (the lighter grounds ask for a little more)."""
    if depth == 8:
        return nearest_256(colour, ground, least)
    for step in range(21):
        share = step / 20
        mixed = "#" + "".join(f"{round(a * (1 - share) + b * share):02x}" for a, b in zip(_channels(colour), _channels(towards), strict=True))
        if contrast(mixed, ground) >= least:
            return mixed
    return max((towards, "#000000", "#ffffff"), key=lambda end: (contrast(end, ground) >= least, end == towards, contrast(end, ground)))


def nearest_256(colour: str, ground: str = "", least: float = 0.0) -> str:
    """The nearest of 256 colours that has at least that contrast on `ground`. (Steps towards the text's colour would land on a few only.)"""
    red, green, blue = _channels(colour)
    under = luminance(ground) if ground else 0.0
    found = [
        (3 * (red - r) ** 2 + 4 * (green - g) ** 2 + 2 * (blue - b) ** 2, name)
        for name, (r, g, b), light in _colours_256()
        if (max(light, under) + 0.05) / (min(light, under) + 0.05) >= least
    ]
    return min(found)[1]


@lru_cache(maxsize=1)
def _colours_256() -> list[tuple[str, tuple[int, int, int], float]]:
    """Those of the 256 colours that Rich shows as they are, with channels and luminance; not the first sixteen, which are what a user made them."""
    from rich.color import Color, ColorSystem

    levels = [0, 95, 135, 175, 215, 255]
    cube = [f"#{red:02x}{green:02x}{blue:02x}" for red in levels for green in levels for blue in levels]
    greys = ["#" + f"{8 + 10 * step:02x}" * 3 for step in range(24)]
    shown = {colour: Color.parse(colour).downgrade(ColorSystem.EIGHT_BIT).get_truecolor().hex for colour in (*cube, *greys)}
    return [(colour, _channels(colour), luminance(colour)) for colour, as_shown in shown.items() if as_shown == colour]
