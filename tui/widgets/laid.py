"""What a layout has drawn is not sent to the terminal a second time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.geometry import Region, Size

if TYPE_CHECKING:
    from textual.widget import Widget as _Base
else:
    _Base = object  # no widget of its own: of several bases, Textual takes the style of the first that is one


class LaidOut(_Base):
    """Of a widget that a layout draws in full; call `drawn_by_layout` when its Resize comes.

    The Resize comes later than the layout: what was asked to be drawn in between has not been drawn by it.
    """

    _asked_since = False

    def _size_updated(self, size: Size, virtual_size: Size, container_size: Size, layout: bool = True) -> bool:
        found = super()._size_updated(size, virtual_size, container_size, layout)
        self._asked_since = False
        return found

    def _set_dirty(self, *regions: Region) -> None:
        super()._set_dirty(*regions)
        self._asked_since = True

    def drawn_by_layout(self) -> None:
        """Forget what waits to be drawn, unless it came after the layout."""
        if not self._asked_since:
            self._exchange_repaint_regions()


__all__ = ["LaidOut"]
