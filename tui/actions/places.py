"""Commands along the way one came, and to places that one keeps."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from textual.app import SuspendNotSupported

from kpi_core.bookmarks import Bookmark
from kpi_core.errors import Message, OmnigapError, said
from kpi_core.links import from_link, to_link
from kpi_core.pages import ExplorePage, GapsPage, OverviewPage, Target, TrendPage, WhatIfPage, rows_of
from kpi_core.render.header import suggested_name
from kpi_core.view import ViewState
from tui.actions.base import Handlers
from tui.context import Page
from tui.device import editor
from tui.screens.bookmarks import BookmarkPrompt, BookmarksScreen, Kept
from tui.screens.gaps import row_of
from tui.screens.pick import Choice, PickScreen
from tui.state import bookmarks

OBJECTIVES = "config/objectives.yaml"


@dataclass(frozen=True)
class Spot:
    """A line of a file, and what is written there."""

    file: str
    line: int | None
    what: Message


def spots(page: Page | None, key: str | None) -> tuple[Spot, ...]:
    """Where the target and the action of a row of the page are written; none where the row has neither."""
    target: Target | None = None
    found: list[Spot] = []
    gap = row_of(page, key)
    if isinstance(page, OverviewPage):
        target = next((row.target for row in rows_of(page) if row.kpi.id == key), None)
    elif isinstance(page, ExplorePage):
        target = next((row.target for row in page.rows if row.key == key and row.key is not None), None) or page.total.target
    elif isinstance(page, GapsPage) and gap is not None:
        target = gap.target
    elif isinstance(page, WhatIfPage):
        target = page.target
    elif isinstance(page, TrendPage):
        place = page.at(key) if key is not None else page.shown
        target = page.buckets[place].target if place is not None else None
    if target is not None:
        found.append(Spot(target.file, target.line, said("the target")))
    if gap is not None and gap.action is not None:
        found.append(Spot(gap.action.file, gap.action.line, said("the action {name}", name=gap.action.name)))
    return tuple(found)


class Places(Handlers):
    """Steps of the history, bookmarks, and the file behind a number."""

    # ---------------------------------------------------------------- history

    def back(self) -> None:
        self._walk("back")

    def forward(self) -> None:
        self._walk("forward")

    def undo(self) -> None:
        self._walk("undo")

    def redo(self) -> None:
        self._walk("redo")

    def _walk(self, how: str) -> None:
        main = self.main
        if main.filtering:
            main.close_filter()
        main.history.note(main.here())
        state: ViewState | None = getattr(main.history, how)()
        if state is not None:
            main.turn_to(state)

    # ---------------------------------------------------------------- bookmarks

    @property
    def folder(self) -> Path:
        """The workspace."""
        return Path(self.main.place)

    def _known(self) -> tuple[tuple[Bookmark, ...], bool]:
        """All bookmarks, and whether all could be read: a mistake in a file is said, and hides those of that file."""
        known, trouble = bookmarks.readable(self.folder)
        if trouble is not None:
            self.main.complain(trouble)
        return known, trouble is None

    def bookmark(self) -> None:
        """A name for what is on screen."""
        main = self.main
        page, link = main.context.page, to_link(main.here())
        kpi = page.kpi.name if isinstance(page, ExplorePage | TrendPage | WhatIfPage) else ""
        name = suggested_name(page.header, self.app.look.fmt, kpi) if page is not None else ""

        def keep(kept: Kept) -> None:
            try:
                replaced = bookmarks.keep(self.folder, kept.name, link, kept.shared)
            except OmnigapError as error:
                main.complain(error)
                return
            main.say(said("bookmark replaced: {name}", name=kept.name) if replaced else said("bookmark kept: {name}", name=kept.name), "good")

        own = str(bookmarks.path_of(self.folder, False))
        self.app.push_screen(BookmarkPrompt(self.app.look, name, self._known()[0], own, keep))

    def bookmarks(self) -> None:
        """The list of what has been kept; Enter opens."""
        known, whole = self._known()
        if not known:
            if whole:
                self.main.say(said("no bookmark yet: m keeps this view under a name"), "muted")
            return

        def remove(item: Bookmark) -> Message | None:
            try:
                bookmarks.drop(self.folder, item.name, item.shared)
            except OmnigapError as error:
                return error.what
            return None

        def chosen(key: str | None) -> None:
            item = next((item for item in known if key == f"{'shared' if item.shared else 'own'}:{item.name}"), None)
            if item is not None:
                self.main.arrival.come(*from_link(item.link))

        self.app.push_screen(BookmarksScreen(self.app.look, known, None if self.main.read_only else remove), chosen)

    # ---------------------------------------------------------------- the file behind a number

    def edit(self) -> None:
        """The line of the target or action in the user's editor; where there are both, one is chosen."""
        t = self.app.look.fmt.t
        found = spots(self.main.context.page, self.main.context.at)
        if len(found) < 2:
            self._open(found[0] if found else Spot(OBJECTIVES, None, said("no target is written for this row")))
            return
        choices = [Choice(str(place), t(spot.what), f"{spot.file}:{spot.line}") for place, spot in enumerate(found)]
        self.app.push_screen(PickScreen(self.app.look, t("Open in the editor"), choices), lambda key: self._open(found[int(key)]) if key else None)

    def _open(self, spot: Spot) -> None:
        source = self.main.asker.source
        if source is None:
            return
        path = source.config_file(spot.file)
        try:
            words = editor.command(path, spot.line, os.environ)
            with self.app.suspend():
                editor.run(words, path)
        except SuspendNotSupported:
            self.main.say(said("an editor cannot be opened from this screen"))
            return
        except OmnigapError as error:
            self.main.complain(error)
            return
        self.edited()

    def edited(self) -> None:
        """Read the configuration again; a mistake in it is said, and the numbers of before stay."""
        self.main.live.reload()
