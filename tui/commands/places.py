"""Where one has been and what one keeps: changes undone and redone, bookmarks, the line of a file behind a number."""

from __future__ import annotations

from tui.commands import can
from tui.commands.model import GO, SHOW, Command

COMMANDS: tuple[Command, ...] = (
    Command("undo", "Undo the last change of the view (filter, sort, marks, period …)", ("u",), ("u", "u"), "main", GO, "undo", "undo", 15, can.undo),
    Command("redo", "Redo what was undone", ("ctrl+r",), ("ctrl+r", "ctrl+r"), "main", GO, "redo", "", 0, can.redo),
    Command("bookmark", "Bookmark this view", ("m",), ("m", "m"), "main", GO, "bookmark", "bookmark", 13, can.bookmark),
    Command("bookmarks", "Open a bookmark", ("M",), ("M", "M"), "main", GO, "bookmarks", "", 0, can.ready),
    Command("edit", "Open the target or action of the row in the editor", ("o",), ("o", "o"), "main", SHOW, "edit", "", 0, can.edit),
    Command("bookmark_whose", "Bookmark: your own, or shared with the workspace", ("tab",), ("Tab", "Tab"), "bookmark", GO, "whose", "whose", 2),
    Command("bookmark_remove", "Bookmarks: delete the one under the cursor", ("delete",), ("Del", "Del"), "bookmarks", GO, "remove", "delete", 3),
)
