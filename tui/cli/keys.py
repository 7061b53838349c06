"""`omnigap keys`: the keyboard as the app would have it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from tui.cli.common import EXIT_OK, look, screen_width, t, write
from tui.cli.options import Ascii, Lang

KeymapOption = Annotated[
    str | None,
    typer.Option(
        "--keymap", metavar="NAME|FILE", help=t("Keys: default, vim, azerty, k9s or a file (default: keymap.yaml in your omnigap folder)."), show_default=False
    ),
]


class KeysFormat(StrEnum):
    table = "table"
    md = "md"


def keys(
    keymap: KeymapOption = None,
    format: Annotated[KeysFormat, typer.Option("--format", "-f", help=t("How to write it."))] = KeysFormat.table,
    lang: Lang = None,
    ascii: Ascii = False,
) -> int:
    from kpi_core.render.clean import to_ascii
    from tui.keyboard import table
    from tui.keyboard.keymap import load

    how = look(lang, ascii)
    chosen = load(keymap)
    say = how.fmt.t
    text = table.markdown(say, chosen.keys) if format is KeysFormat.md else "\n".join(table.plain(say, screen_width(), chosen.keys)) + "\n"
    write(to_ascii(text) if how.ascii else text)
    return EXIT_OK
