"""Colours: one palette per theme, from roles (what a thing means) to colours; the renderers know roles only.

Every status also has a glyph and a word, so that the screen reads the same without colour.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property

from rich.style import Style
from textual.theme import Theme


@dataclass(frozen=True)
class Palette:
    """The colours of one theme, as `#rrggbb`."""

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
            strong = bold or role in _STRONG
            under = getattr(self, ground)
            colour = self.line if role == "line" else readable(self.colour(role), under, self.text)
            found = Style(color=colour, bgcolor=under, bold=strong or None)
            self._styles[key] = found
        return found

    def theme(self) -> Theme:
        """The same colours for the style sheets (`$bar`, `$line`, `$selection`, `$muted`, `$good` …)."""
        names = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in ("name", "dark")}
        own = {key: value for key, value in names.items() if key not in ("background", "accent")}
        return Theme(
            name=self.name,
            primary=self.accent,
            secondary=self.muted,
            accent=self.accent,
            warning=self.warn,
            error=self.bad,
            success=self.good,
            foreground=self.text,
            background=self.background,
            surface=self.background,
            panel=self.bar,
            dark=self.dark,
            text_alpha=1.0,
            variables={
                **own,
                "input-cursor-background": self.accent,
                "input-cursor-foreground": self.background,
                "input-selection-background": self.selection,
            },
        )


_ROLE_COLOURS = {
    "good": "good",
    "warn": "warn",
    "bad": "bad",
    "muted": "muted",
    "axis": "muted",
    "accent": "accent",
    "key": "accent",
    "target": "target",
    "title": "text",
    "heading": "text",
    "strong": "text",
    "line": "line",
    "compare": "muted",
}
_STRONG = frozenset({"title", "heading", "strong"})
READABLE = 4.5

_COLOURS = {  # of each field: in the dark theme, in the light one
    "background": ("#14171c", "#ffffff"),
    "bar": ("#22272e", "#eaeef2"),
    "selection": ("#263447", "#dbe9f9"),
    "line": ("#343b46", "#c3cad2"),
    "text": ("#d7dae0", "#1f2328"),
    "muted": ("#7d8590", "#59636e"),
    "accent": ("#6cb6ff", "#0756ad"),
    "good": ("#57ab5a", "#136c2e"),
    "warn": ("#d4a72c", "#7d5200"),
    "bad": ("#f47067", "#b3202a"),
    "target": ("#e0b84f", "#7a5a00"),
}
DARK = Palette("omnigap-dark", True, **{field: pair[0] for field, pair in _COLOURS.items()})
LIGHT = Palette("omnigap-light", False, **{field: pair[1] for field, pair in _COLOURS.items()})
PALETTES = {palette.name: palette for palette in (DARK, LIGHT)}


def contrast(one: str, other: str) -> float:
    """WCAG contrast ratio of two `#rrggbb` colours, from 1 to 21."""

    def luminance(colour: str) -> float:
        channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
        red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def readable(colour: str, ground: str, towards: str) -> str:
    """`colour`, moved in small steps `towards` the text colour until it reads on `ground` (the lighter grounds ask for a little more)."""
    for step in range(21):
        share = step / 20
        mixed = "#" + "".join(f"{round(int(colour[i : i + 2], 16) * (1 - share) + int(towards[i : i + 2], 16) * share):02x}" for i in (1, 3, 5))
        if contrast(mixed, ground) >= READABLE:
            return mixed
    return towards
