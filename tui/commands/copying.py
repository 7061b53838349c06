"""Copying and exporting what is on screen."""

from __future__ import annotations

from tui.commands import can
from tui.commands.model import SHOW, Command

COMMANDS: tuple[Command, ...] = (
    Command(
        "copy", "Copy the number under the cursor; on the first column the marked rows, or this one", ("y",), ("y", "y"), "main", SHOW, "copy", "copy", 11,
        can.copying,
    ),
    Command("copy_menu", "Copy: link, row, table as TSV or Markdown, SQL, definition", ("Y",), ("Y", "Y"), "main", SHOW, "copy_menu", "", 0, can.ready),
    Command("link", "Copy a link to this view", ("alt+y",), ("alt+y", "alt+y"), "main", SHOW, "copy_link"),
    Command("export", "Export: csv, xlsx, parquet, md, html, json, svg", ("e", "ctrl+s"), ("e", "e"), "main", SHOW, "export", "export", 12, can.exporting),
    Command("copy_here", "Pop-up: copy the row", ("y",), ("y", "y"), "overlay", SHOW, "copy"),
    Command("copy_menu_here", "Pop-up: copy menu", ("Y",), ("Y", "Y"), "overlay", SHOW, "copy_menu"),
    Command("export_here", "Pop-up: export", ("e", "ctrl+s"), ("e", "e"), "overlay", SHOW, "export"),
)  # fmt: skip
