"""`m`: a name for the view on screen, kept for oneself or for everybody who uses the workspace. `M`: what has been kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import Input

from kpi_core.bookmarks import BOOKMARKS_FILE, Bookmark, checked_name
from kpi_core.errors import Message, OmnigapError, said
from kpi_core.render.clean import clean
from kpi_core.render.text import folded, wrap
from tui.commands import bindings
from tui.look.drawing import Look
from tui.look.runs import Runs
from tui.screens.overlay import Overlay
from tui.screens.pick import Choice, PickScreen
from tui.screens.prompt import PromptScreen
from tui.widgets.grid import GridView
from tui.widgets.lines import Lines


@dataclass(frozen=True)
class Kept:
    """What the prompt answers."""

    name: str
    shared: bool


class BookmarkPrompt(PromptScreen):
    """Asks for the name; Tab says whose it is. `keep` is told what was chosen."""

    BINDINGS: ClassVar[list[BindingType]] = [*Overlay.BINDINGS, *bindings("bookmark")]
    SCOPE = "bookmark"

    def __init__(self, look: Look, name: str, known: Sequence[Bookmark], own_file: str, keep: Callable[[Kept], None]) -> None:
        super().__init__(look, look.fmt.t("Bookmark this view"), name, self._meaning, self._place)
        self._known = known
        self._own_file = own_file
        self._keep = keep
        self._shared = False

    def _meaning(self, text: str) -> str:
        t = self.look.fmt.t
        try:
            name = checked_name(text)
        except OmnigapError as error:
            raise ValueError(t(error.what)) from None
        there = any(folded(item.name) == folded(name) and item.shared == self._shared for item in self._known)
        return t("replaces the bookmark of this name") if there else t("opens again with M, --open @NAME and omnigap report @NAME")

    def _place(self, width: int) -> Sequence[Runs]:
        t = self.look.fmt.t
        if self._shared:
            text = t("shared: everybody who uses this workspace sees it ({file} of the workspace)", file=BOOKMARKS_FILE)
        else:
            text = t("your own: {file}", file=self._own_file)
        return [((" ", ""), (line, "muted")) for line in wrap(text, width - 2)]

    def action_whose(self) -> None:
        """The other of the two files."""
        self._shared = not self._shared
        self.query_one("#help", Lines).show(lambda width, height: self._place(width)[:height])
        self._judge(self.query_one("#text", Input).value)

    def dismiss(self, result: str | None = None):  # type: ignore[no-untyped-def]
        if result is not None:
            self._keep(Kept(result, self._shared))
        return super().dismiss(result)


class BookmarksScreen(PickScreen):
    """Answers with `own:NAME` or `shared:NAME`. Del asks, and Del again removes; `remove` does it, None where nothing may be written."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *Overlay.BINDINGS,
        # the text field would take the key first
        *(replace(item, priority=True) for item in bindings("bookmarks") if isinstance(item, Binding)),
    ]
    SCOPE = "bookmarks"

    def __init__(self, look: Look, known: Sequence[Bookmark], remove: Callable[[Bookmark], Message | None] | None) -> None:
        super().__init__(look, look.fmt.t("Bookmarks"), [_choice(item, look) for item in known])
        self._known = {_id(item): item for item in known}
        self._remove = remove
        self._doomed: str | None = None

    def on_grid_view_moved(self, message: GridView.Moved) -> None:
        self._doomed = None

    def action_remove(self) -> None:
        """Ask first; the same key again removes the bookmark under the cursor."""
        key = self.query_one("#choices", GridView).cursor_key
        item = self._known.get(key or "")
        if item is None or key is None:
            return
        if self._remove is None:
            self.trouble(said("omnigap is open read-only (--read-only): nothing is written"), "warn")
        elif self._doomed != key:
            self._doomed = key
            self.trouble(said("Del again deletes {name}", name=clean(item.name)), "warn")
        else:
            self._doomed = None
            failed = self._remove(item)
            if failed is not None:
                self.trouble(failed)
                return
            del self._known[key]
            self.offer([_choice(kept, self.look) for kept in self._known.values()])
            # the cursor's new row clears the line first
            self.call_after_refresh(self.trouble, said("deleted: {name}", name=clean(item.name)), "good")


def _id(item: Bookmark) -> str:
    return f"{'shared' if item.shared else 'own'}:{item.name}"


def _choice(item: Bookmark, look: Look) -> Choice:
    whose = look.fmt.t("shared") if item.shared else look.fmt.t("yours")
    return Choice(_id(item), clean(item.name), f"{whose} · {clean(item.link, 200)}")
