"""How the app is opened, decided in one place: a command's option, else the environment, else the user's `app.yaml`, else what fits.

    theme: auto          # auto, a shipped theme, or a file of themes/ beside this one
    ascii: false         # ASCII characters only
    color: true          # false: no colours, as with NO_COLOR
    plot: braille        # what plots are drawn in: braille, block or ascii
    mouse: true          # false: the mouse is left to the terminal
    live: true           # false: new data are shown by r only
    show_cursor: false   # true: the terminal's own cursor follows the row (screen readers, braille displays)
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_type_hints

from kpi_core.errors import UsageError, Where, said
from tui.options import THEME, Options

if TYPE_CHECKING:
    from tui.cli.common import Look

FILE = "app.yaml"
AUTO = "auto"
THEME_VARIABLE = "OMNIGAP_THEME"
_LIGHT = frozenset({"7", *map(str, range(9, 16))})  # of the 16 colours, those that a light background has


@dataclass(frozen=True)
class Wishes:
    """What the user's settings say; what is not written is decided elsewhere."""

    theme: str | None = None
    ascii: bool = False
    color: bool = True
    mouse: bool = True
    show_cursor: bool = False
    live: bool = True
    plot: str | None = None


def file_type() -> type[Any]:
    """The type that reads `app.yaml`: the wishes, strict. Made when it is needed: most starts have no such file."""
    import msgspec

    hints = get_type_hints(Wishes)
    return msgspec.defstruct("AppFile", [(one.name, hints[one.name], one.default) for one in fields(Wishes)], forbid_unknown_fields=True)


def read(config: Path) -> Wishes:
    """The user's `app.yaml`; all defaults where there is none. Raises ConfigError at the key that is wrong."""
    path = config / FILE
    if not path.is_file():
        return Wishes()
    from kpi_core.config.decode import decode
    from kpi_core.config.yaml import load_yaml

    found = decode(load_yaml(path), file_type())
    return Wishes(**{one.name: getattr(found, one.name) for one in fields(Wishes)})


def no_colour(environ: Mapping[str, str]) -> bool:
    """Does the environment ask for no colours? NO_COLOR (no-color.org) not empty, CLICOLOR=0 (bixense.com/clicolors), or a dumb terminal."""
    return bool(environ.get("NO_COLOR")) or environ.get("CLICOLOR") == "0" or environ.get("TERM") == "dumb"


def ascii_locale(environ: Mapping[str, str]) -> bool:
    """Is the locale C or POSIX, which knows ASCII only? Python itself turns such a locale into UTF-8, so that its streams do not tell."""
    said_by = next((environ[name] for name in ("LC_ALL", "LANG") if environ.get(name)), "")
    return said_by in ("C", "POSIX")


def guessed_theme(environ: Mapping[str, str]) -> str:
    """`light` where COLORFGBG (`foreground;background`, set by rxvt, Konsole, iTerm2 and others) says so, else `dark`."""
    return "light" if environ.get("COLORFGBG", "").rpartition(";")[2] in _LIGHT else THEME


def options(
    how: Look,
    environ: Mapping[str, str] = os.environ,
    *,
    theme: str | None = None,
    no_color: bool = False,
    no_mouse: bool = False,
    show_cursor: bool = False,
    read_only: bool = False,
    served: bool = False,
    config: Path | None = None,
) -> Options:
    """The options of the app. `config`: the user's folder (default: the real one). Raises UsageError, ConfigError."""
    from tui.cli.common import check_plot
    from tui.look.theme import PALETTES
    from tui.state import places

    folder = config if config is not None else places.config_dir()
    file = Wishes() if served else read(folder)
    if file.plot is not None:
        check_plot(file.plot, Where(str(folder / FILE)))
    name = theme or environ.get(THEME_VARIABLE) or file.theme or AUTO
    name = guessed_theme(environ) if name == AUTO else name
    if name not in PALETTES:  # a wrong name is said before the screen opens
        from tui.look import themes

        themes.find(name, folder)
    return Options(
        how.lang,
        how.ascii or file.ascii,
        name,
        mouse=file.mouse and not no_mouse,
        read_only=read_only,
        served=served,
        plot=how.plot or file.plot or "braille",
        no_color=no_color or no_colour(environ) or not file.color,
        show_cursor=show_cursor or file.show_cursor,
        live=file.live,
        config=folder,
    )


def keep_theme(config: Path, name: str) -> Path:
    """Write `theme: NAME` into the user's `app.yaml`, everything else of it as it is. Raises UsageError when it cannot be written."""
    path = config / FILE
    line = f"theme: {name}" if re.fullmatch(r"[\w-]+", name) else f'theme: "{name}"'
    try:
        config.mkdir(parents=True, exist_ok=True)
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        changed, count = re.subn(r"^theme:[^\n#]*?(?=[ \t]*(?:#|$))", lambda found: line, text, count=1, flags=re.MULTILINE)
        text = changed if count else f"{text}{'' if not text or text.endswith(chr(10)) else chr(10)}{line}\n"
        new = path.with_name(f".{FILE}.{os.getpid()}")
        new.write_text(text, encoding="utf-8")
        new.replace(path)
    except OSError as error:
        raise UsageError(said("the file cannot be written: {reason}", reason=error.strerror or str(error)), where=Where(str(path))) from None
    return path
