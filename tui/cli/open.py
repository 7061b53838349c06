"""The step into the screen. What stands before its first frame stands here: no option parser (it costs as much as Textual), no data."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kpi_core.errors import UsageError, Where, said
from tui import settings
from tui.cli.common import look, state_and_told, workspace_dir, workspace_language
from tui.options import SERVED, Options
from tui.state import places

if TYPE_CHECKING:
    from kpi_core.errors import Message
    from kpi_core.view import ViewState
    from tui.keyboard.keymap import Keymap

VALUES = {
    "--workspace": "workspace",
    "-w": "workspace",
    "--open": "link",
    "--period": "period",
    "-p": "period",
    "--compare": "compare",
    "-c": "compare",
    "--lang": "lang",
    "--keymap": "keymap",
    "--theme": "theme",
    "--plot": "plot",
}
SWITCHES = {
    "--no-color": "no_color",
    "--ascii": "ascii",
    "--no-mouse": "no_mouse",
    "--show-cursor": "show_cursor",
    "--no-live": "no_live",
    "--fresh": "fresh",
    "--read-only": "read_only",
}


def plain_options(arguments: Sequence[str]) -> dict[str, Any] | None:
    """The arguments of `open` by the names of `open_screen`, where they are plain; None leaves them to the option parser, which knows what to say."""
    found: dict[str, Any] = {}
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        name, equals, value = word.partition("=")
        if word in SWITCHES:
            found[SWITCHES[word]] = True
        elif name in VALUES and name.startswith("--") and equals:
            found[VALUES[name]] = value
        elif word in VALUES and rest and not rest[0].startswith("-"):
            found[VALUES[word]] = rest.pop(0)
        elif not word.startswith("-") and "directory" not in found:
            found["directory"] = word
        else:
            return None
    return {key: Path(value) if key in ("directory", "workspace") else value for key, value in found.items()}


def open_screen(
    directory: Path | None = None,
    workspace: Path | None = None,
    link: str | None = None,
    period: str | None = None,
    compare: str | None = None,
    lang: str | None = None,
    no_color: bool = False,
    ascii: bool = False,
    keymap: str | None = None,
    theme: str | None = None,
    plot: str | None = None,
    no_mouse: bool = False,
    show_cursor: bool = False,
    no_live: bool = False,
    fresh: bool = False,
    read_only: bool = False,
) -> int:
    """Open the app on a workspace; the exit code. Raises UsageError, ConfigError."""
    if directory is not None and workspace is None and not directory.is_dir():
        from tui.cli import command_names

        known = ", ".join(sorted(command_names() - {"open"}))
        raise UsageError(said("there is no folder or command {name}", name=str(directory)), hint=said("commands: {names}", names=known))
    folder = directory or workspace_dir(workspace)
    how = look(lang, ascii, no_color, workspace_language(folder), plot)
    plain = not (link or period or compare)
    state, told = (None, ()) if plain else state_and_told(folder, link, period, compare)
    served = bool(os.environ.get(SERVED))
    if not served and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(said("the screen needs a terminal"), where=Where(str(folder)), hint=said("use omnigap glance, omnigap report or omnigap check"))
    options = settings.options(how, theme=theme, no_color=no_color, no_mouse=no_mouse, show_cursor=show_cursor, read_only=read_only or served, served=served)
    if not served:
        options = replace(options, keymap=keymap_of(keymap), live=options.live and not no_live)
    if plain and not (served or fresh):
        from tui.state.session import Session

        state = Session.of(folder).read()
    return show_screen(folder, state, options, told)


def keymap_of(asked: str | None = None) -> Keymap | None:
    """The keymap asked for, else the user's own; None for the keys of the registry, which are then loaded behind the first frame."""
    if asked is None and not (places.config_dir() / places.KEYMAP).is_file():
        return None
    from tui.keyboard.keymap import load

    return load(asked)


def show_screen(folder: Path, state: ViewState | None, options: Options, told: Sequence[Message] = ()) -> int:
    """Open the app, without a `state` at the workspace's own opening view; `told` what was wrong with its link.

    Textual is imported here and nowhere else in the commands.
    """
    if options.keymap is None and not options.served:
        options = replace(options, keymap=keymap_of())
    from tui.app import run_app

    return run_app(folder, state, options, told)
